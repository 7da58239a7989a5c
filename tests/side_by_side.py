"""How the files are dealt out where tests run side by side, so that no core waits at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from xdist.scheduler import LoadFileScheduling

if TYPE_CHECKING:
    import pytest

BROWSER: Final = "tests/browser"
"""One server and one Chromium serve the whole folder, so one worker runs it from end to end."""

LONGEST: Final = (
    BROWSER,
    "tests/test_word_document.py",
    "tests/test_printmap.py",
    "tests/test_report_folder.py",
    "tests/test_cli_import.py",
    "tests/test_views_report.py",
    "tests/test_start.py",
    "tests/test_replay.py",
    "tests/test_notebooks.py",
    "tests/test_live_reading.py",
    "tests/test_views_intake_page.py",
    "tests/test_views_targets_page.py",
    "tests/test_views_app.py",
    "tests/test_samples.py",
    "tests/test_demo_targets.py",
    "tests/test_cli.py",
    "tests/test_views_siting_page.py",
    "tests/test_site_command.py",
    "tests/test_hostile_files.py",
    "tests/test_benchmarks.py",
)
"""What takes longest, longest first; xdist itself begins with the files of most tests."""

_RANK: Final = {scope: rank for rank, scope in enumerate(LONGEST)}


def scope_of(nodeid: str) -> str:
    """The file of a test; one and the same for all that needs a browser."""
    file = nodeid.split("::", 1)[0]
    return BROWSER if file.startswith(f"{BROWSER}/") else file


def rank(item: pytest.Item) -> int:
    """Place of a test among the long ones, the same for all others."""
    return _RANK.get(scope_of(item.nodeid), len(_RANK))


class LongestFirst(LoadFileScheduling):
    """Deals out whole files in the order they were collected, and the browser's folder as one."""

    def __init__(self, config: pytest.Config, log: object = None) -> None:
        config.option.loadscopereorder = False
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        return scope_of(nodeid)

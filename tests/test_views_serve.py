"""The server starts with the first example read."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from coverage.errors import SourceError
from views import serve
from views.cache import open_project

if TYPE_CHECKING:
    import pytest

ROOT = Path(__file__).resolve().parents[1]


def test_the_first_example_is_read_before_anybody_asks() -> None:
    serve.warm_up()
    folder = ROOT / "data" / "examples" / "demo_county"
    assert open_project(folder) is open_project(folder)


def test_a_broken_example_does_not_keep_the_server_from_starting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken() -> None:
        msg = "文件读不出来"
        raise SourceError(msg)

    served: list[list[str]] = []
    monkeypatch.setattr(serve, "warm_up", broken)
    monkeypatch.setattr(serve.cli, "main", lambda: served.append(sys.argv))
    monkeypatch.setattr(sys, "argv", ["serve.py", "run", "app.py"])
    serve.main()
    assert served == [["streamlit", "run", "app.py"]]

"""Start Streamlit with the first example read already, so that the first visitor need not wait.

Run as `python -m views.serve run app.py …` with the words that `streamlit` takes.
"""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import Final

from streamlit.web import cli

from coverage.errors import PlannerError
from views.cache import assets_installed, ground_map, open_project, reading_map
from views.project_picker import EXAMPLES

ROOT: Final = Path(__file__).resolve().parents[1]


def warm_up(root: Path = ROOT) -> None:
    """
    Open the example that the first visitor will see, into the cache that all sessions share.

    Parameters
    ----------
    root
        Folder of the program, with `data/examples` and `static`.

    Raises
    ------
    PlannerError
        Whatever is wrong with the example's files.
    """
    assets_installed(root / "static")
    opened = open_project(root / "data" / "examples" / next(iter(EXAMPLES.values())))
    ground_map(opened)
    for standard in opened.assessment.standards:
        for reading in standard.readings:
            reading_map(opened, reading)


def main() -> None:
    """Serve until stopped."""
    # What is wrong with the example is told on the page, where a planner reads it.
    with contextlib.suppress(PlannerError):
        warm_up()
    sys.argv[0] = "streamlit"
    cli.main()


if __name__ == "__main__":
    main()

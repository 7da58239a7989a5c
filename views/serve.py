"""Start Streamlit, and read the first example while the browser is still opening.

Run as `python -m views.serve run app.py …` with the words that `streamlit` takes.
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import Final

from streamlit.web import cli

EXAMPLES: Final = Path(__file__).resolve().parents[1] / "data" / "examples"


def warm_up(examples: Path = EXAMPLES) -> None:
    """
    Open the example that the first visitor will see, into the cache that all sessions share.

    Parameters
    ----------
    examples
        Folder of the shipped examples.
    """
    # The analysis takes a second to import, which the server need not wait for.
    from views.cache import ground_map, open_project, reading_map  # noqa: PLC0415
    from views.project_picker import EXAMPLES as SHIPPED  # noqa: PLC0415

    opened = open_project(examples / next(iter(SHIPPED.values())))
    ground_map(opened)
    reading_map(opened, opened.assessment.standards[0].readings[0])


def main() -> None:
    """Serve until stopped; a fault in the first example shows on the page, not here."""
    threading.Thread(target=warm_up, name="warm-up", daemon=True).start()
    sys.argv[0] = "streamlit"
    cli.main()


if __name__ == "__main__":
    main()

"""The files that a project names, read as tables and map layers.

What the formats are, and what keeps hostile ones out, stands in `layers.formats`; files that
libraries read are opened in a process of their own (`layers.sources`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from layers.formats.outline import ReadingOptions
from layers.sources import read_table

if TYPE_CHECKING:
    from pathlib import Path

    from layers.tables import SourceTable


def read_source(path: Path, *, layer: str | None = None) -> SourceTable:
    """
    A table or map layer, chosen by the extension of its name.

    Parameters
    ----------
    path
        A file that `layers.formats.dispatch` reads.
    layer
        The layer, sheet or member of an archive; needed where there is more than one.

    Raises
    ------
    SourceError
        If the file is missing, of another format, or cannot be read, or the layer is not clear.
    """
    return read_table(path, options=ReadingOptions(part=layer or ""))

"""A correction that a planner makes on screen, and what it may be about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

POSITION: Final = "position"
"""Field of a place: `new` is longitude and latitude in WGS84, as in "114.9, 37.6"."""

DATUM: Final = "datum"
"""Field of the coordinate system of a row: `new` is its name, as in a project file."""

KIND: Final = "kind"
"""Field of the kind of a facility: `new` is its code or one of its names."""

USE: Final = "use"
"""Field that says whether a row is used: `new` is "no"."""

COLUMN: Final = "column:"
"""Begins the field of a cell; the name of its column follows."""

NOT_USED: Final = "no"


@dataclass(frozen=True)
class Correction:
    """
    One change of one value.

    Parameters
    ----------
    file
        The source as the project file writes it, with "|" and the sheet or layer where it has
        several.
    row
        Row of the source, as the planner sees it.
    record
        Code of the record; "" where the source has none.
    field
        `POSITION`, `DATUM`, `KIND`, `USE`, or `COLUMN` and the name of a column.
    old
        What stands in the source: the cell; for a position see `source_positions`; "" for the
        other three.
    new
        What holds instead.
    reason
        In the planner's words.
    made_at
        Time, ISO 8601.
    identity
        What identifies the row beside its code (`layers.checks.row_identity`); "" in files of
        earlier versions, and where the source has neither name nor place.
    """

    file: str
    row: int
    record: str
    field: str
    old: str
    new: str
    reason: str = ""
    made_at: str = ""
    identity: str = ""

    @property
    def key(self) -> tuple[str, int, str]:
        """What it is about: a later correction of the same replaces it."""
        return self.file, self.row, self.field

"""How a list of points is to be read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import shapely

    from coverage.contracts import Contract
    from layers.checks.cells_read import CellReader
    from layers.checks.correction import Correction
    from layers.matching.named_rows import Gazetteer

FaultyRows = Literal["refuse", "set_aside"]


@dataclass(frozen=True, eq=False)
class PointList:
    """
    How a list of points is to be read.

    Parameters
    ----------
    contract
        What its columns must hold.
    section
        Where the settings stand, e.g. "[demand]".
    columns
        Our names -> columns of the file: "id", "name", "lon", "lat", "x", "y" and more.
    contract_columns
        The same with the names of the contract.
    words
        As in `layers.checked_columns.checked_columns`.
    source_crs
        CRS named by the planner, or None.
    crs
        The project's CRS.
    area
        Polygon in `crs` in which the points are expected.
    faulty_rows
        "refuse" raises one error with every problem; "set_aside" uses the other rows.
    corrections
        Those of this file.
    filled
        Column of the contract -> rule that an empty cell breaks, beside those of the contract.
    filled_remedy
        A sentence put after the problems where one of `filled` is broken.
    units
        Column of the contract -> unit of its numbers, as the project says.
    readers
        Column of the layer -> what reads it instead of the rules of the contract; a row with a
        problem there cannot be used.
    gazetteer
        The places that rows without coordinates may name; None where they are at fault.
    """

    contract: Contract
    section: str
    columns: Mapping[str, str]
    contract_columns: Mapping[str, str]
    words: Mapping[str, Mapping[str, str]]
    source_crs: str | None
    crs: str
    area: shapely.Geometry
    faulty_rows: FaultyRows = "refuse"
    corrections: Sequence[Correction] = ()
    filled: Mapping[str, str] = field(default_factory=dict)
    filled_remedy: str = ""
    units: Mapping[str, str] = field(default_factory=dict)
    readers: Mapping[str, CellReader] = field(default_factory=dict)
    gazetteer: Gazetteer | None = None

    @property
    def checked(self) -> dict[str, str]:
        """The columns that are read by the rules of the contract."""
        names = self.contract_columns.items()
        return {name: theirs for name, theirs in names if name not in self.readers}

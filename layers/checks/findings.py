"""One thing that was found in a row, and who the rows of a table are."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import shapely

from layers.checks.catalogue import CHECKS, check_of_rule
from layers.coordinates import WGS84, transformer_between

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from coverage.errors import Problem
    from layers.tables import SourceTable

    FloatArray = npt.NDArray[np.float64]

Done = Literal["set_aside", "changed", "kept"]

DONE_NAMES: Final = {"set_aside": "放在一边，不采用", "changed": "改动后采用", "kept": "照原样采用"}
"""What was done, as a planner reads it."""

SHOWN_VALUE: Final = 200
"""Characters of a cell that a finding holds; the file has the rest."""

_FROM_DATA: Final = ("found", "record_id", "record_name", "column", "value")


@dataclass(frozen=True)
class Finding:
    """
    One thing that was found in a row of a file, and what was done.

    Parameters
    ----------
    file
        The file as messages name it.
    row
        The row as the planner sees it; None where the file as a whole is meant.
    check
        Code in `layers.checks.catalogue.CHECKS`.
    found
        What was found, in Chinese.
    done
        "set_aside": the row is not used; "changed": it is used with a changed value; "kept": it
        is used as it stands.
    record_id, record_name
        Code and name of the record; "" where it has none. Lone surrogates in any text of the
        data become "?".
    column
        Column in the file; "" where the whole row is meant.
    value
        The cell's text.
    where_it_matters, remedy
        Chinese; those of the catalogue where not given.
    lon, lat
        Degrees, WGS84: where the record lies, or would lie after the remedy; None where that is
        not known.

    Raises
    ------
    ValueError
        If the check is not in the catalogue.
    """

    file: str
    row: int | None
    check: str
    found: str
    done: Done = "kept"
    record_id: str = ""
    record_name: str = ""
    column: str = ""
    value: str = ""
    where_it_matters: str = ""
    remedy: str = ""
    lon: float | None = None
    lat: float | None = None

    def __post_init__(self) -> None:
        if self.check not in CHECKS or self.done not in DONE_NAMES:
            msg = f"no such check or fate: {self.check!r}, {self.done!r}"
            raise ValueError(msg)
        # A frozen dataclass has no other way to fill in defaults that depend on a field.
        for name in ("where_it_matters", "remedy"):
            if not getattr(self, name):
                object.__setattr__(self, name, getattr(CHECKS[self.check], name))
        try:
            "".join(getattr(self, name) for name in _FROM_DATA).encode()
        except UnicodeEncodeError:  # half of a surrogate pair, which no file can hold
            for name in _FROM_DATA:
                whole = getattr(self, name).encode(errors="replace").decode()
                object.__setattr__(self, name, whole)

    @property
    def title(self) -> str:
        """Chinese name of the check."""
        return CHECKS[self.check].title


@dataclass(frozen=True, eq=False)
class Records:
    """
    Who the n rows of a table are: what a finding says of a row whatever was found.

    Parameters
    ----------
    file
        The file as messages name it.
    rows
        Shape (n,), row numbers the planner sees; None where the file has none.
    ids, names
        Shape (n,), "" where a record has none.
    lon, lat
        Shape (n,), degrees, WGS84; NaN where not known.
    """

    file: str
    rows: Sequence[int | None]
    ids: Sequence[str]
    names: Sequence[str]
    lon: FloatArray
    lat: FloatArray

    def __len__(self) -> int:
        return len(self.rows)

    def finding(
        self,
        at: int,
        check: str,
        found: str,
        *,
        column: str = "",
        value: str = "",
        done: Done = "kept",
        remedy: str = "",
    ) -> Finding:
        """A finding on the row at a position; see `Finding`."""
        lon, lat = float(self.lon[at]), float(self.lat[at])
        known = math.isfinite(lon) and math.isfinite(lat)
        return Finding(
            file=self.file,
            row=self.rows[at],
            check=check,
            found=found,
            done=done,
            record_id=self.ids[at],
            record_name=self.names[at],
            column=column,
            value=value[:SHOWN_VALUE],
            remedy=remedy,
            lon=lon if known else None,
            lat=lat if known else None,
        )

    def of_problem(self, at: int, problem: Problem, *, done: Done, said: str = "") -> Finding:
        """
        The finding for a problem of the row at a position.

        Where longitude and latitude are clearly exchanged, the finding proposes the place and
        lies there.
        """
        check = check_of_rule(problem.rule)
        one = self.finding(
            at,
            check,
            said or problem.rule,
            column=problem.column,
            value=problem.value,
            done=done,
        )
        place = _exchanged(problem.value) if check == "swapped" else None
        if place is None:
            return one
        remedy = f"{CHECKS[check].remedy}：对调后是 {place[0]:.10g}, {place[1]:.10g}，落在研究区内"
        return replace(one, remedy=remedy, lon=place[0], lat=place[1])


def records_of(
    table: SourceTable,
    columns: Mapping[str, str],
    *,
    points: npt.NDArray[np.object_] | None = None,
    crs: str = WGS84,
) -> Records:
    """
    The records of a table.

    Parameters
    ----------
    table
        With n rows.
    columns
        May map "id" and "name" to columns of the file.
    points
        Shape (n,), points in `crs`, None where not known; None knows no place at all.
    crs
        CRS of the points.
    """
    texts = {
        key: tuple(table.column(columns[key])) if key in columns else ("",) * len(table)
        for key in ("id", "name")
    }
    lon, lat = degrees(points if points is not None else np.full(len(table), None), crs)
    return Records(table.name, table.rows, texts["id"], texts["name"], lon, lat)


def degrees(points: npt.NDArray[np.object_], crs: str) -> tuple[FloatArray, FloatArray]:
    """
    Longitudes and latitudes of points.

    Parameters
    ----------
    points
        Shape (n,), shapely points; None where not known.
    crs
        Their CRS.

    Returns
    -------
    lon, lat
        Shape (n,), degrees, WGS84; NaN where not known.
    """
    x, y = shapely.get_x(points), shapely.get_y(points)
    known = np.isfinite(x) & np.isfinite(y)
    lon, lat = np.full(len(points), np.nan), np.full(len(points), np.nan)
    lon[known], lat[known] = transformer_between(crs, WGS84).transform(x[known], y[known])
    return lon, lat


def _exchanged(value: str) -> tuple[float, float] | None:
    """Longitude and latitude from "37.6, 114.9"; None where these are no degrees so exchanged."""
    try:
        lat, lon = (float(part) for part in value.split(","))
    except ValueError:
        return None
    return (lon, lat) if abs(lat) <= 90 < abs(lon) <= 180 else None  # noqa: PLR2004 - the globe

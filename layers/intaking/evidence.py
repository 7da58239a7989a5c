"""Which datum a file is written in: what speaks for which, and where its places would lie."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import shapely

from coverage.errors import CrsError
from layers.columns.headers import read_header
from layers.coordinates import (
    WGS84,
    Datum,
    DatumEvidence,
    DatumSplit,
    declared_datum,
    named_datum,
    propose_datum,
    split_datums,
    transformer_between,
)
from layers.datums.cells import cell_coordinates
from layers.datums.datum_evidence import doubted, with_header
from layers.datums.look_of_numbers import looks_packed

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from layers.intaking.draft import Draft
    from layers.intaking.ground import Ground, RoadGround
    from layers.tables import SourceTable

    FloatArray = npt.NDArray[np.float64]

MOST_PLACES: Final = 2_000
"""Places of a preview: more are not told apart on a screen, and slow the map down."""


SAME_PLACE_M: Final = 5.0
"""Two readings that are this near each other place a village alike."""

NEAR_DEG: Final = 0.5
"""Degrees, some 50 km: what lies farther from the project is no matter of the datum."""


def datum_evidence(
    table: SourceTable, draft: Draft, ground: Ground | RoadGround
) -> tuple[DatumEvidence, DatumSplit]:
    """
    What speaks for which datum of a file, and whether its rows are of several.

    Parameters
    ----------
    table
        The file as it was read, n rows.
    draft
        With its columns; what it declares of the datum is not looked at.
    ground
        The project, or the boundaries and roads of one that is yet to be made.

    Returns
    -------
    evidence
        A proposal with its reasons.
    split
        `split.row` has the shape (n,), as the rows of the table.
    """
    x, y = written_coordinates(table, draft)
    around = {"roads": ground.roads, "area": ground.area, "buildings": ground.buildings}
    evidence = propose_datum(x, y, crs=ground.crs, **around)
    evidence = doubted(evidence, *_packed_doubts(table, draft))
    stated = header_datum(draft)
    if stated is not None:
        evidence = with_header(evidence, stated[0], column=stated[1])
    return evidence, split_datums(x, y, crs=ground.crs, **around)


def header_datum(draft: Draft) -> tuple[Datum, str] | None:
    """
    What the headers of the coordinates say of their datum, and the header that does.

    Parameters
    ----------
    draft
        With its columns.

    Returns
    -------
    stated
        None where they say nothing, contradict each other, or say what cannot be read.

    Examples
    --------
    A draft whose longitudes stand in "百度经度" gives BD-09.
    """
    said = {column: read_header(column).datum for column in draft.pair or ()}
    told = {datum: column for column, datum in reversed(said.items()) if datum}
    if len(told) != 1:
        return None
    ((text, column),) = told.items()
    try:
        return named_datum(text, where=f"表头“{column}”"), column
    except CrsError:
        return None


def declared_doubts(
    table: SourceTable, draft: Draft, evidence: DatumEvidence, *, crs: str
) -> tuple[str, ...]:
    """
    What speaks against the datum that a planner declared, or that the file declares itself.

    Parameters
    ----------
    table
        The file as it was read.
    draft
        With its columns and `crs`.
    evidence
        Of the same columns.
    crs
        The project's CRS, in metres.

    Returns
    -------
    sentences
        Chinese; empty where nothing does, or nothing is declared.

    Raises
    ------
    CrsError
        If the declared name means nothing.
    """
    said = _declared(table, draft)
    if said is None:
        return ()
    found = []
    stated = evidence.stated
    if stated is not None and stated.shift != said.shift:
        columns = "、".join(column.strip() for column in dict.fromkeys(draft.pair or ()))
        found.append(f"表头“{columns}”写着 {stated.name}，声明的却是 {said.name}。")
    likely = evidence.proposal
    contradicted = stated is not None and likely is not None and likely.shift != stated.shift
    if likely is not None and (evidence.is_sufficient or contradicted):
        apart = _apart_m(table, draft, said, likely, crs=crs)
        if not apart <= SAME_PLACE_M:
            off = f"，两者相差约 {apart:.0f} 米" if np.isfinite(apart) else ""
            found.append(f"声明的是 {said.name}，按数值看却是 {likely.name}{off}。")
    return tuple(found)


def _declared(table: SourceTable, draft: Draft) -> Datum | None:
    if draft.crs:
        return named_datum(draft.crs, where=f"「{draft.name}」")
    crs = table.geometry.crs if table.geometry is not None else None
    return None if crs is None else declared_datum(crs, subject=f"「{draft.name}」自带的坐标系")


def _apart_m(table: SourceTable, draft: Draft, said: Datum, likely: Datum, *, crs: str) -> float:
    """Median distance between the places in two readings, metres; NaN where one has none."""
    x, y = written_coordinates(table, draft)
    turned = replace(said, northing_first=likely.northing_first)
    # the axes are a matter of the columns, not of the datum
    first, second = (np.column_stack(one.to(x, y, crs=crs)) for one in (turned, likely))
    apart = np.linalg.norm(first - second, axis=1)
    known = apart[np.isfinite(apart)]
    return float(np.median(known)) if len(known) else float("nan")


def _packed_doubts(table: SourceTable, draft: Draft) -> list[str]:
    pair = draft.pair
    if pair is None or pair[0] == pair[1]:
        return []
    if not looks_packed(*(table.column(column).tolist() for column in pair)):
        return []
    first = table.column(pair[0]).iloc[0].strip()
    degrees, digits = first.split(".") if "." in first else (first, "0000")
    read = f"{degrees}°{digits[:2]}′{digits[2:4]}″"
    told = (
        f"“{pair[0].strip()}”“{pair[1].strip()}”每一行的小数都像“度.分秒”"
        f"（如 {first} 可能是 {read}），现按十进制的度读取。"
        "如果确是度分秒，请先改写成度分秒或换算成十进制。"
    )
    return [told]


def places_by_datum(
    table: SourceTable,
    draft: Draft,
    ground: Ground | RoadGround,
    *,
    datums: Sequence[str],
    most: int = MOST_PLACES,
) -> dict[str, pd.DataFrame]:
    """
    Where the rows of a file would lie in several readings, for a preview on the map.

    Parameters
    ----------
    table
        The file as it was read.
    draft
        With its columns.
    ground
        The project; rows that lie far from it in every reading are left out, unless all do, so
        that one slip of the pen does not shrink the map to a dot.
    datums
        Names of the readings, as `layers.coordinates.named_datum` reads them.
    most
        Rows of each table, evenly spread; the same rows in every reading.

    Returns
    -------
    places
        By datum: `lon`, `lat` (degrees, WGS84), `row` (as the planner sees it).

    Raises
    ------
    CrsError
        If a name means nothing.
    """
    x, y = written_coordinates(table, draft)
    readings = {name: named_datum(name, where="预览").to(x, y, crs=WGS84) for name in datums}
    near = [_near(lon, lat, ground) for lon, lat in readings.values()]
    shown = np.flatnonzero(np.logical_or.reduce(near)) if near else np.zeros(0, dtype=np.int64)
    if not len(shown):
        shown = np.arange(len(table))
    shown = shown[:: max(1, -(-len(shown) // most))]
    rows = np.array(table.rows, dtype=np.int64)[shown]
    places = {}
    for name, (lon, lat) in readings.items():
        place = pd.DataFrame({"lon": lon[shown], "lat": lat[shown], "row": rows})
        places[name] = place[place["lon"].notna()].reset_index(drop=True)
    return places


def _near(lon: FloatArray, lat: FloatArray, ground: Ground | RoadGround) -> npt.NDArray[np.bool_]:
    """Shape (n,): whether a place lies within `NEAR_DEG` of the study area with its buffer."""
    to_degrees = transformer_between(ground.crs, WGS84)
    west, south, east, north = to_degrees.transform_bounds(*ground.reach.bounds)
    across = (lon >= west - NEAR_DEG) & (lon <= east + NEAR_DEG)
    return across & (lat >= south - NEAR_DEG) & (lat <= north + NEAR_DEG)


def written_coordinates(table: SourceTable, draft: Draft) -> tuple[FloatArray, FloatArray]:
    """
    The coordinates of every row as they stand in the file, whatever they mean.

    Parameters
    ----------
    table
        With n rows.
    draft
        With its columns; without coordinates among them the shapes tell.

    Returns
    -------
    x, y
        Shape (n,); NaN where a row has none.
    """
    if draft.pair is not None:
        x, y, _ = cell_coordinates(table, draft.pair, datum=None)
        return x, y
    x, y = np.full(len(table), np.nan), np.full(len(table), np.nan)
    if table.geometry is not None:
        shapes = np.asarray(table.geometry, dtype=object)
        # Bounds of what is missing or empty are NaN; a point inside an infinite shape is none.
        good = np.isfinite(shapely.bounds(shapes)).all(axis=1)
        inside = shapely.point_on_surface(shapes[good])
        x[good], y[good] = shapely.get_x(inside), shapely.get_y(inside)
    return x, y

"""Which datum a file is written in: what speaks for which, and where its places would lie."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import shapely

from layers.coordinates import (
    WGS84,
    DatumEvidence,
    DatumSplit,
    named_datum,
    propose_datum,
    split_datums,
    transformer_between,
)
from layers.datums.cells import cell_coordinates

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from layers.intaking.draft import Draft
    from layers.intaking.ground import Ground
    from layers.tables import SourceTable

    FloatArray = npt.NDArray[np.float64]

MOST_PLACES: Final = 2_000
"""Places of a preview: more are not told apart on a screen, and slow the map down."""


NEAR_DEG: Final = 0.5
"""Degrees, some 50 km: what lies farther from the project is no matter of the datum."""


def datum_evidence(
    table: SourceTable, draft: Draft, ground: Ground
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
        The project.

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
    return evidence, split_datums(x, y, crs=ground.crs, **around)


def places_by_datum(
    table: SourceTable,
    draft: Draft,
    ground: Ground,
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


def _near(lon: FloatArray, lat: FloatArray, ground: Ground) -> npt.NDArray[np.bool_]:
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

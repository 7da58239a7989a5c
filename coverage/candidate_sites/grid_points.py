"""Candidates on a grid inside settlements."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import shapely

from coverage.candidate_sites.candidate_set import (
    CandidateSet,
    candidate_table,
    everything,
)
from coverage.candidate_sites.shapes import fit_shapes
from coverage.errors import SitingError
from coverage.notices import Notice
from coverage.requests import TOLERANCE

if TYPE_CHECKING:
    from collections.abc import Iterator

    import geopandas as gpd
    import numpy.typing as npt

    from coverage.graph.arcs import FloatArray

    BoolArray = npt.NDArray[np.bool_]

LEAST_SPACING_M: Final = 10.0
"""Metres; a building is larger than the mesh of a narrower grid."""

MOST_TRIED: Final = 2_000_000
"""Grid points looked at; a county with a mesh of 100 m has a tenth of it."""

SETTLEMENT_RADIUS_M: Final = 300.0
"""Metres around a demand point that count as its settlement where nothing draws it: an assumption
(a plain village of 760 people at 200 m² each has 15 hectares, a disc of 220 m), always told."""


def grid_candidates(
    settlements: gpd.GeoDataFrame,
    *,
    spacing_m: float,
    radius_m: float = SETTLEMENT_RADIUS_M,
) -> CandidateSet:
    """
    The points of a square grid that lie in settlements, edges included.

    The grid hangs on the CRS (coordinates are multiples of `spacing_m`), so a point keeps its
    place and id whatever else changes.

    Parameters
    ----------
    settlements
        Polygons of settlements, or demand points (contract `DEMAND`), each of which stands for a
        disc. `demand_name` or `name` names them.
    spacing_m
        Metres between neighbours, at least `LEAST_SPACING_M`.
    radius_m
        Radius of the discs; polygons need none.

    Returns
    -------
    found
        Ids "g:" and the coordinates, from south-west to north-east; named after the first
        settlement that holds the point. A notice says what was assumed, and how many
        settlements are too small to hold a point.

    Raises
    ------
    SitingError
        If the spacing or the radius makes no sense, the grid would have too many points, or a
        shape is neither point nor polygon.
    """
    _check_grid(spacing_m, radius_m)
    shapes = settlements.geometry.to_numpy()
    discs = bool(len(shapes)) and bool((shapely.get_type_id(shapes) == 0).all())
    notices: list[Notice] = []
    if discs:
        notices.append(_assumed(len(shapes), radius_m))
    else:
        shapes, notices = _drawn(shapes)
    _check_size(shapes, spacing_m, radius_m if discs else 0.0)
    cells, owner = _cells(shapes, spacing_m, radius_m if discs else 0.0)
    bare = len(shapes) - len(np.unique(owner))
    # A point in two settlements is one candidate, of the first.
    cells, first = np.unique(cells, axis=0, return_index=True)
    if bare:
        text = (
            f"{bare} 个居民点太小，里面没有间距 {spacing_m:g} 米的网格点，没有网格候选点；"
            "需要时请减小间距，或同时用村作候选点。"
        )
        notices.append(Notice("grid_without_points", text, bare))
    table = _table(cells * spacing_m, _names(settlements)[owner[first]], crs=settlements.crs)
    return everything(table, *notices)


def _check_grid(spacing_m: float, radius_m: float) -> None:
    if not (math.isfinite(spacing_m) and spacing_m >= LEAST_SPACING_M):
        msg = f"网格间距应不小于 {LEAST_SPACING_M:g} 米，现为 {spacing_m:g}。请改正。"
        raise SitingError(msg)
    if not (math.isfinite(radius_m) and radius_m > 0):
        msg = f"居民点的半径应为大于 0 的米数，现为 {radius_m:g}。请改正。"
        raise SitingError(msg)


def _drawn(shapes: npt.NDArray[np.object_]) -> tuple[npt.NDArray[np.object_], list[Notice]]:
    """The polygons of settlements, one for each row, mended where needed."""
    missing = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    fit = shapes.copy()
    fit[~missing], notices = fit_shapes("居民点范围", shapes[~missing], areas=True)
    fit[missing] = shapely.Polygon()
    return fit, [one for one in notices if one.code != "layer_empty" or not len(shapes)]


def _assumed(count: int, radius_m: float) -> Notice:
    text = (
        f"没有居民点范围图层，{count} 个居民点都按需求点周围 {radius_m:g} 米的圆计（假定）；"
        "有居民点或村庄建设用地的面图层时请改用图层。"
    )
    return Notice("settlements_assumed", text, count)


def _check_size(shapes: npt.NDArray[np.object_], spacing_m: float, radius_m: float) -> None:
    bounds = shapely.bounds(shapes)
    sides = np.nan_to_num(bounds[:, 2:] - bounds[:, :2]) + 2 * radius_m
    tried = float(np.prod(sides / spacing_m + 1, axis=1).sum())
    if tried > MOST_TRIED:
        msg = (
            f"间距 {spacing_m:g} 米的网格要试约 {tried / 10_000:,.0f} 万个点，"
            f"上限是 {MOST_TRIED / 10_000:g} 万个。请加大间距或缩小居民点范围。"
        )
        raise SitingError(msg)


def _cells(
    shapes: npt.NDArray[np.object_], spacing_m: float, radius_m: float
) -> tuple[FloatArray, npt.NDArray[np.int64]]:
    """Column and row of every grid point in each shape, and the shape's position."""
    cells = [np.zeros((0, 2))]
    owner = [np.zeros(0, dtype=np.int64)]
    for place, inside in enumerate(_tried(shapes, spacing_m, radius_m)):
        cells.append(inside)
        owner.append(np.full(len(inside), place, dtype=np.int64))
    return np.concatenate(cells), np.concatenate(owner)


def _tried(
    shapes: npt.NDArray[np.object_], spacing_m: float, radius_m: float
) -> Iterator[FloatArray]:
    bounds = shapely.bounds(shapes) + radius_m * np.array([-1, -1, 1, 1])
    for shape, box in zip(shapes, bounds, strict=True):
        if not np.isfinite(box).all():
            yield np.zeros((0, 2))
            continue
        low = np.floor((box[:2] - TOLERANCE) / spacing_m)
        high = np.ceil((box[2:] + TOLERANCE) / spacing_m)
        columns, rows = (np.arange(a, b + 1) for a, b in zip(low, high, strict=True))
        x, y = (axis.ravel() for axis in np.meshgrid(columns, rows))
        yield np.column_stack([x, y])[_inside(shape, x * spacing_m, y * spacing_m, radius_m)]


def _inside(shape: shapely.Geometry, x: FloatArray, y: FloatArray, radius_m: float) -> BoolArray:
    if radius_m:
        away: BoolArray = np.hypot(x - shape.x, y - shape.y) <= radius_m + TOLERANCE
        return away
    shapely.prepare(shape)
    held: BoolArray = shapely.intersects_xy(shape, x, y)
    return held


def _names(settlements: gpd.GeoDataFrame) -> npt.NDArray[np.object_]:
    column = next((name for name in ("demand_name", "name") if name in settlements), None)
    if column is None:
        return np.full(len(settlements), None, dtype=object)
    names: npt.NDArray[np.object_] = settlements[column].to_numpy(dtype=object)
    return names


def _table(xy: FloatArray, names: npt.NDArray[np.object_], *, crs: object) -> gpd.GeoDataFrame:
    codes = [f"{x:.10g}:{y:.10g}" for x, y in xy.tolist()]
    return candidate_table(
        shapely.points(xy),
        ids=[f"g:{code}" for code in codes],
        names=["网格点" if pd.isna(name) else f"{name}网格点" for name in names],
        origin="grid",
        source_ids=[None] * len(codes),
        crs=crs,
    )

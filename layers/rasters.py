"""Demand from a raster of people: clipped to the study area, summed to larger cells.

A cell belongs to the zone in which its centre lies. Small cells are summed to blocks, each a demand
point at the people-weighted middle of its cells, so that a county has thousands of points and not
millions. Sums stay what they were: by zone and in total, to the last digit that addition keeps.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from coverage.contracts import DEMAND, check
from coverage.errors import DemandError
from coverage.notices import Notice
from layers.boundaries import study_area, zone_of
from layers.coordinates import WGS84, transformer_between
from layers.formats.answers import GRID_KEY
from layers.sources import read_raster_cells

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt
    import pyarrow as pa

    FloatArray = npt.NDArray[np.float64]

BLOCK_M: Final = 500.0
"""Side of the blocks that cells are summed to, metres: a third of a 15-minute walk across."""

CIRCLE_M: Final = 40_075_016.7 / 360
"""Metres of one degree along the equator."""


@dataclass(frozen=True, eq=False)
class _Cells:
    """Cells with people: their place in the raster and in the project's CRS, and their people."""

    row: npt.NDArray[np.int64]
    column: npt.NDArray[np.int64]
    people: FloatArray
    east: FloatArray
    north: FloatArray

    def some(self, chosen: npt.NDArray[np.bool_]) -> _Cells:
        """Those chosen."""
        return _Cells(*(getattr(self, name)[chosen] for name in self.__dataclass_fields__))


class _Blocks(NamedTuple):
    """How many rows and columns of cells make a block, and how large it is then, metres."""

    rows: int
    columns: int
    width_m: float
    height_m: float

    def said(self) -> str:
        """Its real size: cells that are larger than the blocks asked for stay as they are."""
        width, height = (f"{metres:.3g}" for metres in (self.width_m, self.height_m))
        width, height = (f"{float(one):.0f}" for one in (width, height))
        return f"边长约 {width} 米" if width == height else f"东西约 {width} 米、南北约 {height} 米"


def demand_from_raster(
    path: Path, *, zones: gpd.GeoDataFrame, block_m: float = BLOCK_M, origin: str = "raster"
) -> tuple[gpd.GeoDataFrame, tuple[Notice, ...]]:
    """
    Demand points inside the zones from a raster of people.

    Parameters
    ----------
    path
        GeoTIFF with one band: people per cell (not per square kilometre).
    zones
        Contract `ZONES`, in a projected CRS in metres.
    block_m
        Side of the blocks that cells are summed to, metres; cells larger than that stay as
        they are.
    origin
        `origin` of every row.

    Returns
    -------
    demand
        Contract `DEMAND` with `zone_id`, in the order of the raster's rows and columns; cells
        without people are no demand points.
    notices
        How many cells went into how many points, with how many people.

    Raises
    ------
    SourceError
        If the file cannot be read as a raster of people.
    DemandError
        If nobody lives in the study area by this raster.
    """
    area = study_area(zones)
    bounds = transformer_between(zones.crs, WGS84).transform_bounds(*area.bounds)
    cells, blocks = _placed(read_raster_cells(path, bounds=bounds), crs=zones.crs, block_m=block_m)
    points = shapely.points(cells.east, cells.north)
    zone = zone_of(points, zones)
    inside = ~pd.isna(zone)
    if not inside.any():
        msg = f"栅格文件「{path.name}」在研究区内没有人口。请检查下载的是不是这个地方的人口栅格。"
        raise DemandError(msg)
    demand = _blocks(cells.some(inside), np.asarray(zone)[inside], blocks)
    demand["origin"] = origin
    table = gpd.GeoDataFrame(
        demand.drop(columns=["east", "north"]),
        geometry=shapely.points(demand["east"], demand["north"]),
        crs=zones.crs,
    )
    check(table, DEMAND, source=path.name)
    text = (
        f"栅格文件「{path.name}」研究区内 {int(inside.sum()):,} 个有人口的像元，共 "
        f"{cells.people[inside].sum():,.0f} 人，合并成 {len(table):,} 个需求点"
        f"（{blocks.said()}）。"
        "像元中心在哪个行政单元，人口就计入哪个；合计不变。"
    )
    return table, (Notice("raster_summed", text, len(table)),)


def _placed(table: pa.Table, *, crs: pyproj.CRS, block_m: float) -> tuple[_Cells, _Blocks]:
    """The cells in the project's CRS, and the blocks that they are summed to."""
    grid = json.loads(table.schema.metadata[GRID_KEY])
    a, _, left, _, e, top = grid["transform"]
    row, column = (table.column(name).to_numpy() for name in ("row", "column"))
    x, y = left + (column + 0.5) * a, top + (row + 0.5) * e
    source = pyproj.CRS.from_wkt(grid["crs"])
    east, north = transformer_between(source, crs).transform(x, y)
    width, height = abs(a), abs(e)
    if source.is_geographic:
        middle = float(y.mean()) if len(y) else 0.0
        width, height = width * CIRCLE_M * np.cos(np.radians(middle)), height * CIRCLE_M
    rows, columns = max(round(block_m / height), 1), max(round(block_m / width), 1)
    blocks = _Blocks(rows, columns, columns * float(width), rows * float(height))
    people = table.column("people").to_numpy()
    return _Cells(row, column, people, np.asarray(east), np.asarray(north)), blocks


def _blocks(cells: _Cells, zone: npt.NDArray[np.object_], blocks: _Blocks) -> pd.DataFrame:
    """One row per block and zone, at the middle of its people."""
    frame = pd.DataFrame(
        {
            "block_row": cells.row // blocks.rows,
            "block_column": cells.column // blocks.columns,
            "zone_id": pd.Series(zone, dtype="str"),
            "population": cells.people,
            "east": cells.east * cells.people,
            "north": cells.north * cells.people,
        }
    )
    keys = ["block_row", "block_column", "zone_id"]
    summed = frame.groupby(keys, sort=True, as_index=False)[["population", "east", "north"]].sum()
    for name in ("east", "north"):
        summed[name] /= summed["population"]
    place = summed["block_row"].astype(str) + "-" + summed["block_column"].astype(str)
    # A block that a boundary cuts is one demand point in each of its zones.
    part = place.groupby(place).cumcount()
    summed["demand_id"] = "cell-" + place + part.map(lambda number: f"-{number}" if number else "")
    summed["demand_name"] = pd.Series([None] * len(summed), dtype="str")
    columns = ["demand_name", "population", "zone_id", "east", "north"]
    return summed.set_index("demand_id")[columns]

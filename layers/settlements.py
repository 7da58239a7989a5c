"""Settlements inferred from streets, for a county that has no list of its villages.

The rule, in five steps; every number is a constant below:

1. Only the streets people live on are looked at (`LOCAL_CLASSES`), cut into short pieces and
   gathered in square cells of 50 m.
2. A cell is settled where a residential street runs through it, or where 900 m of local street or
   more lie within 200 m. Two straight lanes that cross have 800 m there: a crossroads in the
   fields is no village, a grid of village streets is. The second half is what counts on the North
   China plain, where the streets inside a village are mostly mapped as `unclassified`, the same
   class as the lanes between the villages. `service` is left out: it is mostly yards, car parks
   and factories.
3. Settled cells at most 100 m apart form one settlement; it must have 300 m of street.
4. What is wider than 1.2 km (a town, villages grown together) is halved across its longer side,
   equal street length on both sides, until no part is wider. So a town is several demand points.
5. The point of a settlement is the piece of its streets nearest to their centre of gravity.

A village of which OpenStreetMap shows no streets cannot be found, so the result is a stand-in for
a list, never a substitute; every row says `origin` = "inferred" (推断).
"""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from coverage.contracts import DEMAND, check
from coverage.errors import CrsError, DemandError

if TYPE_CHECKING:
    import numpy.typing as npt

    from coverage.roads import Roads

    IntArray = npt.NDArray[np.int64]
    FloatArray = npt.NDArray[np.float64]
    BoolArray = npt.NDArray[np.bool_]

RESIDENTIAL_CLASSES: Final = ("residential", "living_street")
"""OSM classes that by themselves say that people live here."""

LOCAL_CLASSES: Final = (*RESIDENTIAL_CLASSES, "unclassified")
"""OSM classes whose density tells a village from a lane in the fields."""

PIECE_M: Final = 20.0
"""Streets are cut into pieces of at most this many metres."""

CELL_M: Final = 50.0
"""Side of a cell in metres."""

DENSITY_RADIUS_M: Final = 200.0
"""Street length is added up within this many metres of a cell (between cell centres)."""

DENSE_STREET_M: Final = 900.0
"""Metres of local street within `DENSITY_RADIUS_M` from which on a cell is settled."""

JOIN_M: Final = 100.0
"""Settled cells whose centres are at most this many metres apart along both axes join."""

MIN_STREET_M: Final = 300.0
"""A settlement has at least this many metres of street."""

MAX_EXTENT_M: Final = 1200.0
"""A settlement wider than this many metres is split."""

_KEY: Final = 1 << 32
"""Column times this plus row numbers a cell; rows are far fewer."""


def infer_settlements(
    roads: Roads, *, zones: gpd.GeoDataFrame, zone_population: pd.Series | None = None
) -> gpd.GeoDataFrame:
    """
    Demand points where streets show that people live; see the module's text for the rule.

    Parameters
    ----------
    roads
        Streets of the study area, best with a buffer, in metres.
    zones
        Contract `ZONES`, indexed by `zone_id`; only settlements whose point lies inside are kept.
    zone_population
        Persons by `zone_id`, whole zones; a missing zone or NaN means unknown. Spread over the
        zone's settlements by street length in whole persons, so that the zone's sum stays.

    Returns
    -------
    demand
        Contract `DEMAND` with `zone_id`, sorted from north to south, in the roads' CRS.
        `demand_id` is made from longitude and latitude, so it does not depend on row order.
        `street_length_m` holds the street length of each settlement in metres. `population` is
        NaN where it is unknown: streets do not say how many people live on them.

    Raises
    ------
    DemandError
        If there are no local streets, if they nowhere form a settlement inside the zones, if a
        population is negative, infinite or for an unknown zone, or if a zone with people has no
        settlement to put them in.
    CrsError
        If `zones` has no CRS.
    """
    if zones.crs is None:
        msg = "行政单元图层没有坐标系，无法与路网对应。请先注明坐标系再推断聚落。"
        raise CrsError(msg)
    pieces = _street_pieces(roads)
    pieces = _settlement_numbers(pieces)
    found = _points(pieces, crs=roads.crs)
    found = _in_zones(found, zones.to_crs(roads.crs))
    if found.empty:
        msg = (
            f"路网里有 {_local_km(roads):.1f} 公里居住区道路，但在研究区内没有一处连成聚落"
            f"（{MIN_STREET_M:g} 米以上）。请检查路网是否覆盖研究区，或提供村、社区名录。"
        )
        raise DemandError(msg)
    found = found.sort_values(["y", "x"], ascending=[False, True], ignore_index=True)
    found["population"] = _spread(found, zones.index, zone_population)
    demand = _as_demand(found)
    check(demand, DEMAND, source="按道路推断的聚落")
    return demand


def _street_pieces(roads: Roads) -> pd.DataFrame:
    """Midpoint `x`, `y` and `length_m` of every piece of local street, sorted by place."""
    names = np.array(roads.road_classes, dtype=object)
    local = np.isin(names, LOCAL_CLASSES)[roads.road_class]
    if not local.any():
        msg = (
            f"路网里没有居住区道路（{'、'.join(LOCAL_CLASSES)}），无法推断聚落。"
            "请提供村、社区名录，或换用含道路等级的路网。"
        )
        raise DemandError(msg)
    edge = np.repeat(np.arange(roads.edge_count), np.diff(roads.vertex_start))
    start = np.flatnonzero((edge[:-1] == edge[1:]) & local[edge[:-1]])
    dx = roads.vertex_x[start + 1] - roads.vertex_x[start]
    dy = roads.vertex_y[start + 1] - roads.vertex_y[start]
    length = np.hypot(dx, dy)
    count = np.maximum(1, np.ceil(length / PIECE_M)).astype(np.int64)
    of = np.repeat(np.arange(len(start)), count)
    position = np.arange(len(of)) - np.repeat(np.cumsum(count) - count, count)
    along = (position + 0.5) / count[of]
    pieces = pd.DataFrame(
        {
            # Whole millimetres, so that a street drawn the other way round gives the same pieces.
            "x": np.round(roads.vertex_x[start][of] + along * dx[of], 3),
            "y": np.round(roads.vertex_y[start][of] + along * dy[of], 3),
            "length_m": np.round((length / count)[of], 3),
            "residential": np.isin(names, RESIDENTIAL_CLASSES)[roads.road_class][edge[start]][of],
        }
    )
    return pieces.sort_values(["x", "y", "length_m", "residential"], ignore_index=True)


def _settlement_numbers(pieces: pd.DataFrame) -> pd.DataFrame:
    """The pieces that lie in a settlement, with its number in column `settlement`."""
    column = np.floor(pieces["x"].to_numpy() / CELL_M).astype(np.int64)
    row = np.floor(pieces["y"].to_numpy() / CELL_M).astype(np.int64)
    cells, cell = np.unique(column * _KEY + row, return_inverse=True)
    length = np.bincount(cell, pieces["length_m"])
    nearby = np.zeros(len(cells))
    for here, there in _neighbours(cells, reach=DENSITY_RADIUS_M, disc=True):
        nearby[here] += length[there]
    residential = np.bincount(cell, pieces["residential"]) > 0
    settled = residential | (nearby >= DENSE_STREET_M)

    settlement = np.full(len(cells), -1)
    settlement[settled] = _joined(cells[settled])
    inside = pieces.assign(settlement=settlement[cell])
    inside = inside[inside["settlement"] >= 0]
    total = inside.groupby("settlement")["length_m"].transform("sum")
    inside = inside[total >= MIN_STREET_M].reset_index(drop=True)
    return _split(inside)


def _neighbours(cells: IntArray, *, reach: float, disc: bool) -> list[tuple[IntArray, IntArray]]:
    """Pairs of positions in sorted `cells` at most `reach` metres apart, per step on the grid."""
    steps = math.floor(reach / CELL_M)
    pairs = []
    for right, up in itertools.product(range(-steps, steps + 1), repeat=2):
        if disc and right * right + up * up > steps * steps:
            continue
        wanted = cells + right * _KEY + up
        at = np.minimum(np.searchsorted(cells, wanted), len(cells) - 1)
        here = np.flatnonzero(cells[at] == wanted)
        pairs.append((here, at[here]))
    return pairs


def _joined(cells: IntArray) -> IntArray:
    """Number of the settlement of each settled cell; cells within `JOIN_M` share one."""
    if not len(cells):
        return np.zeros(0, dtype=np.int64)
    pairs = _neighbours(cells, reach=JOIN_M, disc=False)
    here = np.concatenate([pair[0] for pair in pairs])
    there = np.concatenate([pair[1] for pair in pairs])
    links = coo_array((np.ones(len(here), dtype=bool), (here, there)), shape=(len(cells),) * 2)
    return connected_components(links, directed=False)[1].astype(np.int64)


def _split(pieces: pd.DataFrame) -> pd.DataFrame:
    """Pieces with settlements wider than `MAX_EXTENT_M` halved until none is."""
    xy = pieces[["x", "y"]].to_numpy()
    length = pieces["length_m"].to_numpy()
    number = np.zeros(len(pieces), dtype=np.int64)
    waiting = [np.asarray(rows) for rows in pieces.groupby("settlement").indices.values()]
    done = 0
    while waiting:
        rows = waiting.pop()
        extent = np.ptp(xy[rows], axis=0)
        axis = int(np.argmax(extent))
        if extent[axis] <= MAX_EXTENT_M:
            number[rows] = done
            done += 1
            continue
        rows = rows[np.lexsort((xy[rows, 1 - axis], xy[rows, axis]))]
        sums = np.cumsum(length[rows])
        half = int(np.searchsorted(sums, sums[-1] / 2)) + 1
        half = min(half, len(rows) - 1)
        waiting += [rows[:half], rows[half:]]
    return pieces.assign(settlement=number)


def _points(pieces: pd.DataFrame, *, crs: str) -> gpd.GeoDataFrame:
    """One row per settlement: its point on a street and `street_length_m`."""
    weighted = pd.DataFrame(
        {
            "settlement": pieces["settlement"],
            "x": pieces["x"] * pieces["length_m"],
            "y": pieces["y"] * pieces["length_m"],
            "street_length_m": pieces["length_m"],
        }
    )
    sums = weighted.groupby("settlement").sum()
    of = pieces["settlement"].to_numpy()
    centre_x = (sums["x"] / sums["street_length_m"]).to_numpy()[of] if len(sums) else np.zeros(0)
    centre_y = (sums["y"] / sums["street_length_m"]).to_numpy()[of] if len(sums) else np.zeros(0)
    off = np.hypot(pieces["x"] - centre_x, pieces["y"] - centre_y)
    nearest = off.groupby(pieces["settlement"]).idxmin()
    chosen = pieces.loc[nearest, ["x", "y"]].reset_index(drop=True)
    chosen["street_length_m"] = sums["street_length_m"].to_numpy()
    return gpd.GeoDataFrame(chosen, geometry=gpd.points_from_xy(chosen["x"], chosen["y"]), crs=crs)


def _in_zones(points: gpd.GeoDataFrame, zones: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Points inside the zones with `zone_id`; where zones overlap, the smallest id."""
    areas = gpd.GeoDataFrame(
        {"zone_id": zones.index.astype(str)}, geometry=zones.geometry.to_numpy(), crs=zones.crs
    )
    joined = points.sjoin(areas, predicate="intersects").sort_values("zone_id")
    return joined[~joined.index.duplicated()].drop(columns="index_right").sort_index()


def _spread(
    settlements: pd.DataFrame, zone_ids: pd.Index, zone_population: pd.Series | None
) -> FloatArray:
    """Persons per settlement, NaN where the zone's population is unknown."""
    population = np.full(len(settlements), np.nan)
    if zone_population is None:
        return population
    known = _known_population(zone_population, zone_ids, set(settlements["zone_id"]))
    for zone_id, rows in settlements.groupby("zone_id").indices.items():
        if zone_id in known.index:
            lengths = settlements["street_length_m"].to_numpy()[rows]
            population[rows] = _whole_shares(float(known[zone_id]), lengths)
    return population


def _known_population(
    zone_population: pd.Series, zone_ids: pd.Index, settled: set[str]
) -> pd.Series:
    known = zone_population.astype(float).dropna()
    known.index = known.index.astype(str)
    fix = "请改正后重试"
    provide = "请为它提供村、社区名录，或把它的人口留空"
    unserved = known.index[(known > 0) & ~known.index.isin(settled)]
    faults = (
        (known.index[known.index.duplicated()], "在人口表里重复出现", fix),
        (known.index[~np.isfinite(known) | (known < 0)], "的人口为负或不是有限的数", fix),
        (known.index.difference(zone_ids.astype(str)), "不在行政单元图层里", fix),
        (unserved, "有人口，但没有推断出任何聚落，人口无处可放", provide),
    )
    for offenders, fault, remedy in faults:
        if len(offenders):
            msg = f"{len(offenders)} 个行政单元{fault}，第一个是「{offenders[0]}」。{remedy}。"
            raise DemandError(msg)
    return known


def _whole_shares(total: float, weights: FloatArray) -> FloatArray:
    """`total` by weights in whole persons, largest remainder first; the sum stays `total`."""
    whole = math.floor(total)
    exact = whole * weights / weights.sum()
    shares = np.floor(exact)
    left = whole - int(shares.sum())
    # A stable sort: equal remainders go to the settlement further north.
    shares[np.argsort(-(exact - shares), kind="stable")[:left]] += 1
    shares[np.argmax(weights)] += total - whole
    return shares


def _as_demand(found: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The table in the shape of the contract `DEMAND`."""
    degrees = found.geometry.to_crs("EPSG:4326")
    ids = [f"inferred-{lon:.5f}-{lat:.5f}" for lon, lat in zip(degrees.x, degrees.y, strict=True)]
    return gpd.GeoDataFrame(
        {
            "demand_name": [f"推断聚落 {number:04d}" for number in range(1, len(found) + 1)],
            "population": found["population"].to_numpy(),
            "origin": "inferred",
            "zone_id": found["zone_id"].to_numpy(),
            "street_length_m": found["street_length_m"].to_numpy(),
        },
        index=pd.Index(ids, name=DEMAND.index),
        geometry=found.geometry.to_numpy(),
        crs=found.crs,
    )


def _local_km(roads: Roads) -> float:
    local = np.isin(np.array(roads.road_classes, dtype=object), LOCAL_CLASSES)[roads.road_class]
    return float(roads.length_m[local].sum()) / 1000

"""Drawn areas checked against travel times: who lies inside, and who is within the cutoff.

Areas are drawn on a lattice, numbers come from the travel times of demand points. The two must
agree but for a point here and there near a boundary, and each of those is listed with its reason.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from coverage.access.access_checks import ACROSS_BARRIER, FAR_FROM_ROAD, IN_WATER, ISSUES, NO_ROAD
from coverage.areas.streets import streets_of
from coverage.requests import TOLERANCE
from coverage.snapping import snap

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from coverage.graph.arcs import BoolArray, Cost, FloatArray, IntArray
    from coverage.network import RoadNetwork
    from coverage.snapping import Snaps

    Way = tuple[RoadNetwork, Snaps]

MOST_SHARE: Final = 0.01
"""Share of the demand points that may disagree with an area."""

ON_GRID: Final = "on_grid"
OTHER_ROAD: Final = "other_road"
UNEXPLAINED: Final = "unexplained"

REASONS: Final = {
    ON_GRID: "离边界不到一格（对角），属绘图的格网精度",
    NO_ROAD: ISSUES[NO_ROAD],
    ACROSS_BARRIER: ISSUES[ACROSS_BARRIER],
    IN_WATER: ISSUES[IN_WATER],
    FAR_FROM_ROAD: ISSUES[FAR_FROM_ROAD],
    OTHER_ROAD: "接到的道路与四周的地面不同",
    UNEXPLAINED: "原因不明，请核对",
}
"""Why a demand point may disagree with an area, by code; the first that holds is told."""


@dataclass(frozen=True, eq=False)
class AreaCheck:
    """
    How far drawn areas and travel times agree.

    Parameters
    ----------
    areas
        One row per area, as it was given without its geometry, with `demand_points`, `covered`
        (within the cutoff by travel time), `inside` (by geometry), `disagree` (points), `share`
        (of all demand points) and `share_of_area` (of those covered or inside; 0 where there
        are none).
    points
        One row per area and disagreeing point: the columns of the area, `demand_id`,
        `is_covered`, `is_inside`, `boundary_m` (metres to the boundary; `inf` where the area is
        empty), `reason` and `reason_name` of `REASONS`, geometry.
    """

    areas: pd.DataFrame
    points: gpd.GeoDataFrame

    @property
    def share(self) -> float:
        """The largest share of demand points that disagree with an area; 0 without areas."""
        return float(self.areas["share"].max()) if len(self.areas) else 0.0

    @property
    def unexplained(self) -> int:
        """Disagreements without a reason."""
        return int((self.points["reason"] == UNEXPLAINED).sum())

    @property
    def holds(self) -> bool:
        """Whether no area has more than `MOST_SHARE` and every disagreement has a reason."""
        return self.share <= MOST_SHARE and not self.unexplained


def check_areas(
    areas: gpd.GeoDataFrame,
    demand: gpd.GeoDataFrame,
    trips: pd.DataFrame,
    *,
    cell_m: float,
    cost: Cost = "travel_time_s",
    ways: Sequence[Way] = (),
    far_from_road_m: float = np.inf,
) -> AreaCheck:
    """
    Compare areas of facilities with the travel times of demand points.

    Parameters
    ----------
    areas
        As `coverage.isochrone.service_areas` or `reach_areas` gives them: `facility_id`,
        `cutoff_s` or `cutoff`, maybe `from_s`.
    demand
        Shape (d, ...), points in the CRS of the areas, indexed by `demand_id`.
    trips
        `from_id` (demand), `to_id` (facility) and `cost` of every pair within the longest
        cutoff, as `travel_matrix` gives them; for areas that do not overlap only each point's
        nearest facility.
    cell_m
        Width of the cells that the areas were drawn with (`areas.attrs["cell_m"]`).
    cost
        What the cutoffs are about.
    ways
        The networks of the modes and the demand points on them (`coverage.snapping.snap`), for
        reasons.
    far_from_road_m
        Metres of access leg beyond which a point counts as far from the road.

    Returns
    -------
    check
        Areas in the order given, points in that of the areas and the demand.
    """
    known = trips[trips["from_id"].isin(demand.index)]
    point = demand.index.get_indexer(known["from_id"])
    spent = known[cost].to_numpy(dtype=float)
    upper = areas["cutoff_s" if "cutoff_s" in areas else "cutoff"].to_numpy(dtype=float)
    lower = areas.get("from_s", pd.Series(-np.inf, index=areas.index)).to_numpy(dtype=float)
    rows = known.groupby("to_id", sort=False).indices
    covered = []
    for number, facility in enumerate(areas["facility_id"]):
        its = rows.get(facility, np.zeros(0, dtype=np.int64))
        within = spent[its] <= upper[number] + TOLERANCE
        # A ring begins where the shorter cutoff ends; its first one holds the facility itself.
        within &= (spent[its] > lower[number] + TOLERANCE) | (lower[number] <= 0)
        covered.append(np.unique(point[its[within]]))
    return _checked(areas, demand, covered, _Reasons(demand, cell_m, ways, far_from_road_m))


def check_covered_area(
    area: shapely.Geometry,
    demand: gpd.GeoDataFrame,
    is_covered: pd.Series[bool],
    *,
    cell_m: float,
    ways: Sequence[Way] = (),
    far_from_road_m: float = np.inf,
) -> AreaCheck:
    """
    Compare the ground that facilities cover together with who is covered.

    Parameters
    ----------
    area
        As `coverage.isochrone.covered_area` gives it.
    demand
        Shape (d, ...), points in the CRS of the area, indexed by `demand_id`.
    is_covered
        For every demand point, by id.
    cell_m, ways, far_from_road_m
        As `check_areas`.

    Returns
    -------
    check
        Of one area.
    """
    areas = gpd.GeoDataFrame(geometry=[area], crs=demand.crs)
    covered = np.flatnonzero(is_covered.reindex(demand.index).to_numpy(dtype=bool))
    return _checked(areas, demand, [covered], _Reasons(demand, cell_m, ways, far_from_road_m))


def _checked(
    areas: gpd.GeoDataFrame,
    demand: gpd.GeoDataFrame,
    covered: list[IntArray],
    reasons: _Reasons,
) -> AreaCheck:
    """Both verdicts side by side, `covered` being the positions of the points of each area."""
    geometry = areas.geometry.to_numpy()
    tree = shapely.STRtree(demand.geometry.to_numpy())
    area, point = tree.query(geometry, predicate="intersects")
    inside = np.unique(area * np.int64(len(demand)) + point)
    by_time = np.concatenate(
        [np.zeros(0, dtype=np.int64)]
        + [number * len(demand) + points for number, points in enumerate(covered)]
    )
    apart = np.setxor1d(inside, by_time)
    either = np.union1d(inside, by_time)
    tally = areas.drop(columns=areas.geometry.name).assign(demand_points=len(demand))
    for name, pairs in (("covered", by_time), ("inside", inside), ("disagree", apart)):
        tally[name] = _count(pairs, areas, demand)
    tally["share"] = tally["disagree"] / max(len(demand), 1)
    tally["share_of_area"] = tally["disagree"] / np.maximum(_count(either, areas, demand), 1)
    row, point = np.divmod(apart, max(len(demand), 1))
    boundary_m = shapely.distance(shapely.boundary(geometry)[row], reasons.geometry[point])
    boundary_m = np.where(np.isnan(boundary_m), np.inf, boundary_m)
    code = reasons.of(point, boundary_m)
    points = pd.DataFrame(
        {
            **{name: areas[name].to_numpy()[row] for name in areas if name != areas.geometry.name},
            "demand_id": demand.index.to_numpy(dtype=object)[point],
            "is_covered": np.isin(apart, by_time),
            "is_inside": np.isin(apart, inside),
            "boundary_m": boundary_m,
            "reason": code,
            "reason_name": [REASONS[each] for each in code],
        }
    )
    return AreaCheck(
        tally, gpd.GeoDataFrame(points, geometry=reasons.geometry[point], crs=demand.crs)
    )


def _count(pairs: IntArray, areas: gpd.GeoDataFrame, demand: gpd.GeoDataFrame) -> IntArray:
    return np.bincount(pairs // max(len(demand), 1), minlength=len(areas))


class _Reasons:
    """Why demand points may disagree with an area."""

    def __init__(
        self,
        demand: gpd.GeoDataFrame,
        cell_m: float,
        ways: Sequence[Way],
        far_from_road_m: float,
    ) -> None:
        self.geometry: npt.NDArray[np.object_] = np.asarray(demand.geometry.array, dtype=object)
        self.crs = demand.crs
        self.cell_m = cell_m
        self.ways = ways
        self.far_from_road_m = far_from_road_m

    def of(self, point: IntArray, boundary_m: FloatArray) -> npt.NDArray[np.object_]:
        """The first reason of `REASONS` that holds for each of some points."""
        holds: dict[str, BoolArray] = {
            reason: np.zeros(len(point), dtype=np.bool_) for reason in REASONS
        }
        # Between four places of the lattice a boundary may be anywhere.
        holds[ON_GRID] = boundary_m <= self.cell_m * math.sqrt(2)
        for network, snaps in self.ways:
            access_m = snaps.nearest_access_m[point]
            holds[NO_ROAD] |= np.isinf(access_m)
            holds[ACROSS_BARRIER] |= snaps.barrier[point] >= 0
            holds[FAR_FROM_ROAD] |= access_m > self.far_from_road_m
            wet, _ = network.barriers.holding(shapely.get_coordinates(self.geometry[point]))
            holds[IN_WATER][wet] = True
        doubtful = np.flatnonzero(~np.logical_or.reduce(list(holds.values())))
        for network, snaps in self.ways:
            holds[OTHER_ROAD][doubtful] |= self._other_road(network, snaps, point[doubtful])
        holds[UNEXPLAINED][:] = True
        first = np.argmax(np.stack(list(holds.values())), axis=0)
        codes: npt.NDArray[np.object_] = np.array(list(REASONS), dtype=object)[first]
        return codes

    def _other_road(self, network: RoadNetwork, snaps: Snaps, point: IntArray) -> BoolArray:
        """Whether one of the four places of the lattice around each point has another street."""
        streets = streets_of(network).of_edge
        xy = shapely.get_coordinates(self.geometry[point])
        corner = np.floor(xy / self.cell_m)
        differs = np.zeros(len(point), dtype=np.bool_)
        own = [streets[snaps.edge[snaps.point == each]] for each in point.tolist()]
        for y, x in ((0, 0), (0, 1), (1, 0), (1, 1)):
            places = shapely.points((corner + np.array([x, y])) * self.cell_m)
            there = snap(network, gpd.GeoSeries(places, crs=network.crs))
            for row, mine in enumerate(own):
                theirs = streets[there.edge[there.point == row]]
                differs[row] |= not np.isin(theirs, mine).any()
        return differs

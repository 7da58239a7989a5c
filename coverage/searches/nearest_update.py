"""The nearest facility of every demand point, kept up to date as single facilities change.

A site on the map is tried, moved and taken back many times. Each time only the nodes that it
wins or gives up are searched again, and only the demand points beside them are told anew, so
the work grows with what changes, not with the country. The result equals a full run of
`coverage.catchment.nearest_trips`: sums are made in the same order, and of equally near
facilities the same one counts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from coverage.catchment import in_order
from coverage.errors import ImpedanceError
from coverage.graph.arcs import numbered, ragged
from coverage.graph.shortest_paths import least_cost_tree, other_cost, within_reach
from coverage.requests import TOLERANCE, check_request, check_start
from coverage.searches.open_sites import NOBODY, Ground, Nearest, Sites
from coverage.searches.search import (
    Ends,
    Search,
    trips_over_nodes,
    ways_to_nodes,
    with_sources,
)
from coverage.snapping import snap

if TYPE_CHECKING:
    from collections.abc import Hashable

    import shapely

    from coverage.graph.arcs import BoolArray, Cost, Direction, FloatArray, IntArray
    from coverage.network import RoadNetwork
    from coverage.snapping import Snaps


@dataclass(frozen=True, eq=False)
class NearestIndex:
    """
    Nearest facilities of d demand points within a cutoff, ready for one change after the other.

    Made by `prepare`; each change gives a new index and leaves this one as it is. Arrays are
    read-only and in the order of the demand.
    """

    ground: Ground
    sites: Sites
    nodes: Nearest
    points: Nearest

    @classmethod
    def prepare(  # noqa: PLR0913 - what a trip depends on
        cls,
        network: RoadNetwork,
        demand: gpd.GeoDataFrame,
        facilities: gpd.GeoDataFrame,
        *,
        cutoff: float,
        direction: Direction,
        cost: Cost = "travel_time_s",
        start_s: pd.Series[float] | None = None,
        demand_snaps: Snaps | None = None,
    ) -> NearestIndex:
        """
        Make the full run that later changes start from.

        Parameters
        ----------
        network, demand, facilities, direction, cost, start_s, demand_snaps
            As `coverage.catchment.nearest_trips`.
        cutoff
            Search limit in the unit of `cost`, inclusive and finite: it bounds what one
            facility can change.

        Raises
        ------
        CrsError, InputError, ImpedanceError, RoadError
            As `coverage.catchment.nearest_trips`; also if the cutoff is not finite.
        """
        check_request(demand, facilities, cutoff, direction)
        if math.isinf(cutoff):
            msg = "逐个增减设施时阈值应为有限的数字，现为 inf。请给出阈值。"
            raise ImpedanceError(msg)
        facilities, start = in_order(facilities, start_s)
        snaps = demand_snaps or snap(network, demand.geometry)
        ways = ways_to_nodes(network, snaps, cost, leaving=direction == "to_facility")
        ground = Ground(
            network,
            network.arcs(cost, direction),
            demand.index,
            snaps,
            ways,
            np.searchsorted(ways.point, np.arange(len(demand) + 1)),
            cutoff + TOLERANCE,
            direction,
            cost,
            demand.crs,
        )
        return _full_run(ground, facilities, start)

    @property
    def facility_ids(self) -> list[Hashable]:
        """Ids of the open facilities, sorted."""
        return sorted(self.sites.facility_id[self.sites.open_slots].tolist())

    @property
    def covered(self) -> BoolArray:
        """Shape (d,), whether a facility is reached within the cutoff."""
        return np.isfinite(self.points.cost)

    @property
    def travel_time_s(self) -> FloatArray:
        """Shape (d,), seconds door to door; `inf` where none is reached."""
        return self.points.cost if self.ground.cost == "travel_time_s" else self.points.other

    @property
    def distance_m(self) -> FloatArray:
        """Shape (d,), metres door to door; `inf` where none is reached."""
        return self.points.cost if self.ground.cost == "distance_m" else self.points.other

    @cached_property
    def trips(self) -> pd.DataFrame:
        """The table of `coverage.catchment.nearest_trips`."""
        # Made in one go: to fill a table of unreached points column by column takes longer than
        # a whole change.
        demand, slot = self.ground.demand.nearest_access_m, self.points.slot
        covered = self.covered
        facility_id, facility_m = self.sites.facility_id, self.sites.access_m
        ids = np.full(len(slot), None, dtype=object)
        ids[covered] = facility_id[slot[covered]]
        facility = np.full(len(slot), np.nan)
        facility[covered] = facility_m[slot[covered]]
        access = np.where(covered, demand, np.nan) + facility
        index = self.ground.demand_id
        columns = {
            "facility_id": ids,
            "travel_time_s": self.travel_time_s,
            "distance_m": self.distance_m,
            "access_m": access,
            "demand_access_m": demand,
            "facility_access_m": facility,
            "access_s": access * self.ground.network.access_s_per_m,
        }
        index = index if index.name else index.rename("demand_id")
        return pd.DataFrame(
            {name: pd.Series(each, index, each.dtype) for name, each in columns.items()}
        )

    def with_facility(
        self,
        facility_id: Hashable,
        point: shapely.Point,
        *,
        start_s: float = 0.0,
        snaps: Snaps | None = None,
    ) -> NearestIndex:
        """
        The index with one facility more.

        Parameters
        ----------
        facility_id
            Id of the new facility.
        point
            Where it stands, in the network's CRS.
        start_s
            Seconds that pass there before the trip begins.
        snaps
            `snapped` of the point where it is known from an index on roads of the same course,
            as at another pace.

        Raises
        ------
        InputError
            If the id is taken or of another type than the others, or the point not finite.
        ImpedanceError
            If `start_s` is negative or endless.
        """
        draft = _Draft(self)
        draft.open(facility_id, start_s, snaps or self.snapped(facility_id, point))
        return draft.finished()

    def without_facility(self, facility_id: Hashable) -> NearestIndex:
        """
        The index with one facility less.

        Raises
        ------
        InputError
            If there is none of that id.
        """
        draft = _Draft(self)
        draft.close(facility_id)
        return draft.finished()

    def moved(
        self,
        facility_id: Hashable,
        point: shapely.Point,
        *,
        start_s: float | None = None,
        snaps: Snaps | None = None,
    ) -> NearestIndex:
        """
        The index with one facility at another place.

        Parameters
        ----------
        facility_id, point, snaps
            As `with_facility`.
        start_s
            Its turn-out from now on, seconds; the same as before when absent.

        Raises
        ------
        InputError
            If there is none of that id, or the point is not finite.
        ImpedanceError
            If `start_s` is negative or endless.
        """
        draft = _Draft(self)
        before_s = draft.close(facility_id)
        draft.open(
            facility_id,
            before_s if start_s is None else start_s,
            snaps or self.snapped(facility_id, point),
        )
        return draft.finished()

    def snapped(self, facility_id: Hashable, point: shapely.Point) -> Snaps:
        """
        Where a facility would touch the roads.

        Raises
        ------
        InputError
            If the point is not finite.
        """
        # An index of objects spares the guess at what the id is, which takes a millisecond.
        index = pd.Index([facility_id], dtype=object)
        series = gpd.GeoSeries([point], index=index, crs=self.ground.crs)
        return snap(self.ground.network, series)


def _full_run(ground: Ground, facilities: gpd.GeoDataFrame, start_s: FloatArray) -> NearestIndex:
    """The index of facilities that stand in the order in which they count."""
    count = ground.network.node_count
    nodes = Nearest.nobody(count)
    if facilities.empty:
        snaps = snap(ground.network, facilities.geometry)
    else:
        search = Search.prepare(
            ground.network, facilities, ground.direction, ground.cost, start_s=start_s
        )
        snaps = search.snaps
        cost, other, slot = search.nearest(ground.limit)
        reached = np.flatnonzero(np.isfinite(cost[:count]))
        nodes.put(reached, cost[reached], other[reached], slot[reached])
    sites = Sites(
        facilities.index.to_numpy(dtype=object),
        start_s,
        snaps.nearest_access_m,
        np.arange(len(facilities)),
        *ground.doors(snaps, start_s),
    )
    # What the first closing needs is made now: the planner waits here, not at the click.
    ground.arcs.arriving(np.zeros(0, dtype=np.int64))
    draft = _Draft(NearestIndex(ground, sites, nodes, Nearest.nobody(len(ground.demand_id))))
    draft.touched[:] = True
    return draft.finished()


class _Draft:
    """A private copy of an index while it changes."""

    def __init__(self, index: NearestIndex) -> None:
        self.ground = index.ground
        self.sites = index.sites
        self.nodes = index.nodes.copied()
        self.points = index.points.copied()
        self.touched = np.zeros(len(index.ground.demand_id), dtype=bool)

    def finished(self) -> NearestIndex:
        """Tell the demand points anew whose ways have changed, and freeze the copy."""
        ground, sites, nodes, points = self.ground, self.sites, self.nodes, self.points
        point = np.flatnonzero(self.touched)
        first = ground.first_way[point]
        ways = ground.ways.where(ragged(first, ground.first_way[point + 1] - first))
        over_nodes = trips_over_nodes(ways, nodes.cost, nodes.other, nodes.slot)
        direct = sites.direct.where(self.touched[sites.direct.point])
        best = over_nodes.and_(direct).least(ground.limit, rank=sites.rank)
        points.put(point)
        points.put(best.point, best.cost, best.other, best.facility)
        nodes.freeze()
        points.freeze()
        return NearestIndex(ground, sites, nodes, points)

    def close(self, facility_id: Hashable) -> float:
        """Close a facility and give its nodes to others; tells its turn-out."""
        slot = self.sites.slot_of(facility_id)
        direct = self.sites.direct
        self.touched[direct.point[direct.facility == slot]] = True
        self.sites = self.sites.without(slot)
        freed = np.flatnonzero(self.nodes.slot == slot)
        self._touch(freed)
        self.nodes.put(freed)
        self._give_away(freed)
        return float(self.sites.start_s[slot])

    def open(self, facility_id: Hashable, start_s: float, snaps: Snaps) -> None:
        """Open a facility and take the nodes to which it is the nearest."""
        check_start(np.array([start_s]), [facility_id])
        sites = self.sites
        rank = sites.rank_for(facility_id, start_s)
        ends, direct = self.ground.doors(snaps, np.array([start_s]))
        slot, self.sites = sites.with_one(
            facility_id, rank, start_s, float(snaps.nearest_access_m[0]), ends, direct
        )
        self.touched[direct.point] = True
        if len(ends.node):
            self._take(slot, ends)

    def _give_away(self, freed: IntArray) -> None:
        """Search some nodes again from those around them and from facilities among them."""
        arcs, nodes, sites = self.ground.arcs, self.nodes, self.sites
        row, arc, start = arcs.arriving(freed)
        is_held = nodes.slot[start] != NOBODY
        row, arc, start = row[is_held], arc[is_held], start[is_held]
        from_around = Ends(
            point=nodes.slot[start],
            node=row,
            cost=nodes.cost[start] + arcs.cost[arc],
            other=nodes.other[start] + arcs.other[arc],
        )
        number = numbered(freed, arcs.node_count)[sites.ends.node]
        among = sites.ends.where(number > 0)
        among = replace(among, node=number[number > 0].astype(np.int64) - 1)
        ways = from_around.and_(among)
        # Sources in the order in which their facilities count.
        slots = np.unique(ways.point)
        slots = slots[np.argsort(sites.rank[slots])]
        source = np.empty(len(sites.rank), dtype=np.int64)
        source[slots] = np.arange(len(slots))
        ways = replace(ways, point=source[ways.point]).least()
        if not len(slots):
            return
        graph = with_sources(arcs.among(freed), ways, len(slots))
        tree = least_cost_tree(graph, len(freed), self.ground.limit)
        held = np.flatnonzero(np.isfinite(tree.cost[: len(freed)]))
        nodes.put(
            freed[held],
            tree.cost[held],
            other_cost(graph, tree.predecessor, held),
            slots[tree.root[held] - len(freed)],
        )

    def _take(self, slot: int, ends: Ends) -> None:
        """Give a new facility the nodes to which it is the nearest."""
        ground, nodes, rank = self.ground, self.nodes, self.sites.rank
        won = within_reach(
            ground.arcs,
            ends.node,
            known_cost=nodes.cost,
            least=float(ends.cost.min()),
            limit=ground.limit,
        )
        while True:
            number = numbered(won, ground.arcs.node_count)[ends.node]
            entries = ends.where(number > 0)
            entries = replace(entries, node=number[number > 0].astype(np.int64) - 1)
            graph = with_sources(ground.arcs.among(won), entries, 1)
            tree = least_cost_tree(graph, len(won), ground.limit)
            cost = tree.cost[:-1]
            is_first = (cost == nodes.cost[won]) & (rank[slot] < rank[nodes.slot[won]])
            wins = (cost < nodes.cost[won]) | (np.isfinite(cost) & is_first)
            # A path must not lead over nodes that another facility keeps.
            before = tree.predecessor[:-1][wins]
            if np.append(wins, True)[before].all():
                break
            won = won[wins]
        taken = np.flatnonzero(wins)
        nodes.put(won[taken], cost[taken], other_cost(graph, tree.predecessor, taken), slot)
        self._touch(won[taken])

    def _touch(self, changed: IntArray) -> None:
        """Mark the demand points with a way to a node that has changed."""
        is_changed = np.zeros(self.ground.arcs.node_count, dtype=bool)
        is_changed[changed] = True
        ways = self.ground.ways
        self.touched[ways.point[is_changed[ways.node]]] = True

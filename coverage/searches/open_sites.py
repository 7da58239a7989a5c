"""What an index of nearest facilities keeps: roads and demand, open facilities, who has whom."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from coverage.errors import InputError
from coverage.searches.search import Ends, Trips, trips_along_edges, ways_to_nodes

if TYPE_CHECKING:
    from collections.abc import Hashable

    import numpy.typing as npt
    import pyproj

    from coverage.graph.arcs import Arcs, Cost, Direction, FloatArray, Index32Array, IntArray
    from coverage.network import RoadNetwork
    from coverage.snapping import Snaps

NOBODY: Final = -1
"""Stands for the facility of a node or point that none reaches."""


@dataclass(frozen=True, eq=False)
class Ground:
    """
    What no change of facilities touches: n nodes, d demand points.

    Parameters
    ----------
    network, arcs
        Roads of one travel mode, and their graph for `cost` and `direction`.
    demand_id
        Shape (d,).
    demand, ways
        Where the demand points touch the roads, and their ways to nodes.
    first_way
        Shape (d + 1,), where the ways of each point begin.
    limit
        The cutoff with its tolerance, in the unit of `cost`.
    direction, cost
        As in `coverage.searches.search.Search`.
    crs
        That of the points, as geopandas has it: to read it from a text takes a while.
    """

    network: RoadNetwork
    arcs: Arcs
    demand_id: pd.Index
    demand: Snaps
    ways: Ends
    first_way: IntArray
    limit: float
    direction: Direction
    cost: Cost
    crs: pyproj.CRS | None

    def doors(self, facilities: Snaps, start_s: FloatArray) -> tuple[Ends, Trips]:
        """Of facilities: their ways to nodes, and the trips that never pass one."""
        leaving = self.direction == "from_facility"
        direct = trips_along_edges(
            self.network,
            self.demand,
            facilities,
            cost=self.cost,
            direction=self.direction,
            start_s=start_s,
        )
        return (
            ways_to_nodes(self.network, facilities, self.cost, leaving=leaving, start_s=start_s),
            direct.where(direct.cost <= self.limit),
        )


@dataclass(frozen=True, eq=False)
class Sites:
    """
    Facilities in slots, s in all; the slot of a closed one is taken by the next that opens.

    Parameters
    ----------
    facility_id
        Shape (s,), None where closed.
    start_s
        Shape (s,), seconds that pass at each before the trip begins.
    access_m
        Shape (s,), metres to the road.
    rank
        Shape (s,), which counts first where several are equally near.
    ends
        Their ways to nodes, `point` being the slot.
    direct
        Trips that never pass a node, `facility` being the slot.
    """

    facility_id: npt.NDArray[np.object_]
    start_s: FloatArray
    access_m: FloatArray
    rank: IntArray
    ends: Ends
    direct: Trips

    @property
    def open_slots(self) -> IntArray:
        """Slots of the open facilities."""
        return np.flatnonzero(pd.notna(self.facility_id))

    def slot_of(self, facility_id: Hashable) -> int:
        """Slot of an open facility."""
        slots = self.open_slots
        found = slots[self.facility_id[slots] == facility_id]
        if not len(found):
            msg = f"没有代码为 {facility_id!r} 的设施，无法撤销或移动。请核对代码。"
            raise InputError(msg)
        return int(found[0])

    def rank_for(self, facility_id: Hashable, start_s: float) -> int:
        """Rank of a further facility: after those that start earlier or have a smaller id."""
        slots = self.open_slots
        ids, start = self.facility_id[slots], self.start_s[slots]
        if len(ids) and isinstance(facility_id, str) != isinstance(ids[0], str):
            msg = "设施的代码有的是文字、有的是数字，请统一为文字。"
            raise InputError(msg)
        if (ids == facility_id).any():
            msg = f"已有代码为 {facility_id!r} 的设施，请换一个代码。"
            raise InputError(msg)
        earlier = (start < start_s) | ((start == start_s) & (ids < facility_id).astype(bool))
        return int(self.rank[slots[earlier]].max(initial=-1)) + 1

    def with_one(
        self,
        facility_id: Hashable,
        rank: int,
        start_s: float,
        access_m: float,
        ends: Ends,
        direct: Trips,
    ) -> tuple[int, Sites]:
        """The slot of a further facility, and all with it."""
        closed = np.flatnonzero(pd.isna(self.facility_id))
        slot = int(closed[0]) if len(closed) else len(self.rank)
        return slot, Sites(
            _with(self.facility_id, slot, facility_id),
            _with(self.start_s, slot, start_s),
            _with(self.access_m, slot, access_m),
            # Those that held its rank or a later one count one later.
            _with(self.rank + (self.rank >= rank), slot, rank),
            self.ends.and_(replace(ends, point=np.full(len(ends.node), slot))),
            self.direct.and_(replace(direct, facility=np.full(len(direct), slot))),
        )

    def without(self, slot: int) -> Sites:
        """All but one."""
        ids = self.facility_id.copy()
        ids[slot] = None
        ends = self.ends.where(self.ends.point != slot)
        return replace(
            self, facility_id=ids, ends=ends, direct=self.direct.where(self.direct.facility != slot)
        )


@dataclass(frozen=True, eq=False)
class Nearest:
    """Of nodes or points: least cost (`inf` where none), the other cost, the site's slot."""

    cost: FloatArray
    other: FloatArray
    slot: Index32Array

    @classmethod
    def nobody(cls, count: int) -> Nearest:
        """None reached."""
        slot = np.full(count, NOBODY, dtype=np.int32)
        return cls(np.full(count, np.inf), np.full(count, np.inf), slot)

    def copied(self) -> Nearest:
        """A copy that may be written to."""
        return Nearest(self.cost.copy(), self.other.copy(), self.slot.copy())

    def put(
        self,
        where: IntArray,
        cost: FloatArray | float = np.inf,
        other: FloatArray | float = np.inf,
        slot: npt.NDArray[np.integer] | int = NOBODY,
    ) -> None:
        """Write to a copy; by default that nobody reaches these."""
        self.cost[where], self.other[where], self.slot[where] = cost, other, slot

    def freeze(self) -> None:
        """Refuse to be written to from now on."""
        for array in (self.cost, self.other, self.slot):
            array.setflags(write=False)


def _with(column: npt.NDArray[Any], slot: int, value: object) -> npt.NDArray[Any]:
    """A copy with one value changed or added."""
    longer = np.empty(max(len(column), slot + 1), dtype=column.dtype)
    longer[: len(column)] = column
    longer[slot] = value
    return longer

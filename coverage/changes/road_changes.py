"""Road changes as what-if: close a road, change its speed, add one drawn on the map.

The roads as read stay as they are; what comes out is a second set of roads for the same analyses.
Changes take effect one after the other, each on the roads that the earlier ones left, so that a
later road may join an earlier one. A place on a road that an earlier change has closed still means
that road, and never the next one beside it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import shapely

from coverage.changes.new_roads import lay_road
from coverage.changes.road_change import ChangedRoads, RoadEffect
from coverage.changes.road_change_checks import change_faults, repeated_ids, title_of
from coverage.changes.road_change_sentences import (
    added_notices,
    added_sentence,
    closed_sentence,
    place_notices,
    speed_sentence,
    stretch_notices,
)
from coverage.changes.road_cutting import Kind
from coverage.changes.road_places import (
    SNAP_M,
    edge_lines,
    may_use,
    nearest_place,
    one_of_each_course,
    same_course,
)
from coverage.changes.road_stretch import cut_stretch
from coverage.errors import RoadChangeError
from coverage.roads import USERS, road_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coverage.changes.road_change import RoadChange
    from coverage.changes.road_places import Place
    from coverage.notices import Notice
    from coverage.roads import BoolArray, IntArray, Roads, RoadUser


def apply_road_changes(roads: Roads, changes: Sequence[RoadChange]) -> ChangedRoads:
    """
    Roads as they would be after some changes.

    Parameters
    ----------
    roads
        Streets with n nodes and m edges; left as they are.
    changes
        In the order in which they take effect.

    Returns
    -------
    changed
        Edges of `roads` keep their positions; where one was cut, its first part does. Nodes keep
        theirs; new ones have negative ids. Barriers stay.

    Raises
    ------
    RoadChangeError
        With one sentence for every change that cannot be applied.
    """
    faults = repeated_ids(changes)
    for change in changes:
        faults += change_faults(change, classes=roads.road_classes)
    if not faults:
        work = _Work.on(roads)
        for change in changes:
            try:
                work = work.after(change)
            except _RefusedError as refusal:
                faults.append(f"道路变更「{title_of(change)}」{refusal}")
    if faults:
        raise RoadChangeError("".join(faults))
    return work.result()


class _RefusedError(Exception):
    """Why a change cannot be applied; its title goes before."""


@dataclass(frozen=True, eq=False)
class _Work:
    """Roads in the making: `roads` with nothing closed, and who may no longer use which edge."""

    roads: Roads
    closed: dict[RoadUser, BoolArray]
    base_edge: IntArray
    effects: tuple[RoadEffect, ...]

    @classmethod
    def on(cls, roads: Roads) -> _Work:
        nothing = np.zeros(roads.edge_count, dtype=bool)
        return cls(roads, dict.fromkeys(USERS, nothing), np.arange(roads.edge_count), ())

    def after(self, change: RoadChange) -> _Work:
        """With one more change."""
        if change.action == "add":
            return self._added(change)
        return self._closed_or_signed(change)

    def result(self) -> ChangedRoads:
        access = {
            str(user): np.where(self.closed[user], 0, self.roads.access[user]).astype(np.uint8)
            for user in USERS
        }
        changed = replace(self.roads, access=access) if self.effects else self.roads
        return ChangedRoads(changed, self.roads, self.base_edge, self.effects)

    def _closed_or_signed(self, change: RoadChange) -> _Work:
        users = change.concerned_users
        places = self._places(change)
        work, edges = self._stretch(places, users)
        notices = place_notices(change, places)
        still_open = work.open_to()
        closed = ~np.any([still_open[user][edges] for user in users], axis=0)
        notices += stretch_notices(change, work.roads, edges, closed=closed)
        if change.action == "close":
            sentence = closed_sentence(change, work.roads, edges)
            chosen = np.isin(np.arange(work.roads.edge_count), edges)
            by_user = {
                user: was | chosen if user in users else was for user, was in work.closed.items()
            }
            return replace(work, closed=by_user).noted(change, edges, sentence, notices)
        sentence = speed_sentence(change, work.roads, edges)
        speed = work.roads.max_speed_kph.copy()
        speed[edges] = change.speed_kph
        signed = replace(work.roads, max_speed_kph=speed)
        return replace(work, roads=signed).noted(change, edges, sentence, notices)

    def _places(self, change: RoadChange) -> list[Place]:
        """The places of a change on roads that its users could use before anything was closed."""
        usable = may_use(self.roads, change.concerned_users)
        found = []
        for number, (x, y) in enumerate(change.places, start=1):
            place = nearest_place(self.roads, x, y, usable=usable, within_m=SNAP_M)
            if place is None:
                which = f"第 {number} 个点" if len(change.places) > 1 else "点选的位置"
                whose = "机动车可走的路" if change.action == "speed" else "可以封闭的路"
                msg = f"的{which}周围 {SNAP_M:g} 米以内没有{whose}，请把点移到路上。"
                raise _RefusedError(msg)
            found.append(place)
        return found

    def _stretch(self, places: list[Place], users: tuple[RoadUser, ...]) -> tuple[_Work, IntArray]:
        if len(places) == 1:
            return self, same_course(self.roads, np.array([places[0].edge]))
        stretch = cut_stretch(self.roads, places, may_use(self.roads, users))
        if stretch is None:
            msg = "的各点之间没有相通的路，请把点选在同一条路上。"
            raise _RefusedError(msg)
        if not len(stretch.edges):
            msg = "的各点落在路上同一处，中间没有路段，请把点拉开。"
            raise _RefusedError(msg)
        return self._moved_to(stretch.roads, stretch.parent), stretch.edges

    def _added(self, change: RoadChange) -> _Work:
        users = change.concerned_users
        kind = Kind(
            road_class=change.road_class,
            max_speed_kph=np.nan if change.speed_kph is None else change.speed_kph,
            users=users,
            oneway=change.oneway,
            is_bridge=change.joins == "ends",
            name=road_name(change.name),
        )
        roads_open = self.open_to()
        laid = lay_road(
            self.roads,
            change.places,
            kind,
            everybody=np.all([roads_open[user] for user in users], axis=0),
            anybody=np.any([roads_open[user] for user in users], axis=0),
            at_crossings=change.joins == "crossings",
        )
        if laid is None:
            msg = f"的两端周围 {SNAP_M:g} 米以内没有可以接入的路，请从现有道路画起。"
            raise _RefusedError(msg)
        if not len(laid.edges):
            msg = "的两端接到了路上同一处，成不了一条路，请画长一些。"
            raise _RefusedError(msg)
        work = self._moved_to(laid.roads, laid.parent)
        return work.noted(
            change,
            laid.edges,
            added_sentence(change, laid),
            added_notices(change, roads_open, self.roads, laid),
        )

    def open_to(self) -> dict[RoadUser, BoolArray]:
        """For each user shape (m,), edges that no earlier change has closed."""
        access = self.roads.access
        return {user: (access[user] != 0) & ~self.closed[user] for user in USERS}

    def _moved_to(self, roads: Roads, parent: IntArray) -> _Work:
        """What is known of the edges, told of the parts they were cut into."""
        old = parent >= 0
        return _Work(
            roads=roads,
            closed={user: old & was[parent] for user, was in self.closed.items()},
            base_edge=np.where(old, self.base_edge[parent], -1),
            effects=tuple(
                replace(effect, edges=np.flatnonzero(np.isin(parent, effect.edges)))
                for effect in self.effects
            ),
        )

    def noted(
        self, change: RoadChange, edges: IntArray, sentence: str, notices: list[Notice]
    ) -> _Work:
        once = one_of_each_course(self.roads, edges)
        effect = RoadEffect(
            change=change,
            edges=edges,
            length_m=float(self.roads.length_m[once].sum()),
            lines=shapely.multilinestrings(edge_lines(self.roads, once)),
            sentence=sentence,
            notices=tuple(notices),
        )
        return replace(self, effects=(*self.effects, effect))

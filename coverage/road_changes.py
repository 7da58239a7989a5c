"""Road changes as what-if: close a road, change its speed, add one drawn on the map.

The roads as read stay as they are; what comes out is a second set of roads for the same analyses.
Changes take effect one after the other, each on the roads that the earlier ones left, so that a
later road may join an earlier one. A place on a road that an earlier change has closed still means
that road, and never the next one beside it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import shapely

from coverage.new_roads import lay_road
from coverage.road_change_checks import (
    DEFAULT_CLASS,
    RoadChangeError,
    change_faults,
    repeated_ids,
    title_of,
)
from coverage.road_change_sentences import (
    added_notices,
    added_sentence,
    closed_sentence,
    place_notices,
    speed_sentence,
    stretch_notices,
)
from coverage.road_classes import ROAD_CLASSES
from coverage.road_cutting import Kind
from coverage.road_places import (
    SNAP_M,
    edge_lines,
    may_use,
    nearest_place,
    one_of_each_course,
    same_course,
)
from coverage.road_stretch import cut_stretch
from coverage.roads import USERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coverage.notices import Notice
    from coverage.road_places import Place
    from coverage.roads import BoolArray, IntArray, Roads, RoadUser

Action = Literal["close", "speed", "add"]
Joins = Literal["ends", "crossings"]

PLACE_DECIMALS: Final = 3
"""Places are kept to the millimetre, so that a saved file says the same as the screen."""


@dataclass(frozen=True)
class RoadChange:
    """
    One change that a planner wants to try out.

    Parameters
    ----------
    change_id
        Unique among the changes.
    name
        Chinese name as the planner wrote it; any text.
    action
        "close", "speed" or "add".
    places
        (x, y) in metres in the CRS of the roads, kept to the millimetre. To close or to change
        speed: one place for the whole edge there, from junction to junction; two for the
        stretch between them; more where the stretch has to pass through them in order. To add:
        two or more vertices of the new road.
    speed_kph
        km/h: the new signed speed, or that of the new road (None: as the modes' tables say for
        its class). It binds motor vehicles; walking and riding keep their own speeds.
    road_class
        OSM `highway` value of a new road.
    oneway
        Whether vehicles may use a new road only as it is drawn; people on foot may go both ways.
    users
        Who may no longer use a closed road (None: nobody may), or who may use a new one (None:
        as is the rule for its class).
    joins
        "ends": a new road joins others at its ends and where a vertex was put on a road, and
        passes over what it crosses; "crossings": it joins the roads that it crosses as well.
    """

    change_id: str
    name: str
    action: Action
    places: tuple[tuple[float, float], ...]
    speed_kph: float | None = None
    road_class: str = DEFAULT_CLASS
    oneway: bool = False
    users: tuple[RoadUser, ...] | None = None
    joins: Joins = "ends"

    def __post_init__(self) -> None:
        kept = tuple(
            (round(float(x), PLACE_DECIMALS), round(float(y), PLACE_DECIMALS))
            for x, y in self.places
        )
        object.__setattr__(self, "places", kept)

    @property
    def concerned_users(self) -> tuple[RoadUser, ...]:
        """For whom it changes something, in the order of `USERS`."""
        if self.action == "speed":
            return ("motor",)
        named = self.users
        if named is None:
            named = ROAD_CLASSES[self.road_class].users if self._has_known_class else USERS
        return tuple(user for user in USERS if user in named)

    @property
    def _has_known_class(self) -> bool:
        return self.action == "add" and self.road_class in ROAD_CLASSES


@dataclass(frozen=True, eq=False)
class RoadEffect:
    """
    What one change did.

    Parameters
    ----------
    change
        The change.
    edges
        Positions in the changed roads of the edges it closed, signed or added.
    length_m
        Metres of road; a street that is drawn twice, once for each direction, counts once.
    lines
        The edges in the CRS of the roads, to highlight them.
    sentence
        Chinese: what was done, to how much road.
    notices
        What the planner should check.
    """

    change: RoadChange
    edges: IntArray
    length_m: float
    lines: shapely.MultiLineString
    sentence: str
    notices: tuple[Notice, ...]


@dataclass(frozen=True, eq=False)
class ChangedRoads:
    """
    Roads after some changes.

    Parameters
    ----------
    roads
        The roads to travel on. Closed edges are still there, open to nobody.
    as_built
        The same edges with nothing closed: on these a click finds what a change would find.
    base_edge
        Shape (m,), the edge of the roads as read that each edge is or is part of; -1 for new
        roads.
    effects
        One per change, in order.
    """

    roads: Roads
    as_built: Roads
    base_edge: IntArray
    effects: tuple[RoadEffect, ...]

    @property
    def notices(self) -> tuple[Notice, ...]:
        """The notices of all changes."""
        return tuple(notice for effect in self.effects for notice in effect.notices)


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

"""A road change as a planner wants it, and what it did to the roads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from coverage.changes.road_classes import ROAD_CLASSES
from coverage.requests import PLACE_DECIMALS
from coverage.roads import USERS

if TYPE_CHECKING:
    import shapely

    from coverage.notices import Notice
    from coverage.roads import IntArray, Roads, RoadUser

Action = Literal["close", "speed", "add"]
Joins = Literal["ends", "crossings"]

DEFAULT_CLASS: Final = "unclassified"
"""Class of a new road where none is given: a village road."""


@dataclass(frozen=True)
class RoadChange:
    """
    One change that a planner wants to try out.

    Parameters
    ----------
    change_id
        Unique among the changes.
    name
        Chinese name as the planner wrote it; any text. A new road bears it.
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

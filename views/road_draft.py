"""A road change in the making: what the planner chose and clicked so far, in plain mappings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from coverage.changes.road_change import RoadChange
from layers.road_changes import places_from_degrees

if TYPE_CHECKING:
    from collections.abc import MutableMapping, Sequence

    State = MutableMapping[str, Any]

PLACES: Final = "road_draft"
"""Key in the state of a session: [longitude, latitude] of every click."""

ACTIONS: Final = {"close": "封闭道路", "speed": "改车速", "add": "新建道路"}
"""Action -> what the planner reads."""

FEWEST_PLACES: Final = {"close": 1, "speed": 1, "add": 2}
"""Clicks from which a change can be made."""

HINTS: Final = {
    "close": "在地图上点要封闭的道路：点一处为整个路段（路口到路口），点两处为两点之间的一段。",
    "speed": "在地图上点要改车速的道路：点一处为整个路段（路口到路口），点两处为两点之间的一段。",
    "add": "在地图上依次点新路的起点、转折点和终点；两端会接到最近的道路，中间跨过的道路不相接。",
}

CLASSES: Final = ("primary", "secondary", "tertiary", "unclassified", "residential", "footway")
"""Classes offered for a new road."""


def places(state: State) -> list[list[float]]:
    """The clicks so far, longitude first."""
    return [list(pair) for pair in state.get(PLACES, [])]


def add_place(state: State, *, lon: float, lat: float) -> None:
    """Keep one more click."""
    state[PLACES] = [*places(state), [lon, lat]]


def undo(state: State) -> None:
    """Forget the last click."""
    state[PLACES] = places(state)[:-1]


def clear(state: State) -> None:
    """Forget all clicks."""
    state[PLACES] = []


def is_ready(state: State, action: str) -> bool:
    """Whether there are clicks enough for a change."""
    return len(places(state)) >= FEWEST_PLACES[action]


def next_id(changes: Sequence[RoadChange]) -> str:
    """An id that no change has yet."""
    taken = {change.change_id for change in changes}
    number = len(changes) + 1
    while f"change-{number}" in taken:
        number += 1
    return f"change-{number}"


def drafted(
    state: State, changes: Sequence[RoadChange], *, crs: str, action: str, **chosen: object
) -> RoadChange:
    """
    The change that the clicks and the choices make.

    Parameters
    ----------
    state
        With the clicks.
    changes
        Those there are already.
    crs
        CRS of the roads.
    action
        One of `ACTIONS`.
    chosen
        Further fields of `coverage.changes.road_changes.RoadChange`; `name` may be empty.

    Returns
    -------
    change
        Not yet checked: applying it does.
    """
    change_id = next_id(changes)
    name = str(chosen.pop("name", "")).strip() or f"{ACTIONS[action]} {change_id.split('-')[1]}"
    return RoadChange(
        change_id=change_id,
        name=name,
        action=action,  # type: ignore[arg-type]
        places=places_from_degrees(places(state), crs),
        **chosen,  # type: ignore[arg-type]
    )

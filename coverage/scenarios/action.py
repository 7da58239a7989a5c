"""A scenario as a planner makes it: a named list of actions on data that stay untouched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from coverage.changes.road_change import RoadChange
from coverage.requests import PLACE_DECIMALS

FacilityActionName = Literal["add", "move", "close", "upgrade", "capacity"]


@dataclass(frozen=True)
class FacilityAction:
    """
    One thing done to one facility.

    Parameters
    ----------
    action
        "add" a new facility, "move" it, "close" it, "upgrade" it to another kind (a general to a
        central village clinic), or change its "capacity".
    facility_id
        Of the facility; that of a new one is taken by no other.
    name
        Name of a new facility, as the planner wrote it; any text.
    kind
        Code of the kind of a new facility, or of the kind that it is upgraded to; "" otherwise.
    place
        (x, y) in metres in the CRS of the layers, kept to the millimetre: where a facility is
        added, or moved to; None otherwise.
    amounts
        Columns of the facilities with their new values ("capacity_beds", 20.0), each column once;
        for "add", "upgrade" and "capacity".
    cost
        What it costs, 万元, as the planner says; None where that is not known.
    """

    action: FacilityActionName
    facility_id: str
    name: str = ""
    kind: str = ""
    place: tuple[float, float] | None = None
    amounts: tuple[tuple[str, float], ...] = ()
    cost: float | None = None

    def __post_init__(self) -> None:
        if self.place is not None:
            x, y = (round(float(each), PLACE_DECIMALS) for each in self.place)
            object.__setattr__(self, "place", (x, y))


Action = FacilityAction | RoadChange
"""What a scenario lists; each takes effect on what those before it have left."""


@dataclass(frozen=True)
class Scenario:
    """
    A named list of actions.

    Parameters
    ----------
    scenario_id
        Letters, digits, "-" and "_"; names the file in which it is kept.
    name
        Chinese name as the planner wrote it; any text.
    actions
        In the order in which they take effect.
    note
        What the planner wants to remember of it; any text.
    """

    scenario_id: str
    name: str
    actions: tuple[Action, ...] = ()
    note: str = ""

    @property
    def road_changes(self) -> tuple[RoadChange, ...]:
        """The actions on roads, in order."""
        return tuple(one for one in self.actions if isinstance(one, RoadChange))

    @property
    def facility_actions(self) -> tuple[FacilityAction, ...]:
        """The actions on facilities, in order."""
        return tuple(one for one in self.actions if isinstance(one, FacilityAction))

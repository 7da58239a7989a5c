"""An action on a facility as a table of a TOML file."""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field

from coverage.scenarios.action import FacilityAction
from coverage.scenarios.action_checks import own_faults, sentence
from layers.settings import Settings
from layers.toml_text import key_text, quoted
from layers.tried.degrees import pair_rule, pair_text, places_from_degrees, places_in_degrees


class FacilityTable(Settings):
    """What a file says of one action on a facility; see the head of a scenario's file."""

    id: str
    action: Literal["add", "move", "close", "upgrade", "capacity"]
    name: str = ""
    kind: str = ""
    place: list[float] | None = None
    amounts: dict[str, float] = Field(default_factory=dict)
    cost: float | None = None


def facility_action_of(read: FacilityTable, crs: str) -> tuple[FacilityAction, list[str]]:
    """
    The action that a table means.

    Parameters
    ----------
    read
        The table.
    crs
        CRS of the layers.

    Returns
    -------
    action
        Without a place where that is at fault.
    faults
        One sentence each; empty where there is none.
    """
    action = _action(read, None)
    if read.place is not None:
        if rule := pair_rule(read.place):
            return action, [sentence(action, f"的位置{rule}")]
        (place,) = places_from_degrees([read.place], crs)
        if not np.isfinite(place).all():
            return action, [sentence(action, "的位置离研究区太远，请检查经纬度")]
        action = _action(read, place)
    return action, own_faults(action)


def facility_action_faults(action: FacilityAction, crs: str) -> list[str]:
    """What keeps an action from being written, since it could not be read again."""
    wrong = own_faults(action)
    places = () if wrong or action.place is None else (action.place,)
    if not np.isfinite(places_in_degrees(places, crs)).all():
        wrong = [sentence(action, "的位置换算不成经纬度，请重新在图上选点")]
    return wrong


def facility_table_text(action: FacilityAction, crs: str) -> str:
    """
    The keys of an action, a line each, without the header of the table.

    Parameters
    ----------
    action
        Free of `facility_action_faults`.
    crs
        CRS of the layers.
    """
    keys = {"id": action.facility_id, "action": action.action}
    keys |= {"name": action.name} if action.name else {}
    keys |= {"kind": action.kind} if action.kind else {}
    lines = [f"{key} = {quoted(text)}" for key, text in keys.items()]
    if action.place is not None:
        lines.append(f"place = {pair_text(action.place, crs)}")
    if action.amounts:
        pairs = [f"{key_text(column)} = {float(value)!r}" for column, value in action.amounts]
        lines.append(f"amounts = {{{', '.join(pairs)}}}")
    if action.cost is not None:
        lines.append(f"cost = {float(action.cost)!r}")
    return "\n".join(lines) + "\n"


def _action(read: FacilityTable, place: tuple[float, float] | None) -> FacilityAction:
    return FacilityAction(
        action=read.action,
        facility_id=read.id,
        name=read.name,
        kind=read.kind,
        place=place,
        amounts=tuple(read.amounts.items()),
        cost=read.cost,
    )

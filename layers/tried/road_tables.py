"""A road change as a table of a TOML file."""

from __future__ import annotations

from typing import Final, Literal

import numpy as np

from coverage.changes.road_change import RoadChange
from coverage.changes.road_change_checks import change_faults, title_of
from layers.settings import Settings
from layers.toml_text import quoted
from layers.tried.degrees import pair_rule, pair_text, places_from_degrees, places_in_degrees

MOST_PLACES: Final = 10_000
"""A planner draws far fewer; a file with more was not made by one."""


class RoadTable(Settings):
    """What a file says of one road change; see the head of `road_changes.toml`."""

    id: str
    name: str = ""
    action: Literal["close", "speed", "add"]
    places: list[list[float]]
    speed_kph: float | None = None
    road_class: str = "unclassified"
    oneway: bool = False
    users: list[Literal["foot", "bicycle", "motor"]] | None = None
    joins: Literal["ends", "crossings"] = "ends"


def road_change_of(read: RoadTable, crs: str) -> tuple[RoadChange, list[str]]:
    """
    The road change that a table means.

    Parameters
    ----------
    read
        The table.
    crs
        CRS of the roads.

    Returns
    -------
    change
        Without places where they are at fault.
    faults
        One sentence each; empty where there is none.
    """
    change = _change(read, ())
    wrong = _degree_faults(read)
    if not wrong:
        change = _change(read, places_from_degrees(read.places, crs))
        far = f"道路变更「{title_of(change)}」的位置离研究区太远，请检查经纬度。"
        wrong = change_faults(change) if np.isfinite(change.places).all() else [far]
    return change, wrong


def road_change_faults(change: RoadChange, crs: str) -> list[str]:
    """What keeps a road change from being written, since it could not be read again."""
    wrong = change_faults(change)
    if not wrong and not np.isfinite(places_in_degrees(change.places, crs)).all():
        wrong = [f"道路变更「{title_of(change)}」的位置换算不成经纬度，请重新在图上选点。"]
    return wrong


def road_table_text(change: RoadChange, crs: str) -> str:
    """
    The keys of a road change, a line each, without the header of the table.

    Parameters
    ----------
    change
        Free of `road_change_faults`.
    crs
        CRS of the roads.
    """
    keys = {"id": change.change_id, "name": change.name, "action": change.action}
    lines = [f"{key} = {quoted(text)}" for key, text in keys.items()]
    lines.append(f"places = [{', '.join(pair_text(place, crs) for place in change.places)}]")
    if change.speed_kph is not None:
        lines.append(f"speed_kph = {float(change.speed_kph)!r}")
    if change.users is not None:
        lines.append(f"users = [{', '.join(quoted(user) for user in change.users)}]")
    if change.action == "add":
        lines.append(f"road_class = {quoted(change.road_class)}")
        lines.append(f"oneway = {'true' if change.oneway else 'false'}")
        lines.append(f"joins = {quoted(change.joins)}")
    return "\n".join(lines) + "\n"


def _change(read: RoadTable, places: tuple[tuple[float, float], ...]) -> RoadChange:
    return RoadChange(
        change_id=read.id,
        name=read.name,
        action=read.action,
        places=places,
        speed_kph=read.speed_kph,
        road_class=read.road_class,
        oneway=read.oneway,
        users=None if read.users is None else tuple(read.users),
        joins=read.joins,
    )


def _degree_faults(read: RoadTable) -> list[str]:
    title = title_of(_change(read, ()))
    if len(read.places) > MOST_PLACES:
        return [f"道路变更「{title}」有 {len(read.places)} 个点，不得超过 {MOST_PLACES} 个。"]
    for number, pair in enumerate(read.places, start=1):
        if rule := pair_rule(pair):
            return [f"道路变更「{title}」的第 {number} 个点{rule}。"]
    return []

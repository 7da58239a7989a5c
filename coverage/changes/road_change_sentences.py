"""What a road change did, and what the planner should check, in Chinese sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from coverage.changes.road_change_checks import title_of
from coverage.changes.road_classes import USER_NAMES, class_name
from coverage.changes.road_places import one_of_each_course
from coverage.notices import Notice
from coverage.roads import AGAINST, ALONG, BOTH

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from coverage.changes.new_roads import LaidRoad
    from coverage.changes.road_change import ChangedRoads, RoadChange, RoadEffect
    from coverage.changes.road_places import Place
    from coverage.impedance import TravelMode
    from coverage.roads import BoolArray, FloatArray, IntArray, Roads, RoadUser

FAR_CLICK_M: Final = 50.0
"""A place that had to be moved farther than this onto its road is worth a look, metres."""

DETOUR_TIMES: Final = 3.0
DETOUR_M: Final = 500.0
"""A stretch so many times longer than the straight line, and so many metres, took another way."""

MOST_CLASSES: Final = 3
"""Names of classes in one sentence."""

MOST_NAMES: Final = 2
"""Names of roads in one sentence."""

SHORT_M: Final = 1000.0
"""From here on lengths are told in kilometres."""


def length_text(metres: float) -> str:
    """
    A length as a planner reads it.

    Examples
    --------
    >>> length_text(349.6), length_text(1254.0)
    ('350 米', '1.25 公里')
    """
    return f"{metres:.0f} 米" if round(metres) < SHORT_M else f"{metres / 1000:.2f} 公里"


def users_text(users: Sequence[RoadUser]) -> str:
    """
    Who is meant.

    Examples
    --------
    >>> users_text(("foot", "motor"))
    '行人、机动车'
    """
    return "、".join(USER_NAMES[user] for user in users)


def closed_sentence(change: RoadChange, roads: Roads, edges: IntArray) -> str:
    """What was closed, how much of it and to whom."""
    users = users_text(change.concerned_users)
    return f"「{title_of(change)}」封闭{_how_much(roads, edges)}，{users}不能通行。"


def speed_sentence(change: RoadChange, roads: Roads, edges: IntArray) -> str:
    """Where the limit was changed, from what to what; `roads` still have the old limits."""
    return (
        f"「{title_of(change)}」把{_how_much(roads, edges)}的限速改为 "
        f"{change.speed_kph:g} 公里/小时（{_old_limit(roads.max_speed_kph[edges])}）；"
        "只影响按限速行驶的机动车，步行和骑行的时间不变。"
    )


def added_sentence(change: RoadChange, laid: LaidRoad) -> str:
    """What was added, and where it joins."""
    metres = float(laid.roads.length_m[laid.edges].sum())
    speed = "车速按道路等级取值"
    if change.speed_kph is not None:
        speed = f"车速 {change.speed_kph:g} 公里/小时"
    ways = "单向" if change.oneway else "双向"
    between = f"，中间接入 {laid.between} 处" if laid.between else ""
    return (
        f"「{title_of(change)}」新增{class_name(change.road_class)} {length_text(metres)}"
        f"（{speed}，{ways}，供{users_text(change.concerned_users)}使用），{_ends_text(laid)}{between}。"
    )


def place_notices(change: RoadChange, places: Sequence[Place]) -> list[Notice]:
    """Codes "road_change_moved" and "road_change_at_junction"."""
    title = title_of(change)
    found = []
    far = [place.distance_m for place in places if place.distance_m > FAR_CLICK_M]
    if far:
        text = (
            f"道路变更「{title}」有 {len(far)} 个点离路超过 {FAR_CLICK_M:g} 米，"
            f"最远 {max(far):.0f} 米，已移到最近的路上，请核对是不是这条路。"
        )
        found.append(Notice("road_change_moved", text, len(far)))
    if len(places) == 1 and places[0].at_junction:
        text = (
            f"道路变更「{title}」的点在路口，几条路一样近，只取了其中一条；"
            "请核对，或改点在路段中间。"
        )
        found.append(Notice("road_change_at_junction", text))
    return found


def stretch_notices(
    change: RoadChange, roads: Roads, edges: IntArray, *, closed: BoolArray
) -> list[Notice]:
    """
    What to check about the roads that are closed or signed.

    Parameters
    ----------
    change
        The change.
    roads
        As built.
    edges
        Shape (k,), the edges concerned.
    closed
        Shape (k,), whether an earlier change has closed them to everybody concerned.

    Returns
    -------
    notices
        Codes "road_change_repeated", "road_change_oneway", "road_change_detour".
    """
    title = title_of(change)
    found = []
    if closed.any():
        how_many = "全部" if closed.all() else f"有 {int(closed.sum())} 个"
        text = f"道路变更「{title}」的路段{how_many}已被前面的变更封闭，在那里不再起作用。"
        found.append(Notice("road_change_repeated", text, int(closed.sum())))
    ways = roads.access["motor"][edges]
    oneway = edges[(ways != 0) & (ways != BOTH)]
    # A street drawn once for each direction is one road, and both are concerned.
    single = len(one_of_each_course(roads, edges)) == len(edges)
    if "motor" in change.concerned_users and single and len(oneway):
        text = (
            f"道路变更「{title}」有 {len(oneway)} 个路段是单向车道，对向车道没有变；"
            "要一并变更，请在对向车道上再设一项。"
        )
        found.append(Notice("road_change_oneway", text, len(oneway)))
    metres = float(roads.length_m[one_of_each_course(roads, edges)].sum())
    straight = float(np.hypot(*np.diff(np.array(change.places), axis=0).T).sum())
    if len(change.places) > 1 and metres > DETOUR_TIMES * straight + DETOUR_M:
        text = (
            f"道路变更「{title}」沿路 {length_text(metres)}，而各点的直线距离是 "
            f"{length_text(straight)}；请核对是不是这条路，必要时在中间加点。"
        )
        found.append(Notice("road_change_detour", text))
    return found


def added_notices(
    change: RoadChange, open_to: Mapping[RoadUser, BoolArray], roads: Roads, laid: LaidRoad
) -> list[Notice]:
    """
    What to check about a new road.

    Parameters
    ----------
    change
        The change.
    open_to
        For each user shape (m,), the edges open to them before the road was added.
    roads
        Streets with m edges, before the road was added.
    laid
        The new road.

    Returns
    -------
    notices
        Codes "road_change_free_end", "road_change_moved", "road_change_users",
        "road_change_oneway", "road_change_planar".
    """
    title = title_of(change)
    found = []
    for name, place in zip(("起点", "终点"), laid.ends, strict=True):
        if place is None:
            text = f"道路变更「{title}」的{name}没有接到路上，从这一端走不通，请核对。"
            found.append(Notice("road_change_free_end", text))
            continue
        if place.distance_m > FAR_CLICK_M:
            text = (
                f"道路变更「{title}」的{name}离路 {place.distance_m:.0f} 米，"
                "已移到最近的路上，请核对是不是这条路。"
            )
            found.append(Notice("road_change_moved", text))
        there = np.array([place.edge])
        if place.node >= 0:
            there = np.flatnonzero((roads.from_node == place.node) | (roads.to_node == place.node))
        shut_out = [user for user in change.concerned_users if not open_to[user][there].any()]
        if shut_out:
            text = (
                f"道路变更「{title}」的{name}接到的路不供{users_text(shut_out)}通行，"
                "他们从这一端走不通，请核对。"
            )
            found.append(Notice("road_change_users", text, len(shut_out)))
        ways = roads.access["motor"][there]
        if "motor" in change.concerned_users and np.isin(ways, (ALONG, AGAINST)).all():
            text = f"道路变更「{title}」的{name}接到的是单向车道，对向的车走不到，请核对。"
            found.append(Notice("road_change_oneway", text))
    if not laid.on_ellipsoid:
        text = f"道路变更「{title}」的长度按平面坐标量算，没有换算到椭球面。"
        found.append(Notice("road_change_planar", text))
    return found


def mode_notices(changed: ChangedRoads, modes: Mapping[str, TravelMode]) -> tuple[Notice, ...]:
    """
    Where the speed or class of a change does not reach a mode.

    Parameters
    ----------
    changed
        Roads after some changes.
    modes
        Travel modes by id; choices between modes are passed over.

    Returns
    -------
    notices
        Codes "road_change_capped" (the mode's own cap is lower), "road_change_no_signs" (the
        mode does not go by signs), "road_change_class" (the mode's table lacks the class).
    """
    found: list[Notice] = []
    for effect in changed.effects:
        for mode in modes.values():
            if mode.faster_of or mode.user not in effect.change.concerned_users:
                continue
            if effect.change.action != "close":
                found += _about_mode(effect, mode, changed.roads)
    return tuple(found)


def _about_mode(effect: RoadEffect, mode: TravelMode, roads: Roads) -> list[Notice]:
    change = effect.change
    title = title_of(change)
    classes = [roads.road_classes[code] for code in roads.road_class[effect.edges].tolist()]
    lacking = [name for name in classes if name not in mode.speed_kph]
    if lacking:
        text = (
            f"道路变更「{title}」有 {len(lacking)} 个路段是{class_name(lacking[0])}，"
            f"「{mode.name}」的速度表里没有这个等级，不走那里。"
        )
        return [Notice("road_change_class", text, len(lacking))]
    if change.speed_kph is None or mode.user != "motor":
        return []
    if not mode.obeys_max_speed:
        text = f"「{mode.name}」不按限速行驶，道路变更「{title}」的速度对它不起作用。"
        return [Notice("road_change_no_signs", text)]
    if change.speed_kph > mode.max_speed_kph:
        text = (
            f"「{mode.name}」最快 {mode.max_speed_kph:g} 公里/小时，道路变更「{title}」的 "
            f"{change.speed_kph:g} 公里/小时按此计算。"
        )
        return [Notice("road_change_capped", text)]
    return []


def _how_much(roads: Roads, edges: IntArray) -> str:
    """Names, edges, metres and classes; a street drawn once for each direction counts once."""
    once = one_of_each_course(roads, edges)
    classes = sorted({roads.road_classes[code] for code in roads.road_class[once].tolist()})
    shown = "、".join(class_name(name) for name in classes[:MOST_CLASSES])
    more = "等" if len(classes) > MOST_CLASSES else ""
    metres = length_text(float(roads.length_m[once].sum()))
    names = _names(roads, once)
    space = "" if names.endswith("」") else " "
    return f"{names}{space}{len(once)} 个路段共 {metres}（{shown}{more}）"


def _names(roads: Roads, edges: IntArray) -> str:
    """The names of some edges, those with the most metres first; "" where none has a name."""
    metres: dict[str, float] = {}
    for edge in edges.tolist():
        name = roads.name_of(edge)
        metres[name] = metres.get(name, 0.0) + float(roads.length_m[edge])
    named = sorted(set(metres) - {""}, key=lambda name: (-metres[name], name))
    shown = "".join(f"「{name}」" for name in named[:MOST_NAMES])
    return f"{shown}等" if shown and len(metres) > len(named[:MOST_NAMES]) else shown


def _old_limit(speeds: FloatArray) -> str:
    known = np.unique(speeds[np.isfinite(speeds)])
    if not len(known):
        return "原未标限速"
    span = f"{known[0]:g}" if len(known) == 1 else f"{known[0]:g}—{known[-1]:g}"
    rest = "，部分未标" if not np.isfinite(speeds).all() else ""
    return f"原限速 {span} 公里/小时{rest}"


def _ends_text(laid: LaidRoad) -> str:
    first, last = laid.ends
    if first is not None and last is not None:
        return "两端都接到现有道路"
    if first is None and last is None:
        return "两端都没有接到路上"
    return "起点接到现有道路，终点没有" if first is not None else "终点接到现有道路，起点没有"

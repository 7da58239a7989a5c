"""What a road change must say before it can be applied; every fault is one sentence."""

from __future__ import annotations

import difflib
import math
from collections import Counter
from typing import TYPE_CHECKING, Final, get_args

from coverage.changes.road_change import DEFAULT_CLASS
from coverage.changes.road_classes import ROAD_CLASSES
from coverage.roads import USERS, RoadUser

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from coverage.changes.road_change import RoadChange

MIN_SPEED_KPH: Final = 1.0
"""km/h; slower than a walk in a crowd, so a lower speed is a slip of the pen."""

MAX_SPEED_KPH: Final = 200.0
"""km/h; no road in China is signed above 120, so a higher speed is a slip of the pen."""

LONGEST_TEXT: Final = 200
"""Characters of a name or an id."""

SHOWN_CHARACTERS: Final = 40
"""How much of a text a message shows."""

ACTIONS: Final = ("close", "speed", "add")

JOINS: Final = ("ends", "crossings")

FEWEST_OF_A_ROAD: Final = 2
"""Vertices of a line."""


def title_of(change: RoadChange) -> str:
    """What a message calls a change: its name or else its id, on one line and not too long."""
    text = " ".join((change.name.strip() or change.change_id).split())
    return text if len(text) <= SHOWN_CHARACTERS else text[:SHOWN_CHARACTERS] + "…"


def change_faults(change: RoadChange, *, classes: Collection[str] = ()) -> list[str]:
    """
    What is wrong with one change, whatever the roads.

    Parameters
    ----------
    change
        Any change.
    classes
        Road classes that are known beside `coverage.changes.road_classes.ROAD_CLASSES`.

    Returns
    -------
    sentences
        Chinese, one per fault; empty where there is none.
    """
    rules = [
        *_text_rules(change),
        *_place_rules(change),
        *_speed_rules(change),
        *_class_rules(change, classes),
        *_user_rules(change),
    ]
    return [f"道路变更「{title_of(change)}」{rule}。" for rule in rules]


def repeated_ids(changes: Sequence[RoadChange]) -> list[str]:
    """One sentence for the ids that several changes share, if any."""
    counts = Counter(change.change_id for change in changes)
    repeated = [change for change in changes if counts[change.change_id] > 1]
    if not repeated:
        return []
    shown = repeated[0].change_id[:SHOWN_CHARACTERS]
    return [f"道路变更有 {len(repeated)} 项的编号重复，第一个是「{shown}」，请改成不同的编号。"]


def _text_rules(change: RoadChange) -> list[str]:
    rules = []
    if not change.change_id.strip():
        rules.append("没有编号，请填写")
    for what, text in (("编号", change.change_id), ("名称", change.name)):
        if len(text) > LONGEST_TEXT:
            rules.append(f"的{what}有 {len(text)} 个字，不得超过 {LONGEST_TEXT} 个字")
        if any("\ud800" <= character <= "\udfff" for character in text):
            rules.append(f"的{what}里有不成字的编码，请重新输入")
    if change.action not in ACTIONS:
        rules.append(
            f"的动作「{str(change.action)[:SHOWN_CHARACTERS]}」不认识，"
            "只能是 close（封闭）、speed（改速度）、add（新增）"
        )
    if change.joins not in JOINS:
        rules.append(
            f"的接入方式「{str(change.joins)[:SHOWN_CHARACTERS]}」不认识，"
            "只能是 ends（只接两端）、crossings（与相交的路都相通）"
        )
    return rules


def _place_rules(change: RoadChange) -> list[str]:
    bad = [place for place in change.places if not all(map(math.isfinite, place))]
    if bad:
        return [f"有 {len(bad)} 个点的坐标不是有限的数字，请重新在图上选点"]
    if change.action == "add" and len(set(change.places)) < FEWEST_OF_A_ROAD:
        return [f"只有 {len(set(change.places))} 个不同的点，新增道路至少要两个不同的点"]
    if not change.places:
        return ["没有写明位置，请在图上点选道路"]
    return []


def _speed_rules(change: RoadChange) -> list[str]:
    speed = change.speed_kph
    if change.action == "close":
        return [] if speed is None else ["是封闭道路，不应写速度，请删去"]
    if speed is None:
        return ["没有写速度（公里/小时），请填写"] if change.action == "speed" else []
    if not MIN_SPEED_KPH <= speed <= MAX_SPEED_KPH:
        limits = f"应不小于 {MIN_SPEED_KPH:g}、不超过 {MAX_SPEED_KPH:g} 公里/小时"
        return [f"的速度{limits}，现为 {speed:g}"]
    return []


def _class_rules(change: RoadChange, classes: Collection[str]) -> list[str]:
    if change.action != "add":
        given = {
            "道路等级": change.road_class != DEFAULT_CLASS,
            "单向": change.oneway,
            "接入方式": change.joins != JOINS[0],
        }
        idle = [name for name, is_given in given.items() if is_given]
        return [f"不是新增道路，{'、'.join(idle)}不起作用，请删去"] if idle else []
    known = {*ROAD_CLASSES, *classes}
    if change.road_class in known:
        return []
    written = change.road_class[:SHOWN_CHARACTERS]
    # The first of the alphabet among equals, so that the same slip gets the same advice.
    near = difflib.get_close_matches(written, sorted(known), n=1, cutoff=0.0)
    return [f"的道路等级「{written}」不认识，最接近的是「{near[0]}」"]


def _user_rules(change: RoadChange) -> list[str]:
    if change.users is None:
        return []
    if not change.users:
        return ["没有写明谁受影响，请从行人（foot）、自行车（bicycle）、机动车（motor）中选"]
    strange = [user for user in change.users if user not in get_args(RoadUser)]
    if strange:
        shown = str(strange[0])[:SHOWN_CHARACTERS]
        return [f"的使用者「{shown}」不认识，只能是 {'、'.join(USERS)}"]
    if change.action == "speed" and set(change.users) != {"motor"}:
        return ["改的是限速，只对机动车起作用，不能另写使用者，请删去"]
    return []

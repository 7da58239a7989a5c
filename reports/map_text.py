"""What the maps say about a settlement, a facility and a zone, in Chinese.

Seconds and metres become minutes and kilometres here and nowhere else on the maps.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from coverage.contracts import DEMAND
from reports.figures import metres_text, minutes_text, people_text, share_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from coverage.standards import FacilityKind, Reading, Standard

ORIGIN_NOTES: Final = {
    "osm": "来源：开放街图（OpenStreetMap）",
    "inferred": "位置按道路推断",
    "raster": "人口栅格的格子",
    "stand_in": "替代点，不是设施的实际位置",
    "synthetic": "合成数据",
    "scenario": "情景中新增，不是现状",
}
"""What a reader must know of where a point comes from; a county's own list needs no remark."""

_SCOPES: Final = {"all": "", "urban": "城镇", "rural": "农村"}
_SHOWN_SECONDS: Final = 6.0


def is_known(value: object) -> bool:
    """Whether a cell holds a value: not None, not NaN."""
    return value is not None and not bool(pd.isna(value))  # type: ignore[call-overload]


def group_title(standard: Standard) -> str:
    """Chinese name of the people a standard is for, e.g. "60岁及以上人口"."""
    column = DEMAND.column(standard.demand_group)
    title = column.title if column else standard.demand_group
    return _SCOPES[standard.scope] + title


def people_line(people: object, standard: Standard) -> str:
    """How many people of the group live there."""
    title = group_title(standard)
    return f"{title}：{people_text(float(people))}" if is_known(people) else f"{title}：未知"


def origin_lines(origin: object) -> list[str]:
    """The remark on where a point comes from, if it needs one."""
    note = ORIGIN_NOTES.get(str(origin), "")
    return [note] if note else []


def facility_lines(facility: Mapping[str, object], kind: FacilityKind) -> list[str]:
    """Kind, level and origin of a facility."""
    lines = [kind.name]
    level = facility.get("level")
    if is_known(level) and str(level).strip():
        lines.append(f"等级：{level}")
    return lines + origin_lines(facility.get("origin"))


def nearest_lines(facility: str, seconds: float, metres: float, reading: Reading) -> list[str]:
    """
    The nearest facility and the way there.

    Parameters
    ----------
    facility
        Its name; "" where no facility can be reached.
    seconds, metres
        Door to door; `inf` where not reached. A straight line has no travel time.
    reading
        Decides which of the two is told.
    """
    if not facility or not math.isfinite(metres):
        return []
    lines = [f"最近的设施：{facility}"]
    if reading.measure == "straight_line":
        return [*lines, f"直线距离：{metres_text(metres)}"]
    if math.isfinite(seconds):
        lines.append(f"出行时间：{minutes_text(seconds)}")
    return [*lines, f"路程：{metres_text(metres)}"]


def failed_rule(seconds: float, metres: float, reading: Reading) -> str:
    """The sentence that says which rule an uncovered settlement fails, and by how much."""
    if not math.isfinite(metres):
        return f"未达标：没有路可到达计入本标准的设施（应在 {reading.cutoff_text}以内）"
    if reading.measure == "travel_time":
        beyond = seconds - reading.cutoff
        excess = minutes_text(beyond) if beyond >= _SHOWN_SECONDS else "不到 0.1 分钟"
    else:
        beyond = metres - reading.cutoff
        excess = metres_text(beyond) if beyond >= 1 else "不到 1 米"
    return f"未达标：应在 {reading.cutoff_text}以内，超出 {excess}"


def zone_lines(row: Mapping[str, Any], standard: Standard) -> list[str]:
    """Coverage of one zone by one reading, from a row of the zone results."""
    if not row["villages"]:
        return ["没有需求点"]
    if not is_known(row["villages_covered"]):
        return ["没有计入的设施数据，未核算"]
    villages = f"村（社区）：{int(row['villages_covered'])} / {int(row['villages'])} 个已覆盖"
    if not is_known(row["share"]):
        return ["人口覆盖率：没有人口数据", villages]
    missing = float(row["population"]) - float(row["covered"])
    target = float(row["target"])
    share = share_text(float(row["share"]), target=target)
    lines = [
        f"覆盖率：{share}（目标 {share_text(target)}）",
        f"未覆盖{group_title(standard)}：{people_text(missing)}",
        villages,
    ]
    unknown = int(row["population_unknown"])
    return [*lines, f"人口未知：{unknown} 个村（社区）"] if unknown else lines

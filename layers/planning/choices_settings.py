"""The file of a planner's choices as settings: keys, types, and what they refer to."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import Field

from coverage.rules.choices import WHOLE_AREA
from layers.planning.plan_settings import (  # noqa: TC001 - pydantic resolves them at run time
    Amount,
    Level,
    Line,
    Remark,
    Year,
)
from layers.settings import Settings, nearest_key

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from coverage.rules.target import Rule, Target
    from coverage.standards import FacilityKind

_PERCENT: Final = "%"

_ALL_PERCENT: Final = 100.0

CUTOFF_KEYS: Final[Mapping[Rule, str]] = {
    "served_within_time": "minutes",
    "served_by_all_within_time": "minutes",
    "served_within_distance": "metres",
    "units_served": "metres",
    "colocated_within_distance": "metres",
}
"""Rules with a cutoff -> the key that sets it."""

WAIVER_KEYS: Final = {
    "township_hospital_seat": "within_m",
    "small_village": "under_persons",
    "joint_clinic": "villages",
}
"""Rule of a waiver -> the key that it takes."""


class _Area(Settings):
    level: Level | Literal[""] = ""
    built_up_is_urban: bool = False
    complete_kinds: list[Line] = Field(default_factory=list)


class _Plans(Settings):
    use: list[Line] = Field(default_factory=list)


class _Value(Settings):
    target: Line
    year: Year
    value: float
    source: Line


class _Reported(Settings):
    target: Line
    year: Year
    value: float
    source: Line
    zone: Remark = WHOLE_AREA


class _Cutoff(Settings):
    target: Line
    minutes: Amount | None = None
    metres: Amount | None = None


class _Leaders(Settings):
    target: Line
    facilities: Annotated[list[Line], Field(min_length=1)]


class _Waiver(Settings):
    rule: Literal["township_hospital_seat", "joint_clinic", "small_village"]
    targets: Annotated[list[Line], Field(min_length=1)]
    reason: Line
    within_m: Amount | None = None
    under_persons: Amount | None = None
    villages: list[Line] = Field(default_factory=list)


class ChoicesSettings(Settings):
    """The whole file."""

    area: _Area = Field(default_factory=_Area)
    plans: _Plans = Field(default_factory=_Plans)
    areas: dict[Line, Annotated[list[Line], Field(min_length=1)]] = Field(default_factory=dict)
    values: list[_Value] = Field(default_factory=list)
    reported: list[_Reported] = Field(default_factory=list)
    cutoffs: list[_Cutoff] = Field(default_factory=list)
    leaders: list[_Leaders] = Field(default_factory=list)
    waivers: list[_Waiver] = Field(default_factory=list)


def choice_faults(
    settings: ChoicesSettings,
    targets: Mapping[str, Target],
    kinds: Mapping[str, FacilityKind],
    *,
    zone_ids: Collection[str] | None = None,
) -> list[str]:
    """
    What a file of choices refers to and is not there, or sets twice; one sentence each.

    Parameters
    ----------
    settings
        The file.
    targets
        All targets that there are, by id.
    kinds
        All kinds by code.
    zone_ids
        Zones of the project; None where they are not at hand, and go unchecked.
    """
    words = {word for kind in kinds.values() for word in (kind.name, *kind.aliases)}
    unknown = [word for word in settings.area.complete_kinds if word not in words]
    faults = [
        f"[area] 的「complete_kinds」：没有“{word[:40]}”这种设施，"
        f"最接近的是“{nearest_key(word, sorted(words))}”。"
        for word in unknown
    ]
    if zone_ids is not None:
        faults += _zone_faults(settings, zone_ids)
    return [
        *faults,
        *_target_faults(settings, targets),
        *_value_faults(settings, targets),
        *_cutoff_faults(settings, targets),
        *_leader_faults(settings, targets),
        *_waiver_faults(settings),
    ]


def _zone_faults(settings: ChoicesSettings, zone_ids: Collection[str]) -> list[str]:
    known = set(zone_ids)
    faults = [
        f"[areas] 的「{name[:40]}」：项目里没有代码为“{zone[:40]}”的行政单元。"
        for name, zones in settings.areas.items()
        for zone in zones
        if zone not in known
    ]
    faults += [
        f"[[reported]] 第 {at} 项的「zone」：项目里没有代码为“{one.zone[:40]}”的行政单元。"
        for at, one in enumerate(settings.reported, start=1)
        if one.zone != WHOLE_AREA and one.zone not in known
    ]
    return faults


def _target_faults(settings: ChoicesSettings, targets: Mapping[str, Target]) -> list[str]:
    faults = []
    named = [
        *((f"[[{table}]]", [one.target for one in getattr(settings, table)])
          for table in ("values", "reported", "cutoffs", "leaders")),
        ("[[waivers]]", [target for one in settings.waivers for target in one.targets]),
    ]  # fmt: skip
    for table, ids in named:
        for target_id in dict.fromkeys(ids):
            if target_id not in targets:
                near = f"，最接近的是“{nearest_key(target_id, list(targets))}”" if targets else ""
                faults.append(f"{table} 里没有“{target_id[:80]}”这项指标{near}。")
    return faults


def _value_faults(settings: ChoicesSettings, targets: Mapping[str, Target]) -> list[str]:
    faults = _twice("values", ((f"“{one.target}”{one.year} 年") for one in settings.values))
    faults += _twice(
        "reported", (f"“{one.target}”{one.year} 年{one.zone}" for one in settings.reported)
    )
    for table, rows in (("values", settings.values), ("reported", settings.reported)):
        for one in rows:
            target = targets.get(one.target)
            if target is None:
                continue
            where = f"[[{table}]] 里“{one.target}”{one.year} 年的数"
            if table == "reported" and target.rule != "reported":
                faults.append(f"{where}不起作用：这项指标由软件核算，不用填报。")
            elif target.rule != "reported" and one.value < 0:
                faults.append(f"{where}是 {one.value:g}，不得小于 0。")
            elif target.rule != "reported" and _is_over(one.value, target):
                faults.append(f"{where}是 {one.value:g}%，占比不得超过 100%。")
    return faults


def _is_over(value: float, target: Target) -> bool:
    return target.unit == _PERCENT and value > _ALL_PERCENT


def _cutoff_faults(settings: ChoicesSettings, targets: Mapping[str, Target]) -> list[str]:
    faults = _twice("cutoffs", (f"“{one.target}”" for one in settings.cutoffs))
    for one in settings.cutoffs:
        target = targets.get(one.target)
        if target is None:
            continue
        key = CUTOFF_KEYS.get(target.rule)
        given = [name for name in ("minutes", "metres") if getattr(one, name) is not None]
        if key is None:
            faults.append(f"[[cutoffs]] 里的“{one.target}”不起作用：这项指标没有时间或距离的阈值。")
        elif given != [key]:
            asked = "minutes（分钟）" if key == "minutes" else "metres（米）"
            faults.append(f"[[cutoffs]] 里的“{one.target}”要写 {asked}，且只写这一项。")
    return faults


def _leader_faults(settings: ChoicesSettings, targets: Mapping[str, Target]) -> list[str]:
    faults = _twice("leaders", (f"“{one.target}”" for one in settings.leaders))
    for one in settings.leaders:
        target = targets.get(one.target)
        if target is not None and target.rule != "territory_assignment":
            faults.append(f"[[leaders]] 里的“{one.target}”不起作用：这项指标不划分服务区。")
        if len(set(one.facilities)) < len(one.facilities):
            faults.append(f"[[leaders]] 里的“{one.target}”有重复的机构。")
    return faults


def _waiver_faults(settings: ChoicesSettings) -> list[str]:
    faults = []
    for at, one in enumerate(settings.waivers, start=1):
        where = f"[[waivers]] 第 {at} 项"
        key = WAIVER_KEYS[one.rule]
        faults += [
            f"{where}的「{other}」对 {one.rule} 不起作用，请删去。"
            for other in WAIVER_KEYS.values()
            if other != key and other in one.model_fields_set
        ]
        if key != "within_m" and key not in one.model_fields_set:
            faults.append(f"{where}缺少「{key}」。")
    return faults


def _twice(table: str, names: Iterable[str]) -> list[str]:
    return [
        f"[[{table}]] 里{name[:80]}写了 {count} 次，只能写一次。"
        for name, count in Counter(names).items()
        if count > 1
    ]

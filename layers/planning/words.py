"""The words that plans and their catalogue use, and what they mean to the rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from coverage.rules.target import LEVELS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from coverage.rules.target import Level, Rule, Scope, UnitLevel

SubjectForm = Literal["", "choice", "capacity", "area", "share", "capacity_share", "pair"]
"""What the subject of a rule looks like: one choice, with a quantity, `A/B`, `A~B`, or none."""

PERCENT: Final = "%"

COUNTERS: Final = ("处", "个", "所", "家", "座", "间", "块", "片", "支", "只", "条", "台", "辆")
"""Measure words for facilities."""

SUMS: Final = (*COUNTERS, "亿元", "万元", "人", "名", "张", "万人", "万人次", "人次")
"""Units of figures that are sums over the whole area, unless the indicator is a rate."""

RATE_WORDS: Final = ("每", "人均", "人口", "平均")
"""In the name of an indicator: its number is a rate, whatever its unit."""

GROWTH_WORDS: Final = ("增", "降", "倍")
"""In the name of an indicator: its percentage is no share and may be above 100."""


@dataclass(frozen=True)
class RuleForm:
    """
    How targets of a rule are written.

    Parameters
    ----------
    title
        Chinese name.
    subject
        Form of the subject.
    keys
        Keys that do something for this rule, beside those of all rules.
    required
        Those of them that must be there.
    units
        Units of the value; any for an empty tuple.
    gap_unit
        What is missing is counted in this; "" for the unit of the value.
    """

    title: str
    subject: SubjectForm = ""
    keys: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    units: tuple[str, ...] = (PERCENT,)
    gap_unit: str = ""


RULES: Final[Mapping[Rule, RuleForm]] = {
    "served_within_time": RuleForm(
        "时间可达覆盖", "choice", ("group", "minutes", "mode", "direction", "reading"),
        gap_unit="人",
    ),
    "served_within_distance": RuleForm(
        "距离可达覆盖", "choice",
        ("group", "kilometres", "metres", "mode", "measure", "direction", "reading"),
        gap_unit="人",
    ),
    "served_by_all_within_time": RuleForm(
        "多类设施同时可达", "", ("group", "minutes", "mode", "parts"), ("parts", "mode"),
        gap_unit="人",
    ),
    "capacity_per_population": RuleForm(
        "人均容量", "capacity", ("group", "per"), ("per",), ("张", "个", "人", "名"),
    ),
    "area_per_population": RuleForm("人均面积", "area", ("group", "per"), (), ("平方米",)),
    "units_with_facility": RuleForm(
        "单元设置率", "choice", ("units", "at_least", "over_wan", "needs"), gap_unit="个",
    ),
    "units_served": RuleForm(
        "单元服务率", "choice", ("units", "radius_m"), ("units",), gap_unit="个",
    ),
    "facility_count": RuleForm("设施数量", "choice", ("each_in", "total"), (), COUNTERS),
    "facility_share": RuleForm("设施占比", "share", gap_unit="处"),
    "capacity_share": RuleForm("容量占比", "capacity_share"),
    "colocated_within_distance": RuleForm("毗邻设置率", "pair", ("within_m",), gap_unit="处"),
    "territory_assignment": RuleForm("服务区划分", "", ("group", "leaders"), ("leaders",), ()),
    "reported": RuleForm("填报值", "", ("total",), (), ()),
}  # fmt: skip

SCOPES: Final[Mapping[str, Scope]] = {
    **dict.fromkeys(("全域", "全市", "全省", "全县", "全区", "城乡"), "all"),
    **dict.fromkeys(("农村地区", "农村社区", "行政村", "乡村", "农村"), "rural"),
    **dict.fromkeys(
        ("城市社区", "城镇社区", "城区", "城市", "城镇", "城镇地区", "城市地区"), "urban"
    ),
    "建成区": "built_up",
}

GROUPS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("常住人口", "户籍人口", "建成区常住人口"), "population"),
    **dict.fromkeys(
        ("老年人（60岁及以上）", "户籍老年人（60岁及以上）", "60岁及以上老年人", "老年人"),
        "population_60plus",
    ),
    **dict.fromkeys(("0—3岁婴幼儿", "0-3岁婴幼儿", "3岁以下婴幼儿", "婴幼儿"), "population_0_3"),
}

UNITS: Final[Mapping[str, UnitLevel]] = {
    **dict.fromkeys(("行政村", "村", "农村社区"), "village"),
    **dict.fromkeys(("社区", "城镇社区", "城市社区"), "community"),
    **dict.fromkeys(("村（社区）", "村居", "行政村（社区）", "行政区（社区）"), "any_village"),
    **dict.fromkeys(("乡镇", "镇"), "township"),
    "街道": "street",
    **dict.fromkeys(("乡镇（街道）", "镇街", "镇（街道）"), "any_township"),
    **dict.fromkeys(("县（市、区）", "县（区）", "区县", "县区", "县市区"), "county"),
    **dict.fromkeys(("县（市）", "县"), "county_not_district"),
    "市": "city",
}  # fmt: skip

QUANTITIES: Final[Mapping[str, tuple[str, str]]] = {
    "床位": ("capacity_beds", "张"),
    "护理型床位": ("capacity_nursing_beds", "张"),
    "托位": ("capacity_childcare_places", "个"),
    "执业（助理）医师": ("staff_physicians", "人"),
    "中医执业（助理）医师": ("staff_tcm_physicians", "人"),
    "注册护士": ("staff_nurses", "人"),
    "药师（士）": ("staff_pharmacists", "人"),
    "公共卫生人员": ("staff_public_health", "人"),
    "全科医生": ("staff_general_practitioners", "人"),
    "场地面积": ("area_m2", "平方米"),
    "面积": ("area_m2", "平方米"),
    "用地面积": ("land_area_m2", "平方米"),
}
"""Word of a quantity -> column of the facilities, and the unit it is counted in."""

AREA_UNIT: Final = "平方米"

SAME_UNIT: Final[Mapping[str, str]] = {"名": "人"}
"""Another word for a unit."""

OWNERS: Final = ("公立", "社会办")

_GRADES: Final = ("一级", "二级", "三级")

_AND_ABOVE: Final = ("及以上", "以上")

GRADE_CONDITIONS: Final[Mapping[str, tuple[str, ...]]] = {
    **{grade: (grade,) for grade in _GRADES},
    **{
        f"{grade}{more}": _GRADES[place:]
        for place, grade in enumerate(_GRADES)
        for more in _AND_ABOVE
    },
}
"""Word of a condition -> every grade that counts; the grade alone means that one and no other."""

_TIER_WORDS: Final[Mapping[Level, tuple[str, ...]]] = {
    "township": ("乡镇级", "镇级"),
    "county": ("县级", "区县级", "县区级"),
    "city": ("市级",),
    "province": ("省级",),
}

TIER_CONDITIONS: Final[Mapping[str, tuple[Level, ...]]] = {
    f"{word}{more}": LEVELS[LEVELS.index(tier) :] if more else (tier,)
    for tier, words in _TIER_WORDS.items()
    for word in words
    for more in ("", *_AND_ABOVE)
}
"""Word of a condition -> every tier that may run it; the tier alone means that one and no other."""

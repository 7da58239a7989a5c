"""A plan's target as data: what it asks, of whom, where, and what is to be reached by when."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - part of public dataclasses
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from coverage.standards import Clause, Direction, Measure

Level = Literal["village", "township", "county", "city", "province"]

LEVELS: Final[tuple[Level, ...]] = ("village", "township", "county", "city", "province")
"""Administrative levels, the lowest first."""

LEVEL_NAMES: Final[Mapping[str, str]] = {
    "village": "村（社区）",
    "township": "乡镇（街道）",
    "county": "县",
    "city": "市",
    "province": "省",
}

UnitLevel = Literal[
    "village", "community", "any_village", "township", "street", "any_township",
    "county", "county_not_district", "city",
]  # fmt: skip
"""What a target counts; Chinese names in `UNIT_NAMES`."""

UNIT_NAMES: Final[Mapping[UnitLevel, str]] = {
    "village": "行政村", "community": "社区", "any_village": "村（社区）",
    "township": "乡镇", "street": "街道", "any_township": "乡镇（街道）",
    "county": "县（市、区）", "county_not_district": "县（市）", "city": "市",
}  # fmt: skip

Scope = Literal["all", "urban", "rural", "built_up", "named"]

Better = Literal["higher", "lower"]

Rule = Literal[
    "served_within_time", "served_within_distance", "served_by_all_within_time",
    "capacity_per_population", "area_per_population", "units_with_facility", "units_served",
    "facility_count", "facility_share", "capacity_share", "colocated_within_distance",
    "territory_assignment", "reported",
]  # fmt: skip


@dataclass(frozen=True)
class FacilityFilter:
    """
    Which facilities count.

    Parameters
    ----------
    kinds
        Codes of every kind that counts, umbrella codes and their members spelt out; no other
        does, so a higher tier never stands in for a lower one unseen.
    grades
        Every grade that counts, "一级", "二级", "三级"; () for any.
    tiers
        Every tier that may run it, of `LEVELS`; () for any.
    ownership
        "公立" or "社会办"; "" for any.
    features
        What it must have besides ("康复医学科", "老年友善" …), each of them.
    text
        As the plan's catalogue writes it, e.g. "综合医院[二级及以上]".
    """

    kinds: tuple[str, ...]
    grades: tuple[str, ...] = ()
    tiers: tuple[Level, ...] = ()
    ownership: str = ""
    features: tuple[str, ...] = ()
    text: str = ""


FacilityChoice = tuple[FacilityFilter, ...]
"""A facility counts where any of the filters takes it."""


@dataclass(frozen=True)
class Served:
    """
    People within a cutoff of the nearest facility.

    Parameters
    ----------
    facilities
        Those that count.
    measure
        "travel_time" (seconds), "network_distance" or "straight_line" (metres).
    cutoff
        Seconds or metres, inclusive; None where the plan leaves it open.
    mode_id
        Travel mode of the speed table; "" for "straight_line".
    direction
        "to_facility" for residents, "from_facility" for ambulances.
    reading_id
        The reading of a standard that the target is; then number and map are the same as there.
    """

    facilities: FacilityChoice
    measure: Measure
    cutoff: float | None
    mode_id: str = ""
    direction: Direction = "to_facility"
    reading_id: str = ""


@dataclass(frozen=True)
class ServedByAll:
    """People within a cutoff of every one of several kinds of facilities, by name of the part."""

    parts: tuple[tuple[str, FacilityChoice], ...]
    cutoff: float | None
    mode_id: str


@dataclass(frozen=True)
class PerPopulation:
    """
    Capacity or area per `per` persons.

    `quantity` is a column of the facilities with numbers, e.g. "capacity_beds", "area_m2".
    """

    facilities: FacilityChoice
    quantity: str
    per: float


@dataclass(frozen=True)
class UnitNeed:
    """At least `at_least` facilities in every unit of a level with over `over_persons` persons."""

    unit_level: UnitLevel
    facilities: FacilityChoice
    at_least: int = 1
    over_persons: float = 0.0


@dataclass(frozen=True)
class UnitsWithFacility:
    """Share of units that have their facilities; several needs where each level has its own."""

    needs: tuple[UnitNeed, ...]


@dataclass(frozen=True)
class UnitsServed:
    """
    Share of units with a facility inside, or within `radius_m` metres of their place.

    `radius_m` is a straight line, inclusive; None where only one inside counts.
    """

    unit_level: UnitLevel
    facilities: FacilityChoice
    radius_m: float | None = None


@dataclass(frozen=True)
class FacilityCount:
    """How many facilities there are; `parts` names parts of the area that need one each."""

    facilities: FacilityChoice
    parts: tuple[str, ...] = ()


@dataclass(frozen=True)
class FacilityShare:
    """Which share of the facilities `among` are of those `having`."""

    having: FacilityChoice
    among: FacilityChoice


@dataclass(frozen=True)
class CapacityShare:
    """Which share of a quantity of the facilities `among` another quantity of those `having` is."""

    having: FacilityChoice
    having_quantity: str
    among: FacilityChoice
    among_quantity: str


@dataclass(frozen=True)
class Colocated:
    """Which share of the facilities `one` has one of the `other` within metres, and back again."""

    one: FacilityChoice
    other: FacilityChoice
    within_m: float | None


@dataclass(frozen=True)
class Territory:
    """Territories of leading hospitals, named as the plan names them."""

    leaders: tuple[str, ...]


@dataclass(frozen=True)
class Reported:
    """A figure that no map can give: the planner types it in with year and source."""


Ask = (
    Served
    | ServedByAll
    | PerPopulation
    | UnitsWithFacility
    | UnitsServed
    | FacilityCount
    | FacilityShare
    | CapacityShare
    | Colocated
    | Territory
    | Reported
)


@dataclass(frozen=True)
class YearValue:
    """A value for a year, with where it comes from; "" for the plan itself."""

    year: int
    value: float
    source: str = ""


@dataclass(frozen=True)
class Target:
    """
    One target of a plan.

    Parameters
    ----------
    target_id
        "jinan-2022/beds-per-1000".
    indicator
        Chinese name.
    rule
        Name of its rule.
    ask
        What the rule looks at.
    clause
        Plan, place and the sentence, word for word.
    unit
        Of the value: "%", "张", "平方米", "处" …
    gap_unit
        What is missing is counted in this: 人, 张, 平方米, 处, 个 …
    group
        Column of the demand that is weighed: "population", "population_60plus" …
    group_name
        As the plan says it: "户籍老年人（60岁及以上）".
    scope
        Which settlements count; "named" for the area `scope_name`.
    scope_name
        As the plan says it: "农村地区", "新旧动能转换起步区".
    area_level
        Level of the area that the plan is for.
    is_total
        Whether the value is a sum over that whole area (500 处), which tells nothing of its parts.
    better
        Whether a higher or a lower value is better.
    baseline, values
        By year, ascending; no values where the plan leaves the number open.
    open_reason
        Why there is no value, in Chinese; "" where there is one.
    binding
        "约束性" or "预期性".
    department
        Who is responsible; "" where the plan does not say.
    note
        What the planner must know; contradictions of the plan with itself stand here.
    indicator_id
        The same in all plans that set the same indicator ("beds_per_1000"); "" where none does.
    table_row
        The row of the plan's table, word for word, where the numbers stand there and not in the
        clause.
    """

    target_id: str
    indicator: str
    rule: Rule
    ask: Ask
    clause: Clause
    unit: str
    gap_unit: str
    group: str = "population"
    group_name: str = "常住人口"
    scope: Scope = "all"
    scope_name: str = "全域"
    area_level: Level = "city"
    is_total: bool = False
    better: Better = "higher"
    baseline: tuple[YearValue, ...] = ()
    values: tuple[YearValue, ...] = ()
    open_reason: str = ""
    binding: str = "预期性"
    department: str = ""
    note: str = ""
    indicator_id: str = ""
    table_row: str = ""

    @property
    def plan_id(self) -> str:
        """Id of its plan."""
        return self.target_id.partition("/")[0]


@dataclass(frozen=True)
class Plan:
    """
    A plan and its targets.

    Parameters
    ----------
    plan_id
        "jinan-2022".
    title
        Full title, without 《》.
    publisher
        Who issued it.
    area
        The area it is for: "济南市".
    area_level
        Level of that area.
    first_year, last_year
        The years it is for.
    targets
        In the order of the catalogue.
    area_code
        Digits that the codes of GB/T 2260 begin with there ("3701"); "" where nobody says.
    """

    plan_id: str
    title: str
    publisher: str
    area: str
    area_level: Level
    first_year: int
    last_year: int
    targets: tuple[Target, ...] = field(default=())
    area_code: str = ""

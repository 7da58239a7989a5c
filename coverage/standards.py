"""Service circles and rescue rings: what a standard promises, to whom, from where, how far."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Measure = Literal["travel_time", "network_distance", "straight_line"]
Direction = Literal["to_facility", "from_facility"]
Scope = Literal["all", "urban", "rural"]


@dataclass(frozen=True)
class Clause:
    """
    The sentence of a plan that a standard comes from.

    Parameters
    ----------
    plan
        Id of the plan, e.g. "jinan-2022".
    title
        Its full title.
    section
        Place in the plan, e.g. "三、（二）1".
    quote
        The sentence, word for word.
    target_ids
        Rows of the target catalogue that it answers to.
    """

    plan: str
    title: str
    section: str
    quote: str
    target_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reading:
    """
    One way to read a standard as a number.

    Parameters
    ----------
    reading_id
        Unique over all standards; the first reading of a standard bears the standard's own id.
    name
        Chinese name, e.g. "2.5公里（路网距离）".
    measure
        "travel_time" (seconds), "network_distance" or "straight_line" (metres).
    cutoff
        Seconds for "travel_time", metres otherwise; inclusive.
    mode_id
        Travel mode of this reading; "" for that of the standard.
    station_kinds
        Codes of the kinds that send an ambulance. With any, the reading has two legs, 急救站 to
        patient and patient to hospital, and the cutoff holds for turn-out and both together.
    turnout_s
        Seconds from the call until the ambulance leaves, for stations that state none.
    """

    reading_id: str
    name: str
    measure: Measure
    cutoff: float
    mode_id: str = ""
    station_kinds: tuple[str, ...] = ()
    turnout_s: float = 0.0

    @property
    def cutoff_text(self) -> str:
        """The cutoff as a planner says it: "15 分钟", "2.5 公里"."""
        if self.measure == "travel_time":
            return f"{round(self.cutoff / 60, 2):g} 分钟"
        return f"{self.cutoff / 1000:g} 公里"


@dataclass(frozen=True)
class Standard:
    """
    A service circle or rescue ring.

    Parameters
    ----------
    standard_id
        E.g. "health_circle_15".
    name
        Chinese name, e.g. "15分钟健康服务圈".
    kinds
        Codes of the facility kinds that count; no other kind does.
    demand_group
        Column of the demand table that is weighed: "population", "population_60plus" …
    scope
        Which settlements count; needs the demand column `settlement` to tell them apart.
    mode_id
        Travel mode from the speed table.
    direction
        "to_facility" for residents, "from_facility" for ambulances.
    target
        Share of the group to be covered, in [0, 1].
    target_note
        Where the target comes from, in Chinese.
    clauses
        The sentences of the plans; at least one.
    readings
        At least one; the first is the main one and bears `standard_id`.
    note
        What a planner must know of the standard, in Chinese; may be "".
    cross_border
        Whether facilities outside the study area may serve.
    """

    standard_id: str
    name: str
    kinds: tuple[str, ...]
    demand_group: str
    scope: Scope
    mode_id: str
    direction: Direction
    target: float
    target_note: str
    clauses: tuple[Clause, ...]
    readings: tuple[Reading, ...]
    note: str = ""
    cross_border: bool = True

    def mode_of(self, reading: Reading) -> str:
        """Id of the travel mode of one of the readings."""
        return reading.mode_id or self.mode_id


@dataclass(frozen=True)
class FacilityKind:
    """
    A kind of facility.

    Parameters
    ----------
    kind
        Code, e.g. "village_clinic".
    name
        Chinese name, e.g. "村卫生室".
    group
        Chinese name of the group: 医疗, 养老, 健身, 托育, 文化, 教育, 急救, 绿地, 环卫.
    tier
        "province", "city", "county", "township", "village" or "" where the name does not say.
    colour
        Fill colour on maps, "#rrggbb".
    icon
        One Chinese character shown inside the marker.
    aliases
        Other Chinese words that plans use for the kind, e.g. "乡镇卫生院" for 镇卫生院.
    members
        Codes of the kinds that an umbrella word embraces ("医疗卫生机构"); a facility that
        bears the umbrella's own code is one whose exact kind is unknown.
    """

    kind: str
    name: str
    group: str
    tier: str
    colour: str
    icon: str
    aliases: tuple[str, ...] = ()
    members: tuple[str, ...] = ()

"""The why card: where a village's nearest facility is, what the way costs, which rule fails."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from coverage.measures import is_counted
from coverage.notices import GROUP_NAMES
from coverage.rescue import LEG_COLUMNS
from reports.figures import (
    beyond_text,
    metres_text,
    minutes_text,
    people_text,
    range_text,
    shown_seconds,
)
from reports.map_text import facility_lines
from views.plain_text import MESSAGE_LIMIT, escaped

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from coverage.impedance import TravelMode
    from coverage.standards import Clause, FacilityKind, Reading, Standard
    from coverage.studies.study import Assessment

SCOPE_NAMES = {"all": "", "urban": "城镇", "rural": "农村"}


@dataclass(frozen=True)
class Leg:
    """A part of the way: its name, its time and its length, in words."""

    name: str
    minutes: str
    metres: str


@dataclass(frozen=True)
class WhyCard:
    """
    Why a village is covered or not by one reading, in words.

    Parameters
    ----------
    name, zone, people
        Of the village.
    status
        "未覆盖", "已覆盖" or "不考核".
    rule
        What is asked and what is measured.
    facility
        Name and kind of the nearest facility; a sentence where none can be reached.
    legs
        Access, road, access, and the whole way; empty for a straight line or without a way.
    mode
        Which mode was faster; "" for a straight line or without a way.
    clauses
        Where the standard comes from.
    target_note
        Where the target comes from.
    surety
        How sure the verdict is; "" for a straight line or without a way.
    roads
        By which roads, how far and how long on each; "" where that is not known.
    """

    name: str
    zone: str
    people: tuple[str, ...]
    status: str
    rule: str
    facility: str
    legs: tuple[Leg, ...]
    mode: str
    clauses: tuple[Clause, ...]
    target_note: str
    surety: str = ""
    roads: str = ""


def why_card(
    assessment: Assessment,
    standard: Standard,
    reading: Reading,
    *,
    demand_id: str,
    kinds: Mapping[str, FacilityKind],
    modes: Mapping[str, TravelMode],
    roads: str = "",
) -> WhyCard:
    """
    The why card of one village.

    Parameters
    ----------
    assessment
        Result of an assessment.
    standard, reading
        One of its standards and one of that standard's readings.
    demand_id
        A village of its demand table.
    kinds
        Facility kinds by code.
    modes
        Travel modes by id.
    roads
        By which roads the way leads, in words.

    Returns
    -------
    card
        In words, not yet escaped.
    """
    village = assessment.demand.loc[demand_id]
    trip = trip_of(village, reading)
    zone_id = village["zone_id"]
    zone = "在研究区以外" if pd.isna(zone_id) else assessment.layers.zones["zone_name"][zone_id]
    return WhyCard(
        name=str(demand_id) if pd.isna(village["demand_name"]) else village["demand_name"],
        zone=zone,
        people=people_lines(village, standard),
        status=status(village, standard, trip),
        rule=rule(standard, reading, trip),
        facility=_facility(assessment, trip, kinds, standard) + _station(assessment, trip),
        legs=legs(trip, standard, reading),
        mode=_mode(trip, standard.mode_of(reading), modes),
        clauses=standard.clauses,
        target_note=standard.target_note,
        surety=surety(trip, reading),
        roads=roads,
    )


def trip_of(village: pd.Series, reading: Reading) -> dict[str, Any]:
    """The columns of one reading, by their names without the reading's id."""
    prefix = f"{reading.reading_id}_"
    columns = ("facility_id", "travel_time_s", "distance_m", "demand_access_m")
    columns += ("facility_access_m", "access_s", "mode_id", "covered", "slow", "fast", "verdict")
    if reading.station_kinds:
        columns += LEG_COLUMNS
    return {column: village[prefix + column] for column in columns}


def people_lines(village: pd.Series, standard: Standard) -> tuple[str, ...]:
    """All residents, and the group the standard is about where it is another."""
    groups = dict.fromkeys(["population", standard.demand_group])
    return tuple(
        f"{GROUP_NAMES.get(group, group)} {people_text(float(village[group]))}"
        if group in village.index and not pd.isna(village[group])
        else f"{GROUP_NAMES.get(group, group)}未知"
        for group in groups
    )


def status(village: pd.Series, standard: Standard, trip: Mapping[str, Any]) -> str:
    """One of "未覆盖", "已覆盖" and "不考核"."""
    if not is_counted(village.to_frame().T, standard).iloc[0]:
        return "不考核"
    return "已覆盖" if trip["covered"] else "未覆盖"


def rule(standard: Standard, reading: Reading, trip: Mapping[str, Any]) -> str:
    """What the reading asks, what is measured, and whether that keeps it."""
    by_time = reading.measure == "travel_time"
    value = trip["travel_time_s"] if by_time else trip["distance_m"]
    if reading.station_kinds:
        return _asked("出车、急救车到达和送医的总时间", value, trip, reading)
    what = {
        "travel_time": "到最近设施的时间" if standard.direction == "to_facility"
        else "从最近设施到村的时间",
        "network_distance": "路网距离",
        "straight_line": "直线距离",
    }[reading.measure]  # fmt: skip
    return _asked(what, value, trip, reading)


def _asked(what: str, value: float, trip: Mapping[str, Any], reading: Reading) -> str:
    by_time = reading.measure == "travel_time"
    asked = f"{what}要求 ≤ {reading.cutoff_text}"
    if math.isinf(value):
        return f"{asked}，实际没有路可通"
    if trip["covered"]:
        return f"{asked}，实际 {minutes_text(value) if by_time else metres_text(value)}，符合"
    real = beyond_text(value, cutoff=reading.cutoff, by_time=by_time)
    return f"{asked}，实际 {real}，不符合"


def legs(trip: Mapping[str, Any], standard: Standard, reading: Reading) -> tuple[Leg, ...]:
    """
    The way in the order it is travelled: access, road, access, and the whole.

    Both access legs have the same speed, so their seconds are shared by their metres.
    """
    if reading.measure == "straight_line" or math.isinf(trip["distance_m"]):
        return ()
    if reading.station_kinds:
        return _rescue_legs(trip)
    at_village, at_facility = trip["demand_access_m"], trip["facility_access_m"]
    access_m = at_village + at_facility
    seconds_per_metre = trip["access_s"] / access_m if access_m > 0 else 0.0
    parts = [
        ("村到道路", at_village * seconds_per_metre, at_village),
        ("道路", 0.0, trip["distance_m"] - access_m),
        ("道路到设施", at_facility * seconds_per_metre, at_facility),
    ]
    if standard.direction == "from_facility":
        parts.reverse()
        parts = [
            ("设施到道路", *parts[0][1:]), parts[1], ("道路到村", *parts[2][1:]),
        ]  # fmt: skip
    first, road, last = parts
    # The road gets what the shown legs leave of the shown whole, so that the column adds up.
    whole, before, after = (shown_seconds(x) for x in (trip["travel_time_s"], first[1], last[1]))
    road = (road[0], whole - before - after, road[2])
    rows = [(f"接驳（{first[0]}）", *first[1:]), road, (f"接驳（{last[0]}）", *last[1:])]
    rows.append(("合计", trip["travel_time_s"], trip["distance_m"]))
    # Rounding noise must not show as "-0".
    return tuple(
        Leg(name, minutes_text(max(seconds, 0.0)), metres_text(max(metres, 0.0)))
        for name, seconds, metres in rows
    )


def _rescue_legs(trip: Mapping[str, Any]) -> tuple[Leg, ...]:
    """Turn-out, to the patient, to the hospital, and the whole; the column adds up as shown."""
    whole, turnout, transport = (
        shown_seconds(trip[name]) for name in ("travel_time_s", "turnout_s", "transport_s")
    )
    rows = [
        ("出车准备", turnout, 0.0),
        ("急救站到患者", whole - turnout - transport, trip["response_m"]),
        ("患者到医院", transport, trip["transport_m"]),
        ("合计", whole, trip["distance_m"]),
    ]
    return tuple(
        Leg(name, minutes_text(max(seconds, 0.0)), metres_text(metres))
        for name, seconds, metres in rows
    )


def surety(trip: Mapping[str, Any], reading: Reading) -> str:
    """Between which times or metres the way may be, and whether the verdict holds over them."""
    by_time = reading.measure == "travel_time"
    band = range_text(trip["fast"], trip["slow"], by_time=by_time)
    if reading.measure == "straight_line" or not band:
        return ""
    verdict = {
        "covered": "偏慢时也符合，结论可靠",
        "uncovered": "偏快时也不符合，结论可靠",
        "uncertain": "结论随车速和路况而变，请实地核对",
    }[trip["verdict"]]
    return f"误差范围 {band}：{verdict}"


def _facility(
    assessment: Assessment,
    trip: Mapping[str, Any],
    kinds: Mapping[str, FacilityKind],
    standard: Standard,
) -> str:
    if pd.isna(trip["facility_id"]):
        counted = "、".join(kinds[kind].name for kind in standard.kinds)
        return f"没有路可到达任何计入的设施（{counted}）"
    facility = assessment.facilities.loc[trip["facility_id"]]
    name = facility["facility_name"]
    lines = facility_lines(facility, kinds[facility["kind"]])
    shown = f"{lines[0]}（无名称）" if pd.isna(name) else f"{name}（{lines[0]}）"
    return "；".join([shown, *lines[1:]])


def _station(assessment: Assessment, trip: Mapping[str, Any]) -> str:
    """Whose ambulance comes, for a reading in two legs; begins with a semicolon."""
    if "station_id" not in trip:
        return ""
    if pd.isna(trip["station_id"]):
        return "；没有急救站的急救车能到达"
    name = assessment.facilities["facility_name"][trip["station_id"]]
    return f"；由{trip['station_id'] if pd.isna(name) else name}出车"


def _mode(trip: Mapping[str, Any], mode_id: str, modes: Mapping[str, TravelMode]) -> str:
    if pd.isna(trip["mode_id"]) or math.isinf(trip["distance_m"]):
        return ""
    used = modes[trip["mode_id"]].name
    choice = modes[mode_id]
    return f"{choice.name}，较快的是{used}" if choice.faster_of else used


def why_card_html(shown: WhyCard) -> str:
    """The card as HTML; every text in it is escaped."""
    verdict = {"未覆盖": "qt-missed", "已覆盖": "qt-met"}.get(shown.status, "qt-unknown")
    people = "，".join(shown.people)
    parts = [
        f'<div class="qt-why"><div class="qt-why-head"><b>{escaped(shown.name)}</b>',
        f'<span class="{verdict}">{escaped(shown.status)}</span></div>',
        f'<div class="qt-faint">{escaped(shown.zone)} · {escaped(people)}</div>',
        f'<div class="qt-rule {verdict}">{escaped(shown.rule)}</div>',
        f"<div>最近的设施：{escaped(shown.facility)}</div>",
    ]
    if shown.surety:
        parts.insert(4, f'<div class="qt-faint">{escaped(shown.surety)}</div>')
    if shown.roads:
        parts.append(f"<div>经过：{escaped(shown.roads, limit=MESSAGE_LIMIT)}</div>")
    if shown.mode:
        parts.append(f"<div>出行方式：{escaped(shown.mode)}</div>")
    if shown.legs:
        rows = "".join(
            f"<tr><th>{escaped(leg.name)}</th><td>{leg.minutes}</td><td>{leg.metres}</td></tr>"
            for leg in shown.legs
        )
        parts.append(f'<table class="qt-legs"><tbody>{rows}</tbody></table>')
    parts += [_clauses_html(shown.clauses, shown.target_note), "</div>"]
    return "".join(parts)


def standard_html(
    standard: Standard,
    reading: Reading,
    *,
    kinds: Mapping[str, FacilityKind],
    modes: Mapping[str, TravelMode],
    told_apart: bool = True,
) -> str:
    """What a standard asks, as HTML, for when no village is chosen; every text in it is escaped."""
    scope = SCOPE_NAMES[standard.scope]
    # Where the data do not tell town from country, all count, and the page must say so.
    remark = "" if told_apart or not scope else "（数据未分城乡，按全部需求点计）"
    group = GROUP_NAMES.get(standard.demand_group, standard.demand_group)
    way = {"to_facility": "居民前往设施", "from_facility": "由设施前往村"}[standard.direction]
    by_line = reading.measure == "straight_line"
    mode = "直线" if by_line else modes[standard.mode_of(reading)].name
    if reading.station_kinds:
        way = "急救站到患者，再到医院"
    lines = [
        f"要求：{reading.cutoff_text}以内（{mode}，{way}）",
        f"考核人群：{scope}{group}{remark}",
        f"计入设施：{'、'.join(kinds[kind].name for kind in standard.kinds)}",
    ]
    if reading.station_kinds:
        stations = "、".join(kinds[kind].name for kind in reading.station_kinds)
        default = minutes_text(reading.turnout_s, decimals=0)
        lines.append(f"出车：{stations}；出车准备按名录，没有写的按 {default}")
    body = "".join(f"<div>{escaped(line, limit=MESSAGE_LIMIT)}</div>" for line in lines)
    return (
        f'<div class="qt-why"><div class="qt-why-head"><b>{escaped(standard.name)}</b></div>{body}'
        f"{_clauses_html(standard.clauses, standard.target_note)}</div>"
    )


def _clauses_html(clauses: Sequence[Clause], target_note: str) -> str:
    quotes = "".join(
        f'<blockquote class="qt-clause"><span>《{escaped(clause.title)}》{escaped(clause.section)}'
        f"</span>{escaped(clause.quote, limit=MESSAGE_LIMIT)}</blockquote>"
        for clause in clauses
    )
    note = f'<div class="qt-faint">目标：{escaped(target_note)}</div>'
    return f'<div class="qt-faint qt-clauses">依据</div>{quotes}{note}'


def facility_html(
    assessment: Assessment,
    reading: Reading,
    *,
    facility_id: str,
    kinds: Mapping[str, FacilityKind],
) -> str:
    """A facility and whom it serves by one reading, as HTML; every text in it is escaped."""
    facility = assessment.facilities.loc[facility_id]
    kind = kinds[facility["kind"]]
    name = (
        f"{kind.name}（无名称）"
        if pd.isna(facility["facility_name"])
        else facility["facility_name"]
    )
    villages = facility.get(f"{reading.reading_id}_villages", math.nan)
    if pd.isna(villages):
        served = "本标准不计这类设施"
    else:
        people = people_text(float(facility[f"{reading.reading_id}_population"]))
        served = f"是 {int(villages):,} 个已覆盖村（社区）的最近设施，共 {people}"
    lines = [*facility_lines(facility, kind), served]
    body = "".join(f"<div>{escaped(line)}</div>" for line in lines)
    return f'<div class="qt-why"><div class="qt-why-head"><b>{escaped(name)}</b></div>{body}</div>'

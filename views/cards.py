"""Headline cards: people and villages covered per standard; a card's button chooses it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import streamlit as st

from coverage.studies.study import measured_readings
from reports.figures import UNKNOWN_PEOPLE, band_text, gap_text, people_text, share_text
from reports.map_text import group_title
from views import state
from views.plain_text import escaped, plain

if TYPE_CHECKING:
    from coverage.standards import Reading, Standard
    from coverage.studies.study import Assessment

BAND_HINT = "误差范围：车速高低、路网稀疏处绕行时的覆盖率"

FEWEST_COLUMNS = 3
"""A single card does not stretch over the whole page."""


@dataclass(frozen=True)
class Card:
    """
    The result of one reading for the whole study area, in words.

    Parameters
    ----------
    share
        E.g. "83.2%", or "人口未知".
    target
        E.g. "目标 100%".
    people, villages
        Covered of all: "1,000 / 1,200 人", "320 / 450 个村（社区）".
    gap
        E.g. "缺口 200 人", "已达标", "人口未知".
    is_met
        Whether the target is reached; None where that is unknown.
    unknown
        How many villages have no population figure, in words; "" where all have.
    band
        The error band of the share, e.g. "78.1%～84.3%"; "" where it has no width.
    """

    share: str
    target: str
    people: str
    villages: str
    gap: str
    is_met: bool | None
    unknown: str
    band: str = ""


def card(assessment: Assessment, standard: Standard, reading: Reading) -> Card:
    """
    The headline of one reading.

    Parameters
    ----------
    assessment
        Result of an assessment.
    standard, reading
        One of its standards and one of that standard's readings.

    Returns
    -------
    card
        In words, not yet escaped.
    """
    row = whole_area(assessment, reading)
    target = f"目标 {standard.target * 100:g}%"
    unknown = row["population_unknown"]
    note = f"另有 {unknown:,} 个村{UNKNOWN_PEOPLE}" if unknown else ""
    if reading not in measured_readings(assessment.layers, standard):
        note = "没有计入本标准的设施数据"
        if reading.station_kinds:
            note = "没有计入的医院或急救站数据"
        return Card("无设施数据", target, "—", "—", "未核算", None, note)
    villages = f"{row['villages_covered']:,} / {row['villages']:,} 个村（社区）"
    if math.isnan(row["share"]):
        # Where nobody of the group lives nothing is met or missed.
        nobody = row["population"] == 0
        people, gap = ("没有该人群", "不适用") if nobody else (UNKNOWN_PEOPLE, UNKNOWN_PEOPLE)
        return Card(people, target, people, villages, gap, None, note)
    people = f"{row['covered']:,.0f} / {people_text(row['population'])}"
    gap = gap_text(row["gap"])
    share = share_text(row["share"], target=standard.target)
    band = band_text(row["share_low"], row["share_high"], target=standard.target)
    return Card(share, target, people, villages, gap, gap == gap_text(0.0), note, band)


def whole_area(assessment: Assessment, reading: Reading) -> dict[str, Any]:
    """The row of the zone table for the whole study area by one reading."""
    zones = assessment.zones
    rows = zones[(zones["reading_id"] == reading.reading_id) & (zones["zone_id"] == "")]
    return dict(rows.iloc[0])


def card_html(shown: Card, standard: Standard, reading: Reading, *, told_apart: bool) -> str:
    """The body of a card; every text in it is escaped."""
    group = group_title(standard if told_apart else replace(standard, scope="all"))
    rule = (
        f'<span class="qt-faint">{escaped(reading.name)}</span>'
        if len(standard.readings) > 1
        else ""
    )
    verdict = {True: "qt-met", False: "qt-missed", None: "qt-unknown"}[shown.is_met]
    long = " qt-words" if "%" not in shown.share else ""
    note = f'<span class="qt-faint">{escaped(shown.unknown)}</span>' if shown.unknown else ""
    band = (
        f'<span class="qt-band" title="{BAND_HINT}">误差范围 {escaped(shown.band)}</span>'
        if shown.band
        else ""
    )
    return (
        '<div class="qt-card"><div class="qt-headline">'
        f'<span class="qt-share{long}">{escaped(shown.share)}</span>'
        f'<span class="qt-faint">{escaped(group)}覆盖率</span></div>'
        f'<div class="qt-lines"><span class="{verdict}">{escaped(shown.gap)}'
        f'<span class="qt-faint">（{escaped(shown.target)}）</span></span>'
        f"<span>覆盖 {escaped(shown.people)}</span><span>覆盖 {escaped(shown.villages)}</span>"
        f"{band}{rule}{note}</div></div>"
    )


def show_cards(assessment: Assessment, *, current: Standard) -> None:
    """One card per standard, each by the reading last looked at; the current one highlighted."""
    columns = st.columns(max(len(assessment.standards), FEWEST_COLUMNS), gap="small")
    for position, standard in enumerate(assessment.standards):
        choices = {**st.session_state, state.STANDARD: standard.standard_id}
        _, reading = state.chosen(choices, assessment)
        is_current = standard is current
        name = "current" if is_current else "other"
        with columns[position], st.container(border=True, key=f"qt-card-{name}-{position}"):
            st.button(
                plain(standard.name),
                key=f"choose-{standard.standard_id}",
                type="primary" if is_current else "secondary",
                width="stretch",
                on_click=state.choose_standard,
                args=(st.session_state, standard.standard_id),
            )
            shown = card(assessment, standard, reading)
            told_apart = "settlement" in assessment.demand.columns
            st.html(card_html(shown, standard, reading, told_apart=told_apart))

"""Tables on the pages of a presentation: zones, gaps, targets; as many rows as find room."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from coverage.rules.choices import WHOLE_AREA
from reports.figures import (
    UNKNOWN_PEOPLE,
    band_text,
    beyond_text,
    gap_text,
    people_text,
    share_text,
)
from reports.place_words import missing_words
from reports.presenting.page import Place, add_table, add_text, slide_text
from reports.target_figures import FILLS, target_text, value_text, verdict_text
from reports.target_figures import gap_text as target_gap_text

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    import pandas as pd
    from pptx.slide import Slide

    from reports.presenting.talk import Talk

_NAMED_GAPS: Final = 10
_NAMED_TARGETS: Final = 12
_NAMED_ZONES: Final = 13
_ZONE_COLUMNS: Final = 3
"""Of a zone that stand beside a map."""


def add_zones(page: Slide, talk: Talk, place: Place, *, full: bool = False) -> None:
    """Townships by share, the lowest first; where there is room, with all their numbers."""
    content = talk.content
    if missing_words(content.assessment.layers, talk.standard, talk.reading, kinds=content.kinds):
        if full:  # elsewhere the page says so
            add_text(page, place, [f"{talk.sentence(talk.standard, talk.reading)}。"])
        return
    zones = content.assessment.zones
    rows = zones[
        (zones["reading_id"] == talk.reading.reading_id)
        & (zones["zone_id"] != WHOLE_AREA)
        & (zones["villages"] > 0)
    ]
    rows = rows.sort_values(["share", "zone_id"]).head(_NAMED_ZONES)
    short = talk.words.short
    more = ["人口（人）", "覆盖（人）", "误差范围", f"{short}数", f"覆盖{short}数"]
    table = [[talk.words.zone, "覆盖率", "缺口（人）", *more]]
    fills = [[""] * len(table[0])]
    for row in rows.to_dict("records"):
        table.append(_zone_cells(row))
        fills.append(["", share_fill(row), *[""] * (len(table[0]) - 2)])
    count = len(table[0]) if full else _ZONE_COLUMNS
    if len(table) > 1:
        add_table(page, place, [each[:count] for each in table], fills=fills,
                  widths=(5, 3, 3.4, 3, 3, 4, 2, 2.6)[:count],
                  align=("left", *["right"] * (count - 1)))  # fmt: skip


def share_fill(row: Mapping[Any, Any]) -> str:
    """Colour behind a share, by whether it reaches the target; a row of the assessment's zones."""
    if np.isnan(row["share"]):
        return FILLS["数据不足"]
    return FILLS["达标" if gap_text(float(row["gap"])) == "已达标" else "未达标"]


def _zone_cells(row: Mapping[Hashable, Any]) -> list[str]:
    """A zone in cells: name, share, gap; then what stands only where there is room."""
    target, share = float(row["target"]), float(row["share"])
    gap = gap_text(float(row["gap"])) if not np.isnan(share) else UNKNOWN_PEOPLE
    return [
        slide_text(row["zone_name"]),
        share_text(share, target=target),
        "0" if gap == "已达标" else gap.removeprefix("缺口 ").removesuffix(" 人"),
        people_text(float(row["population"])).removesuffix(" 人"),
        people_text(float(row["covered"])).removesuffix(" 人"),
        band_text(float(row["share_low"]), float(row["share_high"]), target=target) or "—",
        f"{int(row['villages']):,}",
        f"{int(row['villages_covered']):,}",
    ]


def gap_rows(talk: Talk, rows: pd.DataFrame) -> list[list[str]]:
    """
    The uncovered villages with most people, the head first.

    Parameters
    ----------
    talk
        What the pages are made from.
    rows
        Rows of the assessment's gaps by one reading.
    """
    assessment, reading = talk.content.assessment, talk.reading
    by_time = reading.measure == "travel_time"
    zones, names = assessment.layers.zones["zone_name"], assessment.demand["demand_name"]
    # villages of unknown population come last
    order = rows.sort_values(["population", "demand_id"], ascending=[False, True])
    table = [[talk.words.demand, talk.words.zone, "人口", "最近设施"]]
    for row in order.head(_NAMED_GAPS).to_dict("records"):
        cost = float(row["travel_time_s" if by_time else "distance_m"])
        people = float(row["population"])
        name = names.get(row["demand_id"])
        table.append([
            slide_text(name) or str(row["demand_id"]).removeprefix("osm:"),
            slide_text(zones.get(row["zone_id"])),
            "未知" if np.isnan(people) else f"{people:,.0f}",
            beyond_text(cost, cutoff=reading.cutoff, by_time=by_time),
        ])  # fmt: skip
    return table


def target_rows(talk: Talk, whole: pd.DataFrame) -> tuple[list[list[str]], Sequence[list[str]]]:
    """
    The targets that are missed first, the head before them, and the fills of their cells.

    Parameters
    ----------
    talk
        What the pages are made from.
    whole
        Contract `TARGETS_RESULT`, rows of the whole study area.
    """
    better = {one.target_id: one.better for plan in talk.content.plans for one in plan.targets}
    rank = {"未达标": 0, "尚未到期": 1, "达标": 2}
    order = sorted(whole.to_dict("records"), key=lambda row: rank.get(row["verdict"], len(rank)))
    table = [["指标", "现值", "目标", "结论", "差"]]
    fills = [[""] * 5]
    for row in order[:_NAMED_TARGETS]:
        aim = target_text(row, better=better.get(row["target_id"], "higher"))
        table.append([row["indicator"], value_text(row), aim, verdict_text(row["verdict"]),
                      target_gap_text(row)])  # fmt: skip
        fills.append(["", "", "", FILLS.get(row["verdict"], ""), ""])
    return table, fills

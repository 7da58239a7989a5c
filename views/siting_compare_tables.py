"""Scenarios side by side in words: coverage, townships, travel times, costs, targets."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from coverage.scenario_contracts import SHARE_MINUTES
from reports.figures import minutes_text, people_text, share_text, shown_percent
from reports.safe_text import plain_text
from reports.target_figures import gap_text, target_text, value_text, verdict_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from coverage.rules.target import Target
    from coverage.scenario import ScenarioComparison
    from coverage.standards import Reading, Standard

BASE_TITLE: Final = "现状"
CHANGE: Final = "变化"
NO_COST: Final = "未填"


def titles_of(names: Mapping[str, str]) -> dict[str, str]:
    """Column titles of scenarios by id, each only once: two of one name get their id beside it."""
    shown = {key: plain_text(name) or plain_text(key) for key, name in names.items()}
    many = [*shown.values(), BASE_TITLE]
    return {
        key: f"{name}（{plain_text(key)}）" if many.count(name) > 1 else name
        for key, name in shown.items()
    }


def coverage_table(
    comparison: ScenarioComparison, standards: Sequence[Standard], titles: Mapping[str, str]
) -> pd.DataFrame:
    """
    Coverage of the whole study area, a row per reading and a column per scenario.

    Parameters
    ----------
    comparison
        From `coverage.scenario.compare_scenarios`.
    standards
        By which all were assessed.
    titles
        Column titles by scenario id, from `titles_of`.

    Returns
    -------
    table
        标准, 口径, 现状, then for each scenario its share and the people that it gains and loses.
    """
    whole = comparison.readings[comparison.readings["zone_id"].fillna("") == ""]
    rows = whole.set_index(["scenario_id", "reading_id"])
    table = []
    for standard in standards:
        for reading in standard.readings:
            line = {"标准": plain_text(standard.name), "口径": plain_text(reading.name)}
            for scenario_id, title in titles.items():
                row = rows.loc[(scenario_id, reading.reading_id)]
                line[BASE_TITLE] = share_text(row["share_before"], target=standard.target)
                line[title] = share_text(row["share_after"], target=standard.target)
                line[f"{title}：{CHANGE}"] = moves_text(row)
            table.append(line)
    return pd.DataFrame(table)


def moves_text(row: Mapping[str, float] | pd.Series) -> str:
    """Who gains and who loses: "新增 1,240 人；失去 30 人"; "—" where no verdict changes."""
    parts = [
        f"{word} {_people(row[change], row[f'villages_{change}'])}"
        for change, word in (("gained", "新增"), ("lost", "失去"))
        if row[f"villages_{change}"]
    ]
    return "；".join(parts) or "—"


def _people(people: float, villages: float) -> str:
    if math.isnan(people):
        return f"{villages:.0f} 个村（人口未知）"
    return people_text(people)


def zones_table(
    comparison: ScenarioComparison,
    standard: Standard,
    reading: Reading,
    *,
    titles: Mapping[str, str],
) -> pd.DataFrame:
    """
    People gained and lost by zone by one reading; zones in which anything changes come first.

    Parameters
    ----------
    comparison, titles
        As `coverage_table`.
    standard, reading
        One of the standards and one of its readings.

    Returns
    -------
    table
        行政单元, 现状覆盖率 (percent); for each scenario its 覆盖率, 新增 and 失去 (persons).
    """
    rows = comparison.readings
    here = rows[(rows["reading_id"] == reading.reading_id) & (rows["zone_id"].fillna("") != "")]
    percent = partial(shown_percent, target=standard.target)
    columns: dict[str, pd.Series] = {}
    moved: pd.Series | None = None
    for scenario_id, title in titles.items():
        one = here[here["scenario_id"] == scenario_id].set_index("zone_id")
        columns.setdefault("行政单元", one["zone_name"].map(plain_text))
        columns.setdefault("现状覆盖率", one["share_before"].map(percent))
        columns[f"{title}：覆盖率"] = one["share_after"].map(percent)
        columns[f"{title}：新增（人）"] = one["gained"].round()
        columns[f"{title}：失去（人）"] = one["lost"].round()
        change = one["villages_gained"] + one["villages_lost"]
        moved = change if moved is None else moved + change
    table = pd.DataFrame(columns)
    if moved is None:
        return table
    order = (moved == 0).sort_values(kind="stable").index
    return table.loc[order].reset_index(drop=True)


def times_table(
    comparison: ScenarioComparison,
    standard: Standard,
    reading: Reading,
    *,
    titles: Mapping[str, str],
) -> pd.DataFrame:
    """
    How travel times are spread, a row for the project as it is and one per scenario.

    Parameters
    ----------
    comparison, standard, reading, titles
        As `zones_table`.

    Returns
    -------
    table
        情景, 一半人口在, 九成人口在, and the share within so many minutes; no row where the
        reading is not by travel time.
    """
    times = comparison.times
    here = times[times["reading_id"] == reading.reading_id]
    names = {"": BASE_TITLE, **titles}
    lines = []
    for _, row in here.iterrows():
        line = {
            "情景": names[row["scenario_id"]],
            "一半人口": minutes_text(row["median_s"]),
            "九成人口": minutes_text(row["p90_s"]),
        }
        for minutes in SHARE_MINUTES:
            # Within the cutoff they are those covered, who are held against the target.
            target = standard.target if minutes * 60 == reading.cutoff else 1.0
            line[f"{minutes} 分钟内"] = share_text(row[f"share_{minutes}_min"], target=target)
        lines.append(line)
    return pd.DataFrame(lines)


def costs_table(comparison: ScenarioComparison, titles: Mapping[str, str]) -> pd.DataFrame:
    """What each scenario costs as far as that is known: 情景, 改动, 已知费用, 未填费用."""
    lines = []
    for _, row in comparison.costs.iterrows():
        known = NO_COST if math.isnan(row["cost"]) else f"{row['cost']:,.10g} 万元"
        missing = int(row["actions_without_cost"])
        lines.append(
            {
                "情景": titles[row["scenario_id"]],
                "改动": f"{int(row['actions'])} 项",
                "已知费用合计": known,
                "未填费用的改动": f"{missing} 项" if missing else "无",
            }
        )
    return pd.DataFrame(lines)


def verdicts_table(
    changed: Mapping[str, pd.DataFrame],
    titles: Mapping[str, str],
    targets: Sequence[Target],
) -> pd.DataFrame:
    """
    The targets whose verdict changes, scenario by scenario.

    Parameters
    ----------
    changed
        From `coverage.scenario.changed_verdicts`, by scenario id.
    titles
        As `coverage_table`.
    targets
        Those judged, for the direction in which they are met.

    Returns
    -------
    table
        情景, 指标, 单元, 目标, 现状值, 情景值, 现状结论, 情景结论, 情景缺口.
    """
    better = {one.target_id: one.better for one in targets}
    lines = []
    for scenario_id, verdicts in changed.items():
        for row in verdicts.to_dict("records"):
            before, after = (_at(row, end) for end in ("before", "after"))
            lines.append(
                {
                    "情景": titles[scenario_id],
                    "指标": plain_text(row["indicator"]),
                    "单元": plain_text(row["zone_name"]) or "全域",
                    "目标": target_text(row, better=better[row["target_id"]]),
                    "现状值": value_text(before),
                    "情景值": value_text(after),
                    "现状结论": verdict_text(row["verdict_before"]),
                    "情景结论": verdict_text(row["verdict_after"]),
                    "情景缺口": gap_text(after),
                }
            )
    return pd.DataFrame(lines)


def _at(row: Mapping[str, Any], end: str) -> dict[str, Any]:
    """One end of a change, as a row of `TARGETS_RESULT`; what is not known exactly is not known."""
    value = row[f"value_{end}"]
    bounds = {"value": value, "value_low": value, "value_high": value}
    return {**row, **bounds, "verdict": row[f"verdict_{end}"], "gap": row[f"gap_{end}"]}

"""A scenario beside the project as it is, in sentences and tables."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from coverage.numbers import number_text
from coverage.rules.choices import WHOLE_AREA
from coverage.scenario import (
    ACTION_NAMES,
    AMOUNT_COLUMNS,
    FacilityAction,
    changed_verdicts,
)
from reports.figures import minutes_text, people_text, share_text
from reports.place_words import PlaceWords, place_words
from reports.printing.stems import comparison_stem
from reports.target_figures import value_text
from reports.word.blocks import Block, Table, picture, referred, stopped, texts, word_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from coverage.scenario import Scenario
    from reports.report_content import ReportContent

NAMED: Final = 30
"""Actions of a list; the rest are counted."""


def scenario_blocks(content: ReportContent, pictures: Mapping[str, bytes]) -> list[Block]:
    """情景比较: what is done, who gains and who loses, how far people travel, what it costs."""
    if content.scenario is None or content.comparison is None:
        return []
    scenario, tables = content.scenario, content.comparison
    whole = tables.readings[
        (tables.readings["zone_id"] == WHOLE_AREA)
        & (tables.readings["scenario_id"] == scenario.scenario_id)
    ]
    figures = [
        block
        for standard in content.assessment.standards
        for block in picture(
            pictures,
            comparison_stem(standard, standard.readings[0]),
            caption=f"{standard.name}前后对比图",
            about="前后对比",
        )
    ]
    words = place_words(content.assessment.layers)
    said = f"情景“{word_text(scenario.name)}”共 {len(scenario.actions):,} 项动作。"
    blocks = [referred(said, figures)]
    blocks += texts(
        stopped(word_text(scenario.note)),
        _cost_sentence(tables.costs[tables.costs["scenario_id"] == scenario.scenario_id]),
    )
    blocks += _actions_table(content, scenario)
    names = _reading_names(content)
    if len(whole):
        blocks.append(_readings_table(whole, names, words))
        blocks += texts(*_changed_sentences(whole, names, words))
    blocks += _times_table(tables.times, names)
    blocks += _verdict_blocks(content)
    return [*blocks, *figures]


def _cost_sentence(costs: pd.DataFrame) -> str:
    if costs.empty:
        return ""
    row = costs.iloc[0]
    unknown = int(row["actions_without_cost"])
    besides = f"{unknown:,} 项没有写明费用，不按 0 计" if unknown else ""
    if math.isnan(row["cost"]):
        return f"{besides}。" if besides else ""
    return f"写明的费用合计 {number_text(row['cost'])} 万元{f'；{besides}' if besides else ''}。"


def _actions_table(content: ReportContent, scenario: Scenario) -> list[Block]:
    if not scenario.actions:
        return []
    names = dict(content.assessment.facilities["facility_name"])
    if content.after is not None:
        names |= dict(content.after.facilities["facility_name"])
    rows = []
    for at, action in enumerate(scenario.actions[:NAMED], start=1):
        if isinstance(action, FacilityAction):
            name = word_text(names.get(action.facility_id)) or word_text(action.name)
            kind = content.kinds.get(action.kind)
            amounts = [
                f"{AMOUNT_COLUMNS[column].title} {number_text(value)}"
                for column, value in action.amounts
            ]
            more = "，".join([*([kind.name] if kind else []), *amounts])
            cost = "—" if action.cost is None else number_text(action.cost)
            what = ACTION_NAMES[action.action]
            rows.append((str(at), what, name or word_text(action.facility_id), more, cost))
        else:
            rows.append((str(at), "道路变更", word_text(action.name), "", "—"))
    blocks: list[Block] = [
        Table(
            "情景的动作", ("序号", "动作", "对象", "内容", "费用（万元）"),
            tuple(rows), (12, 24, 50, 46, 24), "ccllr",
        )
    ]  # fmt: skip
    if len(scenario.actions) > NAMED:
        blocks += texts(f"其余 {len(scenario.actions) - NAMED:,} 项见情景文件。")
    return blocks


def _reading_names(content: ReportContent) -> dict[str, tuple[str, str]]:
    return {
        reading.reading_id: (standard.name, reading.name)
        for standard in content.assessment.standards
        for reading in standard.readings
    }


def _readings_table(
    whole: pd.DataFrame, names: Mapping[str, tuple[str, str]], words: PlaceWords
) -> Table:
    rows = tuple(
        (
            "：".join(names[row.reading_id]),
            _share(row.share_before),
            _share(row.share_after),
            _people(row.gained),
            _people(row.lost),
            f"{row.villages_gained:,}",
            f"{row.villages_lost:,}",
        )
        for row in whole.itertuples()
    )
    return Table(
        "情景前后的覆盖",
        ("标准和口径", "现状覆盖率", "情景覆盖率", "新增（人）", "失去（人）",
         f"新增{words.short}数", f"失去{words.short}数"),
        rows, (50, 20, 20, 20, 18, 14, 14), "lrrrrrr",
    )  # fmt: skip


def _changed_sentences(
    whole: pd.DataFrame, names: Mapping[str, tuple[str, str]], words: PlaceWords
) -> list[str]:
    told = []
    for row in whole.itertuples():
        standard, reading = names[row.reading_id]
        if row.villages_lost:
            told.append(
                f"{standard}按“{reading}”有 {row.villages_lost:,} 个{words.demand}"
                "由覆盖变为未覆盖。"
            )
    return told


def _times_table(times: pd.DataFrame, names: Mapping[str, tuple[str, str]]) -> list[Block]:
    if times.empty:
        return []
    rows = tuple(
        (
            word_text(row["scenario_name"]),
            "：".join(names[row["reading_id"]]),
            _minutes(row["median_s"]),
            _minutes(row["p90_s"]),
        )
        for _, row in times.iterrows()
    )
    return [
        Table(
            "情景前后的出行时间（按人口）",
            ("情景", "标准和口径", "一半的人在……以内", "九成的人在……以内"),
            rows, (36, 60, 30, 30), "llrr",
        )
    ]  # fmt: skip


def _verdict_blocks(content: ReportContent) -> list[Block]:
    """Targets of the whole study area whose verdict changes with the scenario."""
    if content.judged is None or content.judged_after is None:
        return []
    changed = changed_verdicts(content.judged, content.judged_after)
    changed = changed[changed["zone_id"] == WHOLE_AREA]
    if changed.empty:
        return texts("规划指标的结论没有变化。")
    rows = tuple(
        (
            word_text(row["indicator"]),
            *(
                value_text({**row, "value": row[f"value_{end}"], "value_low": math.nan,
                            "value_high": math.nan})
                for end in ("before", "after")
            ),
            row["verdict_before"],
            row["verdict_after"],
        )
        for _, row in changed.iterrows()
    )  # fmt: skip
    return [
        *texts(_unknown_now(changed)),
        Table(
            "结论有变化的指标", ("指标", "现状值", "情景值", "现状结论", "情景结论"),
            rows, (56, 26, 26, 24, 24), "lrrcc",
        )
    ]  # fmt: skip


def _unknown_now(changed: pd.DataFrame) -> str:
    """That a target without a verdict is no worse: what is added often has no beds or staff."""
    count = int((changed["verdict_after"] == "数据不足").sum())
    if not count:
        return ""
    return (
        f"有 {count:,} 项指标在情景中没有结论，不等于变差：多因新增的设施没有填写床位、人员等数量，"
        "补填后可重新核算。"
    )


def _share(share: float) -> str:
    return "未核算" if math.isnan(share) else share_text(share)


def _people(people: float) -> str:
    return "—" if math.isnan(people) else people_text(people).removesuffix(" 人")


def _minutes(seconds: Any) -> str:  # noqa: ANN401 - a cell, maybe pandas' own missing value
    return "—" if pd.isna(seconds) else minutes_text(float(seconds))

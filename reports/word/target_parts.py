"""Targets of plans, and the villages that they do not count, in sentences and tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from coverage.rules.choices import WHOLE_AREA
from coverage.rules.judging import VERDICTS
from reports.place_words import place_words
from reports.printing.stems import target_stem
from reports.target_figures import gap_text, target_text, value_text
from reports.word.blocks import Block, Heading, Table, Text, picture, texts, word_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from reports.report_content import ReportContent

NAMED: Final = 30
"""Villages of a list; the rest are counted."""

_JUDGED: Final = ("达标", "未达标", "尚未到期")
_OPEN: Final = (("数据不足", "missing", "缺什么"), ("未设目标", "target_note", "为什么没有目标"))
"""Verdicts that tell of nothing met or missed, with the column that says why."""


def target_blocks(content: ReportContent, pictures: Mapping[str, bytes]) -> list[Block]:
    """指标核算: every plan's targets with value, verdict, gap and clause."""
    if content.judged is None:
        return []
    values = content.judged.values
    whole = values[values["zone_id"] == WHOLE_AREA]
    better = {one.target_id: one.better for plan in content.plans for one in plan.targets}
    blocks: list[Block] = []
    figures: list[Block] = []
    for plan in content.plans:
        rows = whole[whole["plan_id"] == plan.plan_id]
        blocks.append(Heading(f"《{plan.title}》"))
        if rows.empty:
            blocks += texts("这项规划没有可核算的指标。")
            continue
        counts = rows["verdict"].value_counts()
        said = "，".join(f"{word} {counts[word]:,} 项" for word in VERDICTS if word in counts)
        blocks += texts(f"按 {content.year} 年核算，共 {len(rows):,} 项指标：{said}。")
        blocks += _plan_tables(plan.title, rows, better)
        for target_id, indicator in zip(rows["target_id"], rows["indicator"], strict=True):
            stem = target_stem(target_id, content.year)
            figures += picture(pictures, stem, caption=f"{indicator}达标图（{content.year} 年）")
    return [*blocks, *figures]


def _plan_tables(title: str, rows: pd.DataFrame, better: Mapping[str, str]) -> list[Block]:
    """What was judged with its clause; then what nobody can judge, and why."""
    judged = rows[rows["verdict"].isin(_JUDGED)]
    blocks: list[Block] = []
    if len(judged):
        table = tuple(
            (
                str(at),
                word_text(row["indicator"]),
                value_text(row),
                target_text(row, better=better.get(row["target_id"], "higher")),
                gap_text(row) or "—",
                row["verdict"],
                word_text(row["clause"]),
            )
            for at, (_, row) in enumerate(judged.iterrows(), start=1)
        )
        blocks.append(
            Table(
                f"《{title}》指标核算",
                ("序号", "指标", "现值", "目标", "缺口", "结论", "条款"),
                table, (10, 29, 18, 15, 18, 14, 52), "clrrrcl",
            )
        )  # fmt: skip
    for verdict, column, head in _OPEN:
        left = rows[rows["verdict"] == verdict]
        if left.empty:
            continue
        table = tuple(
            (str(at), word_text(row["indicator"]), value_text(row), word_text(row[column]) or "—")
            for at, (_, row) in enumerate(left.iterrows(), start=1)
        )
        caption = f"《{title}》{verdict}的指标"
        heads = ("序号", "指标", "现值", head)
        blocks.append(Table(caption, heads, table, (10, 52, 24, 70), "clrl"))
    if len(judged) < len(rows):
        blocks += texts("没有结论的指标，其条款见结果表 targets.csv。")
    return blocks


def waived_blocks(content: ReportContent, _: Mapping[str, bytes]) -> list[Block]:
    """豁免清单: villages that targets do not count, and why."""
    if content.judged is None or content.judged.waived.empty:
        return []
    waived = content.judged.waived
    names = {one.target_id: one.indicator for plan in content.plans for one in plan.targets}
    zones = content.assessment.layers.zones["zone_name"]
    words = place_words(content.assessment.layers)
    blocks = texts(f"下列 {len(waived):,} 条按豁免规则不计入指标的分母。")
    for target_id, rows in waived.groupby("target_id", sort=False):
        table = tuple(
            (
                str(at),
                word_text(row.item_name) or word_text(row.item_id),
                word_text(zones.get(row.zone_id, "")),
                word_text(row.reason),
            )
            for at, row in enumerate(rows.head(NAMED).itertuples(), start=1)
        )
        title = word_text(names.get(str(target_id), target_id))
        blocks.append(
            Table(
                f"“{title}”豁免的{words.demand}", ("序号", words.demand, words.zone, "原因"),
                table, (10, 28, 24, 94), "clll",
            )
        )  # fmt: skip
        if len(rows) > NAMED:
            blocks.append(Text(f"其余 {len(rows) - NAMED:,} 个见结果表 waived_units.csv。", "note"))
    return blocks

"""What became of the rows of a list: set aside, changed, placed by name, in a sentence each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coverage.notices import Notice
from layers.matching.addresses import TOWNSHIP_LEVEL, VILLAGE_LEVEL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from layers.checks.findings import Finding
    from layers.tables import SourceTable


def reading_notices(table: SourceTable, *, title: str) -> list[Notice]:
    """
    How a file was read, where that is not plain: which row is the header, what was passed over.

    Parameters
    ----------
    table
        As it was read.
    title
        What it holds, e.g. "需求点".
    """
    if not table.remarks:
        return []
    said = "".join(f"{remark.rstrip('。')}。" for remark in table.remarks)
    return [Notice("file_read_as", f"{title}「{table.name}」：{said}", len(table.remarks))]


def row_notices(
    table: SourceTable, findings: Sequence[Finding], *, title: str, used: int
) -> list[Notice]:
    """
    What became of the rows of a list, in a few sentences.

    Parameters
    ----------
    table
        As it was read.
    findings
        Of its rows.
    title
        What the list holds, e.g. "需求点".
    used
        Rows that are used.
    """
    what = f"{title}「{table.name}」"
    notices = []
    aside: dict[int | None, Finding] = {}
    for one in findings:
        if one.done == "set_aside":
            aside.setdefault(one.row, one)
    if aside:
        row = min(aside)
        text = (
            f"{what}的 {len(table)} 行里有 {len(aside)} 行放在一边，不参加计算"
            f"（首个在第 {row} 行：{aside[row].found}）；采用 {used} 行。"
            "请看问题清单，改正后重新读取。"
        )
        notices.append(Notice("rows_set_aside", text, len(aside)))
    changed = sorted(
        one.row
        for one in findings
        if one.done == "changed" and one.check != "placed_by_name" and one.row is not None
    )
    if changed:
        text = (
            f"{what}有 {len(changed)} 处改动后采用（首个在第 {changed[0]} 行）；"
            "来源文件没有改动。请看问题清单。"
        )
        notices.append(Notice("cells_changed", text, len(changed)))
    named = [one for one in findings if one.check == "placed_by_name" and one.done == "changed"]
    if named:
        near = sum(VILLAGE_LEVEL in one.found for one in named)
        text = (
            f"{what}有 {len(named)} 行没有坐标，按地名或区划代码落点"
            f"（{VILLAGE_LEVEL} {near} 行，{TOWNSHIP_LEVEL} {len(named) - near} 行），"
            "位置是近似的。请补填坐标，或在地图上标出位置。"
        )
        notices.append(Notice("placed_by_name", text, len(named)))
    stale = [one for one in findings if one.check == "stale_correction"]
    if stale:
        text = f"{what}有 {len(stale)} 条改正记录没有用上（首条：{stale[0].found}）。请看问题清单。"
        notices.append(Notice("corrections_stale", text, len(stale)))
    return notices

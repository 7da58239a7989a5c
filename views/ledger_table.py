"""The ledger on screen: rows read, used and set aside by file, and the findings as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd
import streamlit as st

from layers.checks.findings import DONE_NAMES
from reports.problem_list import PROBLEM_LIST_FILE, problem_list_bytes
from reports.safe_text import plain_text
from views.plain_text import escaped
from views.zone_table import ROW_HEIGHT_PX

if TYPE_CHECKING:
    from collections.abc import Sequence

    from layers.quality import Finding, Ledger

MOST_ROWS: Final = 300
"""Findings shown; all of them are in the download."""

EXCEL: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

CELL_LIMIT: Final = 120
"""Characters of a cell of the table."""

_COLOURS: Final = {"set_aside": "qt-missed", "changed": "qt-changed", "kept": "qt-unknown"}


def sums_html(ledger: Ledger, file: str, *, unit: str = "行") -> str:
    """Rows read = used + set aside of one file, as a line of numbers; text is escaped."""
    read, used = ledger.rows_read[file], ledger.rows_used[file]
    aside = ledger.rows_set_aside[file]
    found = sum(1 for one in ledger.findings if one.file == file)
    return (
        f'<div class="qt-sums"><span>读到 <b>{read:,}</b> {escaped(unit)}</span><span>=</span>'
        f"<span>采用 <b>{used:,}</b></span><span>+</span>"
        f'<span class="{"qt-missed" if aside else ""}">放在一边 <b>{aside:,}</b></span>'
        f'<span class="qt-faint">查出问题 {found:,} 处</span></div>'
    )


def finding_table(findings: Sequence[Finding], *, with_file: bool) -> pd.DataFrame:
    """
    Findings as a table, the first `MOST_ROWS`, those that set rows aside first.

    Parameters
    ----------
    findings
        In any order.
    with_file
        Whether the file stands in front: a table of several files.

    Returns
    -------
    table
        文件, 行, 处理, 名称, 列, 值, 问题, 怎样改, all text; 行, 列, 值 only where any has one.
    """
    fates = list(DONE_NAMES)
    shown = sorted(findings, key=lambda one: fates.index(one.done))[:MOST_ROWS]
    cells = [
        (
            one.file,
            "" if one.row is None else str(one.row),
            DONE_NAMES[one.done],
            one.record_name or one.record_id,
            one.column,
            one.value,
            f"{one.title}：{one.found}",
            one.remedy,
        )
        for one in shown
    ]
    columns = ["文件", "行", "处理", "名称", "列", "值", "问题", "怎样改"]
    table = pd.DataFrame(
        [[plain_text(cell, limit=CELL_LIMIT) for cell in row] for row in cells],
        columns=columns,
        dtype="str",
    )
    idle = [name for name in ("行", "列", "值") if not (table[name] != "").any()]
    return table.drop(columns=idle if with_file else ["文件", *idle])


def checks_found(findings: Sequence[Finding]) -> dict[str, str]:
    """Code -> "title（count 处）" of every check that found something, most first."""
    counts: dict[str, int] = {}
    titles = {one.check: one.title for one in findings}
    for one in findings:
        counts[one.check] = counts.get(one.check, 0) + 1
    ordered = sorted(counts, key=lambda check: -counts[check])
    return {check: f"{titles[check]}（{counts[check]:,} 处）" for check in ordered}


def chosen_findings(
    findings: Sequence[Finding], *, file: str | None, check: str | None, done: str | None
) -> list[Finding]:
    """The findings of a file, a check and a fate; None takes all."""
    return [
        one
        for one in findings
        if file in (None, one.file) and check in (None, one.check) and done in (None, one.done)
    ]


def show_findings(ledger: Ledger, *, key: str, files: Sequence[str], height_rows: int) -> None:
    """
    Filters and the table of findings.

    Parameters
    ----------
    ledger
        Of a project or a file.
    key
        Of the widgets.
    files
        To choose among; with one there is nothing to choose.
    height_rows
        Rows in sight.
    """
    if not ledger.findings:
        st.success("没有查出问题。")
        return
    several = len(files) > 1
    cells = st.columns([1.3, 1.3, 1] if several else [1.3, 1], gap="small")
    file = None
    if several:
        with cells[0]:
            file = _choice("文件", {one: one for one in files}, key=f"{key}-file")
    within = chosen_findings(ledger.findings, file=file, check=None, done=None)
    with cells[-2]:
        check = _choice("问题", checks_found(within), key=f"{key}-check-{file}")
    with cells[-1]:
        done = _choice("处理", DONE_NAMES, key=f"{key}-done")
    found = chosen_findings(within, file=None, check=check, done=done)
    table = finding_table(found, with_file=several)
    st.dataframe(
        table,
        hide_index=True,
        height=ROW_HEIGHT_PX * (min(max(len(table), 1), height_rows) + 1) + 3,
        column_config={
            "行": st.column_config.TextColumn(width=55),
            "文件": st.column_config.TextColumn(width=130),
            "处理": st.column_config.TextColumn(width=122),
            "名称": st.column_config.TextColumn(width=135),
            "列": st.column_config.TextColumn(width=80),
            "值": st.column_config.TextColumn(width=110),
            "问题": st.column_config.TextColumn(width=330),
        },
    )
    if len(found) > len(table):
        st.html(
            f'<div class="qt-faint">共 {len(found):,} 处，上表列出前 {len(table)} 处；'
            "全部在问题清单里。</div>"
        )


def problem_list_button(ledger: Ledger, *, label: str, key: str) -> None:
    """问题清单.xlsx, made when the button is pressed."""
    st.download_button(
        "下载问题清单.xlsx",
        lambda: problem_list_bytes(ledger, label=label),
        PROBLEM_LIST_FILE,
        EXCEL,
        key=key,
        on_click="ignore",
        type="primary",
        width="stretch",
    )


def _choice(label: str, names: dict[str, str], *, key: str) -> str | None:
    """One of several, or None for all of them."""
    wanted: str = st.selectbox(
        label,
        ["", *names],
        format_func=lambda name: names.get(name, f"全部{label}"),
        key=key,
        label_visibility="collapsed",
        filter_mode=None,
    )
    return wanted or None

"""Kinds of facilities as they were recognised, counted for the planner to look through."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

from reports.safe_text import plain_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from coverage.standards import FacilityKind
    from layers.tables import SourceTable

NAMED_ROWS: Final = 5
"""Unknown rows named in the sentence; the ledger has them all."""

NOT_COUNTED: Final = "不计入（不是这几类设施）"
UNKNOWN_KIND: Final = "认不出，放在一边"


def kind_counts(found: pd.DataFrame, kinds: Mapping[str, FacilityKind]) -> pd.DataFrame:
    """
    How many rows are of which kind, with the rule that decided most of them.

    Parameters
    ----------
    found
        From `layers.columns.facility_kinds.recognise_kinds`.
    kinds
        Facility kinds by code.

    Returns
    -------
    counts
        类别, 处数, 依据, 请核对 (rows whose rule is no certain one), most rows first.
    """
    names = found["kind"].map({code: kind.name for code, kind in kinds.items()})
    left_out = found["kind"].isna() & found["certain"]
    titles = names.fillna(UNKNOWN_KIND).mask(left_out, NOT_COUNTED)
    rows = []
    for title, part in found.groupby(titles, sort=False):
        rules = part["rule"].value_counts()
        doubtful = int((~part["certain"]).sum())
        more = f" 等 {len(rules)} 种" if len(rules) > 1 else ""
        told = plain_text(rules.index[0], limit=80) + more
        rows.append((title, len(part), told, f"{doubtful:,} 处" if doubtful else ""))
    rows.sort(key=lambda row: -row[1])
    return pd.DataFrame(rows, columns=["类别", "处数", "依据", "请核对"])


def unknown_names(found: pd.DataFrame, table: SourceTable, *, column: str | None) -> str:
    """
    A sentence that names the first rows whose kind is not known; "" where there are none.

    Parameters
    ----------
    found
        From `layers.columns.facility_kinds.recognise_kinds`.
    table
        The rows, in the same order.
    column
        Column of names, or None.
    """
    at = found.index[found["kind"].isna() & ~found["certain"]].tolist()
    if not at:
        return ""
    names = table.column(column) if column else pd.Series([""] * len(table))
    named = "、".join(
        f"第 {table.rows[each]} 行"
        + (f"“{plain_text(names.iloc[each])}”" if names.iloc[each] else "")
        for each in at[:NAMED_ROWS]
    )
    more = " 等" if len(at) > NAMED_ROWS else ""
    return (
        f"有 {len(at):,} 行认不出类别，将放在一边：{named}{more}。"
        "可以在文件里补“类别”一列，或分成几份名录，各选“整份名录是同一类”。"
    )

"""The fewest new sites of missed circle targets: a sentence, a table, the content of a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from coverage.numbers import number_text
from coverage.result_columns import LABEL
from coverage.target_contracts import NEW_SITES_RESULT
from reports.files import rounded
from reports.safe_text import plain_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from coverage.targets import LeastSites

NAMED = 5
"""Units that no place can serve which the sentence names; all of them are in the files."""


def least_sites_sentence(found: LeastSites) -> str:
    """
    How few new sites will do, whether that is proven, and what no site can serve.

    Parameters
    ----------
    found
        From `coverage.targets.least_new_sites`.
    """
    value, aim = number_text(found.value, beside=found.aim), number_text(found.aim)
    hopeless = len(found.unservable)
    names = "、".join(_name(row) for row in found.unservable.head(NAMED).to_dict("records"))
    more = "等" if hopeless > NAMED else ""
    who = f"{hopeless:,} 个对象从任何候选地点都服务不到：{names}{more}"
    if not found.sites:
        return f"新建也达不到目标 {aim}%：{who}。"
    if not found.reaches:
        return (
            f"新建也达不到目标 {aim}%：{who}。能服务到的全部覆盖，{_count_text(found)}，"
            f"届时为 {value}%。"
        )
    told = f"{_count_text(found)}，就达到目标 {aim}%（届时为 {value}%）。"
    return f"{told}另有 {who}。" if hopeless else told


def _count_text(found: LeastSites) -> str:
    if found.is_proven:
        return f"至少新建 {found.sites:,} 处（已证明最少）"
    return (
        f"至少新建 {found.at_least:,} 处，找到新建 {found.sites:,} 处的方案（限时内没有证明最少）"
    )


def _name(row: Mapping[str, Any]) -> str:
    return f"“{plain_text(row['item_name']) or plain_text(row['item_id'])}”"


def new_sites_table(least: Mapping[str, LeastSites]) -> pd.DataFrame:
    """
    Every proposed place of every target, most first.

    Parameters
    ----------
    least
        By target id.

    Returns
    -------
    table
        Columns of `NEW_SITES_RESULT` but for the label.
    """
    names = [one.name for one in NEW_SITES_RESULT.columns if one.name != LABEL]
    parts = [
        pd.DataFrame(one.places.drop(columns="geometry"))
        .reset_index()
        .assign(
            target_id=target_id,
            sites=one.sites,
            at_least=one.at_least,
            reaches=one.reaches,
            unit=one.gap_unit,
        )[names]
        for target_id, one in least.items()
        if one.sites
    ]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=names)


def least_sites_content(found: LeastSites) -> dict[str, Any]:
    """
    The fewest new sites of one target for `targets.json`.

    Parameters
    ----------
    found
        From `coverage.targets.least_new_sites`.
    """
    places = rounded(pd.DataFrame(found.places.drop(columns="geometry")).reset_index())
    return {
        "sites": found.sites,
        "at_least": found.at_least,
        "is_proven": found.is_proven,
        "reaches": found.reaches,
        "value": round(found.value, 6),
        "sentence": least_sites_sentence(found),
        "places": places.to_dict("records"),
        "unservable": found.unservable["item_id"].tolist(),
    }

"""Tables over many targets: zones side by side, and two plans side by side."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from coverage.rules.choices import WHOLE_AREA
from reports.safe_text import plain_text
from reports.target_figures import (
    FILLS,
    MARKS,
    gap_text,
    target_text,
    value_text,
    verdict_text,
)
from views.targets_parts import values_by_year
from views.targets_table import INK, NAME

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pandas.io.formats.style import Styler

    from coverage.rules.held_against import Answered
    from coverage.rules.target import Target

AIM: Final = "目标"
WHOLE: Final = "全域"

NOTHING: Final = "—"
"""A zone with nothing to count: it is neither good nor bad, and no data are lacking."""

FAINT: Final = "#8a949d"


def heat_table(
    values: pd.DataFrame, answered: Sequence[Answered]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """
    Targets x zones: values to read and verdicts to colour by.

    Only ratios whose zones have a value of their own: a sum over a city tells nothing of a zone.

    Parameters
    ----------
    values
        `Judged.values`.
    answered
        The targets in it.

    Returns
    -------
    texts, verdicts
        Alike in shape: a row per target, the columns 指标, 目标, 全域 and a column per zone.
        A value has the sign of its verdict in front, so that no colour is needed. A zone without
        anything to count has `NOTHING`, and "" for a verdict.
    """
    shown = [one for one in answered if one.answer.is_ratio and one.answer.by_zone]
    shown = [one for one in shown if not one.answer.missing and not one.target.is_total]
    zones = values.loc[values["zone_id"] != WHOLE_AREA, ["zone_id", "zone_name"]].drop_duplicates()
    titles = {WHOLE_AREA: WHOLE, **_titles(zones)}
    records = {key: list(rows.to_dict("records")) for key, rows in values.groupby("target_id")}
    texts, verdicts = [], []
    for one in shown:
        rows = records[one.target.target_id]
        first = rows[0]
        head = {
            NAME: plain_text(one.target.indicator),
            AIM: target_text(first, better=one.target.better),
        }
        cells = {titles[row["zone_id"]]: _cell(row) for row in rows}
        texts.append({**head, **cells})
        told = {titles[row["zone_id"]]: "" if _has_nothing(row) else row["verdict"] for row in rows}
        verdicts.append({**dict.fromkeys(head, ""), **told})
    columns = [NAME, AIM, *titles.values()]
    return pd.DataFrame(texts, columns=columns), pd.DataFrame(verdicts, columns=columns)


def _titles(zones: pd.DataFrame) -> dict[str, str]:
    """Names of zones; with the code where two have the same."""
    names = zones["zone_name"].map(plain_text)
    twice = names.duplicated(keep=False) | names.isin([NAME, AIM, WHOLE, ""])
    return {
        zone_id: f"{name}（{plain_text(zone_id)}）" if is_twice else name
        for zone_id, name, is_twice in zip(zones["zone_id"], names, twice, strict=True)
    }


def _has_nothing(row: Mapping[str, Any]) -> bool:
    return bool(row["units"] == 0 and math.isnan(row["value"]))


def _cell(row: Mapping[str, Any]) -> str:
    if _has_nothing(row):
        return NOTHING
    # Percent stays a percent while it is written: 0 to 100 of them tell nothing.
    unit = row["unit"] if row["unit"] == "%" else ""
    value = value_text({**row, "unit": unit}).replace("至少 ", "≥").removesuffix("%")
    return f"{MARKS[row['verdict']]} {value}"


def heat_styled(texts: pd.DataFrame, verdicts: pd.DataFrame) -> Styler:
    """The values on the colour of their verdicts."""

    def styles(_: pd.DataFrame) -> pd.DataFrame:
        filled = verdicts.map(
            lambda word: f"background-color: {FILLS[word]}; color: {INK}" if word in FILLS else ""
        )
        is_nothing = texts.eq(NOTHING) & verdicts.eq("")
        is_nothing[[NAME, AIM]] = False
        return filled.mask(is_nothing, f"color: {FAINT}")

    return texts.style.apply(styles, axis=None)


def pairs_of(one: Sequence[Target], other: Sequence[Target]) -> list[tuple[Target, Target]]:
    """Targets of two plans that set the same indicator, in the order of the first plan."""
    return [
        (first, second)
        for first in one
        for second in other
        if first.indicator_id and first.indicator_id == second.indicator_id
    ]


def pair_table(
    pairs: Sequence[tuple[Target, Target]], rows: Mapping[str, Mapping[str, Any]]
) -> pd.DataFrame:
    """
    Two plans side by side.

    Parameters
    ----------
    pairs
        From `pairs_of`.
    rows
        Target id -> its row of the whole study area.

    Returns
    -------
    table
        指标; for each plan 目标, 现值, 结论, 缺口; last 各年目标 of each.
    """
    lines = []
    for first, second in pairs:
        one, other = rows[first.target_id], rows[second.target_id]
        lines.append(
            {
                NAME: plain_text(first.indicator),
                "甲：目标": target_text(one, better=first.better),
                "甲：现值": value_text(one),
                "甲：结论": verdict_text(one["verdict"]),
                "甲：缺口": gap_text(one),
                "乙：目标": target_text(other, better=second.better),
                "乙：现值": value_text(other),
                "乙：结论": verdict_text(other["verdict"]),
                "乙：缺口": gap_text(other),
                "甲：各年目标": values_by_year(first),
                "乙：各年目标": values_by_year(second),
            }
        )
    return pd.DataFrame(lines)

"""What the command `targets` says: how many of each verdict, and the largest gaps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from coverage.rules.choices import WHOLE_AREA
from coverage.rules.judging import VERDICTS
from reports.target_figures import gap_text, target_text, value_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from coverage.rules.target import Plan

LARGEST: Final = 3
"""Gaps that are told in the lines; all of them stand in the files."""


def target_lines(values: pd.DataFrame, *, plans: Sequence[Plan], year: int) -> list[str]:
    """
    A few lines on plans held against a year.

    Parameters
    ----------
    values
        `coverage.targets.Judged.values`.
    plans
        The plans they are of.
    year
        The year chosen.

    Returns
    -------
    lines
        One for each plan, one for the largest gaps.
    """
    whole = values[values["zone_id"] == WHOLE_AREA]
    better = {one.target_id: one.better for plan in plans for one in plan.targets}
    lines = []
    for plan in plans:
        verdicts = whole.loc[whole["plan_id"] == plan.plan_id, "verdict"]
        counts = verdicts.value_counts()
        said = "，".join(f"{word} {counts[word]}" for word in VERDICTS if word in counts)
        lines.append(f"《{plan.title}》{year} 年：共 {len(verdicts)} 项，{said or '没有指标'}")
    for place, (_, row) in enumerate(largest_gaps(whole).iterrows(), start=1):
        aim = target_text(row, better=better.get(row["target_id"], "higher"))
        lines.append(
            f"缺口之{place}：{row['indicator']}，现值 {value_text(row)}，目标 {aim}，"
            f"差 {gap_text(row)}"
        )
    return lines


def largest_gaps(whole: pd.DataFrame) -> pd.DataFrame:
    """
    The targets that are missed by most, measured by the target itself: gaps have many units.

    Parameters
    ----------
    whole
        Rows of the whole study area.

    Returns
    -------
    rows
        Those missed whose value is known, at most `LARGEST`.
    """
    missed = whole[(whole["verdict"] == "未达标") & (whole["gap"] > 0) & whole["value"].notna()]
    size = missed["target"].abs().where(missed["target"] != 0, 1.0)
    behind = ((missed["target"] - missed["value"]).abs() / size).sort_values(
        ascending=False, kind="stable"
    )
    return missed.loc[behind.index[:LARGEST]]

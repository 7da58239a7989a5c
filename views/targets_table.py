"""The table of targets: what is shown of each, and which of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from coverage.rules.choices import WHOLE_AREA
from coverage.rules.judging import VERDICTS
from layers.planning.words import RULES
from reports.safe_text import plain_text
from reports.target_figures import FILLS, gap_text, target_text, value_text, verdict_text
from views.targets_bar import bar_image

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pandas.io.formats.style import Styler

    from coverage.rules.target import Target

INK: Final = "#1d2a35"

ORDER: Final = ("未达标", "尚未到期", "达标", "未设目标", "数据不足")
"""Of the counts: what asks for action comes first."""

NAME: Final = "指标"
VERDICT: Final = "结论"
BAR: Final = "基期 → 目标"


@dataclass(frozen=True)
class Wanted:
    """
    Which targets are shown; "" for any.

    Parameters
    ----------
    verdict, rule, binding
        As the targets have them.
    text
        Part of the name, the clause or the id.
    """

    verdict: str = ""
    rule: str = ""
    binding: str = ""
    text: str = ""


def whole_rows(values: pd.DataFrame) -> pd.DataFrame:
    """The rows of the whole study area, one for each target, in the catalogue's order."""
    return values[values["zone_id"] == WHOLE_AREA].reset_index(drop=True)


def decided_first(whole: pd.DataFrame) -> pd.DataFrame:
    """
    The order in which targets are shown: what the data can decide, then what is typed in.

    Parameters
    ----------
    whole
        From `whole_rows`.

    Returns
    -------
    rows
        Of `whole`: targets that are computed before reported figures; within each the verdicts in
        the order of `ORDER`, and within a verdict the plan's own order.
    """
    keys = pd.DataFrame(
        {"typed": whole["rule"] == "reported", "rank": whole["verdict"].map(ORDER.index)}
    )
    order = keys.sort_values(["typed", "rank"], kind="stable").index
    return whole.loc[order].reset_index(drop=True)


def verdict_counts(whole: pd.DataFrame) -> dict[str, int]:
    """How many targets have each verdict, in `ORDER`; all verdicts are there."""
    counts = whole["verdict"].value_counts()
    return {word: int(counts.get(word, 0)) for word in ORDER if word in VERDICTS}


def chosen_rows(whole: pd.DataFrame, targets: Mapping[str, Target], wanted: Wanted) -> pd.DataFrame:
    """
    The targets that are wanted.

    Parameters
    ----------
    whole
        From `whole_rows`.
    targets
        By id; all of `whole` are there.
    wanted
        Which.

    Returns
    -------
    rows
        Of `whole`, in its order.
    """
    keep = []
    text = wanted.text.strip().casefold()
    for row in whole.itertuples(index=False):
        target = targets[row.target_id]
        told = f"{target.indicator} {target.clause.quote} {target.target_id}".casefold()
        keep.append(
            wanted.verdict in ("", row.verdict)
            and wanted.rule in ("", row.rule)
            and wanted.binding in ("", target.binding)
            and text in told
        )
    return whole[pd.Series(keep, index=whole.index, dtype=bool)]


def rules_present(whole: pd.DataFrame) -> dict[str, str]:
    """Rule -> Chinese name, of those that occur, in the order of the rules."""
    present = set(whole["rule"])
    return {rule: form.title for rule, form in RULES.items() if rule in present}


def target_table(
    rows: pd.DataFrame, targets: Mapping[str, Target], *, plans: Mapping[str, str]
) -> pd.DataFrame:
    """
    The table as it is shown.

    Parameters
    ----------
    rows
        From `chosen_rows`.
    targets
        By id.
    plans
        Plan id -> what it is called; the column is there only with several.

    Returns
    -------
    table
        One row per target, in order; every text is readable and runs nothing.
    """
    cells = [_cells(row, targets[row["target_id"]]) for row in rows.to_dict("records")]
    columns = [VERDICT, NAME, "现值", "目标", BAR, "缺口", "性质"]
    table = pd.DataFrame(cells, columns=columns)
    if len(plans) > 1:
        table["规划"] = [plain_text(plans[one]) for one in rows["plan_id"]]
    return table


def _cells(row: Mapping[str, Any], target: Target) -> tuple[str, ...]:
    return (
        verdict_text(str(row["verdict"])),
        plain_text(row["indicator"]),
        value_text(row),
        target_text(row, better=target.better),
        bar_image(row, better=target.better),
        gap_text(row),
        target.binding,
    )


def painted(table: pd.DataFrame, columns: Sequence[str]) -> Styler:
    """The table with the cells of these columns filled by the verdict that they begin with."""
    fills = {verdict_text(word): fill for word, fill in FILLS.items()}

    def style(text: object) -> str:
        fill = fills.get(str(text))
        return f"background-color: {fill}; color: {INK}" if fill else ""

    return table.style.map(style, subset=list(columns))


def year_options(targets: Sequence[Target], *, given: Sequence[int] = ()) -> list[int]:
    """The years to choose from: those that plans usually name, and those of these targets."""
    years = {one.year for target in targets for one in (*target.values, *target.baseline)}
    return sorted({2020, 2025, 2030, *years, *given})


def first_year(targets: Sequence[Target]) -> int:
    """The year that most of the targets are set for; the earlier of equals."""
    years = [one.year for target in targets for one in target.values]
    return max(sorted(set(years)), key=years.count) if years else 2025

"""Targets held against a year, as tables: a row per target and zone, a row per failing unit."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from coverage.result_columns import LABEL
from coverage.rules.aims import aim_of, zone_aim
from coverage.rules.choices import WHOLE_AREA
from coverage.rules.failing_units import failing_units
from coverage.rules.held_against import Answered, Held, held_against
from coverage.rules.plan_area import whole_area_remark
from coverage.target_contracts import FAILING_UNITS_RESULT, TARGETS_RESULT, WAIVED_RESULT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from coverage.contracts import Contract
    from coverage.rules.answer import Answer
    from coverage.rules.closing_gap import LeastSites
    from coverage.rules.study import TargetStudy
    from coverage.rules.target import Target

__all__ = ["Answered", "Judged", "judge"]

_COUNTED: Final = {"items": "", "failing": "_failing", "unknown": "_unknown", "waived": "_waived"}
"""Count of a zone's items -> the end of its column in the table of values."""


@dataclass(frozen=True, eq=False)
class Judged:
    """
    Targets held against a year.

    Parameters
    ----------
    values
        One row per target and zone, the whole study area ("") first: `TARGETS_RESULT`.
    failing
        One row per unit that fails or of which it is not known: `FAILING_UNITS_RESULT`.
    waived
        One row per target and village that is not counted: `WAIVED_RESULT`.
    least
        The fewest new sites of missed circles by target id (`coverage.rules.closing_gap`), where
        they were worked out.
    """

    values: pd.DataFrame
    failing: pd.DataFrame
    waived: pd.DataFrame
    least: Mapping[str, LeastSites] = field(default_factory=dict)


def judge(
    study: TargetStudy, answered: Sequence[Answered], *, year: int, interpolate: bool = False
) -> Judged:
    """
    Verdict, gap and failing units of targets in a year.

    Parameters
    ----------
    study
        The study area the answers are about.
    answered
        From `coverage.targets.answer_targets`.
    year
        The year chosen.
    interpolate
        Whether years between two of a plan's years have a target of their own, on a straight line.

    Returns
    -------
    judged
        Every target has a row for the study area and one for each zone.
    """
    names = {WHOLE_AREA: study.layers.name, **study.layers.zones["zone_name"]}
    rows: list[dict[str, Any]] = []
    failing: list[pd.DataFrame] = []
    waived: list[pd.DataFrame] = []
    for one in answered:
        aim = aim_of(study, one.target, year=year, interpolate=interpolate)
        of_zones = zone_aim(one.target, aim, one.answer)
        held = {
            zone_id: held_against(one, zone_id, aim=of_zones if zone_id else aim, year=year)
            for zone_id in (WHOLE_AREA, *one.sums.index[:-1])
        }
        rows += _rows(one, held, names, year, remark=whole_area_remark(study, one.target))
        failing.append(failing_units(one.target, one.answer, held, names))
        if len(one.answer.waived):
            waived.append(one.answer.waived.assign(target_id=one.target.target_id))
    return Judged(
        _table(pd.DataFrame(rows), TARGETS_RESULT),
        _table(_stacked(failing), FAILING_UNITS_RESULT),
        _table(_stacked(waived), WAIVED_RESULT),
    )


def _rows(
    one: Answered, held: Mapping[str, Held], names: Mapping[str, str], year: int, *, remark: str
) -> list[dict[str, Any]]:
    """The rows of one target, the whole study area first."""
    common = _common(one.target, one.answer, year)
    return [
        {
            **common,
            **_measured(of_zone),
            "zone_id": zone_id,
            "zone_name": names[zone_id],
            "notes": _joined(remark, *one.answer.notes, of_zone.note, one.target.note),
            **{f"units{end}": int(one.by_zone[zone_id][count]) for count, end in _COUNTED.items()},
        }
        for zone_id, of_zone in held.items()
    ]


def _common(target: Target, answer: Answer, year: int) -> dict[str, Any]:
    """What stands in every row of a target."""
    baseline = target.baseline[-1] if target.baseline else None
    return {
        "target_id": target.target_id,
        "plan_id": target.plan_id,
        "indicator": target.indicator,
        "rule": target.rule,
        "year": year,
        "unit": target.unit,
        "gap_unit": target.gap_unit,
        "baseline": np.nan if baseline is None else baseline.value,
        "baseline_year": None if baseline is None else baseline.year,
        "clause": clause_text(target),
        "recipe": answer.recipe,
    }


def clause_text(target: Target) -> str:
    """Place and words of a clause; with the row of the table that its numbers stand in."""
    row = f"（表中一行：{target.table_row}）" if target.table_row else ""
    return f"{target.clause.section}：{target.clause.quote}{row}"


def _measured(held: Held) -> dict[str, Any]:
    """Value, verdict and gap of one zone."""
    aim = held.aim
    return {
        "value": held.low if held.is_exact else np.nan,
        "value_low": held.low,
        "value_high": held.high,
        "target": np.nan if aim.value is None else aim.value,
        "target_year": aim.due,
        "target_note": aim.note,
        "verdict": held.verdict,
        "gap": held.gap,
        "numerator": held.numerator,
        "denominator": held.denominator,
        "missing": _joined(*held.missing),
    }


def _joined(*sentences: str) -> str:
    return "；".join(filter(None, sentences))


def _stacked(tables: list[pd.DataFrame]) -> pd.DataFrame:
    filled = [table for table in tables if len(table)]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame()


def _table(table: pd.DataFrame, contract: Contract) -> pd.DataFrame:
    """The table with the contract's columns in its order; years stay whole beside empty cells."""
    columns = [column for column in contract.columns if column.name != LABEL]
    whole = [column.name for column in columns if column.dtype == "whole"]
    table = table.reindex(columns=[column.name for column in columns])
    return table.astype(dict.fromkeys(whole, "Int64"))

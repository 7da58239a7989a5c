"""The units behind a verdict: which fail, and of which nobody knows."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from coverage.numbers import number_text
from coverage.rules.judging import is_met
from coverage.rules.sums import is_failing, is_open

if TYPE_CHECKING:
    from collections.abc import Mapping

    from coverage.rules.answer import Answer
    from coverage.rules.held_against import Held
    from coverage.rules.target import Target

FAILS: Final = "未达标"
OPEN: Final = "无法判断"

UNIT_NAMES: Final = {"item_type": "unit_type", "item_id": "unit_id", "item_name": "unit_name"}


def failing_units(
    target: Target, answer: Answer, held: Mapping[str, Held], names: Mapping[str, str]
) -> pd.DataFrame:
    """
    The units of a target that fail, and those nobody knows of.

    Parameters
    ----------
    target, answer
        Question and answer.
    held
        Every zone, and "" for the whole study area, held against what is asked of it.
    names
        Zone id -> its name.

    Returns
    -------
    units
        `target_id`, `zone_id`, `unit_type`, `unit_id`, `unit_name`, `status`, `short` (NaN where
        nobody knows how much), `unit`, `reason`: the items of a share that do not count, else the
        zones whose own value is short of what is asked; then the items not known in full.
    """
    items = answer.items
    if items.empty:
        return _told(_failing_zones(target, held, names), target)
    open_ = is_open(items)
    if answer.is_share:
        fails = is_failing(items)
        short = (items["whole_low"] - items["part_low"]).where(~open_)
        failing = items[fails].assign(short=short[fails], status=FAILS)
        open_ &= ~fails
    else:
        failing = _failing_zones(target, held, names)
    unknown = items[open_].assign(short=np.nan, status=OPEN)
    filled = [table for table in (failing, unknown) if len(table)]
    both = pd.concat(filled, ignore_index=True) if filled else failing
    return _told(both, target)


def _told(units: pd.DataFrame, target: Target) -> pd.DataFrame:
    """The units under the names of the table, with what they are units of."""
    named = units.rename(columns=UNIT_NAMES)
    return named.assign(target_id=target.target_id, unit=target.gap_unit) if len(named) else named


def _failing_zones(
    target: Target, held: Mapping[str, Held], names: Mapping[str, str]
) -> pd.DataFrame:
    """Zones whose own value is short of what is asked of them, whatever is not known."""
    rows = []
    for zone_id, one in held.items():
        aim = one.aim.value
        if not zone_id or aim is None or math.isnan(one.low) or math.isnan(one.high):
            continue
        if any(is_met(value, aim, better=target.better) for value in (one.low, one.high)):
            continue
        low, high = (number_text(value, beside=aim) for value in (one.low, one.high))
        value = low if one.is_exact else f"{low}—{high}"
        reason = f"{value} {target.unit}，目标 {number_text(aim)} {target.unit}"
        rows.append(("zone", zone_id, names[zone_id], zone_id, reason, one.gap, FAILS))
    columns = ["item_type", "item_id", "item_name", "zone_id", "reason", "short", "status"]
    return pd.DataFrame(rows, columns=columns)

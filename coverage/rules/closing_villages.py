"""How many of the villages that fail must be mended before a target is met."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from coverage.numbers import NOISE

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class ClosingVillages:
    """
    The villages that fail, those short of most first.

    Parameters
    ----------
    rows
        Of `coverage.target_contracts.FAILING_UNITS_RESULT`, and `summed`: what they are short of,
        added up as far as each of them.
    enough
        How many of the first together close the gap; 0 where there is none, where it is not
        known, or where all of them do not.
    """

    rows: pd.DataFrame
    enough: int


def closing_villages(villages: pd.DataFrame, *, gap: float) -> ClosingVillages:
    """
    Add up what villages are short of, most first, until the gap is closed.

    Parameters
    ----------
    villages
        Rows of `FAILING_UNITS_RESULT` that are demand points of one target; one whose people
        nobody knows (`short` NaN) adds nothing and stands last.
    gap
        Of the whole study area, in the same unit; NaN = unknown.
    """
    rows = villages.sort_values("short", ascending=False, kind="stable", na_position="last")
    rows = rows.assign(summed=rows["short"].fillna(0.0).cumsum().astype(float))
    # Sums in another order than the gap's differ in their last bits.
    least = gap - NOISE * max(1.0, abs(gap))
    place = int(np.searchsorted(rows["summed"].to_numpy(), least))
    is_closed = gap > 0 and place < len(rows)
    return ClosingVillages(rows, place + 1 if is_closed else 0)

"""What a planner reads of a reading that is being tried: zone by zone, and for one facility."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from coverage.people.breakdown import WHOLE_AREA
from coverage.percent import shown_percent

if TYPE_CHECKING:
    from coverage.studies.live_reading import LiveReading

SLIGHT: Final = 0.01
"""Percentage points that stand for a change too small to show."""


def shown_points(before: float, after: float, *, target: float = 1.0) -> float:
    """
    The difference of two shares as they are shown, so that a reader can subtract them.

    Parameters
    ----------
    before, after
        In [0, 1]; NaN = unknown.
    target
        As `coverage.percent.shown_percent`.

    Returns
    -------
    points
        Percentage points in tenths; plus or minus `SLIGHT` where the shares differ and show
        alike; NaN where one of them is unknown.

    Examples
    --------
    >>> shown_points(0.8346, 0.8504), shown_points(0.5, 0.5002), shown_points(0.5, 0.5)
    (1.5, 0.01, 0.0)
    """
    if np.isnan(before) or np.isnan(after):
        return float("nan")
    shown = [shown_percent(share, target=target) for share in (before, after)]
    # Adding 0 turns -0.0 into 0.0.
    points = round(shown[1] - shown[0], 1) + 0.0
    return points or SLIGHT * float(np.sign(after - before))


def zone_steps(before: LiveReading, after: LiveReading) -> pd.DataFrame:
    """
    Coverage by zone before and after.

    Parameters
    ----------
    before, after
        Two states of the same reading.

    Returns
    -------
    steps
        Indexed by `zone_id`, the whole area left out: `zone_name`, `population`,
        `percent_before`, `percent_after` (as shown), `points` (`shown_points`), `covered_step`
        (persons), `villages_before`, `villages_after`, `uncovered` (persons afterwards); NaN =
        unknown. Zones that change come first, those where most people do on top, then those
        with most people still uncovered.
    """
    old, new = (
        one.zones[one.zones["zone_id"] != WHOLE_AREA].set_index("zone_id")
        for one in (before, after)
    )
    new = new.reindex(old.index)
    target = before.standard.target
    step = new["covered"] - old["covered"]
    table = pd.DataFrame(
        {
            "zone_name": old["zone_name"],
            "population": new["population"],
            "percent_before": [shown_percent(one, target=target) for one in old["share"]],
            "percent_after": [shown_percent(one, target=target) for one in new["share"]],
            "points": [
                shown_points(was, now, target=target)
                for was, now in zip(old["share"], new["share"], strict=True)
            ],
            "covered_step": step,
            "villages_before": old["villages_covered"],
            "villages_after": new["villages_covered"],
            "uncovered": new["population"] - new["covered"],
        }
    )
    moved = step.fillna(0.0)
    # a reading that claims nothing covers none: it is no change to leave it at that
    was, now = (table[name].fillna(0) for name in ("villages_before", "villages_after"))
    changed = (moved != 0) | (was != now).astype(bool)
    order = np.lexsort((-table["uncovered"].fillna(0.0), -moved.abs(), ~changed))
    return table.iloc[order]


def served_by(live: LiveReading, facility_id: str) -> tuple[int, float]:
    """
    For whom a facility is the nearest within the cutoff.

    Parameters
    ----------
    live
        The reading.
    facility_id
        Of any facility.

    Returns
    -------
    villages, people
        Demand points that the standard is about, and persons of its group: 0 where there is no
        such point, NaN where nobody knows of any how many live there.
    """
    nearest = live.demand.loc[live.weighed.index, "facility_id"]
    people = live.weighed.loc[nearest == facility_id, "population"]
    return len(people), float(people.sum(min_count=1)) if len(people) else 0.0

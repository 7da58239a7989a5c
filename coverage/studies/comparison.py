"""Two assessments of the same demand side by side: who gains, who loses, by how much."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from coverage.errors import DemandError
from coverage.measures import is_counted
from coverage.studies.study import measured_readings
from coverage.studies.study_trips import cost_of

if TYPE_CHECKING:
    from coverage.standards import Reading, Standard
    from coverage.studies.study import Assessment

GAINED = "gained"
LOST = "lost"


@dataclass(frozen=True, eq=False)
class Comparison:
    """
    What changes from one assessment to another.

    Parameters
    ----------
    readings
        One row per reading and zone, and one per reading for the whole study area with `zone_id`
        "": `standard_id`, `reading_id`, `zone_id`, `zone_name`, `share_before`, `share_after`
        (in [0, 1]; NaN where unknown), `gained`, `lost` (persons of the standard's group; NaN
        where villages change and nobody knows how many live there), `villages_gained`,
        `villages_lost` (demand points).
    villages
        One row per reading and demand point whose verdict changes: `reading_id`, `demand_id`,
        `demand_name`, `zone_id`, `population`, `change` ("gained" or "lost"), `before` and
        `after` (seconds or metres, as the cutoff).
    """

    readings: pd.DataFrame
    villages: pd.DataFrame


def compare(before: Assessment, after: Assessment) -> Comparison:
    """
    Compare two assessments of the same demand by the same standards.

    Parameters
    ----------
    before, after
        E.g. the roads as they are and with a new bridge. Targets may differ, readings may not.

    Returns
    -------
    comparison
        Readings and zones in the order of `before`.

    Raises
    ------
    DemandError
        If the demand points or the readings are not the same.
    """
    pairs = _readings(before)
    same_demand = before.demand.index.equals(after.demand.index)
    if not same_demand or [r for _, r in pairs] != [r for _, r in _readings(after)]:
        msg = "两次评估的需求点或口径不同，不能比较。请用同一个项目的结果。"
        raise DemandError(msg)
    villages = pd.concat(
        [_changed(before, after, standard, reading) for standard, reading in pairs],
        ignore_index=True,
    )
    keys = ["standard_id", "reading_id", "zone_id"]
    readings = before.zones[[*keys, "zone_name", "share"]].rename(columns={"share": "share_before"})
    shares = after.zones.set_index(["reading_id", "zone_id"])["share"]
    place = pd.MultiIndex.from_frame(readings[["reading_id", "zone_id"]])
    readings = readings.assign(share_after=shares.reindex(place).to_numpy())
    for change in (GAINED, LOST):
        people, count = _sums(villages[villages["change"] == change])
        readings[change] = people.reindex(place).fillna(0.0).to_numpy()
        readings[f"villages_{change}"] = count.reindex(place).fillna(0).astype(int).to_numpy()
        unknown = count.reindex(place).notna().to_numpy() & people.reindex(place).isna().to_numpy()
        readings.loc[unknown, change] = np.nan
    return Comparison(readings.reset_index(drop=True), villages)


def _changed(
    before: Assessment, after: Assessment, standard: Standard, reading: Reading
) -> pd.DataFrame:
    """The demand points that a standard is about and whose verdict changes."""
    prefix = f"{reading.reading_id}_"
    known = [reading in measured_readings(each.layers, standard) for each in (before, after)]
    was, now = before.demand[f"{prefix}covered"], after.demand[f"{prefix}covered"]
    # A reading that claims nothing before or after has neither gains nor losses.
    changed = (was != now) & is_counted(before.demand, standard) & all(known)
    demand = before.demand[changed]
    cost = f"{prefix}{cost_of(reading)}"
    people = demand.get(standard.demand_group, pd.Series(np.nan, index=demand.index))
    return pd.DataFrame(
        {
            "reading_id": reading.reading_id,
            "demand_id": demand.index.to_numpy(dtype=object),
            "demand_name": demand["demand_name"].to_numpy(),
            "zone_id": demand["zone_id"].to_numpy(),
            "population": people.to_numpy(dtype=float),
            "change": np.where(now[changed], GAINED, LOST),
            "before": before.demand.loc[changed, cost].to_numpy(),
            "after": after.demand.loc[changed, cost].to_numpy(),
        }
    )


def _sums(villages: pd.DataFrame) -> tuple[pd.Series[float], pd.Series[int]]:
    """People and number of villages by reading and zone, the whole study area as zone ""."""
    both = pd.concat([villages, villages.assign(zone_id="")])
    groups = both.groupby(["reading_id", "zone_id"])["population"]
    return groups.sum(min_count=1), groups.size()


def _readings(assessment: Assessment) -> list[tuple[Standard, Reading]]:
    return [(each, reading) for each in assessment.standards for reading in each.readings]

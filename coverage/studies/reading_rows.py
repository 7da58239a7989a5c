"""From the trips of a reading to its verdicts and to its rows of the zones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from coverage.error_band import band_by_zone, verdicts
from coverage.measures import zone_table
from coverage.requests import TOLERANCE
from coverage.studies.study_trips import cost_of

if TYPE_CHECKING:
    from coverage.standards import Reading, Standard

PEOPLE_COLUMNS: Final = (
    "covered", "share", "gap", "covered_low", "share_low", "covered_high", "share_high",
)  # fmt: skip
"""What a zone's row leaves open of people where there is nothing to be near."""

VILLAGE_COLUMNS: Final = ("villages_covered", "villages_low", "villages_high")
"""What it leaves open of demand points then, as their share."""


def with_verdict(trips: pd.DataFrame, reading: Reading) -> pd.DataFrame:
    """
    The trips with what they mean.

    Parameters
    ----------
    trips
        From `coverage.studies.study_trips.StudyTrips.trips`.
    reading
        Its cutoff decides, inclusive.

    Returns
    -------
    trips
        With `covered` (bool) and `verdict` ("covered", "uncovered" or "uncertain").
    """
    covered = trips[cost_of(reading)] <= reading.cutoff + TOLERANCE
    return trips.assign(covered=covered, verdict=verdicts(trips, cutoff=reading.cutoff))


def weights(demand: pd.DataFrame, standard: Standard) -> pd.Series[float]:
    """
    The people a standard is about; unknown where the data do not say.

    Parameters
    ----------
    demand
        Shape (n, ...), with or without the column of the standard's group.
    standard
        Its group is taken.

    Returns
    -------
    people
        Shape (n,), persons; NaN = unknown.
    """
    if standard.demand_group in demand.columns:
        people: pd.Series[float] = demand[standard.demand_group]
        return people
    return pd.Series(np.nan, index=demand.index)


def zone_rows(
    weighed: pd.DataFrame,
    zone_names: pd.Series[str],
    standard: Standard,
    reading: Reading,
    *,
    is_known: bool,
) -> pd.DataFrame:
    """
    The rows of one reading in `coverage.studies.study.Assessment.zones`.

    Parameters
    ----------
    weighed
        One row per demand point that the standard is about: `zone_id`, `population` (persons,
        from `weights`), `measured`, `slow`, `fast` (seconds or metres) and `covered`.
    zone_names
        Name of every zone by `zone_id`.
    standard, reading
        What was measured.
    is_known
        Whether there is anything to be near; where there is not, nothing is said of who is
        covered: neither of people nor of demand points.

    Returns
    -------
    zones
        Sorted by `zone_id`, then the whole study area with `zone_id` "".
    """
    table = zone_table(weighed, zone_names, cutoff=reading.cutoff, target=standard.target)
    table = _with_band(table, band_by_zone(weighed, cutoff=reading.cutoff))
    if not is_known:
        # 0 would be taken for a finding; whole numbers of other readings must stay whole
        table[[*PEOPLE_COLUMNS, "village_share"]] = np.nan
        nothing = pd.array([pd.NA] * len(table), dtype="Int64")
        table = table.assign(**dict.fromkeys(VILLAGE_COLUMNS, nothing))
    table.insert(2, "standard_id", standard.standard_id)
    table.insert(3, "reading_id", reading.reading_id)
    return table


def _with_band(zones: pd.DataFrame, band: pd.DataFrame) -> pd.DataFrame:
    """A zone table with the low and the high end of what is covered, totals included."""
    # The last row is that of the whole study area.
    ends, whole = band.reindex(zones["zone_id"].iloc[:-1]).fillna(0), band.sum()
    people = zones["population"].to_numpy()
    columns = {}
    for end in ("low", "high"):
        covered, villages = (
            np.append(ends[name].to_numpy(dtype=float), whole[name])
            for name in (f"covered_{end}", f"villages_{end}")
        )
        covered[np.isnan(people)] = np.nan
        columns[f"covered_{end}"] = covered
        columns[f"share_{end}"] = covered / np.where(people > 0, people, np.nan)
        columns[f"villages_{end}"] = villages.astype(int)
    return zones.assign(**columns)

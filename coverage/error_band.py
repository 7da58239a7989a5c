"""How sure a coverage figure is: the same trips travelled slower and faster than assumed.

Speeds differ from the table by a share either way, and where the nearest mapped road is far away
the road map is thin: the real way to it may wind, or a lane that nobody mapped may be shorter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from coverage.errors import ImpedanceError
from coverage.requests import TOLERANCE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coverage.graph.arcs import Cost, FloatArray
    from coverage.network import RoadNetwork

ONE_WAY_LEGS: Final = ("demand_access_m", "facility_access_m")
"""Access legs of a trip between a demand point and a facility."""

RESCUE_LEGS: Final = ("station_access_m", "demand_access_m", "demand_access_m", "facility_access_m")
"""Access legs of a rescue: the ambulance goes to the patient and away again."""


@dataclass(frozen=True)
class Uncertainty:
    """
    How far the assumptions behind a travel time may be off.

    Parameters
    ----------
    speed_share
        Speeds on and off the road may be this share lower or higher, in [0, 1).
    thin_road_m
        An access leg longer than this, in metres, tells that the road map is thin there.
    detour
        Metres of a real way per metre of straight line where the road map is thin, >= 1. The
        default, 1.33, is the mean circuity of roads in China.
    far_from_road_m
        Demand farther than this from any road, in metres, is listed.

    References
    ----------
    Ballou, R. H., Rahardja, H., Sakai, N. (2002). Selected country circuity factors for road
    travel distance estimation. Transportation Research Part A 36, 843-848.
    """

    speed_share: float = 0.2
    thin_road_m: float = 300.0
    detour: float = 1.33
    far_from_road_m: float = 500.0

    def __post_init__(self) -> None:
        limits = {
            "速度误差": 0 <= self.speed_share < 1,
            "路网稀疏的判据": self.thin_road_m > 0,
            "绕行系数": 1 <= self.detour < np.inf,
            "离路过远的判据": self.far_from_road_m > 0,
        }
        wrong = [name for name, holds in limits.items() if not holds]
        if wrong:
            msg = f"误差带的设置有 {len(wrong)} 处不合理，第一处是{wrong[0]}。请改正后重试。"
            raise ImpedanceError(msg)

    def winding_m(self, access_m: FloatArray) -> FloatArray:
        """
        Metres that a real access leg may be longer than the straight one.

        Parameters
        ----------
        access_m
            Any shape, metres; `inf` or NaN where there is no leg.

        Returns
        -------
        winding_m
            0 up to `thin_road_m`.
        """
        is_thin = np.isfinite(access_m) & (access_m > self.thin_road_m)
        return np.where(is_thin, access_m, 0.0) * (self.detour - 1)


DEFAULT_UNCERTAINTY: Final = Uncertainty()
"""Speeds a fifth either way."""


def slow_cost(
    trips: pd.DataFrame,
    network: RoadNetwork,
    uncertainty: Uncertainty,
    *,
    cost: Cost,
    legs: Sequence[str] = ONE_WAY_LEGS,
) -> FloatArray:
    """
    Cost of trips where the way to the road winds, at both ends.

    Parameters
    ----------
    trips
        From `coverage.catchment.nearest_trips`, or `coverage.rescue.rescue_trips`, on the slow
        network.
    network
        The slow network.
    uncertainty
        How much it winds.
    cost
        What the trips keep smallest.
    legs
        Columns with the metres of their access legs.

    Returns
    -------
    slow
        Shape (d,), at least the cost of the trips. The facility stays the one of the trip, so
        it is an upper bound where another one would be reached with less winding.
    """
    metres = sum(uncertainty.winding_m(trips[column].to_numpy(dtype=float)) for column in legs)
    per_metre = network.access_s_per_m if cost == "travel_time_s" else 1.0
    slow: FloatArray = trips[cost].to_numpy(dtype=float) + metres * per_metre
    return slow


def fast_cost(
    trips: pd.DataFrame,
    straight_m: FloatArray,
    network: RoadNetwork,
    uncertainty: Uncertainty,
    *,
    cost: Cost,
) -> FloatArray:
    """
    Cost of trips where a lane that is not mapped may lead straight to the facility.

    Parameters
    ----------
    trips
        From `coverage.catchment.nearest_trips` on the fast network.
    straight_m
        Shape (d,), metres as the crow flies to a facility with no barrier between; `inf` where
        there is none.
    network
        The fast network.
    uncertainty
        Where the road map counts as thin, and how much a lane winds.
    cost
        What the trips keep smallest.

    Returns
    -------
    fast
        Shape (d,), at most the cost of the trips.
    """
    is_thin = trips["demand_access_m"].to_numpy(dtype=float) > uncertainty.thin_road_m
    per_metre = network.access_s_per_m if cost == "travel_time_s" else 1.0
    by_lane = np.where(is_thin, straight_m * uncertainty.detour * per_metre, np.inf)
    fast: FloatArray = np.minimum(trips[cost].to_numpy(dtype=float), by_lane)
    return fast


def band_by_zone(demand: pd.DataFrame, *, cutoff: float) -> pd.DataFrame:
    """
    People and demand points of each zone covered at the slow and at the fast pace.

    Parameters
    ----------
    demand
        Shape (n, >=4), columns `zone_id`, `population` (persons; NaN = unknown), `slow` and
        `fast` (seconds or metres).
    cutoff
        In their unit, inclusive.

    Returns
    -------
    zones
        Indexed by `zone_id`, sorted: `covered_low`, `covered_high` (persons), `villages_low`,
        `villages_high` (demand points).
    """
    known = demand["population"].fillna(0)
    columns = {"zone_id": demand["zone_id"]}
    for end, pace in (("low", "slow"), ("high", "fast")):
        is_covered = demand[pace] <= cutoff + TOLERANCE
        columns[f"covered_{end}"] = known.where(is_covered, 0.0)
        columns[f"villages_{end}"] = is_covered.astype(int)
    return pd.DataFrame(columns, index=demand.index).groupby("zone_id", sort=True).sum()


def verdicts(trips: pd.DataFrame, *, cutoff: float) -> pd.Series[str]:
    """
    Whether a verdict holds over the whole error band.

    Parameters
    ----------
    trips
        Shape (n, >=2), columns `slow` and `fast` (seconds or metres).
    cutoff
        In their unit, inclusive.

    Returns
    -------
    verdict
        "covered" (also at the slow pace), "uncovered" (also at the fast pace), or "uncertain".
    """
    low, high = (trips[pace] <= cutoff + TOLERANCE for pace in ("slow", "fast"))
    verdict = np.where(low, "covered", np.where(high, "uncertain", "uncovered"))
    return pd.Series(verdict, index=trips.index, dtype=object)

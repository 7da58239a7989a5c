"""What searches at three paces make together: trips with their band, the best of several modes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

import numpy as np
import pandas as pd

from coverage.error_band import RESCUE_LEGS, fast_cost, slow_cost
from coverage.requests import TOLERANCE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coverage.error_band import Uncertainty
    from coverage.graph.arcs import Cost, FloatArray
    from coverage.impedance import TravelMode
    from coverage.network import RoadNetwork

Each = TypeVar("Each")


class Paced(NamedTuple, Generic[Each]):
    """The same at the pace of the speed table, at the slow and at the fast one."""

    middle: Each
    slow: Each
    fast: Each


def one_way_trips(
    found: Paced[pd.DataFrame],
    lane_m: FloatArray,
    networks: Paced[RoadNetwork],
    uncertainty: Uncertainty,
    *,
    cost: Cost,
) -> pd.DataFrame:
    """
    Trips of one mode with their error band.

    Parameters
    ----------
    found
        From `coverage.catchment.nearest_trips`, d rows each.
    lane_m
        Shape (d,), from `clear_m`.
    networks
        What they were found on.
    uncertainty
        How far speeds and the road map may be off.
    cost
        What the trips keep smallest.

    Returns
    -------
    trips
        Those of the middle pace with `slow` and `fast`.
    """
    slow = slow_cost(found.slow, networks.slow, uncertainty, cost=cost)
    fast = fast_cost(found.fast, lane_m, networks.fast, uncertainty, cost=cost)
    return _with_band(found.middle, slow, fast, cost)


def rescue_in_band(
    found: Paced[pd.DataFrame], networks: Paced[RoadNetwork], uncertainty: Uncertainty
) -> pd.DataFrame:
    """
    Rescues by one mode with their error band.

    Parameters
    ----------
    found
        From `coverage.rescue.rescue_trips`.
    networks, uncertainty
        As `one_way_trips`.

    Returns
    -------
    trips
        Those of the middle pace with `slow` and `fast`.
    """
    slow = slow_cost(found.slow, networks.slow, uncertainty, cost="travel_time_s", legs=RESCUE_LEGS)
    # An ambulance does not leave the road for a lane that may be there.
    fast = found.fast["travel_time_s"].to_numpy(dtype=float)
    return _with_band(found.middle, slow, fast, "travel_time_s")


def straight_in_band(trips: pd.DataFrame) -> pd.DataFrame:
    """
    The trips of `coverage.catchment.nearest_by_straight_line`, whose band has no width.

    Parameters
    ----------
    trips
        Shape (d, ...).
    """
    straight = trips["distance_m"]
    return trips.assign(
        mode_id=None, slow=straight, fast=straight, to_road_m=np.nan, to_road_s=np.nan
    )


def of_mode(
    trips: pd.DataFrame, mode: TravelMode, network: RoadNetwork, to_road_m: FloatArray
) -> pd.DataFrame:
    """
    The trips with the mode and the way to its roads.

    Parameters
    ----------
    trips
        Shape (d, ...).
    mode, network
        A single mode and its roads.
    to_road_m
        Shape (d,), metres from each demand point to the nearest of them.
    """
    return trips.assign(
        mode_id=mode.mode_id, to_road_m=to_road_m, to_road_s=to_road_m * network.access_s_per_m
    )


def best_of_modes(by_mode: Sequence[pd.DataFrame], *, cost: Cost) -> pd.DataFrame:
    """
    Row by row the trip of least cost; slow, fast and the way to a road are the best of all.

    Parameters
    ----------
    by_mode
        From `of_mode`, at least one, the first to count where all is equal.
    cost
        What is kept smallest; where it is the same, the other of seconds and metres.

    Returns
    -------
    trips
        `mode_id` is None where none is reached.
    """
    best = by_mode[0].copy(deep=False)
    for trips in by_mode[1:]:
        best = _better(best, trips, cost)
    best["mode_id"] = best["mode_id"].where(np.isfinite(best[cost]), None)
    return best


def clear_m(
    network: RoadNetwork, start_xy: FloatArray, end_xy: FloatArray, straight_m: FloatArray
) -> FloatArray:
    """
    Metres as the crow flies where no barrier lies between; `inf` elsewhere.

    Parameters
    ----------
    network
        It knows the barriers.
    start_xy, end_xy
        Shape (k, 2), demand points and the facilities nearest to them.
    straight_m
        Shape (k,), metres between them.
    """
    return np.where(network.barriers.crossed(start_xy, end_xy) < 0, straight_m, np.inf)


def _with_band(trips: pd.DataFrame, slow: FloatArray, fast: FloatArray, cost: Cost) -> pd.DataFrame:
    """The trips with `slow` and `fast`, which rounding must not carry past the middle."""
    middle = trips[cost].to_numpy(dtype=float)
    return trips.assign(slow=np.maximum(slow, middle), fast=np.minimum(fast, middle))


def _better(first: pd.DataFrame, second: pd.DataFrame, cost: Cost) -> pd.DataFrame:
    """Row by row the trip of lower cost; slow, fast and the way to a road are the best of both."""
    # Where both are as far, as on a road for both, the quicker one counts.
    other = "distance_m" if cost == "travel_time_s" else "travel_time_s"
    tied = (second[cost] - first[cost]).abs() <= TOLERANCE
    cheaper = (second[cost] < first[cost]) & ~tied | tied & (second[other] < first[other])
    taken = cheaper.to_numpy()
    least = ("to_road_m", "to_road_s", "slow", "fast")
    columns = {
        name: np.minimum(first[name], second[name])
        if name in least
        # As quick as a click must be, which joining tables row by row is not.
        else pd.Series(np.where(taken, second[name], first[name]), first.index, first[name].dtype)
        for name in first.columns
    }
    return pd.DataFrame(columns)

"""How far everybody has to the nearest facility of a target, searched once and kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd

from coverage.catchment import nearest_by_straight_line, nearest_trips
from coverage.errors import ImpedanceError
from coverage.facility_features import NO, UNKNOWN, YES
from coverage.impedance import single_modes
from coverage.rules.counted import names_of

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy.typing as npt

    from coverage.graph.arcs import Cost
    from coverage.rules.shares import Limit
    from coverage.rules.study import TargetStudy
    from coverage.rules.target import FacilityChoice
    from coverage.standards import Direction, Measure

    States = npt.NDArray[np.int8]


@dataclass(frozen=True)
class Way:
    """
    How it is measured how far somebody has.

    Parameters
    ----------
    measure
        "travel_time" (seconds), "network_distance" or "straight_line" (metres).
    mode_id
        Travel mode; "" for "straight_line".
    direction
        "to_facility" or "from_facility".
    """

    measure: Measure
    mode_id: str = ""
    direction: Direction = "to_facility"


@dataclass(frozen=True, eq=False)
class Reach:
    """
    How far it is to the nearest facility, for every demand point.

    Parameters
    ----------
    sure
        Indexed by demand id: `cost` (seconds or metres, `inf` where none is reached) and
        `facility_id`, of the facilities that count.
    perhaps
        The same of those of which nobody knows whether they count.
    names
        Name of every facility by id.
    doubts
        What is not known of a facility, in Chinese, by id.
    """

    sure: pd.DataFrame
    perhaps: pd.DataFrame
    names: pd.Series[str]
    doubts: pd.Series[str]

    def states(self, limit: Limit, ids: pd.Index) -> States:
        """Whether a facility is near enough to each of the demand points `ids`."""
        sure = limit.holds(self.sure.loc[ids, "cost"].to_numpy(dtype=float))
        perhaps = limit.holds(self.perhaps.loc[ids, "cost"].to_numpy(dtype=float))
        return np.where(sure, YES, np.where(perhaps, UNKNOWN, NO)).astype(np.int8)

    def reasons(self, limit: Limit, ids: pd.Index) -> list[str]:
        """Why each of the demand points `ids` does not count, or may not; "" where it does."""
        sure, perhaps = self.sure.loc[ids], self.perhaps.loc[ids]
        rows = zip(
            self.states(limit, ids).tolist(),
            sure["cost"].tolist(),
            sure["facility_id"].tolist(),
            perhaps["facility_id"].tolist(),
            strict=True,
        )
        return [self._reason(limit, *row) for row in rows]

    def _reason(self, limit: Limit, state: int, cost: float, nearest: str, doubtful: str) -> str:
        if state == YES:
            return ""
        if state == UNKNOWN:
            return f"{limit.text}以内只有“{self.names[doubtful]}”，其{self.doubts[doubtful]}"
        if not np.isfinite(cost):
            return "一处也没有" if limit.measure == "straight_line" else "一处也到不了"
        return f"最近的“{self.names[nearest]}”{limit.past(cost)}，超过 {limit.text}"


def reach_of(study: TargetStudy, choice: FacilityChoice, way: Way) -> Reach:
    """
    How far it is to the nearest facility of a choice.

    Facilities beyond the border may serve, as everywhere in this house.

    Parameters
    ----------
    study
        It keeps what was searched, so that targets of the same facilities search once.
    choice
        Which facilities count.
    way
        How it is measured.

    Raises
    ------
    ImpedanceError
        If the mode is not in the table, or no road may be used by it.
    """
    states = study.states(choice)
    sure, perhaps = (nearest_cost(study, states == state, way) for state in (YES, UNKNOWN))
    return _reach(study, choice, sure, perhaps)


def reach_of_places(study: TargetStudy, choice: FacilityChoice, places: gpd.GeoDataFrame) -> Reach:
    """
    How far it is in a straight line from places to the nearest facility of a choice.

    Parameters
    ----------
    study
        The study area.
    choice
        Which facilities count, beyond the border too.
    places
        Points in the study's CRS, indexed by the ids that the reach is to be asked for.
    """
    states, facilities = study.states(choice), study.facilities
    sure, perhaps = (
        _costs(nearest_by_straight_line(places, facilities[states == state]), "distance_m")
        for state in (YES, UNKNOWN)
    )
    return _reach(study, choice, sure, perhaps)


def _reach(
    study: TargetStudy, choice: FacilityChoice, sure: pd.DataFrame, perhaps: pd.DataFrame
) -> Reach:
    facilities = study.facilities
    doubts = pd.Series(study.unknown_conditions(choice), index=facilities.index, dtype=object)
    return Reach(sure, perhaps, names_of(facilities, "facility_name"), doubts)


def sure_reach(study: TargetStudy, nearest: pd.DataFrame) -> Reach:
    """The reach of facilities that all count, from `cost` and `facility_id` by demand id."""
    names = names_of(study.facilities, "facility_name")
    return Reach(nearest, _nowhere(nearest.index), names, pd.Series(dtype=object))


def nearest_cost(study: TargetStudy, is_meant: npt.NDArray[np.bool_], way: Way) -> pd.DataFrame:
    """
    The nearest of some facilities to every demand point, by whichever mode is better.

    Parameters
    ----------
    study
        With f facilities and d demand points.
    is_meant
        Shape (f,), which facilities.
    way
        How it is measured.

    Returns
    -------
    nearest
        Shape (d, 2), indexed by demand id: `cost` (`inf` where none is reached), `facility_id`.

    Raises
    ------
    ImpedanceError
        If the mode is not in the table, or no road may be used by it.
    """
    facilities = study.facilities[is_meant]
    if facilities.empty:
        return _nowhere(study.layers.demand.index)
    kept = study._kept  # noqa: SLF001 - the study's own memory, which this search fills
    key = ("nearest", way, tuple(facilities.index))
    if key not in kept:
        kept[key] = _search(study, facilities, way)
    return cast("pd.DataFrame", kept[key])


def _nowhere(index: pd.Index) -> pd.DataFrame:
    empty = pd.Series([None] * len(index), index=index, dtype=object)
    return pd.DataFrame({"cost": np.inf, "facility_id": empty}, index=index)


def _search(study: TargetStudy, facilities: gpd.GeoDataFrame, way: Way) -> pd.DataFrame:
    demand = study.layers.demand
    if way.measure == "straight_line":
        return _costs(nearest_by_straight_line(demand, facilities), "distance_m")
    travel = study.trips
    if way.mode_id not in travel.modes:
        known = "、".join(sorted(travel.modes))
        msg = f"出行方式 {way.mode_id!r} 不在速度表里，表里有 {known}。"
        raise ImpedanceError(msg)
    cost: Cost = "travel_time_s" if way.measure == "travel_time" else "distance_m"
    best: pd.DataFrame | None = None
    for mode in single_modes(travel.modes[way.mode_id], travel.modes):
        trips = nearest_trips(
            travel.network(mode),
            demand,
            facilities,
            direction=way.direction,
            cost=cost,
            demand_snaps=travel.snaps(mode),
        )
        found = _costs(trips, cost)
        best = found if best is None else best.where(best["cost"] <= found["cost"], found)
    assert best is not None  # noqa: S101 - a mode is at least one single mode
    return best


def _costs(trips: pd.DataFrame, cost: str) -> pd.DataFrame:
    return trips[[cost, "facility_id"]].rename(columns={cost: "cost"})

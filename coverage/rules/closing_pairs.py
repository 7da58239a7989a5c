"""Which places would serve which units of a circle target, if a facility stood there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from coverage.impedance import single_modes
from coverage.requests import TOLERANCE
from coverage.rules.served import assessed_reading
from coverage.rules.study import TargetStudy, facilities_in_place
from coverage.rules.target import Served, ServedByAll, UnitsServed
from coverage.rules.unit_lists import units_of
from coverage.searches.matrix import travel_matrix
from coverage.studies.measured import measured_reading, reading_matrix

if TYPE_CHECKING:
    import geopandas as gpd

    from coverage.network import RoadNetwork
    from coverage.rules.target import Target
    from coverage.standards import Direction, Measure, Reading, Standard

COST: Final = "travel_time_s"
"""Name of the costs of all pairs, whatever they are: the siting models know seconds and metres
only, and are asked for all pairs there are."""


def pairs_in_reach(
    study: TargetStudy, target: Target, places: gpd.GeoDataFrame, *, wanted: pd.Index
) -> pd.DataFrame:
    """
    The pairs of unit and place that are near enough, measured as the target's evaluator does.

    Parameters
    ----------
    study
        The study area.
    target
        With the ask `Served`, `ServedByAll` or `UnitsServed`, and a cutoff.
    places
        Points where a facility might stand, indexed by id.
    wanted
        Ids of the units (demand points, or zones) that are asked about.

    Returns
    -------
    pairs
        `from_id` (unit), `to_id` (place), `COST`: seconds or metres, 0 where a facility counts for
        a unit because it stands inside.

    Raises
    ------
    ImpedanceError
        If the mode is not in the table, or no road may be used by it.
    """
    ask = target.ask
    if isinstance(ask, UnitsServed):
        return _of_units(study, target, ask, places, wanted)
    assert isinstance(ask, Served | ServedByAll)  # noqa: S101 - the door sends no other
    demand = study.layers.demand.loc[wanted]
    own = study.choices.cutoffs.get(target.target_id)
    if isinstance(ask, ServedByAll):
        return _by_road(study, ask.mode_id, demand, places, cutoff=_known(own, ask.cutoff))
    found = assessed_reading(study, ask.reading_id)
    if found is None:
        cutoff, measure, mode_id = _known(own, ask.cutoff), ask.measure, ask.mode_id
        direction = ask.direction
    else:
        standard, reading = found
        cutoff, measure = _known(own, reading.cutoff), reading.measure
        mode_id, direction = standard.mode_of(reading), standard.direction
        if reading.station_kinds:
            pairs = _in_two_legs(study, standard, replace(reading, cutoff=cutoff), places)
            return pairs[pairs["from_id"].isin(wanted)]
    if measure == "straight_line":
        return _straight(demand, places, cutoff)
    return _by_road(
        study, mode_id, demand, places, cutoff=cutoff, direction=direction, measure=measure
    )


def _known(own: float | None, cutoff: float | None) -> float:
    """The planner's own cutoff, or that of the plan; without any, nothing was answered."""
    found = cutoff if own is None else own
    assert found is not None  # noqa: S101 - an answer without a cutoff is lacking
    return found


def _by_road(
    study: TargetStudy,
    mode_id: str,
    demand: gpd.GeoDataFrame,
    places: gpd.GeoDataFrame,
    *,
    cutoff: float,
    direction: Direction = "to_facility",
    measure: Measure = "travel_time",
) -> pd.DataFrame:
    """Pairs by whichever of the modes is better."""
    travel = study.trips
    parts = []
    for mode in single_modes(travel.modes[mode_id], travel.modes):
        network = travel.network(mode)
        if measure == "network_distance":
            network = _in_metres(network)
        parts.append(travel_matrix(network, demand, places, cutoff_s=cutoff, direction=direction))
    return _best_of(parts)


def _in_metres(network: RoadNetwork) -> RoadNetwork:
    """The same roads, on which a metre takes a second."""
    seconds = (
        np.where(np.isfinite(one), network.length_m, np.inf)
        for one in (network.along_s, network.against_s)
    )
    along_s, against_s = seconds
    return replace(
        network,
        along_s=along_s,
        against_s=against_s,
        node_delay_s=np.zeros_like(network.node_delay_s),
        access_speed_kph=3.6,
    )


def _in_two_legs(
    study: TargetStudy, standard: Standard, reading: Reading, places: gpd.GeoDataFrame
) -> pd.DataFrame:
    """Hospitals at the places; ambulances start from the stations there are."""
    measured = measured_reading(study.assessment, standard, reading)
    return _best_of([reading_matrix(study.trips, replace(measured, facilities=places))])


def _straight(points: gpd.GeoDataFrame, places: gpd.GeoDataFrame, metres: float) -> pd.DataFrame:
    """Pairs as the crow flies."""
    point, place = places.sindex.query(
        points.geometry, predicate="dwithin", distance=metres + TOLERANCE
    )
    start, end = points.geometry.iloc[point], places.geometry.iloc[place]
    return pd.DataFrame(
        {
            "from_id": points.index.to_numpy(dtype=object)[point],
            "to_id": places.index.to_numpy(dtype=object)[place],
            COST: start.distance(end, align=False).to_numpy(),
        }
    )


def _of_units(
    study: TargetStudy,
    target: Target,
    ask: UnitsServed,
    places: gpd.GeoDataFrame,
    wanted: pd.Index,
) -> pd.DataFrame:
    """A place serves the unit it stands in, and those whose own place is within the radius."""
    layers = replace(study.layers, facilities=places)
    trial = TargetStudy(
        replace(study.assessment, layers=layers),
        study.trips,
        study.kinds,
        study.choices,
        facilities_in_place(layers),
        study.area_level,
    )
    units = units_of(trial, target, ask.unit_level)
    assert not isinstance(units, str)  # noqa: S101 - such a target has no items
    inside = units.unit_of.dropna()
    parts = [pd.DataFrame({"from_id": inside.to_numpy(), "to_id": inside.index, COST: 0.0})]
    radius_m = study.choices.cutoffs.get(target.target_id, ask.radius_m)
    if radius_m is not None:
        parts.append(_straight(units.table, places, radius_m))
    pairs = _best_of(parts)
    return pairs[pairs["from_id"].isin(wanted)]


def _best_of(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """Every pair once, at its least cost."""
    pairs = pd.concat([one[["from_id", "to_id", COST]] for one in parts], ignore_index=True)
    order = pairs.sort_values(COST, kind="stable")
    return order.drop_duplicates(["from_id", "to_id"]).reset_index(drop=True)

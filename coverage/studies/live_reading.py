"""One reading while a planner tries sites: its figures kept up to date, action by action.

What `coverage.assessment.assess` would say of the changed facilities, without doing it all
again: only what a facility wins or gives up is searched.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from coverage.errors import InputError, ScenarioError
from coverage.measures import is_counted
from coverage.rescue import turnout_of
from coverage.scenarios.action import Scenario
from coverage.scenarios.facility_checks import action_faults
from coverage.scenarios.facility_draft import FacilityDraft, facilities_after
from coverage.studies.live_modes import Site, SiteChange, live_modes
from coverage.studies.reading_rows import weights, with_verdict, zone_rows
from coverage.studies.study import counted_facilities
from coverage.studies.study_areas import covered_ground, facility_areas
from coverage.studies.study_trips import cost_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import geopandas as gpd
    import shapely

    from coverage.scenarios.action import FacilityAction
    from coverage.standards import FacilityKind, Reading, Standard
    from coverage.studies.live_modes import LiveModes, Sites
    from coverage.studies.study_trips import StudyTrips

DEMAND_COLUMNS: Final = ("facility_id", "travel_time_s", "distance_m", "covered", "verdict")
"""What is told of every demand point."""


@dataclass(frozen=True, eq=False)
class LiveReading:
    """
    The figures of one reading after some actions on facilities.

    Made by `prepare`; each action gives a new one and leaves this one as it is.

    Parameters
    ----------
    travel
        Networks and layers as they were before the first action.
    standard, reading
        What is measured.
    kinds
        The table of facility kinds by code.
    actions
        What has been done so far.
    weighed
        The demand points that the standard is about: `zone_id`, `population` (persons of its
        group; NaN = unknown).
    """

    travel: StudyTrips
    standard: Standard
    reading: Reading
    kinds: Mapping[str, FacilityKind]
    actions: tuple[FacilityAction, ...]
    weighed: pd.DataFrame
    _serving: Sites
    _stations: Sites
    _modes: LiveModes

    @classmethod
    def prepare(
        cls,
        trips: StudyTrips,
        standard: Standard,
        reading: Reading,
        *,
        kinds: Mapping[str, FacilityKind],
    ) -> LiveReading:
        """
        Measure the layers as they are; this takes as long as a reading of an assessment.

        Parameters
        ----------
        trips
            Networks and layers; what they have made already is used.
        standard, reading
            What is measured.
        kinds
            The table of facility kinds by code, for the actions to come.

        Raises
        ------
        CrsError, InputError, ImpedanceError, RoadError
            As `coverage.assessment.assess`.
        """
        layers = trips.layers
        serving = counted_facilities(layers, standard, standard.kinds)
        stations = counted_facilities(layers, standard, reading.station_kinds)
        demand = layers.demand
        weighed = demand[["zone_id"]].assign(population=weights(demand, standard))
        return cls(
            trips,
            standard,
            reading,
            kinds,
            (),
            pd.DataFrame(weighed[is_counted(demand, standard)]),
            _sites(serving, [0.0] * len(serving)),
            _sites(stations, turnout_of(stations, default_s=reading.turnout_s).to_list()),
            live_modes(trips, standard, reading, serving=serving, stations=stations),
        )

    def after(self, action: FacilityAction) -> LiveReading:
        """
        The figures after one action more.

        Parameters
        ----------
        action
            Takes effect on the facilities as those before have left them.

        Raises
        ------
        ScenarioError
            As `coverage.scenario.apply_scenario`.
        """
        actions = (*self.actions, action)
        asked = Scenario("live", "", actions)
        if faults := action_faults(self.travel.layers, asked, kinds=self.kinds):
            raise ScenarioError("".join(faults))
        name = action.facility_id
        was = self._serving.get(name), self._stations.get(name)
        now = (None, None) if action.action == "close" else self._counted(name, actions)
        return replace(
            self,
            actions=actions,
            _serving=_with(self._serving, name, now[0]),
            _stations=_with(self._stations, name, now[1]),
            _modes=self._modes.changed(
                name, SiteChange(was[0], now[0]), SiteChange(was[1], now[1])
            ),
        )

    @cached_property
    def facilities(self) -> gpd.GeoDataFrame:
        """As the actions have left them."""
        return facilities_after(self.travel.layers.facilities, self.actions)

    @property
    def is_known(self) -> bool:
        """Whether there is anything to be near; where there is not, nothing is said of people."""
        return bool(self._serving) and (not self.reading.station_kinds or bool(self._stations))

    @property
    def serving_ids(self) -> list[str]:
        """Ids of the facilities that count, sorted; the stations of two legs are not among them."""
        return sorted(self._serving)

    @property
    def station_ids(self) -> list[str]:
        """Ids of the ambulance stations that count, sorted."""
        return sorted(self._stations)

    @cached_property
    def demand(self) -> pd.DataFrame:
        """
        What follows for every demand point.

        Indexed by `demand_id`: `facility_id`, `travel_time_s`, `distance_m`, `covered` and
        `verdict` as in `coverage.studies.study.Assessment.demand`; where a point is not covered,
        None and `inf` (NaN for the travel time by straight line).
        """
        trips = self._trips
        covered = trips["covered"]
        found = trips[list(DEMAND_COLUMNS)].copy()
        found["facility_id"] = found["facility_id"].where(covered, None)
        found["distance_m"] = found["distance_m"].where(covered, np.inf)
        if self.reading.measure != "straight_line":
            found["travel_time_s"] = found["travel_time_s"].where(covered, np.inf)
        return found

    @cached_property
    def zones(self) -> pd.DataFrame:
        """The rows of this reading in `coverage.studies.study.Assessment.zones`."""
        trips = self._trips.loc[self.weighed.index]
        return zone_rows(
            self.weighed.assign(
                measured=trips[cost_of(self.reading)],
                **{name: trips[name] for name in ("covered", "slow", "fast")},
            ),
            self.travel.layers.zones["zone_name"],
            self.standard,
            self.reading,
            is_known=self.is_known,
        )

    @cached_property
    def _trips(self) -> pd.DataFrame:
        return with_verdict(self._modes.trips(), self.reading)

    def _counted(
        self, facility_id: str, actions: tuple[FacilityAction, ...]
    ) -> tuple[Site | None, Site | None]:
        """A facility after some actions, as one that serves and as a station."""
        draft = FacilityDraft(self.travel.layers.facilities)
        for action in actions:
            draft.do(action)
        kind, place, turnout_s = (
            draft.value(facility_id, name) for name in ("kind", "geometry", "turnout_s")
        )
        turnout_s = self.reading.turnout_s if turnout_s is None else float(turnout_s)
        counts = self.standard.cross_border or self._is_inside(place)
        return (
            Site(place, 0.0) if counts and kind in self.standard.kinds else None,
            Site(place, turnout_s) if counts and kind in self.reading.station_kinds else None,
        )

    def _is_inside(self, place: shapely.Point) -> bool:
        zones = self.travel.layers.zones
        return len(zones.sindex.query(place, predicate="intersects")) > 0


@dataclass(frozen=True, eq=False)
class LiveChange:
    """
    What changes between two states of one reading.

    Parameters
    ----------
    gained, lost
        Ids of the demand points that the standard is about and that come to be covered, or cease
        to be; none where the reading claims nothing before or after.
    zones
        One row per zone, then the whole study area with `zone_id` "": `zone_id`, `zone_name`,
        `gained`, `lost` (persons of the standard's group; NaN where villages change and nobody
        knows how many live there), `villages_gained`, `villages_lost` (demand points).
    """

    gained: pd.Index
    lost: pd.Index
    zones: pd.DataFrame


def live_change(before: LiveReading, after: LiveReading) -> LiveChange:
    """
    Who gains and who loses.

    Parameters
    ----------
    before, after
        Two states of the same reading of the same layers.

    Raises
    ------
    InputError
        If they are of different layers or readings.
    """
    # Roads may differ: a scenario may change them too.
    demands = [one.travel.layers.demand.index for one in (before, after)]
    if not demands[0].equals(demands[1]) or before.reading != after.reading:
        msg = "两次结果的需求点或口径不同，不能比较。请用同一个口径的结果。"
        raise InputError(msg)
    weighed = before.weighed
    was, now = (one.demand.loc[weighed.index, "covered"] for one in (before, after))
    # A reading that claims nothing before or after has neither gains nor losses.
    both = before.is_known and after.is_known
    gained, lost = weighed[now & ~was & both], weighed[was & ~now & both]
    zones = before.zones[["zone_id", "zone_name"]]
    zone_ids = pd.Index(zones["zone_id"].iloc[:-1])
    people_in, villages_in = _by_zone(gained, zone_ids)
    people_out, villages_out = _by_zone(lost, zone_ids)
    zones = zones.assign(
        gained=people_in, lost=people_out, villages_gained=villages_in, villages_lost=villages_out
    )
    return LiveChange(gained.index, lost.index, zones)


def site_area(live: LiveReading, facility_id: str) -> shapely.Geometry:
    """
    The ground that one facility covers by itself, for the map.

    Parameters
    ----------
    live
        The reading, with the facility among those that count.
    facility_id
        Of a facility that serves, or of a station of two legs: then the ground from which its
        ambulance takes patients to any of the hospitals within the cutoff.

    Returns
    -------
    area
        Valid, in the CRS of the layers.

    Raises
    ------
    InputError
        If no facility of that id counts for the reading.
    """
    serving, stations = (live.facilities.loc[ids] for ids in (live.serving_ids, live.station_ids))
    asked = live.travel, live.standard, live.reading
    if facility_id in serving.index:
        areas = facility_areas(*asked, serving.loc[[facility_id]], stations=stations)
        return areas.geometry.iloc[0]
    if facility_id in stations.index:
        area, _ = covered_ground(*asked, serving, stations=stations.loc[[facility_id]])
        return area
    name = f"{live.standard.name}·{live.reading.name}"
    msg = f"代码为 {facility_id!r} 的设施不计入「{name}」，画不出服务范围。请核对代码和类别。"
    raise InputError(msg)


def _sites(facilities: gpd.GeoDataFrame, start_s: Sequence[float]) -> Sites:
    rows = zip(facilities.index, facilities.geometry, start_s, strict=True)
    return {name: Site(place, seconds) for name, place, seconds in rows}


def _with(sites: Sites, facility_id: str, site: Site | None) -> Sites:
    """Sites with one of them changed, or without it."""
    others = {name: each for name, each in sites.items() if name != facility_id}
    return others if site is None else {**others, facility_id: site}


def _by_zone(rows: pd.DataFrame, zone_ids: pd.Index) -> tuple[list[float], list[int]]:
    """People and number of some demand points, zone by zone and in all."""
    if rows.empty:
        return [0.0] * (len(zone_ids) + 1), [0] * (len(zone_ids) + 1)
    groups = rows.groupby("zone_id")["population"]
    villages = groups.size().reindex(zone_ids, fill_value=0).tolist()
    people = groups.sum(min_count=1).reindex(zone_ids).tolist()
    known = [each if count else 0.0 for each, count in zip(people, villages, strict=True)]
    return [*known, rows["population"].sum(min_count=1)], [*villages, len(rows)]

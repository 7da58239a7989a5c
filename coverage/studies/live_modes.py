"""The nearest facilities of a reading by each of its modes, kept up to date change by change."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

import numpy as np
import pandas as pd

from coverage.catchment import unreached
from coverage.requests import TOLERANCE
from coverage.rescue import in_two_legs, turnout_of
from coverage.searches.nearest_update import NearestIndex
from coverage.searches.straight_update import StraightIndex
from coverage.snapping import Snaps
from coverage.studies.paced_trips import (
    Paced,
    best_of_modes,
    clear_m,
    of_mode,
    one_way_trips,
    rescue_in_band,
    straight_in_band,
)
from coverage.studies.study_trips import cost_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import geopandas as gpd
    import shapely

    from coverage.graph.arcs import BoolArray, Cost, Direction, FloatArray, IntArray
    from coverage.impedance import TravelMode
    from coverage.network import RoadNetwork
    from coverage.standards import Reading, Standard
    from coverage.studies.study_trips import StudyTrips

MARGIN: Final = 4 * TOLERANCE
"""Searched beyond the cutoff: what is as near by another mode may lie this much farther."""


class Site(NamedTuple):
    """A facility as a leg of a trip sees it: where it stands, seconds before the trip begins."""

    place: shapely.Point
    start_s: float


Sites = dict[str, Site]
"""The open facilities of a leg by id."""


Places = dict[int, Snaps]
"""Where a facility touches the roads, by their course."""


class SiteChange(NamedTuple):
    """A facility before and after an action, None where it does not count for the leg."""

    was: Site | None
    now: Site | None

    @property
    def is_none(self) -> bool:
        """Whether nothing changes."""
        return self.was == self.now


class LiveModes(Protocol):
    """Trips of a reading that follow the facilities; each change gives new ones."""

    def changed(self, facility_id: str, serving: SiteChange, station: SiteChange) -> LiveModes:
        """The trips after a facility has changed as one that serves, and as a station."""

    def trips(self) -> pd.DataFrame:
        """As `coverage.studies.study_trips.StudyTrips.trips`, `inf` beyond the cutoff."""


def live_modes(
    travel: StudyTrips,
    standard: Standard,
    reading: Reading,
    *,
    serving: gpd.GeoDataFrame,
    stations: gpd.GeoDataFrame,
) -> LiveModes:
    """
    The full run that later changes start from.

    Parameters
    ----------
    travel
        Networks and demand.
    standard, reading
        What is measured.
    serving, stations
        The facilities that count, as `coverage.studies.study_trips.StudyTrips.trips` takes them.

    Raises
    ------
    CrsError, InputError, ImpedanceError, RoadError
        As `coverage.catchment.nearest_trips`.
    """
    if reading.measure == "straight_line":
        return StraightModes(StraightIndex.prepare(travel.layers.demand, serving))
    if reading.station_kinds:
        return RescueModes.prepare(travel, standard, reading, serving=serving, stations=stations)
    return OneWayModes.prepare(travel, standard, reading, serving)


@dataclass(frozen=True, eq=False)
class StraightModes:
    """A reading by straight line."""

    index: StraightIndex

    def changed(self, facility_id: str, serving: SiteChange, station: SiteChange) -> LiveModes:  # noqa: ARG002 - it has no stations
        """As `LiveModes.changed`."""
        if serving.is_none:
            return self
        place = None if serving.now is None else serving.now.place
        return StraightModes(self.index.with_change(facility_id, place))

    def trips(self) -> pd.DataFrame:
        """As `LiveModes.trips`."""
        nobody = np.full(len(self.index.demand), np.nan)
        trips = unreached(self.index.demand.index, nobody)
        return straight_in_band(
            trips.assign(
                facility_id=self.index.facility_id,
                travel_time_s=np.nan,
                distance_m=self.index.distance_m,
            )
        )


@dataclass(frozen=True, eq=False)
class _OneWay:
    """One mode: its searches, one where metres count and three where seconds do."""

    mode: TravelMode
    networks: Paced[RoadNetwork]
    indexes: tuple[NearestIndex, ...]
    lane_m: FloatArray

    @property
    def demand_access_m(self) -> FloatArray:
        return self.indexes[0].ground.demand.nearest_access_m

    def is_thin(self, thin_road_m: float) -> BoolArray:
        return self.demand_access_m > thin_road_m


@dataclass(frozen=True, eq=False)
class OneWayModes:
    """
    A reading along roads from or to one facility.

    Parameters
    ----------
    travel, cost
        What its trips are made of, and what they keep smallest.
    modes
        Its single modes.
    lines
        As the crow flies to the facilities, for lanes that nobody mapped.
    """

    travel: StudyTrips
    cost: Cost
    modes: tuple[_OneWay, ...]
    lines: StraightIndex

    @classmethod
    def prepare(
        cls,
        travel: StudyTrips,
        standard: Standard,
        reading: Reading,
        facilities: gpd.GeoDataFrame,
    ) -> OneWayModes:
        """Search by every mode and at every pace."""
        cost, demand = cost_of(reading), travel.layers.demand
        lines = StraightIndex.prepare(demand, facilities)
        modes = []
        for mode in travel.single_modes(standard, reading):
            networks = travel.at_paces(mode)
            asked = _Asked(travel, mode, reading.cutoff, cost)
            # Metres do not depend on the speed.
            searched = networks if cost == "travel_time_s" else networks[:1]
            indexes = asked.searched(searched, facilities, standard.direction)
            modes.append(_OneWay(mode, networks, indexes, np.full(len(demand), np.inf)))
        made = cls(travel, cost, tuple(modes), lines)
        every = np.arange(len(demand))
        return replace(made, modes=tuple(made._with_lanes(one, lines, every) for one in modes))

    def changed(self, facility_id: str, serving: SiteChange, station: SiteChange) -> LiveModes:  # noqa: ARG002 - it has no stations
        """As `LiveModes.changed`."""
        if serving.is_none:
            return self
        place = None if serving.now is None else serving.now.place
        lines = self.lines.with_change(facility_id, place)
        rows = lines.changed_by(facility_id, self.lines)
        places: Places = {}
        modes = (
            replace(one, indexes=_kept_up(one.indexes, facility_id, serving, places))
            for one in self.modes
        )
        return replace(
            self, lines=lines, modes=tuple(self._with_lanes(one, lines, rows) for one in modes)
        )

    def trips(self) -> pd.DataFrame:
        """As `LiveModes.trips`."""
        by_mode = []
        for one in self.modes:
            tables = [index.trips for index in one.indexes]
            found = Paced(*(tables if len(tables) > 1 else tables * 3))
            trips = one_way_trips(
                found, one.lane_m, one.networks, self.travel.uncertainty, cost=self.cost
            )
            by_mode.append(of_mode(trips, one.mode, one.networks.middle, one.demand_access_m))
        return best_of_modes(by_mode, cost=self.cost)

    def _with_lanes(self, one: _OneWay, lines: StraightIndex, rows: IntArray) -> _OneWay:
        """A mode with the lanes of some demand points found anew."""
        rows = rows[one.is_thin(self.travel.uncertainty.thin_road_m)[rows]]
        lane_m = one.lane_m.copy()
        lane_m[rows] = np.inf
        rows, start_xy, end_xy = lines.legs(rows)
        lane_m[rows] = clear_m(one.networks.fast, start_xy, end_xy, lines.distance_m[rows])
        return replace(one, lane_m=lane_m)


@dataclass(frozen=True, eq=False)
class _Rescue:
    """One mode of a rescue: from the stations, and to the hospitals, at every pace."""

    mode: TravelMode
    networks: Paced[RoadNetwork]
    response: tuple[NearestIndex, ...]
    transport: tuple[NearestIndex, ...]


@dataclass(frozen=True, eq=False)
class RescueModes:
    """
    A reading in two legs.

    Parameters
    ----------
    travel
        What its trips are made of.
    modes
        Its single modes.
    turnout_s
        Seconds until the ambulance leaves, by station.
    """

    travel: StudyTrips
    modes: tuple[_Rescue, ...]
    turnout_s: Mapping[str, float]

    @classmethod
    def prepare(
        cls,
        travel: StudyTrips,
        standard: Standard,
        reading: Reading,
        *,
        serving: gpd.GeoDataFrame,
        stations: gpd.GeoDataFrame,
    ) -> RescueModes:
        """Search by every mode and at every pace."""
        turnout_s = turnout_of(stations, default_s=reading.turnout_s)
        modes = []
        for mode in travel.single_modes(standard, reading):
            networks = travel.at_paces(mode)
            asked = _Asked(travel, mode, reading.cutoff, "travel_time_s")
            response = asked.searched(networks, stations, "from_facility", start_s=turnout_s)
            transport = asked.searched(networks, serving, "to_facility")
            modes.append(_Rescue(mode, networks, response, transport))
        return cls(travel, tuple(modes), dict(zip(stations.index, turnout_s, strict=True)))

    def changed(self, facility_id: str, serving: SiteChange, station: SiteChange) -> LiveModes:
        """As `LiveModes.changed`."""
        if serving.is_none and station.is_none:
            return self
        places: Places = {}
        modes = (
            replace(
                one,
                response=_kept_up(one.response, facility_id, station, places),
                transport=_kept_up(one.transport, facility_id, serving, places),
            )
            for one in self.modes
        )
        turnout_s = {name: each for name, each in self.turnout_s.items() if name != facility_id}
        if station.now is not None:
            turnout_s[facility_id] = station.now.start_s
        return replace(self, modes=tuple(modes), turnout_s=turnout_s)

    def trips(self) -> pd.DataFrame:
        """As `LiveModes.trips`."""
        turnout_s = pd.Series(self.turnout_s, dtype=float)
        by_mode = []
        for one in self.modes:
            legs = zip(one.response, one.transport, strict=True)
            found = (in_two_legs(out.trips, back.trips, turnout_s) for out, back in legs)
            trips = rescue_in_band(Paced(*found), one.networks, self.travel.uncertainty)
            to_road_m = self.travel.snaps(one.mode).nearest_access_m
            by_mode.append(of_mode(trips, one.mode, one.networks.middle, to_road_m))
        return best_of_modes(by_mode, cost="travel_time_s")


class _Asked(NamedTuple):
    """What the searches of a mode have in common."""

    travel: StudyTrips
    mode: TravelMode
    cutoff: float
    cost: Cost

    def searched(
        self,
        networks: Sequence[RoadNetwork],
        facilities: gpd.GeoDataFrame,
        direction: Direction,
        *,
        start_s: pd.Series[float] | None = None,
    ) -> tuple[NearestIndex, ...]:
        """The nearest facilities on each of the networks."""
        return tuple(
            NearestIndex.prepare(
                network,
                self.travel.layers.demand,
                facilities,
                cutoff=self.cutoff + MARGIN,
                direction=direction,
                cost=self.cost,
                start_s=start_s,
                demand_snaps=self.travel.snaps(self.mode),
            )
            for network in networks
        )


def _kept_up(
    indexes: tuple[NearestIndex, ...], facility_id: str, change: SiteChange, places: Places
) -> tuple[NearestIndex, ...]:
    """The indexes of a leg after a change of one of its facilities."""
    was, now = change
    if change.is_none:
        return indexes
    if now is None:
        return tuple(one.without_facility(facility_id) for one in indexes)
    first = indexes[0]
    # Roads of one course, at any pace and often of several modes, share the demand's snaps.
    course = id(first.ground.demand)
    if course not in places:
        places[course] = first.snapped(facility_id, now.place)
    place, start_s, snaps = now.place, now.start_s, places[course]
    if was is None:
        return tuple(
            one.with_facility(facility_id, place, start_s=start_s, snaps=snaps) for one in indexes
        )
    return tuple(one.moved(facility_id, place, start_s=start_s, snaps=snaps) for one in indexes)

"""The trips of a study: its networks and snapped points made once, every reading from them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from coverage.catchment import nearest_by_straight_line, nearest_trips
from coverage.errors import ImpedanceError
from coverage.impedance import network_for_mode, single_modes
from coverage.rescue import LEG_COLUMNS, rescue_trips, turnout_of
from coverage.snapping import snap
from coverage.studies.paced_trips import (
    Paced,
    best_of_modes,
    clear_m,
    of_mode,
    one_way_trips,
    rescue_in_band,
    straight_in_band,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    import pandas as pd

    from coverage.error_band import Uncertainty
    from coverage.graph.arcs import Cost, FloatArray
    from coverage.impedance import TravelMode
    from coverage.network import RoadNetwork
    from coverage.snapping import Snaps
    from coverage.standards import Reading, Standard
    from coverage.studies.study import Layers

TRIP_COLUMNS: Final = (
    "facility_id",
    "travel_time_s",
    "distance_m",
    "access_m",
    "demand_access_m",
    "facility_access_m",
    "access_s",
    "mode_id",
    "slow",
    "fast",
)
"""What is known of every trip; `slow` and `fast` in the unit of the reading's cutoff."""

MIDDLE: Final = 1.0
"""Pace of the speed table itself."""


def cost_of(reading: Reading) -> Cost:
    """The column that a reading's cutoff is about."""
    return "travel_time_s" if reading.measure == "travel_time" else "distance_m"


def trip_columns(reading: Reading) -> tuple[str, ...]:
    """The columns that the trips of a reading have."""
    return (*TRIP_COLUMNS, *LEG_COLUMNS) if reading.station_kinds else TRIP_COLUMNS


@dataclass(frozen=True, eq=False)
class StudyTrips:
    """
    Networks of the modes in use and the demand points on them.

    Parameters
    ----------
    layers
        Checked layers in one projected CRS.
    modes
        All travel modes by id.
    uncertainty
        How far speeds and the road map may be off.
    """

    layers: Layers
    modes: Mapping[str, TravelMode]
    uncertainty: Uncertainty
    _networks: dict[tuple[str, float], RoadNetwork] = field(default_factory=dict, init=False)
    _snaps: dict[tuple[str, str], Snaps] = field(default_factory=dict, init=False)

    @property
    def networks(self) -> dict[str, RoadNetwork]:
        """The networks made so far, by mode."""
        return {mode: made for (mode, pace), made in self._networks.items() if pace == MIDDLE}

    def network(self, mode: TravelMode, *, pace: float = MIDDLE) -> RoadNetwork:
        """
        The roads of a single mode, at the pace of its table or another.

        Raises
        ------
        ImpedanceError
            As `coverage.impedance.network_for_mode`.
        """
        key = (mode.mode_id, pace)
        if key not in self._networks:
            self._networks[key] = (
                network_for_mode(self.layers.roads, mode)
                if pace == MIDDLE
                else self.network(mode).at_pace(pace)
            )
        return self._networks[key]

    def snaps(self, mode: TravelMode) -> Snaps:
        """The demand points on the roads of a single mode, whatever the pace."""
        return self._snapped("demand", mode, self.layers.demand)

    def facility_snaps(self, mode: TravelMode) -> Snaps:
        """All facilities on the roads of a single mode."""
        return self._snapped("facilities", mode, self.layers.facilities)

    def _snapped(self, layer: str, mode: TravelMode, points: gpd.GeoDataFrame) -> Snaps:
        key = (layer, mode.mode_id)
        if key not in self._snaps:
            network = self.network(mode)
            # A car and an ambulance, often a bicycle too, have the same roads before them.
            alike = [
                snaps
                for (other, mode_id), snaps in self._snaps.items()
                if other == layer and _same_course(network, self.networks[mode_id])
            ]
            self._snaps[key] = alike[0] if alike else snap(network, points.geometry)
        return self._snaps[key]

    def single_modes(self, standard: Standard, reading: Reading) -> tuple[TravelMode, ...]:
        """
        The modes that travellers of a reading may choose from.

        Raises
        ------
        ImpedanceError
            If the mode is not in the table.
        """
        mode_id = standard.mode_of(reading)
        if mode_id not in self.modes:
            known = "、".join(sorted(self.modes))
            msg = f"「{standard.name}」的出行方式 {mode_id!r} 不在速度表里，表里有 {known}。"
            raise ImpedanceError(msg)
        return single_modes(self.modes[mode_id], self.modes)

    def trips(
        self,
        standard: Standard,
        reading: Reading,
        facilities: gpd.GeoDataFrame,
        *,
        stations: gpd.GeoDataFrame,
    ) -> pd.DataFrame:
        """
        The trip of every demand point by whichever mode is best.

        Parameters
        ----------
        standard, reading
            What is measured.
        facilities
            The facilities that count.
        stations
            The ambulance stations of a reading in two legs.

        Returns
        -------
        trips
            Indexed as the demand: `trip_columns(reading)`, and `to_road_m`, `to_road_s`, the
            way to the nearest road of any of the modes (NaN by straight line).
        """
        if reading.measure == "straight_line":
            return straight_in_band(nearest_by_straight_line(self.layers.demand, facilities))
        cost = cost_of(reading)
        by_mode = []
        for mode in self.single_modes(standard, reading):
            if reading.station_kinds:
                trips = self._rescue(reading, mode, facilities, stations)
            else:
                trips = self._one_way(standard, mode, facilities, cost)
            to_road_m = self.snaps(mode).nearest_access_m
            by_mode.append(of_mode(trips, mode, self.network(mode), to_road_m))
        return best_of_modes(by_mode, cost=cost)

    def at_paces(self, mode: TravelMode) -> Paced[RoadNetwork]:
        """
        The roads of a single mode at the paces of the error band.

        Raises
        ------
        ImpedanceError
            As `network`.
        """
        share = self.uncertainty.speed_share
        return Paced(*(self.network(mode, pace=pace) for pace in (MIDDLE, 1 - share, 1 + share)))

    def _one_way(
        self, standard: Standard, mode: TravelMode, facilities: gpd.GeoDataFrame, cost: Cost
    ) -> pd.DataFrame:
        def on(network: RoadNetwork) -> pd.DataFrame:
            return nearest_trips(
                network,
                self.layers.demand,
                facilities,
                direction=standard.direction,
                cost=cost,
                demand_snaps=self.snaps(mode),
            )

        networks = self.at_paces(mode)
        middle = on(networks.middle)
        # Metres do not depend on the speed.
        slow, fast = (
            (on(networks.slow), on(networks.fast)) if cost == "travel_time_s" else (middle, middle)
        )
        return one_way_trips(
            Paced(middle, slow, fast),
            self._lane_m(networks.fast, middle, facilities),
            networks,
            self.uncertainty,
            cost=cost,
        )

    def _rescue(
        self,
        reading: Reading,
        mode: TravelMode,
        hospitals: gpd.GeoDataFrame,
        stations: gpd.GeoDataFrame,
    ) -> pd.DataFrame:
        turnout_s = turnout_of(stations, default_s=reading.turnout_s)
        networks = self.at_paces(mode)
        found = (
            rescue_trips(
                network,
                self.layers.demand,
                stations,
                hospitals,
                turnout_s=turnout_s,
                demand_snaps=self.snaps(mode),
            )
            for network in networks
        )
        return rescue_in_band(Paced(*found), networks, self.uncertainty)

    def _lane_m(
        self, network: RoadNetwork, trips: pd.DataFrame, facilities: gpd.GeoDataFrame
    ) -> FloatArray:
        """Metres as the crow flies to the nearest facility; `inf` where a barrier lies between."""
        straight_m = np.full(len(trips), np.inf)
        is_thin = trips["demand_access_m"].to_numpy(dtype=float) > self.uncertainty.thin_road_m
        demand = self.layers.demand[is_thin]
        if facilities.empty or demand.empty:
            return straight_m
        nearest = nearest_by_straight_line(demand, facilities)
        start = demand.geometry.get_coordinates().to_numpy()
        end = facilities.geometry.loc[nearest["facility_id"]].get_coordinates().to_numpy()
        straight_m[is_thin] = clear_m(network, start, end, nearest["distance_m"].to_numpy())
        return straight_m


def _same_course(one: RoadNetwork, other: RoadNetwork) -> bool:
    """Whether two networks have the same edges, barriers included, whatever their speeds."""
    return one.barriers is other.barriers and all(
        np.array_equal(vars(one)[name], vars(other)[name])
        for name in ("tail", "head", "vertex_start", "vertex_xy")
    )

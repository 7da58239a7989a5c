"""The trips of a study: its networks and snapped points made once, every reading from them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from coverage.catchment import nearest_by_straight_line, nearest_trips
from coverage.error_band import RESCUE_LEGS, fast_cost, slow_cost
from coverage.errors import ImpedanceError
from coverage.impedance import network_for_mode, single_modes
from coverage.requests import TOLERANCE
from coverage.rescue import LEG_COLUMNS, rescue_trips, turnout_of
from coverage.snapping import snap

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd

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
            trips = nearest_by_straight_line(self.layers.demand, facilities)
            straight = trips["distance_m"]
            return trips.assign(
                mode_id=None, slow=straight, fast=straight, to_road_m=np.nan, to_road_s=np.nan
            )
        cost = cost_of(reading)
        best: pd.DataFrame | None = None
        for mode in self.single_modes(standard, reading):
            if reading.station_kinds:
                trips = self._rescue(reading, mode, facilities, stations)
            else:
                trips = self._one_way(standard, mode, facilities, cost)
            metres = self.snaps(mode).nearest_access_m
            trips = trips.assign(
                mode_id=mode.mode_id,
                to_road_m=metres,
                to_road_s=metres * self.network(mode).access_s_per_m,
            )
            best = trips if best is None else _better(best, trips, cost)
        assert best is not None  # noqa: S101 - a reading has at least one single mode
        best["mode_id"] = best["mode_id"].where(np.isfinite(best[cost]), None)
        return best

    def _one_way(
        self, standard: Standard, mode: TravelMode, facilities: gpd.GeoDataFrame, cost: Cost
    ) -> pd.DataFrame:
        def at(pace: float) -> pd.DataFrame:
            return nearest_trips(
                self.network(mode, pace=pace),
                self.layers.demand,
                facilities,
                direction=standard.direction,
                cost=cost,
                demand_snaps=self.snaps(mode),
            )

        trips = at(MIDDLE)
        # Metres do not depend on the speed.
        slowly, quickly = (
            (at(pace) for pace in self._paces) if cost == "travel_time_s" else (trips, trips)
        )
        networks = [self.network(mode, pace=pace) for pace in self._paces]
        return _with_band(
            trips,
            slow_cost(slowly, networks[0], self.uncertainty, cost=cost),
            fast_cost(
                quickly,
                self._clear_straight_m(networks[1], trips, facilities),
                networks[1],
                self.uncertainty,
                cost=cost,
            ),
            cost,
        )

    def _rescue(
        self,
        reading: Reading,
        mode: TravelMode,
        hospitals: gpd.GeoDataFrame,
        stations: gpd.GeoDataFrame,
    ) -> pd.DataFrame:
        turnout_s = turnout_of(stations, default_s=reading.turnout_s)
        trips, slowly, quickly = (
            rescue_trips(
                self.network(mode, pace=pace),
                self.layers.demand,
                stations,
                hospitals,
                turnout_s=turnout_s,
                demand_snaps=self.snaps(mode),
            )
            for pace in (MIDDLE, *self._paces)
        )
        slow = slow_cost(
            slowly,
            self.network(mode, pace=self._paces[0]),
            self.uncertainty,
            cost="travel_time_s",
            legs=RESCUE_LEGS,
        )
        # An ambulance does not leave the road for a lane that may be there.
        fast = quickly["travel_time_s"].to_numpy(dtype=float)
        return _with_band(trips, slow, fast, "travel_time_s")

    @property
    def _paces(self) -> tuple[float, float]:
        """The slow and the fast pace."""
        share = self.uncertainty.speed_share
        return 1 - share, 1 + share

    def _clear_straight_m(
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
        clear = network.barriers.crossed(start, end) < 0
        straight_m[is_thin] = np.where(clear, nearest["distance_m"].to_numpy(), np.inf)
        return straight_m


def _same_course(one: RoadNetwork, other: RoadNetwork) -> bool:
    """Whether two networks have the same edges, barriers included, whatever their speeds."""
    return one.barriers is other.barriers and all(
        np.array_equal(vars(one)[name], vars(other)[name])
        for name in ("tail", "head", "vertex_start", "vertex_xy")
    )


def _with_band(trips: pd.DataFrame, slow: FloatArray, fast: FloatArray, cost: Cost) -> pd.DataFrame:
    """The trips with `slow` and `fast`, which rounding must not carry past the middle."""
    middle = trips[cost].to_numpy(dtype=float)
    return trips.assign(slow=np.maximum(slow, middle), fast=np.minimum(fast, middle))


def _better(first: pd.DataFrame, second: pd.DataFrame, cost: str) -> pd.DataFrame:
    """Row by row the trip of lower cost; slow, fast and the way to a road are the best of both."""
    # Where both are as far, as on a road for both, the quicker one counts.
    other = "distance_m" if cost == "travel_time_s" else "travel_time_s"
    tied = (second[cost] - first[cost]).abs() <= TOLERANCE
    cheaper = (second[cost] < first[cost]) & ~tied | tied & (second[other] < first[other])
    best = pd.concat([first[~cheaper], second[cheaper]]).reindex(first.index)
    for column in ("to_road_m", "to_road_s", "slow", "fast"):
        best[column] = np.minimum(first[column], second[column])
    return best

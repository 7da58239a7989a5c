"""The one orchestrator: layers and standards in, result tables out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from coverage.catchment import TOLERANCE, nearest_by_straight_line, nearest_trips
from coverage.errors import ImpedanceError
from coverage.impedance import network_for_mode, single_modes
from coverage.isochrone import covered_area, reach_areas, straight_line_areas
from coverage.measures import is_counted, zone_table
from coverage.notices import data_notices, facility_notices, trip_notices
from coverage.snapping import access_legs
from coverage.study import Assessment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from coverage.arcs import Cost
    from coverage.impedance import TravelMode
    from coverage.network import RoadNetwork
    from coverage.standards import Reading, Standard
    from coverage.study import Layers

    Progress = Callable[[int, int, str], None]

WHOLE_AREA: Final = ""
"""`zone_id` of the row for the whole study area."""

TRIP_COLUMNS: Final = (
    "facility_id",
    "travel_time_s",
    "distance_m",
    "access_m",
    "demand_access_m",
    "facility_access_m",
    "access_s",
    "mode_id",
    "covered",
)
"""Columns per reading on the demand table, each named `{reading_id}_{column}`."""


def assess(
    layers: Layers,
    *,
    standards: Sequence[Standard],
    modes: Mapping[str, TravelMode],
    with_service_areas: bool = True,
    progress: Progress | None = None,
) -> Assessment:
    """
    Measure every standard for every demand point, zone and facility.

    Parameters
    ----------
    layers
        Checked layers in one projected CRS.
    standards
        The standards to apply.
    modes
        All travel modes by id.
    with_service_areas
        Whether to draw the service area of each single facility; no number depends on them,
        and they take longer than all the rest.
    progress
        Called with (steps done, steps in all, Chinese name of the step at hand).

    Returns
    -------
    assessment
        Every demand point, zone and facility has its row, whether served or not.

    Raises
    ------
    ImpedanceError
        If a mode is unknown or no road may be used by it.
    CrsError, InputError
        If layers disagree in CRS or hold no finite points.
    """
    work = _Work(layers, modes)
    steps = [(standard, reading) for standard in standards for reading in standard.readings]
    for done, (standard, reading) in enumerate(steps):
        if progress is not None:
            progress(done, len(steps), f"{standard.name}：{reading.name}")
        work.measure(standard, reading)
        work.draw_together(standard, reading)
        if with_service_areas:
            work.draw(standard, reading)
    if progress is not None:
        progress(len(steps), len(steps), "完成")
    return work.assessment(tuple(standards))


class _Work:
    """Result tables in the making; each reading adds its columns and rows."""

    def __init__(self, layers: Layers, modes: Mapping[str, TravelMode]) -> None:
        self.layers = layers
        self.modes = modes
        self.networks: dict[str, RoadNetwork] = {}
        self.notices = list(layers.notices)
        self.demand_columns: dict[str, pd.Series] = {}
        self.facility_columns: dict[str, pd.Series] = {}
        self.facility_access = pd.Series(np.inf, index=layers.facilities.index, name="access_m")
        self.zones: list[pd.DataFrame] = []
        self.gaps: list[gpd.GeoDataFrame] = []
        self.areas: list[gpd.GeoDataFrame] = []
        self.covered: dict[str, shapely.Geometry] = {}

    def measure(self, standard: Standard, reading: Reading) -> None:
        """Add a reading's columns and rows."""
        counted = self._counted(standard)
        trips = self._trips(standard, reading, counted)
        measured = _cost(reading)
        trips["covered"] = trips[measured] <= reading.cutoff + TOLERANCE
        for column in TRIP_COLUMNS:
            self.demand_columns[f"{reading.reading_id}_{column}"] = trips[column]
        scoped = self._scoped(standard).join(trips[[*TRIP_COLUMNS, "to_road_m", "to_road_s"]])
        self._add_zones(standard, reading, scoped, scoped[measured])
        self._add_gaps(standard, reading, scoped)
        self._add_facilities(standard, reading, counted, scoped)
        if reading is standard.readings[0]:
            self.notices += data_notices(standard, scoped, counted)
            self.notices += trip_notices(
                standard, reading, scoped, scoped, any_facility=not counted.empty
            )

    def draw_together(self, standard: Standard, reading: Reading) -> None:
        """Add the ground that all counted facilities cover together."""
        counted = self._counted(standard)
        if reading.measure == "straight_line":
            parts = straight_line_areas(counted, cutoff_m=reading.cutoff).geometry.to_list()
        else:
            parts = [
                covered_area(
                    self._network(mode),
                    counted,
                    cutoff=reading.cutoff,
                    direction=standard.direction,
                    cost=_cost(reading),
                )
                for mode in self._single_modes(standard)
            ]
        self.covered[reading.reading_id] = shapely.union_all(parts)

    def draw(self, standard: Standard, reading: Reading) -> None:
        """Add a reading's service areas."""
        counted = self._counted(standard)
        if reading.measure == "straight_line":
            areas = straight_line_areas(counted, cutoff_m=reading.cutoff)
        else:
            cost = _cost(reading)
            drawn = [
                reach_areas(
                    self._network(mode),
                    counted,
                    cutoffs=[reading.cutoff],
                    direction=standard.direction,
                    cost=cost,
                )
                for mode in self._single_modes(standard)
            ]
            areas = drawn[0]
            for other in drawn[1:]:
                areas = areas.set_geometry(areas.geometry.union(other.geometry, align=False))
        self.areas.append(
            areas.assign(standard_id=standard.standard_id, reading_id=reading.reading_id)
        )

    def assessment(self, standards: tuple[Standard, ...]) -> Assessment:
        """The finished result."""
        layers = self.layers
        access = self.facility_access.where(np.isfinite(self.facility_access))
        facility_columns = {"access_m": access, **self.facility_columns}
        crs = layers.demand.crs
        return Assessment(
            layers=layers,
            standards=standards,
            demand=layers.demand.assign(**self.demand_columns),
            zones=pd.concat(self.zones, ignore_index=True),
            facilities=layers.facilities.assign(**facility_columns),
            gaps=gpd.GeoDataFrame(pd.concat(self.gaps, ignore_index=True), crs=crs),
            service_areas=_stacked(self.areas, crs),
            covered_areas=gpd.GeoDataFrame(
                index=pd.Index(list(self.covered), name="reading_id"),
                geometry=list(self.covered.values()),
                crs=crs,
            ),
            notices=tuple(self.notices),
        )

    def _counted(self, standard: Standard) -> gpd.GeoDataFrame:
        facilities = self.layers.facilities
        return facilities[facilities["kind"].isin(standard.kinds)]

    def _scoped(self, standard: Standard) -> gpd.GeoDataFrame:
        """The demand points inside the study area that the standard is about."""
        demand = self.layers.demand
        return demand[is_counted(demand, standard)]

    def _single_modes(self, standard: Standard) -> tuple[TravelMode, ...]:
        if standard.mode_id not in self.modes:
            known = "、".join(sorted(self.modes))
            msg = (
                f"「{standard.name}」的出行方式 {standard.mode_id!r} 不在速度表里，表里有 {known}。"
            )
            raise ImpedanceError(msg)
        return single_modes(self.modes[standard.mode_id], self.modes)

    def _network(self, mode: TravelMode) -> RoadNetwork:
        if mode.mode_id not in self.networks:
            self.networks[mode.mode_id] = network_for_mode(self.layers.roads, mode)
        return self.networks[mode.mode_id]

    def _trips(
        self, standard: Standard, reading: Reading, counted: gpd.GeoDataFrame
    ) -> pd.DataFrame:
        """The trip to the nearest facility by whichever mode is best."""
        if reading.measure == "straight_line":
            trips = nearest_by_straight_line(self.layers.demand, counted)
            return trips.assign(mode_id=None, to_road_m=np.nan, to_road_s=np.nan)
        cost = _cost(reading)
        best: pd.DataFrame | None = None
        legs: pd.DataFrame | None = None
        for mode in self._single_modes(standard):
            network = self._network(mode)
            trips = nearest_trips(
                network, self.layers.demand, counted, direction=standard.direction, cost=cost
            ).assign(mode_id=mode.mode_id)
            trips["to_road_m"] = trips["demand_access_m"]
            trips["to_road_s"] = trips["demand_access_m"] * network.access_s_per_m
            best = trips if best is None else _better(best, trips, cost)
            of_mode = access_legs(network, counted)
            legs = of_mode if legs is None else legs.where(legs <= of_mode, of_mode)
        assert best is not None  # noqa: S101 - a standard has at least one single mode
        assert legs is not None  # noqa: S101
        self._note_access(standard, reading, counted, legs)
        best["mode_id"] = best["mode_id"].where(np.isfinite(best[cost]), None)
        return best

    def _note_access(
        self, standard: Standard, reading: Reading, counted: gpd.GeoDataFrame, legs: pd.DataFrame
    ) -> None:
        """Keep each facility's way to the nearest road of any mode; tell where it is too far."""
        nearest = self.facility_access.copy()
        nearest[legs.index] = np.minimum(nearest[legs.index], legs["access_m"])
        self.facility_access = nearest
        self.notices += facility_notices(standard, reading, counted, legs)

    def _add_zones(
        self, standard: Standard, reading: Reading, scoped: pd.DataFrame, measured: pd.Series
    ) -> None:
        table = zone_table(
            scoped.assign(population=_weights(scoped, standard), measured=measured),
            self.layers.zones["zone_name"],
            cutoff=reading.cutoff,
            target=standard.target,
        )
        table.insert(2, "standard_id", standard.standard_id)
        table.insert(3, "reading_id", reading.reading_id)
        self.zones.append(table)

    def _add_gaps(self, standard: Standard, reading: Reading, scoped: gpd.GeoDataFrame) -> None:
        gaps = scoped[~scoped["covered"]].reset_index(names="demand_id")
        gaps = gaps.assign(
            standard_id=standard.standard_id,
            reading_id=reading.reading_id,
            population=_weights(gaps, standard),
        )
        columns = ["demand_id", "demand_name", "standard_id", "reading_id", "population"]
        columns += ["zone_id", "facility_id", "travel_time_s", "distance_m", "geometry"]
        self.gaps.append(gaps[columns])

    def _add_facilities(
        self,
        standard: Standard,
        reading: Reading,
        counted: gpd.GeoDataFrame,
        scoped: pd.DataFrame,
    ) -> None:
        weighed = scoped.assign(population=_weights(scoped, standard))
        served = weighed[weighed["covered"]].groupby("facility_id")["population"]
        # Villages of unknown population alone are unknown people, not nobody.
        people = served.sum(min_count=1)
        for name, values in (("villages", served.size()), ("population", people)):
            column = values.reindex(counted.index, fill_value=0).astype(float)
            column = column.reindex(self.layers.facilities.index)
            self.facility_columns[f"{reading.reading_id}_{name}"] = column


def _cost(reading: Reading) -> Cost:
    """The column that a reading's cutoff is about."""
    return "travel_time_s" if reading.measure == "travel_time" else "distance_m"


def _better(first: pd.DataFrame, second: pd.DataFrame, cost: str) -> pd.DataFrame:
    """Row by row the trip of lower cost; to the nearest road of either mode."""
    # Where both are as far, as on a road for both, the quicker one counts.
    other = "distance_m" if cost == "travel_time_s" else "travel_time_s"
    tied = (second[cost] - first[cost]).abs() <= TOLERANCE
    cheaper = (second[cost] < first[cost]) & ~tied | tied & (second[other] < first[other])
    best = pd.concat([first[~cheaper], second[cheaper]]).reindex(first.index)
    for column in ("to_road_m", "to_road_s"):
        best[column] = np.minimum(first[column], second[column])
    return best


def _weights(demand: pd.DataFrame, standard: Standard) -> pd.Series:
    """The people a standard is about; unknown where the data do not say."""
    if standard.demand_group in demand.columns:
        return demand[standard.demand_group]
    return pd.Series(np.nan, index=demand.index)


def _stacked(areas: list[gpd.GeoDataFrame], crs: object) -> gpd.GeoDataFrame:
    if areas:
        return gpd.GeoDataFrame(pd.concat(areas, ignore_index=True), crs=crs)
    columns = ["facility_id", "standard_id", "reading_id", "cutoff", "geometry"]
    return gpd.GeoDataFrame(columns=columns, geometry="geometry", crs=crs)

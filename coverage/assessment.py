"""The one orchestrator: layers and standards in, result tables out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from coverage.error_band import DEFAULT_UNCERTAINTY
from coverage.measures import is_counted
from coverage.notices import (
    access_notices,
    area_notices,
    data_notices,
    facility_notices,
    parts_notices,
    rescue_notices,
    trip_notices,
)
from coverage.rescue import stations_cut_off
from coverage.result_columns import LABEL
from coverage.result_contracts import AREA_CHECKS_RESULT, AREA_DISAGREEMENTS_RESULT
from coverage.studies.reading_rows import weights, with_verdict, zone_rows
from coverage.studies.study import Assessment, counted_facilities
from coverage.studies.study_areas import covered_ground, facility_areas
from coverage.studies.study_checks import all_access_checks, all_road_parts, ground_check
from coverage.studies.study_trips import StudyTrips, cost_of, trip_columns

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    import shapely

    from coverage.areas.area_check import AreaCheck
    from coverage.contracts import Contract
    from coverage.error_band import Uncertainty
    from coverage.impedance import TravelMode
    from coverage.notices import Notice
    from coverage.standards import Reading, Standard
    from coverage.studies.study import Layers

    Progress = Callable[[int, int, str], None]


def assess(
    layers: Layers,
    *,
    standards: Sequence[Standard],
    modes: Mapping[str, TravelMode],
    uncertainty: Uncertainty = DEFAULT_UNCERTAINTY,
    with_service_areas: bool = True,
    area_readings: Collection[str] | None = None,
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
    uncertainty
        How far speeds and the road map may be off: the width of the error band.
    with_service_areas
        Whether to draw the service area of each single facility; no number depends on them,
        and they take longer than all the rest.
    area_readings
        Ids of the readings by which they are drawn; None for all.
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
    work = _Work(StudyTrips(layers, modes, uncertainty))
    steps = [(standard, reading) for standard in standards for reading in standard.readings]
    for done, (standard, reading) in enumerate(steps):
        if progress is not None:
            progress(done, len(steps), f"{standard.name}：{reading.name}")
        work.measure(standard, reading)
        work.draw_together(standard, reading)
        if with_service_areas and (area_readings is None or reading.reading_id in area_readings):
            work.draw(standard, reading)
    if progress is not None:
        progress(len(steps), len(steps), "完成")
    return work.assessment(tuple(standards))


class _Work:
    """Result tables in the making; each reading adds its columns and rows."""

    def __init__(self, travel: StudyTrips) -> None:
        self.travel = travel
        self.layers = travel.layers
        self.notices = list(travel.layers.notices)
        self.demand_columns: dict[str, pd.Series] = {}
        self.facility_columns: dict[str, pd.Series] = {}
        self.facility_access = pd.Series(np.inf, index=self.layers.facilities.index)
        self.zones: list[pd.DataFrame] = []
        self.gaps: list[gpd.GeoDataFrame] = []
        self.areas: list[gpd.GeoDataFrame] = []
        self.covered: dict[str, shapely.Geometry] = {}
        self.checks: list[AreaCheck] = []

    def measure(self, standard: Standard, reading: Reading) -> None:
        """Add a reading's columns and rows."""
        counted, stations = self._counted(standard), self._stations(standard, reading)
        trips = self.travel.trips(standard, reading, counted, stations=stations)
        measured = cost_of(reading)
        trips = with_verdict(trips, reading)
        columns = [*trip_columns(reading), "covered", "verdict"]
        for column in columns:
            self.demand_columns[f"{reading.reading_id}_{column}"] = trips[column]
        demand = self.layers.demand
        scoped = demand[is_counted(demand, standard)]
        scoped = scoped.join(trips[[*columns, "to_road_m", "to_road_s"]])
        # Nobody is near what was never given: 0 % would be taken for a finding.
        is_known = not counted.empty and not (reading.station_kinds and stations.empty)
        self._add_zones(standard, reading, scoped, scoped[measured], is_known=is_known)
        self._add_gaps(standard, reading, scoped)
        self._add_facilities(standard, reading, counted, scoped)
        self.notices += self._told(standard, reading, counted, stations, scoped)

    def draw_together(self, standard: Standard, reading: Reading) -> None:
        """Add the ground that all counted facilities cover together."""
        ground, cell_m = covered_ground(
            self.travel,
            standard,
            reading,
            self._counted(standard),
            stations=self._stations(standard, reading),
        )
        self.covered[reading.reading_id] = ground
        if reading.measure != "straight_line":
            check = ground_check(
                self.travel,
                standard,
                reading,
                ground,
                cell_m=cell_m,
                is_covered=self.demand_columns[f"{reading.reading_id}_covered"],
            )
            self.checks.append(check)
            self.notices += area_notices(standard, reading, check)

    def draw(self, standard: Standard, reading: Reading) -> None:
        """Add a reading's service areas."""
        areas = facility_areas(
            self.travel,
            standard,
            reading,
            self._counted(standard),
            stations=self._stations(standard, reading),
        )
        self.areas.append(
            areas.assign(standard_id=standard.standard_id, reading_id=reading.reading_id)
        )

    def assessment(self, standards: tuple[Standard, ...]) -> Assessment:
        """The finished result."""
        layers = self.layers
        access = self.facility_access.where(np.isfinite(self.facility_access))
        facility_columns = {"access_m": access, **self.facility_columns}
        crs = layers.demand.crs
        checks, parts = all_access_checks(self.travel, standards), all_road_parts(self.travel)
        modes = self.travel.modes
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
            area_checks=_rows([check.areas for check in self.checks], AREA_CHECKS_RESULT),
            area_disagreements=_rows(
                [check.points for check in self.checks], AREA_DISAGREEMENTS_RESULT
            ),
            access_checks=checks,
            road_parts=parts,
            uncertainty=self.travel.uncertainty,
            notices=(
                *self.notices,
                *access_notices(checks, modes),
                *parts_notices(parts, modes),
            ),
        )

    def _counted(self, standard: Standard) -> gpd.GeoDataFrame:
        return counted_facilities(self.layers, standard, standard.kinds)

    def _stations(self, standard: Standard, reading: Reading) -> gpd.GeoDataFrame:
        return counted_facilities(self.layers, standard, reading.station_kinds)

    def _told(
        self,
        standard: Standard,
        reading: Reading,
        counted: gpd.GeoDataFrame,
        stations: gpd.GeoDataFrame,
        scoped: pd.DataFrame,
    ) -> list[Notice]:
        """What a reading brought to light."""
        found: list[Notice] = []
        if reading.measure != "straight_line":
            found += facility_notices(
                standard, reading, counted, self._access_legs(standard, reading, counted)
            )
        if reading.station_kinds:
            network = self.travel.network(self.travel.single_modes(standard, reading)[0])
            stranded = stations_cut_off(network, stations, counted)
            # That there is no hospital at all is said of the standard.
            stranded = stranded if len(counted) else stranded[:0]
            found += rescue_notices(standard, reading, stations, stranded)
        if reading is standard.readings[0]:
            found += data_notices(standard, scoped, counted)
            any_facility = not counted.empty and not (reading.station_kinds and stations.empty)
            found += trip_notices(standard, reading, scoped, scoped, any_facility=any_facility)
        return found

    def _access_legs(
        self, standard: Standard, reading: Reading, counted: gpd.GeoDataFrame
    ) -> pd.DataFrame:
        """The way of the counted facilities to the nearest road of any of the modes."""
        legs = pd.DataFrame(np.inf, index=counted.index, columns=["access_m", "access_s"])
        rows = self.layers.facilities.index.get_indexer(counted.index)
        for mode in self.travel.single_modes(standard, reading):
            metres = self.travel.facility_snaps(mode).nearest_access_m[rows]
            seconds = metres * self.travel.network(mode).access_s_per_m
            legs = np.minimum(legs, np.column_stack([metres, seconds]))
        nearest = self.facility_access.copy()
        nearest[legs.index] = np.minimum(nearest[legs.index], legs["access_m"])
        self.facility_access = nearest
        return legs

    def _add_zones(
        self,
        standard: Standard,
        reading: Reading,
        scoped: pd.DataFrame,
        measured: pd.Series,
        *,
        is_known: bool,
    ) -> None:
        weighed = scoped.assign(population=weights(scoped, standard), measured=measured)
        names = self.layers.zones["zone_name"]
        self.zones.append(zone_rows(weighed, names, standard, reading, is_known=is_known))

    def _add_gaps(self, standard: Standard, reading: Reading, scoped: gpd.GeoDataFrame) -> None:
        gaps = scoped[~scoped["covered"]].reset_index(names="demand_id")
        gaps = gaps.assign(
            standard_id=standard.standard_id,
            reading_id=reading.reading_id,
            population=weights(gaps, standard),
        )
        columns = ["demand_id", "demand_name", "standard_id", "reading_id", "population"]
        columns += ["zone_id", "facility_id", "travel_time_s", "distance_m", "verdict", "geometry"]
        self.gaps.append(gaps[columns])

    def _add_facilities(
        self,
        standard: Standard,
        reading: Reading,
        counted: gpd.GeoDataFrame,
        scoped: pd.DataFrame,
    ) -> None:
        weighed = scoped.assign(population=weights(scoped, standard))
        served = weighed[weighed["covered"]].groupby("facility_id")["population"]
        # Villages of unknown population alone are unknown people, not nobody.
        people = served.sum(min_count=1)
        for name, values in (("villages", served.size()), ("population", people)):
            column = values.reindex(counted.index, fill_value=0).astype(float)
            column = column.reindex(self.layers.facilities.index)
            self.facility_columns[f"{reading.reading_id}_{name}"] = column


def _rows(tables: list[pd.DataFrame], contract: Contract) -> pd.DataFrame:
    """Tables one below the other, with the columns of a result even where there is no row."""
    names = [column.name for column in contract.columns if column.name != LABEL]
    empty = pd.DataFrame({name: [] for name in names})
    return pd.concat(tables, ignore_index=True)[names] if tables else empty


def _stacked(areas: list[gpd.GeoDataFrame], crs: object) -> gpd.GeoDataFrame:
    if areas:
        return gpd.GeoDataFrame(pd.concat(areas, ignore_index=True), crs=crs)
    columns = ["facility_id", "standard_id", "reading_id", "cutoff", "geometry"]
    return gpd.GeoDataFrame(columns=columns, geometry="geometry", crs=crs)

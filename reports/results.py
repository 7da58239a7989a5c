"""An assessment written out as tables, map layers, a summary and a manifest."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import pandas as pd

from coverage.access.access_checks import ISSUES
from coverage.measures import is_counted
from coverage.result_columns import LABEL
from coverage.result_contracts import (
    ACCESS_CHECKS_RESULT,
    ALLOCATION_RESULT,
    AREA_CHECKS_RESULT,
    AREA_DISAGREEMENTS_RESULT,
    CAPACITY_FACILITIES_RESULT,
    CAPACITY_RESULT,
    DEMAND_RESULT,
    FACILITIES_RESULT,
    GAPS_RESULT,
    ROAD_PARTS_RESULT,
    SERVICE_AREAS_RESULT,
    TRAVEL_TIMES_RESULT,
    ZONES_RESULT,
    column_names,
)
from coverage.studies.study import measured_readings
from coverage.studies.study_measures import study_measures
from reports.assessment_summary import cutoff_unit, readings_of, summary
from reports.files import csv_bytes, json_text, output_set
from reports.geojson import WGS84, geojson_text
from reports.manifest import file_entries
from reports.problem_list import PROBLEM_LIST_FILE, problem_list_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from coverage.contracts import Contract
    from coverage.impedance import TravelMode
    from coverage.standards import FacilityKind
    from coverage.studies.study import Assessment
    from coverage.studies.study_measures import StudyMeasures
    from layers.quality import Ledger

MANIFEST_FILE: Final = "manifest.json"

FILE_NAMES: Final = (
    "demand.csv",
    "zones.csv",
    "facilities.csv",
    "gaps.geojson",
    "service_areas.geojson",
    "access_checks.csv",
    "road_parts.csv",
    "area_checks.csv",
    "area_disagreements.csv",
    "travel_times.csv",
    "capacity.csv",
    "capacity_facilities.csv",
    "allocation.csv",
    "findings.csv",
    PROBLEM_LIST_FILE,
    "summary.json",
    "map.html",
    MANIFEST_FILE,
)
"""Every file that `write_assessment` may write, in the order in which it names them."""


def write_assessment(
    assessment: Assessment,
    *,
    out: Path,
    manifest: Mapping[str, Any],
    kinds: Mapping[str, FacilityKind],
    modes: Mapping[str, TravelMode],
    map_html: str | None,
    ledger: Ledger | None = None,
) -> list[Path]:
    """
    Write every result of an assessment, all of them or none.

    Parameters
    ----------
    assessment
        What `coverage.assessment.assess` gave.
    out
        Folder for the files; made where it does not exist, other files in it are left alone.
    manifest
        From `reports.manifest.build_manifest`; hashes of the files written are added.
    kinds
        Facility kinds by code, for their Chinese names.
    modes
        Travel modes by id, for theirs.
    map_html
        Saved map, or None for none.
    ledger
        What was wrong with the project's files; None where nobody looked.

    Returns
    -------
    files
        Those of `FILE_NAMES`; `map.html`, and the lists of problems, only where they are given.

    Raises
    ------
    OutputError
        If they cannot be written; what was there before is then untouched.
    """
    contents = assessment_files(assessment, kinds=kinds, modes=modes, ledger=ledger)
    if map_html is not None:
        contents["map.html"] = _bytes(map_html)
    with output_set(out) as staging:
        for name, content in contents.items():
            (staging / name).write_bytes(content)
        listed = {
            "project": assessment.layers.name,
            "label": assessment.layers.label,
            **manifest,
            "outputs": file_entries(staging.iterdir()),
        }
        (staging / MANIFEST_FILE).write_bytes(_bytes(json_text(listed)))
    return [out / name for name in [*contents, MANIFEST_FILE]]


def assessment_files(
    assessment: Assessment,
    *,
    kinds: Mapping[str, FacilityKind],
    modes: Mapping[str, TravelMode],
    ledger: Ledger | None = None,
    for_eye: bool = True,
) -> dict[str, bytes]:
    """
    Every result of an assessment as the content of its file; the measures are worked out here.

    Parameters
    ----------
    assessment, kinds, modes, ledger
        As `write_assessment`.
    for_eye
        Whether the service areas and the list of problems are among them, which hold no number
        that another file has not.

    Returns
    -------
    files
        File name -> content, in the order of `FILE_NAMES`; neither the map nor the manifest.
    """
    measures = study_measures(assessment, modes=modes)
    label = assessment.layers.label
    tables = {
        "demand.csv": demand_table(assessment),
        "zones.csv": zones_table(assessment),
        "facilities.csv": facilities_table(assessment, kinds=kinds),
        "access_checks.csv": access_checks_table(assessment, modes=modes),
        "road_parts.csv": road_parts_table(assessment, modes=modes),
        "area_checks.csv": _select(assessment.area_checks, AREA_CHECKS_RESULT, assessment),
        "area_disagreements.csv": _select(
            assessment.area_disagreements, AREA_DISAGREEMENTS_RESULT, assessment
        ),
        **_measure_tables(measures, assessment),
    }
    files = {name: csv_bytes(table) for name, table in tables.items()}
    files["gaps.geojson"] = _bytes(geojson_text(gaps_table(assessment), label=label))
    files["summary.json"] = _bytes(json_text(summary(assessment, more=measures.notices)))
    if ledger is not None:
        files["findings.csv"] = csv_bytes(ledger.frame().assign(**{LABEL: label}))
    if for_eye:
        areas = geojson_text(service_areas_table(assessment), label=label)
        files["service_areas.geojson"] = _bytes(areas)
    if for_eye and ledger is not None:
        files[PROBLEM_LIST_FILE] = problem_list_bytes(ledger, label=label)
    return {name: files[name] for name in FILE_NAMES if name in files}


def demand_table(assessment: Assessment) -> pd.DataFrame:
    """`demand.csv`: one row per demand point, contract `DEMAND_RESULT`."""
    table = _with_degrees(assessment.demand)
    measured = _measured_ids(assessment)
    for standard, reading in readings_of(assessment):
        # Blank where the standard is not about the point, so that sums agree with zones.csv, and
        # where there is nothing to be near.
        is_known = reading.reading_id in measured
        counted = is_counted(assessment.demand, standard).to_numpy() & is_known
        for name in (f"{reading.reading_id}_covered", f"{reading.reading_id}_verdict"):
            dtype = "boolean" if name.endswith("_covered") else object
            table[name] = table[name].astype(dtype).where(counted, None)
    return _select(table, DEMAND_RESULT, assessment)


def zones_table(assessment: Assessment) -> pd.DataFrame:
    """`zones.csv`: one row per zone and reading, then the totals, contract `ZONES_RESULT`."""
    return _select(_with_names(assessment.zones, assessment), ZONES_RESULT, assessment)


def facilities_table(assessment: Assessment, *, kinds: Mapping[str, FacilityKind]) -> pd.DataFrame:
    """`facilities.csv`: one row per facility, contract `FACILITIES_RESULT`."""
    table = _with_degrees(assessment.facilities)
    names = {code: kind.name for code, kind in kinds.items()}
    table["kind_name"] = table["kind"].map(names)
    return _select(table, FACILITIES_RESULT, assessment)


def gaps_table(assessment: Assessment) -> gpd.GeoDataFrame:
    """
    `gaps.geojson`: one row per uncovered demand point and reading, contract `GAPS_RESULT`.

    A reading without facilities to be near has no row: nobody knows who is covered.
    """
    gaps = assessment.gaps
    known = gaps[gaps["reading_id"].isin(_measured_ids(assessment))]
    table = _with_names(known.reset_index(drop=True), assessment)
    table["demand_name"] = table["demand_id"].map(assessment.demand["demand_name"])
    return _select(table, GAPS_RESULT, assessment)


def service_areas_table(assessment: Assessment) -> gpd.GeoDataFrame:
    """`service_areas.geojson`: one row per facility and reading, `SERVICE_AREAS_RESULT`."""
    table = _with_names(assessment.service_areas, assessment)
    for column in ("facility_name", "kind"):
        table[column] = table["facility_id"].map(assessment.facilities[column])
    units = {reading.reading_id: cutoff_unit(reading) for _, reading in readings_of(assessment)}
    table["cutoff_unit"] = table["reading_id"].map(units)
    return _select(table, SERVICE_AREAS_RESULT, assessment)


def access_checks_table(assessment: Assessment, *, modes: Mapping[str, TravelMode]) -> pd.DataFrame:
    """`access_checks.csv`: ways to the road to look at again, `ACCESS_CHECKS_RESULT`."""
    checks = assessment.access_checks
    both = [_with_degrees(assessment.demand), _with_degrees(assessment.facilities)]
    degrees = pd.concat([each[["lon", "lat"]] for each in both], keys=["demand", "facilities"])
    where = pd.MultiIndex.from_frame(checks[["layer", "point_id"]])
    table = checks.assign(
        mode_name=checks["mode_id"].map(lambda mode_id: modes[mode_id].name),
        issue_name=checks["issue"].map(ISSUES),
        lon=degrees["lon"].reindex(where).to_numpy(),
        lat=degrees["lat"].reindex(where).to_numpy(),
    )
    return _select(table, ACCESS_CHECKS_RESULT, assessment)


def road_parts_table(assessment: Assessment, *, modes: Mapping[str, TravelMode]) -> pd.DataFrame:
    """`road_parts.csv`: parts of the roads that are cut off, `ROAD_PARTS_RESULT`."""
    parts = assessment.road_parts
    places = gpd.GeoSeries.from_xy(parts["x"], parts["y"], crs=assessment.demand.crs).to_crs(WGS84)
    table = parts.assign(
        mode_name=parts["mode_id"].map(lambda mode_id: modes[mode_id].name),
        lon=places.x,
        lat=places.y,
    )
    return _select(table, ROAD_PARTS_RESULT, assessment)


def travel_times_table(measures: StudyMeasures, assessment: Assessment) -> pd.DataFrame:
    """`travel_times.csv`: minutes and choice by group and zone, `TRAVEL_TIMES_RESULT`."""
    return _measured(measures.travel_times, TRAVEL_TIMES_RESULT, assessment)


def _measure_tables(measures: StudyMeasures, assessment: Assessment) -> dict[str, pd.DataFrame]:
    """Those of capacity have their heads even where no capacity is known, or no rule given."""
    return {
        "travel_times.csv": travel_times_table(measures, assessment),
        "capacity.csv": _measured(measures.capacity, CAPACITY_RESULT, assessment),
        "capacity_facilities.csv": _measured(
            measures.capacity_facilities, CAPACITY_FACILITIES_RESULT, assessment
        ),
        "allocation.csv": _measured(measures.allocation, ALLOCATION_RESULT, assessment),
    }


def _measured(table: pd.DataFrame, contract: Contract, assessment: Assessment) -> pd.DataFrame:
    return _select(_with_names(table, assessment), contract, assessment)


def _measured_ids(assessment: Assessment) -> set[str]:
    """Ids of the readings that have something to be near."""
    return {
        reading.reading_id
        for standard in assessment.standards
        for reading in measured_readings(assessment.layers, standard)
    }


def _with_names(table: pd.DataFrame, assessment: Assessment) -> pd.DataFrame:
    standards = {standard.standard_id: standard.name for standard in assessment.standards}
    readings = {reading.reading_id: reading.name for _, reading in readings_of(assessment)}
    return table.assign(
        standard_name=table["standard_id"].map(standards),
        reading_name=table["reading_id"].map(readings),
    )


def _with_degrees(points: gpd.GeoDataFrame) -> pd.DataFrame:
    degrees = points.geometry.to_crs(WGS84)
    return pd.DataFrame(points.drop(columns=points.geometry.name)).assign(
        lon=degrees.x, lat=degrees.y
    )


def _select(table: pd.DataFrame, contract: Contract, assessment: Assessment) -> pd.DataFrame:
    """The columns of a contract, in its order; a column the planner never gave is left out."""
    flat = table.reset_index() if table.index.name == contract.index else table
    flat = flat.assign(label=assessment.layers.label)
    ids = [reading.reading_id for _, reading in readings_of(assessment)]
    names = column_names(contract, ids)
    left_out = replace(contract, columns=tuple(c for c in contract.columns if not c.required))
    optional = set(column_names(left_out, ids))
    return flat[[name for name in names if name in flat.columns or name not in optional]]


def _bytes(text: str) -> bytes:
    # Lone surrogates, which UTF-8 cannot hold, become "?".
    return text.encode("utf-8", errors="replace")

"""An assessment written out as tables, map layers, a summary and a manifest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from coverage.measures import is_counted
from coverage.result_contracts import (
    DEMAND_RESULT,
    FACILITIES_RESULT,
    GAPS_RESULT,
    SERVICE_AREAS_RESULT,
    ZONES_RESULT,
    column_names,
)
from reports.files import DECIMALS, csv_bytes, json_text, output_set, plain
from reports.geojson import WGS84, geojson_text
from reports.manifest import file_entries

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import geopandas as gpd

    from coverage.contracts import Contract
    from coverage.standards import FacilityKind, Reading, Standard
    from coverage.study import Assessment

MANIFEST_FILE: Final = "manifest.json"

FILE_NAMES: Final = (
    "demand.csv",
    "zones.csv",
    "facilities.csv",
    "gaps.geojson",
    "service_areas.geojson",
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
    map_html: str | None,
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
    map_html
        Saved map, or None for none.

    Returns
    -------
    files
        Those of `FILE_NAMES`; `map.html` only where it is given.

    Raises
    ------
    OutputError
        If they cannot be written; what was there before is then untouched.
    """
    contents = {
        "demand.csv": csv_bytes(demand_table(assessment)),
        "zones.csv": csv_bytes(zones_table(assessment)),
        "facilities.csv": csv_bytes(facilities_table(assessment, kinds=kinds)),
        "gaps.geojson": _bytes(geojson_text(gaps_table(assessment), label=assessment.layers.label)),
        "service_areas.geojson": _bytes(
            geojson_text(service_areas_table(assessment), label=assessment.layers.label)
        ),
        "summary.json": _bytes(json_text(summary(assessment))),
    }
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


def demand_table(assessment: Assessment) -> pd.DataFrame:
    """`demand.csv`: one row per demand point, contract `DEMAND_RESULT`."""
    table = _with_degrees(assessment.demand)
    for standard, reading in _readings(assessment):
        # Blank where the standard is not about the point, so that sums agree with zones.csv.
        name = f"{reading.reading_id}_covered"
        counted = is_counted(assessment.demand, standard).to_numpy()
        table[name] = table[name].astype("boolean").where(counted)
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
    """`gaps.geojson`: one row per uncovered demand point and reading, contract `GAPS_RESULT`."""
    table = _with_names(assessment.gaps, assessment)
    table["demand_name"] = table["demand_id"].map(assessment.demand["demand_name"])
    return _select(table, GAPS_RESULT, assessment)


def service_areas_table(assessment: Assessment) -> gpd.GeoDataFrame:
    """`service_areas.geojson`: one row per facility and reading, `SERVICE_AREAS_RESULT`."""
    table = _with_names(assessment.service_areas, assessment)
    for column in ("facility_name", "kind"):
        table[column] = table["facility_id"].map(assessment.facilities[column])
    units = {reading.reading_id: _unit(reading) for _, reading in _readings(assessment)}
    table["cutoff_unit"] = table["reading_id"].map(units)
    return _select(table, SERVICE_AREAS_RESULT, assessment)


def summary(assessment: Assessment) -> dict[str, Any]:
    """
    Totals of every reading, counts of rows, and notices: the content of `summary.json`.

    Parameters
    ----------
    assessment
        What `coverage.assessment.assess` gave.

    Returns
    -------
    summary
        JSON types only; a value that is not known is None.
    """
    layers = assessment.layers
    totals = assessment.zones[assessment.zones["zone_id"] == ""].set_index("reading_id")
    by_kind = layers.facilities["kind"].value_counts().sort_index()
    content = {
        "project": layers.name,
        "label": layers.label,
        "crs": layers.roads.crs,
        "counts": {
            "zones": len(layers.zones),
            "demand_in": layers.rows_read.get("demand", len(layers.demand)),
            "demand_out": len(assessment.demand),
            "facilities_in": layers.rows_read.get("facilities", len(layers.facilities)),
            "facilities_out": len(assessment.facilities),
            "facilities_by_kind": by_kind.to_dict(),
            "road_nodes": layers.roads.node_count,
            "road_edges": layers.roads.edge_count,
        },
        "readings": [
            _reading_summary(standard, reading, totals.loc[reading.reading_id])
            for standard, reading in _readings(assessment)
        ],
        "notices": [
            {"code": notice.code, "message": notice.message, "count": notice.count}
            for notice in assessment.notices
        ],
    }
    return dict(plain(content))


_TOTALS: Final = (
    "population",
    "covered",
    "share",
    "villages",
    "villages_covered",
    "village_share",
    "population_unknown",
    "target",
    "gap",
)


def _reading_summary(standard: Standard, reading: Reading, total: pd.Series) -> dict[str, Any]:
    return {
        "standard_id": standard.standard_id,
        "standard_name": standard.name,
        "reading_id": reading.reading_id,
        "reading_name": reading.name,
        "measure": reading.measure,
        "cutoff": reading.cutoff,
        "cutoff_unit": _unit(reading),
        "demand_group": standard.demand_group,
        "scope": standard.scope,
        "mode_id": standard.mode_id,
        "direction": standard.direction,
        **{name: round(total[name], DECIMALS) for name in _TOTALS},
    }


def _readings(assessment: Assessment) -> list[tuple[Standard, Reading]]:
    return [
        (standard, reading) for standard in assessment.standards for reading in standard.readings
    ]


def _unit(reading: Reading) -> str:
    return "s" if reading.measure == "travel_time" else "m"


def _with_names(table: pd.DataFrame, assessment: Assessment) -> pd.DataFrame:
    standards = {standard.standard_id: standard.name for standard in assessment.standards}
    readings = {reading.reading_id: reading.name for _, reading in _readings(assessment)}
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
    optional = {column.name for column in contract.columns if not column.required}
    ids = [reading.reading_id for _, reading in _readings(assessment)]
    names = column_names(contract, ids)
    return flat[[name for name in names if name in flat.columns or name not in optional]]


def _bytes(text: str) -> bytes:
    # Lone surrogates, which UTF-8 cannot hold, become "?".
    return text.encode("utf-8", errors="replace")

"""The totals of an assessment: the content of `summary.json`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from reports.files import DECIMALS, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coverage.notices import Notice
    from coverage.standards import Reading, Standard
    from coverage.studies.study import Assessment


def summary(assessment: Assessment, *, more: Sequence[Notice] = ()) -> dict[str, Any]:
    """
    Totals of every reading, counts of rows, and notices: the content of `summary.json`.

    Parameters
    ----------
    assessment
        What `coverage.assessment.assess` gave.
    more
        Notices beside those of the assessment, e.g. of the capacities.

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
            for standard, reading in readings_of(assessment)
        ],
        "error_band": {
            "speed_share": assessment.uncertainty.speed_share,
            "thin_road_m": assessment.uncertainty.thin_road_m,
            "detour": assessment.uncertainty.detour,
            "far_from_road_m": assessment.uncertainty.far_from_road_m,
        },
        "notices": [
            {"code": notice.code, "message": notice.message, "count": notice.count}
            for notice in (*assessment.notices, *more)
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
    "covered_low",
    "share_low",
    "villages_low",
    "covered_high",
    "share_high",
    "villages_high",
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
        "cutoff_unit": cutoff_unit(reading),
        "demand_group": standard.demand_group,
        "scope": standard.scope,
        "mode_id": standard.mode_of(reading),
        "cross_border": standard.cross_border,
        "direction": standard.direction,
        **{
            name: None if pd.isna(total[name]) else round(total[name], DECIMALS) for name in _TOTALS
        },
    }


def readings_of(assessment: Assessment) -> list[tuple[Standard, Reading]]:
    """Every standard with each of its readings."""
    return [
        (standard, reading) for standard in assessment.standards for reading in standard.readings
    ]


def cutoff_unit(reading: Reading) -> str:
    """In what its cutoff is measured: seconds or metres."""
    return "s" if reading.measure == "travel_time" else "m"

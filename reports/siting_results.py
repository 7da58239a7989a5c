"""A siting answer written out: sites, assignment, curve, points nothing can serve, and the proof.

Seconds by the clock stand in one place only, the key `seconds` of `siting.json`: everything else
is the same for the same inputs.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd

from coverage.result_columns import LABEL
from coverage.siting_contracts import (
    ASSIGNMENT_RESULT,
    CURVE_RESULT,
    SITES_RESULT,
    UNSERVABLE_RESULT,
)
from coverage.studies.study_sites import sites_meaning
from reports.files import csv_bytes, json_text, output_set, rounded
from reports.geojson import geojson_text
from reports.manifest import file_entries

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from coverage.contracts import Contract
    from coverage.studies.study_sites import SitingAnswer

SITING_FILE: Final = "siting.json"

MANIFEST_FILE: Final = "manifest.json"

SITING_FILES: Final = (
    SITES_RESULT.name,
    ASSIGNMENT_RESULT.name,
    CURVE_RESULT.name,
    UNSERVABLE_RESULT.name,
    SITING_FILE,
    MANIFEST_FILE,
)
"""Every file that `write_siting` writes; a table without rows has its head alone."""

CLOCK_KEY: Final = "seconds"
"""The one key of `siting.json` that differs from run to run."""


def write_siting(
    answer: SitingAnswer,
    *,
    curve: pd.DataFrame | None,
    label: str,
    project: str,
    out: Path,
    manifest: Mapping[str, Any],
) -> list[Path]:
    """
    Write a siting answer, all files or none.

    Parameters
    ----------
    answer
        From `coverage.studies.study_sites.answer_siting`.
    curve
        From `site_curve`; None where none was asked for.
    label
        Sentence that must stand on every export; "" if none.
    project
        Name of the project.
    out
        Folder for the files; made where it does not exist, other files in it are left alone.
    manifest
        From `reports.manifest.build_manifest`; hashes of the files written are added. That of
        `siting.json` is taken with `seconds` set to null, so that it can be held against another
        run.

    Returns
    -------
    files
        `SITING_FILES`.

    Raises
    ------
    OutputError
        If they cannot be written; what was there before is then untouched.
    """
    content = siting_content(answer, curve=curve, label=label, project=project)
    tables = {
        ASSIGNMENT_RESULT: assignment_rows(answer),
        CURVE_RESULT: curve_rows(curve),
        UNSERVABLE_RESULT: unservable_rows(answer),
    }
    with output_set(out) as staging:
        places = _with_label(site_rows(answer), SITES_RESULT, label)
        text = geojson_text(gpd.GeoDataFrame(places, crs=answer.sites.crs), label=label)
        (staging / SITES_RESULT.name).write_bytes(text.encode("utf-8", errors="replace"))
        for contract, table in tables.items():
            rows = csv_bytes(_with_label(table, contract, label))
            (staging / contract.name).write_bytes(rows)
        listed = {
            "project": project,
            "label": label,
            **manifest,
            "outputs": [*file_entries(staging.iterdir()), _without_clock(content)],
        }
        (staging / SITING_FILE).write_bytes(_json_bytes(content))
        (staging / MANIFEST_FILE).write_bytes(_json_bytes(listed))
    return [out / name for name in SITING_FILES]


def siting_content(
    answer: SitingAnswer, *, curve: pd.DataFrame | None, label: str, project: str
) -> dict[str, Any]:
    """
    The content of `siting.json`: what was asked, the answer, its proof, and who is left.

    Parameters
    ----------
    answer, curve, label, project
        As `write_siting`.

    Returns
    -------
    content
        For `reports.files.json_text`; what is not known is None.
    """
    ground, question, result = answer.ground, answer.question, answer.result
    names = ground.sites["site_name"]
    seconds = {"solving": result.seconds}
    return {
        "project": project,
        "label": label,
        "question": {
            **asdict(question),
            "years": dict(question.years),
            "meaning": sites_meaning(question, ground),
            "standard_id": ground.standard.standard_id,
            "reading_id": ground.reading.reading_id,
            "role": ground.role,
            "cost": ground.cost,
            "cutoff": ground.reading.cutoff,
            "bound_of_matrix": ground.bound,
            "candidates": len(ground.candidates),
            "existing_facilities": len(ground.existing),
        },
        "model": result.model,
        "status": result.status,
        "objective": result.objective,
        "bound": result.bound,
        "gap": result.gap,
        "reason": result.reason,
        "seed": result.seed,
        CLOCK_KEY: seconds,
        "selected": [{"site_id": name, "site_name": names.get(name)} for name in result.selected],
        "ties": [
            {
                "instead": [{"site_id": name, "site_name": names.get(name)} for name in new],
                "of": [{"site_id": name, "site_name": names.get(name)} for name in old],
            }
            for new, old in answer.ties
        ],
        "figures": {**answer.figures, **result.figures},
        "zones": _records(answer.zones),
        "unservable": list(answer.unservable.index),
        "order": None if answer.order is None else _records(answer.order),
        "curve": curve is not None,
        "sentences": list(answer.sentences),
        "notices": [asdict(notice) for notice in ground.notices],
    }


def site_rows(answer: SitingAnswer) -> gpd.GeoDataFrame:
    """The sites with the columns of `SITES_RESULT`, without the label."""
    mean = answer.sites["mean_cost"]
    built = {
        name: year
        for year, row in ([] if answer.order is None else answer.order.iterrows())
        for name in row["built"]
    }
    table = answer.sites.assign(
        year=pd.Series(answer.sites.index.map(built), index=answer.sites.index, dtype="Int64"),
        step=answer.sites["step"].astype("Int64"),
        adds_villages=answer.sites["adds_villages"].astype(int),
        only_villages=answer.sites["only_villages"].astype(int),
        assigned_villages=answer.sites["assigned_villages"].astype(int),
        **_by_unit(answer, mean, time="mean_time_s", metres="mean_distance_m"),
    )
    return table.reset_index()


def assignment_rows(answer: SitingAnswer) -> pd.DataFrame:
    """Where every demand point goes, with the columns of `ASSIGNMENT_RESULT`."""
    cost = _by_unit(answer, answer.assignment["cost"], time="travel_time_s", metres="distance_m")
    return answer.assignment.assign(**cost)


def curve_rows(curve: pd.DataFrame | None) -> pd.DataFrame:
    """The curve with the columns of `CURVE_RESULT`; no rows where none was asked for."""
    if curve is None:
        return _empty(CURVE_RESULT)
    return curve.reset_index().assign(
        built=curve["built"].map("；".join).to_numpy(),
        dropped=curve["dropped"].map("；".join).to_numpy(),
    )


def unservable_rows(answer: SitingAnswer) -> pd.DataFrame:
    """The points that nothing can serve, with the columns of `UNSERVABLE_RESULT`."""
    points = answer.unservable
    cost = _by_unit(answer, points["cost"], time="travel_time_s", metres="distance_m")
    return points.assign(**cost).reset_index()


def _by_unit(
    answer: SitingAnswer, values: pd.Series, *, time: str, metres: str
) -> dict[str, pd.Series]:
    """Values under the name of their unit; the other column is empty."""
    empty = pd.Series(np.nan, index=values.index)
    is_time = answer.ground.cost == "travel_time_s"
    return {time: values if is_time else empty, metres: empty if is_time else values}


def _with_label(table: pd.DataFrame, contract: Contract, label: str) -> pd.DataFrame:
    return table.assign(**{LABEL: label})[[column.name for column in contract.columns]]


def _empty(contract: Contract) -> pd.DataFrame:
    return pd.DataFrame({column.name: [] for column in contract.columns})


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return rounded(table.reset_index()).to_dict("records")


def _without_clock(content: Mapping[str, Any]) -> dict[str, Any]:
    """The entry of `siting.json` as it is with no seconds in it."""
    still = _json_bytes({**content, CLOCK_KEY: None})
    digest = hashlib.sha256(still).hexdigest()
    return {"file": SITING_FILE, "without": CLOCK_KEY, "bytes": len(still), "sha256": digest}


def _json_bytes(content: Mapping[str, Any]) -> bytes:
    return json_text(content).encode("utf-8", errors="replace")

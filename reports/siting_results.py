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
    from coverage.studies.study_sites import SitingAnswer, StandardPart

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
    files = siting_files(answer, curve=curve, label=label, project=project)
    content = siting_content(answer, curve=curve, label=label, project=project)
    with output_set(out) as staging:
        for name, each in files.items():
            (staging / name).write_bytes(each)
        listed = {
            "project": project,
            "label": label,
            **manifest,
            "outputs": [
                *file_entries(staging / name for name in files if name != SITING_FILE),
                _without_clock(content),
            ],
        }
        (staging / MANIFEST_FILE).write_bytes(_json_bytes(listed))
    return [out / name for name in SITING_FILES]


def siting_files(
    answer: SitingAnswer, *, curve: pd.DataFrame | None, label: str, project: str
) -> dict[str, bytes]:
    """
    A siting answer as the content of its files, without the manifest.

    Parameters
    ----------
    answer, curve, label, project
        As `write_siting`.

    Returns
    -------
    files
        File name -> content.
    """
    places = _with_label(site_rows(answer), SITES_RESULT, label)
    text = geojson_text(gpd.GeoDataFrame(places, crs=answer.sites.crs), label=label)
    tables = {
        ASSIGNMENT_RESULT: assignment_rows(answer),
        CURVE_RESULT: curve_rows(curve),
        UNSERVABLE_RESULT: unservable_rows(answer),
    }
    content = siting_content(answer, curve=curve, label=label, project=project)
    return {
        SITES_RESULT.name: text.encode("utf-8", errors="replace"),
        **{
            contract.name: csv_bytes(_with_label(table, contract, label))
            for contract, table in tables.items()
        },
        SITING_FILE: _json_bytes(content),
    }


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
        "further": [_told_part(part) for part in answer.further],
        "preferred": None if answer.prices is None else _records(answer.prices),
        "curve": curve is not None,
        "sentences": list(answer.sentences),
        "notices": [asdict(notice) for notice in ground.notices],
    }


def _told_part(part: StandardPart) -> dict[str, Any]:
    """What the plan does for a standard beside the first, as `siting.json` has it."""
    return {
        "standard_id": part.ground.standard.standard_id,
        "reading_id": part.ground.reading.reading_id,
        "figures": part.figures,
        "zones": _records(part.zones),
        "unservable": list(part.unservable.index),
    }


def site_rows(answer: SitingAnswer) -> gpd.GeoDataFrame:
    """The sites with the columns of `SITES_RESULT`, without the label; standard by standard."""
    built = {
        name: year
        for year, row in ([] if answer.order is None else answer.order.iterrows())
        for name in row["built"]
    }
    tables = []
    for part in answer.parts:
        sites = part.sites
        years = pd.Series(sites.index.map(built), index=sites.index, dtype="Int64")
        whole = ["adds_villages", "only_villages", "assigned_villages"]
        cost = _by_unit(part, sites["mean_cost"], time="mean_time_s", metres="mean_distance_m")
        table = sites.assign(year=years, step=sites["step"].astype("Int64"), **cost)
        tables.append(_of_standard(part, table.astype(dict.fromkeys(whole, int)).reset_index()))
    return gpd.GeoDataFrame(_stacked(tables), geometry="geometry", crs=answer.sites.crs)


def assignment_rows(answer: SitingAnswer) -> pd.DataFrame:
    """Where every demand point goes, with the columns of `ASSIGNMENT_RESULT`."""
    tables = []
    for part in answer.parts:
        cost = _by_unit(part, part.assignment["cost"], time="travel_time_s", metres="distance_m")
        tables.append(_of_standard(part, part.assignment.assign(**cost)))
    return _stacked(tables)


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
    tables = []
    for part in answer.parts:
        points = part.unservable
        cost = _by_unit(part, points["cost"], time="travel_time_s", metres="distance_m")
        tables.append(_of_standard(part, points.assign(**cost).reset_index()))
    return _stacked(tables)


def _by_unit(
    part: StandardPart, values: pd.Series, *, time: str, metres: str
) -> dict[str, pd.Series]:
    """Values under the name of their unit; the other column is empty."""
    empty = pd.Series(np.nan, index=values.index)
    is_time = part.ground.cost == "travel_time_s"
    return {time: values if is_time else empty, metres: empty if is_time else values}


def _of_standard(part: StandardPart, table: pd.DataFrame) -> pd.DataFrame:
    """A table that says by which standard it was made."""
    return table.assign(standard_id=part.ground.standard.standard_id)


def _stacked(tables: list[pd.DataFrame]) -> pd.DataFrame:
    """Tables one below the other; empty ones have no say in the columns' types."""
    filled = [table for table in tables if len(table)]
    return pd.concat(filled, ignore_index=True) if len(filled) > 1 else [*filled, tables[0]][0]


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

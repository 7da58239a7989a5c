"""What a planner takes away: the saved map, the tables, or every result in one archive."""

from __future__ import annotations

import io
import tempfile
import zipfile
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from reports.files import csv_bytes
from reports.manifest import build_manifest, told_manifest
from reports.results import demand_table, write_assessment, zones_table
from views.cache import assessed_in_full

if TYPE_CHECKING:
    from views.cache import Opened

ZIP_TIME: Final = (1980, 1, 1, 0, 0, 0)
"""Date of every entry of an archive: the same results give the same bytes."""


def show_downloads(opened: Opened, *, reading_id: str) -> None:
    """Buttons; a file is made when its button is pressed."""
    files = [
        ("地图（HTML）", "map.html", "text/html", partial(saved_map, opened, reading_id)),
        ("村（社区）结果（CSV）", "demand.csv", "text/csv", partial(demand_csv, opened)),
        ("行政单元结果（CSV）", "zones.csv", "text/csv", partial(zones_csv, opened)),
        ("全部结果（ZIP）", "results.zip", "application/zip", partial(archive, opened, reading_id)),
    ]
    for column, (label, name, mime, make) in zip(st.columns(len(files)), files, strict=True):
        column.download_button(
            label, make, name, mime, key=f"download-{name}", on_click="ignore", width="stretch"
        )


def reading_ids(opened: Opened, first: str) -> list[str]:
    """All readings assessed, the one looked at first."""
    ids = [one.reading_id for each in opened.assessment.standards for one in each.readings]
    return sorted(ids, key=lambda reading_id: reading_id != first)


def saved_map(opened: Opened, reading_id: str) -> bytes:
    """The map as one HTML file that opens without a network, on the reading looked at."""
    # folium takes a second to import and is needed for the saved map alone.
    from reports.webmap import web_map_html  # noqa: PLC0415

    text = web_map_html(
        opened.assessment,
        kinds=opened.kinds,
        reading_ids=reading_ids(opened, reading_id),
        attribution=opened.attribution,
    )
    return text.encode("utf-8", errors="replace")


def _settings(opened: Opened) -> dict[str, Any]:
    """The project's own settings, and the road changes that are tried on them."""
    settings = opened.project.settings.model_dump(by_alias=True, exclude_none=True)
    changes = [asdict(change) for change in opened.what_if.road_changes]
    return {**settings, "road_changes_tried": changes} if changes else settings


def demand_csv(opened: Opened) -> bytes:
    """Every village with its nearest facilities."""
    return csv_bytes(demand_table(opened.assessment))


def zones_csv(opened: Opened) -> bytes:
    """Every zone and reading."""
    return csv_bytes(zones_table(opened.assessment))


def archive(opened: Opened, reading_id: str) -> bytes:
    """
    Every result as the command face writes it, in one ZIP archive.

    Parameters
    ----------
    opened
        A project with its result.
    reading_id
        The reading that the saved map shows first.

    Returns
    -------
    content
        The same results give the same bytes.
    """
    project = opened.project
    manifest = build_manifest(
        project.input_files(),
        project_folder=project.folder,
        project_settings=_settings(opened),
        standards=opened.assessment.standards,
        modes=opened.modes,
    )
    if opened.what_if.is_empty:
        # What is tried on the page is in no file, so only the project as it is can be replayed.
        manifest = told_manifest(
            project,
            job="assess",
            request={"road_changes": "", "scenario": ""},
            out=project.folder,
            about={},
            manifest=manifest,
        )
    packed = io.BytesIO()
    with tempfile.TemporaryDirectory(prefix="quantu-") as folder:
        files = write_assessment(
            assessed_in_full(opened),
            out=Path(folder),
            manifest=manifest,
            kinds=opened.kinds,
            modes=opened.modes,
            map_html=saved_map(opened, reading_id).decode("utf-8"),
            ledger=opened.ledger,
        )
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
            for file in files:
                entry = zipfile.ZipInfo(file.name, ZIP_TIME)
                entry.compress_type = zipfile.ZIP_DEFLATED
                target.writestr(entry, file.read_bytes())
    return packed.getvalue()

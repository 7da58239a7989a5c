"""The result tables of a report: the numbers that every other part of it must equal.

They are the files that the commands `assess`, `targets` and `site` write, byte for byte, and the
tables of a scenario beside the project as it is.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from coverage.result_columns import LABEL
from coverage.scenario import changed_verdicts
from coverage.scenario_contracts import (
    SCENARIO_COSTS,
    SCENARIO_READINGS,
    SCENARIO_TIMES,
    SCENARIO_VERDICTS,
    SCENARIO_VILLAGES,
)
from reports.files import csv_bytes, json_text
from reports.least_sites import new_sites_table
from reports.results import MANIFEST_FILE, write_assessment
from reports.siting_results import write_siting
from reports.target_results import TARGET_FILES, targets_content

if TYPE_CHECKING:
    from collections.abc import Callable

    from reports.report_content import ReportContent

_TABLE_SUFFIXES: Final = (".csv", ".json", ".geojson")

_ELSEWHERE: Final = ("service_areas.geojson", MANIFEST_FILE)
"""Shapes for the eye stand among the GIS files, and the whole report has one manifest."""


def table_files(content: ReportContent) -> dict[str, bytes]:
    """
    The tables of assessment, targets, siting and scenario as CSV and JSON.

    Parameters
    ----------
    content
        Of the report.

    Returns
    -------
    files
        File name -> content; from the second siting answer on, names begin with its number.
    """
    found = content.assessment
    files = _as_written(
        lambda out: write_assessment(
            found,
            out=out,
            manifest={},
            kinds=content.kinds,
            modes=content.modes,
            map_html=None,
            ledger=content.ledger,
        )
    )
    files |= _target_files(content)
    for number, answer in enumerate(content.siting, start=1):
        written = _as_written(
            lambda out, answer=answer: write_siting(  # type: ignore[misc]
                answer,
                curve=None,
                label=content.label,
                project=content.name,
                out=out,
                manifest={},
            )
        )
        head = "" if number == 1 else f"{number}_"
        files |= {f"{head}{name}": each for name, each in written.items()}
    return files | _scenario_files(content)


def _target_files(content: ReportContent) -> dict[str, bytes]:
    """As `write_targets` writes them, without its workbook: that is made for the eye."""
    study, judged, year = content.study, content.judged, content.year
    if study is None or judged is None or year is None:
        return {}
    tables = (judged.values, judged.failing, judged.waived, new_sites_table(judged.least))
    files = {
        name: csv_bytes(table.assign(**{LABEL: content.label}))
        for name, table in zip(TARGET_FILES, tables, strict=False)
    }
    told = json_text(targets_content(judged, study=study, plans=content.plans, year=year))
    return files | {"targets.json": told.encode("utf-8", errors="replace")}


def _as_written(write: Callable[[Path], object]) -> dict[str, bytes]:
    """What a writer of files writes."""
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder))
        return {
            file.name: file.read_bytes()
            for file in sorted(Path(folder).iterdir())
            if file.suffix in _TABLE_SUFFIXES and file.name not in _ELSEWHERE
        }


def _scenario_files(content: ReportContent) -> dict[str, bytes]:
    compared = content.comparison
    if compared is None:
        return {}
    tables = {
        SCENARIO_READINGS: compared.readings,
        SCENARIO_VILLAGES: compared.villages,
        SCENARIO_TIMES: compared.times,
        SCENARIO_COSTS: compared.costs,
    }
    if content.judged is not None and content.judged_after is not None:
        tables[SCENARIO_VERDICTS] = changed_verdicts(content.judged, content.judged_after)
    return {
        contract.name: csv_bytes(table.assign(**{LABEL: content.label}))
        for contract, table in tables.items()
    }

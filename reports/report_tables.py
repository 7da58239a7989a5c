"""The result tables of a report: the numbers that every other part of it must equal.

They are the files that the commands `assess`, `targets` and `site` write, byte for byte, and the
tables of a scenario beside the project as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from coverage.result_columns import LABEL
from coverage.scenario import changed_verdicts
from coverage.scenario_contracts import (
    SCENARIO_COSTS,
    SCENARIO_READINGS,
    SCENARIO_TIMES,
    SCENARIO_VERDICTS,
    SCENARIO_VILLAGES,
)
from reports.files import csv_bytes
from reports.results import assessment_files
from reports.siting_results import siting_files
from reports.target_results import targets_files

if TYPE_CHECKING:
    from reports.report_content import ReportContent


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
    files = assessment_files(
        content.assessment,
        kinds=content.kinds,
        modes=content.modes,
        ledger=content.ledger,
        for_eye=False,
    )
    if content.study is not None and content.judged is not None and content.year is not None:
        files |= targets_files(
            content.judged, study=content.study, plans=content.plans, year=content.year
        )
    for number, answer in enumerate(content.siting, start=1):
        written = siting_files(answer, curve=None, label=content.label, project=content.name)
        head = "" if number == 1 else f"{number}_"
        files |= {f"{head}{name}": each for name, each in written.items()}
    return files | _scenario_files(content)


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

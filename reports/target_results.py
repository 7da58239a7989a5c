"""The plans' targets written out: tables, a workbook, one JSON file and a manifest."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from coverage.result_columns import LABEL
from coverage.rules.choices import WHOLE_AREA
from coverage.rules.judging import VERDICTS
from coverage.target_contracts import TARGET_RESULTS
from coverage.targets import plan_area_note
from reports.files import csv_bytes, json_text, output_set, rounded
from reports.least_sites import least_sites_content, new_sites_table
from reports.manifest import file_entries
from reports.target_workbook import target_workbook_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from coverage.rules.target import Plan, Target
    from coverage.targets import Judged, TargetStudy

MANIFEST_FILE: Final = "manifest.json"

TARGET_FILES: Final = (
    "targets.csv",
    "failing_units.csv",
    "waived_units.csv",
    "new_sites.csv",
    "targets.xlsx",
    "targets.json",
    MANIFEST_FILE,
)
"""Every file that `write_targets` writes."""


def write_targets(
    judged: Judged,
    *,
    study: TargetStudy,
    plans: Sequence[Plan],
    year: int,
    out: Path,
    manifest: Mapping[str, Any],
) -> list[Path]:
    """
    Write the targets of plans, all files or none.

    Parameters
    ----------
    judged
        From `coverage.targets.judge`.
    study
        The study area.
    plans
        The plans whose targets were judged.
    year
        The year chosen.
    out
        Folder for the files; made where it does not exist, other files in it are left alone.
    manifest
        From `reports.manifest.build_manifest`; hashes of the files written are added.

    Returns
    -------
    files
        `TARGET_FILES`.

    Raises
    ------
    OutputError
        If they cannot be written; what was there before is then untouched.
    """
    label = study.layers.label
    contents = targets_files(judged, study=study, plans=plans, year=year)
    contents["targets.xlsx"] = target_workbook_bytes(
        judged, contracts=TARGET_RESULTS, plans=plans, year=year, label=label
    )
    with output_set(out) as staging:
        for name, content in contents.items():
            (staging / name).write_bytes(content)
        listed = {
            "project": study.layers.name,
            "label": label,
            "year": year,
            **manifest,
            "outputs": file_entries(staging.iterdir()),
        }
        (staging / MANIFEST_FILE).write_bytes(json_text(listed).encode("utf-8", errors="replace"))
    return [out / name for name in TARGET_FILES]


def targets_files(
    judged: Judged, *, study: TargetStudy, plans: Sequence[Plan], year: int
) -> dict[str, bytes]:
    """
    The targets of plans as tables and as one JSON file, without the workbook.

    Parameters
    ----------
    judged, study, plans, year
        As `write_targets`.

    Returns
    -------
    files
        File name -> content.
    """
    tables = (judged.values, judged.failing, judged.waived, new_sites_table(judged.least))
    files = {
        name: csv_bytes(table.assign(**{LABEL: study.layers.label}))
        for name, table in zip(TARGET_FILES, tables, strict=False)
    }
    told = json_text(targets_content(judged, study=study, plans=plans, year=year))
    return {**files, "targets.json": told.encode("utf-8", errors="replace")}


def targets_content(
    judged: Judged, *, study: TargetStudy, plans: Sequence[Plan], year: int
) -> dict[str, Any]:
    """
    The content of `targets.json`: every plan with its targets, values by zone and verdicts.

    Parameters
    ----------
    judged, study, plans, year
        As `write_targets`.

    Returns
    -------
    content
        For `reports.files.json_text`; what is not known is None.
    """
    whole: dict[str, dict[str, Any]] = {}
    by_zone: dict[str, list[dict[str, Any]]] = {}
    for row in rounded(judged.values).to_dict("records"):
        if row["zone_id"] == WHOLE_AREA:
            whole[row["target_id"]] = row
        else:
            zone = {name: row[name] for name in ("zone_id", "zone_name", *_OF_TARGET)}
            by_zone.setdefault(row["target_id"], []).append(zone)
    counts = Counter(row["verdict"] for row in whole.values())
    least = {name: least_sites_content(one) for name, one in judged.least.items()}
    return {
        "project": study.layers.name,
        "label": study.layers.label,
        "area_level": study.area_level,
        "year": year,
        "verdicts": {word: counts[word] for word in VERDICTS},
        "plans": [
            {
                "plan_id": plan.plan_id,
                "title": plan.title,
                "publisher": plan.publisher,
                "area": plan.area,
                "area_note": plan_area_note(study, plan),
                "targets": [
                    {
                        **_target_content(target, whole[target.target_id]),
                        "zones": by_zone.get(target.target_id, []),
                        "least_sites": least.get(target.target_id),
                    }
                    for target in plan.targets
                    if target.target_id in whole
                ],
            }
            for plan in plans
        ],
    }


_OF_TARGET: Final = (
    "value", "value_low", "value_high", "target", "target_year", "target_note", "verdict", "gap",
    "missing", "numerator", "denominator", "units", "units_failing", "units_unknown",
    "units_waived",
)  # fmt: skip


def _target_content(target: Target, whole: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "target_id": target.target_id,
        "indicator": target.indicator,
        "indicator_id": target.indicator_id,
        "rule": target.rule,
        "unit": target.unit,
        "gap_unit": target.gap_unit,
        "section": target.clause.section,
        "quote": target.clause.quote,
        "table_row": target.table_row,
        "binding": target.binding,
        "department": target.department,
        "baseline": {str(one.year): one.value for one in target.baseline},
        "values": {str(one.year): one.value for one in target.values},
        **{name: whole[name] for name in _OF_TARGET},
        "recipe": whole["recipe"],
        "notes": whole["notes"],
    }

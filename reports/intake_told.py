"""An import told step by step: what is proposed, what speaks for which datum, what forbids it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from coverage.errors import InputError
from layers.columns.mapping import left_out_columns
from layers.corrections import of_file, read_corrections
from layers.intake import (
    checked,
    datum_evidence,
    declared_doubts,
    draft_problems,
    first_draft,
    has_points,
    is_datum_open,
    source_label,
    with_columns,
    with_kind,
)
from layers.sources import read_file
from reports.intake_results import draft_lines, evidence_lines, undeclared_sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from coverage.standards import FacilityKind
    from layers.intake import Checked, Draft, Ground
    from layers.project import Project
    from layers.tables import SourceTable

    Say = Callable[[str], None]


def checked_table(
    project: Project,
    declared: Draft,
    *,
    kinds: Mapping[str, FacilityKind],
    read_ground: Callable[[], Ground],
    say: Say,
) -> tuple[Draft, Checked, tuple[str, ...]]:
    """
    A table or layer as it was declared, checked.

    Parameters
    ----------
    project
        It is meant for.
    declared
        What the planner declared of it.
    kinds
        All kinds by code.
    read_ground
        Gives what it is checked against; called once what is wrong beside the datum was told.
    say
        Told every line.

    Returns
    -------
    draft, checked, doubts
        And what speaks against its datum.

    Raises
    ------
    InputError
        If it cannot be used as it was declared.
    """
    table = read_file(declared.file, options=declared.options)
    draft, proposed = first_draft(
        table, layer=declared.layer, file=declared.file, options=declared.options, kinds=kinds
    )
    by_name = declared.place_by_name or draft.place_by_name
    draft = with_columns(replace(draft, crs=declared.crs, place_by_name=by_name), declared.columns)
    if declared.kind or declared.recognise_kinds:
        draft = with_kind(draft, declared.kind, recognise=declared.recognise_kinds, kinds=kinds)
    for line in [f"注意：{remark}" for remark in table.remarks]:
        say(line)
    columns = list(table.cells.columns)
    left_out = left_out_columns(table, layer=draft.layer)
    for line in draft_lines(draft, proposed, kinds=kinds, file_columns=columns, left_out=left_out):
        say(line)
    # What is wrong beside the datum is told before the whole project is read.
    known = replace(draft, crs=draft.crs or "WGS84") if is_datum_open(table, draft) else draft
    _ensure_usable(draft_problems(table, known, kinds=kinds))
    ground = read_ground()
    doubts = _show_evidence(table, draft, ground, say=say) if has_points(table, draft) else ()
    _ensure_usable(draft_problems(table, draft, kinds=kinds))
    corrections = read_corrections(project.path(project.settings.project.corrections))
    label = source_label(project, draft)
    found = checked(table, draft, ground, corrections=of_file(corrections, label))
    return draft, found, doubts


def _show_evidence(
    table: SourceTable, draft: Draft, ground: Ground, *, say: Say
) -> tuple[str, ...]:
    """Tell what speaks for which datum and against that declared; an error where none is."""
    evidence, split = datum_evidence(table, draft, ground)
    for line in evidence_lines(evidence, split):
        say(line)
    if is_datum_open(table, draft):
        raise InputError(undeclared_sentence(evidence, split, name=draft.name))
    _ensure_usable(draft_problems(table, draft, kinds=ground.kinds))
    doubts = declared_doubts(table, draft, evidence, crs=ground.crs)
    for line in doubts:
        say(f"注意：{line}")
    return doubts


def _ensure_usable(problems: Sequence[str]) -> None:
    if problems:
        raise InputError("".join(problems))


def pairs(said: Sequence[str]) -> dict[str, str]:
    """Ours -> theirs from "ours=theirs"."""
    for text in said:
        if "=" not in text:
            msg = f"--column 应写成“我们的列=文件的列”，如 population=常住人口，现为“{text}”。"
            raise InputError(msg)
    return {ours: theirs for ours, _, theirs in (text.partition("=") for text in said)}

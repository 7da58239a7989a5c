"""The datums of single rows that a draft declares, kept as corrections of the project."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

from layers.checks.findings import records_of
from layers.checks.moved_points import UNCLEAR_DATUM
from layers.checks.project_ledger import source_labels
from layers.checks.row_identity import as_it_was, row_identities
from layers.corrections import DATUM, Correction, read_corrections, write_corrections
from layers.intaking.project_text import with_table
from layers.kept.changed_file import changing
from layers.sources import read_file

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from layers.intaking.draft import Draft
    from layers.project import Project
    from layers.tables import SourceTable

DECLARED: Final = "导入时逐行声明"
"""Reason of the corrections that a draft's `row_datums` become."""


class Recorded(NamedTuple):
    """
    What recording leaves to be done.

    Parameters
    ----------
    text
        Of the project file, to be put in its place.
    given_up
        Corrections that nobody reads once that is done, or None.
    """

    text: str
    given_up: Path | None


def with_row_datums(
    corrections: Sequence[Correction], draft: Draft, *, label: str, table: SourceTable | None
) -> tuple[Correction, ...]:
    """
    Corrections with the datums of single rows as a draft declares them, and no others.

    Rows whose datum cannot be told apart get one too, in the datum of the whole list.

    Parameters
    ----------
    corrections
        Of any files.
    draft
        As the planner settled it.
    label
        What corrections call the file of the draft.
    table
        The file as it was read: it tells who the rows are; see `declared_table`.
    """
    others = [one for one in corrections if one.field != DATUM or one.file != label]
    if table is None or not (draft.row_datums or draft.unclear_rows):
        return tuple(others)
    of_draft = [one for one in others if one.file == label]
    ids = records_of(as_it_was(table, of_draft), draft.columns).ids
    identities = row_identities(table, draft.columns, corrections=of_draft)
    place = {row: at for at, row in enumerate(table.rows)}
    # A row that nothing tells apart is kept on record too, so that the next reading names it again.
    said = dict.fromkeys(draft.unclear_rows, (draft.crs, UNCLEAR_DATUM))
    said |= {row: (datum, DECLARED) for row, datum in draft.row_datums.items()}
    declared = []
    for row, (datum, reason) in sorted(said.items()):
        one = Correction(label, row, "", DATUM, "", datum, reason)
        if (at := place.get(row)) is not None:
            one = replace(one, record=ids[at], identity=identities[at])
        declared.append(one)
    return (*others, *declared)


def declared_table(draft: Draft) -> SourceTable | None:
    """
    The file of a draft where the draft declares the datums of single rows, otherwise None.

    Raises
    ------
    SourceError
        If it cannot be read.
    """
    named = draft.row_datums or draft.unclear_rows
    return read_file(draft.file, options=draft.options) if named else None


def record_row_datums(project: Project, text: str, draft: Draft, *, label: str) -> Recorded:
    """
    Write the declared datums where they harm nothing until the project file is in its place.

    A file that the project does not read yet may be corrected at once. Of one that it reads, the
    old corrections must hold as long as the old project file does: the new ones go into another
    file, which the new project file names.

    Parameters
    ----------
    project
        As it stands.
    text
        Of the new project file.
    draft
        As the planner settled it.
    label
        What corrections call its file.

    Raises
    ------
    SourceError, InputError
        If the corrections or the file of the draft cannot be read.
    OSError
        If they cannot be written.
    """
    path = project.path(project.settings.project.corrections)
    if not (draft.row_datums or draft.unclear_rows or path.exists()):
        return Recorded(text, None)
    with changing(path):
        old = read_corrections(path)
        new = with_row_datums(old, draft, label=label, table=declared_table(draft))
        if set(new) == set(old):
            return Recorded(text, None)
        if label not in source_labels(project):
            write_corrections(path, new)
            return Recorded(text, None)
        fresh = _other_file(path)
        write_corrections(fresh, new)
    table = tomllib.loads(text)["project"]
    named = path.relative_to(project.folder) if path.is_relative_to(project.folder) else path
    table["corrections"] = named.with_name(fresh.name).as_posix()
    return Recorded(with_table(text, "project", table), path)


def _other_file(path: Path) -> Path:
    """A name beside a file that nothing has: "corrections-2.csv", and back again."""
    stem, _, number = path.stem.rpartition("-")
    plain = stem if stem and number.isdigit() else path.stem
    names = [f"{plain}{path.suffix}", *(f"{plain}-{at}{path.suffix}" for at in range(2, 1000))]
    return next(one for one in map(path.with_name, names) if not one.exists())

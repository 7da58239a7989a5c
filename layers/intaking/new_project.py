"""A new project: a folder with its sources and a project file, there as a whole or not at all."""

from __future__ import annotations

import contextlib
import secrets
import shutil
from typing import TYPE_CHECKING, Any, Final

from coverage.errors import ProjectError
from layers.checks.project_ledger import source_labels
from layers.corrections import write_corrections
from layers.intaking.adopting import file_sentences, kept_file
from layers.intaking.declared_rows import declared_table, with_row_datums
from layers.intaking.project_text import lists_text, table_text
from layers.intaking.stored_files import FOLDER, stored
from layers.intaking.table_settings import table_of
from layers.kept.changed_file import write_whole
from layers.paths import usable_path
from layers.project import PROJECT_FILE, Project, chosen_standards, load_project
from layers.standards import load_standards

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from layers.corrections import Correction
    from layers.intaking.draft import Draft

_UNFINISHED: Final = ".quantu-"


def new_project(
    folder: Path,
    *,
    name: str,
    zones: Draft,
    roads: Path,
    demand: Draft | None,
    facilities: Sequence[Draft],
    standards: Sequence[str],
) -> Project:
    """
    A project in a folder of its own, with copies of all its files.

    Parameters
    ----------
    folder
        New or empty.
    name
        Of the project, shown on every screen and export.
    zones
        Draft of the boundaries. Their column of people, where there is one, is spread over the
        settlements that stand for a list of villages.
    roads
        An .osm.pbf or .graphml.
    demand
        Draft of the villages; None infers settlements from residential roads.
    facilities
        At least one draft.
    standards
        Ids of at least one standard.

    Returns
    -------
    project
        Read from the new file.

    Raises
    ------
    ProjectError
        If the folder holds anything, or the drafts make no project; nothing is then made.
    OutputError
        If something cannot be read or written; nothing is then made.
    """
    place = usable_path(folder, title="项目文件夹", error=ProjectError)
    _ensure_empty(place)
    if zones.is_zone_people:
        msg = (
            f"「{zones.name}」没有图形，不能当作行政边界。请先用行政边界建项目，"
            "建好后再把这张人口表作为“行政单元”导入。"
        )
        raise ProjectError(msg)
    if not facilities:
        msg = "新项目至少要有一份设施名录，才能看谁在服务圈里。请添加一份。"
        raise ProjectError(msg)
    staging = place.with_name(f"{_UNFINISHED}{secrets.token_hex(8)}")
    try:
        with file_sentences(place / PROJECT_FILE):
            staging.mkdir(parents=True)
            text = _project_text(staging, name, zones, roads, demand, facilities, standards)
            write_whole(staging / PROJECT_FILE, text.encode("utf-8"))
            made = load_project(staging)
            chosen_standards(made, load_standards())
            _record(made, [zones, demand, *facilities])
            with contextlib.suppress(FileNotFoundError):
                place.rmdir()  # an empty folder gives way
            staging.rename(place)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return load_project(place)


def _ensure_empty(place: Path) -> None:
    if place.exists() and not place.is_dir():
        msg = f"「{place.name}」是一个文件，不是文件夹。请给新项目另起一个名字。"
        raise ProjectError(msg)
    if (place / PROJECT_FILE).exists():
        msg = (
            f"文件夹「{place.name}」里已经有一个项目（{PROJECT_FILE}）。"
            "请换一个文件夹，或打开那个项目。"
        )
        raise ProjectError(msg)
    names = sorted(one.name for one in place.iterdir()) if place.is_dir() else []
    if names:
        msg = (
            f"文件夹「{place.name}」不是空的（有“{names[0]}”等 {len(names)} 项）。"
            "请给新项目换一个新的或空的文件夹。"
        )
        raise ProjectError(msg)


def _project_text(
    staging: Path,
    name: str,
    zones: Draft,
    roads: Path,
    demand: Draft | None,
    facilities: Sequence[Draft],
    standards: Sequence[str],
) -> str:
    """Copies all files, and tells how the project file names them."""
    kept = stored(roads, name=roads.name, folder=staging / FOLDER, otherwise="roads")
    villages: dict[str, Any] = {"from": "residential_roads"}
    if demand is not None:
        villages = table_of(demand, file=kept_file(staging, demand))
    elif "population" in zones.columns:
        villages["population_by_zone"] = zones.columns["population"]
    tables = [
        ("project", {"name": name.strip()}),
        ("boundaries", table_of(zones, file=kept_file(staging, zones))),
        ("roads", {"file": f"{FOLDER}/{kept}"}),
        ("demand", villages),
    ]
    lists = [table_of(one, file=kept_file(staging, one)) for one in facilities]
    texts = [table_text(title, table) for title, table in tables]
    texts += [lists_text(lists), table_text("assessment", {"standards": list(standards)})]
    return "\n".join(texts)


def _record(project: Project, drafts: Sequence[Draft | None]) -> None:
    """Write the datums of single rows that the drafts declare."""
    corrections: tuple[Correction, ...] = ()
    for label, draft in zip(source_labels(project), drafts, strict=True):
        if draft is not None:
            told = declared_table(draft)
            corrections = with_row_datums(corrections, draft, label=label, table=told)
    if corrections:
        write_corrections(project.path(project.settings.project.corrections), corrections)

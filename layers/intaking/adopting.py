"""A draft taken up by a project: the file kept beside it, its table written, all or nothing.

The order is what makes a stop harmless. First the file is copied, which the project does not look
at yet; then the datums of single rows are recorded, where the project does not read them yet; last
the project file is put in its place in one step. Until then the old project is whole, and doing
the same again takes up where the first attempt stopped.
"""

from __future__ import annotations

import contextlib
import re
import tomllib
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from coverage.errors import OutputError, ProjectError
from layers.checks.project_ledger import people_label, source_labels
from layers.intaking.declared_rows import record_row_datums
from layers.intaking.project_text import with_list, with_table
from layers.intaking.stored_files import FOLDER, safe_stem, stored, stored_name
from layers.intaking.table_settings import TABLES, is_raster, table_of
from layers.kept.changed_file import changing, write_whole
from layers.paths import system_reason
from layers.project import Project, load_project
from layers.project_settings import ProjectSettings
from layers.settings import parse_settings, read_toml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from layers.intaking.draft import Draft

_BOM: Final = b"\xef\xbb\xbf"


class _Plan(NamedTuple):
    """An adoption before anything of the project is touched."""

    text: str
    label: str


def adopt(
    project: Project, draft: Draft, *, replaces: int | None = None, adds: bool = False
) -> Project:
    """
    The project with a file taken up: kept in its folder, named in its project file.

    Other tables of the project file and every comment stay as they are. Sessions take turns, and
    each starts from the file as it stands.

    Parameters
    ----------
    project
        The checked project file.
    draft
        As the planner settled it.
    replaces
        Place in `[[facilities]]`, counted from 0, of the list that gives way; None adds one,
        except where the project reads this very file already: then that one gives way, so that
        nothing counts twice. Demand and zones always give way, and so does the table of the
        people of zones; that one is spread over villages that have no people of their own.
    adds
        Whether a list of facilities is added though one of its name is there, with other content.

    Returns
    -------
    project
        Read again from its file.

    Raises
    ------
    ProjectError
        If the draft contradicts itself or the rest of the project, if `replaces` is no list, if
        a list of this name is there and nobody said whether it gives way, or if the project file
        was changed in the meantime. The project is then as it was.
    SourceError
        If the draft declares datums of single rows and its file cannot be read.
    OutputError
        If something cannot be read or written. The project is then as it was.
    """
    with file_sentences(project.file), changing(project.file):
        name = _name_of(project, draft)
        if replaces is None and not adds and draft.layer == "facilities":
            _ensure_other_name(project, draft, file=name)
        # A plan that fails must not leave a copy behind.
        _planned(project, draft, file=name, replaces=replaces)
        plan = _planned(project, draft, file=kept_file(project.folder, draft), replaces=replaces)
        recorded = record_row_datums(project, plan.text, draft, label=plan.label)
        bom = _BOM if project.file.read_bytes().startswith(_BOM) else b""
        write_whole(project.file, bom + recorded.text.encode("utf-8"))
        if recorded.given_up is not None:
            recorded.given_up.unlink(missing_ok=True)
    return load_project(project.file)


def source_label(project: Project, draft: Draft, *, replaces: int | None = None) -> str:
    """
    What corrections and the ledger will call the file of a draft once it is adopted.

    Where the project has kept the same file before, its corrections hold again.

    Parameters are those of `adopt`.

    Raises
    ------
    ProjectError, OutputError
        As `adopt` does; nothing is written.
    """
    with file_sentences(project.file):
        name = _name_of(project, draft)
        return _planned(project, draft, file=name, replaces=replaces).label


def kept_file(folder: Path, draft: Draft) -> str:
    """Keep the file of a draft in a project's folder; how its project file is to name it."""
    name = stored(draft.file, name=draft.name, folder=folder / FOLDER, otherwise=draft.layer)
    return f"{FOLDER}/{name}"


def _name_of(project: Project, draft: Draft) -> str:
    """The same, before the file is kept."""
    place = project.folder / FOLDER
    name = stored_name(draft.file, name=draft.name, folder=place, otherwise=draft.layer)
    return f"{FOLDER}/{name}"


def _planned(project: Project, draft: Draft, *, file: str, replaces: int | None) -> _Plan:
    """The new text of the project file, checked like the old one."""
    text = project.file.read_bytes().decode("utf-8-sig")
    tables = read_toml(project.file, error=ProjectError)
    table, name = table_of(draft, file=file), TABLES[draft.layer]
    if draft.layer == "facilities":
        lists = list(tables.get(name, []))
        at = _place_of(project, lists, table, replaces)
        text = with_list(text, table, replaces=at)
        lists[slice(len(lists), None) if at is None else slice(at, at + 1)] = [table]
        tables[name] = lists
        place = 2 + (len(lists) - 1 if at is None else at)
    else:
        place = 0 if draft.layer == "zones" else 1
        for title, changed in _changed_tables(tables, draft, table).items():
            text = with_table(text, title, changed)
            tables[title] = changed
    if tomllib.loads(text) != tables:
        msg = f"putting {name!r} into {project.file.name} changed more than it should"
        raise ValueError(msg)
    settings = parse_settings(tables, ProjectSettings, source=project.file.name, error=ProjectError)
    after = Project(project.file, settings)
    label = people_label(after) if draft.is_zone_people else source_labels(after)[place]
    return _Plan(text, label)


def _changed_tables(
    tables: Mapping[str, Any], draft: Draft, table: dict[str, Any]
) -> dict[str, dict[str, Any]]:
    """`[boundaries]` and `[demand]` as new villages, zones or people of zones change them."""
    zones, demand = dict(tables.get("boundaries", {})), tables.get("demand", {})
    if draft.layer == "demand":
        people = zones.get("people")
        if people is not None and "population" not in draft.columns and not is_raster(draft):
            # Villages without people of their own go on sharing those of their zone.
            table = table | {"population_by_zone": people["columns"]["population"]}
        return {"demand": table}
    if draft.is_zone_people:
        changed = {"boundaries": _without_people(zones) | {"people": table}}
        if "population" not in demand.get("columns", {}):
            named = {"population_by_zone": table["columns"]["population"]}
            changed["demand"] = {**demand, **named}
        return changed
    if "people" in zones:  # the table of people stays, and goes before a column of the new file
        return {"boundaries": _without_people(table) | {"people": zones["people"]}}
    if "population_by_zone" in demand:
        return {"boundaries": table, "demand": _counted_anew(demand, draft)}
    return {"boundaries": table}


def _without_people(zones: dict[str, Any]) -> dict[str, Any]:
    """`[boundaries]` without the column of people of its file."""
    columns = {key: name for key, name in zones.get("columns", {}).items() if key != "population"}
    rest = {key: value for key, value in zones.items() if key != "columns"}
    return rest | ({"columns": columns} if columns else {})


def _place_of(
    project: Project, lists: list[dict[str, Any]], table: dict[str, Any], replaces: int | None
) -> int | None:
    """The list that gives way; None where one is added."""
    if replaces is None:
        same = [at for at, one in enumerate(lists) if _source_of(one) == _source_of(table)]
        return same[0] if same else None
    known = project.settings.facilities
    if not 0 <= replaces < len(known):
        msg = f"项目里没有第 {replaces + 1} 份设施名录（共 {len(known)} 份），没有可以替换的。"
        raise ProjectError(msg)
    seen = known[replaces].model_dump(by_alias=True, exclude_unset=True)
    if len(lists) <= replaces or lists[replaces] != seen:
        msg = (
            f"项目文件「{project.file.name}」在此期间被改过，第 {replaces + 1} 份设施名录"
            "已不是原来那一份。请重新打开项目后再替换。"
        )
        raise ProjectError(msg)
    return replaces


def _ensure_other_name(project: Project, draft: Draft, *, file: str) -> None:
    """Raise an error where a list has the name of a new file that is not the same file."""
    name = PurePosixPath(file).name
    stem, suffix = safe_stem(draft.name, otherwise=draft.layer), PurePosixPath(name).suffix
    alike = re.compile(rf"{re.escape(stem)}(-\d+)?{re.escape(suffix)}", re.IGNORECASE)
    lists = read_toml(project.file, error=ProjectError).get(TABLES[draft.layer], [])
    named = [str(one.get("file", "")).replace("\\", "/") for one in lists]
    if file in named:
        return  # this very file, or another part of it
    for at, theirs in enumerate(named, start=1):
        if alike.fullmatch(PurePosixPath(theirs).name):
            msg = (
                f"项目的第 {at} 份设施名录「{theirs}」与「{draft.name}」同名，但不是同一个文件，"
                f"请说明是换掉那一份（页面选“换掉现在的第 {at} 份名录”，命令行写 --replace {at}），"
                "还是另加一份（页面选“作为一份新的设施名录加入”，命令行写 --add；"
                "两份里相同的设施会算两次）。"
            )
            raise ProjectError(msg)


def _source_of(table: dict[str, Any]) -> tuple[str, str]:
    """File and part of a list as the project file names them."""
    return table.get("file", ""), table.get("part", table.get("layer", ""))


def _counted_anew(demand: dict[str, Any], draft: Draft) -> dict[str, Any]:
    """`[demand]` with the people of the new zones; without, where the new file has none."""
    people = draft.columns.get("population")
    rest = {key: value for key, value in demand.items() if key != "population_by_zone"}
    return rest | ({"population_by_zone": people} if people else {})


@contextlib.contextmanager
def file_sentences(file: Path) -> Iterator[None]:
    """Turn what the system says of files into one sentence about the project."""
    try:
        yield
    except FileExistsError as error:
        msg = f"另一处正在改动项目文件「{file.name}」，这次没有写进去。请稍等几秒后重试。"
        raise OutputError(msg) from error
    except OSError as error:
        msg = (
            f"文件放不进项目「{file.parent.name}」（{system_reason(error)}），原来的项目没有改动。"
            "请检查文件夹权限和磁盘空间，关闭正在打开它的程序后重试。"
        )
        raise OutputError(msg) from error

"""A checked file into the project on screen; what cannot be read afterwards is taken back."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from coverage.errors import PlannerError
from layers.intake import adopt
from reports.files import write_bytes
from views.cache import open_project

if TYPE_CHECKING:
    from pathlib import Path

    from layers.columns.synonyms import Layer
    from layers.intake import Draft
    from layers.project import Project

NEW_LIST: Final = -1
"""Place of a list of facilities that is added."""

_WHOLE: Final = {"demand": "换掉现在的村（社区）名录", "zones": "换掉现在的行政边界"}


OF_PEOPLE: Final = "作为各行政单元的人口（边界不变）"


def list_choices(project: Project, layer: Layer, *, is_of_people: bool = False) -> dict[int, str]:
    """
    Where a file of a layer may go: place of the list that it replaces -> what the planner reads.

    Parameters
    ----------
    project
        The project.
    layer
        Of the file.
    is_of_people
        Whether it is a table of the people of zones.
    """
    if is_of_people:
        return {NEW_LIST: OF_PEOPLE}
    if layer != "facilities":
        return {NEW_LIST: _WHOLE[layer]}
    lists = {
        at: f"换掉现在的第 {at + 1} 份名录：{table.file or '开放街图'}"
        for at, table in enumerate(project.settings.facilities)
    }
    return {NEW_LIST: "作为一份新的设施名录加入", **lists}


def likely_choice(project: Project, draft: Draft) -> int:
    """The list of the same name that a new version of it most likely replaces, or `NEW_LIST`."""
    if draft.layer != "facilities":
        return NEW_LIST
    stem = PurePath(draft.name).stem.casefold()
    for at, table in enumerate(project.settings.facilities):
        theirs = PurePath(table.file or "").stem.casefold()
        if theirs and re.fullmatch(rf"{re.escape(stem)}(-\d+)?", theirs):
            return at
    return NEW_LIST


def adopted(project: Project, draft: Draft, *, replaces: int | None) -> Project:
    """
    The project with a file taken up, once it is certain that it can be read so.

    Parameters
    ----------
    project
        As it is.
    draft
        As it was checked.
    replaces
        Place of the list of facilities that it replaces; None adds one.

    Raises
    ------
    PlannerError
        If it cannot be written, or the project cannot be read with it; its files then say what
        they said before.
    """
    kept = [project.file, project.path(project.settings.project.corrections)]
    before = {file: file.read_bytes() if file.is_file() else None for file in kept}
    after = adopt(project, draft, replaces=replaces, adds=replaces is None)
    try:
        open_project(after.file)
    except PlannerError:
        for file, content in before.items():
            _restore(file, content)
        raise
    return after


def _restore(file: Path, content: bytes | None) -> None:
    if content is None:
        file.unlink(missing_ok=True)
    else:
        write_bytes(file, content)

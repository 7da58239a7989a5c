"""A project: a folder with `project.toml`, which names the county's own files and standards."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from coverage.error_band import Uncertainty
from coverage.errors import ProjectError
from coverage.studies.study import CapacityRule
from layers.modes import changed_modes
from layers.paths import usable_path
from layers.planning.used_names import own_plan_files
from layers.project_settings import ProjectSettings
from layers.settings import parse_settings, read_toml
from layers.standards import load_modes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from coverage.impedance import TravelMode
    from coverage.standards import Standard

PROJECT_FILE: Final = "project.toml"

ALIKE: Final = 0.5
"""Similarity of two words (0 to 1) from which one may be a slip for the other."""


@dataclass(frozen=True)
class Project:
    """
    A project file that was read and checked.

    Parameters
    ----------
    file
        The project file, absolute.
    settings
        Its tables.
    """

    file: Path
    settings: ProjectSettings

    @property
    def name(self) -> str:
        """Name shown on every screen and export."""
        return self.settings.project.name

    @property
    def label(self) -> str:
        """Sentence that must stand on every screen and export; "" if none."""
        return self.settings.project.label

    @property
    def folder(self) -> Path:
        """Folder of the project file; paths in it are relative to this."""
        return self.file.parent

    def path(self, file: str) -> Path:
        """
        A path of the project file, absolute.

        Raises
        ------
        ProjectError
            If the text can be no path.
        """
        title = f"{PROJECT_FILE} 里的路径"
        return usable_path(self.folder / file, shown=file, title=title, error=ProjectError)

    def osm_path(self, file: str | None) -> Path:
        """The OSM extract of a table with `from = "osm"`: its own `file`, or that of the roads."""
        return self.path(file or self.settings.roads.file or "")

    def input_files(self) -> list[Path]:
        """
        Every file the project is read from, the project file first, each once.

        Corrections are among them once some were made, and what targets are decided by.
        """
        tables = self.settings
        named = [
            tables.boundaries.file,
            None if tables.boundaries.people is None else tables.boundaries.people.file,
            tables.roads.file,
            tables.roads.nodes,
            tables.demand.file,
            *(table.file for table in tables.facilities),
            None if tables.barriers is None else tables.barriers.file,
            *([] if tables.siting is None else tables.siting.files()),
            None if tables.report.around is None else tables.report.around.file,
        ]
        paths = [self.file, *(self.path(file) for file in named if file is not None)]
        corrections = self.path(tables.project.corrections)
        made = [corrections] if corrections.is_file() else []
        return list(dict.fromkeys([*paths, *made, *self.target_files()]))

    def target_files(self) -> list[Path]:
        """The choices about targets, once some were made, and the project's own plans."""
        choices = self.path(self.settings.project.targets)
        return [choices, *own_plan_files(choices)] if choices.is_file() else []


def load_project(path: Path) -> Project:
    """
    A project from its folder or its file.

    Parameters
    ----------
    path
        A folder that holds `project.toml`, or a project file.

    Returns
    -------
    project
        The settings, checked; the files they name are not opened yet.

    Raises
    ------
    ProjectError
        If there is no project, it is no TOML, or with one sentence per fault.
    """
    place = usable_path(Path(path), title="项目路径", error=ProjectError)
    file = place / PROJECT_FILE if place.is_dir() else place
    usable_path(file, title="项目文件", error=ProjectError)
    if not file.is_file():
        msg = (
            f"找不到项目文件「{file.name}」（{file}）。"
            f"项目是一个放有 {PROJECT_FILE} 的文件夹，请检查路径。"
        )
        raise ProjectError(msg)
    tables = read_toml(file, error=ProjectError)
    settings = parse_settings(tables, ProjectSettings, source=file.name, error=ProjectError)
    return Project(file, settings)


def chosen_modes(project: Project, modes: Mapping[str, TravelMode]) -> dict[str, TravelMode]:
    """
    The travel modes a project is assessed with.

    Parameters
    ----------
    project
        With or without tables `[modes.<mode_id>]`.
    modes
        All travel modes by id (`layers.standards.load_modes`).

    Returns
    -------
    chosen
        By id, in the same order.

    Raises
    ------
    ProjectError
        If a mode, a road class or a surface is unknown, a mode is a choice between others, or
        no class of road is left to it.
    """
    return changed_modes(modes, project.settings.modes)


def chosen_standards(project: Project, standards: Mapping[str, Standard]) -> tuple[Standard, ...]:
    """
    The standards a project is assessed by, in its order and with its targets.

    Parameters
    ----------
    project
        With `[assessment] standards`, and maybe `targets`, `cross_border` and `modes`.
    standards
        All standards by id (`layers.standards.load_standards`).

    Returns
    -------
    chosen
        At least one.

    Raises
    ------
    ProjectError
        If one is unknown; the message names the nearest, or all where none is like it. If a
        travel mode is unknown.
    """
    wanted = project.settings.assessment
    unknown = [name for name in wanted.standards if name not in standards]
    if unknown:
        near = difflib.get_close_matches(unknown[0], list(standards), n=1, cutoff=ALIKE)
        hint = f"最接近的是“{near[0]}”" if near else f"有的是 {'、'.join(standards)}"
        msg = (
            f"项目「{project.name}」要评估的标准“{unknown[0]}”不存在，{hint}。"
            f"请改正 {PROJECT_FILE} 的 [assessment] standards。"
        )
        raise ProjectError(msg)
    own: dict[str, dict[str, Any]] = {name: {} for name in wanted.standards}
    for name, target in wanted.targets.items():
        own[name] |= {"target": target, "target_note": f"{PROJECT_FILE} 里设定"}
    for name, cross_border in wanted.cross_border.items():
        own[name] |= {"cross_border": cross_border}
    known = load_modes()
    for name, mode_id in wanted.modes.items():
        if mode_id not in known:
            msg = (
                f"项目「{project.name}」给标准 {name} 写的出行方式“{mode_id}”不存在，"
                f"有的是 {'、'.join(known)}。请改正 {PROJECT_FILE} 的 [assessment] modes。"
            )
            raise ProjectError(msg)
        own[name] |= {"mode_id": mode_id}
    return tuple(replace(standards[name], **changes) for name, changes in own.items())


def chosen_uncertainty(project: Project) -> Uncertainty:
    """
    How far speeds and the road map may be off in a project: the width of its error bands.

    Parameters
    ----------
    project
        With or without `[error_band]` and `[assessment] far_from_road_m`.

    Returns
    -------
    uncertainty
        The usual one where the project says nothing.
    """
    band = project.settings.error_band
    return Uncertainty(
        speed_share=band.speed_percent / 100,
        thin_road_m=band.thin_road_m,
        detour=band.detour,
        far_from_road_m=project.settings.assessment.far_from_road_m,
    )


def chosen_capacity(project: Project) -> tuple[CapacityRule, ...]:
    """
    How many persons one unit of capacity serves, where a project says so.

    Parameters
    ----------
    project
        With or without `[[capacity]]`.

    Returns
    -------
    rules
        In the order of the file; nothing is assumed where the project says nothing.
    """
    return tuple(
        CapacityRule(table.standard, table.column, table.persons_per_unit, table.source)
        for table in project.settings.capacity
    )

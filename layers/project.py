"""A project: a folder with `project.toml`, which names the county's own files and standards."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from coverage.errors import ProjectError
from layers.paths import usable_path
from layers.project_settings import ProjectSettings
from layers.settings import parse_settings, read_toml

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
        """Every file the project is read from, the project file first, each once."""
        tables = self.settings
        named = [
            tables.boundaries.file,
            tables.roads.file,
            tables.roads.nodes,
            tables.demand.file,
            *(table.file for table in tables.facilities),
        ]
        paths = [self.file, *(self.path(file) for file in named if file is not None)]
        return list(dict.fromkeys(paths))


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
        With or without `[roads] access_speed_kph`.
    modes
        All travel modes by id (`layers.standards.load_modes`).

    Returns
    -------
    chosen
        By id, in the same order.
    """
    speed_kph = project.settings.roads.access_speed_kph
    if speed_kph is None:
        return dict(modes)
    return {
        name: replace(mode, access_speed_kph=speed_kph) if mode.user == "motor" else mode
        for name, mode in modes.items()
    }


def chosen_standards(project: Project, standards: Mapping[str, Standard]) -> tuple[Standard, ...]:
    """
    The standards a project is assessed by, in its order and with its targets.

    Parameters
    ----------
    project
        With `[assessment] standards` and maybe `targets`.
    standards
        All standards by id (`layers.standards.load_standards`).

    Returns
    -------
    chosen
        At least one.

    Raises
    ------
    ProjectError
        If one is unknown; the message names the nearest, or all where none is like it.
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
    return tuple(
        replace(
            standards[name],
            target=wanted.targets[name],
            target_note=f"{PROJECT_FILE} 里设定",
        )
        if name in wanted.targets
        else standards[name]
        for name in wanted.standards
    )

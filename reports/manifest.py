"""What a result came from: input files with their hashes, settings and software versions.

No time of day and no path of the machine stands in it, so the same inputs give the same bytes.
"""

from __future__ import annotations

import os
import platform
import tomllib
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, Any, Final

from coverage.errors import SourceError
from reports.input_files import SeenInputs, seen_file, seen_inputs
from reports.manifest_shapes import is_inner_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from coverage.impedance import TravelMode
    from coverage.standards import Standard
    from layers.project import Project
    from reports.input_files import SeenFile

PACKAGES: Final = (
    "docxtpl",
    "folium",
    "geopandas",
    "highspy",
    "matplotlib",
    "networkx",
    "numpy",
    "osmium",
    "pandas",
    "pylopdf-fonts-zh-cn",
    "pyogrio",
    "pyproj",
    "python-docx",
    "python-pptx",
    "scipy",
    "shapely",
    "xlsxwriter",
)
"""Packages whose version can change a number or a file."""

_METADATA: Final = Path(__file__).resolve().parent.parent / "pyproject.toml"


def software_version() -> str:
    """Version of QuanTu, from `pyproject.toml`."""
    return str(tomllib.loads(_METADATA.read_text(encoding="utf-8"))["project"]["version"])


def project_manifest(
    project: Project,
    inputs: Iterable[Path] | SeenInputs,
    *,
    standards: Sequence[Standard],
    modes: Mapping[str, TravelMode],
) -> dict[str, Any]:
    """
    `build_manifest` of a project as its file says it.

    Parameters
    ----------
    project
        The checked project file.
    inputs, standards, modes
        As `build_manifest` takes them.

    Raises
    ------
    SourceError
        As `build_manifest`.
    """
    return build_manifest(
        inputs,
        project_folder=project.folder,
        project_settings=project.settings.model_dump(by_alias=True, exclude_none=True),
        standards=standards,
        modes=modes,
    )


def build_manifest(
    inputs: Iterable[Path] | SeenInputs,
    *,
    project_folder: Path,
    project_settings: Mapping[str, Any],
    standards: Sequence[Standard],
    modes: Mapping[str, TravelMode],
) -> dict[str, Any]:
    """
    Everything that is needed to get the same result again.

    Parameters
    ----------
    inputs
        Every file that was read; order and repeats are irrelevant. What was hashed before it was
        read (`reports.input_files.seen_inputs`) must still be the same; plain paths are hashed now.
    project_folder
        Paths are given relative to it; a file on another drive by its name alone.
    project_settings
        Content of the project file.
    standards
        Standards applied, in order.
    modes
        Travel modes by id; those that the standards use are listed.

    Returns
    -------
    manifest
        For `reports.files.json_text`: "software", "inputs", "settings". The writer adds
        "outputs".

    Raises
    ------
    SourceError
        If an input is no longer there, or was changed since it was hashed.
    """
    files = inputs if isinstance(inputs, SeenInputs) else seen_inputs(inputs)
    files.ensure_unchanged()
    listed = [_entry(one, relative_way(one.path, project_folder)) for one in files.seen]
    return {
        "software": {
            "name": "QuanTu",
            "version": software_version(),
            "python": platform.python_version(),
            "packages": {name: version(name) for name in PACKAGES},
        },
        "inputs": sorted(listed, key=lambda entry: (entry["file"], entry["sha256"])),
        "settings": {
            "project": _without_machine_paths(dict(project_settings)),
            "standards": [asdict(standard) for standard in standards],
            "modes": {mode_id: asdict(modes[mode_id]) for mode_id in _used(standards, modes)},
        },
    }


def told_manifest(
    project: Project,
    *,
    job: str,
    request: Mapping[str, Any],
    out: Path,
    about: Mapping[str, Any],
    manifest: Mapping[str, Any],
) -> dict[str, Any]:
    """
    A manifest from which `replay` makes the result again.

    Parameters
    ----------
    project
        The project.
    job
        The command.
    request
        What was asked of it, in JSON's types and with paths relative to the project's folder, as
        the shape of the job in `reports.manifest_shapes` reads it.
    out
        Folder of the result, to which the way to the project file is relative.
    about
        What the request came to: "plans", "year", "scenario", "seed", "time_limited"; what is
        missing does not apply.
    manifest
        From `build_manifest`.
    """
    usual = {"plans": [], "year": None, "scenario": None, "seed": None, "time_limited": False}
    strange = set(about) - set(usual)
    if strange:
        msg = f"a manifest says nothing about {strange}"
        raise ValueError(msg)
    told = {"project_file": opened_way(project.file, out), **request}
    return {"job": job, **usual, **about, "request": told, **manifest}


def file_entries(files: Iterable[Path]) -> list[dict[str, Any]]:
    """Name, size and hash of files of one folder, for the manifest's "outputs"."""
    return [_entry(seen_file(file), file.name) for file in sorted(files)]


def relative_way(file: Path, folder: Path) -> str:
    """
    A path as seen from a folder, or the name alone where the way would spell out the machine.

    Parameters
    ----------
    file
        Absolute.
    folder
        Need not exist.
    """
    start = folder.resolve()
    # Nothing in common but the root of the drive: the way there would spell out the machine.
    if file.drive != start.drive or os.path.commonpath([file, start]) == file.anchor:
        return file.name
    return Path(os.path.relpath(file, start)).as_posix()


def opened_way(file: Path, folder: Path) -> str:
    """
    A path for the request of a manifest, from which `replay` opens the file.

    What it would refuse to open, such as a way through a folder with a colon in its name, is told
    by the name of the file alone, as if it lay on another drive.

    Parameters
    ----------
    file, folder
        As for `relative_way`.
    """
    way = relative_way(file, folder)
    return way if is_inner_path(way) else file.name


def _entry(seen: SeenFile, shown: str) -> dict[str, Any]:
    if seen.reason:
        msg = f"数据文件「{shown}」读不出来（{seen.reason}），请检查文件后重试。"
        raise SourceError(msg)
    return {"file": shown, "bytes": seen.bytes, "sha256": seen.sha256}


def _without_machine_paths(value: Any) -> Any:  # noqa: ANN401 - TOML holds anything
    if isinstance(value, dict):
        return {key: _without_machine_paths(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_machine_paths(item) for item in value]
    if isinstance(value, Path):
        value = str(value)
    if isinstance(value, str):
        for flavour in (PureWindowsPath, PurePosixPath):
            if flavour(value).is_absolute():
                return flavour(value).name
    return value


def _used(standards: Sequence[Standard], modes: Mapping[str, TravelMode]) -> list[str]:
    used = {standard.mode_of(reading) for standard in standards for reading in standard.readings}
    for mode_id in sorted(used):
        used.update(modes[mode_id].faster_of)
    return sorted(used)

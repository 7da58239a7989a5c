"""What a result came from: input files with their hashes, settings and software versions.

No time of day and no path of the machine stands in it, so the same inputs give the same bytes.
"""

from __future__ import annotations

import hashlib
import os
import platform
import tomllib
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, Any, Final

from coverage.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from coverage.impedance import TravelMode
    from coverage.standards import Standard

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


def build_manifest(
    inputs: Iterable[Path],
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
        Every file that was read; order and repeats are irrelevant.
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
        If an input is no longer there.
    """
    files = {file.resolve() for file in inputs}
    listed = [_file_entry(file, _shown_path(file, project_folder)) for file in files]
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


def file_entries(files: Iterable[Path]) -> list[dict[str, Any]]:
    """Name, size and hash of files of one folder, for the manifest's "outputs"."""
    return [_file_entry(file, file.name) for file in sorted(files)]


def _file_entry(file: Path, shown: str) -> dict[str, Any]:
    try:
        with file.open("rb") as handle:
            digest = hashlib.file_digest(handle, "sha256").hexdigest()
        size = file.stat().st_size
    except OSError as error:
        msg = f"数据文件「{shown}」读不出来（{error.strerror}），请检查文件后重试。"
        raise SourceError(msg) from error
    return {"file": shown, "bytes": size, "sha256": digest}


def _shown_path(file: Path, project_folder: Path) -> str:
    folder = project_folder.resolve()
    # Nothing in common but the root of the drive: the way there would spell out the machine.
    if file.drive != folder.drive or os.path.commonpath([file, folder]) == file.anchor:
        return file.name
    return Path(os.path.relpath(file, folder)).as_posix()


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

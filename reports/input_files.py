"""What a project reads must never be written over by what it gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coverage.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from layers.project import Project


def spare_inputs(project: Project, out: Path, names: Sequence[str]) -> None:
    """
    Raise an error where a result would take the place of a file that the project reads.

    Parameters
    ----------
    project
        The checked project file.
    out
        Folder for the results.
    names
        File names that may be written there.

    Raises
    ------
    OutputError
        Naming the first such file.
    """
    folder = out.resolve()
    taken = [file for file in project.input_files() if file in {folder / one for one in names}]
    if taken:
        msg = f"结果会盖掉项目的数据文件「{taken[0].name}」，请用 --out 换一个输出文件夹。"
        raise OutputError(msg)

"""The scenarios of a project: a plain text file each, in a folder beside `project.toml`.

A file can be written by hand; what the program writes, it reads back to the same millimetre. Its
name is the scenario's id, so that a copy of the file is a copy of the scenario.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from coverage.errors import OutputError, ScenarioError
from layers.kept.changed_file import changing, write_whole
from layers.paths import system_reason, usable_path
from layers.settings import read_toml
from layers.tried.scenario_text import scenario_of, scenario_text

if TYPE_CHECKING:
    from coverage.scenarios.action import Scenario
    from layers.project import Project

__all__ = [
    "KeptScenarios",
    "delete_scenario",
    "find_scenario",
    "read_scenario",
    "read_scenarios",
    "scenario_files",
    "scenario_text",
    "write_scenario",
]

SUFFIX: Final = ".toml"

MOST_BYTES: Final = 4_000_000
"""Of one file: room for roads of many vertices."""

MOST_SCENARIOS: Final = 200
"""Of one project; planners compare two or three."""

LONGEST_ID: Final = 60
"""Characters; with the folder's own path it fits what Windows allows."""

SHOWN_CHARACTERS: Final = 40
"""How much of a name a message shows."""

SAVE_HINT: Final = "没有存入，以免覆盖。要留存自己的，请先「复制情景」，再存入项目。"

DELETE_HINT: Final = "没有删除。请刷新网页，看过现在的内容再决定。"

SHOWN_IDS: Final = 10
"""Ids that a message lists."""

_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")

_DEVICES: Final = re.compile(r"con|prn|aux|nul|(com|lpt)[0-9]", re.IGNORECASE)
"""Names that Windows keeps for devices, whatever the suffix."""


@dataclass(frozen=True)
class KeptScenarios:
    """
    What the folder of a project holds.

    Parameters
    ----------
    scenarios
        In the natural order of their ids ("plan-2" before "plan-10").
    faults
        One sentence for each file that cannot be used, with its name; the others are read.
    """

    scenarios: tuple[Scenario, ...]
    faults: tuple[str, ...]


def scenario_files(project: Project) -> list[Path]:
    """
    The files in which scenarios of a project are kept, whether they can be read or not.

    Parameters
    ----------
    project
        The checked project file; its folder of scenarios need not exist.

    Returns
    -------
    files
        In the natural order of their names; other things in the folder are none.

    Raises
    ------
    ScenarioError
        If the folder cannot be read.
    """
    folder = _folder(project)
    try:
        found = [one for one in folder.iterdir() if one.suffix.lower() == SUFFIX and one.is_file()]
    except FileNotFoundError:
        return []
    except OSError as cause:
        msg = f"情景文件夹「{folder.name}」读不出来（{system_reason(cause)}）。请检查路径和权限。"
        raise ScenarioError(msg) from cause
    return sorted(found, key=lambda one: (_natural(one.stem), one.name))


def read_scenarios(project: Project, crs: str) -> KeptScenarios:
    """
    All scenarios of a project; a broken file does not hide the others.

    Parameters
    ----------
    project
        The checked project file.
    crs
        CRS of its layers.

    Raises
    ------
    ScenarioError
        If the folder cannot be read.
    """
    files = scenario_files(project)
    faults = []
    if len(files) > MOST_SCENARIOS:
        faults.append(
            f"情景文件夹有 {len(files)} 个文件，只读前 {MOST_SCENARIOS} 个，请移走不用的文件。"
        )
    scenarios = []
    for file in files[:MOST_SCENARIOS]:
        try:
            scenarios.append(read_scenario(file, crs))
        except ScenarioError as error:
            faults.append(str(error))
    return KeptScenarios(tuple(scenarios), tuple(faults))


def read_scenario(path: Path, crs: str) -> Scenario:
    """
    A scenario from its file.

    Parameters
    ----------
    path
        A file as `scenario_text` makes it, or written by hand; its name is the scenario's id.
    crs
        CRS of the layers.

    Raises
    ------
    ScenarioError
        If the name of the file can be no id, the file is missing, too large, unreadable or no
        TOML, or with one sentence per fault.
    """
    _check_id(path.stem, f"情景文件「{_shown(path.name)}」的文件名")
    try:
        size = path.stat().st_size
    except OSError:
        size = 0  # reading says why
    if size > MOST_BYTES:
        msg = (
            f"情景文件「{path.name}」有 {size / 1e6:.0f} MB，不得超过 {MOST_BYTES / 1e6:.0f} MB，"
            "请检查是不是选错了文件。"
        )
        raise ScenarioError(msg)
    tables = read_toml(path, error=ScenarioError)
    return scenario_of(tables, path.stem, crs=crs, source=path.name)


def find_scenario(project: Project, word: str) -> Path:
    """
    The file of a scenario that a planner names.

    Parameters
    ----------
    project
        The checked project file.
    word
        The id of a scenario of the project, or else the path of a file.

    Raises
    ------
    ScenarioError
        If there is neither; the message lists the project's scenarios.
    """
    own = _folder(project) / f"{word}{SUFFIX}"
    if not _id_rule(word) and own.is_file():
        return own
    file = usable_path(Path(word), title="情景文件", error=ScenarioError)
    if file.is_file():
        return file
    ids = [one.stem for one in scenario_files(project)]
    more = f"等 {len(ids)} 个" if len(ids) > SHOWN_IDS else ""
    have = f"项目里有 {'、'.join(ids[:SHOWN_IDS])}{more}" if ids else "项目里还没有情景"
    msg = f"找不到情景「{_shown(word)}」，也没有这个文件；{have}。请改正后重试。"
    raise ScenarioError(msg)


def write_scenario(
    project: Project, scenario: Scenario, crs: str, *, expected: Scenario | None = None
) -> Path:
    """
    Keep a scenario with its project; one of the same id is replaced if it is the one expected.

    Parameters
    ----------
    project
        The checked project file; its folder of scenarios is made where there is none.
    scenario
        Any scenario.
    crs
        CRS of the layers.
    expected
        What the folder held under this id when it was last read or written; None for nothing.
        What somebody else has put there since is not overwritten.

    Returns
    -------
    path
        Its file.

    Raises
    ------
    ScenarioError
        If the id can be no file name, differs from another only in case, there are too many
        scenarios, the folder holds another than expected, or with one sentence per faulty action.
    OutputError
        If it cannot be written; the old file is then untouched.
    """
    path = _path(project, scenario.scenario_id)
    content = scenario_text(scenario, crs).encode("utf-8")
    if len(content) > MOST_BYTES:
        msg = (
            f"情景「{_shown(scenario.name)}」有 {len(content) / 1e6:.0f} MB，"
            f"不得超过 {MOST_BYTES / 1e6:.0f} MB，请减少道路的折点。"
        )
        raise ScenarioError(msg)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with changing(path):
            _check_room(project, path)
            found = _found(path, crs)
            if found not in (expected, scenario):
                what = "有" if expected is None else "被改动" if found else "被删除"
                raise _taken(path, what, SAVE_HINT)
            write_whole(path, content)
    except OSError as error:
        raise _refused(path, error) from error
    return path


def delete_scenario(project: Project, scenario: Scenario, crs: str) -> None:
    """
    Delete the file of a scenario.

    Parameters
    ----------
    project
        The checked project file.
    scenario
        As the folder held it when it was last read or written.
    crs
        CRS of the layers.

    Raises
    ------
    ScenarioError
        If there is none of that id, or somebody else has changed it since.
    OutputError
        If it cannot be deleted.
    """
    path = _path(project, scenario.scenario_id)
    if not path.is_file():
        msg = f"项目里没有情景「{scenario.scenario_id}」，可能已经删除。请刷新后重试。"
        raise ScenarioError(msg)
    try:
        with changing(path):
            if _found(path, crs) != scenario:
                raise _taken(path, "被改动", DELETE_HINT)
            path.unlink(missing_ok=True)
    except OSError as error:
        raise _refused(path, error) from error


def _folder(project: Project) -> Path:
    return project.path(project.settings.project.scenarios)


def _path(project: Project, scenario_id: str) -> Path:
    _check_id(scenario_id, f"情景代码「{_shown(scenario_id)}」")
    return _folder(project) / f"{scenario_id}{SUFFIX}"


def _id_rule(scenario_id: str) -> str:
    """What is wrong with an id that names a file, on Windows too; "" where nothing is."""
    if not _ID.fullmatch(scenario_id):
        return "只能用英文字母、数字、- 和 _，并以字母或数字开头"
    if len(scenario_id) > LONGEST_ID:
        return f"有 {len(scenario_id)} 个字符，不得超过 {LONGEST_ID} 个"
    if _DEVICES.fullmatch(scenario_id):
        return "是 Windows 留作设备名的词，不能用"
    return ""


def _check_id(scenario_id: str, what: str) -> None:
    if rule := _id_rule(scenario_id):
        msg = f"{what}{rule}，请改名后重试。"
        raise ScenarioError(msg)


def _check_room(project: Project, path: Path) -> None:
    """Whether a file may be put into the folder: Windows does not tell names by their case."""
    files = scenario_files(project)
    alike = [one for one in files if one.stem.casefold() == path.stem.casefold()]
    if any(one.stem != path.stem for one in alike):
        msg = f"情景代码「{path.stem}」与已有的「{alike[0].stem}」只差大小写，请换一个代码。"
        raise ScenarioError(msg)
    if not alike and len(files) >= MOST_SCENARIOS:
        msg = f"项目已有 {len(files)} 个情景，不得超过 {MOST_SCENARIOS} 个，请先删去不用的。"
        raise ScenarioError(msg)


def _taken(path: Path, what: str, hint: str) -> ScenarioError:
    return ScenarioError(f"情景代码「{path.stem}」在项目里已{what}，可能是别人存入的；{hint}")


def _found(path: Path, crs: str) -> Scenario | str | None:
    """The scenario of a file; its fault where it cannot be read, None where there is none."""
    if not path.is_file():
        return None
    try:
        return read_scenario(path, crs)
    except ScenarioError as error:
        return str(error)


def _refused(path: Path, error: OSError) -> OutputError:
    msg = (
        f"情景「{path.name}」写不进去（{system_reason(error)}），原有的情景没有改动。"
        "请检查文件夹权限和磁盘空间，关闭正在打开它的程序后重试。"
    )
    return OutputError(msg)


def _natural(text: str) -> list[tuple[int, int, str]]:
    """A key by which "plan-2" comes before "plan-10", whatever the case."""
    parts = re.split(r"([0-9]+)", text.casefold())
    return [
        (0, int(part), "") if part.isascii() and part.isdigit() else (1, 0, part) for part in parts
    ]


def _shown(text: str) -> str:
    """A name in a message: printable, on one line and not too long."""
    line = "".join(one if one.isprintable() else "?" for one in text)
    return line if len(line) <= SHOWN_CHARACTERS else line[:SHOWN_CHARACTERS] + "…"

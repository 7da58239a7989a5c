"""A scenario as the text of a file (TOML) and back, every fault in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Self

from pydantic import Field, model_validator

from coverage.changes.road_change import RoadChange
from coverage.changes.road_change_checks import repeated_ids
from coverage.errors import ScenarioError
from coverage.scenarios.action import Action, Scenario
from layers.settings import Settings, parse_settings
from layers.toml_text import quoted
from layers.tried.facility_tables import (
    FacilityTable,
    facility_action_faults,
    facility_action_of,
    facility_table_text,
)
from layers.tried.road_tables import (
    RoadTable,
    road_change_faults,
    road_change_of,
    road_table_text,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_ACTIONS: Final = 1000
"""A planner makes far fewer; a file with more was not made by one."""

LONGEST_NAME: Final = 200
LONGEST_NOTE: Final = 5000
"""Characters."""

_HEAD: Final = """\
# 情景（假设的调整）：对现有设施和道路的一串动作，按先后次序生效，原始数据不变。
# 文件名（不含 .toml）就是情景的代码，只能用英文字母、数字、- 和 _。
#
#   name        情景名称
#   note        说明，可不写
#
# 每个动作写一个 [[actions]]，下面写 [actions.facility]（设施）或 [actions.road]（道路）其中之一。
#
# [actions.facility] 设施
#   id          设施代码；新增的设施另起一个没有用过的代码
#   action      "add" 新增、"move" 迁移、"close" 关闭、"upgrade" 升级（改类别）、
#               "capacity" 调整数量
#   name        名称，只用于新增
#   kind        类别代码，用于新增、升级，如 "village_clinic"，见设施类别表
#   place       位置 [经度, 纬度]（WGS84，单位为度），用于新增、迁移
#   amounts     数量，用于新增、升级、调整，如 {capacity_beds = 20, area_m2 = 80}；
#               可写的列见数据字典的 facilities，turnout_s 的单位是秒
#   cost        费用（万元）；不知道时不写，不按 0 计
#
# [actions.road] 道路
#   id、name、action、places、speed_kph、users、road_class、oneway、joins，
#   写法与道路变更文件（road_changes.toml）相同
"""


class _ActionTable(Settings):
    facility: FacilityTable | None = None
    road: RoadTable | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.facility is None) == (self.road is None):
            msg = "要写 facility（设施）或 road（道路）其中之一"
            raise ValueError(msg)
        return self


class _File(Settings):
    name: str
    note: str = ""
    actions: list[_ActionTable] = Field(default_factory=list)


def scenario_of(tables: Mapping[str, Any], scenario_id: str, *, crs: str, source: str) -> Scenario:
    """
    The scenario that the tables of a file mean.

    Parameters
    ----------
    tables
        From `layers.settings.read_toml`.
    scenario_id
        Its id.
    crs
        CRS of the layers.
    source
        Name of the file, for the message.

    Raises
    ------
    ScenarioError
        With one sentence per fault.
    """
    read = parse_settings(dict(tables), _File, source=source, error=ScenarioError)
    if len(read.actions) > MOST_ACTIONS:
        msg = f"设置文件「{source}」有 {len(read.actions)} 个动作，不得超过 {MOST_ACTIONS} 个。"
        raise ScenarioError(msg)
    faults: list[str] = []
    actions: list[Action] = []
    for number, one in enumerate(read.actions, start=1):
        action, wrong = _action_of(one, crs)
        faults += [f"第 {number} 项动作：{sentence}" for sentence in wrong]
        actions.append(action)
    scenario = Scenario(scenario_id, read.name, tuple(actions), read.note)
    faults = [*_text_faults(scenario), *faults, *repeated_ids(scenario.road_changes)]
    if faults:
        msg = f"设置文件「{source}」有 {len(faults)} 处问题：{''.join(faults)}"
        raise ScenarioError(msg)
    return scenario


def scenario_text(scenario: Scenario, crs: str) -> str:
    """
    A scenario as the text of a file; its id is the name of the file and stands not in it.

    Parameters
    ----------
    scenario
        Any scenario.
    crs
        CRS of the layers.

    Returns
    -------
    text
        TOML with Chinese comments at its head; reading it gives the same scenario, and writing
        that the same text.

    Raises
    ------
    ScenarioError
        With one sentence per fault, since the file could not be read again.
    """
    faults = _text_faults(scenario)
    if len(scenario.actions) > MOST_ACTIONS:
        faults.append(f"情景有 {len(scenario.actions)} 个动作，不得超过 {MOST_ACTIONS} 个。")
    for number, action in enumerate(scenario.actions, start=1):
        faults += [f"第 {number} 项动作：{sentence}" for sentence in _faults_of(action, crs)]
    faults += repeated_ids(scenario.road_changes)
    if faults:
        raise ScenarioError("".join(faults))
    about = f"name = {quoted(scenario.name)}\n"
    about += f"note = {quoted(scenario.note)}\n" if scenario.note else ""
    return "\n".join([_HEAD, about, *(_action_text(action, crs) for action in scenario.actions)])


def _text_faults(scenario: Scenario) -> list[str]:
    faults = [] if scenario.name.strip() else ["情景没有名称，请填写。"]
    texts = (("名称", scenario.name, LONGEST_NAME), ("说明", scenario.note, LONGEST_NOTE))
    for what, text, longest in texts:
        if len(text) > longest:
            faults.append(f"情景的{what}有 {len(text)} 个字，不得超过 {longest} 个字。")
        if any("\ud800" <= character <= "\udfff" for character in text):
            faults.append(f"情景的{what}里有不成字的编码，请重新输入。")
    return faults


def _action_of(read: _ActionTable, crs: str) -> tuple[Action, list[str]]:
    if read.road is not None:
        return road_change_of(read.road, crs)
    assert read.facility is not None  # noqa: S101 - one of the two is there
    return facility_action_of(read.facility, crs)


def _faults_of(action: Action, crs: str) -> list[str]:
    if isinstance(action, RoadChange):
        return road_change_faults(action, crs)
    return facility_action_faults(action, crs)


def _action_text(action: Action, crs: str) -> str:
    if isinstance(action, RoadChange):
        return f"[[actions]]\n[actions.road]\n{road_table_text(action, crs)}"
    return f"[[actions]]\n[actions.facility]\n{facility_table_text(action, crs)}"

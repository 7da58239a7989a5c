"""Errors a planner can act on.

Every message is one or more plain Chinese sentences that say what is wrong, where, in how
many rows, which is the first offender, and what to do. The class docstrings are the general
sentence for each kind, shown as the heading above the message.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Problem:
    """
    One fault in one cell of a table.

    Parameters
    ----------
    row
        Number of the row as the planner sees it: the line in a CSV or sheet (the header is
        line 1), the feature number in a map layer. None where the whole column is at fault.
    column
        Name of the column in the contract; "" where the whole row is at fault.
    value
        The offending value as text.
    rule
        The rule it breaks, in Chinese.
    """

    row: int | None
    column: str
    value: str
    rule: str

    def __str__(self) -> str:
        where = "整列" if self.row is None else f"第 {self.row} 行"
        column = f"「{self.column}」" if self.column else ""
        value = f"（值：{self.value}）" if self.value else ""
        return f"{where}{column}：{self.rule}{value}"


class PlannerError(Exception):
    """输入或设置有误，程序没有继续。"""

    @property
    def heading(self) -> str:
        """The general sentence for this kind of error."""
        return (type(self).__doc__ or "").strip()


class InputError(PlannerError):
    """输入的表格或图层有问题。"""

    def __init__(self, message: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems)


class BoundaryError(InputError):
    """行政边界图层有问题。"""


class DemandError(InputError):
    """需求点（村、社区）数据有问题。"""


class FacilityError(InputError):
    """设施数据有问题。"""


class RoadError(InputError):
    """路网数据有问题。"""


class RoadChangeError(RoadError):
    """道路变更有问题。"""


class CrsError(PlannerError):
    """坐标系有问题。"""


class ImpedanceError(PlannerError):
    """道路的通行速度或时间有问题。"""


class StandardError(PlannerError):
    """服务圈标准的设置有问题。"""


class SitingError(PlannerError):
    """选址的要求做不到或设置有误。"""


class ScenarioError(PlannerError):
    """情景里的动作有问题。"""


class ProjectError(PlannerError):
    """项目设置（project.toml）有问题。"""


class SourceError(PlannerError):
    """数据文件或数据来源读不出来。"""


class OutputError(PlannerError):
    """结果写不出去。"""

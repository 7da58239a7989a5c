"""The error that a faulty plan or a faulty file of choices raises."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from coverage.errors import PlannerError

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_SHOWN: Final = 50
"""Faults that one message tells; more than these nobody reads at once."""


class PlanError(PlannerError):
    """规划指标的设置有问题。"""


def plan_error(source: str, faults: Sequence[str], *, what: str = "规划文件") -> PlanError:
    """
    The error over all faults of a file.

    Parameters
    ----------
    source
        Name of the file.
    faults
        One sentence each, at least one.
    what
        What the file is.
    """
    more = len(faults) - MOST_SHOWN
    rest = f"其余 {more} 处略。" if more > 0 else ""
    shown = "".join(faults[:MOST_SHOWN])
    return PlanError(f"{what}「{source}」有 {len(faults)} 处问题：{shown}{rest}")

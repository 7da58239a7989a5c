"""What a target asks of this very study area, which may be a part of the plan's area."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from coverage.rules.judging import Aim, aim_for
from coverage.rules.target import LEVEL_NAMES, LEVELS

if TYPE_CHECKING:
    from coverage.rules.answer import Answer
    from coverage.rules.study import TargetStudy
    from coverage.rules.target import Target


def aim_of(study: TargetStudy, target: Target, *, year: int, interpolate: bool) -> Aim:
    """
    What a target asks for in a year of the whole study area.

    A sum over a whole city (500 处) says nothing of one of its counties: there it is unset until
    the planner sets what falls to the county.

    Parameters
    ----------
    study
        It knows the level of the area and what the planner set.
    target, year, interpolate
        As `coverage.rules.judging.aim_for`.
    """
    own = study.choices.values.get(target.target_id, ())
    if target.is_total and not own and target.values:
        if study.area_level != target.area_level:
            return Aim(None, note=_not_broken_down(study, target))
        aim = aim_for(target, year=year, interpolate=interpolate)
        if not study.choices.area_level:
            note = f"按单元代码认作全{LEVEL_NAMES[target.area_level]}，不是的请在设定里写明项目级别"
            return replace(aim, note="；".join(filter(None, (aim.note, note))))
        return aim
    return aim_for(target, year=year, own=own, interpolate=interpolate)


def _not_broken_down(study: TargetStudy, target: Target) -> str:
    whole = LEVEL_NAMES[target.area_level]
    if study.area_level is None:
        return f"目标按全{whole}下达，不知道本项目的级别；请在设定里写明，或填写本项目的任务数"
    here = f"本{LEVEL_NAMES[study.area_level]}"
    if LEVELS.index(study.area_level) > LEVELS.index(target.area_level):
        return (
            f"目标是一个{whole}的合计数，研究区是{here}，不能直接对照；要对照请填写{here}的任务数"
        )
    return f"目标按全{whole}下达，没有分解到{here}，请填写{here}的任务数"


def zone_aim(target: Target, aim: Aim, answer: Answer) -> Aim:
    """What it asks of one zone: the same where it is a rate, nothing where it is a sum."""
    if not answer.by_zone:
        return Aim(None, note="本指标按整个研究区核算，不分单元")
    if not answer.is_ratio or target.is_total:
        return Aim(None, note="目标是合计数，没有分解到本单元")
    return aim

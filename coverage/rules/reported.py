"""Figures that no map can give: the planner types them in, with year and source."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coverage.rules.answer import Answer, lacking, no_items
from coverage.rules.choices import WHOLE_AREA

if TYPE_CHECKING:
    from coverage.rules.study import TargetStudy
    from coverage.rules.target import Target


def answer_reported(study: TargetStudy, target: Target) -> Answer:
    """
    All figures typed in for a target; the year chosen decides later which of them counts.

    Parameters
    ----------
    study
        With the planner's choices.
    target
        With a `Reported`.

    Returns
    -------
    answer
        With `figures`; zones have values where a figure of any zone was typed in.
    """
    figures = study.choices.reported.get(target.target_id, ())
    recipe = "采用填报的数值：所选年份的，没有时用此前最近一年的"
    if not figures:
        return lacking(f"没有填报“{target.indicator}”，请填写数值、年份和来源", recipe=recipe)
    return Answer(
        no_items(),
        gap_is_whole=False,
        recipe=recipe,
        by_zone=any(one.zone_id != WHOLE_AREA for one in figures),
        figures=figures,
    )

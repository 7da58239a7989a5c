"""What the command `site` says: who is left, the plan, its proof, what each site adds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

from coverage.percent import percent_text

if TYPE_CHECKING:
    from coverage.studies.study_sites import SitingAnswer

TOLD: Final = 10
"""Sites that are told in the lines; all of them stand in the files."""

CURVE_TOLD: Final = 5
"""Points of the curve that are told."""


def siting_lines(answer: SitingAnswer, *, curve: pd.DataFrame | None) -> list[str]:
    """
    A few lines on a siting answer.

    Parameters
    ----------
    answer
        From `coverage.studies.study_sites.answer_siting`.
    curve
        From `site_curve`; None where none was asked for.

    Returns
    -------
    lines
        Its sentences, the sites that change with their reasons, and the curve in short.
    """
    lines = list(answer.sentences)
    changed = answer.sites[answer.sites["state"] != "kept"]
    verbs = {"new": "升级" if answer.question.model == "upgrade" else "新建", "closed": "撤并"}
    for site_id, row in changed.head(TOLD).iterrows():
        name = row["site_name"] if pd.notna(row["site_name"]) else site_id
        lines.append(f"{verbs[row['state']]} {int(row['step'])}. {name}：{row['reason']}")
    if len(changed) > TOLD:
        lines.append(f"另有 {len(changed) - TOLD} 处见 sites.geojson")
    if curve is not None and len(curve):
        lines.append(_curve_line(curve, answer.ground.standard.target))
    return lines


def _curve_line(curve: pd.DataFrame, target: float) -> str:
    """Some points of the curve, first and last among them."""
    places = sorted({round(i * (len(curve) - 1) / (CURVE_TOLD - 1)) for i in range(CURVE_TOLD)})
    shares = [percent_text(curve["share"].iloc[i], target=target) for i in places]
    told = [f"{curve.index[i]} 处 {share}" for i, share in zip(places, shares, strict=True)]
    open_ended = int((curve["status"] != "optimal").sum())
    note = f"（其中 {open_ended} 个未证完）" if open_ended else "（都已证明最优）"
    return f"曲线：{'，'.join(told)}{note}"

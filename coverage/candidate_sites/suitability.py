"""How well a candidate suits, by criteria that the planner weighs."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, get_args

import numpy as np
import pandas as pd
import shapely

from coverage.candidate_contracts import CANDIDATES, SUITABILITY
from coverage.candidate_sites.candidate_set import CandidateSet, first_name, without
from coverage.candidate_sites.nearness import distance_to
from coverage.candidate_sites.shapes import TOUCH_M, fit_shapes
from coverage.errors import SitingError
from coverage.notices import Notice

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    import numpy.typing as npt

    from coverage.candidate_sites.shapes import ShapeArray
    from coverage.graph.arcs import FloatArray

Rule = Literal["near", "far", "inside", "column"]

RULES: Final = get_args(Rule)

SCORE_TOLERANCE: Final = 1e-9
"""Share of a point by which a score may fall short: rounding noise of a weighted sum."""


def _no_shapes() -> ShapeArray:
    return np.zeros(0, dtype=object)


@dataclass(frozen=True, eq=False, kw_only=True)
class Criterion:
    """
    One thing that makes a site better or worse.

    Parameters
    ----------
    name
        What the planner calls it; no two of one question are alike.
    rule
        "near": 1 within `near_m` of the layer, 0 from `far_m` on, linear between;
        "far": 0 within `near_m`, 1 from `far_m` on, linear between;
        "inside": 1 in the polygons of the layer, edge included, else 0;
        "column": a column of numbers of the candidates, 0 at `worst`, 1 at `best` and beyond,
        linear between; `worst` may be the larger.
    weight
        At least 0; only the shares of the weights matter.
    shapes
        Shape (n,), the layer in the CRS of the candidates. A layer without any shape says
        nothing, and the scores are unknown.
    near_m, far_m
        Metres, 0 <= near_m <= far_m; where they are equal the score is a step, inclusive for the
        better side.
    column, worst, best
        For "column"; `worst` and `best` differ.

    Raises
    ------
    SitingError
        If a number makes no sense.
    """

    name: str
    rule: Rule
    weight: float = 1.0
    shapes: ShapeArray = field(default_factory=_no_shapes)
    near_m: float = 0.0
    far_m: float = 0.0
    column: str = ""
    worst: float = 0.0
    best: float = 1.0

    def __post_init__(self) -> None:
        fault = ""
        if self.rule not in RULES:
            fault = f"的 rule 只能是 {'、'.join(RULES)}，现为 {self.rule}"
        elif not (math.isfinite(self.weight) and self.weight >= 0):
            fault = f"的权重应为不小于 0 的数，现为 {self.weight:g}"
        elif not (math.isfinite(self.far_m) and 0 <= self.near_m <= self.far_m):
            fault = f"的距离应为 0 ≤ near_m ≤ far_m，现为 {self.near_m:g} 和 {self.far_m:g}"
        elif self.rule == "column" and not (
            math.isfinite(self.worst) and math.isfinite(self.best) and self.worst != self.best
        ):
            fault = f"的 worst 和 best 应为两个不同的数，现为 {self.worst:g} 和 {self.best:g}"
        if fault:
            msg = f"评分项「{self.name}」{fault}。请改正。"
            raise SitingError(msg)


@dataclass(frozen=True, eq=False)
class Suitability:
    """
    Scores of n candidates.

    Parameters
    ----------
    score
        Shape (n,), by `candidate_id`, in [0, 1]; NaN where anything that has weight is unknown.
    table
        Contract `SUITABILITY`: a row per candidate and criterion.
    notices
        What is unknown, what was mended.
    """

    score: pd.Series[float]
    table: pd.DataFrame
    notices: tuple[Notice, ...] = ()


def suitability(candidates: gpd.GeoDataFrame, criteria: Sequence[Criterion]) -> Suitability:
    """
    The weighted mean of the criteria (weighted linear combination).

    Parameters
    ----------
    candidates
        Contract `CANDIDATES`, n of them.
    criteria
        At least one with a weight above 0.

    Returns
    -------
    scores
        See `Suitability`; nothing is put in the place of what is unknown.

    Raises
    ------
    SitingError
        If there is no criterion with weight, a name repeats, a column is missing or holds no
        numbers, or a layer is of the wrong kind.

    References
    ----------
    Malczewski, J. (2000). On the use of weighted linear combination method in GIS: common and
    best practice approaches. Transactions in GIS 4(1), 5-22.
    """
    _check_criteria(candidates, criteria)
    total = sum(one.weight for one in criteria)
    points = candidates.geometry.to_numpy()
    score = np.zeros(len(candidates))
    parts = []
    notices: list[Notice] = []
    for one in criteria:
        value, told = _values(candidates, points, one)
        notices += told
        own = _scored(one, value)
        if one.weight > 0:
            score += one.weight / total * own
            notices += _unknown(candidates, one, own)
        cells = {"candidate_id": candidates.index, "criterion": one.name, "value": value}
        parts.append(pd.DataFrame({**cells, "score": own, "weight": one.weight / total}))
    table = pd.concat(parts, ignore_index=True)[[each.name for each in SUITABILITY.columns]]
    # A sum of shares of ones may pass 1 in its last bit.
    index = pd.Index(candidates.index, name=CANDIDATES.index)
    whole = pd.Series(np.clip(score, 0.0, 1.0), index=index, name="suitability")
    return Suitability(whole, table, tuple(notices))


def preferred_candidates(candidates: gpd.GeoDataFrame, *, at_least: float) -> tuple[str, ...]:
    """
    Candidates of high suitability, for `SitingOptions.preferred`.

    Siting uses suitability in two ways: as a tie-break (of equally good answers the one with
    most of these is taken; the objective is never given up for it), and as a lower bound
    (`suitable`).

    Parameters
    ----------
    candidates
        Contract `CANDIDATES` with scores; those of unknown score are not preferred.
    at_least
        Score in [0, 1], inclusive.
    """
    good = candidates["suitability"].to_numpy() >= at_least - SCORE_TOLERANCE
    return tuple(candidates.index[good])


def suitable(found: CandidateSet, *, at_least: float) -> CandidateSet:
    """
    Candidates that are not known to suit too badly.

    Parameters
    ----------
    found
        With scores. Those of unknown score stay, and are told.
    at_least
        Score in [0, 1], inclusive.

    Returns
    -------
    found
        Those below are excluded with their score.
    """
    score = found.candidates["suitability"].to_numpy()
    low = score < at_least - SCORE_TOLERANCE
    unknown = int(np.isnan(score).sum())
    notices = []
    if low.any():
        text = (
            f"{int(low.sum())} 个候选点的适宜性低于 {at_least:g}，"
            f"第一个是「{first_name(found, low)}」，没有采用。"
        )
        notices.append(Notice("candidates_unsuitable", text, int(low.sum())))
    if unknown:
        text = f"{unknown} 个候选点的适宜性未知，不能按下限 {at_least:g} 排除，仍作候选点。"
        notices.append(Notice("suitability_unbounded", text, unknown))
    reasons = [f"适宜性 {one:.3f}，低于下限 {at_least:g}" for one in score[low]]
    return without(found, low, reasons=reasons, notices=notices)


def _check_criteria(candidates: gpd.GeoDataFrame, criteria: Sequence[Criterion]) -> None:
    names = [one.name for one in criteria]
    double = sorted({name for name in names if names.count(name) > 1})
    if double:
        msg = f"评分项「{double[0]}」写了 {names.count(double[0])} 次，请留一处或改名。"
        raise SitingError(msg)
    if not any(one.weight > 0 for one in criteria):
        msg = f"{len(names)} 个评分项的权重都是 0，算不出适宜性。请至少给一项大于 0 的权重。"
        raise SitingError(msg)
    for one in criteria:
        if one.rule != "column":
            continue
        if one.column in candidates and pd.api.types.is_numeric_dtype(candidates[one.column]):
            continue
        numbers = candidates.select_dtypes("number").columns.drop("suitability", errors="ignore")
        has = "、".join(map(str, numbers)) or "没有"
        msg = (
            f"评分项「{one.name}」要用候选点的数值列“{one.column}”，"
            f"候选点的数值列是：{has}。请改正。"
        )
        raise SitingError(msg)


def _values(
    candidates: gpd.GeoDataFrame, points: npt.NDArray[np.object_], one: Criterion
) -> tuple[FloatArray, list[Notice]]:
    """What a criterion looks at: metres, 1 or 0, or the candidates' own number; NaN unknown."""
    if one.rule == "column":
        own = candidates[one.column].to_numpy(dtype=float)
        return np.where(np.isfinite(own), own, np.nan), []
    shapes, notices = fit_shapes(one.name, one.shapes, areas=one.rule == "inside")
    value = np.full(len(points), np.nan)
    if not len(shapes) or not len(points):
        return value, notices
    if one.rule == "inside":
        hit = shapely.STRtree(points).query(shapes, predicate="dwithin", distance=TOUCH_M)[1]
        value[:] = 0.0
        value[hit] = 1.0
        return value, notices
    return distance_to(points, shapes), notices


def _scored(one: Criterion, value: FloatArray) -> FloatArray:
    """Scores in [0, 1]; NaN stays NaN."""
    if one.rule == "inside":
        return value
    if one.rule == "column":
        return np.clip((value - one.worst) / (one.best - one.worst), 0.0, 1.0)
    if one.near_m < one.far_m:
        share = (value - one.near_m) / (one.far_m - one.near_m)
        return np.clip(share if one.rule == "far" else 1.0 - share, 0.0, 1.0)
    better = value <= one.near_m + TOUCH_M if one.rule == "near" else value >= one.far_m - TOUCH_M
    return np.where(np.isnan(value), np.nan, better.astype(float))


def _unknown(candidates: gpd.GeoDataFrame, one: Criterion, own: FloatArray) -> list[Notice]:
    lost = np.flatnonzero(np.isnan(own))
    if not len(lost):
        return []
    name = candidates["candidate_name"].iloc[lost[0]]
    first = candidates.index[lost[0]] if pd.isna(name) else name
    text = (
        f"{len(lost)} 个候选点的「{one.name}」未知，第一个是「{first}」，它们的适宜性也就未知，"
        "不按 0 分也不按平均分计。"
    )
    return [Notice("suitability_unknown", text, len(lost))]

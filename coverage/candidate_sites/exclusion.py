"""Where nothing may be built: water, 生态保护红线, 永久基本农田, steep slopes, any polygons."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from coverage.candidate_sites.candidate_set import CandidateSet, everything, first_name, without
from coverage.candidate_sites.shapes import TOUCH_M, fit_shapes
from coverage.errors import SitingError
from coverage.notices import Notice

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    import numpy.typing as npt

    from coverage.candidate_sites.shapes import ShapeArray

    BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Exclusion:
    """
    A layer of areas in which no candidate may lie.

    Parameters
    ----------
    name
        What the planner calls it, e.g. "生态保护红线".
    shapes
        Shape (n,), polygons in the CRS of the candidates; n may be 0.
    buffer_m
        Metres around them that are excluded, too; inclusive.

    Raises
    ------
    SitingError
        If the buffer is negative or not finite.
    """

    name: str
    shapes: ShapeArray
    buffer_m: float = 0.0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.buffer_m) and self.buffer_m >= 0):
            msg = (
                f"排除图层「{self.name}」的缓冲距离应为不小于 0 的米数，现为 {self.buffer_m:g}。"
                "请改正。"
            )
            raise SitingError(msg)


def exclude(
    candidates: gpd.GeoDataFrame | CandidateSet, exclusions: Sequence[Exclusion]
) -> CandidateSet:
    """
    Candidates outside all excluded areas; those inside are left out, with every layer named.

    A point on the very edge, or exactly as far as the buffer, is excluded.

    Parameters
    ----------
    candidates
        Contract `CANDIDATES`, or such with what was left out of them before.
    exclusions
        In any order; without any, all stay.

    Returns
    -------
    found
        `left_out` says why; a notice per layer says how many, also where there are none.

    Raises
    ------
    SitingError
        If a layer holds anything but polygons, or coordinates that are not finite.
    """
    found = candidates if isinstance(candidates, CandidateSet) else everything(candidates)
    points = found.candidates.geometry.to_numpy()
    reasons, around, told = _asked(points, exclusions)
    notices: list[Notice] = []
    for layer, near, mended in zip(exclusions, around, told, strict=True):
        notices += mended
        if near is not None:
            notices.append(_told(found, layer, near))
    gone = np.array([bool(said) for said in reasons], dtype=np.bool_)
    if not gone.any():
        return replace(found, notices=(*found.notices, *notices))
    return without(found, gone, reasons=[said for said in reasons if said], notices=notices)


def barred_by(points: gpd.GeoDataFrame, exclusions: Sequence[Exclusion]) -> pd.Series[str]:
    """
    Why no facility may stand at some places, such as villages in a red line.

    Parameters
    ----------
    points
        Shape (n, ...), points in the CRS of the layers.
    exclusions
        As `exclude` takes them.

    Returns
    -------
    barred
        Indexed as the points: "在「生态保护红线」内", with every layer named; "" where nothing
        is in the way.

    Raises
    ------
    SitingError
        As `exclude`.
    """
    reasons, _, _ = _asked(points.geometry.to_numpy(), exclusions)
    return pd.Series(reasons, index=points.index, dtype=object)


def _asked(
    points: ShapeArray, exclusions: Sequence[Exclusion]
) -> tuple[list[str], list[BoolArray | None], list[list[Notice]]]:
    """Why each point is excluded; by layer which are (None: no shapes), and what was mended."""
    tree = shapely.STRtree(points)
    reasons: list[list[str]] = [[] for _ in points]
    around: list[BoolArray | None] = []
    mended: list[list[Notice]] = []
    for layer in exclusions:
        shapes, told = fit_shapes(layer.name, layer.shapes, areas=True)
        mended.append(told)
        if not len(shapes):
            around.append(None)
            continue
        inside = _near(tree, shapes, 0.0)
        near = _near(tree, shapes, layer.buffer_m) if layer.buffer_m else inside
        around.append(near)
        for place in np.flatnonzero(near).tolist():
            where = f"在「{layer.name}」内"
            if not inside[place]:
                where = f"在「{layer.name}」外 {layer.buffer_m:g} 米以内"
            reasons[place].append(where)
    return ["；".join(said) for said in reasons], around, mended


def _near(tree: shapely.STRtree, shapes: ShapeArray, distance_m: float) -> BoolArray:
    """
    Which points of a tree are at most so far from any shape.

    The shapes ask and the points stand in the tree: GEOS indexes the edges of whoever asks, so a
    layer of a hundred thousand vertices costs little.
    """
    near = np.zeros(len(tree.geometries), dtype=np.bool_)
    near[tree.query(shapes, predicate="dwithin", distance=distance_m + TOUCH_M)[1]] = True
    return near


def _told(found: CandidateSet, layer: Exclusion, gone: BoolArray) -> Notice:
    count = int(gone.sum())
    around = f"（外扩 {layer.buffer_m:g} 米）" if layer.buffer_m else ""
    if not count:
        text = f"「{layer.name}」{around}内没有候选点，没有排除任何候选点。"
    else:
        text = (
            f"「{layer.name}」{around}排除了 {count} 个候选点，"
            f"第一个是「{first_name(found, gone)}」，逐个列在未采用的候选点表中。"
        )
    return Notice("candidates_excluded", text, count)

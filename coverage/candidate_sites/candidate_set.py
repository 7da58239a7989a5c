"""Candidates with everything that was left out on the way, and how several sources become one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from coverage.candidate_contracts import CANDIDATES
from coverage.candidate_sites.thinning import stands_for
from coverage.errors import CrsError, SitingError
from coverage.notices import Notice
from coverage.requests import PLACE_DECIMALS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from coverage.graph.arcs import FloatArray, IntArray

    BoolArray = npt.NDArray[np.bool_]

MERGE_M: Final = 1.0
"""Metres: places nearer to one another than this are one place, mapped twice."""

_LEFT_OUT: Final = ("candidate_name", "origin", "source_id", "outcome", "reason", "kept_id")


@dataclass(frozen=True, eq=False)
class CandidateSet:
    """
    Candidate sites; rows in = rows of `candidates` + rows of `left_out`.

    Parameters
    ----------
    candidates
        Contract `CANDIDATES`, and columns of numbers of their own (`population` …).
    left_out
        Contract `LEFT_OUT`: what was excluded or merged, each with its reason.
    notices
        What there is to tell.
    """

    candidates: gpd.GeoDataFrame
    left_out: gpd.GeoDataFrame
    notices: tuple[Notice, ...] = ()


def candidate_table(
    places: Sequence[shapely.Point] | npt.NDArray[np.object_] | gpd.GeoSeries,
    *,
    ids: Sequence[str],
    names: Sequence[str | None],
    origin: str,
    source_ids: Sequence[str | None],
    crs: object,
) -> gpd.GeoDataFrame:
    """
    Candidates of one origin.

    Their places are kept to the millimetre, as those of a scenario are: what is advised is then
    what is tried and assessed.

    Parameters
    ----------
    places
        n points in `crs`.
    ids, names, source_ids
        n each.
    origin
        One of `ORIGINS`.
    crs
        Projected CRS in metres.

    Returns
    -------
    candidates
        Contract `CANDIDATES` without scores yet.
    """
    index = pd.Index(list(ids), name=CANDIDATES.index, dtype=object)
    cells = {
        "candidate_name": list(names),
        "origin": [origin] * len(index),
        "source_id": list(source_ids),
    }
    table = pd.DataFrame(cells, index=index, dtype=object)
    table["suitability"] = np.full(len(index), np.nan)
    here = shapely.get_coordinates(np.asarray(places, dtype=object))
    points = shapely.points(np.round(here, PLACE_DECIMALS))
    return gpd.GeoDataFrame(table, geometry=points, crs=crs)


def everything(candidates: gpd.GeoDataFrame, *notices: Notice) -> CandidateSet:
    """Candidates of which none is left out."""
    none = np.zeros(len(candidates), dtype=np.bool_)
    return CandidateSet(candidates, _left_out(candidates, none, "excluded", []), notices)


def without(
    found: CandidateSet,
    gone: BoolArray,
    *,
    reasons: Sequence[str],
    kept_ids: Sequence[str] | None = None,
    notices: Sequence[Notice] = (),
) -> CandidateSet:
    """
    Candidates with some of them left out.

    Parameters
    ----------
    found
        With n candidates.
    gone
        Shape (n,): which to leave out, g of them.
    reasons
        g Chinese sentences, in the order of the candidates.
    kept_ids
        g ids of those that stand for their places; None where they are excluded.
    notices
        What there is to tell of it.
    """
    outcome = "excluded" if kept_ids is None else "merged"
    rows = _left_out(found.candidates, gone, outcome, reasons, kept_ids)
    return CandidateSet(
        found.candidates[~gone].copy(),
        _stacked([found.left_out, rows]),
        (*found.notices, *notices),
    )


def within_area(found: CandidateSet, area: shapely.Geometry) -> CandidateSet:
    """
    Candidates in the study area; those outside are excluded, those on its border stay.

    Parameters
    ----------
    found
        Candidates of any origin.
    area
        Polygon in their CRS.
    """
    points = found.candidates.geometry.to_numpy()
    outside = ~shapely.intersects_xy(area, shapely.get_x(points), shapely.get_y(points))
    if not outside.any():
        return found
    count = int(outside.sum())
    text = f"{count} 个候选点在研究区以外，第一个是「{first_name(found, outside)}」，没有采用。"
    notice = Notice("candidates_outside", text, count)
    return without(found, outside, reasons=["在研究区以外"] * count, notices=[notice])


def combined(parts: Sequence[CandidateSet], *, merge_m: float = MERGE_M) -> CandidateSet:
    """
    Candidates of several sources as one table.

    Places nearer than `merge_m` to a candidate further up are merged into it. An id that stands
    further up already gets a number ("p:7#2").

    Parameters
    ----------
    parts
        At least one, in order of precedence: of two at one place that of the earlier part stays.
    merge_m
        Metres; exactly as far apart is two places.

    Raises
    ------
    SitingError
        If there is no part.
    CrsError
        If the parts are in different CRS.
    """
    if not parts:
        msg = "没有写任何候选点来源。请至少选一种（村、设施、文件、网格、路口）。"
        raise SitingError(msg)
    crs = parts[0].candidates.crs
    strange = [part.candidates.crs for part in parts if part.candidates.crs != crs]
    if strange:
        msg = f"候选点的坐标系不一致：{crs} 和 {strange[0]}。请先换算到同一坐标系。"
        raise CrsError(msg)
    notices = tuple(notice for part in parts for notice in part.notices)
    tables, told = _renamed(parts)
    candidates = _stacked([table for table, _ in tables])
    left_out = _stacked([table for _, table in tables])
    together = CandidateSet(candidates, left_out, (*notices, *told))
    return thinned(
        together,
        apart_m=merge_m,
        reason="与「{name}」相距不到 {apart} 米，按同一地点计",
        code="candidates_merged",
    )


def spaced(found: CandidateSet, *, apart_m: float) -> CandidateSet:
    """
    Candidates of which no two are nearer than stated; the more suitable stays.

    Parameters
    ----------
    found
        With scores or without; unknown ones give way, equals stay in their order.
    apart_m
        Metres; exactly as far apart stays.
    """
    score = found.candidates["suitability"].fillna(-1.0).to_numpy()
    return thinned(
        found,
        apart_m=apart_m,
        reason="与「{name}」相距不到 {apart} 米（候选点的最小距离），由它代表",
        code="candidates_spaced",
        order=np.argsort(-score, kind="stable"),
    )


def thinned(
    found: CandidateSet,
    *,
    apart_m: float,
    reason: str,
    code: str,
    among: BoolArray | None = None,
    order: IntArray | None = None,
) -> CandidateSet:
    """
    Candidates of which no two are nearer than stated; the others are merged into those.

    Parameters
    ----------
    found
        In order of precedence, unless `order` says another.
    apart_m
        Metres.
    reason
        Sentence with the places `{name}` and `{apart}`.
    code
        Of the notice.
    among
        Shape (n,): those that are asked; None for all.
    order
        Shape (n,): positions in order of precedence; None for that of the table.
    """
    candidates = found.candidates
    asked = np.arange(len(candidates)) if order is None else order
    asked = asked if among is None else asked[among[asked]]
    kept = np.arange(len(candidates))
    kept[asked] = asked[stands_for(_places(candidates)[asked], apart_m=apart_m)]
    gone = kept != np.arange(len(kept))
    if not gone.any():
        return found
    kept_ids = candidates.index.to_numpy()[kept[gone]]
    names = _shown_names(candidates)[kept[gone]]
    reasons = [reason.format(name=name, apart=f"{apart_m:g}") for name in names]
    text = (
        f"{len(reasons)} 个候选点离别的候选点不到 {apart_m:g} 米，已并入附近的候选点，"
        f"第一个是「{first_name(found, gone)}」，逐个列在未采用的候选点表中。"
    )
    notice = Notice(code, text, len(reasons))
    return without(found, gone, reasons=reasons, kept_ids=list(kept_ids), notices=[notice])


def _places(table: gpd.GeoDataFrame) -> FloatArray:
    """Shape (n, 2): coordinates of the points of a table."""
    points = table.geometry.to_numpy()
    return np.column_stack([shapely.get_x(points), shapely.get_y(points)])


def first_name(found: CandidateSet, chosen: BoolArray) -> str:
    """What the first of some candidates is called, for a sentence."""
    return str(_shown_names(found.candidates)[int(np.argmax(chosen))])


def _shown_names(candidates: gpd.GeoDataFrame) -> npt.NDArray[np.object_]:
    names = candidates["candidate_name"]
    shown: npt.NDArray[np.object_] = names.where(
        names.notna(), candidates.index.to_series()
    ).to_numpy(dtype=object)
    return shown


def _left_out(
    candidates: gpd.GeoDataFrame,
    gone: BoolArray,
    outcome: str,
    reasons: Sequence[str],
    kept_ids: Sequence[str] | None = None,
) -> gpd.GeoDataFrame:
    rows = candidates.loc[gone, ["candidate_name", "origin", "source_id"]].astype(object)
    rows = pd.DataFrame(rows)
    rows["outcome"] = pd.Series(outcome, index=rows.index, dtype=object)
    rows["reason"] = pd.Series(list(reasons), index=rows.index, dtype=object)
    into = [None] * len(rows) if kept_ids is None else list(kept_ids)
    rows["kept_id"] = pd.Series(into, index=rows.index, dtype=object)
    shapes = candidates.geometry.to_numpy()[gone]
    return gpd.GeoDataFrame(rows[list(_LEFT_OUT)], geometry=shapes, crs=candidates.crs)


def _renamed(
    parts: Sequence[CandidateSet],
) -> tuple[list[tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]], list[Notice]]:
    """The tables of each part with ids that no part before has."""
    taken: set[str] = set()
    tables = []
    changed: list[str] = []
    for part in parts:
        names: Mapping[str, str] = {}
        both = [*part.candidates.index, *part.left_out.index]
        names = {one: _free(one, taken) for one in both}
        changed += [one for one, new in names.items() if one != new]
        taken.update(names.values())
        left_out = part.left_out.rename(index=names)
        left_out["kept_id"] = left_out["kept_id"].map(lambda one, names=names: names.get(one, one))
        tables.append((part.candidates.rename(index=names), left_out))
    if not changed:
        return tables, []
    text = (
        f"{len(changed)} 个候选点的代码在前面的来源里已经用过，后面加了序号以便区分，"
        f"第一个是「{changed[0]}」。"
    )
    return tables, [Notice("candidate_ids_changed", text, len(changed))]


def _free(one: str, taken: set[str]) -> str:
    if one not in taken:
        return one
    number = 2
    while f"{one}#{number}" in taken:
        number += 1
    return f"{one}#{number}"


def _stacked(tables: Sequence[gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    """Tables one below the other; empty ones have no say in the columns' types."""
    filled = [table for table in tables if len(table)]
    if not filled:
        return tables[0].copy()
    if len(filled) == 1:
        return filled[0].copy()
    together = gpd.GeoDataFrame(pd.concat(filled), crs=tables[0].crs)
    together.index.name = CANDIDATES.index
    return together


def with_scores(found: CandidateSet, scores: pd.Series[float]) -> CandidateSet:
    """Candidates with their suitability, shape (n,) by id."""
    aligned = scores.reindex(found.candidates.index).to_numpy()
    return replace(found, candidates=found.candidates.assign(suitability=aligned))

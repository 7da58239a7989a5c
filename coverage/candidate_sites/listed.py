"""Candidates that somebody lists: villages, facilities, points of a file, points drawn by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from coverage.candidate_sites.candidate_set import (
    CandidateSet,
    candidate_table,
    everything,
    first_name,
    without,
)
from coverage.errors import SitingError
from coverage.notices import Notice

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

_OUTSIDE: Final = "在研究区以外"


def village_candidates(demand: gpd.GeoDataFrame) -> CandidateSet:
    """
    Every village and community in the study area.

    Parameters
    ----------
    demand
        Contract `DEMAND`; where it has `zone_id`, rows without one lie outside the study area
        and are excluded.

    Returns
    -------
    found
        Ids "v:" and the `demand_id`; the numbers of the demand (`population` …) come along.
    """
    table = _listed(demand, demand["demand_name"], origin="village", prefix="v")
    found = everything(table)
    if "zone_id" not in demand:
        return found
    outside = demand["zone_id"].isna().to_numpy()
    if not outside.any():
        return found
    count = int(outside.sum())
    text = f"{count} 个村在研究区以外，第一个是「{first_name(found, outside)}」，不作候选点。"
    notice = Notice("candidates_outside", text, count)
    return without(found, outside, reasons=[_OUTSIDE] * count, notices=[notice])


def facility_candidates(
    facilities: gpd.GeoDataFrame, *, kinds: Collection[str] | None = None
) -> CandidateSet:
    """
    The sites of facilities, in use or given up: a building stands there already.

    Parameters
    ----------
    facilities
        Contract `FACILITIES`; those that were closed may be among them.
    kinds
        Codes of the kinds whose sites count; None for all. Facilities of other kinds were not
        asked for, and are no rows.

    Returns
    -------
    found
        Ids "f:" and the `facility_id`; the numbers of the facilities (`area_m2` …) come along.
    """
    if kinds is not None:
        facilities = facilities[facilities["kind"].isin(list(kinds))]
    names = facilities["facility_name"]
    return everything(_listed(facilities, names, origin="facility", prefix="f"))


def file_candidates(points: gpd.GeoDataFrame, *, closed: bool = False) -> CandidateSet:
    """
    Points that the planner lists.

    Parameters
    ----------
    points
        Indexed by the planner's code, with `candidate_name`; columns of numbers come along.
    closed
        Whether they are the sites of facilities that were given up (ids "f:", else "p:").
    """
    origin, prefix = ("facility", "f") if closed else ("file", "p")
    return everything(_listed(points, points["candidate_name"], origin=origin, prefix=prefix))


def drawn_candidates(places: Sequence[tuple[float, float]], *, crs: str) -> CandidateSet:
    """
    Points that the planner clicked on the map.

    Parameters
    ----------
    places
        (x, y) in metres in `crs`, in the order of drawing.
    crs
        Of the project.

    Returns
    -------
    found
        Ids "d:1", "d:2" …

    Raises
    ------
    SitingError
        If a coordinate is not finite.
    """
    xy = np.array(places, dtype=float).reshape(-1, 2)
    bad = np.flatnonzero(~np.isfinite(xy).all(axis=1))
    if len(bad):
        msg = f"手绘的第 {bad[0] + 1} 个候选点没有位置（共 {len(bad)} 个）。请删去后重画。"
        raise SitingError(msg)
    numbers = range(1, len(xy) + 1)
    table = candidate_table(
        shapely.points(xy),
        ids=[f"d:{number}" for number in numbers],
        names=[f"手绘候选点{number}" for number in numbers],
        origin="drawn",
        source_ids=[None] * len(xy),
        crs=crs,
    )
    return everything(table)


def _listed(
    table: gpd.GeoDataFrame, names: pd.Series[str], *, origin: str, prefix: str
) -> gpd.GeoDataFrame:
    """Candidates made of the rows of a table, with its columns of numbers."""
    codes = [str(code) for code in table.index]
    candidates = candidate_table(
        table.geometry.to_numpy(),
        ids=[f"{prefix}:{code}" for code in codes],
        names=[None if pd.isna(name) else str(name) for name in names],
        origin=origin,
        source_ids=codes,
        crs=table.crs,
    )
    numbers = [
        name
        for name in table.columns
        if pd.api.types.is_numeric_dtype(table[name])
        and not pd.api.types.is_bool_dtype(table[name])
        and name not in candidates.columns
    ]
    own = {name: table[name].to_numpy(dtype=float) for name in numbers}
    return gpd.GeoDataFrame(candidates.assign(**own))

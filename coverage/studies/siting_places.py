"""The places of a siting question in one table: facilities that stand, candidates beside them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from coverage.candidate_sites.candidate_set import MERGE_M
from coverage.notices import Notice

if TYPE_CHECKING:
    from coverage.graph.arcs import BoolArray
    from coverage.standards import Standard

SAME_ID: Final = "候选-"
"""Put before the id of a candidate that a facility bears already."""

_AMOUNTS: Final = ("capacity_beds", "area_m2", "turnout_s")


def places_table(
    zones: gpd.GeoDataFrame, facilities: gpd.GeoDataFrame | None, candidates: gpd.GeoDataFrame
) -> tuple[gpd.GeoDataFrame, list[Notice]]:
    """
    Facilities and candidates in one table; a candidate that stands already is no candidate.

    Parameters
    ----------
    zones
        Of the study area.
    facilities
        Those that count by the standard; None where only candidates are to be added.
    candidates
        As `coverage.studies.siting_ground.siting_ground` takes them.

    Returns
    -------
    sites
        As `SitingGround.sites`, the facilities first.
    notices
        What the planner must know.
    """
    notices: list[Notice] = []
    fresh = candidates.assign(site_name=candidates["candidate_name"], is_existing=False)
    frames = [fresh]
    if facilities is not None:
        fresh = fresh[~_stands(fresh, facilities)]
        taken = fresh.index.isin(facilities.index)
        if taken.any():
            named = fresh.index.where(~taken, SAME_ID + fresh.index.astype(str))
            fresh = fresh.set_axis(named)
            text = f"{int(taken.sum())} 个候选点的代码与设施代码相同，已在前面加上「{SAME_ID}」。"
            notices.append(Notice("candidate_renamed", text, int(taken.sum())))
        frames = [facilities.assign(site_name=facilities["facility_name"], is_existing=True), fresh]
    columns = ["site_name", "is_existing", "origin", "suitability", *_AMOUNTS, "geometry"]
    parts = [_with_columns(frame, columns) for frame in frames]
    # An empty part would decide the type of columns for the other.
    filled = [part for part in parts if len(part)] or parts[:1]
    table = gpd.GeoDataFrame(pd.concat(filled), geometry="geometry", crs=candidates.crs)
    table.index = pd.Index(table.index.astype(str), name="site_id", dtype=object)
    zone, point = table.sindex.query(zones.geometry, predicate="intersects")
    inside = pd.Series(zones.index.to_numpy(dtype=object)[zone], index=point, dtype=object)
    first = inside[~inside.index.duplicated()].reindex(range(len(table)))
    table["zone_id"] = first.where(first.notna(), None).to_numpy(dtype=object)
    return table, notices


def _stands(fresh: gpd.GeoDataFrame, facilities: gpd.GeoDataFrame) -> BoolArray:
    """
    Shape (n,), whether a candidate is the place of a facility that counts already.

    The code alone does not say so: the list of given-up facilities has codes of its own, which
    may be those of others that run. Only the place tells.
    """
    source = pd.Index(fresh.get("source_id", fresh.index.to_series()), dtype=object)
    origin = fresh.get("origin", pd.Series("", index=fresh.index)).to_numpy(dtype=object)
    twin = facilities.index.get_indexer(source)
    maybe = np.flatnonzero((origin == "facility") & (twin >= 0))
    here, there = fresh.geometry.to_numpy()[maybe], facilities.geometry.to_numpy()[twin[maybe]]
    stands = np.zeros(len(fresh), dtype=np.bool_)
    stands[maybe] = shapely.distance(here, there) < MERGE_M
    return stands


def _with_columns(frame: gpd.GeoDataFrame, columns: list[str]) -> gpd.GeoDataFrame:
    frame = frame.rename_geometry("geometry") if frame.geometry.name != "geometry" else frame
    missing = {name: None if name == "origin" else math.nan for name in columns}
    absent = {name: value for name, value in missing.items() if name not in frame.columns}
    return frame.assign(**absent)[columns]


def serving_places(sites: gpd.GeoDataFrame, standard: Standard) -> gpd.GeoDataFrame:
    """The sites that count once they are open: as the facilities of the standard do."""
    return sites if standard.cross_border else sites[sites["zone_id"].notna()]


def outside_notices(
    sites: gpd.GeoDataFrame, serving: gpd.GeoDataFrame, standard: Standard
) -> list[Notice]:
    """That some candidates lie where the standard counts no facility; none where there are none."""
    left = sites.index.difference(serving.index, sort=False)
    if not len(left):
        return []
    name = sites.loc[left[0], "site_name"]
    text = (
        f"{len(left)} 个候选点在研究区以外，「{standard.name}」不计界外设施，建了也不算覆盖，"
        f"第一个是「{name if pd.notna(name) else left[0]}」。"
    )
    return [Notice("siting_outside", text, len(left))]

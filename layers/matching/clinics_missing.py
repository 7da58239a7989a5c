"""Villages that have no clinic: none that bears their name under any spelling, and none nearby."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from scipy.spatial import KDTree

from layers.matching.names import facility_stem, place_stem

if TYPE_CHECKING:
    from collections.abc import Iterable

    import geopandas as gpd
    import numpy.typing as npt

NEARBY_M: Final = 1500.0
"""Metres in a straight line, inclusive; 1.5 km is about 20 minutes on foot."""


def villages_without_clinic(
    demand: gpd.GeoDataFrame,
    clinics: gpd.GeoDataFrame,
    *,
    nearby_m: float = NEARBY_M,
    above: Iterable[str] = (),
) -> pd.DataFrame:
    """
    The villages whose clinic is missing from a list, or that have none.

    A clinic that bears the name of several villages is that of the nearest of them, so that the
    clinic of one 丁庄 does not stand for the other 丁庄 across the county.

    Parameters
    ----------
    demand
        Contract `DEMAND`, n villages in a CRS in metres.
    clinics
        Contract `FACILITIES`, only the kinds that count as a village's clinic; same CRS.
    nearby_m
        Metres in a straight line, inclusive, within which another village's clinic will do.
    above
        Names of the zones of the county, for names that carry them in front.

    Returns
    -------
    missing
        Indexed by demand_id, in the order of `demand`: `demand_name`, `nearest_clinic`
        (facility_id, null without any clinic), `nearest_clinic_name` and `distance_m` (inf
        without any).
    """
    places = tuple(above)
    villages = _coordinates(demand)
    sites = _coordinates(clinics)
    distance, nearest = _nearest(villages, sites)
    stems = [place_stem(str(name), above=places) if pd.notna(name) else ""
             for name in demand["demand_name"]]  # fmt: skip
    named = _bearing_the_name(stems, villages, clinics, sites, places)
    lacking = ~named & ~(distance <= nearby_m)
    rows = np.flatnonzero(lacking)
    has = len(clinics) > 0
    ids = clinics.index.astype(str).to_numpy()[nearest[rows]] if has else [None] * len(rows)
    called = clinics["facility_name"].to_numpy()[nearest[rows]] if has else [None] * len(rows)
    return pd.DataFrame(
        {
            "demand_name": demand["demand_name"].iloc[rows],
            "nearest_clinic": pd.array(ids, dtype="str"),
            "nearest_clinic_name": pd.array(called, dtype="str"),
            "distance_m": distance[rows],
        },
        index=demand.index[rows],
    )


def _bearing_the_name(
    stems: list[str],
    villages: npt.NDArray[np.float64],
    clinics: gpd.GeoDataFrame,
    sites: npt.NDArray[np.float64],
    above: tuple[str, ...],
) -> npt.NDArray[np.bool_]:
    """Whether a clinic bears the name of each village."""
    rows: dict[str, list[int]] = {}
    for row, stem in enumerate(stems):
        if stem:
            rows.setdefault(stem, []).append(row)
    named = np.zeros(len(stems), dtype=bool)
    for site, name in zip(sites, clinics["facility_name"], strict=True):
        same = rows.get(facility_stem(str(name), above=above), []) if pd.notna(name) else []
        if len(same) > 1:
            same = [same[int(np.argmin(np.hypot(*(villages[same] - site).T)))]]
        named[same] = True
    return named


def _coordinates(layer: gpd.GeoDataFrame) -> npt.NDArray[np.float64]:
    return np.column_stack([layer.geometry.x, layer.geometry.y]).astype(float).reshape(-1, 2)


def _nearest(
    villages: npt.NDArray[np.float64], sites: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    if not len(sites) or not len(villages):
        return np.full(len(villages), np.inf), np.zeros(len(villages), dtype=np.int64)
    distance, nearest = KDTree(sites).query(villages)
    return np.asarray(distance, dtype=float), np.asarray(nearest, dtype=np.int64)

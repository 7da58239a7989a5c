"""What a table of points says of whole zones: without demand, other totals, no clinic."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from layers.matching.zone_codes import read_zone_codes
from layers.matching.zones import zones_of_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    import numpy.typing as npt

    from layers.checks.findings import Finding, Records

TOTAL_TOLERANCE: Final = 0.01
"""Share by which people may differ from the zone's stated total (inclusive): rounding, moves."""


def zones_without_demand(zones: Records, zone_id: pd.Series) -> list[Finding]:
    """
    Zones in which no demand point lies.

    Parameters
    ----------
    zones
        n zones.
    zone_id
        Zone of each demand point; null outside all zones.
    """
    lived_in = set(zone_id.dropna())
    return [
        zones.finding(at, "zone_without_demand", "没有任何需求点")
        for at, code in enumerate(zones.ids)
        if code not in lived_in
    ]


def zone_totals(
    zones: Records, demand: pd.DataFrame, *, stated: pd.Series, tolerance: float = TOTAL_TOLERANCE
) -> list[Finding]:
    """
    Zones whose demand does not add up to the total that is stated for them.

    Parameters
    ----------
    zones
        n zones.
    demand
        With `zone_id` and `population` (persons; NaN is not known).
    stated
        Persons by zone id; NaN where nothing is stated.
    tolerance
        Share of the stated total, inclusive.

    Returns
    -------
    findings
        None for a zone in which the people of some point are not known: nothing can be said.
    """
    by_zone = demand.groupby("zone_id")["population"]
    told = pd.Series(stated).reindex(zones.ids).to_numpy(dtype=float)
    people = by_zone.sum().reindex(zones.ids).fillna(0.0).to_numpy(dtype=float)
    unknown = by_zone.apply(lambda each: each.isna().any()).reindex(zones.ids)
    complete = ~unknown.fillna(value=False).to_numpy(dtype=bool)
    with np.errstate(invalid="ignore"):
        differ = complete & (np.abs(people - told) > tolerance * told + 1e-9)
    return [
        zones.finding(
            at,
            "zone_total_differs",
            f"需求点人口合计 {people[at]:,.0f} 人，公布的总数 {told[at]:,.0f} 人，"
            f"相差 {people[at] - told[at]:+,.0f} 人",
        )
        for at in np.flatnonzero(differ).tolist()
    ]


def zone_code_findings(
    records: Records,
    codes: Sequence[str],
    points: npt.NDArray[np.object_],
    *,
    column: str,
    zones: gpd.GeoDataFrame,
) -> list[Finding]:
    """
    Codes that are none, and those of another zone than the one that the point lies in.

    Parameters
    ----------
    records
        n of them.
    codes
        Shape (n,), the cells; ids of the zones, or codes of GB/T 2260.
    points
        Shape (n,), in the CRS of the zones.
    column
        Name in the file.
    zones
        Contract `ZONES`.

    Returns
    -------
    findings
        All rows are kept; the place decides.
    """
    ids = set(zones.index.astype(str))
    found = [
        records.finding(note.position, "zone_code_fault", note.rule, column=column, value=note.text)
        for note in read_zone_codes(codes).faults
        if note.text not in ids
    ]
    said = zones_of_rows(zones, points=points, codes=codes)["contradiction"].tolist()
    return found + [
        records.finding(at, "zone_contradiction", text, column=column, value=codes[at])
        for at, text in enumerate(said)
        if text
    ]


def no_clinic(villages: Records, lacking: npt.NDArray[np.bool_]) -> list[Finding]:
    """
    Villages for which no clinic was found under any spelling of their name, nor nearby.

    Parameters
    ----------
    villages
        n villages.
    lacking
        Shape (n,), as `layers.matching.clinics_missing` finds out.
    """
    return [
        villages.finding(at, "village_without_clinic", "名录里没有这个村的卫生室，附近也没有")
        for at in np.flatnonzero(lacking).tolist()
    ]

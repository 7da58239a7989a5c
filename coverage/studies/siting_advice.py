"""Points that no site can serve, and what would make them servable."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import pandas as pd

from coverage.requests import TOLERANCE

if TYPE_CHECKING:
    from collections.abc import Collection

    from coverage.studies.siting_ground import SitingGround

REMEDIES: Final = ("road", "disconnected", "other_leg", "own_site", "relax", "none")
"""A way to the road first; roads to be connected; the leg that is not sited takes too long; the
village as a candidate; a longer cutoff."""

ROAD_SHARE: Final = 0.5
"""A way to the road and back of more than this share of the cutoff: the road comes first."""


def unservable_points(ground: SitingGround, *, usable: Collection[str]) -> pd.DataFrame:
    """
    The demand points that no usable site has within the cutoff, and what would help.

    Parameters
    ----------
    ground
        What is asked on.
    usable
        Ids of the sites that may be open: candidates, and the facilities that stand unless they
        are ignored.

    Returns
    -------
    points
        Indexed by `demand_id`, most people first: `demand_name`, `zone_id`, `zone_name`,
        `population`, `site_id` (the nearest usable site; None where none is connected),
        `site_name`, `site_state` ("existing" or "candidate"), `cost` (unit of the cutoff, `inf`
        where none is connected), `over` (cost less cutoff), `road_m`, `remedy` (`REMEDIES`,
        the first that helps) and `advice` (Chinese).
    """
    allowed = set(usable)
    within = ground.within
    reached = within.loc[within["to_id"].isin(allowed), "from_id"].unique()
    demand = ground.demand[~ground.demand.index.isin(reached)]
    uses = {
        "candidate": bool(allowed & set(ground.candidates)),
        "existing": bool(allowed & set(ground.existing)),
    }
    nearest = _nearest(demand, uses)
    table = pd.DataFrame(
        {
            "demand_name": demand["demand_name"],
            "zone_id": demand["zone_id"],
            "zone_name": demand["zone_id"].map(ground.zone_names).astype(object),
            "population": demand["population"],
            "site_id": nearest["site_id"],
            "site_name": nearest["site_id"].map(ground.sites["site_name"]).astype(object),
            "site_state": nearest["site_state"],
            "cost": nearest["cost"],
            "over": nearest["cost"] - ground.reading.cutoff,
            "road_m": demand["road_m"],
            "way_cost": demand["way_cost"],
            "own_cost": demand["own_cost"],
        },
        index=demand.index,
    )
    told = [_advice(ground, row) for _, row in table.iterrows()]
    table["remedy"] = pd.Series([remedy for remedy, _ in told], index=table.index, dtype=object)
    table["advice"] = pd.Series([text for _, text in told], index=table.index, dtype=object)
    order = table["population"].fillna(0.0).sort_values(ascending=False, kind="stable").index
    return table.loc[order].drop(columns=["way_cost", "own_cost"]).rename_axis("demand_id")


def _nearest(demand: pd.DataFrame, uses: dict[str, bool]) -> pd.DataFrame:
    """The nearer of the nearest candidate and the nearest facility, where they may be used."""
    best = pd.DataFrame(
        {"site_id": None, "site_state": None, "cost": math.inf}, index=demand.index, dtype=object
    )
    best["cost"] = best["cost"].astype(float)
    for state, is_used in uses.items():
        if not is_used:
            continue
        cost = demand[f"{state}_cost"].fillna(math.inf)
        nearer = cost < best["cost"]
        best = best.assign(
            site_id=best["site_id"].mask(nearer, demand[f"{state}_id"]),
            site_state=best["site_state"].mask(nearer, state),
            cost=best["cost"].mask(nearer, cost),
        )
    return best


def _advice(ground: SitingGround, row: pd.Series) -> tuple[str, str]:
    """The first remedy that helps, and all of them in a sentence."""
    cutoff = ground.reading.cutoff
    relax = f"放宽到 {ground.cost_text(row['cost'])}" if math.isfinite(row["cost"]) else ""
    parts: list[tuple[str, str]] = []
    if row["way_cost"] > ROAD_SHARE * cutoff + TOLERANCE and pd.notna(row["road_m"]):
        far = f"离最近道路 {_metres(row['road_m'])}" if math.isfinite(row["road_m"]) else "不通道路"
        parts.append(("road", f"{far}，需先修路或核对路网"))
    if not math.isfinite(row["cost"]):
        parts.append(("disconnected", "道路不连通，到不了任何候选点和现有设施，需先接通道路"))
    other = row["own_cost"] - row["way_cost"]
    if cutoff < other < math.inf:
        leg = "到最近医院" if ground.role == "stations" else "等急救车"
        parts.append(("other_leg", f"单是{leg}就要 {ground.cost_text(other)}，需先缩短这一段"))
    if row["own_cost"] <= cutoff + TOLERANCE:
        parts.append(("own_site", "在本村设点（列为候选点；在红线等禁建范围内的除外）"))
    if relax:
        parts.append(("relax", relax))
    if not parts:
        return "none", "现有资料下没有办法覆盖，请核对位置和路网"
    return parts[0][0], "，或".join(text for _, text in parts)


def _metres(value: float) -> str:
    return f"{value / 1000:.1f} 公里" if value >= 1000 else f"{value:.0f} 米"  # noqa: PLR2004

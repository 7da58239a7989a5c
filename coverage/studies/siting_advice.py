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
        where none is connected, NaN where only sites that are not usable were measured), `over`
        (cost less cutoff), `road_m`, `remedy` (`REMEDIES`, the first that helps) and `advice`
        (Chinese).
    """
    allowed = set(usable)
    within = ground.within
    reached = within.loc[within["to_id"].isin(allowed), "from_id"].unique()
    demand = ground.demand[~ground.demand.index.isin(reached)]
    nearest = _nearest(ground, demand, allowed)
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
        },
        index=demand.index,
    )
    whole = table.join(demand[["way_cost", "other_cost", "own_cost", "barred"]])
    told = [_advice(ground, row) for _, row in whole.iterrows()]
    table["remedy"] = pd.Series([remedy for remedy, _ in told], index=table.index, dtype=object)
    table["advice"] = pd.Series([text for _, text in told], index=table.index, dtype=object)
    order = table["population"].fillna(0.0).sort_values(ascending=False, kind="stable").index
    return table.loc[order].rename_axis("demand_id")


def _nearest(ground: SitingGround, demand: pd.DataFrame, allowed: set[str]) -> pd.DataFrame:
    """The nearer of the nearest usable candidate and the nearest usable facility."""
    best = pd.DataFrame(
        {"site_id": None, "site_state": None, "cost": math.inf}, index=demand.index, dtype=object
    )
    best["cost"] = best["cost"].astype(float)
    unsure = pd.Series(data=False, index=demand.index)
    for state, ids in (("candidate", ground.candidates), ("existing", ground.existing)):
        usable = allowed & set(ids)
        if not usable:
            continue
        site, cost = demand[f"{state}_id"], demand[f"{state}_cost"].astype(float)
        # Not measured where one that is not usable is within the cutoff, or is the nearest.
        missing = cost.isna() | (site.notna() & ~site.isin(usable))
        if missing.any():
            near = _nearest_of(ground, usable).reindex(demand.index[missing])
            site, cost = site.copy(), cost.copy()
            site[missing], cost[missing] = near["to_id"], near[ground.cost]
        nearer = cost < best["cost"]
        best = best.assign(
            site_id=best["site_id"].mask(nearer, site),
            site_state=best["site_state"].mask(nearer, state),
            cost=best["cost"].mask(nearer, cost),
        )
        unsure |= cost.isna()
    # What was not measured lies beyond the matrix: nearer sites than that are the nearest.
    unsure &= ~(best["cost"] <= ground.bound + TOLERANCE)
    best["cost"] = best["cost"].mask(unsure)
    for name in ("site_id", "site_state"):
        best[name] = best[name].astype(object).where(best[name].notna() & ~unsure, None)
    return best


def _nearest_of(ground: SitingGround, usable: set[str]) -> pd.DataFrame:
    """The nearest of some sites in the matrix, by demand id; no row where none is in it."""
    pairs = ground.matrix[ground.matrix["to_id"].isin(usable)]
    order = pairs.sort_values(ground.cost, kind="stable")
    return order.drop_duplicates("from_id").set_index("from_id")


def _advice(ground: SitingGround, row: pd.Series) -> tuple[str, str]:
    """The first remedy that helps, and all of them in a sentence."""
    cutoff = ground.reading.cutoff
    parts: list[tuple[str, str]] = []
    if row["way_cost"] > ROAD_SHARE * cutoff + TOLERANCE and pd.notna(row["road_m"]):
        far = f"离最近道路 {_metres(row['road_m'])}" if math.isfinite(row["road_m"]) else "不通道路"
        parts.append(("road", f"{far}，需先修路或核对路网"))
    if row["cost"] == math.inf:
        parts.append(("disconnected", "道路不连通，到不了任何候选点和现有设施，需先接通道路"))
    parts += _other_leg(ground, row["other_cost"])
    before = ""
    if row["own_cost"] <= cutoff + TOLERANCE:
        # Unknown where nobody looked whether the village lies where nothing may be built.
        is_known = pd.notna(row["barred"])
        if is_known and row["barred"]:
            before = f"本村{row['barred']}，不能在村里设点；"
        else:
            unsure = "" if is_known else "；在红线等禁建范围内的除外"
            parts.append(("own_site", f"在本村设点（列为候选点{unsure}）"))
    if math.isfinite(row["cost"]):
        parts.append(("relax", f"放宽到 {ground.cost_text(row['cost'])}"))
    elif math.isnan(row["cost"]):
        before += "最近的可用地点没有测算；"
    if not parts:
        return "none", f"{before}现有资料下没有办法覆盖，请核对位置和路网"
    return parts[0][0], before + "，或".join(text for _, text in parts)


def _other_leg(ground: SitingGround, other: float) -> list[tuple[str, str]]:
    """That the leg which is not sited, with a station's turn-out, takes longer than the cutoff."""
    is_station = ground.role == "stations"
    start = ground.reading.turnout_s if is_station else 0.0
    if not ground.reading.cutoff + TOLERANCE < start + other < math.inf:
        return []
    leg = "到最近医院" if is_station else "等急救车"
    ready = f"（另加出车准备 {ground.cost_text(start)}）" if start else ""
    text = f"单是{leg}就要 {ground.cost_text(other)}{ready}，需先缩短这一段"
    return [("other_leg", text)]


def _metres(value: float) -> str:
    return f"{value / 1000:.1f} 公里" if value >= 1000 else f"{value:.0f} 米"  # noqa: PLR2004

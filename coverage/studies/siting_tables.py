"""What each chosen site adds, for whom, and who lives within the cutoff before and after."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from scipy import sparse

from coverage.people.breakdown import WHOLE_AREA

if TYPE_CHECKING:
    from collections.abc import Iterable

    import geopandas as gpd

    from coverage.graph.arcs import BoolArray, FloatArray, IntArray
    from coverage.sites.result import SitingResult
    from coverage.studies.siting_ground import SitingGround

STATES: Final = ("new", "kept", "closed")
"""A chosen candidate; a facility that stands and stays; one that stands and goes."""

NAMED: Final = 3
"""Villages that a reason names; the rest are counted."""


@dataclass(frozen=True, eq=False)
class Plan:
    """
    The sites of an answer against those that were there before.

    Parameters
    ----------
    ground
        What was asked on.
    base
        Sites that count before anything is done.
    chosen
        Sites that are open afterwards.
    times
        Open sites within the cutoff that a point needs to count as covered.
    """

    ground: SitingGround
    base: tuple[str, ...]
    chosen: tuple[str, ...]
    times: int = 1

    @cached_property
    def reach(self) -> sparse.csr_array:
        """Shape (s, d), in the order of the ground: 1 where a site serves a point."""
        ground = self.ground
        within = ground.within
        rows = ground.sites.index.get_indexer(pd.Index(within["to_id"]))
        columns = ground.demand.index.get_indexer(pd.Index(within["from_id"]))
        shape = (len(ground.sites), len(ground.demand))
        return sparse.csr_array((np.ones(len(rows)), (rows, columns)), shape=shape)

    def sites_at(self, ids: Iterable[str]) -> IntArray:
        """Positions of sites, ascending."""
        found = self.ground.sites.index.get_indexer(pd.Index(list(ids), dtype=object))
        return np.sort(found).astype(np.int64)

    def times_covered(self, ids: Iterable[str]) -> FloatArray:
        """Shape (d,), how many of some sites each point has within the cutoff."""
        is_open = np.zeros(len(self.ground.sites))
        is_open[self.sites_at(ids)] = 1.0
        return np.asarray(is_open @ self.reach, dtype=np.float64)

    def is_covered(self, ids: Iterable[str]) -> BoolArray:
        """Shape (d,), whether that suffices."""
        return np.asarray(self.times_covered(ids) >= self.times)

    def people(self, is_counted: BoolArray) -> float:
        """Persons of some points."""
        return float(self.ground.weights.to_numpy(dtype=float)[is_counted].sum())

    @cached_property
    def steps(self) -> list[tuple[str, str, BoolArray]]:
        """
        The way from before to after: id, state, and the points it gains or loses.

        New sites first, each time the one that gains most people, then most villages; then those
        that close, each time the one that loses least.
        """
        count = self.times_covered(self.base)
        opened = self.sites_at(set(self.chosen) - set(self.base))
        shut = self.sites_at(set(self.base) - set(self.chosen))
        steps: list[tuple[str, str, BoolArray]] = []
        for state, left, change in (("new", list(opened), 1.0), ("closed", list(shut), -1.0)):
            while left:
                # The points where one site more, or one less, decides.
                edge = count == self.times - (1.0 if change > 0 else 0.0)
                part = self.reach[np.array(left)]
                people = part @ (self.ground.weights.to_numpy(dtype=float) * edge)
                villages = part @ edge.astype(float)
                place = int(np.lexsort([-change * villages, -change * people])[0])
                site = left.pop(place)
                row = part[[place]].toarray()[0] > 0
                steps.append((str(self.ground.sites.index[site]), state, row & edge))
                count = count + change * row
        return steps


def site_table(plan: Plan, result: SitingResult) -> gpd.GeoDataFrame:
    """
    One row per site that is open afterwards or closes: what it adds and why.

    Parameters
    ----------
    plan, result
        The answer.

    Returns
    -------
    sites
        Indexed by `site_id`: `site_name`, `state` (`STATES`), `step` (order in which the adds
        are counted, 1 first; NaN for those kept), `zone_id`, `zone_name`, `origin`,
        `adds_people`, `adds_villages` (negative for those that close, 0 for those kept: together
        after less before), `only_people`, `only_villages` (who would be lost if it alone were
        missing from the final set), `assigned_people`, `assigned_villages`, `mean_cost` (of
        those assigned, unit of the cutoff), `reason`, geometry. New ones first, as the steps.
    """
    ground = plan.ground
    steps = {name: (place, points) for place, (name, _, points) in enumerate(plan.steps, start=1)}
    new = [name for name, state, _ in plan.steps if state == "new"]
    closed = [name for name, state, _ in plan.steps if state == "closed"]
    kept = [name for name in ground.sites.index if name in set(plan.chosen) & set(plan.base)]
    order = [*new, *kept, *closed]
    state = ["new"] * len(new) + ["kept"] * len(kept) + ["closed"] * len(closed)
    table = ground.sites.loc[order, ["site_name", "origin", "zone_id", "geometry"]].copy()
    table["state"] = state
    table["zone_name"] = table["zone_id"].map(ground.zone_names).astype(object)
    table["step"] = [float(steps[name][0]) if name in steps else math.nan for name in order]
    sign = table["state"].map({"new": 1.0, "kept": 0.0, "closed": -1.0}).astype(float)
    nobody = np.zeros(len(ground.demand), dtype=bool)
    points = [steps[name][1] if name in steps else nobody for name in order]
    # Adding 0 turns the -0.0 of a site that closes without loss into 0.0.
    table["adds_people"] = sign * [plan.people(each) for each in points] + 0.0
    table["adds_villages"] = sign * [float(each.sum()) for each in points] + 0.0
    table = table.join(_only(plan)).join(_assigned(ground, result))
    table[["only_people", "only_villages"]] = table[["only_people", "only_villages"]].fillna(0.0)
    table[["assigned_people", "assigned_villages"]] = table[
        ["assigned_people", "assigned_villages"]
    ].fillna(0.0)
    table["reason"] = [
        _reason(plan, table.loc[name], each) for name, each in zip(order, points, strict=True)
    ]
    columns = [
        "site_name", "state", "step", "zone_id", "zone_name", "origin", "adds_people",
        "adds_villages", "only_people", "only_villages", "assigned_people", "assigned_villages",
        "mean_cost", "reason", "geometry",
    ]  # fmt: skip
    return table[columns]


def zone_coverage(plan: Plan) -> pd.DataFrame:
    """
    Who lives within the cutoff before and after, by zone and in all.

    Returns
    -------
    zones
        Indexed by `zone_id`, sorted, "" (the whole area) last: `zone_name`, `population`,
        `villages`, and `covered_before`, `covered_after` (persons), `share_before`,
        `share_after`, `villages_before`, `villages_after`.
    """
    ground = plan.ground
    weights = ground.weights.to_numpy(dtype=float)
    before, after = plan.is_covered(plan.base), plan.is_covered(plan.chosen)
    table = pd.DataFrame(
        {
            "population": weights,
            "villages": 1.0,
            "covered_before": weights * before,
            "covered_after": weights * after,
            "villages_before": before.astype(float),
            "villages_after": after.astype(float),
        }
    )
    zones = table.groupby(ground.demand["zone_id"].to_numpy(dtype=object), sort=True).sum()
    zones = zones.reindex(sorted(ground.zone_names.index), fill_value=0.0)
    zones.loc[WHOLE_AREA] = table.sum()
    known = zones["population"].where(zones["population"] > 0)
    for when in ("before", "after"):
        zones[f"share_{when}"] = zones[f"covered_{when}"] / known
    names = {**ground.zone_names.to_dict(), WHOLE_AREA: "全域"}
    zones.insert(0, "zone_name", zones.index.map(names))
    return zones.rename_axis("zone_id")


def assignment_table(plan: Plan, result: SitingResult) -> pd.DataFrame:
    """
    Where every demand point goes afterwards.

    Returns
    -------
    assignment
        One row per point, or per part of it where capacities divide it: `demand_id`,
        `demand_name`, `zone_id`, `zone_name`, `population`, `site_id` (None where it is served
        by none), `site_name`, `assigned_people`, `cost` (NaN there), `covered_before`,
        `covered_after` (within the cutoff, whatever the assignment).
    """
    ground = plan.ground
    table = ground.demand[["demand_name", "zone_id", "population"]].copy()
    table.insert(2, "zone_name", table["zone_id"].map(ground.zone_names).astype(object))
    table["covered_before"] = plan.is_covered(plan.base)
    table["covered_after"] = plan.is_covered(plan.chosen)
    parts = _parts(ground, result).set_index("demand_id")
    table = table.join(parts)
    table["site_id"] = table["site_id"].astype(object).where(table["site_id"].notna(), None)
    table["site_name"] = table["site_id"].map(ground.sites["site_name"]).astype(object)
    table["assigned_people"] = table["assigned_people"].where(table["site_id"].notna(), 0.0)
    columns = [
        "demand_name", "zone_id", "zone_name", "population", "site_id", "site_name",
        "assigned_people", "cost", "covered_before", "covered_after",
    ]  # fmt: skip
    return table.rename_axis("demand_id")[columns].reset_index()


def village_word(ground: SitingGround) -> str:
    """What a demand point is called: "村", or in towns "社区"."""
    return "社区" if ground.standard.scope == "urban" else "村"


def _parts(ground: SitingGround, result: SitingResult) -> pd.DataFrame:
    """Demand, site, people and cost of everybody who is served, in the order of the demand."""
    flows = result.flows
    if flows is not None:
        if "standard" in flows.columns:
            flows = flows[flows["standard"] == ground.standard.name]
        names = {"from_id": "demand_id", "to_id": "site_id", "people": "assigned_people"}
        return flows.rename(columns=names)[["demand_id", "site_id", "assigned_people", "cost"]]
    served = result.assignment.dropna()
    pairs = ground.matrix.set_index(["from_id", "to_id"])[ground.cost]
    place = pd.MultiIndex.from_arrays([served.index, served.to_numpy()])
    return pd.DataFrame(
        {
            "demand_id": served.index.to_numpy(dtype=object),
            "site_id": served.to_numpy(dtype=object),
            "assigned_people": ground.weights.reindex(served.index).to_numpy(dtype=float),
            "cost": pairs.reindex(place).to_numpy(dtype=float),
        }
    )


def _assigned(ground: SitingGround, result: SitingResult) -> pd.DataFrame:
    """People and villages that go to each site, and their mean cost by people."""
    parts = _parts(ground, result)
    weighed = parts.assign(travel=parts["assigned_people"] * parts["cost"])
    sums = weighed.groupby("site_id")[["assigned_people", "travel"]].sum()
    people = sums["assigned_people"]
    return pd.DataFrame(
        {
            "assigned_people": people,
            "assigned_villages": parts.groupby("site_id")["demand_id"].nunique().astype(float),
            "mean_cost": sums["travel"] / people.where(people > 0),
        }
    )


def _only(plan: Plan) -> pd.DataFrame:
    """Who would be lost if one site alone were missing from the final set."""
    edge = plan.times_covered(plan.chosen) == plan.times
    sites = plan.sites_at(plan.chosen)
    part = plan.reach[sites]
    weights = plan.ground.weights.to_numpy(dtype=float)
    return pd.DataFrame(
        {"only_people": part @ (weights * edge), "only_villages": part @ edge.astype(float)},
        index=plan.ground.sites.index[sites],
    )


def _reason(plan: Plan, row: pd.Series, points: BoolArray) -> str:
    """Why a site is there, in Chinese."""
    word = village_word(plan.ground)
    state = row["state"]
    if state == "closed":
        if not points.any():
            return "撤并后没有人因此失去覆盖"
        return f"撤并后 {_villages(plan, points, word)}不再覆盖"
    if state == "kept":
        tail = _tail(row, word)
        return f"现有，保留；{tail}" if tail else "现有，保留"
    gains = f"新增覆盖 {_villages(plan, points, word)}" if points.any() else "不增加覆盖"
    if plan.times > 1 and points.any():
        gains = f"使 {_villages(plan, points, word)}有了 {plan.times} 处可去"
    tail = _tail(row, word)
    return f"{gains}；{tail}" if tail else gains


def _tail(row: pd.Series, word: str) -> str:
    """What a site means in the final set."""
    parts = []
    if row["only_villages"]:
        parts.append(
            f"方案中只靠它覆盖的有 {row['only_villages']:.0f} 个{word} {row['only_people']:,.0f} 人"
        )
    if row["assigned_villages"]:
        parts.append(
            f"就近到它的有 {row['assigned_villages']:.0f} 个{word} {row['assigned_people']:,.0f} 人"
        )
    return "，".join(parts)


def _villages(plan: Plan, points: BoolArray, word: str) -> str:
    """Some points as "3 个村 1,240 人，其中甲村 620 人、乙村 400 人"."""
    ground = plan.ground
    people = ground.weights[points].sort_values(ascending=False, kind="stable")
    names = ground.demand["demand_name"].fillna(ground.demand.index.to_series())
    first = people[people > 0].iloc[:NAMED]
    named = zip(names.reindex(first.index).tolist(), first.tolist(), strict=True)
    told = [f"{name} {count:,.0f} 人" for name, count in named]
    text = f"{len(people)} 个{word} {people.sum():,.0f} 人"
    if len(people) > 1 and told:
        more = "等" if len(people) > len(told) else ""
        text += f"，其中{'、'.join(told)}{more}"
    elif told:
        text = f"{len(people)} 个{word}（{told[0]}）"
    return text

"""Territories of leading hospitals (城市医疗集团网格): nearest, balanced by people, connected."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from coverage.catchment import travel_matrix
from coverage.errors import ImpedanceError
from coverage.rules.answer import Answer, bounded_items, lacking
from coverage.rules.balancing import (
    balanced_owner,
    connected_owner,
    loads_of,
    nearest_owner,
    seats_of,
)
from coverage.rules.counted import (
    group_missing,
    is_filled,
    joined_reasons,
    names_of,
    quantity_of,
)
from coverage.rules.neighbours import neighbour_pairs, parts_of
from coverage.rules.study import in_scope, scope_missing, scope_note

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    import numpy.typing as npt

    from coverage.rules.balancing import Owners
    from coverage.rules.neighbours import Floats, Pairs
    from coverage.rules.study import TargetStudy
    from coverage.rules.target import Target, Territory

    Rows = npt.NDArray[np.bool_]

MODE_ID: Final = "drive"
"""People go to a leading hospital by car; the plans do not say."""

FEWEST: Final = 2
"""Leading hospitals among which something can be divided."""

_RECIPE: Final = (
    "按驾车时间把需求点划给最近的牵头医院，再把边界上的需求点划给相邻的人口较少的网格，"
    "网格保持相连、增加的时间尽量少；数值是人口最多的网格与各网格平均人口之比，越接近 1 越均衡"
)


@dataclass(frozen=True, eq=False)
class _Ground:
    """Demand points that some leader can be reached from, and the leaders that can be reached."""

    names: list[str]
    people: Floats
    seconds: Floats
    pairs: Pairs


def answer_territory(study: TargetStudy, target: Target) -> Answer:
    """
    Territories of leading hospitals: the nearest ones, and a balanced proposal.

    Parameters
    ----------
    study
        With the leaders chosen; without, the plan's names count where they name one facility each.
    target
        With a `Territory`.

    Returns
    -------
    answer
        The value is that of the balanced proposal; the nearest territories stand in the notes.
        `shown` has for every demand point `leader_id` and `travel_time_s` of the proposal,
        `nearest_leader_id` and `nearest_travel_time_s`; None and `inf` where no leader can be
        reached. Without the people of every point there are territories, but no value.
    """
    leaders, missing = _leaders(study, target)
    people = study.demand[in_scope(study, target, study.demand)]
    lacks = [scope_missing(study, target), *missing, group_missing(people, target)]
    if any(lacks):
        return lacking(*filter(None, lacks), recipe=_RECIPE)
    try:
        seconds = _seconds(study, people, leaders)
    except ImpedanceError as error:
        return lacking(str(error), recipe=_RECIPE)
    reaches = np.isfinite(seconds)
    is_reached, is_placed = (np.asarray(reaches.any(axis=axis), dtype=bool) for axis in (0, 1))
    if is_reached.sum() < FEWEST:
        return lacking("道路能到达的牵头医院不足两处，无法划分，请核对坐标和路网", recipe=_RECIPE)
    at = people[is_placed].geometry.get_coordinates().to_numpy()
    ground = _Ground(
        names_of(leaders[is_reached], "facility_name").tolist(),
        quantity_of(people[is_placed], target.group)[0],
        seconds[is_placed][:, is_reached],
        neighbour_pairs(at),
    )
    nearest, balanced = _territories(ground)
    owners = (_everywhere(one, is_placed, is_reached) for one in (nearest, balanced))
    unknown = int((~is_filled(people, target.group)).sum())
    notes = (
        *_proposal_notes(ground, nearest, balanced),
        *_left_out(leaders[~is_reached], people[~is_placed]),
    )
    return Answer(
        _items(people, target, is_placed),
        is_ratio=False,
        gap_is_whole=False,
        recipe=_RECIPE,
        missing=(_unknown_people(people, target),) if unknown else (),
        notes=tuple(filter(None, (scope_note(study, target), *notes))),
        value=None if unknown else _largest_to_mean(ground, balanced),
        by_zone=False,
        shown=_shown(leaders, seconds, *owners),
    )


def _leaders(study: TargetStudy, target: Target) -> tuple[gpd.GeoDataFrame, list[str]]:
    """The leading hospitals in order of id, and what is missing of them."""
    ask: Territory = target.ask  # type: ignore[assignment]
    facilities = study.facilities
    chosen = study.choices.leaders.get(target.target_id, ())
    missing = []
    if chosen:
        unknown = [one for one in chosen if one not in facilities.index]
        if unknown:
            missing.append(
                f"牵头医院有 {len(unknown)} 个设施代码不在名录里，"
                f"第一个是“{unknown[0]}”，请在设定里改正"
            )
        ids = [one for one in chosen if one in facilities.index]
    else:
        ids, missing = _named(facilities, ask.leaders)
    ids = sorted(set(ids))
    if not missing and len(ids) < FEWEST:
        missing.append(f"牵头医院只有 {len(ids)} 处，至少要两处才能划分，请在设定里填写")
    return facilities.loc[ids], missing


def _named(facilities: gpd.GeoDataFrame, names: Sequence[str]) -> tuple[list[str], list[str]]:
    """Ids of the facilities that bear just these names, each one facility; else what is missing."""
    found: list[str] = []
    unclear = []
    for name in names:
        ids = facilities.index[facilities["facility_name"] == name]
        if len(ids) == 1:
            found.append(str(ids[0]))
        else:
            unclear.append(f"“{name}”{'有同名的' if len(ids) else '没有'}")
    if not unclear:
        return found, []
    text = "、".join(unclear)
    return [], [f"设施名录里不能按名称认出全部牵头医院（{text}），请在设定里写明设施代码"]


def _seconds(study: TargetStudy, people: gpd.GeoDataFrame, leaders: gpd.GeoDataFrame) -> Floats:
    """Travel time of every demand point to every leader, shape (n, k)."""
    if MODE_ID not in study.trips.modes:
        msg = "速度表里没有驾车（drive），无法计算到牵头医院的时间"
        raise ImpedanceError(msg)
    mode = study.trips.modes[MODE_ID]
    matrix = travel_matrix(
        study.trips.network(mode),
        study.layers.demand,
        leaders[["geometry"]],
        cutoff_s=math.inf,
        direction="to_facility",
        demand_snaps=study.trips.snaps(mode),
    )
    seconds = np.full((len(study.layers.demand), len(leaders)), np.inf)
    rows = study.layers.demand.index.get_indexer(matrix["from_id"])
    seconds[rows, leaders.index.get_indexer(matrix["to_id"])] = matrix["travel_time_s"]
    rows = study.layers.demand.index.get_indexer(people.index)
    return np.asarray(seconds[rows], dtype=float)


def _territories(ground: _Ground) -> tuple[Owners, Owners]:
    """The nearest territories and the balanced ones."""
    seats = seats_of(ground.seconds)
    start = connected_owner(ground.seconds, ground.pairs, seats)
    balanced = balanced_owner(start, ground.people, ground.seconds, ground.pairs, seats=seats)
    return nearest_owner(ground.seconds), balanced


def _everywhere(owner: Owners, is_placed: Rows, is_reached: Rows) -> Owners:
    """The territories by place of the leader among all of them, -1 where there is none."""
    found = np.full(len(is_placed), -1, dtype=np.intp)
    found[is_placed] = np.flatnonzero(is_reached)[owner]
    return found


def _largest_to_mean(ground: _Ground, owner: Owners) -> float:
    """People of the largest territory over the mean; NaN where nobody lives."""
    loads = loads_of(owner, ground.people, len(ground.names))
    return float(loads.max() / loads.mean()) if loads.sum() > 0 else math.nan


def _shown(
    leaders: gpd.GeoDataFrame, seconds: Floats, nearest: Owners, balanced: Owners
) -> pd.DataFrame:
    ids = np.array([*leaders.index, None], dtype=object)
    rows = np.arange(len(seconds))
    padded = np.column_stack([seconds, np.full(len(seconds), np.inf)])
    return pd.DataFrame(
        {
            "leader_id": ids[balanced],
            "travel_time_s": padded[rows, balanced],
            "nearest_leader_id": ids[nearest],
            "nearest_travel_time_s": padded[rows, nearest],
        }
    )


def _items(people: gpd.GeoDataFrame, target: Target, is_placed: Rows) -> pd.DataFrame:
    least, most = quantity_of(people, target.group)
    nothing = np.zeros(len(people))
    reasons = ["" if placed else "没有道路通到任何牵头医院" for placed in is_placed]
    return bounded_items(
        "demand",
        people,
        names=names_of(people, "demand_name"),
        low=(least, nothing),
        high=(most, nothing),
        reason=joined_reasons(reasons, ~is_filled(people, target.group), target.group_name),
    )


def _unknown_people(people: gpd.GeoDataFrame, target: Target) -> str:
    unknown = people[~is_filled(people, target.group)]
    first = names_of(unknown, "demand_name").iloc[0]
    return (
        f"{len(unknown)} 个需求点的{target.group_name}未填，无法核算各网格人口，"
        f"首个是“{first}”；网格只按其余需求点均衡"
    )


def _proposal_notes(ground: _Ground, nearest: Owners, balanced: Owners) -> list[str]:
    """Both divisions in words: how even, how far, whether each territory is connected."""
    return [
        f"均衡方案：{_division_text(ground, balanced)}",
        *(_territory_text(ground, balanced, place) for place in range(len(ground.names))),
        f"只按时间最近：{_division_text(ground, nearest)}",
    ]


def _division_text(ground: _Ground, owner: Owners) -> str:
    seconds = ground.seconds[np.arange(len(owner)), owner]
    ratio = _largest_to_mean(ground, owner)
    even = "" if math.isnan(ratio) else f"最大网格是均值的 {ratio:.2f} 倍，"
    parts = len(np.unique(parts_of(owner, ground.pairs)))
    extra = parts - len(np.unique(owner))
    joined = "各网格都相连" if extra == 0 else f"有 {extra} 片与所属网格不相连"
    return f"{even}{_minutes_text(ground.people, seconds)}，{joined}"


def _territory_text(ground: _Ground, owner: Owners, place: int) -> str:
    mine = owner == place
    name, people = ground.names[place], ground.people[mine]
    if not mine.any():
        return f"“{name}”没有需求点"
    return f"“{name}” {people.sum():,.0f} 人，{_minutes_text(people, ground.seconds[mine, place])}"


def _minutes_text(people: Floats, seconds: Floats) -> str:
    weights = people if people.sum() > 0 else None
    mean = float(np.average(seconds, weights=weights)) / 60
    return f"平均 {mean:.1f} 分钟、最远 {float(seconds.max()) / 60:.1f} 分钟"


def _left_out(leaders: gpd.GeoDataFrame, people: gpd.GeoDataFrame) -> list[str]:
    """Leaders and demand points that no road joins."""
    found = []
    if len(leaders):
        names = "、".join(f"“{name}”" for name in names_of(leaders, "facility_name"))
        found.append(f"没有需求点能经道路到达的牵头医院：{names}，未参与划分")
    if len(people):
        first = names_of(people, "demand_name").iloc[0]
        found.append(f"{len(people)} 个需求点没有道路通到任何牵头医院，未划入网格，首个是“{first}”")
    return found

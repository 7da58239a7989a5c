"""Candidates at road junctions near settlements."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import shapely

from coverage.candidate_sites.candidate_set import (
    CandidateSet,
    candidate_table,
    everything,
    thinned,
    without,
)
from coverage.candidate_sites.shapes import TOUCH_M, fit_shapes
from coverage.errors import CrsError, SitingError
from coverage.impedance import STREETS_OF_A_JUNCTION, edge_seconds
from coverage.notices import Notice
from coverage.roads import UNNAMED

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    import numpy.typing as npt

    from coverage.graph.arcs import IntArray
    from coverage.impedance import TravelMode
    from coverage.roads import Roads

    BoolArray = npt.NDArray[np.bool_]

NAMED_ROADS = 2
"""Roads that name a junction."""


def junction_candidates(
    roads: Roads,
    settlements: gpd.GeoDataFrame,
    *,
    modes: Sequence[TravelMode],
    near_m: float,
    apart_m: float = 0.0,
) -> CandidateSet:
    """
    Junctions of three or more streets near settlements, thinned.

    Parameters
    ----------
    roads
        Streets in the project's CRS.
    settlements
        Demand points, or polygons of settlements, in the same CRS.
    modes
        Single modes (`coverage.impedance.single_modes`); streets that any of them may use count.
    near_m
        Metres to the nearest settlement, inclusive; junctions farther off are excluded.
    apart_m
        Metres: of junctions nearer to one another the one where more streets meet stays, of
        equals that with the smaller node id; 0 keeps all (`thinned_junctions` can be called
        later).

    Returns
    -------
    found
        Ids "j:" and the node id, busiest junctions first; named after the roads that meet.

    Raises
    ------
    SitingError
        If a distance makes no sense.
    CrsError
        If the settlements are in another CRS than the roads.
    """
    for what, metres in (("到居民点的距离", near_m), ("路口之间的距离", apart_m)):
        if not (math.isfinite(metres) and metres >= 0):
            msg = f"路口候选点：{what}应为不小于 0 的米数，现为 {metres:g}。请改正。"
            raise SitingError(msg)
    if settlements.crs != roads.crs:
        msg = f"居民点的坐标系（{settlements.crs}）与路网的（{roads.crs}）不同。请先换算。"
        raise CrsError(msg)
    used = _used(roads, modes)
    streets = _streets(roads, used)
    nodes = np.flatnonzero(streets >= STREETS_OF_A_JUNCTION)
    nodes = nodes[np.lexsort((roads.node_id[nodes], -streets[nodes]))]
    found = everything(_table(roads, nodes, used))
    found = _beside_settlements(found, settlements, near_m=near_m)
    return thinned_junctions(found, apart_m=apart_m)


def thinned_junctions(found: CandidateSet, *, apart_m: float) -> CandidateSet:
    """
    Candidates of which no two junctions are nearer than stated; others stay as they are.

    To be called once excluded areas are out, so that no junction in one stands for one beside it.

    Parameters
    ----------
    found
        Candidates of any origin, junctions in order of precedence.
    apart_m
        Metres; exactly as far apart stays.
    """
    return thinned(
        found,
        apart_m=apart_m,
        reason="与「{name}」相距不到 {apart} 米，由它代表",
        code="junctions_thinned",
        among=(found.candidates["origin"] == "junction").to_numpy(),
    )


def _used(roads: Roads, modes: Sequence[TravelMode]) -> IntArray:
    """Positions of the edges that any of the modes may use in either direction."""
    usable = np.zeros(roads.edge_count, dtype=np.bool_)
    for mode in modes:
        usable |= np.isfinite(edge_seconds(roads, mode)) & (roads.access[mode.user] > 0)
    return np.flatnonzero(usable)


def _streets(roads: Roads, used: IntArray) -> IntArray:
    """
    Shape (n,): ends of usable streets at each node.

    An edge table may have a row for each direction of a street; rows of the same two ends and
    the same length, to a decimetre, count once, as in `coverage.impedance`.
    """
    ends = np.sort(np.column_stack([roads.from_node[used], roads.to_node[used]]), axis=1)
    decimetres = np.rint(roads.length_m[used] * 10).astype(np.int64)
    once = np.unique(np.column_stack([ends, decimetres]), axis=0)
    return np.bincount(once[:, :2].ravel(), minlength=roads.node_count)


def _beside_settlements(
    found: CandidateSet, settlements: gpd.GeoDataFrame, *, near_m: float
) -> CandidateSet:
    shapes, notices = fit_shapes("居民点", settlements.geometry.to_numpy(), areas=False)
    points = found.candidates.geometry.to_numpy()
    tree = shapely.STRtree(points)
    near = np.zeros(len(points), dtype=np.bool_)
    # Candidates are kept to the millimetre: as far as that is no farther.
    near[tree.query(shapes, predicate="dwithin", distance=near_m + TOUCH_M)[1]] = True
    count = int((~near).sum())
    if count:
        text = f"{count} 个路口离任何居民点都超过 {near_m:g} 米，不作候选点。"
        notices.append(Notice("junctions_far", text, count))
    reasons = [f"离最近的居民点超过 {near_m:g} 米"] * count
    return without(found, ~near, reasons=reasons, notices=notices)


def _table(roads: Roads, nodes: IntArray, used: IntArray) -> gpd.GeoDataFrame:
    codes = [str(code) for code in roads.node_id[nodes].tolist()]
    return candidate_table(
        shapely.points(roads.node_x[nodes], roads.node_y[nodes]),
        ids=[f"j:{code}" for code in codes],
        names=_names(roads, nodes, used),
        origin="junction",
        source_ids=codes,
        crs=roads.crs,
    )


def _names(roads: Roads, nodes: IntArray, used: IntArray) -> list[str | None]:
    """What meets at each junction: "人民路与建设路路口"; "路口" where no road has a name."""
    named = used[roads.name_code[used] != UNNAMED]
    node = np.concatenate([roads.from_node[named], roads.to_node[named]])
    code = np.tile(roads.name_code[named].astype(np.int64), 2)
    pairs = np.unique(np.column_stack([node, code]), axis=0)
    start = np.searchsorted(pairs[:, 0], nodes)
    stop = np.searchsorted(pairs[:, 0], nodes, side="right")
    names: list[str | None] = []
    for first, last in zip(start.tolist(), stop.tolist(), strict=True):
        codes = pairs[first : min(last, first + NAMED_ROADS), 1].tolist()
        names.append("与".join(roads.names[code] for code in codes) + "路口")
    return names

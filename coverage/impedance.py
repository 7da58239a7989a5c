"""Travel modes: speed per road class, turned into seconds per edge and direction."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.spatial import KDTree

from coverage.errors import ImpedanceError
from coverage.network import SECONDS_PER_METRE_AT_1_KPH, WALKING_SPEED_KPH, RoadNetwork
from coverage.roads import AGAINST, ALONG

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from coverage.roads import BoolArray, FloatArray, IntArray, Roads, RoadUser

MOST_SPEED_KPH: Final = 200.0
"""km/h; no road in China is signed above 120, so a higher speed is a slip of the pen."""

STREETS_OF_A_JUNCTION: Final = 3
"""Ends of usable edges at a node from which it is a junction, not a bend or a dead end."""

SIGNALS_OF_ONE_JUNCTION_M: Final = 50.0
"""Metres between signals of one junction: at its stop lines, or at both carriageways."""

NAMED_CLASSES: Final = 3
"""Road classes spelt out in an error message."""


@dataclass(frozen=True)
class TravelMode:
    """
    How people of one mode travel.

    Parameters
    ----------
    mode_id
        "walk", "ride", "ebike", "walk_or_ride", "drive", "ambulance".
    name
        Chinese name, e.g. "步行".
    user
        Whose access rights hold: "foot", "bicycle" or "motor".
    speed_kph
        km/h by OSM highway class; a class that is not listed may not be used.
        The key "" is for roads whose source has no class.
    access_speed_kph
        km/h on the access leg between a point and the road.
    obeys_max_speed
        Whether a signed `maxspeed` replaces the table (motor vehicles).
    max_speed_kph
        No edge is faster than this, whatever is signed.
    surface_factor
        Multiplies the speed, by OSM surface; 1 where not listed.
    junction_delay_s, signal_delay_s
        Seconds lost on arriving at a junction of three or more streets without signals, and
        at traffic signals.
    faster_of
        Ids of two or more modes: the traveller picks the faster for the whole trip. Then
        all speeds above are empty.
    source, delay_source
        Where the speeds and the delays come from, in Chinese.
    speed_source, surface_source
        The same of single road classes and surfaces.
    change_source
        Where the numbers come from that a project has of its own; "" where it has none.
    """

    mode_id: str
    name: str
    source: str
    user: RoadUser = "foot"
    speed_kph: Mapping[str, float] = field(default_factory=dict)
    access_speed_kph: float = WALKING_SPEED_KPH
    obeys_max_speed: bool = False
    max_speed_kph: float = float("inf")
    surface_factor: Mapping[str, float] = field(default_factory=dict)
    junction_delay_s: float = 0.0
    signal_delay_s: float = 0.0
    faster_of: tuple[str, ...] = ()
    delay_source: str = ""
    speed_source: Mapping[str, str] = field(default_factory=dict)
    surface_source: Mapping[str, str] = field(default_factory=dict)
    change_source: str = ""


def network_for_mode(roads: Roads, mode: TravelMode) -> RoadNetwork:
    """
    The roads that a mode may use, with seconds per edge and direction.

    Parameters
    ----------
    roads
        Streets with n nodes and m edges.
    mode
        A single mode; one with `faster_of` has no network of its own.

    Returns
    -------
    network
        Edges usable in at least one direction, and the nodes at their ends.

    Raises
    ------
    ImpedanceError
        If the mode is a choice between others, a speed is no positive number, or no road
        may be used.
    """
    if mode.faster_of:
        msg = f"「{mode.name}」是几种方式中较快的一种，没有自己的路网，请分别计算。"
        raise ImpedanceError(msg)
    along_s, against_s = _seconds_by_direction(roads, mode)
    used = np.flatnonzero(np.isfinite(along_s) | np.isfinite(against_s))
    if not len(used):
        msg = (
            f"路网的 {roads.edge_count} 个路段中没有一段可供「{mode.name}」使用"
            f"{_why_unusable(roads, mode)}。请检查路网的道路等级、通行限制和速度表。"
        )
        raise ImpedanceError(msg)
    nodes, tail, head = _nodes_of(roads, used)
    xy = np.column_stack([roads.node_x[nodes], roads.node_y[nodes]])
    return RoadNetwork.from_arrays(
        node_id=roads.node_id[nodes],
        xy=xy,
        tail=tail,
        head=head,
        length_m=roads.length_m,
        along_s=along_s,
        against_s=against_s,
        vertex_xy=(roads.vertex_x, roads.vertex_y),
        vertex_start=roads.vertex_start,
        crs=roads.crs,
        access_speed_kph=mode.access_speed_kph,
        edge_id=used,
        node_delay_s=_node_delays(
            (tail, head), xy, roads.node_signals[nodes], mode, length_m=roads.length_m[used]
        ),
        barriers=roads.barriers,
    )


def _seconds_by_direction(roads: Roads, mode: TravelMode) -> tuple[FloatArray, FloatArray]:
    """Seconds along each edge and against it; `inf` where the mode may not go."""
    seconds = edge_seconds(roads, mode)
    access = roads.access[mode.user]
    along_s = np.where(access & ALONG, seconds, np.inf)
    return along_s, np.where(access & AGAINST, seconds, np.inf)


def _nodes_of(roads: Roads, used: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """The nodes at the ends of some edges, sorted, and which of them each edge has."""
    at_end = np.zeros(roads.node_count, dtype=np.bool_)
    tail, head = roads.from_node[used], roads.to_node[used]
    at_end[tail] = True
    at_end[head] = True
    number = np.cumsum(at_end, dtype=np.int64) - 1
    return np.flatnonzero(at_end), number[tail], number[head]


def _why_unusable(roads: Roads, mode: TravelMode) -> str:
    """Why no edge may be used: no speed for any class of road, or every road closed."""
    has_speed = np.isfinite(edge_seconds(roads, mode))
    if has_speed.any():
        return f"：有速度的 {has_speed.sum()} 段都不准通行"
    without = sorted({roads.road_classes[place] for place in np.unique(roads.road_class)})
    named = "、".join(name or "（未注明）" for name in without[:NAMED_CLASSES])
    more = f" 等 {len(without)} 种" if len(without) > NAMED_CLASSES else ""
    return f"：速度表里没有道路等级 {named}{more}" if without else ""


def _node_delays(
    ends: tuple[IntArray, IntArray],
    xy: FloatArray,
    signals: BoolArray,
    mode: TravelMode,
    *,
    length_m: FloatArray,
) -> FloatArray:
    """
    Seconds lost on arriving at each node.

    Signals closer together than `SIGNALS_OF_ONE_JUNCTION_M` are those of one junction: the stop
    lines on either side of it, or the crossings with two carriageways. A trip across the
    junction passes two of them, so each takes half of the delay.

    Parameters
    ----------
    ends
        The nodes that edges begin at, and those they end at.
    xy
        Shape (n, 2), where the nodes are, metres.
    signals
        Shape (n,).
    mode
        A single mode.
    length_m
        Shape (m,), metres of the edges.
    """
    delays = {"路口": mode.junction_delay_s, "信号灯": mode.signal_delay_s}
    bad = [f"{name}为 {value}" for name, value in delays.items() if not 0 <= value < np.inf]
    if bad:
        msg = f"「{mode.name}」的延误应为不小于 0 的秒数，现在{bad[0]}。请改正速度表。"
        raise ImpedanceError(msg)
    seconds = np.zeros(len(signals))
    if mode.junction_delay_s:
        streets = _streets_at(ends, length_m, len(signals))
        seconds[streets >= STREETS_OF_A_JUNCTION] = mode.junction_delay_s
    at = np.flatnonzero(signals)
    if len(at):
        # the nearest of two is the signal itself; `inf` where there is no other
        other_m = KDTree(xy[at]).query(xy[at], k=2)[0][:, 1]
        of_pair = other_m <= SIGNALS_OF_ONE_JUNCTION_M
        seconds[at] = mode.signal_delay_s * np.where(of_pair, 0.5, 1.0)
    return seconds


def _streets_at(ends: tuple[IntArray, IntArray], length_m: FloatArray, nodes: int) -> IntArray:
    """
    How many ends of streets meet at each node; a street with a row for each direction counts once.

    Rows of the same two ends and the same length, to a decimetre, are taken for one street.
    """
    here, there = np.concatenate(ends), np.concatenate(ends[::-1])
    decimetres = np.tile(np.rint(length_m * 10), 2)
    # Both ends of a loop are ends of a street at its node.
    is_second_end = np.repeat([False, True], len(length_m)) & (here == there)
    keys = (is_second_end, decimetres, there, here)
    order = np.lexsort(keys)
    is_new = np.ones(len(order), dtype=np.bool_)
    is_new[1:] = np.any([key[order][1:] != key[order][:-1] for key in keys], axis=0)
    return np.bincount(here[order[is_new]], minlength=nodes)


def edge_seconds(roads: Roads, mode: TravelMode) -> npt.NDArray[np.float64]:
    """
    Seconds to travel each edge, in whichever direction is open.

    Parameters
    ----------
    roads
        Streets with m edges.
    mode
        A single mode.

    Returns
    -------
    seconds
        Shape (m,); `inf` where the mode has no speed for the class of road.

    Raises
    ------
    ImpedanceError
        If a speed, a factor or the cap is no positive number, or a speed above
        `MOST_SPEED_KPH`.
    """
    _check_speeds(mode)
    by_class = np.array([mode.speed_kph.get(name, np.nan) for name in roads.road_classes])
    by_surface = np.array([mode.surface_factor.get(name, 1.0) for name in roads.surfaces])
    speed_kph = by_class[roads.road_class] * by_surface[roads.surface]
    if mode.obeys_max_speed:
        # A sign does not open a road to a mode that the table keeps off it.
        signed = np.isfinite(roads.max_speed_kph) & np.isfinite(speed_kph)
        speed_kph = np.where(signed, roads.max_speed_kph, speed_kph)
    speed_kph = np.minimum(speed_kph, mode.max_speed_kph)
    seconds = roads.length_m * SECONDS_PER_METRE_AT_1_KPH / speed_kph
    return np.where(np.isfinite(speed_kph), seconds, np.inf)


def _check_speeds(mode: TravelMode) -> None:
    speeds = {f"道路等级 {name or '（未注明）'}": speed for name, speed in mode.speed_kph.items()}
    speeds["接驳段"] = mode.access_speed_kph
    others = {f"路面 {name} 的系数": factor for name, factor in mode.surface_factor.items()}
    others["最高速度"] = mode.max_speed_kph
    bad = [f"{name} 为 {value}" for name, value in (speeds | others).items() if not value > 0]
    endless = {name: value for name, value in mode.surface_factor.items() if value == np.inf}
    bad += [f"路面 {name} 的系数 为 {value}" for name, value in endless.items()]
    if bad:
        msg = f"「{mode.name}」的速度表有 {len(bad)} 处不是大于 0 的数字，第一处：{bad[0]}。"
        raise ImpedanceError(msg)
    fast = [f"{name} 为 {value:g}" for name, value in speeds.items() if value > MOST_SPEED_KPH]
    if fast:
        msg = (
            f"「{mode.name}」的速度表有 {len(fast)} 处超过 {MOST_SPEED_KPH:g} 公里/小时，"
            f"第一处：{fast[0]}。请改正。"
        )
        raise ImpedanceError(msg)


def fastest_speed_kph(mode: TravelMode, modes: Mapping[str, TravelMode]) -> float:
    """
    The highest speed of a mode on any road or off it, for the buffer around the study area.

    Parameters
    ----------
    mode
        A mode, or a choice between modes.
    modes
        All modes by id.

    Returns
    -------
    speed_kph
        km/h; where `maxspeed` may raise the table's speeds, the mode's cap, or `MOST_SPEED_KPH`
        for a mode without one.

    Raises
    ------
    ImpedanceError
        If a choice names an unknown mode, or the mode has no speed at all.
    """
    return max(_fastest_of_one(single) for single in single_modes(mode, modes))


def single_modes(mode: TravelMode, modes: Mapping[str, TravelMode]) -> tuple[TravelMode, ...]:
    """
    The modes a traveller may choose from; the mode itself where there is no choice.

    Parameters
    ----------
    mode
        A mode, or a choice between modes.
    modes
        All modes by id.

    Returns
    -------
    singles
        At least one mode without `faster_of`.

    Raises
    ------
    ImpedanceError
        If a choice names an unknown mode or another choice.
    """
    if not mode.faster_of:
        return (mode,)
    unknown = [name for name in mode.faster_of if name not in modes or modes[name].faster_of]
    if unknown:
        msg = f"出行方式「{mode.name}」引用了 {unknown[0]!r}，它不是速度表里的单一方式。"
        raise ImpedanceError(msg)
    return tuple(modes[name] for name in mode.faster_of)


def _fastest_of_one(mode: TravelMode) -> float:
    if not mode.speed_kph:
        msg = f"出行方式「{mode.name}」没有任何道路等级的速度。"
        raise ImpedanceError(msg)
    if mode.obeys_max_speed:
        return max(min(mode.max_speed_kph, MOST_SPEED_KPH), mode.access_speed_kph)
    fastest = max(mode.speed_kph.values()) * max([1.0, *mode.surface_factor.values()])
    return max(min(fastest, mode.max_speed_kph), mode.access_speed_kph)

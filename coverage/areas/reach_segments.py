"""Service areas as street segments: which stretch of which street is how far from a facility.

The network form of `coverage.isochrone`, exact to the metre: streets are cut where the cutoff
runs out, with the same travel times that demand points on the street would have.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import shapely

from coverage.areas.place_costs import access_cost_per_m, facilities_beside
from coverage.areas.streets import street_costs, streets_of
from coverage.errors import ImpedanceError
from coverage.graph.arcs import ragged
from coverage.graph.shortest_paths import least_cost_tree
from coverage.requests import TOLERANCE, check_request
from coverage.searches.search import Search

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from coverage.areas.place_costs import Beside
    from coverage.graph.arcs import Direction, FloatArray, IntArray
    from coverage.network import RoadNetwork

SHORTEST_SHARE: Final = 1e-9
"""Stretches shorter than this share of their street are left out."""


def reach_segments(
    network: RoadNetwork,
    facilities: gpd.GeoDataFrame,
    *,
    cutoff_s: float,
    direction: Direction,
    breaks_s: Sequence[float] = (),
) -> gpd.GeoDataFrame:
    """
    The streets from which the nearest facility is reached within a cutoff.

    Parameters
    ----------
    network
        Roads of one travel mode.
    facilities
        Shape (f, ...), points in the network's CRS, indexed by `facility_id`.
    cutoff_s
        Seconds, > 0, inclusive. Streets are cut exactly where it runs out.
    direction
        "to_facility" or "from_facility".
    breaks_s
        Shorter cutoffs at which streets are cut too, for rings (300, 600).

    Returns
    -------
    segments
        One row per stretch of street with one nearest facility, in the order of the network:
        `facility_id`, `from_s` and `to_s` (travel time at both ends of the line as drawn, without
        an access leg of the traveller, with that of the facility), `cutoff_s` (the break or
        cutoff up to which it lies), `geometry` (LineString in the network's CRS). Two edges that
        lie on each other, as the directions of a street, are one. Tunnels and fenced roads, at
        which no trip begins, are there as well, with the time of who is on them.

    Raises
    ------
    ImpedanceError
        If the cutoff or a break is no positive number, or the direction makes no sense.
    CrsError, InputError
        As `coverage.catchment.nearest_facility`.
    """
    _check(cutoff_s, breaks_s)
    check_request(None, facilities, 0.0, direction)
    levels = np.unique([*(level for level in breaks_s if level < cutoff_s), cutoff_s])
    by_id = facilities.sort_index()
    stretches = _Stretches.none()
    if len(by_id):
        search = Search.prepare(network, by_id, direction, "travel_time_s")
        stretches = _spans(search, cutoff_s).stretches(cutoff_s).cut_at(levels)
    return gpd.GeoDataFrame(
        {
            "facility_id": by_id.index.to_numpy(dtype=object)[stretches.facility],
            "from_s": stretches.from_s,
            "to_s": stretches.to_s,
            "cutoff_s": levels[stretches.level],
        },
        geometry=_lines(network, stretches),
        crs=network.crs,
    )


@dataclass(frozen=True, eq=False)
class _Stretches:
    """
    Pieces of streets along which the travel time rises or falls evenly, k of them.

    Parameters
    ----------
    street, facility
        Shape (k,), positions.
    start, end
        Shape (k,), shares of the street (0 to 1).
    from_s, to_s
        Shape (k,), travel time at start and end.
    level
        Shape (k,), position of the cutoff within which it lies.
    """

    street: IntArray
    facility: IntArray
    start: FloatArray
    end: FloatArray
    from_s: FloatArray
    to_s: FloatArray
    level: IntArray

    @classmethod
    def none(cls) -> _Stretches:
        """No stretch at all."""
        whole, share = np.zeros(0, dtype=np.int64), np.zeros(0)
        return cls(whole, whole, share, share, share, share, whole)

    def take(self, rows: IntArray) -> _Stretches:
        """Some of them."""
        return _Stretches(*(array[rows] for array in vars(self).values()))

    def cut_at(self, levels: FloatArray) -> _Stretches:
        """Cut where the travel time passes a level; sorted along the streets."""
        low, high = np.minimum(self.from_s, self.to_s), np.maximum(self.from_s, self.to_s)
        last = np.minimum(np.searchsorted(levels, high, side="left"), len(levels) - 1)
        first = np.minimum(np.searchsorted(levels, low, side="right"), last)
        row = np.repeat(np.arange(len(low)), last - first + 1)
        level = ragged(first, last - first + 1)
        begins = np.maximum(np.append(-np.inf, levels)[level], low[row])
        ends = np.minimum(levels[level], high[row])
        part = self.take(row)
        falls = part.from_s > part.to_s
        from_s, to_s = np.where(falls, ends, begins), np.where(falls, begins, ends)
        rise = np.where(part.to_s == part.from_s, 1.0, part.to_s - part.from_s)
        per_second = (part.end - part.start) / rise
        flat = part.to_s == part.from_s
        start = np.where(flat, part.start, part.start + (from_s - part.from_s) * per_second)
        end = np.where(flat, part.end, part.start + (to_s - part.from_s) * per_second)
        # What is not cut keeps its exact ends.
        start = np.where(from_s == part.from_s, part.start, start)
        end = np.where(to_s == part.to_s, part.end, end)
        cut = _Stretches(part.street, part.facility, start, end, from_s, to_s, level)
        kept = np.flatnonzero(end - start > SHORTEST_SHARE)
        return cut.take(kept[np.lexsort((start[kept], part.street[kept]))])


@dataclass(frozen=True, eq=False)
class _Spans:
    """
    Streets between their ends and the facilities beside them, k spans.

    Parameters
    ----------
    street
        Shape (k,), positions.
    start, end
        Shape (k,), shares of the street.
    cost_at_start, cost_at_end
        Shape (k,), seconds to a facility by way of either end.
    start_facility, end_facility
        Shape (k,), which facility that is.
    to_start, to_end
        Shape (k,), seconds per whole street towards its tail and its head.
    """

    street: IntArray
    start: FloatArray
    end: FloatArray
    cost_at_start: FloatArray
    cost_at_end: FloatArray
    start_facility: IntArray
    end_facility: IntArray
    to_start: FloatArray
    to_end: FloatArray

    def stretches(self, cutoff_s: float) -> _Stretches:
        """What of each span is within the cutoff by way of its start, and by way of its end."""
        whole = self.end - self.start
        by_start = np.isfinite(self.to_start) & (self.cost_at_start <= cutoff_s)
        by_end = np.isfinite(self.to_end) & (self.cost_at_end <= cutoff_s)
        left = np.flatnonzero(by_start)
        ahead = _within(cutoff_s - self.cost_at_start[left], self.to_start[left], whole[left])
        right = np.flatnonzero(by_end)
        back = _within(cutoff_s - self.cost_at_end[right], self.to_end[right], whole[right])
        # Where a street is reached from both ends, its parts meet where both ways take as long.
        both = by_start & by_end
        up, down = np.where(both, self.to_start, 1.0), np.where(both, self.to_end, 1.0)
        later = np.where(both, self.cost_at_end - np.where(both, self.cost_at_start, 0.0), 0.0)
        slope = up + down
        one_way = np.where(later >= 0, whole, 0.0)
        meet = np.where(slope > 0, (later + whole * down) / np.where(slope > 0, slope, 1), one_way)
        meet = np.clip(meet, 0.0, whole)
        ahead = np.where(both[left], np.minimum(ahead, meet[left]), ahead)
        back = np.where(both[right], np.minimum(back, (whole - meet)[right]), back)
        left_s, right_s = self.cost_at_start[left], self.cost_at_end[right]
        return _Stretches(
            street=np.concatenate([self.street[left], self.street[right]]),
            facility=np.concatenate([self.start_facility[left], self.end_facility[right]]),
            start=np.concatenate([self.start[left], self.end[right] - back]),
            end=np.concatenate([self.start[left] + ahead, self.end[right]]),
            from_s=np.append(left_s, np.minimum(right_s + back * self.to_end[right], cutoff_s)),
            to_s=np.append(np.minimum(left_s + ahead * self.to_start[left], cutoff_s), right_s),
            level=np.zeros(len(left) + len(right), dtype=np.int64),
        )


def _within(left_s: FloatArray, pace: FloatArray, whole: FloatArray) -> FloatArray:
    """The share of a street that some seconds are enough for, at most the whole of a span."""
    return np.where(left_s >= pace * whole, whole, left_s / np.where(pace > 0, pace, 1.0))


def _spans(search: Search, cutoff_s: float) -> _Spans:
    """All spans of streets that the search reaches."""
    network, first_source = search.network, search.first_source
    tree = least_cost_tree(search.arcs, first_source, cutoff_s + TOLERANCE)
    facility = np.maximum(tree.root[:first_source].astype(np.int64) - first_source, 0)
    costs = street_costs(network, search.direction, "travel_time_s")
    at_tail = tree.cost[network.tail] + costs.wait_at_tail
    at_head = tree.cost[network.head] + costs.wait_at_head
    beside = facilities_beside(search, access_cost_per_m(search))
    has_some = np.zeros(network.edge_count, dtype=np.bool_)
    has_some[beside.street] = True
    first = streets_of(network).of_edge == np.arange(network.edge_count)
    plain = np.flatnonzero(first & ~has_some & (np.minimum(at_tail, at_head) <= cutoff_s))
    spans = [
        _Spans(
            plain,
            np.zeros(len(plain)),
            np.ones(len(plain)),
            at_tail[plain],
            at_head[plain],
            facility[network.tail[plain]],
            facility[network.head[plain]],
            costs.to_tail[plain],
            costs.to_head[plain],
        )
    ]
    for street in np.unique(beside.street).tolist():
        ends = np.array([network.tail[street], network.head[street]])
        cost = at_tail[street], at_head[street]
        pace = costs.to_tail[street], costs.to_head[street]
        spans.append(_spans_between(street, beside.on(street), cost, facility[ends], pace))
    columns = (
        np.concatenate(arrays) for arrays in zip(*(vars(s).values() for s in spans), strict=True)
    )
    return _Spans(*columns)


def _spans_between(
    street: int,
    beside: Beside,
    cost_at_ends: tuple[float, float],
    facility_at_ends: IntArray,
    pace: tuple[float, float],
) -> _Spans:
    """The spans of one street, from its tail over the facilities beside it to its head."""
    place = np.concatenate([[0.0], beside.share, [1.0]])
    cost = np.concatenate([cost_at_ends[:1], beside.cost, cost_at_ends[1:]])
    facility = np.concatenate([facility_at_ends[:1], beside.facility, facility_at_ends[1:]])
    # At each place also what comes from farther along the street, either way.
    ahead, ahead_of = _handed_on(place, cost, facility, pace[0])
    back, back_of = _handed_on(1 - place[::-1], cost[::-1], facility[::-1], pace[1])
    count = len(place) - 1
    return _Spans(
        np.full(count, street),
        place[:-1],
        place[1:],
        ahead[:-1],
        back[::-1][1:],
        ahead_of[:-1],
        back_of[::-1][1:],
        np.full(count, pace[0]),
        np.full(count, pace[1]),
    )


def _handed_on(
    place: FloatArray, cost: FloatArray, facility: IntArray, pace: float
) -> tuple[FloatArray, IntArray]:
    """Costs at places in a row, each at most that of the place before and the way from there."""
    cost, facility = cost.copy(), facility.copy()
    for here in range(1, len(place)):
        step = place[here] - place[here - 1]
        by_way = cost[here - 1] + (step * pace if step > 0 else 0.0)
        if by_way < cost[here]:
            cost[here], facility[here] = by_way, facility[here - 1]
    return cost, facility


def _lines(network: RoadNetwork, stretches: _Stretches) -> npt.NDArray[np.object_]:
    """The course of each stretch."""
    lines: npt.NDArray[np.object_] = network.lines_of(stretches.street)
    cut = np.flatnonzero((stretches.start > 0) | (stretches.end < 1))
    whole = lines[cut]
    start, end = stretches.start[cut], stretches.end[cut]
    xy, row = shapely.get_coordinates(whole, return_index=True)
    steps = np.hypot(*np.diff(xy, axis=0, prepend=xy[:1]).T)
    steps[np.diff(row, prepend=-1) != 0] = 0.0
    run = np.cumsum(steps)
    run -= run[np.searchsorted(row, np.arange(len(cut)))][row]
    metres = shapely.length(whole)
    inner = np.flatnonzero((run > (start * metres)[row]) & (run < (end * metres)[row]))
    ends = [
        shapely.get_coordinates(shapely.line_interpolate_point(whole, share, normalized=True))
        for share in (start, end)
    ]
    number = np.arange(len(cut))
    of_line = np.concatenate([number, row[inner], number])
    order = np.argsort(of_line, kind="stable")
    corners = np.concatenate([ends[0], xy[inner], ends[1]])[order]
    lines[cut] = shapely.linestrings(corners, indices=of_line[order])
    return lines


def _check(cutoff_s: float, breaks_s: Sequence[float]) -> None:
    bad = [level for level in (cutoff_s, *breaks_s) if not (math.isfinite(level) and level > 0)]
    if bad:
        msg = f"服务范围的阈值应为大于 0 的数字，现有 {bad[0]}。"
        raise ImpedanceError(msg)

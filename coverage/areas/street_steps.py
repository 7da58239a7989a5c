"""Straight steps of streets from vertex to vertex, and which of them is nearest to a place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely
from scipy.spatial import cKDTree

from coverage.graph.arcs import ragged

if TYPE_CHECKING:
    from coverage.graph.arcs import BoolArray, FloatArray, IntArray
    from coverage.network import RoadNetwork

LOOKED_AT: Final = 2
"""Nearest pieces that are measured exactly. With pieces of 50 m the nearest street is missed at
0.2 % of places, with 80 m at 0.5 %, by 0.1 % of a piece on average (on a generated network of
streets 150 m apart)."""

NO_STEP: Final = -1
"""Stands for the step of a place that has none within reach."""


@dataclass(frozen=True, eq=False)
class Feet:
    """
    Where k places touch the streets.

    Parameters
    ----------
    step
        Shape (k,), position of the step; `NO_STEP` where there is none.
    along
        Shape (k,), position along the step (0 to 1).
    metres
        Shape (k,), from the place to there; `inf` where there is none.
    """

    step: IntArray
    along: FloatArray
    metres: FloatArray


@dataclass(frozen=True, eq=False)
class Steps:
    """
    Straight steps, s of them.

    Parameters
    ----------
    street
        Shape (s,), see `coverage.areas.streets`.
    start_xy, by_xy
        Shape (s, 2), where a step begins, and from there to its end, metres.
    share, by_share
        Shape (s,), where it begins along its street, and from there to its end.
    """

    street: IntArray
    start_xy: FloatArray
    by_xy: FloatArray
    share: FloatArray
    by_share: FloatArray

    @classmethod
    def within(
        cls, network: RoadNetwork, usable: BoolArray, low: FloatArray, high: FloatArray
    ) -> Steps:
        """
        The steps that touch a rectangle.

        Parameters
        ----------
        network
            Roads of one travel mode, m edges.
        usable
            Shape (m,), edges to take.
        low, high
            Shape (2,), corners in metres.
        """
        edge = np.sort(network.edge_tree.query(shapely.box(*low, *high)))
        edge = edge[usable[edge]]
        first = network.vertex_start[edge]
        counts = network.vertex_start[edge + 1] - first
        xy = network.vertex_xy[ragged(first, counts)]
        begins = np.delete(np.arange(len(xy)), np.cumsum(counts) - 1)
        row = np.repeat(np.arange(len(edge)), counts - 1)
        by_xy = xy[begins + 1] - xy[begins]
        metres = np.hypot(*by_xy.T)
        edge_m = np.bincount(row, weights=metres, minlength=len(edge))
        run_m = np.cumsum(metres) - metres
        run_m -= run_m[np.cumsum(counts - 1) - (counts - 1)][row]
        per_metre = 1.0 / np.where(edge_m > 0, edge_m, 1.0)[row]
        touches = np.ones(len(begins), dtype=np.bool_)
        for axis in (0, 1):
            one, other = xy[begins, axis], xy[begins + 1, axis]
            touches &= (np.maximum(one, other) >= low[axis]) & (
                np.minimum(one, other) <= high[axis]
            )
        here = np.flatnonzero(touches)
        return cls(
            street=edge[row[here]],
            start_xy=xy[begins[here]],
            by_xy=by_xy[here],
            share=(run_m * per_metre)[here],
            by_share=(metres * per_metre)[here],
        )

    def nearest(self, xy: FloatArray, *, reach_m: float, piece_m: float) -> Feet:
        """
        The nearest step of each place.

        Parameters
        ----------
        xy
            Shape (k, 2), metres.
        reach_m
            Steps farther away do not count.
        piece_m
            Steps are looked up by the middles of pieces at most this long, in metres.
        """
        feet = Feet(np.full(len(xy), NO_STEP), np.zeros(len(xy)), np.full(len(xy), np.inf))
        if not len(self.street):
            return feet
        step_of, middle = self._pieces(piece_m)
        tree = cKDTree(middle, balanced_tree=False, compact_nodes=False)
        _, pieces = tree.query(xy, k=LOOKED_AT, distance_upper_bound=reach_m + piece_m, workers=-1)
        for piece in pieces.T:
            there = np.flatnonzero(piece < len(step_of))
            step = step_of[piece[there]]
            along, metres = self.project(xy[there], step)
            nearer = (metres < feet.metres[there]) & (metres <= reach_m)
            there = there[nearer]
            feet.step[there] = step[nearer]
            feet.along[there], feet.metres[there] = along[nearer], metres[nearer]
        return feet

    def project(self, xy: FloatArray, step: IntArray) -> tuple[FloatArray, FloatArray]:
        """How far along its step each place lies, shape (k,), 0 to 1, and metres to there."""
        by, apart = self.by_xy[step], xy - self.start_xy[step]
        squared = np.einsum("ij,ij->i", by, by)
        squared[squared == 0] = 1.0
        along = np.clip(np.einsum("ij,ij->i", apart, by) / squared, 0.0, 1.0)
        metres = np.hypot(*(apart - along[:, None] * by).T)
        return along, metres

    def at(self, step: IntArray, along: FloatArray) -> FloatArray:
        """Shape (k, 2), places on the steps, metres."""
        return self.start_xy[step] + along[:, None] * self.by_xy[step]

    def _pieces(self, piece_m: float) -> tuple[IntArray, FloatArray]:
        """Steps cut into pieces: the step of each, and its middle."""
        counts = np.maximum(np.ceil(np.hypot(*self.by_xy.T) / piece_m).astype(np.int64), 1)
        step = np.repeat(np.arange(len(counts)), counts)
        number = ragged(np.zeros_like(counts), counts)
        return step, self.at(step, (number + 0.5) / counts[step])

"""
The proof of a large p-median: a tree of sites opened and shut, each node with its own bound.

The relaxation of `coverage.sites.median_bound` is within a fraction of a percent of the optimum,
so few nodes have to be looked at, while the linear programme behind it, with a variable per
pair, would keep a solver busy for minutes. The node with the lowest bound comes first; its bound
is that of the whole question.

References
----------
Christofides, N., Beasley, J. E. (1982). A tree search algorithm for the p-median problem.
European Journal of Operational Research 10, 196-204.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from coverage.sites.median_bound import MedianBound, Relaxation, climbed, ruled_out
from coverage.sites.radii import median_programme
from coverage.sites.solver import solve

if TYPE_CHECKING:
    from coverage.graph.arcs import BoolArray, FloatArray, IntArray
    from coverage.sites.solver import Clock
    from coverage.sites.swaps import MedianPairs

STEPS: Final = 120
"""Of the ascent at a node, which begins where that of its parent ended."""

PER_POINT: Final = 3
"""Pairs left for each demand point at which the solver settles a node; with more it is slow."""

WHOLE: Final = 1e-6
"""By which a bound may miss a whole number and still be rounded up to it."""

NOISE: Final = 1e-9
"""Relative rounding noise of a bound."""


@dataclass(frozen=True, eq=False)
class Node:
    """Sites opened and shut, the bound that holds then, and where its ascent ended."""

    opened: BoolArray
    shut: BoolArray
    multiplier: FloatArray
    likely: FloatArray


def proven(
    pairs: MedianPairs,
    chosen: IntArray,
    root: MedianBound,
    *,
    clock: Clock,
    whole: bool,
) -> tuple[IntArray, float]:
    """
    The best sites and a bound on their cost, equal unless the time was up.

    Parameters
    ----------
    pairs
        What is left after the ascent at the root.
    chosen
        The best sites known.
    root
        From the ascent at the root.
    clock
        Time, gap and progress.
    whole
        Whether all costs are whole numbers, so that a bound can be rounded up.
    """
    tree = _Tree(pairs, chosen, clock, whole=whole)
    tree.add(root.bound, Node(pairs.locked, pairs.shut, root.multiplier, root.likely))
    while tree.waiting and not clock.is_up:
        bound, _, node = tree.waiting[0]
        clock.held = (bound, tree.value)
        clock.tell(bound, tree.value)
        if tree.is_done(bound, max(NOISE, clock.options.gap)):
            break
        heapq.heappop(tree.waiting)
        tree.split(bound, node)
    clock.held = None
    least = tree.waiting[0][0] if tree.waiting else tree.value
    return tree.chosen, min(tree.value, least)


class _Tree:
    """Nodes that wait, lowest bound first, and the best answer met."""

    def __init__(self, pairs: MedianPairs, chosen: IntArray, clock: Clock, *, whole: bool) -> None:
        self.pairs, self.clock, self.whole = pairs, clock, whole
        self.chosen, self.value = chosen, pairs.total(chosen)
        self.waiting: list[tuple[float, int, Node]] = []
        self._number = 0

    def add(self, bound: float, node: Node) -> None:
        """Let a node wait; the number keeps the order of equals the same every time."""
        self._number += 1
        heapq.heappush(self.waiting, (bound, self._number, node))

    def is_done(self, bound: float, gap: float) -> bool:
        """Whether nothing better than the best by more than the gap can have this bound."""
        reach = float(np.ceil(bound - WHOLE)) if self.whole else bound
        return reach >= self.value - gap * self.value

    def take(self, sites: IntArray) -> None:
        """Keep sites that cost less than the best."""
        reached = self.pairs.total(sites)
        if reached < self.value:
            self.chosen, self.value = sites, reached

    def split(self, bound: float, node: Node) -> None:
        """Replace a node by its two children, or by nothing where they cannot be better."""
        count = len(self.chosen)
        if (node.opened | node.shut).all():
            self.take(np.flatnonzero(node.opened))
            return
        site = _branch_on(node)
        for is_open in (True, False):
            child = _child(node, site, count, is_open=is_open)
            if child is None:
                continue
            own = replace(self.pairs, locked=child.opened, shut=child.shut)
            found, opened = _bounded(own, child, count, self.value)
            self.take(self.pairs.improved(np.sort(opened)))
            limit = max(bound, found.bound)
            if not self.is_done(limit, NOISE):
                self._keep(own, found, limit)

    def _keep(self, own: MedianPairs, found: MedianBound, limit: float) -> None:
        """Settle a child that has few pairs left, and let any other wait."""
        worse = self.value + NOISE * max(1.0, self.value)
        opened, shut, usable = ruled_out(own, found, worse=worse)
        if int(usable.sum()) <= PER_POINT * own.n:
            left = replace(_only(own, usable), locked=opened, shut=shut)
            if len(np.unique(left.row)) < left.n:
                return
            programme = median_programme(left, len(self.chosen))
            solved = solve(programme, clock=self.clock, slack=0.0)
            if solved.values is not None:
                self.take(np.flatnonzero(solved.values[: len(opened)] > 0.5))  # noqa: PLR2004 - rounded
            if solved.status in ("optimal", "infeasible"):
                return
        self.add(limit, Node(opened, shut, found.multiplier, found.likely))


def _branch_on(node: Node) -> int:
    """The free site that the ascent could least decide on."""
    free = np.flatnonzero(~node.opened & ~node.shut)
    return int(free[np.argmin(np.abs(node.likely[free] - 0.5))])


def _child(node: Node, site: int, count: int, *, is_open: bool) -> Node | None:
    """The node with one site more opened or shut; None where no answer is left."""
    opened, shut = node.opened.copy(), node.shut.copy()
    (opened if is_open else shut)[site] = True
    if opened.sum() > count or (~shut).sum() < count:
        return None
    if opened.sum() == count:
        shut = ~opened
    elif (~shut).sum() == count:
        opened = ~shut
    return replace(node, opened=opened, shut=shut)


def _only(pairs: MedianPairs, kept: BoolArray) -> MedianPairs:
    return replace(pairs, row=pairs.row[kept], site=pairs.site[kept], cost=pairs.cost[kept])


def _bounded(
    pairs: MedianPairs, node: Node, count: int, value: float
) -> tuple[MedianBound, IntArray]:
    """The bound of a node, and the sites that its relaxed answer opened last."""
    own = _only(pairs, ~pairs.shut[pairs.site])
    last = np.flatnonzero(pairs.locked)

    def visit(_step: int, _bound: float, opened: IntArray, _likely: FloatArray) -> float | None:
        nonlocal last
        last = opened
        return None if pairs.look() else value

    relaxation = Relaxation(own, count)
    found = climbed(relaxation, node.multiplier, steps=STEPS, visit=visit)
    if len(last) != count:
        free = np.flatnonzero(~pairs.locked & ~pairs.shut)
        likely = free[np.argsort(-found.likely[free], kind="stable")]
        last = np.concatenate([np.flatnonzero(pairs.locked), likely])[:count]
    return found, last

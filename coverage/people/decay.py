"""How much a facility counts the farther it is: decay of weight with travel time or distance."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from coverage.errors import StandardError
from coverage.requests import TOLERANCE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coverage.graph.arcs import FloatArray

Decay = Callable[["FloatArray"], "FloatArray"]
"""Costs in seconds or metres -> weights >= 0, both of shape (p,)."""


def stepwise_decay(breaks: Sequence[float], weights: Sequence[float]) -> Decay:
    """
    Weights that fall in steps, as in the enhanced 2SFCA.

    Parameters
    ----------
    breaks
        Shape (s,), upper ends of the steps, ascending, inclusive, in the unit of the costs.
    weights
        Shape (s,), weight within each step, in [0, 1], not rising; 0 beyond the last.

    Returns
    -------
    decay
        Costs -> weights.

    Raises
    ------
    StandardError
        If breaks do not ascend, weights rise or lie outside [0, 1], or numbers differ.

    References
    ----------
    Luo, W., Qi, Y. (2009). An enhanced two-step floating catchment area (E2SFCA) method for
    measuring spatial accessibility to primary care physicians. Health & Place 15, 1100-1107.

    Examples
    --------
    Ten, twenty and thirty minutes with the weights of the source.

    >>> decay = stepwise_decay([600, 1200, 1800], [1.0, 0.68, 0.22])
    >>> decay(np.array([0.0, 600.0, 601.0, 1800.0, 1801.0])).tolist()
    [1.0, 1.0, 0.68, 0.22, 0.0]
    """
    ends, steps = np.asarray(breaks, dtype=np.float64), np.asarray(weights, dtype=np.float64)
    if ends.ndim != 1 or ends.shape != steps.shape or not len(ends):
        msg = f"分段衰减应为每段一个权重，现有 {ends.size} 个分段、{steps.size} 个权重。"
        raise StandardError(msg)
    if not (ends[0] >= 0 and np.all(np.diff(ends) > 0)):
        msg = f"分段衰减的分段应从小到大、不为负，现为 {'、'.join(f'{end:g}' for end in ends)}。"
        raise StandardError(msg)
    if not (np.all((steps >= 0) & (steps <= 1)) and np.all(np.diff(steps) <= 0)):
        msg = (
            "分段衰减的权重应在 0 到 1 之间、由近到远不增，"
            f"现为 {'、'.join(f'{step:g}' for step in steps)}。"
        )
        raise StandardError(msg)
    padded = np.append(steps, 0.0)

    def decay(costs: FloatArray) -> FloatArray:
        step: FloatArray = padded[np.searchsorted(ends + TOLERANCE, costs)]
        return step

    return decay


def gaussian_decay(cutoff: float) -> Decay:
    """
    A Gaussian that is 1 at the facility and falls to 0 at the cutoff.

    (exp(-(c / cutoff)^2 / 2) - exp(-1/2)) / (1 - exp(-1/2)), and 0 beyond the cutoff.

    Parameters
    ----------
    cutoff
        In the unit of the costs, > 0.

    Returns
    -------
    decay
        Costs -> weights in [0, 1].

    Raises
    ------
    StandardError
        If the cutoff is not a number above 0.

    References
    ----------
    Dai, D. (2010). Black residential segregation, disparities in spatial access to health care
    facilities, and late-stage breast cancer diagnosis in metropolitan Detroit. Health & Place
    16, 1038-1052.

    Examples
    --------
    >>> gaussian_decay(900)(np.array([0.0, 450.0, 900.0, 901.0])).round(3).tolist()
    [1.0, 0.701, 0.0, 0.0]
    """
    _check_scale(cutoff, "高斯衰减的阈值")
    floor = math.exp(-0.5)

    def decay(costs: FloatArray) -> FloatArray:
        bell = np.exp(-0.5 * np.square(np.minimum(costs / cutoff, 1.0)))
        return np.maximum((bell - floor) / (1.0 - floor), 0.0)

    return decay


def gaussian_bandwidth_decay(bandwidth: float) -> Decay:
    """
    A Gaussian of a given width that never quite reaches 0: exp(-(c / bandwidth)^2 / 2).

    The form exp(-c^2 / b) in some sources has bandwidth sqrt(b / 2).

    Parameters
    ----------
    bandwidth
        Cost at which the weight is exp(-1/2) = 0.61, in the unit of the costs, > 0.

    Returns
    -------
    decay
        Costs -> weights in (0, 1].

    Raises
    ------
    StandardError
        If the bandwidth is not a number above 0.

    References
    ----------
    Wan, N., Zou, B., Sternberg, T. (2012). A three-step floating catchment area method for
    analyzing spatial access to health services. International Journal of Geographical
    Information Science 26, 1073-1089.
    """
    _check_scale(bandwidth, "高斯衰减的带宽")

    def decay(costs: FloatArray) -> FloatArray:
        bell: FloatArray = np.exp(-0.5 * np.square(costs / bandwidth))
        return bell

    return decay


def decay_weights(decay: Decay | None, costs: FloatArray) -> FloatArray:
    """
    Weights of a decay, once they are known to be weights.

    Parameters
    ----------
    decay
        None: 1 everywhere.
    costs
        Shape (p,), seconds or metres within the cutoff.

    Returns
    -------
    weights
        Shape (p,), finite, >= 0.

    Raises
    ------
    StandardError
        If the decay gives something else.
    """
    if decay is None:
        return np.ones(len(costs))
    weights = np.asarray(decay(costs.copy()), dtype=np.float64)
    if weights.shape not in {(), costs.shape}:
        msg = (
            f"衰减函数应为每个出行时间给出一个权重：给了 {len(costs)} 个，得到 {weights.size} 个。"
        )
        raise StandardError(msg)
    weights = np.broadcast_to(weights, costs.shape)
    wrong = ~np.isfinite(weights) | (weights < 0)
    if wrong.any():
        first = int(np.argmax(wrong))
        msg = (
            f"衰减函数有 {int(wrong.sum())} 个权重为负或不是有限的数字，"
            f"第一个在 {costs[first]:g} 处（{weights[first]:g}）。权重应不小于 0。"
        )
        raise StandardError(msg)
    return weights


def _check_scale(scale: float, title: str) -> None:
    if not 0 < scale < math.inf:
        msg = f"{title}应为大于 0 的数字，现为 {scale}。"
        raise StandardError(msg)

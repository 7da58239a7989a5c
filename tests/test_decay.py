"""Decay of weight with distance: the sources' own numbers, edges, bad input."""

from __future__ import annotations

import math

import numpy as np
import pytest

from coverage.errors import StandardError
from coverage.people.decay import (
    decay_weights,
    gaussian_bandwidth_decay,
    gaussian_decay,
    stepwise_decay,
)

COSTS = np.array([0.0, 300.0, 600.0, 900.0])


def test_steps_end_inclusively():
    decay = stepwise_decay([300, 600], [1.0, 0.5])
    assert decay(np.array([0, 300, 300 + 1e-7, 301, 600, 601])).tolist() == [1, 1, 1, 0.5, 0.5, 0]


def test_the_gaussian_reaches_nought_at_the_cutoff():
    weights = gaussian_decay(900)(COSTS)
    bell = [math.exp(-0.5 * (cost / 900) ** 2) for cost in COSTS]
    by_hand = [(b - math.exp(-0.5)) / (1 - math.exp(-0.5)) for b in bell]
    assert weights.tolist() == pytest.approx(by_hand)
    assert weights[0] == 1
    assert weights[-1] == 0
    assert gaussian_decay(900)(np.array([901.0, 1e9])).tolist() == [0, 0]


def test_the_gaussian_of_a_bandwidth():
    weights = gaussian_bandwidth_decay(600)(COSTS)
    assert weights.tolist() == pytest.approx([math.exp(-(c**2) / (2 * 600**2)) for c in COSTS])


def test_weights_of_ones_own():
    assert decay_weights(None, COSTS).tolist() == [1, 1, 1, 1]
    assert decay_weights(lambda costs: 1 / (1 + costs / 300), COSTS).tolist() == pytest.approx(
        [1, 1 / 2, 1 / 3, 1 / 4]
    )
    assert decay_weights(lambda _: 0.5, COSTS).tolist() == [0.5] * 4


def test_a_decay_cannot_spoil_the_costs():
    def spoil(costs):
        costs *= 0
        return costs

    before = COSTS.copy()
    decay_weights(spoil, COSTS)
    assert np.array_equal(COSTS, before)


@pytest.mark.parametrize(
    ("breaks", "weights", "message"),
    [
        ([300, 600], [1.0], "分段衰减应为每段一个权重，现有 2 个分段、1 个权重。"),
        ([], [], "分段衰减应为每段一个权重，现有 0 个分段、0 个权重。"),
        ([600, 300], [1.0, 0.5], "分段衰减的分段应从小到大、不为负，现为 600、300。"),
        ([-1, 300], [1.0, 0.5], "分段衰减的分段应从小到大、不为负，现为 -1、300。"),
        (
            [300, 600],
            [0.5, 1.0],
            "分段衰减的权重应在 0 到 1 之间、由近到远不增，现为 0.5、1。",
        ),
        ([300], [math.nan], "分段衰减的权重应在 0 到 1 之间、由近到远不增，现为 nan。"),
    ],
)
def test_bad_steps_are_refused(breaks, weights, message):
    with pytest.raises(StandardError) as caught:
        stepwise_decay(breaks, weights)
    assert str(caught.value) == message


@pytest.mark.parametrize("scale", [0.0, -1.0, math.nan, math.inf])
def test_a_bad_width_is_refused(scale):
    with pytest.raises(StandardError) as caught:
        gaussian_decay(scale)
    assert str(caught.value) == f"高斯衰减的阈值应为大于 0 的数字，现为 {scale}。"
    with pytest.raises(StandardError, match="高斯衰减的带宽应为大于 0 的数字"):
        gaussian_bandwidth_decay(scale)


@pytest.mark.parametrize(
    ("decay", "message"),
    [
        (
            lambda costs: 0.5 - costs / 1000,
            "衰减函数有 2 个权重为负或不是有限的数字，第一个在 600 处（-0.1）。权重应不小于 0。",
        ),
        (
            lambda costs: costs[:2],
            "衰减函数应为每个出行时间给出一个权重：给了 4 个，得到 2 个。",
        ),
    ],
)
def test_what_are_no_weights_is_refused(decay, message):
    with pytest.raises(StandardError) as caught:
        decay_weights(decay, COSTS)
    assert str(caught.value) == message

"""Squares of ground within reach, counted two ways."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import coverage.areas.ground
from coverage.areas.ground import Boxes


def by_hand(boxes: Boxes, side: float) -> set[tuple[int, int]]:
    held = set()
    for (x0, y0), (x1, y1) in zip(boxes.low, boxes.high, strict=True):
        for row in range(int(y0 // side), int(y1 // side) + 1):
            held |= {(row, column) for column in range(int(x0 // side), int(x1 // side) + 1)}
    return held


@settings(max_examples=30)
@given(seed=st.integers(0, 2**32 - 1), far=st.booleans())
def test_squares_are_those_that_a_rectangle_touches(seed: int, *, far: bool) -> None:
    rng = np.random.default_rng(seed)
    low = rng.uniform(-500, 500, (int(rng.integers(1, 12)), 2))
    boxes = Boxes(low, low + rng.uniform(0, 300, low.shape))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(coverage.areas.ground, "MOST_SQUARES", 0 if far else 10**6)
        keys = boxes.squares(50.0)
    held = by_hand(boxes, 50.0)
    assert set(map(tuple, keys.tolist())) == held
    assert keys.tolist() == sorted(keys.tolist())
    assert boxes.area_m2(50.0) == len(held) * 2500.0


def test_no_rectangle_has_no_square() -> None:
    none = Boxes(np.zeros((0, 2)), np.zeros((0, 2)))
    assert none.squares(50.0).shape == (0, 2)
    assert none.area_m2(50.0) == 0.0

"""The order of nodes and edges: as GeoPandas and `lexsort` give it, at a fraction of the cost."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from coverage.graph import numbering
from coverage.graph.numbering import hilbert_distance, sorted_by


def test_blocks_of_points_are_numbered_as_all_at_once(monkeypatch):
    xy = np.random.default_rng(1).uniform(-1e5, 4e6, (500, 2))
    wanted = gpd.GeoSeries(gpd.points_from_xy(*xy.T)).hilbert_distance()
    monkeypatch.setattr(numbering, "POINTS_AT_ONCE", 7)
    np.testing.assert_array_equal(hilbert_distance(xy), wanted)
    assert hilbert_distance(xy).dtype == wanted.dtype


def test_points_on_a_line_one_point_and_none():
    assert hilbert_distance(np.array([[3.0, 4.0]])).tolist() == [0]
    assert len(hilbert_distance(np.zeros((0, 2)))) == 0
    xy = np.column_stack([np.arange(9.0), np.zeros(9)])
    wanted = gpd.GeoSeries(gpd.points_from_xy(*xy.T)).hilbert_distance()
    np.testing.assert_array_equal(hilbert_distance(xy), wanted)


small = st.integers(0, 3)


@given(st.lists(st.tuples(small, small, st.sampled_from([0.0, 1.5, np.inf]))))
def test_sorted_as_by_lexsort(rows):
    first, second, third = (np.array([row[at] for row in rows]) for at in range(3))
    key = first.astype(np.int64)
    np.testing.assert_array_equal(sorted_by(key, second, third), np.lexsort((third, second, key)))
    assert key.tolist() == [row[0] for row in rows]

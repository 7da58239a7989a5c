"""The shifts of web maps: hand values, an independent library, and the way back."""

from __future__ import annotations

import geocoordinates_ffi as oracle
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.coordinates import (
    bd09_to_gcj02,
    bd09_to_wgs84,
    gcj02_to_bd09,
    gcj02_to_wgs84,
    wgs84_to_bd09,
    wgs84_to_gcj02,
)
from layers.datums.shifts import CHINA_BOX, in_china_box

WEST, SOUTH, EAST, NORTH = CHINA_BOX

PAIRS = [
    (wgs84_to_gcj02, gcj02_to_wgs84),
    (wgs84_to_bd09, bd09_to_wgs84),
]
ALL = [
    wgs84_to_gcj02, gcj02_to_wgs84, wgs84_to_bd09, bd09_to_wgs84, gcj02_to_bd09, bd09_to_gcj02,
]  # fmt: skip

in_box = st.tuples(st.floats(WEST, EAST), st.floats(SOUTH, NORTH))


def metres(one, other):
    """Largest distance between two sets of degrees; flat, good for small distances."""
    east = (np.asarray(one[0]) - other[0]) * 111_320 * np.cos(np.radians(other[1]))
    north = (np.asarray(one[1]) - other[1]) * 111_320
    return float(np.max(np.hypot(east, north)))


@pytest.fixture(scope="module")
def china():
    """Points of the box, a degree away from its edges: beyond the largest shift."""
    lot = np.random.default_rng(4)
    return lot.uniform(WEST + 1, EAST - 1, 1500), lot.uniform(SOUTH + 1, NORTH - 1, 1500)


def asked(function, kind, places):
    answers = [function(kind(lon=float(x), lat=float(y))) for x, y in zip(*places, strict=True)]
    return np.array([one.lon for one in answers]), np.array([one.lat for one in answers])


def test_gcj02_at_the_centre_of_its_polynomial_by_hand():
    """
    At 105°E 35°N all waves are zero: 300 m east and 100 m south. With sin² 35° = 0.3289899283 the
    radii are 6,356,537.8 m along the meridian and 6,385,279.6 m x cos 35° along the parallel.
    """
    lon, lat = wgs84_to_gcj02(105.0, 35.0)
    assert lon == pytest.approx(105 + np.degrees(300 / (6_385_279.2 * 0.8191520443)), abs=1e-9)
    assert lat == pytest.approx(35 - np.degrees(100 / 6_356_537.0), abs=1e-9)


def test_bd09_where_its_waves_vanish_by_hand():
    """
    117 and 36 times 3000 degrees are whole turns, so the sine is 0 and the cosine 1: a turn by
    3e-6 rad about the origin, then 0.0065 and 0.006 degrees.
    """
    lon, lat = gcj02_to_bd09(117.0, 36.0)
    assert lon == pytest.approx(117 - 36 * 3e-6 + 0.0065, abs=1e-9)
    assert lat == pytest.approx(36 + 117 * 3e-6 + 0.006, abs=1e-9)


def test_forward_agrees_with_an_independent_library(china):
    gcj02, bd09 = wgs84_to_gcj02(*china), wgs84_to_bd09(*china)
    assert metres(gcj02, asked(oracle.wgs84_to_gcj02, oracle.Wgs84, china)) < 1e-7
    assert metres(bd09, asked(oracle.wgs84_to_bd09, oracle.Wgs84, china)) < 1e-7
    assert metres(gcj02_to_bd09(*gcj02), asked(oracle.gcj02_to_bd09, oracle.Gcj02, gcj02)) < 1e-7


def test_backward_agrees_with_it_as_far_as_it_goes(china):
    """Its refined inverse stops at some micrometres; its fast one is metres off."""
    gcj02, bd09 = wgs84_to_gcj02(*china), wgs84_to_bd09(*china)
    refined = asked(oracle.gcj02_to_wgs84_refined, oracle.Gcj02, gcj02)
    assert metres(gcj02_to_wgs84(*gcj02), refined) < 1e-5
    refined = asked(oracle.bd09_to_gcj02_refined, oracle.Bd09, bd09)
    assert metres(bd09_to_gcj02(*bd09), refined) < 1e-5
    refined = asked(oracle.bd09_to_wgs84_refined, oracle.Bd09, bd09)
    assert metres(bd09_to_wgs84(*bd09), refined) < 1e-5
    assert metres(china, asked(oracle.gcj02_to_wgs84_fast, oracle.Gcj02, gcj02)) > 0.5


@given(place=in_box)
@pytest.mark.parametrize(("forth", "back"), PAIRS)
def test_round_trip_anywhere_in_the_box(forth, back, place):
    assert metres(back(*forth(*place)), place) < 1e-6


@pytest.mark.parametrize(("forth", "back"), PAIRS)
def test_round_trip_along_the_edges_of_the_box(forth, back):
    across, up = np.linspace(WEST, EAST, 400), np.linspace(SOUTH, NORTH, 400)
    lon = np.concatenate([across, across, np.full(400, WEST), np.full(400, EAST)])
    lat = np.concatenate([np.full(400, SOUTH), np.full(400, NORTH), up, up])
    assert in_china_box(lon, lat).all()
    assert metres(back(*forth(lon, lat)), (lon, lat)) < 1e-6


@pytest.mark.parametrize(("forth", "back"), PAIRS)
def test_round_trip_where_the_formula_has_a_kink(forth, back):
    """At 105°E stands the root of |lon - 105|, whose slope is infinite."""
    lon = 105 + np.array([0, 1e-14, 1e-13, 1e-12, 1e-10, 1e-8, -1e-13, -1e-10])
    lat = np.full(8, 31.0)
    assert metres(back(*forth(lon, lat)), (lon, lat)) < 1e-6


@given(place=in_box)
def test_the_ways_by_gcj02_and_straight_to_bd09_meet(place):
    gcj02 = wgs84_to_gcj02(*place)
    bd09 = wgs84_to_bd09(*place)
    assert metres(gcj02_to_bd09(*gcj02), bd09) < 1e-6
    assert metres(bd09_to_gcj02(*bd09), gcj02) < 1e-6


@given(
    place=st.tuples(st.floats(-180, 180), st.floats(-90, 90)).filter(
        lambda place: not in_china_box(*place)
    )
)
@pytest.mark.parametrize("forth", [wgs84_to_gcj02, wgs84_to_bd09])
def test_nothing_outside_the_box_is_shifted(forth, place):
    assert tuple(map(float, forth(*place))) == place


@given(
    place=st.tuples(st.floats(-180, 180), st.floats(-90, 90)).filter(
        lambda place: (
            not (WEST - 0.1 < place[0] < EAST + 0.1 and SOUTH - 0.1 < place[1] < NORTH + 0.1)
        )
    )
)
@pytest.mark.parametrize("function", ALL)
def test_nothing_farther_outside_is_moved_in_any_direction(function, place):
    assert tuple(map(float, function(*place))) == place


@given(place=st.tuples(st.floats(73, 136), st.floats(3, 54)), step=st.floats(1e-9, 1e-6))
@pytest.mark.parametrize("function", ALL)
def test_neighbours_stay_neighbours(function, place, step):
    """A step is stretched by a few per cent at most, but for the root at 105°E."""
    lon, lat = place
    moved = metres(function(lon + step, lat), function(lon, lat))
    as_is = metres((lon + step, lat), (lon, lat))
    kink = 0.2 * np.sqrt(step) if abs(lon - 105) < 0.01 else 0.0
    assert moved == pytest.approx(as_is, rel=0.1, abs=1e-7 + kink)


def test_what_is_no_number_passes_through():
    lon, lat = np.array([np.nan, 117.0, np.inf, -np.inf]), np.array([36.0, np.nan, 36.0, np.inf])
    for function in ALL:
        east, north = function(lon, lat)
        np.testing.assert_array_equal(east, lon)
        np.testing.assert_array_equal(north, lat)


def test_shapes_and_inputs():
    lon, lat = np.array([[117.0], [118.0]]), np.array([36.0, 37.0, 38.0])
    kept = lon.copy(), lat.copy()
    for function in ALL:
        east, north = function(lon, lat)
        assert east.shape == north.shape == (2, 3)
        one = function(118.0, 37.0)
        assert np.ndim(one[0]) == 0
        assert (one[0], one[1]) == (east[1, 1], north[1, 1])
        assert function([], [])[0].shape == (0,)
    np.testing.assert_array_equal(lon, kept[0])
    np.testing.assert_array_equal(lat, kept[1])


def test_shandong_is_off_by_what_was_measured():
    """Some 500 m for GCJ-02 and 1.3 km for BD-09, much the same over a county."""
    lon, lat = np.meshgrid(np.linspace(115, 122, 30), np.linspace(34.5, 38, 20))
    for function, low, high in ((wgs84_to_gcj02, 300, 750), (wgs84_to_bd09, 900, 1500)):
        east, north = function(lon, lat)
        off = np.hypot((east - lon) * 111_320 * np.cos(np.radians(lat)), (north - lat) * 111_320)
        assert low < off.min() < off.max() < high

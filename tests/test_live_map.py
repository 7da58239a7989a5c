from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage.errors import ProjectError
from views.live_map import Basemap, MapEvent, map_event, on_map_event

FEATURE = {"type": "feature", "layer": "gaps", "id": "d2", "lat": 36.1, "lon": 117.2}
PLACE = {"type": "map", "lat": 36.5, "lon": 117.0}
STATE = {"selected": None, "point": None, "page": 3}

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def test_click_on_a_feature_selects_it():
    after = on_map_event({**STATE, "point": {"lat": 1.0, "lon": 2.0}}, FEATURE)
    assert after == {"selected": {"layer": "gaps", "id": "d2"}, "point": None, "page": 3}


def test_click_elsewhere_sets_the_point_and_clears_the_selection():
    before = {**STATE, "selected": {"layer": "gaps", "id": "d2"}}
    after = on_map_event(before, PLACE)
    assert after == {"selected": None, "point": {"lat": 36.5, "lon": 117.0}, "page": 3}
    assert before["selected"] == {"layer": "gaps", "id": "d2"}


def test_a_dropped_pin_sets_the_point_and_keeps_the_selection():
    before = {**STATE, "selected": {"layer": "gaps", "id": "d2"}}
    event = {"type": "moved", "lat": 36.1234567, "lon": 117.2, "layer": 7}
    assert map_event(event) == MapEvent("moved", "", "", 36.1234567, 117.2)
    after = on_map_event(before, event)
    assert after == {**before, "point": {"lat": 36.1234567, "lon": 117.2}}


def test_checked_event_is_taken_as_it_is():
    event = MapEvent("map", "", "", 1.0, 2.0)
    assert on_map_event(STATE, event)["point"] == {"lat": 1.0, "lon": 2.0}


@pytest.mark.parametrize(
    "event",
    [
        None,
        [],
        "map",
        {},
        {**PLACE, "type": "shell"},
        {**PLACE, "lat": math.nan},
        {**PLACE, "lon": math.inf},
        {**PLACE, "lat": 90.5},
        {**PLACE, "lon": -181},
        {**PLACE, "lat": "36"},
        {**PLACE, "lat": True},
        {**PLACE, "lat": None},
        {**PLACE, "lat": 10**400},
        {**FEATURE, "id": ""},
        {**FEATURE, "id": 7},
        {**FEATURE, "id": "x" * 501},
        {**FEATURE, "layer": None},
        {key: value for key, value in FEATURE.items() if key != "id"},
    ],
)
def test_what_this_map_does_not_send_changes_nothing(event):
    assert on_map_event(STATE, event) == STATE


@given(anything)
def test_nothing_from_outside_raises(event):
    on_map_event(STATE, event)


@given(st.dictionaries(st.sampled_from(["type", "lat", "lon", "layer", "id"]), anything))
def test_nothing_in_the_right_shape_raises(event):
    checked = map_event(event)
    assert checked is None or (abs(checked.lat) <= 90 and abs(checked.lon) <= 180)


@pytest.mark.parametrize("url", ["", "javascript:alert(1)", "//host/{z}/{x}", "http://h/{z}/{x}"])
def test_basemap_must_be_an_address_of_tiles(url):
    with pytest.raises(ProjectError) as error:
        Basemap(url)
    assert str(error.value) == (
        f"底图地址「{url}」不能使用：应以 https://、http:// 或 / 开头，"
        "并含有 {z}、{x}、{y}。请改正底图设置，或留空不用底图。"
    )


def test_basemap_on_this_server():
    assert Basemap("/tiles/{z}/{x}/{y}.png", "天地图").attribution == "天地图"

"""A road change in the making."""

from __future__ import annotations

import pytest

from coverage.changes.road_change import RoadChange
from views import road_draft

CRS = "EPSG:4527"


def test_clicks_are_kept_taken_back_and_forgotten():
    state = {}
    assert road_draft.places(state) == []
    road_draft.add_place(state, lon=117.0, lat=36.0)
    road_draft.add_place(state, lon=117.1, lat=36.1)
    assert road_draft.places(state) == [[117.0, 36.0], [117.1, 36.1]]
    road_draft.undo(state)
    assert road_draft.places(state) == [[117.0, 36.0]]
    road_draft.clear(state)
    assert road_draft.places(state) == []
    road_draft.undo(state)
    assert road_draft.places(state) == []


@pytest.mark.parametrize(("action", "needed"), [("close", 1), ("speed", 1), ("add", 2)])
def test_a_change_needs_clicks(action, needed):
    state = {}
    for count in range(3):
        assert road_draft.is_ready(state, action) == (count >= needed)
        road_draft.add_place(state, lon=117.0, lat=36.0)


def test_ids_never_repeat_after_one_is_taken_back():
    kept = [RoadChange("change-2", "二", "close", ((0.0, 0.0),))]
    assert road_draft.next_id([]) == "change-1"
    assert road_draft.next_id(kept) == "change-3"


def test_a_draft_becomes_a_change_in_metres_with_a_name():
    state = {}
    road_draft.add_place(state, lon=117.0, lat=36.0)
    change = road_draft.drafted(state, [], crs=CRS, action="speed", speed_kph=60.0, name="  ")
    assert (change.change_id, change.name, change.action) == ("change-1", "改车速 1", "speed")
    assert change.speed_kph == 60.0
    ((x, y),) = change.places
    # The central meridian of zone 39; a degree of latitude is about 111 km.
    assert x == pytest.approx(39_500_000.0, abs=0.01)
    assert y == pytest.approx(36 * 110_710, rel=1e-4)
    named = road_draft.drafted(state, [change], crs=CRS, action="close", name=" 滨河路 ")
    assert (named.change_id, named.name) == ("change-2", "滨河路")

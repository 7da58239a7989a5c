"""What a visitor tries: kept per session, keyed by content."""

from __future__ import annotations

from dataclasses import replace

from coverage.changes.road_change import RoadChange
from tests.hand_made import MODES
from views.what_if import (
    NOTHING,
    WhatIf,
    try_modes,
    try_nothing,
    try_road_changes,
    what_if,
)

CLOSE = RoadChange("change-1", "封路", "close", ((1.0, 2.0),))
SLOW = replace(MODES["drive"], speed_kph={"": 20.0})


def test_nothing_is_tried_at_first():
    state = {}
    assert what_if(state) == NOTHING
    assert (what_if(state).is_empty, what_if(state).key, what_if(state).summary) == (True, "", "")


def test_modes_and_roads_are_kept_side_by_side():
    state = {}
    try_modes(state, {"drive": SLOW})
    try_road_changes(state, (CLOSE,))
    assert what_if(state) == WhatIf({"drive": SLOW}, (CLOSE,))
    assert what_if(state).summary == "改了驾车的速度表，1 处道路变化"
    try_modes(state, {})
    assert what_if(state).summary == "1 处道路变化"
    try_nothing(state)
    assert what_if(state).is_empty


def test_the_key_follows_the_content_and_not_the_order_of_a_table():
    one = replace(SLOW, speed_kph={"primary": 20.0, "track": 10.0})
    other = replace(SLOW, speed_kph={"track": 10.0, "primary": 20.0})
    assert WhatIf({"drive": one}).key == WhatIf({"drive": other}).key
    assert WhatIf({"drive": one}).key != WhatIf({"drive": SLOW}).key
    assert WhatIf(road_changes=(CLOSE,)).key != WhatIf({"drive": one}).key

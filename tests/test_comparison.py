"""Two assessments side by side."""

from __future__ import annotations

import math
from dataclasses import replace

import pandas as pd
import pytest

from coverage.errors import DemandError
from coverage.studies.comparison import compare
from tests.hand_made import assessment


def changed(**columns):
    """The hand-made assessment with other columns of demand, and all of its zones' shares 0.5."""
    given = assessment()
    return replace(
        given, demand=given.demand.assign(**columns), zones=given.zones.assign(share=0.5)
    )


def test_the_same_twice_changes_nothing():
    found = compare(assessment(), assessment())
    assert found.villages.empty
    assert (found.readings[["gained", "lost", "villages_gained", "villages_lost"]] == 0).all(
        axis=None
    )
    assert found.readings["share_before"].equals(found.readings["share_after"])


def test_gains_and_losses_by_village_zone_and_in_all():
    after = changed(circle_covered=[False, True, True], circle_travel_time_s=[1000.0, 800.0, 700.0])
    found = compare(assessment(), after)
    assert found.villages.to_dict("records") == [
        {"reading_id": "circle", "demand_id": "d1", "demand_name": "李村", "zone_id": "W",
         "population": 400.0, "change": "lost", "before": 180.0, "after": 1000.0},
        {"reading_id": "circle", "demand_id": "d2", "demand_name": "王村", "zone_id": "E",
         "population": pytest.approx(math.nan, nan_ok=True), "change": "gained",
         "before": 1500.3, "after": 800.0},
    ]  # fmt: skip
    rows = found.readings[found.readings["reading_id"] == "circle"].set_index("zone_id")
    # d3 lies outside the study area and counts nowhere.
    assert rows["villages_gained"].to_dict() == {"E": 1, "W": 0, "": 1}
    assert rows["villages_lost"].to_dict() == {"E": 0, "W": 1, "": 1}
    assert rows["lost"].to_dict() == {"E": 0.0, "W": 400.0, "": 400.0}
    assert rows["gained"].isna().to_dict() == {"E": True, "W": False, "": True}
    assert rows["share_before"].fillna(-1).to_dict() == {"E": -1.0, "W": 1.0, "": 1.0}
    assert rows["share_after"].tolist() == [0.5] * 3


def test_other_demand_or_other_readings_are_refused():
    one = assessment()
    other = replace(one, demand=one.demand.rename(index={"d1": "x"}))
    with pytest.raises(DemandError, match="两次评估的需求点或口径不同"):
        compare(one, other)
    standard = replace(one.standards[0], readings=one.standards[0].readings[:1])
    with pytest.raises(DemandError, match="两次评估的需求点或口径不同"):
        compare(one, replace(one, standards=(standard,)))


def test_inputs_stay_as_they_are():
    one, two = assessment(), changed(circle_covered=[False, True, True])
    copies = one.demand.copy(), one.zones.copy()
    compare(one, two)
    pd.testing.assert_frame_equal(one.demand, copies[0])
    pd.testing.assert_frame_equal(one.zones, copies[1])

"""Capacity per head, within reach and allotted, on a county small enough to check by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from shapely import Point

from coverage.assessment import assess
from coverage.errors import PlannerError
from coverage.measure_contracts import (
    ALLOCATION_RESULT,
    CAPACITY_FACILITIES_RESULT,
    CAPACITY_RESULT,
)
from coverage.studies import study_capacity
from coverage.studies.study import CapacityRule
from coverage.studies.study_measures import study_measures
from tests.test_assessment import CIRCLE, MODES, county

STANDARD = replace(CIRCLE, readings=CIRCLE.readings[:1])
RULE = CapacityRule("circle", "capacity_beds", 120.0, "某规划")


def measured(layers=None, *, beds=(10.0, 99.0), rules=(), standard=STANDARD, **columns):
    layers = layers or county()
    facilities = layers.facilities
    if beds is not None:
        facilities = facilities.assign(capacity_beds=list(beds))
    layers = replace(
        layers,
        demand=layers.demand.assign(**columns),
        facilities=facilities,
        capacity_rules=tuple(rules),
    )
    result = assess(layers, standards=[standard], modes=MODES, with_service_areas=False)
    return study_measures(result, modes=MODES)


def row(table, zone="", group="population"):
    return table.set_index(["group", "zone_id"]).loc[(group, zone)]


def test_capacity_within_reach_by_hand():
    # Within 15 minutes of the clinic's 10 beds: v1 (100), v2 (200) and v5 outside (1,000).
    found = measured()
    access = 1000 * 10 / 1300
    assert row(found.capacity, "a")["per_1000_2sfca"] == pytest.approx(access)
    assert row(found.capacity, "b")["per_1000_2sfca"] == 0
    assert row(found.capacity)["per_1000_2sfca"] == pytest.approx(access / 2)
    assert row(found.capacity)["gini_2sfca"] == pytest.approx(0.5)
    assert row(found.capacity, "a")["gini_2sfca"] == pytest.approx(0, abs=1e-12)

    def near(seconds):
        return (math.exp(-((seconds / 900) ** 2) / 2) - math.exp(-0.5)) / (1 - math.exp(-0.5))

    heads = 100 * near(400) + 200 * near(800) + 1000
    a = 1000 * 10 / heads * (100 * near(400) + 200 * near(800)) / 300
    assert row(found.capacity, "a")["per_1000_e2sfca"] == pytest.approx(a)
    assert found.capacity["note"].isna().all()
    assert found.capacity["capacity_unit"].unique().tolist() == ["张"]
    (facility,) = found.capacity_facilities.to_dict("records")  # the hospital does not count
    assert (facility["facility_id"], facility["capacity"], facility["people"]) == ("c", 10, 1300)
    assert facility["per_1000_people"] == pytest.approx(access)
    assert math.isnan(facility["places"])
    assert found.allocation.empty
    assert found.notices == ()


def test_no_capacity_is_made_or_lost():
    # Everybody counts: the two zones hold all the people, and two clinics all the beds.
    layers = county()
    more = pd.concat([layers.facilities, layers.facilities.loc[["c"]].rename({"c": "c2"})])
    more.loc["c2", "geometry"] = Point(2300, 0)
    layers = replace(layers, facilities=more.rename_axis("facility_id"))
    found = measured(layers, beds=(10, 0, 7), population=[100.0, 200, 300, 50, 0])
    whole = row(found.capacity)
    for method in ("2sfca", "e2sfca"):
        assert whole["population"] * whole[f"per_1000_{method}"] / 1000 == pytest.approx(17)


def test_unknown_people_take_up_no_capacity_and_are_counted():
    whole = row(measured().capacity)
    assert (whole["population"], whole["population_unknown"]) == (600, 1)
    outside_unknown = measured(population=[100.0, 200, 300, np.nan, np.nan])
    assert row(outside_unknown.capacity, "a")["per_1000_2sfca"] == pytest.approx(1000 * 10 / 300)


def test_what_nobody_stated_is_not_invented():
    layers = county()
    facilities = layers.facilities.assign(kind="village_clinic", capacity_beds=[10.0, np.nan])
    found = measured(replace(layers, facilities=facilities), beds=None, rules=[RULE])
    assert [(notice.code, notice.message) for notice in found.notices] == [
        (
            "capacity_missing",
            "「15分钟圈」1 个设施没有填写床位，第一个是 'h'；需要床位的指标没有计算，请在设施表中补齐。",
        )
    ]
    numbers = [name for name in found.capacity.columns if name.startswith(("per_1000", "gini"))]
    assert found.capacity[numbers].isna().all(axis=None)
    assert set(found.capacity["note"]) == {"1 个设施没有填写床位，没有计算"}
    assert row(found.capacity)["population"] == 600
    parts = ["served", "unserved", "out_of_reach", "served_share"]
    assert found.allocation[parts].isna().all(axis=None)
    assert set(found.allocation["note"]) == {"1 个设施没有填写床位，没有计算"}
    facilities = found.capacity_facilities.set_index("facility_id")
    assert facilities["per_1000_people"].isna().to_dict() == {"c": False, "h": True}
    assert facilities["capacity"].isna().to_dict() == {"c": False, "h": True}
    assert facilities["load"].isna().all()


@pytest.mark.parametrize("beds", [None, (np.nan, 5.0)])
def test_without_any_capacity_there_is_no_row(beds):
    found = measured(beds=beds)
    assert found.capacity.empty
    assert found.capacity_facilities.empty
    assert found.notices == ()
    assert {column.name for column in CAPACITY_RESULT.columns} >= set(found.capacity.columns)


def test_a_rule_asks_for_a_capacity_that_nobody_stated():
    found = measured(beds=None, rules=[RULE])
    assert [notice.code for notice in found.notices] == ["capacity_missing"]
    assert len(found.allocation) == 4


def test_a_clinic_without_beds_serves_nobody_and_is_named():
    found = measured(beds=(0, 9), rules=[RULE])
    assert [notice.code for notice in found.notices] == ["capacity_zero"]
    assert found.notices[0].message == (
        "「15分钟圈」1 个设施的床位为 0，第一个是 'c'；按不能服务任何人计算，请核实是否漏填。"
    )
    assert row(found.capacity)["per_1000_2sfca"] == 0
    assert row(found.allocation)["served"] == 0
    assert row(found.allocation)["unserved"] == 300


def test_allocation_by_hand():
    # 1,200 places: v5 (0 s) and v1 (400 s) whole, 100 of the 200 of v2; v3 is beyond 15 minutes.
    found = measured(rules=[RULE], population_60plus=[10.0, 20, 30, 40, 50])
    a, b, empty, whole = (row(found.allocation, zone) for zone in ("a", "b", "c", ""))
    parts = ["population", "served", "unserved", "out_of_reach"]
    assert a[parts].tolist() == pytest.approx([300, 200, 100, 0])
    assert b[parts].tolist() == pytest.approx([300, 0, 0, 300])
    assert empty[parts].tolist() == [0, 0, 0, 0]
    assert whole[parts].tolist() == pytest.approx([600, 200, 100, 300])
    assert whole["served_share"] == pytest.approx(1 / 3)
    assert whole["travel_time_s"] == pytest.approx((100 * 400 + 100 * 800) / 200)
    assert (whole["population_unknown"], whole["persons_per_unit"]) == (1, 120)
    assert set(found.allocation["source"]) == {"某规划"}
    # Of the elderly of v2 half are served, as of all its people.
    elderly = row(found.allocation, "a", "population_60plus")
    assert elderly[parts].tolist() == pytest.approx([30, 20, 10, 0])
    facility = found.capacity_facilities.iloc[0]
    assert (facility["places"], facility["load"]) == (1200, pytest.approx(1200))
    assert facility["load_share"] == pytest.approx(1)


def test_parts_add_up_and_rules_of_others_are_left_alone():
    found = measured(rules=[RULE, replace(RULE, standard_id="other", persons_per_unit=1.0)])
    table = found.allocation
    total = table[["served", "unserved", "out_of_reach"]].sum(axis=1)
    np.testing.assert_allclose(total, table["population"])
    assert set(table["persons_per_unit"]) == {120.0}


def test_what_serves_one_group_is_told_for_that_group_alone():
    elderly = replace(STANDARD, demand_group="population_60plus")
    found = measured(standard=elderly, rules=[RULE], population_60plus=[10.0, 20, 30, 40, 50])
    assert set(found.capacity["group"]) == {"population_60plus"}
    assert set(found.allocation["group"]) == {"population_60plus"}
    assert row(found.capacity, "a", "population_60plus")["per_1000_2sfca"] == pytest.approx(
        1000 * 10 / 80
    )
    missing = measured(standard=elderly, rules=[RULE])
    assert missing.capacity.empty
    assert missing.allocation.empty


def test_an_allocation_that_cannot_be_proven_is_told_and_leaves_the_rest(monkeypatch):
    def fails(*_, **__):
        message = "求解器没有得出经证明的最优分配。"
        raise PlannerError(message)

    monkeypatch.setattr(study_capacity, "allocate", fails)
    found = measured(rules=[RULE])
    assert [notice.message for notice in found.notices] == [
        "「15分钟圈·15分钟」求解器没有得出经证明的最优分配。"
    ]
    assert found.allocation["served"].isna().all()
    assert row(found.capacity)["per_1000_2sfca"] > 0


def test_tables_have_the_columns_of_their_contracts():
    found = measured(rules=[RULE])
    later = {"standard_name", "reading_name", "label"}
    for table, contract in (
        (found.capacity, CAPACITY_RESULT),
        (found.capacity_facilities, CAPACITY_FACILITIES_RESULT),
        (found.allocation, ALLOCATION_RESULT),
    ):
        wanted = {column.name for column in contract.columns} - later
        assert wanted <= set(table.columns)

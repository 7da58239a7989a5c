"""Coverage by zone: values by hand, boundary cases, bad input."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage import measures
from coverage.errors import DemandError, StandardError
from coverage.measures import coverage_by_zone, zone_table

DEMAND = pd.DataFrame(
    {
        "zone_id": ["b", "a", "a", "c"],
        "population": [50.0, 400.0, 100.0, 0.0],
        "travel_time_s": [math.inf, 900.0, 900.1, 0.0],
    },
    index=pd.Index(["v1", "v2", "v3", "v4"], name="demand_id"),
)


def test_values_by_hand() -> None:
    zones = coverage_by_zone(DEMAND, cutoff_s=900, target=0.9)
    assert zones.index.tolist() == ["a", "b", "c"]
    assert zones.loc["a"].to_dict() == {"population": 500, "covered": 400, "share": 0.8, "gap": 50}
    assert zones.loc["b"].to_dict() == {"population": 50, "covered": 0, "share": 0, "gap": 45}
    assert math.isnan(zones.loc["c", "share"])


def test_people_are_not_truncated() -> None:
    demand = pd.DataFrame({"zone_id": ["a"], "population": [0.75], "travel_time_s": [1.0]})
    assert coverage_by_zone(demand, cutoff_s=900, target=1).loc["a", "covered"] == 0.75


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"population": np.nan}, "4 个需求点的人口 population 为空或为负，第一个是 'v1'。"),
        ({"population": -1.0}, "4 个需求点的人口 population 为空或为负，第一个是 'v1'。"),
        (
            {"travel_time_s": np.nan},
            "4 个需求点的出行时间 travel_time_s 为空或为负，第一个是 'v1'。",
        ),
        ({"population": math.inf}, "4 个需求点的人口 population 不是有限的数字，第一个是 'v1'。"),
        ({"population": "九"}, "需求点的人口 population 应为数字，现为文字。"),
        ({"zone_id": None}, "4 个需求点没有所在单元 zone_id，第一个是 'v1'。"),
    ],
)
def test_bad_values_are_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(DemandError) as caught:
        coverage_by_zone(DEMAND.assign(**change), cutoff_s=900, target=1)
    assert str(caught.value) == message


def test_a_missing_column_is_named() -> None:
    with pytest.raises(DemandError) as caught:
        coverage_by_zone(DEMAND.drop(columns="population"), cutoff_s=900, target=1)
    assert str(caught.value) == "需求点表缺少 population 列，现有 zone_id、travel_time_s。"


@pytest.mark.parametrize("target", [-0.1, 1.1, 90, math.nan])
def test_a_target_that_is_no_share_is_refused(target: float) -> None:
    with pytest.raises(StandardError, match="规划目标应为 0 到 1 之间的覆盖率"):
        coverage_by_zone(DEMAND, cutoff_s=900, target=target)


@pytest.mark.parametrize("cutoff_s", [-5.0, math.nan])
def test_a_senseless_cutoff_is_refused(cutoff_s: float) -> None:
    with pytest.raises(StandardError, match="阈值应为不小于 0 的数字"):
        coverage_by_zone(DEMAND, cutoff_s=cutoff_s, target=1)


def test_the_demand_is_left_unchanged() -> None:
    before = DEMAND.copy()
    coverage_by_zone(DEMAND, cutoff_s=900, target=1)
    pd.testing.assert_frame_equal(DEMAND, before)


def test_the_door_leads_to_every_measure() -> None:
    assert all(hasattr(measures, name) for name in measures.__all__)
    assert measures.gini([0, 0, 0, 1]) == 0.75


def test_unknown_people_are_unknown_and_not_nought() -> None:
    demand = pd.DataFrame(
        {
            "zone_id": ["a", "a", "b"],
            "population": [math.nan, 10.0, math.nan],
            "measured": [1.0, 1.0, 1.0],
            "covered": [True, True, True],
        }
    )
    names = pd.Series({"a": "甲", "b": "乙", "z": "无人镇"})
    table = zone_table(demand, names, cutoff=1.0, target=1.0).set_index("zone_id")
    assert table.loc["a", ["population", "covered", "population_unknown"]].tolist() == [10, 10, 1]
    assert table.loc["b", ["population", "covered", "gap", "share"]].isna().all()
    assert table.loc["b", "village_share"] == 1.0
    assert table.loc["z", ["population", "villages"]].tolist() == [0, 0]
    assert table.loc["", ["population", "villages"]].tolist() == [10, 3]


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 1e6), st.floats(0, 3600)), min_size=1),
    st.floats(0, 3600),
    st.floats(0, 600),
    st.floats(0, 1),
)
def test_a_longer_cutoff_never_covers_fewer(
    rows: list[tuple[str, float, float]], cutoff_s: float, longer: float, target: float
) -> None:
    demand = pd.DataFrame(rows, columns=["zone_id", "population", "travel_time_s"])
    short = coverage_by_zone(demand, cutoff_s=cutoff_s, target=target)
    long = coverage_by_zone(demand, cutoff_s=cutoff_s + longer, target=target)
    assert (long["covered"] >= short["covered"]).all()
    assert (long["gap"] <= short["gap"]).all()
    assert short["population"].sum() == pytest.approx(demand["population"].sum())

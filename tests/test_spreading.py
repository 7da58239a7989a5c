"""People of a township spread over its villages: the sum is kept, nobody is invented."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage.errors import DemandError
from layers.spreading import spread_people, whole_shares

weights_of = st.lists(st.floats(0, 1e6), min_size=1, max_size=30).filter(lambda w: sum(w) > 1e-3)


@given(total=st.integers(0, 10**7), weights=weights_of)
def test_the_sum_is_kept_and_each_within_one_person(total, weights):
    weights = np.array(weights)
    shares = whole_shares(float(total), weights)
    exact = total * (weights / weights.sum())
    assert shares.sum() == total
    assert (shares == np.round(shares)).all()
    assert (np.abs(shares - exact) <= 1 + 1e-6).all()


@given(total=st.floats(0, 1e7), weights=weights_of)
def test_a_part_of_a_person_is_kept_too(total, weights):
    assert math.isclose(whole_shares(total, np.array(weights)).sum(), total, rel_tol=1e-12)


def test_by_households_and_alike():
    zone = pd.Series(["a", "a", "a", "b", None], index=list("vwxyz"))
    totals = pd.Series({"a": 100.0, "b": np.nan})
    households = pd.Series([50, 30, 20, 10, 5], index=list("vwxyz"))
    people, notices = spread_people(zone, totals, weights=households, source="户数")
    assert people.iloc[:3].to_list() == [50, 30, 20]
    assert people.iloc[3:].isna().all()
    assert notices[0].message == (
        "1 个行政单元的人口（共 100 人）按户数分摊到其中的需求点，各单元合计不变；单个需求点的人口是估计数。"
    )
    people, notices = spread_people(zone, totals, source="")
    assert people.iloc[:3].to_list() == [34, 33, 33]
    assert "平均分摊" in notices[0].message


def test_zones_without_points_are_told():
    zone = pd.Series(["a"], index=["v"])
    totals = pd.Series({"a": 10.0, "b": 20.0, "c": 0.0})
    people, notices = spread_people(zone, totals, source="")
    assert people.to_dict() == {"v": 10.0}
    assert notices[1].message == (
        "1 个行政单元（b）里没有需求点，其人口 20 人没有分摊，不计入覆盖率。请补充这些单元的村（社区）。"
    )


def test_weights_of_nothing_count_alike():
    zone = pd.Series(["a", "a"], index=["v", "w"])
    none = pd.Series([0.0, 0.0], index=["v", "w"])
    people, notices = spread_people(zone, pd.Series({"a": 3.0}), weights=none, source="户数")
    assert people.to_list() == [2.0, 1.0]
    assert len(notices) == 1
    assert notices[0].message == (
        "1 个行政单元的人口（共 3 人）按户数分摊到其中的需求点，各单元合计不变；单个需求点的人口是估计数。"
        "其中 1 个行政单元（a）的户数全是 0，改为平均分摊，请核对户数。"
    )
    # nobody to spread: nothing to be told
    _, notices = spread_people(zone, pd.Series({"a": 0.0}), weights=none, source="户数")
    assert "全是 0" not in notices[0].message


def test_a_missing_weight_is_refused():
    zone = pd.Series(["a", "a"], index=["v", "w"])
    with pytest.raises(DemandError) as caught:
        spread_people(
            zone, pd.Series({"a": 3.0}), weights=pd.Series([1, np.nan], index=["v", "w"]),
            source="户数",
        )  # fmt: skip
    assert str(caught.value) == (
        "按户数分摊人口时，有 1 个需求点的户数缺失或为负（首个是“w”）。请补齐，或改为平均分摊。"
    )

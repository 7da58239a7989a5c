"""Minutes and choice by group and zone, on a county small enough to check by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point

from coverage.assessment import assess
from coverage.measure_contracts import TRAVEL_TIMES_RESULT
from coverage.result_columns import LABEL
from coverage.studies.measured import measured_reading, reading_matrix, readings_by_time
from coverage.studies.study_measures import (
    MINUTES,
    QUANTILES,
    SHARES,
    study_measures,
    travel_time_curves,
)
from coverage.studies.study_trips import StudyTrips
from tests.test_assessment import CIRCLE, MODES, county

TWO_LEGS = replace(
    CIRCLE,
    standard_id="ring",
    readings=(
        replace(
            CIRCLE.readings[0],
            reading_id="ring",
            cutoff=6000.0,
            mode_id="ride",
            station_kinds=("county_hospital",),
            turnout_s=60,
        ),
    ),
)


def told(layers, **columns):
    return replace(layers, demand=layers.demand.assign(**columns))


def assessed(layers, *standards):
    return assess(layers, standards=standards or [CIRCLE], modes=MODES, with_service_areas=False)


@pytest.fixture(scope="module")
def result():
    return assessed(
        told(county(), population_60plus=[10.0, np.nan, 90.0, 5.0, 50.0]), CIRCLE, TWO_LEGS
    )


@pytest.fixture(scope="module")
def times(result):
    found = study_measures(result, modes=MODES).travel_times
    return found[found["reading_id"] == "circle"].set_index(["group", "zone_id"])


def test_minutes_by_hand(times):
    # v1 400 s, v2 800 s (zone a), v3 1080 s (zone b), v4 of unknown population; 15 minutes
    a, b, empty, whole = (times.loc[("population", zone)] for zone in ("a", "b", "c", ""))
    assert whole["zone_name"] == "全域"
    assert whole[["population", "population_unknown", "reached", "within"]].tolist() == [
        600.0, 1, 600.0, 300.0,
    ]  # fmt: skip
    assert whole["share_within"] == 0.5
    assert whole["mean_s"] == pytest.approx((100 * 400 + 200 * 800 + 300 * 1080) / 600)
    assert whole[list(QUANTILES)].tolist() == pytest.approx([800, 800, 1080, 1080])
    shares = [0, 1 / 6, 0.5, 1, 1, 1, 1]
    assert whole[list(SHARES)].tolist() == pytest.approx(shares)
    # Mean difference between two persons: pairs of villages weighed by their people.
    apart = 2 * (100 * 200 * 400 + 100 * 300 * 680 + 200 * 300 * 280) / 600**2
    assert whole["gini"] == pytest.approx(apart / (2 * whole["mean_s"]))
    assert whole["share_2_facilities"] == 0
    assert (a["population"], a["share_within"], a["p90_s"]) == (300, 1.0, 800)
    assert (b["population"], b["population_unknown"], b["share_within"]) == (300, 1, 0.0)
    assert (empty["population"], empty["reached"], empty["within"]) == (0, 0, 0)
    assert empty[["share_within", "mean_s", "p50_s", "gini", "share_2_facilities"]].isna().all()


def test_another_group_is_weighed_by_itself(times):
    whole = times.loc[("population_60plus", "")]
    assert whole["group_name"] == "60岁及以上人口"
    # v1 10, v3 90, v4 5 (4,680 s) of 105; nobody knows of v2
    assert (whole["population"], whole["population_unknown"]) == (105, 1)
    assert whole["share_within"] == pytest.approx(10 / 105)
    assert whole["p90_s"] == pytest.approx(1080)
    assert whole["share_60_min"] == pytest.approx(100 / 105)


def test_every_zone_has_a_row_per_group_and_reading_and_the_whole_is_last(result):
    table = study_measures(result, modes=MODES).travel_times
    assert table["zone_id"].tolist() == ["a", "b", "c", ""] * 4
    assert table["reading_id"].unique().tolist() == ["circle", "ring"]
    names = [column.name for column in TRAVEL_TIMES_RESULT.columns]
    given_later = {"standard_name", "reading_name", LABEL}
    assert set(table.columns) == set(names) - given_later


def test_readings_in_metres_have_no_minutes(result):
    assert [reading.reading_id for _, reading in readings_by_time(result)] == ["circle", "ring"]
    one = study_measures(result, modes=MODES, reading_ids=["ring"])
    assert set(one.travel_times["reading_id"]) == {"ring"}
    none = study_measures(result, modes=MODES, reading_ids=[])
    assert none.travel_times.empty
    assert "p90_s" in none.travel_times.columns


def test_the_nearest_pair_of_the_matrix_is_the_trip_of_the_assessment(result):
    travel = StudyTrips(result.layers, MODES, result.uncertainty)
    for standard, reading in readings_by_time(result):
        measured = measured_reading(result, standard, reading)
        nearest = reading_matrix(travel, measured).groupby("from_id")["travel_time_s"].min()
        within = measured.times[measured.times <= reading.cutoff]
        assert len(within)
        pd.testing.assert_series_equal(
            nearest, within.sort_index(), check_names=False, check_index_type=False
        )


def test_a_second_clinic_is_a_choice_and_the_faster_mode_counts():
    layers = county()
    more = pd.concat([layers.facilities, layers.facilities.loc[["c"]].rename({"c": "c2"})])
    more.loc["c2", "geometry"] = Point(2100, 0)
    layers = replace(layers, facilities=more.rename_axis("facility_id"))
    rows = study_measures(assessed(layers), modes=MODES).travel_times.set_index("zone_id")
    # v1 and v2 reach both by bicycle; v3 walks 200 m to the end of the rideable road, and
    # rides 2,200 m (880 s) to the first: 1,080 s.
    assert rows["share_2_facilities"].to_dict() == pytest.approx(
        {"a": 1.0, "b": 0.0, "c": math.nan, "": 0.5}, nan_ok=True
    )
    assert rows.loc["", "share_within"] == 1.0


def test_shares_agree_with_those_of_the_zones(result, times):
    zones = result.zones[result.zones["reading_id"] == "circle"].set_index("zone_id")
    mine = times.loc["population"]
    for column, theirs in (("share_within", "share"), ("within", "covered")):
        pd.testing.assert_series_equal(
            mine[column].sort_index(), zones[theirs].sort_index(), check_names=False
        )


@settings(max_examples=25, deadline=None)
@given(people=st.lists(st.one_of(st.just(math.nan), st.floats(0, 1e6)), min_size=5, max_size=5))
def test_the_whole_is_the_sum_of_its_zones_and_shares_rise(result, people):
    known = replace(result, layers=told(result.layers, population=people))
    table = study_measures(known, modes=MODES, reading_ids=["circle"]).travel_times
    table = table[table["group"] == "population"].set_index("zone_id")
    parts = table.loc[["a", "b", "c"]]
    for column in ("population", "reached", "within"):
        total = parts[column].sum(min_count=1)
        # A zone of which nobody knows anything is unknown; the rest is told.
        if not math.isnan(table.loc["", column]):
            assert table.loc["", column] == pytest.approx(total)
    assert table.loc["", "population_unknown"] == parts["population_unknown"].sum()
    shares = table[list(SHARES)].dropna()
    assert (shares.diff(axis=1).iloc[:, 1:] >= -1e-12).all(axis=None)
    assert ((shares >= 0) & (shares <= 1 + 1e-12)).all(axis=None)


def test_where_nobody_knows_how_many_live_numbers_are_unknown_not_nought(result):
    unknown = replace(result, layers=told(result.layers, population=np.nan))
    table = study_measures(unknown, modes=MODES, reading_ids=["circle"]).travel_times
    table = table[table["group"] == "population"].set_index("zone_id")
    assert table.loc[["a", "b", ""], ["population", "reached", "within"]].isna().all(axis=None)
    assert table.loc["c", "population"] == 0
    assert table.loc["", "population_unknown"] == 4


def test_without_facilities_nothing_is_claimed():
    result = assessed(county(), replace(CIRCLE, kinds=("park",)))
    found = study_measures(result, modes=MODES)
    row = found.travel_times.set_index("zone_id").loc[""]
    assert row["population"] == 600
    assert row[["reached", "within", "share_within", "p50_s", "share_2_facilities"]].isna().all()
    assert found.capacity.empty


def test_without_demand_every_zone_is_empty():
    layers = county()
    layers = replace(layers, demand=layers.demand.iloc[:0])
    table = study_measures(assessed(layers), modes=MODES).travel_times
    assert table["zone_id"].tolist() == ["a", "b", "c", ""]
    assert (table["population"] == 0).all()
    assert table["share_within"].isna().all()


def test_people_who_reach_nothing_are_in_the_whole_and_not_in_the_mean(result):
    column = "circle_travel_time_s"
    cut = result.demand.assign(
        **{column: result.demand[column].where(result.demand.index != "v3", math.inf)}
    )
    row = study_measures(replace(result, demand=cut), modes=MODES, reading_ids=["circle"])
    row = row.travel_times.set_index(["group", "zone_id"]).loc[("population", "")]
    assert (row["population"], row["reached"]) == (600, 300)
    assert row["mean_s"] == pytest.approx(2000 / 3)
    assert (row["p50_s"], row["p75_s"], row["share_60_min"]) == (800, math.inf, 0.5)


def test_curves_stand_on_the_same_shares(result, times):
    cutoffs = [60.0 * minutes for minutes in MINUTES]
    curves = travel_time_curves(result, CIRCLE, CIRCLE.readings[0], cutoffs=cutoffs)
    told_of = curves.groupby(["group", "zone_id"])["share"].apply(list)
    assert len(told_of) == 6  # the empty zone has no curve
    for key, shares in told_of.items():
        assert shares == pytest.approx(times.loc[key, list(SHARES)].tolist())


def test_inputs_are_unchanged(result):
    before = result.demand.copy(), result.layers.demand.copy(), result.layers.facilities.copy()
    study_measures(result, modes=MODES)
    after = result.demand, result.layers.demand, result.layers.facilities
    for one, other in zip(before, after, strict=True):
        pd.testing.assert_frame_equal(one, other)

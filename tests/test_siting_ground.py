"""What stands and what may be built, in one table; how far is looked."""

from __future__ import annotations

import math

import geopandas as gpd
import pandas as pd
import pytest
from shapely import Point

from coverage.candidates import facility_candidates, file_candidates, village_candidates
from coverage.scenario import FacilityAction
from coverage.studies import siting_bound
from coverage.studies.study import counted_facilities
from coverage.studies.study_sites import far_bound, search_bound, siting_ground
from tests.networks import METRIC_CRS
from tests.test_study_sites import CIRCLE, LAYERS, RING, TRIPS

READING = CIRCLE.readings[0]


def listed(code, place):
    """A given-up facility from a file."""
    points = gpd.GeoDataFrame(
        {"candidate_name": ["旧址"]},
        index=pd.Index([code], name="candidate_id"),
        geometry=[place],
        crs=METRIC_CRS,
    )
    return file_candidates(points, closed=True).candidates


def test_a_given_up_facility_is_not_the_one_that_bears_its_code():
    elsewhere = listed("f0", Point(3000, 0))
    ground = siting_ground(TRIPS, CIRCLE, READING, candidates=elsewhere)
    assert ground.candidates == ("f:f0",)
    assert ground.sites.loc["f:f0", "site_name"] == "旧址"


def test_a_facility_that_counts_already_is_no_candidate():
    every = facility_candidates(LAYERS.facilities).candidates
    ground = siting_ground(TRIPS, CIRCLE, READING, candidates=every)
    stands = counted_facilities(LAYERS, CIRCLE, CIRCLE.kinds).index
    rest = LAYERS.facilities.index.difference(stands)
    assert set(ground.existing) == set(stands)
    assert set(ground.candidates) == {f"f:{name}" for name in rest}


def test_a_suggested_place_is_the_place_of_the_scenario():
    """To the last bit, though villages lie at fractions of a millimetre."""
    odd = [Point(500_000.000_49 + i / 7, 4_000_000.123_45 + i / 3) for i in range(50)]
    demand = gpd.GeoDataFrame(
        {"demand_name": [str(i) for i in range(50)]},
        index=[f"d{i}" for i in range(50)],
        geometry=odd,
        crs=METRIC_CRS,
    )
    found = village_candidates(demand).candidates
    for before, after in zip(odd, found.geometry, strict=True):
        assert (after.x, after.y) == FacilityAction("add", "n", place=(after.x, after.y)).place
        assert (after.x, after.y) == FacilityAction("add", "n", place=(before.x, before.y)).place
        assert before.distance(after) < 1e-3
    assert list(demand.geometry) == odd


@pytest.mark.parametrize("standard", [CIRCLE, RING], ids=lambda one: one.standard_id)
def test_candidates_and_the_facilities_that_count_are_counted(standard, monkeypatch):
    reading = standard.readings[-1]
    roles = ["facilities", *(["stations"] if reading.station_kinds else [])]
    for role in roles:
        kinds = reading.station_kinds if role == "stations" else standard.kinds
        stand = len(counted_facilities(LAYERS, standard, kinds))
        assert 0 < stand < len(LAYERS.facilities)
        asked = {"model": "p_median", "candidates": [f"c{i}" for i in range(7)], "role": role}
        pairs = len(LAYERS.demand) * (7 + stand)
        for most, bound in ((pairs, math.inf), (pairs - 1, 4 * reading.cutoff)):
            monkeypatch.setattr(siting_bound, "MOST_PAIRS", most)
            assert search_bound(TRIPS, standard, reading, **asked) == bound
            same = far_bound(reading, demand=len(LAYERS.demand), sites=7 + stand)
            assert same == bound
        for model in ("maximal_covering", "closing", "upgrade"):
            near = search_bound(TRIPS, standard, reading, **(asked | {"model": model}))
            assert near is None

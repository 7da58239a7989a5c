"""Service areas as street segments: cut where the time runs out, with the times of demand there."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Point

from coverage.areas.reach_segments import reach_segments
from coverage.catchment import nearest_trips
from coverage.errors import ImpedanceError, InputError
from coverage.network import RoadNetwork
from tests.networks import METRIC_CRS, points, random_points, random_tables, straight_road


def test_a_street_is_cut_where_the_time_runs_out() -> None:
    # The clinic stands at 500 m of 1,000 m; at 10 m/s 20 s reach 200 m to either side.
    segments = reach_segments(
        straight_road(), points({"c": (500, 0)}), cutoff_s=20, direction="to_facility"
    )
    assert segments.crs == METRIC_CRS
    assert segments["facility_id"].tolist() == ["c", "c"]
    assert [line.wkt for line in segments.geometry] == [
        "LINESTRING (300 0, 500 0)",
        "LINESTRING (500 0, 700 0)",
    ]
    assert segments["from_s"].tolist() == [20, 0]
    assert segments["to_s"].tolist() == [0, 20]
    assert segments["cutoff_s"].tolist() == [20, 20]


def test_the_walk_of_the_facility_counts() -> None:
    # 40 m beside the road take 30 s at 4.8 km/h.
    segments = reach_segments(
        straight_road(), points({"c": (500, 40)}), cutoff_s=40, direction="to_facility"
    )
    assert segments.total_bounds.tolist() == pytest.approx([400, 0, 600, 0])
    assert segments["from_s"].tolist() == pytest.approx([40, 30])


def test_one_way_streets_count_in_the_direction_asked_for() -> None:
    road, clinic = straight_road(oneway=True), points({"c": (500, 0)})
    to = reach_segments(road, clinic, cutoff_s=20, direction="to_facility")
    back = reach_segments(road, clinic, cutoff_s=20, direction="from_facility")
    assert to.geometry.iloc[0].wkt == "LINESTRING (300 0, 500 0)"
    assert back.geometry.iloc[0].wkt == "LINESTRING (500 0, 700 0)"
    assert len(to) == len(back) == 1


def test_rings_are_cut_as_well() -> None:
    segments = reach_segments(
        straight_road(),
        points({"c": (0, 0)}),
        cutoff_s=30,
        direction="to_facility",
        breaks_s=[20, 10, 60],
    )
    assert segments["cutoff_s"].tolist() == [10, 20, 30]
    assert segments["from_s"].tolist() == [0, 10, 20]
    assert segments.length.tolist() == pytest.approx([100, 100, 100])


def test_each_stretch_belongs_to_its_nearest_facility() -> None:
    clinics = points({"b": (100, 0), "a": (700, 0)})
    segments = reach_segments(straight_road(), clinics, cutoff_s=100, direction="to_facility")
    length = segments.assign(metres=segments.length).groupby("facility_id")["metres"].sum()
    assert length.to_dict() == pytest.approx({"a": 600, "b": 400})
    where = segments[segments["facility_id"] == "b"].total_bounds
    assert where.tolist() == pytest.approx([0, 0, 400, 0])


def test_the_directions_of_a_street_mapped_as_two_edges_are_one() -> None:
    nodes = pd.DataFrame({"x": [0.0, 1000.0], "y": 0.0})
    bend = LineString([(0, 0), (500, 100), (1000, 0)])
    edges = pd.DataFrame(
        {
            "from_node": [0, 1],
            "to_node": [1, 0],
            "length_m": bend.length,
            "travel_time_s": [100.0, 200.0],
            "oneway": True,
            "geometry": [bend, bend.reverse()],
        }
    )
    network = RoadNetwork.from_edges(nodes, edges, crs=METRIC_CRS)
    middle = points({"c": (500, 100)})
    segments = reach_segments(network, middle, cutoff_s=40, direction="to_facility")
    # From the west at 100 s a street, from the east at 200 s.
    lengths = segments.length / bend.length
    assert sorted(lengths.tolist()) == pytest.approx([0.2, 0.4])


def test_bends_are_kept() -> None:
    nodes = pd.DataFrame({"x": [0.0, 300.0], "y": [0.0, 0.0]})
    line = LineString([(0, 0), (0, 100), (300, 100), (300, 0)])
    edges = pd.DataFrame(
        {
            "from_node": [0],
            "to_node": [1],
            "length_m": [500.0],
            "travel_time_s": [500.0],
            "geometry": [line],
        }
    )
    network = RoadNetwork.from_edges(nodes, edges, crs=METRIC_CRS)
    segments = reach_segments(network, points({"c": (0, 0)}), cutoff_s=250, direction="to_facility")
    assert segments.geometry.iloc[0].wkt == "LINESTRING (0 0, 0 100, 150 100)"


@pytest.mark.parametrize("cutoff", [0.0, -1.0, np.inf, np.nan])
def test_a_senseless_cutoff_is_refused(cutoff: float) -> None:
    clinic = points({"c": (0, 0)})
    with pytest.raises(ImpedanceError, match="服务范围的阈值应为大于 0 的数字"):
        reach_segments(straight_road(), clinic, cutoff_s=cutoff, direction="to_facility")
    with pytest.raises(ImpedanceError, match="服务范围的阈值应为大于 0 的数字"):
        reach_segments(
            straight_road(), clinic, cutoff_s=60, direction="to_facility", breaks_s=[cutoff]
        )


def test_bad_facilities_are_refused_and_none_give_an_empty_table() -> None:
    clinic = points({"c": (0, 0)})
    with pytest.raises(InputError, match="设施有 1 个代码重复"):
        reach_segments(
            straight_road(), pd.concat([clinic, clinic]), cutoff_s=60, direction="to_facility"
        )
    none = reach_segments(straight_road(), clinic.iloc[:0], cutoff_s=60, direction="to_facility")
    assert none.empty
    assert list(none.columns) == ["facility_id", "from_s", "to_s", "cutoff_s", "geometry"]


def test_inputs_are_unchanged_and_row_order_does_not_matter() -> None:
    network = RoadNetwork.from_edges(*random_tables(3), crs=METRIC_CRS)
    facilities = random_points(network, 3, count=6, prefix="f")
    before = facilities.copy()
    one = reach_segments(network, facilities, cutoff_s=600, direction="to_facility")
    other = reach_segments(network, facilities.iloc[::-1], cutoff_s=600, direction="to_facility")
    pd.testing.assert_frame_equal(pd.DataFrame(one), pd.DataFrame(other))
    pd.testing.assert_frame_equal(pd.DataFrame(facilities), pd.DataFrame(before))


@settings(max_examples=8)
@given(
    seed=st.integers(0, 2**32 - 1),
    direction=st.sampled_from(["to_facility", "from_facility"]),
    delays=st.booleans(),
)
def test_times_are_those_of_demand_on_the_street(
    seed: int, direction: str, *, delays: bool
) -> None:
    network = RoadNetwork.from_edges(*random_tables(seed), crs=METRIC_CRS)
    rng = np.random.default_rng(seed)
    if delays:
        network = replace(network, node_delay_s=rng.uniform(0, 60, network.node_count))
    facilities = random_points(network, seed, count=5, prefix="f")
    segments = reach_segments(network, facilities, cutoff_s=500, direction=direction)
    assert (segments[["from_s", "to_s"]].max(axis=1) <= 500).all()
    assert segments.is_valid.all()
    # A place inside each stretch, as a demand point. Roads that lie on themselves, out and back,
    # are left out: the demand point may take either position along them.
    folded = np.flatnonzero(network.tail == network.head)
    segments = segments[~segments.intersects(shapely.union_all(network.lines[folded]))]
    share = rng.uniform(0.01, 0.99, len(segments))
    places = segments.geometry.interpolate(share, normalized=True)
    told = segments["from_s"] + share * (segments["to_s"] - segments["from_s"])
    demand = gpd.GeoDataFrame(geometry=places, crs=METRIC_CRS)
    trips = nearest_trips(network, demand, facilities, direction=direction)
    gap = trips["travel_time_s"].to_numpy() - told.to_numpy()
    same = np.abs(gap) < 1e-3
    assert (~same).sum() <= 1 + 0.02 * len(segments)
    # Of facilities that are as near but for rounding either may be named.
    named = trips["facility_id"].to_numpy() == segments["facility_id"].to_numpy()
    assert (~named[same]).sum() <= 2 + 0.02 * len(segments)


@settings(max_examples=5)
@given(seed=st.integers(0, 2**32 - 1))
def test_what_is_left_out_is_beyond_the_cutoff(seed: int) -> None:
    network = RoadNetwork.from_edges(*random_tables(seed), crs=METRIC_CRS)
    facilities = random_points(network, seed, count=3, prefix="f")
    segments = reach_segments(network, facilities, cutoff_s=300, direction="to_facility")
    reached = segments.union_all().buffer(0.01)
    rng = np.random.default_rng(seed)
    edges = rng.integers(network.edge_count, size=60)
    places = [network.lines[edge].interpolate(rng.random(), normalized=True) for edge in edges]
    outside = [place for place in places if not reached.covers(place)]
    demand = gpd.GeoDataFrame(geometry=[*outside, Point(-1e5, 0)], crs=METRIC_CRS)
    trips = nearest_trips(network, demand, facilities, direction="to_facility")
    assert (trips["travel_time_s"] > 300).all()

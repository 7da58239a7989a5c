"""Service areas: valid, with holes, in metres, and in step with the travel times."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point, box

from coverage.access.barriers import Barriers
from coverage.catchment import nearest_facility
from coverage.errors import ImpedanceError, InputError
from coverage.impedance import network_for_mode
from coverage.isochrone import (
    covered_area,
    reach_areas,
    service_areas,
    straight_line_areas,
    two_leg_area,
    two_leg_areas,
)
from coverage.network import RoadNetwork
from coverage.rescue import rescue_trips
from layers.samples import generate_points, generate_roads
from layers.standards import load_modes
from tests.networks import METRIC_CRS, points, random_points, random_tables, straight_road

DIRECTIONS = ["to_facility", "from_facility"]


def square_road(*, side: float, speed: float) -> RoadNetwork:
    """
    A square of roads with nothing inside.

    0 --- 1
    |     |
    3 --- 2
    """
    nodes = pd.DataFrame({"x": [0, side, side, 0], "y": [side, side, 0, 0]}, dtype=float)
    edges = pd.DataFrame(
        {
            "from_node": [0, 1, 2, 3],
            "to_node": [1, 2, 3, 0],
            "length_m": side,
            "travel_time_s": side / speed,
        }
    )
    return RoadNetwork.from_edges(nodes, edges, crs=METRIC_CRS)


@pytest.mark.parametrize("cutoff", [0.0, -1.0, np.inf, np.nan])
def test_a_senseless_cutoff_is_refused(cutoff: float) -> None:
    with pytest.raises(ImpedanceError, match="服务范围的阈值应为大于 0 的数字"):
        service_areas(
            straight_road(), points({"c": (0, 0)}), cutoffs_s=[cutoff], direction="to_facility"
        )


def test_an_unknown_direction_and_repeated_ids_are_refused() -> None:
    clinic = points({"c": (0, 0)})
    with pytest.raises(ImpedanceError, match="出行方向应为 to_facility"):
        service_areas(straight_road(), clinic, cutoffs_s=[60], direction="to")
    with pytest.raises(InputError, match="设施有 1 个代码重复"):
        service_areas(
            straight_road(), pd.concat([clinic, clinic]), cutoffs_s=[60], direction="to_facility"
        )


def test_no_facility_gives_an_empty_table() -> None:
    none = points({"c": (0, 0)}).iloc[:0]
    areas = service_areas(straight_road(), none, cutoffs_s=[60], direction="to_facility")
    assert areas.empty
    assert list(areas.columns) == ["facility_id", "cutoff_s", "geometry"]


def test_a_road_by_hand() -> None:
    # At 10 m/s 20 s reach 200 m each way, and 26.7 m on foot beside the clinic.
    areas = service_areas(
        straight_road(), points({"c": (500, 0)}), cutoffs_s=[20], direction="to_facility"
    )
    assert areas.crs == METRIC_CRS
    assert areas.total_bounds.tolist() == pytest.approx([300, -26.7, 700, 26.7], abs=4)


def test_a_one_way_road_is_reached_from_one_side() -> None:
    road, clinic = straight_road(oneway=True), points({"c": (500, 0)})
    to = service_areas(road, clinic, cutoffs_s=[20], direction="to_facility").total_bounds
    back = service_areas(road, clinic, cutoffs_s=[20], direction="from_facility").total_bounds
    assert to[0] == pytest.approx(300, abs=4)
    assert back[2] == pytest.approx(700, abs=4)
    assert to[2] < 560
    assert back[0] > 440


def test_holes_are_kept() -> None:
    network = square_road(side=4000, speed=20)
    areas = service_areas(network, points({"c": (0, 0)}), cutoffs_s=[600], direction="to_facility")
    (polygon,) = areas.geometry.iloc[0].geoms
    assert len(polygon.interiors) == 1
    assert not polygon.contains(Point(2000, 2000))


def test_a_facility_far_from_any_road_serves_nobody_and_keeps_its_row() -> None:
    # A neighbour next door would have to walk to the road and back, as the numbers have it.
    far = points({"c": (0, 9000)})
    areas = service_areas(straight_road(), far, cutoffs_s=[60], direction="to_facility")
    assert areas["facility_id"].tolist() == ["c"]
    assert areas.geometry.iloc[0].is_empty


def test_without_overlap_each_place_has_one_owner() -> None:
    clinics = points({"b": (200, 0), "a": (800, 0)})
    areas = service_areas(
        straight_road(), clinics, cutoffs_s=[90], direction="to_facility", overlap=False
    )
    assert areas["facility_id"].tolist() == ["b", "a"]
    first, second = areas.geometry
    assert first.contains(Point(300, 5))
    assert second.contains(Point(700, 5))
    assert first.intersection(second).area < 0.05 * first.area


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("mode_id", ["ride", "drive"])
def test_villages_inside_are_the_covered_ones(direction: str, mode_id: str) -> None:
    roads = generate_roads(nodes=3000, seed=1)
    network = network_for_mode(roads, load_modes()[mode_id])
    villages = generate_points(roads, count=600, seed=2)
    clinics = generate_points(roads, count=8, seed=3)
    cutoff = 600.0 if mode_id == "ride" else 180.0
    times = nearest_facility(network, villages, clinics, direction=direction)["travel_time_s"]
    together = covered_area(
        network, clinics, cutoff=cutoff, direction=direction, cost="travel_time_s"
    )
    assert together.is_valid
    covered = times <= cutoff
    assert 0.1 < covered.mean() < 0.9
    assert (villages.within(together) == covered).mean() >= 0.97
    each = service_areas(network, clinics, cutoffs_s=[cutoff], direction=direction)
    assert each.is_valid.all()
    assert together.symmetric_difference(each.union_all()).area < 0.02 * together.area


def test_straight_line_areas_are_circles() -> None:
    areas = straight_line_areas(points({"c": (0, 0)}), cutoff_m=2500)
    assert areas.geometry.iloc[0].area == pytest.approx(np.pi * 2500**2, rel=0.01)


@settings(max_examples=12)
@given(seed=st.integers(0, 2**32 - 1), direction=st.sampled_from(DIRECTIONS))
def test_areas_are_valid_and_a_longer_cutoff_covers_a_shorter(seed: int, direction: str) -> None:
    network = RoadNetwork.from_edges(*random_tables(seed), crs=METRIC_CRS)
    clinic = random_points(network, seed, count=1, prefix="f")
    areas = service_areas(network, clinic, cutoffs_s=[300, 900], direction=direction)
    assert areas.is_valid.all()
    # An empty area, which a clinic far from the road has, is covered by nothing in GEOS's words.
    assert areas.geometry.iloc[0].difference(areas.geometry.iloc[1].buffer(1e-6)).is_empty


def test_the_order_of_rows_and_cutoffs_is_kept() -> None:
    clinics = points({"b": (200, 0), "a": (800, 0)})
    areas = service_areas(straight_road(), clinics, cutoffs_s=[40, 20, 40], direction="to_facility")
    assert areas["facility_id"].tolist() == ["b"] * 3 + ["a"] * 3
    assert areas["cutoff_s"].tolist() == [40, 20, 40] * 2
    assert areas.geometry.iloc[0].equals(areas.geometry.iloc[2])
    assert areas.geometry.iloc[1].area < areas.geometry.iloc[0].area
    alone = service_areas(
        straight_road(), clinics.iloc[::-1], cutoffs_s=[40], direction="to_facility"
    )
    assert alone["facility_id"].tolist() == ["a", "b"]
    assert alone.geometry.iloc[1].equals(areas.geometry.iloc[0])


def test_inputs_are_unchanged_and_the_cell_is_told() -> None:
    clinics = points({"b": (200, 0), "a": (800, 0)})
    before = clinics.copy()
    areas = service_areas(straight_road(), clinics, cutoffs_s=[20], direction="to_facility")
    pd.testing.assert_frame_equal(pd.DataFrame(clinics), pd.DataFrame(before))
    assert areas.attrs["cell_m"] == 5.0
    again = service_areas(straight_road(), clinics, cutoffs_s=[20], direction="to_facility")
    assert areas.geometry.to_wkb().tolist() == again.geometry.to_wkb().tolist()


def test_rings_share_their_borders_and_make_up_the_whole() -> None:
    roads = generate_roads(nodes=2000, seed=1)
    network = network_for_mode(roads, load_modes()["ride"])
    clinics = generate_points(roads, count=3, seed=3)
    rings = service_areas(
        network, clinics, cutoffs_s=[600, 300, 900, 300], direction="to_facility", rings=True
    )
    assert list(rings.columns) == ["facility_id", "from_s", "cutoff_s", "geometry"]
    assert rings["from_s"].tolist() == [0, 300, 600] * 3
    assert rings["cutoff_s"].tolist() == [300, 600, 900] * 3
    assert rings.is_valid.all()
    whole = service_areas(network, clinics, cutoffs_s=[900], direction="to_facility")
    for number, area in enumerate(whole.geometry):
        own = rings.geometry.iloc[3 * number : 3 * number + 3]
        assert own.union_all().symmetric_difference(area).area < 1e-3
        assert sum(own.area) == pytest.approx(area.area, rel=1e-9)


def test_no_facility_has_no_rings() -> None:
    none = points({"c": (0, 0)}).iloc[:0]
    rings = service_areas(
        straight_road(), none, cutoffs_s=[60, 120], direction="to_facility", rings=True
    )
    assert rings.empty
    assert list(rings.columns) == ["facility_id", "from_s", "cutoff_s", "geometry"]


def test_allocated_areas_do_not_overlap_and_make_up_the_whole() -> None:
    roads = generate_roads(nodes=3000, seed=1)
    network = network_for_mode(roads, load_modes()["ride"])
    clinics = generate_points(roads, count=9, seed=3)
    at_one_place = clinics.iloc[[0]].set_axis(["zzz"])
    clinics = pd.concat([clinics, at_one_place])
    areas = service_areas(network, clinics, cutoffs_s=[600], direction="to_facility", overlap=False)
    assert areas["facility_id"].tolist() == clinics.index.tolist()
    assert areas.is_valid.all()
    # Of two at one place the one with the smaller id counts.
    assert areas.geometry.iloc[-1].is_empty
    assert not areas.geometry.iloc[0].is_empty
    together = areas.union_all()
    assert sum(areas.area) - together.area < 1e-3
    whole = covered_area(
        network, clinics, cutoff=600, direction="to_facility", cost="travel_time_s"
    )
    assert together.symmetric_difference(whole).area < 0.02 * whole.area
    villages = generate_points(roads, count=400, seed=2)
    trips = nearest_facility(network, villages, clinics, cutoff_s=600, direction="to_facility")
    inside = villages.sjoin(areas, predicate="within")
    named = trips["facility_id"].reindex(inside.index) == inside["facility_id"]
    assert named.mean() >= 0.98


def test_islands_are_kept() -> None:
    # A motorway without exits from A to B: the ground along it is not reached, that at B is.
    nodes = pd.DataFrame({"x": [0.0, 6000.0, 0.0, 6000.0], "y": [0.0, 0.0, 300.0, 300.0]})
    edges = pd.DataFrame(
        {
            "from_node": [0, 0, 1],
            "to_node": [1, 2, 3],
            "length_m": [6000.0, 300.0, 300.0],
            "travel_time_s": [120.0, 60.0, 60.0],
        }
    )
    network = RoadNetwork.from_edges(nodes, edges, crs=METRIC_CRS)
    fence = Barriers(
        np.array([shapely.LineString([(50, 0), (5950, 0)])], dtype=object),
        np.array(["高速公路"], dtype=object),
    )
    network = replace(network, barriers=fence)
    areas = service_areas(
        network, points({"c": (0, 100)}), cutoffs_s=[240], direction="to_facility"
    )
    assert len(areas.geometry.iloc[0].geoms) == 2
    assert areas.geometry.iloc[0].contains(Point(6010, 100))
    assert not areas.geometry.iloc[0].contains(Point(3000, 30))


def test_nothing_is_drawn_across_a_river_beyond_the_bridge() -> None:
    # The northern road runs along the bank; who lives south of the river has a road of their own.
    nodes = pd.DataFrame({"x": [0.0, 3000.0, 0.0, 3000.0], "y": [60.0, 60.0, -600.0, -600.0]})
    edges = pd.DataFrame(
        {"from_node": [0, 1, 3], "to_node": [1, 3, 2], "length_m": [3000.0, 660.0, 3000.0]}
    )
    edges["travel_time_s"] = edges["length_m"] / 5
    network = RoadNetwork.from_edges(nodes, edges, crs=METRIC_CRS)
    river = Barriers(
        np.array([box(-9000, -10, 9000, 10)], dtype=object), np.array(["河流"], dtype=object)
    )
    clinic = points({"c": (1000, 60)})
    dry, wet = (
        service_areas(each, clinic, cutoffs_s=[600], direction="to_facility").geometry.iloc[0]
        for each in (network, replace(network, barriers=river))
    )
    assert dry.contains(Point(1000, -150))
    # By the bridge at x = 3000 the southern road is reached after 532 s: 340 m of it are left.
    south = wet.intersection(box(-9000, -9000, 9000, -35))
    assert south.bounds[0] == pytest.approx(2660, abs=25)
    assert wet.contains(Point(1000, 30))
    assert wet.contains(Point(2950, -300))


def test_waiting_at_junctions_shrinks_areas() -> None:
    network = square_road(side=1000, speed=10)
    waiting = replace(network, node_delay_s=np.full(4, 60.0))
    clinic = points({"c": (500, 1000)})
    quick, slow = (
        service_areas(each, clinic, cutoffs_s=[150], direction="to_facility").geometry.iloc[0]
        for each in (network, waiting)
    )
    assert slow.difference(quick).area < 1e-3
    # 50 s to the corner, 60 s there, 40 s on.
    assert slow.contains(Point(0, 610))
    assert not slow.contains(Point(0, 590))
    assert quick.contains(Point(0, 10))


def test_distance_takes_metres() -> None:
    area = reach_areas(
        straight_road(),
        points({"c": (500, 0)}),
        cutoffs=[200],
        direction="to_facility",
        cost="distance_m",
    )
    assert list(area.columns) == ["facility_id", "cutoff", "geometry"]
    assert area.total_bounds.tolist() == pytest.approx([300, -200, 700, 200], abs=4)


def test_two_legs_add_up() -> None:
    roads = generate_roads(nodes=3000, seed=1)
    network = network_for_mode(roads, load_modes()["drive"])
    villages = generate_points(roads, count=600, seed=2)
    stations = generate_points(roads, count=4, seed=3).set_axis(list("abcd"))
    hospitals = generate_points(roads, count=3, seed=4).set_axis(list("xyz"))
    turnout = pd.Series({"d": 30.0, "c": 60.0, "b": 90.0, "a": 0.0})
    area = two_leg_area(network, stations, hospitals, start_s=turnout, cutoff_s=600)
    trips = rescue_trips(network, villages, stations, hospitals, turnout_s=turnout)
    covered = trips["travel_time_s"] <= 600
    assert 0.1 < covered.mean() < 0.9
    assert area.is_valid
    assert (villages.within(area) == covered).mean() >= 0.98
    each = two_leg_areas(
        network,
        stations,
        [hospitals.iloc[[0]], hospitals.iloc[[1]], hospitals.iloc[[2]], hospitals.iloc[:0]],
        start_s=turnout,
        cutoff_s=600,
    )
    together = shapely.union_all([one for one, _ in each])
    assert together.symmetric_difference(area).area < 0.03 * area.area
    assert each[3][0].is_empty


def test_without_station_or_hospital_nothing_is_covered() -> None:
    one = points({"x": (500, 0)})
    nobody, turnout = one.iloc[:0], pd.Series({"x": 0.0})
    road = straight_road()
    assert two_leg_area(road, nobody, one, start_s=turnout, cutoff_s=60).is_empty
    assert two_leg_area(road, one, nobody, start_s=turnout, cutoff_s=60).is_empty
    with pytest.raises(ImpedanceError, match="服务范围的阈值应为大于 0 的数字，现有 0"):
        two_leg_area(road, one, one, start_s=turnout, cutoff_s=0)


def test_far_islands_of_facilities_are_drawn_apart() -> None:
    # 3,000 km of empty ground between two towns are never looked at.
    nodes = pd.DataFrame(
        {"x": [0.0, 1000.0, 2e6, 2e6 + 1000], "y": [0.0, 0.0, 2e6, 2e6]}, index=[1, 2, 3, 4]
    )
    edges = pd.DataFrame(
        {"from_node": [1, 3], "to_node": [2, 4], "length_m": 1000.0, "travel_time_s": 100.0}
    )
    network = RoadNetwork.from_edges(nodes, edges, crs=METRIC_CRS)
    clinics = points({"a": (500, 0), "b": (2e6, 2e6)})
    area = covered_area(network, clinics, cutoff=60, direction="to_facility", cost="travel_time_s")
    assert len(area.geoms) == 2
    assert area.area < 1e6


@settings(max_examples=8)
@given(seed=st.integers(0, 2**32 - 1), overlap=st.booleans())
def test_areas_grow_with_the_cutoff_to_the_last_metre(seed: int, *, overlap: bool) -> None:
    network = RoadNetwork.from_edges(*random_tables(seed), crs=METRIC_CRS)
    delay = np.random.default_rng(seed).uniform(0, 30, network.node_count)
    network = replace(network, node_delay_s=delay)
    clinics = random_points(network, seed, count=3, prefix="f")
    cutoffs = [200.0, 210.0, 400.0, 700.0]
    areas = service_areas(
        network, clinics, cutoffs_s=cutoffs, direction="from_facility", overlap=overlap
    )
    assert areas.is_valid.all()
    for _, own in areas.groupby("facility_id"):
        for shorter, longer in zip(own.geometry[:-1], own.geometry[1:], strict=True):
            assert shorter.difference(longer).area < 1e-3
    if not overlap:
        last = gpd.GeoSeries(areas.geometry.iloc[len(cutoffs) - 1 :: len(cutoffs)])
        assert last.area.sum() - last.union_all().area < 1e-3

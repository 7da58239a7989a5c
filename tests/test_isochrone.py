"""Service areas: valid, with holes, in metres, and in step with the travel times."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point

from coverage.catchment import nearest_facility
from coverage.errors import ImpedanceError, InputError
from coverage.impedance import network_for_mode
from coverage.isochrone import covered_area, service_areas, straight_line_areas
from coverage.network import RoadNetwork
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
    assert areas.geometry.iloc[1].buffer(1).covers(areas.geometry.iloc[0])

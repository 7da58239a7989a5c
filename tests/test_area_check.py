"""Areas checked against travel times: what disagrees is counted, listed and explained."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely import Point, box

from coverage.access.barriers import Barriers
from coverage.areas.area_check import REASONS, check_areas, check_covered_area
from coverage.catchment import nearest_facility, travel_matrix
from coverage.impedance import network_for_mode
from coverage.isochrone import covered_area_and_cell, service_areas
from coverage.network import RoadNetwork
from coverage.snapping import snap
from layers.samples import generate_points, generate_roads
from layers.standards import load_modes
from tests.networks import METRIC_CRS, points, straight_road

SQUARE = box(0, 0, 100, 100)


def squares(**columns: list[object]) -> gpd.GeoDataFrame:
    """Two areas of two facilities, side by side."""
    table = {"facility_id": ["a", "b"], "cutoff_s": [60.0, 60.0]} | columns
    return gpd.GeoDataFrame(table, geometry=[SQUARE, box(100, 0, 200, 100)], crs=METRIC_CRS)


def trips(*rows: tuple[str, str, float]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=["from_id", "to_id", "travel_time_s"])


def test_both_verdicts_are_counted_by_hand() -> None:
    demand = points({"in": (50, 50), "near": (103, 50), "far": (500, 50), "late": (10, 10)})
    # "near" reaches both within the cutoff and lies in b's area; "late" needs too long.
    check = check_areas(
        squares(),
        demand,
        trips(("in", "a", 60.0), ("near", "a", 40.0), ("near", "b", 30.0), ("late", "a", 61.0)),
        cell_m=5.0,
    )
    assert check.areas.to_dict("list") == {
        "facility_id": ["a", "b"],
        "cutoff_s": [60.0, 60.0],
        "demand_points": [4, 4],
        "covered": [2, 1],
        "inside": [2, 1],
        "disagree": [2, 0],
        "share": [0.5, 0.0],
        "share_of_area": [pytest.approx(2 / 3), 0.0],
    }
    told = check.points.drop(columns="geometry").to_dict("records")
    assert [row["demand_id"] for row in told] == ["near", "late"]
    assert [row["facility_id"] for row in told] == ["a", "a"]
    assert [(row["is_covered"], row["is_inside"]) for row in told] == [(True, False), (False, True)]
    assert [row["boundary_m"] for row in told] == [3.0, 10.0]
    assert [row["reason"] for row in told] == ["on_grid", "unexplained"]
    assert told[0]["reason_name"] == "离边界不到一格（对角），属绘图的格网精度"
    assert check.share == 0.5
    assert check.unexplained == 1
    assert not check.holds


def test_rings_count_from_one_cutoff_to_the_next() -> None:
    rings = squares(facility_id=["a", "a"], from_s=[0.0, 60.0], cutoff_s=[60.0, 120.0])
    demand = points({"at": (50, 50), "on": (60, 60), "later": (150, 50)})
    times = trips(("at", "a", 0.0), ("on", "a", 60.0), ("later", "a", 60.1))
    check = check_areas(rings, demand, times, cell_m=5.0)
    assert check.areas["covered"].tolist() == [2, 1]
    assert check.areas["disagree"].tolist() == [0, 0]
    assert check.holds


def test_an_empty_area_and_no_demand() -> None:
    demand = points({"v": (50, 50)})
    empty = check_covered_area(shapely.MultiPolygon(), demand, pd.Series({"v": True}), cell_m=25.0)
    assert empty.areas["disagree"].tolist() == [1]
    assert empty.points["boundary_m"].tolist() == [np.inf]
    nobody = check_areas(squares(), demand.iloc[:0], trips(), cell_m=5.0)
    assert nobody.areas["share"].tolist() == [0.0, 0.0]
    assert nobody.points.empty
    assert nobody.holds
    none = check_areas(squares().iloc[:0], demand, trips(), cell_m=5.0)
    assert none.areas.empty
    assert none.share == 0.0


def test_reasons_come_from_the_way_to_the_road() -> None:
    # A road along y = 0, a wall north of it, a pond far in the south.
    wall, pond = box(-1000, 100, 2000, 110), box(0, -900, 1000, -800)
    network = replace(
        straight_road(),
        barriers=Barriers(
            np.array([wall, pond], dtype=object), np.array(["围墙", "水面"], dtype=object)
        ),
    )
    demand = points(
        {
            "behind": (500, 300),
            "wet": (500, -850),
            "lonely": (500, -700),
            "beside": (500, 30),
            "edge": (2, 0),
        }
    )
    covered = pd.Series(data=True, index=demand.index)
    check = check_covered_area(
        box(-3000, -3000, 1, 3000),
        demand,
        covered,
        cell_m=2.0,
        ways=[(network, snap(network, demand.geometry))],
        far_from_road_m=500.0,
    )
    reasons = check.points.set_index("demand_id")["reason"].to_dict()
    assert reasons == {
        "behind": "no_way_to_road",
        "wet": "in_water",
        "lonely": "far_from_road",
        "beside": "unexplained",
        "edge": "on_grid",
    }
    assert set(check.points["reason"]) <= set(REASONS)


def test_a_village_across_a_wall_that_has_another_road() -> None:
    nodes = pd.DataFrame({"x": [0.0, 1000.0, 0.0, 1000.0], "y": [0.0, 0.0, 400.0, 400.0]})
    edges = pd.DataFrame(
        {"from_node": [0, 2], "to_node": [1, 3], "length_m": 1000.0, "travel_time_s": 100.0}
    )
    network = RoadNetwork.from_edges(nodes, edges, crs=METRIC_CRS)
    wall = Barriers(
        np.array([box(-1000, 100, 2000, 110)], dtype=object), np.array(["围墙"], dtype=object)
    )
    network = replace(network, barriers=wall)
    demand = points({"v": (500, 150)})
    ways = [(network, snap(network, demand.geometry))]
    no = pd.Series(data=False, index=demand.index)
    check = check_covered_area(box(0, 0, 1000, 1000), demand, no, cell_m=5.0, ways=ways)
    assert check.points["reason"].tolist() == ["across_barrier"]


def test_a_village_whose_street_is_not_that_of_the_ground_around_it() -> None:
    # A lane of 20 m between two places of a lattice of 100 m, which all touch the main road.
    nodes = pd.DataFrame({"x": [0.0, 1000.0, 540.0, 560.0], "y": [0.0, 0.0, 50.0, 50.0]})
    edges = pd.DataFrame(
        {
            "from_node": [0, 2],
            "to_node": [1, 3],
            "length_m": [1000.0, 20.0],
            "travel_time_s": [100.0, 2.0],
        }
    )
    network = RoadNetwork.from_edges(nodes, edges, crs=METRIC_CRS)
    demand = points({"v": (550, 45)})
    ways = [(network, snap(network, demand.geometry))]
    no = pd.Series(data=False, index=demand.index)
    area = box(0, -500, 1000, 500)
    check = check_covered_area(area, demand, no, cell_m=100.0, ways=ways)
    assert check.points["reason"].tolist() == ["other_road"]


def test_inputs_are_unchanged() -> None:
    demand, areas, times = points({"in": (50, 50)}), squares(), trips(("in", "a", 60.0))
    copies = demand.copy(), areas.copy(), times.copy()
    check_areas(areas, demand, times, cell_m=5.0)
    for table, copy in zip((demand, areas, times), copies, strict=True):
        pd.testing.assert_frame_equal(pd.DataFrame(table), pd.DataFrame(copy))


@pytest.mark.parametrize("overlap", [True, False])
def test_drawn_areas_hold(*, overlap: bool) -> None:
    roads = generate_roads(nodes=4000, seed=1)
    network = network_for_mode(roads, load_modes()["ride"])
    villages = generate_points(roads, count=2000, seed=2)
    clinics = generate_points(roads, count=6, seed=3)
    areas = service_areas(
        network, clinics, cutoffs_s=[300, 600], direction="to_facility", overlap=overlap, rings=True
    )
    times = travel_matrix(network, villages, clinics, cutoff_s=600, direction="to_facility")
    if not overlap:
        times = times.sort_values(["travel_time_s", "to_id"]).drop_duplicates("from_id")
    ways = [(network, snap(network, villages.geometry))]
    check = check_areas(areas, villages, times, cell_m=areas.attrs["cell_m"], ways=ways)
    assert check.holds, check.points
    assert check.areas["covered"].sum() > 400


def test_the_covered_ground_holds() -> None:
    roads = generate_roads(nodes=4000, seed=1)
    network = network_for_mode(roads, load_modes()["drive"])
    villages = generate_points(roads, count=3000, seed=2)
    clinics = generate_points(roads, count=5, seed=3)
    area, cell_m = covered_area_and_cell(
        network, clinics, cutoff=150.0, direction="from_facility", cost="travel_time_s"
    )
    trips = nearest_facility(network, villages, clinics, cutoff_s=150, direction="from_facility")
    covered = np.isfinite(trips["travel_time_s"])
    assert 0.1 < covered.mean() < 0.9
    ways = [(network, snap(network, villages.geometry))]
    check = check_covered_area(area, villages, covered, cell_m=cell_m, ways=ways)
    assert check.holds, check.points
    assert Point(-1e6, 0).within(area) is False

"""Travel times: hand calculations, NetworkX as the oracle, and invariants."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coverage.catchment import (
    nearest_by_straight_line,
    nearest_facility,
    nearest_trips,
    travel_matrix,
)
from coverage.errors import CrsError, ImpedanceError, InputError
from coverage.network import RoadNetwork
from tests.networks import (
    METRIC_CRS,
    oracle_times,
    points,
    random_points,
    random_tables,
    straight_road,
)

if TYPE_CHECKING:
    import geopandas as gpd

DIRECTIONS = ["to_facility", "from_facility"]
SEEDS = st.integers(0, 2**32 - 1)


def random_case(seed: int) -> tuple[RoadNetwork, gpd.GeoDataFrame, gpd.GeoDataFrame]:
    network = RoadNetwork.from_edges(*random_tables(seed), crs=METRIC_CRS)
    demand = random_points(network, seed + 1, count=25, prefix="d")
    facilities = random_points(network, seed + 2, count=8, prefix="f")
    return network, demand, facilities


# Bad input


def test_points_in_degrees_are_refused() -> None:
    here = points({"a": (115.0, 37.0)}, crs="EPSG:4326")
    with pytest.raises(
        CrsError, match="点的坐标系 WGS 84 以度为单位，请先投影到路网的坐标系 EPSG:4527。"
    ):
        nearest_facility(straight_road(), here, here, direction="to_facility")


def test_points_in_another_crs_are_refused() -> None:
    here = points({"a": (0, 0)}, crs="EPSG:4528")
    with pytest.raises(CrsError, match=r"点的坐标系（EPSG:4528）与路网的坐标系（EPSG:4527）不同"):
        nearest_facility(straight_road(), here, here, direction="to_facility")


def test_repeated_ids_are_refused() -> None:
    twice = pd.concat([points({"a": (0, 0)}), points({"a": (1, 0)})])
    with pytest.raises(
        InputError, match="设施有 1 个代码重复，第一个是 'a'。每个代码只能出现一次。"
    ):
        nearest_facility(straight_road(), points({"v": (0, 0)}), twice, direction="to_facility")


@pytest.mark.parametrize("cutoff_s", [-1.0, math.nan])
def test_a_senseless_cutoff_is_refused(cutoff_s: float) -> None:
    here = points({"a": (0, 0)})
    with pytest.raises(ImpedanceError, match="阈值应为不小于 0 的数字"):
        nearest_facility(straight_road(), here, here, cutoff_s=cutoff_s, direction="to_facility")


def test_an_unknown_direction_is_refused() -> None:
    here = points({"a": (0, 0)})
    with pytest.raises(ImpedanceError, match="出行方向应为 to_facility"):
        nearest_facility(straight_road(), here, here, direction="both")  # type: ignore[arg-type]


@pytest.mark.parametrize("bad", [(math.nan, 0), (0, math.inf)])
def test_non_finite_points_are_refused(bad: tuple[float, float]) -> None:
    with pytest.raises(InputError, match="1 个位置不是坐标有效的点，第一个是 'b'"):
        nearest_facility(
            straight_road(),
            points({"a": (0, 0), "b": bad}),
            points({"c": (0, 0)}),
            direction="to_facility",
        )


def test_ids_of_two_kinds_are_refused() -> None:
    here = points({"a": (0, 0), "b": (1, 0)}).set_axis(["a", 1])
    with pytest.raises(InputError, match="设施的代码有的是文字、有的是数字，请统一为文字。"):
        nearest_facility(straight_road(), points({"v": (0, 0)}), here, direction="to_facility")


def test_straight_lines_need_finite_points_in_one_crs() -> None:
    here = points({"a": (0, 0)})
    with pytest.raises(InputError, match="1 个位置不是坐标有效的点，第一个是 'b'"):
        nearest_by_straight_line(points({"b": (math.nan, 0)}), here)
    with pytest.raises(CrsError, match="需求点与设施的坐标系不同"):
        nearest_by_straight_line(points({"b": (0, 0)}, crs="EPSG:4528"), here)


# Structure and empty input


def test_of_facilities_at_one_place_the_smallest_id_counts_on_every_side() -> None:
    twins = points({"z": (500, 30), "a": (500, 30)})
    sides = points({"left": (100, 0), "right": (900, 0), "beside": (500, 0)})
    nearest = nearest_facility(straight_road(), sides, twins, direction="to_facility")
    assert nearest["facility_id"].tolist() == ["a", "a", "a"]
    assert nearest_by_straight_line(sides, twins)["facility_id"].tolist() == ["a", "a", "a"]
    matrix = travel_matrix(straight_road(), sides, twins, cutoff_s=900, direction="to_facility")
    assert sorted(matrix["to_id"].unique()) == ["a", "z"]


def test_the_index_is_called_as_the_door_says() -> None:
    here = points({"v": (0, 0)})
    assert here.index.name is None
    nearest = nearest_facility(straight_road(), here, here, direction="to_facility")
    assert nearest.index.name == "demand_id"


def test_ids_have_one_type_with_and_without_rows() -> None:
    here = points({"v": (0, 0)})
    full = travel_matrix(straight_road(), here, here, cutoff_s=900, direction="to_facility")
    none = travel_matrix(
        straight_road(), here, here.iloc[:0], cutoff_s=900, direction="to_facility"
    )
    assert full.dtypes.to_dict() == none.dtypes.to_dict()


def test_no_facilities_means_nobody_is_reached() -> None:
    none = points({"c": (0, 0)}).iloc[:0]
    nearest = nearest_facility(
        straight_road(), points({"v": (0, 10)}), none, direction="to_facility"
    )
    assert nearest.loc["v", "facility_id"] is None
    assert nearest.loc["v", "travel_time_s"] == math.inf
    assert math.isnan(nearest.loc["v", "access_m"])


def test_no_demand_gives_an_empty_table() -> None:
    none = points({"v": (0, 0)}).iloc[:0]
    facilities = points({"c": (0, 0)})
    network = straight_road()
    assert nearest_facility(network, none, facilities, direction="to_facility").empty
    matrix = travel_matrix(network, none, facilities, cutoff_s=900, direction="to_facility")
    assert list(matrix.columns) == ["from_id", "to_id", "travel_time_s", "distance_m"]
    assert matrix.empty


def test_arguments_are_left_unchanged() -> None:
    network, demand, facilities = random_case(5)
    before = demand.copy(), facilities.copy()
    nearest_facility(network, demand, facilities, direction="to_facility")
    travel_matrix(network, demand, facilities, cutoff_s=500, direction="to_facility")
    pd.testing.assert_frame_equal(demand, before[0])
    pd.testing.assert_frame_equal(facilities, before[1])


# Values by hand


def test_two_points_on_one_edge_travel_along_it() -> None:
    nearest = nearest_facility(
        straight_road(),
        points({"v": (200, 12)}),
        points({"c": (700, 0)}),
        direction="to_facility",
    )
    assert nearest.loc["v"].to_dict() == {
        "facility_id": "c",
        "travel_time_s": pytest.approx(12 * 0.75 + 50),
        "distance_m": pytest.approx(512),
        "access_m": 12.0,
    }


def test_a_one_way_edge_against_the_traffic() -> None:
    road, village, clinic = (
        straight_road(oneway=True),
        points({"v": (700, 0)}),
        points({"c": (200, 0)}),
    )
    to = nearest_facility(road, village, clinic, direction="to_facility")
    back = nearest_facility(road, village, clinic, direction="from_facility")
    assert to.loc["v", "travel_time_s"] == math.inf
    assert back.loc["v", "travel_time_s"] == pytest.approx(50)


def test_a_point_at_the_end_of_a_one_way_edge_is_at_the_node() -> None:
    road = straight_road(oneway=True)
    ends = points({"tail": (0, 0), "head": (1000, 0)})
    times = travel_matrix(road, ends, ends, cutoff_s=1e9, direction="to_facility")
    found = times.set_index(["from_id", "to_id"])["travel_time_s"].to_dict()
    assert found == {("tail", "tail"): 0.0, ("tail", "head"): 100.0, ("head", "head"): 0.0}


def test_the_faster_of_parallel_edges_counts_and_they_are_not_added_up() -> None:
    nodes = pd.DataFrame({"x": [0.0, 100.0], "y": [0.0, 0.0]}, index=[1, 2])
    edges = pd.DataFrame(
        {
            "from_node": [1, 1, 2],
            "to_node": [2, 2, 1],
            "length_m": [100.0, 140.0, 120.0],
            "travel_time_s": [50.0, 20.0, 30.0],
        }
    )
    network = RoadNetwork.from_edges(nodes, edges, crs=METRIC_CRS)
    nearest = nearest_facility(
        network, points({"v": (0, 0)}), points({"c": (100, 0)}), direction="to_facility"
    )
    assert nearest.loc["v", "travel_time_s"] == 20.0
    assert nearest.loc["v", "distance_m"] == 140.0


def test_an_edge_of_no_time_joins_its_ends() -> None:
    nodes = pd.DataFrame({"x": [0.0, 100.0, 200.0], "y": 0.0}, index=[1, 2, 3])
    edges = pd.DataFrame(
        {
            "from_node": [1, 2],
            "to_node": [2, 3],
            "length_m": [100.0, 100.0],
            "travel_time_s": [0.0, 10.0],
        }
    )
    network = RoadNetwork.from_edges(nodes, edges, crs=METRIC_CRS)
    nearest = nearest_facility(
        network, points({"v": (0, 0)}), points({"c": (200, 0)}), direction="to_facility"
    )
    assert nearest.loc["v", "travel_time_s"] == 10.0
    assert nearest.loc["v", "distance_m"] == 200.0


@pytest.mark.parametrize(
    ("cutoff_s", "reached"), [(100.0, True), (100.0 - 5e-7, True), (99.99, False)]
)
def test_the_cutoff_is_inclusive(cutoff_s: float, reached: bool) -> None:  # noqa: FBT001
    nearest = nearest_facility(
        straight_road(),
        points({"v": (0, 0)}),
        points({"c": (1000, 0)}),
        cutoff_s=cutoff_s,
        direction="to_facility",
    )
    assert math.isfinite(nearest.loc["v", "travel_time_s"]) is reached


# Oracle


@settings(max_examples=15)
@given(seed=SEEDS, direction=st.sampled_from(DIRECTIONS))
def test_times_equal_networkx(seed: int, direction: str) -> None:
    network, demand, facilities = random_case(seed)
    expected = oracle_times(network, demand, facilities, direction=direction)
    nearest = nearest_facility(network, demand, facilities, direction=direction)
    np.testing.assert_allclose(nearest["travel_time_s"], expected.min(axis=1), rtol=0, atol=1e-6)
    chosen = nearest["facility_id"].dropna()
    of_chosen = [expected.loc[v, f] for v, f in chosen.items()]
    np.testing.assert_allclose(nearest.loc[chosen.index, "travel_time_s"], of_chosen, atol=1e-6)
    matrix = travel_matrix(network, demand, facilities, cutoff_s=900, direction=direction)
    times = matrix.pivot_table(index="from_id", columns="to_id", values="travel_time_s")
    times = times.reindex(index=demand.index, columns=facilities.index).fillna(math.inf)
    within = expected.where(expected <= 900 + 1e-6, math.inf)
    np.testing.assert_allclose(times, within, rtol=0, atol=1e-6)


@settings(max_examples=10)
@given(seed=SEEDS, direction=st.sampled_from(DIRECTIONS))
def test_the_metres_belong_to_the_quickest_path(seed: int, direction: str) -> None:
    # At one speed for all roads, metres and seconds tell the same story.
    nodes, edges = random_tables(seed)
    edges["travel_time_s"] = edges["length_m"] * 0.75
    network = RoadNetwork.from_edges(nodes, edges, crs=METRIC_CRS)
    demand = random_points(network, seed, count=20, prefix="d")
    facilities = random_points(network, seed + 9, count=5, prefix="f")
    trips = nearest_trips(network, demand, facilities, direction=direction)
    np.testing.assert_allclose(trips["distance_m"] * 0.75, trips["travel_time_s"], atol=1e-6)
    by_metres = nearest_trips(network, demand, facilities, direction=direction, cost="distance_m")
    np.testing.assert_allclose(by_metres["distance_m"], trips["distance_m"], atol=1e-6)


# Invariants


@settings(max_examples=10)
@given(seed=SEEDS)
def test_the_order_of_rows_changes_nothing(seed: int) -> None:
    nodes, edges = random_tables(seed)
    network, demand, facilities = random_case(seed)
    rng = np.random.default_rng(seed)
    shuffled = RoadNetwork.from_edges(
        nodes.sample(frac=1, random_state=rng),
        edges.sample(frac=1, random_state=rng),
        crs=METRIC_CRS,
    )
    first = nearest_facility(network, demand, facilities, direction="to_facility")
    second = nearest_facility(
        shuffled,
        demand.sample(frac=1, random_state=rng),
        facilities.sample(frac=1, random_state=rng),
        direction="to_facility",
    )
    assert list(first.index) == list(demand.index)
    numbers = ["travel_time_s", "access_m"]
    pd.testing.assert_frame_equal(
        first[numbers], second.loc[first.index, numbers], check_exact=False, atol=1e-6
    )


@settings(max_examples=10)
@given(seed=SEEDS, cutoff_s=st.floats(0, 2000), longer=st.floats(0, 500))
def test_more_reach_or_facilities_never_serve_fewer(
    seed: int, cutoff_s: float, longer: float
) -> None:
    network, demand, facilities = random_case(seed)

    def served(cutoff: float, count: int) -> set[str]:
        nearest = nearest_facility(
            network, demand, facilities.iloc[:count], cutoff_s=cutoff, direction="to_facility"
        )
        return set(nearest.index[np.isfinite(nearest["travel_time_s"])])

    assert served(cutoff_s, 5) <= served(cutoff_s + longer, 5)
    assert served(cutoff_s, 5) <= served(cutoff_s, 6)

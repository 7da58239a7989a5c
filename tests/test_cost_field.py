"""Fields of cost: places of the lattice pay what demand points there would pay."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString

from coverage.access.barriers import Barriers
from coverage.areas.cost_field import CostField
from coverage.areas.grid import TILE_CELLS
from coverage.areas.reach import Reach
from coverage.areas.streets import streets_of
from coverage.areas.survey import Survey
from coverage.catchment import nearest_trips
from coverage.network import RoadNetwork
from tests.networks import METRIC_CRS, points, random_points, random_tables, straight_road

CELL_M = 50.0


def delayed_network(seed: int) -> RoadNetwork:
    """A random network whose nodes cost up to a minute."""
    network = RoadNetwork.from_edges(*random_tables(seed), crs=METRIC_CRS)
    delay = np.random.default_rng(seed).uniform(0, 60, network.node_count)
    return replace(network, node_delay_s=delay)


def places_of(field: CostField) -> tuple[gpd.GeoDataFrame, np.ndarray]:
    """Every tenth place of a field as a demand point, and its cost in the field."""
    xy, cost = [], []
    within = np.arange(TILE_CELLS)
    for (row, column), values in zip(field.keys.tolist(), field.costs, strict=True):
        x, y = np.meshgrid(column * TILE_CELLS + within, row * TILE_CELLS + within)
        xy.append(np.column_stack([x.ravel(), y.ravel()])[::10] * field.cell_m)
        cost.append(values.ravel()[::10])
    geometry = shapely.points(np.concatenate(xy))
    return gpd.GeoDataFrame(geometry=geometry, crs=METRIC_CRS), np.concatenate(cost)


def agree(drawn: np.ndarray, true: np.ndarray, limit: float) -> float:
    """Share of places with the true cost, or none where it is beyond the limit."""
    known = true <= limit
    right = np.where(known, np.abs(drawn - np.where(known, true, 0)) < 0.05, drawn > limit - 0.05)
    return float(right.mean())


@settings(max_examples=10)
@given(
    seed=st.integers(0, 2**32 - 1),
    direction=st.sampled_from(["to_facility", "from_facility"]),
    cost=st.sampled_from(["travel_time_s", "distance_m"]),
)
def test_places_pay_what_demand_points_pay(seed: int, direction: str, cost: str) -> None:
    network = delayed_network(seed)
    facilities = random_points(network, seed, count=4, prefix="f")
    turnout = np.array([0.0, 100.0, 200.0, 300.0])
    reach = Reach.prepare(network, facilities, direction, cost, [900.0], start_s=turnout)
    field = Survey(reach, cell_m=CELL_M).whole_field()
    if not len(field.keys):
        return
    places, drawn = places_of(field)
    trips = nearest_trips(
        network,
        places,
        facilities,
        direction=direction,
        cost=cost,
        start_s=pd.Series(turnout, index=facilities.index),
    )
    assert agree(drawn, trips[cost].to_numpy(), reach.limit) >= 0.97


@settings(max_examples=5)
@given(seed=st.integers(0, 2**32 - 1))
def test_each_facility_has_its_own_costs(seed: int) -> None:
    network = delayed_network(seed)
    facilities = random_points(network, seed, count=5, prefix="f")
    reach = Reach.prepare(network, facilities, "to_facility", "travel_time_s", [600.0])
    fields = dict(Survey(reach, cell_m=CELL_M).fields())
    assert sorted(fields) == list(range(5))
    for facility, field in fields.items():
        if not len(field.keys):
            continue
        places, drawn = places_of(field)
        only = facilities.iloc[[facility]]
        trips = nearest_trips(network, places, only, direction="to_facility")
        assert agree(drawn, trips["travel_time_s"].to_numpy(), reach.limit) >= 0.97


@settings(max_examples=5)
@given(seed=st.integers(0, 2**32 - 1))
def test_each_place_belongs_to_its_nearest_facility(seed: int) -> None:
    network = delayed_network(seed)
    facilities = random_points(network, seed, count=6, prefix="f")
    reach = Reach.prepare(network, facilities, "from_facility", "travel_time_s", [600.0])
    survey = Survey(reach, cell_m=CELL_M)
    fields = survey.nearest_fields()
    whole = survey.whole_field()
    for key, values in zip(whole.keys, whole.costs, strict=True):
        parts = [field.costs[(field.keys == key).all(axis=1)] for field in fields]
        parts = np.concatenate(parts)
        together = np.min(parts, axis=0)
        within = values <= reach.limit
        assert (together[within] == values[within]).all()
        # No place belongs to two.
        assert (np.isfinite(parts).sum(axis=0) <= 1).all()
    named = [np.ones(0, dtype=bool)]
    for facility, field in enumerate(fields):
        if len(field.keys):
            places, drawn = places_of(field)
            trips = nearest_trips(network, places, facilities, direction="from_facility")
            own = drawn <= reach.limit
            # Of two facilities equally near either will do.
            tied = np.abs(drawn[own] - trips["travel_time_s"].to_numpy()[own]) < 0.05
            is_named = trips["facility_id"].to_numpy()[own] == facilities.index[facility]
            named.append(is_named | tied)
    assert np.concatenate(named).sum() >= 0.97 * sum(map(len, named))


def test_the_search_from_one_facility_meets_its_neighbourhood_only() -> None:
    from coverage.impedance import network_for_mode
    from coverage.searches.near_search import each_nearby
    from coverage.searches.search import Search
    from layers.samples import generate_points, generate_roads
    from layers.standards import load_modes

    roads = generate_roads(nodes=20_000, seed=4)
    network = network_for_mode(roads, load_modes()["ride"])
    facilities = generate_points(roads, count=40, seed=5)
    for cost, limit in (("travel_time_s", 400.0), ("distance_m", 900.0)):
        search = Search.prepare(network, facilities, "to_facility", cost)
        found = {reached.facility: reached for reached in each_nearby(search, limit)}
        assert sorted(found) == list(range(40))
        for facility, node_cost, _ in search.each(limit, other=False):
            node = np.flatnonzero(np.isfinite(node_cost[: network.node_count]))
            assert found[facility].node.tolist() == node.tolist()
            assert found[facility].cost.tolist() == node_cost[node].tolist()


def test_roads_that_cost_nothing_are_searched_to_their_end() -> None:
    nodes = pd.DataFrame({"x": [0.0, 9000.0, 9100.0], "y": 0.0})
    edges = pd.DataFrame(
        {
            "from_node": [0, 1],
            "to_node": [1, 2],
            "length_m": [9000.0, 100.0],
            "travel_time_s": [0.0, 10.0],
        }
    )
    network = RoadNetwork.from_edges(nodes, edges, crs=METRIC_CRS)
    reach = Reach.prepare(network, points({"c": (0, 0)}), "to_facility", "travel_time_s", [30.0])
    ((_, field),) = Survey(reach, cell_m=10.0).fields()
    assert field.area(30.0).bounds[2] == pytest.approx(9100 + 20 / 0.75, abs=5)


def test_a_facility_that_no_road_serves_has_an_empty_field() -> None:
    wall = Barriers(
        np.array([shapely.box(-100, 20, 1100, 3000).boundary], dtype=object),
        np.array(["围墙"], dtype=object),
    )
    network = replace(straight_road(), barriers=wall)
    shut_in = points({"in": (500, 300), "out": (500, -10)})
    reach = Reach.prepare(network, shut_in, "to_facility", "travel_time_s", [60.0])
    fields = dict(Survey(reach, cell_m=CELL_M).fields())
    assert len(fields[0].keys) == 0
    assert len(fields[1].keys) > 0


def river_network() -> RoadNetwork:
    """
    A road north and one south of a river, joined by one bridge in the east.

    0 -------- 1      y = 200
    ~~~~~~~~~~~|~~~~  y = 0, the river, 20 m wide
    2 -------- 3      y = -600
    """
    nodes = pd.DataFrame({"x": [0.0, 3000.0, 0.0, 3000.0], "y": [200.0, 200.0, -600.0, -600.0]})
    edges = pd.DataFrame(
        {"from_node": [0, 1, 2], "to_node": [1, 3, 3], "length_m": [3000.0, 800.0, 3000.0]}
    )
    edges["travel_time_s"] = edges["length_m"] / 5
    river = Barriers(
        np.array([shapely.box(-5000, -10, 8000, 10)], dtype=object),
        np.array(["河流"], dtype=object),
    )
    return replace(RoadNetwork.from_edges(nodes, edges, crs=METRIC_CRS), barriers=river)


def test_no_place_crosses_the_river_on_foot() -> None:
    network = river_network()
    clinic = points({"c": (500, 250)})
    reach = Reach.prepare(network, clinic, "to_facility", "travel_time_s", [900.0])
    field = Survey(reach, cell_m=25.0).whole_field()
    places, drawn = places_of(field)
    dry = ~places.intersects(network.barriers.geometry[0]).to_numpy()
    places, drawn = places[dry], drawn[dry]
    trips = nearest_trips(network, places, clinic, direction="to_facility")
    # Streets come from neighbours, so a few places look past the exact place in sight.
    assert agree(drawn, trips["travel_time_s"].to_numpy(), reach.limit) >= 0.97
    area = field.area(900.0)
    # South of the river, far from the bridge: 200 m from the northern road, 600 s by it alone.
    assert not area.contains(shapely.Point(600, -100))
    assert area.contains(shapely.Point(600, 60))
    assert area.contains(shapely.Point(2900, -300))


def test_at_a_motorway_nobody_gets_in() -> None:
    # The fenced road itself is the barrier: places beside it walk to the lane farther away.
    nodes = pd.DataFrame({"x": [0.0, 2000.0, 0.0, 2000.0], "y": [0.0, 0.0, 400.0, 400.0]})
    edges = pd.DataFrame(
        {
            "from_node": [0, 2, 0],
            "to_node": [1, 3, 2],
            "length_m": [2000.0, 2000.0, 400.0],
            "travel_time_s": [80.0, 400.0, 80.0],
        }
    )
    network = RoadNetwork.from_edges(nodes, edges, crs=METRIC_CRS)
    fence = Barriers(
        np.array([LineString([(10, 0), (2000, 0)])], dtype=object),
        np.array(["高速公路"], dtype=object),
    )
    network = replace(network, barriers=fence)
    reach = Reach.prepare(network, points({"c": (0, 400)}), "to_facility", "travel_time_s", [600.0])
    field = Survey(reach, cell_m=25.0).whole_field()
    places, drawn = places_of(field)
    trips = nearest_trips(network, places, points({"c": (0, 400)}), direction="to_facility")
    assert agree(drawn, trips["travel_time_s"].to_numpy(), reach.limit) >= 0.97


def tiles_of(*costs: float) -> np.ndarray:
    """Tiles that cost the same everywhere."""
    return np.stack([np.full((TILE_CELLS, TILE_CELLS), c, dtype=np.float32) for c in costs])


def test_two_fields_add_up_where_both_are_known() -> None:
    one = CostField(10.0, 7.5, np.array([[0, 0], [7, 7]]), tiles_of(5.0, 5.0))
    two = CostField(10.0, 7.5, np.array([[0, 1], [0, 0]]), tiles_of(1.0, 2.0))
    both = one.plus(two)
    assert both.keys.tolist() == [[0, 0]]
    assert (both.costs == 7.0).all()
    assert both.step == 15.0
    assert both.area(6.0).is_empty
    # At the rim the cost is 1 of 15 short of the cutoff, and taken as 15 beyond it outside.
    side = (TILE_CELLS - 1) * 10.0 + 2 * 10 / 16
    assert both.area(8.0).area == pytest.approx(side**2, abs=100)


def test_tiles_that_touch_in_a_corner_are_drawn_together() -> None:
    keys = [(5, 5), (1, 1), (2, 0), (0, 0), (10**6, -(10**6)), (0, -9), (1, -9)]
    field = CostField(1.0, 1.0, np.array(keys), tiles_of(*[0.0] * 7))
    c = TILE_CELLS
    assert sorted((row, column, costs.shape) for row, column, costs in field._patches) == [
        (0, -9 * c, (2 * c, c)),
        (0, 0, (3 * c, 2 * c)),
        (5 * c, 5 * c, (c, c)),
        (c * 10**6, -c * 10**6, (c, c)),
    ]
    assert len(field.area(0.5).geoms) == 4 + 2  # tiles that share a corner do not touch
    nothing = CostField(1.0, 1.0, np.zeros((0, 2), dtype=int), tiles_of(1.0)[:0])
    assert nothing.area(0.5).is_empty


def test_a_street_mapped_as_two_edges_is_one_street() -> None:
    nodes, edges = random_tables(11)
    edges = edges.assign(oneway=False)
    both_ways = RoadNetwork.from_edges(nodes, edges, crs=METRIC_CRS)
    back = edges.rename(columns={"from_node": "to_node", "to_node": "from_node"})
    back["geometry"] = [None if line is None else line.reverse() for line in back["geometry"]]
    pairs = pd.concat([edges, back], ignore_index=True).assign(oneway=True)
    in_pairs = RoadNetwork.from_edges(nodes, pairs, crs=METRIC_CRS)
    facilities = random_points(both_ways, 11, count=4, prefix="f")
    fields = []
    for network in (both_ways, in_pairs):
        reach = Reach.prepare(network, facilities, "to_facility", "travel_time_s", [600.0])
        fields.append(Survey(reach, cell_m=CELL_M).whole_field())
    assert fields[0].keys.tolist() == fields[1].keys.tolist()
    same = np.isclose(*(np.minimum(field.costs, 600.0) for field in fields), atol=0.05)
    assert same.mean() >= 0.99
    # Half of the edges hang on the others.
    streets = streets_of(in_pairs)
    assert len(np.unique(streets.of_edge)) == len(np.unique(streets_of(both_ways).of_edge))
    assert streets.is_turned.sum() >= len(edges) * 0.9

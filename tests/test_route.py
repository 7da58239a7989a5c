"""The way a trip takes adds up to its time and its metres."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely

from coverage.catchment import nearest_trips
from coverage.network import RoadNetwork
from coverage.route import route_between
from tests.networks import METRIC_CRS, points, random_tables, straight_road


def with_delays(network: RoadNetwork, seed: int) -> RoadNetwork:
    delays = np.random.default_rng(seed).choice([0.0, 20.0, 45.0], network.node_count)
    return RoadNetwork(**{**vars_of(network), "node_delay_s": delays})


def vars_of(network: RoadNetwork) -> dict:
    names = RoadNetwork.__dataclass_fields__
    return {name: getattr(network, name) for name in names}


@pytest.mark.parametrize("direction", ["to_facility", "from_facility"])
@pytest.mark.parametrize("cost", ["travel_time_s", "distance_m"])
@pytest.mark.parametrize("seed", range(5))
def test_adds_up_to_the_trip(seed, direction, cost):
    nodes, edges = random_tables(seed)
    network = with_delays(RoadNetwork.from_edges(nodes, edges, crs=METRIC_CRS), seed)
    rng = np.random.default_rng(seed)
    demand = points({f"d{k}": tuple(rng.uniform(0, 5000, 2)) for k in range(6)})
    demand.loc["d0", "geometry"] = shapely.Point(nodes.iloc[0])
    facility = points({"f": tuple(rng.uniform(0, 5000, 2))})
    trips = nearest_trips(network, demand, facility, direction=direction, cost=cost)
    for name, trip in trips.iterrows():
        route = route_between(network, demand.loc[[name]], facility, direction=direction, cost=cost)
        if not np.isfinite(trip["travel_time_s"]):
            assert route is None
            continue
        assert getattr(route, cost) == pytest.approx(trip[cost], abs=1e-6)
        start, end = (shapely.Point(route.line.coords[at]) for at in (0, -1))
        doors = [demand.geometry[name], facility.geometry["f"]]
        if direction == "from_facility":
            doors.reverse()
        assert start.equals(doors[0])
        assert end.equals(doors[1])


def test_along_one_edge_by_hand():
    demand, facility = points({"d": (100.0, 40.0)}), points({"f": (300.0, 0.0)})
    route = route_between(straight_road(), demand, facility, direction="to_facility")
    assert route.steps.to_dict("list") == {
        "edge_id": [-1, 0, -1],
        "distance_m": [40.0, pytest.approx(200.0), 0.0],
        "travel_time_s": [pytest.approx(30.0), pytest.approx(20.0), 0.0],
    }
    assert list(route.line.coords) == [(100.0, 40.0), (100.0, 0.0), (300.0, 0.0)]


def test_streets_are_named_by_their_row_in_the_source():
    """
    Two roads in a row, given the other way round.

    0 --b-- 1 --a-- 2
    """
    nodes = pd.DataFrame({"x": [0.0, 1000.0, 2000.0], "y": 0.0}, index=[0, 1, 2])
    edges = pd.DataFrame(
        {"from_node": [1, 0], "to_node": [2, 1], "length_m": 1000.0, "travel_time_s": 100.0}
    )
    network = RoadNetwork.from_edges(nodes, edges, crs=METRIC_CRS)
    demand, facility = points({"d": (500.0, 0.0)}), points({"f": (1500.0, 0.0)})
    route = route_between(network, demand, facility, direction="to_facility")
    assert route.steps["edge_id"].tolist() == [-1, 1, 0, -1]
    back = route_between(network, demand, facility, direction="from_facility")
    assert back.steps["edge_id"].tolist() == [-1, 0, 1, -1]
    assert back.line.equals(route.line.reverse())


def test_a_point_on_its_facility_has_a_route_of_no_length():
    here = points({"h": (500.0, 0.0)})
    route = route_between(straight_road(), here, here, direction="to_facility")
    assert (route.travel_time_s, route.distance_m, route.line.length) == (0.0, 0.0, 0.0)


def test_the_wrong_way_along_a_one_way_road_is_no_way():
    demand, facility = points({"d": (800.0, 0.0)}), points({"f": (100.0, 0.0)})
    road = straight_road(oneway=True)
    assert route_between(road, demand, facility, direction="to_facility") is None
    assert route_between(road, demand, facility, direction="from_facility") is not None


def test_takes_one_point_each():
    two = points({"a": (0.0, 0.0), "b": (1.0, 0.0)})
    with pytest.raises(ValueError, match="one demand point and one facility"):
        route_between(straight_road(), two, two.iloc[:1], direction="to_facility")

"""The way a trip takes adds up to its time and its metres."""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from coverage.catchment import nearest_trips
from coverage.impedance import TravelMode, network_for_mode
from coverage.network import RoadNetwork
from coverage.roads import Roads, with_names
from coverage.route import MOST_STRETCHES, Route, route_between, way_sentence
from tests.hostile import HOSTILE
from tests.networks import METRIC_CRS, points, random_tables, straight_road, toy_roads


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


# the way in words


def row_of_roads(*stretches: tuple[str, str, float]) -> Roads:
    """A row of roads from west to east: name, class, metres."""
    at = np.cumsum([0.0, *(metres for _, _, metres in stretches)])
    nodes = {number: (float(x), 0.0) for number, x in enumerate(at, start=1)}
    edges = [(k, k + 1, road_class) for k, (_, road_class, _) in enumerate(stretches, start=1)]
    return with_names(
        toy_roads(edges, nodes), range(len(stretches)), [name for name, _, _ in stretches]
    )


def told(roads: Roads, *, direction: str = "to_facility") -> str:
    """The way from one end to the other and 30 m off the road, at 36 km/h (10 m/s)."""
    mode = TravelMode("drive", "驾车", "测试", "motor", dict.fromkeys(roads.road_classes, 36.0))
    demand, facility = points({"d": (0.0, 30.0)}), points({"f": (float(roads.node_x.max()), 0.0)})
    route = route_between(network_for_mode(roads, mode), demand, facility, direction=direction)
    before = route.steps.copy()
    sentence = way_sentence(route, roads)
    pd.testing.assert_frame_equal(route.steps, before)
    return sentence


def test_edges_of_one_name_and_class_are_one_stretch_in_the_order_of_travel():
    roads = row_of_roads(
        ("幸福路", "unclassified", 600), ("幸福路", "unclassified", 300),
        ("幸福路", "tertiary", 150), ("", "track", 200), ("青银路", "primary", 2400),
    )  # fmt: skip
    parts = [
        "幸福路（村道）900 米 1.5 分钟", "幸福路（乡道或支路）150 米 0.2 分钟",
        "无名机耕路 200 米 0.3 分钟", "青银路（省道或主干路）2.40 公里 4.0 分钟",
    ]  # fmt: skip
    assert told(roads) == " → ".join(parts)
    assert told(roads, direction="from_facility") == " → ".join(parts[::-1])


def test_what_is_short_counts_with_the_longer_neighbour():
    """The 99 m bridge joins the halves of its road; the 40 m at the end go to the last road."""
    roads = row_of_roads(
        ("青银路", "primary", 400), ("青银大桥", "primary", 99), ("青银路", "primary", 501),
        ("", "service", 100), ("", "footway", 40),
    )  # fmt: skip
    assert told(roads) == "青银路（省道或主干路）1.00 公里 1.7 分钟 → 无名内部道路 140 米 0.2 分钟"


def test_a_way_of_nothing_but_short_stretches_is_still_told():
    roads = row_of_roads(("甲路", "service", 20), ("乙路", "service", 50), ("", "", 20))
    assert told(roads) == "乙路（内部道路）90 米 0.1 分钟"


def test_of_many_stretches_the_shortest_neighbours_are_one():
    """
    Eight roads: 2 and 3 (300 m) become one, called 3; then that and 4 (600 m) one, called 4.
    """
    metres = [1000, 120, 180, 300, 2000, 700, 800, 900]
    roads = row_of_roads(*((f"{k}号路", "tertiary", m) for k, m in enumerate(metres, start=1)))
    parts = ["1号路（乡道或支路）1.00 公里 1.7 分钟", "4号路（乡道或支路）等 600 米 1.0 分钟"]
    parts += [f"{k}号路（乡道或支路）{text}" for k, text in (
        (5, "2.00 公里 3.3 分钟"), (6, "700 米 1.2 分钟"), (7, "800 米 1.3 分钟"),
        (8, "900 米 1.5 分钟"),
    )]  # fmt: skip
    assert told(roads) == " → ".join(parts)


def test_without_any_name_on_the_map_nothing_is_called_nameless():
    roads = row_of_roads(("", "unclassified", 500), ("", "", 1500))
    expected = "村道 500 米 0.8 分钟 → 未注明等级的道路 1.50 公里 2.5 分钟"
    assert told(roads) == expected
    named = row_of_roads(("", "", 1500), ("甲路", "raceway", 500))
    assert told(named) == "无名道路 1.50 公里 2.5 分钟 → 甲路（raceway）500 米 0.8 分钟"


def test_a_way_without_a_road_is_not_told():
    here = points({"f": (300.0, 25.0)})
    route = route_between(straight_road(), here, here, direction="to_facility")
    assert way_sentence(route, row_of_roads(("甲路", "service", 300))) == ""


def test_a_hostile_name_comes_through_as_one_line_of_text():
    roads = row_of_roads((HOSTILE, "service", 300))
    sentence = told(roads)
    assert sentence.isprintable()
    assert len(sentence) < 80


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["", "甲路", "乙路", "丙路"]),
            st.sampled_from(["tertiary", "service", ""]),
            st.floats(1.0, 3000.0),
        ),
        min_size=1,
        max_size=25,
    )
)
def test_at_most_six_stretches_hold_every_metre_and_second(stretches):
    roads = row_of_roads(*stretches)
    edges = np.arange(len(stretches))
    steps = pd.DataFrame(
        {"edge_id": edges, "distance_m": roads.length_m, "travel_time_s": roads.length_m / 10}
    )
    parts = way_sentence(Route(shapely.LineString(), steps), roads).split(" → ")
    assert 1 <= len(parts) <= MOST_STRETCHES
    found = [re.fullmatch(r"(.+?)等? ?([\d.]+) (米|公里) ([\d.]+) 分钟", part) for part in parts]
    lengths = [float(one[2]) * {"米": 1, "公里": 1000}[one[3]] for one in found]
    assert sum(lengths) == pytest.approx(roads.length_m.sum(), abs=6 * 5.0)
    minutes = [float(one[4]) for one in found]
    assert sum(minutes) == pytest.approx(roads.length_m.sum() / 600, abs=6 * 0.05)
    assert min(lengths) >= 100 or len(parts) == 1
    for one, following in pairwise(found):
        assert one[1] != following[1]

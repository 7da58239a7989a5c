"""Roads closed, signed and added, against NetworkX on a graph changed by hand."""

from __future__ import annotations

from dataclasses import fields, replace
from itertools import permutations

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from coverage.access.barriers import Barriers
from coverage.catchment import travel_matrix
from coverage.changes.new_roads import lengths_on_ellipsoid
from coverage.changes.road_change import RoadChange
from coverage.changes.road_change_sentences import mode_notices
from coverage.changes.road_changes import apply_road_changes
from coverage.changes.road_classes import ROAD_CLASSES
from coverage.changes.road_cutting import Cut, cut_edges, with_nodes
from coverage.changes.road_places import edge_at, same_course
from coverage.errors import RoadChangeError
from coverage.impedance import TravelMode, network_for_mode
from coverage.roads import Roads, with_names
from layers.osm.osm_tags import ROAD_CLASSES as READ_CLASSES
from tests.hostile import HOSTILE
from tests.networks import METRIC_CRS, points, toy_roads

X0, Y0 = 39_500_000.0, 4_000_000.0
"""On the central meridian, where a metre of the map is a metre on the ellipsoid."""

SPEEDS = {"primary": 60.0, "secondary": 36.0, "residential": 18.0, "unclassified": 24.0}
DRIVE = TravelMode(
    "drive", "驾车", "测试", "motor", SPEEDS, obeys_max_speed=True, max_speed_kph=120
)
WALK = TravelMode("walk", "步行", "测试", "foot", dict.fromkeys([*SPEEDS, "path"], 3.6))
RIDE = TravelMode("ride", "骑行", "测试", "bicycle", dict.fromkeys([*SPEEDS, "path"], 10.8))
MODES = {mode.mode_id: mode for mode in (DRIVE, WALK, RIDE)}


def ladder(**changes: object) -> Roads:
    """
    Two roads beside a river, joined far away at both ends; 1,000 m per step.

      4 --- 5 --- 6 --- 7     residential (18 km/h: 200 s per km)
      |   ~ ~ ~ ~ ~ ~   |     secondary (36 km/h: 100 s per km)
      0 --- 1 --- 2 --- 3     primary (60 km/h: 60 s per km)
    """
    nodes = {n: (X0 + 1000.0 * (n % 4), Y0 + 1000.0 * (n // 4)) for n in range(8)}
    edges = [(0, 1, "primary"), (1, 2, "primary"), (2, 3, "primary")]
    edges += [(4, 5, "residential"), (5, 6, "residential"), (6, 7, "residential")]
    edges += [(0, 4, "secondary"), (3, 7, "secondary")]
    return toy_roads(edges, nodes, **changes)


def place(x: float, y: float) -> tuple[float, float]:
    """Metres east and north of node 0."""
    return (X0 + x, Y0 + y)


def close(*places: tuple[float, float], name: str = "封路", **more: object) -> RoadChange:
    return RoadChange(f"c-{name}", name, "close", tuple(place(*one) for one in places), **more)


def speed(kph: float, *places: tuple[float, float], name: str = "限速") -> RoadChange:
    return RoadChange(f"s-{name}", name, "speed", tuple(place(*one) for one in places), kph)


def add(*places: tuple[float, float], name: str = "新桥", **more: object) -> RoadChange:
    return RoadChange(f"a-{name}", name, "add", tuple(place(*one) for one in places), **more)


def node_times(roads: Roads, mode: TravelMode) -> dict[tuple[int, int], float]:
    """Seconds from every node of the source to every other that can be reached."""
    graph = network_for_mode(roads, mode).to_networkx()
    return all_times(graph)


def all_times(graph: nx.Graph) -> dict[tuple[int, int], float]:
    lengths = nx.all_pairs_dijkstra_path_length(graph, weight="travel_time")
    return {
        (a, b): seconds
        for a, reached in lengths
        for b, seconds in reached.items()
        if a >= 0 and b >= 0 and a != b
    }


def by_hand(edges: dict[tuple[object, object], float], *, directed: bool = False) -> dict:
    graph = nx.DiGraph() if directed else nx.Graph()
    graph.add_weighted_edges_from(((a, b, s) for (a, b), s in edges.items()), weight="travel_time")
    names = {name: name if isinstance(name, int) else -1 - at for at, name in enumerate(graph)}
    return all_times(nx.relabel_nodes(graph, names))


LADDER_S = {(0, 1): 60.0, (1, 2): 60.0, (2, 3): 60.0, (4, 5): 200.0, (5, 6): 200.0, (6, 7): 200.0,
            (0, 4): 100.0, (3, 7): 100.0}  # fmt: skip


def without(*pairs: tuple[int, int]) -> dict:
    return {pair: s for pair, s in LADDER_S.items() if pair not in pairs}


def sentences(changed) -> list[str]:
    return [effect.sentence for effect in changed.effects]


def codes(changed) -> list[str]:
    return [notice.code for notice in changed.notices]


# bad input


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (speed(0.0, (500, 0)), "道路变更「限速」的速度应不小于 1、不超过 200 公里/小时，现为 0。"),
        (
            speed(-5.0, (500, 0)),
            "道路变更「限速」的速度应不小于 1、不超过 200 公里/小时，现为 -5。",
        ),
        (
            speed(500, (500, 0)),
            "道路变更「限速」的速度应不小于 1、不超过 200 公里/小时，现为 500。",
        ),
        (
            speed(np.nan, (500, 0)),
            "道路变更「限速」的速度应不小于 1、不超过 200 公里/小时，现为 nan。",
        ),
        (
            replace(speed(5, (500, 0)), speed_kph=None),
            "道路变更「限速」没有写速度（公里/小时），请填写。",
        ),
        (
            replace(speed(5, (500, 0)), users=("foot",)),
            "道路变更「限速」改的是限速，只对机动车起作用，不能另写使用者，请删去。",
        ),
        (
            close((500, 0), speed_kph=30.0),
            "道路变更「封路」是封闭道路，不应写速度，请删去。",
        ),
        (
            close((500, 0), oneway=True, joins="crossings"),
            "道路变更「封路」不是新增道路，单向、接入方式不起作用，请删去。",
        ),
        (close(), "道路变更「封路」没有写明位置，请在图上点选道路。"),
        (
            close((np.nan, 0), (np.inf, 0)),
            "道路变更「封路」有 2 个点的坐标不是有限的数字，请重新在图上选点。",
        ),
        (
            close((500, 0), users=()),
            "道路变更「封路」没有写明谁受影响，请从行人（foot）、自行车（bicycle）、机动车（motor）中选。",
        ),
        (
            close((500, 0), users=("car",)),
            "道路变更「封路」的使用者「car」不认识，只能是 foot、bicycle、motor。",
        ),
        (
            add((500, 0), (500, 0)),
            "道路变更「新桥」只有 1 个不同的点，新增道路至少要两个不同的点。",
        ),
        (
            add((1000, 0), (1000, 1000), road_class="primry"),
            "道路变更「新桥」的道路等级「primry」不认识，最接近的是「primary」。",
        ),
        (
            replace(close((500, 0)), action="dig"),
            "道路变更「封路」的动作「dig」不认识，只能是 close（封闭）、speed（改速度）、add（新增）。",
        ),
        (
            add((1000, 0), (1000, 1000), joins="all"),
            "道路变更「新桥」的接入方式「all」不认识，只能是 ends（只接两端）、crossings（与相交的路都相通）。",
        ),
        (
            replace(close((500, 0)), change_id=" ", name=" "),
            "道路变更「」没有编号，请填写。",
        ),
        (
            close((500, 0), name="路" * 201),
            (
                f"道路变更「{'路' * 40}…」的编号有 203 个字，不得超过 200 个字。"
                f"道路变更「{'路' * 40}…」的名称有 201 个字，不得超过 200 个字。"
            ),
        ),
        (
            replace(close((500, 0)), name="\ud83d"),
            "道路变更「\ud83d」的名称里有不成字的编码，请重新输入。",
        ),
        (
            close((500, -201)),
            "道路变更「封路」的点选的位置周围 200 米以内没有可以封闭的路，请把点移到路上。",
        ),
        (
            speed(30, (500, 0), (500, -900)),
            "道路变更「限速」的第 2 个点周围 200 米以内没有机动车可走的路，请把点移到路上。",
        ),
        (
            close((500, 10), (500.4, -10)),
            "道路变更「封路」的各点落在路上同一处，中间没有路段，请把点拉开。",
        ),
        (
            add((500, 400), (1500, 500)),
            "道路变更「新桥」的两端周围 200 米以内没有可以接入的路，请从现有道路画起。",
        ),
        (
            add((1000, 50), (1000, -50)),
            "道路变更「新桥」的两端接到了路上同一处，成不了一条路，请画长一些。",
        ),
    ],
)
def test_a_change_that_cannot_be_is_refused(change, sentence) -> None:
    with pytest.raises(RoadChangeError) as caught:
        apply_road_changes(ladder(), [change])
    assert str(caught.value) == sentence
    assert caught.value.heading == "道路变更有问题。"


def test_all_refusals_come_together() -> None:
    with pytest.raises(RoadChangeError) as caught:
        apply_road_changes(ladder(), [close((0, -900), name="甲"), close((0, -800), name="乙")])
    assert str(caught.value).count("周围 200 米以内没有可以封闭的路") == 2


def test_ids_are_unique() -> None:
    with pytest.raises(RoadChangeError) as caught:
        apply_road_changes(ladder(), [close((500, 0)), close((1500, 0))])
    message = "道路变更有 2 项的编号重复，第一个是「c-封路」，请改成不同的编号。"
    assert str(caught.value) == message


def test_a_stretch_needs_a_way_between() -> None:
    nodes = {0: place(0, 0), 1: place(900, 0), 2: place(0, 500), 3: place(900, 500)}
    apart = toy_roads([(0, 1, "primary"), (2, 3, "primary")], nodes)
    with pytest.raises(RoadChangeError) as caught:
        apply_road_changes(apart, [close((400, 0), (400, 500))])
    message = "道路变更「封路」的各点之间没有相通的路，请把点选在同一条路上。"
    assert str(caught.value) == message


# structure


def test_nothing_to_change() -> None:
    roads = ladder()
    changed = apply_road_changes(roads, [])
    assert changed.roads is roads
    assert changed.effects == ()
    assert changed.notices == ()
    assert changed.base_edge.tolist() == list(range(8))


def arrays(roads: Roads) -> dict[str, np.ndarray]:
    named = {one.name: getattr(roads, one.name) for one in fields(Roads)}
    named |= {f"access {user}": bits for user, bits in named.pop("access").items()}
    return {name: value for name, value in named.items() if isinstance(value, np.ndarray)}


EVERYTHING = [
    close((500, 0), name="封"),
    speed(30, (1200, 0), (2300, 0)),
    add((1500, 10), (1500, 990), road_class="tertiary", speed_kph=45),
    add((1500, 500), (3000, 500), name="支线", oneway=True),
]


def test_the_roads_given_stay_as_they_are_and_the_new_ones_fit_together() -> None:
    barrier = Barriers(np.array([shapely.box(0, 0, 1, 1)]), np.array(["河"], dtype=object))
    roads = replace(ladder(), barriers=barrier)
    before = {name: value.copy() for name, value in arrays(roads).items()}
    new = apply_road_changes(roads, EVERYTHING).roads
    for name, value in arrays(roads).items():
        np.testing.assert_array_equal(value, before[name])
    assert new.barriers is barrier
    assert len(set(new.node_id.tolist())) == new.node_count
    assert new.node_id[: roads.node_count].tolist() == roads.node_id.tolist()
    assert new.node_id[roads.node_count :].tolist() == [-1, -2, -3, -4, -5, -6]
    by_edge = [name for name in arrays(new) if len(arrays(new)[name]) == new.edge_count]
    assert {"from_node", "to_node", "length_m", "access motor", "is_bridge"} <= set(by_edge)
    assert len(new.vertex_x) == len(new.vertex_y) == new.vertex_start[-1]
    assert len(new.vertex_start) == new.edge_count + 1
    for node, vertex in (
        (new.from_node, new.vertex_start[:-1]),
        (new.to_node, new.vertex_start[1:] - 1),
    ):
        np.testing.assert_array_equal(new.vertex_x[vertex], new.node_x[node])
        np.testing.assert_array_equal(new.vertex_y[vertex], new.node_y[node])
    for value in arrays(new).values():
        assert not value.flags.writeable


def test_edges_keep_their_positions_and_know_where_they_come_from() -> None:
    roads = ladder()
    changed = apply_road_changes(roads, EVERYTHING)
    new, base = changed.roads, changed.base_edge
    assert base[: roads.edge_count].tolist() == list(range(roads.edge_count))
    assert sorted(base.tolist()) == [-1, -1, -1, 0, 1, 1, 1, 2, 2, 3, 4, 4, 5, 6, 7, 7]
    for edge in range(roads.edge_count):
        assert new.length_m[base == edge].sum() == pytest.approx(roads.length_m[edge], rel=1e-12)
    untouched = [3, 5, 6]
    for name in ("from_node", "to_node", "length_m", "max_speed_kph"):
        np.testing.assert_array_equal(
            getattr(new, name)[untouched], getattr(roads, name)[untouched]
        )


def test_the_same_changes_give_the_same_bytes() -> None:
    one, two = (arrays(apply_road_changes(ladder(), EVERYTHING).roads) for _ in range(2))
    assert {name: value.tobytes() for name, value in one.items()} == {
        name: value.tobytes() for name, value in two.items()
    }


def test_new_ids_pass_over_negative_ids_that_there_are() -> None:
    roads = replace(ladder(), node_id=np.array([-1, 5, -3, 6, 7, 8, 9, -(2**63)]))
    new = apply_road_changes(roads, [close((100, 0), (300, 0))]).roads
    assert new.node_id[8:].tolist() == [-2, -4]


# close


def test_close_the_edge_at_a_click() -> None:
    changed = apply_road_changes(ladder(), [close((1500, 30))])
    assert node_times(changed.roads, DRIVE) == pytest.approx(by_hand(without((1, 2))))
    assert (2, 1) not in network_for_mode(changed.roads, WALK).to_networkx().edges()
    (effect,) = changed.effects
    assert effect.edges.tolist() == [1]
    assert effect.length_m == pytest.approx(1000)
    assert effect.lines.equals(shapely.LineString([place(1000, 0), place(2000, 0)]))
    assert effect.sentence == (
        "「封路」封闭 1 个路段共 1.00 公里（省道或主干路），行人、自行车、机动车不能通行。"
    )
    assert effect.notices == ()


def test_close_to_motor_vehicles_only() -> None:
    changed = apply_road_changes(ladder(), [close((1500, 0), users=("motor",))])
    assert node_times(changed.roads, DRIVE) == pytest.approx(by_hand(without((1, 2))))
    assert node_times(changed.roads, WALK) == pytest.approx(node_times(ladder(), WALK))
    assert sentences(changed)[0].endswith("，机动车不能通行。")


def test_close_the_stretch_between_two_places_and_no_more() -> None:
    changed = apply_road_changes(ladder(), [close((1400, 20), (2300, -20))])
    left = without((1, 2), (2, 3)) | {(1, "a"): 24.0, ("b", 3): 42.0}
    assert node_times(changed.roads, DRIVE) == pytest.approx(by_hand(left))
    (effect,) = changed.effects
    assert effect.length_m == pytest.approx(900)
    assert len(effect.edges) == 2
    # What is left of the cut edges may still be travelled up to the place.
    times = door_to_door(changed.roads, DRIVE, {"a": (1399, 0)}, {"b": (1000, 0)})
    assert times["a", "b"] == pytest.approx(399 * 0.06)


def door_to_door(roads: Roads, mode: TravelMode, demand: dict, facilities: dict) -> dict:
    rows = [points({n: place(*at) for n, at in group.items()}) for group in (demand, facilities)]
    matrix = travel_matrix(
        network_for_mode(roads, mode), *rows, cutoff_s=np.inf, direction="to_facility"
    )
    return {(a, b): s for a, b, s in matrix[["from_id", "to_id", "travel_time_s"]].to_numpy()}


def test_a_stretch_within_one_edge_stays_on_it_though_another_way_is_shorter() -> None:
    """
    A road of 3 km over a pass, and a tunnel of 1 km between its ends.

      o---------o
      |         |
      0 ======= 1
    """
    roads = toy_roads([(0, 1, "primary"), (0, 1, "primary")], {0: place(0, 0), 1: place(1000, 0)})
    xy = np.array([place(0, 0), place(0, 1000), place(1000, 1000), place(1000, 0)])
    xy = np.vstack([xy, [place(0, 0), place(1000, 0)]])
    roads = replace(
        roads, vertex_x=xy[:, 0], vertex_y=xy[:, 1], vertex_start=np.array([0, 4, 6]),
        length_m=np.array([3000.0, 1000.0]),
    )  # fmt: skip
    (effect,) = apply_road_changes(roads, [close((0, 400), (1000, 400))]).effects
    assert effect.length_m == pytest.approx(2200)
    (effect,) = apply_road_changes(roads, [close((0, 400), (1000, 0))]).effects
    assert effect.length_m == pytest.approx(2600)
    # Between the nodes the shortest is meant, unless the stretch is led over the pass.
    (effect,) = apply_road_changes(roads, [close((0, 0), (1000, 0))]).effects
    assert effect.length_m == pytest.approx(1000)
    (effect,) = apply_road_changes(roads, [close((0, 0), (500, 1000), (1000, 0))]).effects
    assert effect.length_m == pytest.approx(3000)


def test_a_stretch_may_lead_far_away() -> None:
    """
    Two ends 400 m apart, and 40 km of road between them; a lane of 60 km (winding) joins them too.

      0 -------- 20 km -------- 2
      ~ (60 km)                 |
      1 -------- 20 km -------- 3
    """
    nodes = {0: place(0, 400), 1: place(0, 0), 2: place(20_000, 400), 3: place(20_000, 0)}
    roads = toy_roads([(0, 2, "primary"), (2, 3, "primary"), (1, 3, "primary")], nodes)
    (effect,) = apply_road_changes(roads, [close((0, 400), (0, 0))]).effects
    assert effect.length_m == pytest.approx(40_400)
    roads = toy_roads(
        [(0, 2, "primary"), (2, 3, "primary"), (1, 3, "primary"), (0, 1, "primary")], nodes
    )
    roads = replace(roads, length_m=np.array([20_000.0, 400.0, 20_000.0, 60_000.0]))
    (effect,) = apply_road_changes(roads, [close((0, 400), (0, 0))]).effects
    assert sorted(effect.edges.tolist()) == [0, 1, 2]


def test_a_stretch_follows_one_way_streets_either_way_and_says_so() -> None:
    roads = ladder(access={"motor": [1, 2, 1, 3, 3, 3, 3, 3]})
    changed = apply_road_changes(roads, [close((0, 0), (3000, 0))])
    assert changed.effects[0].length_m == pytest.approx(3000)
    assert changed.notices[0].message == (
        "道路变更「封路」有 3 个路段是单向车道，对向车道没有变；要一并变更，请在对向车道上再设一项。"
    )


def test_a_place_within_a_metre_of_a_node_is_the_node() -> None:
    changed = apply_road_changes(ladder(), [close((999.5, 0), (2000.5, 0))])
    assert changed.effects[0].edges.tolist() == [1]
    assert changed.roads.node_count == 8


def test_closing_twice_closes_no_other_road() -> None:
    """A second click on the closed road must not close the lane 50 m beside it."""
    nodes = {0: place(0, 0), 1: place(1000, 0), 2: place(0, 50), 3: place(1000, 50)}
    roads = toy_roads([(0, 1, "primary"), (2, 3, "residential")], nodes)
    changed = apply_road_changes(roads, [close((500, 5), name="甲"), close((500, 5), name="乙")])
    assert [effect.edges.tolist() for effect in changed.effects] == [[0], [0]]
    assert [notice.message for notice in changed.notices] == [
        "道路变更「乙」的路段全部已被前面的变更封闭，在那里不再起作用。"
    ]
    assert changed.roads.access["motor"].tolist() == [0, 3]
    assert edge_at(changed.as_built, *place(500, 5)).edge == 0
    assert edge_at(changed.roads, *place(500, 5)).edge == 1


def test_a_street_drawn_once_for_each_direction_is_closed_both_ways() -> None:
    """Tables exported with one row per direction hold every street twice."""
    both = [(0, 1, "primary"), (1, 2, "primary"), (2, 1, "primary"), (1, 0, "primary")]
    nodes = {n: place(1000.0 * n, 0) for n in range(3)}
    for bits in ([3, 3, 3, 3], [1, 1, 1, 1]):
        roads = toy_roads(both, nodes, access={"motor": bits})
        changed = apply_road_changes(roads, [close((500, 0))])
        assert changed.roads.access["motor"].tolist() == [0, bits[1], bits[2], 0]
        assert changed.effects[0].length_m == pytest.approx(1000)
        assert changed.notices == ()
        part = apply_road_changes(roads, [close((500, 0), (1500, 0))])
        assert part.effects[0].length_m == pytest.approx(1000)
        assert set(node_times(part.roads, DRIVE)) == set()
        assert len(part.effects[0].edges) == 4
        joined = apply_road_changes(roads, [add((500, 0), (500, 900), (1500, 900), (1500, 0))])
        times = node_times(joined.roads, DRIVE)
        assert times[0, 2] == times[2, 0] == pytest.approx(120)
        assert len(joined.roads.node_id) == 5


def test_same_course_tells_parallel_roads_apart() -> None:
    roads = toy_roads(
        [(0, 1, "primary"), (1, 0, "primary"), (2, 3, "primary")],
        {0: place(0, 0), 1: place(1000, 50), 2: place(1000, 0), 3: place(0, 50)},
    )
    assert same_course(roads, np.array([0])).tolist() == [0, 1]
    assert same_course(roads, np.array([2])).tolist() == [2]


def test_a_click_at_a_junction_takes_one_road_and_says_so() -> None:
    changed = apply_road_changes(ladder(), [close((1000, 0)), close((2000, -90), name="偏")])
    assert [effect.edges.tolist() for effect in changed.effects] == [[0], [1]]
    assert [notice.message for notice in changed.notices] == [
        "道路变更「封路」的点在路口，几条路一样近，只取了其中一条；请核对，或改点在路段中间。",
        "道路变更「偏」有 1 个点离路超过 50 米，最远 90 米，已移到最近的路上，请核对是不是这条路。",
        "道路变更「偏」的点在路口，几条路一样近，只取了其中一条；请核对，或改点在路段中间。",
    ]


def test_a_stretch_by_a_long_way_round_is_worth_a_look() -> None:
    changed = apply_road_changes(ladder(), [close((1500, 0), (1500, 1000))])
    assert [notice.message for notice in changed.notices] == [
        "道路变更「封路」沿路 4.00 公里，而各点的直线距离是 1.00 公里；请核对是不是这条路，必要时在中间加点。"
    ]


# speed


def test_a_new_limit_wins_over_the_table_and_the_old_limit_for_motor_vehicles_alone() -> None:
    roads = ladder(max_speed_kph=[np.nan, 90, np.nan, np.nan, np.nan, np.nan, np.nan, np.nan])
    changed = apply_road_changes(roads, [speed(30, (1500, 0)), speed(50, (500, 1000), name="快")])
    hand = LADDER_S | {(1, 2): 120.0, (4, 5): 72.0}
    assert node_times(changed.roads, DRIVE) == pytest.approx(by_hand(hand))
    for mode in (WALK, RIDE):
        assert node_times(changed.roads, mode) == pytest.approx(node_times(roads, mode))
    assert sentences(changed) == [
        (
            "「限速」把 1 个路段共 1.00 公里（省道或主干路）的限速改为 30 公里/小时（原限速 90 公里/小时）；"
            "只影响按限速行驶的机动车，步行和骑行的时间不变。"
        ),
        (
            "「快」把 1 个路段共 1.00 公里（居住区道路）的限速改为 50 公里/小时（原未标限速）；"
            "只影响按限速行驶的机动车，步行和骑行的时间不变。"
        ),
    ]


def test_a_limit_on_a_stretch_from_the_middle_of_one_edge_to_that_of_another() -> None:
    changed = apply_road_changes(ladder(), [speed(30, (500, 0), (1500, 0))])
    hand = LADDER_S | {(0, 1): 30.0 + 60.0, (1, 2): 60.0 + 30.0}
    assert node_times(changed.roads, DRIVE) == pytest.approx(by_hand(hand))


def test_the_old_limits_are_told() -> None:
    roads = ladder(max_speed_kph=[40, 60, np.nan, *[np.nan] * 5])
    told = sentences(apply_road_changes(roads, [speed(30, (0, 0), (3000, 0))]))[0]
    assert (
        "把 3 个路段共 3.00 公里（省道或主干路）的限速改为 30 公里/小时（原限速 40—60 公里/小时，部分未标）"
        in told
    )


def test_where_a_limit_does_not_reach_a_mode() -> None:
    changed = apply_road_changes(
        ladder(),
        [
            speed(100, (1500, 0)),
            close((500, 0)),
            add((1000, 0), (1000, 1000), road_class="motorway"),
        ],
    )
    deaf = replace(DRIVE, mode_id="deaf", name="慢车", obeys_max_speed=False)
    slow = replace(DRIVE, mode_id="slow", name="校车", max_speed_kph=80.0)
    either = TravelMode("either", "步行或骑行", "测试", faster_of=("walk", "ride"))
    modes = MODES | {"deaf": deaf, "slow": slow, "either": either}
    found = mode_notices(changed, modes)
    assert [notice.message for notice in found] == [
        "「慢车」不按限速行驶，道路变更「限速」的速度对它不起作用。",
        "「校车」最快 80 公里/小时，道路变更「限速」的 100 公里/小时按此计算。",
        *(
            f"道路变更「新桥」有 1 个路段是高速公路，「{name}」的速度表里没有这个等级，不走那里。"
            for name in ("驾车", "慢车", "校车")
        ),
    ]
    assert node_times(changed.roads, slow)[1, 2] == pytest.approx(45)
    assert node_times(changed.roads, deaf)[1, 2] == pytest.approx(60)


# add


def test_a_bridge_from_junction_to_junction() -> None:
    change = add((1000, 5), (1000, 995), road_class="primary", speed_kph=36)
    changed = apply_road_changes(ladder(), [change])
    assert node_times(changed.roads, DRIVE) == pytest.approx(by_hand(LADDER_S | {(1, 5): 100.0}))
    walk = node_times(changed.roads, WALK)
    assert walk[1, 5] == pytest.approx(1000, rel=1e-6)
    assert changed.roads.node_count == 8
    (effect,) = changed.effects
    assert effect.edges.tolist() == [8]
    assert changed.roads.is_bridge[8]
    assert effect.sentence == (
        "「新桥」新增省道或主干路 1.00 公里（车速 36 公里/小时，双向，供行人、自行车、机动车使用），"
        "两端都接到现有道路。"
    )
    assert changed.notices == ()


def test_a_bridge_between_the_middles_of_two_edges() -> None:
    changed = apply_road_changes(ladder(), [add((1300, 0), (1600, 400), (1600, 1000))])
    seconds = (500 + 600) * 3.6 / 24
    hand = without((1, 2), (5, 6)) | {
        (1, "a"): 18.0, ("a", 2): 42.0, (5, "b"): 120.0, ("b", 6): 80.0, ("a", "b"): seconds,
    }  # fmt: skip
    assert node_times(changed.roads, DRIVE) == pytest.approx(by_hand(hand), rel=1e-6)
    new = changed.roads
    assert new.length_m[changed.base_edge == 1].tolist() == pytest.approx([300, 700])
    assert new.road_classes == ("primary", "residential", "secondary", "unclassified")


def test_a_new_one_way_road_binds_vehicles_only() -> None:
    changed = apply_road_changes(
        ladder(), [add((1000, 0), (1000, 1000), oneway=True, speed_kph=36)]
    )
    arcs = {(a, b): s for (u, v), s in LADDER_S.items() for a, b in ((u, v), (v, u))}
    assert node_times(changed.roads, DRIVE) == pytest.approx(
        by_hand(arcs | {(1, 5): 100.0}, directed=True)
    )
    times = node_times(changed.roads, WALK)
    assert times[5, 1] == times[1, 5] == pytest.approx(1000, rel=1e-6)


def test_a_new_road_for_some_users() -> None:
    changed = apply_road_changes(ladder(), [add((1000, 0), (1000, 1000), road_class="path")])
    assert changed.effects[0].change.concerned_users == ("foot", "bicycle")
    assert node_times(changed.roads, DRIVE) == pytest.approx(by_hand(LADDER_S))
    assert node_times(changed.roads, WALK)[1, 5] == pytest.approx(1000, rel=1e-6)
    named = add((1000, 0), (1000, 1000), users=("motor",))
    assert (1, 5) not in network_for_mode(
        apply_road_changes(ladder(), [named]).roads, WALK
    ).to_networkx().edges()


CROSSED = [(0, 1, "primary"), (2, 3, "secondary"), (4, 5, "motorway"), (6, 7, "primary")]


def crossed(**changes: object) -> Roads:
    """Three streets and a motorway (third from the south), 300 m apart, from west to east."""
    nodes = {n: place(1000.0 * (n % 2), 300.0 * (n // 2)) for n in range(8)}
    return replace(toy_roads(CROSSED, nodes), **changes)


def test_a_new_road_passes_over_what_it_crosses_unless_a_vertex_is_put_there() -> None:
    over = apply_road_changes(crossed(), [add((500, 0), (500, 900))]).roads
    assert over.edge_count == 4 + 2 + 1
    joined = apply_road_changes(crossed(), [add((500, 0), (500, 300.6), (500, 900))])
    assert joined.roads.edge_count == 4 + 3 + 2
    assert sentences(joined)[0].endswith("两端都接到现有道路，中间接入 1 处。")
    assert joined.roads.is_bridge[joined.effects[0].edges].all()
    beside = apply_road_changes(crossed(), [add((500, 0), (500, 298), (500, 900))]).roads
    assert beside.edge_count == 4 + 2 + 1


def test_a_road_at_grade_joins_what_it_crosses_but_bridges_tunnels_and_motorways() -> None:
    level = add((500, 0), (500, 900), joins="crossings")
    joined = apply_road_changes(crossed(), [level]).roads
    assert joined.edge_count == 4 + 3 + 2
    assert not joined.is_bridge.any()
    for above in ("is_bridge", "is_tunnel"):
        raised = crossed(**{above: np.array([False, True, False, False])})
        assert apply_road_changes(raised, [level]).roads.edge_count == 4 + 2 + 1
    # An end that goes a little too far makes no second junction.
    long = apply_road_changes(crossed(), [replace(level, places=(place(500, -9), place(500, 903)))])
    assert long.roads.edge_count == 4 + 3 + 2
    assert long.roads.length_m[long.effects[0].edges].tolist() == pytest.approx([300, 600])


def test_a_road_at_grade_through_a_junction_uses_its_node() -> None:
    nodes = {0: place(0, 0), 1: place(500, 0), 2: place(1000, 0), 3: place(500, 400)}
    roads = toy_roads([(0, 1, "primary"), (1, 2, "primary"), (0, 3, "primary")], nodes)
    change = add((500, 400), (500, -300), joins="crossings")
    changed = apply_road_changes(roads, [change])
    assert changed.roads.node_count == 5
    assert changed.roads.length_m[changed.effects[0].edges].tolist() == pytest.approx([400, 300])
    assert sentences(changed)[0].endswith("起点接到现有道路，终点没有，中间接入 1 处。")


def test_a_free_end_is_told() -> None:
    changed = apply_road_changes(ladder(), [add((1000, -60), (1000, -900))])
    assert [notice.message for notice in changed.notices] == [
        "道路变更「新桥」的起点离路 60 米，已移到最近的路上，请核对是不是这条路。",
        "道路变更「新桥」的终点没有接到路上，从这一端走不通，请核对。",
    ]
    assert sentences(changed)[0].endswith("起点接到现有道路，终点没有。")
    assert changed.effects[0].length_m == pytest.approx(900)
    back = apply_road_changes(ladder(), [add((1000, -900), (1000, 0))])
    assert sentences(back)[0].endswith("终点接到现有道路，起点没有。")


def test_a_new_road_may_join_another_new_road() -> None:
    first = add((1500, 0), (1500, -1000), name="一期", speed_kph=36)
    second = add((1500, -600), (3000, -600), (3000, 0), name="二期", speed_kph=36)
    times = node_times(apply_road_changes(ladder(), [first, second]).roads, DRIVE)
    hand = without((1, 2)) | {(1, "a"): 30.0, ("a", 2): 30.0, ("a", 3): 60.0 + 150.0 + 60.0}
    assert times == pytest.approx(by_hand(hand), rel=1e-6)
    assert codes(apply_road_changes(ladder(), [first, second])) == ["road_change_free_end"]


def test_an_end_prefers_a_road_for_all_its_users() -> None:
    nodes = {0: place(0, 0), 1: place(1000, 0), 2: place(0, 20), 3: place(1000, 20)}
    nodes |= {4: place(500, 900)}
    access = {"motor": [3, 0]}
    roads = toy_roads([(0, 1, "primary"), (2, 3, "path")], nodes, access=access)
    changed = apply_road_changes(roads, [add((500, 25), (500, 900))])
    assert changed.base_edge.tolist() == [0, 1, 0, -1]
    put_there = apply_road_changes(roads, [add((500, 20.5), (500, 900))])
    assert put_there.base_edge.tolist() == [0, 1, 1, -1]
    assert put_there.notices[0].message == (
        "道路变更「新桥」的起点接到的路不供机动车通行，他们从这一端走不通，请核对。"
    )


def test_an_end_on_a_one_way_street_is_told() -> None:
    roads = ladder(access={"motor": [1, 3, 3, 3, 3, 3, 3, 3]})
    changed = apply_road_changes(roads, [add((500, 0), (1000, 1000))])
    assert [notice.message for notice in changed.notices] == [
        "道路变更「新桥」的起点接到的是单向车道，对向的车走不到，请核对。"
    ]


def test_a_new_road_does_not_join_a_closed_one() -> None:
    nodes = {0: place(0, 0), 1: place(1000, 0), 2: place(0, -50), 3: place(1000, -50)}
    roads = toy_roads([(0, 1, "primary"), (2, 3, "primary")], nodes)
    changed = apply_road_changes(roads, [close((500, 0)), add((500, 0), (500, 900))])
    assert changed.base_edge.tolist() == [0, 1, 1, -1]


def test_a_ring_is_a_road() -> None:
    ring = add((1500, 0), (1800, -300), (1200, -300), (1500, 0))
    changed = apply_road_changes(ladder(), [ring])
    assert changed.roads.edge_count == 8 + 1 + 1
    assert node_times(changed.roads, DRIVE) == pytest.approx(by_hand(LADDER_S))
    times = door_to_door(changed.roads, WALK, {"d": (1500, -300)}, {"f": (1500, 0)})
    assert times["d", "f"] == pytest.approx(300 + 300 * 2**0.5, rel=1e-6)


def test_lengths_are_those_on_the_ellipsoid() -> None:
    """150 km east of the central meridian a metre of the map is 0.28 mm too long."""
    east = 150_000.0
    nodes = {0: place(east, 0), 1: place(east + 1000, 0), 2: place(east, 1000), 3: place(east, 500)}
    roads = toy_roads([(0, 1, "primary"), (2, 3, "primary")], nodes)
    changed = apply_road_changes(roads, [add((east + 1000, 0), (east, 1000))])
    scale = 1 + (150_500.0 / 6_378_137.0) ** 2 / 2
    assert changed.effects[0].length_m == pytest.approx(2**0.5 * 1000 / scale, rel=1e-6)
    assert "road_change_planar" not in codes(changed)


def test_lengths_in_a_made_up_place_are_those_of_the_map() -> None:
    nodes = {0: (0.0, 0.0), 1: (1000.0, 0.0), 2: (0.0, 1000.0), 3: (0.0, 500.0)}
    roads = toy_roads([(0, 1, "primary"), (2, 3, "primary")], nodes)
    change = RoadChange("n", "新路", "add", ((1000.0, 0.0), (0.0, 1000.0)))
    changed = apply_road_changes(roads, [change])
    assert changed.effects[0].length_m == pytest.approx(2**0.5 * 1000, rel=1e-12)
    assert [notice.message for notice in changed.notices] == [
        "道路变更「新路」的长度按平面坐标量算，没有换算到椭球面。"
    ]
    local = 'LOCAL_CS["grid",UNIT["metre",1]]'
    assert lengths_on_ellipsoid(local, [np.array([[0.0, 0.0], [1.0, 0.0]])]) is None


def test_a_winding_road_is_cut_by_share_of_its_line() -> None:
    """A table may hold only the ends of a winding road, and its true length."""
    roads = replace(ladder(), length_m=np.array([1000.0, 2500.0, *[1000.0] * 6]))
    changed = apply_road_changes(roads, [close((1000, 0), (1400, 0))])
    assert changed.roads.length_m[changed.base_edge == 1].tolist() == pytest.approx([1000, 1500])


def test_a_new_class_keeps_the_others_in_place() -> None:
    roads = replace(ladder(surface=["asphalt"] * 8))
    new = apply_road_changes(
        roads, [add((1000, 0), (1000, 1000), road_class="motorway_link")]
    ).roads
    named = [new.road_classes[code] for code in new.road_class]
    assert named == ["primary"] * 3 + ["residential"] * 3 + ["secondary"] * 2 + ["motorway_link"]
    assert new.road_classes == ("motorway_link", "primary", "residential", "secondary")
    assert [new.surfaces[code] for code in new.surface] == ["asphalt"] * 8 + [""]


def test_the_classes_are_those_that_roads_are_read_with() -> None:
    read = {name: set(users) for name, users in READ_CLASSES.items()}
    assert {name: set(one.users) for name, one in ROAD_CLASSES.items() if name} == read


def test_a_hostile_name_does_no_harm() -> None:
    changed = apply_road_changes(ladder(), [close((1500, 0), name=HOSTILE)])
    assert "\n" not in changed.effects[0].sentence
    assert len(changed.effects[0].sentence) < 100


# looking


def test_what_road_is_there() -> None:
    roads = ladder(
        access={"motor": [1, 3, 3, 3, 3, 3, 3, 3], "bicycle": [0] * 8},
        max_speed_kph=[50, *[np.nan] * 7],
    )
    found = edge_at(roads, *place(400, 30))
    assert (found.edge, found.road_class, found.class_name) == (0, "primary", "省道或主干路")
    assert (found.max_speed_kph, found.length_m) == (50.0, 1000.0)
    assert (found.users, found.oneway, found.at_node) == (("foot", "motor"), True, False)
    assert (found.x - X0, found.y - Y0, found.distance_m) == pytest.approx((400, 0, 30))
    assert found.line.equals(shapely.LineString([place(0, 0), place(1000, 0)]))
    assert edge_at(roads, *place(400, 30), "bicycle") is None
    assert edge_at(roads, *place(1500, 450)) is None
    assert edge_at(roads, *place(1500, 450), within_m=450).edge == 1
    near = edge_at(roads, *place(985, 8), node_within_m=20)
    assert (near.x - X0, near.y - Y0, near.at_node) == (1000, 0, True)
    assert edge_at(roads, *place(1000.4, 0)).at_node


def test_roads_without_an_edge_have_nothing_to_find() -> None:
    roads = ladder()
    none = np.zeros(0, dtype=np.int64)
    empty = replace(
        roads, from_node=none, to_node=none, length_m=none.astype(float), road_class=none,
        max_speed_kph=none.astype(float), surface=none, is_bridge=none.astype(bool),
        is_tunnel=none.astype(bool), access=dict.fromkeys(roads.access, none.astype(np.uint8)),
        vertex_x=none.astype(float), vertex_y=none.astype(float), vertex_start=np.zeros(1, int),
    )  # fmt: skip
    assert edge_at(empty, X0, Y0) is None
    for change in (close((0, 0)), add((0, 0), (9, 9))):
        with pytest.raises(RoadChangeError, match="周围 200 米以内没有"):
            apply_road_changes(empty, [change])


# delays


SLOW = replace(DRIVE, junction_delay_s=20.0, signal_delay_s=45.0)


def test_a_cut_alone_is_no_junction_but_a_new_road_makes_one() -> None:
    roads = replace(ladder(), node_signals=np.arange(8) == 2)
    signed = apply_road_changes(roads, [speed(60, (300, 0), (600, 0))]).roads
    before, after = (
        door_to_door(one, SLOW, {"d": (0, 0), "e": (450, 0)}, {"f": (2500, 0), "g": (500, 0)})
        for one in (roads, signed)
    )
    assert before["d", "f"] == pytest.approx(150 + 45)
    assert after == pytest.approx(before, rel=1e-9)
    joined = apply_road_changes(roads, [add((500, 0), (500, -900))]).roads
    trips = door_to_door(joined, SLOW, {"d": (0, 0)}, {"f": (2500, 0)})
    assert trips["d", "f"] == pytest.approx(150 + 45 + 20)


# invariants


@st.composite
def grids(draw: st.DrawFn) -> Roads:
    """A grid of 3 x 4 streets, 500 m apart, some left out, some one-way, some bent."""
    nodes = {4 * row + col: place(500.0 * col, 500.0 * row) for row in range(3) for col in range(4)}
    pairs = [(n, n + 1) for n in nodes if n % 4 < 3] + [(n, n + 4) for n in nodes if n < 8]
    kept = draw(st.lists(st.sampled_from(pairs), min_size=6, unique=True).map(sorted))
    classes = draw(st.lists(st.sampled_from([*SPEEDS]), min_size=len(kept), max_size=len(kept)))
    ways = draw(st.lists(st.sampled_from([1, 2, 3, 3]), min_size=len(kept), max_size=len(kept)))
    return toy_roads(
        [(a, b, name) for (a, b), name in zip(kept, classes, strict=True)],
        nodes,
        access={"motor": ways},
    )


def on_edge(roads: Roads, edge: int, share: float) -> tuple[float, float]:
    ends = (int(roads.from_node[edge]), int(roads.to_node[edge]))
    (x0, x1), (y0, y1) = roads.node_x[[*ends]].tolist(), roads.node_y[[*ends]].tolist()
    return (x0 + share * (x1 - x0) - X0, y0 + share * (y1 - y0) - Y0)


SHARES = st.floats(0.05, 0.95)


def no_longer(after: dict, before: dict) -> None:
    for pair, seconds in before.items():
        assert after.get(pair, np.inf) <= seconds + 1e-6, pair


@given(grids(), st.lists(st.integers(0, 99), min_size=1, max_size=4))
def test_closing_makes_no_trip_shorter_and_coverage_falls(roads, edges) -> None:
    changes = [
        close(on_edge(roads, edge % roads.edge_count, 0.5), name=str(number))
        for number, edge in enumerate(edges)
    ]
    for mode in (WALK, DRIVE):
        before = node_times(roads, mode)
        for count in range(1, len(changes) + 1):
            closed = apply_road_changes(roads, changes[:count]).roads
            if not closed.access[mode.user].any():
                continue
            after = node_times(closed, mode)
            no_longer(before, after)
            assert sum(s <= 60 for s in after.values()) <= sum(s <= 60 for s in before.values())
            before = after


@given(grids(), st.integers(0, 99), st.integers(0, 99), SHARES, SHARES, st.booleans())
def test_adding_makes_no_trip_longer(roads, first, last, share, other, at_grade) -> None:
    ends = (
        on_edge(roads, first % roads.edge_count, share),
        on_edge(roads, last % roads.edge_count, other),
    )
    if np.hypot(ends[0][0] - ends[1][0], ends[0][1] - ends[1][1]) < 5:
        return
    change = add(*ends, road_class="residential", joins="crossings" if at_grade else "ends")
    try:
        changed = apply_road_changes(roads, [change])
    except RoadChangeError:
        assert first % roads.edge_count == last % roads.edge_count
        return
    for mode in (WALK, DRIVE):
        no_longer(node_times(changed.roads, mode), node_times(roads, mode))
    np.testing.assert_allclose(
        np.bincount(
            changed.base_edge[changed.base_edge >= 0],
            changed.roads.length_m[changed.base_edge >= 0],
        ),
        roads.length_m,
    )


@given(grids(), st.integers(0, 99), st.integers(0, 99), SHARES, SHARES)
def test_a_higher_speed_makes_no_trip_longer_and_the_same_speed_changes_none(
    roads, first, last, share, other
) -> None:
    places = (
        on_edge(roads, first % roads.edge_count, share),
        on_edge(roads, last % roads.edge_count, other),
    )
    try:
        faster = apply_road_changes(roads, [speed(60, *places)])
    except RoadChangeError:
        joined = nx.Graph(zip(roads.from_node.tolist(), roads.to_node.tolist(), strict=True))
        ends = [int(roads.from_node[edge % roads.edge_count]) for edge in (first, last)]
        near = np.hypot(*np.subtract(*places)) <= 2
        assert near or not nx.has_path(joined, *ends)
        return
    demand = {f"d{n}": on_edge(roads, n % roads.edge_count, 0.13 * (n + 1)) for n in range(5)}
    facilities = {"f": on_edge(roads, last % roads.edge_count, share)}
    before = door_to_door(roads, DRIVE, demand, facilities)
    no_longer(door_to_door(faster.roads, DRIVE, demand, facilities), before)
    # Walkers meet the same cuts, and nothing changes for them.
    on_foot = door_to_door(roads, WALK, demand, facilities)
    assert door_to_door(faster.roads, WALK, demand, facilities) == pytest.approx(on_foot, rel=1e-9)


@settings(max_examples=25)
@given(grids(), st.lists(st.tuples(st.integers(0, 99), SHARES), min_size=1, max_size=6))
def test_cutting_edges_changes_no_travel_time(roads, wanted) -> None:
    roads = replace(roads, node_signals=np.arange(12) % 5 == 0)
    xy, cuts = [], []
    for number, (edge, share) in enumerate(wanted):
        at = edge % roads.edge_count
        xy.append(place(*on_edge(roads, at, share)))
        cuts.append(Cut(at, 500.0 * share, roads.node_count + number))
    cut, parent = cut_edges(with_nodes(roads, xy), cuts)
    assert len(parent) == cut.edge_count == roads.edge_count + len(cuts)
    demand = {f"d{n}": on_edge(roads, n % roads.edge_count, 0.19 * n) for n in range(6)}
    facilities = {f"f{n}": on_edge(roads, n % roads.edge_count, 0.9) for n in range(3)}
    for mode in (SLOW, WALK):
        before = door_to_door(roads, mode, demand, facilities)
        after = door_to_door(cut, mode, demand, facilities)
        assert after == pytest.approx(before, rel=1e-9, abs=1e-9)


@given(grids(), st.integers(0, 99))
def test_a_road_closed_and_built_again_is_as_good_as_before(roads, edge) -> None:
    edge %= roads.edge_count
    roads = replace(roads, access=roads.access | {"motor": np.full(roads.edge_count, 3, np.uint8)})
    name = roads.road_classes[roads.road_class[edge]]
    ends = (on_edge(roads, edge, 0), on_edge(roads, edge, 1))
    again = add(*ends, road_class=name)
    degree = np.bincount(np.concatenate([roads.from_node, roads.to_node]), minlength=12)
    if min(degree[roads.from_node[edge]], degree[roads.to_node[edge]]) < 2:
        return  # with nothing else there an end has no road to join
    changed = apply_road_changes(roads, [close(on_edge(roads, edge, 0.5)), again]).roads
    for mode in (WALK, DRIVE):
        assert node_times(changed, mode) == pytest.approx(node_times(roads, mode), rel=1e-6)


def test_the_order_of_independent_changes_does_not_matter() -> None:
    expected = None
    for order in permutations(
        [
            close((500, 0)),
            speed(30, (1400, 0), (1800, 0)),
            add((2500, 0), (2500, 1000), speed_kph=50),
            close((400, 1000), (700, 1000), name="段"),
        ]
    ):
        changed = apply_road_changes(ladder(), order)
        times = {mode: node_times(changed.roads, MODES[mode]) for mode in MODES}
        lengths = {effect.change.change_id: effect.length_m for effect in changed.effects}
        expected = expected or (times, lengths)
        assert lengths == pytest.approx(expected[1])
        for mode in MODES:
            assert times[mode] == pytest.approx(expected[0][mode])


def test_effects_follow_their_edges_when_a_later_change_cuts_them() -> None:
    changed = apply_road_changes(ladder(), [close((1500, 0)), speed(30, (1300, 0), (2500, 0))])
    first, second = changed.effects
    assert changed.roads.length_m[first.edges].sum() == pytest.approx(1000)
    assert len(first.edges) == 2
    assert not changed.roads.access["motor"][first.edges].any()
    assert (changed.roads.max_speed_kph[second.edges] == 30).all()
    assert changed.notices[0].message == (
        "道路变更「限速」的路段有 1 个已被前面的变更封闭，在那里不再起作用。"
    )


def test_the_network_has_the_crs_and_the_barriers() -> None:
    barrier = Barriers(np.array([shapely.box(*place(0, 400), *place(3000, 600))]), np.array(["河"]))
    roads = replace(ladder(), barriers=barrier)
    network = network_for_mode(
        apply_road_changes(roads, [add((1000, 0), (1000, 1000))]).roads, WALK
    )
    assert network.barriers is barrier
    assert gpd.GeoSeries([], crs=network.crs).crs == METRIC_CRS


# names


def named_ladder(*names: str) -> Roads:
    return with_names(ladder(), np.arange(8), [*names, *[""] * (8 - len(names))])


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (["幸福路", "幸福路"], "封闭「幸福路」2 个路段共 1.50 公里（省道或主干路）"),
        (["幸福路", "文德路"], "封闭「幸福路」「文德路」2 个路段共 1.50 公里（省道或主干路）"),
        (["", "文德路"], "封闭「文德路」等 2 个路段共 1.50 公里（省道或主干路）"),
        (["", ""], "封闭 2 个路段共 1.50 公里（省道或主干路）"),
    ],
)
def test_a_closed_road_is_called_by_its_names_the_longest_first(names, sentence):
    changed = apply_road_changes(named_ladder(*names), [close((0, 0), (1500, 0))])
    assert sentences(changed) == [f"「封路」{sentence}，行人、自行车、机动车不能通行。"]


def test_of_many_names_two_are_told():
    roads = named_ladder("甲路", "乙路", "丙路")
    changed = apply_road_changes(roads, [speed(30, (0, 0), (2500, 0))])
    assert sentences(changed)[0].startswith("「限速」把「乙路」「甲路」等 3 个路段共 2.50 公里")


def test_cutting_keeps_names_and_a_new_road_bears_its_own():
    roads = named_ladder("幸福路", "文德路", "", "振阳路")
    changed = apply_road_changes(roads, [add((500, 0), (500, 1000), name="滨河大桥\n<b>")]).roads
    assert changed.names == tuple(sorted(["幸福路", "文德路", "振阳路", "滨河大桥 <b>"]))
    named = [changed.name_of(edge) for edge in range(changed.edge_count)]
    assert named[:8] == ["幸福路", "文德路", "", "振阳路", "", "", "", ""]
    assert named[8:] == ["幸福路", "振阳路", "滨河大桥 <b>"]
    assert edge_at(changed, *place(500, 500)).name == "滨河大桥 <b>"
    assert roads.names == ("幸福路", "振阳路", "文德路")


@pytest.mark.parametrize(
    ("name", "names"), [("", ()), (" \x00", ()), ("桥" * 90, ("桥" * 39 + "…",))]
)
def test_a_new_road_may_be_nameless_or_have_a_long_name(name, names):
    changed = apply_road_changes(ladder(), [add((500, 0), (500, 1000), name=name)]).roads
    assert changed.names == names
    assert changed.name_of(changed.edge_count - 1) == "".join(names)
    assert changed.name_of(0) == ""


def test_two_new_roads_of_one_name_share_it():
    bridges = [add((x, 0), (x, 1000), name="桥") for x in (500, 1500)]
    changed = apply_road_changes(
        ladder(), [replace(one, change_id=str(k)) for k, one in enumerate(bridges)]
    ).roads
    assert changed.names == ("桥",)
    assert (changed.name_code == 0).sum() == 2

"""Speeds to seconds, by hand."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage.catchment import nearest_facility
from coverage.errors import ImpedanceError
from coverage.impedance import (
    TravelMode,
    edge_seconds,
    fastest_speed_kph,
    network_for_mode,
    single_modes,
)
from layers.standards import load_modes
from tests.networks import points, toy_roads

if TYPE_CHECKING:
    from coverage.roads import Roads

DRIVE = TravelMode(
    "drive",
    "驾车",
    "测试",
    "motor",
    {"primary": 60.0, "residential": 30.0},
    obeys_max_speed=True,
    max_speed_kph=100.0,
    surface_factor={"unpaved": 0.5},
)
WALK = TravelMode("walk", "步行", "测试", "foot", {"primary": 4.8, "residential": 4.8, "path": 4.8})
EITHER = TravelMode("either", "步行或驾车", "测试", faster_of=("walk", "drive"))
MODES = {"drive": DRIVE, "walk": WALK, "either": EITHER}


def roads(**changes: object):
    """Three roads of 1,000 m in a row."""
    classes = ["primary", "residential", "path"]
    return toy_roads(
        [(number, number + 1, name) for number, name in enumerate(classes)],
        {number: (1000.0 * number, 0.0) for number in range(4)},
        **changes,
    )


def test_seconds_by_class() -> None:
    assert edge_seconds(roads(), DRIVE).tolist() == pytest.approx([60, 120, math.inf])


def test_maxspeed_wins_where_signed_and_is_capped_by_the_mode() -> None:
    signed = roads(max_speed_kph=[90.0, 200.0, 50.0])
    assert edge_seconds(signed, DRIVE).tolist() == pytest.approx([40, 36, math.inf])
    assert edge_seconds(signed, WALK).tolist() == pytest.approx([750, 750, 750])


def test_surface_slows_down() -> None:
    rough = roads(surface=["asphalt", "unpaved", ""])
    assert edge_seconds(rough, DRIVE).tolist() == pytest.approx([60, 240, math.inf])


def test_only_usable_roads_and_their_nodes_remain() -> None:
    oneway = roads(access={"motor": [1, 2, 3]})
    network = network_for_mode(oneway, DRIVE)
    assert sorted(network.node_id.tolist()) == [0, 1, 2]
    ways = {
        (int(network.node_id[t]), int(network.node_id[h])): (float(a), float(b))
        for t, h, a, b in zip(
            network.tail, network.head, network.along_s, network.against_s, strict=True
        )
    }
    assert ways == {(0, 1): (60, math.inf), (1, 2): (math.inf, 120)}
    assert [line.wkt for line in network.lines] == [
        "LINESTRING (0 0, 1000 0)",
        "LINESTRING (1000 0, 2000 0)",
    ]


def test_geometry_follows_its_edge_when_an_earlier_one_is_left_out() -> None:
    closed = roads(access={"foot": [0, 3, 3]})
    network = network_for_mode(closed, WALK)
    starts = [line.coords[0] for line in network.lines]
    ends = np.column_stack([network.x[network.tail], network.y[network.tail]])
    assert starts == [tuple(xy) for xy in ends.tolist()]


def failure(mode: TravelMode, streets: Roads | None = None) -> str:
    with pytest.raises(ImpedanceError) as caught:
        network_for_mode(streets or roads(), mode)
    return str(caught.value)


@pytest.mark.parametrize("speed", [0.0, -5.0, math.nan])
def test_a_speed_that_is_none_is_refused(speed: float) -> None:
    bad = replace(DRIVE, speed_kph={"primary": speed})
    with pytest.raises(ImpedanceError) as caught:
        network_for_mode(roads(), bad)
    assert str(caught.value) == (
        f"「驾车」的速度表有 1 处不是大于 0 的数字，第一处：道路等级 primary 为 {speed}。"
    )


@pytest.mark.parametrize("speed", [200.5, 500.0, math.inf])
def test_a_speed_that_is_a_slip_of_the_pen_is_refused(speed: float) -> None:
    bad = replace(DRIVE, speed_kph={"primary": 200.0, "residential": speed, "path": 300.0})
    assert failure(bad) == (
        "「驾车」的速度表有 2 处超过 200 公里/小时，"
        f"第一处：道路等级 residential 为 {speed:g}。请改正。"
    )


def test_a_speed_for_roads_without_a_class_is_named() -> None:
    bad = replace(DRIVE, speed_kph={"": 0.0})
    assert failure(bad) == (
        "「驾车」的速度表有 1 处不是大于 0 的数字，第一处：道路等级 （未注明） 为 0.0。"
    )


@pytest.mark.parametrize(
    ("speed", "rule"),
    [
        (0.0, "1 处不是大于 0 的数字，第一处：接驳段 为 0.0。"),
        (math.nan, "1 处不是大于 0 的数字，第一处：接驳段 为 nan。"),
        (300.0, "1 处超过 200 公里/小时，第一处：接驳段 为 300。请改正。"),
    ],
)
def test_a_speed_off_the_road_that_is_none_is_refused(speed: float, rule: str) -> None:
    assert failure(replace(DRIVE, access_speed_kph=speed)) == f"「驾车」的速度表有 {rule}"


@pytest.mark.parametrize("cap", [0.0, -1.0, math.nan])
def test_a_cap_that_is_none_is_refused(cap: float) -> None:
    assert failure(replace(DRIVE, max_speed_kph=cap)) == (
        f"「驾车」的速度表有 1 处不是大于 0 的数字，第一处：最高速度 为 {cap}。"
    )


@pytest.mark.parametrize("seconds", [-1.0, math.nan, math.inf])
def test_a_delay_that_is_none_is_refused(seconds: float) -> None:
    tail = f"{seconds}。请改正速度表。"
    assert failure(replace(DRIVE, junction_delay_s=seconds)) == (
        f"「驾车」的延误应为不小于 0 的秒数，现在路口为 {tail}"
    )
    assert failure(replace(DRIVE, signal_delay_s=seconds)) == (
        f"「驾车」的延误应为不小于 0 的秒数，现在信号灯为 {tail}"
    )


def test_a_mode_that_no_road_admits_is_refused() -> None:
    assert failure(DRIVE, roads(access={"motor": [0, 0, 0]})) == (
        "路网的 3 个路段中没有一段可供「驾车」使用：有速度的 2 段都不准通行。"
        "请检查路网的道路等级、通行限制和速度表。"
    )


def test_a_mode_without_a_speed_for_any_class_is_refused() -> None:
    table = "请检查路网的道路等级、通行限制和速度表。"
    assert failure(replace(DRIVE, speed_kph={"motorway": 90.0})) == (
        "路网的 3 个路段中没有一段可供「驾车」使用："
        f"速度表里没有道路等级 path、primary、residential。{table}"
    )
    classless = toy_roads([(0, 1, "")], {0: (0.0, 0.0), 1: (9.0, 0.0)})
    assert failure(DRIVE, classless) == (
        f"路网的 1 个路段中没有一段可供「驾车」使用：速度表里没有道路等级 （未注明）。{table}"
    )
    many = toy_roads(
        [(0, 1, name) for name in ("track", "steps", "road", "service")],
        {0: (0.0, 0.0), 1: (9.0, 0.0)},
    )
    assert failure(DRIVE, many) == (
        "路网的 4 个路段中没有一段可供「驾车」使用："
        f"速度表里没有道路等级 road、service、steps 等 4 种。{table}"
    )


def test_a_choice_of_modes_has_no_network_of_its_own() -> None:
    with pytest.raises(ImpedanceError, match="没有自己的路网"):
        network_for_mode(roads(), EITHER)


def test_single_modes_of_a_choice() -> None:
    assert single_modes(EITHER, MODES) == (WALK, DRIVE)
    assert single_modes(WALK, MODES) == (WALK,)
    with pytest.raises(ImpedanceError, match="引用了 'fly'"):
        single_modes(replace(EITHER, faster_of=("fly",)), MODES)


def test_fastest_speed_is_the_cap_where_signs_may_raise_the_table() -> None:
    assert fastest_speed_kph(EITHER, MODES) == 100.0
    assert fastest_speed_kph(WALK, MODES) == 4.8
    lame = replace(WALK, speed_kph={"path": 3.0})
    assert fastest_speed_kph(lame, MODES) == 4.8  # the access leg is faster than the road
    grass = replace(WALK, speed_kph={"": 10.0}, surface_factor={"grass": 0.5, "ice": 1.2})
    assert fastest_speed_kph(grass, MODES) == 12.0
    assert fastest_speed_kph(replace(grass, max_speed_kph=11.0), MODES) == 11.0
    with pytest.raises(ImpedanceError, match="没有任何道路等级的速度"):
        fastest_speed_kph(replace(WALK, speed_kph={}), MODES)


def test_without_a_cap_a_sign_may_be_as_fast_as_signs_are() -> None:
    signed = replace(DRIVE, max_speed_kph=math.inf)
    assert fastest_speed_kph(signed, MODES) == 200.0
    unsigned = replace(signed, obeys_max_speed=False)
    assert fastest_speed_kph(unsigned, MODES) == 60.0


def crossing(**changes: object):
    """
    A cross road and a side road, 1,000 m a piece; drivers may not use the path.

              3
              | residential
    0 ------- 1 ------- 2 ------- 5   primary
              |         |
              4         6   path
    """
    ends = [(0, 1), (1, 2), (1, 3), (1, 4), (2, 5), (2, 6)]
    classes = ["primary", "primary", "residential", "residential", "primary", "path"]
    nodes = {
        0: (0.0, 0.0), 1: (1000.0, 0.0), 2: (2000.0, 0.0), 3: (1000.0, 1000.0),
        4: (1000.0, -1000.0), 5: (3000.0, 0.0), 6: (2000.0, -1000.0),
    }  # fmt: skip
    return toy_roads(
        [(*pair, name) for pair, name in zip(ends, classes, strict=True)], nodes, **changes
    )


def with_signals(streets: Roads, *nodes: int) -> Roads:
    return replace(streets, node_signals=np.isin(streets.node_id, nodes))


def delays(streets: Roads, mode: TravelMode) -> dict[int, float]:
    """Seconds by node id, of the nodes where any are lost."""
    network = network_for_mode(streets, mode)
    pairs = zip(network.node_id.tolist(), network.node_delay_s.tolist(), strict=True)
    return {node: seconds for node, seconds in pairs if seconds}


def test_three_streets_that_the_mode_may_use_make_a_junction() -> None:
    slow = {"junction_delay_s": 5.0}
    assert delays(crossing(), replace(DRIVE, **slow)) == {1: 5.0}
    assert delays(crossing(), replace(WALK, **slow)) == {1: 5.0, 2: 5.0}
    assert delays(crossing(), DRIVE) == {}


def test_signals_take_the_place_of_the_junction_and_stand_at_bends_too() -> None:
    mode = replace(DRIVE, junction_delay_s=5.0, signal_delay_s=20.0)
    assert delays(with_signals(crossing(), 1, 2), mode) == {1: 20.0, 2: 20.0}
    assert delays(with_signals(crossing(), 6), mode) == {1: 5.0}  # nobody drives past it
    green = replace(mode, signal_delay_s=0.0)
    assert delays(with_signals(crossing(), 1), green) == {}


def test_a_door_to_door_trip_pays_at_what_it_passes() -> None:
    """
    From the middle of 0-1 to the middle of 2-5: half a minute, a minute, half a minute at
    60 km/h, 20 s at the signals of 1 and, on foot only, 5 s at the junction of 2.
    """
    streets = with_signals(crossing(), 1)
    demand, clinic = points({"a": (500.0, 0.0)}), points({"c": (2500.0, 0.0)})
    lost = {"junction_delay_s": 5.0, "signal_delay_s": 20.0}
    driven = network_for_mode(streets, replace(DRIVE, **lost))
    walked = network_for_mode(streets, replace(WALK, **lost))
    for direction in ("to_facility", "from_facility"):
        found = nearest_facility(driven, demand, clinic, direction=direction)
        assert found["travel_time_s"].tolist() == pytest.approx([120.0 + 20.0])
        found = nearest_facility(walked, demand, clinic, direction=direction)
        assert found["travel_time_s"].tolist() == pytest.approx([1500.0 + 20.0 + 5.0])
        assert found["distance_m"].tolist() == pytest.approx([2000.0])


@pytest.mark.parametrize(("gap_m", "lost_s"), [(20.0, 20.0), (50.0, 20.0), (50.1, 40.0)])
def test_two_signals_of_one_junction_count_once(gap_m: float, lost_s: float) -> None:
    """
    Stop lines on either side of a junction, or the carriageways of the road across.

    0 ------- 1 -- 2 ------- 3
    """
    nodes = {0: (0.0, 0.0), 1: (1000.0, 0.0), 2: (1000.0 + gap_m, 0.0), 3: (2000.0, 0.0)}
    streets = toy_roads([(k, k + 1, "primary") for k in range(3)], nodes)
    mode = replace(DRIVE, signal_delay_s=20.0)
    network = network_for_mode(with_signals(streets, 1, 2), mode)
    found = nearest_facility(
        network, points({"a": (0.0, 0.0)}), points({"c": (2000.0, 0.0)}), direction="to_facility"
    )
    assert found["travel_time_s"].tolist() == pytest.approx([120.0 + lost_s])


def streets_of(ends: list[tuple[int, int]]) -> set[tuple[int, int]]:
    """Straight streets by their two ends; a row for each direction is one street."""
    return {(min(pair), max(pair)) for pair in ends}


def test_a_bend_of_a_street_with_a_row_for_each_direction_is_no_junction() -> None:
    """
    0 ------- 1 ------- 2, where 1 is a bend until the street to 3 begins there.
    """
    nodes = {0: (0.0, 0.0), 1: (1000.0, 0.0), 2: (2000.0, 0.0), 3: (1000.0, 500.0)}
    rows = [(0, 1, "primary"), (1, 0, "primary"), (1, 2, "primary"), (2, 1, "primary")]
    mode = replace(DRIVE, junction_delay_s=10.0)
    assert delays(toy_roads(rows, {k: nodes[k] for k in range(3)}), mode) == {}
    assert delays(toy_roads([*rows, (1, 3, "primary")], nodes), mode) == {1: 10.0}


@given(
    places=st.lists(
        st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=2, max_size=25, unique=True
    ),
    draw=st.data(),
)
def test_delays_agree_with_a_second_writing(
    places: list[tuple[int, int]], draw: st.DataObject
) -> None:
    xy = {number: (17.0 * x, 17.0 * y) for number, (x, y) in enumerate(places)}
    number = st.integers(0, len(places) - 1)
    ends = draw.draw(st.lists(st.tuples(number, number), min_size=1, max_size=40))
    lit = draw.draw(st.sets(number))
    streets = with_signals(toy_roads([(*pair, "primary") for pair in ends], xy), *lit)
    mode = replace(DRIVE, junction_delay_s=5.0, signal_delay_s=20.0)
    used = {node for pair in ends for node in pair}
    expected = {}
    for node in used:
        others = [xy[other] for other in lit & used if other != node]
        near = any(math.dist(xy[node], other) <= 50.0 for other in others)
        if node in lit:
            expected[node] = 10.0 if near else 20.0
        elif sum(pair.count(node) for pair in streets_of(ends)) >= 3:
            expected[node] = 5.0
    assert delays(streets, mode) == expected


def test_an_ambulance_is_never_slower_than_a_car() -> None:
    modes = load_modes()
    classes = [*modes["drive"].speed_kph, "path"]
    count = len(classes)
    nodes = {number: (1000.0 * number, 0.0) for number in range(count + 1)}
    signs = [math.nan, 20.0, 60.0, 200.0]
    streets = toy_roads(
        [(number, number + 1, name) for number, name in enumerate(classes)],
        nodes,
        max_speed_kph=[signs[number % 4] for number in range(count)],
        surface=["gravel" if number % 3 else "mud" for number in range(count)],
    )
    streets = with_signals(streets, *range(0, count, 2))
    car, ambulance = (network_for_mode(streets, modes[name]) for name in ("drive", "ambulance"))
    assert (ambulance.along_s <= car.along_s).all()
    assert (ambulance.node_delay_s <= car.node_delay_s).all()
    assert car.node_delay_s.max() == 20.0
    assert ambulance.node_delay_s.max() == 0.0
    assert fastest_speed_kph(modes["ambulance"], modes) == 120.0

"""Speeds to seconds, by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from coverage.errors import ImpedanceError
from coverage.impedance import (
    TravelMode,
    edge_seconds,
    fastest_speed_kph,
    network_for_mode,
    single_modes,
)
from tests.networks import toy_roads

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


@pytest.mark.parametrize("speed", [0.0, -5.0, math.nan])
def test_a_speed_that_is_none_is_refused(speed: float) -> None:
    bad = replace(DRIVE, speed_kph={"primary": speed})
    with pytest.raises(ImpedanceError) as caught:
        network_for_mode(roads(), bad)
    assert str(caught.value) == (
        f"「驾车」的速度表有 1 处不是大于 0 的数字，第一处：道路等级 primary 为 {speed}。"
    )


def test_no_usable_road_is_refused() -> None:
    with pytest.raises(ImpedanceError) as caught:
        network_for_mode(roads(access={"motor": [0, 0, 0]}), DRIVE)
    assert str(caught.value) == (
        "路网的 3 个路段中没有一段可供「驾车」使用。请检查路网的道路等级、通行限制和速度表。"
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

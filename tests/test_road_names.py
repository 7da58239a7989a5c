"""Names of roads: cleaned, counted once, told, and without any say in what is computed."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from coverage.catchment import nearest_facility, travel_matrix
from coverage.graph.contraction import contract
from coverage.impedance import TravelMode, network_for_mode
from coverage.roads import NAME_LIMIT, UNNAMED, USERS, road_name, with_names
from layers.osm.osm_names import NAME_KEYS, name_of_way, names_of_ways
from layers.samples import generate_points, generate_roads
from tests.hostile import HOSTILE
from tests.networks import toy_roads

MODE = TravelMode(
    "drive", "驾车", "测试", "motor", {"residential": 20.0, "primary": 60.0}, junction_delay_s=7.0
)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("", ""),
        (" \t\n\u3000", ""),
        ("\x00\x1b\u202e\u2066\ud800", ""),
        ("  文德 \r\n 路 ", "文德 路"),
        ("G20; ;G2;", "G20/G2"),
        ("𠀀路", "𠀀路"),
        ("路" * 40, "路" * 40),
        ("路" * 41, "路" * 39 + "…"),
        (" " * 10_000 + "路", ""),
        ("路" * 10_000, "路" * 39 + "…"),
    ],
)
def test_a_name_is_one_readable_line(text, name):
    assert road_name(text) == name


def test_mark_up_is_text_and_left_to_whoever_shows_it():
    assert road_name("<b>路</b>") == "<b>路</b>"
    assert road_name(HOSTILE).isprintable()


@given(st.text())
@example(HOSTILE)
@example("x" * 39 + " y")
def test_any_name_is_short_and_cleaning_it_again_changes_nothing(text):
    name = road_name(text)
    assert len(name) <= NAME_LIMIT
    assert name == name.strip() == road_name(name)
    assert not {unicodedata.category(one) for one in name} & {"Cc", "Cf", "Cs", "Zl", "Zp"}


def test_names_are_kept_once_sorted_and_only_where_used():
    roads = toy_roads([(1, 2, "a"), (2, 3, "a"), (3, 4, "a"), (4, 1, "a")], SQUARE)
    named = with_names(roads, [2, UNNAMED, 0, 3], ["乙路", "不用", " 甲路", "乙路 "])
    assert named.names == ("乙路", "甲路")
    assert named.name_code.tolist() == [1, UNNAMED, 0, 0]
    assert [named.name_of(edge) for edge in range(4)] == ["甲路", "", "乙路", "乙路"]
    assert not named.name_code.flags.writeable
    assert roads.names == ()
    assert roads.name_code.tolist() == [UNNAMED] * 4


def test_codes_for_other_edges_than_there_are_are_refused():
    roads = toy_roads([(1, 2, "a"), (2, 3, "a")], SQUARE)
    with pytest.raises(ValueError, match="name_code has 3 values, expected 2"):
        with_names(roads, [0, 0, 0], ["甲路"])


SQUARE = {1: (0.0, 0.0), 2: (1000.0, 0.0), 3: (1000.0, 1000.0), 4: (0.0, 1000.0)}

TAGS = st.lists(
    st.dictionaries(
        st.sampled_from([*NAME_KEYS, "highway"]),
        st.sampled_from(["", " ", "甲", "乙", "\x00", "Y1"]),
    ),
    max_size=6,
)


@given(TAGS)
def test_all_ways_at_once_are_called_as_each_by_itself(ways):
    texts = sorted({text for tags in ways for pair in tags.items() for text in pair})
    rows = [
        (way, texts.index(key), texts.index(value))
        for way, tags in enumerate(ways)
        for key, value in tags.items()
    ]
    way, key, value = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    code, names = names_of_ways(texts, way=way, key=key, value=value, count=len(ways))
    assert names == sorted(set(names))
    assert [*map([*names, ""].__getitem__, code)] == [name_of_way(tags) for tags in ways]


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 4), st.booleans())
def test_names_change_no_travel_time_of_any_point(seed, kinds, to_facility):
    """Random names break chains elsewhere than a map would; delays at junctions are paid alike."""
    rng = np.random.default_rng(seed)
    roads = replace(generate_roads(nodes=60, seed=seed), names=())
    roads = replace(roads, road_classes=("primary", *["residential"] * 4))
    code = rng.integers(-1, kinds, roads.edge_count)
    named = with_names(roads, code, [f"{k}路" for k in range(kinds)])
    demand = generate_points(roads, count=12, seed=seed).rename_axis("demand_id")
    facilities = generate_points(roads, count=3, seed=seed + 1).rename_axis("facility_id")
    direction = "to_facility" if to_facility else "from_facility"
    found = []
    for one in (contract(roads), contract(named)):
        network = network_for_mode(one, MODE)
        nearest = nearest_facility(network, demand, facilities, direction=direction)
        matrix = travel_matrix(network, demand, facilities, cutoff_s=np.inf, direction=direction)
        found.append((one, nearest, matrix.set_index(["from_id", "to_id"]).sort_index()))
    (plain, nearest, matrix), (split, nearest_named, matrix_named) = found
    assert split.edge_count >= plain.edge_count
    for user in USERS:
        usable = [one.length_m[one.access[user] > 0].sum() for one in (plain, split)]
        assert usable[0] == pytest.approx(usable[1])
    assert nearest_named["travel_time_s"].to_numpy() == pytest.approx(
        nearest["travel_time_s"].to_numpy(), abs=1e-6
    )
    assert matrix_named.index.equals(matrix.index)
    for column in ("travel_time_s", "distance_m"):
        assert matrix_named[column].to_numpy() == pytest.approx(matrix[column].to_numpy(), abs=1e-6)

"""Territories: who is whose neighbour, connected, and about as many people each."""

from __future__ import annotations

import time

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coverage.rules.balancing import (
    EVEN_ENOUGH,
    _stays_connected,
    balanced_owner,
    connected_owner,
    loads_of,
    nearest_owner,
    seats_of,
)
from coverage.rules.neighbours import neighbour_lists, neighbour_pairs, parts_of


def gabriel(xy) -> set[tuple[int, int]]:
    """By the definition, over points that are all different."""
    found = set()
    for i in range(len(xy)):
        for j in range(i + 1, len(xy)):
            others = np.delete(xy, [i, j], axis=0)
            angles = ((xy[i] - others) * (xy[j] - others)).sum(axis=1)
            if (angles >= 0).all():
                found.add((i, j))
    return found


def graph_of(pairs, count) -> nx.Graph:
    graph = nx.Graph()
    graph.add_nodes_from(range(count))
    graph.add_edges_from(pairs.tolist())
    return graph


def test_neighbours_by_hand():
    """A square with its centre: no corner sees the one across."""
    xy = np.array([[0, 0], [10, 0], [10, 10], [0, 10], [5, 5.0]])
    pairs = {tuple(pair) for pair in neighbour_pairs(xy).tolist()}
    assert {(0, 4), (1, 4), (2, 4), (3, 4)} <= pairs
    assert not pairs & {(0, 2), (1, 3)}


@pytest.mark.parametrize(
    ("xy", "expected"),
    [
        ([], []),
        ([[1, 1]], []),
        ([[1, 1], [0, 0]], [[0, 1]]),
        ([[3, 3], [1, 1], [2, 2]], [[0, 2], [1, 2]]),  # on one line
        ([[0, 0], [0, 0], [0, 0]], [[0, 1], [1, 2]]),  # in one place
    ],
)
def test_neighbours_of_few(xy, expected):
    assert neighbour_pairs(np.array(xy, dtype=float).reshape(-1, 2)).tolist() == expected


@pytest.mark.parametrize("seed", range(5))
def test_neighbours_as_defined(seed):
    xy = np.random.default_rng(seed).uniform(0, 1000, (30, 2))
    assert {tuple(pair) for pair in neighbour_pairs(xy).tolist()} == gabriel(xy)


COORDINATES = st.tuples(st.integers(0, 12), st.integers(0, 12))
SIZES = st.lists(st.tuples(COORDINATES, st.integers(0, 50)), min_size=1, max_size=40)


@settings(deadline=None, max_examples=50)
@given(st.lists(COORDINATES, min_size=1, max_size=40), st.sampled_from([1.0, 1e-3, 4e7 / 12]))
def test_all_points_hang_together(places, scale):
    xy = np.array(places, dtype=float) * scale + [3.95e7, 4e6]
    pairs = neighbour_pairs(xy)
    assert nx.is_connected(graph_of(pairs, len(xy)))
    assert (pairs[:, 0] < pairs[:, 1]).all()
    lists = neighbour_lists(pairs, len(xy))
    assert sum(map(len, lists)) == 2 * len(pairs)


@settings(deadline=None, max_examples=60)
@given(SIZES, st.integers(0, 100))
def test_connected_without_a_point_as_networkx_says(rows, seed):
    xy = np.array([place for place, _ in rows], dtype=float)
    pairs = neighbour_pairs(xy)
    owner = np.random.default_rng(seed).integers(0, 2, len(xy))
    lists, graph = neighbour_lists(pairs, len(xy)), graph_of(pairs, len(xy))
    for point in range(len(xy)):
        piece = nx.node_connected_component(
            graph.subgraph(np.flatnonzero(owner == owner[point]).tolist()), point
        ) - {point}
        expected = bool(piece) and nx.is_connected(graph.subgraph(piece))
        assert _stays_connected(point, owner, lists) == expected


def divided(xy, people, seconds):
    pairs = neighbour_pairs(xy)
    seats = seats_of(seconds)
    start = connected_owner(seconds, pairs, seats)
    owner = balanced_owner(start, people, seconds, pairs, seats=seats)
    return pairs, seats, start, owner


def test_a_line_of_villages_by_hand():
    """Ten villages of 100 in a row, leaders at 0 and at 3: 2 and 8, then 3 and 7.

    Then the seat of the second leader stands in the way.
    """
    xy = np.column_stack([np.arange(10.0), np.zeros(10)])
    people = np.full(10, 100.0)
    seconds = np.abs(xy[:, :1] - [0.0, 3.0])
    _, seats, start, owner = divided(xy, people, seconds)
    assert nearest_owner(seconds).tolist() == [0, 0] + [1] * 8
    assert seats == [0, 3]
    assert start.tolist() == [0, 0] + [1] * 8
    assert owner.tolist() == [0] * 3 + [1] * 7


def test_a_plain_is_evened_out():
    """A grid of 6 x 6 villages, leaders at the left and near the left: the right half moves."""
    xy = np.array([[x, y] for y in range(6) for x in range(6)], dtype=float)
    people = np.full(36, 10.0)
    leaders = np.array([[0.0, 2.0], [1.2, 3.0]])
    seconds = np.hypot(*(xy[:, None] - leaders).transpose(2, 0, 1))
    _, _, start, owner = divided(xy, people, seconds)
    assert loads_of(start, people, 2).max() > 200
    assert loads_of(owner, people, 2).tolist() == [180, 180]


def test_two_leaders_in_one_place_share_the_land():
    xy = np.array([[x, y] for y in range(5) for x in range(4)], dtype=float)
    people = np.full(20, 1.0)
    one = np.hypot(xy[:, 0] - 1.5, xy[:, 1] - 2)
    seconds = np.column_stack([one, one])
    assert set(nearest_owner(seconds).tolist()) == {0}
    _, seats, _, owner = divided(xy, people, seconds)
    assert len(set(seats)) == 2
    assert sorted(loads_of(owner, people, 2).tolist()) == [10, 10]


def test_fewer_points_than_leaders():
    seconds = np.array([[1.0, 2.0, 3.0]])
    _, seats, _, owner = divided(np.zeros((1, 2)), np.array([5.0]), seconds)
    assert seats == [0, -1, -1]
    assert owner.tolist() == [0]


def test_a_point_that_no_neighbours_leader_reaches_stays_with_its_own():
    xy = np.array([[0.0, 0], [1, 0], [2, 0]])
    seconds = np.array([[0.0, np.inf], [5.0, 1.0], [0.5, np.inf]])
    _, _, start, owner = divided(xy, np.ones(3), seconds)
    assert start.tolist() == owner.tolist() == [0, 1, 0]


@settings(deadline=None, max_examples=80)
@given(SIZES, st.lists(COORDINATES, min_size=1, max_size=5), st.integers(0, 1000))
def test_every_point_once_connected_and_never_less_even(rows, places, seed):
    xy = np.array([place for place, _ in rows], dtype=float)
    people = np.array([size for _, size in rows], dtype=float)
    leaders = np.array(places, dtype=float)
    rng = np.random.default_rng(seed)
    seconds = np.hypot(*(xy[:, None] - leaders).transpose(2, 0, 1)) * rng.uniform(
        1, 1.5, (len(xy), len(leaders))
    )
    before = [one.copy() for one in (xy, people, seconds)]
    pairs, seats, start, owner = divided(xy, people, seconds)
    graph = graph_of(pairs, len(xy))
    for owners in (start, owner):
        assert owners.shape == (len(xy),)
        assert set(owners.tolist()) <= set(range(len(leaders)))
        for leader in set(owners.tolist()):
            assert nx.is_connected(graph.subgraph(np.flatnonzero(owners == leader).tolist()))
        assert all(owners[seat] == place for place, seat in enumerate(seats) if seat >= 0)
    assert len(np.unique(parts_of(owner, pairs))) == len(set(owner.tolist()))
    most = [loads_of(one, people, len(leaders)).max() for one in (owner, start)]
    assert most[0] <= most[1]
    nearest = nearest_owner(seconds)
    if (nearest == start).all():
        assert most[0] <= loads_of(nearest, people, len(leaders)).max()
    for one, old in zip((xy, people, seconds), before, strict=True):
        np.testing.assert_array_equal(one, old)
    np.testing.assert_array_equal(owner, divided(xy, people, seconds)[3])


def test_five_thousand_points_are_quick_and_even():
    rng = np.random.default_rng(0)
    xy = np.concatenate([rng.uniform(0, 1e5, (2500, 2)), rng.normal(5e4, 8e3, (2500, 2))])
    people = rng.lognormal(6, 1, 5000)
    leaders = rng.normal(5e4, 6e3, (5, 2))
    seconds = np.hypot(*(xy[:, None] - leaders).transpose(2, 0, 1)) / 12
    began = time.process_time()
    pairs, _, _, owner = divided(xy, people, seconds)
    assert time.process_time() - began < 10  # under 1 s on a quiet machine
    loads = loads_of(owner, people, 5)
    assert loads.max() <= EVEN_ENOUGH * loads.mean()
    assert len(np.unique(parts_of(owner, pairs))) == 5

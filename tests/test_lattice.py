"""Places of a lattice and their nearest streets: by brute force, past barriers, remembered."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString

from coverage.access.barriers import Barriers
from coverage.areas import near_streets
from coverage.areas.barrier_map import BarrierMap
from coverage.areas.grid import BLOCK_TILES, TILE_CELLS, Grid
from coverage.areas.lattice import NO_STREET, Lattice
from coverage.network import RoadNetwork
from tests.networks import METRIC_CRS, random_tables, straight_road

GRID = Grid(25.0, 3000.0)
TILES = np.array([(row, column) for row in range(4) for column in range(4)])


@pytest.fixture(autouse=True)
def nothing_remembered():
    near_streets._remembered.cache_clear()
    yield
    near_streets._remembered.cache_clear()


def random_network(seed: int) -> RoadNetwork:
    return RoadNetwork.from_edges(*random_tables(seed), crs=METRIC_CRS)


def winding(seed: int, *, lines: int) -> Barriers:
    """Winding rivers and one lake on the ground of `random_tables`."""
    rng = np.random.default_rng(seed)
    shapes = [
        LineString(np.cumsum(rng.normal(0, 250, (30, 2)), axis=0) + rng.uniform(0, 5000, 2))
        for _ in range(lines)
    ]
    shapes.append(shapely.Point(rng.uniform(500, 3000, 2)).buffer(300))
    return Barriers(np.array(shapes, dtype=object), np.array(["河流"] * len(shapes), dtype=object))


def among_barriers(seed: int) -> RoadNetwork:
    return replace(random_network(seed), barriers=winding(seed, lines=3))


def arrays(lattice: Lattice, keys: np.ndarray = TILES) -> list[np.ndarray]:
    tiles = lattice.tiles(keys)
    return [tiles.street, tiles.share, tiles.off_road_m]


def same(one: list[np.ndarray], other: list[np.ndarray]) -> bool:
    return all(a.tobytes() == b.tobytes() for a, b in zip(one, other, strict=True))


@settings(max_examples=8)
@given(seed=st.integers(0, 2**32 - 1))
def test_the_nearest_street_is_found(seed):
    network = random_network(seed)
    street, share, off_road_m = (array.ravel() for array in arrays(Lattice(network, GRID)))
    places = shapely.points(GRID.places(TILES).reshape(-1, 2))
    true_m = shapely.distance(shapely.multilinestrings(network.lines), places)
    # The nearest is looked for by the middles of pieces: missed now and then, by less than one.
    assert (off_road_m >= true_m - 0.01).all()
    assert (off_road_m <= true_m + GRID.piece_m).all()
    assert (off_road_m <= true_m + 0.01).mean() >= 0.98
    on_street = shapely.line_interpolate_point(network.lines[street], share, normalized=True)
    assert shapely.distance(on_street, places) == pytest.approx(off_road_m, abs=0.05)


def test_what_is_out_of_reach_has_no_street():
    near, far = Grid(25.0, 100.0), Grid(25.0, 400.0)
    street, _, off_road_m = arrays(Lattice(straight_road(), near))
    y = near.places(TILES)[..., 1]
    x = near.places(TILES)[..., 0]
    assert (street[(y <= 100) & (x <= 1000)] == 0).all()
    assert (street[y > 100] == NO_STREET).all()
    assert np.isinf(off_road_m[y > 100]).all()
    beyond = arrays(Lattice(straight_road(), far))
    assert (beyond[0][(y <= 400) & (x <= 1000)] == 0).all()
    assert (beyond[2][street == 0] == off_road_m[street == 0]).all()


@settings(max_examples=6)
@given(seed=st.integers(0, 2**32 - 1))
def test_no_leg_crosses_a_barrier(seed):
    network = among_barriers(seed)
    street, share, off_road_m = (array.ravel() for array in arrays(Lattice(network, GRID)))
    xy = GRID.places(TILES).reshape(-1, 2)
    there = street != NO_STREET
    true_m = shapely.distance(shapely.multilinestrings(network.lines), shapely.points(xy))
    assert (off_road_m[there] >= true_m[there] - 0.01).all()
    foot = shapely.line_interpolate_point(
        network.lines[street[there]], share[there].astype(float), normalized=True
    )
    crossed = network.barriers.crossed(xy[there], shapely.get_coordinates(foot)) >= 0
    # Positions are kept as shares of a street, to a millimetre or so.
    assert crossed.mean() <= 0.001


@pytest.mark.parametrize("make", [random_network, among_barriers])
def test_tiles_are_the_same_one_by_one_and_all_at_once(make):
    network = make(7)
    together = arrays(Lattice(network, GRID))
    near_streets._remembered.cache_clear()
    single = Lattice(network, GRID)
    for key in TILES[::-1]:
        single.tiles(key[None])
    assert same(arrays(single), together)


@pytest.mark.parametrize("make", [random_network, among_barriers])
def test_speeds_leave_places_as_they_are(make, monkeypatch):
    network = make(11)
    before = arrays(Lattice(network, GRID))

    def fail(*_: object) -> None:
        raise AssertionError

    # Other speeds, delays and another pace on the access leg: nothing is looked up again.
    monkeypatch.setattr(near_streets, "NearestSteps", fail)
    slower = replace(
        network, along_s=network.along_s * 3, against_s=network.against_s * 2, access_speed_kph=2.0
    )
    assert same(arrays(Lattice(slower, GRID)), before)
    assert same(arrays(Lattice(network.at_pace(0.8), GRID)), before)


@pytest.mark.parametrize("with_barriers", [False, True])
def test_what_is_remembered_changes_no_result(with_barriers):
    # A road is closed far in the east: its block is made anew, and the others are as a fresh
    # start has them.
    nodes, edges = random_tables(3)
    far = pd.DataFrame({"x": [40_000.0, 41_000.0], "y": [0.0, 0.0]}, index=[900, 901])
    lane = edges.iloc[:1].assign(from_node=900, to_node=901, length_m=1000.0, geometry=None)
    whole = RoadNetwork.from_edges(
        pd.concat([nodes, far]).rename_axis("node_id"), pd.concat([edges, lane]), crs=METRIC_CRS
    )
    shut = RoadNetwork.from_edges(nodes.rename_axis("node_id"), edges, crs=METRIC_CRS)
    if with_barriers:
        rivers = winding(3, lines=3)
        whole, shut = (replace(network, barriers=rivers) for network in (whole, shut))
    here = TILES
    there = np.array([(0, 40_000 // (TILE_CELLS * 25))])
    Lattice(whole, GRID).tiles(np.concatenate([here, there]))
    made = near_streets._remembered.cache_info().misses
    after = arrays(Lattice(shut, GRID), np.concatenate([here, there]))
    assert near_streets._remembered.cache_info().misses == made + 1
    near_streets._remembered.cache_clear()
    assert same(arrays(Lattice(shut, GRID), np.concatenate([here, there])), after)
    assert (after[0][len(here) :] == NO_STREET).all()


def test_many_may_look_at_once():
    # Prepared areas crash GEOS when several threads look at them.
    river = np.array([shapely.box(-5000, 2000, 9000, 2030)], dtype=object)
    rivers = Barriers(river, np.array(["河流"], dtype=object))
    network = replace(random_network(5), barriers=rivers)
    wide = np.array([(row, column) for row in range(2, 10) for column in range(2, 10)])
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: arrays(Lattice(network, GRID), wide), range(4)))
    assert all(same(each, found[0]) for each in found)


def test_a_block_reaches_as_far_as_its_places_see():
    none = Barriers(np.zeros(0, dtype=object), np.zeros(0, dtype=object))
    low, high = GRID.ground((0, 1), none)
    side_m = BLOCK_TILES * TILE_CELLS * 25.0
    assert low.tolist() == [side_m - 3050.0, -3050.0]
    assert high.tolist() == [2 * side_m + 3050.0, side_m + 3050.0]
    # Where there are barriers two tiles more, which hold 1,000 m.
    low, _ = GRID.ground((0, 1), winding(1, lines=1))
    assert low.tolist() == [side_m - 1600.0 - 3050.0, -1600.0 - 3050.0]


@settings(max_examples=20)
@given(seed=st.integers(0, 2**32 - 1), side_m=st.sampled_from([5.0, 40.0, 300.0]))
def test_a_leg_that_crosses_may_cross(seed, side_m):
    rng = np.random.default_rng(seed)
    barriers = winding(seed, lines=2)
    start = rng.uniform(0, 5000, (300, 2))
    end = start + rng.normal(0, 400, start.shape)
    rough = BarrierMap.over(
        barriers, np.array([500.0, 500.0]), np.array([4000.0, 4500.0]), side_m=side_m
    )
    may_cross = rough.may_cross(start, end)
    crossed = barriers.crossed(start, end) >= 0
    assert may_cross[crossed].all()
    # And it is worth asking: legs far from any barrier are told apart.
    far = shapely.distance(
        shapely.union_all(barriers.geometry),
        shapely.linestrings(np.stack([start, end], axis=1)),
    )
    inside = ((np.minimum(start, end) > 500) & (np.maximum(start, end) < 4000)).all(axis=1)
    lengths = np.hypot(*(end - start).T)
    assert not may_cross[inside & (far > lengths + 3 * side_m)].any()

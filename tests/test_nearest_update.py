"""An index kept up to date equals a full run, to the last bit."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point

from coverage.access.barriers import Barriers
from coverage.catchment import nearest_trips
from coverage.errors import CrsError, ImpedanceError, InputError
from coverage.network import RoadNetwork
from coverage.searches.nearest_update import NearestIndex
from tests.networks import METRIC_CRS, points, random_points, random_tables, straight_road

if TYPE_CHECKING:
    from coverage.graph.arcs import Cost, Direction

DIRECTIONS = ["to_facility", "from_facility"]
COSTS = ["travel_time_s", "distance_m"]
SEEDS = st.integers(0, 2**32 - 1)


class Played:
    """An index and the layers that a full run would take, changed side by side."""

    def __init__(
        self,
        network: RoadNetwork,
        demand: gpd.GeoDataFrame,
        facilities: gpd.GeoDataFrame,
        start_s: pd.Series[float],
        **asked: object,
    ) -> None:
        self.network, self.demand, self.asked = network, demand, asked
        self.place = facilities.geometry.to_dict()
        self.start_s = start_s.to_dict()
        self.index = NearestIndex.prepare(network, demand, facilities, start_s=start_s, **asked)  # type: ignore[arg-type]

    def add(self, name: str, point: Point, start_s: float) -> None:
        self.index = self.index.with_facility(name, point, start_s=start_s)
        self.place[name], self.start_s[name] = point, start_s

    def close(self, name: str) -> None:
        self.index = self.index.without_facility(name)
        del self.place[name], self.start_s[name]

    def move(self, name: str, point: Point) -> None:
        self.index = self.index.moved(name, point)
        self.place[name] = point

    def full_run(self) -> pd.DataFrame:
        facilities = gpd.GeoDataFrame(
            geometry=list(self.place.values()),
            index=pd.Index(list(self.place), dtype=object),
            crs=self.network.crs,
        )
        start_s = pd.Series(self.start_s, dtype=float)
        return nearest_trips(self.network, self.demand, facilities, start_s=start_s, **self.asked)  # type: ignore[arg-type]

    def check(self, *, other_too: bool = True) -> None:
        """Both tables are the same; of equally good ways each may take another."""
        expected, cost = self.full_run(), self.asked["cost"]
        found = self.index.trips
        assert found["facility_id"].tolist() == expected["facility_id"].tolist()
        np.testing.assert_array_equal(found[cost], expected[cost])
        np.testing.assert_array_equal(self.index.covered, np.isfinite(expected[cost]))
        columns = ["demand_access_m", "facility_access_m", "access_m", "access_s"]
        columns += ["travel_time_s", "distance_m"] if other_too else []
        pd.testing.assert_frame_equal(found[columns], expected[columns], rtol=1e-12, atol=1e-9)
        assert self.index.facility_ids == sorted(self.place)


def played_case(
    seed: int, *, cutoff: float, direction: str, cost: str, facilities: int = 8
) -> tuple[Played, np.random.Generator]:
    rng = np.random.default_rng(seed)
    network = RoadNetwork.from_edges(*random_tables(seed), crs=METRIC_CRS)
    delay = rng.choice([0.0, 10.0, 30.0], network.node_count)
    network = replace(network, node_delay_s=delay)
    demand = random_points(network, seed + 1, count=25, prefix="d")
    sites = random_points(network, seed + 2, count=facilities, prefix="f")
    start_s = pd.Series(rng.choice([0.0, 0.0, 60.0], facilities), index=sites.index)
    asked = {"cutoff": cutoff, "direction": direction, "cost": cost}
    return Played(network, demand, sites, start_s, **asked), rng


def squares(side: int) -> RoadNetwork:
    """Streets of a chessboard, all of one length and speed: ties everywhere."""
    at = np.arange(side * side)
    nodes = pd.DataFrame({"x": (at % side) * 100.0, "y": (at // side) * 100.0}, index=at)
    right, up = at[at % side < side - 1], at[at < side * (side - 1)]
    edges = pd.DataFrame(
        {
            "from_node": np.concatenate([right, up]),
            "to_node": np.concatenate([right + 1, up + side]),
            "length_m": 100.0,
            "travel_time_s": 10.0,
        }
    )
    return RoadNetwork.from_edges(nodes, edges, crs=METRIC_CRS)


def one_clinic(cutoff: float = 100.0, direction: Direction = "to_facility") -> NearestIndex:
    villages = points({"v": (200, 0), "w": (900, 0)})
    clinic = points({"c": (0, 0)})
    return NearestIndex.prepare(
        straight_road(), villages, clinic, cutoff=cutoff, direction=direction
    )


# Bad input


def test_an_endless_cutoff_is_refused() -> None:
    with pytest.raises(ImpedanceError) as caught:
        one_clinic(math.inf)
    assert str(caught.value) == "逐个增减设施时阈值应为有限的数字，现为 inf。请给出阈值。"


def test_an_id_that_is_taken_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        one_clinic().with_facility("c", Point(1, 0))
    assert str(caught.value) == "已有代码为 'c' 的设施，请换一个代码。"


def test_an_unknown_id_is_refused() -> None:
    for change in (
        lambda: one_clinic().without_facility("x"),
        lambda: one_clinic().moved("x", Point(1, 0)),
        lambda: one_clinic().without_facility("c").without_facility("c"),
    ):
        with pytest.raises(
            InputError, match=r"没有代码为 '[xc]' 的设施，无法撤销或移动。请核对代码。"
        ):
            change()


def test_ids_of_two_kinds_are_refused() -> None:
    with pytest.raises(InputError, match="设施的代码有的是文字、有的是数字，请统一为文字。"):
        one_clinic().with_facility(7, Point(1, 0))


@pytest.mark.parametrize("bad", [Point(math.nan, 0), Point(), None, shapely.box(0, 0, 1, 1)])
def test_a_place_that_is_no_finite_point_is_refused(bad: object) -> None:
    with pytest.raises(InputError, match="1 个位置不是坐标有效的点，第一个是 'n'"):
        one_clinic().with_facility("n", bad)  # type: ignore[arg-type]


def test_a_senseless_turnout_is_refused() -> None:
    with pytest.raises(ImpedanceError, match="第一个是 'n'，为 -1。请补上或改正。"):
        one_clinic().with_facility("n", Point(1, 0), start_s=-1.0)


def test_layers_are_checked_as_in_a_full_run() -> None:
    here = points({"a": (115.0, 37.0)}, crs="EPSG:4326")
    with pytest.raises(CrsError, match="以度为单位"):
        NearestIndex.prepare(straight_road(), here, here, cutoff=1.0, direction="to_facility")
    with pytest.raises(ImpedanceError, match="阈值应为不小于 0 的数字"):
        one_clinic(-1.0)


# Structure and empty input


def test_each_change_leaves_the_index_before_it_as_it_was() -> None:
    first = one_clinic()
    before = first.trips.copy(), first.travel_time_s.copy()
    second = first.with_facility("n", Point(900, 0))
    third = second.without_facility("c")
    fourth = third.moved("n", Point(200, 0))
    assert [index.facility_ids for index in (first, second, third, fourth)] == [
        ["c"],
        ["c", "n"],
        ["n"],
        ["n"],
    ]
    assert second.travel_time_s.tolist() == [20.0, 0.0]
    assert third.travel_time_s.tolist() == pytest.approx([70.0, 0.0])
    assert fourth.travel_time_s.tolist() == pytest.approx([0.0, 70.0])
    pd.testing.assert_frame_equal(first.trips, before[0])
    np.testing.assert_array_equal(first.travel_time_s, before[1])
    with pytest.raises(ValueError, match="read-only"):
        first.travel_time_s[0] = 1.0


def test_coverage_without_a_table() -> None:
    index = one_clinic(cutoff=50.0)
    assert index.covered.tolist() == [True, False]
    assert index.travel_time_s.tolist() == [20.0, math.inf]
    assert index.distance_m.tolist() == [200.0, math.inf]
    assert index.without_facility("c").covered.tolist() == [False, False]


def test_it_may_begin_and_end_without_facilities() -> None:
    none = points({"c": (0, 0)}).iloc[:0]
    villages = points({"v": (200, 0)})
    index = NearestIndex.prepare(
        straight_road(), villages, none, cutoff=100.0, direction="to_facility"
    )
    assert index.facility_ids == []
    assert index.trips["facility_id"].tolist() == [None]
    added = index.with_facility("n", Point(300, 8))
    assert added.trips.loc["v", "travel_time_s"] == pytest.approx(10 + 8 * 0.75)
    assert added.trips.loc["v", "facility_access_m"] == 8.0
    pd.testing.assert_frame_equal(added.without_facility("n").trips, index.trips)


def test_it_may_have_no_demand() -> None:
    none = points({"v": (0, 0)}).iloc[:0]
    clinic = points({"c": (0, 0)})
    index = NearestIndex.prepare(
        straight_road(), none, clinic, cutoff=100.0, direction="to_facility"
    )
    assert index.with_facility("n", Point(5, 0)).without_facility("c").trips.empty


def test_a_new_site_behind_a_wall_serves_nobody() -> None:
    wall = shapely.LineString([(400, 50), (600, 50), (600, 150), (400, 150), (400, 50)])
    walled = Barriers(np.array([wall], dtype=object), np.array(["围墙"], dtype=object))
    network = replace(straight_road(), barriers=walled)
    villages = points({"v": (200, 0), "w": (500, 110)})
    index = NearestIndex.prepare(
        network, villages, points({"c": (900, 0)}), cutoff=900.0, direction="to_facility"
    )
    added = index.with_facility("n", Point(500, 100))
    assert added.trips["facility_id"].tolist() == ["c", None]
    assert added.moved("n", Point(300, 0)).trips["facility_id"].tolist() == ["n", None]
    assert added.moved("c", Point(500, 100)).covered.tolist() == [False, False]


# Against a full run


@settings(max_examples=12)
@given(
    seed=SEEDS,
    cutoff=st.sampled_from([0.0, 120.0, 600.0, 5000.0]),
    direction=st.sampled_from(DIRECTIONS),
    cost=st.sampled_from(COSTS),
)
def test_any_sequence_of_changes_equals_a_full_run(
    seed: int, cutoff: float, direction: str, cost: str
) -> None:
    played, rng = played_case(seed, cutoff=cutoff, direction=direction, cost=cost)
    played.check()
    spare = random_points(played.network, seed + 3, count=6, prefix="n").geometry
    for step, (name, point) in enumerate(spare.items()):
        choice = rng.choice(["add", "close", "move"])
        known = rng.choice(sorted(played.place)) if played.place else None
        if choice == "add" or known is None:
            # Now and then where another one stands already.
            where = played.place[known] if known and step % 3 == 0 else point
            played.add(name, where, float(rng.choice([0.0, 30.0])))
        elif choice == "close":
            played.close(known)
        else:
            played.move(known, point)
        played.check()


@settings(max_examples=10)
@given(seed=SEEDS, direction=st.sampled_from(DIRECTIONS), cost=st.sampled_from(COSTS))
def test_equally_near_facilities_too(seed: int, direction: str, cost: Cost) -> None:
    rng = np.random.default_rng(seed)
    network = squares(8)
    xy = rng.integers(0, 15, (50, 2)) * 50.0
    places = points({f"p{k:02d}": tuple(at) for k, at in enumerate(xy.tolist())})
    demand, sites, spare = places.iloc[:30], places.iloc[30:40], places.iloc[40:46].geometry
    start_s = pd.Series(0.0, index=sites.index)
    unit = 10.0 if cost == "travel_time_s" else 100.0
    asked = {"cutoff": 4 * unit, "direction": direction, "cost": cost}
    played = Played(network, demand, sites, start_s, **asked)
    for name, point in spare.items():
        known = rng.choice(sorted(played.place))
        if rng.random() < 0.4:
            played.add(name, point, 0.0)
        elif rng.random() < 0.5:
            played.close(known)
        else:
            played.move(known, point)
        played.check(other_too=False)


@settings(max_examples=8)
@given(seed=SEEDS)
def test_there_and_back_again_changes_nothing(seed: int) -> None:
    played, _ = played_case(seed, cutoff=900.0, direction="to_facility", cost="travel_time_s")
    first = played.index
    point = random_points(played.network, seed + 4, count=1, prefix="n").geometry.iloc[0]
    back = first.with_facility("n", point).without_facility("n")
    pd.testing.assert_frame_equal(back.trips, first.trips, rtol=0, atol=1e-9)
    home = played.place["f003"]
    back = first.moved("f003", point).moved("f003", home)
    pd.testing.assert_frame_equal(back.trips, first.trips, rtol=0, atol=1e-9)


@settings(max_examples=8)
@given(seed=SEEDS, cutoff=st.floats(0, 2000))
def test_one_more_never_serves_fewer(seed: int, cutoff: float) -> None:
    played, _ = played_case(seed, cutoff=cutoff, direction="to_facility", cost="travel_time_s")
    point = random_points(played.network, seed + 4, count=1, prefix="n").geometry.iloc[0]
    more = played.index.with_facility("n", point)
    assert (more.travel_time_s <= played.index.travel_time_s).all()
    assert (more.without_facility("f000").travel_time_s >= more.travel_time_s).all()

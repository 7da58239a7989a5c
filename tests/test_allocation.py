"""Allocation: brute force over every person, NetworkX, chains that cost much, what must hold."""

from __future__ import annotations

import itertools
import math
from types import SimpleNamespace

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coverage import allocation as module
from coverage.allocation import allocate, served_by_zone
from coverage.errors import DemandError, FacilityError, InputError, PlannerError

PEOPLE = pd.Series({"v1": 80.0, "v2": 50.0, "v3": 20.0, "v4": 0.0}).rename_axis("demand_id")
ROOM = pd.Series({"c": 100.0, "d": 10.0, "e": 0.0, "far": 5.0}).rename_axis("facility_id")
MATRIX = pd.DataFrame(
    {
        "from_id": ["v1", "v2", "v1", "v4", "v2"],
        "to_id": ["c", "c", "d", "c", "e"],
        "travel_time_s": [60.0, 600.0, 900.0, 1.0, 1.0],
        "distance_m": 1.0,
    }
)

matrices = st.dictionaries(
    st.tuples(st.sampled_from("vwxyz"), st.sampled_from("abcd")), st.integers(0, 20)
)
persons = st.fixed_dictionaries(dict.fromkeys("vwxyz", st.integers(0, 9)))
places = st.fixed_dictionaries(dict.fromkeys("abcd", st.integers(0, 15)))


def table(drawn):
    rows = [(*pair, float(time)) for pair, time in drawn.items()]
    return pd.DataFrame(rows, columns=["from_id", "to_id", "travel_time_s"])


def best_by_enumeration(drawn, demand, capacity):
    """Most people served and least time, over every way to send every single person."""
    each = [i for i, number in demand.items() for _ in range(number)]
    ways = [[None, *(j for (k, j) in drawn if k == i)] for i in each]
    best = (0, 0.0)
    for way in itertools.product(*ways):
        load = {j: way.count(j) for j in capacity}
        if all(load[j] <= capacity[j] for j in capacity):
            served = sum(j is not None for j in way)
            time = sum(drawn[i, j] for i, j in zip(each, way, strict=True) if j is not None)
            best = min(best, (-served, time))
    return -best[0], best[1]


def best_by_networkx(drawn, demand, capacity):
    graph = nx.DiGraph()
    graph.add_nodes_from(["source", "sink"])
    for i, number in demand.items():
        graph.add_edge("source", ("demand", i), capacity=number, weight=0)
    for j, room in capacity.items():
        graph.add_edge(("facility", j), "sink", capacity=room, weight=0)
    for (i, j), time in drawn.items():
        graph.add_edge(("demand", i), ("facility", j), weight=time)
    flow = nx.max_flow_min_cost(graph, "source", "sink")
    return sum(flow["source"].values()), nx.cost_of_flow(graph, flow)


def check_what_must_hold(allocation, matrix, demand, capacity):
    """People conserved, no facility over capacity, and nobody could be served by a chain."""
    points, facilities = allocation.demand, allocation.facilities
    assert points.index.equals(demand.index)
    assert facilities.index.equals(capacity.index)
    parts = points[["served", "unserved", "out_of_reach"]]
    assert (parts >= 0).all(axis=None)
    np.testing.assert_allclose(parts.sum(axis=1), demand, rtol=1e-12)
    assert (facilities["load"] <= capacity).all()
    flows = allocation.flows
    assert (flows["people"] > 0).all()
    for column, sums in (("from_id", points["served"]), ("to_id", facilities["load"])):
        total = flows.groupby(column)["people"].sum().reindex(sums.index, fill_value=0.0)
        np.testing.assert_allclose(total, sums, atol=1e-5)
    reaches = points.index.isin(matrix["from_id"])
    assert not points.loc[reaches, "out_of_reach"].any()
    assert not points.loc[~reaches, ["served", "unserved"]].any(axis=None)
    assert allocation.served == pytest.approx(points["served"].sum())
    seconds = (flows["people"] * flows["travel_time_s"]).sum()
    assert allocation.total_travel_time_s == pytest.approx(seconds)
    # Whom the unserved could displace, and whom those could: none of these has room.
    sent = flows.groupby("to_id")["from_id"].agg(set).to_dict()
    reach = matrix.groupby("from_id")["to_id"].agg(set).to_dict()
    seen, todo = set(), list(points.index[points["unserved"] > 1e-5])
    while todo:
        point = todo.pop()
        for facility in reach.get(point, set()) - seen:
            seen.add(facility)
            room = capacity[facility] - facilities.loc[facility, "load"]
            assert room <= 1e-5
            todo += sent.get(facility, set())


def test_values_by_hand():
    """c takes 100 of the 130 of v1 and v2, d 10 of v1 alone; v3 reaches nothing.

    To serve 110, v1 sends 10 to d, far as it is: 70 * 60 + 10 * 900 + 30 * 600.
    """
    allocation = allocate(MATRIX, demand=PEOPLE, capacity=ROOM)
    points = allocation.demand
    assert points.columns.tolist() == [
        "population",
        "served",
        "unserved",
        "out_of_reach",
        "travel_time_s",
    ]
    assert points.loc["v1"].tolist() == [80, 80, 0, 0, (70 * 60 + 10 * 900) / 80]
    assert points.loc["v2"].tolist() == [50, 30, 20, 0, 600]
    assert points.loc["v3", ["served", "unserved", "out_of_reach"]].tolist() == [0, 0, 20]
    assert math.isnan(points.loc["v3", "travel_time_s"])
    assert allocation.flows.to_numpy().tolist() == [
        ["v1", "c", 70.0, 60.0],
        ["v1", "d", 10.0, 900.0],
        ["v2", "c", 30.0, 600.0],
    ]
    assert allocation.facilities["load"].to_dict() == {"c": 100, "d": 10, "e": 0, "far": 0}
    assert allocation.facilities["load_share"].tolist()[:2] == [1, 1]
    assert math.isnan(allocation.facilities.loc["e", "load_share"])
    assert allocation.facilities.loc["far", "load_share"] == 0
    assert (allocation.served, allocation.unserved, allocation.out_of_reach) == (110, 20, 20)
    assert allocation.total_travel_time_s == 70 * 60 + 10 * 900 + 30 * 600
    assert allocation.status == "optimal"
    check_what_must_hold(allocation, MATRIX, PEOPLE, ROOM)


@settings(max_examples=40, deadline=None)
@given(
    st.dictionaries(
        st.tuples(st.sampled_from("vwx"), st.sampled_from("abc")), st.integers(0, 20), max_size=7
    ),
    st.fixed_dictionaries(dict.fromkeys("vwx", st.integers(0, 2))),
    st.fixed_dictionaries(dict.fromkeys("abc", st.integers(0, 3))),
)
def test_against_every_way_to_send_every_person(drawn, demand, capacity):
    allocation = allocate(table(drawn), demand=pd.Series(demand), capacity=pd.Series(capacity))
    served, time = best_by_enumeration(drawn, demand, capacity)
    assert allocation.served == served
    assert allocation.total_travel_time_s == pytest.approx(time)


@settings(max_examples=80, deadline=None)
@given(matrices, persons, places)
def test_against_networkx(drawn, demand, capacity):
    people, room = pd.Series(demand), pd.Series(capacity)
    allocation = allocate(table(drawn), demand=people, capacity=room)
    served, time = best_by_networkx(drawn, demand, capacity)
    assert allocation.served == served
    assert allocation.total_travel_time_s == pytest.approx(time)
    check_what_must_hold(allocation, table(drawn), people, room)
    # Whole people and whole places give whole people.
    assert (allocation.flows["people"] % 1 == 0).all()


@settings(max_examples=50, deadline=None)
@given(matrices, persons, places, st.floats(0.01, 1e4), st.floats(0.1, 0.9))
def test_parts_of_people_and_a_divided_village(drawn, demand, capacity, unit, part):
    matrix, people, room = table(drawn), pd.Series(demand) * unit, pd.Series(capacity) * unit
    allocation = allocate(matrix, demand=people, capacity=room)
    check_what_must_hold(allocation, matrix, people, room)
    served, time = best_by_networkx(drawn, demand, capacity)
    assert allocation.served == pytest.approx(served * unit)
    assert allocation.total_travel_time_s == pytest.approx(time * unit, abs=1e-6 * unit)

    again = matrix[matrix["from_id"] == "v"].assign(from_id="v2")
    divided = pd.concat([people, pd.Series({"v2": people["v"] * (1 - part)})])
    divided["v"] *= part
    halves = allocate(pd.concat([matrix, again]), demand=divided, capacity=room)
    assert halves.served == pytest.approx(allocation.served)
    assert halves.total_travel_time_s == pytest.approx(
        allocation.total_travel_time_s, abs=1e-6 * unit
    )


def test_one_person_more_is_worth_any_chain_of_longer_trips():
    """Each clinic is next door to one person and far from the one before; the last has room.

    To serve the newcomer at the first clinic all 60 others must move on, each to 1,000 s.
    """
    n = 60
    near = [(f"v{k:02d}", f"c{k:02d}", 0.0) for k in range(n)]
    far = [(f"v{k:02d}", f"c{k + 1:02d}", 1000.0) for k in range(n)]
    rows = [*near, *far, ("new", "c00", 0.0)]
    matrix = pd.DataFrame(rows, columns=["from_id", "to_id", "travel_time_s"])
    people = pd.Series(1.0, index=[*(f"v{k:02d}" for k in range(n)), "new"])
    room = pd.Series(1.0, index=[f"c{k:02d}" for k in range(n + 1)])
    allocation = allocate(matrix, demand=people, capacity=room)
    assert allocation.served == n + 1
    assert allocation.total_travel_time_s == n * 1000


def test_with_room_for_all_everybody_goes_to_the_nearest():
    rng = np.random.default_rng(5)
    costs = rng.uniform(0, 900, (60, 12))
    rows = [(f"v{i:02d}", f"c{j:02d}", costs[i, j]) for i in range(60) for j in range(12)]
    matrix = pd.DataFrame(rows, columns=["from_id", "to_id", "travel_time_s"])
    people = pd.Series(rng.uniform(0.5, 900, 60), index=[f"v{i:02d}" for i in range(60)])
    room = pd.Series(1e6, index=[f"c{j:02d}" for j in range(12)])
    allocation = allocate(matrix, demand=people, capacity=room)
    np.testing.assert_allclose(allocation.demand["travel_time_s"], costs.min(axis=1))
    assert allocation.served == pytest.approx(people.sum())
    assert (allocation.demand["served"] == people).all()


def test_rounding_noise_is_nobody():
    limits = np.array([10.0, 10.0, 10.0, 1e-7])
    amounts = np.array([10 + 1e-8, 10 - 1e-8, 9.9, 0.0])
    assert module._snapped(amounts, limits).tolist() == [10.0, 10.0, 9.9, 0.0]


def test_numbers_as_large_as_a_country():
    allocation = allocate(MATRIX, demand=PEOPLE * 1e7, capacity=ROOM * 1e7)
    assert allocation.served == pytest.approx(110e7)
    check_what_must_hold(allocation, MATRIX, PEOPLE * 1e7, ROOM * 1e7)


def test_row_order_does_not_matter_at_all_and_arguments_are_left_unchanged():
    rng = np.random.default_rng(3)
    rows = [(f"v{i}", f"c{j}", float(rng.integers(1, 4))) for i in range(9) for j in range(5)]
    matrix = pd.DataFrame(rows, columns=["from_id", "to_id", "travel_time_s"])
    people = pd.Series(rng.integers(1, 9, 9).astype(float), index=[f"v{i}" for i in range(9)])
    room = pd.Series(5.0, index=[f"c{j}" for j in range(5)])
    kept = (matrix.copy(), people.copy(), room.copy())
    first = allocate(matrix, demand=people, capacity=room)
    second = allocate(
        matrix.sample(frac=1, random_state=1), demand=people[::-1], capacity=room[::-1]
    )
    pd.testing.assert_frame_equal(first.demand, second.demand[::-1], check_exact=True)
    pd.testing.assert_frame_equal(first.facilities, second.facilities[::-1], check_exact=True)
    pd.testing.assert_frame_equal(matrix, kept[0])
    pd.testing.assert_series_equal(people, kept[1])
    pd.testing.assert_series_equal(room, kept[2])


def test_no_pair_no_facility_no_demand():
    apart = allocate(MATRIX.iloc[:0], demand=PEOPLE, capacity=ROOM)
    assert (apart.served, apart.unserved, apart.out_of_reach) == (0, 0, 150)
    assert apart.flows.columns.tolist() == ["from_id", "to_id", "people", "travel_time_s"]
    assert allocate(MATRIX.iloc[:0], demand=PEOPLE, capacity=ROOM.iloc[:0]).facilities.empty
    nobody = allocate(MATRIX.iloc[:0], demand=PEOPLE.iloc[:0], capacity=ROOM)
    assert nobody.demand.empty
    assert nobody.facilities["load"].tolist() == [0, 0, 0, 0]


def test_without_any_room_all_in_reach_are_unserved():
    allocation = allocate(MATRIX, demand=PEOPLE, capacity=ROOM * 0)
    assert (allocation.served, allocation.unserved, allocation.out_of_reach) == (0, 130, 20)
    assert allocation.flows.empty


def test_by_zone_by_hand():
    allocation = allocate(MATRIX, demand=PEOPLE, capacity=ROOM)
    zones = pd.Series({"v1": "甲", "v2": "乙", "v3": "乙", "v4": None})
    by_zone = served_by_zone(allocation, zones=zones).set_index("zone_id")
    assert by_zone.index.tolist() == ["乙", "甲", ""]
    columns = ["population", "served", "unserved", "out_of_reach"]
    assert by_zone.loc["乙", columns].tolist() == [70, 30, 20, 20]
    assert by_zone.loc["", columns].tolist() == [150, 110, 20, 20]
    assert by_zone["served_share"].tolist() == pytest.approx([30 / 70, 1, 110 / 150])
    assert by_zone["travel_time_s"].tolist() == pytest.approx([600, 165, (80 * 165 + 18000) / 110])
    empty = served_by_zone(allocation, zones=zones.where(zones == "丙"))
    assert empty["zone_id"].tolist() == [""]
    assert empty[["population", "served"]].to_numpy().tolist() == [[0, 0]]
    with pytest.raises(DemandError, match="3 个需求点没有所在单元，第一个是 'v2'"):
        served_by_zone(allocation, zones=zones[:1])


def test_by_zone_of_a_group_by_hand():
    """Of v2 30 of 50 are served, so 6 of its ten old people; v4, where nobody lives, has two."""
    allocation = allocate(MATRIX, demand=PEOPLE, capacity=ROOM)
    zones = pd.Series({"v1": "甲", "v2": "乙", "v3": "乙", "v4": "乙"})
    old = pd.Series({"v1": math.nan, "v2": 10.0, "v3": 5.0, "v4": 2.0})
    table = served_by_zone(allocation, zones=zones, group=old).set_index("zone_id")
    columns = ["population", "served", "unserved", "out_of_reach", "population_unknown"]
    assert table.loc["乙", columns].tolist() == pytest.approx([15, 6, 4, 5, 1])
    assert table.loc["甲", columns].tolist() == [0, 0, 0, 0, 1]
    assert math.isnan(table.loc["甲", "served_share"])
    assert table.loc["", columns].tolist() == pytest.approx([15, 6, 4, 5, 2])
    assert table.loc["", "travel_time_s"] == pytest.approx(600)
    everybody = served_by_zone(allocation, zones=zones, group=PEOPLE)
    pd.testing.assert_frame_equal(everybody, served_by_zone(allocation, zones=zones))
    with pytest.raises(
        DemandError, match="1 个需求点的人口为空、为负或不是有限的数字，第一个是 'v2'"
    ):
        served_by_zone(allocation, zones=zones, group=old.where(old != 10, -1.0))


def test_without_proof_there_is_no_result(monkeypatch):
    tried = []

    def fail(*_args, method, **_more):
        tried.append(method)
        return SimpleNamespace(status=4, x=None)

    monkeypatch.setattr(module, "linprog", fail)
    with pytest.raises(PlannerError) as caught:
        allocate(MATRIX, demand=PEOPLE, capacity=ROOM)
    assert tried == ["highs-ipm", "highs-ds"]
    assert str(caught.value) == (
        "求解器没有得出经证明的最优分配（5 对需求点与设施，状态 4），没有给出结果。"
        "请检查人口与容量是否有过大的数字，或缩短阈值后重试。"
    )


def test_the_second_method_stands_by(monkeypatch):
    solve = module.linprog

    def first_fails(*args, method, **more):
        failed = SimpleNamespace(status=4, x=None)
        return failed if method == "highs-ipm" else solve(*args, method=method, **more)

    monkeypatch.setattr(module, "linprog", first_fails)
    assert allocate(MATRIX, demand=PEOPLE, capacity=ROOM).served == 110


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        (
            {"capacity": ROOM.where(ROOM != 10)},
            FacilityError,
            "1 个设施没有填写容量，第一个是 'd'。未知不能当作 0，请在设施表中补齐容量，或先去掉这些设施。",
        ),
        (
            {"capacity": ROOM.drop("d")},
            FacilityError,
            "出行时间表里有 1 个设施没有填写容量，第一个是 'd'。请在设施表中补齐容量，或重新计算出行时间。",
        ),
        (
            {"capacity": ROOM - 1},
            FacilityError,
            "1 个设施的容量为负或不是有限的数字，第一个是 'e'（-1）。请改正后重试。",
        ),
        (
            {"demand": PEOPLE.where(PEOPLE != 50)},
            DemandError,
            "1 个需求点的人口未知，第一个是 'v2'。未知不能当作 0，请补齐人口，或先去掉这些需求点。",
        ),
        (
            {"demand": PEOPLE.drop("v1")},
            DemandError,
            "出行时间表里有 1 个需求点不在需求点表中，第一个是 'v1'。请重新计算出行时间。",
        ),
        (
            {"demand": pd.concat([PEOPLE, PEOPLE])},
            InputError,
            "需求点有 4 个代码重复，第一个是 'v1'。每个代码只能出现一次。",
        ),
    ],
)
def test_bad_input_is_refused(changes, error, message):
    arguments = {"demand": PEOPLE, "capacity": ROOM} | changes
    with pytest.raises(error) as caught:
        allocate(MATRIX, **arguments)
    assert str(caught.value) == message

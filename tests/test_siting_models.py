"""The further models of siting against brute force: backup, floors, capacities, plans."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from coverage.errors import SitingError
from coverage.siting import (
    SitingOptions,
    Standard,
    backup_covering,
    budget_covering,
    building_order,
    capacitated_covering,
    closing,
    coverage_curve,
    equity_floor,
    location_set_covering,
    price_of_preferred,
    standards_covering,
)
from tests.test_siting import CUTOFF, SEEDS, Case, agrees, small


@pytest.mark.parametrize("seed", SEEDS)
def test_backup_is_the_best_of_all_sets(seed):
    case = Case(seed)
    count, times = 2 + seed % 3, 2 + seed % 2

    def value(chosen):
        near = (case.costs[:, list(chosen)] <= CUTOFF).sum(axis=1)
        return float(case.weights[near >= times].sum())

    best, answers = case.best(value, [count], largest=True)
    result = backup_covering(case.matrix, cutoff=CUTOFF, sites=count, times=times, **case.asked)
    agrees(case, result, best, answers)
    assert result.figures["covered"] == result.objective
    assert result.figures["once"] >= result.objective


def test_a_point_without_a_second_candidate_is_not_backed_up():
    matrix = pd.DataFrame({"from_id": ["a", "a", "b"], "to_id": list("xyz"), "travel_time_s": 1.0})
    people = pd.Series({"a": 1.0, "b": 100.0})
    result = backup_covering(matrix, demand=people, cutoff=9, sites=3)
    assert (result.objective, result.figures["once"]) == (1, 101)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_floor_of_every_zone_is_the_best_of_all_sets(seed):
    case = Case(seed)
    share = [0.3, 0.5, 1.0][seed % 3]
    zone = np.arange(case.n) % 3
    zones = pd.Series([["甲", "乙", None][z] for z in zone], index=[f"d{i}" for i in range(case.n)])

    def value(chosen):
        done = case.nearest(chosen) <= CUTOFF if chosen else np.zeros(case.n, dtype=bool)
        for z in (0, 1):
            people = case.weights[zone == z]
            if people[done[zone == z]].sum() < share * people.sum() - 1e-9:
                return math.nan
        return len(chosen)

    best, answers = case.best(value, range(case.m + 1))
    asked = {"zones": zones, "cutoff": CUTOFF, "share": share, **case.asked}
    if not answers:
        with pytest.raises(SitingError, match="做不到"):
            equity_floor(case.matrix, **asked)
        return
    result = equity_floor(case.matrix, **asked)
    agrees(case, result, best, answers)
    assert not result.figures["least_share"] < share - 1e-9


@pytest.mark.parametrize("seed", SEEDS)
def test_two_standards_at_once_are_the_best_of_all_sets(seed):
    one, other = Case(seed), Case(seed + 1000, n=5)
    count = 1 + seed % 3

    def value(chosen):
        near = one.weights[one.nearest(chosen) <= CUTOFF].sum()
        far = other.weights[other.nearest(chosen) <= 30].sum()
        return float(near + 2 * far)

    best, answers = one.best(value, [count], largest=True)
    result = standards_covering(
        [
            Standard("健康", one.matrix, one.demand, CUTOFF),
            Standard("健身", other.matrix, other.demand, 30, worth=2.0),
        ],
        sites=count,
        required=one.asked["required"],
        options=one.options,
    )
    agrees(one, result, best, answers)
    figures = result.figures
    assert figures["covered:健康"] + 2 * figures["covered:健身"] == pytest.approx(result.objective)


def most_served(case, chosen, room, cutoff=CUTOFF):
    """Most people that the rooms can take, by SciPy."""
    from scipy.optimize import linprog

    allowed = (case.costs[:, list(chosen)] <= cutoff).ravel()
    n, m = case.n, len(chosen)
    if not m:
        return 0.0
    result = linprog(
        -np.ones(n * m),
        A_ub=np.vstack([np.kron(np.eye(n), np.ones(m)), np.kron(np.ones(n), np.eye(m))]),
        b_ub=np.concatenate([case.weights, room]),
        bounds=[(0, None if ok else 0) for ok in allowed],
    )
    return -result.fun


@pytest.mark.parametrize("seed", SEEDS)
def test_capacitated_covering_is_the_best_of_all_sets(seed):
    case = Case(seed, n=5, m=5)
    count = 1 + seed % 3

    def value(chosen):
        return round(most_served(case, chosen, case.capacity[list(chosen)]), 6)

    best, answers = case.best(value, [count], largest=True)
    capacity = pd.Series(case.capacity, index=[f"c{j}" for j in range(case.m)])
    result = capacitated_covering(
        case.matrix, capacity=capacity, cutoff=CUTOFF, sites=count, **case.asked
    )
    agrees(case, result, best, answers)
    assert result.flows["people"].sum() == pytest.approx(best)
    assert (result.flows["cost"] <= CUTOFF).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_a_budget_buys_the_most_that_it_can(seed):
    case = Case(seed, n=4, m=3, missing=0.1)
    draw = np.random.default_rng(seed)
    beds = draw.integers(0, 4, case.m)
    price = draw.integers(1, 4, case.m).astype(float)
    fixed = draw.integers(0, 4, case.m).astype(float)
    budget, per_bed = 9.0, 3.0
    names = [f"c{j}" for j in range(case.m)]
    best = 0.0
    for chosen in case.sets(range(case.m + 1)):
        for bought in itertools.product(*(range(beds[j] + 1) for j in chosen)):
            spent = fixed[list(chosen)].sum() + price[list(chosen)] @ np.array(bought, dtype=float)
            if spent <= budget:
                best = max(best, most_served(case, chosen, per_bed * np.array(bought)))
    asked = {
        "cutoff": CUTOFF,
        "budget": budget,
        "fixed_cost": pd.Series(fixed, index=names),
        "bed_cost": pd.Series(price, index=names),
        "most_beds": pd.Series(beds, index=names),
        "people_per_bed": per_bed,
        **case.asked,
    }
    result = budget_covering(
        case.matrix,
        **(asked | {"options": SitingOptions(candidates=names, forbidden=case.options.forbidden)}),
    )
    assert result.status == "optimal"
    assert result.objective == pytest.approx(best)
    assert result.figures["spent"] <= budget + 1e-6


def test_required_sites_over_the_budget_are_refused():
    matrix, people = small()
    ones = pd.Series({"x": 7.0, "y": 7.0})
    with pytest.raises(SitingError) as caught:
        budget_covering(
            matrix,
            demand=people,
            cutoff=900,
            budget=10,
            fixed_cost=ones,
            bed_cost=ones,
            most_beds=ones,
            people_per_bed=1,
            required=["x", "y"],
        )
    assert str(caught.value) == (
        "必选的候选点共需 14，超过预算 10。请提高预算，或减少必选的候选点。"
    )


def test_a_candidate_without_a_cost_is_refused():
    matrix, people = small()
    with pytest.raises(SitingError) as caught:
        capacitated_covering(
            matrix, demand=people, capacity=pd.Series({"x": 1.0}), cutoff=900, sites=1
        )
    assert str(caught.value) == (
        "1 个候选点没有填写容量，第一个是 'y'。未知不能当作 0，请补齐，或把这些候选点列为禁用。"
    )


def covered(case, chosen):
    return float(case.weights[case.nearest(chosen) <= CUTOFF].sum()) if chosen else 0.0


def positions(names):
    return {int(name[1:]) for name in names}


@pytest.mark.parametrize("seed", SEEDS)
def test_the_curve_never_falls_and_is_the_best_everywhere(seed):
    case = Case(seed)
    most = len(case.usable)
    curve = coverage_curve(case.matrix, cutoff=CUTOFF, counts=range(1, most + 1), **case.asked)
    assert (curve["covered"].diff().dropna() >= 0).all()
    assert curve["added"].sum() == pytest.approx(curve["covered"].iloc[-1])
    for count, row in curve.iterrows():
        best = max(covered(case, chosen) for chosen in case.sets([count]))
        assert (row["covered"], row["status"], len(row["selected"])) == (best, "optimal", count)
        assert case.required <= positions(row["selected"]) <= set(case.usable)


@pytest.mark.parametrize("seed", SEEDS[:10])
def test_the_order_of_building_is_the_best_that_can_be_added(seed):
    case = Case(seed)
    order = building_order(
        case.matrix,
        cutoff=CUTOFF,
        sites_by_year={2027: 1, 2029: 2, 2030: 4},
        **case.asked,
    )
    standing = case.required
    for _, row in order.iterrows():
        selected = positions(row["selected"])
        assert positions(row["built"]) == selected - standing
        assert standing <= selected <= set(case.usable)
        open_to = [c for c in case.sets([row["sites"]]) if standing <= set(c)]
        assert row["covered"] == max(covered(case, chosen) for chosen in open_to)
        assert row["best_covered"] == max(covered(case, c) for c in case.sets([row["sites"]]))
        assert row["price"] == row["best_covered"] - row["covered"]
        assert row["status"] == "optimal"
        standing = selected
    assert order["price"].iloc[0] == 0


@pytest.mark.parametrize(
    ("share", "reached", "told"),
    [
        (0.9, 8996, "覆盖率要求 90.0% 做不到：即使全部候选点都开设，仍有 1 个范围达不到，第一个是全部，最多只能覆盖 89.9%。"),
        (0.9996, 9993, "覆盖率要求 99.9% 做不到：即使全部候选点都开设，仍有 1 个范围达不到，第一个是全部，最多只能覆盖不到 99.9%。"),
        (0.5, 4000, "覆盖率要求 50.0% 做不到：即使全部候选点都开设，仍有 1 个范围达不到，第一个是全部，最多只能覆盖 40.0%。"),
    ],
)  # fmt: skip
def test_a_share_that_falls_short_never_reads_as_the_one_asked_for(share, reached, told):
    matrix = pd.DataFrame({"from_id": ["a"], "to_id": ["x"], "travel_time_s": [1.0]})
    people = pd.Series({"a": float(reached), "b": 10_000.0 - reached})
    with pytest.raises(SitingError) as caught:
        location_set_covering(matrix, demand=people, cutoff=9, share=share)
    assert str(caught.value) == f"{told}请补充候选点、放宽阈值或降低要求。"


def test_everybody_in_a_zone_is_never_nearly_everybody():
    matrix = pd.DataFrame({"from_id": ["a"], "to_id": ["x"], "travel_time_s": [1.0]})
    people, zones = pd.Series({"a": 9999.0, "b": 1.0}), pd.Series({"a": "甲", "b": "甲"})
    with pytest.raises(SitingError, match=r"要求 100\.0% 做不到.*「甲」，最多只能覆盖 99\.9%。"):
        equity_floor(matrix, demand=people, zones=zones, cutoff=9, share=1.0)


@pytest.mark.parametrize("seed", SEEDS[:10])
def test_how_many_can_be_reached_at_all_stands_beside_the_fewest_sites(seed):
    case = Case(seed)
    result = location_set_covering(case.matrix, cutoff=CUTOFF, **case.asked)
    reached = (case.costs[:, case.usable] <= CUTOFF).any(axis=1)
    most = case.weights[reached].sum() / case.weights.sum()
    assert result.figures["reachable_share"] == pytest.approx(most)
    assert result.figures["share"] <= result.figures["reachable_share"] + 1e-12


@pytest.mark.parametrize("seed", SEEDS)
def test_closing_loses_nothing_or_the_least(seed):
    case = Case(seed)
    free = closing(case.matrix, cutoff=CUTOFF, **case.asked)
    today = covered(case, case.usable)
    fewest = min(
        len(chosen) for chosen in case.sets(range(case.m + 1)) if covered(case, chosen) == today
    )
    assert (free.figures["lost"], free.status) == (0, "optimal")
    # Points where nobody lives keep their facility as well.
    assert len(free.selected) >= fewest
    reached = (case.costs[:, case.usable] <= CUTOFF).any(axis=1)
    stay = sorted(positions(free.selected))
    assert ((case.costs[:, stay] <= CUTOFF).any(axis=1) == reached).all() if stay else True
    two = closing(case.matrix, cutoff=CUTOFF, close=2, **case.asked)
    best = max(covered(case, chosen) for chosen in case.sets([len(case.usable) - 2]))
    assert two.figures["lost"] == today - best
    assert two.figures["closed"] == 2


def test_closing_them_all_is_refused():
    matrix, people = small()
    with pytest.raises(SitingError) as caught:
        closing(matrix, demand=people, cutoff=900, close=2)
    assert str(caught.value) == (
        "现有 2 处设施，不能撤并 2 处：至少要留下 1 处。请减少撤并的个数。"
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_the_price_of_preferred_places_is_the_least(seed):
    case = Case(seed)
    liked = {0, 1, 2} - case.forbidden
    options = replace(case.options, preferred=[f"c{j}" for j in liked], closable=(), ties=0)
    prices = price_of_preferred(
        case.matrix, cutoff=CUTOFF, sites=3, **(case.asked | {"options": options})
    )
    for number, row in prices.iterrows():
        best = max(covered(case, c) for c in case.sets([3]) if len(liked & set(c)) >= number)
        assert (row["covered"], row["status"]) == (best, "optimal")
        assert len(liked & positions(row["selected"])) >= number
        assert case.required <= positions(row["selected"])
    assert prices["price"].iloc[0] == 0
    assert (prices["price"].diff().dropna() >= 0).all()
    assert prices.index[-1] == max(len(liked & set(c)) for c in case.sets([3]))


def test_every_standard_says_who_goes_where():
    near = pd.DataFrame(
        {"from_id": ["b", "a", "a"], "to_id": ["y", "x", "y"], "travel_time_s": [30.0, 60.0, 50.0]}
    )
    far = near.rename(columns={"travel_time_s": "distance_m"}).iloc[:2]
    result = standards_covering(
        [
            Standard("健康", near, pd.Series({"b": 2.0, "a": 1.0}), 100),
            Standard("健身", far, pd.Series({"a": 5.0, "b": 4.0}), 45, "distance_m"),
        ],
        sites=2,
    )
    assert list(result.flows.columns) == ["standard", "from_id", "to_id", "people", "cost"]
    assert result.flows.to_numpy().tolist() == [
        ["健康", "b", "y", 2.0, 30.0],
        ["健康", "a", "y", 1.0, 50.0],
        ["健身", "b", "y", 4.0, 30.0],
    ]
    assert list(result.assignment) == ["y", "y"]
    assert result.figures == {
        "covered:健康": 3.0,
        "share:健康": 1.0,
        "covered:健身": 4.0,
        "share:健身": 4 / 9,
    }
    assert result.unservable == ("健身/a",)

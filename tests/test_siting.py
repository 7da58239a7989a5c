"""The five doors of siting against brute force, published optima and worked examples."""

from __future__ import annotations

import itertools
import json
import math

import numpy as np
import pandas as pd
import pytest
from scipy.sparse.csgraph import shortest_path

from coverage.errors import DemandError, InputError, SitingError, StandardError
from coverage.siting import (
    SitingOptions,
    capacitated_facility_location,
    location_set_covering,
    maximal_covering,
    p_center,
    p_median,
)

LISTED = 25
"""Of so many instances all equally good answers are asked for, which takes longest."""

SEEDS = [
    *range(LISTED),
    *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(LISTED, 200)),
]
"""Instances for each model; `-m slow` runs the hundreds beyond the first ones."""


CUTOFF = 50.0


class Case:
    """A small random question: rounded costs, so that ties are many, and pairs left out."""

    def __init__(self, seed, *, n=7, m=6, missing=0.25):
        draw = np.random.default_rng(seed)
        self.n, self.m = n, m
        self.costs = np.round(draw.uniform(0, 10, (n, m))) * 10
        self.costs[draw.random((n, m)) < missing] = math.inf
        self.weights = draw.integers(0, 6, n).astype(float)
        rows, columns = np.nonzero(np.isfinite(self.costs))
        order = draw.permutation(len(rows))
        rows, columns = rows[order], columns[order]
        self.matrix = pd.DataFrame(
            {
                "from_id": [f"d{i}" for i in rows],
                "to_id": [f"c{j}" for j in columns],
                "travel_time_s": self.costs[rows, columns],
            }
        )
        ids = [f"d{i}" for i in range(n)]
        self.demand = pd.Series(self.weights, index=ids).sample(frac=1, random_state=seed)
        everybody = set(range(m))
        self.required = {int(draw.integers(m))} if seed % 3 == 0 else set()
        self.forbidden = {int(draw.integers(m))} - self.required if seed % 4 == 0 else set()
        self.usable = sorted(everybody - self.forbidden)
        # Existing sites that may close, and places liked for another reason, decide among equals.
        self.closable = {int(j) for j in draw.choice(m, 2, replace=False)} if seed % 2 else set()
        self.preferred = {int(j) for j in draw.choice(m, 2, replace=False)} if seed % 5 else set()
        self.capacity = draw.integers(2, 12, m).astype(float)
        self.fixed = draw.integers(0, 60, m).astype(float)
        self.options = SitingOptions(
            candidates=[f"c{j}" for j in range(m)],
            forbidden=[f"c{j}" for j in self.forbidden],
            closable=[f"c{j}" for j in self.closable],
            preferred=[f"c{j}" for j in self.preferred],
            ties=1000 if seed < LISTED else 0,
        )
        self.asked = {
            "demand": self.demand,
            "required": [f"c{j}" for j in self.required],
            "options": self.options,
        }

    def liking(self, names):
        """Closable ones first, then preferred ones."""
        chosen = {int(name[1:]) for name in names}
        return len(chosen & self.closable), len(chosen & self.preferred)

    def sets(self, sizes):
        for size in sizes:
            for chosen in itertools.combinations(self.usable, size):
                if self.required <= set(chosen):
                    yield chosen

    def served(self):
        return np.isfinite(self.costs[:, self.usable]).any(axis=1)

    def nearest(self, chosen):
        return self.costs[:, list(chosen)].min(axis=1)

    def best(self, value, sizes, *, largest=False):
        """Best value and every set that has it, by trying all."""
        values = {chosen: value(chosen) for chosen in self.sets(sizes)}
        values = {chosen: v for chosen, v in values.items() if not math.isnan(v)}
        if not values:
            return math.nan, set()
        best = (max if largest else min)(values.values())
        return best, {
            tuple(f"c{j}" for j in chosen)
            for chosen, v in values.items()
            if abs(v - best) <= 1e-9 * max(1, abs(best))
        }


def agrees(case, result, best, answers):
    if not answers:
        assert result.status == "infeasible"
        assert result.selected == ()
        return
    assert result.status == "optimal"
    assert result.objective == pytest.approx(best, rel=1e-9, abs=1e-9)
    assert result.bound == result.objective
    assert result.gap == 0
    assert result.selected in answers
    assert case.liking(result.selected) == max(case.liking(names) for names in answers)
    if not case.options.ties:
        return
    assert result.ties[0] == result.selected
    assert len(set(result.ties)) == len(result.ties)
    assert set(result.ties) == answers


@pytest.mark.parametrize("seed", SEEDS)
def test_set_covering_is_the_best_of_all_sets(seed):
    case = Case(seed)
    within = case.costs <= CUTOFF

    def value(chosen):
        need = within[:, case.usable].any(axis=1)
        done = within[:, list(chosen)].any(axis=1) if chosen else np.zeros(case.n, dtype=bool)
        return len(chosen) if done[need].all() else math.nan

    best, answers = case.best(value, range(case.m + 1))
    result = location_set_covering(case.matrix, cutoff=CUTOFF, **case.asked)
    agrees(case, result, best, answers)


@pytest.mark.parametrize("seed", SEEDS)
def test_partial_set_covering_is_the_best_of_all_sets(seed):
    case = Case(seed)
    share = [0.3, 0.6, 0.8][seed % 3]
    total = case.weights.sum()

    def value(chosen):
        done = case.nearest(chosen) <= CUTOFF if chosen else np.zeros(case.n, dtype=bool)
        covered = case.weights[done].sum()
        return len(chosen) if covered >= share * total - 1e-9 else math.nan

    best, answers = case.best(value, range(case.m + 1))
    asked = {"cutoff": CUTOFF, "share": share, **case.asked}
    if not answers:
        with pytest.raises(SitingError, match="做不到"):
            location_set_covering(case.matrix, **asked)
        return
    agrees(case, location_set_covering(case.matrix, **asked), best, answers)


@pytest.mark.parametrize("seed", SEEDS)
def test_maximal_covering_is_the_best_of_all_sets(seed):
    case = Case(seed)
    count = 1 + seed % 4

    def value(chosen):
        return float(case.weights[case.nearest(chosen) <= CUTOFF].sum())

    best, answers = case.best(value, [count], largest=True)
    result = maximal_covering(case.matrix, cutoff=CUTOFF, sites=count, **case.asked)
    agrees(case, result, best, answers)


@pytest.mark.parametrize("seed", SEEDS)
def test_median_is_the_best_of_all_sets(seed):
    case = Case(seed, missing=0.1)
    count = 1 + seed % 4
    served = case.served()

    def value(chosen):
        cost = case.nearest(chosen)[served]
        return float(case.weights[served] @ cost) if np.isfinite(cost).all() else math.nan

    best, answers = case.best(value, [count])
    agrees(case, p_median(case.matrix, sites=count, **case.asked), best, answers)


@pytest.mark.parametrize("seed", SEEDS)
def test_center_is_the_best_of_all_sets(seed):
    case = Case(seed, missing=0.1)
    count = 1 + seed % 4
    served = case.served()

    def value(chosen):
        cost = case.nearest(chosen)[served]
        return float(cost.max()) if np.isfinite(cost).all() else math.nan

    best, answers = case.best(value, [count])
    agrees(case, p_center(case.matrix, sites=count, **case.asked), best, answers)


def transport(costs, people, room):
    """Least cost of a transportation problem by SciPy, NaN where there is none."""
    from scipy.optimize import linprog

    n, m = costs.shape
    allowed = np.isfinite(costs)
    result = linprog(
        np.where(allowed, costs, 0).ravel(),
        A_eq=np.kron(np.eye(n), np.ones(m)),
        b_eq=people,
        A_ub=np.kron(np.ones(n), np.eye(m)),
        b_ub=room,
        bounds=[(0, None if ok else 0) for ok in allowed.ravel()],
    )
    return result.fun if result.status == 0 else math.nan


@pytest.mark.parametrize("seed", SEEDS)
def test_capacitated_location_is_the_best_of_all_sets(seed):
    case = Case(seed, n=5, m=4, missing=0.1)
    served = case.served()

    def value(chosen):
        if not chosen:
            return math.nan if case.weights[served].any() else 0.0
        costs = case.costs[np.ix_(served, list(chosen))]
        least = transport(costs, case.weights[served], case.capacity[list(chosen)])
        return least + case.fixed[list(chosen)].sum()

    best, answers = case.best(value, range(case.m + 1))
    named = [f"c{j}" for j in range(case.m)]
    asked = {
        "capacity": pd.Series(case.capacity, index=named),
        "fixed_cost": pd.Series(case.fixed, index=named),
        **case.asked,
    }
    if case.capacity[case.usable].sum() < case.weights[served].sum():
        with pytest.raises(SitingError, match="少于需要服务的"):
            capacitated_facility_location(case.matrix, **asked)
        return
    result = capacitated_facility_location(case.matrix, **asked)
    agrees(case, result, best, answers)
    if answers:
        flows = result.flows
        load = flows.groupby("to_id")["people"].sum()
        assert (load <= asked["capacity"][load.index] + 1e-6).all()
        sent = flows.groupby("from_id")["people"].sum().reindex(case.demand.index, fill_value=0)
        assert sent.sum() == pytest.approx(case.weights[served].sum())
        total = result.figures["fixed_cost"] + result.figures["travel"]
        assert total == pytest.approx(result.objective)


@pytest.mark.parametrize("seed", range(20))
def test_assignment_is_to_the_nearest_open_site(seed):
    case = Case(seed)
    result = maximal_covering(case.matrix, cutoff=CUTOFF, sites=2, **case.asked)
    assert list(result.assignment.index) == list(case.demand.index)
    chosen = [int(name[1:]) for name in result.selected]
    for i in range(case.n):
        least = case.costs[i, chosen].min()
        site = result.assignment[f"d{i}"]
        if least <= CUTOFF:
            assert case.costs[i, int(site[1:])] == least
        else:
            assert site is None
    reached = (case.costs[:, case.usable] <= CUTOFF).any(axis=1)
    assert set(result.unservable) == {f"d{i}" for i in np.flatnonzero(~reached)}


def test_the_cutoff_is_inclusive_with_its_tolerance():
    matrix = pd.DataFrame(
        {"from_id": ["a", "b"], "to_id": ["x", "y"], "travel_time_s": [900.0 + 5e-7, 900.1]}
    )
    people = pd.Series({"a": 1, "b": 1})
    result = maximal_covering(
        matrix,
        demand=people,
        cutoff=900,
        sites=2,
        required=[],
        options=SitingOptions(candidates=["x", "y"]),
    )
    assert result.objective == 1
    assert result.unservable == ("b",)


def test_existing_sites_are_kept_among_equals_and_then_the_preferred():
    matrix = pd.DataFrame(
        {"from_id": ["a"] * 3 + ["b"] * 3, "to_id": ["x", "y", "z"] * 2, "travel_time_s": 60.0}
    )
    people = pd.Series({"a": 1, "b": 2})
    for wanted in ("x", "y", "z"):
        for field in ("closable", "preferred"):
            options = SitingOptions(**{field: [wanted]})
            for result in (
                location_set_covering(matrix, demand=people, cutoff=60, options=options),
                maximal_covering(matrix, demand=people, cutoff=60, sites=1, options=options),
                p_median(matrix, demand=people, sites=1, options=options),
                p_center(matrix, demand=people, sites=1, options=options),
            ):
                assert result.selected == (wanted,), (result.model, field)
    both = SitingOptions(closable=["x"], preferred=["y", "z"])
    assert maximal_covering(matrix, demand=people, cutoff=60, sites=1, options=both).selected == (
        "x",
    )


def test_no_more_ties_than_asked_for():
    matrix = pd.DataFrame({"from_id": "a", "to_id": list("uvwxyz"), "travel_time_s": 60.0})
    result = maximal_covering(
        matrix, demand=pd.Series({"a": 1}), cutoff=60, sites=1, options=SitingOptions(ties=4)
    )
    assert len(result.ties) == 4
    result = maximal_covering(matrix, demand=pd.Series({"a": 1}), cutoff=60, sites=1)
    assert result.ties == ()


def test_san_francisco_is_reproduced(shared_data):
    expected = json.loads((shared_data / "siting" / "expected.json").read_text("utf-8"))["sf"]
    folder = shared_data / "siting"
    matrix = pd.read_csv(folder / "sf_network_distance_m.csv", dtype={"DestinationName": str})
    matrix = matrix.rename(
        columns={"DestinationName": "from_id", "name": "to_id", "distance": "distance_m"}
    )
    tracts = pd.read_csv(folder / "sf_tracts.csv", dtype={"NAME": str}).set_index("NAME")
    people = tracts["POP2000"].astype(float)
    assert people.sum() == expected["total_demand"]
    asked = {"demand": people, "cost": "distance_m"}
    for sites, covered in expected["maximal_covering_demand"].items():
        result = maximal_covering(matrix, cutoff=expected["cutoff_m"], sites=int(sites), **asked)
        assert (result.status, result.objective) == ("optimal", covered)
    for sites, total in expected["p_median_weighted_distance"].items():
        result = p_median(matrix, sites=int(sites), **asked)
        assert result.status == "optimal"
        assert result.objective == pytest.approx(total, abs=1e-3)
    for sites, farthest in expected["p_center_m"].items():
        result = p_center(matrix, sites=int(sites), **asked)
        assert (result.status, round(result.objective, 4)) == ("optimal", farthest)


@pytest.mark.parametrize("name", ["pmed1", "pmed5"])
def test_or_library_is_reproduced(shared_data, name):
    folder = shared_data / "siting"
    expected = json.loads((folder / "expected.json").read_text("utf-8"))["orlib"][name]
    numbers = [
        [int(word) for word in line.split()]
        for line in (folder / f"{name}.txt").read_text("utf-8").splitlines()
        if line.strip()
    ]
    n, _, count = numbers[0]
    lengths = np.zeros((n, n))
    for a, b, length in numbers[1:]:
        lengths[a - 1, b - 1] = lengths[b - 1, a - 1] = length
    costs = shortest_path(lengths)
    ids = np.array([f"v{i:03}" for i in range(n)])
    matrix = pd.DataFrame(
        {"from_id": np.repeat(ids, n), "to_id": np.tile(ids, n), "travel_time_s": costs.ravel()}
    )
    people = pd.Series(1.0, index=ids)
    assert count == expected["p"]
    median = p_median(matrix, demand=people, sites=count)
    center = p_center(matrix, demand=people, sites=count)
    assert (median.status, median.objective) == ("optimal", expected["p_median"])
    assert (center.status, center.objective) == ("optimal", expected["p_center"])


def small():
    matrix = pd.DataFrame(
        {"from_id": ["a", "b"], "to_id": ["x", "y"], "travel_time_s": [60.0, 90.0]}
    )
    return matrix, pd.Series({"a": 10.0, "b": 20.0})


@pytest.mark.parametrize(
    ("change", "kind", "sentence"),
    [
        (
            {"sites": 3},
            SitingError,
            "要选 3 处，但可用的候选点只有 2 个。请减少设施个数，或补充候选点。",
        ),
        ({"sites": 0}, SitingError, "设施个数应为不小于 1 的整数，现为 0。"),
        ({"sites": 1.5}, SitingError, "设施个数应为不小于 1 的整数，现为 1.5。"),
        ({"sites": math.nan}, SitingError, "设施个数应为不小于 1 的整数，现为 nan。"),
        (
            {"required": ["x", "y"]},
            SitingError,
            "必选的候选点有 2 个，超过要选的 1 处。设施个数包括必选的在内，请增加设施个数，或减少必选的候选点。",
        ),
        (
            {"required": ["q"]},
            SitingError,
            "必选的候选点有 1 个不在出行时间表中，第一个是 'q'。请核对代码；确实到不了任何需求点的，请列入候选点名单。",
        ),
        (
            {"options": SitingOptions(forbidden=["q"])},
            SitingError,
            "禁用的候选点有 1 个不在出行时间表中，第一个是 'q'。请核对代码；确实到不了任何需求点的，请列入候选点名单。",
        ),
        (
            {"required": ["x"], "options": SitingOptions(forbidden=["x"])},
            SitingError,
            "1 个候选点既是必选又是禁用，第一个是 'x'。请从其中一份名单里去掉。",
        ),
        (
            {"options": SitingOptions(forbidden=["x", "y"])},
            SitingError,
            "全部 2 个候选点都被禁用，没有可选的地点。请减少禁用的候选点。",
        ),
        (
            {"options": SitingOptions(time_limit_s=0)},
            SitingError,
            "求解时限应为大于 0 的秒数，现为 0。",
        ),
        (
            {"options": SitingOptions(gap=1.0)},
            SitingError,
            "允许的差距应在 0 与 1 之间（0 表示要求证明最优），现为 1.0。",
        ),
        ({"cutoff": -1}, StandardError, "阈值应为不小于 0 的数字，现为 -1。"),
        (
            {"demand": pd.Series({"a": math.nan, "b": 1.0})},
            DemandError,
            "1 个需求点的人口未知，第一个是 'a'。未知不能当作 0，请补齐人口，或先去掉这些需求点。",
        ),
        (
            {"demand": pd.Series({"a": 1.0})},
            DemandError,
            "出行时间表里有 1 个需求点不在需求点表中，第一个是 'b'。请重新计算出行时间。",
        ),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(change, kind, sentence):
    matrix, people = small()
    asked = {"demand": people, "cutoff": 900, "sites": 1} | change
    with pytest.raises(kind) as caught:
        maximal_covering(matrix, **asked)
    assert str(caught.value) == sentence


def test_costs_that_are_not_computed_are_refused():
    matrix, people = small()
    matrix.loc[1, "travel_time_s"] = math.nan
    with pytest.raises(InputError) as caught:
        p_median(matrix, demand=people, sites=1)
    assert str(caught.value) == (
        "出行时间表有 1 行的 travel_time_s 为空或为负，第一行是需求点 'b' 与设施 'y'。请重新计算出行时间。"
    )


def test_empty_tables_are_refused():
    matrix, people = small()
    with pytest.raises(SitingError) as caught:
        maximal_covering(matrix[:0], demand=people, cutoff=900, sites=1)
    assert str(caught.value) == (
        "出行时间表是空的，没有任何候选点可选。请先计算候选点到需求点的出行时间。"
    )
    with pytest.raises(SitingError) as caught:
        maximal_covering(matrix[:0], demand=people[:0], cutoff=900, sites=1)
    assert str(caught.value) == "需求点表是空的，没有需要服务的对象。请先导入需求点。"


def test_capacity_below_demand_is_refused():
    matrix, people = small()
    room = pd.Series({"x": 10.0, "y": 10.0})
    with pytest.raises(SitingError) as caught:
        capacitated_facility_location(matrix, demand=people, capacity=room, fixed_cost=room)
    assert str(caught.value) == (
        "候选点的容量合计 20 人，少于需要服务的 30 人。请增加容量或补充候选点。"
    )


def test_too_few_sites_for_everybody_is_infeasible():
    matrix, people = small()
    for result in (
        p_median(matrix, demand=people, sites=1),
        p_center(matrix, demand=people, sites=1),
    ):
        assert result.status == "infeasible"
        assert math.isnan(result.objective)
        assert result.reason == (
            "1 处设施到不了出行时间表中的全部需求点，没有可行的方案。请增加设施个数，或放宽出行时间表的阈值。"
        )


def test_a_share_beyond_reach_is_refused():
    matrix, people = small()
    people = pd.concat([people, pd.Series({"c": 30.0})])
    with pytest.raises(SitingError) as caught:
        location_set_covering(matrix, demand=people, cutoff=900, share=0.9)
    assert str(caught.value) == (
        "覆盖率要求 90.0% 做不到：即使全部候选点都开设，仍有 1 个范围达不到，第一个是全部，最多只能覆盖 50.0%。请补充候选点、放宽阈值或降低要求。"
    )
    with pytest.raises(SitingError) as caught:
        location_set_covering(matrix, demand=people, cutoff=900, share=90)
    assert str(caught.value) == "覆盖率要求应大于 0、不超过 1（如 0.9 表示 90%），现为 90。"


def test_inputs_are_unchanged_and_the_order_of_rows_decides_nothing():
    case = Case(3)
    matrix, people = case.matrix.copy(), case.demand.copy()
    for solve, asked in (
        (location_set_covering, {"cutoff": CUTOFF}),
        (maximal_covering, {"cutoff": CUTOFF, "sites": 2}),
        (p_median, {"sites": 4}),
        (p_center, {"sites": 4}),
    ):
        one = solve(case.matrix, demand=case.demand, **asked)
        other = solve(case.matrix[::-1], demand=case.demand[::-1], **asked)
        assert one.selected == other.selected
        assert one.objective == other.objective
    pd.testing.assert_frame_equal(case.matrix, matrix)
    pd.testing.assert_series_equal(case.demand, people)


@pytest.fixture
def _as_large(monkeypatch):
    """Toys are bounded, narrowed and searched by the tree like a county of 5,000 villages."""
    from coverage.sites import maximal, median, median_tree

    monkeypatch.setattr(maximal, "SMALL", 0)
    monkeypatch.setattr(median, "SMALL", 0)
    monkeypatch.setattr(median, "LARGE", 0)
    monkeypatch.setattr(median, "PATIENCE", 2)
    monkeypatch.setattr(maximal, "PATIENCE", 2)
    monkeypatch.setattr(median_tree, "STEPS", 20)


@pytest.mark.usefixtures("_as_large")
@pytest.mark.parametrize("seed", range(25))
@pytest.mark.parametrize("few", [0, 1_000])
def test_large_medians_are_solved_the_same_way(seed, few, monkeypatch):
    from coverage.sites import median_tree

    monkeypatch.setattr(median_tree, "PER_POINT", few)
    case = Case(seed, n=9, missing=0.05)
    count = 1 + seed % 4
    served = case.served()

    def value(chosen):
        cost = case.nearest(chosen)[served]
        return float(case.weights[served] @ cost) if np.isfinite(cost).all() else math.nan

    best, answers = case.best(value, [count])
    agrees(case, p_median(case.matrix, sites=count, **case.asked), best, answers)


@pytest.mark.usefixtures("_as_large")
@pytest.mark.parametrize("seed", range(25))
def test_large_coverings_are_solved_the_same_way(seed):
    case = Case(seed, n=9)
    count = 1 + seed % 4

    def value(chosen):
        return float(case.weights[case.nearest(chosen) <= CUTOFF].sum())

    best, answers = case.best(value, [count], largest=True)
    agrees(
        case, maximal_covering(case.matrix, cutoff=CUTOFF, sites=count, **case.asked), best, answers
    )


def county(seed=0, *, n=400, m=120):
    """Villages and candidates at random in a square of 30 km, all pairs within 12 km."""
    draw = np.random.default_rng(seed)
    villages, places = draw.random((n, 2)) * 30, draw.random((m, 2)) * 30
    metres = np.linalg.norm(villages[:, None] - places[None], axis=2)
    rows, columns = np.nonzero(metres <= 12)
    matrix = pd.DataFrame(
        {
            "from_id": [f"d{i:03}" for i in rows],
            "to_id": [f"c{j:03}" for j in columns],
            "travel_time_s": metres[rows, columns],
        }
    )
    people = pd.Series(draw.integers(1, 900, n), index=[f"d{i:03}" for i in range(n)])
    return matrix, people


def solver_alone(programme):
    """The optimum of a programme by SciPy, with nothing of ours but the programme."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    found = milp(
        programme.cost,
        integrality=programme.is_whole.astype(int),
        bounds=Bounds(programme.lower, programme.upper),
        constraints=LinearConstraint(programme.matrix, programme.row_lower, programme.row_upper),
    )
    assert found.status == 0
    return found.fun


def test_bounds_hold_on_a_county(monkeypatch):
    from dataclasses import replace

    from coverage.sites import median
    from coverage.sites.cover import count_pool, cover_programme
    from coverage.sites.covering_models import covered_once
    from coverage.sites.maximal import multipliers_bound
    from coverage.sites.options import DEFAULT
    from coverage.sites.problem import problem_of
    from coverage.sites.solver import Clock, relax
    from coverage.sites.swaps import CoverPairs

    matrix, people = county()
    asked = {"demand": people, "required": (), "cost": "travel_time_s", "options": DEFAULT}
    problem = problem_of(matrix, cutoff=2.5, **asked)
    cover = replace(covered_once(problem), pools=(count_pool(problem.m, 8, 8),))
    programme = cover_programme(cover)
    best = solver_alone(programme)
    result = maximal_covering(matrix, demand=people, cutoff=2.5, sites=8)
    assert result.objective == pytest.approx(people.sum() - best)
    pairs = CoverPairs(
        problem.row, problem.site, problem.weight, problem.required, np.zeros(problem.m, bool)
    )
    greedy = pairs.greedy(np.zeros(0, dtype=np.int64), 8)
    assert pairs.total(greedy) <= pairs.total(pairs.improved(greedy)) <= result.objective
    relaxed = relax(programme, clock=Clock(DEFAULT))
    multiplier = np.clip(relaxed.duals[: cover.n], 0, cover.weight)
    assert multipliers_bound(cover, multiplier, 8)[0] <= best + 1e-6
    assert multipliers_bound(cover, multiplier * 0.5, 8)[0] <= best + 1e-6

    monkeypatch.setattr(median, "LARGE", 500)
    whole = median.median_pairs(problem_of(matrix, cutoff=math.inf, **asked), Clock(DEFAULT))
    least = solver_alone(median.median_programme(whole, 8)) + median.base_cost(whole)
    assert p_median(matrix, demand=people, sites=8).objective == pytest.approx(least, rel=1e-9)


def test_an_early_end_gives_the_best_found_with_its_gap():
    matrix, people = county()
    told = []

    def cancel(seconds, bound, best):
        told.append((seconds, bound, best))
        return True

    options = SitingOptions(progress=cancel)
    for solve, asked, sign in (
        (maximal_covering, {"cutoff": 3.3, "sites": 12}, 1),
        (p_median, {"sites": 12}, -1),
    ):
        told.clear()
        result = solve(matrix, demand=people, options=options, **asked)
        assert told
        assert len(result.selected) == 12
        assert sign * (result.bound - result.objective) >= 0
        assert (result.status == "optimal") == (result.gap == 0)
        best = solve(matrix, demand=people, **asked)
        assert best.status == "optimal"
        assert sign * (best.objective - result.objective) >= 0
        assert sign * (result.bound - best.objective) >= -1e-6


def test_a_gap_that_is_allowed_is_kept():
    matrix, people = county()
    for solve, asked in (
        (maximal_covering, {"cutoff": 3.3, "sites": 12}),
        (p_median, {"sites": 12}),
        (location_set_covering, {"cutoff": 3.3, "share": 0.9}),
    ):
        result = solve(matrix, demand=people, options=SitingOptions(gap=0.2), **asked)
        assert result.gap <= 0.2
        assert (result.status == "optimal") == (result.gap == 0)


def test_the_same_question_has_the_same_answer():
    matrix, people = county()
    one, other = (p_median(matrix, demand=people, sites=9) for _ in range(2))
    assert (one.selected, one.bound) == (other.selected, other.bound)

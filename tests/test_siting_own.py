"""The planner's own sites against a best that was found in time, or was not."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import pytest

from coverage.siting import SitingOptions
from coverage.studies import siting_own
from coverage.studies.study_sites import SitingQuestion, own_choice
from tests.test_study_sites import kept_ground

AT_ONCE = SitingOptions(progress=lambda *_: True)


@pytest.mark.parametrize("model", ["maximal_covering", "p_median", "p_center"])
def test_the_best_found_is_never_worse_than_the_planners_own(model, monkeypatch):
    """A search that is stopped may have found less than the planner did."""
    by_cost = model.startswith("p_")
    ground = kept_ground("circle", math.inf if by_cost else None)
    question = SitingQuestion(model=model)
    pairs = list(itertools.combinations(ground.candidates, 2))
    proven = {pair: own_choice(ground, question, pair) for pair in pairs[::3]}
    solve = siting_own.solve_question
    worst = max(proven.values(), key=lambda own: own.value if by_cost else -own.value)

    def stopped(ground, question, *, options):
        result, order = solve(ground, question, options=options)
        if not options.forbidden:
            bad = worst.value * (ground.weights.sum() if model == "p_median" else 1.0)
            if not math.isfinite(bad):
                bad = 2 * result.objective
            gap = abs(bad - result.objective) / bad
            status = "optimal" if gap == 0 else "feasible"
            result = replace(result, objective=bad, gap=gap, status=status)
        return result, order

    monkeypatch.setattr(siting_own, "solve_question", stopped)
    sign = -1.0 if by_cost else 1.0
    better = 0
    for pair, own in proven.items():
        if not math.isfinite(own.value):
            continue
        late = own_choice(ground, question, pair)
        assert sign * (late.best - late.value) >= 0
        assert late.people >= 0 or by_cost
        assert late.bound == pytest.approx(own.bound)
        if sign * (own.value - worst.value) > 1e-9:
            better += 1
            assert late.best == late.value == own.value
            assert set(pair) <= set(late.result.selected)
            is_best = late.value == pytest.approx(late.bound)
            assert (late.result.status == "optimal") == is_best
            assert ("未证完" in late.sentence) != is_best
    assert better


@pytest.mark.parametrize("model", ["p_median", "backup_covering"])
def test_so_it_is_where_the_solver_is_really_stopped(model):
    ground = kept_ground("circle", math.inf if model == "p_median" else None)
    sign = -1.0 if model == "p_median" else 1.0
    for pair in list(itertools.combinations(ground.candidates, 2))[::4]:
        own = own_choice(ground, SitingQuestion(model=model), pair, options=AT_ONCE)
        if math.isfinite(own.value):
            assert sign * (own.best - own.value) >= 0

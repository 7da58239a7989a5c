"""Progress of every siting model, and what is left when it is asked to end early."""

from __future__ import annotations

import math
import threading
import time
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
    capacitated_facility_location,
    closing,
    coverage_curve,
    equity_floor,
    location_set_covering,
    maximal_covering,
    p_center,
    p_median,
    price_of_preferred,
    standards_covering,
)
from tests.test_siting import county

NEAR = 3.3
STOPPED = "stopped"

HEEDED_S = 1.0
"""Within which a model ends when asked to."""


def asked_of(model, matrix, people, options):
    """A question on the county of `county`, hard enough to take its time."""
    ids = sorted(matrix["to_id"].unique())
    liked = replace(options, preferred=ids[:10])
    ones = pd.Series(1.0, index=ids)
    zones = pd.Series([f"乡{i % 9}" for i in range(len(people))], index=people.index)
    given = {"demand": people, "options": options}
    near = given | {"cutoff": NEAR}
    standards = [Standard("甲", matrix, people, NEAR), Standard("乙", matrix, people, 5.0)]
    questions = {
        "location_set_covering": lambda: location_set_covering(matrix, **near),
        "partial": lambda: location_set_covering(matrix, share=0.9, **near),
        "maximal_covering": lambda: maximal_covering(matrix, sites=12, **near),
        "p_median": lambda: p_median(matrix, sites=12, **given),
        "p_center": lambda: p_center(matrix, sites=12, **given),
        "backup_covering": lambda: backup_covering(matrix, sites=12, **near),
        "equity_floor": lambda: equity_floor(matrix, zones=zones, share=0.8, **near),
        "standards_covering": lambda: standards_covering(standards, sites=12, options=options),
        "capacitated_covering": lambda: capacitated_covering(
            matrix, sites=12, capacity=8_000 * ones, **near
        ),
        "budget_covering": lambda: budget_covering(
            matrix,
            budget=90,
            fixed_cost=3 * ones,
            bed_cost=ones,
            most_beds=9 * ones,
            people_per_bed=900,
            **near,
        ),
        "capacitated_facility_location": lambda: capacitated_facility_location(
            matrix, capacity=40_000 * ones, fixed_cost=50_000 * ones, **given
        ),
        "closing": lambda: closing(matrix, close=100, **near),
        "coverage_curve": lambda: coverage_curve(matrix, counts=range(1, 21), **near),
        "building_order": lambda: building_order(matrix, sites_by_year={2027: 6, 2030: 12}, **near),
        "price_of_preferred": lambda: price_of_preferred(
            matrix, sites=12, **(near | {"options": liked})
        ),
    }
    return questions[model]


MODELS = [
    "location_set_covering",
    "partial",
    "maximal_covering",
    "p_median",
    "p_center",
    "backup_covering",
    "equity_floor",
    "standards_covering",
    "capacitated_covering",
    "budget_covering",
    "capacitated_facility_location",
    "closing",
    "coverage_curve",
    "building_order",
    "price_of_preferred",
]
SMALLEST = {
    "location_set_covering",
    "partial",
    "p_median",
    "p_center",
    "equity_floor",
    "capacitated_facility_location",
}
"""Models that make something small; the others make something large."""


def sound(model, result):
    """What is given has its sites, and a bound on the right side of it."""
    if isinstance(result, pd.DataFrame):
        assert len(result)
        assert result["selected"].map(len).min() > 0
        if model != "price_of_preferred":
            assert (result["covered"].diff().dropna() >= 0).all()
        return
    assert result.selected
    assert result.status in ("optimal", "feasible")
    assert (result.status == "optimal") == (result.gap == 0)
    sign = -1 if model in SMALLEST else 1
    assert math.isfinite(result.bound)
    assert sign * (result.bound - result.objective) >= -1e-9


@pytest.mark.parametrize("seconds", [0.0, 0.25])
@pytest.mark.parametrize("model", MODELS)
def test_every_model_ends_within_a_second_of_being_asked_to(model, seconds):
    matrix, people = county()
    began = time.perf_counter()
    asked_at = []

    def progress(_seconds, _bound, _best):
        if time.perf_counter() - began >= seconds:
            asked_at.append(time.perf_counter())
        return bool(asked_at)

    result = asked_of(model, matrix, people, SitingOptions(progress=progress))()
    ended = time.perf_counter()
    assert len(asked_at) <= 1
    if asked_at:
        assert ended - asked_at[0] < HEEDED_S
    if not seconds:
        assert asked_at
    sound(model, result)


@pytest.mark.parametrize("model", MODELS)
def test_a_time_limit_gives_the_best_found(model):
    matrix, people = county()
    result = asked_of(model, matrix, people, SitingOptions(time_limit_s=0.2))()
    sound(model, result)


@pytest.mark.parametrize("model", ["maximal_covering", "p_median", "capacitated_covering"])
def test_progress_is_told_in_the_thread_that_asked_and_brackets_the_answer(model):
    matrix, people = county()
    told = []

    def progress(seconds, bound, best):
        told.append((seconds, bound, best, threading.get_ident()))
        return False

    result = asked_of(model, matrix, people, SitingOptions(progress=progress, time_limit_s=2))()
    assert told
    assert {part[3] for part in told} == {threading.get_ident()}
    seconds = [part[0] for part in told]
    assert seconds == sorted(seconds)
    sign = -1 if model in SMALLEST else 1
    for _, bound, best, _ in told:
        assert math.isnan(best) or sign * (result.objective - best) >= -1e-6 * abs(best)
        assert math.isnan(bound) or sign * (bound - result.objective) >= -1e-6 * abs(bound)


def test_what_the_progress_raises_reaches_the_one_who_asked():
    matrix, people = county()

    def progress(seconds, _bound, _best):
        if seconds > 0.05:
            raise LookupError(STOPPED)
        return False

    with pytest.raises(LookupError, match=STOPPED):
        asked_of("backup_covering", matrix, people, SitingOptions(progress=progress))()


def test_an_end_before_any_answer_is_said_in_one_sentence():
    # Everybody must be served by rooms that only just suffice: no quick choice does.
    draw = np.random.default_rng(3)
    n, m = 60, 25
    costs = draw.random((n, m))
    rows, columns = np.nonzero(costs < 0.2)
    matrix = pd.DataFrame(
        {
            "from_id": [f"d{i:02}" for i in rows],
            "to_id": [f"c{j:02}" for j in columns],
            "travel_time_s": costs[rows, columns],
        }
    )
    people = pd.Series(draw.integers(1, 50, n).astype(float), index=[f"d{i:02}" for i in range(n)])
    room = pd.Series(1.02 * people.sum() / m, index=[f"c{j:02}" for j in range(m)])
    with pytest.raises(SitingError) as caught:
        capacitated_facility_location(
            matrix,
            demand=people,
            capacity=room,
            fixed_cost=room,
            options=SitingOptions(progress=lambda *_: True),
        )
    assert str(caught.value) == (
        "在求解时限内（或取消之前）还没有找到可行的方案，也没有证明做不到。请延长时限后重试。"
    )

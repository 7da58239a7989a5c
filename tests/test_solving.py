"""Long computations of a visitor: progress, early end, errors as they were raised, no leftovers."""

from __future__ import annotations

import gc
import math
import threading
import time

import numpy as np
import pandas as pd
import pytest

from coverage.errors import SitingError
from coverage.siting import SitingOptions, maximal_covering
from views import solving
from views.solving import DroppedError, Line, Solving

LONG_S = 20.0


def until_ended(line):
    """Work that goes on until it is told to end, then hands in what it has."""
    while not line.progress(0.0, 94.3, 93.8):
        time.sleep(0.005)
    return "best so far"


def test_an_answer_comes_back_from_another_thread():
    found = Solving().begin("a", lambda _: threading.current_thread().name)
    assert found.wait(LONG_S)
    assert found.answer() == "quantu-solve"
    assert found.told.phase == "done"
    assert threading.current_thread().name != "quantu-solve"


def test_what_the_solver_tells_is_there_while_it_runs():
    held = Solving()
    solve = held.begin("a", until_ended)
    while math.isnan(solve.told.best):
        time.sleep(0.005)
    told = solve.told
    assert (told.phase, told.bound, told.best) == ("running", 94.3, 93.8)
    assert 0 < told.seconds < LONG_S
    assert not solve.is_done
    held.stop()
    assert solve.told.phase in ("ending", "done")
    assert solve.wait(LONG_S)
    assert solve.answer() == "best so far"
    ended = solve.told.seconds
    time.sleep(0.02)
    assert solve.told.seconds == ended, "the clock stands still once there is an answer"


def test_a_planners_mistake_arrives_as_it_was_raised():
    def wrong(_):
        msg = "候选点不够。"
        raise SitingError(msg)

    solve = Solving().begin("a", wrong)
    assert solve.wait(LONG_S)
    with pytest.raises(SitingError) as error:
        solve.answer()
    assert str(error.value) == "候选点不够。"


def test_a_new_question_drops_the_old():
    held = Solving()
    old = held.begin("first", until_ended)
    new = held.begin("second", lambda _: 2)
    assert held.at_hand is new
    assert held.of("sec") is new
    assert held.of("first") is None
    assert old.line.is_dropped
    assert old.wait(LONG_S)
    assert new.wait(LONG_S)


def test_what_is_dropped_is_forgotten_at_once():
    held = Solving()
    solve = held.begin("a", until_ended)
    held.drop()
    assert held.at_hand is None
    assert held.of("a") is None
    assert solve.wait(LONG_S)
    held.drop()
    held.stop()


def test_the_end_of_the_session_ends_the_thread():
    held = Solving()
    solve = held.begin("a", until_ended)
    del held
    gc.collect()
    assert solve.wait(LONG_S)
    assert solve.line.is_dropped


def test_a_visitor_who_is_gone_too_long_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(solving, "ABSENT_S", 0.05)
    here = threading.Event()
    here.set()
    held = Solving()
    solve = held.begin("a", until_ended, is_there=here.is_set)
    time.sleep(0.1)
    assert not solve.is_done, "a visitor who is there is waited for"
    here.clear()
    assert solve.wait(LONG_S)


def test_work_in_steps_ends_between_two_of_them():
    def steps(line):
        line.say("第一步")
        until_ended(line)
        line.say("第二步")
        return "never"

    held = Solving()
    solve = held.begin("a", steps)
    while solve.told.step != "第一步":
        time.sleep(0.005)
    held.drop()
    assert solve.wait(LONG_S)
    with pytest.raises(DroppedError):
        solve.answer()


def test_more_than_so_many_wait_for_their_turn():
    visitors = [Solving() for _ in range(solving.AT_ONCE + 1)]
    solves = [one.begin("a", until_ended) for one in visitors]
    deadline = time.monotonic() + LONG_S
    phases = []
    while time.monotonic() < deadline and sorted(phases) != ["running"] * 2 + ["waiting"]:
        phases = [one.told.phase for one in solves]
        time.sleep(0.005)
    assert sorted(phases) == ["running", "running", "waiting"]
    waiting = phases.index("waiting")
    for place, held in enumerate(visitors):
        if place != waiting:
            held.drop()
    while solves[waiting].told.phase == "waiting":
        time.sleep(0.005)
    visitors[waiting].stop()
    assert solves[waiting].wait(LONG_S)
    assert solves[waiting].answer() == "best so far"


def test_a_report_neither_drops_a_search_nor_waits_for_searches():
    busy = [Solving() for _ in range(solving.AT_ONCE)]
    searches = [one.begin("a", until_ended) for one in busy]
    while any(one.told.phase != "running" for one in searches):
        time.sleep(0.005)
    report = Solving("report").begin("a", lambda _: "files")
    assert report.wait(LONG_S)
    assert report.answer() == "files"
    assert not any(one.is_done or one.line.is_dropped for one in searches)
    for one in busy:
        one.drop()
    assert all(one.wait(LONG_S) for one in searches)


def test_one_that_waits_can_be_dropped():
    busy = [Solving() for _ in range(solving.AT_ONCE)]
    running = [one.begin("a", until_ended) for one in busy]
    while any(one.told.phase != "running" for one in running):
        time.sleep(0.005)
    held = Solving()
    solve = held.begin("a", lambda _: "never")
    held.drop()
    assert solve.wait(LONG_S)
    with pytest.raises(DroppedError):
        solve.answer()
    for one in busy:
        one.drop()
    assert all(one.wait(LONG_S) for one in running)


def test_a_real_solver_is_stopped_with_its_best_and_the_page_is_not_held_up():
    random = np.random.default_rng(3)
    points, sites = random.random((3000, 2)), random.random((600, 2))
    away = np.hypot(*(points[:, None, axis] - sites[None, :, axis] for axis in (0, 1)))
    row, site = np.nonzero(away < 0.07)
    matrix = pd.DataFrame(
        {
            "from_id": [f"d{one}" for one in row],
            "to_id": [f"c{one}" for one in site],
            "travel_time_s": away[row, site],
        }
    )
    people = pd.Series(
        random.integers(10, 900, 3000).astype(float), index=[f"d{one}" for one in range(3000)]
    )

    def work(line):
        options = SitingOptions(progress=line.progress, time_limit_s=60.0, threads=1)
        return maximal_covering(matrix, demand=people, cutoff=0.07, sites=50, options=options)

    held = Solving()
    solve = held.begin("a", work)
    longest, before = 0.0, time.perf_counter()
    while math.isnan(solve.told.best) and not solve.is_done:
        time.sleep(0.01)
        now = time.perf_counter()
        longest, before = max(longest, now - before), now
    held.stop()
    assert solve.wait(60.0)
    result = solve.answer()
    assert len(result.selected) == 50
    assert result.bound >= result.objective > 0
    assert longest < 2.0, "a page is drawn while the solver works"


def test_a_line_of_its_own_tells_nothing_yet():
    line = Line()
    bound, best, step = line.news
    assert math.isnan(bound)
    assert math.isnan(best)
    assert step == ""
    assert not line.is_stopped

"""Computations in the state of a session: a search and a report side by side, one of each."""

from __future__ import annotations

import time

import pytest

from views.solve_panel import at_work, begin, forget, is_of, running, taken

LONG_S = 20.0
PAGES = {"search": "advice 县 maximal_covering", "report": "report 县"}


def until_ended(line):
    while not line.progress(0.0, 1.0, 1.0):
        time.sleep(0.005)
    return "best so far"


@pytest.fixture
def state():
    held = {}
    yield held
    for part in PAGES.values():
        forget(held, part)


@pytest.mark.parametrize(("first", "second"), [("search", "report"), ("report", "search")])
def test_a_search_and_a_report_do_not_drop_each_other(state, first, second):
    for lane in (first, second):
        begin(state, PAGES[lane], "question", until_ended, lane=lane)
    both = {lane: running(state, part) for lane, part in PAGES.items()}
    assert None not in both.values()
    assert {lane: at_work(state, lane) for lane in PAGES} == PAGES
    forget(state, PAGES[second])
    assert both[second].wait(LONG_S)
    assert both[second].line.is_dropped
    assert running(state, PAGES[first]) is both[first]
    assert at_work(state, second) == ""
    both[first].line.stop()
    assert both[first].wait(LONG_S)
    assert taken(state, PAGES[first]).answer() == "best so far"
    assert taken(state, PAGES[second]) is None


def test_a_second_report_drops_the_first_and_says_which_one_runs(state):
    first = begin(state, "report 甲", "question", until_ended, lane="report")
    assert at_work(state, "report") == "report 甲"
    begin(state, PAGES["report"], "question", until_ended, lane="report")
    assert first.wait(LONG_S)
    assert first.line.is_dropped
    assert at_work(state, "report") == PAGES["report"]
    assert running(state, "report 甲") is None


def test_an_answer_is_kept_whatever_runs_later_in_its_lane(state):
    done = begin(state, PAGES["report"], "question", lambda _: "files", lane="report")
    assert done.wait(LONG_S)
    assert taken(state, PAGES["report"]) is done
    begin(state, "report-content 县", "question", until_ended, lane="report")
    assert taken(state, PAGES["report"]) is done
    assert is_of(done, PAGES["report"], "question")
    assert not is_of(done, PAGES["report"], "another")
    forget(state, "report-content 县")
    forget(state, PAGES["report"])
    assert taken(state, PAGES["report"]) is None

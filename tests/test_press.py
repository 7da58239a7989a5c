"""Maps drawn in a second process: the same bytes, whatever becomes of that process."""

from __future__ import annotations

import dataclasses
import os
import time

import numpy as np
import pytest
import shapely

from coverage.errors import OutputError
from reports.printing import orders as printing_orders
from reports.printing import press as printing_press
from reports.printing.drawing import Panel, PrintLayer, PrintMap
from reports.printing.orders import Impression, Order, draw
from reports.printing.paper import PrintSettings
from reports.printing.press import Press

BOX = shapely.box(39_500_000.0, 4_100_000.0, 39_510_000.0, 4_110_000.0)
SHEETS = {
    "maps": Impression(PrintSettings(), ("png", "svg"), 30),
    "word": Impression(PrintSettings(paper="text", landscape=False), ("png",), 20),
}


@pytest.fixture(scope="module")
def orders():
    ground = PrintLayer("area", np.array([BOX], dtype=object), "研究区", fill="#fdfcf8")
    return [
        Order(
            PrintMap(f"图{number}", f"第{number}幅", "副标题", (Panel((ground,), ""),),
                     "EPSG:4527", BOX.bounds, ""),
            SHEETS,
        )
        for number in range(5)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def alone(orders):
    return [draw(each) for each in orders]


def test_a_second_process_draws_the_same_bytes(orders, alone):
    told = []
    with Press(orders, beside=True) as press:
        deadline = time.monotonic() + 120
        while not press._drawn and time.monotonic() < deadline:
            time.sleep(0.05)
        beside = len(press._drawn)
        found = press.finish(lambda order: told.append(order.print_map.stem))
    assert beside >= 1
    assert len(told) <= len(orders) - beside
    assert found == alone
    assert found[0]["maps"]["png"] != found[0]["word"]["png"]


def test_where_no_second_process_starts_all_is_drawn_here(orders, alone, monkeypatch):
    def refused(*_args, **_named):
        msg = "no more processes"
        raise OSError(msg)

    monkeypatch.setattr(printing_press.subprocess, "Popen", refused)
    told = []
    with Press(orders[:2], beside=True) as press:
        found = press.finish(lambda order: told.append(order.print_map.stem))
    assert found == alone[:2]
    assert told == ["图0", "图1"]


def test_what_a_killed_process_had_begun_is_drawn_here(orders, alone, monkeypatch):
    # It ends at once, as a process does that the system kills for want of memory.
    monkeypatch.setattr(printing_press.sys, "executable", os.environ.get("COMSPEC", "/bin/false"))
    with Press(orders, beside=True) as press:
        found = press.finish()
    assert found == alone


def test_an_order_that_cannot_be_sent_is_drawn_here(orders, alone, monkeypatch):
    def unsent(*_args, **_named):
        msg = "cannot be sent"
        raise TypeError(msg)

    monkeypatch.setattr(printing_press.pickle, "dump", unsent)
    monkeypatch.setattr(printing_press.threading, "excepthook", lambda _told: None)
    with Press(orders[:2], beside=True) as press:
        found = press.finish()
    assert found == alone[:2]


def test_leaving_early_ends_the_process(orders):
    with Press(orders, beside=True) as press:
        process = press._process
    assert process.poll() is not None
    assert not press._feeder.is_alive()


@pytest.mark.parametrize(("count", "starts"), [(1, False), (3, False), (4, True)])
def test_a_second_process_is_started_only_where_it_gains(orders, monkeypatch, count, starts):
    monkeypatch.setattr(printing_press.os, "cpu_count", lambda: 2)
    assert Press(orders[:count])._beside is starts
    monkeypatch.setattr(printing_press.os, "cpu_count", lambda: 1)
    assert Press(orders[:count])._beside is False


def test_what_cannot_be_drawn_is_said_by_the_program_itself(orders, monkeypatch):
    def fontless(*_args, **_named):
        msg = "没有中文字体。"
        raise OutputError(msg)

    monkeypatch.setattr(printing_orders, "map_bytes", fontless)
    with Press(orders, beside=False) as press, pytest.raises(OutputError, match="没有中文字体"):
        press.finish()


def test_nothing_ordered_gives_nothing():
    with Press([]) as press:
        assert press.finish() == []


def test_orders_are_left_as_they_are(orders):
    before = dataclasses.replace(orders[0].print_map)
    draw(orders[0])
    assert orders[0].print_map.panels == before.panels

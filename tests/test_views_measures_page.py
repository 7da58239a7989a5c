"""The page of travel times without a browser: what it shows, and what it says is missing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from streamlit.testing.v1 import AppTest

from coverage.assessment import assess
from coverage.studies.study import CapacityRule
from tests.test_assessment import CIRCLE, MODES, county
from views.cache import Opened

LONGEST_RUN_S = 60


def measures_page(opened: object) -> None:
    """AppTest runs this by itself, so it imports what it needs."""
    import streamlit as st

    from views.measures_page import show_measures

    show_measures(opened)
    st.text("完")


def opened(case: str) -> Opened:
    """A small county with or without what the page asks for."""
    layers = county()
    beds = {"beds": [10.0, 99.0], "partly": [np.nan, 99.0]}.get(case)
    facilities = layers.facilities if beds is None else layers.facilities.assign(capacity_beds=beds)
    layers = replace(
        layers,
        demand=layers.demand.assign(population_60plus=[10.0, 20, 30, 40, 50]),
        facilities=facilities,
        capacity_rules=(CapacityRule("circle", "capacity_beds", 120.0, "某*规划*"),) * bool(beds),
    )
    if case == "metres":
        standards = [replace(CIRCLE, readings=CIRCLE.readings[1:])]
    else:
        kinds = ("park",) if case == "no facility" else CIRCLE.kinds
        longer = replace(CIRCLE.readings[0], reading_id="long", name="60分钟", cutoff=3600.0)
        standards = [
            replace(CIRCLE, kinds=kinds, readings=CIRCLE.readings[:1]),
            replace(CIRCLE, standard_id="long", readings=(longer,)),
        ]
    result = assess(layers, standards=standards, modes=MODES, with_service_areas=False)
    return Opened(case, SimpleNamespace(file=Path(case)), {}, MODES, (), result)


def shown(case: str) -> AppTest:
    app = AppTest.from_function(
        measures_page, default_timeout=LONGEST_RUN_S, args=(opened(case),)
    ).run()
    return ended(app)


def ended(app: AppTest) -> AppTest:
    assert not app.exception
    assert not app.error
    assert app.text[-1].value == "完"
    return app


def markup(app: AppTest) -> str:
    return "\n".join(str(one.proto.body) for one in app.get("html"))


def test_minutes_choice_capacity_and_allocation() -> None:
    app = shown("beds")
    text = markup(app)
    assert "<td>15 分钟以内</td><td>50.0%</td>" in text
    assert "15分钟圈 · 15分钟，常住人口：各行政单元" in text
    assert "每千人够得着的床位：3.8 张（远近一样）" in text
    assert "按一张床位服务 120 人计（假定，依据：某*规划*）：得到服务 200 人（33.3%）" in text
    assert [len(table.value) for table in app.dataframe] == [3, 3, 1, 3]


def test_another_reading_another_group_and_lines_by_zone() -> None:
    app = shown("beds")
    group, lines = app.segmented_control
    group.set_value("population_60plus").run()
    assert "15分钟圈 · 15分钟，60岁及以上人口：各行政单元" in markup(ended(app))
    lines.set_value("zones").run()
    assert app.multiselect[0].value == ["b", "a", "c"]
    app.multiselect[0].set_value([]).run()
    app.selectbox[0].set_value("long").run()
    assert "15分钟圈 · 60分钟，60岁及以上人口" in markup(ended(app))
    assert app.session_state["standard_id"] == "long"


def test_a_capacity_that_some_left_out_is_not_counted() -> None:
    text = markup(shown("partly"))
    assert "「15分钟圈」1 个设施没有填写床位，第一个是 &#x27;c&#x27;；" in text
    assert "依据：某*规划*）：1 个设施没有填写床位，没有计算。" in text


def test_without_any_capacity_the_page_says_what_to_fill_in() -> None:
    assert "计入本标准的设施都没有填写床位或面积，不能算每千人容量。" in markup(shown("none"))


def test_a_standard_without_facilities_claims_nothing() -> None:
    app = shown("no facility")
    assert app.info[0].value.startswith("「15分钟圈 · 15分钟」没有可用的设施或人口数据")
    assert not app.dataframe


def test_a_project_without_minutes_says_so() -> None:
    app = shown("metres")
    assert app.info[0].value.startswith("本项目的标准都按距离计")
    assert not app.selectbox

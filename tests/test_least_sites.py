"""The fewest new sites as a planner reads them: sentence, tables, map, content of a file."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from coverage.rules.target import Served, YearValue
from coverage.target_contracts import NEW_SITES_RESULT
from coverage.targets import answer_targets, judge, least_new_sites
from reports.files import json_text
from reports.least_sites import least_sites_content, least_sites_sentence, new_sites_table
from tests.hand_made import X0, Y0
from tests.hostile import HOSTILE
from tests.target_county import CLINIC, KINDS, county, study, target
from views.targets_map import PROPOSED, target_map
from views.targets_parts import places_table

WALK_15 = Served(CLINIC, "travel_time", 900.0, "walk")
VILLAGES = {"a": (500.0, 100.0), "b": (5000.0, 60.0), "c": (5500.0, 30.0), "d": (9000.0, 10.0)}
GOAL = target(WALK_15, values=(YearValue(2025, 90.0),))


@pytest.fixture
def layers():
    return county(VILLAGES, {"x": ("clinic", 500.0)})


def placed(layers):
    """The county where it lies on the globe: the toy's origin has no latitude."""
    names = ("zones", "demand", "facilities")
    return replace(layers, **{name: on_globe(getattr(layers, name)) for name in names})


def on_globe(table):
    return table.set_geometry(table.geometry.translate(X0, Y0))


@pytest.fixture
def answered(layers):
    return answer_targets(study(layers), [GOAL])[0]


@pytest.fixture
def found(layers, answered):
    return least_new_sites(study(layers), answered, year=2025)


def test_the_sentence_tells_what_is_proven(found):
    assert least_sites_sentence(found) == (
        "至少新建 1 处（已证明最少），就达到目标 90%（届时为 95%）。"
    )
    early = replace(found, sites=3, at_least=2)
    assert least_sites_sentence(early) == (
        "至少新建 2 处，找到新建 3 处的方案（限时内没有证明最少），就达到目标 90%（届时为 95%）。"
    )


def test_the_sentence_names_what_no_place_can_serve(found):
    rows = [
        {"item_id": f"v{n}", "item_name": None if n else "甲村", "zone_id": "z"} for n in range(6)
    ]
    hopeless = found.unservable.reindex(range(6)).assign(
        **{name: [row[name] for row in rows] for name in rows[0]}
    )
    who = "6 个对象从任何候选地点都服务不到：“甲村”、“v1”、“v2”、“v3”、“v4”等"
    one = replace(found, unservable=hopeless)
    assert least_sites_sentence(one).endswith(f"（届时为 95%）。另有 {who}。")
    assert least_sites_sentence(replace(one, reaches=False)) == (
        f"新建也达不到目标 90%：{who}。能服务到的全部覆盖，至少新建 1 处（已证明最少），届时为 95%。"
    )
    assert least_sites_sentence(replace(one, reaches=False, sites=0)) == (
        f"新建也达不到目标 90%：{who}。"
    )


def test_the_table_has_the_columns_of_its_contract(found):
    table = new_sites_table({"plan/t": found})
    assert [*table.columns, "label"] == [one.name for one in NEW_SITES_RESULT.columns]
    row = table.iloc[0]
    assert (row["place_id"], row["adds"], row["units"], row["unit"]) in [
        ("b", 90.0, 2, "人"), ("c", 90.0, 2, "人"),
    ]  # fmt: skip
    empty = new_sites_table({})
    assert list(empty.columns) == list(table.columns)
    assert empty.empty


def test_the_content_is_plain_json(found):
    content = json.loads(json_text(least_sites_content(found)))
    assert (content["sites"], content["is_proven"], content["value"]) == (1, True, 95.0)
    assert content["places"][0]["adds"] == 90.0
    assert content["unservable"] == []


def test_the_page_has_table_and_map(layers, answered, found):
    table = places_table(found, zones={"z": "甲镇"})
    assert list(table.columns) == ["地点", "所在单元", "新增（人）", "累计新增（人）", "服务对象数"]
    assert table.iloc[0].tolist()[1:] == ["甲镇", 90.0, 90.0, 2]
    failing = judge(study(layers), [answered], year=2025).failing
    reading, _ = target_map(
        answered,
        failing,
        placed(layers),
        kinds=KINDS,
        proposed=replace(found, places=on_globe(found.places)),
    )
    (layer,) = [one for one in reading.layers if one.layer_id == PROPOSED]
    assert (layer.count, len(layer.features)) == ("1 处", 1)
    assert {"新建：村卫生室", "新增 90 人"} <= set(layer.phrases)
    without, _ = target_map(answered, failing, placed(layers), kinds=KINDS)
    assert PROPOSED not in {one.layer_id for one in without.layers}


def test_names_that_try_to_run_stay_texts(layers, answered, found):
    places = found.places.assign(place_name=HOSTILE)
    one = replace(found, places=places, unservable=found.unservable)
    assert "\n" not in places_table(one, zones={})["地点"].iloc[0]
    failing = judge(study(layers), [answered], year=2025).failing
    moved = replace(one, places=on_globe(places))
    target_map(answered, failing, placed(layers), kinds=KINDS, proposed=moved)

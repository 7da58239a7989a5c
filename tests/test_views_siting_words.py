"""What a planner reads of a solver: never more than is proven."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from coverage.siting import SitingResult
from views.siting_words import (
    MODELS,
    Scale,
    gap_text,
    proof_text,
    seconds_text,
    status_rows,
    told_text,
)
from views.solving import Told

PEOPLE = Scale("people", everybody=10_000.0)


def result(**changed):
    given = {
        "selected": ("a", "b"),
        "assignment": pd.Series(dtype=object),
        "objective": 9380.0,
        "bound": 9430.0,
        "gap": 50 / 9380,
        "status": "feasible",
        "seconds": 12.34,
        "model": "maximal_covering",
        "seed": 7,
    }
    return SitingResult(**(given | changed))


def test_what_is_not_proven_is_not_called_best():
    text = proof_text(result(), PEOPLE)
    assert text == "已找到覆盖 93.8%（9,380 人），上界 94.3%（9,430 人），未证完。"
    rows = dict(status_rows(result(), PEOPLE))
    assert rows == {
        "模型": "最大覆盖",
        "状态": "未证完",
        "上界": "94.3%（9,430 人）",
        "差距": "0.53%",
        "求解用时": "12.3 秒",
        "随机种子": "7",
    }
    assert "最优" not in text + "".join(rows.values())


def test_what_is_proven_says_so():
    best = result(bound=9380.0, gap=0.0, status="optimal")
    assert proof_text(best, PEOPLE) == "已证明最优：覆盖 93.8%（9,380 人）。"
    assert dict(status_rows(best, PEOPLE))["差距"] == "0"


def test_that_all_who_can_be_reached_are_is_said():
    few = {"model": "location_set_covering", "objective": 3.0, "bound": 3.0, "gap": 0.0}
    best = result(**few, status="optimal", figures={"share": 0.8996, "reachable_share": 0.8996})
    scale = Scale("sites", target=0.9)
    assert proof_text(best, scale) == "已证明最优：共 3 处；够得着的都覆盖，全体最多 89.9%。"
    for figures in (
        {"share": 0.8, "reachable_share": 0.8996}, {"share": 1.0, "reachable_share": 1.0}, {},
    ):  # fmt: skip
        some = result(**few, status="optimal", figures=figures)
        assert proof_text(some, scale) == "已证明最优：共 3 处。"


def test_a_share_never_reads_as_the_target_it_falls_short_of():
    scale = Scale("people", everybody=10_000.0, target=0.9)
    assert scale.short(8996.0) == "覆盖 89.9%"
    assert scale.bound(8996.0) == "89.9%（8,996 人）"


def test_what_cannot_be_done_is_said_in_the_models_sentence():
    never = result(
        objective=math.nan, bound=math.nan, gap=math.nan, status="infeasible", reason="3 处不够。"
    )
    assert proof_text(never, PEOPLE) == "3 处不够。"
    assert [name for name, _ in status_rows(never, PEOPLE)] == [
        "模型",
        "状态",
        "求解用时",
        "随机种子",
    ]
    assert dict(status_rows(never, PEOPLE))["状态"] == "已证明无可行方案"


@pytest.mark.parametrize(
    ("scale", "value", "short", "bound"),
    [
        (Scale("people"), 9380.0, "覆盖 9,380 人", "9,380 人"),
        (Scale("visits"), 15_000.4, "各圈合计覆盖 15,000 人次", "15,000 人次"),
        (Scale("sites"), 7.0, "共 7 处", "7 处"),
        (Scale("sites", standing=171), 210.0, "新建 39 处", "39 处（加现有共 210 处）"),
        (Scale("mean", everybody=100.0), 48_000.0, "平均 8.0 分钟", "8.0 分钟"),
        (Scale("mean", everybody=100.0, by_time=False), 85_000.0, "平均 850 米", "850 米"),
        (Scale("farthest"), 1284.0, "最远 21.4 分钟", "21.4 分钟"),
    ],
)
def test_every_objective_has_its_unit(scale, value, short, bound):
    assert scale.short(value) == short
    assert scale.bound(value) == bound
    assert scale.bound_name == ("上界" if scale.unit in ("people", "visits") else "下界")


def test_a_bound_of_sites_is_a_whole_number_of_them():
    assert Scale("sites").bound(6.2) == "7 处"
    assert Scale("sites").bound(6.0000000001) == "6 处"


@pytest.mark.parametrize(
    ("told", "text"),
    [
        (Told("waiting", 3.0), "正在排队（3.0 秒）：服务器正为别人求解，轮到后自动开始。"),
        (Told("running", 0.5), "正在准备（0.5 秒）…"),
        (
            Told("running", 12.0, 9430.0, 9380.0),
            "正在求解（12.0 秒）：已找到覆盖 93.8%，上界 94.3%。",
        ),
        (Told("running", 12.0, math.nan, 9380.0), "正在求解（12.0 秒）：已找到覆盖 93.8%。"),
        (
            Told("running", 75.0, 9430.0, 9380.0, "7 处"),
            "7 处：正在求解（1 分 15 秒）：已找到覆盖 93.8%，上界 94.3%。",
        ),
        (Told("ending", 12.0, 1.0, 1.0), "正在停下，取目前找到的最好方案（12.0 秒）。"),
    ],
)
def test_progress_in_one_sentence(told, text):
    assert told_text(told, PEOPLE) == text
    assert "最优" not in told_text(told, PEOPLE)


def test_every_model_says_what_it_asks_and_answers():
    for words in MODELS.values():
        assert words.name
        assert words.help.endswith("。")
        assert "最优" not in words.name + words.help
        assert set(words.asks) <= {"sites", "share", "times", "standards", "close", "years"}


def test_small_numbers_are_not_shown_as_none():
    assert gap_text(1e-12) == "不足 0.01%"
    assert gap_text(math.nan) == "未知"
    assert seconds_text(59.96) == "60.0 秒"

"""The why card, on the county that `test_assessment` draws and checks by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from coverage.assessment import assess
from coverage.impedance import network_for_mode
from coverage.roads import NAME_LIMIT, with_names
from coverage.route import MOST_STRETCHES, route_between, way_sentence
from tests.hand_made import KINDS
from tests.hostile import HOSTILE
from tests.test_assessment import CIRCLE, MODES, county
from views.routes import roads_text
from views.why_card import Leg, WhyCard, facility_html, standard_html, why_card, why_card_html

if TYPE_CHECKING:
    from coverage.studies.study import Assessment


@pytest.fixture(scope="module")
def result() -> Assessment:
    return assess(county(), standards=[CIRCLE], modes=MODES, with_service_areas=False)


def made(result: Assessment, demand_id: str, *, reading: int = 0, standard=CIRCLE) -> WhyCard:
    return why_card(
        result, standard, standard.readings[reading], demand_id=demand_id, kinds=KINDS, modes=MODES
    )


def test_an_uncovered_village_by_hand(result: Assessment) -> None:
    # v3 walks 200 m at 1 m/s to the rideable road and rides 2,200 m at 2.5 m/s: 200 + 880 s.
    card = made(result, "v3")
    assert (card.name, card.zone, card.people) == ("三村", "乙镇", ("常住人口 300 人",))
    assert card.status == "未覆盖"
    assert card.rule == "到最近设施的时间要求 ≤ 15 分钟，实际 18.0 分钟，不符合"
    assert card.facility == "卫生室（村卫生室）"
    assert card.legs == (
        Leg("接驳（村到道路）", "3.3 分钟", "200 米"),
        Leg("道路", "14.7 分钟", "2.20 公里"),
        Leg("接驳（道路到设施）", "0.0 分钟", "0 米"),
        Leg("合计", "18.0 分钟", "2.40 公里"),
    )
    assert card.mode == "步行或骑行，较快的是骑行"
    assert card.clauses[0].quote == "原文"


def test_a_covered_village(result: Assessment) -> None:
    card = made(result, "v1")
    assert card.status == "已覆盖"
    assert card.rule == "到最近设施的时间要求 ≤ 15 分钟，实际 6.7 分钟，符合"


def test_a_straight_line_has_no_legs(result: Assessment) -> None:
    card = made(result, "v4", reading=2)
    assert card.rule == "直线距离要求 ≤ 2.5 公里，实际 6.00 公里，不符合"
    assert (card.legs, card.mode) == ((), "")


def test_a_distance_reading_fails_by_metres(result: Assessment) -> None:
    card = made(result, "v4", reading=1)
    assert card.rule == "路网距离要求 ≤ 2.5 公里，实际 6.00 公里，不符合"
    assert card.legs[-1].metres == "6.00 公里"


def test_unknown_people_and_a_village_outside_say_so(result: Assessment) -> None:
    assert made(result, "v4").people == ("常住人口未知",)
    outside = made(result, "v5")
    assert (outside.zone, outside.status) == ("在研究区以外", "不考核")


def test_a_village_of_another_scope_is_not_counted() -> None:
    layers = county()
    demand = layers.demand.assign(settlement=["urban", "rural", "rural", "rural", "rural"])
    rural = replace(CIRCLE, scope="rural")
    result = assess(
        replace(layers, demand=demand), standards=[rural], modes=MODES, with_service_areas=False
    )
    assert made(result, "v1", standard=rural).status == "不考核"
    assert made(result, "v2", standard=rural).status == "已覆盖"


def test_the_other_direction_tells_the_legs_the_other_way_round() -> None:
    outward = replace(CIRCLE, direction="from_facility")
    result = assess(county(), standards=[outward], modes=MODES, with_service_areas=False)
    card = made(result, "v3", standard=outward)
    assert [leg.name for leg in card.legs] == [
        "接驳（设施到道路）", "道路", "接驳（道路到村）", "合计",
    ]  # fmt: skip
    assert card.legs[2] == Leg("接驳（道路到村）", "3.3 分钟", "200 米")
    assert card.rule.startswith("从最近设施到村的时间要求")


def test_no_way_at_all_is_said() -> None:
    other = replace(CIRCLE, kinds=("park",))
    result = assess(county(), standards=[other], modes=MODES, with_service_areas=False)
    kinds = {**KINDS, "park": replace(KINDS["village_clinic"], kind="park", name="公园")}
    card = why_card(result, other, other.readings[0], demand_id="v1", kinds=kinds, modes=MODES)
    assert card.facility == "没有路可到达任何计入的设施（公园）"
    assert card.rule == "到最近设施的时间要求 ≤ 15 分钟，实际没有路可通"
    assert (card.status, card.legs, card.mode) == ("未覆盖", (), "")


def test_legs_add_up(result: Assessment) -> None:
    for demand_id in ("v1", "v2", "v3", "v4"):
        trip = result.demand.loc[demand_id]
        on_road = trip["circle_travel_time_s"] - trip["circle_access_s"]
        assert on_road >= 0
        assert np.isclose(
            trip["circle_demand_access_m"] + trip["circle_facility_access_m"],
            trip["circle_access_m"],
        )


def test_a_village_without_a_name_shows_its_code() -> None:
    layers = county()
    demand = layers.demand.copy()
    demand.loc["v1", "demand_name"] = None
    result = assess(
        replace(layers, demand=demand), standards=[CIRCLE], modes=MODES, with_service_areas=False
    )
    assert made(result, "v1").name == "v1"


def test_names_are_text_in_the_card(result: Assessment) -> None:
    texts = dict.fromkeys(("name", "zone", "facility", "rule", "mode", "roads"), HOSTILE)
    markup = why_card_html(replace(made(result, "v3"), **texts))
    assert "<script" not in markup
    assert "<img" not in markup
    assert "&lt;script&gt;" in markup


def test_a_way_over_six_roads_of_long_names_is_shown_to_its_end(result: Assessment) -> None:
    way = " → ".join(
        [f"{'长' * NAME_LIMIT}（居住区道路和生活街道）1.00 公里 1.0 分钟"] * MOST_STRETCHES
    )
    markup = why_card_html(replace(made(result, "v3"), roads=f"{way}；{way}"))
    assert f"<div>经过：{way}；{way}</div>" in markup


def test_by_which_roads_a_village_goes(result: Assessment) -> None:
    """v3 rides along 丙路, then 乙路; an ambulance has two ways, told one after the other."""
    roads = result.layers.roads
    named = with_names(roads, np.arange(roads.edge_count), [f"{k}路" for k in range(9)])
    network = network_for_mode(roads, MODES["ride"])
    village = result.demand.loc[["v3"], ["geometry"]]
    route = route_between(
        network, village, result.facilities.loc[["c"], ["geometry"]], direction="to_facility"
    )
    way = way_sentence(route, named)
    assert sum(float(part.split()[-2]) for part in way.split(" → ")) == pytest.approx(14.7, abs=0.1)
    assert roads_text((), named) == ""
    assert roads_text((route,), named) == way
    assert roads_text((route, route), named) == f"急救站到患者：{way}；患者到医院：{way}"


def test_a_facility_tells_whom_it_serves(result: Assessment) -> None:
    reading = CIRCLE.readings[0]
    clinic = facility_html(result, reading, facility_id="c", kinds=KINDS)
    assert "是 2 个已覆盖村（社区）的最近设施，共 300 人" in clinic
    hospital = facility_html(result, reading, facility_id="h", kinds=KINDS)
    assert "本标准不计这类设施" in hospital


def test_what_a_standard_asks() -> None:
    text = standard_html(CIRCLE, CIRCLE.readings[0], kinds=KINDS, modes=MODES)
    assert "要求：15 分钟以内（步行或骑行，居民前往设施）" in text
    assert "考核人群：常住人口" in text
    assert "计入设施：村卫生室" in text
    rural = replace(CIRCLE, scope="rural")
    mixed = standard_html(rural, CIRCLE.readings[0], kinds=KINDS, modes=MODES, told_apart=False)
    assert "考核人群：农村常住人口（数据未分城乡，按全部需求点计）" in mixed
    straight = standard_html(CIRCLE, CIRCLE.readings[2], kinds=KINDS, modes=MODES)
    assert "要求：2.5 公里以内（直线，居民前往设施）" in straight

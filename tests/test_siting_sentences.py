"""What is said of a siting answer: capacities, what can be reached, prices, several standards."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pandas as pd
import pytest

from coverage.requests import TOLERANCE
from coverage.siting import SitingOptions
from coverage.studies.siting_sentences import price_sentences
from coverage.studies.study_sites import (
    SiteAmounts,
    SitingQuestion,
    answer_siting,
    own_choice,
    priced,
    site_curve,
)
from reports.siting_lines import siting_lines
from reports.siting_results import assignment_rows, site_rows, siting_content, unservable_rows
from tests.test_study_sites import AMOUNTS, CIRCLE, answered, ground_of, kept_ground


def plan_of(answer):
    return next(line for line in answer.sentences if line.startswith("方案："))


def test_who_is_served_is_said_where_sites_may_be_full():
    amounts = SiteAmounts(persons=10.0)
    answer = answered(SitingQuestion(model="capacitated_covering", sites=2, amounts=amounts))
    served, people = answer.result.objective, answer.figures["people"]
    assert served < answer.figures["covered_after"]
    assert plan_of(answer) == (
        f"方案：新建 2 处、保留现有 3 处；得到服务 {served:,.0f} 人（{served / people:.1%}）；"
        f"{CIRCLE.readings[0].cutoff_text}内到得了的人不变（{answer.figures['share_after']:.1%}）"
    )


def test_the_beds_and_the_money_of_a_budget_are_said():
    answer = answered(SitingQuestion(model="budget_covering", amounts=AMOUNTS))
    figures = answer.result.figures
    new = answer.sites[answer.sites["state"] == "new"]
    beds = [figures[f"beds:{name}"] for name in new.index]
    assert sum(beds) > 0
    assert figures["spent"] == 200 * len(new) + 20 * sum(beds)
    # These candidates bear no names.
    each = "、".join(f"{name} {count:.0f} 张" for name, count in zip(new.index, beds, strict=True))
    assert (
        f"得到服务 {figures['covered']:,.0f} 人（{figures['share']:.1%}），"
        f"新设床位 {sum(beds):.0f} 张（{each}），花费 {figures['spent']:,.0f} 万元；"
    ) in plan_of(answer)


def test_of_those_who_are_served_however_far_it_is_said_who_is_near():
    amounts = replace(AMOUNTS, persons=900.0)
    answer = answered(SitingQuestion(model="capacitated_facility_location", amounts=amounts))
    flows, cutoff = answer.result.flows, CIRCLE.readings[0].cutoff
    near = flows.loc[flows["cost"] <= cutoff + TOLERANCE, "people"].sum()
    assert 0 < near < flows["people"].sum()
    assert (
        f"得到服务 {flows['people'].sum():,.0f} 人，"
        f"其中{CIRCLE.readings[0].cutoff_text}内 {near:,.0f} 人；"
    ) in plan_of(answer)


def test_that_not_everybody_can_be_reached_is_said_where_all_are_asked_for():
    answer = answered(SitingQuestion(model="location_set_covering"))
    share = answer.figures["share_after"]
    assert len(answer.unservable)
    assert plan_of(answer).endswith(f"；够得着的都覆盖，全体最多 {share:.1%}")
    ground = answer.ground
    reached = ground.weights[ground.within["from_id"].unique()].sum() / ground.weights.sum()
    assert answer.result.figures["reachable_share"] == pytest.approx(reached)
    assert share == pytest.approx(reached)
    part = answered(SitingQuestion(model="location_set_covering", share=0.5))
    assert "全体最多" not in plan_of(part)
    assert part.result.figures["reachable_share"] == pytest.approx(reached)


def almost(share_before):
    """A ground where so much is covered by what stands, and the standard asks for 90 %."""
    ground = kept_ground("circle", None)
    stands = ground.within[ground.within["to_id"].isin(ground.existing)]["from_id"].unique()
    inside = ground.demand.index.isin(stands)
    others = ground.within[~ground.within["from_id"].isin(stands)]["from_id"].iloc[0]
    people = pd.Series(0.0, index=ground.demand.index)
    people[ground.demand.index[inside][0]] = 10_000 * share_before
    people[others] = 10_000 * (1 - share_before)
    return replace(ground, demand=ground.demand.assign(population=people))


def test_no_share_reads_as_the_target_it_falls_short_of():
    ground = almost(0.8996)
    question = SitingQuestion(model="maximal_covering", sites=1)
    answer = answer_siting(ground, question)
    assert "覆盖由 89.9% 变为 100.0%" in plan_of(answer)
    idle = next(name for name in ground.candidates if name not in answer.result.selected)
    own = own_choice(ground, question, [idle])
    if own.value < own.best:
        assert own.sentence == "你的 1 处覆盖 89.9%，最优 100.0%"
    closing = answer_siting(ground, SitingQuestion(model="closing"))
    assert "覆盖不变（89.9%）" in plan_of(closing)
    curve = site_curve(ground, question, counts=[1, 2])
    short = curve.assign(share=0.8996)
    assert siting_lines(answer, curve=short)[-1] == "曲线：1 处 89.9%，2 处 89.9%（都已证明最优）"


def test_every_standard_has_its_tables():
    grounds = kept_ground("circle", None), kept_ground("ring", None)
    question = SitingQuestion(model="standards_covering", sites=3)
    answer = answer_siting(grounds[0], question, others=grounds[1:])
    assert [part.ground for part in answer.parts] == list(grounds)
    figures = answer.result.figures
    for part in answer.parts:
        name = part.ground.standard.name
        assert part.figures["covered_after"] == pytest.approx(figures[f"covered:{name}"])
        assert part.sites["adds_people"].sum() == pytest.approx(part.figures["added_people"])
        assert part.zones.loc["", "covered_after"] == pytest.approx(figures[f"covered:{name}"])
        flows = answer.result.flows
        going = flows.loc[flows["standard"] == name, "people"].sum()
        assert part.sites["assigned_people"].sum() == pytest.approx(going)
        assert part.assignment["assigned_people"].sum() == pytest.approx(going)
        reached = set(part.ground.within["from_id"])
        assert set(part.unservable.index) == set(part.ground.demand.index) - reached
    # The hospitals that stand are told of the second standard alone.
    assert "f2" in answer.further[0].sites.index
    assert "f2" not in answer.sites.index
    both = ["circle", "ring"]
    for table, rows in (
        (site_rows(answer), [len(part.sites) for part in answer.parts]),
        (assignment_rows(answer), [len(part.assignment) for part in answer.parts]),
        (unservable_rows(answer), [len(part.unservable) for part in answer.parts]),
    ):
        assert table["standard_id"].tolist() == [
            name for name, count in zip(both, rows, strict=True) for _ in range(count)
        ]
    told = siting_content(answer, curve=None, label="", project="")["further"]
    assert [one["standard_id"] for one in told] == ["ring"]
    assert told[0]["figures"] == answer.further[0].figures


def test_the_price_of_preferred_places_is_told():
    ground = ground_of()
    question = SitingQuestion(model="maximal_covering", sites=2)
    best = answer_siting(ground, question)
    liked = [name for name in ground.candidates if name not in best.result.selected]
    options = SitingOptions(preferred=[*liked, "elsewhere"])
    answer = answer_siting(ground, question, options=options)
    told = priced(answer, options=options)
    covered = {}
    for chosen in itertools.combinations(ground.candidates, 2):
        near = ground.within[ground.within["to_id"].isin([*chosen, *ground.existing])]
        people = ground.weights[near["from_id"].unique()].sum()
        number = len(set(chosen) & set(liked))
        covered[number] = max(covered.get(number, 0.0), people)
    top = max(covered.values())
    for number, row in told.prices.iterrows():
        assert row["price"] == top - max(covered[n] for n in covered if n >= number)
    assert told.sentences[:-1] == answer.sentences
    assert told.sentences[-1].startswith("优先候选点（适宜性达标的）：方案中")
    content = siting_content(told, curve=None, label="", project="")
    assert [row["preferred"] for row in content["preferred"]] == list(told.prices.index)
    assert siting_content(answer, curve=None, label="", project="")["preferred"] is None
    # Nothing to tell where nothing is preferred, or of another model.
    assert priced(answer, options=SitingOptions(preferred=["elsewhere"])) is answer
    backup = answer_siting(ground, SitingQuestion(model="backup_covering", sites=2))
    assert priced(backup, options=options) is backup


def test_prices_in_a_sentence():
    table = pd.DataFrame(
        {"price": [0.0, 0.0, 1200.0, 1500.0], "status": ["optimal"] * 3 + ["feasible"]},
        index=[1, 2, 3, 4],
    )
    front = "优先候选点（适宜性达标的）：方案中有 1 处，不因此少覆盖一人"
    assert price_sentences(table) == [
        f"{front}；若要 2 处，也不少覆盖一人；若要 3 处，少覆盖 1,200 人；若要 4 处，少覆盖 1,500 人（未证完）"
    ]
    assert price_sentences(table.iloc[:1]) == [f"{front}；已是最多"]
    many = pd.concat([table.iloc[:3]] * 3).set_axis(range(9))
    assert price_sentences(many)[0].startswith(
        "优先候选点（适宜性达标的）：方案中一处也没有；若要 1 处"
    )
    assert price_sentences(many)[0].endswith("；最多可到 8 处，见 siting.json")
    assert price_sentences(table.iloc[:1].set_axis([0])) == []

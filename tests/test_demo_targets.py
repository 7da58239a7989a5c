"""示例县 has what its targets are decided by: without the data no target is decided."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import pytest

from coverage.assessment import assess
from coverage.rules.study import TargetStudy, target_study
from coverage.rules.target import FacilityFilter
from coverage.studies.study_trips import StudyTrips
from coverage.targets import answer_targets, judge
from layers.loading import load_layers
from layers.planning.choices_file import choices_path, read_choices
from layers.planning.project_plans import read_project_plans
from layers.planning.words import RULES
from layers.project import chosen_modes, chosen_standards, load_project
from layers.standards import load_kinds, load_modes, load_standards

YEARS = {
    "jinan-2019": 2025, "jinan-2022": 2025, "jining-2024": 2027, "liaocheng-2018": 2022,
    "shandong-2018": 2022,
}  # fmt: skip

DECIDED = ("达标", "未达标", "尚未到期")

LACKS = "数据不足"

KINDS = load_kinds()


@dataclass(frozen=True, eq=False)
class Demo:
    """The example, its targets, and what was found out about them."""

    study: TargetStudy
    targets: dict[str, Any]
    verdicts: dict[str, str]
    missing: dict[str, Any]


def judged(study, targets):
    """Verdict and what is missing of the whole county, by target id."""
    found = {}
    for plan_id, year in YEARS.items():
        own = [one for one in targets if one.plan_id == plan_id]
        values = judge(study, answer_targets(study, own), year=year).values
        whole = values[values["zone_id"] == ""].set_index("target_id")
        found |= {one: (row["verdict"], row["missing"]) for one, row in whole.iterrows()}
    return found


@pytest.fixture(scope="module")
def demo(root):
    project = load_project(root / "data" / "examples" / "demo_county")
    modes = chosen_modes(project, load_modes())
    standards = chosen_standards(project, load_standards())
    layers = load_layers(project, standards=standards, modes=modes, kinds=KINDS)
    plans = read_project_plans(choices_path(project), kinds=KINDS)
    choices = read_choices(plans.path, plans.known, KINDS, zone_ids=layers.zones.index)
    assessment = assess(layers, standards=standards, modes=modes, with_service_areas=False)
    trips = StudyTrips(layers, modes, assessment.uncertainty)
    study = target_study(assessment, trips=trips, kinds=KINDS, choices=choices)
    targets = {one.target_id: one for plan in plans.in_use.values() for one in plan.targets}
    found = judged(study, targets.values())
    return Demo(
        study,
        targets,
        {one: verdict for one, (verdict, _) in found.items()},
        {one: missing for one, (_, missing) in found.items()},
    )


def decided(demo):
    """The targets that are decided by facilities."""
    return [
        one
        for one in demo.targets.values()
        if demo.verdicts[one.target_id] in DECIDED and one.rule != "reported"
    ]


def filters_of(value):
    """Every filter that a rule asks for, however deep it stands."""
    if isinstance(value, FacilityFilter):
        return [value]
    if isinstance(value, tuple):
        return [found for one in value for found in filters_of(one)]
    if hasattr(value, "__dataclass_fields__"):
        return [found for one in fields(value) for found in filters_of(getattr(value, one.name))]
    return []


def with_facilities(demo, facilities):
    """The same county with other lists of facilities."""
    given = demo.study
    layers = replace(given.layers, facilities=facilities)
    assessment = replace(given.assessment, layers=layers)
    trips = StudyTrips(layers, given.trips.modes, assessment.uncertainty)
    return target_study(assessment, trips=trips, kinds=KINDS, choices=given.choices)


def test_every_rule_is_decided_at_least_once(demo):
    rules = {demo.targets[one].rule for one, verdict in demo.verdicts.items() if verdict in DECIDED}
    assert rules == set(RULES)


def test_there_are_targets_met_and_not_met(demo):
    assert set(demo.verdicts.values()) >= {"达标", "未达标", "未设目标", LACKS}


def test_what_nobody_filled_in_is_left_undecided(demo):
    for target_id, word in {
        "jinan-2022/pharmacists-per-1000": "药师（士）未填",
        "jinan-2022/hospital-public-health-committee": "公共卫生工作管理委员会未填",
        "jinan-2022/county-cancer-centre": "数据里没有任何“县级癌症中心”",
    }.items():
        assert demo.verdicts[target_id] == LACKS
        assert word in demo.missing[target_id]


def test_none_is_decided_without_its_lists(demo):
    targets = [one for one in decided(demo) if one.rule != "territory_assignment"]
    assert len(targets) > 40
    complete = demo.study.choices.complete_kinds
    for target in targets:
        kinds = {kind for one in filters_of(target.ask) for kind in one.kinds} - complete
        facilities = demo.study.layers.facilities
        study = with_facilities(demo, facilities[~facilities["kind"].isin(kinds)])
        assert judged(study, [target])[target.target_id][0] == LACKS, target.target_id


def test_none_is_decided_without_the_features_it_asks_for(demo):
    facilities = demo.study.layers.facilities.drop(columns=["features", "ownership"])
    study = with_facilities(demo, facilities)
    asking = [
        one
        for one in decided(demo)
        if any(each.features or each.ownership for each in filters_of(one.ask))
    ]
    assert len(asking) > 20
    found = judged(study, asking)
    assert {one: verdict for one, (verdict, _) in found.items() if verdict != LACKS} == {}


def test_none_is_decided_without_the_numbers_it_sums(demo):
    summing = [
        one
        for one in decided(demo)
        if one.rule in ("capacity_per_population", "area_per_population", "capacity_share")
    ]
    assert len(summing) > 15
    for target in summing:
        name = getattr(target.ask, "quantity", None) or target.ask.having_quantity
        facilities = demo.study.layers.facilities.assign(**{name: np.nan})
        study = with_facilities(demo, facilities)
        assert judged(study, [target])[target.target_id][0] == LACKS, target.target_id


def test_without_the_planners_choices_open_targets_stay_open(demo):
    nothing = type(demo.study.choices)()
    study = replace(demo.study, choices=nothing, area_level=None)
    set_here = [*demo.study.choices.values, *demo.study.choices.reported]
    found = judged(study, [demo.targets[one] for one in set_here])
    assert {verdict for verdict, _ in found.values()} <= {"未设目标", LACKS}

"""What the sites of a set add, held against the table of an answer that opens the same ones."""

from __future__ import annotations

import pandas as pd
import pytest

from coverage.candidates import village_candidates
from coverage.error_band import DEFAULT_UNCERTAINTY
from coverage.studies.siting_steps import chosen_steps
from coverage.studies.study_sites import SitingQuestion, answer_siting, siting_ground
from coverage.studies.study_trips import StudyTrips
from tests.test_assessment import CIRCLE, MODES, county


@pytest.fixture(scope="module")
def ground():
    layers = county()
    candidates = village_candidates(layers.demand[layers.demand["zone_id"].notna()]).candidates
    trips = StudyTrips(layers, MODES, DEFAULT_UNCERTAINTY)
    return siting_ground(trips, CIRCLE, CIRCLE.readings[0], candidates=candidates)


@pytest.mark.parametrize("existing", ["locked", "closable", "ignored"])
def test_the_steps_are_those_of_an_answer(ground, existing):
    question = SitingQuestion(model="maximal_covering", sites=2, existing=existing)
    answer = answer_siting(ground, question)
    steps = chosen_steps(ground, question, answer.result.selected)
    table = answer.sites[answer.sites["state"] != "kept"]
    assert len(steps) > 0
    for name in ("state", "adds_people", "adds_villages"):
        assert dict(steps[name]) == dict(table[name])
    assert list(steps.index) == list(table.index)


def test_by_hand(ground):
    """The clinic that stands reaches 300 of 600; the third village has the other 300."""
    question = SitingQuestion(model="maximal_covering", sites=1)
    (stands,) = ground.existing
    (third,) = (name for name in ground.candidates if name.endswith("v3"))
    opened = chosen_steps(ground, question, (stands, third))
    assert opened.to_dict("index") == {
        third: {"state": "new", "adds_people": 300.0, "adds_villages": 1.0}
    }
    shut = chosen_steps(ground, question, (third,))
    assert shut.loc[stands].tolist() == ["closed", 0.0, 0.0], "the new one reaches all three"
    shut = chosen_steps(ground, question, ())
    assert shut.loc[stands].tolist() == ["closed", -300.0, -2.0]
    nothing = chosen_steps(ground, question, (stands,))
    assert nothing.empty
    assert isinstance(nothing, pd.DataFrame)

"""What a visitor has chosen, in a plain mapping."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from coverage.errors import ProjectError
from tests.hand_made import assessment
from views import state
from views.live_map import on_map_event

RESULT = assessment()


def test_the_first_standard_and_reading_are_chosen_at_first() -> None:
    standard, reading = state.chosen({}, RESULT)
    assert (standard.standard_id, reading.reading_id) == ("circle", "circle")


def test_each_standard_keeps_its_reading() -> None:
    kept: dict[str, Any] = {}
    state.choose_standard(kept, "circle")
    state.choose_reading(kept, "circle", "circle_line")
    state.choose_reading(kept, "other", "something")
    assert state.chosen(kept, RESULT)[1].reading_id == "circle_line"


def test_choices_of_another_project_do_no_harm() -> None:
    kept = {state.STANDARD: "gone", state.READING_OF: {"circle": "gone"}}
    standard, reading = state.chosen(kept, RESULT)
    assert (standard.standard_id, reading.reading_id) == ("circle", "circle")


def test_a_project_is_read_once_and_another_one_drops_the_choices() -> None:
    read: list[Path] = []
    kept: dict[str, Any] = {}

    def reader(folder: Path) -> str:
        read.append(folder)
        return folder.name

    assert state.opened(kept, Path("a"), read=reader) == "a"
    state.choose_standard(kept, "circle")
    assert state.opened(kept, Path("a"), read=reader) == "a"
    assert kept[state.STANDARD] == "circle"
    assert state.opened(kept, Path("b"), read=reader) == "b"
    assert state.STANDARD not in kept
    state.close(kept)
    assert state.opened(kept, Path("b"), read=reader) == "b"
    assert read == [Path("a"), Path("b"), Path("b")]


def test_a_project_that_failed_is_read_again() -> None:
    kept: dict[str, Any] = {}

    def broken(_: Path) -> str:
        msg = "坏了"
        raise ProjectError(msg)

    with pytest.raises(ProjectError):
        state.opened(kept, Path("a"), read=broken)
    assert state.opened(kept, Path("a"), read=str) == "a"


def test_a_click_on_a_village_or_a_facility_is_told_apart() -> None:
    click = {"type": "feature", "layer": "covered", "id": "d1", "lat": 36.0, "lon": 117.0}
    kept = {state.MAP: on_map_event({}, click)}
    assert state.selected_village(kept, RESULT) == "d1"
    assert state.selected_facility(kept, RESULT) is None
    click |= {"layer": "facility:village_clinic", "id": "f1"}
    kept = {state.MAP: on_map_event({}, click)}
    assert state.selected_village(kept, RESULT) is None
    assert state.selected_facility(kept, RESULT) == "f1"


@pytest.mark.parametrize("layer", ["gaps", "facility:village_clinic", "zones"])
def test_a_click_on_something_unknown_selects_nothing(layer: str) -> None:
    kept = {state.MAP: {"selected": {"layer": layer, "id": "gone"}}}
    assert state.selected_village(kept, RESULT) is None
    assert state.selected_facility(kept, RESULT) is None


def test_a_village_from_the_list_is_selected_like_a_click() -> None:
    kept: dict[str, Any] = {state.MAP: {"selected": None, "point": {"lat": 1.0, "lon": 2.0}}}
    state.select_village(kept, "d2")
    assert state.selected_village(kept, RESULT) == "d2"
    assert state.map_state(kept)["point"] is None
    state.select_village(kept, None)
    assert state.selected_village(kept, RESULT) is None

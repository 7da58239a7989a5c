"""What a visitor has chosen: project, standard, reading and village, in plain mappings.

Pages hold it in `st.session_state`; everything here takes and changes an ordinary mapping, so that
it can be tested without a page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

from views.what_if import WHAT_IF

if TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping
    from pathlib import Path

    from coverage.standards import Reading, Standard
    from coverage.studies.study import Assessment
    from views.cache import Opened

    State = MutableMapping[str, Any]

T = TypeVar("T")

FOLDER: Final = "opened_folder"
OPENED: Final = "opened"
STANDARD: Final = "standard_id"
READING_OF: Final = "reading_of"
MAP: Final = "map"
SHOWN: Final = "shown"

PENDING: Final = "corrections_pending"
"""Whether corrections were recorded that the open project does not know of yet."""

SETTLEMENT_LAYERS: Final = ("gaps", "covered", "not_counted", "uncertain", "disputed")
"""Map layers whose features are villages."""

FACILITY_LAYER: Final = "facility:"
"""Begins the id of a map layer whose features are facilities."""


def opened(state: State, folder: Path, *, read: Callable[[Path], T]) -> T:
    """
    The project of a folder, read when the visitor comes to it and kept while they stay.

    Its files are not looked at again on every click: opening it anew, or loading the page
    again, shows what changed in them.

    Parameters
    ----------
    state
        Choices kept so far; those of another project are dropped.
    folder
        Where its `project.toml` is.
    read
        Reads and assesses a project.

    Returns
    -------
    opened
        What `read` gave.
    """
    if state.get(FOLDER) != folder:
        close(state)
        state[OPENED] = read(folder)
        state[FOLDER] = folder
    return state[OPENED]


def close(state: State) -> None:
    """Drop the project and every choice that belongs to it; the next run reads it anew."""
    for key in (FOLDER, OPENED, STANDARD, READING_OF, MAP, SHOWN, WHAT_IF, PENDING):
        state.pop(key, None)


def corrected(state: State) -> None:
    """Keep in mind that a correction was recorded: the project must be read anew before use."""
    state[PENDING] = True


def is_pending(state: State) -> bool:
    """Whether corrections were recorded that the open project does not know of yet."""
    return bool(state.get(PENDING))


def show(state: State, base: object, shown: object) -> None:
    """Keep what the pages show: the project as it is, and as a visitor tries it."""
    state[SHOWN] = (base, shown)


def shown(state: State) -> Opened:
    """What the pages show: the project with what is tried."""
    return shown_both(state)[1]


def shown_both(state: State) -> tuple[Opened, Opened]:
    """The project as it is, and with what is tried; the same twice where nothing is."""
    both: tuple[Opened, Opened] = state[SHOWN]
    return both


def choose_standard(state: State, standard_id: str) -> None:
    """Keep which standard is looked at; each standard keeps its own reading."""
    state[STANDARD] = standard_id


def choose_reading(state: State, standard_id: str, reading_id: str) -> None:
    """Keep by which reading a standard is looked at."""
    state[READING_OF] = {**state.get(READING_OF, {}), standard_id: reading_id}


def chosen(state: State, assessment: Assessment) -> tuple[Standard, Reading]:
    """
    The standard and reading looked at; the first of each where nothing valid was chosen.

    Parameters
    ----------
    state
        Choices kept so far.
    assessment
        Result with at least one standard.

    Returns
    -------
    standard, reading
        Of the assessment.
    """
    standards = {standard.standard_id: standard for standard in assessment.standards}
    standard = standards.get(state.get(STANDARD, ""), assessment.standards[0])
    readings = {reading.reading_id: reading for reading in standard.readings}
    wanted = state.get(READING_OF, {}).get(standard.standard_id, "")
    return standard, readings.get(wanted, standard.readings[0])


def map_state(state: State) -> dict[str, Any]:
    """What `views.live_map.on_map_event` keeps: "selected" and "point"."""
    return dict(state.get(MAP, {}))


def select_village(state: State, demand_id: str | None) -> None:
    """Keep a village chosen from the list as if it had been clicked on the map."""
    selected = None if demand_id is None else {"layer": SETTLEMENT_LAYERS[0], "id": demand_id}
    state[MAP] = {**map_state(state), "selected": selected, "point": None}


def selected_village(state: State, assessment: Assessment) -> str | None:
    """The id of the village that is looked at, or None."""
    selected = map_state(state).get("selected") or {}
    known = selected.get("id") in assessment.demand.index
    return selected["id"] if known and selected.get("layer") in SETTLEMENT_LAYERS else None


def selected_facility(state: State, assessment: Assessment) -> str | None:
    """The id of the facility that is looked at, or None."""
    selected = map_state(state).get("selected") or {}
    is_facility = str(selected.get("layer", "")).startswith(FACILITY_LAYER)
    return selected["id"] if is_facility and selected["id"] in assessment.facilities.index else None

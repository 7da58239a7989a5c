"""What is computed once per project and kept: the assessment and the descriptions of its maps.

Keyed by the SHA-256 of every input file, the catalogues and the software's version. Frames are
never hashed by Streamlit: from 50,000 rows on it hashes a sample and serves stale results.
"""

from __future__ import annotations

import glob
import hashlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import streamlit as st

from coverage.assessment import assess
from coverage.changes.road_changes import apply_road_changes
from coverage.changes.road_trial import on_changed_roads, trial_label
from coverage.impedance import network_for_mode
from coverage.scenario import apply_scenario
from coverage.studies.comparison import compare
from coverage.studies.study_measures import study_measures, travel_time_curves
from layers.intake import ground_of
from layers.loading import load
from layers.project import (
    chosen_modes,
    chosen_standards,
    chosen_uncertainty,
    load_project,
)
from layers.quality import Ledger
from layers.source_cards import credits_of, read_source_cards
from layers.standards import (
    DATA_FOLDER,
    KINDS_FILE,
    STANDARDS_FOLDER,
    load_kinds,
    load_modes,
    load_standards,
)
from reports.assets import install_assets
from reports.manifest import software_version
from reports.map_description import describe_ground, describe_reading
from reports.map_layers import FACILITIES
from views.what_if import NOTHING, WhatIf

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from coverage.changes.road_change import ChangedRoads
    from coverage.impedance import TravelMode
    from coverage.network import RoadNetwork
    from coverage.standards import FacilityKind, Reading, Standard
    from coverage.studies.comparison import Comparison
    from coverage.studies.study import Assessment
    from coverage.studies.study_measures import StudyMeasures
    from layers.intake import Ground
    from layers.project import Project
    from layers.source_cards import SourceCard
    from reports.map_description import GroundMap, ReadingMap

KEPT_PROJECTS: Final = 4
"""Projects kept in memory; the one not looked at for longest goes first."""

KEPT_READINGS: Final = 60

KEPT_NETWORKS: Final = 8

KEPT_TRIALS: Final = 6
"""Results of what visitors try; each is as large as a project's own."""


@dataclass(frozen=True, eq=False)
class Opened:
    """
    A project that was read and assessed; shared by all sessions, so nothing in it may change.

    Parameters
    ----------
    fingerprint
        SHA-256 of all that the result depends on.
    project
        Its settings.
    kinds, modes
        The catalogues it was assessed with.
    cards
        Where its files come from.
    assessment
        The result, without the service area of each single facility.
    ledger
        What was wrong with its files.
    what_if
        What a visitor tries on it.
    changed
        The roads with what is tried on them; None where nothing is tried.
    """

    fingerprint: str
    project: Project
    kinds: Mapping[str, FacilityKind]
    modes: Mapping[str, TravelMode]
    cards: Sequence[SourceCard]
    assessment: Assessment
    ledger: Ledger = field(default_factory=Ledger)
    what_if: WhatIf = NOTHING
    changed: ChangedRoads | None = None

    @property
    def attribution(self) -> tuple[str, ...]:
        """Credits from the source cards."""
        return credits_of(self.project, self.cards)


def open_project(folder: Path) -> Opened:
    """
    Read and assess a project, or take what is kept if nothing has changed since.

    Parameters
    ----------
    folder
        A folder with `project.toml`, or a project file.

    Returns
    -------
    opened
        The project with its result.

    Raises
    ------
    PlannerError
        Whatever is wrong with the project or its files.
    """
    project = load_project(folder)
    return _opened(fingerprint(project), _project=project)


def fingerprint(project: Project) -> str:
    """
    SHA-256 over the project's files, the catalogues and the software's version.

    A file that is not there counts as such: reading it will say so in a sentence. Plans and what
    the planner decides about their targets change no assessment and are not in it.

    Parameters
    ----------
    project
        A checked project file.
    """
    settings = project.settings.project
    corrections, decided = project.path(settings.corrections), set(project.target_files())
    tables = (DATA_FOLDER / name for name in ("facilities", "intake"))
    catalogues = [
        KINDS_FILE,
        *sorted(STANDARDS_FOLDER.glob("*.toml")),
        *(file for folder in tables for file in sorted(folder.glob("*.csv"))),
    ]
    inputs = (file for file in project.input_files() if file not in decided)
    files = [*inputs, corrections, *catalogues]
    digest = hashlib.sha256(software_version().encode())
    for file in [part for given in files for part in with_companions(given)]:
        content = b"missing"
        if file.is_file():
            with file.open("rb") as handle:
                content = hashlib.file_digest(handle, "sha256").digest()
        digest.update(hashlib.sha256(str(file).encode("utf-8", "replace")).digest() + content)
    return digest.hexdigest()


def with_companions(file: Path) -> list[Path]:
    """
    A file and those of the same stem beside it: the parts of a shapefile, the log of a GeoPackage.

    Parameters
    ----------
    file
        Any path; one that is not there stands alone.
    """
    # The index of the log changes on reading.
    beside = [
        part
        for part in sorted(file.parent.glob(f"{glob.escape(file.stem)}.*"))
        if part.is_file() and not part.name.endswith("-shm")
    ]
    return list(dict.fromkeys([file, *beside]))


@st.cache_resource(max_entries=KEPT_PROJECTS, show_spinner=False)
def _opened(fingerprint: str, *, _project: Project) -> Opened:
    kinds, modes = load_kinds(), chosen_modes(_project, load_modes())
    standards = chosen_standards(_project, load_standards())
    loaded = load(_project, standards=standards, modes=modes, kinds=kinds)
    assessment = assess(
        loaded.layers,
        standards=standards,
        modes=modes,
        uncertainty=chosen_uncertainty(_project),
        with_service_areas=False,
    )
    cards = read_source_cards(_project.input_files())
    return Opened(fingerprint, _project, kinds, modes, cards, assessment, loaded.ledger)


def tried(opened: Opened, changes: WhatIf) -> Opened:
    """
    The project with changes that a visitor tries, assessed anew or taken from what is kept.

    Parameters
    ----------
    opened
        The project as it is.
    changes
        Other speeds, other roads, a scenario.

    Returns
    -------
    tried
        Its own fingerprint; the project itself where nothing is tried.

    Raises
    ------
    PlannerError
        If a change cannot be applied.
    """
    if changes.is_empty:
        return opened
    key = hashlib.sha256(f"{opened.fingerprint} {changes.key}".encode()).hexdigest()
    return _tried(key, _opened=opened, _changes=changes)


@st.cache_resource(max_entries=KEPT_TRIALS, show_spinner=False)
def _tried(fingerprint: str, *, _opened: Opened, _changes: WhatIf) -> Opened:
    given = _opened.assessment
    modes = {**_opened.modes, **_changes.modes}
    layers, changed = on_changed_roads(given.layers, _changes.road_changes, modes)
    if _changes.scenario is not None:
        done = apply_scenario(layers, _changes.scenario, kinds=_opened.kinds, modes=modes)
        layers = done.layers
    if _changes.modes or _changes.scenario is not None:
        layers = replace(layers, label=trial_label(given.layers.label, _changes.summary))
    assessment = assess(
        layers,
        standards=given.standards,
        modes=modes,
        uncertainty=given.uncertainty,
        with_service_areas=False,
    )
    return replace(
        _opened,
        fingerprint=fingerprint,
        modes=modes,
        assessment=assessment,
        what_if=_changes,
        changed=changed,
    )


def changed_roads(opened: Opened) -> ChangedRoads:
    """The roads of a project with what is tried on them; with nothing, as they are."""
    return opened.changed or apply_road_changes(opened.assessment.layers.roads, ())


def network_of(opened: Opened, mode_id: str) -> RoadNetwork:
    """The roads of one single mode of a project, for drawing a route."""
    return _network(opened.fingerprint, mode_id, _opened=opened)


@st.cache_resource(max_entries=KEPT_NETWORKS, show_spinner=False)
def _network(fingerprint: str, mode_id: str, *, _opened: Opened) -> RoadNetwork:  # noqa: ARG001 - the key
    return network_for_mode(_opened.assessment.layers.roads, _opened.modes[mode_id])


def compared(before: Opened, after: Opened) -> Comparison:
    """What changes from one result to another, worked out once."""
    return _compared(f"{before.fingerprint} {after.fingerprint}", _before=before, _after=after)


@st.cache_resource(max_entries=KEPT_TRIALS, show_spinner=False)
def _compared(key: str, *, _before: Opened, _after: Opened) -> Comparison:  # noqa: ARG001 - the key
    return compare(_before.assessment, _after.assessment)


def reading_measures(opened: Opened, reading: Reading) -> StudyMeasures:
    """Minutes, choice and capacity of one reading by group and zone, worked out once."""
    return _measures(opened.fingerprint, reading.reading_id, _opened=opened)


@st.cache_resource(max_entries=KEPT_READINGS, show_spinner=False)
def _measures(fingerprint: str, reading_id: str, *, _opened: Opened) -> StudyMeasures:  # noqa: ARG001
    return study_measures(_opened.assessment, modes=_opened.modes, reading_ids=[reading_id])


def reading_curves(
    opened: Opened, standard: Standard, reading: Reading, *, cutoffs: Sequence[float]
) -> pd.DataFrame:
    """Cumulative curves of one reading by group and zone, worked out once."""
    key = (opened.fingerprint, reading.reading_id, tuple(cutoffs))
    return _curves(key, _opened=opened, _standard=standard, _reading=reading)


@st.cache_resource(max_entries=KEPT_READINGS, show_spinner=False)
def _curves(
    key: tuple[str, str, tuple[float, ...]],
    *,
    _opened: Opened,
    _standard: Standard,
    _reading: Reading,
) -> pd.DataFrame:
    return travel_time_curves(_opened.assessment, _standard, _reading, cutoffs=key[-1])


def assessed_in_full(opened: Opened) -> Assessment:
    """The result with the service area of each single facility, which takes longer."""
    given = opened.assessment
    return assess(
        given.layers,
        standards=given.standards,
        modes=opened.modes,
        uncertainty=given.uncertainty,
    )


def ground_map(opened: Opened) -> GroundMap:
    """Boundaries, roads and facilities of a project, described once."""
    return _ground(opened.fingerprint, _opened=opened)


@st.cache_resource(max_entries=KEPT_PROJECTS, show_spinner=False)
def _ground(fingerprint: str, *, _opened: Opened) -> GroundMap:  # noqa: ARG001 - the key
    return describe_ground(_opened.assessment, kinds=_opened.kinds, attribution=_opened.attribution)


def ground_of_project(opened: Opened) -> Ground:
    """What a new list is checked against, made ready once per project."""
    return _intake_ground(opened.fingerprint, _opened=opened)


@st.cache_resource(max_entries=KEPT_PROJECTS, show_spinner=False)
def _intake_ground(fingerprint: str, *, _opened: Opened) -> Ground:  # noqa: ARG001 - the key
    return ground_of(_opened.assessment.layers, kinds=_opened.kinds, project=_opened.project)


def bare_ground_map(opened: Opened) -> GroundMap:
    """The ground without facilities and legend: what is drawn on it is what is looked at."""
    return _bare_ground(opened.fingerprint, _opened=opened)


@st.cache_resource(max_entries=KEPT_PROJECTS, show_spinner=False)
def _bare_ground(fingerprint: str, *, _opened: Opened) -> GroundMap:  # noqa: ARG001 - the key
    whole = ground_map(_opened)
    kept = (one for one in whole.layers if one.group != FACILITIES)
    return replace(whole, layers=tuple(replace(one, group="") for one in kept))


def reading_map(opened: Opened, reading: Reading) -> ReadingMap:
    """Circles and villages by one reading, described once."""
    return _reading(opened.fingerprint, reading.reading_id, _opened=opened)


@st.cache_resource(max_entries=KEPT_READINGS, show_spinner=False)
def _reading(fingerprint: str, reading_id: str, *, _opened: Opened) -> ReadingMap:  # noqa: ARG001
    return describe_reading(_opened.assessment, kinds=_opened.kinds, reading_id=reading_id)


@st.cache_resource(show_spinner=False)
def assets_installed(static_folder: Path) -> bool:
    """Put Leaflet where Streamlit serves it, once per server."""
    install_assets(static_folder)
    return True

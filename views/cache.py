"""What is computed once per project and kept: the assessment and the descriptions of its maps.

Keyed by the SHA-256 of every input file, the catalogues and the software's version. Frames are
never hashed by Streamlit: from 50,000 rows on it hashes a sample and serves stale results.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import streamlit as st

from coverage.assessment import assess
from layers.loading import load_layers
from layers.project import chosen_modes, chosen_standards, load_project
from layers.source_cards import credits_of, read_source_cards
from layers.standards import (
    KINDS_FILE,
    STANDARDS_FOLDER,
    load_kinds,
    load_modes,
    load_standards,
)
from reports.assets import install_assets
from reports.manifest import software_version
from reports.map_description import describe_ground, describe_reading

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from coverage.impedance import TravelMode
    from coverage.standards import FacilityKind, Reading
    from coverage.study import Assessment
    from layers.project import Project
    from layers.source_cards import SourceCard
    from reports.map_description import GroundMap, ReadingMap

KEPT_PROJECTS: Final = 4
"""Projects kept in memory; the one not looked at for longest goes first."""

KEPT_READINGS: Final = 60


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
    """

    fingerprint: str
    project: Project
    kinds: Mapping[str, FacilityKind]
    modes: Mapping[str, TravelMode]
    cards: Sequence[SourceCard]
    assessment: Assessment

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

    A file that is not there counts as such: reading it will say so in a sentence.

    Parameters
    ----------
    project
        A checked project file.
    """
    files = [*project.input_files(), KINDS_FILE, *sorted(STANDARDS_FOLDER.glob("*.toml"))]
    digest = hashlib.sha256(software_version().encode())
    for file in files:
        content = b"missing"
        if file.is_file():
            with file.open("rb") as handle:
                content = hashlib.file_digest(handle, "sha256").digest()
        digest.update(hashlib.sha256(str(file).encode("utf-8", "replace")).digest() + content)
    return digest.hexdigest()


@st.cache_resource(max_entries=KEPT_PROJECTS, show_spinner=False)
def _opened(fingerprint: str, *, _project: Project) -> Opened:
    kinds, modes = load_kinds(), chosen_modes(_project, load_modes())
    standards = chosen_standards(_project, load_standards())
    layers = load_layers(_project, standards=standards, modes=modes, kinds=kinds)
    assessment = assess(layers, standards=standards, modes=modes, with_service_areas=False)
    cards = read_source_cards(_project.input_files())
    return Opened(fingerprint, _project, kinds, modes, cards, assessment)


def assessed_in_full(opened: Opened) -> Assessment:
    """The result with the service area of each single facility, which takes longer."""
    given = opened.assessment
    return assess(given.layers, standards=given.standards, modes=opened.modes)


def ground_map(opened: Opened) -> GroundMap:
    """Boundaries, roads and facilities of a project, described once."""
    return _ground(opened.fingerprint, _opened=opened)


@st.cache_resource(max_entries=KEPT_PROJECTS, show_spinner=False)
def _ground(fingerprint: str, *, _opened: Opened) -> GroundMap:  # noqa: ARG001 - the key
    return describe_ground(_opened.assessment, kinds=_opened.kinds, attribution=_opened.attribution)


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

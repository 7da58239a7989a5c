"""Everything that a report is written from; each writer is a pure function of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from layers.source_cards import credits_of
from reports.report_settings import ReportSettings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy.typing as npt

    from coverage.impedance import TravelMode
    from coverage.rules.target import Plan
    from coverage.scenario import Scenario, ScenarioComparison
    from coverage.standards import FacilityKind
    from coverage.studies.study import Assessment
    from coverage.studies.study_sites import SitingAnswer
    from coverage.targets import Judged, TargetStudy
    from layers.project import Project
    from layers.quality import Ledger
    from layers.source_cards import SourceCard
    from reports.input_files import SeenInputs


@dataclass(frozen=True, kw_only=True)
class SitingRequest:
    """
    A siting question in a report; the command `site` knows more of them.

    Parameters
    ----------
    model
        A key of `coverage.studies.study_sites.MODELS` that needs no costs and no second standard.
    standard, reading
        Ids or names; "" for the first.
    sites, share
        As in `coverage.studies.study_sites.SitingQuestion`; facilities that stand stay.
    seed
        Of the search.
    """

    model: str
    standard: str = ""
    reading: str = ""
    sites: int | None = None
    share: float = 1.0
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class ReportRequest:
    """
    What a planner asks a report to hold besides the assessment.

    Parameters
    ----------
    plans
        Ids of plans; empty for those in use where a year is given.
    year
        Year that targets are held against; None leaves targets out.
    interpolate
        Whether years between two of a plan's years have a target of their own.
    scenario
        Id or file of a scenario; "" for none.
    siting
        Siting question; None for none.
    """

    plans: tuple[str, ...] = ()
    year: int | None = None
    interpolate: bool = False
    scenario: str = ""
    siting: SitingRequest | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class ReportContent:
    """
    The bag from which every part of a report is written.

    Parameters
    ----------
    project
        The checked project file.
    kinds, modes
        Facility kinds and travel modes by id.
    cards
        Source cards of the input files.
    assessment
        The project as it is.
    ledger
        What was wrong with the project's files.
    study, judged, plans, year
        Targets held against a year; None and empty where none was asked for.
    scenario, after, comparison, judged_after
        A scenario, the assessment with it, the two side by side, and the targets with it; None
        where none was asked for.
    siting
        Answers to siting questions, without the seconds that they took (NaN); may be empty.
    settings
        How it is printed.
    request
        What was asked.
    inputs
        Every file that was read, as it was before it was read.
    around
        Shape (n,), boundaries among which the study area lies, in the CRS of the layers; empty
        where the project names none.
    """

    project: Project
    kinds: Mapping[str, FacilityKind]
    modes: Mapping[str, TravelMode]
    cards: tuple[SourceCard, ...]
    assessment: Assessment
    ledger: Ledger
    study: TargetStudy | None = None
    judged: Judged | None = None
    plans: tuple[Plan, ...] = ()
    year: int | None = None
    scenario: Scenario | None = None
    after: Assessment | None = None
    comparison: ScenarioComparison | None = None
    judged_after: Judged | None = None
    siting: tuple[SitingAnswer, ...] = ()
    settings: ReportSettings = field(default_factory=ReportSettings)
    request: ReportRequest = field(default_factory=ReportRequest)
    inputs: tuple[Path, ...] | SeenInputs = ()
    around: npt.NDArray[np.object_] = field(default_factory=lambda: np.zeros(0, dtype=object))

    @property
    def name(self) -> str:
        """Name of the project."""
        return self.project.name

    @property
    def label(self) -> str:
        """Sentence that must stand on every export (合成数据 …); "" if none."""
        return self.project.label

    @property
    def credits(self) -> tuple[str, ...]:
        """Whom to credit for the data."""
        return credits_of(self.project, self.cards)

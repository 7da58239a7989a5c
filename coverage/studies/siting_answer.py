"""What a siting question is answered with: the plan, what each site does, who is left and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from coverage.sites.result import SitingResult
    from coverage.studies.siting_ground import SitingGround
    from coverage.studies.siting_question import SitingQuestion


@dataclass(frozen=True, eq=False)
class StandardPart:
    """
    What a plan does for one of the standards that it was made for.

    Parameters
    ----------
    ground
        The standard, and what was asked on.
    sites
        `coverage.studies.siting_tables.site_table`; without rows where there is no answer.
    zones
        `zone_coverage`: before and after by township.
    assignment
        `assignment_table`.
    unservable
        `coverage.studies.siting_advice.unservable_points`.
    figures
        `people`, `villages` (that the standard is about), `unknown` (villages of unknown
        population), `standing_share` (with the facilities that stand, as the assessment has it),
        `covered_before`, `share_before`, `covered_after`, `share_after`, `villages_before`,
        `villages_after`, `added_people`, `added_villages`, `open`, `new`, `kept`, `closed`.
    """

    ground: SitingGround
    sites: gpd.GeoDataFrame
    zones: pd.DataFrame
    assignment: pd.DataFrame
    unservable: pd.DataFrame
    figures: dict[str, float]


@dataclass(frozen=True, eq=False)
class SitingAnswer(StandardPart):
    """
    The answer to a siting question, ready to be shown.

    Parameters
    ----------
    ground, sites, zones, assignment, unservable, figures
        As `StandardPart`, of the standard that was asked about first.
    question
        What was asked.
    result
        Of the model, with status, bound and gap.
    ties
        Other sets as good as the chosen one, each as the ids it has instead of which others:
        (`instead`, `of`).
    order
        For the order of building: one row per year; None otherwise.
    sentences
        Chinese, in the order in which they should be read.
    further
        Of standards covering: what the plan does for each standard beside the first.
    prices
        `coverage.siting.price_of_preferred`, where it was asked for (`priced`); None otherwise.
    """

    question: SitingQuestion
    result: SitingResult
    ties: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]
    order: pd.DataFrame | None
    sentences: tuple[str, ...]
    further: tuple[StandardPart, ...] = ()
    prices: pd.DataFrame | None = None

    @property
    def parts(self) -> tuple[StandardPart, ...]:
        """What the plan does for every standard, the one asked about first in front."""
        return (self, *self.further)

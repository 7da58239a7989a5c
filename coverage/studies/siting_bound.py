"""How far sites are looked for: once for the page, the command and the report."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from coverage.studies.siting_question import EVERYWHERE
from coverage.studies.study import counted_facilities

if TYPE_CHECKING:
    from collections.abc import Sized

    from coverage.standards import Reading, Standard
    from coverage.studies.siting_matrix import Role
    from coverage.studies.siting_question import Model
    from coverage.studies.study_trips import StudyTrips

MOST_PAIRS: Final = 4_000_000
"""Pairs up to which every site is asked about for every demand point, however far."""

FARTHER: Final = 4.0
"""Above that, models that serve everybody see sites up to so many times the cutoff."""


def far_bound(reading: Reading, *, demand: int, sites: int) -> float:
    """
    How far sites are looked for by the models that serve everybody (p-median, p-center …).

    Parameters
    ----------
    reading
        What is measured.
    demand, sites
        How many there are: up to `MOST_PAIRS` pairs all of them are taken.

    Returns
    -------
    bound
        `inf`, or `FARTHER` times the cutoff.
    """
    return math.inf if demand * sites <= MOST_PAIRS else FARTHER * reading.cutoff


def search_bound(
    trips: StudyTrips,
    standard: Standard,
    reading: Reading,
    *,
    model: Model,
    candidates: Sized,
    role: Role = "facilities",
) -> float | None:
    """
    How far sites are looked for by a model: the one count of sites that all who ask share.

    Parameters
    ----------
    trips, standard, reading, candidates, role
        As `siting_ground` takes them; the facilities that count are sites, too.
    model
        One of `coverage.studies.siting_question.MODELS`.

    Returns
    -------
    bound
        For `siting_ground`: `far_bound` for the models in `EVERYWHERE`, else None.
    """
    if model not in EVERYWHERE:
        return None
    kinds = reading.station_kinds if role == "stations" else standard.kinds
    stand = counted_facilities(trips.layers, standard, kinds)
    return far_bound(reading, demand=len(trips.layers.demand), sites=len(candidates) + len(stand))

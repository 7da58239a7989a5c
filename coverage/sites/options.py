"""How a siting question is solved, beside what is asked: which sites may be used, how long."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

Progress = Callable[[float, float, float], bool]
"""
Called with (seconds since the start, bound, best objective so far), both in the unit of the
objective, NaN where there is none yet. It is called from the thread that solves, many times a
second, so it should return at once; True asks for an early end, which gives the best found.
"""


@dataclass(frozen=True, kw_only=True)
class SitingOptions:
    """
    Which candidates may be used, and how long the solver may take.

    Parameters
    ----------
    candidates
        Ids of candidates that may reach nobody and so have no row in the matrix. Those of the
        matrix count always.
    forbidden
        Candidates that may not be chosen (existing sites to be ignored among them).
    closable
        Existing sites that may close. They are candidates like any other, but of equally good
        answers the one that keeps most of them is taken.
    preferred
        Candidates wanted for another reason, such as 毗邻养老设施: of equally good answers the
        one with most of them is taken. The objective is never given up for it.
    time_limit_s
        Seconds after which the best found is returned with its gap.
    gap
        Relative gap at which the search may stop; 0 asks for a proof.
    seed
        Of the solver and of the search for a good start.
    ties
        How many equally good answers to list at most, the chosen one among them; 0 and 1 list
        none beside it.
    threads
        Of the solver; 0 leaves it to the solver.
    progress
        See `Progress`.
    """

    candidates: Collection[str] = field(default=())
    forbidden: Collection[str] = field(default=())
    closable: Collection[str] = field(default=())
    preferred: Collection[str] = field(default=())
    time_limit_s: float = math.inf
    gap: float = 0.0
    seed: int = 0
    ties: int = 0
    threads: int = 0
    progress: Progress | None = None


DEFAULT = SitingOptions()
"""No site forbidden, no time limit, a proof asked for."""

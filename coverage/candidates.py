"""
Where new facilities might stand: candidates, what rules them out, how well each suits.

Pure. Candidates are points in the CRS of the layers, indexed by `candidate_id` (contract
`CANDIDATES`). Nothing is lost in silence: rows in = candidates + left out, each with its reason.
"""

from __future__ import annotations

from coverage.candidate_contracts import CANDIDATES, LEFT_OUT, ORIGINS, SUITABILITY
from coverage.candidate_sites.candidate_set import (
    MERGE_M,
    CandidateSet,
    combined,
    spaced,
    with_scores,
    within_area,
)
from coverage.candidate_sites.costs import SitingCosts
from coverage.candidate_sites.exclusion import Exclusion, exclude
from coverage.candidate_sites.grid_points import (
    LEAST_SPACING_M,
    SETTLEMENT_RADIUS_M,
    grid_candidates,
)
from coverage.candidate_sites.junctions import junction_candidates, thinned_junctions
from coverage.candidate_sites.listed import (
    drawn_candidates,
    facility_candidates,
    file_candidates,
    village_candidates,
)
from coverage.candidate_sites.suitability import (
    Criterion,
    Suitability,
    preferred_candidates,
    suitability,
    suitable,
)

__all__ = [
    "CANDIDATES",
    "LEAST_SPACING_M",
    "LEFT_OUT",
    "MERGE_M",
    "ORIGINS",
    "SETTLEMENT_RADIUS_M",
    "SUITABILITY",
    "CandidateSet",
    "Criterion",
    "Exclusion",
    "SitingCosts",
    "Suitability",
    "combined",
    "drawn_candidates",
    "exclude",
    "facility_candidates",
    "file_candidates",
    "grid_candidates",
    "junction_candidates",
    "preferred_candidates",
    "spaced",
    "suitability",
    "suitable",
    "thinned_junctions",
    "village_candidates",
    "with_scores",
    "within_area",
]

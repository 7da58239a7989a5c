"""
Where the next facilities go: covering, median and capacity models, exact, with bound and proof.

Pure. The travel matrix `from_id, to_id, cost` is all that is known of roads. Every answer states
its model, status, bound, gap, seconds and seed; what ended early is never called optimal, and
equally good answers are listed on request. How they are found stands in `coverage.sites`.
"""

from __future__ import annotations

from coverage.sites.capacity_models import (
    budget_covering,
    capacitated_covering,
    capacitated_facility_location,
)
from coverage.sites.covering_models import location_set_covering, maximal_covering
from coverage.sites.floors import Standard, backup_covering, equity_floor, standards_covering
from coverage.sites.median_models import p_center, p_median
from coverage.sites.options import SitingOptions
from coverage.sites.planning import building_order, closing, coverage_curve, price_of_preferred
from coverage.sites.result import SitingResult

__all__ = [
    "SitingOptions",
    "SitingResult",
    "Standard",
    "backup_covering",
    "budget_covering",
    "building_order",
    "capacitated_covering",
    "capacitated_facility_location",
    "closing",
    "coverage_curve",
    "equity_floor",
    "location_set_covering",
    "maximal_covering",
    "p_center",
    "p_median",
    "price_of_preferred",
    "standards_covering",
]

"""What a new facility costs, as far as the planner says."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class SitingCosts:
    """
    Costs of building, 万元.

    Parameters
    ----------
    fixed
        Code of a kind of facility -> cost of one, without its beds.
    per_bed
        Code of a kind -> cost of each bed.
    source
        Where the numbers come from, in Chinese; "" where there are none.
    """

    fixed: Mapping[str, float] = field(default_factory=dict)
    per_bed: Mapping[str, float] = field(default_factory=dict)
    source: str = ""

    def of(self, kind: str, *, beds: float = 0.0) -> float | None:
        """
        Cost of one new facility, 万元; None where it is not known.

        Parameters
        ----------
        kind
            Its code.
        beds
            How many it has; without any no cost per bed is needed.

        Examples
        --------
        >>> costs = SitingCosts({"county_hospital": 5000.0}, {"county_hospital": 40.0}, "县卫健局")
        >>> costs.of("county_hospital", beds=10), costs.of("nursery")
        (5400.0, None)
        """
        if kind not in self.fixed or (beds and kind not in self.per_bed):
            return None
        return self.fixed[kind] + beds * self.per_bed.get(kind, 0.0)

"""What an evaluator answers: an item for everything counted, with what is not known of it.

An item adds `part` to the numerator and `whole` to the denominator. Where something is not known
of it, two pairs bound it: `part_low`, `whole_low` make the value as low as it can be, `part_high`,
`whole_high` as high. Where both are alike the value is exact. Two recipes make such pairs:

- a rate (beds per person), where part and whole are independent: the smallest part goes with the
  largest whole, and the largest part with the smallest whole;
- a share, where the part is of the whole: what counts and the rest are bounded, and the smallest
  part goes with the largest rest (`share_items`), because a share grows with what counts and
  shrinks with the rest.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from coverage.rules.choices import ReportedFigure

    Numbers = npt.NDArray[np.floating[Any]]

BOUNDS: Final = ("part_low", "whole_low", "part_high", "whole_high")

ITEM_COLUMNS: Final = ("item_type", "item_id", "item_name", "zone_id", *BOUNDS, "reason")
"""`item_type` is "demand", "facility" or "zone"; `reason` says in Chinese why it fails or what is
not known of it, "" where it is as it should be."""


def no_items() -> pd.DataFrame:
    """Items of an answer that has none."""
    texts = ("item_type", "item_id", "item_name", "zone_id", "reason")
    columns: dict[str, pd.Series[str] | pd.Series[float]] = {
        name: pd.Series(dtype=object) if name in texts else pd.Series(dtype=float)
        for name in ITEM_COLUMNS
    }
    return pd.DataFrame(columns)


def no_waived() -> pd.DataFrame:
    """The table of waivers where there is none."""
    columns = ("item_id", "item_name", "zone_id", "reason")
    return pd.DataFrame({name: pd.Series(dtype=object) for name in columns})


@dataclass(frozen=True, eq=False)
class Answer:
    """
    What is known about a target in a study area, whatever the year.

    Parameters
    ----------
    items
        Columns `ITEM_COLUMNS`, one row per thing counted; no zone is null. A unit that is the study
        area itself has the zone "" and adds to the total alone.
    per
        The value is `per` times part over whole: 100 for percent, 1000 for "per 1000 persons".
    is_ratio
        Whether there is a whole; else the value is the sum of the parts.
    is_share
        Whether every item either counts or not (people, units, facilities), so that the items that
        do not are the failing ones.
    unit_type
        Type of the items that are units looked at; "" for all of them. Where other items only add
        to the denominator (the people that beds are for), they are no units.
    is_part
        Whether the part is of the whole, so that part over whole is 1 at most; true of any share.
    gap_is_whole
        Whether what is missing comes in whole pieces (beds, sites), not in square metres.
    recipe
        How the number came about, one Chinese sentence.
    missing
        What is lacking so that nothing can be said at all; one Chinese sentence each.
    notes
        What the planner must know beside the number.
    unmet
        Further demands of the clause that are not met ("中部没有"), whatever the number; they are
        what `extra_gap` counts.
    unsure
        Further demands of the clause of which nobody knows whether they are met, each of them one
        more that may be missing.
    extra_gap
        The gap is at least so much.
    waived
        Columns `item_id`, `item_name`, `zone_id`, `reason`: what the target does not count.
    value
        The value where it is no sum over items (a balance of territories); None otherwise.
    by_zone
        Whether zones have a value of their own.
    figures
        Figures that the planner typed in; with any, the year decides which one is the value.
    shown
        More columns by item for the eye, e.g. each part of a composite circle; indexed as `items`.
    """

    items: pd.DataFrame
    per: float = 1.0
    is_ratio: bool = True
    is_share: bool = False
    unit_type: str = ""
    is_part: bool = False
    gap_is_whole: bool = True
    recipe: str = ""
    missing: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    unmet: tuple[str, ...] = ()
    unsure: tuple[str, ...] = ()
    extra_gap: float = 0.0
    waived: pd.DataFrame = field(default_factory=no_waived)
    value: float | None = None
    by_zone: bool = True
    figures: tuple[ReportedFigure, ...] = ()
    shown: pd.DataFrame | None = None


def lacking(*sentences: str, recipe: str = "") -> Answer:
    """The answer where something is missing without which nothing can be said."""
    return Answer(no_items(), missing=sentences, recipe=recipe)


def exact_items(
    item_type: str,
    table: pd.DataFrame,
    *,
    names: pd.Series[str],
    part: pd.Series[float],
    whole: pd.Series[float],
    reason: pd.Series[str],
) -> pd.DataFrame:
    """
    Items of which everything is known.

    Parameters
    ----------
    item_type
        "demand", "facility" or "zone".
    table
        Shape (n, ...), indexed by the items' ids, with `zone_id`.
    names, part, whole, reason
        Shape (n,), indexed as `table`.
    """
    both: tuple[Numbers, Numbers] = (part.to_numpy(dtype=float), whole.to_numpy(dtype=float))
    return bounded_items(item_type, table, names=names, low=both, high=both, reason=list(reason))


def bounded_items(
    item_type: str,
    table: pd.DataFrame,
    *,
    names: pd.Series[str],
    low: tuple[Numbers, Numbers],
    high: tuple[Numbers, Numbers],
    reason: list[str],
) -> pd.DataFrame:
    """
    Items of which something may not be known.

    Parameters
    ----------
    item_type
        "demand", "facility" or "zone".
    table
        Shape (n, ...), indexed by the items' ids, with `zone_id`.
    names
        Shape (n,), in the order of `table`.
    low, high
        Part and whole, each of shape (n,), that make the value lowest and highest.
    reason
        n texts.
    """
    return pd.DataFrame(
        {
            "item_type": item_type,
            "item_id": table.index.astype(str),
            "item_name": names.to_numpy(),
            "zone_id": table["zone_id"].to_numpy(),
            "part_low": low[0],
            "whole_low": low[1],
            "part_high": high[0],
            "whole_high": high[1],
            "reason": reason,
        },
        columns=list(ITEM_COLUMNS),
    )


def share_items(
    item_type: str,
    table: pd.DataFrame,
    *,
    names: pd.Series[str],
    part: tuple[Numbers, Numbers],
    rest: tuple[Numbers, Numbers],
    reason: list[str],
) -> pd.DataFrame:
    """
    Items of a share: what counts and the rest of the whole lie between bounds.

    Parameters
    ----------
    item_type, table, names, reason
        As `bounded_items`.
    part, rest
        The smallest and the largest they can be, each of shape (n,); `np.inf` where nobody knows.

    Returns
    -------
    items
        Columns `ITEM_COLUMNS`.
    """
    return bounded_items(
        item_type,
        table,
        names=names,
        low=(part[0], part[0] + rest[1]),
        high=(part[1], part[1] + rest[0]),
        reason=reason,
    )

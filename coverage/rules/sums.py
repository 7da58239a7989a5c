"""Items added up by zone, and the lowest and the highest value that they allow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from coverage.rules.answer import BOUNDS
from coverage.rules.choices import WHOLE_AREA

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from coverage.rules.answer import Answer

COUNTS: Final = ("items", "failing", "unknown", "waived")


def is_open(items: pd.DataFrame) -> pd.Series[bool]:
    """Which items are not known in full."""
    return (items["part_low"] != items["part_high"]) | (items["whole_low"] != items["whole_high"])


def is_failing(items: pd.DataFrame) -> pd.Series[bool]:
    """
    Which items of a share surely do not count.

    A village out of reach fails even where nobody knows how many people live there.
    """
    out_of_reach = (items["part_high"] == 0) & items["whole_low"].eq(np.inf)
    short = ~is_open(items) & (items["part_low"] < items["whole_low"])
    return short | out_of_reach


def sums_by_zone(answer: Answer, zone_ids: Sequence[str]) -> pd.DataFrame:
    """
    The items of an answer summed for every zone and for the whole study area.

    Parameters
    ----------
    answer
        With its items and waivers; an item of zone "" is of the whole study area and of no zone.
        Where it has a `unit_type`, only items of that type are counted.
    zone_ids
        All zones; those without items have sums of 0.

    Returns
    -------
    sums
        Indexed by zone id, "" for the whole study area last; columns `BOUNDS`, and the counts
        `items`, `failing` (items of a share), `unknown` (not known in full, and not failing
        anyhow) and `waived`.

    Raises
    ------
    ValueError
        If an item has no zone, or a bound that is no number: an evaluator that leaves something
        unsaid must not be read as 0.
    """
    items = answer.items
    index = pd.Index([*zone_ids, WHOLE_AREA], dtype=object)
    if items.empty and answer.waived.empty:
        # Most targets of a plan are figures to be typed in.
        nothing = {**dict.fromkeys(BOUNDS, 0.0), **dict.fromkeys(COUNTS, 0)}
        return pd.DataFrame(nothing, index=index)
    bounds = items[list(BOUNDS)].to_numpy(dtype=float)
    # Not "< 0": a bound that is no number is not at least 0 either.
    if not (bounds >= 0).all():
        msg = "an item has a bound that is negative or no number"
        raise ValueError(msg)
    place, waived = (_places(table, index) for table in (items, answer.waived))
    never = np.zeros(len(items), dtype=bool)
    failing = is_failing(items).to_numpy() if answer.is_share else never
    is_unit = ~never
    if answer.unit_type:
        is_unit = (items["item_type"] == answer.unit_type).to_numpy()
    unknown = is_unit & is_open(items).to_numpy() & ~failing
    columns = {
        **{name: _by_place(place, bounds[:, at], len(index)) for at, name in enumerate(BOUNDS)},
        "items": _by_place(place, is_unit, len(index)),
        "failing": _by_place(place, failing, len(index)),
        "unknown": _by_place(place, unknown, len(index)),
        "waived": _by_place(waived, np.ones(len(waived)), len(index)),
    }
    return pd.DataFrame(columns, index=index).astype(dict.fromkeys(COUNTS, int))


def _places(table: pd.DataFrame, index: pd.Index) -> npt.NDArray[np.intp]:
    """Place of the zone of each row."""
    places = index.get_indexer(pd.Index(table["zone_id"], dtype=object))
    if (places < 0).any():
        msg = "an item is in no zone of the study area"
        raise ValueError(msg)
    return places


def _by_place(
    place: npt.NDArray[np.intp], values: npt.NDArray[np.floating | np.bool_], count: int
) -> npt.NDArray[np.float64]:
    """The sum of every zone; that of all rows in the last place, which is the whole area."""
    sums = np.bincount(place, weights=values, minlength=count).astype(float)
    sums[-1] = values.sum()
    return sums


def value_bounds(sums: pd.DataFrame, answer: Answer) -> pd.DataFrame:
    """
    The lowest and the highest value that the items allow.

    Parameters
    ----------
    sums
        From `sums_by_zone`.
    answer
        It says what the sums are of.

    Returns
    -------
    bounds
        Indexed as `sums`: `low`, `high`; NaN where there is nothing to divide by. Both alike where
        the value is certain.
    """
    if not answer.is_ratio:
        return pd.DataFrame(
            {"low": answer.per * sums["part_low"], "high": answer.per * sums["part_high"]}
        )
    low = _ratio(sums["part_low"].to_numpy(), sums["whole_low"].to_numpy())
    high = _ratio(sums["part_high"].to_numpy(), sums["whole_high"].to_numpy())
    # A whole that may be 0 leaves the value open both ways.
    no_low, no_high = np.isnan(low), np.isnan(high)
    low = np.where(no_low & ~no_high, 0.0, low)
    most = 1.0 if answer.is_share or answer.is_part else np.inf
    high = np.where(no_high & ~no_low, most, high)
    return pd.DataFrame({"low": answer.per * low, "high": answer.per * high}, index=sums.index)


def _ratio(
    part: npt.NDArray[np.float64], whole: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Part over whole; NaN over nothing."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(whole > 0, part / whole, np.nan)
    # Only the highest value of a share has both without bound: the more there are that count, the
    # nearer it comes to all of them.
    return np.where(np.isinf(part) & np.isinf(whole), 1.0, ratio)

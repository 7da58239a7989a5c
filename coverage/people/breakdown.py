"""Any measure told by group of people and by zone, with the people it could not weigh counted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, cast

import numpy as np
import pandas as pd

from coverage.people.weighted import matched

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    Measured = float | Mapping[str, float] | pd.Series | pd.DataFrame
    Measure = Callable[..., Measured]

WHOLE_AREA: Final = ""
"""`zone_id` of the row for the whole study area, as in the result tables."""


def by_zone(
    measure: Measure,
    values: pd.Series[float],
    *,
    weights: pd.Series[float],
    zones: pd.Series[str] | None = None,
) -> pd.DataFrame:
    """
    A measure of values and people, zone by zone and for the whole study area.

    Parameters
    ----------
    measure
        Called as `measure(values, weights=people)`, e.g. `coverage.people.inequality.gini`, or with
        further settings `functools.partial(weighted_quantiles, shares=(0.5, 0.9))`.
    values
        Shape (n,), one value per demand point, indexed by demand id.
    weights
        Shape (n,), persons of one group; NaN = unknown. Such points are left out of the
        measure and counted.
    zones
        Zone of each demand point; null = outside the study area, left out. When absent all
        points are inside and only the whole is told.

    Returns
    -------
    table
        For each zone, sorted, then for the whole study area with `zone_id` "": `zone_id`,
        `population` (persons known), `population_unknown` (demand points), and the measure: a
        number in column `value`; several numbers by name in a column each; a Series or table in
        as many rows as it has, its index first.

    Raises
    ------
    DemandError
        If a demand point has no row among weights or zones, or as the measure raises.

    Examples
    --------
    >>> from coverage.people.distribution import weighted_mean
    >>> minutes = pd.Series({"a": 5.0, "b": 10.0, "c": 30.0})
    >>> people = pd.Series({"a": 100, "b": 300, "c": None})
    >>> zones = pd.Series({"a": "甲镇", "b": "甲镇", "c": "乙镇"})
    >>> table = by_zone(weighted_mean, minutes, weights=people, zones=zones)
    >>> table[["zone_id", "population_unknown", "value"]].to_numpy().tolist()
    [['乙镇', 1, nan], ['甲镇', 0, 8.75], ['', 1, 8.75]]
    """
    people = matched(weights, values.index, "人口")
    is_known = people.notna().to_numpy()
    inside = np.ones(len(values), dtype=bool)
    parts: list[tuple[str, npt.NDArray[np.bool_]]] = []
    if zones is not None:
        zone = matched(zones, values.index, "所在单元")
        inside = zone.notna().to_numpy()
        names = sorted(zone[inside].unique())
        number = pd.Index(names).get_indexer(zone)
        parts = [(name, number == at) for at, name in enumerate(names)]
    parts.append((WHOLE_AREA, inside))
    results = []
    about = []
    for name, here in parts:
        known = here & is_known
        results.append(measure(values[known], weights=people[known]))
        count = int((here & ~is_known).sum())
        about += [(name, float(people[known].sum()), count)] * _rows(results[-1])
    # One table gets its heads once: zone by zone that would take longer than the measure.
    table = _as_table(results)
    for at, title in enumerate(("zone_id", "population", "population_unknown")):
        table.insert(at, title, [row[at] for row in about])
    return table


def by_group_and_zone(
    measure: Measure,
    values: pd.Series[float],
    *,
    groups: pd.DataFrame,
    zones: pd.Series[str] | None = None,
) -> pd.DataFrame:
    """
    As `by_zone`, for each group of people in turn.

    Parameters
    ----------
    measure, values, zones
        As `by_zone`.
    groups
        Shape (n, g), indexed by demand id; a column of persons per group: "population",
        "population_60plus", "population_0_3" … NaN = unknown.

    Returns
    -------
    table
        `group` (name of the column), then the columns of `by_zone`; in the order of `groups`.

    Raises
    ------
    DemandError
        As `by_zone`.
    """
    tables = []
    for group in groups.columns:
        table = by_zone(measure, values, weights=groups[group], zones=zones)
        table.insert(0, "group", group)
        tables.append(table)
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame({"group": []})


def _rows(result: Measured) -> int:
    return len(result) if isinstance(result, (pd.Series, pd.DataFrame)) else 1


def _as_table(results: list[Measured]) -> pd.DataFrame:
    """What a measure gave for one zone after the other, as one table."""
    if isinstance(results[0], (pd.Series, pd.DataFrame)):
        tables = [cast("pd.Series[float]", one).reset_index() for one in results]
        return pd.concat(tables, ignore_index=True)
    if isinstance(results[0], Mapping):
        return pd.DataFrame(results)
    return pd.DataFrame({"value": results}, dtype=float)

"""Values measured at demand points, weighed by the people who live there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from coverage.errors import DemandError

if TYPE_CHECKING:
    import numpy.typing as npt

    from coverage.graph.arcs import FloatArray


def weigh(
    values: npt.ArrayLike | pd.Series[float],
    weights: npt.ArrayLike | pd.Series[float] | None,
    *,
    allow_inf: bool,
) -> tuple[FloatArray, FloatArray]:
    """
    Values and weights side by side, once they are known to be usable.

    Parameters
    ----------
    values
        Shape (n,), >= 0.
    weights
        Shape (n,), persons, >= 0; None weighs every value alike. Two Series are matched by
        their index.
    allow_inf
        Whether a value may be `inf` ("not reached").

    Returns
    -------
    values, weights
        Shape (n,), in the order of `values`.

    Raises
    ------
    DemandError
        If a value is null ("not computed" must not be read as a value), negative or, unless
        allowed, infinite; if a weight is null, negative or infinite; if the two do not match.
        `coverage.people.breakdown.by_zone` leaves points of unknown population out and counts them.
    """
    if isinstance(values, pd.Series) and isinstance(weights, pd.Series):
        weights = matched(weights, values.index, "人口")
    amounts = _numbers(values, "取值")
    people = np.ones(len(amounts)) if weights is None else _numbers(weights, "人口")
    if len(amounts) != len(people):
        msg = f"取值有 {len(amounts)} 个，人口有 {len(people)} 个，两者应一一对应。"
        raise DemandError(msg)
    names = values.index if isinstance(values, pd.Series) else pd.RangeIndex(len(amounts))
    wrong = np.isnan(amounts) | (amounts < 0)
    if wrong.any():
        msg = (
            f"{int(wrong.sum())} 个取值为空或为负，第一个是 {names[int(np.argmax(wrong))]!r}。"
            "空值表示没有计算，请先算出来，或先去掉这些需求点。"
        )
        raise DemandError(msg)
    if not allow_inf and np.isinf(amounts).any():
        endless = np.isinf(amounts)
        msg = (
            f"{int(endless.sum())} 个取值是无穷大（不可达），"
            f"第一个是 {names[int(np.argmax(endless))]!r}。这个指标只能用有限的数字计算。"
        )
        raise DemandError(msg)
    wrong = ~np.isfinite(people) | (people < 0)
    if wrong.any():
        msg = (
            f"{int(wrong.sum())} 个需求点的人口为空、为负或不是有限的数字，"
            f"第一个是 {names[int(np.argmax(wrong))]!r}。请补齐人口，或先去掉这些需求点。"
        )
        raise DemandError(msg)
    return amounts, people


def matched(series: pd.Series, index: pd.Index, title: str) -> pd.Series:
    """
    A series in the order of an index.

    Parameters
    ----------
    series
        One row per demand point.
    index
        Ids of the demand points.
    title
        What the series holds, in Chinese, for the message.

    Returns
    -------
    series
        Indexed by `index`; rows of other ids are not asked for.

    Raises
    ------
    DemandError
        If an id has no row or several.
    """
    if series.index.equals(index):
        return series
    for repeated in (series.index[series.index.duplicated()], index[index.duplicated()]):
        if len(repeated):
            msg = (
                f"需求点有 {len(repeated)} 个代码重复，第一个是 {repeated[0]!r}。"
                "每个代码只能出现一次。"
            )
            raise DemandError(msg)
    missing = index.difference(series.index, sort=False)
    if len(missing):
        msg = f"{len(missing)} 个需求点没有{title}，第一个是 {missing[0]!r}。请补齐后重试。"
        raise DemandError(msg)
    return series.reindex(index)


def _numbers(values: npt.ArrayLike | pd.Series[float], title: str) -> FloatArray:
    array = np.asarray(values)
    if array.ndim != 1 or (array.size and array.dtype.kind not in "biuf"):
        try:
            # Columns that pandas keeps as objects or with its own null still hold numbers.
            array = np.asarray(pd.to_numeric(pd.Series(values)), dtype=np.float64)
        except (TypeError, ValueError):
            msg = f"{title}应为一列数字，现有文字或多列。请改正后重试。"
            raise DemandError(msg) from None
    return array.astype(np.float64)

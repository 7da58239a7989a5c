"""The rules that single cells of a table must keep, each over a whole column at once."""

from __future__ import annotations

import math
from typing import Any, Final, Literal

import numpy as np
import pandas as pd

Dtype = Literal["text", "number", "whole", "flag", "point", "polygon", "line"]

_GEOMETRY_TYPES: Final = {
    "point": {"Point"}, "polygon": {"Polygon", "MultiPolygon"}, "line": {"LineString"},
}  # fmt: skip


def fits(dtype: Dtype, values: pd.Series[Any]) -> pd.Series[bool]:
    """Whether each value, none of them null, is of the contract's type."""
    if dtype == "text":
        return values.map(lambda value: isinstance(value, str)).astype(bool)
    if dtype == "flag":
        return values.map(lambda value: isinstance(value, bool | np.bool_)).astype(bool)
    if dtype in _GEOMETRY_TYPES:
        allowed = _GEOMETRY_TYPES[dtype]
        return values.map(lambda value: getattr(value, "geom_type", "") in allowed).astype(bool)
    finite = _finite(values)
    if dtype == "whole":
        return finite & (pd.to_numeric(values.where(finite, 0.5)) % 1 == 0)
    return finite


def _finite(values: pd.Series[Any]) -> pd.Series[bool]:
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        return pd.Series(np.isfinite(values.to_numpy(dtype=float)), index=values.index)
    return values.map(_is_finite).astype(bool)


def _is_finite(value: object) -> bool:
    is_number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    return is_number and math.isfinite(value)  # type: ignore[arg-type]


def at_least(minimum: float, values: pd.Series[Any]) -> pd.Series[bool]:
    """Whether each value is no smaller than the minimum."""
    # What is no number has been reported as such already.
    finite = _finite(values)
    return ~finite | (pd.to_numeric(values.where(finite, minimum)) >= minimum)


def at_most(maximum: float, values: pd.Series[Any]) -> pd.Series[bool]:
    """Whether each value is no larger than the maximum."""
    finite = _finite(values)
    return ~finite | (pd.to_numeric(values.where(finite, maximum)) <= maximum)


def one_of(choices: tuple[str, ...], values: pd.Series[Any]) -> pd.Series[bool]:
    """Whether each value is one of the choices."""
    return values.isin(choices)


def filled(values: pd.Series[Any]) -> pd.Series[bool]:
    """Whether each cell holds anything; a blank text and an empty geometry do not."""
    if pd.api.types.is_numeric_dtype(values):
        return values.notna()
    return ~values.map(is_empty).astype(bool)


def first_of_its_kind(values: pd.Series[Any]) -> pd.Series[bool]:
    """Whether each value stands here for the first time."""
    return ~values.duplicated(keep="first")


def is_empty(value: Any) -> bool:  # noqa: ANN401 - any cell of any table
    """Whether a single value is null, a blank text or an empty geometry."""
    if isinstance(value, str):
        return not value.strip()
    geometry_empty = getattr(value, "is_empty", None)
    if geometry_empty is not None:
        return bool(geometry_empty)
    return bool(pd.isna(value))

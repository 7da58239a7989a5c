"""What every question about trips has in common: how exact a cutoff is, and what is refused."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from coverage.errors import ImpedanceError, InputError

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    import geopandas as gpd
    import pandas as pd

    from coverage.graph.arcs import FloatArray

TOLERANCE: Final = 1e-6
"""Seconds or metres by which a cutoff may be passed: rounding noise, a microsecond."""

PLACE_DECIMALS: Final = 3
"""Of metres: places that a planner makes are kept to the millimetre, so that a saved file says
the same as the screen, and advice, trial and assessment measure from the same point."""


def check_start(start_s: FloatArray, facility_id: Sequence[Hashable] | pd.Index) -> None:
    """
    Refuse turn-outs that make no sense.

    Parameters
    ----------
    start_s, facility_id
        Shape (f,), seconds of each facility; NaN where not told.

    Raises
    ------
    ImpedanceError
        If one is not told, negative or endless.
    """
    bad = np.flatnonzero(~(np.isfinite(start_s) & (start_s >= 0)))
    if len(bad):
        first = start_s[bad[0]]
        value = "没有填" if np.isnan(first) else f"为 {first:g}"
        msg = (
            f"{len(bad)} 个设施的出车准备时间不是不小于 0 的秒数，第一个是 "
            f"{facility_id[bad[0]]!r}，{value}。请补上或改正。"
        )
        raise ImpedanceError(msg)


def check_request(
    demand: gpd.GeoDataFrame | None,
    facilities: gpd.GeoDataFrame,
    cutoff: float,
    direction: str,
) -> None:
    """
    Refuse a request that makes no sense.

    Parameters
    ----------
    demand
        Demand points; None where none are asked about.
    facilities
        Facilities.
    cutoff
        Seconds or metres, >= 0.
    direction
        "to_facility" or "from_facility".

    Raises
    ------
    ImpedanceError
        If the cutoff or the direction makes no sense.
    InputError
        If an id repeats, or some ids are texts and others numbers.
    """
    if math.isnan(cutoff) or cutoff < 0:
        msg = f"阈值应为不小于 0 的数字，现为 {cutoff}。"
        raise ImpedanceError(msg)
    if direction not in ("to_facility", "from_facility"):
        msg = (
            "出行方向应为 to_facility（居民到设施）或 from_facility（设施到居民），"
            f"现为 {direction!r}。"
        )
        raise ImpedanceError(msg)
    for title, table in (("需求点", demand), ("设施", facilities)):
        if table is None:
            continue
        repeated = table.index[table.index.duplicated()]
        if len(repeated):
            msg = (
                f"{title}有 {len(repeated)} 个代码重复，第一个是 {repeated[0]!r}。"
                "每个代码只能出现一次。"
            )
            raise InputError(msg)
        if table.index.inferred_type.startswith("mixed"):
            msg = f"{title}的代码有的是文字、有的是数字，请统一为文字。"
            raise InputError(msg)

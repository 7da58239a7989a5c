"""Lengths of an edge table held against the lines of its edges.

- A **loop** without a line is a point on the map: nothing can snap to it and no trip uses it. It
  is left out.
- An edge **shorter than its line** by more than `ROUNDING_M` and 1 % cannot be: its length
  becomes that of the line. Tables with rounded coordinates stay below that tolerance.
- An edge **much longer than its line** (over 5 times and by over 1 km) may be a mistake, or a
  winding road of which the table keeps only the ends, such as two ends of a dual carriageway.
  Which one it is cannot be told from the table, so the caller decides: kept as given (which
  never makes a place look nearer than it is), straightened or dropped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from coverage.errors import RoadError
from coverage.notices import Notice

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

    FloatArray = npt.NDArray[np.float64]
    BoolArray = npt.NDArray[np.bool_]
    TextArray = npt.NDArray[np.object_]

LongEdges = Literal["keep", "straighten", "drop"]

ROUNDING_M: Final = 160.0
"""What rounding may take off a length, metres: coordinates rounded to 0.001° are up to 78 m off
at each end of an edge."""

SHORTER_BY: Final = 0.01
"""Lengths measured on a sphere are up to 0.6 % shorter than on the ellipsoid; 1 % is allowed."""

LONGER_TIMES: Final = 5.0
LONGER_M: Final = 1000.0
"""An edge is suspiciously long from more than so many times its line and so many metres more.
In the main-road table of Shandong (18,177 edges) four edges pass both, at 15 to 26 times; the
next one below has 4.2 times and 285 m more."""

UNIT_FACTOR: Final = 100.0
"""If half of the lengths are off by more than this factor, the unit is wrong (km for m)."""

_ACTIONS: Final = {"keep": "kept", "straighten": "straightened", "drop": "dropped"}

_SENTENCES: Final = {
    ("loop", "dropped"): "起点和终点是同一个节点而没有线形，对出行没有影响，未采用",
    ("too_short", "straightened"): "的长度小于线形的长度，不可能如此，已改用线形的长度",
    ("too_long", "kept"): "的长度是线形的 5 倍以上，可能有误，仍按表中的长度采用",
    ("too_long", "straightened"): "的长度是线形的 5 倍以上，已改用线形的长度",
    ("too_long", "dropped"): "的长度是线形的 5 倍以上，未采用",
}


def check_unit(name: str, given_m: FloatArray, drawn_m: FloatArray) -> None:
    """
    Raise where the given lengths as a whole are in another unit than the column says.

    Parameters
    ----------
    name
        Of the table, for the message.
    given_m, drawn_m
        Shape (m,), metres given and along the line; NaN where none is given.

    Raises
    ------
    RoadError
        If the median edge is more than `UNIT_FACTOR` times shorter or longer than its line.
    """
    known = ~np.isnan(given_m) & (drawn_m > 0)
    if not known.any():
        return
    times = float(np.median(given_m[known] / drawn_m[known]))
    if not 1 / UNIT_FACTOR < times < UNIT_FACTOR:
        msg = (
            f"路网路段表「{name}」的长度有一半以上与线形相差 {UNIT_FACTOR:g} 倍以上"
            f"（中位数是线形的 {times:.2g} 倍），单位可能写错。"
            "length_m 应为米，length_km 应为公里，请改正后重试。"
        )
        raise RoadError(msg)


def length_faults(
    loop: BoolArray, given_m: FloatArray, drawn_m: FloatArray, *, long_edges: LongEdges
) -> tuple[TextArray, TextArray]:
    """
    What is wrong with the length of each edge, and what is done about it.

    Parameters
    ----------
    loop
        Shape (m,), whether the edge ends where it begins.
    given_m, drawn_m
        Shape (m,), metres given and along the line; NaN where none is given.
    long_edges
        What becomes of edges much longer than their line.

    Returns
    -------
    fault
        Shape (m,): "loop", "too_short", "too_long" or "".
    action
        Shape (m,): "dropped", "straightened", "kept"; "" where there is no fault.
    """
    # A length that is not given is NaN, which no comparison finds.
    fault = np.full(len(given_m), "", dtype=object)
    fault[given_m < drawn_m * (1 - SHORTER_BY) - ROUNDING_M] = "too_short"
    fault[(given_m > drawn_m * LONGER_TIMES) & (given_m - drawn_m > LONGER_M)] = "too_long"
    fault[loop & (drawn_m == 0)] = "loop"
    action = np.full(len(given_m), "", dtype=object)
    action[fault == "loop"] = "dropped"
    action[fault == "too_short"] = "straightened"
    action[fault == "too_long"] = _ACTIONS[long_edges]
    return fault, action


def length_notices(name: str, suspicious: pd.DataFrame) -> tuple[Notice, ...]:
    """One sentence for each kind of fault among `suspicious` (columns row, fault, action)."""
    notices = []
    for (fault, action), rows in suspicious.groupby(["fault", "action"], sort=True):
        message = (
            f"路网路段表「{name}」有 {len(rows)} 条路段{_SENTENCES[fault, action]}"
            f"，第一条在第 {rows['row'].iloc[0]} 行。请核对。"
        )
        notices.append(Notice(f"road_edge_{fault}", message, len(rows)))
    return tuple(notices)

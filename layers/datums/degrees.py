"""Degrees as offices write them: decimal, degrees and minutes, degrees, minutes and seconds.

Read are 117°07′30.5″E, 117度7分30.5秒, 117-07-30.5, 117:07:30.5, 117 07 30.5, 117°07.5083′,
东经117.125, N36°40' and the like, full-width or not. Two things are never guessed:

- "117,125" may be a decimal comma or two numbers, and is refused;
- 117.0730 may be packed degrees, minutes and seconds (DDD.MMSS), but is always read as the decimal
  number that it is.
"""

from __future__ import annotations

import math
import re
import unicodedata
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]

Axis = Literal["lon", "lat"]
Faults = list[tuple[int, str]]

NOT_A_NUMBER: Final = "应为数字"
NOT_FINITE: Final = "不是有限的数"
NOT_DEGREES: Final = "应为度数，如 117.125 或 117°07′30″"
COMMA: Final = "逗号可能是小数点，也可能隔开两个数，请改用小数点“.”"
SIXTY: Final = "分和秒应小于 60"
TWO_SIGNS: Final = "同时写了正负号和方向，请只留一个"
WRONG_AXIS: Final[dict[Axis, str]] = {
    "lon": "这是纬度（写着北纬或南纬），不是经度",
    "lat": "这是经度（写着东经或西经），不是纬度",
}
NOT_A_PAIR: Final = "应为一对经纬度，如 117.12,36.67"
NO_ORDER: Final = "看不出哪个是经度、哪个是纬度，请分成两列"

CHINA_LON: Final = (73.0, 136.0)
CHINA_LAT: Final = (3.0, 54.0)
"""Degrees. The two ranges share no number, so in China a pair tells its own order."""

_MAX_LAT: Final = 90.0
_SIXTY: Final = 60.0

_SIGNS: Final = str.maketrans(
    dict.fromkeys("º˚⁰∘", "°")
    | dict.fromkeys("″”“〃＂", '"')
    | dict.fromkeys("′’‘‵`´＇", "'")
    | dict.fromkeys("−–—‐‑－", "-")
)
"""Marks that look alike to whoever types them."""

_NUMBER: Final = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:E[+-]?\d+)?")
_NOT_FINITE: Final = {"NAN", "INF", "INFINITY"}
_HEMISPHERE: Final = {
    "E": "E", "W": "W", "N": "N", "S": "S", "东经": "E", "西经": "W", "北纬": "N", "南纬": "S",
    "东": "E", "西": "W", "北": "N", "南": "S",
}  # fmt: skip
_BEFORE: Final = re.compile(r"(东经|西经|北纬|南纬|经度|纬度|LON|LAT|[EWNS东西北南])[:=]?")
_AFTER: Final = re.compile(r"(东经|西经|北纬|南纬|[EWNS东西北南])$")
_PARTS: Final = re.compile(
    r"""
    (?P<sign>[+-])?\s*
    (?P<degrees>\d+(?:\.\d+)?)\s*(?P<mark>°|度|D|:|-|\s)\s*
    (?:(?P<minutes>\d+(?:\.\d+)?)\s*(?:'(?!')|分|M|:|-|\s|$)\s*)?
    (?:(?P<seconds>\d+(?:\.\d+)?)\s*(?:"|''|秒|S)?)?
    """,
    re.VERBOSE,
)
_PAIR_MARKS: Final = re.compile(r"[,;、/|\t]")
_SECOND_OF_PAIR: Final = re.compile(r"(?<=.)(?=北纬|南纬|东经|西经|纬度|经度|LAT|LON)")
_HALF_SIGN: Final = re.compile(r"(?<=[\d°'\"分秒度])\s*([EWNS])\s+(?=[\d])")


def read_degrees(
    texts: Sequence[str] | npt.NDArray[np.object_], *, axis: Axis | None = None
) -> tuple[FloatArray, Faults]:
    """
    Degrees from a column of text.

    Parameters
    ----------
    texts
        n cells.
    axis
        What the column holds, so that "N36°40'" in a column of longitudes is a fault; None
        takes either.

    Returns
    -------
    values
        Shape (n,), decimal degrees, south and west negative; NaN where a cell is empty or at
        fault. Nothing is checked against 90 or 180.
    faults
        Position and the rule that is broken, in Chinese, in the order of the column; an empty
        cell is none.

    Examples
    --------
    >>> values, faults = read_degrees(["117°07′30″E", "北纬36度40分", "117,125"])
    >>> [round(float(value), 4) for value in values[:2]], faults[0][0]
    ([117.125, 36.6667], 2)
    """
    values = np.full(len(texts), np.nan)
    faults: Faults = []
    for position, text in enumerate(texts):
        plain = _plain(text)
        if not plain:
            continue
        value, found, rule = _degrees(plain)
        if not rule and axis is not None and found not in (None, axis):
            rule = WRONG_AXIS[axis]
        if rule:
            faults.append((position, rule))
        else:
            values[position] = value
    return values, faults


def read_degree_pairs(
    texts: Sequence[str] | npt.NDArray[np.object_],
) -> tuple[FloatArray, FloatArray, Faults]:
    """
    Longitudes and latitudes from one column that holds both, as "117.12,36.67".

    Which comes first is told by a hemisphere, by a number beyond 90, or in China by the numbers
    themselves; a pair that does not tell follows the rest of its column, if that is of one mind.

    Parameters
    ----------
    texts
        n cells.

    Returns
    -------
    lon, lat
        Shape (n,), decimal degrees; NaN where a cell is empty or at fault.
    faults
        As in `read_degrees`.
    """
    first, second = np.full(len(texts), np.nan), np.full(len(texts), np.nan)
    lon_first = np.zeros(len(texts), dtype=np.int8)
    faults: Faults = []
    for position, text in enumerate(texts):
        plain = _plain(text)
        if not plain:
            continue
        one, other, order, rule = _pair(plain)
        if rule:
            faults.append((position, rule))
        else:
            first[position], second[position], lon_first[position] = one, other, order
    orders = set(lon_first[np.isfinite(first)].tolist()) - {0}
    unclear = np.isfinite(first) & (lon_first == 0)
    if len(orders) == 1:
        lon_first[unclear] = orders.pop()
    elif unclear.any():
        faults = sorted([*faults, *((at, NO_ORDER) for at in np.flatnonzero(unclear).tolist())])
        first[unclear] = second[unclear] = np.nan
    turned = lon_first < 0
    return np.where(turned, second, first), np.where(turned, first, second), faults


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", str(text).translate(_SIGNS)).strip().upper()


def _degrees(text: str) -> tuple[float, Axis | None, str]:
    """The value of one cell, the axis its hemisphere names, and the rule it breaks."""
    if _NUMBER.fullmatch(text):
        value = float(text)
        return (value, None, "") if math.isfinite(value) else (math.nan, None, NOT_FINITE)
    if text.lstrip("+-") in _NOT_FINITE:
        return math.nan, None, NOT_FINITE
    if "," in text:
        return math.nan, None, COMMA if re.fullmatch(r"[\s\d.,+-]+", text) else NOT_DEGREES
    if not any(character.isdigit() for character in text):
        return math.nan, None, NOT_A_NUMBER
    body, sides = _without_hemisphere(text)
    if len(sides) > 1:
        return math.nan, None, NOT_DEGREES
    side = next(iter(sides), "")
    value, rule = _angle(body)
    if not rule and side and body[0] in "+-":
        rule = TWO_SIGNS
    axis: Axis | None = {"E": "lon", "W": "lon", "N": "lat", "S": "lat"}.get(side)  # type: ignore[assignment]
    return (-value if side in ("W", "S") else value), axis, rule


def _without_hemisphere(text: str) -> tuple[str, set[str]]:
    """The text between the words for a hemisphere, and which those are."""
    sides: set[str] = set()
    before = _BEFORE.match(text)
    if before:
        text = text[before.end() :].strip()
        sides.add(_HEMISPHERE.get(before[1], ""))
    # an S after letters for degrees and minutes (36D40M12S) means seconds
    after = None if re.search(r"[DM].*S$", text) else _AFTER.search(text)
    if after:
        text = text[: after.start()].strip()
        sides.add(_HEMISPHERE[after[1]])
    return text, sides - {""}


def _angle(text: str) -> tuple[float, str]:
    if _NUMBER.fullmatch(text):
        return float(text), ""
    parts = _PARTS.fullmatch(text)
    if parts is None:
        return math.nan, NOT_DEGREES
    degrees, minutes, seconds = parts["degrees"], parts["minutes"], parts["seconds"]
    if minutes is None and (seconds is not None or parts["mark"] not in "°度D"):
        return math.nan, NOT_DEGREES
    # only the last part may have a fraction
    if (minutes and "." in degrees) or (seconds and "." in (minutes or "")):
        return math.nan, NOT_DEGREES
    if max(float(minutes or 0), float(seconds or 0)) >= _SIXTY:
        return math.nan, SIXTY
    value = float(degrees) + float(minutes or 0) / 60 + float(seconds or 0) / 3600
    return (-value if parts["sign"] == "-" else value), ""


def _pair(text: str) -> tuple[float, float, int, str]:
    """Both numbers of a cell; 1 where the longitude comes first, -1 where last, 0 if unclear."""
    pieces = _pieces(text.strip("()[]{}"))
    if len(pieces) != 2:  # noqa: PLR2004 - a pair
        return math.nan, math.nan, 0, NOT_A_PAIR
    (one, one_axis, rule), (other, other_axis, other_rule) = map(_degrees, pieces)
    if rule or other_rule:
        return math.nan, math.nan, 0, rule or other_rule
    if one_axis is not None and one_axis == other_axis:
        return math.nan, math.nan, 0, NOT_A_PAIR
    if one_axis == "lon" or other_axis == "lat":
        return one, other, 1, ""
    if one_axis == "lat" or other_axis == "lon":
        return one, other, -1, ""
    return one, other, _order(one, other), ""


def _order(one: float, other: float) -> int:
    for first, second, order in ((one, other, 1), (other, one, -1)):
        in_china = CHINA_LON[0] <= first <= CHINA_LON[1] and CHINA_LAT[0] <= second <= CHINA_LAT[1]
        if in_china or abs(first) > _MAX_LAT >= abs(second):
            return order
    return 0


def _pieces(text: str) -> list[str]:
    for pattern in (_PAIR_MARKS, _SECOND_OF_PAIR):
        pieces = [piece.strip() for piece in pattern.split(text)]
        if len(pieces) > 1:
            return pieces
    behind = _HALF_SIGN.search(text)
    if behind:
        return [text[: behind.end(1)].strip(), text[behind.end(1) :].strip()]
    return text.split()

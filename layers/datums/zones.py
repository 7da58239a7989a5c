"""The Gauss-Krüger zones of CGCS2000, and the many ways of naming one.

A zone of 3 degrees has a number from 25 to 45 and its central meridian at three times that; a zone
of 6 degrees has one from 13 to 23 and its meridian at six times that less 3. So the number alone
says how wide the zone is. Eastings are 500 km at the meridian; with the zone number they have it in
front, as 39 in 39512345.6. On one meridian zones of both widths are the same projection.

| zones | EPSG with the zone number | EPSG without |
|---|---|---|
| 3 degrees, 25-45 | 4513-4533 | 4534-4554 |
| 6 degrees, 13-23 | 4491-4501 | 4502-4512 |
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

ZONE_NUMBER_M: Final = 1_000_000.0
"""What one zone number adds to an easting."""


@dataclass(frozen=True)
class Zone:
    """
    A zone as it was named.

    Parameters
    ----------
    number
        13 to 23 or 25 to 45.
    has_number
        Whether eastings have the number in front; None where that was not said.
    """

    number: int
    has_number: bool | None

    @property
    def width(self) -> int:
        """Degrees, 3 or 6."""
        return 3 if self.number >= _FIRST[3] else 6

    @property
    def meridian(self) -> int:
        """Degrees of the central meridian."""
        return _meridian(self.number, self.width)

    @property
    def epsg(self) -> int:
        """The code: with the number in front of eastings only where that was said."""
        step = self.number - _FIRST[self.width]
        return (_WITH if self.has_number else _WITHOUT)[self.width] + step


def zone_numbers(width: int) -> range:
    """The numbers of all zones of a width in degrees."""
    return range(_FIRST[width], _LAST[width] + 1)


def named_zone(text: str) -> Zone | None:
    """
    The zone that a name means.

    Parameters
    ----------
    text
        Upper case, without blanks and punctuation, e.g. "CGCS20003度带117" or
        "CGCS20003DEGREEGKZONE39".

    Returns
    -------
    zone
        None where the name is no zone or contradicts itself.

    Examples
    --------
    >>> named_zone("CGCS200039带加带号").epsg, named_zone("CGCS20003度带117不加带号").epsg
    (4527, 4548)
    """
    rest = _CGCS2000.sub("", text)
    has_number: bool | None = None
    # "不加带号" contains "加带号", so it is looked for first
    for pattern, meaning in ((_WITHOUT_WORDS, False), (_WITH_WORDS, True)):
        if pattern.search(rest):
            rest, has_number = pattern.sub("", rest), meaning
            break
    wide = _WIDTH.search(rest)
    rest = _WIDTH.sub("", rest, count=1)
    if has_number is None and (("ZONE" in rest) or ("CM" in rest)):
        has_number = "ZONE" in rest
    number = re.fullmatch(r"(\d{2,3})", _WORDS.sub("", rest))
    if number is None:
        return None
    width = None if wide is None else (3 if wide[1] in "3三" else 6)
    found = _zone_number(int(number[1]), width)
    return None if found is None else Zone(found, has_number)


_FIRST: Final = {3: 25, 6: 13}
_LAST: Final = {3: 45, 6: 23}
_WITH: Final = {3: 4513, 6: 4491}
_WITHOUT: Final = {3: 4534, 6: 4502}

_CGCS2000: Final = re.compile(r"CGCS2000|国家2000|2000国家大地|国家大地2000|大地2000")
_WITHOUT_WORDS: Final = re.compile(r"(?:不加|不带|不含|无|没有|去掉?)带号")
_WITH_WORDS: Final = re.compile(r"(?:加|带|含|有)带号")
_WIDTH: Final = re.compile(r"([36三六])(?:°|度|DEGREE)(?:分?带)?")
_WORDS: Final = re.compile(
    r"中央(?:子午线|经线)|东经|高斯|克吕格|克里格|投影|平面|GAUSSKRUGER|GK|ZONE|CM|第|带号|带|度|°|号|E$"
)


def _meridian(number: int, width: int) -> int:
    return 3 * number if width == 3 else 6 * number - 3  # noqa: PLR2004 - see the head


def _zone_number(value: int, width: int | None) -> int | None:
    """The number of the zone that a number or a central meridian means."""
    for degrees in (3, 6) if width is None else (width,):
        if value in zone_numbers(degrees):
            return value
        for number in zone_numbers(degrees):
            if _meridian(number, degrees) == value:
                return number
    return None

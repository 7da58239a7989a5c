"""What the cells of a column look like, for columns whose header says nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pandas as pd

from layers.columns.units import is_blank
from layers.datums.degrees import read_degree_pairs

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    import numpy.typing as npt

LOOKED_AT: Final = 2_000
"""Cells of a column that are looked at, evenly spread: enough to tell degrees from names."""

MOST_OF: Final = 0.9
"""Share of the filled cells that must fit a description."""

CHINA_LON: Final = (73.0, 136.0)
"""Degrees; China reaches from 73°29′ to 135°03′ east."""

CHINA_LAT: Final = (3.0, 54.0)
"""Degrees; from 3°31′ to 53°34′ north."""

NORTHING_M: Final = (350_000.0, 5_950_000.0)
"""Metres from the equator for the same latitudes."""

EASTING_M: Final = (150_000.0, 850_000.0)
"""Metres in a Gauss-Krüger zone, the central meridian at 500,000."""

ZONED_EASTING_M: Final = (13_000_000.0, 45_999_999.0)
"""The same with the number of the zone in front: 13 to 45 for zones of 3 or 6 degrees."""

_DEGREES: Final = re.compile(r"[东西南北enEN]{0,2}\s*(\d{1,3})\s*[°度]")
_ONE_OF_PAIR: Final = (
    r"(?:[东西]经|[南北]纬|[ENen])?[:：\s]*"
    r"\d{1,3}(?:\.\d+[°度]?|[°度][\d.\s′'’分″\"”秒]*)\s*[ENen]?"
)
_PAIR: Final = re.compile(
    rf"[\[(（]?\s*{_ONE_OF_PAIR}\s*[,，;；、/|\s]\s*{_ONE_OF_PAIR}\s*[\])）]?"
)
_CREDIT_CODE: Final = re.compile(r"[0-9A-HJ-NPQRTUWXY]{2}\d{6}[0-9A-HJ-NPQRTUWXY]{10}")
_ZONE_CODE: Final = re.compile(r"(?:\d{6}|\d{9}|\d{12})(?:\.0)?")
_WKT: Final = re.compile(r"\s*(?:SRID=\d+;)?\s*(?:MULTI)?POLYGON\s*Z?M?\s*\(\(", re.IGNORECASE)

_NAME_ENDINGS: Final[Mapping[str, re.Pattern[str]]] = {
    "facilities": re.compile(
        r"(?:卫生室|卫生所|卫生站|卫生院|医院|诊所|门诊部|服务中心|服务站|敬老院|幸福院|养老院|老年公寓"
        r"|照料中心|广场|健身点|健身路径|球场|体育馆|体育场|公园|急救站|急救中心|托育园|托育中心|幼儿园)$"
    ),
    "demand": re.compile(r"(?:村|社区|居|委会|庄|屯|寨|小区|委员会)$"),
    "zones": re.compile(r"(?:镇|乡|街道|街道办事处|县|市|区|旗|苏木|村|社区)$"),
}


@dataclass(frozen=True, eq=False)
class Contents:
    """
    A sample of the filled cells of one column.

    Parameters
    ----------
    texts
        Filled cells, stripped; at most `LOOKED_AT`.
    numbers
        Of the same shape; degrees and minutes count by their degrees, NaN where no number.
    """

    texts: tuple[str, ...]
    numbers: npt.NDArray[np.float64]

    def within(self, limits: tuple[float, float]) -> bool:
        """Whether nearly all filled cells are numbers within the limits."""
        low, high = limits
        inside = (self.numbers >= low) & (self.numbers <= high)
        return len(self.texts) > 0 and float(inside.mean()) >= MOST_OF

    def fits(self, pattern: re.Pattern[str], *, whole: bool = True) -> bool:
        """Whether nearly all filled cells fit a pattern, as a whole or somewhere."""
        test = pattern.fullmatch if whole else pattern.search
        hits = sum(test(text) is not None for text in self.texts)
        return len(self.texts) > 0 and hits >= MOST_OF * len(self.texts)

    @property
    def has_fractions(self) -> bool:
        """Whether half of the cells have decimals or minutes, as degrees do and counts do not."""
        broken = sum("." in text or "°" in text or "度" in text for text in self.texts)
        return broken * 2 > len(self.texts)

    @property
    def all_differ(self) -> bool:
        """Whether no cell repeats another."""
        return len(set(self.texts)) == len(self.texts) > 1

    def is_degrees(self, limits: tuple[float, float]) -> bool:
        """Whether the column reads like longitudes or latitudes within the limits."""
        return self.has_fractions and self.within(limits)

    @property
    def is_northing(self) -> bool:
        """Whether the column reads like metres north of the equator."""
        return self.within(NORTHING_M) and not self.within(EASTING_M)

    @property
    def is_easting(self) -> bool:
        """Whether the column reads like eastings of a Gauss-Krüger zone."""
        return self.within(EASTING_M) or self.within(ZONED_EASTING_M)

    @property
    def is_pair(self) -> bool:
        """Whether each cell holds longitude and latitude at once."""
        return self.fits(_PAIR)

    @property
    def is_pair_in_china(self) -> bool:
        """Whether such pairs, read as degrees, lie in China: what no header says must be told."""
        lon, lat, _ = read_degree_pairs(list(self.texts))
        inside = (CHINA_LON[0] <= lon) & (lon <= CHINA_LON[1])
        inside &= (CHINA_LAT[0] <= lat) & (lat <= CHINA_LAT[1])
        return len(self.texts) > 0 and float(inside.mean()) >= MOST_OF

    @property
    def is_credit_code(self) -> bool:
        """Whether the column holds unified social credit codes (GB 32100-2015, 18 signs)."""
        return self.fits(_CREDIT_CODE)

    @property
    def is_zone_code(self) -> bool:
        """Whether the column holds codes of 6, 9 or 12 digits, as zones have them."""
        return self.fits(_ZONE_CODE)

    @property
    def is_wkt(self) -> bool:
        """Whether the column holds polygons as text."""
        return self.fits(_WKT, whole=False)

    def is_name(self, layer: str) -> bool:
        """Whether the cells end as names of the layer's things do."""
        return self.fits(_NAME_ENDINGS[layer], whole=False)


def look_at(cells: pd.Series) -> Contents:
    """
    A sample of a column.

    Parameters
    ----------
    cells
        Text; any length.

    Returns
    -------
    contents
        The same for the same cells.
    """
    step = max(1, -(-len(cells) // LOOKED_AT))
    sample = cells.iloc[::step].str.strip()
    texts = tuple(text for text in sample if not is_blank(text))
    plain = [match[1] if (match := _DEGREES.match(text)) else text for text in texts]
    values = pd.to_numeric(pd.Series(plain, dtype="str"), errors="coerce")
    return Contents(texts, values.to_numpy(dtype=float))

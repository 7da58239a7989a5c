"""Rows to zones by place, by code and by name, and where the three contradict each other.

The place decides, because coverage is worked out from places; the code decides where there is no
place, or it lies in no zone; the name where there is neither. What the others say is kept beside
it, and a contradiction is a sentence.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import shapely

from layers.boundaries import zone_of
from layers.matching.names import plain_name, zone_stem
from layers.matching.zone_codes import read_zone_codes, zone_of_code

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import geopandas as gpd
    import numpy.typing as npt

SOURCES: Final = {"place": "点的位置", "code": "区划代码", "name": "乡镇（单元）名称"}

_SHORTEST_WITHIN: Final = 2
"""Characters of a zone's name; a shorter one is never looked for within a text."""


def zones_of_rows(
    zones: gpd.GeoDataFrame,
    *,
    points: npt.NDArray[np.object_] | None = None,
    codes: Sequence[str] | None = None,
    names: Sequence[str] | None = None,
) -> pd.DataFrame:
    """
    The zone of each row of facilities or villages.

    Parameters
    ----------
    zones
        Contract `ZONES`, m rows.
    points
        Shape (n,), shapely points in the CRS of the zones; None where a row has no place.
    codes
        n codes of zones or of what lies in them, as `zone_by_code` reads them.
    names
        n names of the zone, e.g. of the column 所属乡镇; "示例县云岫镇" will do.

    Returns
    -------
    found
        Shape (n, 6), index 0 … n-1: `zone_id` (null where nothing tells), `source` ("place",
        "code", "name" or ""), `by_place`, `by_code`, `by_name` (what each says; null where it
        says nothing) and `contradiction` (a Chinese sentence, "" where there is none).

    Raises
    ------
    ValueError
        If `points`, `codes` and `names` are all absent.
    """
    given = [part for part in (points, codes, names) if part is not None]
    if not given:
        msg = "zones_of_rows needs points, codes or names"
        raise ValueError(msg)
    size = len(given[0])
    none = pd.Series([np.nan] * size, dtype="str")
    by = {
        "place": none if points is None else _by_place(points, zones),
        "code": none if codes is None else zone_by_code(codes, zones.index),
        "name": none if names is None else zone_of_name(names, zones),
    }
    zone_id, source = none.copy(), pd.Series([""] * size, dtype="str")
    for key in reversed(by):
        told = by[key].notna()
        zone_id = by[key].where(told, zone_id)
        source = source.mask(told, key)
    table = pd.DataFrame({"zone_id": zone_id, "source": source})
    for key, said in by.items():
        table[f"by_{key}"] = said
    table["contradiction"] = _contradictions(table, zones)
    return table


def zone_by_code(codes: Sequence[str], zone_ids: Iterable[str]) -> pd.Series:
    """
    The zone that each cell of codes names or lies in.

    Parameters
    ----------
    codes
        n cells: the id of a zone as the boundaries have it, or a code of GB/T 2260.
    zone_ids
        Codes of the zones.

    Returns
    -------
    zone_id
        Shape (n,), text, index 0 … n-1; null where there is none.
    """
    known = {str(one) for one in zone_ids}
    cells = [text.strip() for text in codes]
    found = zone_of_code(read_zone_codes(cells).codes, known)
    same = pd.Series([text if text in known else np.nan for text in cells], dtype="str")
    return same.where(same.notna(), found)


def zone_of_name(names: Sequence[str], zones: gpd.GeoDataFrame) -> pd.Series:
    """
    The zone that each text names.

    Parameters
    ----------
    names
        n texts: the name of a zone with or without its kind and what it lies in, or a text that
        holds the full name of one zone.
    zones
        Contract `ZONES`.

    Returns
    -------
    zone_id
        Shape (n,), text, index 0 … n-1; null where no zone or more than one fits.
    """
    lookup = ZoneNames(zones)
    known = {text: lookup.find(text) for text in set(names)}
    return pd.Series([known[text] for text in names], dtype="str", name="zone_id")


class ZoneNames:
    """
    The names of zones, arranged for look-up; a name that two zones share names neither.

    Parameters
    ----------
    zones
        Contract `ZONES`.
    """

    def __init__(self, zones: gpd.GeoDataFrame) -> None:
        ids = zones.index.astype(str).tolist()
        full = [plain_name(str(name)) for name in zones["zone_name"]]
        self.full: Mapping[str, str | None] = _unique(full, ids)
        self.stems: Mapping[str, str | None] = _unique([zone_stem(name) for name in full], ids)

    def find(self, text: str) -> str | float:
        """The zone that a text names: by full name, by stem, or within the text; NaN for none."""
        plain = plain_name(text)
        if not plain:
            return np.nan
        if plain in self.full:
            return self.full[plain] or np.nan
        stem = zone_stem(plain)
        if self.stems.get(stem):
            return self.stems[stem] or np.nan
        return self.within(plain)

    def within(self, plain: str) -> str | float:
        """The only zone whose full name stands in a text of `plain_name`; NaN for none or more."""
        inside = {name for name in self.full if len(name) >= _SHORTEST_WITHIN and name in plain}
        # 「新云岫镇」 holds the name 「云岫镇」 as well; only the longest counts
        outer = [name for name in inside if not any(name != one and name in one for one in inside)]
        found = self.full[outer[0]] if len(outer) == 1 else None
        return found or np.nan


def _by_place(points: npt.NDArray[np.object_], zones: gpd.GeoDataFrame) -> pd.Series:
    found = pd.Series([np.nan] * len(points), dtype="str", name="zone_id")
    placed = np.flatnonzero(~shapely.is_missing(points) & ~shapely.is_empty(points))
    found.iloc[placed] = zone_of(points[placed], zones).to_numpy()
    return found


def _contradictions(table: pd.DataFrame, zones: gpd.GeoDataFrame) -> list[str]:
    called = dict(zip(zones.index.astype(str), zones["zone_name"].astype(str), strict=True))
    said = table[[f"by_{key}" for key in SOURCES]].astype(object)
    rows = said.where(said.notna(), "").to_numpy().tolist()

    @functools.cache
    def sentence(zone_ids: tuple[str, ...]) -> str:
        if len({zone for zone in zone_ids if zone}) < 2:  # noqa: PLR2004 - one cannot contradict
            return ""
        told = zip(SOURCES.values(), zone_ids, strict=True)
        parts = [f"{title}说是“{called[zone]}”" for title, zone in told if zone]
        decided = next(zone for zone in zone_ids if zone)
        return f"{'，'.join(parts)}；按“{called[decided]}”使用，请核对"

    return [sentence(tuple(row)) for row in rows]


def _unique(names: Sequence[str], ids: Sequence[str]) -> dict[str, str | None]:
    """Name -> id; None where several ids share the name."""
    found: dict[str, str | None] = {}
    for name, one in zip(names, ids, strict=True):
        found[name] = None if name in found else one
    found.pop("", None)
    return found

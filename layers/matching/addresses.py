"""Rows without coordinates, brought to the map by the village or township they name.

Which village a text names is decided by the longest name of a village that stands in it as a word
of its own: 丁庄 in 「云岫镇丁庄村23号」, but not in 「小丁庄村」 nor in 「丁庄路5号」. Where the
text names the township too, only its villages count; where it names a township or county that is
none of ours, no village does. A row is placed only where one village is left, or one township; it
is marked as approximate, and every other row says which places came into question.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Final, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from coverage.contracts import PLACE_PRECISIONS
from layers.boundaries import zone_of
from layers.matching.names import SHORTEST_STEM, place_stem, plain_name, zone_stem
from layers.matching.zone_codes import code_level, read_zone_codes
from layers.matching.zones import ZoneNames, zone_by_code

if TYPE_CHECKING:
    from collections.abc import Sequence

VILLAGE_LEVEL, TOWNSHIP_LEVEL = PLACE_PRECISIONS
"""Placed at the village: about a kilometre, in large villages more; somewhere in the township:
several kilometres."""

TOO_LARGE: Final = ("county", "city", "prefecture", "province", "县", "县级", "市", "省")
"""Levels of zones that say nothing of where in them a row lies: no row is placed by these."""

SHOWN_CANDIDATES: Final = 5

LONGEST_ZONE_NAME: Final = 16
"""Characters; a longer cell is an address, not the name of a township ("示例县云岫镇")."""

_BEFORE: Final = frozenset("省市县区旗镇乡道处村居委会组号")
"""A village's name begins at the start of a text, behind one of these, or behind what is no
Chinese character."""

_AFTER: Final = re.compile(
    r"$|[^\u3400-\u9fff]|村|社区|居委|居民|行政|自然|委会|[东西南北中内外旁前后][头首侧边部面]?(?![\u3400-\u9fff]*[庄村屯])"
    r"|卫生|诊所|医|幼儿|小学|中学|敬老|幸福|日间|养老|健身|文化|广场|公园|便民|党群|[一二三四五六七八九十]+[组队号巷]"
)
"""What may follow: its kind, a number, a side of it, or a facility."""

_STOPS: Final = re.compile(r"[、，,;；。:：/|]")

_COUNTY: Final = re.compile(
    r"^(?:[\u3400-\u9fff]{2,6}?(?:省|自治区))?(?:[\u3400-\u9fff]{2,5}?(?:市|州|盟))?"
    r"(?P<county>[\u3400-\u9fff]{1,6}?(?:县|(?<![社小校院园])区|旗))"
)

_TOWNSHIP: Final = re.compile(
    r"^(?:[\u3400-\u9fff]{2,12}?(?:省|市|县|(?<![社小校院园])区|旗))?"
    r"(?P<town>[\u3400-\u9fff]{1,5}?(?:镇|乡|街道))(?!村|里|$|办事处$)"
)


class Placed(NamedTuple):
    """Rows that were placed by name; see `place_by_name`."""

    table: gpd.GeoDataFrame
    remarks: tuple[str, ...]


class _Answer(NamedTuple):
    """Where one text leads: the row of the village, or the zone, and what else was possible."""

    village: int = -1
    zone: str = ""
    matched: str = ""
    candidates: tuple[int, ...] = ()
    reason: str = ""
    by_code: bool = False


def place_by_name(
    texts: Sequence[Sequence[str]],
    *,
    demand: gpd.GeoDataFrame,
    zones: gpd.GeoDataFrame,
    county: str = "",
    codes: Sequence[str] | None = None,
) -> Placed:
    """
    A point for each row from the names and codes it gives of its village or township.

    Parameters
    ----------
    texts
        n rows of one or more cells, the most telling first: the column 所属村, then 所属乡镇, the
        address, the name of the facility. "" where a cell is empty.
    demand
        Contract `DEMAND`, the villages, with `zone_id` where known, in the zones' CRS.
    zones
        Contract `ZONES`: the townships, or whatever the zones of the county are.
    county
        Name of the county; an address that names another is left alone. "" does not ask.
    codes
        n codes of villages or zones; a code goes before the name of a township. "" where a cell
        is empty.

    Returns
    -------
    table
        Shape (n, 6), index 0 … n-1: `precision` (`VILLAGE_LEVEL`, `TOWNSHIP_LEVEL`, or "" where
        not placed), `demand_id`, `zone_id` (null where unknown), `matched` (the name that
        decided), `reason` (a Chinese sentence) and `geometry` (a point, None where not placed).
    remarks
        How many rows were placed how.
    """
    finder = _Finder(demand, zones, county)
    find = functools.cache(finder.find)
    zone_codes, villages = finder.by_codes(codes if codes is not None else [""] * len(texts))
    answers = [
        find(tuple(cell.strip() for cell in row), zone, village)
        for row, zone, village in zip(texts, zone_codes, villages, strict=True)
    ]
    points = [finder.point(one) for one in answers]
    ids = demand.index.astype(str).tolist()
    found = [ids[one.village] if one.village >= 0 else None for one in answers]
    precision = [_precision(one, point) for one, point in zip(answers, points, strict=True)]
    table = gpd.GeoDataFrame(
        {
            "precision": pd.Series(precision, dtype="str"),
            "demand_id": pd.Series(found, dtype="str"),
            "zone_id": pd.Series([one.zone or None for one in answers], dtype="str"),
            "matched": pd.Series([one.matched for one in answers], dtype="str"),
            "reason": pd.Series([finder.sentence(one) for one in answers], dtype="str"),
        },
        geometry=gpd.GeoSeries(points, crs=demand.crs),
    )
    return Placed(table, _remarks(precision))


class _Finder:
    """The villages and townships of a county, arranged for look-up."""

    def __init__(self, demand: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, county: str) -> None:
        self.names = [str(name) if pd.notna(name) else "" for name in demand.get("demand_name", [])]
        self.villages = np.asarray(demand.geometry, dtype=object)
        told = demand["zone_id"] if "zone_id" in demand else zone_of(self.villages, zones)
        self.zones_of_villages = [str(zone) if pd.notna(zone) else "" for zone in told]
        self.zones = ZoneNames(zones)
        inside = shapely.point_on_surface(np.asarray(zones.geometry, dtype=object))
        self.townships = dict(zip(zones.index.astype(str), inside, strict=True))
        self.zone_names = dict(
            zip(zones.index.astype(str), zones["zone_name"].astype(str), strict=True)
        )
        self.above = tuple(zones["zone_name"].astype(str))
        self.are_townships = bool((zones["zone_level"] == "township").all())
        self.too_large = {
            code for code, level in zones["zone_level"].items() if str(level) in TOO_LARGE
        }
        self.rows_by_id = {code: row for row, code in enumerate(demand.index.astype(str))}
        self.own_names = {plain_name(name) for name in self.names}
        self.county = zone_stem(county)
        self.by_stem: dict[str, list[int]] = {}
        for row, name in enumerate(self.names):
            stem = place_stem(name, above=self.above)
            if len(stem) >= SHORTEST_STEM:
                self.by_stem.setdefault(stem, []).append(row)
        self.by_start: dict[str, list[str]] = {}
        for stem in sorted(self.by_stem, key=lambda stem: (-len(stem), stem)):
            self.by_start.setdefault(stem[:SHORTEST_STEM], []).append(stem)

    def by_codes(self, codes: Sequence[str]) -> tuple[list[str], list[int]]:
        """The zone that each code lies in, "" for none, and the village that it is, -1 for none."""
        zones = zone_by_code(codes, self.townships)
        villages = [
            self.rows_by_id.get(code, -1) if code_level(code) == "village" else -1
            for code in read_zone_codes(codes).codes
        ]
        return zones.fillna("").tolist(), villages

    def find(self, cells: tuple[str, ...], zone_code: str, village: int) -> _Answer:
        """The village or township that the cells and the code of one row name."""
        plain = [_in_parts(cell) for cell in cells if cell]
        foreign = next(filter(None, map(self._other_county, plain)), "")
        if foreign:
            return _Answer(reason=f"地址写的是“{foreign}”，不在本县")
        if village >= 0:
            zone = self.zones_of_villages[village] or zone_code
            return _Answer(village, zone, self.names[village], by_code=True)
        return self._by_names(plain, zone_code)

    def _by_names(self, plain: list[str], zone_code: str) -> _Answer:
        """The village that texts name, or else the township that they or the code name."""
        zone = zone_code or self._zone(plain)
        foreign = "" if zone else next(filter(None, map(self._other_township, plain)), "")
        if foreign:
            return _Answer(reason=f"写的乡镇“{foreign}”不是本县的行政单元")
        for text in plain:
            stem, rows = self._villages_in(text, zone)
            if len(rows) == 1:
                return _Answer(rows[0], self.zones_of_villages[rows[0]] or zone, stem)
            if rows:
                return _Answer(zone=zone, matched=stem, candidates=tuple(rows))
        matched = self.zone_names.get(zone, "")
        if zone in self.too_large:
            return _Answer(matched=matched, reason=f"只认出“{matched}”，范围太大")
        return _Answer(zone=zone, matched=matched, by_code=bool(zone_code))

    def point(self, answer: _Answer) -> shapely.Point | None:
        """Where a row goes; None where nothing, or more than one village, fits."""
        if answer.village >= 0:
            return self.villages[answer.village]
        if answer.candidates or not answer.zone:
            return None
        return self.townships[answer.zone]

    def sentence(self, answer: _Answer) -> str:
        """What was done with a row, or why nothing was."""
        if answer.reason:
            return f"{answer.reason}，没有落点"
        if answer.village >= 0:
            how = "按区划代码" if answer.by_code else "按村名"
            return f"{how}落在“{self.names[answer.village]}”，{VILLAGE_LEVEL}，请核实"
        if answer.candidates:
            shown = "、".join(self._called(row) for row in answer.candidates[:SHOWN_CANDIDATES])
            more = " 等" if len(answer.candidates) > SHOWN_CANDIDATES else ""
            count = len(answer.candidates)
            return f"有 {count} 个村都对得上（{shown}{more}），没有落点，请写明乡镇和村名"
        if answer.zone:
            name = self.zone_names[answer.zone]
            how = "区划代码" if answer.by_code else "乡镇"
            return f"没有认出村名，只按{how}落在“{name}”，{TOWNSHIP_LEVEL}，请核实"
        return "没有认出村名或乡镇名，没有落点，请补坐标或详细地址"

    def _called(self, row: int) -> str:
        zone = self.zone_names.get(self.zones_of_villages[row], "")
        return f"{zone}{self.names[row]}"

    def _other_county(self, plain: str) -> str:
        """The county that a text begins with, where it is another than ours."""
        match = _COUNTY.match(plain) if self.county else None
        if match is None or zone_stem(match["county"]) == self.county:
            return ""
        known = match["county"] in self.zones.full or zone_stem(match["county"]) in self.zones.stems
        return "" if known or self.county in plain else match["county"]

    def _zone(self, plain: list[str]) -> str:
        """The township that the row names: a whole cell first, then within a text."""
        for text in plain:
            if len(text) <= LONGEST_ZONE_NAME:
                stem = zone_stem(text)
                found = self.zones.full.get(text) or self.zones.stems.get(stem)
                # 「云岫」 alone may be the village as well as the town
                if found and (text in self.zones.full or stem not in self.by_stem):
                    return found
        for text in plain:
            within = self.zones.within(text)
            if isinstance(within, str):
                return within
        return ""

    def _other_township(self, plain: str) -> str:
        """The township that a text begins with, where the county has none of that name."""
        match = _TOWNSHIP.match(plain) if self.are_townships else None
        if match is None or plain in self.own_names:
            return ""
        town = match["town"]
        return "" if town in self.zones.full or zone_stem(town) in self.zones.stems else town

    def _villages_in(self, text: str, zone: str) -> tuple[str, list[int]]:
        """The longest name of villages in a text, and the rows that bear it; in a zone if known."""
        best, rows = "", list[int]()
        for stem in self._stems_in(text):
            if len(stem) < len(best):
                break
            fitting = [
                row
                for row in self.by_stem[stem]
                if not zone or self.zones_of_villages[row] in {zone, ""}
            ]
            if fitting:
                best, rows = best or stem, rows + fitting
        return best, rows

    def _stems_in(self, text: str) -> list[str]:
        """Names of villages that stand in a text as words of their own, longest first."""
        found = set()
        for start in range(len(text) - 1):
            stems = self.by_start.get(text[start : start + SHORTEST_STEM])
            before = text[start - 1] if start else ""
            if stems is None or (before not in _BEFORE and "\u3400" <= before <= "\u9fff"):
                continue
            found.update(
                stem
                for stem in stems
                if text.startswith(stem, start) and _AFTER.match(text, start + len(stem))
            )
        return sorted(found, key=lambda stem: (-len(stem), stem))


def _in_parts(cell: str) -> str:
    """A text in one form, with a stroke where a stop parts it: names do not run across stops."""
    parts = (plain_name(part) for part in _STOPS.split(cell))
    return "|".join(part for part in parts if part)


def _precision(answer: _Answer, point: shapely.Point | None) -> str:
    if point is None:
        return ""
    return VILLAGE_LEVEL if answer.village >= 0 else TOWNSHIP_LEVEL


def _remarks(precision: Sequence[str]) -> tuple[str, ...]:
    village, township = precision.count(VILLAGE_LEVEL), precision.count(TOWNSHIP_LEVEL)
    left = len(precision) - village - township
    parts = [
        f"{village} 行按村名落点（{VILLAGE_LEVEL}）" if village else "",
        f"{township} 行只按乡镇落点（{TOWNSHIP_LEVEL}）" if township else "",
        f"{left} 行没有落点" if left else "",
    ]
    told = [part for part in parts if part]
    return (f"没有坐标的 {len(precision)} 行：{'，'.join(told)}。",) if told else ()

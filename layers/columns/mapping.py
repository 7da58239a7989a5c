"""Which column of a file is which of ours: a proposal with its reasons, for the planner to correct.

The header decides first, by the list of what offices call our columns; the cells decide only
where no header does, and between the readings of "X坐标": longitude, easting, or the northing
that surveyors call X. No column of the file is proposed twice, but one that holds longitude and
latitude together, which is proposed as both.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from coverage.errors import Problem
from layers.columns.contents import CHINA_LAT, CHINA_LON, Contents, look_at
from layers.columns.header_choices import (
    Confidence,
    choices_by_header,
    datum_order,
    left_out_by_header,
)
from layers.columns.headers import read_header
from layers.columns.synonyms import (
    LAYER_TITLES,
    OUR_COLUMNS,
    PAIR,
    ColumnNames,
    Layer,
    shipped_column_names,
)
from layers.settings import nearest_key

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from layers.columns.headers import Header
    from layers.tables import SourceTable

PAIRS: Final = (("lon", "lat"), ("x", "y"))

PLACING: Final = ("address", "village", "township", "zone_code")
"""Columns that can place a row without coordinates, roughly."""

_REPEATED: Final = re.compile(r"_\d+$")
"""Behind the name of a column that stands in the file more than once."""


class ProposedColumn(NamedTuple):
    """
    One column of ours, and the column of the file that seems to be it.

    Parameters
    ----------
    ours
        Key of `OUR_COLUMNS`.
    theirs
        Column of the file.
    reason
        Chinese: what decided, and what else came into question.
    confidence
        "sure" (the header is a usual name and no other column has one), "likely" (a less usual
        name, or another column competes), "guess" (the cells only, or the header says something
        that puts it in question).
    """

    ours: str
    theirs: str
    reason: str
    confidence: Confidence


def propose_mapping(
    table: SourceTable, *, layer: Layer, names: ColumnNames | None = None
) -> list[ProposedColumn]:
    """
    The columns of a file that seem to be ours.

    Parameters
    ----------
    table
        As it was read.
    layer
        "facilities", "demand" or "zones".
    names
        What offices call our columns; the shipped list when absent.

    Returns
    -------
    proposed
        In the order of `OUR_COLUMNS`; no `ours` twice, and no `theirs` but a column of pairs, which
        is "lon" and "lat". Columns that nothing is known of, and those without any filled cell,
        are left out.
    """
    known = names or shipped_column_names()
    headers = _headers(table)
    found = {
        ours: ProposedColumn(ours, *choice)
        for ours, choice in choices_by_header(headers, known, layer=layer).items()
    }
    free = [
        column
        for column in headers
        if known.meaning(headers[column], layer=layer) is None and not _is_repeat(column, table)
    ]
    contents = _Looks(table)
    _settle_plane(found, contents)
    if "lon" in OUR_COLUMNS[layer] and not {"lon", "lat"} & set(found):
        together = _pair_headers(headers, known, layer)
        found |= _by_pairs(together, [name for name in free if name not in together], contents)
    used = {one.theirs for one in found.values()}
    for one in _by_content([name for name in free if name not in used], contents, layer, found):
        found[one.ours] = one
    _one_pair_only(found)
    return [found[ours] for ours in OUR_COLUMNS[layer] if ours in found]


def left_out_columns(table: SourceTable, *, layer: Layer) -> tuple[str, ...]:
    """
    Columns that look like one of ours and are not proposed: a part of a number, a share of it.

    Parameters
    ----------
    table
        As it was read.
    layer
        "facilities", "demand" or "zones".

    Returns
    -------
    reasons
        Chinese, in the order of the file: "“总人口（男）”写着“男”，不是全部的常住人口".
    """
    found = left_out_by_header(_headers(table), shipped_column_names(), layer=layer)
    return tuple(found.values())


def check_mapping(table: SourceTable, columns: Mapping[str, str], *, layer: Layer) -> list[Problem]:
    """
    What is wrong with a mapping, before anything is read by it.

    Parameters
    ----------
    table
        As it was read.
    columns
        Ours -> theirs, as the planner settled it.
    layer
        "facilities", "demand" or "zones".

    Returns
    -------
    problems
        Of whole columns; empty where the mapping can be used.
    """
    titles = OUR_COLUMNS[layer]
    found = [
        Problem(
            None, theirs, "", f"“{ours}”不是{LAYER_TITLES[layer]}的列，{_nearest(ours, titles)}"
        )
        for ours, theirs in columns.items()
        if ours not in titles
    ]
    known = {ours: theirs for ours, theirs in columns.items() if ours in titles}
    found += [
        Problem(None, theirs, "", f"文件里没有这一列（对应{titles[ours]}）")
        for ours, theirs in known.items()
        if theirs not in table.cells.columns
    ]
    looks = _Looks(table)
    present = {ours: name for ours, name in known.items() if name in table.cells.columns}
    pair = _mapped_pair(present, looks)
    found += _mapped_twice(known, titles, pair=pair)
    found += _pair_problems(known, titles)
    found += _place_problems(table, known, layer)
    found += _content_problems(present, looks, titles, pair=pair)
    return found


def _headers(table: SourceTable) -> dict[str, Header]:
    """The headers, taken apart, of the columns that say anything."""
    return {
        column: read_header(column)
        for column in table.cells.columns
        # A column that the office left empty says nothing, and mapped it would only be at fault.
        if column.strip() and (not len(table) or (table.column(column) != "").any())
    }


class _Looks(dict[str, Contents]):
    """What the columns of a table look like, each looked at once."""

    def __init__(self, table: SourceTable) -> None:
        super().__init__()
        self.table = table

    def __missing__(self, column: str) -> Contents:
        self[column] = look_at(self.table.cells[column])
        return self[column]


def _is_repeat(column: str, table: SourceTable) -> bool:
    """Whether a column only repeats the name of another, as "经度_2" does."""
    name = _REPEATED.sub("", column)
    return name != column and name in table.cells.columns


def _pair_headers(headers: Mapping[str, Header], names: ColumnNames, layer: Layer) -> list[str]:
    """Columns whose header says that they hold both coordinates, the first choice first."""
    meant = {column: names.meaning(header, layer=layer) for column, header in headers.items()}
    found = [
        (found[0].rank, datum_order(headers[column].datum), at, column)
        for at, (column, found) in enumerate(meant.items())
        if found is not None and found[0].ours == PAIR
    ]
    return [column for *_, column in sorted(found)]


def _by_pairs(
    named: list[str], free: list[str], looks: Mapping[str, Contents]
) -> dict[str, ProposedColumn]:
    """Longitude and latitude from one column that holds both."""
    fitting = [name for name in named if looks[name].is_pair]
    others = [name for name in free if looks[name].is_pair and looks[name].is_pair_in_china]
    for column in [*fitting, *others][:1]:
        shown = column.strip()
        text = f"表头“{shown}”，一格里写着经度和纬度，两样都取自这一列"
        if not fitting:
            text = f"表头“{shown}”看不出含义，一格里有两个数，像一对经纬度，请确认"
        if more := "、".join(f"“{name.strip()}”" for name in [*fitting, *others][1:]):
            text += f"；{more}也可能是，请确认"
        confidence: Confidence = "likely" if fitting else "guess"
        return {key: ProposedColumn(key, column, text, confidence) for key in PAIRS[0]}
    return {}


def _settle_plane(found: dict[str, ProposedColumn], looks: Mapping[str, Contents]) -> None:
    """Read "X" and "Y" by their cells: degrees, eastings, or the surveyor's way round."""
    if "x" not in found or "y" not in found:
        return
    x, y = found["x"], found["y"]
    east, north = looks[x.theirs], looks[y.theirs]
    reading: tuple[str, str, str] | None = None
    if east.within(CHINA_LON) and north.within(CHINA_LAT):
        reading = ("lon", "lat", "数值是经纬度（度）")
    elif east.within(CHINA_LAT) and north.within(CHINA_LON):
        reading = ("lat", "lon", "数值是经纬度（度），且 X 一列是纬度")
    elif east.is_northing and north.is_easting:
        reading = ("y", "x", "测量坐标，X 指北、Y 指东")
    elif east.is_easting and north.is_northing:
        reading = ("x", "y", "平面坐标（米），X 指东、Y 指北")
    if reading is None:
        return
    for key in ("x", "y"):
        del found[key]
    for key, one in zip(reading[:2], (x, y), strict=True):
        if key not in found:
            text = f"表头“{one.theirs.strip()}”，{reading[2]}"
            found[key] = ProposedColumn(key, one.theirs, text, "likely")


def _by_content(
    free: list[str],
    looks: Mapping[str, Contents],
    layer: Layer,
    found: Mapping[str, ProposedColumn],
) -> list[ProposedColumn]:
    """Columns told by their cells alone, for what no header gave."""
    guessed: dict[str, ProposedColumn] = {}

    def guess(ours: str, test: Callable[[Contents], bool], why: str) -> None:
        if ours in found or ours in guessed or ours not in OUR_COLUMNS[layer]:
            return
        taken = {one.theirs for one in guessed.values()}
        fitting = [name for name in free if name not in taken and test(looks[name])]
        if fitting:
            more = f"；{'、'.join(f'“{name}”' for name in fitting[1:])}也像" if fitting[1:] else ""
            text = f"表头“{fitting[0].strip()}”看不出含义，{why}{more}，请确认"
            guessed[ours] = ProposedColumn(ours, fitting[0], text, "guess")

    if not any(key in found for key in ("x", "y")):
        guess("lon", lambda one: one.is_degrees(CHINA_LON), "数值在 73—136 之间，像经度")
        guess("lat", lambda one: one.is_degrees(CHINA_LAT), "数值在 3—54 之间，像纬度")
        # numbers like these alone mean nothing: one coordinate goes with the other
        for key, other in (("lon", "lat"), ("lat", "lon")):
            if key in guessed and other not in guessed and other not in found:
                del guessed[key]
    guess("geometry", lambda one: one.is_wkt, "内容是多边形（WKT）")
    guess("id", lambda one: one.is_credit_code and one.all_differ, "内容是统一社会信用代码")
    if layer != "facilities":
        guess("id", lambda one: one.is_zone_code and one.all_differ, "内容像行政区划代码，各不相同")
    guess("zone_code", lambda one: one.is_zone_code, "内容像行政区划代码")
    guess("name", lambda one: one.is_name(layer), f"内容像{LAYER_TITLES[layer]}的名称")
    return list(guessed.values())


def _one_pair_only(found: dict[str, ProposedColumn]) -> None:
    """Keep longitude and latitude where a file has plane coordinates as well."""
    if all(key in found for key in PAIRS[0]):
        dropped = [found.pop(key) for key in PAIRS[1] if key in found]
        if dropped:
            named = "、".join(f"“{one.theirs.strip()}”" for one in dropped)
            lon = found["lon"]
            reason = f"{lon.reason}；文件里还有平面坐标{named}，用经纬度"
            found["lon"] = lon._replace(reason=reason)


def _nearest(ours: str, titles: Mapping[str, str]) -> str:
    near = nearest_key(ours, list(titles))
    return f"最接近的是“{near}”（{titles[near]}）"


def _mapped_pair(columns: Mapping[str, str], looks: Mapping[str, Contents]) -> str | None:
    """The column that is mapped as longitude and as latitude, if its cells hold both."""
    lon, lat = (columns.get(key) for key in PAIRS[0])
    return lon if lon is not None and lon == lat and looks[lon].is_pair else None


def _mapped_twice(
    columns: Mapping[str, str], titles: Mapping[str, str], *, pair: str | None
) -> list[Problem]:
    users: dict[str, list[str]] = {}
    for ours, theirs in columns.items():
        users.setdefault(theirs, []).append(titles[ours])
    return [
        Problem(None, theirs, "", f"这一列同时用作{'和'.join(names)}，只能用作一样")
        for theirs, names in users.items()
        if len(names) > (len(PAIRS[0]) if theirs == pair else 1)
    ]


def _pair_problems(columns: Mapping[str, str], titles: Mapping[str, str]) -> list[Problem]:
    found = [
        Problem(None, columns[key], "", f"有{titles[key]}，却没有{titles[other]}，两列要成对")
        for pair in PAIRS
        for key, other in (pair, pair[::-1])
        if key in columns and other not in columns
    ]
    if all(any(key in columns for key in pair) for pair in PAIRS):
        found.append(Problem(None, "", "", "经纬度和平面坐标（x、y）只能用一对"))
    return found


def _place_problems(table: SourceTable, columns: Mapping[str, str], layer: Layer) -> list[Problem]:
    if table.geometry is not None:
        return []
    if layer == "zones":
        is_of_people = "population" in columns and ("id" in columns or "name" in columns)
        rule = (
            "文件没有图形，也没有指定哪一列是边界（WKT），不能当作边界；"
            "只有人口的表要指定人口列，以及代码或名称列"
        )
        return [] if "geometry" in columns or is_of_people else [Problem(None, "", "", rule)]
    keys = (*PAIRS[0], *PAIRS[1], *PLACING)
    if any(key in columns for key in keys):
        return []
    rule = "没有坐标列，也没有地址、所在村、所在乡镇或单元代码，无法落到地图上"
    return [Problem(None, "", "", rule)]


def _content_problems(
    columns: Mapping[str, str],
    looks: Mapping[str, Contents],
    titles: Mapping[str, str],
    *,
    pair: str | None,
) -> list[Problem]:
    """Columns whose cells contradict what they are mapped to."""
    found = []
    empty = {ours for ours, theirs in columns.items() if not looks[theirs].texts}
    for ours, theirs in columns.items():
        rule = ""
        one = looks[theirs]
        if ours in empty:
            rule = f"整列都是空的，不能用作{titles[ours]}"
        elif ours in {*PAIRS[0], *PAIRS[1]} and one.is_pair and theirs != pair:
            rule = "一格里写了经度和纬度两个数，请把经度、纬度都指定为这一列，或先分成两列"
        elif ours == "lon" and one.is_degrees(CHINA_LAT):
            rule = "用作经度，数值却都在 3—54 之间，像是纬度；请检查是否与纬度选反了"
        elif ours == "lat" and one.is_degrees(CHINA_LON):
            rule = "用作纬度，数值却都在 73—136 之间，像是经度；请检查是否与经度选反了"
        elif ours == "x" and one.is_northing:
            rule = "用作 x（向东），数值却像测量上指北的 X；请检查是否与 y 选反了"
        if rule:
            found.append(Problem(None, theirs, "", rule))
    return found

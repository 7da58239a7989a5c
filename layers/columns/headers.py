"""What a header says once its spelling is out of the way: the name, the unit, the datum.

"２０２３年常住人口 （万人）" is the name 常住人口 with the unit 万人; "GCJ02_lng" is the name lng
with the datum gcj02, "2035年人口（规划）" the name 人口规划 of 2035, planned.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from layers.columns.units import is_rate, is_unit

_BRACKETS: Final = re.compile(r"[(\[{【〔<《「][^()\[\]{}【】〔〕<>《》「」]*[)\]}】〕>》」]")
_SIGNS: Final = re.compile(r"[()\[\]{}【】〔〕<>《》「」:;,.。、，：；*#\"'“”‘’?!·|]")
_JOINTS: Final = re.compile(r"[\s_\-/\\—–]+")
_SPAN: Final = re.compile(r"(?<=\d)\s*(?:岁)?\s*(?:-|—|–|~|～|至|到)\s*(?=\d)")
_NUMBERED: Final = re.compile(r"^\s*\d{1,2}\s*[.、]\s*(?=\D)")
_YEAR: Final = re.compile(
    r"(?P<year>(?:19|20)\d\d)\s*(?:年(?:度|末|底|初)?|(?=\D|$))(?:\d{1,2}月(?:末|底)?)?"
)
_DATUM: Final = re.compile(
    r"wgs_?-?84|gcj_?-?02|bd_?-?09(?:ll|mc)?|cgcs_?2000|国家?2000|大地2000|火星|百度|高德|天地图|腾讯",
)
_DATUM_NAMES: Final = {
    "gps": "wgs84", "wgs": "wgs84", "84": "wgs84", "地球": "wgs84", "gcj": "gcj02", "gd": "gcj02",
    "amap": "gcj02", "火星": "gcj02", "高德": "gcj02", "腾讯": "gcj02", "bd": "bd09",
    "baidu": "bd09", "百度": "bd09", "bd09ll": "bd09", "天地图": "cgcs2000", "国家2000": "cgcs2000",
    "大地2000": "cgcs2000",
}  # fmt: skip
_SHORT: Final = "gps|wgs|84|地球|gcj|gd|amap|bd|baidu"
_COORDINATE: Final = (
    r"(?:(?:point|poi)?_?(?:longitude|latitude|long|lon|lng|lat|lnglat|lonlat|latlng|location)|"
    r"(?:机构|位置|点位|中心)?(?:经纬度|经度|纬度|东经|北纬|坐标)(?:坐标|值|[xy])?|[xy](?:坐标|值)?)"
)
_SHORT_BEFORE: Final = re.compile(rf"(?P<datum>{_SHORT})[\s_-]*(?P<name>{_COORDINATE})")
_SHORT_BEHIND: Final = re.compile(rf"(?P<name>{_COORDINATE})[\s_(\[-]*(?P<datum>{_SHORT})[)\]]?")
_PLANNED: Final = re.compile(r"规划|预测|目标|预计|计划|远期")
# names of database columns hang together by "_" ("parent_name"), Chinese levels are put together so
_LEVELS: Final = re.compile(r"[/\\|]|_(?![\x00-\x7f]*$)")
_SEPARATORS: Final = re.compile(r"[/_\\|:：\-—]")


@dataclass(frozen=True)
class Header:
    """
    A header, taken apart.

    Parameters
    ----------
    text
        As it stands in the file.
    name
        For look-up: NFKC, lower case, without blanks, signs, year, number, unit and datum; what
        stands in brackets and is no unit is kept ("村(居)名称" is "村居名称").
    bare
        `name` without anything in brackets ("名称(全称)" is "名称").
    last
        Of a header in several levels ("人口情况/60岁以上") the last, otherwise `bare`.
    unit
        In brackets or behind a stroke, as written after NFKC and in lower case; "" without.
    datum
        The coordinate system that is named: "wgs84", "gcj02", "bd09", "bd09mc" or "cgcs2000"; ""
        without. "GPS", "84" and the like count only beside the name of a coordinate.
    year
        The last year that is stated; None without.
    is_planned
        Whether a plan or a forecast is spoken of, and not the present state.
    asides
        What stands in brackets and is none of these.
    above
        The levels above `last`.
    """

    text: str
    name: str
    bare: str
    last: str
    unit: str = ""
    datum: str = ""
    year: int | None = None
    is_planned: bool = False
    asides: tuple[str, ...] = ()
    above: tuple[str, ...] = ()


def read_header(text: str) -> Header:
    """
    Take a header apart.

    Parameters
    ----------
    text
        A column name.

    Examples
    --------
    >>> read_header("建筑面积（㎡）").name, read_header("建筑面积（㎡）").unit
    ('建筑面积', 'm2')
    >>> read_header("0至3岁").name
    '0-3岁'
    """
    plain = unicodedata.normalize("NFKC", text).casefold().strip()
    is_planned = _PLANNED.search(plain) is not None and "现状" not in plain
    plain = _NUMBERED.sub("", plain)
    plain, unit = _without_unit(plain)
    plain, datum = _without_datum(plain)
    years = [int(match["year"]) for match in _YEAR.finditer(plain)]
    plain = _YEAR.sub("", plain)
    outside = _BRACKETS.sub("", plain)
    parts = [part for part in map(_squeezed, _LEVELS.split(outside)) if part]
    bare = _squeezed(outside)
    asides = tuple(inside for one in _BRACKETS.findall(plain) if (inside := _squeezed(one)))
    return Header(
        text,
        name=_squeezed(plain),
        bare=bare,
        last=parts[-1] if parts else bare,
        unit=unit,
        datum=datum,
        year=max(years, default=None),
        is_planned=is_planned,
        asides=asides,
        above=tuple(parts[:-1]),
    )


def _without_datum(plain: str) -> tuple[str, str]:
    """The header without the coordinate system that it names, and that."""
    datums = _DATUM.findall(plain)
    if datums:
        named = re.sub(r"[_-]", "", datums[0])
        return _DATUM.sub("", plain), _DATUM_NAMES.get(named, named)
    short = _SHORT_BEFORE.fullmatch(plain) or _SHORT_BEHIND.fullmatch(plain)
    return (short["name"], _DATUM_NAMES[short["datum"]]) if short else (plain, "")


def _without_unit(plain: str) -> tuple[str, str]:
    """The header without its unit, and the unit."""
    for match in _BRACKETS.finditer(plain):
        inside = match.group()[1:-1].strip().removeprefix("单位").lstrip(":： ")
        if inside and (is_unit(inside) or is_rate(inside)):
            return plain[: match.start()] + plain[match.end() :], inside
        # "面积（亩，含院落）"
        words = [word for word in re.split(r"\s*[,;、。:]\s*", inside) if word]
        unit = next((word for word in words if is_unit(word) or is_rate(word)), "")
        if unit:
            rest = "、".join(word for word in words if word != unit)
            return f"{plain[: match.start()]}({rest}){plain[match.end() :]}", unit
    for match in reversed(list(_SEPARATORS.finditer(plain))):
        unit = plain[match.end() :].strip().removeprefix("单位").lstrip(":： ")
        if unit and match.start() and is_unit(unit):
            return plain[: match.start()], unit
    return plain, ""


def _squeezed(text: str) -> str:
    """Without blanks, signs and joints; a span of years is written with "-"."""
    spans = _SPAN.sub("\0", text)
    return _JOINTS.sub("", _SIGNS.sub("", spans)).replace("\0", "-")

"""What a header says once its spelling is out of the way: the name, the unit, the datum.

"２０２３年常住人口 （万人）" is the name 常住人口 with the unit 万人; "GCJ02_lng" is the name lng
with the datum gcj02.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from layers.columns.units import is_unit

_BRACKETS: Final = re.compile(r"[(\[{【〔<《「][^()\[\]{}【】〔〕<>《》「」]*[)\]}】〕>》」]")
_SIGNS: Final = re.compile(r"[()\[\]{}【】〔〕<>《》「」:;,.。、，：；*#\"'“”‘’?!·|]")
_JOINTS: Final = re.compile(r"[\s_\-/\\—–]+")
_SPAN: Final = re.compile(r"(?<=\d)\s*(?:岁)?\s*(?:-|—|–|~|～|至|到)\s*(?=\d)")
_NUMBERED: Final = re.compile(r"^\s*\d{1,2}\s*[.、]\s*(?=\D)")
_YEAR: Final = re.compile(
    r"(?:19|20)\d\d\s*(?:年(?:度|末|底|初)?|(?=\D|$))(?:\d{1,2}月(?:末|底)?)?"
)
_DATUM: Final = re.compile(
    r"wgs_?-?84|gcj_?-?02|bd_?-?09(?:ll|mc)?|cgcs_?2000|国家?2000|大地2000|火星|百度|高德|天地图|腾讯",
)
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
        Names of coordinate systems found, e.g. "gcj02"; "" without.
    """

    text: str
    name: str
    bare: str
    last: str
    unit: str = ""
    datum: str = ""


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
    plain = _NUMBERED.sub("", plain)
    plain, unit = _without_unit(plain)
    datums = _DATUM.findall(plain)
    plain = _DATUM.sub("", plain)
    plain = _YEAR.sub("", plain)
    outside = _BRACKETS.sub("", plain)
    parts = [part for part in map(_squeezed, _LEVELS.split(outside)) if part]
    bare = _squeezed(outside)
    datum = re.sub(r"[_-]", "", datums[0]) if datums else ""
    return Header(text, _squeezed(plain), bare, parts[-1] if parts else bare, unit, datum)


def _without_unit(plain: str) -> tuple[str, str]:
    """The header without its unit, and the unit."""
    for match in _BRACKETS.finditer(plain):
        inside = match.group()[1:-1].strip().removeprefix("单位").lstrip(":： ")
        if inside and is_unit(inside):
            return plain[: match.start()] + plain[match.end() :], inside
    for match in reversed(list(_SEPARATORS.finditer(plain))):
        unit = plain[match.end() :].strip().removeprefix("单位").lstrip(":： ")
        if unit and match.start() and is_unit(unit):
            return plain[: match.start()], unit
    return plain, ""


def _squeezed(text: str) -> str:
    """Without blanks, signs and joints; a span of years is written with "-"."""
    spans = _SPAN.sub("\0", text)
    return _JOINTS.sub("", _SIGNS.sub("", spans)).replace("\0", "-")

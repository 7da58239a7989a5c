"""Names of places as offices spell them, brought to one form.

「示例县云岫镇丁庄村村民委员会」, 「丁庄村」 and 「丁庄」 have the stem 丁庄, and the clinic
「云岫镇卫生院丁庄村第一卫生室」 is named after the place 丁庄. Stems are for comparing, never for
showing. Nothing is guessed: names that differ in a character (张家庄, 张庄) are different places.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

SHORTEST_STEM: Final = 2
"""Characters; a name is never cut to less (「东村」 stays 东村)."""

_BRACKETED: Final = re.compile(
    r"[(\[{【〔〈《「][^()\[\]{}【】〔〕〈〉《》「」]*(?:[)\]}】〕〉》」]|$)"
)
_SIGNS: Final = re.compile(r"[^0-9a-z\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff〇]+")
_IS_PLAIN: Final = re.compile(r"[a-z\u3400-\u4dbf\u4e00-\u7b2b\u7b2d-\u9fff]+")
# neither digits, nor 第 (U+7B2C), nor signs: most names are so, and nothing is to be done
_ORDINAL: Final = re.compile(r"第+(?=[0-9一二三四五六七八九十])")
_NUMBER: Final = re.compile(r"(?<!\d)\d{1,2}(?!\d)")
_DIGITS: Final = "〇一二三四五六七八九"

_PLACE_SUFFIXES: Final = (
    "村民委员会", "居民委员会", "社区居民委员会", "村民小组", "社区居委会", "村委会", "居委会",
    "村委", "居委", "委员会", "行政村", "自然村", "社区村", "社区", "村",
)  # fmt: skip
_ZONE_SUFFIXES: Final = (
    "街道办事处", "办事处", "人民政府", "政府", "街办", "街道", "民族乡", "回族镇", "镇", "乡",
    "县", "区", "市", "旗", "苏木",
)  # fmt: skip
_FACILITY_SUFFIXES: Final = (
    "中心村卫生室", "一般村卫生室", "中心卫生室", "一般卫生室", "村级卫生室", "农村卫生室",
    "卫生室服务点", "卫生服务点", "医疗服务点", "社区卫生服务站", "卫生服务站", "卫生室", "卫生所",
    "卫生站", "医务室", "诊所", "巡诊点",
)  # fmt: skip

_LEADING: Final = re.compile(
    r"^[\u3400-\u9fff]{2,6}?(?:省|自治区)|^[\u3400-\u9fff]{2,4}?市(?!场|里|北|南|东|西|中)"
    r"|^[\u3400-\u9fff]{1,5}?(?:(?<![社小校院园矿厂库灌城新老旧山])区|县)"
    r"|^[\u3400-\u9fff]{2,7}?(?:街道办事处|街道|办事处|镇|乡)(?!村|里)"
)
_PARENT: Final = re.compile(r"^.*?(?:卫生院|社区卫生服务中心|卫生服务中心|人民医院|中医院|医院)")
_COUNT: Final = re.compile(r"(?<=.{2})[一二三四五六七八九十]{1,2}号?$")


def plain_name(text: str) -> str:
    """
    A name without blanks, signs, brackets and what stands in them; numbers in Chinese.

    Parameters
    ----------
    text
        As written, full-width or not.

    Examples
    --------
    >>> plain_name(" 丁庄 第１村（原丁寨）")
    '丁庄一村'
    """
    if _IS_PLAIN.fullmatch(text):
        return text
    folded = unicodedata.normalize("NFKC", text).casefold()
    signless = _SIGNS.sub("", _BRACKETED.sub("", folded)) or _SIGNS.sub("", folded)
    return _NUMBER.sub(_in_chinese, _ORDINAL.sub("", signless))


def place_stem(text: str, *, above: Iterable[str] = ()) -> str:
    """
    What a village or community is called without its kind and without what it lies in.

    Parameters
    ----------
    text
        A name, perhaps with province, city, county and township in front.
    above
        Names of the zones it may lie in, as known; they are taken off wherever they stand in
        front. Beyond them only names that end in 省, 市, 县, 区, 镇, 乡 or 街道 are.

    Returns
    -------
    stem
        At least two characters where the name has two; "" for an empty name. The stem of a stem
        is the stem.

    Examples
    --------
    >>> place_stem("示例县云岫镇丁庄村村民委员会")
    '丁庄'
    >>> place_stem("东村")
    '东村'
    """
    return _stable(text, functools.partial(_cut_place, above=_longest_first(tuple(above))))


def facility_stem(text: str, *, above: Iterable[str] = ()) -> str:
    """
    The stem of the place that a clinic is named after.

    Parameters
    ----------
    text
        Name of a village clinic or station of any spelling (卫生室, 卫生所, 卫生站, 第一卫生室 …).
    above
        Names of the zones it may lie in.

    Returns
    -------
    stem
        As `place_stem` gives it for the village; "" where nothing is left but the kind.

    Examples
    --------
    >>> facility_stem("云岫镇卫生院丁庄村第一卫生室")
    '丁庄'
    """
    plain = plain_name(text)
    for suffix in _FACILITY_SUFFIXES:
        if plain.endswith(suffix):
            plain = plain.removesuffix(suffix)
            break
    own = _PARENT.sub("", plain)
    plain = own if len(own) >= SHORTEST_STEM else plain
    # 「丁庄村一室」, 「丁庄村二卫生室」 are clinics of 丁庄; 「丁庄一村」 is a village of its own
    if _COUNT.search(plain) and plain.rstrip("号一二三四五六七八九十").endswith(
        ("村", "社区", "居")
    ):
        plain = _COUNT.sub("", plain)
    return place_stem(plain, above=above)


def zone_stem(text: str) -> str:
    """
    What a township, subdistrict or county is called without its kind.

    Examples
    --------
    >>> zone_stem("云岫镇人民政府"), zone_stem("霁陂街道办事处")
    ('云岫', '霁陂')
    """
    return _stable(text, _cut_zone)


def _cut_place(plain: str, *, above: tuple[str, ...]) -> str:
    for name in above:
        rest = plain.removeprefix(name)
        if rest != plain and len(_without(rest, _PLACE_SUFFIXES)) >= SHORTEST_STEM:
            return rest
    leading = _LEADING.match(plain)
    if leading:
        rest = plain[leading.end() :]
        if len(_without(rest, _PLACE_SUFFIXES)) >= SHORTEST_STEM or _is_short_place(rest):
            return rest
    return _without(plain, _PLACE_SUFFIXES)


def _is_short_place(rest: str) -> bool:
    """Whether what is left is a name like 「东村」, not the kind alone (「社区」)."""
    return (
        len(rest) == SHORTEST_STEM and rest.endswith("村") and rest[0] not in "一二三四五六七八九十"
    )


def _cut_zone(plain: str) -> str:
    leading = re.match(r"^[\u3400-\u9fff]{2,6}?(?:省|自治区|市|县|(?<!社)区)(?=.{2})", plain)
    if leading and len(plain) - leading.end() > SHORTEST_STEM:
        return plain[leading.end() :]
    return _without(plain, _ZONE_SUFFIXES)


def _without(text: str, suffixes: tuple[str, ...]) -> str:
    """The text without the longest of the suffixes, if enough is left."""
    if not text.endswith(suffixes):
        return text
    longest = max(len(one) for one in suffixes if text.endswith(one))
    return text[:-longest] if len(text) - longest >= SHORTEST_STEM else text


def _stable(text: str, cut: Callable[[str], str]) -> str:
    """A name cut until nothing changes, so that the stem of a stem is the stem."""
    plain = plain_name(text)
    while (shorter := cut(plain)) != plain:
        plain = shorter
    return plain


@functools.lru_cache(maxsize=8)
def _longest_first(names: tuple[str, ...]) -> tuple[str, ...]:
    plain = {plain_name(name) for name in names}
    return tuple(sorted((name for name in plain if len(name) >= SHORTEST_STEM), key=_by_length))


def _by_length(name: str) -> tuple[int, str]:
    return -len(name), name


def _in_chinese(match: re.Match[str]) -> str:
    tens, ones = divmod(int(match.group()), 10)
    if len(match.group()) == 2 and not tens:  # noqa: PLR2004 - "05" is 五
        return _DIGITS[ones]
    front = "" if not tens else "十" if tens == 1 else _DIGITS[tens] + "十"
    return front + (_DIGITS[ones] if ones or not tens else "")

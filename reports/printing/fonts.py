"""The Chinese font of print maps: bundled by a package, else one found on the machine."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Final

from matplotlib import font_manager, ft2font

from coverage.errors import OutputError
from reports.safe_text import plain_text

BUNDLED: Final = ("pylopdf_fonts_zh_cn", "NotoSansSC-Regular.otf")
"""Package and file of the font that the program installs with itself (OFL)."""

FOUND: Final = (
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "Microsoft YaHei",
    "SimHei",
    "SimSun",
    "PingFang SC",
    "WenQuanYi Micro Hei",
)
"""Families looked for on the machine where the bundled font is missing, best first."""

UNPRINTABLE: Final = "\u3013"
"""The geta mark stands for a character that the font cannot show: a box would be read as a fault
of the printer, and a silent gap as another name."""

LONGEST: Final = 1000
"""Characters of a text on a sheet; nothing longer is ever read there."""


@cache
def chinese_font() -> font_manager.FontProperties:
    """
    The font of every text on a print map.

    Returns
    -------
    font
        Of a file, so that it is embedded whatever the machine has installed.

    Raises
    ------
    OutputError
        If neither the bundled font nor a Chinese one of the machine is there.
    """
    package, name = BUNDLED
    try:
        path = Path(str(resources.files(package).joinpath(name)))
    except ModuleNotFoundError:
        path = Path()
    if not path.is_file():
        path = _found_on_the_machine()
    font_manager.fontManager.addfont(path)
    # One family only: each more is looked up again for every text, a tenth of the time of a map.
    own = ft2font.FT2Font(str(path)).family_name
    return font_manager.FontProperties(family=[own], fname=str(path))


def with_stand_ins(svg: bytes) -> bytes:
    """
    A drawing that names, beside its font, those to show its texts in where that is missing.

    Parameters
    ----------
    svg
        As Matplotlib writes it, with text as text.
    """
    own = chinese_font().get_family()[0]
    others = [f"'{family}'" for family in FOUND if family != own]
    named = ", ".join([f"'{own}'", *others, "sans-serif"]).encode()
    # Within a text the sign "<" is written otherwise, so that only styles are changed.
    found = re.compile(rb"(<text style=\"[^\"<]*)'" + re.escape(own.encode()) + rb"'")
    return found.sub(lambda match: match[1] + named, svg)


def printable(text: str) -> str:
    """
    One line of a text, with what the font cannot show replaced by `UNPRINTABLE`.

    Parameters
    ----------
    text
        Any; control characters go, which no SVG may hold.
    """
    known = _characters(str(chinese_font().get_file()))
    line = plain_text(text, limit=LONGEST)
    return "".join(sign if ord(sign) in known else UNPRINTABLE for sign in line)


def _found_on_the_machine() -> Path:
    for family in FOUND:
        try:
            return Path(
                font_manager.findfont(
                    font_manager.FontProperties(family=family), fallback_to_default=False
                )
            )
        except ValueError:
            continue
    msg = (
        "没有找到中文字体，印刷地图上的汉字会变成方框，因此没有出图。"
        f"请重新安装程序（自带字体包 {BUNDLED[0]}），或在本机装一种中文字体，如思源黑体、微软雅黑。"
    )
    raise OutputError(msg)


@cache
def _characters(path: str) -> frozenset[int]:
    return frozenset(ft2font.FT2Font(path).get_charmap())

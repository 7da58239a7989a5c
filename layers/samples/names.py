"""Invented Chinese names for the generated county: plausible, unique, of no real county."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

COUNTY_NAME: Final = "示例县"

_TOWN_FIRST: Final = "云栖禾穗岚澄沐霁葭蓼渌瑶"
_TOWN_SECOND: Final = "汀禾原泽陂岫畹塍湄圩"
_SURNAMES: Final = (
    "王李张刘陈杨赵孙周吴徐马朱胡郭林何高罗郑梁谢宋唐许邓韩冯曹彭曾肖田董袁潘于蒋蔡余杜叶程"
    "苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝"
)
_PREFIXES: Final = ("", "", "", "大", "小", "前", "后", "东", "西", "南", "北", "上", "新")
_PLAIN_ENDINGS: Final = (
    "家庄", "庄", "家屯", "家楼", "家堂", "家铺", "家营", "家集", "家洼", "家桥", "家园", "家坊",
)  # fmt: skip
_HILL_ENDINGS: Final = (
    "家峪", "家沟", "家岭", "家寨", "家坡", "家崖", "家台", "家坪", "家岔", "家洞", "家垭", "家岗",
)  # fmt: skip
_BLESSED_FIRST: Final = "锦瑞和祥永康怡嘉惠福泰宁"
_BLESSED_SECOND: Final = "苑华安居庭景园邻馨川"
_STREET_FIRST: Final = "文振建育朝迎兴光昌明丰永"
_STREET_SECOND: Final = "德阳业才晖宾商泽平远盛康"


class Names:
    """
    Draws names without ever repeating one.

    Parameters
    ----------
    random
        Source of randomness; the same seed draws the same names.
    """

    def __init__(self, random: np.random.Generator) -> None:
        self._random = random
        self._taken: set[str] = set()

    def town(self, *, ending: str) -> str:
        """A township, e.g. "禾陂镇"; `ending` is 镇, 乡 or 街道."""
        return self._unique(lambda: self._pick(_TOWN_FIRST) + self._pick(_TOWN_SECOND)) + ending

    def village(self, *, hilly: bool) -> str:
        """A village, e.g. "东李家庄村"; hill villages have hill endings."""
        endings = _HILL_ENDINGS if hilly else _PLAIN_ENDINGS
        return self._unique(
            lambda: f"{self._pick(_PREFIXES)}{self._pick(_SURNAMES)}{self._pick(endings)}村"
        )

    def community(self) -> str:
        """An urban community, e.g. "锦苑社区"."""
        return self._unique(
            lambda: f"{self._pick(_BLESSED_FIRST)}{self._pick(_BLESSED_SECOND)}社区"
        )

    def street(self, *, ending: str = "路") -> str:
        """A street or main road, e.g. "文德路"."""
        return self._unique(
            lambda: f"{self._pick(_STREET_FIRST)}{self._pick(_STREET_SECOND)}{ending}"
        )

    def _pick(self, choices: str | tuple[str, ...]) -> str:
        return choices[int(self._random.integers(len(choices)))]

    def _unique(self, draw: Callable[[], str]) -> str:
        while True:
            name = draw()
            if name not in self._taken:
                self._taken.add(name)
                return name

"""The threshold of a target as a planner writes it: "15分钟 步行", "每千人", "至少2处"."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from coverage.impedance import TravelMode

_NUMBER: Final = r"(\d+(?:\.\d+)?)\s*"

_AMOUNTS: Final[Mapping[str, re.Pattern[str]]] = {
    "over_wan": re.compile(rf"人口(?:超过|大于|>)?\s*{_NUMBER}万人?(?:以上)?"),
    "minutes": re.compile(rf"{_NUMBER}分钟"),
    "kilometres": re.compile(rf"{_NUMBER}(?:公里|千米|km)"),
    "metres": re.compile(rf"{_NUMBER}(?:米|m)"),
}

_AT_LEAST: Final = re.compile(r"(?:≥|>=|至少|不少于)\s*(\d+)\s*(?:处|个|所|家)?")
_PER: Final = re.compile(r"每(百|千|万|十万)?(?:名|位)?(?:常住|户籍|老年)?人口?")
_PARTS: Final = re.compile(r"分片[:：]\s*([^\s；;]+)")
_BETWEEN: Final = re.compile(r"[\s，,；;。]+")

_PER_WORDS: Final = {"百": 100, "千": 1000, "万": 10000, "十万": 100000}

_MEASURES: Final = {"路网": "network", "直线": "straight"}

_METRES_OF_RULE: Final = {"units_served": "radius_m", "colocated_within_distance": "within_m"}

HOW: Final = (
    "如“15分钟 步行”“2.5公里 路网 步行”“500米 直线”“每千人”“至少2处”“人口80万以上”"
    "“分片：东、中、西”"
)


class Thresholds:
    """
    Reads thresholds.

    Parameters
    ----------
    modes
        Travel modes by id; named by their Chinese names or by their ids.
    """

    def __init__(self, modes: Mapping[str, TravelMode]) -> None:
        words = {
            unicodedata.normalize("NFKC", word): mode_id
            for mode_id, mode in modes.items()
            for word in (mode_id, mode.name)
        }
        # the longest first: 「步行或骑行」 is not 「步行」
        self._modes = dict(sorted(words.items(), key=lambda one: -len(one[0])))

    def read(self, text: str, rule: str) -> tuple[dict[str, Any], list[str]]:
        """
        The keys that a threshold stands for.

        Parameters
        ----------
        text
            As written; "" for none.
        rule
            Of the target.

        Returns
        -------
        keys, faults
            As a plan's file has them; one sentence where something cannot be read.
        """
        rest = unicodedata.normalize("NFKC", text)
        keys: dict[str, Any] = {}
        for key, pattern in _AMOUNTS.items():
            if (found := pattern.search(rest)) is not None:
                keys[_METRES_OF_RULE.get(rule, key) if key == "metres" else key] = float(found[1])
                rest = rest.replace(found[0], " ", 1)
        if (found := _AT_LEAST.search(rest)) is not None:
            keys["at_least"] = int(found[1])
            rest = rest.replace(found[0], " ", 1)
        if (found := _PARTS.search(rest)) is not None:
            keys["each_in"] = [name for name in re.split(r"[、,]", found[1]) if name]
            rest = rest.replace(found[0], " ", 1)
        if (found := _PER.search(rest)) is not None:
            keys["per"] = _PER_WORDS.get(found[1] or "", 1)
            rest = rest.replace(found[0], " ", 1)
        for key, words in (("mode", self._modes), ("measure", _MEASURES)):
            word = next((one for one in words if one in rest), None)
            if word is not None:
                keys[key] = words[word]
                rest = rest.replace(word, " ", 1)
        left = _BETWEEN.sub("", rest.replace("距离", ""))
        return keys, [f"的「阈值」里“{left[:40]}”看不懂，{HOW}。"] if left else []

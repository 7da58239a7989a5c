"""Siting in a planner's words: the models, how far a solver is, and what an answer proves.

The word 最优 is used of what is proven, and of nothing else.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from coverage.numbers import NOISE
from reports.figures import metres_text, minutes_text, people_text, share_text
from reports.safe_text import plain_text
from views.plain_text import MESSAGE_LIMIT

if TYPE_CHECKING:
    from coverage.siting import SitingResult
    from views.solving import Told

Unit = Literal["people", "visits", "sites", "mean", "farthest"]
"""What an objective counts: persons, persons of several standards together, sites, seconds (or
metres) of the average person, seconds (or metres) of the farthest."""

STATES: Final = {
    "optimal": "已证明最优",
    "feasible": "未证完",
    "infeasible": "已证明无可行方案",
}

_IN_FRONT: Final = re.compile("^(各圈合计)?覆盖 |^(平均|最远|新建|共|保留) ")

_SMALLEST_GAP: Final = 1e-4
"""Smaller gaps show as such, not as 0.00%."""


@dataclass(frozen=True)
class ModelWords:
    """
    A model as the page offers it.

    Parameters
    ----------
    name
        Short, with the textbook name where planners know it.
    help
        One line: what is given and what comes out.
    unit
        Of its objective.
    asks
        What the planner sets: "sites" (how many new ones), "share", "times" (how many facilities
        each point needs), "standards", "close" (how many to close).
    """

    name: str
    help: str
    unit: Unit
    asks: tuple[str, ...]


MODELS: Final = {
    "maximal_covering": ModelWords(
        "最大覆盖", "定下新设几处，求放在哪里能让最多的人进入服务圈。", "people", ("sites",)
    ),
    "location_set_covering": ModelWords(
        "最少设施", "定下要达到的覆盖率，求最少要几处、放在哪里。", "sites", ("share",)
    ),
    "equity_floor": ModelWords(
        "乡镇底线", "每个乡镇都要达到同一覆盖率，求最少要几处、放在哪里。", "sites", ("share",)
    ),
    "standards_covering": ModelWords(
        "多标准兼顾",
        "同一处设施服务几个服务圈，求放在哪里能让各圈合计覆盖的人最多。",
        "visits",
        ("sites", "standards"),
    ),
    "backup_covering": ModelWords(
        "备份覆盖",
        "定下新设几处，求放在哪里能让最多的人在服务圈内有两处以上设施可去。",
        "people",
        ("sites", "times"),
    ),
    "closing": ModelWords(
        "撤并", "只看现有设施：哪些可以撤并，而覆盖的人不减少，或减少得最少。", "people", ("close",)
    ),
    "p_median": ModelWords(
        "平均路程短（p-中位）", "定下新设几处，求放在哪里能让全体居民的平均路程最短。",
        "mean", ("sites",),
    ),
    "p_center": ModelWords(
        "照顾最远（p-中心）", "定下新设几处，求放在哪里能让最远的村离设施最近。",
        "farthest", ("sites",),
    ),
}  # fmt: skip
"""By the name that `SitingResult.model` has."""


@dataclass(frozen=True)
class Scale:
    """
    How the objective of a question reads.

    Parameters
    ----------
    unit
        What it counts.
    everybody
        All persons counted, or persons served for "mean"; 0 or NaN where not known.
    by_time
        Whether costs are seconds; else metres.
    standing
        Facilities that stay in any case and are among the sites counted.
    verb
        Before a number of sites none of which stays in any case.
    target
        Share of the standard: one below it never reads as reaching it.
    """

    unit: Unit
    everybody: float = math.nan
    by_time: bool = True
    standing: int = 0
    verb: str = "共"
    target: float = 1.0

    @property
    def is_most(self) -> bool:
        """Whether more is better."""
        return self.unit in ("people", "visits")

    @property
    def bound_name(self) -> str:
        """What the bound is called."""
        return "上界" if self.is_most else "下界"

    def short(self, value: float) -> str:
        """A value of the objective in a few characters: "覆盖 93.8%", "7 处", "8.2 分钟"."""
        if self.unit == "people" and self.everybody > 0:
            return f"覆盖 {self._share(value / self.everybody)}"
        if self.unit == "people":
            return f"覆盖 {people_text(value)}"
        if self.unit == "visits":
            return f"各圈合计覆盖 {value:,.0f} 人次"
        if self.unit == "sites":
            return f"{'新建' if self.standing else self.verb} {value - self.standing:,.0f} 处"
        if self.unit == "mean":
            return f"平均 {self._cost(value / self.everybody if self.everybody else math.nan)}"
        return f"最远 {self._cost(value)}"

    def long(self, value: float) -> str:
        """The same with the number of persons, which tells apart what percent do not."""
        if self.unit == "people" and self.everybody > 0:
            return f"{self.short(value)}（{people_text(value)}）"
        if self.unit == "sites" and self.standing:
            return f"{self.short(value)}（加现有共 {value:,.0f} 处）"
        return self.short(value)

    def bound(self, value: float, *, with_people: bool = True) -> str:
        """A bound, without the words that its value has in front."""
        whole = math.ceil(value - 1e-6) if self.unit == "sites" else value
        told = self.long(whole) if with_people else self.short(whole)
        return _IN_FRONT.sub("", told)

    def most(self, result: SitingResult) -> str:
        """That more than this nobody can reach; "" where the answer leaves nobody out."""
        reach = result.figures.get("reachable_share", 1.0)
        if not (reach < 1 and result.figures.get("share", 0.0) >= reach - NOISE):
            return ""
        return f"；够得着的都覆盖，全体最多 {self._share(reach)}"

    def _share(self, share: float) -> str:
        return share_text(share, target=self.target)

    def _cost(self, cost: float) -> str:
        return minutes_text(cost) if self.by_time else metres_text(cost)


def seconds_text(seconds: float) -> str:
    """
    A duration, as one says it.

    Examples
    --------
    >>> seconds_text(0.04), seconds_text(3.24), seconds_text(75.0)
    ('不到 0.1 秒', '3.2 秒', '1 分 15 秒')
    """
    if seconds < 0.1:  # noqa: PLR2004 - the last decimal shown
        return "不到 0.1 秒"
    if seconds < 60:  # noqa: PLR2004 - a minute
        return f"{seconds:.1f} 秒"
    return f"{int(seconds // 60)} 分 {int(seconds % 60)} 秒"


def gap_text(gap: float) -> str:
    """
    A relative gap in percent; a small one never reads as none.

    Examples
    --------
    >>> gap_text(0.0), gap_text(0.00001), gap_text(0.0053), gap_text(float("inf"))
    ('0', '不足 0.01%', '0.53%', '未知')
    """
    if not math.isfinite(gap):
        return "未知"
    if gap == 0:
        return "0"
    return "不足 0.01%" if gap < _SMALLEST_GAP else f"{gap:.2%}"


def told_text(told: Told, scale: Scale) -> str:
    """How far a solver is, in one sentence."""
    spent = seconds_text(told.seconds)
    step = f"{plain_text(told.step)}：" if told.step else ""
    if told.phase == "waiting":
        return f"正在排队（{spent}）：服务器正为别人求解，轮到后自动开始。"
    if told.phase == "ending":
        return f"{step}正在停下，取目前找到的最好方案（{spent}）。"
    if math.isnan(told.best):
        return f"{step}正在准备（{spent}）…"
    found = f"{step}正在求解（{spent}）：已找到{scale.short(told.best)}"
    if math.isnan(told.bound):
        return f"{found}。"
    return f"{found}，{scale.bound_name} {scale.bound(told.bound, with_people=False)}。"


def proof_text(result: SitingResult, scale: Scale) -> str:
    """What an answer is and what is proven of it, in one sentence."""
    if result.status == "infeasible":
        return plain_text(result.reason, limit=MESSAGE_LIMIT) or "已证明没有可行的方案。"
    if result.status == "optimal":
        return f"已证明最优：{scale.long(result.objective)}{scale.most(result)}。"
    return (
        f"已找到{scale.long(result.objective)}，"
        f"{scale.bound_name} {scale.bound(result.bound)}，未证完。"
    )


def status_rows(result: SitingResult, scale: Scale) -> list[tuple[str, str]]:
    """Model, status, bound, gap, time and seed of an answer, as (name, text)."""
    words = MODELS.get(result.model)
    rows = [
        ("模型", words.name if words else result.model),
        ("状态", STATES[result.status]),
        ("求解用时", seconds_text(result.seconds)),
        ("随机种子", str(result.seed)),
    ]
    if result.status != "infeasible":
        rows[2:2] = [
            (scale.bound_name, scale.bound(result.bound)),
            ("差距", gap_text(result.gap)),
        ]
    return rows

"""A siting question in the planner's words, and what its numbers mean."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from coverage.errors import SitingError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from coverage.studies.siting_ground import SitingGround

Existing = Literal["locked", "closable", "ignored"]
"""Whether the facilities that stand stay, may close, or are left out of account."""

Model = Literal[
    "location_set_covering", "maximal_covering", "p_median", "p_center", "capacitated_covering",
    "capacitated_facility_location", "backup_covering", "equity_floor", "standards_covering",
    "budget_covering", "closing", "building_order", "upgrade",
]  # fmt: skip

MODELS: Final[Mapping[Model, str]] = {
    "location_set_covering": "最少几处能达到覆盖率",
    "maximal_covering": "定数设施覆盖最多的人",
    "p_median": "全体居民路程之和最短",
    "p_center": "最远的村最近",
    "capacitated_covering": "容量有限时服务最多的人",
    "capacitated_facility_location": "容量够用、建设与路程代价之和最小",
    "backup_covering": "最多的人有几处备份",
    "equity_floor": "最少几处使每个乡镇都达到覆盖率",
    "standards_covering": "同一批设施兼顾几个标准",
    "budget_covering": "预算之内服务最多的人",
    "closing": "撤并哪几处损失最小",
    "building_order": "分年建设的先后",
    "upgrade": "升级哪几处覆盖最多的人",
}
"""Every model with what it answers."""

COUNTED: Final[tuple[Model, ...]] = (
    "maximal_covering", "p_median", "p_center", "capacitated_covering", "backup_covering",
    "standards_covering", "upgrade",
)  # fmt: skip
"""Models that need a number of sites."""

EVERYWHERE: Final[tuple[Model, ...]] = ("p_median", "p_center", "capacitated_facility_location")
"""Models that serve everybody, also beyond the cutoff: the ground needs a wider bound."""

PEOPLELESS: Final[tuple[Model, ...]] = ("location_set_covering", "p_center", "closing")
"""Models that make sense where nobody knows how many people there are."""


@dataclass(frozen=True, kw_only=True)
class SiteAmounts:
    """
    What a new site holds and costs, as the planner says; never ours.

    Parameters
    ----------
    persons
        Persons that a new site can serve; None where not said.
    column
        Column of the facilities from which the persons of those that stand follow, by the
        project's rule (`persons_per_unit`).
    opening_cost
        Of a new site, in persons times the unit of the cutoff (capacitated facility location).
    budget, site_cost, bed_cost
        万元: in all, for a new site, for each of its beds.
    beds
        Most beds that a new site has room for.
    persons_per_bed
        Persons that a bed serves; the project's rule for beds when None.
    """

    persons: float | None = None
    column: str = "capacity_beds"
    opening_cost: float | None = None
    budget: float | None = None
    site_cost: float | None = None
    bed_cost: float | None = None
    beds: float | None = None
    persons_per_bed: float | None = None


@dataclass(frozen=True, kw_only=True)
class SitingQuestion:
    """
    What is asked of a ground.

    Parameters
    ----------
    model
        One of `MODELS`.
    sites
        With `existing` "locked" the number of NEW sites, otherwise all open ones
        (`sites_meaning` says it in Chinese). None where the model finds the number itself.
    existing
        Whether the facilities that stand stay, may close, or are left out of account.
    share
        Of the people, in (0, 1], for location set covering and the equity floor.
    times
        Sites within the cutoff that a point needs, for backup covering.
    close
        How many to close, for closing; None closes all that can go without loss.
    years
        (year, sites by the end of that year), for the order of building; counted as `sites`.
    amounts
        Capacities and costs.
    """

    model: Model
    sites: int | None = None
    existing: Existing = "locked"
    share: float = 1.0
    times: int = 2
    close: int | None = None
    years: tuple[tuple[int, int], ...] = ()
    amounts: SiteAmounts = field(default_factory=SiteAmounts)


def sites_meaning(question: SitingQuestion, ground: SitingGround) -> str:
    """
    What the number of sites counts, in Chinese.

    Examples
    --------
    "新建 5 处，现有 40 处全部保留"; "新旧合计 5 处，现有 40 处可以撤并"; "共 5 处，不计现有设施".
    """
    stand = len(ground.existing)
    sites = question.years[-1][1] if question.years else question.sites
    number = "若干处" if sites is None else f" {sites} 处"
    if question.model == "closing":
        what = "撤去不减少覆盖的" if question.close is None else f"撤 {question.close} 处"
        return f"在现有 {stand} 处中{what}"
    if question.existing == "closable":
        return f"新旧合计{number}，现有 {stand} 处可以撤并"
    if question.existing == "ignored":
        return f"共{number}，不计现有设施"
    verb = "升级" if question.model == "upgrade" else "新建"
    return f"{verb}{number}，现有 {stand} 处全部保留"


def all_sites(question: SitingQuestion, ground: SitingGround, sites: int) -> int:
    """
    Open sites in all, as the models count them, once they are known to be possible.

    Parameters
    ----------
    question, ground
        What is asked, and on what.
    sites
        As the question counts them.

    Raises
    ------
    SitingError
        If there are fewer candidates, or nothing is asked for.
    """
    new, stand = len(ground.candidates), len(ground.existing)
    most = {"locked": new, "closable": new + stand, "ignored": new}[question.existing]
    verb = "升级" if question.model == "upgrade" else "新建"
    if sites < 0 or (sites == 0 and (question.existing != "locked" or not stand)):
        msg = f"设施个数应为不小于 1 的整数，现为 {sites}。"
        raise SitingError(msg)
    if sites > most:
        what = f"{verb} {sites} 处" if question.existing == "locked" else f"共设 {sites} 处"
        msg = f"要{what}，但可用的候选点只有 {most} 个。请减少设施个数，或补充候选点。"
        raise SitingError(msg)
    return sites + stand if question.existing == "locked" else sites


def check_question(question: SitingQuestion, ground: SitingGround) -> None:
    """
    Refuse a question that has no answer, before any search.

    Raises
    ------
    SitingError
        With what is missing and where to say it.
    """
    if question.model not in MODELS:
        msg = f"没有「{question.model}」这个模型，可用的有 {'、'.join(MODELS)}。"
        raise SitingError(msg)
    if question.model in COUNTED and question.sites is None:
        msg = f"模型「{MODELS[question.model]}」要写明设施个数（命令行用 --sites）。"
        raise SitingError(msg)
    if question.existing not in ("locked", "closable", "ignored"):
        msg = (
            f"现有设施的处理应为 locked（保留）、closable（可撤并）或 ignored（不计），"
            f"现为 {question.existing!r}。"
        )
        raise SitingError(msg)
    if question.model == "closing" and not ground.existing:
        msg = f"数据里没有「{ground.standard.name}」的现有设施，没有可撤并的。"
        raise SitingError(msg)
    if question.model != "closing" and not ground.candidates:
        msg = (
            "没有任何候选点。请换一种候选点来源（命令行用 --candidates），"
            "或在项目的 [siting] 里写明候选点。"
        )
        raise SitingError(msg)
    if question.model == "building_order" and not question.years:
        msg = "分年建设要写明各年新建几处（命令行用 --years 2025:2,2030:5）。"
        raise SitingError(msg)
    if question.model == "building_order" and question.existing == "closable":
        msg = "分年建设不能同时撤并现有设施，请改为保留（locked）或不计（ignored）。"
        raise SitingError(msg)
    no_people = not float(ground.weights.sum())
    if no_people and (question.model not in PEOPLELESS or question.share < 1):
        msg = "需求点的人口都未知或为 0，无法按人选址。请补齐人口后重试。"
        raise SitingError(msg)

"""Each siting model asked with what a ground and a question hold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from coverage.errors import SitingError
from coverage.sites.options import SitingOptions
from coverage.sites.result import SitingResult
from coverage.siting import (
    Standard,
    backup_covering,
    budget_covering,
    capacitated_covering,
    capacitated_facility_location,
    closing,
    equity_floor,
    location_set_covering,
    maximal_covering,
    p_center,
    p_median,
    standards_covering,
)
from coverage.studies.siting_ground import SitingGround
from coverage.studies.siting_question import SitingQuestion, all_sites

if TYPE_CHECKING:
    from collections.abc import Iterable

Solver = Callable[
    [SitingGround, SitingQuestion, SitingOptions, Sequence[SitingGround]], SitingResult
]
"""Answers a question on a ground, with the options; the last are further standards' grounds."""

BEDS: Final = "capacity_beds"
"""Column of the facilities that holds their beds."""


def site_options(
    question: SitingQuestion, ground: SitingGround, options: SitingOptions
) -> SitingOptions:
    """The options with the sites that the question leaves to choose from."""
    stand = ground.existing
    return replace(
        _among(options, ground.sites.index),
        forbidden=(*options.forbidden, *(stand if question.existing == "ignored" else ())),
        closable=stand if question.existing == "closable" else (),
    )


def _among(options: SitingOptions, sites: Iterable[str]) -> SitingOptions:
    """The options for some sites; a wish for a place that is none of them is no fault."""
    known = tuple(sites)
    wished = set(options.preferred)
    preferred = tuple(name for name in known if name in wished)
    return replace(options, candidates=known, preferred=preferred)


def asked_of(
    ground: SitingGround,
    question: SitingQuestion,
    options: SitingOptions,
    *,
    cutoff: bool = True,
) -> dict[str, Any]:
    """What all models take."""
    asked = {
        "matrix": ground.matrix,
        "demand": ground.weights,
        "required": ground.existing if question.existing == "locked" else (),
        "cost": ground.cost,
        "options": site_options(question, ground, options),
    }
    return {**asked, "cutoff": ground.reading.cutoff} if cutoff else asked


def _count(ground: SitingGround, question: SitingQuestion) -> int:
    assert question.sites is not None  # noqa: S101 - check_question saw to it
    return all_sites(question, ground, question.sites)


def _set_covering(
    ground: SitingGround,
    question: SitingQuestion,
    options: SitingOptions,
    _: Sequence[SitingGround],
) -> SitingResult:
    return location_set_covering(**asked_of(ground, question, options), share=question.share)


def _maximal(
    ground: SitingGround,
    question: SitingQuestion,
    options: SitingOptions,
    _: Sequence[SitingGround],
) -> SitingResult:
    return maximal_covering(**asked_of(ground, question, options), sites=_count(ground, question))


def _median(
    ground: SitingGround,
    question: SitingQuestion,
    options: SitingOptions,
    _: Sequence[SitingGround],
) -> SitingResult:
    model = p_median if question.model == "p_median" else p_center
    asked = asked_of(ground, question, options, cutoff=False)
    return model(**asked, sites=_count(ground, question))


def _backup(
    ground: SitingGround,
    question: SitingQuestion,
    options: SitingOptions,
    _: Sequence[SitingGround],
) -> SitingResult:
    asked = asked_of(ground, question, options)
    return backup_covering(**asked, sites=_count(ground, question), times=question.times)


def _floor(
    ground: SitingGround,
    question: SitingQuestion,
    options: SitingOptions,
    _: Sequence[SitingGround],
) -> SitingResult:
    # Zones are named in a refusal, so they go by the names that planners know.
    names = ground.demand["zone_id"].map(ground.zone_names)
    repeated = ground.zone_names.duplicated(keep=False)
    if repeated.any():
        names = names + "（" + ground.demand["zone_id"].astype(str) + "）"
    return equity_floor(**asked_of(ground, question, options), zones=names, share=question.share)


def _standards(
    ground: SitingGround,
    question: SitingQuestion,
    options: SitingOptions,
    others: Sequence[SitingGround],
) -> SitingResult:
    if not others:
        msg = "兼顾几个标准时，至少要另外再选一个标准（命令行用 --also）。"
        raise SitingError(msg)
    grounds = (ground, *others)
    stand = sorted({name for each in grounds for name in each.existing})
    every = sorted({name for each in grounds for name in each.sites.index})
    assert question.sites is not None  # noqa: S101 - check_question saw to it
    count = question.sites
    if question.existing != "closable":
        all_sites(question, ground, count)
    if question.existing == "locked":
        count += len(stand)
    return standards_covering(
        [
            Standard(each.standard.name, each.matrix, each.weights, each.reading.cutoff, each.cost)
            for each in grounds
        ],
        sites=count,
        required=stand if question.existing == "locked" else (),
        options=replace(
            _among(options, every),
            forbidden=(
                *options.forbidden,
                *(stand if question.existing == "ignored" else ()),
            ),
            closable=stand if question.existing == "closable" else (),
        ),
    )


def _room(
    ground: SitingGround,
    question: SitingQuestion,
    options: SitingOptions,
    _: Sequence[SitingGround],
) -> SitingResult:
    amounts = question.amounts
    if amounts.persons is None:
        msg = "要写明每处新设施能服务多少人（命令行用 --capacity），容量不能由程序猜。"
        raise SitingError(msg)
    stands = _standing(ground, question, amounts.column, "现有设施的容量（人）")
    rule = ground.persons_per_unit.get(amounts.column)
    if len(stands) and rule is None and question.existing != "ignored":
        msg = (
            f"项目没有写明「{ground.standard.name}」每单位容量服务几个人，现有设施的容量算不成人数。"
            "请在 [[capacity]] 里写明，或不计现有设施（命令行用 --existing ignored）。"
        )
        raise SitingError(msg)
    capacity = _of_sites(ground, new=amounts.persons, stands=stands * (rule or 0.0))
    if question.model == "capacitated_covering":
        asked = asked_of(ground, question, options)
        return capacitated_covering(**asked, capacity=capacity, sites=_count(ground, question))
    if amounts.opening_cost is None:
        msg = (
            "要写明每新建一处抵得上多少路程（人·分钟或人·公里，命令行用 --opening-cost），"
            "否则处处都建路程最短。"
        )
        raise SitingError(msg)
    return capacitated_facility_location(
        **asked_of(ground, question, options, cutoff=False),
        capacity=capacity,
        fixed_cost=_of_sites(ground, new=amounts.opening_cost, stands=stands * 0.0),
        sites=None if question.sites is None else _count(ground, question),
    )


def _budget(
    ground: SitingGround,
    question: SitingQuestion,
    options: SitingOptions,
    _: Sequence[SitingGround],
) -> SitingResult:
    amounts = question.amounts
    per_bed = amounts.persons_per_bed or ground.persons_per_unit.get(BEDS)
    needed = {
        "预算（万元，命令行用 --budget）": amounts.budget,
        "每处造价（万元，命令行用 --site-cost）": amounts.site_cost,
        "每张床位造价（万元，命令行用 --bed-cost）": amounts.bed_cost,
        "每处最多床位（命令行用 --beds）": amounts.beds,
        "每张床位服务的人数（命令行用 --persons-per-bed，或写入项目的 [[capacity]]）": per_bed,
    }
    missing = [name for name, value in needed.items() if value is None]
    if missing:
        msg = f"在预算内选址还缺：{'、'.join(missing)}。请补上，程序不会代填。"
        raise SitingError(msg)
    assert amounts.beds is not None  # noqa: S101 - none is missing
    assert amounts.site_cost is not None  # noqa: S101
    assert amounts.bed_cost is not None  # noqa: S101
    stands = _standing(ground, question, BEDS, "现有设施的床位")
    return budget_covering(
        **asked_of(ground, question, options),
        budget=float(amounts.budget or 0.0),
        fixed_cost=_of_sites(ground, new=amounts.site_cost, stands=stands * 0.0),
        bed_cost=_of_sites(ground, new=amounts.bed_cost, stands=stands * 0.0),
        most_beds=_of_sites(ground, new=amounts.beds, stands=stands),
        people_per_bed=float(per_bed or 0.0),
    )


def _standing(
    ground: SitingGround, question: SitingQuestion, column: str, title: str
) -> pd.Series[float]:
    """An amount of the facilities that stand; ignored ones need none."""
    stated: pd.Series[float] = ground.sites.loc[list(ground.existing), column].astype(float)
    if question.existing == "ignored":
        return stated.fillna(0.0)
    missing = stated.index[stated.isna()]
    if len(missing):
        name = ground.sites.loc[missing[0], "site_name"]
        msg = (
            f"{len(missing)} 处现有设施没有填写{title}，第一处是「{name}」（{missing[0]}）。"
            "未知不能当作 0，请补齐，或不计现有设施（命令行用 --existing ignored）。"
        )
        raise SitingError(msg)
    return stated


def _of_sites(ground: SitingGround, *, new: float, stands: pd.Series[float]) -> pd.Series[float]:
    """An amount of every site: one for all candidates, each facility its own."""
    values: pd.Series[float] = pd.Series(float(new), index=ground.sites.index)
    values.loc[stands.index] = stands
    return values


def _closing(
    ground: SitingGround,
    question: SitingQuestion,
    options: SitingOptions,
    _: Sequence[SitingGround],
) -> SitingResult:
    own = ground.matrix[ground.matrix["to_id"].isin(ground.existing)]
    return closing(
        own,
        demand=ground.weights,
        cutoff=ground.reading.cutoff,
        close=question.close,
        cost=ground.cost,
        options=_among(options, ground.existing),
    )


SOLVERS: Final[dict[str, Solver]] = {
    "location_set_covering": _set_covering,
    "maximal_covering": _maximal,
    "upgrade": _maximal,
    "p_median": _median,
    "p_center": _median,
    "backup_covering": _backup,
    "equity_floor": _floor,
    "standards_covering": _standards,
    "capacitated_covering": _room,
    "capacitated_facility_location": _room,
    "budget_covering": _budget,
    "closing": _closing,
}
"""By the model of the question; the order of building stands in `siting_solving`."""

"""A siting question put to the model that answers it."""

from __future__ import annotations

import time
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import pandas as pd

from coverage.errors import SitingError
from coverage.sites.options import DEFAULT
from coverage.sites.problem import problem_of
from coverage.sites.result import SitingResult, gap_between
from coverage.siting import building_order, coverage_curve, price_of_preferred
from coverage.studies.siting_models import SOLVERS, asked_of
from coverage.studies.siting_question import all_sites, check_question

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coverage.sites.options import SitingOptions
    from coverage.studies.siting_ground import SitingGround
    from coverage.studies.siting_question import SitingQuestion


def solve_question(
    ground: SitingGround,
    question: SitingQuestion,
    *,
    options: SitingOptions,
    others: Sequence[SitingGround] = (),
) -> tuple[SitingResult, pd.DataFrame | None]:
    """
    The answer of the model, and for the order of building the table of years.

    Parameters
    ----------
    ground, question
        What is asked, and on what.
    options
        Time limit, gap, seed, ties, progress; which sites may be used follows from the question.
    others
        Grounds of further standards with the same candidates, for standards covering.

    Returns
    -------
    result, order
        `order` is None for other models.

    Raises
    ------
    SitingError
        If the question makes no sense (`check_question`), something it needs is not told, or as
        the models of `coverage.siting`.
    FacilityError
        If a capacity that the model needs is not stated.
    """
    check_question(question, ground)
    if question.model == "building_order":
        return _in_order(ground, question, options)
    return SOLVERS[question.model](ground, question, options, others), None


def solve_curve(
    ground: SitingGround,
    question: SitingQuestion,
    *,
    counts: Sequence[int],
    options: SitingOptions = DEFAULT,
) -> pd.DataFrame:
    """
    Maximal covering for every number of sites, with what each more adds.

    Parameters
    ----------
    ground, question, options
        As `solve_question`; the question's `existing` counts, not its model.
    counts
        Numbers of sites, as the question counts them.

    Returns
    -------
    curve
        Indexed by `sites` as the question counts them: `open_sites`, `covered`, `share`,
        `added` (persons more than the row before, the first than without any new site),
        `bound`, `gap`, `status`, `selected`, and `built` and `dropped`: ids that the row has
        beyond the row before, and those that it does without.

    Raises
    ------
    SitingError
        As `coverage.siting.coverage_curve`.
    """
    wanted = sorted({int(count) for count in counts})
    if not wanted:
        msg = "没有给出设施个数，无法画出覆盖率曲线。请给出如 1-20 的个数范围。"
        raise SitingError(msg)
    check_question(replace(question, model="maximal_covering", sites=wanted[-1]), ground)
    totals = {all_sites(question, ground, count): count for count in wanted}
    curve = coverage_curve(**asked_of(ground, question, options), counts=list(totals))
    table = curve.rename_axis("open_sites").reset_index()
    table.insert(0, "sites", table["open_sites"].map(totals))
    base = base_sites(question, ground)
    held = ground.within[ground.within["to_id"].isin(base)]
    before = float(ground.weights[ground.weights.index.isin(held["from_id"].unique())].sum())
    table["added"] = table["covered"].diff().fillna(table["covered"] - before)
    sets = [set(base), *(set(each) for each in table["selected"])]
    table["built"] = [tuple(sorted(b - a)) for a, b in pairwise(sets)]
    table["dropped"] = [tuple(sorted(a - b)) for a, b in pairwise(sets)]
    return table.drop(columns="seconds").set_index("sites")


def solve_prices(
    ground: SitingGround, question: SitingQuestion, *, options: SitingOptions
) -> pd.DataFrame:
    """
    What it costs in people covered to have more of the sites at preferred places.

    Parameters
    ----------
    ground, question, options
        As `solve_question`, the model being maximal covering; `options.preferred` are the places.

    Returns
    -------
    prices
        As `coverage.siting.price_of_preferred`.

    Raises
    ------
    SitingError
        As `check_question`.
    """
    check_question(question, ground)
    assert question.sites is not None  # noqa: S101 - check_question saw to it
    count = all_sites(question, ground, question.sites)
    return price_of_preferred(**asked_of(ground, question, options), sites=count)


def base_sites(question: SitingQuestion, ground: SitingGround) -> tuple[str, ...]:
    """
    The sites that are there before anything is done.

    None where existing ones are ignored; closing is about them, whatever is said of them.
    """
    is_ignored = question.existing == "ignored" and question.model != "closing"
    return () if is_ignored else ground.existing


def _in_order(
    ground: SitingGround, question: SitingQuestion, options: SitingOptions
) -> tuple[SitingResult, pd.DataFrame]:
    """The years, and their last one as a result held against the best of as many sites."""
    years = {year: all_sites(question, ground, sites) for year, sites in question.years}
    if any(sites < 1 for sites in years.values()):
        msg = "各年的设施总数应不小于 1。请改正分年建设计划。"
        raise SitingError(msg)
    began = time.perf_counter()
    asked = asked_of(ground, question, options)
    order = building_order(**asked, sites_by_year=years)
    last = order.iloc[-1]
    is_proven = last["status"] == "optimal"
    reached = ground.within["from_id"].unique()
    most = float(ground.weights[ground.weights.index.isin(reached)].sum())
    bound = float(last["best_covered"]) if is_proven else most
    gap = gap_between(float(last["covered"]), bound)
    table = order.reset_index()
    counted = dict(question.years)
    table.insert(1, "asked", table["year"].map(counted))
    problem = problem_of(**asked)
    site, _ = problem.nearest(problem.candidate_ids.get_indexer(pd.Index(last["selected"])))
    return SitingResult(
        selected=last["selected"],
        assignment=problem.assignment(site),
        objective=float(last["covered"]),
        bound=bound,
        gap=gap,
        status="optimal" if gap == 0 else "feasible",
        seconds=time.perf_counter() - began,
        model="building_order",
        seed=options.seed,
        unservable=problem.unservable,
        figures={"covered": float(last["covered"]), "share": float(last["share"])},
    ), table.set_index("year")

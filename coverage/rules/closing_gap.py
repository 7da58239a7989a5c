"""
What would close the gap of a circle target: the fewest new sites, and where.

Of a share the value is part over whole. A unit that is served adds its least weight l to both, one
that is not adds its greatest weight g to the whole: nobody knows more of it. The value is at least
a share a, whatever is not known, just where

    sum over unserved units of ((1 - a) l + a g)  <=  (1 - a) sum over all units of l,

which for weights that are known is: at most the share 1 - a of all is unserved. Units that existing
facilities serve never come up, so that only new sites are chosen; this is the location set covering
problem with the existing facilities open.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd

from coverage.rules.aims import aim_of
from coverage.rules.choices import WHOLE_AREA
from coverage.rules.closing_pairs import COST, pairs_in_reach
from coverage.rules.held_against import held_against
from coverage.rules.served import answer_served, answer_served_by_all
from coverage.rules.shares import choice_text
from coverage.rules.target import Served, ServedByAll, UnitsServed
from coverage.rules.units import answer_units_served
from coverage.siting import SitingOptions, location_set_covering

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from coverage.rules.answer import Answer
    from coverage.rules.held_against import Answered
    from coverage.rules.study import TargetStudy
    from coverage.rules.target import FacilityChoice, Target
    from coverage.siting import SitingResult

TIME_LIMIT_S: Final = 10.0
"""Seconds for one target, after which the best found is told with its bound."""

CIRCLES: Final = (Served, ServedByAll, UnitsServed)
"""What asks for something near enough, so that new sites close the gap."""

_PERCENT: Final = 100.0

_NOISE: Final = 1e-6
"""Of a bound on a number of sites, which is whole."""


@dataclass(frozen=True, eq=False)
class LeastSites:
    """
    The fewest new sites with which a target is met.

    Parameters
    ----------
    target_id, year
        What is to be met.
    aim
        Value aimed at, in percent.
    reaches
        Whether it is met with the sites; else they serve all that any place can serve.
    sites
        Number of new sites found.
    at_least
        No answer has fewer; as `sites` where it is proven.
    places
        Where they are, indexed by the id of the demand point, most first: `place_name`,
        `zone_id`, `builds` (what is built there, in Chinese), `adds` (weight of the units it is
        the nearest new site of, in the target's gap unit; units of unknown weight add nothing),
        `units` (their number), `geometry`.
    served
        Units newly served, `item_id` -> id of the place.
    unservable
        Units not served now that no place can serve either: `item_id`, `item_name`, `zone_id`.
    value
        The least value with the sites, in percent.
    gap_unit
        Of `adds`.
    seconds
        That the model took.
    """

    target_id: str
    year: int
    aim: float
    reaches: bool
    sites: int
    at_least: int
    places: gpd.GeoDataFrame
    served: pd.Series[str]
    unservable: pd.DataFrame
    value: float
    gap_unit: str
    seconds: float

    @property
    def is_proven(self) -> bool:
        """Whether no fewer sites will do."""
        return self.at_least == self.sites


def least_new_sites(
    study: TargetStudy,
    answered: Answered,
    *,
    year: int,
    interpolate: bool = False,
    time_limit_s: float = TIME_LIMIT_S,
) -> LeastSites | None:
    """
    The fewest new sites with which a circle target is met, villages being the possible places.

    Facilities that count stay open and are measured as the target's evaluator measures them; those
    of which nobody knows whether they count are taken not to. For a circle of several parts a new
    site has every part that those it serves lack.

    Parameters
    ----------
    study
        The study area.
    answered
        A target and what is known about it, from `coverage.targets.answer_targets`.
    year, interpolate
        As `coverage.targets.judge`.
    time_limit_s
        Seconds for the model, > 0.

    Returns
    -------
    least
        None where the target asks for no circle, is met, or cannot be told to be missed.

    Raises
    ------
    ImpedanceError
        If the mode is not in the table, or no road may be used by it.
    """
    target = answered.target
    if not isinstance(target.ask, CIRCLES) or answered.answer.missing:
        return None
    aim = aim_of(study, target, year=year, interpolate=interpolate)
    held = held_against(answered, WHOLE_AREA, aim=aim, year=year)
    is_missed = held.verdict in ("未达标", "尚未到期")
    if not is_missed or aim.value is None or not 0 < aim.value <= _PERCENT:
        return None
    sure = study.without_doubt(choice for _, choice in _parts(target))
    question = _question(_answer_again(sure, target), aim.value / _PERCENT)
    places = study.demand.sort_index()
    pairs = pairs_in_reach(sure, target, places, wanted=pd.Index(question.open_["item_id"]))
    result, reaches = _solved(question, pairs, time_limit_s)
    return _told(sure, target, question, result, year=year, aim=aim.value, reaches=reaches)


def _parts(target: Target) -> tuple[tuple[str, FacilityChoice], ...]:
    """The facilities asked for, by name of the part; "" where there is one part only."""
    ask = target.ask
    if isinstance(ask, ServedByAll):
        return ask.parts
    assert isinstance(ask, Served | UnitsServed)  # noqa: S101 - the door sends no other
    return (("", ask.facilities),)


def _answer_again(study: TargetStudy, target: Target) -> Answer:
    evaluators: dict[type, Callable[[TargetStudy, Target], Answer]] = {
        Served: answer_served,
        ServedByAll: answer_served_by_all,
        UnitsServed: answer_units_served,
    }
    return evaluators[type(target.ask)](study, target)


@dataclass(frozen=True, eq=False)
class _Question:
    """
    What may stay unserved.

    `open_` holds the units not served, with `least`, `most` and `weight`, the weight they count
    with here; `lacks` the parts that each lacks (None for a circle of one part); `allowed` the
    weight that may stay unserved, `sure` the sum of all least weights.
    """

    share: float
    open_: pd.DataFrame
    lacks: pd.DataFrame | None
    allowed: float
    sure: float


def _question(answer: Answer, share: float) -> _Question:
    items = answer.items
    is_served = (items["whole_low"] <= items["part_low"]).to_numpy()
    least = items["part_low"].where(is_served, items["whole_high"])
    most = items["part_high"].where(is_served, items["whole_low"])
    sure = float(least.sum())
    allowed = (1 - share) * sure
    # A unit of which nobody knows how much it weighs must be served.
    known = most.where(np.isfinite(most), (2 * allowed + 1) / share)
    weight = (1 - share) * least + share * known
    open_ = items.assign(least=least, most=most, weight=weight)[~is_served & (weight > 0)]
    lacks = None
    if answer.shown is not None:
        lacks = ~answer.shown.loc[open_.index].fillna(value=False).astype(bool)
        lacks.index = pd.Index(open_["item_id"])
    return _Question(share, open_, lacks, allowed, sure)


def _solved(
    question: _Question, pairs: pd.DataFrame, time_limit_s: float
) -> tuple[SitingResult | None, bool]:
    """The answer of the model, None where no place serves anybody; and whether it is enough."""
    weight = question.open_.set_index("item_id")["weight"]
    reached = weight.index.isin(pairs["from_id"])
    hopeless = float(weight[~reached].sum())
    slack = 1e-9 * (1.0 + question.allowed)
    reaches = hopeless <= question.allowed + slack
    if not reached.any():
        return None, reaches
    # Where not all can be served, the model is asked for those that can.
    asked = weight[reached]
    left = question.allowed - hopeless if reaches else 0.0
    share = min(1.0, 1.0 - left / float(asked.sum()))
    options = SitingOptions(time_limit_s=time_limit_s)
    result = location_set_covering(
        pairs, demand=asked, cutoff=math.inf, cost=COST, share=share, options=options
    )
    return result, reaches


def _told(
    study: TargetStudy,
    target: Target,
    question: _Question,
    result: SitingResult | None,
    *,
    year: int,
    aim: float,
    reaches: bool,
) -> LeastSites:
    nearest = pd.Series(dtype=object) if result is None else result.assignment.dropna()
    served = nearest.astype(object).rename("place_id")
    open_ = question.open_.set_index("item_id")
    known = open_["most"].where(np.isfinite(open_["most"]), 0.0)
    by_place = known[served.index].groupby(served.to_numpy())
    # One that is the nearest of nobody is not needed; only an early end leaves such.
    adds = by_place.sum().sort_index().sort_values(ascending=False, kind="stable")
    villages = study.demand.loc[adds.index]
    places = gpd.GeoDataFrame(
        {
            "place_name": villages["demand_name"],
            "zone_id": villages["zone_id"],
            "builds": _builds(study, target, question, served, adds.index),
            "adds": adds,
            "units": by_place.size()[adds.index],
        },
        geometry=villages.geometry,
        crs=villages.crs,
    ).rename_axis("place_id")
    bound = 0.0 if result is None else result.bound
    reached = set() if result is None else set(result.assignment.index)
    hopeless = question.open_[~question.open_["item_id"].isin(reached)]
    rest = open_.drop(served.index)
    part = question.sure - float(rest["least"].sum())
    whole = part + float(rest["most"].sum())
    return LeastSites(
        target.target_id,
        year,
        aim,
        reaches,
        sites=len(places),
        at_least=min(len(places), math.ceil(bound - _NOISE)),
        places=places,
        served=served,
        unservable=hopeless[["item_id", "item_name", "zone_id"]].reset_index(drop=True),
        value=_PERCENT * part / whole if whole else math.nan,
        gap_unit=target.gap_unit,
        seconds=0.0 if result is None else result.seconds,
    )


def _builds(
    study: TargetStudy,
    target: Target,
    question: _Question,
    served: pd.Series[str],
    place_ids: Iterable[str],
) -> list[str]:
    """What is to be built at each place: all parts that those it serves lack."""
    parts = _parts(target)
    if question.lacks is None:
        text = choice_text(study, parts[0][1])
        return [text for _ in place_ids]
    needed = question.lacks.loc[served.index].groupby(served.to_numpy()).any()
    return ["、".join(name for name, _ in parts if needed.loc[place, name]) for place in place_ids]

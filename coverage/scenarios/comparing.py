"""Scenarios side by side: who gains and who loses, how far people travel, what it costs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from coverage.errors import ScenarioError
from coverage.measures import cumulative_curve, is_counted, weighted_quantiles
from coverage.scenario_contracts import (
    SCENARIO_COSTS,
    SCENARIO_READINGS,
    SCENARIO_TIMES,
    SCENARIO_VERDICTS,
    SCENARIO_VILLAGES,
    SHARE_MINUTES,
)
from coverage.scenarios.action import FacilityAction
from coverage.studies.comparison import compare
from coverage.studies.study import measured_readings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from coverage.contracts import Contract
    from coverage.scenarios.action import Scenario
    from coverage.standards import Reading, Standard
    from coverage.studies.study import Assessment
    from coverage.targets import Judged

BASE: Final = ""
"""`scenario_id` of the study as it is."""

BASE_NAME: Final = "现状"

_SECONDS_PER_MINUTE: Final = 60.0

_QUANTILES: Final[Mapping[str, float]] = {"median_s": 0.5, "p90_s": 0.9}


@dataclass(frozen=True, eq=False)
class ScenarioComparison:
    """
    Scenarios beside the study as it is; the tables follow `coverage.scenario_contracts`.

    Parameters
    ----------
    readings
        One row per scenario, reading and zone, the whole study area with `zone_id` "":
        `SCENARIO_READINGS`.
    villages
        One row per scenario, reading and demand point whose verdict changes:
        `SCENARIO_VILLAGES`.
    times
        One row per scenario and reading by travel time, the base (`scenario_id` "") first:
        `SCENARIO_TIMES`. Where no facility of a reading is given, all but the people is NaN.
    costs
        One row per scenario: `SCENARIO_COSTS`.
    """

    readings: pd.DataFrame
    villages: pd.DataFrame
    times: pd.DataFrame
    costs: pd.DataFrame


def compare_scenarios(
    base: Assessment, tried: Mapping[str, Assessment], *, scenarios: Mapping[str, Scenario]
) -> ScenarioComparison:
    """
    Compare assessments of scenarios with that of the study as it is.

    Parameters
    ----------
    base
        The study as it is.
    tried
        Assessments by `scenario_id`, of the same demand by the same standards.
    scenarios
        By `scenario_id`; at least those of `tried`.

    Returns
    -------
    comparison
        Scenarios in the order of `tried`.

    Raises
    ------
    ScenarioError
        If a scenario was assessed that is not given.
    DemandError
        If the demand points or the readings are not the same.
    """
    strange = [scenario_id for scenario_id in tried if scenario_id not in scenarios]
    if strange:
        msg = f"有 {len(strange)} 个情景只有评估结果、没有动作，第一个是「{strange[0][:40]}」。"
        raise ScenarioError(msg)
    readings, villages = [], []
    for scenario_id, assessment in tried.items():
        about = {"scenario_id": scenario_id, "scenario_name": scenarios[scenario_id].name}
        found = compare(base, assessment)
        readings.append(_with_people(found.readings, base, assessment).assign(**about))
        villages.append(found.villages.assign(**about))
    times = _times(base, BASE, BASE_NAME)
    for scenario_id, assessment in tried.items():
        times += _times(assessment, scenario_id, scenarios[scenario_id].name)
    costs = [_costs(scenarios[scenario_id]) for scenario_id in tried]
    return ScenarioComparison(
        readings=_table(readings, SCENARIO_READINGS),
        villages=_table(villages, SCENARIO_VILLAGES),
        times=_table([pd.DataFrame(times)], SCENARIO_TIMES),
        costs=_table([pd.DataFrame(costs)], SCENARIO_COSTS),
    )


def changed_verdicts(before: Judged, after: Judged) -> pd.DataFrame:
    """
    The targets whose verdict changes from one study to another.

    Parameters
    ----------
    before, after
        The same targets held against the same year, e.g. as it is and with a scenario.

    Returns
    -------
    verdicts
        One row per target and zone whose verdict changes, in the order of `before`:
        `SCENARIO_VERDICTS`.

    Raises
    ------
    ScenarioError
        If targets, zones or years are not the same.
    """
    keys = ["target_id", "zone_id", "year"]
    was, now = (one.values.reset_index(drop=True) for one in (before, after))
    if not was[keys].equals(now[keys]):
        msg = "两次核算的指标、单元或年份不同，不能比较。请用同一个项目、同一年份的结果。"
        raise ScenarioError(msg)
    pairs = {
        f"{name}_{end}": table[name]
        for name in ("value", "verdict", "gap")
        for end, table in (("before", was), ("after", now))
    }
    changed = (was["verdict"] != now["verdict"]).to_numpy()
    return _table([was.assign(**pairs)[changed]], SCENARIO_VERDICTS)


def _with_people(readings: pd.DataFrame, base: Assessment, tried: Assessment) -> pd.DataFrame:
    place = pd.MultiIndex.from_frame(readings[["reading_id", "zone_id"]])
    people = {
        f"covered_{end}": one.zones.set_index(["reading_id", "zone_id"])["covered"]
        .reindex(place)
        .to_numpy()
        for end, one in (("before", base), ("after", tried))
    }
    return readings.assign(**people)


def _times(assessment: Assessment, scenario_id: str, name: str) -> list[dict[str, Any]]:
    return [
        {
            "scenario_id": scenario_id,
            "scenario_name": name,
            "standard_id": standard.standard_id,
            "reading_id": reading.reading_id,
            **_distribution(assessment, standard, reading),
        }
        for standard, reading in _timed(assessment.standards)
    ]


def _timed(standards: Sequence[Standard]) -> Iterator[tuple[Standard, Reading]]:
    for standard in standards:
        for reading in standard.readings:
            if reading.measure == "travel_time":
                yield standard, reading


def _distribution(assessment: Assessment, standard: Standard, reading: Reading) -> dict[str, float]:
    """How the travel times of a reading are spread over the people of known number."""
    demand = assessment.demand[is_counted(assessment.demand, standard)]
    group = demand.get(standard.demand_group, pd.Series(np.nan, index=demand.index))
    people = group[group.notna()].astype(float)
    if people.empty:
        return {"population": math.nan}
    found = {"population": float(people.sum())}
    if reading not in measured_readings(assessment.layers, standard):
        return found
    seconds = demand.loc[people.index, f"{reading.reading_id}_travel_time_s"]
    quantiles = weighted_quantiles(seconds, weights=people, shares=list(_QUANTILES.values()))
    found |= dict(zip(_QUANTILES, quantiles.tolist(), strict=True))
    cutoffs = [minutes * _SECONDS_PER_MINUTE for minutes in SHARE_MINUTES]
    shares = cumulative_curve(seconds, weights=people, cutoffs=cutoffs)["share"].tolist()
    names = [f"share_{minutes}_min" for minutes in SHARE_MINUTES]
    return found | dict(zip(names, shares, strict=True))


def scenario_cost(scenario: Scenario) -> tuple[float, int]:
    """
    What the actions of a scenario cost as far as that is known; not knowing is not nothing.

    Parameters
    ----------
    scenario
        Changes of roads have no cost: they are among those of unknown cost.

    Returns
    -------
    cost, unknown
        In 万元, NaN where there are actions and none says; and how many do not say.
    """
    known = [
        action.cost
        for action in scenario.actions
        if isinstance(action, FacilityAction) and action.cost is not None
    ]
    unknown = len(scenario.actions) - len(known)
    return math.fsum(known) if known or not unknown else math.nan, unknown


def _costs(scenario: Scenario) -> dict[str, Any]:
    cost, unknown = scenario_cost(scenario)
    return {
        "scenario_id": scenario.scenario_id,
        "scenario_name": scenario.name,
        "actions": len(scenario.actions),
        "cost": cost,
        "actions_without_cost": unknown,
    }


def _table(tables: list[pd.DataFrame], contract: Contract) -> pd.DataFrame:
    """Tables one below the other, with the columns of a contract even where there is no row."""
    filled = [table for table in tables if len(table)]
    names = [column.name for column in contract.columns]
    if filled:
        return pd.concat(filled, ignore_index=True).reindex(columns=names)
    dtypes = {"number": "float64", "whole": "int64"}
    return pd.DataFrame(
        {
            column.name: pd.Series([], dtype=dtypes.get(column.dtype, "object"))
            for column in contract.columns
        }
    )

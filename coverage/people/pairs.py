"""The travel matrix at the door of the measures: which pairs count, for whom, with what capacity.

Every measure of choice, competition and capacity knows of roads by the travel matrix alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from coverage.errors import DemandError, FacilityError, InputError, StandardError
from coverage.requests import TOLERANCE

if TYPE_CHECKING:
    from coverage.graph.arcs import Cost, FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Pairs:
    """
    The pairs of a travel matrix within a cutoff, sorted by id, so that no row order matters.

    Parameters
    ----------
    demand_ids
        Shape (d,), ids of all demand points, sorted; also of those without a pair.
    facility_ids
        Shape (f,), ids of all facilities, sorted.
    demand, facility
        Shape (p,), positions in `demand_ids` and `facility_ids`, sorted by both.
    cost
        Shape (p,), seconds or metres, finite.
    """

    demand_ids: pd.Index[Any]
    facility_ids: pd.Index[Any]
    demand: IntArray
    facility: IntArray
    cost: FloatArray

    def per_demand(self, amounts: FloatArray) -> FloatArray:
        """Sum of amounts, shape (p,), over the facilities that each demand point reaches."""
        return summed(self.demand, amounts, len(self.demand_ids))

    def per_facility(self, amounts: FloatArray) -> FloatArray:
        """Sum of amounts, shape (p,), over the demand points that reach each facility."""
        return summed(self.facility, amounts, len(self.facility_ids))


def pairs_within(
    matrix: pd.DataFrame,
    *,
    demand_ids: pd.Index[Any],
    facility_ids: pd.Index[Any] | None = None,
    cutoff: float = math.inf,
    cost: Cost = "travel_time_s",
) -> Pairs:
    """
    The pairs of a travel matrix that count, once it is known to be sound.

    Parameters
    ----------
    matrix
        Columns `from_id` (demand), `to_id` (facility) and `cost`; one row per pair. A row of
        cost `inf` says "not reached" and counts as no row.
    demand_ids
        Ids of all demand points; those without a row reach nothing.
    facility_ids
        Ids of all facilities; those of the matrix when absent.
    cutoff
        In the unit of `cost`, inclusive.
    cost
        "travel_time_s" or "distance_m".

    Returns
    -------
    pairs
        Within the cutoff.

    Raises
    ------
    InputError
        If a column is missing, a cost is null, negative or text, a pair or an id repeats, or
        ids are part text and part numbers.
    DemandError, FacilityError
        If the matrix names a demand point or a facility that is not among the ids: its people
        or its capacity would be invented.
    StandardError
        If the cutoff is negative or NaN.
    """
    check_cutoff(cutoff)
    missing = sorted({"from_id", "to_id", cost} - set(matrix.columns))
    if missing:
        present = "、".join(map(str, matrix.columns))
        msg = f"出行时间表缺少 {'、'.join(missing)} 列，现有 {present}。"
        raise InputError(msg)
    if facility_ids is None:
        facility_ids = pd.Index(matrix["to_id"].unique())
    demand_ids = _sorted_ids(demand_ids, "需求点")
    facility_ids = _sorted_ids(facility_ids, "设施")
    demand = _positions(matrix, "from_id", demand_ids)
    facility = _positions(matrix, "to_id", facility_ids)
    values = _costs(matrix, cost)
    order = np.lexsort([facility, demand])
    demand, facility, values = demand[order], facility[order], values[order]
    repeated = (np.diff(demand) == 0) & (np.diff(facility) == 0)
    if repeated.any():
        first = int(np.argmax(repeated))
        msg = (
            f"出行时间表有 {int(repeated.sum())} 对需求点与设施重复，第一对是需求点 "
            f"{demand_ids[demand[first]]!r} 与设施 {facility_ids[facility[first]]!r}。"
            "每对只能有一行。"
        )
        raise InputError(msg)
    counts = np.isfinite(values) & (values <= cutoff + TOLERANCE)
    return Pairs(demand_ids, facility_ids, demand[counts], facility[counts], values[counts])


def known_people(demand: pd.Series[float]) -> pd.Series[float]:
    """
    Persons by demand id as floats, once they are known to be usable.

    Parameters
    ----------
    demand
        Persons, >= 0, indexed by demand id.

    Returns
    -------
    people
        Sorted by id.

    Raises
    ------
    DemandError
        If a number of people is unknown, negative, infinite or text. People compete for
        capacity, so a village of unknown size would spoil the figures of its neighbours.
    InputError
        If an id repeats, or ids are part text and part numbers.
    """
    ids = _sorted_ids(demand.index, "需求点")
    if len(demand) and not pd.api.types.is_numeric_dtype(demand):
        msg = "需求点的人口应为数字，现为文字。请改正后重试。"
        raise DemandError(msg)
    people = demand.astype(float)
    unknown = people.index[people.isna()]
    if len(unknown):
        msg = (
            f"{len(unknown)} 个需求点的人口未知，第一个是 {unknown[0]!r}。"
            "未知不能当作 0，请补齐人口，或先去掉这些需求点。"
        )
        raise DemandError(msg)
    wrong = people.index[(people < 0) | np.isinf(people)]
    if len(wrong):
        msg = (
            f"{len(wrong)} 个需求点的人口为负或不是有限的数字，第一个是 {wrong[0]!r}"
            f"（{people[wrong[0]]:g} 人）。请改正后重试。"
        )
        raise DemandError(msg)
    return people.reindex(ids)


def known_capacity(capacity: pd.Series[float]) -> pd.Series[float]:
    """
    Capacity by facility id as floats, once it is known to be usable.

    Parameters
    ----------
    capacity
        Beds, places, doctors or persons, >= 0, indexed by facility id. A facility of capacity
        0 is a facility that serves nobody.

    Returns
    -------
    capacity
        Sorted by id.

    Raises
    ------
    FacilityError
        If a capacity is missing, negative, infinite or text: it is never invented.
    InputError
        If an id repeats, or ids are part text and part numbers.
    """
    ids = _sorted_ids(capacity.index, "设施")
    if len(capacity) and not pd.api.types.is_numeric_dtype(capacity):
        msg = "设施的容量应为数字，现为文字。请改正后重试。"
        raise FacilityError(msg)
    known = capacity.astype(float)
    unknown = known.index[known.isna()]
    if len(unknown):
        msg = (
            f"{len(unknown)} 个设施没有填写容量，第一个是 {unknown[0]!r}。"
            "未知不能当作 0，请在设施表中补齐容量，或先去掉这些设施。"
        )
        raise FacilityError(msg)
    wrong = known.index[(known < 0) | np.isinf(known)]
    if len(wrong):
        msg = (
            f"{len(wrong)} 个设施的容量为负或不是有限的数字，第一个是 {wrong[0]!r}"
            f"（{known[wrong[0]]:g}）。请改正后重试。"
        )
        raise FacilityError(msg)
    return known.reindex(ids)


def summed(position: IntArray, amounts: FloatArray, size: int) -> FloatArray:
    """Sum of amounts, shape (p,), by position, shape (p,): shape (size,)."""
    return np.bincount(position, amounts, minlength=size).astype(np.float64)


def check_cutoff(cutoff: float) -> None:
    """
    Refuse a cutoff that makes no sense.

    Parameters
    ----------
    cutoff
        Seconds or metres.

    Raises
    ------
    StandardError
        If it is negative or NaN.
    """
    if math.isnan(cutoff) or cutoff < 0:
        msg = f"阈值应为不小于 0 的数字，现为 {cutoff}。"
        raise StandardError(msg)


def _sorted_ids(ids: pd.Index[Any], title: str) -> pd.Index[Any]:
    repeated = ids[ids.duplicated()]
    if len(repeated):
        msg = (
            f"{title}有 {len(repeated)} 个代码重复，第一个是 {repeated[0]!r}。"
            "每个代码只能出现一次。"
        )
        raise InputError(msg)
    if ids.inferred_type.startswith("mixed"):
        msg = f"{title}的代码有的是文字、有的是数字，请统一为文字。"
        raise InputError(msg)
    return ids.sort_values()


def _positions(matrix: pd.DataFrame, column: str, ids: pd.Index[Any]) -> IntArray:
    positions = ids.get_indexer(pd.Index(matrix[column])).astype(np.int64)
    unknown = matrix[column][positions < 0].unique()
    if len(unknown) and column == "from_id":
        msg = (
            f"出行时间表里有 {len(unknown)} 个需求点不在需求点表中，第一个是 {unknown[0]!r}。"
            "请重新计算出行时间。"
        )
        raise DemandError(msg)
    if len(unknown):
        msg = (
            f"出行时间表里有 {len(unknown)} 个设施没有填写容量，第一个是 {unknown[0]!r}。"
            "请在设施表中补齐容量，或重新计算出行时间。"
        )
        raise FacilityError(msg)
    return positions


def _costs(matrix: pd.DataFrame, cost: Cost) -> FloatArray:
    if len(matrix) and not pd.api.types.is_numeric_dtype(matrix[cost]):
        msg = f"出行时间表的 {cost} 应为数字，现为文字。请重新计算出行时间。"
        raise InputError(msg)
    values = matrix[cost].to_numpy(dtype=np.float64)
    wrong = np.isnan(values) | (values < 0)
    if wrong.any():
        row = matrix.iloc[int(np.argmax(wrong))]
        msg = (
            f"出行时间表有 {int(wrong.sum())} 行的 {cost} 为空或为负，第一行是需求点 "
            f"{row['from_id']!r} 与设施 {row['to_id']!r}。请重新计算出行时间。"
        )
        raise InputError(msg)
    return values

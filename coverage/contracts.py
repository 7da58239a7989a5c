"""The column tables: one contract per table, checked at the door, every problem reported at once.

The same tables feed the checks, the exports and `docs/data-dictionary.md`.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import pandas as pd
import pandera.pandas as pa

from coverage.cell_rules import (
    at_least,
    at_most,
    filled,
    first_of_its_kind,
    fits,
    is_empty,
    one_of,
)
from coverage.columns import PLACE_PRECISION, PLACE_PRECISIONS, Column, Contract
from coverage.errors import BoundaryError, DemandError, FacilityError, Problem, RoadError
from coverage.facility_columns import (
    FACILITY_COLUMNS,
    MOST_AREA_M2,
    MOST_BEDS,
    MOST_STAFF,
    MOST_TURNOUT_S,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "DEMAND",
    "DTYPE_NAMES",
    "FACILITIES",
    "MOST_AREA_M2",
    "MOST_BEDS",
    "MOST_PERSONS",
    "MOST_STAFF",
    "MOST_TURNOUT_S",
    "PLACE_PRECISIONS",
    "ROAD_EDGES",
    "ROAD_NODES",
    "ZONES",
    "Column",
    "Contract",
    "check",
    "problem_message",
    "problems",
]

SHOWN_PROBLEMS: Final = 5
"""Problems spelt out in an error message; the rest are counted and kept on the error."""

MOST_PERSONS: Final = 1e10
"""Persons; more than live on earth, so a larger number is a slip and would spoil every sum."""

ZONES: Final = Contract(
    "zones",
    "行政单元",
    (
        Column("zone_id", "text", "单元代码", "行政单元的代码，全表唯一", unique=True),
        Column("zone_name", "text", "单元名称", "行政单元的名称"),
        Column(
            "zone_level", "text", "级别", "行政级别：county 县、township 乡镇街道、village 村社区等"
        ),
        Column("geometry", "polygon", "边界", "边界多边形，项目坐标系"),
    ),
    BoundaryError,
)

DEMAND: Final = Contract(
    "demand",
    "需求点",
    (
        Column("demand_id", "text", "需求点代码", "村、社区或居民点的代码，全表唯一", unique=True),
        Column("demand_name", "text", "名称", "村、社区或居民点的名称", nullable=True),
        Column(
            "population",
            "number",
            "人口",
            "常住人口；空值表示未知，不是 0",
            "人",
            nullable=True,
            minimum=0,
            maximum=MOST_PERSONS,
        ),
        Column(
            "population_60plus",
            "number",
            "60岁及以上人口",
            "60 岁及以上常住人口；空值表示未知",
            "人",
            required=False,
            nullable=True,
            minimum=0,
            maximum=MOST_PERSONS,
        ),
        Column(
            "population_0_3",
            "number",
            "0—3岁人口",
            "0—3 岁常住人口；空值表示未知",
            "人",
            required=False,
            nullable=True,
            minimum=0,
            maximum=MOST_PERSONS,
        ),
        Column(
            "settlement",
            "text",
            "城乡",
            "urban 城镇、rural 农村；没有此列时不分城乡",
            required=False,
            nullable=True,
            choices=("urban", "rural"),
        ),
        Column(
            "origin",
            "text",
            "来源",
            "list 县里名录、osm 开放街图、inferred 按道路推断、raster 人口栅格、synthetic 合成",
        ),
        Column(
            "zone_id",
            "text",
            "所在单元代码",
            "所在行政单元；空值表示在研究区以外",
            required=False,
            nullable=True,
        ),
        PLACE_PRECISION,
        Column("geometry", "point", "位置", "点，项目坐标系"),
    ),
    DemandError,
)

FACILITIES: Final = Contract("facilities", "设施", FACILITY_COLUMNS, FacilityError)

ROAD_NODES: Final = Contract(
    "road_nodes",
    "路网节点",
    (
        Column("node_id", "whole", "节点代码", "节点代码，全表唯一", unique=True),
        Column("x", "number", "横坐标", "向东，项目坐标系", "米"),
        Column("y", "number", "纵坐标", "向北，项目坐标系", "米"),
    ),
    RoadError,
)

ROAD_EDGES: Final = Contract(
    "road_edges",
    "路网路段",
    (
        Column("from_node", "whole", "起点", "起点的节点代码"),
        Column("to_node", "whole", "终点", "终点的节点代码"),
        Column("length_m", "number", "长度", "路段长度", "米", minimum=0),
        Column("travel_time_s", "number", "通行时间", "通行时间", "秒", minimum=0),
        Column("oneway", "flag", "单行", "是否只许从起点驶向终点", required=False),
        Column("geometry", "line", "线形", "从起点到终点的折线", required=False, nullable=True),
    ),
    RoadError,
)

DTYPE_NAMES: Final = {
    "text": "文字", "number": "数字", "whole": "整数", "flag": "是否",
    "point": "点", "polygon": "面", "line": "线",
}  # fmt: skip


def check(
    table: pd.DataFrame, contract: Contract, *, source: str, rows: Sequence[int] | None = None
) -> None:
    """
    Raise one error that lists every problem of a table.

    Parameters
    ----------
    table
        Indexed by the contract's index.
    contract
        What the table must hold.
    source
        Where the table came from, as the planner knows it (a file name).
    rows
        The planner's row number of each row; counts from 1 when absent.

    Raises
    ------
    InputError
        The contract's own error class; `problems` holds all problems.
    """
    found = problems(table, contract, rows=rows)
    if found:
        raise contract.error(problem_message(contract.title, source, found), found)


def problem_message(title: str, source: str, found: Sequence[Problem]) -> str:
    """The sentence that reports problems: how many, in which source, the first few in full."""
    shown = "；".join(str(problem) for problem in found[:SHOWN_PROBLEMS])
    more = f"；另有 {len(found) - SHOWN_PROBLEMS} 处未列出" if len(found) > SHOWN_PROBLEMS else ""
    return f"{title}「{source}」有 {len(found)} 处问题：{shown}{more}。请改正后重试。"


def problems(
    table: pd.DataFrame, contract: Contract, *, rows: Sequence[int] | None = None
) -> list[Problem]:
    """
    Every problem of a table, in order of row and column.

    Parameters
    ----------
    table
        Indexed by the contract's index.
    contract
        What the table must hold.
    rows
        The planner's row number of each row; counts from 1 when absent.

    Returns
    -------
    problems
        Empty where the table keeps the contract.
    """
    flat = table.reset_index() if table.index.name == contract.index else table
    flat = pd.DataFrame(flat).reset_index(drop=True)
    numbers = list(rows) if rows is not None else list(range(1, len(flat) + 1))
    found = [
        Problem(None, column.name, "", f"缺少这一列（{column.title}）")
        for column in contract.columns
        if column.required and column.name not in flat.columns
    ]
    if flat.empty:
        found.append(Problem(None, "", "", "没有任何记录"))
        return found
    present = [column for column in contract.columns if column.name in flat.columns]
    schema = pa.DataFrameSchema({column.name: _pandera_column(column) for column in present})
    try:
        schema.validate(flat, lazy=True)
    except pa.errors.SchemaErrors as error:
        # The exception text holds the data itself, so only its table of failures is used.
        found.extend(_from_failures(error.failure_cases, flat, numbers))
    order = {column.name: position for position, column in enumerate(contract.columns)}
    return sorted(found, key=lambda p: (p.row or 0, order.get(p.column, -1)))


def _pandera_column(column: Column) -> pa.Column:
    kind = "有限的数字" if column.dtype == "number" else DTYPE_NAMES[column.dtype]
    checks = [pa.Check(partial(fits, column.dtype), error=f"应为{kind}")]
    if column.minimum is not None:
        rule = "不得为负" if column.minimum == 0 else f"不得小于 {column.minimum:g}"
        checks.append(pa.Check(partial(at_least, column.minimum), error=rule))
    if column.maximum is not None:
        rule = f"不得大于 {column.maximum:.15g}"
        checks.append(pa.Check(partial(at_most, column.maximum), error=rule))
    if column.choices:
        rule = f"只能是 {'、'.join(column.choices)}"
        checks.append(pa.Check(partial(one_of, column.choices), error=rule))
    if not column.nullable:
        checks.append(pa.Check(filled, ignore_na=False, error="不得为空"))
    if column.unique:
        checks.append(pa.Check(first_of_its_kind, error="重复出现"))
    return pa.Column(None, checks, nullable=True, required=True)


def _from_failures(failures: pd.DataFrame, flat: pd.DataFrame, numbers: list[int]) -> list[Problem]:
    found = []
    for column, rule, position in failures[["column", "check", "index"]].to_numpy():
        if pd.isna(position):
            found.append(Problem(None, str(column), "", str(rule)))
            continue
        value = flat[column].iloc[int(position)]
        text = "" if is_empty(value) else str(value)[:40]
        found.append(Problem(numbers[int(position)], str(column), text, str(rule)))
    return found

"""Demand: villages, communities and settlements with their people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import geopandas as gpd
import numpy as np
import pandas as pd

from coverage.contracts import DEMAND, check
from coverage.errors import DemandError, Problem
from coverage.notices import Notice
from layers.boundaries import study_area, zone_of
from layers.checked_columns import checked_columns, row_ids
from layers.points import locate
from layers.tables import SourceTable, ensure_columns, ensure_rows, raise_problems
from layers.vectors import read_source

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import shapely

MissingPopulation = Literal["error", "unknown"]

SECTION: Final = "[demand]"

SETTLEMENT_WORDS: Final = {
    "urban": "urban", "城镇": "urban", "城市": "urban", "城区": "urban", "社区": "urban",
    "rural": "rural", "农村": "rural", "乡村": "rural", "村": "rural",
}  # fmt: skip
"""Words for town and country in a planner's table, and what they mean."""

MISSING_REMEDY: Final = (
    '人口为空的行：补填人口，或在 project.toml 的 [demand] 写 missing_population = "unknown" '
    "按人口未知处理。"
)

NAMED_ROWS: Final = 3
"""Rows named in a notice; the rest are counted."""


def read_demand(
    path: Path,
    *,
    zones: gpd.GeoDataFrame,
    columns: Mapping[str, str],
    source_crs: str | None = None,
    layer: str | None = None,
    missing_population: MissingPopulation = "error",
    origin: str = "list",
) -> tuple[gpd.GeoDataFrame, tuple[Notice, ...]]:
    """
    Demand points from a CSV, GeoPackage or GeoJSON file; rows in = rows out.

    Parameters
    ----------
    path
        The file.
    zones
        Contract `ZONES`; its CRS is the project's.
    columns
        "id", "name", "lon", "lat", "x", "y" and the columns of the contract
        (`population`, `population_60plus`, `settlement` …) -> column of the file. Without
        "id", the codes are file name and row, as in "villages-2".
    source_crs
        CRS named by the planner.
    layer
        Layer of a GeoPackage with more than one.
    missing_population
        "error" refuses empty cells in a mapped column of people, "unknown" keeps them as NaN.
    origin
        `origin` of every row.

    Returns
    -------
    demand
        Contract `DEMAND` with `zone_id` (null outside the study area), rows in the order of
        the file.
    notices
        Points outside, people unknown, a CRS that was assumed.

    Raises
    ------
    SourceError
        If the file cannot be read.
    CrsError
        If no CRS is declared or named.
    DemandError
        With every problem of the table.
    """
    return demand_from_table(
        read_source(path, layer=layer),
        zones=zones,
        columns=columns,
        source_crs=source_crs,
        missing_population=missing_population,
        origin=origin,
    )


def demand_from_table(
    table: SourceTable,
    *,
    zones: gpd.GeoDataFrame,
    columns: Mapping[str, str],
    source_crs: str | None = None,
    missing_population: MissingPopulation = "error",
    origin: str = "list",
) -> tuple[gpd.GeoDataFrame, tuple[Notice, ...]]:
    """The same from a table that is already read; see `read_demand`."""
    ensure_rows(table, title=DEMAND.title, error=DemandError)
    ensure_columns(table, columns.values(), title=DEMAND.title, section=SECTION, error=DemandError)
    area = study_area(zones)
    frame, found = checked_columns(
        table, DEMAND, contract_columns(columns), words={"settlement": SETTLEMENT_WORDS}
    )
    people = [name for name in frame.columns if name.startswith("population")]
    blank = _blank_people(table, columns, people) if missing_population == "error" else []
    points, misplaced, notices = locate(
        table,
        columns=columns,
        source_crs=source_crs,
        crs=zones.crs,
        area=area,
        contract=DEMAND,
        section=SECTION,
    )
    raise_problems(
        [*found, *blank, *misplaced],
        table,
        title=DEMAND.title,
        error=DemandError,
        remedy=MISSING_REMEDY if blank else "",
    )
    _complete(frame, table, origin)
    frame["zone_id"] = zone_of(points, zones)
    demand = gpd.GeoDataFrame(frame.set_index("demand_id"), geometry=points, crs=zones.crs)
    check(demand, DEMAND, source=table.name, rows=table.rows)
    notices += [*_outside(table, demand, area), *_unknown(table, demand, people)]
    return demand, tuple(notices)


def contract_columns(columns: Mapping[str, str]) -> dict[str, str]:
    """The mapping with the short names "id" and "name" spelt out as in the contract."""
    short = {"id": "demand_id", "name": "demand_name"}
    return {short.get(key, key): name for key, name in columns.items()}


def _complete(frame: pd.DataFrame, table: SourceTable, origin: str) -> None:
    """Fill the columns of the contract that the file does not have."""
    if "demand_id" not in frame:
        frame["demand_id"] = row_ids(table)
    if "demand_name" not in frame:
        frame["demand_name"] = pd.Series([None] * len(frame), dtype="str")
    if "population" not in frame:
        frame["population"] = np.nan
    if "origin" not in frame:
        frame["origin"] = origin


def _blank_people(
    table: SourceTable, columns: Mapping[str, str], people: list[str]
) -> list[Problem]:
    return [
        Problem(row, columns[name], "", "人口为空")
        for name in people
        for row, text in zip(table.rows, table.column(columns[name]), strict=True)
        if not text
    ]


def _outside(table: SourceTable, demand: gpd.GeoDataFrame, area: shapely.Geometry) -> list[Notice]:
    outside = np.flatnonzero(demand["zone_id"].isna()).tolist()
    if not outside:
        return []
    first = f"首个在第 {table.rows[outside[0]]} 行，距研究区 {_far(demand, area, outside[0])}"
    if len(outside) == len(demand):
        msg = (
            f"{DEMAND.title}「{table.name}」的 {len(demand)} 个点全都在研究区以外（{first}）。"
            "请检查坐标系（crs）是否写对，边界与名录是否同一个地方。"
        )
        raise DemandError(msg)
    text = (
        f"{DEMAND.title}「{table.name}」有 {len(outside)} 个点在研究区以外（{first}），"
        "保留在表里，但不计入任何行政单元。请检查坐标。"
    )
    return [Notice("demand_outside", text, len(outside))]


def _far(demand: gpd.GeoDataFrame, area: shapely.Geometry, at: int) -> str:
    metres = demand.geometry.iloc[at].distance(area)
    return f"{metres / 1000:.1f} 公里"


def _unknown(table: SourceTable, demand: gpd.GeoDataFrame, people: list[str]) -> list[Notice]:
    if "population" not in people:
        text = (
            f"{DEMAND.title}「{table.name}」没有对应人口列，{len(demand)} 个点的人口都按未知处理，"
            f"只能按村计算。有人口数据时请在 {SECTION} 的 columns 里写 population。"
        )
        return [Notice("population_unmapped", text, len(demand))]
    rows = [table.rows[at] for at in np.flatnonzero(demand["population"].isna()).tolist()]
    if not rows:
        return []
    named = "、".join(str(row) for row in rows[:NAMED_ROWS])
    more = " 等" if len(rows) > NAMED_ROWS else ""
    text = (
        f"{DEMAND.title}「{table.name}」有 {len(rows)} 个点的人口未知（第 {named} 行{more}），"
        "不计入人口覆盖率，只计入村数。"
    )
    return [Notice("population_missing", text, len(rows))]

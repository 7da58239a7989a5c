"""Demand: villages, communities and settlements with their people."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, Literal

import geopandas as gpd
import numpy as np
import pandas as pd

from coverage.contracts import DEMAND, check
from coverage.errors import DemandError
from coverage.notices import Notice
from layers.boundaries import study_area, zone_of
from layers.checked_columns import row_ids
from layers.checks.cells_read import CellsRead
from layers.checks.point_list import PointList
from layers.checks.point_rows import PointReading, point_rows
from layers.spreading import spread_people
from layers.tables import SourceTable, ensure_columns, ensure_rows, numbers
from layers.vectors import read_source

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import shapely

    from layers.checks.point_list import FaultyRows
    from layers.corrections import Correction
    from layers.matching.named_rows import Gazetteer

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

WEIGHT: Final = "spread_weight"
"""Column in which the rows hold what people are spread by, until that is done."""

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
        "id", "name", "lon", "lat", "x", "y", "geometry" (WKT) and the columns of the contract
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
    reading = demand_from_table(
        read_source(path, layer=layer),
        zones=zones,
        columns=columns,
        source_crs=source_crs,
        missing_population=missing_population,
        origin=origin,
    )
    return reading.layer, reading.notices


def demand_from_table(  # noqa: PLR0913 - one argument per setting of [demand]
    table: SourceTable,
    *,
    zones: gpd.GeoDataFrame,
    columns: Mapping[str, str],
    source_crs: str | None = None,
    missing_population: MissingPopulation = "error",
    origin: str = "list",
    faulty_rows: FaultyRows = "refuse",
    corrections: Sequence[Correction] = (),
    units: Mapping[str, str] | None = None,
    gazetteer: Gazetteer | None = None,
    totals: pd.Series | None = None,
    spread_by: str | None = None,
) -> PointReading:
    """
    The same from a table that is already read; see `read_demand`.

    Parameters
    ----------
    columns
        Also "township", "address", "county", "zone_code" for `gazetteer`.
    faulty_rows
        "refuse" raises one error with every problem; "set_aside" uses the other rows.
    corrections
        Those of this file.
    units
        Keys of `columns` -> unit of the column, e.g. {"population": "万人"}; otherwise the header
        tells.
    gazetteer
        The places that rows without coordinates may name; without it they are at fault.
    totals
        Persons by zone id, spread over the rows in place of a column of people.
    spread_by
        Column of the file that says by what, e.g. households; None spreads evenly.

    Returns
    -------
    reading
        The demand with what was found; rows in = rows used + rows set aside.
    """
    ensure_rows(table, title=DEMAND.title, error=DemandError)
    wanted = [*columns.values(), *([spread_by] if spread_by else [])]
    ensure_columns(table, wanted, title=DEMAND.title, section=SECTION, error=DemandError)
    area = study_area(zones)
    names = contract_columns(columns)
    people = [one.name for one in DEMAND.columns if one.name in names and _is_of_people(one.name)]
    rows = point_rows(
        table,
        PointList(
            contract=DEMAND,
            section=SECTION,
            columns=columns,
            contract_columns=names,
            words={"settlement": SETTLEMENT_WORDS},
            source_crs=source_crs,
            crs=zones.crs,
            area=area,
            faulty_rows=faulty_rows,
            corrections=corrections,
            filled=dict.fromkeys(people, "人口为空") if missing_population == "error" else {},
            filled_remedy=MISSING_REMEDY,
            units=units or {},
            readers={WEIGHT: partial(_weights, name=spread_by)} if spread_by else {},
            gazetteer=gazetteer,
        ),
    )
    frame = rows.frame
    _complete(frame, rows.table, origin)
    frame["zone_id"] = zone_of(rows.points, zones)
    demand = gpd.GeoDataFrame(frame.set_index("demand_id"), geometry=rows.points, crs=zones.crs)
    spread: tuple[Notice, ...] = ()
    if totals is not None:
        demand, spread = _spread(demand, totals, source=spread_by or "")
        people = ["population", *people]
    check(demand, DEMAND, source=table.name, rows=rows.table.rows)
    outside = _outside(rows.table, demand, area)
    notices = (*rows.notices, *outside, *spread, *_unknown(rows.table, demand, people))
    return PointReading(demand, rows.table, rows.findings, notices)


def _weights(table: SourceTable, *, name: str) -> CellsRead:
    """What people are spread by, each row with a number of its own."""
    values, problems = numbers(table, name, minimum=0, filled=True)
    return CellsRead({WEIGHT: pd.Series(values)}, problems)


def _spread(
    demand: gpd.GeoDataFrame, totals: pd.Series, *, source: str
) -> tuple[gpd.GeoDataFrame, tuple[Notice, ...]]:
    """The demand with the people of its zones."""
    by = demand.get(WEIGHT)
    people, notices = spread_people(demand["zone_id"], totals, weights=by, source=f"“{source}”")
    return demand.drop(columns=WEIGHT, errors="ignore").assign(population=people), notices


def contract_columns(columns: Mapping[str, str]) -> dict[str, str]:
    """The mapping with the short names "id" and "name" spelt out as in the contract."""
    short = {"id": "demand_id", "name": "demand_name"}
    return {short.get(key, key): name for key, name in columns.items() if key != "geometry"}


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


def _is_of_people(name: str) -> bool:
    return name.startswith("population")


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

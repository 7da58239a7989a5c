"""Contracts: every problem of a table, with row, column, value and rule."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from shapely import LineString, Point, Polygon

from coverage.contracts import DEMAND, FACILITIES, ROAD_EDGES, ZONES, check, problems
from coverage.errors import BoundaryError, DemandError


def demand(**columns: object) -> pd.DataFrame:
    table = pd.DataFrame(
        {
            "demand_id": ["1", "2"],
            "demand_name": ["东村", None],
            "population": [10.0, np.nan],
            "origin": "list",
            "geometry": [Point(0, 0), Point(1, 1)],
        }
    )
    return table.assign(**columns).set_index("demand_id")


def test_a_good_table_has_no_problem() -> None:
    assert problems(demand(), DEMAND) == []


@pytest.mark.parametrize(
    ("columns", "text"),
    [
        ({"demand_id": ["1", "1"]}, "第 2 行「demand_id」：重复出现（值：1）"),
        ({"demand_id": ["1", None]}, "第 2 行「demand_id」：不得为空"),
        ({"demand_id": ["1", "  "]}, "第 2 行「demand_id」：不得为空"),
        ({"demand_name": ["东村", 5]}, "第 2 行「demand_name」：应为文字（值：5）"),
        ({"population": [10.0, -3.0]}, "第 2 行「population」：不得为负（值：-3.0）"),
        (
            {"population": [10.0, 1e308]},
            "第 2 行「population」：不得大于 10000000000（值：1e+308）",
        ),
        ({"population": [10.0, np.inf]}, "第 2 行「population」：应为有限的数字（值：inf）"),
        ({"population": [10, "九"]}, "第 2 行「population」：应为有限的数字（值：九）"),
        (
            {"settlement": ["rural", "山区"]},
            "第 2 行「settlement」：只能是 urban、rural（值：山区）",
        ),
        ({"geometry": [Point(0, 0), None]}, "第 2 行「geometry」：不得为空"),
        ({"geometry": [Point(0, 0), Point()]}, "第 2 行「geometry」：不得为空"),
    ],
)
def test_one_problem_each(columns: dict[str, object], text: str) -> None:
    assert [str(problem) for problem in problems(demand(**columns), DEMAND)] == [text]


def test_a_geometry_of_another_type_is_named() -> None:
    line = LineString([(0, 0), (1, 1)])
    found = problems(demand(geometry=[Point(0, 0), line]), DEMAND)
    assert str(found[0]) == "第 2 行「geometry」：应为点（值：LINESTRING (0 0, 1 1)）"


def test_rows_are_the_planners_rows() -> None:
    found = problems(demand(population=[-1.0, 5.0]), DEMAND, rows=[7, 9])
    assert found[0].row == 7


def test_a_missing_column_and_an_empty_table() -> None:
    without = demand().drop(columns="origin")
    assert [str(p) for p in problems(without, DEMAND)] == ["整列「origin」：缺少这一列（来源）"]
    assert [str(p) for p in problems(demand().iloc[:0], DEMAND)] == ["整列：没有任何记录"]


def test_optional_columns_may_be_absent_and_are_checked_when_there() -> None:
    table = pd.DataFrame(
        {
            "facility_id": ["1"],
            "facility_name": ["卫生室"],
            "kind": ["village_clinic"],
            "origin": ["list"],
            "geometry": [Point(0, 0)],
        }
    ).set_index("facility_id")
    assert problems(table, FACILITIES) == []
    assert str(problems(table.assign(capacity_beds=-1.0), FACILITIES)[0]).startswith(
        "第 1 行「capacity_beds」：不得为负"
    )


def test_a_message_shows_the_first_and_counts_the_rest() -> None:
    zones = pd.DataFrame(
        {
            "zone_id": [str(n) for n in range(8)],
            "zone_name": None,
            "zone_level": "township",
            "geometry": Polygon([(0, 0), (1, 0), (1, 1)]),
        }
    ).set_index("zone_id")
    with pytest.raises(BoundaryError) as caught:
        check(zones, ZONES, source="zones.geojson")
    assert str(caught.value).startswith(
        "行政单元「zones.geojson」有 8 处问题：第 1 行「zone_name」"
    )
    assert str(caught.value).endswith("；另有 3 处未列出。请改正后重试。")
    assert len(caught.value.problems) == 8


def test_whole_numbers_and_flags() -> None:
    edges = pd.DataFrame(
        {
            "from_node": [1.5],
            "to_node": [2],
            "length_m": [1.0],
            "travel_time_s": [1.0],
            "oneway": ["yes"],
        }
    )
    assert [str(p) for p in problems(edges, ROAD_EDGES)] == [
        "第 1 行「from_node」：应为整数（值：1.5）",
        "第 1 行「oneway」：应为是否（值：yes）",
    ]


def test_the_error_class_is_the_tables_own() -> None:
    with pytest.raises(DemandError):
        check(demand(population=[-1.0, 1.0]), DEMAND, source="x")

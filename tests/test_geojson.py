"""GeoJSON text: byte for byte what the plain way gives, for every kind of value and geometry."""

from __future__ import annotations

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import GeometryCollection, LineString, MultiPoint, MultiPolygon, Point, Polygon, box

from reports.files import json_text, rounded
from reports.geojson import geojson_text

SQUARE_WITH_HOLE = box(0, 0, 3, 3).difference(box(1, 1, 2, 2))


def plainly(table: gpd.GeoDataFrame, label: str) -> str:
    """Feature by feature with the standard library; geometry in degrees with few decimals."""
    columns = rounded(table.drop(columns="geometry").reset_index(drop=True)).to_dict("records")
    lines = []
    for values, geometry in zip(columns, table.geometry, strict=True):
        if geometry is None or geometry.is_empty:
            told = None
        else:
            turned = shapely.orient_polygons(
                shapely.set_precision(shapely.force_2d(geometry), 1e-7)
            )
            told = shapely.geometry.mapping(turned)
        properties = json_text(values, indent=None).rstrip("\n")
        lines.append(
            f'{{"type": "Feature", "properties": {properties}, "geometry": {json.dumps(told)}}}'
        )
    name = json.dumps(label, ensure_ascii=False)
    body = ",\n".join(lines)
    return f'{{"type": "FeatureCollection", "label": {name}, "features": [\n{body}\n]}}\n'


GEOMETRIES = [
    Point(117.5, 36.25),
    Point(1, 2, 3),
    None,
    Polygon(),
    SQUARE_WITH_HOLE,
    MultiPolygon([SQUARE_WITH_HOLE, box(5, 5, 6, 6)]),
    LineString([(0, 0), (1, 1), (2, 0)]),
    MultiPoint([(0, 0), (1, 1)]),
    GeometryCollection([Point(0, 0), LineString([(0, 0), (1, 1)])]),
    Point(-0.0, 0.0),
]


def test_every_kind_of_value_and_geometry():
    count = len(GEOMETRIES)
    table = gpd.GeoDataFrame(
        {
            "名称": [
                '李村 "东"',
                "=1+1",
                None,
                "a\\b",
                "换\n行",
                "李村",
                "",
                "王村",
                "𠮷",
                "三",
            ],
            "metres": [0.1 + 0.2, np.nan, np.inf, -np.inf, 1e20, -0.0, 1, 2, 3.0000001, 1e-9],
            "rows": np.arange(count),
            "covered": [True, False] * 5,
            "maybe": pd.array([1, None] * 5, dtype="Int64"),
            "mixed": [1, 1.0, True, "1", None, np.float64(2.5), np.int8(3), [1, np.nan], -0.0, 0.0],
        },
        geometry=GEOMETRIES,
        crs="EPSG:4326",
    )
    table["mixed"] = table["mixed"].astype(object)
    text = geojson_text(table, label="合成数据")
    assert text == plainly(table, "合成数据")
    assert len(json.loads(text)["features"]) == count


@settings(max_examples=25)
@given(
    values=st.lists(
        st.tuples(
            st.text(st.characters(codec="utf-8"), max_size=5),
            st.floats(-1e9, 1e9) | st.sampled_from([np.nan, np.inf, -np.inf]),
            st.integers(-(2**53), 2**53),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_random_rows(values):
    texts, numbers, counts = zip(*values, strict=True)
    table = gpd.GeoDataFrame(
        {"t": pd.Series(texts, dtype=object), "x": numbers, "n": counts},
        geometry=[Point(row, row / 8) for row in range(len(values))],
        crs="EPSG:4326",
    )
    assert geojson_text(table) == plainly(table, "")


def test_a_table_without_properties():
    table = gpd.GeoDataFrame(geometry=[Point(0, 0), box(0, 0, 1, 1)], crs="EPSG:4326")
    features = json.loads(geojson_text(table))["features"]
    assert [feature["properties"] for feature in features] == [{}, {}]


def test_what_has_no_place_on_earth_is_a_bug():
    table = gpd.GeoDataFrame(geometry=[Point(np.inf, 0)], crs="EPSG:4326")
    with pytest.raises(ValueError, match="not finite"):
        geojson_text(table)


@pytest.mark.parametrize("index", [[7, 3], ["b", "a"]])
def test_the_table_is_left_as_it_is(index):
    table = gpd.GeoDataFrame(
        {"x": [0.123456789, np.nan]}, geometry=[Point(0, 0), None], index=index, crs="EPSG:4326"
    )
    before = table.copy()
    geojson_text(table)
    pd.testing.assert_frame_equal(table, before)

"""What goes out as SHP in GBK, GPKG, GeoJSON, KML or Excel, in any datum, comes back equal."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from layers.formats.outline import ReadingOptions
from layers.intake import checked, draft_problems, first_draft, ground_of, is_datum_open
from layers.project import load_project
from layers.sources import outline, read_table
from layers.standards import load_kinds
from reports.gis.out_columns import out_text
from reports.layer_files import DATUM_CHOICES, layer_files
from tests.incoming import loaded
from tests.test_layer_files import HOSTILE

KINDS = load_kinds()
TITLES = {"facilities": "设施", "demand": "需求点", "zones": "行政单元"}
FORMATS = ("shp", "gpkg", "geojson", "kml", "xlsx")
NEAR_M = 1e-6
"""Metres; measured: 3e-9 in every format and datum."""

WORDS = {
    "wgs84": "WGS84", "cgcs2000": "CGCS2000", "cgcs2000-zone": "EPSG:4548", "gcj02": "GCJ-02",
    "bd09": "BD-09",
}  # fmt: skip

OURS = {
    "facilities": {"id", "name", "kind", "level", "ownership", "capacity_beds",
                   "capacity_nursing_beds", "capacity_childcare_places", "staff_physicians",
                   "staff_tcm_physicians", "staff_nurses", "staff_pharmacists",
                   "staff_public_health", "staff_general_practitioners", "area_m2", "land_area_m2",
                   "turnout_minutes", "features", "origin"},
    "demand": {"id", "name", "population", "population_60plus", "population_0_3", "settlement",
               "origin", "zone_code"},
    "zones": {"id", "name"},
}  # fmt: skip


@pytest.fixture(scope="module")
def demo(root):
    project = load_project(root / "data" / "examples" / "demo_county")
    layers = loaded(project).layers
    ground = ground_of(layers, project=project, kinds=KINDS)
    return replace(ground, facilities=None)


@pytest.fixture(scope="module")
def tables(demo):
    """Every kind of facility that the county has, with and without numbers; villages; all zones."""
    layers = demo.layers
    some = layers.facilities.groupby("kind", sort=False).head(3)
    assert some["capacity_beds"].isna().any()
    assert some["turnout_s"].notna().any()
    villages = layers.demand.iloc[::25].copy()
    villages.loc[villages.index[:3], ["population", "population_0_3", "settlement"]] = np.nan
    villages.loc[villages.index[4], "population"] = 1234.5
    return {"facilities": some, "demand": villages, "zones": layers.zones}


def put(folder, tables, *, fmt, datum):
    """The files of one export: layer -> path and part."""
    found = layer_files(
        tables, formats=[fmt], datum=datum, name="示例县", kinds=KINDS, label="合成数据"
    )
    paths = {}
    for name, content in found.files.items():
        (folder / name).write_bytes(content)
        for layer, title in TITLES.items():
            if layer not in tables:
                continue
            if fmt == "gpkg" or f"_{title}_" in name:
                paths[layer] = folder / name
    return {
        layer: (path, f"{title}_{found_datum(path)}" if fmt == "gpkg" else "")
        for layer, title in TITLES.items()
        if (path := paths.get(layer))
    }


def found_datum(path):
    return path.stem.split("_", 1)[1]


def taken_back(path, part, layer, ground, *, fmt, datum):
    """A file read as a planner's: what is proposed is accepted, the datum declared where asked."""
    options = ReadingOptions(part=part)
    table = read_table(path, options=options)
    draft, proposed = first_draft(table, layer=layer, file=path, options=options, kinds=KINDS)
    mapped = set(draft.columns) - {"lon", "lat", "x", "y", "geometry", "datum"}
    assert mapped == OURS[layer]
    assert all(one.confidence == "sure" or one.ours in {"name", "x", "y"} for one in proposed)
    assert not draft.recognise_kinds
    assert not draft.units
    open_datum = is_datum_open(table, draft)
    # zones have no column of datums; KML says WGS84 whatever it holds
    assert open_datum == (
        layer == "zones" and (fmt == "xlsx" or (datum in {"gcj02", "bd09"} and fmt != "kml"))
    )
    if open_datum or (layer == "zones" and fmt == "kml"):
        word = "cgcs2000" if (fmt, datum) == ("kml", "cgcs2000-zone") else datum
        draft = replace(draft, crs=WORDS[word])
    if layer == "zones":
        draft = replace(draft, level="township")
    assert draft_problems(table, draft, kinds=KINDS) == ()
    return checked(table, draft, ground)


def assert_same(found, wanted, *, near_m=NEAR_M):
    assert found.index.tolist() == wanted.index.tolist()
    assert found.crs.equals(wanted.crs)
    for column in wanted.columns.drop("geometry"):
        left, right = found[column], wanted[column]
        if right.isna().all() and column not in found:
            continue
        assert (left.isna() == right.isna()).all(), column
        if right.dtype == float:
            np.testing.assert_allclose(left, right, rtol=1e-15, err_msg=column)
        else:
            assert left.dropna().tolist() == right.dropna().tolist(), column
    mine, theirs = (
        shapely.get_coordinates(shapely.normalize(np.asarray(one.geometry)))
        for one in (found, wanted)
    )
    assert mine.shape == theirs.shape
    assert np.abs(mine - theirs).max() < near_m


@pytest.mark.parametrize("fmt", FORMATS)
@pytest.mark.parametrize("datum", DATUM_CHOICES)
def test_what_goes_out_comes_back_equal(demo, tables, tmp_path, fmt, datum):
    # villages go the way of facilities; once in plain degrees and once in shifted ones will do
    chosen = [key for key in TITLES if key != "demand" or datum in {"wgs84", "gcj02"}]
    files = put(tmp_path, {key: tables[key] for key in chosen}, fmt=fmt, datum=datum)
    assert list(files) == chosen
    for layer, (path, part) in files.items():
        back = taken_back(path, part, layer, demo, fmt=fmt, datum=datum)
        assert_same(back.layer, tables[layer])
        assert set(back.rows["fate"]) == {"used"}


def test_the_whole_county_comes_back_equal(demo, tmp_path):
    whole = {key: getattr(demo.layers, key) for key in TITLES}
    for layer, (path, part) in put(tmp_path, whole, fmt="shp", datum="wgs84").items():
        back = taken_back(path, part, layer, demo, fmt="shp", datum="wgs84")
        assert_same(back.layer, whole[layer])


HEADS = ["机构代码", "机构名称", "机构类别", "编制床位（张）", "建筑面积（亩）"]


def incoming(folder, fmt, points):
    """Clinics as an office would send them, by the libraries that offices have."""
    frame = gpd.GeoDataFrame(
        {
            "机构代码": [f"00{at}" for at in range(len(points))],
            "机构名称": ["=甲卫生室", "<b>乙&卫生院", "丙 医院"],
            "机构类别": ["村卫生室", "镇卫生院", "村卫生室"],
            "编制床位（张）": [3, None, 0],
            "建筑面积（亩）": [1.5, 2, None],
        },
        geometry=points,
        crs="EPSG:4326",
    )
    path = folder / f"来件.{fmt}"
    if fmt == "shp":
        frame.columns = ["机构代码", "机构名称", "机构类别", "编制床位", "占地面积", "geometry"]
        frame.to_file(path, driver="ESRI Shapefile", encoding="GBK")
    elif fmt == "xlsx":
        plain = pd.DataFrame(frame.drop(columns="geometry"))
        plain = plain.assign(经度=points.x, 纬度=points.y)
        options = {"options": {"strings_to_formulas": False}}
        plain.to_excel(path, index=False, engine="xlsxwriter", engine_kwargs=options)
    elif fmt == "kml":
        frame.rename(columns={"机构名称": "Name"}).to_file(path, driver="KML")
    else:
        frame.to_file(path, driver={"gpkg": "GPKG", "geojson": "GeoJSON"}[fmt])
    return path


@pytest.mark.parametrize("fmt", FORMATS)
def test_what_comes_in_goes_out_and_comes_back_equal(demo, tmp_path, fmt):
    points = demo.demand.iloc[:3].to_crs("EPSG:4326").geometry.reset_index(drop=True)
    path = incoming(tmp_path, fmt, points)
    table = read_table(path)
    draft, _ = first_draft(table, layer="facilities", file=path, kinds=KINDS)
    draft = replace(draft, crs="WGS84")
    first = checked(table, draft, demo).layer
    assert first["facility_name"].tolist() == ["=甲卫生室", "<b>乙&卫生院", "丙 医院"]
    out = tmp_path / "导出"
    out.mkdir()
    name, content = next(iter(layer_files(
        {"facilities": first}, formats=[fmt], name="县", kinds=KINDS
    ).files.items()))  # fmt: skip
    (out / name).write_bytes(content)
    part = "设施_WGS84" if fmt == "gpkg" else ""
    options = ReadingOptions(part=part)
    again = read_table(out / name, options=options)
    draft, _ = first_draft(again, layer="facilities", file=out / name, options=options, kinds=KINDS)
    assert_same(checked(again, draft, demo).layer, first.drop(columns="kind_rule", errors="ignore"))


@pytest.mark.parametrize("fmt", FORMATS)
def test_hostile_names_come_back_as_text(demo, tables, tmp_path, fmt):
    names = [out_text(one) for one in HOSTILE if one and (fmt != "shp" or len(one) < 100)]
    villages = demo.layers.demand.iloc[: len(names)].assign(demand_name=names)
    wanted = {"demand": villages.astype({"demand_name": "str"})}
    ((path, part),) = put(tmp_path, wanted, fmt=fmt, datum="wgs84").values()
    back = taken_back(path, part, "demand", demo, fmt=fmt, datum="wgs84")
    assert_same(back.layer, wanted["demand"])


@pytest.mark.parametrize("fmt", FORMATS)
def test_a_file_says_its_datum_where_a_planner_looks(tables, tmp_path, fmt):
    one = {"facilities": tables["facilities"]}
    found = layer_files(one, formats=[fmt], datum="gcj02", name="县", kinds=KINDS)
    (name,) = found.files
    assert "GCJ-02" in name
    (tmp_path / name).write_bytes(found.files[name])
    part = outline(tmp_path / name).parts[0]
    assert "坐标系" in part.columns
    assert part.crs == ("EPSG:4326" if fmt == "kml" else "")

"""The command `import`: what it tells, what it writes, and that nobody but the planner declares."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pandas as pd
import pytest
import rasterio
from python_calamine import CalamineWorkbook
from rasterio.transform import from_origin

import cli
from layers.coordinates import transformer_between, wgs84_to_bd09, wgs84_to_gcj02
from layers.project import load_project
from reports.templates import TEMPLATES
from tests.incoming import clinics, loaded
from tests.test_loading import write_county

WRITTEN = ["facilities.geojson", "findings.geojson", "问题清单.xlsx"]


@pytest.fixture
def county(tmp_path):
    folder = tmp_path / "县"
    folder.mkdir()
    return write_county(folder)


@pytest.fixture
def out(tmp_path):
    return tmp_path / "结果"


@pytest.fixture
def gbk(tmp_path):
    return clinics(
        tmp_path, "7,=乙卫生室,114.95,37.6,3", "7,重复,114.96,37.6,3", "8,丁卫生室,114.96,37.6,2"
    )


def run(capsys, *words):
    code = cli.main(["import", *map(str, words)])
    said, complained = capsys.readouterr()
    return code, said.splitlines(), complained


def fails(capsys, *words):
    """The one sentence of an import that fails as a planner's mistake does."""
    code, _, complained = run(capsys, *words)
    assert code == 2
    assert complained.count("\n") == 1
    return complained.rstrip("\n")


def test_without_a_datum_it_proposes_and_stops(capsys, county, gbk, out):
    before = (county / "project.toml").read_bytes()
    words = (county, gbk, "--as", "facilities", "--kind", "村卫生室", "--out", out, "--apply")
    code, said, complained = run(capsys, *words)
    assert code == 2
    assert complained == (
        "「诊所.csv」没有写明坐标系，也看不出是哪一种。"
        "请问清提供的单位，用 --crs 写明，如 --crs WGS84。\n"
    )
    assert said[:10] == [
        "文件「诊所.csv」里有 1 份数据",
        "  文本表格，3 行：编码、名称、经度、纬度、床位数",
        "注意：文字按 GB18030（含 GBK）编码读取。",
        "作为设施导入，各列对应如下",
        "  代码（id）＝“编码”：表头“编码”是“代码”，确定",
        "  名称（name）＝“名称”：表头就是“名称”，确定",
        "  经度（lon）＝“经度”：表头就是“经度”，确定",
        "  纬度（lat）＝“纬度”：表头就是“纬度”，确定",
        "  床位（capacity_beds）＝“床位数”：表头“床位数”是“床位”，确定",
        "  类别：全部是村卫生室",
    ]
    assert said[-1] == "坐标系：没有可以建议的"
    assert all(line.startswith("坐标系：") for line in said[10:])
    assert not out.exists()
    assert (county / "project.toml").read_bytes() == before


def test_with_a_datum_it_checks_and_writes(capsys, county, gbk, out):
    before = (county / "project.toml").read_bytes()
    words = (county, gbk, "--as", "facilities", "--kind", "village_clinic", "--crs", "wgs84")
    code, said, complained = run(capsys, *words, "--out", out)
    assert (code, complained) == (0, "")
    assert said[-1] == f"结果写到「{out}」：facilities.geojson、问题清单.xlsx、findings.geojson"
    assert (
        "「诊所.csv」读到 3 行，采用 2 行，放在一边 1 行；"
        "查出 2 处问题（像公式的文字 1 处、代码重复 1 处）。"
    ) in said
    assert sorted(one.name for one in out.iterdir()) == WRITTEN
    layer = json.loads((out / "facilities.geojson").read_text(encoding="utf-8"))
    assert [one["properties"]["facility_id"] for one in layer["features"]] == ["7", "8"]
    assert [one["geometry"]["coordinates"] for one in layer["features"]] == [
        [114.95, 37.6], [114.96, 37.6],
    ]  # fmt: skip
    listed = CalamineWorkbook.from_path(out / "问题清单.xlsx").get_sheet_by_name("问题").to_python()
    assert [row[1] for row in listed[1:]] == [2, 3]
    assert (county / "project.toml").read_bytes() == before
    assert not (county / "sources").exists()
    run(capsys, *words, "--out", out.with_name("again"))
    for name in WRITTEN:
        assert (out / name).read_bytes() == (out.with_name("again") / name).read_bytes(), name


def test_applied_it_stands_in_the_project(capsys, county, gbk, out):
    words = (
        county,
        gbk,
        "--as",
        "facilities",
        "--kind",
        "村卫生室",
        "--crs",
        "WGS84",
        "--out",
        out,
    )
    code, said, _ = run(capsys, *words, "--apply")
    assert code == 0
    assert said[-1] == "已写入项目「小县」：「sources/诊所.csv」作为设施。"
    found = loaded(load_project(county))
    assert found.layers.facilities["facility_name"].tolist() == [
        "甲卫生室",
        "=乙卫生室",
        "丁卫生室",
    ]
    # once more changes nothing: the same file is not read twice
    text = (county / "project.toml").read_bytes()
    assert run(capsys, *words, "--apply")[0] == 0
    assert (county / "project.toml").read_bytes() == text


def test_an_excel_in_gcj02_of_a_real_size(capsys, tmp_path, root, out):
    villages = pd.read_csv(root / "data/examples/demo_county/villages.csv", dtype=str).iloc[:150]
    lon, lat = wgs84_to_gcj02(villages["经度"].astype(float), villages["纬度"].astype(float))
    book = tmp_path / "卫生室.xlsx"
    names = villages["村名"] + "卫生室"
    pd.DataFrame({"机构名称": names, "lng": lon, "lat": lat}).to_excel(book, index=False)
    demo = root / "data" / "examples" / "demo_county"
    code, said, complained = run(capsys, demo, book, "--as", "facilities", "--out", out)
    assert code == 2
    assert complained == (
        "「卫生室.xlsx」没有写明坐标系，建议 GCJ-02（依据充分）。"
        "请核实后用 --crs 写明，如 --crs GCJ-02。\n"
    )
    assert "  类别：按名称、类别和编码逐行识别" in said


@pytest.fixture(scope="module")
def villages(root):
    """150 villages of the example: name, longitude and latitude in WGS84."""
    listed = pd.read_csv(root / "data/examples/demo_county/villages.csv", dtype=str).iloc[:150]
    return listed["村名"], listed["经度"].astype(float), listed["纬度"].astype(float)


def written(folder, names, columns):
    """A list of clinics with some columns of coordinates."""
    path = folder / "卫生室.csv"
    table = pd.DataFrame({"机构名称": names + "卫生室", **columns})
    table.to_csv(path, index=False, encoding="utf-8")
    return path


def test_a_header_that_names_a_datum_is_evidence(capsys, tmp_path, root, out, villages):
    names, lon, lat = villages
    bd = wgs84_to_bd09(lon, lat)
    path = written(tmp_path, names[:6], {"百度经度": bd[0][:6], "百度纬度": bd[1][:6]})
    demo = root / "data" / "examples" / "demo_county"
    words = (demo, path, "--as", "facilities", "--kind", "村卫生室", "--out", out)
    code, said, complained = run(capsys, *words)
    assert code == 2
    assert "坐标系：表头“百度经度”写着 BD-09，数值与此不矛盾。" in said
    assert complained == (
        "「卫生室.csv」没有写明坐标系，建议 BD-09（依据不足，请自行核对）。"
        "请核实后用 --crs 写明，如 --crs BD-09。\n"
    )


def test_a_datum_that_header_and_numbers_contradict_needs_a_yes(
    capsys, tmp_path, root, out, villages
):
    names, lon, lat = villages
    bd = wgs84_to_bd09(lon, lat)
    project = tmp_path / "县"
    shutil.copytree(root / "data" / "examples" / "demo_county", project)
    text = (project / "project.toml").read_text(encoding="utf-8")
    data = f"{(root / 'data').as_posix()}/"
    (project / "project.toml").write_text(text.replace("../../", data), encoding="utf-8")
    path = written(tmp_path, names, {"百度经度": bd[0], "百度纬度": bd[1]})
    words = (project, path, "--as", "facilities", "--kind", "村卫生室", "--out", out)
    header = "表头“百度经度、百度纬度”写着 BD-09，声明的却是 WGS84。"
    numbers = "声明的是 WGS84，按数值看却是 BD-09，两者相差约 "
    code, said, _ = run(capsys, *words, "--crs", "WGS84")
    assert code == 0
    assert f"注意：{header}" in said
    assert any(line.startswith(f"注意：{numbers}1") for line in said)
    before = (project / "project.toml").read_bytes()
    told = fails(capsys, *words, "--crs", "WGS84", "--apply")
    assert told.startswith(f"{header}{numbers}1")
    assert told.endswith(" 米。核实后仍要写入项目，请加 --yes。")
    assert (project / "project.toml").read_bytes() == before
    assert run(capsys, *words, "--crs", "WGS84", "--apply", "--yes")[0] == 0
    code, said, _ = run(capsys, *words, "--crs", "百度", "--apply")
    assert code == 0
    assert not any("声明的" in line for line in said)


def test_a_zone_of_another_projection_is_told(capsys, tmp_path, root, out, villages):
    """UTM on the numbers of a 3-degree zone is 1.65 km off, and everything stays in the county."""
    names, lon, lat = villages
    east, north = transformer_between("EPSG:4326", "EPSG:4548").transform(lon, lat)
    path = written(tmp_path, names, {"X": east, "Y": north})
    demo = root / "data" / "examples" / "demo_county"
    words = (demo, path, "--as", "facilities", "--kind", "村卫生室", "--out", out)
    code, said, _ = run(capsys, *words, "--crs", "EPSG:32650")
    assert code == 0
    told = [line for line in said if "声明的" in line]
    assert len(told) == 1
    assert told[0].startswith("注意：声明的是 EPSG:32650，按数值看却是 EPSG:4548，两者相差约 16")
    code, said, _ = run(capsys, *words, "--crs", "CGCS2000 39带")
    assert code == 0
    assert not any("声明的" in line for line in said)


def test_degrees_that_may_be_packed_are_doubted(capsys, tmp_path, root, out, villages):
    names, lon, lat = villages

    def packed(value):
        whole = int(value)
        minutes = int((value - whole) * 60)
        return f"{whole}.{minutes:02}{int(((value - whole) * 60 - minutes) * 60):02}"

    columns = {"经度": lon.map(packed), "纬度": lat.map(packed)}
    path = written(tmp_path, names, columns)
    demo = root / "data" / "examples" / "demo_county"
    words = (demo, path, "--as", "facilities", "--kind", "村卫生室", "--out", out)
    _, said, _ = run(capsys, *words)
    first = columns["经度"].iloc[0]
    read = f"{first[:3]}°{first[4:6]}′{first[6:8]}″"
    assert (
        f"坐标系：“经度”“纬度”每一行的小数都像“度.分秒”（如 {first} 可能是 {read}），"
        "现按十进制的度读取。如果确是度分秒，请先改写成度分秒或换算成十进制。"
    ) in said


def test_columns_that_are_not_used_are_listed(capsys, county, tmp_path, out):
    path = tmp_path / "诊所.csv"
    path.write_text("名称,经度,纬度,联系电话,备注 \n甲卫生室,114.9,37.6,1,好\n", encoding="utf-8")
    words = (county, path, "--as", "facilities", "--kind", "村卫生室", "--crs", "WGS84")
    _, said, _ = run(capsys, *words, "--out", out)
    assert "  没有用上的列：联系电话、备注" in said


def test_columns_that_are_only_a_part_of_ours_are_told_with_the_reason(
    capsys, county, tmp_path, out
):
    path = tmp_path / "村.csv"
    path.write_text("村名,经度,纬度,总人口（男）\n甲村,114.9,37.6,30\n", encoding="utf-8")
    words = (county, path, "--as", "demand", "--crs", "WGS84", "--out", out)
    reason = "  没有采用：“总人口（男）”写着“男”，不是全部的常住人口"
    assert reason in run(capsys, *words)[1]
    # as population it is the planner's word
    assert reason not in run(capsys, *words, "--column", "population=总人口（男）")[1]


def test_a_list_of_the_same_name_is_replaced_or_added_as_said(capsys, county, gbk, tmp_path, out):
    words = ["--as", "facilities", "--kind", "村卫生室", "--crs", "WGS84", "--out", out, "--apply"]
    assert run(capsys, county, gbk, *words)[0] == 0
    (tmp_path / "新").mkdir()
    other = clinics(tmp_path / "新", "9,戊卫生室,114.95,37.6,3")
    lists = len(load_project(county).settings.facilities)
    told = fails(capsys, county, other, *words)
    assert told.startswith(f"项目的第 {lists} 份设施名录「sources/诊所.csv」与「诊所.csv」同名")
    wrong = "--replace 只用于设施名录，而且不能与 --add 同时写，请改正命令。"
    assert fails(capsys, county, other, *words, "--replace", "1", "--add") == wrong
    assert run(capsys, county, other, *words, "--replace", lists)[0] == 0
    assert len(load_project(county).settings.facilities) == lists
    assert run(capsys, county, gbk, *words, "--add")[0] == 0
    assert len(load_project(county).settings.facilities) == lists + 1


def test_a_list_that_mixes_datums_is_told(capsys, tmp_path, root, out):
    villages = pd.read_csv(root / "data/examples/demo_county/villages.csv", dtype=str)
    lon, lat = villages[["经度", "纬度"]].to_numpy(dtype=float).T.copy()
    lon[::2], lat[::2] = wgs84_to_bd09(lon[::2], lat[::2])
    path = tmp_path / "混.csv"
    pd.DataFrame({"名称": villages["村名"], "经度": lon, "纬度": lat}).to_csv(path, index=False)
    demo = root / "data" / "examples" / "demo_county"
    told = fails(capsys, demo, path, "--as", "facilities", "--kind", "村卫生室", "--out", out)
    assert told.startswith("「混.csv」没有写明坐标系，而且像是混用了 ")
    assert told.endswith("请在「数据」页里逐行声明，或先在表里分开，再分别用 --crs 导入。")


def test_a_raster_of_people_is_demand(capsys, county, tmp_path, out):
    path = tmp_path / "人口.tif"
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=8,
        height=4,
        count=1,
        dtype="float32",
        crs="EPSG:4326",
        transform=from_origin(114.8, 37.7, 0.05, 0.05),
        nodata=-1,
    ) as raster:
        raster.write(np.full((1, 4, 8), 10, dtype="float32"))
    words = (county, path, "--as", "demand", "--out", out, "--apply")
    code, said, complained = run(capsys, *words)
    assert (code, complained) == (0, "")
    assert said[:2] == ["文件「人口.tif」里有 1 份数据", "  栅格"]
    project = load_project(county)
    assert project.settings.demand.file == "sources/人口.tif"
    assert loaded(project).layers.demand["population"].sum() == 320


def test_a_layer_that_declares_its_crs_needs_no_datum(capsys, county, out):
    words = (county, county / "zones.geojson", "--as", "zones", "--out", out)
    code, said, _ = run(capsys, *words)
    assert code == 0
    assert "「zones.geojson」读到 2 行，采用 2 行" in "".join(said)
    assert sorted(one.name for one in out.iterdir())[:1] == ["findings.geojson"]
    assert (out / "zones.geojson").is_file()


def test_columns_are_named_by_the_planner(capsys, county, tmp_path, out):
    path = tmp_path / "村.csv"
    path.write_text("甲,乙,丙,丁\n张庄,114.9,37.6,0.3\n李庄,114.95,37.6,0.2\n", encoding="utf-8")
    words = [county, path, "--as", "demand", "--crs", "WGS84", "--out", out]
    pairs = ("name=甲", "lon=乙", "lat=丙", "population=丁")
    code, said, complained = run(capsys, *words, *(x for one in pairs for x in ("--column", one)))
    assert (code, complained) == (0, "")
    assert "  常住人口（population）＝“丁”：由 --column 指定" in said
    told = fails(capsys, *words, "--column", "人口")
    assert told == "--column 应写成“我们的列=文件的列”，如 population=常住人口，现为“人口”。"
    told = fails(
        capsys, *words, "--column", "popullation=丁", "--column", "lon=乙", "--column", "lat=丙"
    )
    assert told == "“丁”：“popullation”不是需求点的列，最接近的是“population”（常住人口）。"


def test_one_sentence_for_each_mistake(capsys, county, gbk, out, tmp_path):
    words = (county, gbk, "--as", "facilities", "--crs", "WGS84", "--out", out)
    usage = (
        "导入要写明项目、文件和用途，如 python cli.py import 我的县 诊所.xlsx --as facilities "
        "--out 结果；--as 可写 facilities、demand、zones。"
    )
    assert fails(capsys, "--out", out) == usage
    assert fails(capsys, county, gbk, "--as", "clinics", "--out", out) == usage
    told = fails(capsys, county, tmp_path / "没有.csv", "--as", "zones", "--out", out)
    assert told.startswith("找不到数据文件「没有.csv」")
    assert fails(capsys, *words, "--kind", "诊锁").startswith("类别“诊锁”不在设施类别表里")
    both = fails(capsys, *words, "--kind", "村卫生室", "--recognise-kinds")
    assert both == "写了整份名录的类别，又要按名称识别类别，请留一样。"
    secret = fails(capsys, *words[:4], "--crs", "西安80", "--kind", "村卫生室", "--out", out)
    assert secret.startswith("「诊所.csv」写的坐标系“西安80”属于西安80，不能直接使用")
    (tmp_path / "图.xlsx").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    assert "图.xlsx" in fails(capsys, county, tmp_path / "图.xlsx", "--as", "demand", "--out", out)
    taken = fails(capsys, county, county / "zones.geojson", "--as", "zones", "--out", county)
    assert taken == "结果会盖掉项目的数据文件「zones.geojson」，请用 --out 换一个输出文件夹。"
    assert not out.exists()


def test_templates_are_written_without_a_project(capsys, out):
    code, said, _ = run(capsys, "--templates", "--out", out)
    assert code == 0
    names = [f"{one.title}填报表.xlsx" for one in TEMPLATES]
    assert said == [f"空白填报表写到「{out}」：{'、'.join(names)}"]
    assert sorted(one.name for one in out.iterdir()) == sorted(names)

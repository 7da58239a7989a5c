"""The job and the command `export`: which files, what is told, what stays as it was."""

from __future__ import annotations

import subprocess
import sys

import pyogrio
import pytest

import cli
from coverage.errors import CrsError, InputError, OutputError
from layers.project import load_project
from layers.standards import load_kinds
from reports.layer_export import chosen_words, export_layers
from tests.incoming import loaded
from tests.test_loading import write_county

KINDS = load_kinds()
EVERY = ["facilities", "demand", "zones"]


@pytest.fixture
def county(tmp_path):
    folder = tmp_path / "县"
    folder.mkdir()
    return load_project(write_county(folder))


def exported(county, out, layers=EVERY, formats=("gpkg",), datum="wgs84"):
    return export_layers(
        loaded(county).layers,
        project=county,
        out=out,
        chosen=(layers, formats),
        datum=datum,
        kinds=KINDS,
    )


def test_words_are_checked_before_anything_is_read():
    assert chosen_words("", "", datum="wgs84") == (EVERY, ["gpkg"])
    assert chosen_words("zones，demand,zones", " shp, kml", datum="bd09") == (
        ["zones", "demand"],
        ["shp", "kml"],
    )
    with pytest.raises(InputError) as error:
        chosen_words("roads", "", datum="wgs84")
    assert str(error.value) == (
        "--layers 写的“roads”不认识，可写：facilities（设施）、demand（需求点）、zones（行政单元）；"
        "几样之间用逗号隔开。"
    )
    with pytest.raises(InputError, match="--format 写的“mif”不认识"):
        chosen_words("", "shp,mif", datum="wgs84")
    with pytest.raises(CrsError, match="导出的坐标系“gps”不认识"):
        chosen_words("", "", datum="gps")


def test_files_are_written_with_a_list_of_what_was_shortened(county, tmp_path):
    out = tmp_path / "导出"
    done = exported(county, out, formats=["shp", "gpkg"])
    assert [path.name for path in done.files] == [
        "小县_设施_WGS84_shp.zip", "小县_需求点_WGS84_shp.zip", "小县_行政单元_WGS84_shp.zip",
        "小县_WGS84.gpkg", "小县_WGS84_导出说明.txt",
    ]  # fmt: skip
    assert sorted(done.files) == sorted(out.iterdir())
    text = done.files[-1].read_bytes().decode("utf-8-sig")
    assert text.startswith("小县：设施 ")
    assert "坐标系：WGS84 经纬度（EPSG:4326）。\r\n" in text
    assert "文件：小县_WGS84.gpkg\r\n" in text
    assert "需求点（Shapefile）：字段“人口（人）”写成“人口”。\r\n" in text
    assert done.lines[0].startswith("小县：设施 ")
    assert done.lines[-1].startswith(f"写到「{out}」：")
    names = [name for name, _ in pyogrio.list_layers(done.files[3])]
    assert names == ["设施_WGS84", "需求点_WGS84", "行政单元_WGS84", "layer_styles"]


def test_only_what_is_asked_for(county, tmp_path):
    done = exported(county, tmp_path / "o", layers=["zones"], formats=["kml"], datum="bd09")
    assert [path.name for path in done.files] == [
        "小县_行政单元_BD-09.kml", "小县_BD-09_导出说明.txt",
    ]  # fmt: skip


def test_inputs_are_never_written_over(county, tmp_path):
    folder = county.folder
    (folder / "zones.geojson").rename(folder / "小县_行政单元_WGS84.geojson")
    project = folder / "project.toml"
    project.write_text(
        project.read_text("utf-8").replace("zones.geojson", "小县_行政单元_WGS84.geojson"), "utf-8"
    )
    before = {path: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    with pytest.raises(OutputError) as error:
        exported(load_project(project), folder, formats=["geojson"])
    assert str(error.value) == (
        "结果会盖掉项目的数据文件「小县_行政单元_WGS84.geojson」，请用 --out 换一个输出文件夹。"
    )
    assert {path: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before


def test_a_failure_leaves_the_old_files_whole(county, tmp_path, monkeypatch):
    out = tmp_path / "o"
    exported(county, out)
    before = {path: path.read_bytes() for path in out.iterdir()}

    def refuse(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("reports.files._push_to_disk", refuse)
    with pytest.raises(OutputError, match="原有的结果没有改动"):
        exported(county, out, datum="gcj02")
    assert {path: path.read_bytes() for path in out.iterdir()} == before


def test_many_notes_are_counted(county, tmp_path):
    done = exported(county, tmp_path / "o", formats=["shp", "gpkg", "kml", "dxf"], datum="gcj02")
    assert len([line for line in done.lines if line.startswith("注意：")]) == 8
    assert "条说明，见「小县_GCJ-02_导出说明.txt」。" in done.lines[-2]


def test_the_command(county, tmp_path, capsys):
    out = tmp_path / "o"
    words = ["export", str(county.folder), "--out", str(out), "--layers", "zones"]
    assert cli.main([*words, "--format", "xlsx,dxf", "--datum", "cgcs2000-zone"]) == 0
    told = capsys.readouterr()
    assert "坐标系：CGCS2000 3度带，中央经线 114°，横坐标不加带号（EPSG:4547）。" in told.out
    assert sorted(path.name for path in out.iterdir()) == [
        "manifest.json", "小县_CGCS2000_3度带114.dxf", "小县_CGCS2000_3度带114_导出说明.txt",
        "小县_行政单元_CGCS2000_3度带114.xlsx",
    ]  # fmt: skip
    assert cli.main([*words, "--format", "pdf"]) == 2
    assert "--format 写的“pdf”不认识" in capsys.readouterr().err
    assert cli.main(["export", str(tmp_path / "没有"), "--out", str(out)]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_the_command_in_a_pipe(county, root, tmp_path):
    done = subprocess.run(
        [sys.executable, "cli.py", "export", str(county.folder), "--out", str(tmp_path / "o")],
        cwd=root, capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert "小县_WGS84.gpkg" in done.stdout

"""The manifest names every input by its hash, and neither the machine nor the hour."""

from __future__ import annotations

import hashlib
import json
import os
import tomllib

import pytest

from coverage.errors import SourceError
from reports.files import json_text
from reports.input_files import seen_inputs
from reports.manifest import PACKAGES, build_manifest, software_version
from tests.hand_made import MODES, STANDARD


def build(tmp_path, inputs, **settings):
    return build_manifest(
        inputs,
        project_folder=tmp_path / "县",
        project_settings=settings,
        standards=[STANDARD],
        modes=MODES,
    )


@pytest.fixture
def inputs(tmp_path):
    (tmp_path / "县").mkdir()
    (tmp_path / "公用").mkdir()
    files = [tmp_path / "县" / "zones.geojson", tmp_path / "公用" / "roads.osm.pbf"]
    for file in files:
        file.write_bytes(file.name.encode())
    return files


def test_inputs_have_relative_paths_sizes_and_hashes(tmp_path, inputs):
    listed = build(tmp_path, [*inputs, inputs[0]])["inputs"]
    assert listed == [
        {
            "file": "../公用/roads.osm.pbf",
            "bytes": 13,
            "sha256": hashlib.sha256(b"roads.osm.pbf").hexdigest(),
        },
        {
            "file": "zones.geojson",
            "bytes": 13,
            "sha256": hashlib.sha256(b"zones.geojson").hexdigest(),
        },
    ]


def test_the_order_of_inputs_changes_nothing(tmp_path, inputs):
    assert build(tmp_path, inputs) == build(tmp_path, inputs[::-1])


def test_no_path_of_the_machine_stands_in_it(tmp_path, inputs):
    manifest = build(
        tmp_path,
        inputs,
        roads={"file": str(inputs[1]), "cache": "D:\\地图\\cache"},
        facilities=[{"file": "../公用/x.csv"}, {"file": tmp_path / "y.csv"}],
    )
    assert manifest["settings"]["project"] == {
        "roads": {"file": "roads.osm.pbf", "cache": "cache"},
        "facilities": [{"file": "../公用/x.csv"}, {"file": "y.csv"}],
    }
    assert str(tmp_path) not in json_text(manifest)


def test_a_file_that_shares_only_the_root_goes_by_its_name(tmp_path, monkeypatch):
    file = tmp_path / "x.csv"
    file.write_bytes(b"")
    monkeypatch.setattr("reports.manifest.os.path.commonpath", lambda _paths: file.anchor)
    assert build(tmp_path, [file])["inputs"][0]["file"] == "x.csv"


def test_standards_with_clauses_and_the_modes_they_use(tmp_path):
    settings = build(tmp_path, [])["settings"]
    assert settings["standards"][0]["clauses"][0]["quote"] == "原文"
    assert list(settings["modes"]) == ["ride", "walk", "walk_or_ride"]
    assert settings["modes"]["ride"]["speed_kph"] == {"": 10.0}
    text = json_text(build(tmp_path, []))
    assert json.loads(text)["settings"]["modes"]["ride"]["max_speed_kph"] is None


def test_versions_of_the_program_and_of_what_computes(tmp_path, root):
    software = build(tmp_path, [])["software"]
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert software["version"] == software_version() == project["version"]
    assert set(software["packages"]) == set(PACKAGES)


def test_an_input_that_vanished(tmp_path, inputs):
    inputs[0].unlink()
    with pytest.raises(SourceError) as caught:
        build(tmp_path, inputs)
    assert str(caught.value) == (
        "数据文件「zones.geojson」读不出来（No such file or directory），请检查文件后重试。"
    )


def test_a_file_that_changed_since_it_was_hashed_is_named(tmp_path, inputs):
    seen = seen_inputs(inputs)
    assert list(seen) == inputs
    os.utime(inputs[0], (1e9, 1e9))  # touched, and the same
    assert build(tmp_path, seen) == build(tmp_path, inputs)
    inputs[0].write_bytes(b"zones.geojsoN")
    inputs[1].unlink()
    with pytest.raises(SourceError) as caught:
        build(tmp_path, seen)
    assert str(caught.value) == (
        "2 个数据文件在计算过程中改过：zones.geojson、roads.osm.pbf，没有写出结果。请等文件不再改动后重新运行。"
    )


def test_what_cannot_be_read_is_left_to_its_reader_and_told_in_the_end(tmp_path, inputs):
    seen = seen_inputs([*inputs, tmp_path, tmp_path / "none.csv"])
    assert len(seen) == len(inputs) + 2
    seen.ensure_unchanged()
    with pytest.raises(SourceError, match="「\\.\\.」读不出来（不是一个文件）"):
        build(tmp_path, seen_inputs([tmp_path]))
    (tmp_path / "none.csv").write_bytes(b"")
    with pytest.raises(SourceError, match=r"改过：none\.csv，"):
        build(tmp_path, seen)


def test_the_attributes_of_a_shapefile_are_inputs_too(tmp_path, inputs):
    for suffix in ("shp", "DBF", "prj", "sbn"):
        (tmp_path / "县" / f"村.{suffix}").write_bytes(b"1")
    listed = build(tmp_path, [*inputs, tmp_path / "县" / "村.shp"])["inputs"]
    assert [one["file"] for one in listed] == [
        "../公用/roads.osm.pbf", "zones.geojson", "村.DBF", "村.prj", "村.shp",
    ]  # fmt: skip

"""A file that only pretends to be a map layer cannot make GDAL open another one."""

from __future__ import annotations

import ast
import json
import subprocess
import sys

import pytest

VRT = """<OGRVRTDataSource><OGRVRTLayer name="secret">
<SrcDataSource relativeToVRT="0">{secret}</SrcDataSource><SrcLayer>secret</SrcLayer>
</OGRVRTLayer></OGRVRTDataSource>"""

# Reads straight through pyogrio, so that it is the driver list that refuses, not our own check.
BARE_READ = """
import sys
from layers import gdal_settings
import pyogrio
try:
    print("OPENED", pyogrio.read_dataframe(sys.argv[1], read_geometry=False).to_string())
except pyogrio.errors.DataSourceError as error:
    print("REFUSED", error)
"""
UNGUARDED_READ = BARE_READ.replace("from layers import gdal_settings\n", "")
OUR_READ = """
import sys
from pathlib import Path
from coverage.errors import SourceError
from layers.vectors import read_source
try:
    print("OPENED", read_source(Path(sys.argv[1])).cells.to_string())
except SourceError as error:
    print("REFUSED", error)
"""


@pytest.fixture
def secret(tmp_path):
    path = tmp_path / "secret.geojson"
    properties = {"word": "tianxia"}
    point = {"type": "Point", "coordinates": [1.0, 2.0]}
    feature = {"type": "Feature", "properties": properties, "geometry": point}
    text = {"type": "FeatureCollection", "name": "secret", "features": [feature]}
    path.write_text(json.dumps(text), encoding="utf-8")
    return path


def run(code, path, root):
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)],
        cwd=root, capture_output=True, text=True, check=True, encoding="utf-8",
        env={"PYTHONPATH": str(root), "PYTHONIOENCODING": "utf-8", "PATH": ""},
    )  # fmt: skip
    return done.stdout


def test_the_attack_works_without_the_settings(tmp_path, secret, root):
    disguised = tmp_path / "villages.geojson"
    disguised.write_text(VRT.format(secret=secret), encoding="utf-8")
    assert "tianxia" in run(UNGUARDED_READ, disguised, root)


@pytest.mark.parametrize("name", ["v.geojson", "v.gpkg", "v.csv", "v.json", "v.kml"])
def test_a_renamed_vrt_opens_nothing(tmp_path, secret, root, name):
    disguised = tmp_path / name
    disguised.write_text(VRT.format(secret=secret), encoding="utf-8")
    assert "tianxia" not in run(BARE_READ, disguised, root)


def test_a_renamed_gdal_pipeline_opens_nothing(tmp_path, secret, root):
    disguised = tmp_path / "villages.geojson"
    pipeline = {
        "type": "gdal_streamed_alg",
        "command_line": f"gdal vector pipeline ! read {secret} ! write {tmp_path / 'o.gpkg'}",
    }
    disguised.write_text(json.dumps(pipeline), encoding="utf-8")
    assert run(BARE_READ, disguised, root).startswith("REFUSED")


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        (
            "v.geojson",
            (
                "REFUSED 「v.geojson」的内容不是 GeoJSON，和它的扩展名不符。"
                "请在 QGIS 里另存为 GeoJSON 后重试。\n"
            ),
        ),
        (
            "v.gpkg",
            (
                "REFUSED 「v.gpkg」的内容不是 GeoPackage，和它的扩展名不符。"
                "请在 QGIS 里另存为 GeoPackage 后重试。\n"
            ),
        ),
    ],
)
def test_our_reader_says_that_content_and_name_differ(tmp_path, secret, root, name, answer):
    disguised = tmp_path / name
    disguised.write_text(VRT.format(secret=secret), encoding="utf-8")
    assert run(OUR_READ, disguised, root) == answer


def test_a_vrt_called_csv_is_only_text(tmp_path, secret, root):
    disguised = tmp_path / "v.csv"
    disguised.write_text(VRT.format(secret=secret), encoding="utf-8")
    assert "tianxia" not in run(OUR_READ, disguised, root)


def test_no_skipped_driver_is_left_and_gdal_knows_them_all(root):
    code = """
from layers import gdal_settings
import pyogrio
print(sorted(set(gdal_settings.SKIPPED_DRIVERS) & set(pyogrio.list_drivers())))
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=root, capture_output=True, text=True, check=True,
        env={"PYTHONPATH": str(root), "PATH": ""},
    )  # fmt: skip
    assert done.stdout == "[]\n"
    assert done.stderr == ""  # a name unknown to GDAL is warned of here


def _imports(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_whoever_reads_through_pyogrio_sets_gdal_first(root):
    readers = []
    for folder in ("coverage", "layers", "reports", "views"):
        for path in sorted((root / folder).rglob("*.py")):
            text = path.read_text(encoding="utf-8")
            names = list(_imports(ast.parse(text)))
            reads = any(name.split(".")[0] == "pyogrio" for name in names)
            if reads or ".read_file(" in text or "read_dataframe(" in text:
                readers.append(path.name)
                assert "layers.gdal_settings" in names, path
    assert "vectors.py" in readers

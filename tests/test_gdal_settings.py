"""A file that only pretends to be a map layer or raster cannot make GDAL open another one."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys

import pytest

from layers import gdal_settings

VRT = """<OGRVRTDataSource><OGRVRTLayer name="secret">
<SrcDataSource relativeToVRT="0">{secret}</SrcDataSource><SrcLayer>secret</SrcLayer>
</OGRVRTLayer></OGRVRTDataSource>"""
RASTER_VRT = """<VRTDataset rasterXSize="2" rasterYSize="1">
<GeoTransform>0, 1, 0, 1, 0, -1</GeoTransform><VRTRasterBand dataType="Byte" band="1">
<SimpleSource><SourceFilename relativeToVRT="0">{secret}</SourceFilename><SourceBand>1</SourceBand>
</SimpleSource></VRTRasterBand></VRTDataset>"""
WMS = """<GDAL_WMS><Service name="TMS"><ServerUrl>http://127.0.0.1:1/${z}</ServerUrl></Service>
<DataWindow><UpperLeftX>0</UpperLeftX><UpperLeftY>1</UpperLeftY><LowerRightX>1</LowerRightX>
<LowerRightY>0</LowerRightY><SizeX>9</SizeX><SizeY>9</SizeY></DataWindow></GDAL_WMS>"""

# These read straight through the libraries, so that it is the driver list that refuses, not our
# own checks. One process reads several places, because to start one takes a second.
BARE_READ = """
import sys
from layers import gdal_settings
import pyogrio
for place in sys.argv[1:]:
    try:
        print("OPENED", pyogrio.read_dataframe(place, read_geometry=False).to_dict("list"))
    except pyogrio.errors.DataSourceError:
        print("REFUSED")
"""
UNGUARDED_READ = BARE_READ.replace("from layers import gdal_settings\n", "")
BARE_RASTER_READ = """
import sys
from layers import gdal_settings
import rasterio
for place in sys.argv[1:]:
    try:
        with rasterio.open(place) as raster:
            print("OPENED", raster.driver, raster.read().tolist())
    except rasterio.errors.RasterioIOError:
        print("REFUSED")
"""
UNGUARDED_RASTER_READ = BARE_RASTER_READ.replace("from layers import gdal_settings\n", "")
WRITTEN = """
import sys
import numpy as np
import rasterio
options = {"driver": "GTiff", "width": 2, "height": 1, "count": 1, "dtype": "uint8"}
with rasterio.open(sys.argv[1], "w", transform=rasterio.Affine(1, 0, 0, 0, -1, 1), **options) as file:
    file.write(np.array([[[12, 34]]], dtype="uint8"))
"""
OUR_READ = """
import sys
from pathlib import Path
from coverage.errors import SourceError
from layers.vectors import read_source
for place in sys.argv[1:]:
    try:
        print("OPENED", read_source(Path(place)).cells.to_dict("list"))
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


@pytest.fixture
def secret_raster(tmp_path, root):
    path = tmp_path / "secret.tif"
    run(WRITTEN, [path], root)
    return path


def run(code, places, root):
    """What the code prints, line by line; it prints nothing on the side."""
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, places)],
        cwd=root, capture_output=True, text=True, check=True, encoding="utf-8",
        env={"PYTHONPATH": str(root), "PYTHONIOENCODING": "utf-8", "PATH": ""},
    )  # fmt: skip
    assert done.stderr == ""
    return done.stdout.splitlines()


def disguised(folder, content, *names):
    paths = [folder / name for name in names]
    for path in paths:
        path.write_text(content, encoding="utf-8")
    return paths


def test_the_attack_works_without_the_settings(tmp_path, secret, root):
    paths = disguised(tmp_path, VRT.format(secret=secret), "villages.geojson", "villages.shp")
    assert run(UNGUARDED_READ, paths, root) == ["OPENED {'word': ['tianxia']}"] * 2


def test_a_layer_in_disguise_opens_nothing(tmp_path, secret, root):
    ends = ("geojson", "gpkg", "csv", "json", "kml", "dxf", "shp", "gdb", "xlsx")
    vrt = VRT.format(secret=secret)
    pipeline = {
        "type": "gdal_streamed_alg",
        "command_line": f"gdal vector pipeline ! read {secret} ! write {tmp_path / 'o.gpkg'}",
    }
    paths = [
        *disguised(tmp_path, vrt, *(f"vrt.{end}" for end in ends)),
        *disguised(tmp_path, json.dumps(pipeline), *(f"gdalg.{end}" for end in ends)),
        "/vsicurl/http://127.0.0.1:1/a.geojson",
        "http://127.0.0.1:1/a.geojson",
        "WFS:http://127.0.0.1:1/",
        vrt,
    ]
    assert set(run(BARE_READ, paths, root)) == {"REFUSED"}
    assert run(BARE_READ, [secret], root) == ["OPENED {'word': ['tianxia']}"]


def test_the_raster_attack_works_without_the_settings(tmp_path, secret_raster, root):
    paths = disguised(tmp_path, RASTER_VRT.format(secret=secret_raster), "population.tif")
    assert run(UNGUARDED_RASTER_READ, paths, root) == ["OPENED VRT [[[12, 34]]]"]


def test_a_raster_in_disguise_opens_nothing(tmp_path, secret_raster, root):
    vrt = RASTER_VRT.format(secret=secret_raster)
    paths = [
        *disguised(tmp_path, vrt, "vrt.tif", "vrt.tiff", "vrt.vrt"),
        *disguised(tmp_path, WMS, "wms.tif"),
        vrt,
        f"vrt://{secret_raster}?bands=1",
        f"DERIVED_SUBDATASET:AMPLITUDE:{secret_raster}",
        "/vsicurl/http://127.0.0.1:1/a.tif",
        "http://127.0.0.1:1/a.tif",
        "/vsis3/bucket/a.tif",
        "WMS:http://127.0.0.1:1/",
    ]
    answers = run(BARE_RASTER_READ, [*paths, secret_raster], root)
    assert answers == ["REFUSED"] * len(paths) + ["OPENED GTiff [[[12, 34]]]"]


def test_our_reader_says_that_content_and_name_differ(tmp_path, secret, root):
    paths = disguised(tmp_path, VRT.format(secret=secret), "v.geojson", "v.gpkg", "v.csv")
    answers = run(OUR_READ, paths, root)
    assert answers[:2] == [
        f"REFUSED 「v.{end}」的内容不是 {title}，和它的扩展名不符。请在 QGIS 里另存为 {title} 后重试。"
        for end, title in (("geojson", "GeoJSON"), ("gpkg", "GeoPackage"))
    ]
    assert answers[2].startswith("REFUSED 「v.csv」的内容是VRT")


def test_only_the_drivers_that_are_needed_are_left(root):
    """In both libraries: a driver that a new version brings is noticed here."""
    code = """
import json
from layers import gdal_settings
import pyogrio
import rasterio
with rasterio.Env() as env:
    print(json.dumps([sorted(pyogrio.list_drivers()), sorted(env.drivers())]))
"""
    (answer,) = run(code, [], root)
    layers, rasters = json.loads(answer)
    needed = set(gdal_settings.NEEDED_DRIVERS)
    assert set(layers) | set(rasters) <= needed
    assert {"GPKG", "GeoJSON", "ESRI Shapefile", "OpenFileGDB", "DXF", "KML"} <= set(layers)
    assert "GTiff" in rasters


def test_no_driver_is_both_needed_and_skipped():
    skipped = [*gdal_settings.SKIPPED_VECTOR_DRIVERS, *gdal_settings.SKIPPED_RASTER_DRIVERS]
    assert not set(skipped) & set(gdal_settings.NEEDED_DRIVERS)


READS: re.Pattern[str] = re.compile(r"\b(gpd|geopandas)\.(read_file|list_layers)\(|\.to_file\(")
"""What imports pyogrio only when it is called."""


def imported(text):
    """Every name that a file imports, with the line."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


def test_whoever_opens_files_through_gdal_sets_it_first(root):
    readers = []
    files = [root / "app.py", root / "cli.py"]
    for folder in ("coverage", "layers", "reports", "views"):
        files += sorted((root / folder).rglob("*.py"))
    for path in files:
        text = path.read_text(encoding="utf-8")
        lines = list(imported(text))
        gdal = [line for name, line in lines if name.split(".")[0] in {"pyogrio", "rasterio"}]
        if gdal or READS.search(text):
            readers.append(path.name)
            settings = [line for name, line in lines if name == "layers.gdal_settings"]
            assert settings, path
            assert not gdal or min(settings) < min(gdal), path
    assert {"gdal_reading.py", "shapefiles.py"} <= set(readers)

"""The roads of a project with their barriers, read once."""

from __future__ import annotations

import osmium
import pytest
from osmium.osm.mutable import Node, Way

from layers.kept.reading_cache import FOLDER
from layers.project import load_project
from layers.road_files import project_roads as module
from layers.road_files.project_roads import project_roads

CRS = "EPSG:4526"
BOUNDS = (114.8, 37.5, 115.0, 37.7)

SETTINGS = """
[project]
name = "试验县"
[boundaries]
file = "zones.geojson"
columns = {id = "id", name = "name"}
level = "county"
[roads]
file = "roads.osm.pbf"
[demand]
from = "residential_roads"
[[facilities]]
from = "osm"
[assessment]
standards = ["health_circle_15"]
"""


@pytest.fixture
def folder(tmp_path):
    with osmium.SimpleWriter(str(tmp_path / "roads.osm.pbf")) as writer:
        for number in range(4):
            writer.add_node(Node(id=number + 1, location=(114.9 + number / 1000, 37.6)))
        writer.add_way(Way(id=1, nodes=[1, 2, 3], tags={"highway": "residential"}))
        writer.add_way(Way(id=2, nodes=[2, 4], tags={"waterway": "river"}))
    (tmp_path / "project.toml").write_text(SETTINGS, encoding="utf-8")
    return tmp_path


@pytest.fixture
def readings(monkeypatch):
    """Names of the files whose roads were really read."""
    seen = []
    real = module.survey_roads_pbf

    def seen_reading(path, **options):
        seen.append(path.name)
        return real(path, **options)

    monkeypatch.setattr(module, "survey_roads_pbf", seen_reading)
    return seen


def test_roads_and_barriers_are_read_once(folder, readings):
    results = [project_roads(load_project(folder), crs=CRS, bounds=BOUNDS) for _ in range(3)]
    assert readings == ["roads.osm.pbf"]
    for roads, notices in results:
        assert roads.node_id.tolist() == [1, 3]
        assert roads.barriers.name.tolist() == ["河流"]
        assert notices == results[0][1]
        assert [notice.code for notice in notices] == ["barriers_read"]


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text + '[barriers]\nfrom = "none"\n',
        lambda text: text.replace('"roads.osm.pbf"', '"./roads.osm.pbf"'),
    ],
)
def test_other_settings_are_read_anew(folder, readings, change):
    project_roads(load_project(folder), crs=CRS, bounds=BOUNDS)
    (folder / "project.toml").write_text(change(SETTINGS), encoding="utf-8")
    project_roads(load_project(folder), crs=CRS, bounds=BOUNDS)
    assert len(readings) == 2


def test_settings_that_do_not_steer_the_reading_change_nothing(folder, readings):
    project_roads(load_project(folder), crs=CRS, bounds=BOUNDS)
    text = SETTINGS.replace("试验县", "另一个县") + "[map]\n"
    (folder / "project.toml").write_text(text, encoding="utf-8")
    project_roads(load_project(folder), crs=CRS, bounds=BOUNDS)
    assert len(readings) == 1


def test_other_bounds_and_crs_are_read_anew(folder, readings):
    for crs, bounds in ((CRS, BOUNDS), ("EPSG:4527", BOUNDS), (CRS, (114.0, 37.5, 115.0, 37.7))):
        project_roads(load_project(folder), crs=crs, bounds=bounds)
    assert len(readings) == 3


def test_downloads_have_a_cache_of_their_own(folder, monkeypatch):
    text = SETTINGS.replace('file = "roads.osm.pbf"', 'from = "download"\nplace = "宁晋县"')
    text = text.replace(
        '[[facilities]]\nfrom = "osm"', '[[facilities]]\nfile = "list.csv"\nkind = "pharmacy"'
    )
    (folder / "project.toml").write_text(text, encoding="utf-8")
    asked = []

    def download(**options):
        asked.append(options)
        return module.survey_roads_pbf(folder / "roads.osm.pbf", crs=CRS).roads

    monkeypatch.setattr(module, "download_roads", download)
    for _ in range(2):
        project_roads(load_project(folder), crs=CRS, bounds=BOUNDS)
    assert [options["cache_dir"] for options in asked] == [folder / "cache"] * 2
    assert not (folder / FOLDER).exists()

"""[report.around]: the boundaries among which the study area lies, for the locator of the maps."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely.geometry import LineString, box

from coverage.errors import CrsError, InputError, ProjectError, SourceError
from layers.project import load_project
from layers.surroundings import read_surroundings
from tests.small_county import CRS
from tests.test_loading import load, write_county

EAST, WEST = box(115.0, 37.0, 116.0, 38.0), box(114.0, 37.0, 115.0, 38.0)
FAR = box(120.0, 30.0, 121.0, 31.0)


@pytest.fixture(scope="module")
def county(tmp_path_factory):
    """The small county around (115, 37.6), loaded once."""
    folder = write_county(tmp_path_factory.mktemp("county"))
    return folder, load(folder)


@pytest.fixture
def around(county, tmp_path):
    """The surroundings of the county with a table of its own, and with a file beside it."""
    folder, layers = county
    base = (folder / "project.toml").read_text(encoding="utf-8")

    def read(*shapes, text='[report.around]\nfile = "city.gpkg"\n', crs="EPSG:4326"):
        if shapes:
            frame = gpd.GeoDataFrame(geometry=list(shapes), crs=crs)
            frame.to_file(tmp_path / "city.gpkg", engine="pyogrio")
        (tmp_path / "project.toml").write_text(f"{base}\n{text}", encoding="utf-8")
        return read_surroundings(load_project(tmp_path), layers)

    return read


def test_without_the_table_there_are_none(around):
    assert len(around(text="")) == 0


def test_areas_come_in_the_crs_of_the_layers_and_lines_are_left_out(around, county):
    found = around(EAST, WEST, LineString([(114, 37), (116, 38)]))
    expected = gpd.GeoSeries([EAST, WEST], crs="EPSG:4326").to_crs(CRS)
    assert len(found) == 2
    assert np.allclose(shapely.area(found), expected.area, rtol=1e-3)
    assert shapely.intersects(found, county[1].zones.union_all()).any()


def test_a_crossed_boundary_is_made_valid(around):
    crossed = shapely.Polygon([(114, 37), (116, 38), (116, 37), (114, 38)])
    assert shapely.is_valid(around(crossed)).all()


@pytest.mark.parametrize(
    ("shapes", "said"),
    [
        ((FAR,), "里没有一个面与研究区相交"),
        ((LineString([(114, 37), (116, 38)]),), "没有面"),
    ],
)
def test_what_shows_no_place_is_refused_in_a_sentence(around, shapes, said):
    with pytest.raises(InputError) as caught:
        around(*shapes)
    assert said in str(caught.value)
    assert "[report.around]" in str(caught.value)


@pytest.mark.filterwarnings("ignore:'crs' was not provided")
def test_a_missing_file_and_a_missing_crs_are_said(around):
    with pytest.raises(SourceError, match=r"city\.gpkg"):
        around()
    with pytest.raises(CrsError, match=r"report\.around"):
        around(EAST, crs=None)


def test_a_word_that_is_not_known_is_refused(around):
    with pytest.raises(ProjectError, match="files"):
        around(text='[report.around]\nfile = "a.gpkg"\nfiles = "b"\n')


def test_the_file_is_among_the_inputs(around, tmp_path):
    around(EAST)
    assert tmp_path / "city.gpkg" in load_project(tmp_path).input_files()

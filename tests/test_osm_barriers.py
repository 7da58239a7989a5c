"""Barriers from extracts: small ones written here, and the two real ones."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from coverage.errors import SourceError
from layers.osm.osm_barriers import KINDS, SMALLEST_WATER_M, line_kind, read_osm_barriers
from layers.road_files.roads_pbf import read_roads_pbf
from tests.test_osm_features import CRS, LAT, LON, Extract

LINE = ((0, 0), (10, 0), (20, 5))


@pytest.fixture
def extract(tmp_path):
    return Extract(tmp_path / "county.osm.pbf")


def read(extract, **how):
    return read_osm_barriers(extract.write(), crs=CRS, **how)


def met(found):
    return {kind: count for kind, count in found.counts.items() if count}


def test_every_kind_has_a_count():
    assert len(set(KINDS)) == len(KINDS)


@pytest.mark.parametrize(
    ("tags", "kind", "passable"),
    [
        ("waterway=river", "河流", False),
        ("waterway=canal", "运河、渠道", False),
        ("waterway=stream", "", False),
        ("waterway=ditch", "", False),
        ("waterway=drain", "", False),
        ("waterway=river tunnel=culvert", "", False),
        ("waterway=canal tunnel=yes", "", False),
        ("waterway=canal bridge=aqueduct", "", False),
        ("waterway=river covered=yes", "", False),
        ("waterway=river tunnel=no", "河流", False),
        ("waterway=river intermittent=yes", "河流", False),
        ("natural=coastline", "海岸", False),
        ("railway=rail", "铁路", False),
        ("railway=rail highspeed=yes", "铁路", False),
        ("railway=light_rail", "铁路", False),
        ("railway=rail bridge=viaduct", "", False),
        ("railway=rail tunnel=yes", "", False),
        ("railway=rail location=underground", "", False),
        ("railway=tram", "", False),
        ("railway=rail highway=service", "", False),
        ("railway=disused", "", False),
        ("railway=platform", "", False),
        ("highway=motorway", "高速公路", False),
        ("highway=motorway_link", "高速公路", False),
        ("highway=motorway bridge=yes", "高速公路", True),
        ("highway=motorway_link tunnel=yes", "高速公路", True),
        ("highway=trunk", "", False),
        ("highway=trunk motorroad=yes", "高速公路", False),
        ("highway=trunk motorroad=no", "", False),
        ("highway=residential motorroad=yes", "", False),
        ("highway=residential tunnel=yes", "隧道", True),
        ("highway=residential tunnel=building_passage", "", False),
        ("highway=residential tunnel=culvert", "", False),
        ("highway=construction construction=motorway", "", False),
        ("route=ferry", "", False),
        ("", "", False),
    ],
)
def test_what_kind_of_barrier_a_way_is(tags, kind, passable):
    pairs = dict(tag.split("=") for tag in tags.split())
    assert line_kind(pairs) == (kind, passable)


def test_lines_of_an_extract(extract):
    extract.line(LINE, waterway="river", name="小河")
    extract.line(LINE, waterway="stream")
    extract.line(LINE, railway="rail")
    extract.line(LINE, highway="motorway")
    extract.line(LINE, highway="motorway", bridge="yes")
    extract.line(LINE, highway="tertiary", tunnel="yes")
    extract.line(LINE, highway="tertiary")
    extract.node(5, 5, railway="level_crossing")
    found = read(extract)
    assert met(found) == {"河流": 1, "铁路": 1, "高速公路": 2, "隧道": 1}
    assert found.barriers.name.tolist() == ["河流", "铁路", "高速公路", "高速公路", "隧道"]
    assert found.barriers.passable.tolist() == [False, False, False, True, True]
    expected = gpd.GeoSeries(
        [shapely.LineString([(LON + x / 1000, LAT + y / 1000) for x, y in LINE])], crs="EPSG:4326"
    ).to_crs(CRS)
    assert found.barriers.geometry[0].equals_exact(expected[0], 1e-6)
    assert found.open_waters == 0


def test_waters_of_an_extract(extract):
    side = SMALLEST_WATER_M / 111_000 * 1000  # thousandths of a degree, a little more than it
    extract.square(0, 0, 10, natural="water")
    extract.square(20, 0, side * 0.9, natural="water", water="pond")
    extract.square(30, 0, side * 1.1, natural="water", water="pond")
    extract.square(40, 0, side * 0.9, natural="water", water="river")
    extract.square(50, 0, side * 0.9, waterway="riverbank")
    extract.square(60, 0, 10, landuse="reservoir")
    extract.square(80, 0, 10, landuse="forest")
    found = read(extract)
    assert met(found) == {"水面": 5}
    assert found.barriers.is_area.all()
    assert not found.barriers.passable.any()


def test_a_lake_with_an_island(extract):
    shore = extract.square(0, 0, 10)
    island = extract.square(4, 4, 2)
    extract.relation([(shore, "outer"), (island, "inner")], type="multipolygon", natural="water")
    found = read(extract)
    assert met(found) == {"水面": 1}
    (lake,) = found.barriers.geometry
    assert len(shapely.get_parts(lake)) == 1
    assert shapely.get_num_interior_rings(shapely.get_parts(lake)[0]) == 1


def test_of_a_lake_that_the_extract_cuts_off_the_shores_count(extract):
    """The far shore is not in the file; no polygon can be closed, but the near shore bars."""
    near_shore = extract.line([(0, 0), (10, 0), (20, 0)])
    extract.relation(
        [(near_shore, "outer"), (near_shore + 77, "outer")], type="multipolygon", natural="water"
    )
    found = read(extract)
    assert met(found) == {"水面": 1}
    assert found.open_waters == 1
    assert not found.barriers.is_area.any()
    assert found.barriers.geometry[0].length > 1000
    # Where the shore lies elsewhere there is nothing to tell.
    elsewhere = read_osm_barriers(extract.path, crs=CRS, bounds=(100.0, 30.0, 101.0, 31.0))
    assert elsewhere.open_waters == 0
    assert len(elsewhere.barriers) == 0


def test_of_a_lake_whose_outline_crosses_itself_the_shore_counts(extract):
    corners = [extract.node(*corner) for corner in ((0, 0), (10, 10), (10, 0), (0, 10))]
    extract.way([*corners, corners[0]], natural="water")
    extract.line([(20, 0), (30, 0), (30, 10)], natural="water")
    found = read(extract)
    assert met(found) == {"水面": 2}
    assert found.open_waters == 2
    assert not found.barriers.is_area.any()


def test_other_relations_and_closed_ways_are_no_water(extract):
    ring = extract.square(0, 0, 10)
    extract.relation([(ring, "outer")], type="multipolygon", tunnel="yes", landuse="forest")
    extract.relation([(ring, "outer")], type="route", natural="water")
    extract.square(20, 0, 10, highway="motorway_link")
    extract.square(40, 0, 10, natural="water", covered="yes")
    assert met(read(extract)) == {"高速公路": 1}


def test_a_line_without_some_of_its_nodes_has_a_gap(extract):
    refs = [extract.node(east, 0) for east in (0, 1, 2, 3, 4)]
    extract.way([*refs[:2], 999, *refs[2:4], 998, refs[4]], waterway="river")
    extract.way([997, 998], waterway="river")
    (river,) = read(extract).barriers.geometry
    assert [shapely.get_num_points(part) for part in shapely.get_parts(river)] == [2, 2]


def test_barriers_that_touch_the_bounds_are_kept_whole(extract):
    extract.line([(0, 0), (50, 0)], waterway="river")
    extract.line([(0, 20), (50, 20)], waterway="river")
    extract.line([(-5, -5), (-5, 30), (30, 30)], railway="rail")
    extract.square(40, 40, 5, natural="water")
    box = (LON + 0.01, LAT - 0.01, LON + 0.02, LAT + 0.01)
    found = read(extract, bounds=box)
    assert met(found) == {"河流": 1}
    assert shapely.length(found.barriers.geometry[0]) > 4000


def test_an_extract_without_barriers(extract):
    extract.line(LINE, highway="residential")
    found = read(extract)
    assert met(found) == {}
    assert len(found.barriers) == 0
    assert len(found.barriers.passable) == 0


def test_what_is_no_extract_is_refused(tmp_path):
    path = tmp_path / "not.osm.pbf"
    path.write_bytes(b"not a PBF")
    with pytest.raises(SourceError) as caught:
        read_osm_barriers(path, crs=CRS)
    assert str(caught.value) == (
        "开放街图文件「not.osm.pbf」不是完整的 OpenStreetMap PBF 文件，可能下载不完整或已损坏。"
        "请重新下载后重试。"
    )


def test_reading_twice_gives_the_same(shared_data):
    path = shared_data / "roads" / "liechtenstein.osm.pbf"
    one, other = (read_osm_barriers(path, crs="EPSG:32632").barriers for _ in range(2))
    assert shapely.equals(one.geometry, other.geometry).all()
    assert one.name.tolist() == other.name.tolist()


def test_liechtenstein(shared_data):
    """The Rhine, the inland canal and the railway; the motorway is on the Swiss bank."""
    found = read_osm_barriers(shared_data / "roads" / "liechtenstein.osm.pbf", crs="EPSG:32632")
    assert met(found) == {"河流": 5, "运河、渠道": 7, "水面": 45, "铁路": 18, "隧道": 5}
    assert found.open_waters == 0
    assert shapely.is_valid(found.barriers.geometry).all()
    assert set(found.barriers.name[found.barriers.is_area]) == {"水面"}


def test_motorways_lie_exactly_on_the_roads_that_they_are(shared_data):
    """The edges are read by another module; no leg may end on any motorway."""
    path = shared_data / "roads" / "ningjin.osm.pbf"
    barriers = read_osm_barriers(path, crs="EPSG:4547").barriers
    roads = read_roads_pbf(path, crs="EPSG:4547")
    ends = roads.vertex_start
    lines = shapely.linestrings(
        np.column_stack([roads.vertex_x, roads.vertex_y]),
        indices=np.repeat(np.arange(roads.edge_count), np.diff(ends)),
    )
    classes = np.array(roads.road_classes)[roads.road_class]
    is_motorway = np.isin(classes, ["motorway", "motorway_link"])
    assert is_motorway.any()
    np.testing.assert_array_equal(barriers.carry(lines), is_motorway | roads.is_tunnel)

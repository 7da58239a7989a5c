"""Streets streamed from PBF files: small ones written here, and two real extracts."""

from __future__ import annotations

import errno
import math
import os
import time
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

import geopandas as gpd
import networkx as nx
import numpy as np
import osmium
import pytest
import shapely
from osmium.osm.mutable import Node, Way
from pyproj import Geod

from coverage.errors import CrsError, RoadError, SourceError
from coverage.roads import AGAINST, ALONG, BOTH, Roads
from layers.osm import pbf, pbf_blocks
from layers.road_files import roads_pbf
from layers.road_files.roads_pbf import read_roads_pbf, survey_roads_pbf

if TYPE_CHECKING:
    from pathlib import Path

CRS = "EPSG:4526"
LON, LAT = 114.9, 37.6


@pytest.fixture
def write_pbf(tmp_path):
    """Write nodes {id: (east, north) in thousandths of a degree} and ways [(node ids, tags)]."""

    def write(nodes, ways, *, signals=(), name="roads.osm.pbf") -> Path:
        path = tmp_path / name
        with osmium.SimpleWriter(str(path)) as writer:
            for node, (east, north) in sorted(nodes.items()):
                tags = (
                    {"highway": "traffic_signals"} if node in signals else {"highway": "crossing"}
                )
                location = (LON + east / 1000, LAT + north / 1000)
                writer.add_node(Node(id=node, location=location, tags=tags))
            for number, (refs, tags) in enumerate(ways, start=1):
                writer.add_way(Way(id=number, nodes=refs, tags=tags))
        return path

    return write


def street(**tags: str) -> dict[str, str]:
    return {"highway": "residential"} | {
        key.replace("__", ":"): value for key, value in tags.items()
    }


def ends(roads: Roads) -> list[tuple[int, int]]:
    return list(
        zip(
            roads.node_id[roads.from_node].tolist(),
            roads.node_id[roads.to_node].tolist(),
            strict=True,
        )
    )


CROSS = {1: (0, 0), 2: (10, 0), 3: (20, 0), 4: (10, 10), 5: (10, -10)}
"""
         4
         |
    1 -- 2 -- 3
         |
         5
"""


def test_ways_are_split_where_they_share_a_node(write_pbf):
    roads = read_roads_pbf(
        write_pbf(CROSS, [([1, 2, 3], street()), ([4, 2, 5], street())]), crs=CRS
    )
    assert sorted(ends(roads)) == [(1, 2), (2, 3), (2, 5), (4, 2)]
    assert roads.node_id.tolist() == [1, 2, 3, 4, 5]
    assert roads.road_classes == ("residential",)
    assert np.isnan(roads.max_speed_kph).all()


def test_lengths_geometry_and_projection(write_pbf):
    nodes = {1: (0, 0), 2: (10, 5), 3: (20, 0)}
    roads = read_roads_pbf(write_pbf(nodes, [([1, 2, 3], street())]), crs=CRS)
    lon, lat = [LON, LON + 0.010, LON + 0.020], [LAT, LAT + 0.005, LAT]
    assert roads.length_m == pytest.approx([Geod(ellps="WGS84").line_length(lon, lat)], abs=1e-6)
    points = gpd.GeoSeries.from_xy(lon, lat, crs=4326).to_crs(CRS)
    assert roads.vertex_x == pytest.approx(points.x.to_numpy(), abs=1e-6)
    assert roads.vertex_y == pytest.approx(points.y.to_numpy(), abs=1e-6)
    assert roads.vertex_start.tolist() == [0, 3]
    assert (roads.node_x[0], roads.node_y[0]) == (roads.vertex_x[0], roads.vertex_y[0])


def test_bridge_over_a_road_is_not_joined_to_it(write_pbf):
    """The bridge crosses in the drawing and shares no node."""
    path = write_pbf(CROSS, [([1, 3], street()), ([4, 5], street(bridge="yes", layer="1"))])
    roads = read_roads_pbf(path, crs=CRS)
    assert ends(roads) == [(1, 3), (4, 5)]
    assert roads.is_bridge.tolist() == [False, True]


def test_bridge_is_an_edge_of_its_own(write_pbf):
    path = write_pbf(
        {n: (n * 10, 0) for n in range(1, 6)},
        [([1, 2], street()), ([2, 3, 4], street(bridge="yes")), ([4, 5], street(tunnel="yes"))],
    )
    roads = read_roads_pbf(path, crs=CRS)
    assert ends(roads) == [(1, 2), (2, 4), (4, 5)]
    assert roads.is_bridge.tolist() == [False, True, False]
    assert roads.is_tunnel.tolist() == [False, False, True]


def test_chain_of_ways_is_contracted(write_pbf):
    nodes = {n: (n * 10, 0) for n in range(1, 5)}
    path = write_pbf(nodes, [([1, 2], street()), ([3, 2], street()), ([3, 4], street())])
    roads = read_roads_pbf(path, crs=CRS)
    assert ends(roads) == [(1, 4)]
    assert roads.vertex_start.tolist() == [0, 4]


def test_signals_split_a_way_and_stay(write_pbf):
    nodes = {1: (0, 0), 2: (10, 0), 3: (20, 0)}
    roads = read_roads_pbf(write_pbf(nodes, [([1, 2, 3], street())], signals={2}), crs=CRS)
    assert ends(roads) == [(1, 2), (2, 3)]
    assert roads.node_signals.tolist() == [False, True, False]


def test_roundabout_runs_one_way_round(write_pbf):
    nodes = {1: (0, 0), 2: (10, 0), 3: (10, 10), 4: (0, 10), 9: (-20, 0), 8: (20, 20)}
    ways = [
        ([1, 2, 3, 4, 1], street(junction="roundabout")),
        ([9, 1], street()),
        ([3, 8], street()),
    ]
    roads = read_roads_pbf(write_pbf(nodes, ways), crs=CRS)
    motor = dict(zip(ends(roads), roads.access["motor"].tolist(), strict=True))
    assert motor == {(1, 3): ALONG, (3, 1): ALONG, (9, 1): BOTH, (3, 8): BOTH}
    assert set(roads.access["foot"].tolist()) == {BOTH}


def test_one_way_against_the_drawing_and_for_bicycles(write_pbf):
    nodes = {n: (n * 10, 0) for n in range(1, 5)}
    ways = [([1, 2], street(oneway="-1")), ([3, 4], street(oneway="yes", oneway__bicycle="no"))]
    roads = read_roads_pbf(write_pbf(nodes, ways), crs=CRS)
    assert ends(roads) == [(1, 2), (3, 4)]
    assert roads.access["motor"].tolist() == [AGAINST, ALONG]
    assert roads.access["bicycle"].tolist() == [AGAINST, BOTH]
    assert roads.access["foot"].tolist() == [BOTH, BOTH]


def test_speed_class_and_surface(write_pbf):
    nodes = {n: (n * 10, 0) for n in range(1, 5)}
    ways = [
        ([1, 2], street(maxspeed="30 mph", surface="gravel")),
        (
            [3, 4],
            {"highway": "trunk_link", "maxspeed": "CN:urban", "name": "<script>{{ 7*7 }}</script>"},
        ),
    ]
    roads = read_roads_pbf(write_pbf(nodes, ways), crs=CRS)
    assert [roads.road_classes[code] for code in roads.road_class] == ["residential", "trunk_link"]
    assert [roads.surfaces[code] for code in roads.surface] == ["gravel", ""]
    assert roads.max_speed_kph == pytest.approx([48.28032, np.nan], nan_ok=True)


def test_parallel_ways_and_loops_are_kept(write_pbf):
    nodes = {1: (0, 0), 2: (10, 0), 3: (5, 5), 4: (20, 0), 5: (25, 5), 6: (30, 0), 7: (-10, 0)}
    ways = [
        ([7, 1], street()), ([1, 2], street()), ([1, 3, 2], street()),
        ([2, 4], street()), ([4, 5, 6, 4], street()),
    ]  # fmt: skip
    roads = read_roads_pbf(write_pbf(nodes, ways), crs=CRS)
    assert Counter(ends(roads)) == Counter([(7, 1), (1, 2), (1, 2), (2, 4), (4, 4)])


def test_isolated_ring_keeps_one_node(write_pbf):
    nodes = {1: (0, 0), 2: (10, 0), 3: (10, 10)}
    assert ends(read_roads_pbf(write_pbf(nodes, [([1, 2, 3, 1], street())]), crs=CRS)) == [(1, 1)]


def test_way_that_crosses_itself(write_pbf):
    """1 - 2 - 3 - 4 - 2 - 5: the way meets itself at 2."""
    nodes = {1: (0, 0), 2: (10, 0), 3: (20, 0), 4: (20, 10), 5: (10, -10)}
    roads = read_roads_pbf(write_pbf(nodes, [([1, 2, 3, 4, 2, 5], street())]), crs=CRS)
    assert ends(roads) == [(1, 2), (2, 2), (2, 5)]


def test_repeated_nodes_and_stumps_are_left_out(write_pbf):
    ways = [([1, 1, 2, 2], street()), ([3], street()), ([4, 4], street()), ([], street())]
    roads = read_roads_pbf(write_pbf(CROSS, ways), crs=CRS)
    assert ends(roads) == [(1, 2)]
    assert roads.vertex_start.tolist() == [0, 2]


def test_way_is_cut_at_nodes_that_are_missing(write_pbf):
    nodes = {1: (0, 0), 2: (10, 0), 4: (30, 0), 5: (40, 0), 7: (60, 0)}
    path = write_pbf(nodes, [([1, 2, 3, 4, 5, 6, 7], street()), ([8, 9], street())])
    survey = survey_roads_pbf(path, crs=CRS)
    assert ends(survey.roads) == [(1, 2), (4, 5)]
    assert (survey.way_count, survey.cut_way_count) == (1, 2)
    assert [notice.message for notice in survey.notices] == [
        "道路文件「roads.osm.pbf」有 2 条道路在文件边缘被截断，只采用文件内的部分。请确认文件范围比研究区宽。"
    ]


def test_closed_ways_are_left_out_counted_and_split_nothing(write_pbf):
    ways = [
        ([1, 2, 3], street()),
        ([4, 2, 5], street(access="private")),
        ([4, 5], {"highway": "construction"}),
    ]
    survey = survey_roads_pbf(write_pbf(CROSS, ways), crs=CRS)
    assert ends(survey.roads) == [(1, 3)]
    assert (survey.way_count, survey.closed_way_count, survey.cut_way_count) == (1, 1, 0)
    assert [(n.code, n.count, n.message) for n in survey.notices] == [
        (
            "closed_ways",
            1,
            "道路文件「roads.osm.pbf」有 1 条道路对行人、自行车和机动车都禁止通行，未采用。",
        )
    ]


def test_bounds_keep_what_touches_them_whole(write_pbf):
    nodes = {
        1: (-10, 5), 2: (20, 5),  # crosses the box without a node inside
        3: (5, 5), 4: (50, 50),  # begins inside
        5: (-10, 0), 6: (-10, 20), 7: (20, 20),  # goes round the box
        8: (40, 0), 9: (50, 0),  # far off
        11: (10, -10), 12: (10, 30),  # runs along its edge
    }  # fmt: skip
    ways = [
        ([1, 2], street()),
        ([3, 4], street()),
        ([5, 6, 7], street()),
        ([8, 9], street()),
        ([11, 12], street()),
    ]
    path = write_pbf(nodes, ways)
    roads = read_roads_pbf(path, crs=CRS, bounds=(LON, LAT, LON + 0.010, LAT + 0.010))
    assert ends(roads) == [(1, 2), (3, 4), (11, 12)]
    assert read_roads_pbf(path, crs=CRS).edge_count == 5


def test_cut_ways_are_counted_inside_the_bounds_only(write_pbf):
    nodes = {1: (0, 0), 2: (10, 0), 4: (900, 0), 5: (910, 0)}
    path = write_pbf(nodes, [([1, 2, 99], street()), ([4, 5, 98], street())])
    survey = survey_roads_pbf(path, crs=CRS, bounds=(LON, LAT, LON + 0.1, LAT + 0.1))
    assert (survey.way_count, survey.cut_way_count) == (1, 1)


def test_bounds_the_wrong_way_round(write_pbf):
    path = write_pbf(CROSS, [([1, 3], street())])
    for bounds in ((1.0, 0.0, 0.0, 1.0), (float("nan"), 0.0, 1.0, 1.0)):
        with pytest.raises(ValueError, match="min_lon, min_lat, max_lon, max_lat"):
            read_roads_pbf(path, crs=CRS, bounds=bounds)


def test_chinese_file_name_by_content_as_on_windows(write_pbf, monkeypatch):
    path = write_pbf(CROSS, [([1, 2, 3], street())], name="宁晋县.osm.pbf")
    assert isinstance(pbf._source(path, system="posix"), osmium.io.File)
    by_content = pbf._source(path, system="nt")
    assert isinstance(by_content, osmium.io.FileBuffer)
    monkeypatch.setattr(pbf, "_source", lambda _: by_content)
    with pbf.open_pbf(path, title="道路文件") as (source, storage):
        things = osmium.FileProcessor(source).with_locations(storage)
        assert sum(thing.is_way() for thing in things) == 1
    # Roads are opened by Python itself, which passes any name on.
    assert ends(read_roads_pbf(path, crs=CRS)) == [(1, 3)]


def test_large_files_keep_node_locations_in_a_temporary_file(write_pbf, monkeypatch):
    path = write_pbf(CROSS, [([1, 2, 3], street()), ([4, 2, 5], street())])
    in_memory = read_roads_pbf(path, crs=CRS)
    monkeypatch.setattr(pbf, "LARGE_FILE_BYTES", 0)
    on_disk = read_roads_pbf(path, crs=CRS)
    assert ends(on_disk) == ends(in_memory)
    assert on_disk.vertex_x.tolist() == in_memory.vertex_x.tolist()


def test_a_full_disk_is_told(write_pbf, monkeypatch):
    path = write_pbf(CROSS, [([1, 2, 3], street())])

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(pbf.NodePlaces, "add", full)
    assert message_of(SourceError, path) == (
        "道路文件「roads.osm.pbf」没有读完：磁盘已满。"
        "请检查文件所在的磁盘，以及临时文件夹的剩余空间。"
    )


def test_file_with_history(write_pbf, monkeypatch):
    path = write_pbf(CROSS, [([1, 2, 3], street())])
    monkeypatch.setattr(pbf_blocks, "FEATURES", frozenset())
    assert message_of(SourceError, path) == (
        "道路文件「roads.osm.pbf」是带历史版本或用特殊方式压缩的 PBF，QuanTu 读不了。"
        "请用 osmium 转成普通的 .osm.pbf 后重试。"
    )


def message_of(error: type[Exception], path: Path, **options: object) -> str:
    with pytest.raises(error) as caught:
        read_roads_pbf(path, crs=CRS, **options)
    return str(caught.value)


def test_missing_file(tmp_path):
    path = tmp_path / "nowhere.osm.pbf"
    assert message_of(SourceError, path) == (
        f"找不到道路文件「nowhere.osm.pbf」（{path}）。请检查项目设置里的文件路径。"
    )


def test_folder_in_place_of_a_file(tmp_path):
    assert message_of(SourceError, tmp_path) == (
        f"道路文件「{tmp_path.name}」不是一个文件。请在项目设置里写 .osm.pbf 文件的路径。"
    )


BROKEN = "道路文件「roads.osm.pbf」不是完整的 OpenStreetMap PBF 文件，可能下载不完整或已损坏。请重新下载后重试。"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\x00\x00",
        b"not a map at all" * 50,
        b"<?xml version='1.0'?><osm/>",
        b"PK\x03\x04" + bytes(100),
    ],
)
def test_file_that_is_no_pbf(tmp_path, content):
    path = tmp_path / "roads.osm.pbf"
    path.write_bytes(content)
    assert message_of(SourceError, path) == BROKEN


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_file_that_is_cut_off(write_pbf, share):
    path = write_pbf(CROSS, [([1, 2, 3], street())])
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    assert message_of(SourceError, path) == BROKEN


def test_file_without_roads(write_pbf):
    path = write_pbf(CROSS, [([1, 2], {"railway": "rail"}), ([2, 3], {"highway": "proposed"})])
    assert message_of(RoadError, path) == (
        "道路文件「roads.osm.pbf」没有道路。请检查文件是否正确、是否覆盖研究区。"
    )


def test_file_with_nodes_only(write_pbf):
    assert message_of(RoadError, write_pbf(CROSS, [])).startswith(
        "道路文件「roads.osm.pbf」没有道路。"
    )


def test_file_whose_roads_are_all_closed(write_pbf):
    path = write_pbf(CROSS, [([1, 2], street(access="no"))])
    assert message_of(RoadError, path) == (
        "道路文件「roads.osm.pbf」的 1 条道路都禁止通行，没有可用的道路。请检查文件是否正确。"
    )


def test_file_without_the_nodes_of_its_roads(write_pbf):
    assert message_of(RoadError, write_pbf({}, [([1, 2], street())])) == (
        "道路文件「roads.osm.pbf」的 1 条道路都缺少节点坐标。请换用完整、按编号排序的 .osm.pbf 文件。"
    )


def test_no_roads_within_the_bounds(write_pbf):
    path = write_pbf(CROSS, [([1, 2], street())])
    assert message_of(RoadError, path, bounds=(0.0, 0.0, 1.0, 1.0)) == (
        "道路文件「roads.osm.pbf」在研究区范围内没有道路。请检查文件是否正确、是否覆盖研究区。"
    )


def test_crs_that_is_not_in_metres(write_pbf):
    with pytest.raises(CrsError):
        read_roads_pbf(write_pbf(CROSS, [([1, 2], street())]), crs="EPSG:4326")


def test_a_bug_is_not_passed_off_as_a_broken_file(write_pbf, monkeypatch):
    def fails(_tags):
        raise NotImplementedError

    monkeypatch.setattr(roads_pbf, "interpret_way", fails)
    with pytest.raises(NotImplementedError):
        read_roads_pbf(write_pbf(CROSS, [([1, 2], street())]), crs=CRS)


def test_ningjin_has_the_length_of_road_that_its_source_states(shared_data):
    roads = read_roads_pbf(shared_data / "roads" / "ningjin.osm.pbf", crs=CRS)
    county = (
        gpd.read_file(shared_data / "boundaries" / "ningjin_county.geojson").to_crs(CRS).union_all()
    )
    edge = np.repeat(np.arange(roads.edge_count), np.diff(roads.vertex_start))
    lines = shapely.linestrings(roads.vertex_x, roads.vertex_y, indices=edge)
    assert shapely.length(shapely.intersection(lines, county)).sum() / 1000 == pytest.approx(
        2295, abs=1
    )
    # One-way carriageways are drawn in their direction; nothing in this file is tagged -1.
    assert set(roads.access["motor"].tolist()) == {ALONG, BOTH}


def test_liechtenstein_is_read_whole_and_fast(shared_data):
    started = time.process_time()
    survey = survey_roads_pbf(shared_data / "roads" / "liechtenstein.osm.pbf", crs="EPSG:32632")
    # Processor seconds, so that a busy machine does not fail the test.
    assert time.process_time() - started < 3
    # 4,660 highway ways, of which one is a rest area.
    assert survey.way_count + survey.closed_way_count == 4659
    assert survey.roads.edge_count < survey.roads.vertex_start[-1] / 5
    assert survey.roads.node_signals.sum() == 8


def add_arcs(graph: nx.DiGraph, start: int, end: int, *, metres: float, bits: int) -> None:
    """Both directions of an edge as far as open, the shortest of parallel ones."""
    for allowed, u, v in ((bits & ALONG, start, end), (bits & AGAINST, end, start)):
        if allowed and metres < graph.get_edge_data(u, v, {"m": math.inf})["m"]:
            graph.add_edge(u, v, m=metres)


def test_liechtenstein_keeps_every_metre_and_every_way_through(shared_data):
    """A naive second reading: segment by segment into NetworkX, no arrays, nothing contracted."""
    path = shared_data / "roads" / "liechtenstein.osm.pbf"
    roads = read_roads_pbf(path, crs="EPSG:32632")
    geod = Geod(ellps="WGS84")
    naive = nx.DiGraph()
    total = 0.0
    stream = osmium.FileProcessor(str(path), osmium.osm.NODE | osmium.osm.WAY).with_locations()
    for way in (thing for thing in stream if thing.is_way()):
        record = roads_pbf.interpret_way(dict(way.tags))
        if record is None or record.closed:
            continue
        stops = [(node.ref, node.lon, node.lat) for node in way.nodes]
        for (start, *from_point), (end, *to_point) in pairwise(stops):
            metres = geod.inv(*from_point, *to_point)[2]
            total += metres
            add_arcs(naive, start, end, metres=metres, bits=record.motor)
    assert roads.length_m.sum() == pytest.approx(total, abs=0.01)

    graph = nx.DiGraph()
    lengths, access = roads.length_m.tolist(), roads.access["motor"].tolist()
    for (start, end), metres, bits in zip(ends(roads), lengths, access, strict=True):
        add_arcs(graph, start, end, metres=metres, bits=bits)
    for source in sorted(graph)[:: len(graph) // 5]:
        found = nx.single_source_dijkstra_path_length(graph, source, weight="m")
        expected = nx.single_source_dijkstra_path_length(naive, source, weight="m")
        assert found == pytest.approx({node: expected[node] for node in expected if node in graph})


# names


@pytest.mark.parametrize(
    ("tags", "name"),
    [
        ({}, ""),
        ({"name": "青银高速", "ref": "G20"}, "青银高速"),
        ({"name": "解放路 ئازادلىق يولى", "name:zh": "解放路"}, "解放路"),
        ({"ref": "X001"}, "X001"),
        ({"ref": "G20;G2", "name:en": "Expressway"}, "G20/G2"),
        ({"name": " \t", "ref": "S234"}, "S234"),
        ({"name": "\x01\u202e", "name:zh": "\u200b", "ref": "S234"}, "S234"),
        ({"name": "甲\n乙\x07路\u202e"}, "甲 乙路"),
        ({"name": "<script>window.ran=1</script>"}, "<script>window.ran=1</script>"),
        ({"name": "路" * 255}, "路" * 39 + "…"),
    ],
)
def test_a_road_is_called_as_its_tags_say(write_pbf, tags, name):
    roads = read_roads_pbf(write_pbf(CROSS, [([1, 2, 3], street() | tags)]), crs=CRS)
    assert roads.name_code.dtype == np.int32
    assert [roads.name_of(edge) for edge in range(roads.edge_count)] == [name]
    assert roads.names == ((name,) if name else ())


def test_names_stay_with_their_roads(write_pbf):
    """One name on two roads, another on one, none on one; a bend between two names is no more."""
    ways = [([1, 2], street(name="文德路")), ([2, 3], street(name="振阳路"))]
    ways += [([4, 2], street()), ([5, 2], street(name="文德路"))]
    roads = read_roads_pbf(write_pbf(CROSS, ways), crs=CRS)
    named = {pair: roads.name_of(edge) for edge, pair in enumerate(ends(roads))}
    assert named == {(1, 2): "文德路", (2, 3): "振阳路", (4, 2): "", (5, 2): "文德路"}
    assert roads.names == ("振阳路", "文德路")


def test_a_name_of_ten_thousand_characters_is_cut(monkeypatch, write_pbf):
    """OpenStreetMap allows 255; a file may hold what it likes, and pyosmium writes no more."""
    path = write_pbf(CROSS, [([1, 2, 3], street(name="路" * 255))])
    real = pbf_blocks.names_of_ways

    def swollen(texts, **tags):
        return real([one * 40 if one.startswith("路") else one for one in texts], **tags)

    monkeypatch.setattr(pbf_blocks, "names_of_ways", swollen)
    assert read_roads_pbf(path, crs=CRS).names == ("路" * 39 + "…",)


def test_a_way_without_a_road_leaves_no_name(write_pbf):
    ways = [([1, 2, 3], street(name="文德路")), ([4, 2], {"railway": "rail", "name": "铁路"})]
    ways += [([2, 5], street(name="私路", access="no"))]
    assert read_roads_pbf(write_pbf(CROSS, ways), crs=CRS).names == ("文德路",)

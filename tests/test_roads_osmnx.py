"""Streets from OSMnx graphs and from GraphML."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from pyproj import Geod, Transformer
from shapely import LineString

from coverage.errors import CrsError, RoadError, SourceError
from coverage.roads import ALONG, BOTH
from layers.road_files.roads_osmnx import read_graphml, roads_from_osmnx

CRS = "EPSG:4527"
GEOD = Geod(ellps="WGS84")


def metres(*points: tuple[float, float]) -> float:
    return GEOD.line_length(*zip(*points, strict=True))


def graph_of(edges, *, crs="EPSG:4326", nodes=None) -> nx.MultiDiGraph:
    """
    A graph as OSMnx makes it.

        3
        |
    1 - 2
    """
    graph = nx.MultiDiGraph(crs=crs)
    places = nodes or {1: (117.0, 36.0), 2: (117.01, 36.0), 3: (117.01, 36.01)}
    for node, (x, y) in places.items():
        graph.add_node(node, x=x, y=y, street_count=1)
    for tail, head, data in edges:
        graph.add_edge(tail, head, **data)
    return graph


def both_ways(tail, head, **data):
    """The two directed edges that OSMnx makes of a two-way street."""
    turned = dict(data)
    if "geometry" in data:
        turned["geometry"] = data["geometry"].reverse()
    return [
        (tail, head, {"oneway": False, "reversed": False, **data}),
        (head, tail, {"oneway": False, "reversed": True, **turned}),
    ]


BEND = LineString([(117.0, 36.0), (117.005, 36.002), (117.01, 36.0)])


def test_a_pair_of_directed_edges_is_one_street(tmp_path):
    edges = both_ways(1, 2, osmid=5, highway="residential", length=1200.0, geometry=BEND)
    edges += [(2, 3, {"osmid": 6, "highway": "primary", "oneway": True, "length": 1110.0})]
    roads = roads_from_osmnx(graph_of(edges), crs=CRS)
    assert roads.edge_count == 2
    assert [roads.road_classes[k] for k in roads.road_class] == ["residential", "primary"]
    assert roads.access["motor"].tolist() == [BOTH, ALONG]
    assert roads.access["foot"].tolist() == [BOTH, BOTH]
    assert roads.length_m[0] == pytest.approx(metres(*BEND.coords))
    assert np.diff(roads.vertex_start).tolist() == [3, 2]


def test_the_edge_keeps_the_direction_in_which_the_way_is_drawn():
    """The contraflow tag speaks of the way, which is drawn from 2 to 1."""
    edges = both_ways(2, 1, osmid=5, highway="residential", **{"oneway:bicycle": "yes"})
    roads = roads_from_osmnx(graph_of(edges[::-1]), crs=CRS)
    assert roads.node_id[roads.from_node].tolist() == [2]
    assert roads.access["bicycle"].tolist() == [ALONG]
    assert roads.access["motor"].tolist() == [BOTH]


def test_parallel_streets_between_the_same_nodes_stay_two():
    edges = both_ways(1, 2, osmid=5, highway="primary", geometry=BEND)
    edges += both_ways(1, 2, osmid=7, highway="service")
    roads = roads_from_osmnx(graph_of(edges), crs=CRS)
    assert roads.edge_count == 2
    assert all((bits == BOTH).all() for bits in roads.access.values())


def test_opposite_one_way_streets_of_different_ways_stay_two():
    edges = [
        (1, 2, {"osmid": 5, "highway": "primary", "oneway": True}),
        (2, 1, {"osmid": 6, "highway": "primary", "oneway": True, "maxspeed": "40"}),
    ]
    roads = roads_from_osmnx(graph_of(edges), crs=CRS)
    assert roads.edge_count == 2
    assert roads.access["motor"].tolist() == [ALONG, ALONG]


def test_a_loop_in_both_directions_is_one_street():
    loop = LineString([(117, 36), (117.001, 36), (117.001, 36.001), (117, 36)])
    roads = roads_from_osmnx(
        graph_of(both_ways(1, 1, osmid=9, highway="service", geometry=loop)), crs=CRS
    )
    assert roads.edge_count == 1
    assert roads.access["motor"].tolist() == [BOTH]
    assert roads.length_m[0] == pytest.approx(metres(*loop.coords))


def names_by_class(roads) -> dict[str, set[str]]:
    found = {name: set() for name in roads.road_classes}
    for edge in range(roads.edge_count):
        found[roads.road_classes[roads.road_class[edge]]].add(roads.name_of(edge))
    return found


def test_names_are_read_in_the_same_order_as_from_a_pbf(tmp_path):
    edges = both_ways(1, 2, osmid=5, highway="residential", name="文德路", ref="X001")
    edges += both_ways(2, 3, osmid=6, highway="residential", ref=["X002", "X003"])
    edges += both_ways(3, 1, osmid=7, highway="primary", name="B", **{"name:zh": "乙路"})
    edges += both_ways(3, 1, osmid=8, highway="service", name=float("nan"))
    graph = graph_of(edges)
    roads = roads_from_osmnx(graph, crs=CRS)
    names = {"primary": {"乙路"}, "residential": {"文德路", "X002/X003"}, "service": {""}}
    assert names_by_class(roads) == names
    import osmnx as ox

    ox.save_graphml(graph, tmp_path / "named.graphml")
    assert names_by_class(read_graphml(tmp_path / "named.graphml", crs=CRS)) == names


def test_lists_left_by_simplification_and_missing_tags():
    edges = both_ways(
        1, 2, osmid=[8, 5], highway=["tertiary", "service"], maxspeed=["60", "30"],
        surface=["gravel", "asphalt"], bridge=["yes", "viaduct"], geometry=BEND,
    )  # fmt: skip
    edges += both_ways(2, 3, osmid=3)
    edges[1][2]["osmid"] = [5, 8]
    roads = roads_from_osmnx(graph_of(edges), crs=CRS)
    assert [roads.road_classes[k] for k in roads.road_class] == ["service", ""]
    assert roads.max_speed_kph[0] == 30
    assert [roads.surfaces[k] for k in roads.surface] == ["asphalt", ""]
    assert roads.is_bridge.tolist() == [True, False]
    assert roads.access["motor"].tolist() == [BOTH, BOTH]


def test_a_projected_graph_gives_the_same_streets():
    degrees = roads_from_osmnx(graph_of(both_ways(1, 2, osmid=5, highway="primary")), crs=CRS)
    transform = Transformer.from_crs("EPSG:4326", "EPSG:32650", always_xy=True).transform
    nodes = {1: transform(117.0, 36.0), 2: transform(117.01, 36.0)}
    planar = roads_from_osmnx(
        graph_of(both_ways(1, 2, osmid=5, highway="primary"), crs="EPSG:32650", nodes=nodes),
        crs=CRS,
    )
    assert planar.node_x == pytest.approx(degrees.node_x, abs=1e-3)
    assert planar.length_m == pytest.approx(degrees.length_m, abs=1e-3)


def test_a_given_length_counts_only_where_the_line_is_lost():
    straight = metres((117, 36), (117.01, 36))
    edges = both_ways(1, 2, osmid=5, highway="primary", length=straight * 0.997)
    edges += both_ways(2, 3, osmid=6, highway="primary", length=5000.0, maxspeed="50")
    roads = roads_from_osmnx(graph_of(edges), crs=CRS)
    assert roads.length_m.tolist() == pytest.approx([straight, 5000])


def test_closed_ways_and_classes_that_are_no_roads_are_left_out():
    edges = both_ways(1, 2, osmid=5, highway="primary")
    edges += both_ways(2, 3, osmid=6, highway="construction")
    edges += both_ways(1, 3, osmid=7, highway="service", access="private")
    assert roads_from_osmnx(graph_of(edges), crs=CRS).edge_count == 1
    with pytest.raises(RoadError) as caught:
        roads_from_osmnx(graph_of(edges[2:]), crs=CRS)
    assert str(caught.value) == "路网里没有可以通行的道路。请检查下载的范围和道路类型。"


def test_signals_are_kept_and_the_graph_is_unchanged():
    graph = graph_of(
        [*both_ways(1, 2, osmid=5, highway="primary"), *both_ways(2, 3, osmid=5, highway="primary")]
    )
    graph.nodes[2]["highway"] = "traffic_signals"
    before = nx.to_dict_of_dicts(graph)
    roads = roads_from_osmnx(graph, crs=CRS)
    assert nx.to_dict_of_dicts(graph) == before
    assert roads.node_signals.tolist() == [False, True, False]
    graph.nodes[2].pop("highway")
    assert roads_from_osmnx(graph, crs=CRS).edge_count == 1


@pytest.mark.parametrize("change", ["crs", "unknown crs", "id", "x", "nan"])
def test_a_graph_that_lacks_something_is_a_sentence(change):
    graph = graph_of(both_ways(1, 2, osmid=5, highway="primary"))
    if change == "crs":
        del graph.graph["crs"]
        message = '路网没有写明坐标系（graph.graph["crs"]）。请用 OSMnx 重新生成路网。'
    elif change == "unknown crs":
        graph.graph["crs"] = "nowhere"
        message = "不认识路网的坐标系「nowhere」。请用 OSMnx 重新生成路网。"
    elif change == "id":
        graph = nx.relabel_nodes(graph, {3: "三"})
        message = "路网有 1 个节点的代码不是整数，第一个是「三」。请使用 OSMnx 的路网，或把节点改成整数代码。"
    else:
        graph.nodes[3]["x"] = float("nan") if change == "nan" else "?"
        message = "路网有 1 个节点没有有效的 x、y 坐标，第一个是 3。请重新生成路网。"
    with pytest.raises((RoadError, CrsError)) as caught:
        roads_from_osmnx(graph, crs=CRS)
    assert str(caught.value) == message


def test_graphml_saved_by_osmnx_gives_the_streets_of_the_graph(tmp_path):
    import osmnx as ox

    edges = both_ways(
        1,
        2,
        osmid=5,
        highway=["residential", "service"],
        name="<script>",
        geometry=BEND,
        length=1.0,
    )
    edges += [
        (
            2,
            3,
            {"osmid": 6, "highway": "primary", "oneway": True, "reversed": False, "length": 1110.0},
        )
    ]
    graph = graph_of(edges)
    ox.save_graphml(graph, tmp_path / "roads.graphml")
    read = read_graphml(tmp_path / "roads.graphml", crs=CRS)
    made = roads_from_osmnx(graph, crs=CRS)
    for name in (
        "node_id",
        "from_node",
        "to_node",
        "length_m",
        "road_class",
        "vertex_x",
        "vertex_y",
    ):
        np.testing.assert_array_equal(getattr(read, name), getattr(made, name))
    assert read.access["motor"].tolist() == made.access["motor"].tolist() == [BOTH, ALONG]


GRAPHML = '<?xml version="1.0"?>{doctype}<graphml xmlns="http://graphml.graphdrawing.org/xmlns">{body}</graphml>'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_graphml_with_a_doctype_is_refused(tmp_path, encoding):
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    text = GRAPHML.format(doctype=bomb, body="&b;").replace("1.0", f'1.0" encoding="{encoding}')
    (tmp_path / "bad.graphml").write_bytes(text.encode(encoding))
    with pytest.raises(SourceError) as caught:
        read_graphml(tmp_path / "bad.graphml", crs=CRS)
    assert str(caught.value) == (
        "路网文件「bad.graphml」含有 DOCTYPE 声明，为安全起见不予读取。请用 OSMnx 重新保存。"
    )


@pytest.mark.parametrize(
    "body",
    [
        '<graph edgedefault="directed"><node id="1"/>',
        '<graph edgedefault="directed"><node id="one"/></graph>',
        '<key id="k" for="node" attr.name="x" attr.type="int"/><graph edgedefault="directed"><node id="1"><data key="k">5</data></node></graph>',
        "",
    ],
)
def test_broken_or_foreign_graphml_is_a_sentence(tmp_path, body):
    (tmp_path / "bad.graphml").write_text(GRAPHML.format(doctype="", body=body), encoding="utf-8")
    with pytest.raises(SourceError) as caught:
        read_graphml(tmp_path / "bad.graphml", crs=CRS)
    assert str(caught.value) == (
        "路网文件「bad.graphml」读不出来，可能不完整，或不是 OSMnx 保存的 GraphML。"
        "请用 osmnx.save_graphml 重新保存后重试。"
    )


@pytest.mark.parametrize("content", [b"", b"\x00\x01", b"not xml"])
def test_a_file_that_is_no_xml_is_a_sentence(tmp_path, content):
    (tmp_path / "bad.graphml").write_bytes(content)
    with pytest.raises(SourceError) as caught:
        read_graphml(tmp_path / "bad.graphml", crs=CRS)
    assert (
        str(caught.value)
        == "路网文件「bad.graphml」不是完整的 GraphML（XML）文件。请重新保存后重试。"
    )


def test_a_missing_graphml_is_a_sentence(tmp_path):
    with pytest.raises(SourceError, match=r"找不到数据文件「none\.graphml」"):
        read_graphml(tmp_path / "none.graphml", crs=CRS)


def test_every_fourth_way_of_liechtenstein_is_the_same_through_osmnx_and_through_its_pbf(
    shared_data, tmp_path
):
    """Two readers, one country: OSMnx doubles each two-way street, here they are one again."""
    import osmium
    import osmnx as ox

    from layers.osm.osm_names import NAME_KEYS
    from layers.osm.osm_tags import RELEVANT_KEYS
    from layers.road_files.roads_pbf import read_roads_pbf

    source = str(shared_data / "roads/liechtenstein.osm.pbf")
    ways = [
        (way.id, [node.ref for node in way.nodes])
        for way in osmium.FileProcessor(source, osmium.osm.WAY)
        if "highway" in way.tags and way.id % 4 == 0
    ]
    kept = {way_id for way_id, _ in ways}
    nodes = {node for _, refs in ways for node in refs}
    for name in ("part.osm", "part.osm.pbf"):
        with osmium.SimpleWriter(str(tmp_path / name)) as writer:
            for item in osmium.FileProcessor(source):
                if item.is_node() and item.id in nodes:
                    writer.add_node(item)
                elif item.is_way() and item.id in kept:
                    writer.add_way(item)
    before = (ox.settings.useful_tags_way, ox.settings.useful_tags_node)
    ox.settings.useful_tags_way = sorted({*RELEVANT_KEYS, *NAME_KEYS})
    ox.settings.useful_tags_node = ["highway"]
    try:
        graph = ox.graph_from_xml(tmp_path / "part.osm", simplify=False, retain_all=True)
    finally:
        ox.settings.useful_tags_way, ox.settings.useful_tags_node = before
    one = roads_from_osmnx(graph, crs="EPSG:32632")
    other = read_roads_pbf(tmp_path / "part.osm.pbf", crs="EPSG:32632")
    assert (one.node_count, one.edge_count) == (other.node_count, other.edge_count)
    assert one.length_m.sum() == pytest.approx(other.length_m.sum(), abs=0.01)
    assert one.names == other.names
    named = [
        np.bincount(roads.name_code + 1, weights=roads.length_m, minlength=len(roads.names) + 1)
        for roads in (one, other)
    ]
    assert named[0] == pytest.approx(named[1], abs=0.01)
    for user in ("foot", "bicycle", "motor"):
        usable = [
            sum(roads.length_m[(roads.access[user] & bit) > 0].sum() for bit in (1, 2))
            for roads in (one, other)
        ]
        assert usable[0] == pytest.approx(usable[1], abs=1)

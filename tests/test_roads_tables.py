"""Streets from tables of nodes and edges."""

from __future__ import annotations

import numpy as np
import pytest
from pyproj import Geod, Transformer
from shapely import LineString

from coverage.errors import CrsError, RoadError, SourceError
from coverage.roads import AGAINST, ALONG, BOTH
from layers.road_files.roads_tables import read_edge_table, survey_edge_table

CRS = "EPSG:4527"
GEOD = Geod(ellps="WGS84")

NODES = "node_id,lon,lat\n1,117.00,36.00\n2,117.01,36.00\n3,117.01,36.01\n"


@pytest.fixture
def tables(tmp_path):
    """
    Write node and edge tables; node 1 lies west of 2, node 3 north of 2.

        3
        |
    1 - 2
    """

    def write(edges: str, nodes: str = NODES):
        (tmp_path / "nodes.csv").write_text(nodes, encoding="utf-8")
        (tmp_path / "edges.csv").write_text(edges, encoding="utf-8")
        return tmp_path / "nodes.csv", tmp_path / "edges.csv"

    return write


def metres(*points: tuple[float, float]) -> float:
    return GEOD.line_length(*zip(*points, strict=True))


def test_an_edge_without_length_class_or_line_is_straight_and_open_to_all(tables):
    roads = read_edge_table(*tables("from_node,to_node\n1,2\n2,3\n"), crs=CRS)
    assert roads.node_id.tolist() == [1, 2, 3]
    assert (roads.from_node.tolist(), roads.to_node.tolist()) == ([0, 1], [1, 2])
    assert roads.length_m[0] == pytest.approx(metres((117, 36), (117.01, 36)))
    assert roads.road_classes == ("",)
    assert roads.surfaces == ("",)
    assert np.isnan(roads.max_speed_kph).all()
    assert {user: bits.tolist() for user, bits in roads.access.items()} == {
        "foot": [BOTH, BOTH],
        "bicycle": [BOTH, BOTH],
        "motor": [BOTH, BOTH],
    }
    x, y = Transformer.from_crs("EPSG:4326", CRS, always_xy=True).transform(117.01, 36.0)
    assert (roads.node_x[1], roads.node_y[1]) == pytest.approx((x, y))


def test_tags_follow_the_rules_of_openstreetmap(tables):
    edges = (
        "from_node,to_node,highway,oneway,maxspeed,surface,bridge,access\n"
        "1,2,primary,yes,80,asphalt,yes,\n"
        "2,3,residential,-1,,,,\n"
        "3,1,,1,,,,private\n"
    )
    roads = read_edge_table(*tables(edges), crs=CRS)
    assert [roads.road_classes[k] for k in roads.road_class] == ["primary", "residential", ""]
    assert roads.max_speed_kph[0] == 80
    assert [roads.surfaces[k] for k in roads.surface] == ["asphalt", "", ""]
    assert roads.is_bridge.tolist() == [True, False, False]
    assert roads.access["motor"].tolist() == [ALONG, AGAINST, 0]
    assert roads.access["foot"].tolist() == [BOTH, BOTH, 0]


@pytest.mark.parametrize("word", ["yes", "YES", "1", "true", "True", "是"])
def test_words_for_one_way(tables, word):
    roads = read_edge_table(*tables(f"from_node,to_node,oneway\n1,2,{word}\n"), crs=CRS)
    assert roads.access["motor"].tolist() == [ALONG]
    assert roads.access["foot"].tolist() == [BOTH]


@pytest.mark.parametrize("word", ["no", "0", "false", "否", ""])
def test_words_for_both_ways(tables, word):
    roads = read_edge_table(*tables(f"from_node,to_node,oneway\n1,2,{word}\n"), crs=CRS)
    assert roads.access["motor"].tolist() == [BOTH]


def test_names_of_roads(tables):
    edges = "from_node,to_node,name,ref\n1,2, 幸福路 ,X001\n2,3,,X002\n3,1,,\n"
    roads = read_edge_table(*tables(edges), crs=CRS)
    assert [roads.name_of(edge) for edge in range(3)] == ["幸福路", "X002", ""]
    assert roads.names == ("X002", "幸福路")


def test_the_column_of_names_may_be_called_otherwise(tables):
    edges = "from_node,to_node,路名\n1,1,环路\n1,2,幸福路\n2,3,\n"
    survey = survey_edge_table(*tables(edges), crs=CRS, columns={"name": "路名"})
    assert survey.suspicious["action"].tolist() == ["dropped"]
    assert survey.roads.name_code.tolist() == [0, -1]
    assert survey.roads.names == ("幸福路",)


def test_a_column_of_names_that_is_not_there_is_a_sentence(tables):
    with pytest.raises(RoadError, match="路名"):
        read_edge_table(*tables("from_node,to_node\n1,2\n"), crs=CRS, columns={"name": "路名"})


def test_kilometres_other_names_and_a_byte_order_mark(tables):
    nodes = "\ufeff节点,经度,纬度\n1,117.00,36.00\n2,117.01,36.00\n"
    names = {
        "node_id": "节点",
        "lon": "经度",
        "lat": "纬度",
        "from_node": "u",
        "to_node": "v",
        "length_km": "km",
    }
    roads = read_edge_table(*tables("\ufeffu,v,km\n1,2,1.25\n", nodes), crs=CRS, columns=names)
    assert roads.length_m.tolist() == [1250.0]


def test_tables_in_a_projected_crs(tables):
    nodes = "node_id,x,y\n1,39500000,4000000\n2,39501000,4000000\n"
    roads = read_edge_table(*tables("from_node,to_node\n1,2\n", nodes), crs=CRS, source_crs=CRS)
    assert roads.node_x.tolist() == pytest.approx([39_500_000, 39_501_000], abs=1e-6)
    # Gauss-Krueger has scale 1 along its central meridian, 117 degrees east
    assert roads.length_m[0] == pytest.approx(1000, abs=0.01)


def test_a_line_is_tied_to_its_nodes_and_turned_when_drawn_the_other_way(tables):
    bend = (117.005, 36.002)
    edges = (
        "from_node,to_node,geometry\n"
        '1,2,"LINESTRING (117.0001 36.0001, 117.005 36.002, 117.01 36)"\n'
        '1,2,"LINESTRING (117.01 36, 117.005 36.002, 117.003 36.001, 117 36)"\n'
        "2,3,\n"
    )
    roads = read_edge_table(*tables(edges), crs=CRS)
    assert np.diff(roads.vertex_start).tolist() == [3, 4, 2]
    assert roads.length_m[0] == pytest.approx(metres((117, 36), bend, (117.01, 36)))
    first, last = roads.vertex_start[1], roads.vertex_start[2] - 1
    assert roads.vertex_x[first] == roads.node_x[0]
    assert roads.vertex_x[last] == roads.node_x[1]
    assert (np.diff(roads.vertex_x[first : last + 1]) > 0).all()


def test_edges_from_a_geopackage_with_shapes_in_their_own_crs(tables, tmp_path):
    import geopandas as gpd

    nodes, _ = tables("from_node,to_node\n1,2\n")
    layer = gpd.GeoDataFrame(
        {"from_node": [1, 2], "to_node": [2, 3], "highway": ["trunk", None]},
        geometry=[
            LineString([(117, 36), (117.005, 36.002), (117.01, 36)]),
            LineString([(117.01, 36), (117.01, 36.01)]),
        ],
        crs="EPSG:4326",
    ).to_crs(CRS)
    layer.to_file(tmp_path / "edges.gpkg")
    roads = read_edge_table(nodes, tmp_path / "edges.gpkg", crs=CRS)
    assert [roads.road_classes[k] for k in roads.road_class] == ["trunk", ""]
    assert np.diff(roads.vertex_start).tolist() == [3, 2]
    assert roads.length_m[0] == pytest.approx(metres((117, 36), (117.005, 36.002), (117.01, 36)))


PRE = "路网路段表「edges.csv」有 1 处问题："
POST = "。请改正后重试。"


@pytest.mark.parametrize(
    ("edges", "message"),
    [
        (
            "from_node,to_node\n1,2\n1,9\n",
            f"{PRE}第 3 行「to_node」：节点表里没有这个节点（值：9）{POST}",
        ),
        ("from_node,to_node\n1,2\n,3\n", f"{PRE}第 3 行「from_node」：不得为空{POST}"),
        (
            "from_node,to_node\n1,2.5\n",
            f"{PRE}第 2 行「to_node」：应为不超过 16 位的整数（值：2.5）{POST}",
        ),
        (
            "from_node,to_node,length_m\n1,2,-5\n",
            f"{PRE}第 2 行「length_m」：不得为负（值：-5）{POST}",
        ),
        (
            "from_node,to_node,length_m\n1,2,inf\n",
            f"{PRE}第 2 行「length_m」：不是有限的数（值：inf）{POST}",
        ),
        (
            "from_node,to_node,length_m\n1,2,nan\n",
            f"{PRE}第 2 行「length_m」：不是有限的数（值：nan）{POST}",
        ),
        (
            "from_node,to_node,oneway\n1,2,maybe\n",
            f"{PRE}第 2 行「oneway」：只能是 yes、no、1、0、true、false、-1、是、否或空（值：maybe）{POST}",
        ),
        (
            "from_node,to_node,highway\n1,2,县道\n",
            f"{PRE}第 2 行「highway」：不是认识的道路等级（OSM 的 highway 值）（值：县道）{POST}",
        ),
        (
            "from_node,to_node,geometry\n1,2,LINESTRING (117\n",
            f"{PRE}第 2 行「geometry」：应为一条坐标有效的折线（LineString）{POST}",
        ),
        (
            "from_node,to_node,geometry\n1,2,POINT (117 36)\n",
            f"{PRE}第 2 行「geometry」：应为一条坐标有效的折线（LineString）（值：Point）{POST}",
        ),
        (
            'from_node,to_node,geometry\n1,2,"LINESTRING (117 36, 500 36)"\n',
            f"{PRE}第 2 行「geometry」：应为一条坐标有效的折线（LineString）（值：LineString）{POST}",
        ),
        (
            'from_node,to_node,geometry\n1,2,"LINESTRING (117 36, 117.02 36)"\n',
            f"{PRE}第 2 行「geometry」：线形的端点离节点 902 米{POST}",
        ),
        ("from_node,to_node\n", "路网路段表「edges.csv」没有任何记录。请检查文件是否导出完整。"),
    ],
)
def test_a_broken_edge_table_is_one_sentence(tables, edges, message):
    with pytest.raises(RoadError) as caught:
        read_edge_table(*tables(edges), crs=CRS)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("nodes", "message"),
    [
        ("1,117,36\n1,118,36", "第 3 行「node_id」：节点代码重复出现（值：1）"),
        ("1,nan,36", "第 2 行「lon」：不是有限的数（值：nan）"),
        ("1,,36", "第 2 行「lon」：不得为空"),
        ("1,36,117", "第 2 行「lat」：应在 -90 到 90 之间，请检查经纬度是否写反（值：117）"),
        ("1,500,36", "第 2 行「lon」：应在 -180 到 180 之间，请检查经纬度是否写反（值：500）"),
        ("A1,117,36", "第 2 行「node_id」：应为数字（值：A1）"),
    ],
)
def test_a_broken_node_table_is_one_sentence(tables, nodes, message):
    paths = tables("from_node,to_node\n1,1\n", f"node_id,lon,lat\n{nodes}\n")
    with pytest.raises(RoadError) as caught:
        read_edge_table(*paths, crs=CRS)
    assert str(caught.value) == f"路网节点表「nodes.csv」有 1 处问题：{message}。请改正后重试。"


def test_all_problems_are_reported_at_once(tables):
    edges = "from_node,to_node,length_m,highway\n1,9,-1,primary\n8,2,3,nothing\n"
    with pytest.raises(RoadError) as caught:
        read_edge_table(*tables(edges), crs=CRS)
    assert [(p.row, p.column) for p in caught.value.problems] == [
        (2, "to_node"), (2, "length_m"), (3, "from_node"), (3, "highway"),
    ]  # fmt: skip


def test_an_unknown_name_and_a_missing_column_are_sentences(tables):
    paths = tables("from_node,to_node\n1,2\n")
    with pytest.raises(RoadError) as caught:
        read_edge_table(*paths, crs=CRS, columns={"start": "u"})
    assert str(caught.value).startswith("路网的 columns 里有 1 个不认识的名称，第一个是「start」。")
    with pytest.raises(RoadError) as caught:
        read_edge_table(*paths, crs=CRS, columns={"length_km": "km"})
    assert str(caught.value).startswith("路网路段表「edges.csv」没有 “km” 这一列")


def test_a_missing_file_and_a_wrong_crs_are_sentences(tables, tmp_path):
    nodes, edges = tables("from_node,to_node\n1,2\n")
    with pytest.raises(SourceError, match=r"找不到数据文件「none\.csv」"):
        read_edge_table(nodes, tmp_path / "none.csv", crs=CRS)
    with pytest.raises(CrsError):
        read_edge_table(nodes, edges, crs=CRS, source_crs="EPSG:999999")


def test_a_length_in_the_wrong_unit_is_a_sentence(tables):
    with pytest.raises(RoadError) as caught:
        read_edge_table(*tables("from_node,to_node,length_m\n1,2,0.9\n2,3,1.1\n"), crs=CRS)
    assert str(caught.value) == (
        "路网路段表「edges.csv」的长度有一半以上与线形相差 100 倍以上（中位数是线形的 0.00099 倍），"
        "单位可能写错。length_m 应为米，length_km 应为公里，请改正后重试。"
    )


SUSPICIOUS = (
    "from_node,to_node,length_m\n"
    "1,2,902\n"
    "2,3,9000\n"  # the line has 1,110 m
    "1,3,1000\n"  # the line has 1,430 m
    "2,2,50\n"
)


@pytest.mark.parametrize(
    ("long_edges", "lengths"),
    [
        ("keep", [902, 9000, 1430]),
        ("straighten", [902, 1110, 1430]),
        ("drop", [902, 1430]),
    ],
)
def test_suspicious_lengths_are_reported_and_treated_as_asked(tables, long_edges, lengths):
    survey = survey_edge_table(*tables(SUSPICIOUS), crs=CRS, long_edges=long_edges)
    assert survey.roads.length_m.tolist() == pytest.approx(lengths, abs=1)
    told = survey.suspicious
    assert told["row"].tolist() == [3, 4, 5]
    assert told["fault"].tolist() == ["too_long", "too_short", "loop"]
    done = {"keep": "kept", "straighten": "straightened", "drop": "dropped"}[long_edges]
    assert told["action"].tolist() == [done, "straightened", "dropped"]
    assert told["given_m"].tolist() == [9000, 1000, 50]
    assert (told["from_node"].tolist(), told["to_node"].tolist()) == ([2, 1, 2], [3, 3, 2])
    assert {notice.code: notice.count for notice in survey.notices} == {
        "road_edge_loop": 1, "road_edge_too_long": 1, "road_edge_too_short": 1,
    }  # fmt: skip


def test_the_notice_says_what_was_done(tables):
    (notice,) = survey_edge_table(
        *tables("from_node,to_node,length_m\n1,2,902\n2,3,9000\n1,2,903\n"), crs=CRS
    ).notices
    assert notice.message == (
        "路网路段表「edges.csv」有 1 条路段的长度是线形的 5 倍以上，可能有误，仍按表中的长度采用，第一条在第 3 行。请核对。"
    )


def test_a_table_in_order_has_no_notices(tables):
    survey = survey_edge_table(*tables("from_node,to_node,length_m\n1,2,905\n"), crs=CRS)
    assert survey.notices == ()
    assert survey.suspicious.empty


def test_the_main_roads_of_shandong_load_with_their_bad_edges_named(shared_data):
    """18,177 edges: 150 loops (145 of no length) and four edges of 15 to 26 times their line."""
    folder = shared_data / "roads"
    survey = survey_edge_table(
        folder / "shandong_main_nodes.csv",
        folder / "shandong_main_edges.csv",
        crs=CRS,
        columns={"node_id": "node", "from_node": "u", "to_node": "v", "length_km": "km"},
    )
    assert (survey.roads.node_count, survey.roads.edge_count) == (11_132, 18_177 - 150)
    told = survey.suspicious
    assert told["fault"].value_counts().to_dict() == {"loop": 150, "too_long": 4}
    assert told.loc[told["fault"] == "too_long", "row"].tolist() == [4725, 6271, 14_813, 17_457]
    assert (survey.roads.access["motor"] == BOTH).all()

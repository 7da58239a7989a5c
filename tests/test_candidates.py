"""Candidate sites: sources, merging, exclusions and scores, against brute force."""

from __future__ import annotations

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, MultiPolygon, Point, Polygon, box

from coverage.candidate_sites.exclusion import barred_by
from coverage.candidate_sites.nearness import distance_to
from coverage.candidate_sites.thinning import stands_for
from coverage.candidates import (
    CANDIDATES,
    LEFT_OUT,
    SUITABILITY,
    Criterion,
    Exclusion,
    combined,
    drawn_candidates,
    exclude,
    facility_candidates,
    file_candidates,
    grid_candidates,
    junction_candidates,
    preferred_candidates,
    suitability,
    suitable,
    village_candidates,
    with_scores,
    within_area,
)
from coverage.contracts import check
from coverage.errors import CrsError, SitingError
from coverage.impedance import TravelMode
from layers.samples import generate_roads
from layers.standards import load_modes

CRS = "EPSG:4548"
EAST, NORTH = 500_000.0, 4_000_000.0

coordinate = st.integers(-40, 40).map(float)
places = st.lists(st.tuples(coordinate, coordinate), min_size=1, max_size=25)


def drawn(*xy):
    return drawn_candidates(xy, crs=CRS)


def demand(xy, **columns):
    index = pd.Index([f"V{number}" for number in range(len(xy))], name="demand_id")
    cells = {"demand_name": [f"{number}村" for number in range(len(xy))]} | columns
    return gpd.GeoDataFrame(cells, index=index, geometry=[Point(*one) for one in xy], crs=CRS)


def said(found):
    return {notice.code: notice.message for notice in found.notices}


def layer(name, *shapes, buffer_m=0.0):
    return Exclusion(name, np.array([*shapes, None], dtype=object)[:-1], buffer_m)


def keeps_every_row(found, rows):
    assert len(found.candidates) + len(found.left_out) == rows
    ids = [*found.candidates.index, *found.left_out.index]
    assert len(set(ids)) == len(ids)
    if len(found.candidates):
        check(found.candidates, CANDIDATES, source="候选点")
    if len(found.left_out):
        check(found.left_out, LEFT_OUT, source="未采用")
        merged = found.left_out["outcome"] == "merged"
        assert found.left_out["kept_id"].notna().tolist() == merged.tolist()


class TestSources:
    def test_villages_bring_their_people_and_those_outside_are_told(self):
        villages = demand([(0, 0), (5, 5)], population=[10, 20], zone_id=["Z", None])
        before = villages.copy()
        found = village_candidates(villages)
        keeps_every_row(found, 2)
        row = found.candidates.loc["v:V0"]
        assert (row["candidate_name"], row["origin"], row["source_id"]) == ("0村", "village", "V0")
        assert row["population"] == 10.0
        assert found.left_out.loc["v:V1", "reason"] == "在研究区以外"
        assert said(found)["candidates_outside"] == (
            "1 个村在研究区以外，第一个是「1村」，不作候选点。"
        )
        pd.testing.assert_frame_equal(villages, before)

    def test_facilities_of_some_kinds(self):
        table = gpd.GeoDataFrame(
            {"facility_name": ["甲", None], "kind": ["a", "b"], "area_m2": [1.0, np.nan]},
            index=pd.Index(["F1", "F2"], name="facility_id"),
            geometry=[Point(0, 0), Point(1, 1)],
            crs=CRS,
        )
        every = facility_candidates(table).candidates
        assert every.index.tolist() == ["f:F1", "f:F2"]
        assert every["area_m2"].tolist()[0] == 1.0
        assert pd.isna(every.loc["f:F2", "candidate_name"])
        some = facility_candidates(table, kinds=["b"]).candidates
        assert some.index.tolist() == ["f:F2"]

    def test_points_of_a_file_and_closed_sites(self):
        table = gpd.GeoDataFrame(
            {"candidate_name": ["地块"], "用地": [12.0]},
            index=["7"], geometry=[Point(0, 0)], crs=CRS,
        )  # fmt: skip
        listed = file_candidates(table).candidates
        assert listed.index.tolist() == ["p:7"]
        assert listed["用地"].tolist() == [12.0]
        closed = file_candidates(table, closed=True).candidates
        assert closed.loc["f:7", "origin"] == "facility"

    def test_drawn_points_are_numbered(self):
        found = drawn((1, 2), (3, 4))
        assert found.candidates["candidate_name"].tolist() == ["手绘候选点1", "手绘候选点2"]
        assert found.candidates.geometry.x.tolist() == [1.0, 3.0]
        keeps_every_row(found, 2)
        assert drawn().candidates.empty
        with pytest.raises(SitingError) as caught:
            drawn((1, 2), (np.nan, 4))
        assert str(caught.value) == "手绘的第 2 个候选点没有位置（共 1 个）。请删去后重画。"

    def test_the_study_area_includes_its_border(self):
        found = within_area(drawn((0, 0), (10, 0), (10.01, 0)), box(-10, -10, 10, 10))
        assert found.candidates.index.tolist() == ["d:1", "d:2"]
        assert said(found)["candidates_outside"] == (
            "1 个候选点在研究区以外，第一个是「手绘候选点3」，没有采用。"
        )
        keeps_every_row(found, 3)


class TestCombining:
    @given(xy=places, apart=st.sampled_from([0.5, 1.0, 5.0, 12.0]))
    def test_thinning_is_what_a_slow_loop_does(self, xy, apart):
        points = np.array(xy)
        kept: list[int] = []
        for number, point in enumerate(points):
            if all(np.hypot(*(points[one] - point)) >= apart for one in kept):
                kept.append(number)
        found = stands_for(points, apart_m=apart)
        assert np.flatnonzero(found == np.arange(len(points))).tolist() == kept
        for number, into in enumerate(found.tolist()):
            away = np.hypot(*(points[kept] - points[number]).T)
            assert into == (number if number in kept else kept[int(np.argmin(away))])

    @given(first=places, second=places)
    def test_no_row_is_lost(self, first, second):
        listed = gpd.GeoDataFrame(
            {"candidate_name": None}, index=[str(k) for k in range(len(second))],
            geometry=gpd.points_from_xy(*np.array(second).T), crs=CRS,
        )  # fmt: skip
        parts = [drawn(*first), drawn(*second), file_candidates(listed)]
        found = combined(parts)
        keeps_every_row(found, len(first) + 2 * len(second))
        tree = shapely.STRtree(found.candidates.geometry.to_numpy())
        pairs = tree.query(found.candidates.geometry.to_numpy(), predicate="dwithin", distance=0.99)
        assert (pairs[0] == pairs[1]).all()
        again = combined(parts)
        pd.testing.assert_frame_equal(found.candidates, again.candidates)

    def test_one_place_twice_and_one_id_twice(self):
        villages = village_candidates(demand([(0, 0), (50, 0)], population=[5, 6]))
        found = combined([villages, drawn((0.9, 0), (51, 0)), drawn((100, 0))])
        assert found.candidates.index.tolist() == ["v:V0", "v:V1", "d:2", "d:1#2"]
        row = found.left_out.loc["d:1"]
        assert row["outcome"] == "merged"
        assert row["kept_id"] == "v:V0"
        assert row["reason"] == "与「0村」相距不到 1 米，按同一地点计"
        assert said(found) == {
            "candidate_ids_changed": (
                "1 个候选点的代码在前面的来源里已经用过，后面加了序号以便区分，第一个是「d:1」。"
            ),
            "candidates_merged": (
                "1 个候选点离别的候选点不到 1 米，已并入附近的候选点，"
                "第一个是「手绘候选点1」，逐个列在未采用的候选点表中。"
            ),
        }
        assert found.candidates["population"].isna().tolist() == [False, False, True, True]

    def test_nothing_to_combine(self):
        with pytest.raises(SitingError) as caught:
            combined([])
        assert str(caught.value) == (
            "没有写任何候选点来源。请至少选一种（村、设施、文件、网格、路口）。"
        )
        with pytest.raises(CrsError) as caught_crs:
            combined([drawn((0, 0)), drawn_candidates([(0, 0)], crs="EPSG:4547")])
        assert str(caught_crs.value) == (
            "候选点的坐标系不一致：EPSG:4548 和 EPSG:4547。请先换算到同一坐标系。"
        )
        assert combined([drawn(), drawn()]).candidates.empty


class TestGrid:
    @settings(deadline=None)
    @given(xy=places, spacing=st.sampled_from([10.0, 13.5, 25.0]), radius=st.sampled_from([8, 30]))
    def test_discs_hold_what_brute_force_finds(self, xy, spacing, radius):
        villages = demand(xy)
        found = grid_candidates(villages, spacing_m=spacing, radius_m=float(radius))
        steps = range(-15, 16)
        centres = np.array(xy)
        wanted = {
            (i * spacing, j * spacing)
            for i in steps
            for j in steps
            if (np.hypot(*(centres - (i * spacing, j * spacing)).T) <= radius + 1e-6).any()
        }
        points = found.candidates.geometry
        assert set(zip(points.x, points.y, strict=True)) == wanted
        assert len(points) == len(wanted)
        keeps_every_row(found, len(wanted))

    @settings(deadline=None)
    @given(xy=st.lists(st.tuples(coordinate, coordinate), min_size=3, max_size=8))
    def test_polygons_hold_what_brute_force_finds(self, xy):
        shape = shapely.convex_hull(shapely.MultiPoint(xy))
        if shape.geom_type != "Polygon":
            return
        area = gpd.GeoDataFrame({"name": ["庄"]}, geometry=[shape], crs=CRS)
        found = grid_candidates(area, spacing_m=10)
        wanted = {
            (i * 10.0, j * 10.0)
            for i in range(-5, 6)
            for j in range(-5, 6)
            if shape.intersects(Point(i * 10, j * 10))
        }
        points = found.candidates.geometry
        assert set(zip(points.x, points.y, strict=True)) == wanted
        assert set(found.candidates["candidate_name"]) <= {"庄网格点"}

    def test_the_assumption_is_told_and_ids_are_places(self):
        found = grid_candidates(demand([(100, 100), (149, 149)]), spacing_m=100, radius_m=10)
        assert found.candidates.index.tolist() == ["g:100:100"]
        assert found.candidates["candidate_name"].tolist() == ["0村网格点"]
        assert said(found) == {
            "settlements_assumed": (
                "没有居民点范围图层，2 个居民点都按需求点周围 10 米的圆计（假定）；"
                "有居民点或村庄建设用地的面图层时请改用图层。"
            ),
            "grid_without_points": (
                "1 个居民点太小，里面没有间距 100 米的网格点，没有网格候选点；"
                "需要时请减小间距，或同时用村作候选点。"
            ),
        }

    @pytest.mark.parametrize(
        ("spacing", "radius", "sentence"),
        [
            (5, 300, "网格间距应不小于 10 米，现为 5。请改正。"),
            (np.nan, 300, "网格间距应不小于 10 米，现为 nan。请改正。"),
            (100, 0, "居民点的半径应为大于 0 的米数，现为 0。请改正。"),
            (
                10, 10_000,
                "间距 10 米的网格要试约 400 万个点，上限是 200 万个。请加大间距或缩小居民点范围。",
            ),
        ],
    )  # fmt: skip
    def test_what_makes_no_sense(self, spacing, radius, sentence):
        with pytest.raises(SitingError) as caught:
            grid_candidates(demand([(0, 0)]), spacing_m=spacing, radius_m=radius)
        assert str(caught.value) == sentence

    def test_nothing_settled(self):
        assert grid_candidates(demand([]), spacing_m=100).candidates.empty
        none = gpd.GeoDataFrame(geometry=[Polygon(), None], crs=CRS)
        found = grid_candidates(none, spacing_m=100)
        assert found.candidates.empty
        assert said(found)["grid_without_points"].startswith("2 个居民点太小")


WALK = load_modes()["walk"]


class TestJunctions:
    @settings(deadline=None, max_examples=15)
    @given(seed=st.integers(0, 1000), near=st.sampled_from([0.0, 400.0, 1500.0]))
    def test_networkx_finds_the_same_junctions(self, seed, near):
        roads = generate_roads(nodes=120, seed=seed)
        user = WALK.user
        graph = nx.MultiGraph()
        classes = list(roads.road_classes)
        for edge in range(roads.edge_count):
            usable = classes[roads.road_class[edge]] in WALK.speed_kph and roads.access[user][edge]
            if usable:
                graph.add_edge(int(roads.from_node[edge]), int(roads.to_node[edge]))
        villages = demand(
            [(roads.node_x[3] + 50, roads.node_y[3]), (roads.node_x[40], roads.node_y[40])]
        )
        villages = villages.set_crs(roads.crs, allow_override=True)
        found = junction_candidates(roads, villages, modes=[WALK], near_m=near, apart_m=0)
        degree = dict(graph.degree)
        wanted = {node for node, streets in degree.items() if streets >= 3}
        keeps_every_row(found, len(wanted))
        homes = villages.geometry.to_numpy()
        close = {
            f"j:{roads.node_id[node]}"
            for node in wanted
            if min(home.distance(Point(roads.node_x[node], roads.node_y[node])) for home in homes)
            <= near + 1e-3
        }
        assert set(found.candidates.index) == close
        order = [
            degree[int(np.flatnonzero(roads.node_id == int(one[2:]))[0])]
            for one in found.candidates.index
        ]
        assert order == sorted(order, reverse=True)

    def test_thinning_keeps_them_apart(self):
        roads = generate_roads(nodes=400, seed=1)
        villages = demand(list(zip(roads.node_x[:5], roads.node_y[:5], strict=True)))
        villages = villages.set_crs(roads.crs, allow_override=True)
        ask = {"modes": [WALK], "near_m": 3000.0}
        every = junction_candidates(roads, villages, **ask, apart_m=0)
        found = junction_candidates(roads, villages, **ask, apart_m=700)
        rows = len(every.candidates) + len(every.left_out)
        keeps_every_row(found, rows)
        assert 0 < len(found.candidates) < len(every.candidates)
        points = found.candidates.geometry.to_numpy()
        apart = shapely.distance(points[:, None], points[None, :])
        assert apart[~np.eye(len(points), dtype=bool)].min() >= 700
        merged = found.left_out[found.left_out["outcome"] == "merged"]
        into = found.candidates.geometry.loc[merged["kept_id"]].to_numpy()
        assert (shapely.distance(merged.geometry.to_numpy(), into) < 700).all()
        assert said(found)["junctions_thinned"].startswith(
            f"{len(merged)} 个候选点离别的候选点不到 700 米"
        )
        again = junction_candidates(roads, villages, **ask, apart_m=700)
        pd.testing.assert_frame_equal(found.candidates, again.candidates)

    def test_bad_distances_and_another_crs(self):
        roads = generate_roads(nodes=50, seed=1)
        villages = demand([(0, 0)]).set_crs(roads.crs, allow_override=True)
        with pytest.raises(SitingError) as caught:
            junction_candidates(roads, villages, modes=[WALK], near_m=-1, apart_m=0)
        assert str(caught.value) == (
            "路口候选点：到居民点的距离应为不小于 0 的米数，现为 -1。请改正。"
        )
        other = villages.set_crs("EPSG:4547", allow_override=True)
        with pytest.raises(CrsError) as wrong:
            junction_candidates(roads, other, modes=[WALK], near_m=1, apart_m=0)
        assert str(wrong.value) == (
            f"居民点的坐标系（EPSG:4547）与路网的（{roads.crs}）不同。请先换算。"
        )

    def test_a_mode_that_may_use_nothing_has_no_junctions(self):
        roads = generate_roads(nodes=50, seed=1)
        villages = demand([(0, 0)]).set_crs(roads.crs, allow_override=True)
        nothing = TravelMode("none", "无", "测试", speed_kph={"ferry": 5.0})
        found = junction_candidates(roads, villages, modes=[nothing], near_m=1e6, apart_m=0)
        assert found.candidates.empty
        assert found.left_out.empty


SQUARE = box(0, 0, 10, 10)


class TestExclusion:
    @given(xy=places, corners=places, buffer=st.sampled_from([0.0, 3.0, 10.0]))
    def test_brute_force(self, xy, corners, buffer):
        shapes = [Point(*one).buffer(3.3, quad_segs=3) for one in corners[:4]]
        found = exclude(drawn(*xy).candidates, [layer("水域", *shapes, buffer_m=buffer)])
        inside = [
            min(Point(*one).distance(shape) for shape in shapes) <= buffer + 1e-3 for one in xy
        ]
        assert len(found.left_out) == sum(inside)
        assert found.candidates.index.tolist() == [
            f"d:{number + 1}" for number, gone in enumerate(inside) if not gone
        ]
        keeps_every_row(found, len(xy))

    def test_edge_corner_hole_and_buffer(self):
        lake = Polygon(SQUARE.exterior.coords, [box(4, 4, 6, 6).exterior.coords])
        xy = [(0, 5), (10, 10), (5, 5), (4, 5), (10.01, 5), (11, 5), (11.01, 5)]
        plain = exclude(drawn(*xy).candidates, [layer("水域", lake)])
        assert plain.left_out.index.tolist() == ["d:1", "d:2", "d:4"]
        assert set(plain.left_out["reason"]) == {"在「水域」内"}
        wide = exclude(drawn(*xy).candidates, [layer("水域", lake, buffer_m=1.0)])
        assert wide.left_out["reason"].to_dict() == {
            "d:1": "在「水域」内", "d:2": "在「水域」内", "d:3": "在「水域」外 1 米以内",
            "d:4": "在「水域」内", "d:5": "在「水域」外 1 米以内", "d:6": "在「水域」外 1 米以内",
        }  # fmt: skip
        assert said(wide)["candidates_excluded"] == (
            "「水域」（外扩 1 米）排除了 6 个候选点，第一个是「手绘候选点1」，"
            "逐个列在未采用的候选点表中。"
        )

    def test_every_layer_is_named_and_empty_ones_are_told(self):
        red = layer("生态保护红线", SQUARE)
        farm = layer("永久基本农田", MultiPolygon([SQUARE, box(20, 20, 30, 30)]))
        found = exclude(drawn((5, 5), (25, 25), (50, 50)), [red, farm, layer("陡坡")])
        assert found.left_out["reason"].tolist() == [
            "在「生态保护红线」内；在「永久基本农田」内", "在「永久基本农田」内",
        ]  # fmt: skip
        assert [notice.count for notice in found.notices] == [1, 2, 0]
        assert found.notices[-1].message == (
            "图层「陡坡」没有任何图形，没有起作用。请检查文件是否导出完整。"
        )
        clear = exclude(drawn((50, 50)), [red])
        assert clear.notices[0].message == ("「生态保护红线」内没有候选点，没有排除任何候选点。")

    def test_a_bow_tie_is_mended_and_told(self):
        tie = Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])
        before = tie.wkt
        found = exclude(drawn((1, 5), (5, 1)), [layer("红线", SQUARE, tie), layer("结", tie)])
        assert tie.wkt == before
        assert said(found)["layer_mended"] == (
            "图层「结」有 1 个图形自相交或不合规范（首个是第 1 个），已自动修正。"
            "请在 QGIS 里用“修复几何图形”核对。"
        )
        only = exclude(drawn((1, 5), (5, 1)), [layer("结", tie)])
        assert only.candidates.index.tolist() == ["d:2"]

    def test_what_is_refused(self):
        with pytest.raises(SitingError) as caught:
            exclude(drawn((0, 0)), [layer("河", SQUARE, LineString([(0, 0), (1, 1)]))])
        assert str(caught.value) == (
            "图层「河」有 1 个图形不是面，第一个是第 2 个。排除范围和“在范围内”的评分要用面图层；"
            "线请先在 QGIS 里做缓冲区。"
        )
        with pytest.raises(SitingError) as endless:
            exclude(drawn((0, 0)), [layer("河", Polygon([(0, 0), (1, np.inf), (1, 0)]))])
        assert str(endless.value) == (
            "图层「河」有 1 个图形的坐标不是有限的数，第一个是第 1 个。请检查图层的坐标系。"
        )
        with pytest.raises(SitingError) as negative:
            layer("河", SQUARE, buffer_m=-1.0)
        assert str(negative.value) == (
            "排除图层「河」的缓冲距离应为不小于 0 的米数，现为 -1。请改正。"
        )

    def test_nothing_in(self):
        assert exclude(drawn(), [layer("河", SQUARE)]).left_out.empty
        assert len(exclude(drawn((0, 0)), []).candidates) == 1

    @given(places, st.sampled_from([0.0, 1.5]))
    @settings(max_examples=25, deadline=None)
    def test_villages_are_barred_where_candidates_are_excluded(self, xy, buffer):
        areas = [
            layer("红线", SQUARE, buffer_m=buffer),
            layer("农田", box(-9, -9, 4, 4)),
            layer("空"),
        ]
        villages = demand(xy)
        barred = barred_by(villages, areas)
        gone = exclude(village_candidates(villages), areas).left_out
        assert list(barred.index) == list(villages.index)
        assert barred[barred != ""].to_dict() == gone.set_index("source_id")["reason"].to_dict()
        assert (barred_by(villages, []) == "").all()
        assert barred_by(villages.iloc[:0], areas).empty


def near(name="近", *shapes, rule="near", weight=1.0, a=10.0, b=20.0):
    array = np.array([*shapes, None], dtype=object)[:-1]
    return Criterion(name=name, rule=rule, weight=weight, shapes=array, near_m=a, far_m=b)


class TestNearness:
    @settings(deadline=None)
    @given(
        xy=places,
        path=st.lists(st.tuples(coordinate, coordinate), min_size=2, max_size=40),
        rings=st.lists(st.tuples(coordinate, coordinate, st.integers(1, 12)), max_size=4),
        spots=st.lists(st.tuples(coordinate, coordinate), max_size=3),
    )
    def test_brute_force_over_all_kinds_of_shapes(self, xy, path, rings, spots):
        areas = [Point(x, y).buffer(r) - Point(x, y).buffer(r / 2) for x, y, r in rings]
        shapes = [MultiPolygon(areas[:1]), *areas[1:], *map(Point, spots)]
        if len(set(path)) > 1:
            shapes.append(LineString(path))
        shapes.append(shapely.GeometryCollection([Point(99, 99), LineString([(60, 0), (60, 9)])]))
        shapes = [shape for shape in shapes if not shape.is_empty]
        points = shapely.points(np.array(xy))
        array = np.array([*shapes, None], dtype=object)[:-1]
        wanted = shapely.distance(points[:, None], array[None, :]).min(axis=1)
        assert distance_to(points, array) == pytest.approx(wanted, abs=1e-9)


class TestSuitability:
    @given(
        xy=places,
        targets=places,
        weights=st.lists(st.floats(0.01, 5), min_size=3, max_size=3),
        rules=st.lists(st.sampled_from(["near", "far"]), min_size=2, max_size=2),
    )
    def test_brute_force(self, xy, targets, weights, rules):
        points = [Point(*one) for one in targets]
        line = LineString([(-40, -3), (40, 5)])
        criteria = [
            near("点", *points, rule=rules[0], weight=weights[0], a=3, b=15),
            near("线", line, rule=rules[1], weight=weights[1], a=0, b=30),
            near("面", SQUARE, rule="inside", weight=weights[2]),
        ]
        found = suitability(drawn(*xy).candidates, criteria)

        def ramp(away, a, b):
            return 1.0 if away <= a else 0.0 if away >= b else (b - away) / (b - a)

        for number, one in enumerate(xy):
            place = Point(*one)
            score = [
                ramp(min(place.distance(point) for point in points), 3, 15),
                ramp(place.distance(line), 0, 30),
            ]
            score = [1 - s if rule == "far" else s for s, rule in zip(score, rules, strict=True)]
            score.append(float(place.distance(SQUARE) <= 1e-3))
            wanted = sum(w * s for w, s in zip(weights, score, strict=True)) / sum(weights)
            assert found.score.iloc[number] == pytest.approx(wanted, abs=1e-9)
        assert found.score.between(0, 1).all()
        check(found.table, SUITABILITY, source="评分")
        assert len(found.table) == 3 * len(xy)
        again = (
            (found.table["score"] * found.table["weight"])
            .groupby(found.table["candidate_id"])
            .sum()
        )
        assert again.reindex(found.score.index).to_numpy() == pytest.approx(found.score.to_numpy())

    @pytest.mark.parametrize(
        ("rule", "scores"), [("near", [1, 1, 0.5, 0, 0]), ("far", [0, 0, 0.5, 1, 1])]
    )
    def test_the_two_ends_are_inclusive(self, rule, scores):
        table = drawn((0, 0), (10, 0), (15, 0), (20, 0), (500, 0)).candidates
        found = suitability(table, [near("近", Point(0, 0), rule=rule)])
        assert found.score.tolist() == scores
        assert found.table["value"].tolist() == [0, 10, 15, 20, 500]

    @pytest.mark.parametrize(("rule", "scores"), [("near", [1, 1, 0]), ("far", [0, 1, 1])])
    def test_a_step(self, rule, scores):
        table = drawn((9.9, 0), (10, 0), (10.1, 0)).candidates
        found = suitability(table, [near("近", Point(0, 0), rule=rule, a=10, b=10)])
        assert found.score.tolist() == scores

    def test_a_column_either_way_round_and_what_is_unknown(self):
        villages = village_candidates(
            demand([(0, 0), (1, 9), (2, 0), (3, 0)], population=[0.0, 50.0, 200.0, np.nan])
        ).candidates
        more = Criterion(name="人口", rule="column", column="population", worst=0, best=100)
        found = suitability(villages, [more, near("近", Point(0, 0), weight=0.0)])
        assert found.score.tolist()[:3] == [0, 0.5, 1]
        assert np.isnan(found.score.iloc[3])
        assert [notice.message for notice in found.notices] == [
            "1 个候选点的「人口」未知，第一个是「3村」，它们的适宜性也就未知，不按 0 分也不按平均分计。"
        ]
        fewer = Criterion(name="人口", rule="column", column="population", worst=100, best=0)
        assert suitability(villages, [fewer]).score.tolist()[:3] == [1, 0.5, 0]

    def test_an_empty_layer_says_nothing(self):
        found = suitability(drawn((0, 0)).candidates, [near("养老院"), near("路", Point(0, 0))])
        assert found.score.isna().all()
        assert [notice.code for notice in found.notices] == ["layer_empty", "suitability_unknown"]
        idle = suitability(
            drawn((0, 0)).candidates, [near("养老院", weight=0.0), near("路", Point(0, 0))]
        )
        assert idle.score.tolist() == [1.0]

    def test_scores_prefer_and_exclude(self):
        found = drawn((0, 0), (15, 0), (30, 0), (9, 9))
        scores = pd.Series([1.0, 0.5, 0.0, np.nan], index=["d:1", "d:2", "d:3", "d:4"])
        scored = with_scores(found, scores)
        assert found.candidates["suitability"].isna().all()
        assert preferred_candidates(scored.candidates, at_least=0.5) == ("d:1", "d:2")
        left = suitable(scored, at_least=0.5)
        keeps_every_row(left, 4)
        assert left.candidates.index.tolist() == ["d:1", "d:2", "d:4"]
        assert left.left_out["reason"].tolist() == ["适宜性 0.000，低于下限 0.5"]
        assert said(left) == {
            "candidates_unsuitable": (
                "1 个候选点的适宜性低于 0.5，第一个是「手绘候选点3」，没有采用。"
            ),
            "suitability_unbounded": ("1 个候选点的适宜性未知，不能按下限 0.5 排除，仍作候选点。"),
        }

    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            ({"weight": -1}, "评分项「近」的权重应为不小于 0 的数，现为 -1。请改正。"),
            (
                {"near_m": 30, "far_m": 20},
                "评分项「近」的距离应为 0 ≤ near_m ≤ far_m，现为 30 和 20。请改正。",
            ),
            (
                {"rule": "column", "worst": 1, "best": 1},
                "评分项「近」的 worst 和 best 应为两个不同的数，现为 1 和 1。请改正。",
            ),
            (
                {"rule": "beside"},
                "评分项「近」的 rule 只能是 near、far、inside、column，现为 beside。请改正。",
            ),
        ],
    )
    def test_numbers_that_make_no_sense(self, changes, sentence):
        with pytest.raises(SitingError) as caught:
            Criterion(**({"name": "近", "rule": "near"} | changes))
        assert str(caught.value) == sentence

    def test_questions_that_make_no_sense(self):
        table = drawn((0, 0)).candidates
        column = Criterion(name="人口", rule="column", column="population")
        cases = {
            "评分项「近」写了 2 次，请留一处或改名。": [near(), near()],
            "1 个评分项的权重都是 0，算不出适宜性。请至少给一项大于 0 的权重。": [near(weight=0)],
            "评分项「人口」要用候选点的数值列“population”，候选点的数值列是：没有。请改正。": [
                column
            ],
        }
        for sentence, criteria in cases.items():
            with pytest.raises(SitingError) as caught:
                suitability(table, criteria)
            assert str(caught.value) == sentence
        assert suitability(drawn().candidates, [near("路", SQUARE)]).score.empty

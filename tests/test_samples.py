"""The generator of 示例县 and of road networks of any size."""

from __future__ import annotations

import itertools

import numpy as np
import osmium
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from coverage.roads import ALONG, BOTH
from layers import samples
from layers.road_files.roads_pbf import read_roads_pbf
from layers.samples import DATA_FOLDER, DEMO_SEED, LABEL, generate_county, write_demo_county
from layers.samples.county import COUNTY_CRS
from layers.samples.files import (
    FACILITY_FILES,
    PLAN_AREA_FILES,
    ROADS_FILE,
    TOWNSHIPS_FILE,
    VILLAGES_FILE,
    facility_file,
    villages_text,
)
from layers.samples.grid import OFF_ROAD_M, generate_points, generate_roads
from layers.samples.land import Warp, hilliness
from layers.samples.names import Names
from layers.samples.streets import add_roundabout, clip, crossings_of, join_crossings, street

CLINICS = ("central_village_clinic", "general_village_clinic", "clinic_service_point")


@pytest.fixture(scope="module")
def county():
    return generate_county(seed=DEMO_SEED)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    return folder, write_demo_county(folder)


class TestLand:
    def test_area_and_partition(self, county):
        areas = county.townships.geometry.to_numpy()
        assert len(areas) == 14
        assert set(shapely.get_type_id(areas)) == {shapely.GeometryType.POLYGON}
        assert shapely.coverage_is_valid(areas)
        whole = shapely.union_all(areas)
        assert whole.geom_type == "Polygon"
        assert not whole.interiors
        assert whole.area == pytest.approx(1.1e9, rel=0.005)
        assert whole.area == pytest.approx(shapely.area(areas).sum(), rel=1e-9)

    def test_townships_have_unique_codes_and_invented_names(self, county):
        zones = county.townships
        assert zones.index.is_unique
        assert zones.index.str.match(r"^999901\d{3}$").all()
        assert zones["zone_name"].is_unique
        assert zones["zone_name"].str.contains("(?:街道|镇|乡)$").all()
        assert zones["zone_name"].str.endswith("街道").sum() == 2

    def test_river_is_a_border_and_crosses_the_whole_county(self, county):
        whole = shapely.union_all(county.townships.geometry.to_numpy())
        assert county.river.crosses(whole)
        assert len(shapely.get_parts(whole.difference(county.river.buffer(1.0)))) == 2
        for area in county.townships.geometry:
            sides = shapely.area(shapely.get_parts(area.difference(county.river.buffer(0.5))))
            assert sides.max() / area.area > 0.98

    @given(seed=st.integers(0, 10_000))
    def test_the_warp_never_folds(self, seed):
        warp = Warp(np.random.default_rng(seed))
        x, y = np.meshgrid(np.arange(-20e3, 20e3, 700.0), np.arange(-20e3, 20e3, 700.0))
        points = np.column_stack([x.ravel(), y.ravel()])
        east = warp(points + np.array([1.0, 0.0])) - warp(points)
        north = warp(points + np.array([0.0, 1.0])) - warp(points)
        assert (east[:, 0] * north[:, 1] - east[:, 1] * north[:, 0]).min() > 0

    def test_hills_are_north_and_the_plain_is_flat(self):
        assert hilliness(np.array([[0.0, -5000.0], [-8000.0, 16_000.0]])).tolist() == [0.0, 1.0]


class TestVillages:
    def test_counts_codes_and_names(self, county):
        villages = county.villages
        assert len(villages) == 450
        assert villages["settlement"].value_counts().to_dict() == {"rural": 428, "urban": 22}
        assert villages.index.is_unique
        assert villages.index.str.match(r"^999901\d{6}$").all()
        assert villages["demand_name"].is_unique

    def test_each_lies_in_its_township_and_carries_its_code(self, county):
        homes = county.townships.geometry.loc[county.villages["zone_id"]]
        assert shapely.contains(homes.to_numpy(), county.villages.geometry.to_numpy()).all()
        assert (county.villages.index.str[:9] == county.villages["zone_id"]).all()
        assert set(county.villages["zone_id"]) == set(county.townships.index)

    def test_people(self, county):
        villages = county.villages
        assert 400_000 < villages["population"].sum() < 560_000
        assert (villages["population"] >= 100).all()
        rural = villages[villages["settlement"] == "rural"]
        urban = villages[villages["settlement"] == "urban"]
        old = {
            name: table["population_60plus"].sum() / table["population"].sum()
            for name, table in (("rural", rural), ("urban", urban))
        }
        assert 0.22 < old["rural"] < 0.35
        assert 0.12 < old["urban"] < 0.21
        assert (
            villages["population_60plus"] + villages["population_0_3"] < villages["population"]
        ).all()
        assert (villages[["population_60plus", "population_0_3"]] > 0).all(axis=None)


class TestFacilities:
    def test_codes_and_names_are_unique(self, county):
        assert county.facilities.index.is_unique
        assert county.facilities["facility_name"].is_unique
        assert set(county.facilities["kind"]) <= {
            kind for kinds in FACILITY_FILES.values() for kind in kinds
        }

    def test_every_township_has_its_hospital(self, county):
        hospitals = county.facilities[
            county.facilities["kind"].isin(["township_hospital", "community_health_centre"])
        ]
        found = hospitals.sjoin(county.townships, predicate="within")["zone_name"]
        assert sorted(found) == sorted(county.townships["zone_name"])
        named = hospitals["facility_name"].str.replace("卫生院|社区卫生服务中心", "", regex=True)
        assert (named == found).all()

    def test_clinics_are_short_on_the_hill_side(self, county):
        river = shapely.get_coordinates(county.river)
        villages = county.villages[county.villages["settlement"] == "rural"]
        clinics = county.facilities[county.facilities["kind"].isin(CLINICS)]

        def north(table):
            return table.geometry.y > np.interp(table.geometry.x, river[:, 0], river[:, 1])

        share = {
            side: (north(clinics) == side).sum() / (north(villages) == side).sum()
            for side in (True, False)
        }
        assert share[True] < 0.8 * share[False]

    def test_beds_and_areas_stand_only_where_such_lists_have_them(self, county):
        table = county.facilities
        has_beds = set(table.loc[table["capacity_beds"].notna(), "kind"])
        assert {
            "county_hospital",
            "township_hospital",
            "respect_home",
            "happiness_home",
        } <= has_beds
        assert not {"fitness_station", "nursery", "school", "disease_control_centre"} & has_beds
        # A list that says there are none says 0, which is not the same as nothing.
        without = table["kind"].isin(["general_village_clinic", "clinic_service_point"])
        assert (table.loc[without, "capacity_beds"] == 0).all()
        sport = table["kind"].isin(FACILITY_FILES["fitness"])
        assert (table["area_m2"].notna() == (sport | (table["kind"] == "park"))).all()
        assert (table.loc[sport, "area_m2"] >= 200).all()
        assert (table["land_area_m2"].notna() == sport).all()
        assert (table.loc[sport, "land_area_m2"] > table.loc[sport, "area_m2"]).all()

    def test_parts_are_never_more_than_the_whole(self, county):
        table = county.facilities
        known = table[table["staff_physicians"].notna()]
        assert set(known["kind"]) == {
            *FACILITY_FILES["hospitals"], *FACILITY_FILES["clinics"], "disease_control_centre"
        }  # fmt: skip
        assert (known["staff_tcm_physicians"] <= known["staff_physicians"]).all()
        nursing = table[table["capacity_nursing_beds"].notna()]
        assert set(nursing["kind"]) == {"elderly_home", "medical_elderly_home", "respect_home"}
        assert (nursing["capacity_nursing_beds"] <= nursing["capacity_beds"]).all()

    def test_some_things_nobody_asked_for(self, county):
        clinics = county.facilities["kind"].isin(FACILITY_FILES["clinics"])
        assert county.facilities.loc[clinics, "staff_pharmacists"].isna().all()
        assert not {"隔离病房", "公共卫生工作管理委员会", "智慧随访设备"} & {*county.features}

    def test_features_are_yes_or_no_by_kind(self, county):
        features, kinds = county.features, county.facilities["kind"]
        assert features.index.equals(county.facilities.index)
        assert {*features.to_numpy(dtype=object)[features.notna().to_numpy()]} == {"是", "否"}
        told = kinds[features["房屋产权公有"].notna()]
        assert set(told) == {*CLINICS}
        hospitals = features[kinds == "county_hospital"]
        assert (hospitals["综合性医院"] == "是").sum() == 1

    def test_further_kinds_come_after_all_others(self, county):
        table = county.facilities
        services = ("elderly_services", "health_services", "education", "culture", "parks",
                    "toilets")  # fmt: skip
        later = table["kind"].isin([kind for one in services for kind in FACILITY_FILES[one]])
        assert later.to_numpy().tolist() == [False] * (~later).sum() + [True] * later.sum()
        assert (~later).sum() == 582
        assert later.sum() < 130

    def test_each_stands_beside_a_street(self, county):
        tree = shapely.STRtree([one.shape for one in county.streets])
        points = county.facilities.geometry.to_numpy()
        distance = tree.query_nearest(points, return_distance=True, all_matches=False)[1]
        assert distance.max() < 20.0

    def test_everything_lies_in_the_county(self, county):
        whole = shapely.union_all(county.townships.geometry.to_numpy())
        assert shapely.contains(whole, county.facilities.geometry.to_numpy()).all()


class TestPlanAreas:
    def test_they_are_whole_and_lie_in_the_county(self, county):
        areas = county.plan_areas
        assert areas["area_kind"].value_counts().to_dict() == {
            "永久基本农田": 60, "集中建设区": 55, "生态保护红线": 3,
        }  # fmt: skip
        assert areas["area_name"].is_unique
        shapes = areas.geometry.to_numpy()
        assert (shapely.is_valid(shapes) & (shapely.get_type_id(shapes) == 3)).all()
        assert (shapely.get_num_interior_rings(shapes) == 0).all()
        whole = shapely.union_all(county.townships.geometry.to_numpy()).buffer(1.0)
        assert shapely.contains(whole, shapes).all()

    def test_fields_keep_clear_of_houses_and_of_one_another(self, county):
        areas = county.plan_areas
        fields = areas.geometry[areas["area_kind"] == "永久基本农田"].to_numpy()
        tree = shapely.STRtree(county.villages.geometry.to_numpy())
        away = tree.query_nearest(fields, return_distance=True, all_matches=False)[1]
        assert away.min() > 290
        first, second = shapely.STRtree(fields).query(fields, predicate="intersects")
        assert (first == second).all()

    def test_red_lines_hold_some_villages(self, county):
        areas = county.plan_areas
        red = shapely.union_all(areas.geometry[areas["area_kind"] == "生态保护红线"].to_numpy())
        held = shapely.intersects(red, county.villages.geometry.to_numpy()).sum()
        assert 3 <= held <= 20


class TestStreets:
    def test_exactly_two_bridges_cross_the_river(self, county):
        crossing = [one for one in county.streets if one.shape.intersects(county.river)]
        assert [one.is_bridge for one in crossing] == [True, True]
        assert sum(one.is_bridge for one in county.streets) == 2
        assert all(one.tags["layer"] == "1" for one in crossing)
        apart = crossing[0].shape.distance(crossing[1].shape)
        assert apart > 3000

    def test_the_network_hangs_together(self, county):
        corners, position = np.unique(
            np.vstack([one.line for one in county.streets]), axis=0, return_inverse=True
        )
        starts = np.cumsum([0, *(len(one.line) for one in county.streets)])
        pairs = np.vstack(
            [
                np.column_stack([position[a : b - 1], position[a + 1 : b]])
                for a, b in itertools.pairwise(starts)
            ]
        )
        graph = coo_array(
            (np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(corners),) * 2
        )
        assert connected_components(graph.tocsr(), directed=False)[0] == 1

    def test_streets_that_meet_share_a_vertex(self, county):
        level = [one for one in county.streets if not one.is_bridge]
        shapes = [one.shape for one in level]
        first, second = shapely.STRtree(shapes).query(shapes, predicate="crosses")
        for a, b in zip(first.tolist(), second.tolist(), strict=True):
            shared = shapely.MultiPoint(
                [
                    corner
                    for corner in map(tuple, level[a].line)
                    if corner in set(map(tuple, level[b].line))
                ]
            )
            where = shapes[a].intersection(shapes[b])
            assert shapely.hausdorff_distance(where, shared) < 0.5 or where.within(
                shared.buffer(0.5)
            )

    def test_the_hierarchy_is_there(self, county):
        km = {}
        for one in county.streets:
            km[one.highway] = km.get(one.highway, 0.0) + one.shape.length / 1000
        assert set(km) == {
            "trunk", "primary", "secondary", "tertiary", "unclassified", "residential", "track", "living_street",
        }  # fmt: skip
        assert km["trunk"] < km["secondary"] < km["unclassified"]
        assert 1500 < sum(km.values()) < 4500
        assert all("surface" in one.tags for one in county.streets)
        for one in county.streets:
            if one.highway in {"trunk", "primary", "secondary"}:
                assert 30 <= int(one.tags["maxspeed"]) <= 80

    def test_main_roads_have_names_and_lanes_numbers(self, county):
        named = {"trunk", "primary", "secondary"}
        off_ring = [one for one in county.streets if "junction" not in one.tags]
        assert all("name" in one.tags for one in off_ring if one.highway in named)
        numbers = {
            letter: [one.tags["ref"] for one in county.streets if one.highway == highway
                     and "ref" in one.tags]
            for highway, letter in (("tertiary", "Y"), ("unclassified", "C"))
        }  # fmt: skip
        for letter, those in numbers.items():
            assert {text[0] for text in those} == {letter}
            assert len(set(those)) == int(max(those)[1:])  # counted without a gap
            assert len(set(those)) < len(those)  # a road goes on over several lanes
        assert all("ref" not in one.tags for one in county.streets if one.highway == "track")

    def test_country_roads_are_curved(self, county):
        roads = [
            one for one in county.streets if one.highway in {"primary", "secondary", "unclassified"}
        ]
        long = [one for one in roads if one.shape.length > 3000]
        chords = [shapely.LineString([one.line[0], one.line[-1]]) for one in long]
        off = [one.shape.hausdorff_distance(chord) for one, chord in zip(long, chords, strict=True)]
        assert len(off) >= 15
        assert min(off) > 10.0
        assert np.median(off) > 80.0

    def test_one_way_streets_roundabouts_and_signals(self, county):
        one_way = {one.tags.get("oneway") for one in county.streets}
        assert {"yes", "-1"} <= one_way
        circles = [one for one in county.streets if one.tags.get("junction") == "roundabout"]
        assert len(circles) == 2
        for circle in circles:
            assert shapely.is_ccw(circle.shape)
            assert tuple(circle.line[0]) == tuple(circle.line[-1])
        corners = {tuple(corner) for one in county.streets for corner in one.line}
        assert len(county.signals) >= 10
        assert {tuple(place) for place in county.signals} <= corners

    def test_the_avenue_has_two_carriageways_on_the_right(self, county):
        carriageways = [
            one for one in county.streets
            if one.tags.get("oneway") == "yes" and one.highway == "secondary" and "junction" not in one.tags
        ]  # fmt: skip
        headed_east = [one for one in carriageways if one.line[-1][0] > one.line[0][0]]
        headed_west = [one for one in carriageways if one.line[-1][0] < one.line[0][0]]
        assert len(headed_east) == len(headed_west) == 1
        middle = 0.5
        assert (
            headed_east[0].shape.interpolate(middle, normalized=True).y
            < headed_west[0].shape.interpolate(middle, normalized=True).y
        )


class TestSeed:
    def test_the_same_seed_gives_the_same_county(self, county):
        again = generate_county(seed=DEMO_SEED)
        assert villages_text(again) == villages_text(county)
        assert all(
            np.array_equal(a.line, b.line) and a.tags == b.tags
            for a, b in zip(again.streets, county.streets, strict=True)
        )

    @pytest.mark.parametrize("seed", [1, 7])
    def test_another_seed_gives_another_sound_county(self, county, seed):
        other = generate_county(seed=seed)
        assert villages_text(other) != villages_text(county)
        assert len(other.villages) == 450
        assert other.villages["zone_id"].notna().all()
        assert sum(one.shape.intersects(other.river) for one in other.streets) == 2
        assert shapely.coverage_is_valid(other.townships.geometry.to_numpy())

    def test_too_many_villages_are_refused(self):
        with pytest.raises(
            ValueError, match=r"^Only \d+ of 4966 places fit on the land; ask for fewer\.$"
        ):
            generate_county(seed=1, villages=5000)


class TestFiles:
    def test_every_file_is_written_twice_alike(self, written, tmp_path):
        folder, files = written
        assert sorted(path.relative_to(folder).as_posix() for path in files) == sorted(
            [
                ROADS_FILE,
                TOWNSHIPS_FILE,
                VILLAGES_FILE,
                *PLAN_AREA_FILES.values(),
                *(facility_file(group) for group in FACILITY_FILES),
            ]
        )
        write_demo_county(tmp_path)
        for path in files:
            assert (tmp_path / path.relative_to(folder)).read_bytes() == path.read_bytes()

    def test_the_shipped_tables_are_those_of_the_generator(self, written):
        folder, files = written
        for path in files:
            shipped = DATA_FOLDER / path.relative_to(folder)
            if path.suffix == ".csv":
                # Text exactly, degrees to the last digit but one: other processors round otherwise.
                degrees = ["经度", "纬度"]
                ours, theirs = (
                    pd.read_csv(p, dtype=str, keep_default_na=False) for p in (path, shipped)
                )
                pd.testing.assert_frame_equal(
                    ours.drop(columns=degrees), theirs.drop(columns=degrees)
                )
                gap = (ours[degrees].astype(float) - theirs[degrees].astype(float)).abs()
                assert gap.max(axis=None) < 2e-6

    def test_the_shipped_townships_are_those_of_the_generator(self, written):
        import geopandas as gpd

        ours, theirs = (gpd.read_file(base / TOWNSHIPS_FILE) for base in (written[0], DATA_FOLDER))
        pd.testing.assert_frame_equal(
            pd.DataFrame(ours.drop(columns="geometry")),
            pd.DataFrame(theirs.drop(columns="geometry")),
        )
        assert shapely.equals_exact(ours.geometry, theirs.geometry, tolerance=2e-6).all()
        assert shapely.coverage_is_valid(theirs.geometry.to_numpy())

    @pytest.mark.parametrize("file", PLAN_AREA_FILES.values())
    def test_the_shipped_plan_areas_are_those_of_the_generator(self, written, file):
        import geopandas as gpd

        ours, theirs = (gpd.read_file(base / file) for base in (written[0], DATA_FOLDER))
        assert ours["名称"].tolist() == theirs["名称"].tolist()
        assert set(theirs["数据性质"]) == {"合成数据"}
        assert shapely.equals_exact(ours.geometry, theirs.geometry, tolerance=2e-6).all()

    def test_the_shipped_roads_are_those_of_the_generator(self, written):
        ours, theirs = (_osm_objects(base / ROADS_FILE) for base in (written[0], DATA_FOLDER))
        assert ours["ways"] == theirs["ways"]
        assert ours["tags"] == theirs["tags"]
        assert np.abs(np.array(ours["nodes"]) - np.array(theirs["nodes"])).max() < 2e-6

    def test_every_way_says_that_it_is_made_up(self):
        found = _osm_objects(DATA_FOLDER / ROADS_FILE)
        assert all(("source", "合成数据") in tags for _, tags in found["ways"])
        rivers = [tags for _, tags in found["ways"] if ("waterway", "river") in tags]
        assert len(rivers) == 1

    def test_the_extract_reads_back_as_one_network(self, county, written):
        roads = read_roads_pbf(written[0] / ROADS_FILE, crs=COUNTY_CRS)
        pairs = coo_array(
            (np.ones(roads.edge_count), (roads.from_node, roads.to_node)),
            shape=(roads.node_count,) * 2,
        )
        assert connected_components(pairs.tocsr(), directed=False)[0] == 1
        assert roads.is_bridge.sum() == 2
        drawn = sum(one.shape.length for one in county.streets)
        # The plane of a 3-degree zone is up to 2e-4 off the ellipsoid here.
        assert roads.length_m.sum() == pytest.approx(drawn, rel=5e-4)

    def test_a_failed_write_leaves_the_old_file(self, tmp_path):
        target = tmp_path / VILLAGES_FILE
        target.parent.mkdir(parents=True)
        target.write_text("old", encoding="utf-8")

        def broken(path):
            path.write_text("half", encoding="utf-8")
            raise OSError(28, "No space left on device")

        from layers.samples.files import _replace

        with pytest.raises(OSError, match="No space left"):
            _replace(target, broken)
        assert target.read_text(encoding="utf-8") == "old"
        assert list(target.parent.iterdir()) == [target]

    def test_the_label_says_what_it_is(self):
        assert LABEL.startswith("合成数据")
        assert set(samples.__all__) >= {"generate_county", "generate_roads", "write_demo_county"}


class TestNames:
    def test_names_never_repeat(self):
        names = Names(np.random.default_rng(1))
        drawn = [names.village(hilly=bool(k % 2)) for k in range(2000)]
        drawn += [names.community() for _ in range(60)] + [names.street() for _ in range(60)]
        assert len(set(drawn)) == len(drawn)

    def test_names_follow_the_seed(self):
        first, second = (Names(np.random.default_rng(3)) for _ in range(2))
        assert [first.town(ending="镇") for _ in range(20)] == [
            second.town(ending="镇") for _ in range(20)
        ]


class TestJoining:
    """
    Streets by hand, metres:

            (0, 50)
               |
    (-50, 0)---+---(50, 0)
               |
            (0, -50)
    """

    def cross(self, **tags):
        return [
            street(np.array([[-50.0, 0.0], [50.0, 0.0]]), "secondary"),
            street(np.array([[0.0, -50.0], [0.0, 50.0]]), "secondary", **tags),
        ]

    def test_a_crossing_gets_a_common_vertex(self):
        row, column = join_crossings(self.cross())
        assert row.line.tolist() == [[-50, 0], [0, 0], [50, 0]]
        assert column.line.tolist() == [[0, -50], [0, 0], [0, 50]]

    def test_a_bridge_stays_above(self):
        row, column = join_crossings(self.cross(bridge="yes"))
        assert len(row.line) == len(column.line) == 2

    def test_a_near_vertex_is_taken(self):
        end = street(np.array([[10.0, 60.0], [10.0, -1.0]]), "residential")
        row = street(np.array([[-50.0, 0.0], [50.0, 0.0]]), "residential")
        joined = join_crossings([end, row])
        assert joined[0].line.tolist() == [[10, 60], [10, -1]]
        assert joined[1].line.tolist() == [[-50, 0], [10, -1], [50, 0]]

    def test_arguments_stay_as_they_are(self):
        given_streets = self.cross()
        join_crossings(given_streets)
        assert [len(one.line) for one in given_streets] == [2, 2]

    def test_crossings_have_three_arms_or_more(self):
        joined = join_crossings(
            [*self.cross(), street(np.array([[50.0, 0.0], [90.0, 0.0]]), "track")]
        )
        assert crossings_of(joined, frozenset({"secondary"})).tolist() == [[0.0, 0.0]]

    def test_clip_cuts_out_an_area(self):
        pieces = clip(self.cross()[:1], shapely.box(-10, -10, 10, 10))
        assert [one.line.tolist() for one in pieces] == [[[-50, 0], [-10, 0]], [[10, 0], [50, 0]]]

    def test_a_roundabout_ties_every_arm(self):
        streets = add_roundabout(
            join_crossings(self.cross()),
            centre=(0.0, 0.0),
            radius_m=20.0,
            tags={"highway": "secondary"},
        )
        *arms, ring = streets
        assert len(arms) == 4
        assert ring.tags == {"highway": "secondary", "junction": "roundabout", "oneway": "yes"}
        assert shapely.is_ccw(ring.shape)
        corners = set(map(tuple, ring.line))
        assert all(tuple(arm.line[0]) in corners or tuple(arm.line[-1]) in corners for arm in arms)


class TestGrid:
    @pytest.mark.parametrize("nodes", [4, 5, 99, 1000, 12_345])
    def test_exactly_as_many_nodes_as_asked(self, nodes):
        roads = generate_roads(nodes=nodes, seed=1)
        assert roads.node_count == nodes
        assert len(np.unique(roads.node_id)) == nodes
        assert max(roads.from_node.max(), roads.to_node.max()) < nodes
        assert len(roads.vertex_start) == roads.edge_count + 1
        assert roads.vertex_start[-1] == len(roads.vertex_x) == len(roads.vertex_y)

    def test_edges_run_from_node_to_node_and_are_as_long_as_they_look(self):
        roads = generate_roads(nodes=400, seed=2)
        for edge in range(roads.edge_count):
            span = slice(roads.vertex_start[edge], roads.vertex_start[edge + 1])
            line = np.column_stack([roads.vertex_x[span], roads.vertex_y[span]])
            start, end = roads.from_node[edge], roads.to_node[edge]
            assert tuple(line[0]) == (roads.node_x[start], roads.node_y[start])
            assert tuple(line[-1]) == (roads.node_x[end], roads.node_y[end])
            assert roads.length_m[edge] == pytest.approx(shapely.LineString(line).length)

    def test_hierarchy_one_way_streets_and_signals(self):
        roads = generate_roads(nodes=40_000, seed=3)
        count = np.bincount(roads.road_class, minlength=len(roads.road_classes))
        by_class = dict(zip(roads.road_classes, count.tolist(), strict=True))
        assert (
            by_class["residential"]
            > by_class["tertiary"]
            > by_class["secondary"]
            > by_class["trunk"]
            > 0
        )
        assert set(np.unique(roads.access["motor"])) == {ALONG, BOTH}
        assert (roads.access["foot"] == BOTH).all()
        assert 0.03 < (roads.access["motor"] == ALONG).mean() < 0.09
        assert roads.node_signals.any()

    def test_each_main_street_has_a_name_and_goes_straight(self):
        roads = generate_roads(nodes=2_500, seed=3)
        lane = roads.road_class == roads.road_classes.index("residential")
        assert ((roads.name_code < 0) == lane).all()
        assert len(roads.names) == 2 * 13  # every fourth of 50 lines, both ways
        for code in range(len(roads.names)):
            ends = roads.from_node[roads.name_code == code]
            across = roads.node_y if roads.names[code].startswith("东西") else roads.node_x
            assert np.ptp(across[ends]) < 100

    def test_nearly_all_of_it_hangs_together(self):
        roads = generate_roads(nodes=40_000, seed=4)
        graph = coo_array(
            (np.ones(roads.edge_count), (roads.from_node, roads.to_node)),
            shape=(roads.node_count,) * 2,
        )
        _, part = connected_components(graph.tocsr(), directed=False)
        assert np.bincount(part).max() > 0.98 * roads.node_count

    def test_the_seed_decides(self):
        first, again, other = (generate_roads(nodes=500, seed=seed) for seed in (5, 5, 6))
        assert np.array_equal(first.vertex_x, again.vertex_x)
        assert np.array_equal(first.from_node, again.from_node)
        assert not np.array_equal(first.node_x, other.node_x)

    def test_the_crs_is_kept(self):
        roads = generate_roads(nodes=100, seed=1, crs="EPSG:4549")
        assert roads.crs == "EPSG:4549"
        assert 400_000 < roads.node_x.mean() < 600_000
        assert 39_400_000 < generate_roads(nodes=100, seed=1).node_x.mean() < 39_600_000

    def test_too_small_a_network_is_refused(self):
        with pytest.raises(ValueError, match=r"^A network needs at least 4 nodes, not 3\.$"):
            generate_roads(nodes=3, seed=1)

    def test_points_lie_beside_the_roads(self):
        roads = generate_roads(nodes=900, seed=7)
        points = generate_points(roads, count=300, seed=8)
        assert len(points) == 300
        assert points.index.is_unique
        assert points.index.name == "point_id"
        assert points.crs == roads.crs
        lines = shapely.linestrings(
            np.column_stack([roads.vertex_x, roads.vertex_y]),
            indices=np.repeat(np.arange(roads.edge_count), np.diff(roads.vertex_start)),
        )
        distance = shapely.STRtree(lines).query_nearest(
            points.geometry.to_numpy(), return_distance=True, all_matches=False
        )[1]
        assert distance.max() <= OFF_ROAD_M + 1e-6
        assert distance.max() > 20.0
        assert (points["population"] > 0).all()
        again = generate_points(roads, count=300, seed=8)
        assert again.geometry.equals(points.geometry)


def _osm_objects(path):
    found = {"nodes": [], "tags": [], "ways": []}
    for item in osmium.FileProcessor(str(path)):
        tags = tuple((tag.k, tag.v) for tag in item.tags)
        if item.is_node():
            found["nodes"].append((item.lon, item.lat))
            found["tags"].append(tags)
        elif item.is_way():
            found["ways"].append((tuple(node.ref for node in item.nodes), tags))
    return found

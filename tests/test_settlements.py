"""Settlements inferred from streets: toy villages worked out by hand, and Ningjin."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, Point, box

from coverage.contracts import DEMAND, problems
from coverage.errors import CrsError, DemandError
from coverage.roads import USERS, Roads
from layers.settlements import MAX_EXTENT_M, infer_settlements

CRS = "EPSG:4526"
ORIGIN = (38_500_000.0, 4_160_000.0)
"""Metres in `CRS`, on its central meridian at 37.6 degrees north."""


def roads_of(lines: list[tuple[str, list[tuple[float, float]]]]) -> Roads:
    """Streets by class and line, metres from `ORIGIN`; every line has its own two nodes."""
    classes = sorted({name for name, _ in lines})
    coords = [np.array(line, dtype=float) + ORIGIN for _, line in lines]
    count = len(lines)
    ends = np.vstack([line[[0, -1]] for line in coords])
    vertices = np.vstack(coords)
    return Roads(
        crs=CRS,
        node_id=np.arange(2 * count),
        node_x=ends[:, 0],
        node_y=ends[:, 1],
        node_signals=np.zeros(2 * count, dtype=bool),
        from_node=np.arange(0, 2 * count, 2),
        to_node=np.arange(1, 2 * count, 2),
        length_m=np.array([LineString(line).length for line in coords]),
        road_class=np.array([classes.index(name) for name, _ in lines]),
        road_classes=tuple(classes),
        max_speed_kph=np.full(count, np.nan),
        surface=np.zeros(count, dtype=np.int64),
        surfaces=("",),
        access={user: np.full(count, 3, dtype=np.uint8) for user in USERS},
        is_bridge=np.zeros(count, dtype=bool),
        is_tunnel=np.zeros(count, dtype=bool),
        vertex_x=vertices[:, 0],
        vertex_y=vertices[:, 1],
        vertex_start=np.concatenate([[0], np.cumsum([len(line) for line in coords])]),
    )


def zones_of(**areas: tuple[float, float, float, float]) -> gpd.GeoDataFrame:
    """Rectangular zones by id, metres from `ORIGIN`."""
    x, y = ORIGIN
    return gpd.GeoDataFrame(
        {"zone_name": list(areas), "zone_level": "township"},
        index=pd.Index(list(areas), name="zone_id"),
        geometry=[box(a + x, b + y, c + x, d + y) for a, b, c, d in areas.values()],
        crs=CRS,
    )


def village(
    x: float, y: float, *, size: float = 400, name: str = "unclassified"
) -> list[tuple[str, list[tuple[float, float]]]]:
    """A square of streets every 100 m in both directions, its corner at x, y."""
    steps = np.arange(0, size + 1, 100)
    across = [(name, [(x, y + step), (x + size, y + step)]) for step in steps]
    along = [(name, [(x + step, y), (x + step, y + size)]) for step in steps]
    return across + along


WIDE = {"a": (-5000.0, -5000.0, 5000.0, 5000.0)}


def test_a_village_grid_is_one_settlement_and_the_lanes_to_it_are_none():
    """
    Two lanes cross 2 km from a village:   --+------------[village]
    """
    lanes = [
        ("unclassified", [(-3000, 220), (0, 220)]),
        ("unclassified", [(-2000, -1500), (-2000, 1500)]),
    ]
    found = infer_settlements(roads_of([*village(0, 0), *lanes]), zones=zones_of(**WIDE))
    assert len(found) == 1
    point = found.geometry.iloc[0]
    assert point.distance(Point(ORIGIN[0] + 200, ORIGIN[1] + 200)) < 60
    assert found["demand_name"].tolist() == ["推断聚落 0001"]
    assert found["origin"].tolist() == ["inferred"]
    assert found["zone_id"].tolist() == ["a"]
    assert found["population"].isna().all()
    # 10 streets of 400 m; of the lane only the part beside the village is counted with it
    assert found["street_length_m"].iloc[0] == pytest.approx(4000, abs=200)
    assert not problems(found, DEMAND)


def test_the_point_lies_on_a_street():
    roads = roads_of(village(0, 0))
    found = infer_settlements(roads, zones=zones_of(**WIDE))
    lines = [
        LineString(np.column_stack([roads.vertex_x[a:b], roads.vertex_y[a:b]]))
        for a, b in zip(roads.vertex_start[:-1], roads.vertex_start[1:], strict=True)
    ]
    assert min(line.distance(found.geometry.iloc[0]) for line in lines) < 0.01


def test_one_residential_street_of_300_metres_is_a_settlement_a_shorter_one_is_none():
    roads = roads_of([("residential", [(0, 0), (310, 0)]), ("residential", [(2000, 0), (2280, 0)])])
    found = infer_settlements(roads, zones=zones_of(**WIDE))
    assert len(found) == 1
    assert found["street_length_m"].tolist() == [pytest.approx(310)]
    assert found.geometry.iloc[0].x - ORIGIN[0] == pytest.approx(155, abs=20)


def test_service_roads_and_main_roads_make_no_settlement():
    lines = [*village(0, 0, name="service"), *village(2000, 0, name="tertiary")]
    lines += village(0, 2000, name="living_street")
    found = infer_settlements(roads_of(lines), zones=zones_of(**WIDE))
    assert len(found) == 1
    assert found.geometry.iloc[0].y > ORIGIN[1] + 1900


def test_villages_at_some_distance_stay_apart():
    roads = roads_of([*village(0, 0), *village(700, 0)])
    assert len(infer_settlements(roads, zones=zones_of(**WIDE))) == 2


def test_a_town_is_several_points_none_of_them_wide():
    """A town of 3 km by 1 km is halved into 1.5 km, then into four parts of 750 m."""
    lines = [("residential", [(0, y), (3000, y)]) for y in range(0, 1001, 100)]
    found = infer_settlements(roads_of(lines), zones=zones_of(**WIDE))
    assert len(found) == 4
    assert sorted(found.geometry.x - ORIGIN[0]) == pytest.approx([375, 1125, 1875, 2625], abs=40)
    assert found["street_length_m"].sum() == pytest.approx(33_000, abs=0.1)
    assert found["street_length_m"].max() < 1.05 * found["street_length_m"].min()
    assert MAX_EXTENT_M == 1200


def test_settlements_outside_the_zones_are_left_out():
    roads = roads_of([*village(0, 0), *village(8000, 0)])
    found = infer_settlements(roads, zones=zones_of(**WIDE))
    assert len(found) == 1
    assert found.geometry.iloc[0].x < ORIGIN[0] + 1000


def test_population_is_spread_by_street_length_and_the_sum_of_each_zone_stays():
    """Zone a: 4,000 m and 1,000 m of street, so 1,001 people are 801 and 200."""
    roads = roads_of(
        [
            *village(0, 0, name="residential"),
            ("residential", [(2000, 0), (3000, 0)]),
            *village(-3000, 0),
        ]
    )
    zones = zones_of(a=(-500.0, -500.0, 4000.0, 4000.0), b=(-4000.0, -500.0, -600.0, 4000.0))
    found = infer_settlements(
        roads, zones=zones, zone_population=pd.Series({"a": 1001, "b": np.nan})
    )
    by_zone = found.groupby("zone_id")["population"]
    assert by_zone.sum(min_count=1)["a"] == 1001
    assert sorted(found.loc[found["zone_id"] == "a", "population"]) == [200, 801]
    assert found.loc[found["zone_id"] == "b", "population"].isna().all()


@given(
    total=st.integers(0, 2_000_000),
    sizes=st.lists(st.integers(1, 6), min_size=1, max_size=4),
)
def test_whatever_the_population_not_one_person_is_lost(total, sizes):
    lines = [
        line
        for place, size in enumerate(sizes)
        for line in village(place * 2000, 0, size=100.0 * size, name="residential")
    ]
    zones = zones_of(a=(-500.0, -500.0, 9000.0, 4000.0))
    found = infer_settlements(roads_of(lines), zones=zones, zone_population=pd.Series({"a": total}))
    assert found["population"].sum() == total
    assert (found["population"] >= 0).all()
    assert (found["population"] % 1 == 0).all()


@given(order=st.permutations(range(30)), turned=st.lists(st.booleans(), min_size=30, max_size=30))
def test_the_order_and_direction_of_streets_change_nothing(order, turned):
    lines = [*village(0, 0), *village(700, 0, name="residential"), *village(2000, 1000)]
    assert len(lines) == 30
    zones = zones_of(**WIDE)
    people = pd.Series({"a": 5000})
    expected = infer_settlements(roads_of(lines), zones=zones, zone_population=people)
    mixed = [(lines[k][0], lines[k][1][:: -1 if turned[k] else 1]) for k in order]
    found = infer_settlements(roads_of(mixed), zones=zones, zone_population=people)
    pd.testing.assert_frame_equal(found.drop(columns="geometry"), expected.drop(columns="geometry"))


def test_ids_come_from_longitude_and_latitude_and_do_not_change_when_villages_are_added():
    one = infer_settlements(roads_of(village(0, 0)), zones=zones_of(**WIDE))
    both = infer_settlements(roads_of([*village(0, 3000), *village(0, 0)]), zones=zones_of(**WIDE))
    assert one.index.name == "demand_id"
    assert one.index[0] in both.index
    assert both["demand_name"].tolist() == ["推断聚落 0001", "推断聚落 0002"]
    point = one.geometry.to_crs("EPSG:4326").iloc[0]
    assert one.index[0] == f"inferred-{point.x:.5f}-{point.y:.5f}"


def test_where_zones_overlap_a_settlement_belongs_to_one_of_them():
    zones = zones_of(b=(-1000.0, -1000.0, 1000.0, 1000.0), a=(-900.0, -900.0, 1000.0, 1000.0))
    found = infer_settlements(roads_of(village(0, 0)), zones=zones)
    assert found["zone_id"].tolist() == ["a"]


def test_zones_in_another_crs_are_brought_to_the_roads():
    zones = zones_of(**WIDE).to_crs("EPSG:4326")
    found = infer_settlements(roads_of(village(0, 0)), zones=zones)
    assert found.crs == CRS
    assert len(found) == 1


def test_nothing_given_is_changed():
    zones, people = zones_of(**WIDE), pd.Series({"a": 10})
    before = zones.copy()
    infer_settlements(roads_of(village(0, 0)), zones=zones, zone_population=people)
    pd.testing.assert_frame_equal(pd.DataFrame(zones), pd.DataFrame(before))
    assert people.to_dict() == {"a": 10}


def test_no_local_streets_is_a_sentence():
    roads = roads_of([("primary", [(0, 0), (1000, 0)]), ("", [(0, 10), (1000, 10)])])
    with pytest.raises(DemandError) as caught:
        infer_settlements(roads, zones=zones_of(**WIDE))
    assert str(caught.value) == (
        "路网里没有居住区道路（residential、living_street、unclassified），无法推断聚落。"
        "请提供村、社区名录，或换用含道路等级的路网。"
    )


@pytest.mark.parametrize("lines", [[("unclassified", [(0, 0), (2000, 0)])], village(20_000, 0)])
def test_streets_without_a_settlement_inside_is_a_sentence(lines):
    with pytest.raises(DemandError) as caught:
        infer_settlements(roads_of(lines), zones=zones_of(**WIDE))
    length = "2.0" if len(lines) == 1 else "4.0"
    assert str(caught.value) == (
        f"路网里有 {length} 公里居住区道路，但在研究区内没有一处连成聚落（300 米以上）。"
        "请检查路网是否覆盖研究区，或提供村、社区名录。"
    )


def test_zones_without_crs_is_a_sentence():
    zones = zones_of(**WIDE).set_crs(None, allow_override=True)
    with pytest.raises(CrsError) as caught:
        infer_settlements(roads_of(village(0, 0)), zones=zones)
    assert str(caught.value) == (
        "行政单元图层没有坐标系，无法与路网对应。请先注明坐标系再推断聚落。"
    )


@pytest.mark.parametrize(
    ("people", "message"),
    [
        (
            pd.Series({"a": -1.0}),
            "1 个行政单元的人口为负或不是有限的数，第一个是「a」。请改正后重试。",
        ),
        (
            pd.Series({"a": float("inf")}),
            "1 个行政单元的人口为负或不是有限的数，第一个是「a」。请改正后重试。",
        ),
        (pd.Series({"c": 5}), "1 个行政单元不在行政单元图层里，第一个是「c」。请改正后重试。"),
        (
            pd.Series([5, 6], index=["a", "a"]),
            "1 个行政单元在人口表里重复出现，第一个是「a」。请改正后重试。",
        ),
        (
            pd.Series({"a": 5, "b": 6}),
            "1 个行政单元有人口，但没有推断出任何聚落，人口无处可放，第一个是「b」。请为它提供村、社区名录，或把它的人口留空。",
        ),
    ],
)
def test_a_wrong_population_is_a_sentence(people, message):
    zones = zones_of(a=(-1000.0, -1000.0, 1000.0, 1000.0), b=(2000.0, 0.0, 3000.0, 1000.0))
    with pytest.raises(DemandError) as caught:
        infer_settlements(roads_of(village(0, 0)), zones=zones, zone_population=people)
    assert str(caught.value) == message


def test_ningjin_has_settlements_where_its_streets_are_dense(shared_data):
    """OpenStreetMap shows streets for about half of the county's some 350 villages."""
    from layers.road_files.roads_pbf import read_roads_pbf

    roads = read_roads_pbf(shared_data / "roads/ningjin.osm.pbf", crs=CRS)
    county = gpd.read_file(shared_data / "boundaries/ningjin_county.geojson").to_crs(CRS)
    zones = county.set_index(county["district_adcode"].astype(str).rename("zone_id"))
    found = infer_settlements(roads, zones=zones, zone_population=pd.Series({"130528": 750_000}))
    assert 150 <= len(found) <= 200
    assert found["population"].sum() == 750_000
    assert found.within(zones.union_all()).all()
    # the county seat (114.92 E, 37.62 N) is several points, not one
    seat = gpd.GeoSeries([Point(114.92, 37.62)], crs="EPSG:4326").to_crs(CRS).iloc[0]
    assert (found.distance(seat) < 4000).sum() >= 10

"""Demand from an extract: whose number counts, how it is spread, and that nobody is invented."""

from __future__ import annotations

import math

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from coverage.contracts import DEMAND, problems
from coverage.errors import DemandError
from layers.osm.osm_demand import (
    demand_from_features,
    demand_from_osm,
    place_populations,
    spread_by_area,
    zone_populations,
)
from layers.osm.osm_features import OsmFeatures, read_osm_boundaries

CRS = "EPSG:4547"
NAN = float("nan")


def make_zones(*names, population=None):
    """Squares of 1 km in a row from west to east."""
    zones = gpd.GeoDataFrame(
        {"zone_name": names, "zone_level": "township"},
        index=pd.Index([f"z{number}" for number in range(len(names))], name="zone_id"),
        geometry=[shapely.box(x * 1000, 0, x * 1000 + 1000, 1000) for x in range(len(names))],
        crs=CRS,
    )
    return zones if population is None else zones.assign(population=population)


def make_places(*rows):
    """Rows of name, kind of place, population, x in metres."""
    names, kinds, persons, xs = zip(*rows, strict=True) if rows else ((), (), (), ())
    return gpd.GeoDataFrame(
        {
            "demand_name": np.array(names, dtype=object),
            "population": np.array(persons, dtype=float),
            "origin": "osm",
            "place": np.array(kinds, dtype=object),
        },
        index=pd.Index([f"osm:node/{n}" for n in range(len(rows))], name="demand_id", dtype=object),
        geometry=gpd.points_from_xy(xs, [500.0] * len(rows)),
        crs=CRS,
    )


def make_features(*homes, places=()):
    """Homes are rows of ground in m2, x in metres and whether people live there."""
    ground, xs, lived_in = zip(*homes, strict=True) if homes else ((), (), ())
    buildings = gpd.GeoDataFrame(
        {
            "building": np.array(["yes"] * len(homes), dtype=object),
            "area_m2": np.array(ground, dtype=float),
            "residential": np.array(lived_in, dtype=bool),
        },
        index=pd.Index(
            [f"osm:way/{n}" for n in range(len(homes))], name="building_id", dtype=object
        ),
        geometry=gpd.points_from_xy(xs, [500.0] * len(homes)),
        crs=CRS,
    )
    nothing = gpd.GeoDataFrame(geometry=[], crs=CRS)
    return OsmFeatures(nothing, make_places(*places), buildings, nothing, ())


def codes(notices):
    return [(notice.code, notice.count) for notice in notices]


# whose number counts


def zone_numbers(*rows, name="甲镇", population=None):
    zones = make_zones(name, population=population)
    return zone_populations(zones, make_places(*rows).assign(zone_id="z0")).tolist()


def test_the_boundary_knows_best():
    assert zone_numbers(("甲镇", "town", 900, 0), population=[1000.0]) == [1000.0]


def test_a_boundary_without_a_number_leaves_it_to_the_places():
    assert zone_numbers(("甲镇", "town", 900, 0), population=[NAN]) == [900.0]


def test_parts_are_not_added_to_the_namesake():
    """Eschen (4,284) is the municipality; Nendeln (1,357) is a part of it."""
    rows = (("Eschen", "village", 4284, 0), ("Nendeln", "village", 1357, 9))
    assert zone_numbers(*rows, name="Eschen") == [4284.0]


def test_villages_are_added_up_without_a_namesake():
    rows = (("东村", "village", 300, 0), ("西村", "village", 200, 9), ("南村", "village", NAN, 9))
    assert zone_numbers(*rows) == [500.0]


def test_hamlets_belong_to_the_villages():
    assert zone_numbers(("东村", "village", 300, 0), ("小庄", "hamlet", 40, 9)) == [300.0]


def test_hamlets_count_where_nothing_larger_does():
    rows = (("东村", "village", NAN, 0), ("小庄", "hamlet", 40, 9), ("大庄", "hamlet", 60, 9))
    assert zone_numbers(*rows) == [100.0]


def test_of_two_namesakes_the_larger_kind_counts():
    assert zone_numbers(("甲镇", "village", 300, 0), ("甲镇", "town", 9000, 9)) == [9000.0]


def test_unknown_stays_unknown():
    assert np.isnan(zone_numbers(("东村", "village", NAN, 0))).all()
    assert np.isnan(zone_numbers()).all()


def place_numbers(*rows, name="甲镇"):
    places = make_places(*rows).assign(zone_id="z0")
    return place_populations(make_zones(name), places).tolist()


def test_the_chief_place_keeps_the_rest():
    rows = (("Eschen", "village", 4284, 0), ("Nendeln", "village", 1357, 9))
    assert place_numbers(*rows, name="Eschen") == [2927.0, 1357.0]


def test_parts_larger_than_the_whole_are_not_counted():
    rows = (("甲镇", "town", 500, 0), ("东村", "village", 600, 9))
    found = place_numbers(*rows)
    assert found[0] == 500.0
    assert math.isnan(found[1])


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["甲镇", "东村", "西村", "小庄"]),
            st.sampled_from(["town", "village", "hamlet", "suburb"]),
            st.one_of(st.just(NAN), st.integers(0, 10**6).map(float)),
            st.just(0),
        ),
        max_size=8,
    )
)
def test_places_add_up_to_their_zone_and_nobody_is_invented(rows):
    places = make_places(*rows).assign(zone_id="z0")
    zones = make_zones("甲镇")
    persons = place_populations(zones, places)
    total = zone_populations(zones, places).iloc[0]
    tagged = [number for _, _, number, _ in rows if not math.isnan(number)]
    assert persons.index.equals(places.index)
    assert math.isnan(total) == (not tagged)
    if tagged:
        assert persons.sum() == total
        assert (persons.dropna() >= 0).all()
        assert total <= sum(tagged)
        assert persons[places["population"].isna()].isna().all()


# spreading


def test_by_ground_worked_by_hand():
    assert spread_by_area(100.0, np.array([100.0, 300.0])).tolist() == [25.0, 75.0]


def test_ground_without_size_shares_alike():
    assert spread_by_area(9.0, np.zeros(3)).tolist() == [3.0, 3.0, 3.0]


@given(
    st.integers(0, 10**7),
    st.lists(st.floats(0.01, 1e5, allow_subnormal=False), min_size=1, max_size=60),
)
def test_the_sum_stays(total, ground):
    persons = spread_by_area(float(total), np.array(ground))
    assert (persons >= 0).all()
    assert abs(math.fsum(persons) - total) <= math.ulp(float(total))
    assert persons == pytest.approx(total * np.array(ground) / math.fsum(ground))


# demand


def test_homes_share_the_population_of_their_zone():
    features = make_features(
        (100, 100, True), (300, 200, True), (5000, 300, False), (50, 1500, True), (50, 9000, True),
        places=[("甲镇", "town", 400, 500), ("乙镇", "town", 60, 1500)],
    )  # fmt: skip
    demand, notices = demand_from_features(features, zones=make_zones("甲镇", "乙镇"))
    assert demand["population"].to_dict() == {
        "osm:way/0": 100.0,
        "osm:way/1": 300.0,
        "osm:way/3": 60.0,
    }
    assert demand["zone_id"].tolist() == ["z0", "z0", "z1"]
    assert demand["origin"].tolist() == ["osm"] * 3
    assert demand["demand_name"].isna().all()
    assert problems(demand, DEMAND) == []
    assert [notice.message for notice in notices] == [
        "2 个行政单元的人口（共 460 人，来自开放街图）按居住建筑占地面积分摊到 3 栋居住建筑，属估算；漏绘建筑的地方，人口会算到别处。"
    ]


def test_a_zone_without_a_number_stays_unknown():
    features = make_features((100, 100, True), (100, 1500, True),
                             places=[("甲镇", "town", 400, 500)])  # fmt: skip
    demand, notices = demand_from_features(features, zones=make_zones("甲镇", "乙镇"))
    assert demand["population"].iloc[0] == 400.0
    assert math.isnan(demand["population"].iloc[1])
    assert codes(notices) == [("osm_population_spread", 1), ("osm_population_unknown", 1)]
    assert notices[1].message == (
        "1 个行政单元在开放街图里没有人口数，其中的需求点人口未知：乙镇。请另给人口。"
    )


def test_places_stand_in_where_a_zone_has_no_homes():
    features = make_features(
        (100, 100, True),
        places=[("甲镇", "town", 400, 500), ("东村", "village", 80, 1500),
                ("西村", "village", NAN, 1600)],
    )  # fmt: skip
    demand, notices = demand_from_features(features, zones=make_zones("甲镇", "乙镇"))
    assert demand.index.tolist() == ["osm:way/0", "osm:node/1", "osm:node/2"]
    assert demand["population"].tolist()[:2] == [400.0, 80.0]
    assert math.isnan(demand["population"].iloc[2])
    assert demand["demand_name"].tolist()[1:] == ["东村", "西村"]
    assert demand.crs == CRS
    assert demand.index.name == "demand_id"
    assert problems(demand, DEMAND) == []
    assert codes(notices) == [("osm_population_spread", 1), ("osm_places_as_demand", 2)]
    assert notices[1].message == (
        "1 个行政单元在开放街图里没有居住建筑，改以 2 处地名为需求点，其中 1 处人口未知或已含在上级地名的人口中。"
    )


def test_only_places():
    features = make_features(places=[("甲镇", "town", 400, 500)])
    demand, notices = demand_from_features(features, zones=make_zones("甲镇"))
    assert demand["population"].tolist() == [400.0]
    assert codes(notices) == [("osm_places_as_demand", 1)]


def test_people_with_no_place_to_put_them_are_told():
    features = make_features((100, 100, True))
    zones = make_zones("甲镇", "乙镇", population=[10.0, 2000.0])
    demand, notices = demand_from_features(features, zones=zones)
    assert demand["population"].tolist() == [10.0]
    assert codes(notices) == [("osm_population_spread", 1), ("osm_population_nowhere", 1)]
    assert notices[1].message == (
        "1 个行政单元有人口数，但没有可以放置人口的居住建筑或地名，人口没有计入：乙镇。请提供村、社区名录。"
    )


def test_a_home_on_a_border_counts_once():
    features = make_features((100, 1000, True), places=[("甲镇", "town", 400, 500)])
    demand, _ = demand_from_features(features, zones=make_zones("甲镇", "乙镇"))
    assert demand["zone_id"].tolist() == ["z0"]


def test_nothing_inside_the_zones():
    with pytest.raises(DemandError) as caught:
        demand_from_features(make_features((100, 9000, True)), zones=make_zones("甲镇"))
    assert str(caught.value) == (
        "研究区的 1 个行政单元里，开放街图中的居住建筑和地名一处也没有。请提供村、社区名录，或换用覆盖研究区的开放街图文件。"
    )


def test_inputs_stay_as_they_were():
    features = make_features((100, 100, True), places=[("甲镇", "town", 400, 500)])
    zones = make_zones("甲镇", population=[NAN])
    places, buildings, before = features.places.copy(), features.buildings.copy(), zones.copy()
    demand_from_features(features, zones=zones)
    assert features.places.equals(places)
    assert features.buildings.equals(buildings)
    assert zones.equals(before)


# a real country


def test_liechtenstein_has_36838_people(shared_data):
    path = shared_data / "roads" / "liechtenstein.osm.pbf"
    zones = read_osm_boundaries(path, crs="EPSG:32632", admin_level=8)
    demand, notices = demand_from_osm(path, crs="EPSG:32632", zones=zones)
    by_zone = demand.groupby("zone_id")["population"].agg(math.fsum)
    # The numbers on the place nodes, read by hand from the file.
    assert by_zone.rename(zones["zone_name"]).to_dict() == {
        "Balzers": 4539, "Eschen": 4284, "Gamprin": 1636, "Mauren": 4138, "Planken": 430,
        "Ruggell": 2065, "Schaan": 5933, "Schellenberg": 1037, "Triesen": 4913,
        "Triesenberg": 2634, "Vaduz": 5229,
    }  # fmt: skip
    assert math.fsum(demand["population"]) == 36838
    assert len(demand) == 7833
    assert "osm_population_spread" in [notice.code for notice in notices]

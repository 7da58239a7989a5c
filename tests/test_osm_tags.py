"""What the tags of a way mean, case by case."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage.roads import AGAINST, ALONG, BOTH, USERS
from layers.osm.osm_tags import RELEVANT_KEYS, ROAD_CLASSES, interpret_way, parse_max_speed


def bits(highway: str = "residential", **tags: str) -> tuple[int, int, int]:
    """(foot, bicycle, motor) of a way; "__" in a keyword stands for ":"."""
    record = interpret_way(
        {"highway": highway, **{k.replace("__", ":"): v for k, v in tags.items()}}
    )
    assert record is not None
    return record.foot, record.bicycle, record.motor


@pytest.mark.parametrize(
    ("highway", "expected"),
    [
        ("motorway", (0, 0, ALONG)),
        ("motorway_link", (0, 0, BOTH)),
        ("trunk", (BOTH, BOTH, BOTH)),
        ("primary_link", (BOTH, BOTH, BOTH)),
        ("unclassified", (BOTH, BOTH, BOTH)),
        ("living_street", (BOTH, BOTH, BOTH)),
        ("service", (BOTH, BOTH, BOTH)),
        ("track", (BOTH, BOTH, BOTH)),
        ("path", (BOTH, BOTH, 0)),
        ("cycleway", (BOTH, BOTH, 0)),
        ("footway", (BOTH, 0, 0)),
        ("pedestrian", (BOTH, 0, 0)),
        ("steps", (BOTH, 0, 0)),
        ("bridleway", (BOTH, 0, 0)),
    ],
)
def test_defaults_by_class(highway, expected):
    assert bits(highway) == expected


@pytest.mark.parametrize(
    "highway",
    [
        "construction",
        "proposed",
        "razed",
        "abandoned",
        "raceway",
        "bus_guideway",
        "rest_area",
        "platform",
        "",
        "<b>",
    ],
)
def test_what_is_not_a_road(highway):
    assert interpret_way({"highway": highway}) is None


def test_no_highway_at_all():
    assert interpret_way({"railway": "rail"}) is None
    assert interpret_way({"route": "bus"}) is None


def test_first_of_several_classes_counts():
    assert interpret_way({"highway": "Residential;service"}).road_class == "residential"


def test_ferry_is_open_to_cars_only_where_tagged():
    assert interpret_way({"route": "ferry"}).road_class == "ferry"
    assert interpret_way({"route": "ferry"}).motor == 0
    assert interpret_way({"route": "ferry", "motor_vehicle": "yes"}).motor == BOTH


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("yes", ALONG), ("true", ALONG), ("1", ALONG), (" Yes ", ALONG),
        ("-1", AGAINST), ("reverse", AGAINST),
        ("no", BOTH), ("alternating", BOTH), ("nonsense", BOTH),
        ("reversible", 0),
    ],
)  # fmt: skip
def test_oneway_binds_vehicles_and_nobody_on_foot(value, expected):
    assert bits(oneway=value) == (BOTH, expected, expected)


@pytest.mark.parametrize("junction", ["roundabout", "circular"])
def test_roundabouts_are_one_way(junction):
    assert bits(junction=junction) == (BOTH, ALONG, ALONG)
    assert bits(junction=junction, oneway="no") == (BOTH, BOTH, BOTH)
    assert bits(junction=junction, oneway="-1") == (BOTH, AGAINST, AGAINST)


def test_motorway_tagged_two_way():
    assert bits("motorway", oneway="no") == (0, 0, BOTH)


def test_oneway_per_user():
    assert bits(oneway="yes", oneway__bicycle="no") == (BOTH, BOTH, ALONG)
    assert bits(oneway="yes", oneway__bicycle="-1") == (BOTH, AGAINST, ALONG)
    assert bits(oneway__bicycle="yes") == (BOTH, ALONG, BOTH)
    assert bits(oneway="yes", oneway__motor_vehicle="no") == (BOTH, ALONG, BOTH)
    assert bits("footway", oneway__foot="yes") == (ALONG, 0, 0)
    assert bits("footway", oneway="yes") == (BOTH, 0, 0)


@pytest.mark.parametrize(
    "tags",
    [
        {"cycleway": "opposite"},
        {"cycleway": "opposite_lane"},
        {"cycleway__left": "opposite_track"},
        {"cycleway__left__oneway": "-1"},
        {"cycleway__both__oneway": "no"},
    ],
)
def test_contraflow_lanes(tags):
    assert bits(oneway="yes", **tags) == (BOTH, BOTH, ALONG)


def test_lane_along_a_one_way_street_is_no_contraflow():
    assert bits(oneway="yes", cycleway="lane", cycleway__right__oneway="yes") == (
        BOTH,
        ALONG,
        ALONG,
    )


@pytest.mark.parametrize("value", ["no", "private", "permit", "military", "no;private"])
def test_closing_values(value):
    assert bits(access=value) == (0, 0, 0)


@pytest.mark.parametrize(
    "value", ["yes", "destination", "permissive", "designated", "customers", "unbekannt", ""]
)
def test_opening_and_unknown_values(value):
    assert bits(access=value) == (BOTH, BOTH, BOTH)
    assert bits("footway", access=value) == (BOTH, 0, 0)


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"access": "no", "foot": "yes"}, (BOTH, 0, 0)),
        ({"access": "no", "bicycle": "designated"}, (0, BOTH, 0)),
        ({"access": "no", "motor_vehicle": "destination"}, (0, 0, BOTH)),
        ({"access": "no", "vehicle": "yes"}, (0, BOTH, BOTH)),
        ({"vehicle": "no"}, (BOTH, 0, 0)),
        ({"vehicle": "no", "bicycle": "yes"}, (BOTH, BOTH, 0)),
        ({"motor_vehicle": "no"}, (BOTH, BOTH, 0)),
        ({"motor_vehicle": "no", "motorcar": "yes"}, (BOTH, BOTH, BOTH)),
        ({"motor_vehicle": "agricultural"}, (BOTH, BOTH, 0)),
        ({"motor_vehicle": "agricultural;destination"}, (BOTH, BOTH, BOTH)),
        ({"access": "agricultural"}, (BOTH, 0, 0)),
        ({"access": "unbekannt", "vehicle": "private"}, (BOTH, 0, 0)),
        ({"bicycle": "use_sidepath"}, (BOTH, 0, BOTH)),
        ({"bicycle": "dismount"}, (BOTH, 0, BOTH)),
        ({"foot": "use_sidepath"}, (0, BOTH, BOTH)),
    ],
)
def test_the_most_specific_key_decides(tags, expected):
    assert bits(**tags) == expected


def test_own_key_opens_what_the_class_closes():
    assert bits("footway", bicycle="yes") == (BOTH, BOTH, 0)
    assert bits("motorway", foot="yes") == (BOTH, 0, ALONG)
    assert bits("pedestrian", motor_vehicle="delivery;destination") == (BOTH, 0, BOTH)


def test_motor_roads_are_closed_to_the_unmotorised():
    assert bits("trunk", motorroad="yes") == (0, 0, BOTH)
    assert bits("trunk", motorroad="yes", bicycle="yes") == (0, BOTH, BOTH)
    assert bits("trunk", motorroad="no") == (BOTH, BOTH, BOTH)


def test_squares_are_for_people_on_foot():
    assert bits("pedestrian", area="yes", bicycle="yes") == (BOTH, 0, 0)
    assert bits("service", area="yes") == (BOTH, 0, 0)
    assert interpret_way({"highway": "service", "area": "yes", "foot": "no"}).closed


@pytest.mark.parametrize(
    ("text", "kph"),
    [
        ("50", 50.0), (" 50 ", 50.0), ("50 km/h", 50.0), ("50km/h", 50.0), ("50 kph", 50.0), ("7.5", 7.5),
        ("30 mph", 48.28032), ("30mph", 48.28032), ("10 knots", 18.52),
        ("walk", 6.0), ("50;80", 50.0), ("80|50|none", 50.0), ("signals;60", 60.0),
        ("DE:zone:30", 30.0), ("CH:zone30", 30.0), ("FR:50", 50.0), ("GB:zone:20", 32.18688),
    ],
)  # fmt: skip
def test_clear_speeds(text, kph):
    assert parse_max_speed(text) == pytest.approx(kph)


@pytest.mark.parametrize(
    "text",
    ["", "none", "signals", "CN:urban", "DE:rural", "0", "999", "-50", "50 @ (22:00-06:00)", "1e2", "５０", "50,5",
     "50 parsecs", "inf", "nan", "9" * 400, "<script>", "{{ 7*7 }}"],
)  # fmt: skip
def test_unclear_speeds_are_unknown(text):
    assert math.isnan(parse_max_speed(text))


def test_speed_by_direction_counts_as_the_lower_one():
    way = interpret_way({"highway": "primary", "maxspeed:forward": "80", "maxspeed:backward": "60"})
    assert way.max_speed_kph == 60
    assert interpret_way({"highway": "primary", "maxspeed:forward": "80"}).max_speed_kph == 80
    assert (
        interpret_way(
            {"highway": "primary", "maxspeed": "50", "maxspeed:forward": "30"}
        ).max_speed_kph
        == 50
    )


def test_surface_bridge_and_tunnel():
    way = interpret_way(
        {"highway": "path", "surface": "gravel; asphalt", "bridge": "viaduct", "tunnel": "no"}
    )
    assert (way.surface, way.is_bridge, way.is_tunnel) == ("gravel", True, False)
    way = interpret_way({"highway": "path", "bridge": "no", "tunnel": "building_passage"})
    assert (way.surface, way.is_bridge, way.is_tunnel) == ("", False, True)
    assert not interpret_way({"highway": "path", "tunnel": "culvert"}).is_tunnel


_texts = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        [
            "yes",
            "no",
            "-1",
            "private",
            "opposite",
            "50",
            "30 mph",
            "roundabout",
            "reversible",
            "ferry",
        ]
    ),
    st.sampled_from(sorted(ROAD_CLASSES)),
)


@given(
    st.dictionaries(st.one_of(st.sampled_from(sorted(RELEVANT_KEYS)), st.text(max_size=8)), _texts)
)
def test_any_tags_give_a_sound_record_or_none(tags):
    record = interpret_way(tags)
    if record is not None:
        assert record.road_class in ROAD_CLASSES
        assert all(0 <= getattr(record, user) <= BOTH for user in USERS)
        assert math.isnan(record.max_speed_kph) or 0 < record.max_speed_kph <= 200
    # Only the keys that are declared relevant may matter: the reader drops all others unseen.
    relevant = {key: value for key, value in tags.items() if key in RELEVANT_KEYS}
    assert repr(interpret_way(relevant)) == repr(record)

"""Points whose way to the road deserves a second look."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from shapely import LineString, box

from coverage.access.access_checks import CHECK_COLUMNS, access_checks
from coverage.access.barriers import Barriers
from coverage.impedance import TravelMode
from coverage.network import RoadNetwork
from coverage.snapping import snap
from tests.networks import METRIC_CRS, points

WALK = TravelMode("walk", "步行", "示例", speed_kph={"": 4.8})


def river_town() -> RoadNetwork:
    """
    A road south of the river, one far north of it, and a short one in the east, by itself.

    2 ------------ 3             y = 2,000
    ~~~~~~~~~~~~~~ river         y = 100
    0 ------------ 1      4 - 5  y = 0
    """
    nodes = pd.DataFrame(
        {
            "x": [0.0, 1000.0, 0.0, 1000.0, 5000.0, 5100.0],
            "y": [0.0, 0.0, 2000.0, 2000.0, 0.0, 0.0],
        },
        index=range(6),
    )
    edges = pd.DataFrame(
        {
            "from_node": [0, 2, 4, 1],
            "to_node": [1, 3, 5, 3],
            "length_m": [1000.0, 1000.0, 100.0, 2000.0],
            "travel_time_s": [100.0, 100.0, 10.0, 200.0],
        }
    )
    network = RoadNetwork.from_edges(nodes, edges, crs=METRIC_CRS)
    river = Barriers(
        np.array([LineString([(-9000, 100), (999, 100)])], dtype=object),
        np.array(["河流"], dtype=object),
    )
    given = {name: getattr(network, name) for name in RoadNetwork.__dataclass_fields__}
    return RoadNetwork(**{**given, "barriers": river})


def checks_of(places: dict[str, tuple[float, float]], *, far_from_road_m: float = 500.0):
    network = river_town()
    demand = points(places).assign(demand_name="村", zone_id="z", population=7.0)
    return access_checks(
        demand,
        layer="demand",
        mode=WALK,
        network=network,
        snaps=snap(network, demand.geometry),
        far_from_road_m=far_from_road_m,
    )


def test_a_point_beside_a_road_of_the_main_network_is_not_listed():
    assert checks_of({"fine": (500.0, 20.0)}).empty
    assert tuple(checks_of({"fine": (500.0, 20.0)}).columns) == CHECK_COLUMNS


def test_a_road_across_the_river_is_told_with_both_distances():
    found = checks_of({"north": (500.0, 110.0)}, far_from_road_m=5000.0)
    (row,) = found.to_dict("records")
    assert (row["issue"], row["barrier"], row["nearest_road_m"]) == (
        "across_barrier", "河流", 110.0,
    )  # fmt: skip
    # The road from 1 to 3 passes the end of the river; the point goes east to it.
    assert row["access_m"] == pytest.approx(500.0, abs=5.0)


def test_every_issue_of_a_point_has_its_row():
    found = checks_of({"east": (5050.0, 600.0)})
    assert found["issue"].tolist() == ["far_from_road", "separate_part"]
    assert found["access_m"].tolist() == [600.0, 600.0]
    assert set(found["barrier"]) == {""}


def test_a_limit_is_inclusive():
    assert checks_of({"limit": (5.0, -500.0)}).empty
    assert checks_of({"limit": (5.0, -500.1)})["issue"].tolist() == ["far_from_road"]


def test_a_point_in_a_lake_is_told():
    network = river_town()
    lake = Barriers(np.array([box(400, -300, 600, -100)]), np.array(["水面"], dtype=object))
    given = {name: getattr(network, name) for name in RoadNetwork.__dataclass_fields__}
    lakeside = RoadNetwork(**{**given, "barriers": lake})
    demand = points({"wet": (500.0, -150.0)}).assign(demand_name="村", population=1.0)
    found = access_checks(
        demand,
        layer="demand",
        mode=WALK,
        network=lakeside,
        snaps=snap(lakeside, demand.geometry),
        far_from_road_m=500.0,
    )
    assert found["issue"].tolist() == ["in_water"]


def test_facilities_are_told_by_their_own_name_and_have_no_people():
    network = river_town()
    places = points({"f": (5050.0, 10.0)}).assign(facility_name=None)
    (row,) = access_checks(
        places,
        layer="facilities",
        mode=WALK,
        network=network,
        snaps=snap(network, places.geometry),
        far_from_road_m=500.0,
    ).to_dict("records")
    assert (row["layer"], row["point_id"], row["point_name"]) == ("facilities", "f", None)
    assert math.isnan(row["population"])

"""By which roads a village's trip goes, for the map and in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from coverage.changes.road_classes import class_name
from coverage.route import ACCESS, route_between
from coverage.studies.study_trips import cost_of
from reports.figures import metres_text
from views import map_overlay
from views.cache import network_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from coverage.roads import Roads
    from coverage.route import Route
    from coverage.standards import Reading, Standard
    from views.cache import Opened
    from views.map_overlay import Shape

NAMED_CLASSES = 4
"""Classes of road told of one trip, the longest stretches first."""


def village_routes(
    opened: Opened, standard: Standard, reading: Reading, *, demand_id: str
) -> tuple[Route, ...]:
    """
    The way of a village by one reading: to its facility, or from the station and on to hospital.

    Parameters
    ----------
    opened
        A project with its result.
    standard, reading
        What is looked at.
    demand_id
        A village of its demand table.

    Returns
    -------
    routes
        In the order in which they are travelled; none by straight line or without a way.
    """
    assessment = opened.assessment
    village = assessment.demand.loc[demand_id]
    mode_id = village[f"{reading.reading_id}_mode_id"]
    if pd.isna(mode_id):
        return ()
    legs = [(f"{reading.reading_id}_facility_id", standard.direction)]
    if reading.station_kinds:
        legs = [
            (f"{reading.reading_id}_station_id", "from_facility"),
            (f"{reading.reading_id}_facility_id", "to_facility"),
        ]
    routes = [
        route_between(
            network_of(opened, mode_id),
            assessment.demand.loc[[demand_id], ["geometry"]],
            assessment.facilities.loc[[village[column]], ["geometry"]],
            direction=direction,
            cost=cost_of(reading),
        )
        for column, direction in legs
        if not pd.isna(village[column])
    ]
    return tuple(route for route in routes if route is not None)


def route_shapes(routes: Sequence[Route], *, crs: str) -> list[Shape]:
    """The routes for the map; the way of an ambulance to the patient is dashed, and on top."""
    last = len(routes) - 1
    return [
        shape
        for position in range(last, -1, -1)
        for shape in map_overlay.line_shapes(
            [routes[position].line],
            crs=crs,
            style=map_overlay.ROUTE if position == last else map_overlay.RESPONSE,
        )
    ]


def roads_text(routes: Sequence[Route], roads: Roads) -> str:
    """
    Which classes of road the routes use and how much of each: "县道 3.21 公里、村道 400 米".

    Parameters
    ----------
    routes
        From `village_routes`.
    roads
        The roads they are on.
    """
    if not routes:
        return ""
    steps = pd.concat([route.steps for route in routes], ignore_index=True)
    steps = steps[(steps["edge_id"] != ACCESS) & (steps["distance_m"] > 0)]
    classes = steps["edge_id"].map(
        lambda edge: class_name(roads.road_classes[int(roads.road_class[edge])])
    )
    metres: Mapping[str, float] = (
        steps.groupby(classes)["distance_m"].sum().sort_values(ascending=False, kind="stable")
    ).to_dict()
    named = [f"{name} {metres_text(length)}" for name, length in metres.items()]
    more = "等" if len(named) > NAMED_CLASSES else ""
    return "、".join(named[:NAMED_CLASSES]) + more

"""By which roads a village's trip goes, for the map and in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

from coverage.route import route_between, way_sentence
from coverage.studies.study_trips import cost_of
from views import map_overlay
from views.cache import network_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coverage.roads import Roads
    from coverage.route import Route
    from coverage.standards import Reading, Standard
    from views.cache import Opened
    from views.map_overlay import Shape

RESCUE_LEGS: Final = ("急救站到患者", "患者到医院")
"""The two ways of an ambulance."""


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
    By which roads, how far and how long: "青银路（省道或主干路）2.30 公里 4.0 分钟 → 无名村道 …".

    Parameters
    ----------
    routes
        From `village_routes`.
    roads
        The roads they are on.
    """
    ways = [way_sentence(route, roads) for route in routes]
    if len(ways) == len(RESCUE_LEGS):
        ways = [f"{leg}：{way}" for leg, way in zip(RESCUE_LEGS, ways, strict=True) if way]
    return "；".join(way for way in ways if way)

"""Live figures of a scenario: prepared once per reading, then kept up to date action by action."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace
from threading import Lock
from typing import TYPE_CHECKING, Final

import streamlit as st

from coverage.changes.road_changes import apply_road_changes
from coverage.changes.road_trial import on_changed_roads
from coverage.studies.live_reading import LiveReading, site_area
from coverage.studies.study_trips import StudyTrips
from views.cache import tried
from views.what_if import WhatIf

if TYPE_CHECKING:
    from shapely import Geometry

    from coverage.changes.road_change import RoadChange, RoadEffect
    from coverage.scenarios.action import FacilityAction, Scenario
    from coverage.standards import Reading, Standard
    from views.cache import Opened

KEPT_GROUNDS: Final = 3
"""Road networks with everything snapped to them; each is as large as a project's."""

KEPT_CHAINS: Final = 6

KEPT_STEPS: Final = 24
"""States of one reading, so that going back and forth costs nothing."""

KEPT_AREAS: Final = 200
"""Grounds of single sites, kept per reading."""


class Chain:
    """
    The states that one reading goes through as facilities change; shared by all sessions.

    Parameters
    ----------
    start
        Before any action.
    """

    def __init__(self, start: LiveReading) -> None:
        self.start = start
        self._kept: OrderedDict[tuple[FacilityAction, ...], LiveReading] = OrderedDict()
        self._areas: OrderedDict[object, Geometry] = OrderedDict()
        self._lock = Lock()

    def at(self, actions: tuple[FacilityAction, ...]) -> LiveReading:
        """
        The reading after some actions, worked out from the longest beginning that is kept.

        Parameters
        ----------
        actions
            In order.

        Raises
        ------
        ScenarioError
            If an action cannot be applied; what is kept is as before.
        """
        done = len(actions)
        live = self._taken(actions)
        while live is None:
            done -= 1
            live = self._taken(actions[:done])
        for count in range(done, len(actions)):
            live = live.after(actions[count])
            self._keep(actions[: count + 1], live)
        return live

    def area(self, actions: tuple[FacilityAction, ...], facility_id: str) -> Geometry | None:
        """
        The ground that one facility covers by itself, kept until its place changes.

        Parameters
        ----------
        actions
            In order.
        facility_id
            Of a facility after the actions.

        Returns
        -------
        area
            None where the facility does not count for the reading.
        """
        live = self.at(actions)
        if facility_id not in live.serving_ids:
            return None
        place = live.facilities.geometry.loc[facility_id]
        # With two legs the ground also depends on where the stations are.
        others = actions if live.reading.station_kinds else ()
        key = (facility_id, place.x, place.y, others)
        with self._lock:
            found = self._areas.get(key)
        if found is None:
            found = site_area(live, facility_id)
            with self._lock:
                self._areas[key] = found
                while len(self._areas) > KEPT_AREAS:
                    self._areas.popitem(last=False)
        return found

    def _taken(self, actions: tuple[FacilityAction, ...]) -> LiveReading | None:
        if not actions:
            return self.start
        with self._lock:
            live = self._kept.get(actions)
            if live is not None:
                self._kept.move_to_end(actions)
        return live

    def _keep(self, actions: tuple[FacilityAction, ...], live: LiveReading) -> None:
        with self._lock:
            self._kept[actions] = live
            while len(self._kept) > KEPT_STEPS:
                self._kept.popitem(last=False)


@dataclass(frozen=True, eq=False)
class LivePair:
    """
    A reading without and with a scenario.

    Parameters
    ----------
    before, after
        The same where there is no scenario.
    chain
        Where the actions of the scenario are tried.
    """

    before: LiveReading
    after: LiveReading
    chain: Chain


def without_scenario(base: Opened, changes: WhatIf) -> Opened:
    """The project with speeds and roads that are tried, but without the scenario that is."""
    return tried(base, replace(changes, scenario=None))


def live_pair(
    opened: Opened, standard: Standard, reading: Reading, scenario: Scenario | None
) -> LivePair:
    """
    What a scenario changes by one reading.

    Parameters
    ----------
    opened
        The project on which the scenario is tried.
    standard, reading
        By which.
    scenario
        None for the project as it is.

    Raises
    ------
    PlannerError
        If an action of the scenario cannot be applied.
    """
    before = chain_of(opened, standard, reading, ())
    if scenario is None:
        return LivePair(before.start, before.start, before)
    after = chain_of(opened, standard, reading, scenario.road_changes)
    return LivePair(before.start, after.at(scenario.facility_actions), after)


def chain_of(
    opened: Opened, standard: Standard, reading: Reading, road_changes: tuple[RoadChange, ...]
) -> Chain:
    """The states of one reading on a project's roads, or on those that a scenario changes."""
    key = (_ground_key(opened, road_changes), reading.reading_id)
    return _chain(
        key, _opened=opened, _standard=standard, _reading=reading, _road_changes=road_changes
    )


def road_effects(opened: Opened, road_changes: tuple[RoadChange, ...]) -> tuple[RoadEffect, ...]:
    """What each road change of a scenario does on a project's roads, with the lines it concerns."""
    if not road_changes:
        return ()
    return _road_effects(
        _ground_key(opened, road_changes), _opened=opened, _road_changes=road_changes
    )


@st.cache_resource(max_entries=KEPT_GROUNDS, show_spinner=False)
def _road_effects(
    ground_key: str,  # noqa: ARG001 - the key
    *,
    _opened: Opened,
    _road_changes: tuple[RoadChange, ...],
) -> tuple[RoadEffect, ...]:
    return apply_road_changes(_opened.assessment.layers.roads, _road_changes).effects


def _ground_key(opened: Opened, road_changes: tuple[RoadChange, ...]) -> str:
    return f"{opened.fingerprint} {WhatIf(road_changes=road_changes).key}"


@st.cache_resource(max_entries=KEPT_CHAINS, show_spinner="正在准备即时计算…")
def _chain(
    key: tuple[str, str],
    *,
    _opened: Opened,
    _standard: Standard,
    _reading: Reading,
    _road_changes: tuple[RoadChange, ...],
) -> Chain:
    trips = _trips(key[0], _opened=_opened, _road_changes=_road_changes)
    return Chain(LiveReading.prepare(trips, _standard, _reading, kinds=_opened.kinds))


@st.cache_resource(max_entries=KEPT_GROUNDS, show_spinner=False)
def _trips(
    ground_key: str,  # noqa: ARG001 - the key
    *,
    _opened: Opened,
    _road_changes: tuple[RoadChange, ...],
) -> StudyTrips:
    given = _opened.assessment
    layers = given.layers
    if _road_changes:
        layers, _ = on_changed_roads(layers, _road_changes, _opened.modes)
    return StudyTrips(layers, _opened.modes, given.uncertainty)

"""What a siting question on the page asks, and the work that answers it in a thread."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import TYPE_CHECKING, Final

import geopandas as gpd

from coverage.candidates import (
    exclude,
    facility_candidates,
    grid_candidates,
    junction_candidates,
    thinned_junctions,
    village_candidates,
)
from coverage.errors import SitingError
from coverage.scenario import apply_scenario
from coverage.siting import SitingOptions
from coverage.studies.study_sites import (
    EVERYWHERE,
    SitingQuestion,
    answer_siting,
    own_choice,
    search_bound,
    site_curve,
    siting_ground,
    with_exclusions,
    with_places,
)
from coverage.studies.study_trips import StudyTrips
from layers.siting_layers import read_siting
from views.what_if import WhatIf

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd

    from coverage.candidates import CandidateSet
    from coverage.scenarios.action import Scenario
    from coverage.standards import Reading, Standard
    from coverage.studies.study import Layers
    from coverage.studies.study_sites import OwnChoice, SitingAnswer, SitingGround
    from views.cache import Opened
    from views.solving import Line

PROJECT: Final = "project"
"""Candidates as the project's settings name them."""

SOURCES: Final = {
    PROJECT: "按项目设置",
    "villages": "村（社区）所在地",
    "junctions": "村边的道路路口",
    "grid": "居民点内的方格网",
    "facilities": "其他类别设施的院落",
}
"""Where candidates come from."""

GRID_M: Final = 500.0
"""Metres between the points of the grid: about six minutes on foot."""

NEAR_M: Final = 500.0
"""Metres from a village within which a junction is a candidate."""

APART_M: Final = 300.0
"""Metres between two junctions, so that a crossing with a refuge is one candidate."""

KEPT_GROUNDS: Final = 4
"""Each holds all pairs of demand and site: tens of megabytes for a large county."""

TIES: Final = 5
"""Equally good answers that are listed at most, the chosen one among them."""

CURVE: Final = "curve"
OWN: Final = "own"


@dataclass(frozen=True)
class Ask:
    """
    A question as the planner put it.

    Parameters
    ----------
    task
        A model of `views.siting_words.MODELS`, `CURVE`, or `OWN` for the planner's own choice.
    question
        For the core; of the curve only `existing` counts.
    source
        One of `SOURCES`.
    time_limit_s
        Seconds for the solver; for each number of the curve.
    with_ties
        Whether equally good answers are listed.
    most
        Largest number of sites of the curve.
    also
        Ids of readings of further standards, for several standards at once.
    """

    task: str
    question: SitingQuestion
    source: str = "villages"
    time_limit_s: float = 60.0
    with_ties: bool = False
    most: int = 20
    also: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Advice:
    """
    What came of a question.

    Parameters
    ----------
    ask, ground
        What was asked, and on what.
    answer
        For a model.
    curve
        For the curve (`coverage.studies.study_sites.site_curve`).
    own
        For the planner's own choice.
    kind
        Code of the kind that is built for the standard.
    costs
        Kind -> cost of a new one, 万元, as far as the project says.
    """

    ask: Ask
    ground: SitingGround
    answer: SitingAnswer | None = None
    curve: pd.DataFrame | None = None
    own: OwnChoice | None = None
    kind: str = ""
    costs: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Prepared:
    """
    A ground, and what the project says of new sites on it.

    Parameters
    ----------
    ground
        Demand, sites and the ways between.
    preferred
        Candidates wanted for another reason, of equally good answers.
    kind
        Code of the kind that is built for the standard.
    costs
        Kind -> cost of a new one, 万元.
    """

    ground: SitingGround
    preferred: tuple[str, ...]
    kind: str
    costs: Mapping[str, float]


@dataclass(frozen=True, eq=False)
class Advising:
    """
    The work of an answer; runs in a thread and touches nothing of a session.

    Parameters
    ----------
    opened
        The project without any scenario.
    scenario
        That the advice builds on; None for the project as it is.
    standard, reading
        By which places are judged.
    ask
        The question.
    """

    opened: Opened
    scenario: Scenario | None
    standard: Standard
    reading: Reading
    ask: Ask

    @property
    def key(self) -> str:
        """Changes whenever the answer may."""
        parts = (self._ground_key(self.reading), self.ask, _key_of(self.scenario))
        return hashlib.sha256(repr(parts).encode("utf-8", "replace")).hexdigest()

    def __call__(self, line: Line) -> Advice:
        """
        Measure the ways, then solve.

        Raises
        ------
        PlannerError
            If the scenario cannot be applied, or the question has no answer.
        """
        line.say("测算各村到各候选点的路程")
        ready = self._prepared(self.standard, self.reading)
        options = SitingOptions(time_limit_s=self.ask.time_limit_s, progress=line.progress)
        advice = Advice(self.ask, ready.ground, kind=ready.kind, costs=ready.costs)
        if self.ask.task == OWN:
            return self._own(line, advice, options)
        if self.ask.task == CURVE:
            return self._curve(line, advice, options)
        others = [self._prepared(*self._reading(name)).ground for name in self.ask.also]
        line.say("")
        ties = TIES if self.ask.with_ties else 0
        options = replace(options, ties=ties, preferred=ready.preferred)
        answer = answer_siting(ready.ground, self.ask.question, options=options, others=others)
        return replace(advice, answer=answer)

    def _curve(self, line: Line, advice: Advice, options: SitingOptions) -> Advice:
        """Every number of sites from one on."""
        line.say("逐个处数求解")
        counts = range(1, min(self.ask.most, _most_sites(advice.ground, self.ask)) + 1)
        question = self.ask.question
        curve = site_curve(advice.ground, question, counts=list(counts), options=options)
        return replace(advice, curve=curve)

    def _own(self, line: Line, advice: Advice, options: SitingOptions) -> Advice:
        """The planner's own sites against the best of as many, both without the scenario's own."""
        layers = self._layers(self.scenario)
        mine = own_sites(self.scenario, self.standard)
        places = layers.facilities.loc[[name for name in mine if name in layers.facilities.index]]
        if places.empty:
            msg = (
                f"情景里还没有新设「{self.standard.name}」所计的设施，没有可比的自选方案。"
                "请先在「试点」里点选几处。"
            )
            raise SitingError(msg)
        trips = self._trips(without_sites(self.scenario, mine))
        drawn = gpd.GeoDataFrame(
            {"candidate_name": places["facility_name"], "origin": "drawn"},
            index=places.index.rename("candidate_id"),
            geometry=places.geometry,
            crs=places.crs,
        )
        ground = with_places(advice.ground, trips, drawn)
        line.say("")
        own = own_choice(ground, self.ask.question, tuple(drawn.index), options=options)
        return replace(advice, ground=ground, own=own)

    def _base(self) -> Scenario | None:
        """What the ground is measured with: of the own choice, the scenario without its sites."""
        if self.ask.task != OWN:
            return self.scenario
        return without_sites(self.scenario, own_sites(self.scenario, self.standard))

    def _ground_key(self, reading: Reading) -> str:
        scope = "far" if self.ask.question.model in EVERYWHERE else "near"
        parts = (reading.reading_id, self.ask.source, scope, _key_of(self._base()))
        return f"{self.opened.fingerprint} {parts}"

    def _prepared(self, standard: Standard, reading: Reading) -> Prepared:
        return GROUNDS.get(self._ground_key(reading), lambda: self._made(standard, reading))

    def _made(self, standard: Standard, reading: Reading) -> Prepared:
        trips = self._trips(self._base())
        siting = read_siting(self.opened.project, trips.layers)
        candidates, preferred = siting.candidates, siting.preferred
        notices = siting.notices
        if self.ask.source != PROJECT:
            found = candidates_of(self.ask.source, trips, standard=standard, reading=reading)
            found = exclude(found, siting.exclusions)
            candidates, preferred, notices = found.candidates, (), found.notices
        model = self.ask.question.model
        bound = search_bound(trips, standard, reading, model=model, candidates=candidates)
        ground = siting_ground(trips, standard, reading, candidates=candidates, bound=bound)
        ground = with_exclusions(ground, trips, siting.exclusions)
        ground = replace(ground, notices=(*notices, *ground.notices))
        kind = siting.kinds.get(standard.standard_id, standard.kinds[0])
        return Prepared(ground, preferred, kind, siting.costs.fixed)

    def _layers(self, scenario: Scenario | None) -> Layers:
        layers = self.opened.assessment.layers
        if scenario is None or not scenario.actions:
            return layers
        opened = self.opened
        return apply_scenario(layers, scenario, kinds=opened.kinds, modes=opened.modes).layers

    def _trips(self, scenario: Scenario | None) -> StudyTrips:
        opened = self.opened
        return StudyTrips(self._layers(scenario), opened.modes, opened.assessment.uncertainty)

    def _reading(self, reading_id: str) -> tuple[Standard, Reading]:
        return next(
            (standard, reading)
            for standard in self.opened.assessment.standards
            for reading in standard.readings
            if reading.reading_id == reading_id
        )


class Grounds:
    """Grounds kept for the next question of any visitor; the one not used for longest goes."""

    def __init__(self, most: int) -> None:
        self._most, self._lock = most, Lock()
        self._kept: OrderedDict[str, Prepared] = OrderedDict()

    def get(self, key: str, made: Callable[[], Prepared]) -> Prepared:
        """The ground of a key, made where it is not kept."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        ready = made()
        with self._lock:
            self._kept[key] = ready
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return ready


GROUNDS: Final = Grounds(KEPT_GROUNDS)
"""Of this server."""


def candidates_of(
    source: str, trips: StudyTrips, *, standard: Standard, reading: Reading
) -> CandidateSet:
    """
    Candidates from one of the `SOURCES` but the project's own.

    Parameters
    ----------
    source
        Its name.
    trips
        Layers and modes.
    standard, reading
        For which places are sought: the modes that must get there, and the kinds of facilities
        that stand there already and so are no candidates.
    """
    layers = trips.layers
    demand = layers.demand[layers.demand["zone_id"].notna()]
    if source == "grid":
        return grid_candidates(demand, spacing_m=GRID_M)
    if source == "junctions":
        modes = trips.single_modes(standard, reading)
        found = junction_candidates(layers.roads, demand, modes=modes, near_m=NEAR_M)
        return thinned_junctions(found, apart_m=APART_M)
    if source == "facilities":
        kinds = set(layers.facilities["kind"]) - set(standard.kinds)
        return facility_candidates(layers.facilities, kinds=kinds)
    return village_candidates(demand)


def own_sites(scenario: Scenario | None, standard: Standard) -> tuple[str, ...]:
    """Ids of the facilities that a scenario adds, of kinds that a standard counts."""
    if scenario is None:
        return ()
    added = [one for one in scenario.facility_actions if one.action == "add"]
    return tuple(one.facility_id for one in added if one.kind in standard.kinds)


def without_sites(scenario: Scenario | None, sites: tuple[str, ...]) -> Scenario | None:
    """A scenario without any action on some of its facilities."""
    if scenario is None:
        return None
    gone = set(sites)
    kept = [one for one in scenario.actions if getattr(one, "facility_id", None) not in gone]
    return replace(scenario, actions=tuple(kept))


def _most_sites(ground: SitingGround, ask: Ask) -> int:
    stand = len(ground.existing) if ask.question.existing == "closable" else 0
    return max(1, len(ground.candidates) + stand)


def _key_of(scenario: Scenario | None) -> str:
    """The actions decide, whatever the scenario is called."""
    if scenario is None or not scenario.actions:
        return ""
    return WhatIf(scenario=replace(scenario, name="", note="", scenario_id="x")).key

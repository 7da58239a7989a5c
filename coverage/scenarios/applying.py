"""Layers as they would be after the actions of a scenario, and what each action did."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import shapely

from coverage.changes.road_change import RoadChange
from coverage.changes.road_change_checks import title_of
from coverage.changes.road_change_sentences import length_text, mode_notices
from coverage.changes.road_changes import apply_road_changes
from coverage.changes.road_trial import trial_label
from coverage.contracts import FACILITIES, check
from coverage.errors import RoadChangeError, ScenarioError
from coverage.notices import Notice
from coverage.scenarios.action_checks import AMOUNT_COLUMNS, shown
from coverage.scenarios.facility_checks import action_faults, road_faults
from coverage.scenarios.facility_draft import FacilityDraft

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from coverage.changes.road_change import ChangedRoads
    from coverage.impedance import TravelMode
    from coverage.scenarios.action import Action, FacilityAction, Scenario
    from coverage.standards import FacilityKind
    from coverage.studies.study import Layers

SCENARIO_NOTICE: Final = "scenario"
"""Code of the notice that says what an action did."""


@dataclass(frozen=True)
class ActionEffect:
    """
    What one action did.

    Parameters
    ----------
    action
        The action.
    sentence
        Chinese: what was done.
    notices
        What the planner should check.
    """

    action: Action
    sentence: str
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, eq=False)
class ScenarioLayers:
    """
    Layers after a scenario.

    Parameters
    ----------
    layers
        To be assessed as any others; their label says that they are a trial.
    changed
        The roads and what each change did to them; None where the scenario changes no road.
    effects
        One per action, in order.
    """

    layers: Layers
    changed: ChangedRoads | None
    effects: tuple[ActionEffect, ...]


def apply_scenario(
    layers: Layers,
    scenario: Scenario,
    *,
    kinds: Mapping[str, FacilityKind],
    modes: Mapping[str, TravelMode],
) -> ScenarioLayers:
    """
    Layers as they would be after the actions of a scenario.

    Actions on facilities take effect one after the other, road changes likewise; the two do not
    touch one another.

    Parameters
    ----------
    layers
        Checked layers; left as they are.
    scenario
        Without any action, everything stays as it is, the label included.
    kinds
        The table of facility kinds by code.
    modes
        All travel modes by id.

    Returns
    -------
    after
        The facilities in their order, then the new ones (`origin` "scenario"), which miss what
        no action says of them; a notice per action (code "scenario") and what to check.

    Raises
    ------
    ScenarioError
        With one sentence for every fault, naming the number of the action.
    """
    faults = action_faults(layers, scenario, kinds=kinds)
    changed = None
    if scenario.road_changes and not road_faults(layers, scenario):
        try:
            changed = apply_road_changes(layers.roads, scenario.road_changes)
        except RoadChangeError:
            faults.append(_place_faults(layers, scenario))
    if faults:
        raise ScenarioError("".join(faults))
    draft = FacilityDraft(layers.facilities)
    road_effects = iter(() if changed is None else changed.effects)
    effects = []
    for action in scenario.actions:
        if isinstance(action, RoadChange):
            of_road = next(road_effects)
            effects.append(ActionEffect(action, of_road.sentence, of_road.notices))
        else:
            effects.append(_effect(draft, action, layers, kinds))
            draft.do(action)
    facilities = layers.facilities
    if scenario.facility_actions:
        facilities = draft.table()
        check(facilities, FACILITIES, source=scenario.name)
    after = replace(
        layers,
        facilities=facilities,
        roads=layers.roads if changed is None else changed.roads,
        notices=(*layers.notices, *_told(effects, changed, modes)),
        label=_label(layers.label, scenario),
    )
    return ScenarioLayers(after, changed, tuple(effects))


def _place_faults(layers: Layers, scenario: Scenario) -> str:
    """What the roads refuse, told with the number of the action, which they do not know."""
    told = [
        replace(action, name=f"第 {number} 项动作 {title_of(action)}")
        for number, action in enumerate(scenario.actions, start=1)
        if isinstance(action, RoadChange)
    ]
    try:
        apply_road_changes(layers.roads, told)
    except RoadChangeError as error:
        return str(error)
    return ""


def _label(label: str, scenario: Scenario) -> str:
    if not scenario.actions:
        return label
    return trial_label(label, f"情景「{shown(scenario.name) or scenario.scenario_id}」")


def _told(
    effects: Sequence[ActionEffect],
    changed: ChangedRoads | None,
    modes: Mapping[str, TravelMode],
) -> list[Notice]:
    done = [Notice(SCENARIO_NOTICE, effect.sentence) for effect in effects]
    to_check = [notice for effect in effects for notice in effect.notices]
    of_modes = [] if changed is None else mode_notices(changed, modes)
    return [*done, *to_check, *of_modes]


def _effect(
    draft: FacilityDraft,
    action: FacilityAction,
    layers: Layers,
    kinds: Mapping[str, FacilityKind],
) -> ActionEffect:
    """What an action does to the facilities as those before it have left them."""
    key = action.facility_id
    name = shown(action.name or key if action.action == "add" else draft.called(key))
    kind = str(draft.value(key, "kind"))
    was = kinds[kind].name if kind in kinds else kind
    if action.action == "add":
        text = f"新增{kinds[action.kind].name}「{name}」"
    elif action.action == "close":
        text = f"关闭{was}「{name}」"
    elif action.action == "upgrade":
        text = f"「{name}」由{was}升级为{kinds[action.kind].name}"
    elif action.action == "move":
        metres = draft.value(key, "geometry").distance(shapely.Point(action.place))
        text = f"{was}「{name}」迁移 {length_text(metres)}"
    else:
        text = f"调整{was}「{name}」"
    amounts = [_amount_text(draft, key, column, value) for column, value in action.amounts]
    cost = [] if action.cost is None else [f"费用 {action.cost:,.15g} 万元"]
    parts = "，".join([text, *amounts, *cost])
    return ActionEffect(action, f"{parts}。", _place_notices(action, name, layers))


def _amount_text(draft: FacilityDraft, key: str, column: str, value: float) -> str:
    about = AMOUNT_COLUMNS[column]
    before = draft.value(key, column)
    was = "" if before is None else f"由 {before:,.15g} {about.unit}改为 "
    return f"{about.title}{was or ' '}{value:,.15g} {about.unit}"


def _place_notices(action: FacilityAction, name: str, layers: Layers) -> tuple[Notice, ...]:
    """Whether a facility would stand outside the study area, where it may not count."""
    if action.place is None:
        return ()
    point = shapely.Point(action.place)
    if len(layers.zones.sindex.query(point, predicate="intersects")):
        return ()
    text = f"「{name}」的新位置在研究区以外，只有允许跨界服务的标准才计入它；请核对位置。"
    return (Notice("scenario_outside", text),)

"""What a click on the map or a button of the page does to a scenario: tried first, then kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from coverage.errors import PlannerError
from coverage.scenario import AMOUNT_COLUMNS, new_facility_id
from coverage.scenarios.action import FacilityAction, Scenario
from layers.road_changes import places_from_degrees
from reports.safe_text import plain_text
from views import siting_state
from views.live_map import SITE_LAYER
from views.state import FACILITY_LAYER, SETTLEMENT_LAYERS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from coverage.scenarios.action import Action
    from coverage.standards import FacilityKind, Standard
    from coverage.studies.study import Layers
    from views.live_map import MapEvent
    from views.siting_live import Chain
    from views.siting_state import Desk

UPGRADES: Final = {
    "village_clinic": "central_village_clinic",
    "general_village_clinic": "central_village_clinic",
    "clinic_service_point": "central_village_clinic",
    "community_health_station": "community_health_centre",
}
"""Kind of a facility -> the kind that it may be upgraded to with one button."""

BEDS: Final = "capacity_beds"

NAME_LIMIT: Final = 60


@dataclass(frozen=True)
class NewSite:
    """
    What the next click on empty map places.

    Parameters
    ----------
    kind
        The kind of facility.
    name
        As the planner wrote it; "" for one that is made up.
    beds, cost
        Beds and 万元; None where the planner did not say.
    """

    kind: FacilityKind
    name: str = ""
    beds: float | None = None
    cost: float | None = None


def offered_kinds(
    standard: Standard, kinds: Mapping[str, FacilityKind], *, stations: Sequence[str] = ()
) -> dict[str, FacilityKind]:
    """
    The kinds of facility that may be placed for a standard.

    Parameters
    ----------
    standard
        It says what counts.
    kinds
        By code.
    stations
        Codes of the stations from which the reading starts, offered last.

    Returns
    -------
    kinds
        By code, those of the village tier first; umbrella codes, which say that the exact kind is
        unknown, only where there is nothing else.
    """
    counted = {code: kinds[code] for code in standard.kinds if code in kinds}
    exact = {code: kind for code, kind in counted.items() if not kind.members} or counted
    order = sorted(exact, key=lambda code: exact[code].tier != "village")
    further = {code: kinds[code] for code in stations if code in kinds and code not in exact}
    return {code: exact[code] for code in order} | further


def after_event(
    desk: Desk, event: MapEvent, *, layers: Layers, chain: Chain, new_site: NewSite
) -> Desk:
    """
    What a click on the map, or the drop of a site, does.

    Parameters
    ----------
    desk
        As it is.
    event
        A checked click.
    layers
        The project without the scenario.
    chain
        On which the action is tried before it is kept.
    new_site
        What a click on empty map places.

    Returns
    -------
    desk
        With one more action, another selection, or a message that says why nothing was done.
    """
    if event.kind == "feature":
        if event.layer_id == SITE_LAYER or event.layer_id.startswith(FACILITY_LAYER):
            return siting_state.select_facility(desk, event.feature_id)
        if event.layer_id in SETTLEMENT_LAYERS:
            return siting_state.select_village(desk, event.feature_id)
        return desk
    (place,) = places_from_degrees([[event.lon, event.lat]], str(layers.roads.crs))
    if event.kind == "moved":
        return moved(desk, event.feature_id, place, chain=chain)
    if desk.is_moving and desk.selected:
        return moved(desk, desk.selected, place, chain=chain)
    return placed(desk, place, layers=layers, chain=chain, new_site=new_site)


def placed(
    desk: Desk, place: tuple[float, float], *, layers: Layers, chain: Chain, new_site: NewSite
) -> Desk:
    """
    Add a facility at a place.

    Parameters
    ----------
    desk, layers, chain, new_site
        As `after_event`.
    place
        (x, y) in metres in the CRS of the layers.
    """
    scenario = desk.scenario or Scenario("", "")
    number = 1 + sum(
        one.action == "add" and one.kind == new_site.kind.kind for one in scenario.facility_actions
    )
    action = FacilityAction(
        "add",
        new_facility_id(layers, scenario),
        name=new_site.name.strip()[:NAME_LIMIT] or f"拟建{new_site.kind.name} {number}",
        kind=new_site.kind.kind,
        place=place,
        amounts=() if new_site.beds is None else ((BEDS, float(new_site.beds)),),
        cost=new_site.cost,
    )
    return tried_action(desk, action, chain=chain)


def moved(desk: Desk, facility_id: str, place: tuple[float, float], *, chain: Chain) -> Desk:
    """Move a facility to a place."""
    return tried_action(desk, FacilityAction("move", facility_id, place=place), chain=chain)


def tried_action(desk: Desk, action: Action, *, chain: Chain) -> Desk:
    """
    Add an action if it can be applied; else say why it cannot.

    Parameters
    ----------
    desk
        As it is.
    action
        On what the scenario's actions so far have left.
    chain
        Of the reading that is looked at.
    """
    return tried_desk(desk, siting_state.done(desk, action), chain=chain)


def accepted(desk: Desk, actions: Sequence[FacilityAction]) -> Desk:
    """
    What is advised as one step of the scenario; a second click on the same button adds nothing.

    Parameters
    ----------
    desk
        As it is.
    actions
        In order; not checked here.
    """
    there = desk.scenario.actions if desk.scenario is not None else ()
    fresh = [one for one in actions if one not in there]
    return siting_state.done(desk, *fresh) if fresh else desk


def tried_desk(desk: Desk, wanted: Desk, *, chain: Chain) -> Desk:
    """The wanted desk if its scenario can be applied; else the one there is, saying why."""
    scenario = wanted.scenario
    try:
        chain.at(scenario.facility_actions if scenario is not None else ())
    except PlannerError as error:
        return siting_state.told(desk, str(error))
    return wanted


def action_text(action: Action, names: Mapping[str, str], kinds: Mapping[str, FacilityKind]) -> str:
    """
    An action in the list, in a few words: "关闭李村卫生室".

    Parameters
    ----------
    action
        Of a scenario.
    names
        Names of facilities by id, those that the scenario adds included.
    kinds
        By code.
    """
    if not isinstance(action, FacilityAction):
        return f"道路：{plain_text(action.name)}"
    name = plain_text(names.get(action.facility_id, "")) or plain_text(action.facility_id)
    kind = kinds[action.kind].name if action.kind in kinds else plain_text(action.kind)
    amounts = "、".join(
        f"{AMOUNT_COLUMNS[column].title} {value:g}" for column, value in action.amounts
    )
    text = {
        "add": f"新建 {plain_text(action.name) or name}",
        "move": f"迁移 {name}",
        "close": f"关闭 {name}",
        "upgrade": f"{name} 升级为{kind}",
        "capacity": f"{name} 改规模",
    }[action.action]
    cost = f"{action.cost:g} 万元" if action.cost is not None else ""
    rest = "，".join(part for part in (amounts, cost) if part)
    return f"{text}（{rest}）" if rest else text

"""The scenarios a visitor works on, with undo and redo, and what is looked at: plain values."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import reduce
from typing import TYPE_CHECKING, Any, Final

from coverage.scenario import History, new_scenario_id
from coverage.scenarios.action import FacilityAction, Scenario

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, MutableMapping

    from coverage.scenarios.action import Action

    State = MutableMapping[str, Any]

DESKS: Final = "siting_desks"
"""Key in the state of a session: a `Desk` by project file."""

NAME_LIMIT: Final = 50
"""Characters of a scenario's name."""


@dataclass(frozen=True)
class Desk:
    """
    What a visitor works on in one project.

    Parameters
    ----------
    histories
        Scenarios by id, each with its own undo and redo.
    current
        Id of the one on the map; "" for the project as it is.
    kept
        Scenarios by id as the project's folder holds them.
    selected
        Id of the facility looked at; "" for none.
    village
        Id of the village looked at; "" for none.
    is_moving
        Whether the next click on the map moves the selected facility.
    message
        Why the last click did nothing, in Chinese; "" where it did something.
    """

    histories: Mapping[str, History] = field(default_factory=dict)
    current: str = ""
    kept: Mapping[str, Scenario] = field(default_factory=dict)
    selected: str = ""
    village: str = ""
    is_moving: bool = False
    message: str = ""

    @property
    def history(self) -> History | None:
        """Of the scenario on the map."""
        return self.histories.get(self.current)

    @property
    def scenario(self) -> Scenario | None:
        """The scenario on the map; None for the project as it is."""
        history = self.history
        return None if history is None else history.present

    @property
    def step(self) -> str:
        """Tells one state of the scenario on the map from the next; "" for the project as it is."""
        history = self.history
        return "" if history is None else f"{self.current}:{len(history.past)}"

    @property
    def is_saved(self) -> bool:
        """Whether the project's folder holds the scenario on the map as it stands."""
        return self.scenario is None or self.kept.get(self.current) == self.scenario

    @property
    def names(self) -> dict[str, str]:
        """Names of the scenarios by id."""
        return {key: history.present.name for key, history in self.histories.items()}


def desk(state: State, file: object) -> Desk | None:
    """What a visitor works on in a project; None where they have not been there yet."""
    return state.get(DESKS, {}).get(str(file))


def put(state: State, file: object, desk: Desk) -> None:
    """Keep what a visitor works on in a project."""
    state[DESKS] = {**state.get(DESKS, {}), str(file): desk}


def desk_of(kept: Mapping[str, Scenario]) -> Desk:
    """A desk with the scenarios that a project's folder holds; the project as it is on the map."""
    histories = {key: History.of(scenario) for key, scenario in kept.items()}
    return Desk(histories=histories, kept=dict(kept))


def choose(desk: Desk, scenario_id: str) -> Desk:
    """Put another scenario on the map; "" for the project as it is."""
    known = scenario_id if scenario_id in desk.histories else ""
    return replace(_cleared(desk), current=known)


def select_facility(desk: Desk, facility_id: str) -> Desk:
    """Look at a facility."""
    return replace(_cleared(desk), selected=facility_id)


def select_village(desk: Desk, demand_id: str) -> Desk:
    """Look at a village."""
    return replace(_cleared(desk), village=demand_id)


def moving(desk: Desk) -> Desk:
    """Let the next click on the map move the selected facility; asked again, do not."""
    return replace(desk, is_moving=bool(desk.selected) and not desk.is_moving, message="")


def told(desk: Desk, message: str) -> Desk:
    """Say why nothing was done."""
    return replace(desk, message=message, is_moving=False)


def done(desk: Desk, *added: Action) -> Desk:
    """
    One action more, or several as one step; on the project as it is, a scenario is begun.

    Parameters
    ----------
    desk
        As it is.
    added
        In order; not checked here.
    """
    begun = desk if desk.scenario is not None else with_new(desk)
    assert begun.scenario is not None  # noqa: S101 - one was begun
    actions = reduce(with_action, added, begun.scenario.actions)
    selected = getattr(added[-1], "facility_id", "") if added else ""
    return replace(_cleared(_with_actions(begun, actions)), selected=selected)


def with_action(actions: tuple[Action, ...], action: Action) -> tuple[Action, ...]:
    """
    Actions with one more, without steps that would undo each other.

    Parameters
    ----------
    actions
        In order.
    action
        A move right after the same facility was added or moved only changes the place; another
        kind or other amounts right after the same keep what they do not say; closing a facility
        that the scenario itself adds takes it out again.
    """
    if not isinstance(action, FacilityAction):
        return (*actions, action)
    if action.action == "close" and is_added(actions, action.facility_id):
        return without_facility(actions, action.facility_id)
    last = actions[-1] if actions else None
    same = isinstance(last, FacilityAction) and last.facility_id == action.facility_id
    if same and action.action == "move" and last.action in ("add", "move"):
        return (*actions[:-1], replace(last, place=action.place))
    if same and action.action == last.action and action.action in ("upgrade", "capacity"):
        return (*actions[:-1], _together(last, action))
    return (*actions, action)


def _together(first: FacilityAction, then: FacilityAction) -> FacilityAction:
    """Two changes of one facility as one; of another kind the cost of the first says nothing."""
    cost = first.cost if then.cost is None and then.kind == first.kind else then.cost
    amounts = {**dict(first.amounts), **dict(then.amounts)}
    return replace(then, amounts=tuple(amounts.items()), cost=cost)


def on_facility(actions: tuple[Action, ...], facility_id: str) -> list[FacilityAction]:
    """The actions on one facility, in order."""
    return [
        one for one in actions if isinstance(one, FacilityAction) and one.facility_id == facility_id
    ]


def is_added(actions: tuple[Action, ...], facility_id: str) -> bool:
    """Whether the actions add a facility of this id."""
    return any(one.action == "add" for one in on_facility(actions, facility_id))


def is_closed(actions: tuple[Action, ...], facility_id: str) -> bool:
    """Whether the actions close a facility."""
    return any(one.action == "close" for one in on_facility(actions, facility_id))


def without_facility(actions: tuple[Action, ...], facility_id: str) -> tuple[Action, ...]:
    """The actions without any on one facility."""
    return tuple(one for one in actions if getattr(one, "facility_id", None) != facility_id)


def reopened(desk: Desk, facility_id: str) -> Desk:
    """Take back that a facility is closed."""
    if desk.scenario is None:
        return desk
    actions = tuple(
        one
        for one in desk.scenario.actions
        if not (
            isinstance(one, FacilityAction)
            and (one.action, one.facility_id) == ("close", facility_id)
        )
    )
    return select_facility(_with_actions(desk, actions), facility_id)


def dropped(desk: Desk, position: int) -> Desk:
    """
    Take one action back, wherever it stands; with a new facility goes all that was done to it.

    Parameters
    ----------
    desk
        As it is.
    position
        Of the action, from 0; one that is not there changes nothing.
    """
    if desk.scenario is None or not 0 <= position < len(desk.scenario.actions):
        return desk
    actions = desk.scenario.actions
    one = actions[position]
    if isinstance(one, FacilityAction) and one.action == "add":
        left = without_facility(actions, one.facility_id)
    else:
        left = actions[:position] + actions[position + 1 :]
    return _cleared(_with_actions(desk, left))


def undone(desk: Desk) -> Desk:
    """One step back."""
    history = desk.history
    if history is None or not history.can_undo:
        return desk
    return _cleared(_with_history(desk, history.undone()))


def redone(desk: Desk) -> Desk:
    """One step forward again."""
    history = desk.history
    if history is None or not history.can_redo:
        return desk
    return _cleared(_with_history(desk, history.redone()))


def with_new(desk: Desk, taken: Iterable[str] = ()) -> Desk:
    """An empty scenario, put on the map, under an id that is not among those taken either."""
    identity = free_id(desk, taken)
    return with_scenario(desk, Scenario(identity, f"情景 {identity.rpartition('-')[2]}"))


def with_copy(desk: Desk, taken: Iterable[str] = ()) -> Desk:
    """A copy of the scenario on the map, put on the map in its place, as `with_new`."""
    if desk.scenario is None:
        return with_new(desk, taken)
    name = f"{desk.scenario.name[: NAME_LIMIT - 3]} 副本"
    return with_scenario(desk, replace(desk.scenario, scenario_id=free_id(desk, taken), name=name))


def with_scenario(desk: Desk, scenario: Scenario) -> Desk:
    """
    A scenario put on the map; one that is there already under its id gets it as a new step.

    Parameters
    ----------
    desk
        As it is.
    scenario
        New, read from a file, or advised.
    """
    key = scenario.scenario_id
    known = desk.histories.get(key)
    history = History.of(scenario) if known is None else known.done(scenario)
    return replace(_cleared(desk), histories={**desk.histories, key: history}, current=key)


def renamed(desk: Desk, name: str) -> Desk:
    """Another name for the scenario on the map; an empty one changes nothing."""
    wanted = name.strip()[:NAME_LIMIT]
    if desk.scenario is None or not wanted or wanted == desk.scenario.name:
        return desk
    assert desk.history is not None  # noqa: S101 - a scenario has its history
    return _with_history(desk, desk.history.done(replace(desk.scenario, name=wanted)))


def deleted(desk: Desk) -> Desk:
    """Without the scenario on the map; the project as it is comes in its place."""
    histories = {key: one for key, one in desk.histories.items() if key != desk.current}
    kept = {key: one for key, one in desk.kept.items() if key != desk.current}
    return replace(_cleared(desk), histories=histories, kept=kept, current="")


def saved(desk: Desk) -> Desk:
    """The scenario on the map is now in the project's folder as it stands."""
    if desk.scenario is None:
        return desk
    return replace(desk, kept={**desk.kept, desk.current: desk.scenario})


def _cleared(desk: Desk) -> Desk:
    return replace(desk, selected="", village="", is_moving=False, message="")


def _with_actions(desk: Desk, actions: tuple[Action, ...]) -> Desk:
    assert desk.history is not None  # noqa: S101 - asked only with a scenario on the map
    assert desk.scenario is not None  # noqa: S101
    if actions == desk.scenario.actions:
        return desk
    return _with_history(desk, desk.history.done(replace(desk.scenario, actions=actions)))


def _with_history(desk: Desk, history: History) -> Desk:
    return replace(desk, histories={**desk.histories, desk.current: history})


def free_id(desk: Desk, taken: Iterable[str] = ()) -> str:
    """An id that no scenario of the visitor or of the project has, nor any of those taken."""
    return new_scenario_id([*desk.histories, *desk.kept, *taken])

"""What actions on facilities ask of the layers: ids, kinds and places that are there."""

from __future__ import annotations

import difflib
import math
from typing import TYPE_CHECKING, Final

from coverage.changes.road_change import RoadChange
from coverage.changes.road_change_checks import change_faults, repeated_ids
from coverage.scenarios.action_checks import ACTION_NAMES, own_faults, sentence, shown
from coverage.scenarios.facility_draft import FacilityDraft

if TYPE_CHECKING:
    from collections.abc import Mapping

    from coverage.scenarios.action import FacilityAction, Scenario
    from coverage.standards import FacilityKind
    from coverage.studies.study import Layers

FARTHEST_M: Final = 100_000.0
"""Metres beyond the study area at which nobody there is served; a place farther off is a slip."""

ALIKE: Final = 0.5
"""Similarity of two words (0 to 1) from which one may be a slip for the other."""


def numbered(number: int, fault: str) -> str:
    """A fault with the number of its action in the scenario, from 1."""
    return f"第 {number} 项动作：{fault}"


def action_faults(
    layers: Layers, scenario: Scenario, *, kinds: Mapping[str, FacilityKind]
) -> list[str]:
    """
    What is wrong with the actions of a scenario.

    Whether there is a road where a road change has its places is only known when it is applied
    (`coverage.scenario.apply_scenario`).

    Parameters
    ----------
    layers
        Those that the actions are meant for.
    scenario
        Its actions are held against what those before them leave.
    kinds
        The table of facility kinds by code.

    Returns
    -------
    sentences
        Chinese, facilities first, then roads, each in the order of the actions and with the
        number of its action. Empty where there is no fault.
    """
    found: list[str] = []
    after = _Checked(layers, kinds)
    for number, action in enumerate(scenario.actions, start=1):
        if not isinstance(action, RoadChange):
            found += [numbered(number, fault) for fault in after.faults(action)]
    found += road_faults(layers, scenario)
    if not found and after.draft.count == 0 and scenario.facility_actions:
        found.append("各项动作之后一处设施也不剩，无法评估，请至少保留一处设施。")
    return found


def road_faults(layers: Layers, scenario: Scenario) -> list[str]:
    """What is wrong with the road changes of a scenario, wherever the roads are."""
    found = [
        numbered(number, fault)
        for number, action in enumerate(scenario.actions, start=1)
        if isinstance(action, RoadChange)
        for fault in change_faults(action, classes=layers.roads.road_classes)
    ]
    return found + repeated_ids(scenario.road_changes)


class _Checked:
    """The actions so far, to hold the next one against."""

    def __init__(self, layers: Layers, kinds: Mapping[str, FacilityKind]) -> None:
        self.layers = layers
        self.kinds = kinds
        self.draft = FacilityDraft(layers.facilities)
        self.new: set[str] = set()
        self.closed: set[str] = set()
        self.bounds = tuple(float(one) for one in layers.zones.total_bounds)

    def faults(self, action: FacilityAction) -> list[str]:
        """The faults of the next action; without any it takes effect."""
        name = "" if action.action == "add" else self.draft.called(action.facility_id)
        wrong = own_faults(action, name=name)
        if action.action in ACTION_NAMES:
            rules = [*self._id_rules(action), *self._kind_rules(action), *self._place_rules(action)]
            wrong += [sentence(action, rule, name=name) for rule in rules]
        if not wrong:
            self.draft.do(action)
        # What follows on a faulty action is not at fault itself.
        if action.action == "add":
            self.new.add(action.facility_id)
        elif action.action == "close":
            self.closed.add(action.facility_id)
        return wrong

    def _id_rules(self, action: FacilityAction) -> list[str]:
        key = action.facility_id
        is_known = key in self.new or key in self.layers.facilities.index
        if action.action == "add":
            return [f"的代码「{shown(key)}」已经有设施用了，请换一个代码"] if is_known else []
        if not is_known:
            return ["在设施数据里找不到，请核对代码"] if key.strip() else []
        if key in self.closed:
            return ["前面的动作已经关闭了这处设施，请删去其中一项"]
        return []

    def _kind_rules(self, action: FacilityAction) -> list[str]:
        if not action.kind or action.action not in {"add", "upgrade"}:
            return []
        if action.kind not in self.kinds:
            near = difflib.get_close_matches(action.kind, sorted(self.kinds), n=1, cutoff=ALIKE)
            hint = f"，最接近的是「{near[0]}」（{self.kinds[near[0]].name}）" if near else ""
            return [f"的类别「{shown(action.kind)}」不在设施类别表里{hint}，请改正"]
        now = self.draft.value(action.facility_id, "kind")
        if action.action == "upgrade" and now == action.kind:
            return [f"已经是{self.kinds[action.kind].name}，不用升级，请改类别或删去这一项"]
        return []

    def _place_rules(self, action: FacilityAction) -> list[str]:
        if action.place is None or not all(map(math.isfinite, action.place)):
            return []
        west, south, east, north = self.bounds
        x, y = action.place
        beyond = math.hypot(max(west - x, x - east, 0.0), max(south - y, y - north, 0.0))
        if beyond <= FARTHEST_M:
            return []
        limit = f"不得超过 {FARTHEST_M / 1000:g} 公里"
        return [f"的位置离研究区 {beyond / 1000:,.0f} 公里，{limit}，请检查位置"]

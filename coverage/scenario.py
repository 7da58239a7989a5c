"""Scenarios: a named list of actions on facilities and roads, tried on data that stay untouched.

The actions are applied to layers (`apply_scenario`), the new layers are assessed as any others,
and the assessments are put side by side (`compare_scenarios`, `changed_verdicts`).
"""

from __future__ import annotations

from coverage.scenarios.action import Action, FacilityAction, Scenario
from coverage.scenarios.action_checks import ACTION_NAMES, AMOUNT_COLUMNS
from coverage.scenarios.applying import ActionEffect, ScenarioLayers, apply_scenario
from coverage.scenarios.comparing import ScenarioComparison, changed_verdicts, compare_scenarios
from coverage.scenarios.facility_checks import action_faults
from coverage.scenarios.facility_draft import SCENARIO_ORIGIN, facilities_after
from coverage.scenarios.history import History, new_facility_id, new_scenario_id

__all__ = [
    "ACTION_NAMES",
    "AMOUNT_COLUMNS",
    "SCENARIO_ORIGIN",
    "Action",
    "ActionEffect",
    "FacilityAction",
    "History",
    "Scenario",
    "ScenarioComparison",
    "ScenarioLayers",
    "action_faults",
    "apply_scenario",
    "changed_verdicts",
    "compare_scenarios",
    "facilities_after",
    "new_facility_id",
    "new_scenario_id",
]

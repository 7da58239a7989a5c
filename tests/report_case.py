"""A report's content by hand: the small assessment, with targets, a scenario and sites as needed."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import geopandas as gpd
import pandas as pd
from shapely import Point

from coverage.rules.target import Plan
from coverage.rules.verdict_table import Judged
from coverage.scenario import FacilityAction, Scenario, compare_scenarios
from coverage.target_contracts import FAILING_UNITS_RESULT, TARGETS_RESULT, WAIVED_RESULT
from layers.quality import Ledger
from layers.source_cards import SourceCard
from reports.report_content import ReportContent
from reports.report_settings import ReportSettings
from tests.hand_made import CRS, KINDS, MODES, STANDARD, X0, Y0, assessment

NASTY = (
    "=cmd|' /C calc'!A0", "<b>&\"'</b>]]>", "{{ 7*7 }}{% raw %}", "控\x00制\x1b符", "长" * 300,
    "卫生室🚑", "+1", "@SUM(A1)", "_x0041_", "\ufffe倒\u202e",
)  # fmt: skip


def content(given=None, *, kinds=KINDS, **more) -> ReportContent:
    """A report of the hand-made assessment, or of another one."""
    found = given or assessment()
    layers = found.layers
    project = SimpleNamespace(
        name=layers.name,
        label=layers.label,
        input_files=list,
        settings=SimpleNamespace(
            roads=SimpleNamespace(source="file"), boundaries=SimpleNamespace(level="township")
        ),
    )
    case = ReportContent(
        project=project,
        kinds=kinds,
        modes=MODES,
        cards=(SourceCard("村.csv", ("署名：示例",)),),
        assessment=found,
        ledger=Ledger(),
        settings=ReportSettings(),
    )
    return replace(case, **more)


def judged(name="每千人口床位") -> Judged:
    """Two targets of one plan: the first missed, the second unknown; one of them by township."""
    rows = []
    for target, zone, verdict, value, gap in (
        ("p/beds", "", "未达标", 6.25, 120.0),
        ("p/beds", "E", "达标", 9.0, 0.0),
        ("p/open", "", "数据不足", float("nan"), float("nan")),
    ):
        row = dict.fromkeys([one.name for one in TARGETS_RESULT.columns])
        row |= {
            "target_id": target, "zone_id": zone, "year": 2025, "value": value, "target": 8.0,
            "unit": "张", "verdict": verdict, "gap": gap, "gap_unit": "张", "clause": name,
            "value_low": value, "value_high": value, "zone_name": "东镇" if zone else "示例县",
            "plan_id": "p", "indicator": name, "rule": "r", "recipe": "床位÷人口",
            "units": 2, "units_failing": 1, "units_unknown": 0, "units_waived": 0,
        }  # fmt: skip
        rows.append(row)
    failing = pd.DataFrame(
        [["p/beds", "E", "facility", "f1", name, "未达标", 2.0, "张", name, ""]],
        columns=[one.name for one in FAILING_UNITS_RESULT.columns],
    )
    waived = pd.DataFrame(columns=[one.name for one in WAIVED_RESULT.columns])
    return Judged(pd.DataFrame(rows), failing, waived)


def with_targets(case: ReportContent, name="每千人口床位") -> ReportContent:
    """The same with a plan held against 2025."""
    plan = Plan("p", name, "某县", "某县", "county", 2021, 2030)
    return replace(case, judged=judged(name), plans=(plan,), year=2025)


def with_scenario(case: ReportContent, name="情景甲") -> ReportContent:
    """The same with a scenario in which the second village gets a clinic."""
    base = case.assessment
    key = base.demand.index[1]
    demand = base.demand.copy()
    demand.loc[key, ["circle_covered", "circle_travel_time_s"]] = [True, 60.0]
    after = replace(base, demand=demand)
    actions = (
        FacilityAction("add", "new-1", name=name, kind="village_clinic", place=(X0, Y0), cost=60.0),
        FacilityAction("close", base.layers.facilities.index[0]),
    )
    scenario = Scenario("plan-a", name, actions)
    comparison = compare_scenarios(base, {"plan-a": after}, scenarios={"plan-a": scenario})
    return replace(case, scenario=scenario, after=after, comparison=comparison)


def with_siting(case: ReportContent, name="王村") -> ReportContent:
    """The same with one new site and one kept."""
    sites = gpd.GeoDataFrame(
        {
            "site_name": [name, "卫生室甲"], "state": ["new", "kept"], "step": [1.0, float("nan")],
            "zone_id": ["E", "W"], "zone_name": ["东镇", "西镇"], "origin": ["village", "list"],
            "adds_people": [300.0, 0.0], "adds_villages": [1.0, 0.0], "only_people": [300.0, 0.0],
            "only_villages": [1.0, 0.0], "assigned_people": [300.0, 400.0],
            "assigned_villages": [1.0, 1.0], "mean_cost": [60.0, 180.0],
            "reason": [f"新增覆盖 1 个村，其中{name}", "保留"],
        },
        geometry=[Point(X0 + 4900, Y0), Point(X0 + 600, Y0)],
        index=pd.Index(["v:d2", "f1"], name="site_id"),
        crs=CRS,
    )  # fmt: skip
    zones = pd.DataFrame(
        {
            "zone_name": ["东镇", "全域"], "population": [300.0, 700.0], "villages": [1.0, 2.0],
            "covered_before": [0.0, 400.0], "covered_after": [300.0, 700.0],
            "villages_before": [0.0, 1.0], "villages_after": [1.0, 2.0],
            "share_before": [0.0, 4 / 7], "share_after": [1.0, 1.0],
        },
        index=pd.Index(["E", ""], name="zone_id"),
    )  # fmt: skip
    ground = SimpleNamespace(
        standard=STANDARD,
        reading=STANDARD.readings[0],
        cost="travel_time_s",
        role="facilities",
        existing=["f1"],
        candidates=["v:d2"],
    )
    question = SimpleNamespace(
        model="maximal_covering", sites=1, existing="locked", years=(), close=None, share=1.0
    )
    answer = SimpleNamespace(
        ground=ground, question=question, sites=sites, zones=zones, order=None,
        sentences=("新建 1 处", "覆盖由 57.1% 变为 100.0%"),
    )  # fmt: skip
    answer.parts = (answer,)
    return replace(case, siting=(answer,))


def full(name="每千人口床位", given=None, **more) -> ReportContent:
    """Everything that a report can hold."""
    return with_siting(with_scenario(with_targets(content(given, **more), name), name), name)

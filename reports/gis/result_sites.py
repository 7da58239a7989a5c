"""Proposed sites as a layer: those of every siting answer, and what a scenario does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import pandas as pd
import shapely

from reports.gis.out_layer import Look
from reports.gis.result_draft import DECIMALS, Draft, finished, reading_phrase
from reports.map_styles import GREY, VERMILION

if TYPE_CHECKING:
    from coverage.scenario import Scenario
    from coverage.studies.study import Assessment
    from coverage.studies.study_sites import SitingAnswer
    from reports.gis.out_datums import OutDatum
    from reports.gis.out_layer import OutLayer
    from reports.report_content import ReportContent

STATES: Final = {
    "新增": "#009e73", "升级": "#cc79a7", "迁移": "#e69f00", "扩容": "#f0e442",
    "保留": GREY, "撤并": VERMILION,
}  # fmt: skip
"""What is done to a site -> its colour, of the Okabe-Ito palette."""

_SITE_STATES: Final = {"new": "新增", "kept": "保留", "closed": "撤并"}
_ACTIONS: Final = {
    "add": "新增", "move": "迁移", "close": "撤并", "upgrade": "升级", "capacity": "扩容",
}  # fmt: skip


def sites_layer(content: ReportContent, datum: OutDatum) -> OutLayer | None:
    """
    The sites of every siting answer, and what the scenario does to facilities.

    Parameters
    ----------
    content
        What the report is written from.
    datum
        What the coordinates are to be in.

    Returns
    -------
    layer
        None where there are neither.
    """
    assessment = content.assessment
    rows = [
        row for number, one in enumerate(content.siting, start=1) for row in _answer(one, number)
    ]
    if content.scenario is not None:
        rows += _scenario(content.scenario, assessment)
    if not rows:
        return None
    table = pd.DataFrame(rows)
    columns = Draft("demand", "选址方案")
    columns.add("代码", table["code"], "代码")
    columns.add("名称", table["name"], "名称")
    columns.add("方案", table["plan"], "方案")
    title = columns.add("动作", table["state"], "动作", meaning="、".join(STATES))
    columns.add("顺序", table["step"], "顺序", meaning="按贡献大小逐处计入的顺序")
    columns.add("新增覆盖人口", table["people"], "新增人口", unit="人")
    columns.add("新增覆盖村数", table["villages"], "新增村数", unit="个")
    columns.add("理由", table["reason"], "理由")
    if table["others"].any():
        columns.add("兼顾", table["others"], "兼顾", meaning="对兼顾的其他标准增减多少")
    looks = [Look("选址方案", title, STATES, size_mm=3.6)]
    shapes = gpd.GeoSeries(table["geometry"], crs=assessment.demand.crs)
    return finished(columns, shapes, assessment, datum, classes=tuple(table["state"]), looks=looks)


def _answer(answer: SitingAnswer, number: int) -> list[dict[str, Any]]:
    """A row per place; what it does for standards beside the first stands in words."""
    rows: dict[str, dict[str, Any]] = {}
    others: dict[str, list[str]] = {}
    for part in answer.parts:
        standard = part.ground.standard
        plan = f"选址方案{number}：{reading_phrase(standard, part.ground.reading)}"
        for code, row in part.sites.iterrows():
            people, villages = row["adds_people"], row["adds_villages"]
            if code not in rows:
                rows[code] = {
                    "code": code,
                    "name": row["site_name"],
                    "plan": plan,
                    "state": _SITE_STATES[row["state"]],
                    "step": row["step"],
                    "people": round(people, DECIMALS),
                    "villages": villages,
                    "reason": row["reason"],
                    "geometry": row["geometry"],
                }
            elif people or villages:
                told = f"{standard.name}：{people:+,.0f} 人、{villages:+,.0f} 个村（社区）"
                others.setdefault(code, []).append(told)
    return [row | {"others": "；".join(others.get(code, []))} for code, row in rows.items()]


def _scenario(scenario: Scenario, assessment: Assessment) -> list[dict[str, Any]]:
    """What is done to facilities; of one that the scenario has added itself, at its place there."""
    standing = assessment.layers.facilities
    places = dict(standing.geometry.items())
    names = dict(standing["facility_name"].items())
    rows = []
    for action in scenario.facility_actions:
        if action.place is not None:
            places[action.facility_id] = shapely.Point(action.place)
        if action.action == "add":
            names[action.facility_id] = action.name
        rows.append(
            {
                "code": action.facility_id,
                "name": names.get(action.facility_id),
                "plan": f"情景：{scenario.name}",
                "state": _ACTIONS[action.action],
                "step": None,
                "people": None,
                "villages": None,
                "reason": "" if action.cost is None else f"费用 {action.cost:g} 万元",
                "others": "",
                "geometry": places[action.facility_id],
            }
        )
    return rows

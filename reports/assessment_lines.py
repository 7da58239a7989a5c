"""What an assessment found, line by line, as the command face tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reports.assessment_summary import summary
from reports.figures import band_text, share_text

if TYPE_CHECKING:
    from coverage.studies.study import Assessment


def report_lines(assessment: Assessment) -> list[str]:
    """
    What an assessment found, a line per standard, reading and notice.

    Parameters
    ----------
    assessment
        What `coverage.assessment.assess` gave.

    Returns
    -------
    lines
        Chinese, without line ends.
    """
    content = summary(assessment)
    counts = content["counts"]
    what = f"{counts['zones']} 个行政单元、{counts['demand_out']} 个需求点、"
    what += f"{counts['facilities_out']} 处设施、{counts['road_edges']} 段道路"
    lines = [f"项目「{content['project']}」：{what}"]
    if content["label"]:
        lines.append(f"数据说明：{content['label']}")
    lines += [_reading_line(reading) for reading in content["readings"]]
    return lines + [f"注意：{notice['message']}" for notice in content["notices"]]


def _reading_line(reading: dict[str, Any]) -> str:
    people = "人口为 0" if reading["population"] == 0 else "人口未知"
    head = f"{reading['standard_name']}·{reading['reading_name']}"
    if reading["villages_covered"] is None:
        return f"{head}：没有计入的设施数据，未核算；{reading['villages']} 个村（社区）"
    if reading["share"] is not None:
        share = share_text(reading["share"], target=reading["target"])
        band = band_text(reading["share_low"], reading["share_high"], target=reading["target"])
        told = f"，误差范围 {band}" if band else ""
        target = f"目标 {reading['target']:.0%}"
        people = f"覆盖 {reading['covered']:,.0f} 人，占 {share}（{target}{told}）"
    villages = f"覆盖 {reading['villages_covered']}/{reading['villages']} 个村（社区）"
    return f"{head}：{people}；{villages}"

"""The results of a report as one Excel workbook; the door of `reports.workbook`."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

from reports.layer_files import safe_file_name
from reports.safe_text import plain_text
from reports.workbook.charts import curve_chart, zone_charts
from reports.workbook.notes import write_notes
from reports.workbook.opening import open_workbook
from reports.workbook.result_sheets import (
    curve_sheet,
    facilities_sheet,
    villages_sheet,
    whole_area_sheet,
    zones_sheet,
)
from reports.workbook.sheets import SheetWriter
from reports.workbook.study_sheets import (
    scenario_sheets,
    siting_sheets,
    target_sheets,
    verdicts_sheet,
)

if TYPE_CHECKING:
    from xlsxwriter.chart import Chart
    from xlsxwriter.worksheet import Worksheet

    from reports.report_content import ReportContent
    from reports.workbook.sheets import ResultSheet

NOTES: Final = "说明"

_CHART_ROWS: Final = 17
"""Rows of a sheet that a chart covers."""

_CHART_SPACE_PX: Final = 20


def workbook_files(content: ReportContent) -> dict[str, bytes]:
    """
    The results as a workbook: 说明, 覆盖汇总 with charts, 乡镇, 村, 出行时间, 设施, and where they
    are there 指标, 选址, 情景比较 and 结论变化.

    Every text is written as text: no formula, no link, whatever it begins with.

    Parameters
    ----------
    content
        What the report is written from.

    Returns
    -------
    files
        File name -> content, one file; the same content gives the same bytes.
    """
    made = io.BytesIO()
    sheets = result_sheets(content)
    about = {"title": plain_text(f"{content.name}服务圈覆盖成果表"),
             "author": plain_text(content.settings.maker)}  # fmt: skip
    with open_workbook(made, **about, comments=plain_text(content.label)) as book:
        writer = SheetWriter(book, foot=content.label or content.name)
        notes = book.add_worksheet(NOTES)
        written = {one.name: writer.write(one) for one in sheets}
        write_notes(writer, notes, content, sheets)
        named = {one.name: one for one in sheets}
        summary = named["覆盖汇总"]
        charts = zone_charts(book, named["乡镇"], content.assessment)
        if "出行时间" in named:
            charts.append(curve_chart(book, named["出行时间"]))
        _place(charts, written[summary.name], first=summary.head_row + summary.rows + 2)
    return {f"{safe_file_name(content.name)}_成果表.xlsx": made.getvalue()}


def result_sheets(content: ReportContent) -> list[ResultSheet]:
    """
    Every sheet but 说明, in order.

    Parameters
    ----------
    content
        What the report is written from.
    """
    assessment = content.assessment
    sheets = [whole_area_sheet(assessment), zones_sheet(assessment), villages_sheet(assessment)]
    curve = curve_sheet(assessment)
    sheets += [] if curve is None else [curve]
    sheets.append(facilities_sheet(assessment, kinds=content.kinds))
    if content.judged is not None:
        sheets += target_sheets(content.judged)
    sheets += siting_sheets(content.siting)
    if content.comparison is not None:
        sheets += scenario_sheets(content.comparison, assessment)
    if content.judged is not None and content.judged_after is not None:
        sheets.append(verdicts_sheet(content.judged, content.judged_after))
    return sheets


def _place(charts: list[Chart], sheet: Worksheet, *, first: int) -> None:
    """Two beside each other under the table, where they cover nothing; one page in print."""
    beside = max((chart.width for chart in charts), default=0) + _CHART_SPACE_PX
    for number, chart in enumerate(charts):
        down, right = divmod(number, 2)
        place = {"object_position": 2, "x_offset": right * beside}
        sheet.insert_chart(first + down * _CHART_ROWS, 0, chart, place)
    sheet.fit_to_pages(1, 1)

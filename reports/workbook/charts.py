"""Charts where people look: coverage by township against the target, and the cumulative curve."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final

from coverage.rules.choices import WHOLE_AREA
from reports.map_styles import BLUE, GREY, VERMILION
from reports.safe_text import plain_text

if TYPE_CHECKING:
    from xlsxwriter.chart import Chart
    from xlsxwriter.workbook import Workbook

    from coverage.studies.study import Assessment
    from reports.workbook.sheets import ResultSheet

_FONT: Final = {"name": "微软雅黑", "size": 9}
_HEIGHT_PX: Final = 300
_NARROWEST_PX: Final = 480
_PX_PER_ZONE: Final = 34
_WIDEST_PX: Final = 1100
_TITLE_LENGTH: Final = 60

LINES: Final = (
    (BLUE, "solid"), (VERMILION, "dash"), ("#009e73", "long_dash"), ("#cc79a7", "dash_dot"),
    ("#e69f00", "square_dot"), (GREY, "round_dot"),
)  # fmt: skip
"""Colours of the Okabe-Ito palette with a dash each: told apart in greyscale too."""


def zone_charts(book: Workbook, zones: ResultSheet, assessment: Assessment) -> list[Chart]:
    """
    A chart per standard: its main reading's share by township as bars, the target as a line.

    Parameters
    ----------
    book
        Open, with the sheet written.
    zones
        From `zones_sheet`: the rows of a reading stand together, in order.
    assessment
        What the sheet was made from.
    """
    rows = assessment.zones[assessment.zones["zone_id"] != WHOLE_AREA]
    at, blocks = zones.head_row + 1, {}
    for reading_id, same in itertools.groupby(rows["reading_id"]):
        count = len(list(same))
        blocks[reading_id] = (at, count)
        at += count
    told = set(rows.loc[rows["share"].notna(), "reading_id"])
    return [
        _zone_chart(book, zones, standard.name, blocks[standard.readings[0].reading_id])
        for standard in assessment.standards
        if standard.readings[0].reading_id in told
    ]


def _zone_chart(book: Workbook, zones: ResultSheet, title: str, block: tuple[int, int]) -> Chart:
    first, last = block[0], block[0] + block[1] - 1

    def cells(name: str) -> list[object]:
        at = zones.at(name)
        return [zones.name, first, at, last, at]

    names = cells("乡镇（街道）")
    chart = book.add_chart({"type": "column"})
    chart.add_series(
        {"name": "人口覆盖率", "categories": names, "values": cells("人口覆盖率"),
         "fill": {"color": BLUE}, "gap": 60}
    )  # fmt: skip
    line = book.add_chart({"type": "line"})
    line.add_series(
        {"name": "目标", "categories": names, "values": cells("目标"),
         "line": {"color": VERMILION, "width": 2, "dash_type": "dash"}}
    )  # fmt: skip
    chart.combine(line)
    chart.set_x_axis({"num_font": {**_FONT, "rotation": -45}})
    width = min(max(_NARROWEST_PX, block[1] * _PX_PER_ZONE + 120), _WIDEST_PX)
    return _settled(chart, f"{title}：各乡镇（街道）人口覆盖率", width=width)


def curve_chart(book: Workbook, curve: ResultSheet) -> Chart:
    """
    The share of people against minutes, a line per standard.

    Parameters
    ----------
    book
        Open, with the sheet written.
    curve
        From `curve_sheet`.
    """
    first, last = curve.head_row + 1, curve.head_row + curve.rows
    chart = book.add_chart({"type": "scatter", "subtype": "straight"})
    for at, (column, (colour, dash)) in enumerate(
        zip(curve.columns[1:], itertools.cycle(LINES)), start=1
    ):
        chart.add_series(
            {"name": _plain_title(column.title), "categories": [curve.name, first, 0, last, 0],
             "values": [curve.name, first, at, last, at],
             "line": {"color": colour, "width": 2, "dash_type": dash}}
        )  # fmt: skip
    minutes = curve.columns[0].cells
    chart.set_x_axis(
        {"name": "出行时间（分钟）", "min": 0, "max": minutes[-1], "major_unit": 10,
         "name_font": _FONT, "num_font": _FONT}
    )  # fmt: skip
    return _settled(chart, "到最近设施的出行时间：累计人口比例", width=_NARROWEST_PX + 120)


def _settled(chart: Chart, title: str, *, width: int) -> Chart:
    chart.set_title({"name": _plain_title(title), "name_font": {**_FONT, "size": 11}})
    chart.set_y_axis(
        {"min": 0, "max": 1, "num_format": "0%", "num_font": _FONT,
         "major_gridlines": {"visible": True, "line": {"color": "#D9D9D9", "width": 0.5}}}
    )  # fmt: skip
    chart.set_legend({"position": "bottom", "font": _FONT})
    chart.set_size({"width": width, "height": _HEIGHT_PX})
    # a filter on the sheet must not take bars away
    chart.show_hidden_data()
    return chart


def _plain_title(text: str) -> str:
    """A title that XlsxWriter cannot take for a reference to a cell, which holds a "!"."""
    return plain_text(text, limit=_TITLE_LENGTH).replace("!", "！")

"""填报说明: what is to be filled in, column by column, and where coordinates come from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reports.forms.columns import DATUMS, LON
from reports.forms.entry_sheet import FONT, LAST_ROW, set_up_page, text_width
from reports.safe_text import plain_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook

    from coverage.standards import FacilityKind
    from reports.forms.columns import FormColumn, Template

GUIDE_SHEET: Final = "填报说明"

CELL_LIMIT: Final = 600
"""Characters of one cell: the members of the widest umbrella word fit."""

_WIDTHS: Final = (28, 10, 10, 66, 30)
_LINE_HEIGHT: Final = 16
_HIGHEST_ROW: Final = 409
"""Points; Excel allows no more."""

Span = tuple[int, int]
"""First and last column of a cell."""

_COLUMN_TABLE: Final[Mapping[str, Span]] = {
    "栏目": (0, 0), "是否必填": (1, 1), "单位": (2, 2), "填写要求": (3, 3), "示例": (4, 4),
}  # fmt: skip

_DATUM_TABLE: Final[Mapping[str, Span]] = {"坐标系": (0, 0), "坐标取自": (1, 4)}

_KIND_TABLE: Final[Mapping[str, Span]] = {"类别": (0, 0), "说明": (1, 3), "也称": (4, 4)}

_RULE_TABLE: Final[Mapping[str, Span]] = {
    "规则": (0, 0),
    "单位": (1, 2),
    "设施、范围和阈值怎样填": (3, 4),
}

_ORDERS: Final = (
    "只在“填报表”填写，从第 2 行起一行一条；“填报说明”只供查阅，不必修改。",
    "第 1 行的栏目名称不要改动、删除；栏目的先后可以调整，也可以在右边加栏。",
    "带 * 的栏目（橙色底纹）必填；其余选填，不掌握的留空，不要填 9999 或“不详”。",
    "不要合并单元格，不要插入小计、合计行；数字栏只填数字，不写单位和“约”“余”等字。",
    "鼠标移到栏目名称上，或点中单元格，会显示这一栏的填写要求。",
    "从别的表复制过来时，请用“选择性粘贴—数值”，以免冲掉下拉框和格式。",
    f"下拉框和填写检查管到第 {LAST_ROW + 1} 行；超出的请另用一份模板。",
)

_COORDINATES: Final = (
    "优先采用本单位或自然资源、民政（地名）部门已有的坐标；没有的，现场定位，或在网上地图里查。",
    "各种地图的坐标系不同，请按坐标的来源在“坐标系”栏注明：",
)

_CAUTIONS: Final = (
    "同一张表最好只用一种坐标系。高德、百度的坐标不必自行换算，导入时由软件换算。",
    "只有平面坐标（X、Y，以米计）的，不用填本模板，请把原表连同坐标系、带号说明一并报送。",
    "北京 54、西安 80 和地方独立坐标系的坐标，须先由测绘单位转换。",
    "涉密测绘成果及由其得到的坐标，不得填入本表。",
    "暂时没有坐标的，请把所属乡镇、村名和地址填全，以便核对补充。",
)


def write_guide_sheet(
    book: Workbook,
    columns: Sequence[FormColumn],
    *,
    template: Template,
    kinds: Sequence[FacilityKind],
    mark: str,
    rules: Sequence[Sequence[str]] = (),
) -> None:
    """
    Write the guide: orders, columns, coordinates, kinds, rules.

    Parameters
    ----------
    book
        The workbook; gets a new sheet.
    columns
        Those of the sheet to fill in.
    template
        The blank table.
    kinds
        The kinds that are offered, in the order of the drop-down.
    mark
        Stands before the name in the example row.
    rules
        Rows of the table of rules; none for lists of places.
    """
    page = _Page(book, template.title)
    page.heading("一、填报要求")
    example = f"第 2 行标有“{mark}”的是示例，只供参考，填报前请整行删除。"
    page.paragraphs((*template.notes, example, *_ORDERS))
    page.heading("二、各栏说明")
    page.table(_COLUMN_TABLE, map(_column_row, columns))
    if LON.ours in {column.ours for column in columns}:
        page.heading("三、坐标和坐标系")
        page.paragraphs(_COORDINATES)
        page.table(_DATUM_TABLE, DATUMS.items())
        page.paragraphs(_CAUTIONS)
    if kinds:
        page.heading("四、类别")
        page.table(_KIND_TABLE, map(_kind_row(kinds), kinds))
    if rules:
        page.heading("三、规则")
        page.table(_RULE_TABLE, rules)


class _Page:
    """A sheet that is written from the top down."""

    def __init__(self, book: Workbook, title: str) -> None:
        self._sheet = book.add_worksheet(GUIDE_SHEET)
        self._row = 0
        lines = {**FONT, "text_wrap": True, "valign": "top"}
        self._title = book.add_format({**FONT, "bold": True, "font_size": 16})
        self._heading = book.add_format({**FONT, "bold": True, "font_size": 12})
        self._paragraph = book.add_format(lines)
        self._head = book.add_format({**lines, "bold": True, "bg_color": "#D9E2EC", "border": 1})
        self._cell = book.add_format(
            {**lines, "border": 1, "border_color": "#BFBFBF", "num_format": "@",
             "quote_prefix": True}
        )  # fmt: skip
        for at, width in enumerate(_WIDTHS):
            self._sheet.set_column(at, at, width)
        set_up_page(self._sheet, "&R第 &P 页　共 &N 页")
        self._sheet.hide_gridlines(2)
        self._sheet.write_string(0, 0, f"{title}{GUIDE_SHEET}", self._title)
        self._sheet.set_row(0, 2 * _LINE_HEIGHT)

    def heading(self, text: str) -> None:
        """A line that begins a part."""
        self._row += 2
        self._sheet.write_string(self._row, 0, text, self._heading)

    def paragraphs(self, texts: Sequence[str]) -> None:
        """Sentences across the page, numbered where there are several."""
        for place, text in enumerate(texts, start=1):
            said = f"{place}. {text}" if len(texts) > 1 else text
            self._line((said,), ((0, len(_WIDTHS) - 1),), self._paragraph)

    def table(self, titles: Mapping[str, Span], rows: Iterable[Sequence[str]]) -> None:
        """A header and lines below it."""
        spans = tuple(titles.values())
        self._line(tuple(titles), spans, self._head)
        for row in rows:
            self._line(row, spans, self._cell)

    def _line(self, texts: Sequence[str], spans: Sequence[Span], form: Format) -> None:
        self._row += 1
        lines = 1
        for text, (first, last) in zip(texts, spans, strict=True):
            said = plain_text(text, limit=CELL_LIMIT)
            lines = max(lines, -(-text_width(said) // (sum(_WIDTHS[first : last + 1]) - 2)))
            if last > first:
                self._sheet.merge_range(self._row, first, self._row, last, "", form)
            if said:
                self._sheet.write_string(self._row, first, said, form)
            else:
                self._sheet.write_blank(self._row, first, None, form)
        # a merged cell does not grow with its text
        self._sheet.set_row(self._row, min(lines * _LINE_HEIGHT, _HIGHEST_ROW))


def _column_row(column: FormColumn) -> tuple[str, ...]:
    shown = f"{column.example:.6f}" if column.content == "degrees" else column.example
    return (
        column.title,
        "必填" if column.required else "选填",
        column.unit,
        column.meaning,
        "" if shown is None else str(shown),
    )


def _kind_row(kinds: Sequence[FacilityKind]) -> Callable[[FacilityKind], tuple[str, ...]]:
    names = {kind.kind: kind.name for kind in kinds}

    def row(kind: FacilityKind) -> tuple[str, ...]:
        narrower = "、".join(names[member] for member in kind.members if member in names)
        said = f"统称，包括{narrower}" if narrower else ""
        return kind.name, said, "、".join(kind.aliases)

    return row

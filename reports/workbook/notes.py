"""The sheet 说明: what the workbook is, how its numbers are made, every column, every source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reports.map_text import group_title
from reports.workbook.opening import MOST_ROWS, cell_text, shown_width

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from xlsxwriter.worksheet import Worksheet

    from reports.report_content import ReportContent
    from reports.workbook.sheets import ResultSheet, SheetWriter

_WIDTHS: Final = (22, 34, 24, 64)
_LINE_HEIGHT: Final = 15.0
_MOST_LINES: Final = 20

_RULES: Final = (
    "阈值都含等于，按未取整的数比较；表里只显示到一位小数，快到而没有到的多显示几位，不进位成达到。",
    "覆盖率按人计，不按村计；村覆盖率与它并列，不能代替它。",
    "空格表示不知道、不适用或不考核，不是 0；“到不了”表示道路不连通。",
    "颜色只帮助查找，同一格里的文字说的是同样的意思：蓝为覆盖或达标，橙红为未覆盖或未达标，黄为存疑。",
    "全表没有公式；各表的数与同一次导出的 CSV、Word、地图相同，出行时间在 CSV 里以秒计。",
)


def write_notes(
    writer: SheetWriter, sheet: Worksheet, content: ReportContent, sheets: Sequence[ResultSheet]
) -> None:
    """
    Fill the sheet 说明.

    Parameters
    ----------
    writer
        Of the workbook.
    sheet
        Empty; stands first.
    content
        What the report is written from.
    sheets
        The other sheets.
    """
    for at, width in enumerate(_WIDTHS):
        sheet.set_column(at, at, width)
    title = writer.form(bold=True, font_size=16, valign="vcenter")
    sheet.write_string(0, 0, cell_text(f"{content.name} 服务圈覆盖成果表"), title)
    sheet.set_row(0, 28)
    at = 1
    if content.label:
        warning = writer.form(bold=True, font_color="#B03A00")
        sheet.write_string(at, 0, cell_text(content.label), warning)
        at += 1
    for lines in (_facts(content), *_tables(content, sheets)):
        at = _write_lines(writer, sheet, at + 1, lines)
    sheet.freeze_panes(1, 0)
    writer.settle_page(sheet)


Lines = tuple[str, tuple[str, ...], list[tuple[str, ...]]]
"""Title of a part, its heads (none for plain lines) and its rows."""


def _facts(content: ReportContent) -> Lines:
    settings, layers = content.settings, content.assessment.layers
    known = {
        "编制单位": settings.maker,
        "数据日期": settings.data_date,
        "编制日期": settings.made_on,
        "用途": settings.purpose,
        "密级": settings.printing.secrecy,
        "规划": "、".join(f"《{one.title}》" for one in content.plans),
        "核算年份": "" if content.year is None else str(content.year),
        "情景": "" if content.scenario is None else content.scenario.name,
        "研究区": f"{len(layers.zones):,} 个行政单元、{len(layers.demand):,} 个村（社区、居民点）、"
        f"{len(layers.facilities):,} 处设施",
        "误差范围": f"车速上下浮动 {content.assessment.uncertainty.speed_share:.0%}，接驳段超过 "
        f"{content.assessment.uncertainty.thin_road_m:g} 米的按绕行 "
        f"{content.assessment.uncertainty.detour:g} 倍计",
    }
    return "基本情况", (), [(name, said) for name, said in known.items() if said]


def _tables(content: ReportContent, sheets: Sequence[ResultSheet]) -> Iterable[Lines]:
    yield "读表须知", (), [(rule,) for rule in _RULES]
    yield (
        "各表内容和算法",
        ("表", "每行是什么", "行数", "算法"),
        [(one.name, one.about, _count(one), one.recipe) for one in sheets],
    )
    yield "标准和口径", ("标准", "口径和阈值", "考核对象", "目标依据和条款"), [
        (
            standard.name,
            "，".join([
                reading.name,
                f"阈值 {reading.cutoff_text}（含等于）",
                f"出行方式：{_mode(content, standard.mode_of(reading))}",
            ]),
            f"{group_title(standard)}，目标 {standard.target:.0%}",
            "；".join([
                *([standard.target_note] if standard.target_note else []),
                *(f"《{one.title}》{one.section}：{one.quote}" for one in standard.clauses),
            ]),
        )
        for standard in content.assessment.standards
        for reading in standard.readings
    ]  # fmt: skip
    yield "各列含义", ("列", "单位", "在哪些表", "含义"), _columns(sheets)
    yield (
        "数据来源",
        ("文件", "说明"),
        [(card.file, "；".join(card.facts) or "没有写明来源") for card in content.cards],
    )
    notices = content.assessment.notices
    if notices:
        yield "须注意的情况", (), [(one.message,) for one in notices]
    set_aside = [(name, f"{count:,} 行放在一边，没有参加计算")
                 for name, count in content.ledger.rows_set_aside.items() if count]  # fmt: skip
    if set_aside:
        yield "没有采用的数据", ("文件", "行数"), set_aside


def _count(sheet: ResultSheet) -> str:
    if sheet.rows > MOST_ROWS:
        return f"只列出前 {MOST_ROWS:,} 行，共 {sheet.rows:,} 行"
    return f"{sheet.rows:,}"


def _mode(content: ReportContent, mode_id: str) -> str:
    return content.modes[mode_id].name if mode_id in content.modes else mode_id


def _columns(sheets: Sequence[ResultSheet]) -> list[tuple[str, ...]]:
    """Every column once, with the sheets it stands on."""
    where: dict[tuple[str, str, str], list[str]] = {}
    for sheet in sheets:
        for column in sheet.columns:
            key = (column.title, column.unit, column.meaning)
            if sheet.name not in where.setdefault(key, []):
                where[key].append(sheet.name)
    return [
        (title, unit, "、".join(names), meaning) for (title, unit, meaning), names in where.items()
    ]


def _write_lines(writer: SheetWriter, sheet: Worksheet, at: int, lines: Lines) -> int:
    """Write one part from a row on; the row behind it."""
    title, heads, rows = lines
    sheet.write_string(at, 0, title, writer.form(bold=True, font_size=12))
    at += 1
    for place, head in enumerate(heads):
        sheet.write_string(at, place, head, writer.head_form())
    at += 1 if heads else 0
    cell = writer.form(text_wrap=True, valign="top", quote_prefix=True)
    for row in rows:
        end = len(row) - 1
        for place, text in enumerate(row):
            # the last cell of a short row takes the empty ones beside it
            if place == end < len(_WIDTHS) - 1:
                sheet.merge_range(at, place, at, len(_WIDTHS) - 1, "", cell)
            sheet.write_string(at, place, cell_text(text), cell)
        sheet.set_row(at, _LINE_HEIGHT * _lines_of(row))
        at += 1
    return at


def _lines_of(row: tuple[str, ...]) -> int:
    """Lines that the fullest cell takes."""
    end = len(row) - 1
    widths = (*_WIDTHS[:end], sum(_WIDTHS[end:]))
    needed = [
        -(-shown_width(cell_text(text)) // int(width * 0.9))
        for text, width in zip(row, widths, strict=True)
    ]
    return min(max(1, *needed), _MOST_LINES)

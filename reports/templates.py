"""Blank tables to download, so that what an office sends back is read without a question.

One workbook for each office and not one for all facilities: a clerk of the health bureau then
chooses among twenty kinds instead of seventy, and is not asked for the area of a sports ground;
nor does the sports bureau see beds. What the columns ask for stands in `reports.forms.columns`.
"""

from __future__ import annotations

import datetime as dt
import io
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import xlsxwriter

from layers.checks.filler_rows import EXAMPLE_MARK
from reports.forms.columns import (
    DEMAND_COLUMNS,
    ELDERLY_BEDS,
    ELDERLY_LEVEL,
    GROUND_AREA,
    KIND,
    MEDICAL_BEDS,
    MEDICAL_LEVEL,
    SITE_AREA,
    TURNOUT,
    ZONE_COLUMNS,
    Template,
    facility_columns,
)
from reports.forms.entry_sheet import write_choices, write_entry_sheet
from reports.forms.guide_sheet import write_guide_sheet
from reports.forms.plan_columns import PLAN_TEMPLATE, RULE_GUIDE
from reports.forms.provision_columns import (
    CHILDCARE_PLACES,
    LAND_AREA,
    NURSING_BEDS,
    OWNERSHIP,
    STAFF,
)
from reports.safe_text import plain_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from coverage.standards import FacilityKind
    from reports.forms.columns import FormColumn

_MADE: Final = dt.datetime(2000, 1, 1)  # noqa: DTZ001 - Excel knows no time zones
"""Stands as the date of every workbook, so that the same kinds give the same bytes."""

_SETTINGS: Final = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}

_WHOLE_COUNTY: Final = "全县（市、区）范围内正在使用的都要填；已停办、撤并的不填。"

TEMPLATES: Final = (
    Template(
        "medical",
        "医疗机构名录",
        "facilities",
        facility_columns(
            "机构",
            number="机构代码",
            example=("云岫镇卫生院", "镇卫生院"),
            own=(MEDICAL_LEVEL, MEDICAL_BEDS, OWNERSHIP, *STAFF, LAND_AREA),
        ),
        ("医疗",),
        (_WHOLE_COUNTY, "一家医院有几个院区的，每个院区填一行，床位分别填写，不重复计算。"),
    ),
    Template(
        "emergency",
        "急救站点名录",
        "facilities",
        facility_columns(
            "设施", number="设施编号", example=("云岫镇急救站", "院前急救站"), own=(TURNOUT,)
        ),
        ("急救",),
        (_WHOLE_COUNTY, "填救护车平时停放、出车的地点；胸痛中心、卒中中心填所在医院的位置。"),
    ),
    Template(
        "elderly",
        "养老服务设施名录",
        "facilities",
        facility_columns(
            "机构",
            number="机构代码",
            example=("云岫镇敬老院", "敬老院"),
            own=(ELDERLY_LEVEL, ELDERLY_BEDS, NURSING_BEDS, OWNERSHIP, LAND_AREA),
        ),
        ("养老",),
        (_WHOLE_COUNTY, "日间照料中心、幸福院等没有住宿床位的，床位填 0。"),
    ),
    Template(
        "fitness",
        "健身设施名录",
        "facilities",
        facility_columns(
            "设施",
            number="设施编号",
            example=("丁庄村健身广场", "健身站点"),
            own=(GROUND_AREA, LAND_AREA),
        ),
        ("健身",),
        (_WHOLE_COUNTY, "只填向公众开放的；一处场地里有几种器材的，合填一行。"),
    ),
    Template(
        "childcare",
        "托育机构名录",
        "facilities",
        facility_columns(
            "机构",
            number="机构代码",
            example=("云岫镇托育园", "托育机构"),
            own=(OWNERSHIP, CHILDCARE_PLACES),
        ),
        ("托育",),
        (_WHOLE_COUNTY, "填已登记备案的；幼儿园托班附设在幼儿园的，在备注里注明。"),
    ),
    Template(
        "other",
        "其他公共服务设施名录",
        "facilities",
        facility_columns(
            "设施", number="设施编号", example=("云岫镇中心小学", "学校"), own=(SITE_AREA,)
        ),
        ("教育", "文化", "绿地", "环卫"),
        (_WHOLE_COUNTY, "教育、文化、公园绿地、公厕填本表；医疗、急救、养老、健身、托育另有模板。"),
    ),
    Template(
        "demand",
        "村（社区）名录",
        "demand",
        DEMAND_COLUMNS,
        notes=("全县（市、区）的行政村和社区都要填，不得遗漏；人口合计应与公布的总数相符。",),
    ),
    Template(
        "zone_population",
        "行政单元人口",
        "zones",
        ZONE_COLUMNS,
        notes=(
            "没有分村（社区）人口时才填本表：乡镇（街道）人口分摊到所辖各村，合计数不变。",
            "本表没有边界，要与行政区划图配合使用；两者按行政区划代码对应。",
        ),
    ),
)
"""Every blank table; each group of facilities stands in exactly one."""


def plan_template_bytes() -> bytes:
    """
    A blank table for the targets of a planner's own plan, read by `plan_from_table`.

    Returns
    -------
    content
        填报表, 填报说明 with what each rule asks for, and the words of the drop-downs; always the
        same bytes.
    """
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, dict(_SETTINGS)) as book:
        book.set_properties({"title": f"{PLAN_TEMPLATE.title}填报表", "created": _MADE})
        columns = PLAN_TEMPLATE.columns
        write_entry_sheet(book, columns, title=PLAN_TEMPLATE.title, mark=EXAMPLE_MARK)
        write_guide_sheet(
            book,
            columns,
            template=PLAN_TEMPLATE,
            kinds=(),
            mark=EXAMPLE_MARK,
            rules=RULE_GUIDE,
        )
        write_choices(book, columns)
    return content.getvalue()


def template_bytes(layer: str, *, kinds: Mapping[str, FacilityKind]) -> bytes:
    """
    A blank table as a workbook: 填报表 to fill in, 填报说明, and a hidden sheet of choices.

    Every text is written as text: no formula, no link, whatever it begins with.

    Parameters
    ----------
    layer
        `template_id` of one of `TEMPLATES`.
    kinds
        The table of facility kinds by code; the names of those in the template's groups are
        offered for choice, umbrella words last.

    Returns
    -------
    content
        The same kinds give the same bytes.

    Raises
    ------
    KeyError
        If there is no such template.
    """
    template = {one.template_id: one for one in TEMPLATES}[layer]
    offered = _offered(template, kinds)
    columns = [_with_choices(column, offered) for column in template.columns]
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, dict(_SETTINGS)) as book:
        book.set_properties({"title": f"{template.title}填报表", "created": _MADE})
        write_entry_sheet(book, columns, title=template.title, mark=EXAMPLE_MARK)
        write_guide_sheet(book, columns, template=template, kinds=offered, mark=EXAMPLE_MARK)
        write_choices(book, columns)
    return content.getvalue()


def _offered(template: Template, kinds: Mapping[str, FacilityKind]) -> list[FacilityKind]:
    """The kinds of a template, umbrella words last: the exact word is to be met first."""
    own = [kind for kind in kinds.values() if kind.group in template.groups]
    return sorted(own, key=lambda kind: bool(kind.members))


def _with_choices(column: FormColumn, offered: Sequence[FacilityKind]) -> FormColumn:
    """The column with the names of the kinds, where it is the one that asks for them."""
    if column.ours != KIND:
        return column
    names = tuple(filter(None, dict.fromkeys(plain_text(kind.name) for kind in offered)))
    example = column.example if column.example in names else next(iter(names), None)
    return replace(column, choices=names, example=example)

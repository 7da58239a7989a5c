"""What the blank table of a plan's targets asks for, and what each rule needs."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from layers.planning.plan_tables import AREA_MARK, NEEDED, TITLES, YES_NO
from layers.planning.words import GROUPS, QUANTITIES, RULES, SCOPES, UNITS
from reports.forms.columns import FormColumn, Template

_FIRST_YEAR: Final = 1949
_LAST_YEAR: Final = 2100

_RULE_TITLES: Final = tuple(form.title for form in RULES.values())


def _column(
    key: str, meaning: str, example: str | float | None, *, choices: tuple[str, ...] = ()
) -> FormColumn:
    return FormColumn(
        "",
        TITLES[key],
        meaning,
        example,
        required=key in NEEDED,
        choices=choices,
        refusal=f"{TITLES[key]}一般从下拉框选。确是其他写法的，请选“是”。" if choices else "",
        choices_only=False,
    )


def _year(key: str, meaning: str, example: int | None) -> FormColumn:
    return replace(
        _column(key, meaning, example),
        content="whole",
        limits=(_FIRST_YEAR, _LAST_YEAR),
        refusal=f"{TITLES[key]}应是四位数的年份，如 2025。",
        choices_only=True,
    )


_VALUE: Final = "只填数字；越低越好的写“≤”加数字。规划没有给出数值的留空，在说明里写明。"

PLAN_COLUMNS: Final = (
    _column("id", "英文小写字母、数字、连字符，各行不得重复；可以不填。", "beds-per-1000"),
    _column("indicator", "指标的名称，一项一行。", "每千人口医疗机构床位数"),
    replace(
        _column(
            "rule", "从下拉框选；各规则要填什么见“填报说明”。", "人均容量", choices=_RULE_TITLES
        ),
        choices_only=True,
        refusal="请从下拉框选一种规则；各规则的含义见“填报说明”。",
    ),
    _column(
        "subject",
        "设施类别的名称；条件写在半角方括号里，如 综合医院[二级,康复医学科]；几类用 + 连接；"
        "合计的数量写在点后，如 养老机构.床位；占比写 甲/乙，毗邻写 甲~乙。",
        "医疗卫生机构.床位",
    ),
    _column("group", "按谁来算；不填为常住人口。", "常住人口", choices=tuple(GROUPS)),
    _column(
        "scope",
        f"全域、农村地区、建成区等，不填为全域；按单元核算的填单元，如 乡镇；"
        f"有专名的片区写“{AREA_MARK}”加名称。",
        "全域",
        choices=(*SCOPES, *(word for word in UNITS if word not in SCOPES)),
    ),
    _column("threshold", "时间、距离、每多少人、每单元几处等，按规则填。", "每千人"),
    _column("unit", "目标值的单位。", "张"),
    _year("base_year", "现状的年份；没有的留空。", 2020),
    _column("base_value", "现状的数值，只填数字；没有的留空。", "7.48"),
    _year("year_1", "第一个目标年。", 2025),
    _column("value_1", _VALUE, "8"),
    _year("year_2", "第二个目标年；没有的留空。", None),
    _column("value_2", _VALUE, None),
    _year("year_3", "第三个目标年；没有的留空。", None),
    _column("value_3", _VALUE, None),
    _column("binding", "不填为预期性。", "预期性", choices=("约束性", "预期性")),
    _column("department", "规划写明的责任部门；没有的留空。", "市卫生健康委"),
    _column("section", "条款在规划里的位置。", "专栏1"),
    _column("quote", "规划的原文，逐字照抄。", "每千人口医疗机构床位数（张） 7.48 8"),
    _column("note", "需要说明的情况。", None),
    _column(
        "needs",
        "单元设置率而各级要求不同的，写 单元=设施 至少几处 人口几万以上，几级用分号隔开，"
        "如 乡镇=镇卫生院；县=综合医院 至少2处 人口80万以上；此时设施、范围、阈值留空。",
        None,
    ),
    _column(
        "reading",
        "与软件里某项标准的一种口径相同的，填口径代号，如 health_circle_15；"
        "数值就与覆盖评估相同，阈值留空。",
        None,
    ),
    _column(
        "indicator_id",
        "小写字母、数字、下划线；与其他规划的同一指标填同一个，可两规划对照。",
        "beds_per_1000",
    ),
    _column("conflict", "规划前后写得不一致的，写明在哪里、差在哪里。", None),
    replace(
        _column(
            "total",
            "目标值是全域合计数的填“是”；不填由规则和单位判断。",
            None,
            choices=tuple(YES_NO),
        ),
        choices_only=True,
        refusal="请填“是”或“否”，也可以不填。",
    ),
    _column("open", "规划没有给出数值的，写明原因；目标值留空。", None),
)

PLAN_TEMPLATE: Final = Template(
    "plan",
    "规划指标",
    "targets",
    PLAN_COLUMNS,
    notes=(
        "一项指标一行；同一条款有几个数的，各填一行。规划的名称、发布单位、年限在导入时填写。",
        "条件里，逗号表示同时具备，竖线 | 表示具备其一；没有专门含义的词按“具备条件”核对。",
        f"可以合计的数量：{'、'.join(QUANTITIES)}。",
    ),
)

_HOW: Final = {
    "served_within_time": "设施写一类或几类；阈值写分钟和出行方式，如 15分钟 步行",
    "served_within_distance": "阈值写距离和量法，如 2.5公里 路网 步行，或 500米 直线",
    "served_by_all_within_time": "设施写 教育=教育设施；文化=文化设施，都要到；阈值如 15分钟 步行",
    "capacity_per_population": "设施后面写合计的数量，如 养老机构.床位；阈值写 每千人、每万人",
    "area_per_population": "设施后面写面积，如 健身设施.场地面积；阈值不填即人均",
    "units_with_facility": "范围写单元，如 乡镇；阈值写 至少2处（不填为 1 处）、人口80万以上",
    "units_served": "范围写单元；阈值写服务半径，如 1000米，不填即单元内要有",
    "facility_count": "阈值可写 分片：东、中、西，表示每片都要有",
    "facility_share": "设施写 甲/乙，如 村卫生室[中医药服务]/村卫生室；阈值不填",
    "capacity_share": "设施写 甲.数量/乙.数量，如 养老机构.护理型床位/养老机构.床位；阈值不填",
    "colocated_within_distance": "设施写 甲~乙，如 村卫生室~农村幸福院；阈值写距离，如 300米",
    "territory_assignment": "设施写牵头机构的名称，用顿号隔开；阈值不填",
    "reported": "软件不核算，由填报人填报统计值；设施、阈值不填",
}

RULE_GUIDE: Final = tuple(
    (form.title, "、".join(form.units) or "按指标", _HOW[rule]) for rule, form in RULES.items()
)
"""Title, units and what is to be filled in, for each rule."""

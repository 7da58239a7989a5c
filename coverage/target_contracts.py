"""The column tables of the targets: values and verdicts, failing units, waivers."""

from __future__ import annotations

from typing import Final

from coverage.contracts import Column, Contract
from coverage.result_columns import LABEL_COLUMN
from coverage.rules.judging import VERDICTS

# fmt: off
_TARGET_ID = Column("target_id", "text", "指标编号",
                    "规划代号/指标代号，如 jinan-2022/beds-per-1000")

TARGETS_RESULT: Final = Contract(
    "targets.csv",
    "规划指标核算",
    (
        _TARGET_ID,
        Column("zone_id", "text", "单元代码", "空值为整个研究区的合计", nullable=True),
        Column("year", "whole", "核算年份", "所选的年份"),
        Column("value", "number", "现值", "按现有数据核算；资料不全、只能给出上下限时为空",
               nullable=True),
        Column("target", "number", "目标值", "所选年份适用的目标；没有设定时为空", nullable=True),
        Column("unit", "text", "单位", "现值和目标值的单位"),
        Column("verdict", "text", "结论", "、".join(VERDICTS), choices=VERDICTS),
        Column("gap", "number", "缺口", "还差多少，单位见“缺口单位”；资料不全或没有目标时为空",
               nullable=True, minimum=0),
        Column("missing", "text", "缺什么",
               "数据不足时缺的资料，条款里另外没有满足的要求，只知道上下限的缺口",
               nullable=True),
        Column("clause", "text", "条款", "规划中的位置和原文"),
        Column("gap_unit", "text", "缺口单位", "人、张、平方米、处、个等"),
        Column("value_low", "number", "现值下限", "不知道的都按最少计；资料齐全时与现值相同",
               nullable=True),
        Column("value_high", "number", "现值上限", "不知道的都按最多计；可为 inf，表示没有上限",
               nullable=True),
        Column("numerator", "number", "分子", "达到要求的人、单元、设施或容量；不确定时为空",
               nullable=True),
        Column("denominator", "number", "分母", "考核对象的合计；不是比率或不确定时为空",
               nullable=True),
        Column("zone_name", "text", "单元名称", "行政单元的名称；合计为项目名称"),
        Column("plan_id", "text", "规划代号", "所属规划"),
        Column("indicator", "text", "指标", "指标名称"),
        Column("rule", "text", "核算规则", "规则代码，见说明文档"),
        Column("target_year", "whole", "目标年", "目标值应在哪一年达到", nullable=True),
        Column("target_note", "text", "目标说明", "目标值的由来，或没有目标的原因", nullable=True),
        Column("baseline", "number", "基期值", "规划给出的现状", nullable=True),
        Column("baseline_year", "whole", "基期年", "现状的年份", nullable=True),
        Column("recipe", "text", "算法", "数字是怎样算出来的"),
        Column("notes", "text", "说明", "读数时须知道的情况", nullable=True),
        Column("units", "whole", "考核对象数", "计入的需求点、设施或单元的个数", "个", minimum=0),
        Column("units_failing", "whole", "未达标对象数", "逐个可判的指标中未达标的个数",
               "个", minimum=0),
        Column("units_unknown", "whole", "资料不全对象数", "资料不全、无法判断的个数",
               "个", minimum=0),
        Column("units_waived", "whole", "豁免数", "按豁免规则不计入分母的村数", "个", minimum=0),
        LABEL_COLUMN,
    ),
)

FAILING_UNITS_RESULT: Final = Contract(
    "failing_units.csv",
    "未达标对象",
    (
        _TARGET_ID,
        Column("zone_id", "text", "单元代码", "所在行政单元；空值为研究区本身", nullable=True),
        Column("unit_type", "text", "对象类型", "demand 需求点、facility 设施、zone 行政单元",
               choices=("demand", "facility", "zone")),
        Column("unit_id", "text", "对象代码", "需求点、设施或行政单元的代码"),
        Column("unit_name", "text", "对象名称", "需求点、设施或行政单元的名称", nullable=True),
        Column("status", "text", "状态", "未达标，或资料不全而无法判断",
               choices=("未达标", "无法判断")),
        Column("short", "number", "差额", "这一对象差多少；不知道差多少时为空",
               nullable=True, minimum=0),
        Column("unit", "text", "差额单位", "与指标的缺口单位相同"),
        Column("reason", "text", "原因", "为什么未达标，或缺哪项资料"),
        LABEL_COLUMN,
    ),
)

WAIVED_RESULT: Final = Contract(
    "waived_units.csv",
    "豁免对象",
    (
        _TARGET_ID,
        Column("zone_id", "text", "单元代码", "所在行政单元"),
        Column("item_id", "text", "需求点代码", "不计入分母的村"),
        Column("item_name", "text", "名称", "村的名称", nullable=True),
        Column("reason", "text", "原因", "按哪条豁免规则不计"),
        LABEL_COLUMN,
    ),
)

NEW_SITES_RESULT: Final = Contract(
    "new_sites.csv",
    "最少新建",
    (
        _TARGET_ID,
        Column("sites", "whole", "新建处数", "达到目标要新建几处，现有设施都保留", "处", minimum=1),
        Column("at_least", "whole", "至少", "任何方案都不会更少；与新建处数相同即已证明最少",
               "处", minimum=0),
        Column("reaches", "flag", "能否达到", "否：建了也达不到目标，所列只是能服务到的全部覆盖"),
        Column("place_id", "text", "地点代码", "需求点代码；候选地点是各村（社区）所在的点"),
        Column("place_name", "text", "地点", "村（社区）的名称", nullable=True),
        Column("zone_id", "text", "单元代码", "所在行政单元"),
        Column("builds", "text", "新建什么", "要建的设施；几类设施的生活圈列出所缺的各类"),
        Column("adds", "number", "新增", "以它为最近新建地点的人数或单元数；人数未填的不计",
               minimum=0),
        Column("unit", "text", "新增单位", "与指标的缺口单位相同"),
        Column("units", "whole", "新增对象数", "以它为最近新建地点的需求点或单元的个数",
               "个", minimum=1),
        LABEL_COLUMN,
    ),
)
# fmt: on

TARGET_RESULTS: Final = (TARGETS_RESULT, FAILING_UNITS_RESULT, WAIVED_RESULT, NEW_SITES_RESULT)
"""Every table of the command `targets`, in the order of the data dictionary."""

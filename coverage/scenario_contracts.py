"""The column tables of scenarios side by side: coverage, villages, travel times, costs, targets."""

from __future__ import annotations

from typing import Final

from coverage.contracts import Column, Contract
from coverage.result_columns import READING_ID, STANDARD_ID
from coverage.rules.judging import VERDICTS

SHARE_MINUTES: Final = (5, 10, 15, 20, 30)
"""Minutes within which the share of people is told."""

# fmt: off
_SCENARIO_ID = Column("scenario_id", "text", "情景代码", "情景的代码，也是文件名")
_OR_BASE = Column("scenario_id", "text", "情景代码", "情景的代码；空值为现状", nullable=True)
_SCENARIO_NAME = Column("scenario_name", "text", "情景名称", "规划人员起的名称")
_ZONE_ID = Column("zone_id", "text", "单元代码", "空值为整个研究区的合计", nullable=True)
_ZONE_NAME = Column("zone_name", "text", "单元名称", "行政单元的名称", nullable=True)


def _share(name: str, title: str, meaning: str) -> Column:
    return Column(name, "number", title, f"{meaning}，0 到 1；未知时为空", nullable=True,
                  minimum=0, maximum=1)


def _people(name: str, title: str, meaning: str) -> Column:
    return Column(name, "number", title, f"{meaning}；未知时为空", "人", nullable=True, minimum=0)


SCENARIO_READINGS: Final = Contract(
    "scenario_readings.csv",
    "情景对比：覆盖",
    (
        _SCENARIO_ID,
        _SCENARIO_NAME,
        STANDARD_ID,
        READING_ID,
        _ZONE_ID,
        _ZONE_NAME,
        _people("covered_before", "现状覆盖人口", "现状在阈值以内（含等于）的人数"),
        _people("covered_after", "情景覆盖人口", "情景中在阈值以内（含等于）的人数"),
        _share("share_before", "现状人口覆盖率", "现状的人口覆盖率"),
        _share("share_after", "情景人口覆盖率", "情景中的人口覆盖率"),
        _people("gained", "新增覆盖人口", "由未覆盖变为覆盖的人数"),
        _people("lost", "失去覆盖人口", "由覆盖变为未覆盖的人数"),
        Column("villages_gained", "whole", "新增覆盖村数", "由未覆盖变为覆盖的需求点", "个",
               minimum=0),
        Column("villages_lost", "whole", "失去覆盖村数", "由覆盖变为未覆盖的需求点", "个",
               minimum=0),
    ),
)

SCENARIO_VILLAGES: Final = Contract(
    "scenario_villages.csv",
    "情景对比：结论变化的需求点",
    (
        _SCENARIO_ID,
        READING_ID,
        Column("demand_id", "text", "需求点代码", "结论有变化的村、社区或居民点，每种口径一条"),
        Column("demand_name", "text", "名称", "村、社区或居民点的名称", nullable=True),
        _ZONE_ID,
        _people("population", "人口", "该标准对应人群的人数"),
        Column("change", "text", "变化", "gained 新增覆盖、lost 失去覆盖",
               choices=("gained", "lost")),
        Column("before", "number", "现状", "到最近设施的时间或距离，单位同阈值；inf 表示到不了",
               "秒或米", minimum=0),
        Column("after", "number", "情景", "同上，情景中", "秒或米", minimum=0),
    ),
)

SCENARIO_TIMES: Final = Contract(
    "scenario_times.csv",
    "情景对比：出行时间分布",
    (
        _OR_BASE,
        _SCENARIO_NAME,
        STANDARD_ID,
        READING_ID,
        _people("population", "人口", "该标准对应人群的人数，人口未知的不计"),
        Column("median_s", "number", "出行时间中位数",
               "一半的人在此时间以内；inf 表示一半以上的人到不了", "秒", nullable=True, minimum=0),
        Column("p90_s", "number", "出行时间 90% 分位数",
               "九成的人在此时间以内；inf 表示一成以上的人到不了", "秒", nullable=True, minimum=0),
        *(_share(f"share_{m}_min", f"{m} 分钟内占比", f"{m} 分钟以内（含等于）的人所占比例")
          for m in SHARE_MINUTES),
    ),
)

SCENARIO_COSTS: Final = Contract(
    "scenario_costs.csv",
    "情景对比：费用",
    (
        _SCENARIO_ID,
        _SCENARIO_NAME,
        Column("actions", "whole", "动作数", "设施动作和道路变更", "项", minimum=0),
        Column("cost", "number", "费用合计",
               "写明费用的各项之和；有动作而一项也没有写明时为空", "万元", nullable=True,
               minimum=0),
        Column("actions_without_cost", "whole", "费用未知的动作数",
               "没有写费用的动作，不按 0 计；道路变更没有费用一栏，都在其中", "项", minimum=0),
    ),
)

SCENARIO_VERDICTS: Final = Contract(
    "scenario_verdicts.csv",
    "情景对比：结论变化的指标",
    (
        Column("target_id", "text", "指标编号", "规划代号/指标代号，如 jinan-2022/beds-per-1000"),
        _ZONE_ID,
        _ZONE_NAME,
        Column("indicator", "text", "指标", "指标名称"),
        Column("year", "whole", "核算年份", "所选的年份"),
        Column("unit", "text", "单位", "现值和目标值的单位"),
        Column("target", "number", "目标值", "所选年份适用的目标；没有设定时为空", nullable=True),
        Column("value_before", "number", "现状值", "不能确定时为空", nullable=True),
        Column("value_after", "number", "情景值", "不能确定时为空", nullable=True),
        Column("verdict_before", "text", "现状结论", "、".join(VERDICTS), choices=VERDICTS),
        Column("verdict_after", "text", "情景结论", "同上", choices=VERDICTS),
        Column("gap_before", "number", "现状缺口", "单位见“缺口单位”", nullable=True, minimum=0),
        Column("gap_after", "number", "情景缺口", "单位见“缺口单位”", nullable=True, minimum=0),
        Column("gap_unit", "text", "缺口单位", "人、张、平方米、处、个等"),
    ),
)
# fmt: on

SCENARIO_RESULTS: Final = (
    SCENARIO_READINGS,
    SCENARIO_VILLAGES,
    SCENARIO_TIMES,
    SCENARIO_COSTS,
    SCENARIO_VERDICTS,
)
"""Every table of scenarios side by side, in the order of the data dictionary."""

"""The column tables of the measures: minutes and choice, capacity, allocation."""

from __future__ import annotations

from typing import Final

from coverage.contracts import Column, Contract
from coverage.result_columns import (
    LABEL_COLUMN,
    READING_ID,
    READING_NAME,
    STANDARD_ID,
    STANDARD_NAME,
)

# fmt: off
_ZONE_OR_ALL = (
    Column("zone_id", "text", "单元代码", "空值为整个研究区的合计", nullable=True),
    Column("zone_name", "text", "单元名称", "行政单元的名称", nullable=True),
)
_READING = (STANDARD_ID, STANDARD_NAME, READING_ID, READING_NAME)
_PEOPLE = (
    Column("group", "text", "人群代码", "人群：常住人口、60岁及以上、0—3岁，需求点表有哪列算哪列"),
    Column("group_name", "text", "人群", "人群的中文名称"),
    Column("population", "number", "人口", "考核范围内这一人群的人数，人口未知的不计", "人",
           nullable=True, minimum=0),
    Column("population_unknown", "whole", "人口未知村数", "没有这一人群人数的需求点", "个",
           minimum=0),
)
_CAPACITY = (
    Column("capacity_column", "text", "容量代码", "设施表的列：capacity_beds 床位、area_m2 面积"),
    Column("capacity_name", "text", "容量", "容量的中文名称"),
    Column("capacity_unit", "text", "容量单位", "张或平方米"),
)
_PER_UNIT = Column("persons_per_unit", "number", "一个单位服务人数",
                   "项目文件 [[capacity]] 写的假定；空值表示没有写", "人", nullable=True, minimum=0)
_NOTE = Column("note", "text", "说明", "没有计算的原因；算出来的为空", nullable=True)


def _share(name: str, title: str, meaning: str) -> Column:
    return Column(name, "number", title, f"{meaning}，0 到 1；无人时为空", nullable=True, minimum=0)


def _within(share: str, people: str) -> Column:
    return Column(f"p{share}_s", "number", f"{people}的人以内",
                  f"{people}的人不超过的出行时间；inf 表示这么多人到不了", "秒", nullable=True,
                  minimum=0)


TRAVEL_TIMES_RESULT: Final = Contract(
    "travel_times.csv",
    "出行时间与选择",
    (
        *_ZONE_OR_ALL,
        *_READING,
        *_PEOPLE,
        Column("reached", "number", "到得了的人", "无论多久，能到一处设施的人数", "人",
               nullable=True, minimum=0),
        Column("within", "number", "阈值内的人", "阈值以内（含等于）的人数", "人", nullable=True,
               minimum=0),
        _share("share_within", "阈值内比例", "阈值内的人除以人口"),
        Column("mean_s", "number", "平均出行时间", "到得了的人的平均", "秒", nullable=True,
               minimum=0),
        _within("25", "四分之一"),
        _within("50", "半数"),
        _within("75", "四分之三"),
        _within("90", "九成"),
        *(_share(f"share_{minutes}_min", f"{minutes}分钟内比例",
                 f"{minutes} 分钟以内（含等于）的人除以人口")
          for minutes in (5, 10, 15, 20, 30, 45, 60)),
        *(_share(f"share_{number}_facilities", f"{name}处可选比例",
                 f"阈值以内至少有 {number} 处设施可选的人除以人口")
          for number, name in ((2, "两"), (3, "三"))),
        _share("gini", "基尼系数", "到得了的人出行时间的不均程度，人人一样为 0"),
        LABEL_COLUMN,
    ),
)

CAPACITY_RESULT: Final = Contract(
    "capacity.csv",
    "够得着的容量",
    (
        *_ZONE_OR_ALL,
        *_READING,
        *_CAPACITY,
        *_PEOPLE,
        *(Column(f"{name}_{method}", "number", f"{title}（{method.upper()}）", meaning,
                 nullable=True, minimum=0)
          for method, how in (("2sfca", "阈值以内远近一样"), ("e2sfca", "近的多算、远的少算"))
          for name, title, meaning in (
              ("per_1000", "每千人容量", f"每千人够得着的容量，按人平均；{how}"),
              ("gini", "基尼系数", "够得着的容量的不均程度，0 到 1，人人一样为 0"))),
        _NOTE,
        LABEL_COLUMN,
    ),
)

CAPACITY_FACILITIES_RESULT: Final = Contract(
    "capacity_facilities.csv",
    "各设施的容量与负荷",
    (
        Column("facility_id", "text", "设施代码", "计入该标准的设施，每种口径、每种容量一条"),
        Column("facility_name", "text", "名称", "设施的名称", nullable=True),
        Column("kind", "text", "类别", "设施类别代码"),
        *_READING,
        *_CAPACITY,
        Column("capacity", "number", "容量数", "床位数或面积；空值表示没有填写，不是 0",
               nullable=True, minimum=0),
        Column("people", "number", "范围内的人",
               "阈值以内的人，不论是否属于考核范围；在几家范围里就算几次，不能相加", "人",
               minimum=0),
        Column("per_1000_people", "number", "每千人容量",
               "容量除以范围内的人；无人或没有填写时为空", nullable=True, minimum=0),
        _PER_UNIT,
        Column("places", "number", "可服务人数", "容量乘以一个单位服务人数", "人", nullable=True,
               minimum=0),
        Column("load", "number", "分到的人", "分配（见 allocation.csv）到这一处的人", "人",
               nullable=True, minimum=0),
        Column("load_share", "number", "负荷",
               "分到的人除以可服务人数，0 到 1；容量为 0 或没有分配时为空",
               nullable=True, minimum=0),
        LABEL_COLUMN,
    ),
)

ALLOCATION_RESULT: Final = Contract(
    "allocation.csv",
    "容量分配",
    (
        *_ZONE_OR_ALL,
        *_READING,
        *_CAPACITY,
        _PER_UNIT,
        Column("source", "text", "依据", "这一假定的来源，项目文件所写"),
        *_PEOPLE,
        Column("served", "number", "得到服务", "容量够、阈值以内的人", "人", nullable=True,
               minimum=0),
        Column("unserved", "number", "到得了但没有容量", "阈值以内有设施，但容量已经分完的人", "人",
               nullable=True, minimum=0),
        Column("out_of_reach", "number", "到不了", "阈值以内没有设施的人", "人", nullable=True,
               minimum=0),
        _share("served_share", "得到服务比例", "得到服务的人除以人口"),
        Column("travel_time_s", "number", "平均出行时间", "得到服务的人到所分设施的平均", "秒",
               nullable=True, minimum=0),
        _NOTE,
        LABEL_COLUMN,
    ),
)
# fmt: on

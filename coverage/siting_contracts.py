"""The column tables of the command `site`: sites, assignment, curve, points nothing can serve."""

from __future__ import annotations

from typing import Final

from coverage.contracts import Column, Contract
from coverage.result_columns import LABEL_COLUMN
from coverage.studies.siting_advice import REMEDIES
from coverage.studies.siting_tables import STATES

# fmt: off
_SITE_ID: Final = Column("site_id", "text", "地点代码", "现有设施的代码，或候选点的代码")
_SITE_NAME: Final = Column("site_name", "text", "地点名称", "设施或候选点的名称", nullable=True)
_ZONE_ID: Final = Column("zone_id", "text", "单元代码", "所在行政单元；空值表示在研究区以外",
                         nullable=True)
_ZONE_NAME: Final = Column("zone_name", "text", "单元名称", "所在行政单元的名称", nullable=True)
_DEMAND_ID: Final = Column("demand_id", "text", "需求点代码", "村、社区或居民点的代码")
_DEMAND_NAME: Final = Column("demand_name", "text", "名称", "村、社区或居民点的名称",
                             nullable=True)
_PEOPLE: Final = Column("population", "number", "人口", "标准所针对人群的人数；空值表示未知",
                        "人", nullable=True, minimum=0)

_STANDARD_ID: Final = Column("standard_id", "text", "标准代码",
                             "这一行是按哪个标准算的；兼顾几个标准时每个标准各有各的行")


def _people(name: str, title: str, meaning: str) -> Column:
    return Column(name, "number", title, meaning, "人")


def _villages(name: str, title: str, meaning: str) -> Column:
    return Column(name, "whole", title, meaning, "个")


def _cost(name: str, title: str, meaning: str, unit: str) -> Column:
    return Column(name, "number", title, meaning, unit, nullable=True, minimum=0)


SITES_RESULT: Final = Contract(
    "sites.geojson",
    "选址方案的地点",
    (
        _SITE_ID,
        _SITE_NAME,
        Column("state", "text", "去留", "new 新增、kept 现有保留、closed 现有撤并",
               choices=STATES),
        Column("step", "whole", "顺序", "按贡献大小逐处计入的顺序，从 1 起；保留的为空",
               nullable=True, minimum=1),
        Column("year", "whole", "建成年份", "分年建设时到哪一年底建成；其余为空", nullable=True),
        _ZONE_ID,
        _ZONE_NAME,
        Column("origin", "text", "来源",
               "候选点的来源（village 村、facility 设施、file 文件、grid 网格、junction 路口、"
               "drawn 手绘）；现有设施为其数据来源", nullable=True),
        _people("adds_people", "增加覆盖人口",
                "按顺序计入时增加的覆盖人数；撤并的为负，保留的为 0；合计等于方案前后之差"),
        _villages("adds_villages", "增加覆盖村数", "同上，需求点个数"),
        _people("only_people", "仅靠它覆盖的人口", "整个方案里只有它能覆盖的人数"),
        _villages("only_villages", "仅靠它覆盖的村数", "同上，需求点个数"),
        _people("assigned_people", "指派人口", "方案中到这里的人数"),
        _villages("assigned_villages", "指派村数", "方案中到这里的需求点个数"),
        _cost("mean_time_s", "平均出行时间", "指派到这里的人平均的出行时间；按米的口径为空", "秒"),
        _cost("mean_distance_m", "平均距离", "指派到这里的人平均的距离；按时间的口径为空", "米"),
        Column("reason", "text", "理由", "为什么新增、保留或撤并"),
        _STANDARD_ID,
        LABEL_COLUMN,
        Column("geometry", "point", "位置", "点，WGS84 经纬度"),
    ),
)

ASSIGNMENT_RESULT: Final = Contract(
    "assignment.csv",
    "需求点的去向",
    (
        _DEMAND_ID,
        _DEMAND_NAME,
        _ZONE_ID,
        _ZONE_NAME,
        _PEOPLE,
        Column("site_id", "text", "地点代码", "方案中到哪里；空值表示无处可去", nullable=True),
        _SITE_NAME,
        Column("assigned_people", "number", "指派人口",
               "到这里的人数；容量不够时一个村可分到几处，各占一行", "人", minimum=0),
        _cost("travel_time_s", "出行时间", "到这里的时间；按米的口径和无处可去时为空", "秒"),
        _cost("distance_m", "距离", "到这里的距离；按时间的口径和无处可去时为空", "米"),
        Column("covered_before", "flag", "原来已覆盖", "方案之前在阈值以内（含等于）"),
        Column("covered_after", "flag", "方案后覆盖", "方案之后在阈值以内（含等于）"),
        _STANDARD_ID,
        LABEL_COLUMN,
    ),
)

CURVE_RESULT: Final = Contract(
    "curve.csv",
    "设施个数与覆盖率",
    (
        Column("sites", "whole", "设施个数", "现有设施保留时为新增的个数，否则为全部个数", "处"),
        Column("open_sites", "whole", "全部个数", "连同现有设施", "处"),
        _people("covered", "覆盖人口", "这么多设施最多能覆盖的人数；未证完时为已找到的最好方案"),
        Column("share", "number", "覆盖率", "占标准所针对人群的比例", nullable=True,
               minimum=0, maximum=1),
        _people("added", "多覆盖人口", "比上一行多覆盖的人数；第一行与没有新增时相比"),
        _people("bound", "上限", "不可能超过的人数；已证明时与覆盖人口相同"),
        Column("gap", "number", "差距", "上限与覆盖人口之差占覆盖人口的比例；0 为已证明",
               nullable=True, minimum=0),
        Column("status", "text", "结论", "optimal 已证明最优、feasible 未证完",
               choices=("optimal", "feasible")),
        Column("built", "text", "新选", "比上一行多选的地点代码，以分号隔开", nullable=True),
        Column("dropped", "text", "不再选", "上一行有而这一行没有的地点代码，以分号隔开",
               nullable=True),
        LABEL_COLUMN,
    ),
)

UNSERVABLE_RESULT: Final = Contract(
    "unservable.csv",
    "任何地点都服务不到的需求点",
    (
        _DEMAND_ID,
        _DEMAND_NAME,
        _ZONE_ID,
        _ZONE_NAME,
        _PEOPLE,
        Column("site_id", "text", "最近地点",
               "最近的候选点或现有设施的代码；道路不连通或没有测算时为空", nullable=True),
        _SITE_NAME,
        Column("site_state", "text", "最近地点类别", "existing 现有设施、candidate 候选点",
               nullable=True, choices=("existing", "candidate")),
        Column("travel_time_s", "number", "出行时间",
               "到最近地点的时间；inf 表示到不了，按米的口径为空", "秒", nullable=True, minimum=0),
        Column("distance_m", "number", "距离",
               "到最近地点的距离；inf 表示到不了，按时间的口径为空", "米", nullable=True,
               minimum=0),
        Column("over", "number", "超出",
               "超出阈值多少，单位与阈值相同（秒或米）；inf 表示到不了，空值表示没有测算",
               nullable=True, minimum=0),
        _cost("road_m", "离道路", "到最近道路的距离；直线口径为空", "米"),
        Column("remedy", "text", "首要办法",
               "road 先修路、disconnected 先接通道路、other_leg 缩短另一段路程、"
               "own_site 在本村设点、relax 放宽阈值、none 没有", choices=REMEDIES),
        Column("advice", "text", "办法", "怎样才能服务到，可能不止一种"),
        _STANDARD_ID,
        LABEL_COLUMN,
    ),
)
# fmt: on

SITING_RESULTS: Final = (SITES_RESULT, ASSIGNMENT_RESULT, CURVE_RESULT, UNSERVABLE_RESULT)
"""Every table of the command `site`, in the order of the data dictionary."""

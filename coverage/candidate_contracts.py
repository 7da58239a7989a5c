"""The column tables of candidate sites: those that stay, those left out, and their scores."""

from __future__ import annotations

from typing import Final

from coverage.columns import Column, Contract

ORIGINS: Final = ("village", "facility", "file", "grid", "junction", "drawn")
"""Where a candidate comes from."""

OUTCOMES: Final = ("excluded", "merged")
"""Why a row is no candidate: it may not be one, or another stands for its place."""

# fmt: off
_CANDIDATE_ID = Column("candidate_id", "text", "候选点代码",
                       "全表唯一；v: 村、f: 设施、p: 文件、g: 网格、j: 路口、d: 手绘", unique=True)
_NAME = Column("candidate_name", "text", "名称", "候选点的名称", nullable=True)
_ORIGIN = Column("origin", "text", "来源",
                 "village 村（社区）、facility 已有或停办的设施、file 文件、grid 居民点内的网格、"
                 "junction 路口、drawn 手绘", choices=ORIGINS)
_SOURCE_ID = Column("source_id", "text", "来源代码",
                    "来源中的代码：需求点、设施、文件里的编码或路网节点；没有时为空", nullable=True)

CANDIDATES: Final = Contract(
    "candidates",
    "候选点",
    (
        _CANDIDATE_ID,
        _NAME,
        _ORIGIN,
        _SOURCE_ID,
        Column("suitability", "number", "适宜性", "0 到 1，越大越适宜；空值表示未知或没有评分",
               nullable=True, minimum=0, maximum=1),
        Column("geometry", "point", "位置", "点，项目坐标系"),
    ),
)

LEFT_OUT: Final = Contract(
    "candidates_left_out",
    "未采用的候选点",
    (
        _CANDIDATE_ID,
        _NAME,
        _ORIGIN,
        _SOURCE_ID,
        Column("outcome", "text", "去向", "excluded 排除、merged 并入附近的候选点",
               choices=OUTCOMES),
        Column("reason", "text", "原因", "为什么没有采用"),
        Column("kept_id", "text", "并入", "并入的候选点的代码；排除的为空", nullable=True),
        Column("geometry", "point", "位置", "点，项目坐标系"),
    ),
)

SUITABILITY: Final = Contract(
    "candidate_suitability",
    "候选点逐项评分",
    (
        # An id repeats here: one row per candidate and criterion.
        Column("candidate_id", "text", "候选点代码", "候选点的代码，每个评分项一行"),
        Column("criterion", "text", "评分项", "评分项的名称"),
        Column("value", "number", "实测值",
               "到图层的距离（米）、是否在范围内（1 或 0）或候选点自己的数值；空值表示未知",
               nullable=True),
        Column("score", "number", "得分", "0 到 1；空值表示未知", nullable=True,
               minimum=0, maximum=1),
        Column("weight", "number", "权重", "折算后的权重，各项合计为 1", minimum=0, maximum=1),
    ),
)
# fmt: on

CANDIDATE_TABLES: Final = (CANDIDATES, LEFT_OUT, SUITABILITY)
"""In the order of the data dictionary."""

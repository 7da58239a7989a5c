"""The column tables of what comes out: one contract per result file.

A name that begins with `{reading_id}_` stands once for every reading of every standard that was
assessed, e.g. `health_circle_15_travel_time_s`. Exports and `docs/data-dictionary.md` follow
these tables; the order of the columns is theirs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from coverage.access.access_checks import ISSUES
from coverage.areas.area_check import REASONS
from coverage.contracts import Column, Contract
from coverage.facility_columns import FACILITY_FACTS
from coverage.measure_contracts import (
    ALLOCATION_RESULT,
    CAPACITY_FACILITIES_RESULT,
    CAPACITY_RESULT,
    TRAVEL_TIMES_RESULT,
)
from coverage.result_columns import (
    LABEL_COLUMN,
    READING_ID,
    READING_NAME,
    STANDARD_ID,
    STANDARD_NAME,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

READING_MARK: Final = "{reading_id}"
"""Stands in a column's name for the id of a reading."""

# fmt: off
_LON = Column("lon", "number", "经度", "WGS84 经度，保留 7 位小数", "度")
_LAT = Column("lat", "number", "纬度", "WGS84 纬度，保留 7 位小数", "度")

DEMAND_RESULT: Final = Contract(
    "demand.csv",
    "需求点结果",
    (
        Column("demand_id", "text", "需求点代码", "村、社区或居民点的代码，全表唯一", unique=True),
        Column("demand_name", "text", "名称", "村、社区或居民点的名称", nullable=True),
        _LON,
        _LAT,
        Column("zone_id", "text", "所在单元代码", "所在行政单元；空值表示在研究区以外",
               nullable=True),
        Column("population", "number", "人口", "常住人口；空值表示未知，不是 0", "人",
               nullable=True, minimum=0),
        Column("population_60plus", "number", "60岁及以上人口", "空值表示未知", "人",
               required=False, nullable=True, minimum=0),
        Column("population_0_3", "number", "0—3岁人口", "空值表示未知", "人",
               required=False, nullable=True, minimum=0),
        Column("settlement", "text", "城乡", "urban 城镇、rural 农村；没有此列时不分城乡",
               required=False, nullable=True, choices=("urban", "rural")),
        Column("origin", "text", "来源",
               "list 县里名录、osm 开放街图、inferred 按道路推断、raster 人口栅格、synthetic 合成"),
        LABEL_COLUMN,
        Column("{reading_id}_facility_id", "text", "最近设施",
               "最近设施的代码，超过阈值也写出；空值表示无论多久都到不了", nullable=True),
        Column("{reading_id}_travel_time_s", "number", "出行时间",
               "到最近设施的门到门时间，含两端接驳段；inf 表示到不了；直线口径没有时间，为空", "秒",
               nullable=True, minimum=0),
        Column("{reading_id}_distance_m", "number", "距离",
               "同一条路线的门到门距离，含两端接驳段；inf 表示到不了", "米",
               nullable=True, minimum=0),
        Column("{reading_id}_access_m", "number", "接驳段",
               "两端离开道路的路程之和，已计入距离", "米", nullable=True, minimum=0),
        Column("{reading_id}_mode_id", "text", "出行方式", "较快的出行方式的代码", nullable=True),
        Column("{reading_id}_station_id", "text", "急救站",
               "急救车最先到达的急救站；只有急救车两段口径有此列", required=False, nullable=True),
        Column("{reading_id}_turnout_s", "number", "出车准备时间",
               "该急救站从接到指令到出车的时间；只有急救车两段口径有此列", "秒", required=False,
               nullable=True, minimum=0),
        Column("{reading_id}_response_s", "number", "急救到达时间",
               "出车准备加从急救站到患者；inf 表示到不了；只有急救车两段口径有此列", "秒",
               required=False, nullable=True, minimum=0),
        Column("{reading_id}_response_m", "number", "急救到达路程", "从急救站到患者的路程；只有"
               "急救车两段口径有此列", "米", required=False, nullable=True, minimum=0),
        Column("{reading_id}_transport_s", "number", "送医时间",
               "从患者到医院；inf 表示到不了；只有急救车两段口径有此列", "秒", required=False,
               nullable=True, minimum=0),
        Column("{reading_id}_transport_m", "number", "送医路程", "从患者到医院的路程；只有"
               "急救车两段口径有此列", "米", required=False, nullable=True, minimum=0),
        Column("{reading_id}_covered", "flag", "是否覆盖",
               "不超过阈值（含等于）为 True；空值表示不在该标准的考核范围（城乡不符或区外），或没有"
               "计入的设施、未核算",
               nullable=True),
        Column("{reading_id}_slow", "number", "偏慢时的时间或距离",
               "车速偏低、接驳绕行时的结果，单位同阈值（秒或米）", nullable=True, minimum=0),
        Column("{reading_id}_fast", "number", "偏快时的时间或距离",
               "车速偏高、稀疏处有便道时的结果，单位同阈值（秒或米）", nullable=True, minimum=0),
        Column("{reading_id}_verdict", "text", "把握",
               "covered 偏慢时也覆盖、uncovered 偏快时也不覆盖、uncertain 随车速而变；空值同上",
               nullable=True, choices=("covered", "uncovered", "uncertain")),
    ),
)

ZONES_RESULT: Final = Contract(
    "zones.csv",
    "行政单元结果",
    (
        Column("zone_id", "text", "单元代码", "空值为整个研究区的合计", nullable=True),
        Column("zone_name", "text", "单元名称", "行政单元的名称", nullable=True),
        STANDARD_ID,
        STANDARD_NAME,
        READING_ID,
        READING_NAME,
        Column("population", "number", "人口", "该标准对应人群的人数，人口未知的不计", "人",
               nullable=True, minimum=0),
        Column("covered", "number", "覆盖人口", "阈值以内（含等于）的人数", "人",
               nullable=True, minimum=0),
        Column("share", "number", "人口覆盖率", "覆盖人口除以人口，0 到 1；无人时为空",
               nullable=True, minimum=0),
        Column("villages", "whole", "村（社区）数", "需求点个数，含人口未知的", "个", minimum=0),
        Column("villages_covered", "whole", "覆盖村数",
               "阈值以内（含等于）的需求点个数；没有计入的设施、未核算时为空", "个",
               nullable=True, minimum=0),
        Column("village_share", "number", "村覆盖率",
               "覆盖村数除以村数，0 到 1；与人口覆盖率并列，不能代替它；没有村或未核算时为空",
               nullable=True, minimum=0),
        Column("population_unknown", "whole", "人口未知村数", "没有人口数的需求点个数", "个",
               minimum=0),
        Column("covered_low", "number", "覆盖人口下限", "车速偏低、接驳绕行时的覆盖人口", "人",
               nullable=True, minimum=0),
        Column("share_low", "number", "人口覆盖率下限", "覆盖人口下限除以人口，0 到 1",
               nullable=True, minimum=0),
        Column("villages_low", "whole", "覆盖村数下限", "偏慢时的覆盖村数；未核算时为空", "个",
               nullable=True, minimum=0),
        Column("covered_high", "number", "覆盖人口上限", "车速偏高、稀疏处有便道时的覆盖人口",
               "人", nullable=True, minimum=0),
        Column("share_high", "number", "人口覆盖率上限", "覆盖人口上限除以人口，0 到 1",
               nullable=True, minimum=0),
        Column("villages_high", "whole", "覆盖村数上限", "偏快时的覆盖村数；未核算时为空", "个",
               nullable=True, minimum=0),
        Column("target", "number", "目标", "规划要求的覆盖率，0 到 1", minimum=0),
        Column("gap", "number", "缺口", "达到目标还需要覆盖的人数，不小于 0", "人",
               nullable=True, minimum=0),
        LABEL_COLUMN,
    ),
)

FACILITIES_RESULT: Final = Contract(
    "facilities.csv",
    "设施结果",
    (
        Column("facility_id", "text", "设施代码", "设施的代码，全表唯一", unique=True),
        Column("facility_name", "text", "名称", "设施的名称", nullable=True),
        Column("kind", "text", "类别", "设施类别代码"),
        Column("kind_name", "text", "类别名称", "设施类别的中文名称", nullable=True),
        *FACILITY_FACTS,
        Column("origin", "text", "来源", "list 县里名录、osm 开放街图、stand_in 替代点、"
               "synthetic 合成、scenario 情景中新增"),
        _LON,
        _LAT,
        Column("access_m", "number", "接驳段", "设施到最近可用道路的路程；空值表示没有可用道路",
               "米", nullable=True, minimum=0),
        LABEL_COLUMN,
        Column("{reading_id}_villages", "number", "服务村数",
               "以它为最近设施、且在阈值以内的需求点个数；该标准不计这类设施时为空", "个",
               nullable=True, minimum=0),
        Column("{reading_id}_population", "number", "服务人口",
               "以它为最近设施、且在阈值以内的考核人群；人口全部未知或标准不计此类时为空", "人",
               nullable=True, minimum=0),
    ),
)

GAPS_RESULT: Final = Contract(
    "gaps.geojson",
    "未覆盖需求点",
    (
        Column("demand_id", "text", "需求点代码", "未覆盖的村、社区或居民点，每种口径一条"),
        Column("demand_name", "text", "名称", "村、社区或居民点的名称", nullable=True),
        Column("zone_id", "text", "所在单元代码", "所在行政单元", nullable=True),
        STANDARD_ID,
        STANDARD_NAME,
        READING_ID,
        READING_NAME,
        Column("population", "number", "人口", "该标准对应人群的人数；null 表示未知", "人",
               nullable=True, minimum=0),
        Column("facility_id", "text", "最近设施", "最近设施的代码；null 表示到不了",
               nullable=True),
        Column("travel_time_s", "number", "出行时间",
               "到最近设施的门到门时间；null 表示到不了，或这种口径没有时间", "秒",
               nullable=True, minimum=0),
        Column("distance_m", "number", "距离", "到最近设施的门到门距离；null 表示到不了", "米",
               nullable=True, minimum=0),
        Column("verdict", "text", "把握", "uncovered 偏快时也不覆盖、uncertain 随车速而变"),
        LABEL_COLUMN,
        Column("geometry", "point", "位置", "点，WGS84"),
    ),
)

SERVICE_AREAS_RESULT: Final = Contract(
    "service_areas.geojson",
    "服务范围",
    (
        Column("facility_id", "text", "设施代码", "设施的代码，每种口径一条"),
        Column("facility_name", "text", "设施名称", "设施的名称", nullable=True),
        Column("kind", "text", "类别", "设施类别代码"),
        STANDARD_ID,
        STANDARD_NAME,
        READING_ID,
        READING_NAME,
        Column("cutoff", "number", "阈值", "含等于；单位见下一列", minimum=0),
        Column("cutoff_unit", "text", "阈值单位", "s 秒、m 米", choices=("s", "m")),
        LABEL_COLUMN,
        Column("geometry", "polygon", "范围",
               "供看图的多边形，WGS84；覆盖人数不由它计算", nullable=True),
    ),
)
ACCESS_CHECKS_RESULT: Final = Contract(
    "access_checks.csv",
    "接路检查",
    (
        Column("layer", "text", "图层", "demand 需求点、facilities 设施",
               choices=("demand", "facilities")),
        Column("point_id", "text", "代码", "需求点或设施的代码，每种出行方式、每种情况一条"),
        Column("point_name", "text", "名称", "需求点或设施的名称", nullable=True),
        Column("zone_id", "text", "所在单元代码", "所在行政单元；设施为空", nullable=True),
        Column("population", "number", "人口", "常住人口；空值表示未知，或是设施", "人",
               nullable=True, minimum=0),
        Column("mode_id", "text", "出行方式", "出行方式的代码"),
        Column("mode_name", "text", "出行方式名称", "出行方式的中文名称"),
        Column("issue", "text", "情况代码", "需要核对的情况", choices=tuple(ISSUES)),
        Column("issue_name", "text", "情况", "需要核对的情况，中文"),
        Column("nearest_road_m", "number", "最近道路", "到最近可用道路的直线距离，不论有无障碍",
               "米", minimum=0),
        Column("access_m", "number", "接驳段", "实际采用的接驳段；inf 表示没有", "米", minimum=0),
        Column("barrier", "text", "障碍", "隔在中间的河流、水面、铁路等；没有时为空",
               nullable=True),
        _LON,
        _LAT,
        LABEL_COLUMN,
    ),
)

ROAD_PARTS_RESULT: Final = Contract(
    "road_parts.csv",
    "路网分片",
    (
        Column("mode_id", "text", "出行方式", "出行方式的代码"),
        Column("mode_name", "text", "出行方式名称", "出行方式的中文名称"),
        Column("part", "whole", "分片序号", "0 是主路网，不列出；其余按里程从长到短编号",
               minimum=1),
        Column("edges", "whole", "路段数", "这一片的路段", "段", minimum=1),
        Column("length_m", "number", "里程", "这一片的道路长度", "米", minimum=0),
        Column("villages", "whole", "需求点数", "接在这一片上的村、社区或居民点", "个", minimum=0),
        Column("population", "number", "人口", "其中的常住人口；空值表示未知", "人", nullable=True,
               minimum=0),
        _LON,
        _LAT,
        LABEL_COLUMN,
    ),
)
AREA_CHECKS_RESULT: Final = Contract(
    "area_checks.csv",
    "服务圈核对",
    (
        READING_ID,
        Column("demand_points", "whole", "需求点数", "参加核对的需求点", "个", minimum=0),
        Column("covered", "whole", "时间内点数", "按出行时间（距离）在阈值以内的需求点", "个",
               minimum=0),
        Column("inside", "whole", "圈内点数", "落在画出的服务圈里的需求点", "个", minimum=0),
        Column("disagree", "whole", "不一致点数", "两者不一致的需求点", "个", minimum=0),
        Column("share", "number", "不一致比例", "不一致点数除以需求点数，0 到 1", minimum=0),
        LABEL_COLUMN,
    ),
)

AREA_DISAGREEMENTS_RESULT: Final = Contract(
    "area_disagreements.csv",
    "服务圈不一致的需求点",
    (
        READING_ID,
        Column("demand_id", "text", "需求点代码", "圈内圈外与出行时间结论不一致的需求点"),
        Column("is_covered", "flag", "时间内", "按出行时间（距离）是否在阈值以内；统计以此为准"),
        Column("is_inside", "flag", "圈内", "是否落在画出的服务圈里"),
        Column("boundary_m", "number", "离圈边", "到服务圈边界的距离；inf 表示没有服务圈", "米",
               minimum=0),
        Column("reason", "text", "原因代码", "不一致的原因", choices=tuple(REASONS)),
        Column("reason_name", "text", "原因", "不一致的原因，中文"),
        LABEL_COLUMN,
    ),
)
# fmt: on

RESULTS: Final = (
    DEMAND_RESULT,
    ZONES_RESULT,
    FACILITIES_RESULT,
    GAPS_RESULT,
    SERVICE_AREAS_RESULT,
    ACCESS_CHECKS_RESULT,
    ROAD_PARTS_RESULT,
    AREA_CHECKS_RESULT,
    AREA_DISAGREEMENTS_RESULT,
    TRAVEL_TIMES_RESULT,
    CAPACITY_RESULT,
    CAPACITY_FACILITIES_RESULT,
    ALLOCATION_RESULT,
)
"""Every table of an assessment, in the order of the data dictionary."""


def column_names(contract: Contract, reading_ids: Iterable[str]) -> list[str]:
    """
    Names of a result's columns, with the templates written out.

    The templates stay together per reading, so that what belongs to one reading stands side
    by side.

    Parameters
    ----------
    contract
        One of `RESULTS`.
    reading_ids
        Ids of the readings assessed, in order.

    Returns
    -------
    names
        In the order in which the file holds them.

    Examples
    --------
    >>> column_names(FACILITIES_RESULT, ["ring"])[-3:]
    ['label', 'ring_villages', 'ring_population']
    """
    plain = [c.name for c in contract.columns if READING_MARK not in c.name]
    templates = [c.name for c in contract.columns if READING_MARK in c.name]
    return plain + [
        name.replace(READING_MARK, reading_id) for reading_id in reading_ids for name in templates
    ]

"""What a list of facilities may say of each: level, ownership, beds, staff, areas, departments."""

from __future__ import annotations

from typing import Final

from coverage.columns import PLACE_PRECISION, Column

MOST_BEDS: Final = 1e6
"""Beds, and places of childcare, of one facility."""

MOST_STAFF: Final = 1e6
"""Persons who work in one facility."""

MOST_AREA_M2: Final = 1e12
"""Square metres of one facility: a million square kilometres."""

MOST_TURNOUT_S: Final = 3600.0
"""Seconds; an ambulance that takes longer than an hour to leave is a slip of the pen."""

OWNERSHIPS: Final = ("公立", "社会办")
"""Who runs a facility; the rules of the targets ask for these two words."""

_STAFF: Final = (
    ("staff_physicians", "执业（助理）医师", "执业医师和执业助理医师，含中医"),
    ("staff_tcm_physicians", "中医执业（助理）医师", "中医类别的执业医师和执业助理医师"),
    ("staff_nurses", "注册护士", "注册护士"),
    ("staff_pharmacists", "药师（士）", "药师和药士"),
    ("staff_public_health", "公共卫生人员", "专业公共卫生人员"),
    ("staff_general_practitioners", "全科医生", "全科医生"),
)
"""Column, title, and who is counted."""


def _amount(name: str, title: str, meaning: str, unit: str, most: float) -> Column:
    """A column of numbers of which single cells, or all, may be missing."""
    return Column(
        name,
        "number",
        title,
        f"{meaning}；空值表示未知",
        unit,
        required=False,
        nullable=True,
        minimum=0,
        maximum=most,
    )


def _words(name: str, title: str, meaning: str, choices: tuple[str, ...] = ()) -> Column:
    """A column of texts of which single cells, or all, may be missing."""
    return Column(name, "text", title, meaning, required=False, nullable=True, choices=choices)


FACILITY_FACTS: Final = (
    _words("level", "等级", "如 三级、二级；空值表示未知"),
    _words("ownership", "举办性质", "公立、社会办；空值表示未知", OWNERSHIPS),
    _amount("capacity_beds", "床位", "床位数", "张", MOST_BEDS),
    _amount("capacity_nursing_beds", "护理型床位", "床位中的护理型床位数", "张", MOST_BEDS),
    _amount("capacity_childcare_places", "托位", "0—3 岁婴幼儿的托位数", "个", MOST_BEDS),
    *(_amount(name, title, f"{who}人数", "人", MOST_STAFF) for name, title, who in _STAFF),
    _amount("area_m2", "面积", "场地面积", "平方米", MOST_AREA_M2),
    _amount("land_area_m2", "用地面积", "用地面积", "平方米", MOST_AREA_M2),
    _amount(
        "turnout_s",
        "出车准备时间",
        "急救站从接到指令到救护车开出的时间；名录里用分钟",
        "秒",
        MOST_TURNOUT_S,
    ),
    _words(
        "features",
        "具备条件",
        "有没有某个科室、达没达到某项标准，如 康复医学科：是；老年友善：否；没有写的表示未知",
    ),
)
"""What may be told of a facility beside its kind; a table may lack any of them."""

FACILITY_COLUMNS: Final = (
    Column("facility_id", "text", "设施代码", "设施的代码，全表唯一", unique=True),
    Column("facility_name", "text", "名称", "设施的名称", nullable=True),
    Column("kind", "text", "类别", "设施类别代码，见设施类别表"),
    _words("kind_rule", "类别依据", "按名称、类别或编码识别类别时，起作用的那条规则"),
    *FACILITY_FACTS,
    Column(
        "origin",
        "text",
        "来源",
        "list 县里名录、osm 开放街图、stand_in 替代点、synthetic 合成、scenario 情景中新增",
    ),
    PLACE_PRECISION,
    Column("geometry", "point", "位置", "点，项目坐标系"),
)
"""The columns of a layer of facilities, the index first."""

"""What the blank tables ask for the sake of the plans' targets: who runs it, staff, places."""

from __future__ import annotations

from typing import Final

from coverage.contracts import MOST_AREA_M2, MOST_BEDS, MOST_STAFF
from coverage.facility_columns import OWNERSHIPS
from reports.forms.columns import FormColumn

OWNERSHIP: Final = FormColumn(
    "ownership",
    "举办性质",
    "政府、事业单位、国有企业、村集体举办的选“公立”，其他选“社会办”；不掌握的留空。",
    "公立",
    choices=OWNERSHIPS,
    refusal="请从下拉框选“公立”或“社会办”；不掌握的请留空。",
)


def _whole(
    ours: str, title: str, meaning: str, example: int, *, unit: str, most: float
) -> FormColumn:
    return FormColumn(
        ours,
        title,
        f"{meaning}填整数；没有的填 0，不掌握的留空。",
        example,
        unit=unit,
        content="whole",
        limits=(0, most),
        refusal=f"{title}应是不小于 0 的整数，如 {example}；不掌握的请留空。",
    )


NURSING_BEDS: Final = _whole(
    "capacity_nursing_beds",
    "护理型床位",
    "养老床位中的护理型床位，不得大于养老床位。",
    12,
    unit="张",
    most=MOST_BEDS,
)

CHILDCARE_PLACES: Final = _whole(
    "capacity_childcare_places",
    "托位数",
    "备案的 3 岁以下婴幼儿托位数，不是在托人数。",
    60,
    unit="个",
    most=MOST_BEDS,
)

STAFF: Final = tuple(
    _whole(ours, title, meaning, example, unit="人", most=MOST_STAFF)
    for ours, title, meaning, example in (
        ("staff_physicians", "执业（助理）医师", "执业医师和执业助理医师，含中医。", 9),
        ("staff_tcm_physicians", "中医执业（助理）医师", "其中中医类别的。", 3),
        ("staff_nurses", "注册护士", "在岗的注册护士。", 11),
        ("staff_pharmacists", "药师（士）", "药师和药士。", 2),
        ("staff_public_health", "公共卫生人员", "专职从事公共卫生的人员。", 4),
        ("staff_general_practitioners", "全科医生", "注册或取得培训合格证的全科医生。", 3),
    )
)

LAND_AREA: Final = FormColumn(
    "land_area_m2",
    "用地面积",
    "本设施自己的用地，以平方米计，1 亩约合 666.67 平方米；不掌握的留空。",
    2400,
    unit="平方米",
    content="decimal",
    limits=(0, MOST_AREA_M2),
    refusal="用地面积应是不小于 0 的数字，以平方米计，如 2400；不掌握的请留空。",
)

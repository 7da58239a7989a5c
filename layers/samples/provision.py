"""What the lists of the generated county say of each facility: staff, places, areas, departments.

Drawn from a random stream of their own, facility by facility, so that nothing else moves. Some
columns are left out on purpose: targets that need them must say so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    import geopandas as gpd

STAFF: Final = (
    "staff_physicians", "staff_tcm_physicians", "staff_nurses", "staff_pharmacists",
    "staff_public_health", "staff_general_practitioners",
)  # fmt: skip

_PER_BED: Final = (0.46, 0.055, 0.72, 0.05, 0.012, 0.01)
"""Staff of a hospital per bed, in the order of `STAFF`."""

_TCM_HOSPITAL: Final = "示例县中医医院"
_TCM_PER_BED: Final = 0.28

_UNTOLD: Final = None
"""The health bureau's list of primary institutions has no column of pharmacists."""

_STAFF_OF: Final = {
    "township_hospital": ((14, 34), (3, 9), (14, 38), _UNTOLD, (5, 13), (4, 10)),
    "community_health_centre": ((16, 32), (4, 9), (18, 36), _UNTOLD, (8, 15), (6, 12)),
    "community_health_station": ((2, 5), (0, 3), (2, 6), _UNTOLD, (0, 3), (1, 3)),
    "central_village_clinic": ((1, 4), (0, 2), (0, 3), _UNTOLD, (0, 2), (0, 2)),
    "general_village_clinic": ((0, 3), (0, 2), (0, 2), _UNTOLD, (0, 1), (0, 2)),
    "clinic_service_point": ((0, 2), (0, 1), (0, 1), _UNTOLD, (0, 1), (0, 1)),
    "disease_control_centre": ((18, 30), (0, 1), (2, 6), (0, 2), (46, 70), (0, 1)),
}  # fmt: skip
"""Kind -> fewest and most (exclusive) of each of `STAFF`; None where the list has no column."""

_WITHOUT_BEDS: Final = (
    "community_health_station", "general_village_clinic", "clinic_service_point",
)  # fmt: skip
"""Kinds that never have a bed: 0, not unknown."""

_PUBLIC: Final = {
    "county_hospital": 1.0, "medical_subcentre": 1.0, "township_hospital": 1.0,
    "community_health_centre": 1.0, "community_health_station": 0.8,
    "central_village_clinic": 0.9, "general_village_clinic": 0.75, "clinic_service_point": 0.9,
    "elderly_home": 0.5, "medical_elderly_home": 0.0, "respect_home": 1.0, "happiness_home": 1.0,
    "day_care_centre": 0.7, "nursery": 0.3,
}  # fmt: skip
"""Kind -> share that is 公立; the others are 社会办."""

_NURSING_SHARE: Final = {
    "elderly_home": (0.4, 0.8), "medical_elderly_home": (0.7, 0.95), "respect_home": (0.2, 0.5),
}  # fmt: skip
_PLACES: Final = (30, 110)
_SPORTS: Final = ("stadium", "sports_centre", "sports_park", "sports_ground", "fitness_station")
_LAND: Final = (1.05, 1.6)
"""Square metres of land for one of ground."""


class _Features(NamedTuple):
    """Which share of some kinds has each feature."""

    kinds: tuple[str, ...]
    shares: dict[str, float]


_CENTRES: Final = ("township_hospital", "community_health_centre")
_CLINICS: Final = ("central_village_clinic", "general_village_clinic", "clinic_service_point")

_SHARES: Final = (
    _Features(
        _CENTRES,
        {
            "基本标准": 1.0, "推荐标准": 0.3, "省提升标准": 0.6, "发热哨点诊室": 0.9,
            "卫生应急小分队": 1.0, "国医堂": 0.85, "康复站点": 0.5, "老年友善": 0.7,
            "中医药服务": 1.0, "达标": 1.0, "精神（心理）门诊": 0.25, "社区医院": 0.3,
        },
    ),
    _Features(
        ("community_health_station",), {"老年友善": 0.5, "中医药服务": 1.0, "达标": 1.0}
    ),
    _Features(
        _CLINICS, {"老年友善": 0.3, "中医药服务": 0.7, "达标": 0.9, "房屋产权公有": 0.8}
    ),
    _Features(("elderly_home", "respect_home"), {"医养结合": 0.4}),
    _Features(("medical_elderly_home",), {"医养结合": 1.0}),
    _Features(_SPORTS, {"完好": 0.96}),
    _Features(("nursery",), {"登记备案": 0.9, "示范性": 0.3}),
    _Features(("park", "sports_park"), {"休闲健身设施": 0.8}),
    _Features(("toilet",), {"三类及以上": 0.9}),
    _Features(("school",), {"心理辅导室": 0.8}),
    _Features(("vaccination_clinic",), {"智慧化": 0.6}),
    _Features(("disease_control_centre",), {"标准化建设": 1.0}),
)  # fmt: skip

_HOSPITAL_HAS: Final = {
    "示例县人民医院": (
        "综合性医院", "老年医学科", "康复医学科", "预检分诊", "发热门诊", "感染性疾病科",
        "公共卫生科", "公共卫生科达标", "精神（心理）门诊", "老年友善", "二级甲等水平",
    ),
    _TCM_HOSPITAL: (
        "中医类医院", "老年医学科", "康复医学科", "预检分诊", "公共卫生科", "老年友善",
        "县域中医药优势专科", "二级甲等水平", "中医心理科室",
    ),
    "示例县妇幼保健院": ("预检分诊", "公共卫生科", "公共卫生科达标"),
}  # fmt: skip
"""What each hospital has of all that any of them has; the others have it not. Nobody asked for
隔离病房 and 公共卫生工作管理委员会: they are not known."""

_HOSPITAL_FEATURES: Final = tuple(
    dict.fromkeys(one for has in _HOSPITAL_HAS.values() for one in has)
)


def with_provision(
    facilities: gpd.GeoDataFrame, *, random: np.random.Generator
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """
    The facilities with all that their lists say.

    Parameters
    ----------
    facilities
        Shape (n, ...), with `kind`, `facility_name`, `capacity_beds`, `area_m2`.
    random
        Source of randomness.

    Returns
    -------
    facilities
        With the columns of `coverage.facility_columns.FACILITY_FACTS`; missing where a list does
        not say.
    features
        Shape (n, f): a column of "是" and "否" for each feature, null where nobody asked.
    """
    table = facilities.copy()
    kinds = table["kind"]
    table.loc[kinds.isin(_WITHOUT_BEDS), "capacity_beds"] = 0.0
    staff = pd.DataFrame(np.nan, index=table.index, columns=list(STAFF))
    more: dict[str, list[object]] = {
        name: [] for name in ("ownership", "capacity_nursing_beds", "capacity_childcare_places",
                              "land_area_m2")
    }  # fmt: skip
    features: list[dict[str, str]] = []
    for code, row in table.iterrows():
        staff.loc[code] = _staff(row, random)
        more["ownership"].append(_owner(row["kind"], random))
        more["capacity_nursing_beds"].append(_nursing_beds(row, random))
        places = float(random.integers(*_PLACES)) if row["kind"] == "nursery" else np.nan
        more["capacity_childcare_places"].append(places)
        more["land_area_m2"].append(_land_area(row, random))
        features.append(_features(row, random))
    table = table.assign(**staff, **more)
    return table, pd.DataFrame(features, index=table.index)


def _staff(row: pd.Series, random: np.random.Generator) -> list[float]:
    """Of each of `STAFF`, NaN where the list does not say."""
    if row["kind"] in ("county_hospital", "medical_subcentre"):
        rates = list(_PER_BED)
        if row["facility_name"] == _TCM_HOSPITAL:
            rates[1] = _TCM_PER_BED
        return [float(np.round(rate * row["capacity_beds"])) for rate in rates]
    spans = _STAFF_OF.get(row["kind"], (None,) * len(STAFF))
    found = [np.nan if span is None else float(random.integers(*span)) for span in spans]
    found[1] = min(found[0], found[1])  # they are among the physicians
    return found


def _owner(kind: str, random: np.random.Generator) -> str | float:
    if kind not in _PUBLIC:
        return np.nan
    return "公立" if random.random() < _PUBLIC[kind] else "社会办"


def _nursing_beds(row: pd.Series, random: np.random.Generator) -> float:
    if row["kind"] not in _NURSING_SHARE:
        return np.nan
    return float(np.floor(row["capacity_beds"] * random.uniform(*_NURSING_SHARE[row["kind"]])))


def _land_area(row: pd.Series, random: np.random.Generator) -> float:
    if row["kind"] not in _SPORTS:
        return np.nan
    return float(np.round(row["area_m2"] * random.uniform(*_LAND)))


def _features(row: pd.Series, random: np.random.Generator) -> dict[str, str]:
    """What is known of a facility, each by a draw of its own."""
    if row["kind"] in ("county_hospital", "medical_subcentre"):
        has = _HOSPITAL_HAS.get(row["facility_name"], ())
        return {name: "是" if name in has else "否" for name in _HOSPITAL_FEATURES}
    return {
        name: "是" if random.random() < share else "否"
        for one in _SHARES
        if row["kind"] in one.kinds
        for name, share in one.shares.items()
    }

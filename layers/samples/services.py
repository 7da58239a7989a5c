"""Further facilities of the generated county that plans speak of: schools, culture, parks …

They are placed after all others and from a random stream of their own, so that what was there
before keeps its code and its place. None of their kinds counts in a standard of the example.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd

from layers.samples.facilities import FacilityRows

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from layers.samples.streets import Street

    FloatArray = npt.NDArray[np.float64]

# Kind, name, and metres east and north of the middle of the county seat.
_IN_SEAT: Final = (
    ("school", "示例县第一中学", (-1400, -1100)),
    ("school", "示例县实验中学", (1200, 900)),
    ("school", "城西实验小学", (-1750, 150)),
    ("school", "城东实验小学", (1500, -300)),
    ("kindergarten", "城西中心幼儿园", (-1500, 350)),
    ("kindergarten", "城东中心幼儿园", (1250, -150)),
    ("kindergarten", "滨河幼儿园", (-350, 950)),
    ("kindergarten", "南关幼儿园", (150, -1150)),
    ("library", "示例县图书馆", (420, 160)),
    ("museum", "示例县博物馆", (640, 480)),
    ("cultural_centre", "示例县文化馆", (-260, 240)),
    ("theatre", "示例县影剧院", (160, -240)),
    ("entertainment_facility", "星光娱乐城", (700, -160)),
    ("entertainment_facility", "银座娱乐中心", (-700, -60)),
    ("entertainment_facility", "河畔娱乐城", (-300, 700)),
    ("park", "人民公园", (260, 620)),
    ("park", "南湖公园", (-620, -1250)),
    ("park", "文化广场公园", (-80, -420)),
    ("park", "东城公园", (1600, 250)),
    ("toilet", "人民公园公厕", (300, 560)),
    ("toilet", "汽车站公厕", (-950, -350)),
    ("toilet", "南关市场公厕", (120, -900)),
    ("toilet", "文化广场公厕", (-40, -500)),
    ("toilet", "东城公园公厕", (1540, 300)),
    ("disease_control_centre", "示例县疾病预防控制中心", (920, 120)),
    ("tcm_promotion_centre", "示例县中医药适宜技术推广中心", (1440, 500)),
    ("elderly_service_centre", "示例县养老服务中心", (-1150, -720)),
    ("home_care_organisation", "和安居家养老服务中心", (-900, 420)),
    ("home_care_organisation", "嘉居居家养老服务中心", (980, -420)),
)

_TOWN_PARK_SHARE: Final = 0.5
_TOWN_CENTRE_SHARE: Final = 0.75
_TOWN_ENTERTAINMENT_SHARE: Final = 0.45
_PARK_M2: Final = (18_000, 120_000)
_TOWN_PARK_M2: Final = (2_500, 9_000)


def place_services(
    *,
    zones: gpd.GeoDataFrame,
    seats: FloatArray,
    streets: Sequence[Street],
    first_number: int,
    random: np.random.Generator,
) -> gpd.GeoDataFrame:
    """
    Facilities of the further kinds.

    Parameters
    ----------
    zones
        Townships; the first two are the county seat.
    seats
        Shape (t, 2), metres: the middle of the county seat, then of each other township.
    streets
        Facilities stand beside them.
    first_number
        Of the first code.
    random
        Source of randomness.

    Returns
    -------
    facilities
        As `layers.samples.facilities.place_facilities`, codes after those of all others.
    """
    found = FacilityRows(streets, random)
    for kind, name, offset in _IN_SEAT:
        area = float(random.integers(*_PARK_M2)) if kind == "park" else None
        level = "县级" if kind == "elderly_service_centre" else None
        found.add(kind, name, seats[0] + offset, level=level, area_m2=area)
    for number, name in enumerate(zones["zone_name"]):
        if name.endswith("街道"):
            _in_street(found, name, seats[0] + (-1500 + 3000 * number, -620))
        else:
            _in_town(found, name, seats[number - 1], random)
    _pharmacies(found, zones, seats)
    table = gpd.GeoDataFrame(found.rows, geometry="geometry", crs=zones.crs)
    table = table.sort_values(["kind", "facility_name"], ignore_index=True)
    codes = [f"SL{number:04d}" for number in range(first_number, first_number + len(table))]
    table.index = pd.Index(codes, name="facility_id")
    return table


def _in_street(found: FacilityRows, name: str, where: FloatArray) -> None:
    found.add("comprehensive_elderly_centre", f"{name}综合养老服务中心", where)
    found.add("vaccination_clinic", f"{name}预防接种门诊", where + np.array([70, -90]))
    found.add("cultural_centre", f"{name}综合文化站", where + np.array([-240, 60]))


def _in_town(found: FacilityRows, name: str, town: FloatArray, random: np.random.Generator) -> None:
    """What a township has: always a school, a kindergarten and a house of culture."""
    where = town + random.uniform(-200, 200, 2)
    found.add("school", f"{name}中心学校", where + np.array([180, -260]))
    found.add("kindergarten", f"{name}中心幼儿园", where + np.array([-140, -220]))
    found.add("cultural_centre", f"{name}综合文化站", where + np.array([120, 90]))
    found.add("vaccination_clinic", f"{name}预防接种门诊", where + np.array([-60, 70]))
    found.add("toilet", f"{name}集市公厕", where + np.array([60, 150]))
    draws = random.random(3)
    if draws[0] < _TOWN_CENTRE_SHARE:
        found.add(
            "rural_elderly_centre", f"{name}区域性综合养老服务中心", where + np.array([-220, 40])
        )
    if draws[1] < _TOWN_PARK_SHARE:
        found.add(
            "park", f"{name}小游园", where + np.array([260, 40]),
            area_m2=float(random.integers(*_TOWN_PARK_M2)),
        )  # fmt: skip
    if draws[2] < _TOWN_ENTERTAINMENT_SHARE:
        found.add("entertainment_facility", f"{name}游艺室", where + np.array([90, -80]))


def _pharmacies(found: FacilityRows, zones: gpd.GeoDataFrame, seats: FloatArray) -> None:
    """One in the county seat, one in the westernmost and one in the easternmost township."""
    found.add("shared_tcm_pharmacy", "示例县智慧共享中药房（城区）", seats[0] + (1380, 360))
    order = np.argsort(seats[1:, 0])
    for place in (order[0], order[-1]):
        name = zones["zone_name"].iloc[int(place) + 2]
        found.add(
            "shared_tcm_pharmacy", f"示例县智慧共享中药房（{name}）",
            seats[1 + int(place)] + np.array([40, -50]),
        )  # fmt: skip

"""Facilities of the generated county, placed where such facilities stand, unevenly on purpose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from layers.samples.streets import Street

    FloatArray = npt.NDArray[np.float64]

TURNOUT_MINUTES: Final = {"示例县急救中心": 2.0}
"""Ambulance stations that leave sooner than the rest."""

USUAL_TURNOUT_MINUTES: Final = 3.0

OFF_STREET_M: Final = 14.0
"""A facility stands this far from the middle of the street, metres."""

SUBCENTRE_TOWNSHIPS: Final = 2
"""Townships whose hospital serves as 县域医疗服务次中心."""


_TOWN_SPORTS_SHARE: Final = 0.75


@dataclass(frozen=True)
class _Share:
    """
    How many villages have a kind of facility.

    Parameters
    ----------
    plain, hill
        Share of the villages in the plain and in the hills.
    beds, area_m2
        Smallest and largest; None where lists of this kind do not say.
    """

    kind: str
    title: str
    plain: float
    hill: float
    beds: tuple[int, int] | None = None
    area_m2: tuple[int, int] | None = None


_IN_VILLAGES: Final = (
    _Share("central_village_clinic", "中心村卫生室", 0.09, 0.05, beds=(3, 6)),
    _Share("general_village_clinic", "卫生室", 0.27, 0.12),
    _Share("clinic_service_point", "卫生室服务点", 0.05, 0.02),
    _Share("happiness_home", "幸福院", 0.20, 0.10, beds=(8, 24)),
    _Share("fitness_station", "健身广场", 0.62, 0.42, area_m2=(260, 1300)),
)
_CLINICS: Final = ("central_village_clinic", "general_village_clinic", "clinic_service_point")

_IN_COMMUNITIES: Final = (
    _Share("community_health_station", "社区卫生服务站", 0.45, 0.0),
    _Share("day_care_centre", "日间照料中心", 0.5, 0.0, beds=(10, 30)),
    _Share("fitness_station", "健身广场", 0.55, 0.0, area_m2=(500, 2200)),
    _Share("nursery", "托育园", 0.4, 0.0),
)

# Kind, name, beds, area in m2, and metres east and north of the middle of the county seat.
_IN_SEAT: Final = (
    ("county_hospital", "示例县人民医院", "三级", 920, None, (-420, -260)),
    ("county_hospital", "示例县中医医院", "二级", 480, None, (1350, 420)),
    ("county_hospital", "示例县妇幼保健院", "二级", 220, None, (-1250, 760)),
    ("emergency_station", "示例县急救中心", None, None, None, (-520, -420)),
    ("elderly_home", "示例县社会福利院", None, 360, None, (1650, -850)),
    ("elderly_home", "颐和护养院", None, 180, None, (-1700, -500)),
    ("medical_elderly_home", "示例县医养结合中心", None, 240, None, (300, 1250)),
    ("stadium", "示例县体育场", None, None, 28_600, (-150, 1480)),
    ("sports_centre", "示例县全民健身中心", None, None, 9_400, (820, -760)),
    ("sports_park", "滨河体育公园", None, None, 46_000, (-900, 1500)),
    ("nursery", "示例县托育综合服务中心", None, None, None, (560, 300)),
)


class FacilityRows:
    """Facilities collected row by row, each beside a street."""

    def __init__(self, streets: Sequence[Street], random: np.random.Generator) -> None:
        usable = [one for one in streets if not one.is_bridge and one.highway != "trunk"]
        self._lines = [one.shape for one in usable]
        self._tree = shapely.STRtree(self._lines)
        self._random = random
        self.rows: list[dict[str, object]] = []

    def add(
        self,
        kind: str,
        name: str,
        wanted: FloatArray,
        *,
        level: str | None = None,
        beds: float | None = None,
        area_m2: float | None = None,
    ) -> None:
        """Add a facility beside the street nearest to where it is wanted."""
        self.rows.append(
            {
                "facility_name": name,
                "kind": kind,
                "level": level,
                "capacity_beds": beds,
                "area_m2": area_m2,
                "turnout_minutes": _turnout_minutes(kind, name),
                "geometry": self._beside_street(wanted),
            }
        )

    def add_share(self, share: _Share, name: str, wanted: FloatArray) -> None:
        """Add a facility with beds and area drawn from what its kind has."""
        beds = None if share.beds is None else float(self._random.integers(*share.beds))
        area = None if share.area_m2 is None else float(self._random.integers(*share.area_m2))
        self.add(share.kind, name, wanted, beds=beds, area_m2=area)

    def _beside_street(self, wanted: FloatArray) -> shapely.Point:
        point = shapely.Point(wanted)
        line = self._lines[int(self._tree.nearest(point))]
        at = line.project(point)
        near, ahead = line.interpolate(at), line.interpolate(min(at + 1.0, line.length))
        behind = line.interpolate(max(at - 1.0, 0.0))
        course = np.array([ahead.x - behind.x, ahead.y - behind.y])
        side = np.array([-course[1], course[0]]) / np.hypot(*course)
        return shapely.Point(np.array([near.x, near.y]) + OFF_STREET_M * side)


def _turnout_minutes(kind: str, name: str) -> float | None:
    """Minutes from the call until an ambulance leaves; None for what has no ambulance."""
    if kind != "emergency_station":
        return None
    return TURNOUT_MINUTES.get(name, USUAL_TURNOUT_MINUTES)


def place_facilities(
    villages: gpd.GeoDataFrame,
    *,
    zones: gpd.GeoDataFrame,
    seats: FloatArray,
    streets: Sequence[Street],
    random: np.random.Generator,
) -> gpd.GeoDataFrame:
    """
    Facilities of all kinds.

    Parameters
    ----------
    villages
        With `demand_name`, `zone_id`, `population`, `settlement`, `hill`.
    zones
        Townships; the first two are the county seat.
    seats
        Shape (t, 2), metres: the middle of the county seat, then of each other township.
    streets
        Facilities stand beside them.
    random
        Source of randomness.

    Returns
    -------
    facilities
        Indexed by `facility_id`, sorted by kind and name.
    """
    found = FacilityRows(streets, random)
    for kind, name, level, beds, area, offset in _IN_SEAT:
        found.add(kind, name, seats[0] + offset, level=level, beds=beds, area_m2=area)
    _in_townships(found, zones, seats, random)
    rural = villages[villages["settlement"] == "rural"]
    _in_villages(found, rural, random)
    _in_communities(found, villages[villages["settlement"] == "urban"], random)
    table = gpd.GeoDataFrame(found.rows, geometry="geometry", crs=villages.crs)
    table = table.sort_values(["kind", "facility_name"], ignore_index=True)
    table.index = pd.Index([f"SL{k:04d}" for k in range(1, len(table) + 1)], name="facility_id")
    return table


def _in_townships(
    found: FacilityRows, zones: gpd.GeoDataFrame, seats: FloatArray, random: np.random.Generator
) -> None:
    """One hospital for every township and sub-district; two of them also serve their neighbours."""
    towns = seats[1:]
    far = np.hypot(*(towns - seats[0]).T) * (1 + 0.15 * np.sign(towns[:, 0] - seats[0, 0]))
    subcentres = set(np.argsort(-far)[:SUBCENTRE_TOWNSHIPS].tolist())
    for number, name in enumerate(zones["zone_name"]):
        if name.endswith("街道"):
            where = seats[0] + (-1500 + 3000 * number, -700)
            found.add(
                "community_health_centre",
                f"{name}社区卫生服务中心",
                where,
                beds=float(random.integers(20, 50)),
            )
            continue
        town = number - 2
        where = towns[town] + random.uniform(-220, 220, 2)
        found.add(
            "township_hospital",
            f"{name}卫生院",
            where,
            level="一级",
            beds=float(random.integers(28, 95)),
        )
        if town in subcentres:
            found.add(
                "medical_subcentre", f"{name}县域医疗服务次中心", where + np.array([60, 40]),
                level="二级", beds=float(random.integers(120, 190)),
            )  # fmt: skip
            found.add("emergency_station", f"{name}急救站", where + np.array([80, -30]))
        found.add(
            "respect_home",
            f"{name}敬老院",
            where + np.array([-260, 180]),
            beds=float(random.integers(40, 130)),
        )
        if random.random() < _TOWN_SPORTS_SHARE:
            found.add(
                "sports_ground", f"{name}文体广场", where + np.array([200, 190]),
                area_m2=float(random.integers(1800, 7600)),
            )  # fmt: skip


def _in_villages(
    found: FacilityRows, villages: gpd.GeoDataFrame, random: np.random.Generator
) -> None:
    places = np.column_stack([villages.geometry.x, villages.geometry.y])
    for row, place in zip(villages.itertuples(), places, strict=True):
        has_clinic = False
        for share in _IN_VILLAGES:
            chance = share.plain + (share.hill - share.plain) * row.hill
            # A village has one clinic at most, and larger villages are better provided.
            chance *= min(1.4, 0.6 + row.population / 1900)
            draw = random.random()
            if draw >= chance or (share.kind in _CLINICS and has_clinic):
                continue
            has_clinic |= share.kind in _CLINICS
            found.add_share(
                share, row.demand_name + share.title, place + random.uniform(-110, 110, 2)
            )


def _in_communities(
    found: FacilityRows, villages: gpd.GeoDataFrame, random: np.random.Generator
) -> None:
    places = np.column_stack([villages.geometry.x, villages.geometry.y])
    for row, place in zip(villages.itertuples(), places, strict=True):
        for share in _IN_COMMUNITIES:
            if random.random() < share.plain:
                found.add_share(
                    share, row.demand_name + share.title, place + random.uniform(-160, 160, 2)
                )

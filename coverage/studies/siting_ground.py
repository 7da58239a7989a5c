"""What a siting question is asked on: demand, facilities that stand, candidates, costs between."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from coverage.candidate_sites.exclusion import barred_by
from coverage.errors import SitingError
from coverage.measures import is_counted
from coverage.notices import GROUP_NAMES, Notice
from coverage.requests import TOLERANCE
from coverage.studies.siting_matrix import nearest_sites, own_cost, siting_matrix
from coverage.studies.siting_places import outside_notices, places_table, serving_places
from coverage.studies.study import counted_facilities
from coverage.studies.study_trips import cost_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coverage.candidate_sites.exclusion import Exclusion
    from coverage.graph.arcs import Cost
    from coverage.standards import Reading, Standard
    from coverage.studies.siting_matrix import Role
    from coverage.studies.study_trips import StudyTrips


@dataclass(frozen=True, eq=False)
class SitingGround:
    """
    One reading of a standard as a siting question sees it.

    Parameters
    ----------
    standard, reading, role
        What is measured, and what is sited.
    demand
        The points that the standard is about, indexed by `demand_id`: `demand_name`, `zone_id`,
        `population` (persons of the standard's group, NaN = unknown), `road_m`, `way_cost`,
        `other_cost`, `own_cost` (`coverage.studies.siting_matrix.own_cost`), `barred` (why
        nothing may be built there, "" where it may, None where nobody looked: see
        `with_exclusions`), and for those that no candidate, or no facility, has within the
        cutoff the nearest one beyond it: `candidate_id`, `candidate_cost`, `existing_id`,
        `existing_cost` (None and NaN for the others).
    zone_names
        Name of every zone by `zone_id`.
    sites
        Points indexed by site id, the facilities that stand first: `site_name`, `is_existing`,
        `origin`, `suitability`, `zone_id`, and what is known of the facilities' capacity.
    matrix
        `from_id` (demand), `to_id` (site) and the cost, one row per pair within `bound`.
    bound
        In the unit of the cutoff; at least the cutoff.
    persons_per_unit
        Persons that a unit of capacity serves, by column of the facilities, as the project says.
    notices
        What the planner must know.
    """

    standard: Standard
    reading: Reading
    role: Role
    demand: pd.DataFrame
    zone_names: pd.Series[str]
    sites: gpd.GeoDataFrame
    matrix: pd.DataFrame
    bound: float
    persons_per_unit: dict[str, float]
    notices: tuple[Notice, ...] = ()

    @property
    def cost(self) -> Cost:
        """The column of the matrix that the cutoff is about."""
        return cost_of(self.reading)

    @property
    def weights(self) -> pd.Series[float]:
        """Persons by demand id; unknown ones count 0, and a notice says how many."""
        return self.demand["population"].fillna(0.0).rename("people")

    @property
    def within(self) -> pd.DataFrame:
        """The rows of the matrix within the cutoff, inclusive."""
        return self.matrix[self.matrix[self.cost] <= self.reading.cutoff + TOLERANCE]

    @property
    def existing(self) -> tuple[str, ...]:
        """Ids of the facilities that stand."""
        return tuple(self.sites.index[self.sites["is_existing"]])

    @property
    def candidates(self) -> tuple[str, ...]:
        """Ids of the candidates."""
        return tuple(self.sites.index[~self.sites["is_existing"]])

    def cost_text(self, value: float) -> str:
        """A cost as a planner says it: "18.2 分钟", "2.3 公里"; rounded up, so that it suffices."""
        divisor, unit = (60.0, "分钟") if self.cost == "travel_time_s" else (1000.0, "公里")
        return f"{math.ceil((value - TOLERANCE) / divisor * 10) / 10:g} {unit}"


def siting_ground(
    trips: StudyTrips,
    standard: Standard,
    reading: Reading,
    *,
    candidates: gpd.GeoDataFrame,
    bound: float | None = None,
    role: Role = "facilities",
) -> SitingGround:
    """
    Demand, facilities, candidates and what lies between them, measured as the assessment does.

    Parameters
    ----------
    trips
        The study's networks and layers.
    standard, reading
        One of the standards and one of its readings.
    candidates
        Shape (c, ...), points in the CRS of the layers, indexed by `candidate_id`:
        `candidate_name`, and where known `origin` and `suitability`. Those outside the study
        area reach nobody where the standard does not count facilities there.
    bound
        How far sites are looked for, in the unit of the cutoff; the cutoff when absent.
        `coverage.studies.siting_bound.search_bound` gives one for models that serve everybody.
    role
        In two legs: whether hospitals ("facilities") or ambulance "stations" are sited; the
        other leg stays as it is.

    Returns
    -------
    ground
        With every point that the standard is about, whether anything reaches it or not.

    Raises
    ------
    SitingError
        If the reading has no such leg, nothing stands at the end of the other one, or nobody is
        to be served.
    CrsError, InputError, ImpedanceError
        As `coverage.catchment.travel_matrix`.
    """
    _check(trips, standard, reading, role)
    layers = trips.layers
    demand = layers.demand[is_counted(layers.demand, standard)]
    if demand.empty:
        msg = (
            f"研究区内没有「{standard.name}」所针对的需求点，无从选址。请检查村庄名录和标准的范围。"
        )
        raise SitingError(msg)
    kinds = reading.station_kinds if role == "stations" else standard.kinds
    facilities = counted_facilities(layers, standard, kinds)
    sites, notices = places_table(layers.zones, facilities, candidates)
    reach = max(reading.cutoff, reading.cutoff if bound is None else bound)
    serving = serving_places(sites, standard)
    matrix = siting_matrix(trips, standard, reading, sites=serving, bound=reach, role=role)
    matrix = matrix[matrix["from_id"].isin(demand.index)].reset_index(drop=True)
    people = pd.Series(math.nan, index=demand.index)
    if standard.demand_group in demand.columns:
        people = demand[standard.demand_group].astype(float)
    table = pd.DataFrame(demand[["demand_name", "zone_id"]]).assign(population=people)
    table = table.join(own_cost(trips, standard, reading, role=role))
    table["barred"] = pd.Series(None, index=table.index, dtype=object)
    ground = SitingGround(
        standard=standard,
        reading=reading,
        role=role,
        demand=table,
        zone_names=layers.zones["zone_name"],
        sites=sites,
        matrix=matrix,
        bound=reach,
        persons_per_unit={
            rule.column: rule.persons_per_unit
            for rule in layers.capacity_rules
            if rule.standard_id == standard.standard_id
        },
        notices=(
            *notices,
            *outside_notices(sites, serving, standard),
            *_unknown_people(table, standard),
        ),
    )
    return replace(ground, demand=_with_nearest(trips, ground))


def with_exclusions(
    ground: SitingGround, trips: StudyTrips, exclusions: Sequence[Exclusion]
) -> SitingGround:
    """
    The same ground, knowing in which villages nothing may be built.

    Parameters
    ----------
    ground
        Made of the same trips.
    trips
        The study's networks and layers.
    exclusions
        The areas in which no candidate may lie; none of them is no area.

    Returns
    -------
    ground
        With `barred` in its demand, for the advice on points that nothing serves. Which
        candidates there are does not change.

    Raises
    ------
    SitingError
        As `coverage.candidates.exclude`.
    """
    points = trips.layers.demand.loc[ground.demand.index]
    return replace(ground, demand=ground.demand.assign(barred=barred_by(points, exclusions)))


def with_places(ground: SitingGround, trips: StudyTrips, places: gpd.GeoDataFrame) -> SitingGround:
    """
    The same ground with places of the planner's own as further candidates.

    Parameters
    ----------
    ground
        Made of the same trips.
    trips
        The study's networks and layers.
    places
        As `siting_ground` takes candidates; those whose id is a site already are left out.

    Returns
    -------
    ground
        Only the new places are measured.
    """
    fresh = places[~places.index.isin(ground.sites.index)]
    if fresh.empty:
        return ground
    added, _ = places_table(trips.layers.zones, None, fresh)
    matrix = siting_matrix(
        trips,
        ground.standard,
        ground.reading,
        sites=serving_places(added, ground.standard),
        bound=ground.bound,
        role=ground.role,
    )
    matrix = matrix[matrix["from_id"].isin(ground.demand.index)]
    sites = gpd.GeoDataFrame(pd.concat([ground.sites, added]), crs=ground.sites.crs)
    wider = replace(
        ground,
        sites=sites.rename_axis("site_id"),
        matrix=pd.concat([ground.matrix, matrix], ignore_index=True),
    )
    return replace(wider, demand=_with_nearest(trips, wider))


def upgrade_ground(
    trips: StudyTrips,
    standard: Standard,
    reading: Reading,
    *,
    from_kind: str,
    to_kind: str,
    bound: float | None = None,
) -> SitingGround:
    """
    Which facilities of one kind become another (一般村卫生室 become 中心村卫生室).

    The facilities of the kind they become stand; those of the kind they are now are the
    candidates; no others count.

    Parameters
    ----------
    trips, standard, reading, bound
        As `siting_ground`.
    from_kind, to_kind
        Codes of two kinds.

    Raises
    ------
    SitingError
        If no facility is of `from_kind`, or as `siting_ground`.
    """
    layers = trips.layers
    now = counted_facilities(layers, replace(standard, cross_border=False), (from_kind,))
    if now.empty:
        msg = f"研究区内没有类别为 {from_kind} 的设施，没有可升级的。请检查设施类别。"
        raise SitingError(msg)
    candidates = gpd.GeoDataFrame(
        {"candidate_name": now["facility_name"], "origin": "facility"},
        index=now.index.rename("candidate_id"),
        geometry=now.geometry,
        crs=now.crs,
    )
    aimed = replace(standard, kinds=(to_kind,))
    return siting_ground(trips, aimed, reading, candidates=candidates, bound=bound)


def _check(trips: StudyTrips, standard: Standard, reading: Reading, role: Role) -> None:
    title = f"「{standard.name}·{reading.name}」"
    if role == "stations" and not reading.station_kinds:
        msg = f"{title}只算一段路程，没有急救站可以选址。请改用有急救车两段的口径。"
        raise SitingError(msg)
    if not reading.station_kinds:
        return
    if reading.measure != "travel_time":
        msg = f"{title}分两段，却不按时间计，不能选址。请改用按时间的口径。"
        raise SitingError(msg)
    other = standard.kinds if role == "stations" else reading.station_kinds
    if counted_facilities(trips.layers, standard, other).empty:
        missing = "医院" if role == "stations" else "急救站"
        msg = f"{title}要有{missing}才能算另一段路程，数据里一处也没有。请先导入{missing}。"
        raise SitingError(msg)


def _unknown_people(demand: pd.DataFrame, standard: Standard) -> list[Notice]:
    unknown = demand.index[demand["population"].isna()]
    if not len(unknown):
        return []
    group = GROUP_NAMES.get(standard.demand_group, standard.demand_group)
    text = (
        f"{len(unknown)} 个需求点的{group}未知，选址时按 0 人计，第一个是 {unknown[0]!r}；"
        "补齐后结果可能不同。"
    )
    return [Notice("siting_population_unknown", text, len(unknown))]


def _with_nearest(trips: StudyTrips, ground: SitingGround) -> pd.DataFrame:
    """The demand with the nearest site beyond the cutoff, where there is none within it."""
    table = ground.demand
    within = ground.within
    for name, is_existing in (("candidate", False), ("existing", True)):
        sites = serving_places(ground.sites, ground.standard)
        sites = sites[sites["is_existing"] == is_existing]
        # Once each: a county has millions of pairs.
        reached = within.loc[within["to_id"].isin(sites.index), "from_id"].unique()
        short = ~table.index.isin(reached)
        nearest = pd.DataFrame({"site_id": None, "cost": np.nan}, index=table.index, dtype=object)
        if short.any():
            found = nearest_sites(
                trips,
                ground.standard,
                ground.reading,
                demand=trips.layers.demand.loc[table.index[short]],
                sites=sites,
                role=ground.role,
            )
            nearest = found.astype(object).reindex(table.index)
        site_id = nearest["site_id"].astype(object)
        table = table.assign(
            **{
                f"{name}_id": site_id.where(site_id.notna(), None),
                f"{name}_cost": nearest["cost"].astype(float),
            }
        )
    return table

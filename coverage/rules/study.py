"""What targets are decided on: layers, who lives and stands where, travel times as needed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, cast

import numpy as np
import pandas as pd
import shapely

from coverage.facility_features import NO, YES
from coverage.rules.facility_filter import filter_states, of_kind, unknown_conditions
from coverage.rules.target import LEVELS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import geopandas as gpd
    import numpy.typing as npt

    from coverage.rules.choices import TargetChoices
    from coverage.rules.target import FacilityChoice, Level, Target
    from coverage.standards import FacilityKind, Standard
    from coverage.studies.study import Assessment, Layers
    from coverage.studies.study_trips import StudyTrips

_CODE_LEVELS: Final[tuple[tuple[int, Level], ...]] = ((6, "county"), (4, "city"), (2, "province"))
"""Digits of GB/T 2260 codes that all zones of an area share -> level of the area."""


@dataclass(frozen=True, eq=False)
class TargetStudy:
    """
    A study area, ready for its targets.

    Parameters
    ----------
    assessment
        Its result by the standards; targets that are a standard's reading take their number there.
    trips
        Networks and snapped points, for travel times that no standard asked for.
    kinds
        All kinds of facilities by code.
    choices
        What the planner decided.
    facilities
        The facilities of the layers, each with `zone_id` (null outside the study area),
        `settlement` of the nearest demand point (null where the data do not say), that point's
        `demand_id` and `demand_m`, metres to it in a straight line.
    area_level
        Level of the study area; None where neither planner nor codes tell.
    """

    assessment: Assessment
    trips: StudyTrips
    kinds: Mapping[str, FacilityKind]
    choices: TargetChoices
    facilities: gpd.GeoDataFrame
    area_level: Level | None
    _kept: dict[object, object] = field(default_factory=dict, init=False)

    @property
    def layers(self) -> Layers:
        """The checked layers."""
        return self.assessment.layers

    @property
    def demand(self) -> gpd.GeoDataFrame:
        """The demand points inside the study area."""
        demand = self.layers.demand
        return demand[demand["zone_id"].notna()]

    @property
    def standards(self) -> tuple[Standard, ...]:
        """The standards that were assessed."""
        return self.assessment.standards

    def states(self, choice: FacilityChoice) -> npt.NDArray[np.int8]:
        """Whether each of `facilities` counts (`coverage.rules.facility_filter`)."""
        key = ("states", choice)
        if key not in self._kept:
            states = filter_states(self.facilities, choice, kinds=self.kinds)
            states.flags.writeable = False
            self._kept[key] = states
        return cast("npt.NDArray[np.int8]", self._kept[key])

    def unknown_conditions(self, choice: FacilityChoice) -> list[str]:
        """What must be filled in of each of `facilities` to tell whether it counts, in Chinese."""
        key = ("unknown", choice)
        if key not in self._kept:
            found = unknown_conditions(self.facilities, choice, kinds=self.kinds)
            self._kept[key] = tuple(found)
        return list(cast("tuple[str, ...]", self._kept[key]))

    def without_doubt(self, choices: Iterable[FacilityChoice]) -> TargetStudy:
        """The same study, where facilities of which nobody knows whether they count do not."""
        sure = replace(self)
        kept = sure._kept  # noqa: SLF001 - of its own class
        # What was searched holds for both, as it is kept by the facilities that were searched for.
        kept.update(self._kept)
        for choice in choices:
            states = np.where(self.states(choice) == YES, YES, NO).astype(np.int8)
            states.flags.writeable = False
            kept["states", choice] = states
        return sure

    def is_listed(self, choice: FacilityChoice, *, inside: bool = False) -> bool:
        """
        Whether the data tell of these kinds: some are listed, or all lists are complete.

        With `inside`, those beyond the border, which only the map of the surroundings shows, tell
        nothing.
        """
        wanted = {kind for one in choice for kind in one.kinds}
        listed = of_kind(self.facilities, choice)
        if inside:
            listed = listed & self.facilities["zone_id"].notna().to_numpy()
        return bool(listed.any()) or wanted <= self._complete_kinds

    @property
    def _complete_kinds(self) -> set[str]:
        """Kinds of which the lists are complete; an umbrella word embraces its members."""
        complete: set[str] = set()
        waiting = list(self.choices.complete_kinds)
        while waiting:
            code = waiting.pop()
            if code not in complete:
                complete.add(code)
                waiting += self.kinds[code].members if code in self.kinds else ()
        return complete

    def unlisted(self, choice: FacilityChoice) -> str:
        """The sentence that says of which facilities there is no list."""
        # The conditions are left out: it is the list of the kind that is not there.
        texts = (one.text.partition("[")[0] or self._kind_name(one.kinds[0]) for one in choice)
        names = "、".join(dict.fromkeys(texts))
        return (
            f"数据里没有任何“{names}”，无法区分“没有建”和“没有提供名录”。"
            "请补充名录；确实一处也没有的，请声明该类名录已完整"
        )

    def _kind_name(self, code: str) -> str:
        return self.kinds[code].name if code in self.kinds else code


def target_study(
    assessment: Assessment,
    *,
    trips: StudyTrips,
    kinds: Mapping[str, FacilityKind],
    choices: TargetChoices,
) -> TargetStudy:
    """
    A study area made ready for its targets.

    Parameters
    ----------
    assessment
        Its result by the standards.
    trips
        Of the same layers.
    kinds
        All kinds of facilities by code.
    choices
        What the planner decided.
    """
    layers = assessment.layers
    return TargetStudy(
        assessment,
        trips,
        kinds,
        choices,
        facilities_in_place(layers),
        choices.area_level or area_level_of(layers.zones),
    )


def facilities_in_place(layers: Layers) -> gpd.GeoDataFrame:
    """
    The facilities with the zone they stand in and the demand point nearest to them.

    Parameters
    ----------
    layers
        Checked layers in one projected CRS.

    Returns
    -------
    facilities
        As the layers', with `zone_id`, `settlement`, `demand_id`, `demand_m`. On a border the
        zone that comes first counts.
    """
    facilities = layers.facilities
    points, areas = layers.zones.sindex.query(facilities.geometry, predicate="intersects")
    first = pd.Series(areas).groupby(points).min()
    zone_ids = np.full(len(facilities), None, dtype=object)
    zone_ids[first.index] = layers.zones.index.to_numpy()[first]
    demand = layers.demand
    if demand.empty:
        return facilities.assign(
            zone_id=zone_ids, settlement=pd.NA, demand_id=None, demand_m=np.inf
        )
    place: npt.NDArray[np.intp] = demand.sindex.nearest(facilities.geometry, return_all=False)[1]
    near = demand.iloc[place]
    settlement = near.get("settlement", pd.Series(pd.NA, index=near.index, dtype="str"))
    metres = shapely.distance(
        np.asarray(facilities.geometry, dtype=object), np.asarray(near.geometry, dtype=object)
    )
    return facilities.assign(
        zone_id=zone_ids,
        settlement=settlement.to_numpy(),
        demand_id=near.index.to_numpy(),
        demand_m=metres,
    )


def area_level_of(zones: pd.DataFrame) -> Level | None:
    """
    Level of the area that zones make up, by what their codes of GB/T 2260 have in common.

    Parameters
    ----------
    zones
        Contract `ZONES`.

    Returns
    -------
    level
        That of the zone where there is one only, else above the level of the zones; None where the
        codes do not tell. Whether some zones of the area are left out, codes cannot tell.
    """
    codes = [str(code) for code in zones.index]
    if len(codes) == 1 and zones["zone_level"].iloc[0] in LEVELS:
        return LEVELS[LEVELS.index(zones["zone_level"].iloc[0])]
    if not codes or not all(code.isdigit() and len(code) >= _CODE_LEVELS[0][0] for code in codes):
        return None
    levels = [str(name) for name in zones["zone_level"].unique()]
    highest = max((LEVELS.index(name) for name in levels if name in LEVELS), default=-1)
    for digits, level in _CODE_LEVELS:
        if LEVELS.index(level) > highest and len({code[:digits] for code in codes}) == 1:
            return level
    return None


def in_scope(study: TargetStudy, target: Target, table: pd.DataFrame) -> pd.Series[bool]:
    """
    Which rows a target is about, by where they are.

    Parameters
    ----------
    study
        It knows the named areas.
    target
        Its scope decides.
    table
        Demand or `TargetStudy.facilities`: `zone_id` and, where the data tell, `settlement`.

    Returns
    -------
    is_in
        Indexed as `table`. Where nobody tells town from country every row inside is in: whoever
        asks for rural or urban rows looks at `scope_missing` first.
    """
    inside = table["zone_id"].notna()
    if target.scope == "all":
        return inside
    if target.scope == "named":
        return inside & table["zone_id"].isin(study.choices.areas.get(target.scope_name, ()))
    if "settlement" not in table.columns or not _has_settlement(study):
        return inside
    wanted = "rural" if target.scope == "rural" else "urban"
    return inside & (table["settlement"] == wanted)


def may_be_in_scope(study: TargetStudy, target: Target, table: pd.DataFrame) -> pd.Series[bool]:
    """
    Of which rows nobody knows whether a target is about them: town or country is not filled in.

    Parameters
    ----------
    study, target, table
        As `in_scope`.

    Returns
    -------
    may_be
        Indexed as `table`; none of those that are in scope.
    """
    if target.scope in ("all", "named") or "settlement" not in table.columns:
        return pd.Series(data=False, index=table.index)
    is_open = table["settlement"].isna() & _has_settlement(study)
    return table["zone_id"].notna() & is_open


def scope_missing(study: TargetStudy, target: Target) -> str:
    """Why the area of a target is not known; "" where it is."""
    if target.scope == "named":
        return area_missing(study, target.scope_name)
    if target.scope == "built_up":
        if not study.choices.built_up_is_urban:
            return "没有建成区范围；可在设定里声明以城镇居民点代替建成区"
        if not _has_settlement(study):
            return "设定以城镇居民点代替建成区，但需求点没有城乡属性，请在需求点表里补充"
    if target.scope in ("rural", "urban") and not _has_settlement(study):
        return f"需求点没有城乡属性，无法区分“{target.scope_name}”，请在需求点表里补充城乡一列"
    return ""


def _has_settlement(study: TargetStudy) -> bool:
    """Whether town and country are told of any demand point."""
    demand = study.demand
    return "settlement" in demand.columns and bool(demand["settlement"].notna().any())


def scope_text(target: Target) -> str:
    """The area of a target in a recipe: a city's 全市 is only the study area here."""
    return "研究区" if target.scope == "all" else target.scope_name


def area_missing(study: TargetStudy, name: str) -> str:
    """Why a part of the study area that a plan names is not known; "" where it is."""
    zone_ids = study.choices.areas.get(name, ())
    if not zone_ids:
        return f"没有说明“{name}”由哪些行政单元组成，请在设定里填写"
    unknown = [one for one in zone_ids if one not in study.layers.zones.index]
    if unknown:
        return (
            f"“{name}”里有 {len(unknown)} 个单元代码不在行政单元里，"
            f"第一个是“{unknown[0]}”，请在设定里改正"
        )
    return ""


def scope_note(study: TargetStudy, target: Target, *, is_bounded: bool = False) -> str:
    """
    What is to be said about the area of a target, in Chinese; "" for nothing.

    Parameters
    ----------
    study, target
        As `in_scope`.
    is_bounded
        Whether rows of which nobody knows make the value a span; else they are left out.
    """
    if target.scope in ("all", "named"):
        return ""
    demand = study.demand
    if not _has_settlement(study):
        return f"需求点没有城乡属性，“{target.scope_name}”按全部人口核算"
    notes = ["按设定以城镇居民点代替建成区"] if target.scope == "built_up" else []
    if unknown := int(demand["settlement"].isna().sum()):
        text = f"{unknown} 个需求点没有填城乡属性，"
        name = f"“{target.scope_name}”"
        notes.append(text + (f"是否属于{name}不能确定" if is_bounded else f"不计入{name}"))
    return "；".join(notes)

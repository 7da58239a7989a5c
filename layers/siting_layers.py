"""What siting chooses from: the candidates of a project, what rules them out, how they score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd

from coverage.candidate_contracts import SUITABILITY
from coverage.candidates import (
    CandidateSet,
    Criterion,
    Exclusion,
    SitingCosts,
    combined,
    exclude,
    facility_candidates,
    grid_candidates,
    junction_candidates,
    preferred_candidates,
    spaced,
    suitability,
    suitable,
    thinned_junctions,
    village_candidates,
    with_scores,
    within_area,
)
from coverage.errors import ProjectError
from coverage.impedance import single_modes
from layers.boundaries import study_area
from layers.lists.siting_points import read_points
from layers.lists.siting_shapes import LayerFile, read_shapes
from layers.project import chosen_modes, chosen_standards
from layers.project_siting import CandidatesTable, SitingTable
from layers.settings import nearest_key
from layers.standards import load_kinds, load_modes, load_standards

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import shapely

    from coverage.notices import Notice
    from coverage.standards import Standard
    from coverage.studies.study import Layers
    from layers.project import Project
    from layers.project_siting import CriterionTable

CANDIDATES_SECTION: Final = "[[siting.candidates]]"
EXCLUSIONS_SECTION: Final = "[[siting.exclusions]]"
SUITABILITY_SECTION: Final = "[[siting.suitability]]"


@dataclass(frozen=True, eq=False)
class SitingLayers:
    """
    Everything that siting chooses from, in the CRS of the layers.

    Parameters
    ----------
    candidates
        Contract `CANDIDATES`, with their scores.
    left_out
        Contract `LEFT_OUT`: what was excluded or merged, with the reason.
    exclusions
        The excluded areas, also for points that are drawn later.
    criteria
        What the planner weighs.
    scores
        Contract `SUITABILITY`, of all candidates that are not excluded; no rows without criteria.
    preferred
        Ids for `SitingOptions.preferred`: candidates that score `preferred_from` or more; ()
        where the project does not ask for it.
    costs
        As far as the planner says.
    kinds
        Every standard of the project -> code of the kind that is built for it: as the project
        says, else the first exact kind that counts for it.
    notices
        What there is to tell.
    """

    candidates: gpd.GeoDataFrame
    left_out: gpd.GeoDataFrame
    exclusions: tuple[Exclusion, ...]
    criteria: tuple[Criterion, ...]
    scores: pd.DataFrame
    preferred: tuple[str, ...]
    costs: SitingCosts
    kinds: Mapping[str, str]
    notices: tuple[Notice, ...]

    def new_kind(self, standard: Standard) -> str:
        """Code of the kind that is built for one of the project's standards."""
        return self.kinds[standard.standard_id]


def read_siting(project: Project, layers: Layers) -> SitingLayers:
    """
    The candidates of a project, from its table `[siting]`; without the table, its villages.

    In this order: every source; places nearer than a metre become one; what lies outside the
    study area or in an excluded area goes; junctions are thinned; the rest are scored; what
    scores too low goes; candidates are thinned to the least distance, the more suitable stay.

    Parameters
    ----------
    project
        The checked project file.
    layers
        Its layers (`layers.loading`).

    Returns
    -------
    siting
        See `SitingLayers`.

    Raises
    ------
    PlannerError
        Of the class that fits, if a file cannot be read or a name is not known.
    """
    table = project.settings.siting or SitingTable()
    kinds = _checked_kinds(project, table)
    area = study_area(layers.zones)
    parts, notices = _sources(project, table.candidates, layers, area)
    exclusions, told = _exclusions(project, table, layers, area)
    criteria, told_of_criteria = _criteria(project, table, layers, area)
    notices += [*told, *told_of_criteria]
    found = exclude(within_area(combined(parts), area), exclusions)
    junctions = [one.apart_m for one in table.candidates if one.source == "junctions"]
    found = thinned_junctions(found, apart_m=junctions[0]) if junctions else found
    scores = pd.DataFrame(columns=[column.name for column in SUITABILITY.columns])
    if criteria:
        scored = suitability(found.candidates, criteria)
        found, scores = with_scores(found, scored.score), scored.table
        notices += scored.notices
    if table.min_suitability is not None:
        found = suitable(found, at_least=table.min_suitability)
    found = spaced(found, apart_m=table.min_distance_m)
    least = table.preferred_from
    return SitingLayers(
        candidates=found.candidates,
        left_out=found.left_out,
        exclusions=exclusions,
        criteria=criteria,
        scores=scores,
        preferred=() if least is None else preferred_candidates(found.candidates, at_least=least),
        costs=_costs(table),
        kinds=kinds,
        notices=(*notices, *found.notices),
    )


def _sources(
    project: Project,
    tables: Iterable[CandidatesTable],
    layers: Layers,
    area: shapely.Geometry,
) -> tuple[list[CandidateSet], list[Notice]]:
    """Every source of candidates, in the order of the project file."""
    parts: list[CandidateSet] = []
    notices: list[Notice] = []
    for table in tables:
        if table.source == "villages":
            parts.append(village_candidates(layers.demand))
        elif table.source == "facilities":
            parts.append(facility_candidates(layers.facilities, kinds=table.kinds))
        elif table.source == "grid":
            settlements, told = _settlements(project, table, layers, area)
            spacing = table.spacing_m or 0.0
            parts.append(grid_candidates(settlements, spacing_m=spacing, radius_m=table.radius_m))
            notices += told
        elif table.source == "junctions":
            parts.append(_junctions(project, table, layers))
        else:
            file = _file(project, table, "候选点", CANDIDATES_SECTION)
            part, told = read_points(file, table, crs=_crs(layers), area=area)
            parts.append(part)
            notices += told
    return parts, notices


def _settlements(
    project: Project, table: CandidatesTable, layers: Layers, area: shapely.Geometry
) -> tuple[gpd.GeoDataFrame, tuple[Notice, ...]]:
    """Polygons of settlements where the project has them, else its demand points."""
    if table.file is None:
        return layers.demand, ()
    file = _file(project, table, "居民点范围", CANDIDATES_SECTION)
    read = read_shapes(file, crs=_crs(layers), area=area)
    cells = pd.DataFrame({"name": pd.Series(read.names, dtype=object)})
    return gpd.GeoDataFrame(cells, geometry=read.shapes, crs=layers.demand.crs), read.notices


def _junctions(project: Project, table: CandidatesTable, layers: Layers) -> CandidateSet:
    modes = chosen_modes(project, load_modes())
    if table.mode not in modes:
        msg = (
            f"{CANDIDATES_SECTION} 的 mode“{table.mode}”不存在，有的是 {'、'.join(modes)}。"
            "请改正 project.toml。"
        )
        raise ProjectError(msg)
    return junction_candidates(
        layers.roads,
        layers.demand,
        modes=single_modes(modes[table.mode], modes),
        near_m=table.near_m,
    )


def _exclusions(
    project: Project, table: SitingTable, layers: Layers, area: shapely.Geometry
) -> tuple[tuple[Exclusion, ...], list[Notice]]:
    exclusions = []
    notices: list[Notice] = []
    for one in table.exclusions:
        file = _file(project, one, f"排除图层「{one.name}」", EXCLUSIONS_SECTION)
        read = read_shapes(file, crs=_crs(layers), area=area)
        exclusions.append(Exclusion(one.name, read.shapes, one.buffer_m))
        notices += read.notices
    return tuple(exclusions), notices


def _criteria(
    project: Project, table: SitingTable, layers: Layers, area: shapely.Geometry
) -> tuple[tuple[Criterion, ...], list[Notice]]:
    criteria = []
    notices: list[Notice] = []
    for one in table.suitability:
        shapes, told = _criterion_shapes(project, one, layers, area)
        criteria.append(
            Criterion(
                name=one.name,
                rule=one.rule,
                weight=one.weight,
                shapes=shapes,
                near_m=one.near_m,
                far_m=one.far_m or 0.0,
                column=one.column or "",
                worst=one.worst,
                best=1.0 if one.best is None else one.best,
            )
        )
        notices += told
    return tuple(criteria), notices


def _criterion_shapes(
    project: Project, one: CriterionTable, layers: Layers, area: shapely.Geometry
) -> tuple[np.ndarray, tuple[Notice, ...]]:
    if one.kinds is not None:
        chosen = layers.facilities["kind"].isin(one.kinds)
        return layers.facilities.geometry.to_numpy()[chosen.to_numpy()], ()
    if one.file is None:
        return np.zeros(0, dtype=object), ()
    file = _file(project, one, f"评分图层「{one.name}」", SUITABILITY_SECTION)
    read = read_shapes(file, crs=_crs(layers), area=area, columns=one.columns)
    return read.shapes, read.notices


def _file(project: Project, table: object, title: str, section: str) -> LayerFile:
    path = project.path(getattr(table, "file", None) or "")
    crs, layer = getattr(table, "crs", None), getattr(table, "layer", None)
    return LayerFile(path, title, section, crs=crs, layer=layer)


def _crs(layers: Layers) -> str:
    return str(layers.roads.crs)


def _costs(table: SitingTable) -> SitingCosts:
    if table.costs is None:
        return SitingCosts()
    return SitingCosts(dict(table.costs.fixed), dict(table.costs.per_bed), table.costs.source)


def _checked_kinds(project: Project, table: SitingTable) -> dict[str, str]:
    """What is built for each standard, once every code of a kind is known to be one."""
    known = load_kinds()
    for where, code in _named_kinds(table):
        if code not in known:
            near = nearest_key(code, list(known))
            msg = f"{where} 写了不认识的设施类别“{code}”，最接近的是“{near}”。请改正 project.toml。"
            raise ProjectError(msg)
    standards = {one.standard_id: one for one in chosen_standards(project, load_standards())}
    for standard_id, code in table.kind.items():
        if standard_id not in standards:
            msg = (
                f"[siting] 的 kind 写了没有评估的标准“{standard_id}”，"
                f"[assessment] 里有 {'、'.join(standards)}。请改正 project.toml。"
            )
            raise ProjectError(msg)
        if code not in standards[standard_id].kinds:
            msg = (
                f"[siting] 的 kind 给「{standards[standard_id].name}」写的设施类别"
                f"“{known[code].name}”（{code}）不计入这个标准，建了也不算覆盖。"
                f"可以写 {'、'.join(standards[standard_id].kinds)}。"
            )
            raise ProjectError(msg)
    usual = {
        standard_id: next((code for code in one.kinds if not known[code].members), one.kinds[0])
        for standard_id, one in standards.items()
    }
    return usual | table.kind


def _named_kinds(table: SitingTable) -> list[tuple[str, str]]:
    """Every code of a kind that the table names, and where."""
    costs = table.costs
    lists = (
        ("[siting] 的 kind", table.kind.values()),
        *((f"{CANDIDATES_SECTION} 的 kinds", one.kinds or ()) for one in table.candidates),
        *((f"{SUITABILITY_SECTION} 的 kinds", one.kinds or ()) for one in table.suitability),
        ("[siting.costs]", () if costs is None else (*costs.fixed, *costs.per_bed)),
    )
    return [(where, code) for where, codes in lists for code in codes]

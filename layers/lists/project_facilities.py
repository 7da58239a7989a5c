"""The facilities of a project: every list that it names, and those of OpenStreetMap, as one."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from coverage.contracts import FACILITIES
from coverage.notices import Notice
from layers.checks.project_ledger import ReadList, source_labels
from layers.checks.row_notices import reading_notices
from layers.coordinates import WGS84, transformer_between
from layers.corrections import of_file
from layers.facilities import contract_columns, ensure_kind, facilities_from_table, joined
from layers.osm.osm_layers import osm_facilities
from layers.sources import read_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import geopandas as gpd
    import shapely

    from coverage.standards import FacilityKind
    from layers.corrections import Correction
    from layers.matching.named_rows import Gazetteer
    from layers.project import Project
    from layers.project_lists import FacilitiesTable

Notices = tuple[Notice, ...]


class FacilitiesRead(NamedTuple):
    """
    The facilities of a project.

    Parameters
    ----------
    layer
        Contract `FACILITIES`.
    lists
        Those that are read from a file.
    rows
        How many rows their sources have.
    notices
        What there is to tell.
    """

    layer: gpd.GeoDataFrame
    lists: list[ReadList]
    rows: int
    notices: Notices


def project_facilities(
    project: Project,
    *,
    area: shapely.Geometry,
    crs: str,
    kinds: Mapping[str, FacilityKind],
    corrections: Sequence[Correction],
    gazetteer: Gazetteer,
) -> FacilitiesRead:
    """
    All facilities of a project.

    Parameters
    ----------
    project
        The checked project file.
    area
        The study area with its buffer, in `crs`.
    crs
        Of the project.
    kinds
        Facility kinds by code.
    corrections
        All of the project.
    gazetteer
        The villages and zones that rows without coordinates may name.

    Raises
    ------
    PlannerError
        Of the class that fits: with every problem of the first list that has some.
    """
    parts = []
    lists: list[ReadList] = []
    rows = 0
    notices: list[Notice] = []
    labels = source_labels(project)[2:]
    for label, table in zip(labels, project.settings.facilities, strict=True):
        if table.source == "osm":
            ensure_kind(table.kind, {"kind": "kind"}, kinds=kinds, name="OSM")
            part, told = _from_osm(project, table, crs=crs, area=area, kinds=kinds)
            rows += len(part)
        else:
            source = read_table(project.path(table.file or ""), options=table.reading())
            columns = table.columns.mapping()
            rows += len(source)
            reading = facilities_from_table(
                source,
                crs=crs,
                area=area,
                kinds=kinds,
                columns=columns,
                kind=table.kind,
                level=table.level,
                source_crs=table.crs,
                origin=table.origin,
                faulty_rows=table.faulty_rows,
                corrections=of_file(corrections, label),
                units=table.units.mapping(),
                recognise_kinds=table.recognise_kinds,
                gazetteer=gazetteer if table.place_by_name else None,
                features=table.features,
            )
            part = reading.layer
            told = (*reading_notices(source, title=FACILITIES.title), *reading.notices)
            ours = contract_columns(columns)
            lists.append(ReadList(label, len(source), reading, FACILITIES, columns, ours))
        parts.append(part)
        notices.extend(told)
    together, meeting = joined(parts)
    return FacilitiesRead(together, lists, rows, (*notices, *meeting))


def _from_osm(
    project: Project,
    table: FacilitiesTable,
    *,
    crs: str,
    area: shapely.Geometry,
    kinds: Mapping[str, FacilityKind],
) -> tuple[gpd.GeoDataFrame, Notices]:
    path = project.osm_path(table.file)
    bounds = transformer_between(crs, WGS84).transform_bounds(*area.bounds)
    found, told = osm_facilities(path, crs=crs, bounds=bounds, project_folder=project.folder)
    if table.kind is not None:
        found = found[found["kind"].isin(embraced_kinds(table.kind, kinds))]
    if not found.empty:
        return found, told
    what = f"“{kinds[table.kind].name}”这类设施" if table.kind else "任何设施"
    text = f"「{path.name}」在研究区及其外扩范围内没有{what}。开放街图往往不全，请另给设施名录。"
    return found, (*told, Notice("osm_without_facilities", text, 1))


def embraced_kinds(kind: str, kinds: Mapping[str, FacilityKind]) -> set[str]:
    """
    A kind of facility and all kinds that it embraces.

    Parameters
    ----------
    kind
        Code, e.g. of 医疗卫生机构.
    kinds
        The table of kinds by code.
    """
    found: set[str] = set()
    waiting = [kind]
    while waiting:
        code = waiting.pop()
        if code not in found:
            found.add(code)
            waiting.extend(kinds[code].members)
    return found

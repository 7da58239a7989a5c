"""A draft made into a checked layer, with the ledger of its file: what loading will make of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from coverage.contracts import DEMAND, FACILITIES, ZONES
from coverage.errors import InputError
from coverage.notices import Notice
from layers.boundaries import POPULATION, UNSTATED_LEVEL, boundaries_from_table, zone_of
from layers.checks.findings import Finding, degrees
from layers.checks.layer_checks import zone_findings
from layers.checks.other_lists import in_other_lists
from layers.checks.project_ledger import ReadList, facility_rows, project_ledger, source_labels
from layers.checks.row_notices import reading_notices
from layers.coordinates import WGS84, transformer_between
from layers.demand import contract_columns as demand_columns
from layers.demand import demand_from_table
from layers.facilities import contract_columns as facility_columns
from layers.facilities import facilities_from_table
from layers.intaking.adopting import source_label
from layers.intaking.declared_rows import with_row_datums
from layers.intaking.draft import draft_problems
from layers.intaking.table_settings import settings_of
from layers.lists.zone_people import read_zone_people
from layers.matching.named_rows import Gazetteer, county_named
from layers.project_lists import BoundariesTable, DemandTable, FacilitiesTable, ZonePeopleTable
from layers.quality import Ledger
from layers.rasters import BLOCK_M, demand_from_raster
from layers.sources import read_raster_cells

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import geopandas as gpd

    from coverage.contracts import Contract
    from layers.checks.point_rows import PointReading
    from layers.corrections import Correction
    from layers.intaking.draft import Draft
    from layers.intaking.ground import Ground
    from layers.project import Project
    from layers.tables import SourceTable


@dataclass(frozen=True, eq=False)
class Checked:
    """
    What came of a file.

    Parameters
    ----------
    layer
        After the contract of its layer, in the project's CRS; the rows that are used.
    ledger
        Of this file alone.
    notices
        What must be known beside.
    rows
        One per row of the file: `row`, `name`, `lon`, `lat` (degrees, WGS84; NaN where not
        known), `fate` ("used", "changed" or "set_aside").
    """

    layer: gpd.GeoDataFrame
    ledger: Ledger
    notices: tuple[Notice, ...]
    rows: pd.DataFrame


def checked(
    table: SourceTable,
    draft: Draft,
    ground: Ground | None,
    *,
    corrections: Sequence[Correction] = (),
) -> Checked:
    """
    The layer that a draft makes of a file, and what was found in it.

    Parameters
    ----------
    table
        The file as it was read.
    draft
        As the planner settled it.
    ground
        The project; None only for the zones of a project that is yet to be made.
    corrections
        Those of this file. The datums of single rows are the draft's, whatever they say of them.

    Returns
    -------
    found
        The same layer and the same ledger as loading gives once the draft is adopted.

    Raises
    ------
    InputError
        With every sentence of `draft_problems`, or where no row can be used.
    ProjectError
        If the draft contradicts itself.
    """
    if draft.layer == "zones" and not draft.is_zone_people:
        return _checked_zones(table, draft, ground)
    if ground is None:
        msg = f"only boundaries can be checked without a project, not {draft.layer}"
        raise ValueError(msg)
    if draft.is_zone_people:
        return _checked_people(table, draft, ground)
    problems = draft_problems(table, draft, kinds=ground.kinds)
    if problems:
        raise InputError("".join(problems))
    table = _named(table, draft)
    label = corrections[0].file if corrections else draft.name
    declared = with_row_datums(corrections, draft, label=label, table=table)
    settings = settings_of(draft, file=draft.name)
    if isinstance(settings, FacilitiesTable):
        listed = _facilities(table, settings, ground, declared)
    else:
        assert isinstance(settings, DemandTable)  # noqa: S101 - zones went another way
        listed = _demand(table, settings, ground, declared)
    ledger = _ledger_of(listed, ground, own=_own_labels(ground.project, draft))
    reading = listed.reading
    told = (*reading_notices(table, title=listed.contract.title), *reading.notices)
    return Checked(reading.layer, ledger, told, _fates(table, draft, reading, ledger))


def checked_raster(draft: Draft, ground: Ground) -> Checked:
    """
    The demand that a raster of people makes; it has no rows that could be at fault.

    The ledger counts demand points, and tells how many people of the rectangle around the study
    area lie outside it.

    Parameters
    ----------
    draft
        Of demand, its file a GeoTIFF.
    ground
        The project.

    Raises
    ------
    SourceError, DemandError
        If it is no raster of people, or has none in the study area.
    """
    demand, notices = demand_from_raster(draft.file, zones=ground.zones, block_m=BLOCK_M)
    lon, lat = degrees(np.asarray(demand.geometry, dtype=object), ground.crs)
    rows = pd.DataFrame({"row": range(1, len(demand) + 1), "name": "", "lon": lon, "lat": lat})
    told = [_clipped(draft, ground, inside=float(demand["population"].sum()))]
    ledger = Ledger.of_file(draft.name, told, rows_read=len(demand), rows_used=len(demand))
    return Checked(demand, ledger, notices, rows.assign(fate="used"))


def _clipped(draft: Draft, ground: Ground, *, inside: float) -> Finding:
    """People before and after the raster is clipped to the study area."""
    bounds = transformer_between(ground.crs, WGS84).transform_bounds(*ground.area.bounds)
    cells = read_raster_cells(draft.file, bounds=bounds)
    people = float(cells.column("people").to_numpy().sum())
    said = (
        f"研究区外接矩形内共 {people:,.0f} 人，裁剪到研究区后 {inside:,.0f} 人，"
        f"研究区以外的 {people - inside:,.0f} 人不计入"
    )
    return Finding(draft.name, None, "raster_clipped", said)


def _facilities(
    table: SourceTable,
    settings: FacilitiesTable,
    ground: Ground,
    corrections: Sequence[Correction],
) -> ReadList:
    columns = settings.columns.mapping()
    reading = facilities_from_table(
        table,
        crs=ground.crs,
        area=ground.reach,
        kinds=ground.kinds,
        columns=columns,
        kind=settings.kind,
        level=settings.level,
        source_crs=settings.crs,
        origin=settings.origin,
        faulty_rows=settings.faulty_rows,
        corrections=corrections,
        units=settings.units.mapping(),
        features=settings.features,
        recognise_kinds=settings.recognise_kinds,
        gazetteer=_places(ground, ground.demand) if settings.place_by_name else None,
    )
    return _listed(table, reading, FACILITIES, columns, facility_columns(columns))


def _demand(
    table: SourceTable, settings: DemandTable, ground: Ground, corrections: Sequence[Correction]
) -> ReadList:
    columns = settings.columns.mapping()
    reading = demand_from_table(
        table,
        zones=ground.zones,
        columns=columns,
        source_crs=settings.crs,
        missing_population=settings.missing_population,
        origin=settings.origin,
        faulty_rows=settings.faulty_rows,
        corrections=corrections,
        units=settings.units.mapping(),
        gazetteer=_places(ground, None) if settings.place_by_name else None,
        totals=None if "population" in columns else ground.totals,
    )
    return _listed(table, reading, DEMAND, columns, demand_columns(columns))


def _places(ground: Ground, villages: gpd.GeoDataFrame | None) -> Gazetteer:
    """What rows without coordinates may name; a village is placed by no other village."""
    return Gazetteer(ground.zones, villages, county_named(ground.project.name))


def _listed(
    table: SourceTable,
    reading: PointReading,
    contract: Contract,
    columns: dict[str, str],
    contract_columns: dict[str, str],
) -> ReadList:
    return ReadList(table.name, len(table), reading, contract, columns, contract_columns)


def _ledger_of(listed: ReadList, ground: Ground, *, own: Collection[str]) -> Ledger:
    """
    The ledger of one list, by the same checks as when the project is loaded.

    Parameters
    ----------
    listed
        The new list.
    ground
        The project.
    own
        What the project calls the same file where it reads it already: a row is no other of
        itself.
    """
    label = listed.label
    while label in source_labels(ground.project):
        label += "\0"  # no file is called so
    layer = listed.reading.layer
    layers = ground.layers
    layers = replace(layers, demand=layer) if listed.contract is DEMAND else layers
    whole = project_ledger(
        ground.project,
        layers,
        [replace(listed, label=label)],
        area=ground.reach,
        boundaries=None,
        stated=None,
        corrections=(),
    )
    findings = [one for one in whole.findings if one.file == label]
    if listed.contract is FACILITIES and ground.facilities is not None:
        present = ground.facilities[~ground.facilities["file"].isin(own)]
        findings += in_other_lists(facility_rows([listed]), present)
    return Ledger.of_file(listed.label, findings, rows_read=listed.rows, rows_used=len(layer))


def _own_labels(project: Project, draft: Draft) -> set[str]:
    """What the project calls the file of a draft: where it lies now, and once it is adopted."""
    if draft.layer != "facilities":
        return set()
    labels = source_labels(project)[2:]
    lists = zip(labels, project.settings.facilities, strict=True)
    here = {
        label
        for label, one in lists
        if one.source is None
        and one.reading().part == draft.options.part
        and project.path(one.file or "").resolve() == draft.file.resolve()
    }
    return here | {source_label(project, draft)}


def _fates(table: SourceTable, draft: Draft, reading: PointReading, ledger: Ledger) -> pd.DataFrame:
    """Every row of a file with its place and what became of it."""
    crs = f"EPSG:{reading.layer.crs.to_epsg()}"
    used = pd.DataFrame(index=pd.Index(reading.table.rows, name="row"))
    used["lon"], used["lat"] = degrees(np.asarray(reading.layer.geometry, dtype=object), crs)
    rows = pd.DataFrame({"row": table.rows, "name": _names(table, draft)}).join(used, on="row")
    told = {
        done: {one.row for one in ledger.findings if one.done == done}
        for done in ("changed", "set_aside")
    }
    rows["fate"] = "used"
    for done, which in told.items():
        rows.loc[rows["row"].isin(which), "fate"] = done
    # A row that is set aside lies where a finding says that it would lie after the remedy.
    proposed = pd.DataFrame(
        {one.row: (one.lon, one.lat) for one in ledger.findings if one.lon is not None},
        index=["lon", "lat"],
        dtype=float,
    )
    for name in ("lon", "lat"):
        rows[name] = rows[name].fillna(rows["row"].map(proposed.loc[name]))
    return rows


def _named(table: SourceTable, draft: Draft) -> SourceTable:
    """The table by the name that the planner knows: an upload lies under another."""
    if not table.name.startswith(draft.file.name):
        return table
    return replace(table, name=draft.name + table.name.removeprefix(draft.file.name))


def _names(table: SourceTable, draft: Draft) -> list[str]:
    if "name" not in draft.columns:
        return [""] * len(table)
    return list(table.column(draft.columns["name"]))


def _checked_zones(table: SourceTable, draft: Draft, ground: Ground | None) -> Checked:
    problems = draft_problems(table, draft, kinds={})
    if problems:
        raise InputError("".join(problems))
    table = _named(table, draft)
    settings = settings_of(draft, file=draft.name)
    assert isinstance(settings, BoundariesTable)  # noqa: S101 - the draft is of zones
    reading = boundaries_from_table(
        table,
        columns=settings.columns.mapping(),
        level=settings.level or UNSTATED_LEVEL,
        source_crs=settings.crs,
    )
    zones = reading.zones.drop(columns=POPULATION, errors="ignore")
    found = zone_findings(
        table.name,
        zones,
        demand=_demand_in(zones, ground),
        stated=None if ground is None else reading.zones.get(POPULATION),
        reading=reading,
    )
    ledger = Ledger.of_file(table.name, found, rows_read=len(zones), rows_used=len(zones))
    notices = (*reading_notices(table, title=ZONES.title), *reading.notices)
    points = shapely.point_on_surface(np.asarray(zones.geometry, dtype=object))
    lon, lat = degrees(points, f"EPSG:{zones.crs.to_epsg()}")
    rows = pd.DataFrame(
        {"row": table.rows, "name": _names(table, draft), "lon": lon, "lat": lat, "fate": "used"}
    )
    return Checked(zones, ledger, notices, rows)


def _checked_people(table: SourceTable, draft: Draft, ground: Ground) -> Checked:
    """The project's zones with the people that a table without shapes gives them."""
    problems = draft_problems(table, draft, kinds={})
    if problems:
        raise InputError("".join(problems))
    table = _named(table, draft)
    settings = settings_of(draft, file=draft.name)
    assert isinstance(settings, ZonePeopleTable)  # noqa: S101 - the draft is of people
    zones = ground.zones
    read = read_zone_people(
        table, zones=zones, columns=settings.columns.mapping(), units=settings.units.mapping()
    )
    used = read.zone_of_row.dropna()
    layer = zones.loc[used].assign(**{POPULATION: read.totals[used].to_numpy()})
    at_zone = dict(zip(zones.index, range(len(zones)), strict=True))
    points = shapely.point_on_surface(np.asarray(zones.geometry, dtype=object))
    place = [at_zone.get(one, -1) for one in read.zone_of_row]
    lon, lat = degrees(np.append(points, None)[place], ground.crs)
    rows = pd.DataFrame({"row": table.rows, "name": _names(table, draft), "lon": lon, "lat": lat})
    aside = {one.row for one in read.ledger.findings if one.done == "set_aside"}
    rows["fate"] = np.where(rows["row"].isin(aside), "set_aside", "used")
    return Checked(layer, read.ledger, (*read.notices, _use_of_people(ground.project)), rows)


def _use_of_people(project: Project) -> Notice:
    """What becomes of the people of zones in this project, told before it is written."""
    if project.settings.demand.columns.population is not None:
        text = "村（社区）名录已有人口列，这张表只用来核对各单元的合计，不再分摊。"
    else:
        text = (
            "写入项目后，各单元的人口分摊到其中的村（社区），单元合计不变；"
            "只分摊常住人口，老人、婴幼儿等分组人口不分摊。"
        )
    return Notice("zone_people_use", text, 1)


def _demand_in(zones: gpd.GeoDataFrame, ground: Ground | None) -> pd.DataFrame:
    """The project's demand with its place in new zones; in a new project nothing is missed yet."""
    if ground is None:
        return pd.DataFrame({"zone_id": zones.index, "population": np.nan})
    demand = ground.demand.to_crs(zones.crs)
    zone = zone_of(np.asarray(demand.geometry, dtype=object), zones)
    return demand.assign(zone_id=zone.to_numpy())

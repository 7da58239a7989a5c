"""All checks on a layer that is used: what is doubtful, told and kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from layers.boundaries import study_area
from layers.checks.amounts import amount_findings
from layers.checks.findings import Records, degrees, records_of
from layers.checks.neighbours import same_name_near, same_place_two_names
from layers.checks.places import far_from_roads, in_water, outside_area
from layers.checks.shapes import shape_findings, zone_holes, zone_overlaps
from layers.checks.texts import id_findings, text_findings
from layers.checks.zones import zone_code_findings, zone_totals, zones_without_demand

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    import pandas as pd

    from coverage.contracts import Contract
    from coverage.roads import Roads
    from layers.boundaries import BoundaryReading
    from layers.checks.findings import Finding
    from layers.checks.point_rows import PointReading


@dataclass(frozen=True, eq=False)
class Ground:
    """
    What the points of a project lie on, all in its CRS.

    Parameters
    ----------
    area
        Polygon in which the points are expected.
    area_name
        What sentences call it, e.g. "研究区".
    roads
        The street network with its water.
    far_from_road_m
        Metres from the nearest road beyond which a point is told.
    zones
        Contract `ZONES`, which codes of zones are held against; None asks nothing.
    """

    area: shapely.Geometry
    area_name: str
    roads: Roads
    far_from_road_m: float
    zones: gpd.GeoDataFrame | None = None


def point_findings(
    reading: PointReading,
    *,
    contract: Contract,
    columns: Mapping[str, str],
    contract_columns: Mapping[str, str],
    ground: Ground,
) -> list[Finding]:
    """
    What is doubtful in the rows of a list that are used.

    Parameters
    ----------
    reading
        The layer with the rows that it was made from, n of them.
    contract
        Of the layer.
    columns
        Our names -> columns of the file.
    contract_columns
        The same with the names of the contract.
    ground
        What the points lie on.

    Returns
    -------
    findings
        All rows are kept as they are.
    """
    layer, table = reading.layer, reading.table
    crs = f"EPSG:{layer.crs.to_epsg()}"
    records = records_of(table, columns, points=np.asarray(layer.geometry, dtype=object), crs=crs)
    xy = layer.geometry.get_coordinates().to_numpy()
    texts = {
        contract_columns[one.name]: None
        for one in contract.columns
        if one.dtype == "text" and one.name in contract_columns
    }
    found = [
        one
        for name in texts
        for one in text_findings(records, list(table.column(name)), column=name)
    ]
    if "id" in columns:
        found += id_findings(records, column=columns["id"])
    if table.geometry is not None and table.geometry.crs is not None:
        shapes = np.asarray(table.geometry, dtype=object)
        found += shape_findings(records, shapes, source_crs=table.geometry.crs, crs=crs)
    if "zone_code" in columns and ground.zones is not None:
        points, name = np.asarray(layer.geometry, dtype=object), columns["zone_code"]
        codes = table.column(name).tolist()
        found += zone_code_findings(records, codes, points, column=name, zones=ground.zones)
    return [
        *found,
        *amount_findings(records, layer, columns=contract_columns),
        *same_name_near(records, xy),
        *same_place_two_names(records, xy),
        *outside_area(records, xy, area=ground.area, called=ground.area_name),
        *far_from_roads(records, xy, roads=ground.roads, most_m=ground.far_from_road_m),
        *in_water(records, xy, barriers=ground.roads.barriers),
    ]


def zone_findings(
    file: str,
    zones: gpd.GeoDataFrame,
    *,
    demand: pd.DataFrame,
    stated: pd.Series | None,
    reading: BoundaryReading | None = None,
) -> list[Finding]:
    """
    What is doubtful in the zones: bad shapes, overlaps, holes, no demand, other totals.

    Parameters
    ----------
    file
        File of the zones, as messages name it.
    zones
        Contract `ZONES`.
    demand
        With `zone_id` and `population`.
    stated
        Persons by zone id where the file of the zones gives them, or None.
    reading
        How they were read; None where their rows and the shapes as drawn are not known.
    """
    shapes = np.asarray(zones.geometry, dtype=object)
    crs = f"EPSG:{zones.crs.to_epsg()}"
    lon, lat = degrees(shapely.point_on_surface(shapes), crs)
    records = Records(
        file,
        (None,) * len(zones) if reading is None else reading.table.rows,
        tuple(zones.index.astype(str)),
        tuple(zones["zone_name"].astype(str)),
        lon,
        lat,
    )
    of_file: list[Finding] = []
    if reading is not None:
        drawn = shape_findings(records, reading.drawn, source_crs=crs, crs=crs)
        of_file = [*reading.findings, *drawn]
    return [
        *of_file,
        *zone_overlaps(records, shapes),
        *zone_holes(file, study_area(zones), crs=crs),
        *zones_without_demand(records, demand["zone_id"]),
        *(zone_totals(records, demand, stated=stated) if stated is not None else ()),
    ]

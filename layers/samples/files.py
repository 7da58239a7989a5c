"""The generated county as files: an OSM extract, a map layer and tables with Chinese headers."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Final

import numpy as np
import osmium
import pandas as pd
import shapely
from pyproj import Transformer

from layers.samples.county import COUNTY_CRS
from layers.samples.names import COUNTY_NAME
from layers.samples.plan_areas import BUILDING_LAND, FARMLAND, RED_LINE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    import geopandas as gpd
    import numpy.typing as npt

    from coverage.standards import FacilityKind
    from layers.samples.county import SampleCounty
    from layers.samples.streets import Street

    FloatArray = npt.NDArray[np.float64]

ROADS_FILE: Final = "networks/demo_county.osm.pbf"
TOWNSHIPS_FILE: Final = "boundaries/demo_county_townships.geojson"
VILLAGES_FILE: Final = "examples/demo_county/villages.csv"
PLAN_AREA_FILES: Final = {
    RED_LINE: "boundaries/demo_county_red_lines.geojson",
    FARMLAND: "boundaries/demo_county_farmland.geojson",
    BUILDING_LAND: "boundaries/demo_county_building_land.geojson",
}
"""Kind of area of the land-use plan -> its layer."""
FACILITY_FILES: Final = {
    "hospitals": ("county_hospital", "medical_subcentre"),
    "clinics": (
        "township_hospital", "community_health_centre", "community_health_station",
        "central_village_clinic", "general_village_clinic", "clinic_service_point",
    ),
    "elderly": (
        "elderly_home", "medical_elderly_home", "respect_home", "happiness_home", "day_care_centre",
    ),
    "fitness": ("stadium", "sports_centre", "sports_park", "sports_ground", "fitness_station"),
    "emergency": ("emergency_station",),
    "childcare": ("nursery",),
    "elderly_services": (
        "elderly_service_centre", "comprehensive_elderly_centre", "rural_elderly_centre",
        "home_care_organisation",
    ),
    "health_services": (
        "disease_control_centre", "vaccination_clinic", "tcm_promotion_centre",
        "shared_tcm_pharmacy",
    ),
    "education": ("school", "kindergarten"),
    "culture": ("library", "museum", "cultural_centre", "theatre", "entertainment_facility"),
    "parks": ("park",),
    "toilets": ("toilet",),
}  # fmt: skip
"""Facility lists as offices keep them -> the kinds in each."""

SOURCE_NOTE: Final = "合成数据"
SETTLEMENT_NAMES: Final = {"urban": "城镇", "rural": "农村"}

_DEGREE_DECIMALS: Final = 6
_OSM_DECIMALS: Final = 7
_RIVER_NAME: Final = "示例河"
_OPTIONAL: Final = {
    "level": "等级", "capacity_beds": "床位", "area_m2": "面积", "turnout_minutes": "出车分钟",
    "capacity_nursing_beds": "护理型床位", "capacity_childcare_places": "托位",
    "staff_physicians": "执业（助理）医师", "staff_tcm_physicians": "中医执业（助理）医师",
    "staff_nurses": "注册护士", "staff_pharmacists": "药师（士）",
    "staff_public_health": "公共卫生人员", "staff_general_practitioners": "全科医生",
    "land_area_m2": "用地面积", "ownership": "举办性质",
}  # fmt: skip


def facility_file(group: str) -> str:
    """Path of a facility list below the data folder."""
    return f"facilities/demo_county_{group}.csv"


def write_county(
    county: SampleCounty, folder: Path, *, kinds: Mapping[str, FacilityKind]
) -> list[Path]:
    """
    Write a generated county below a data folder, each file whole or not at all.

    Parameters
    ----------
    county
        The county.
    folder
        The data folder; `networks`, `boundaries`, `facilities` and `examples/demo_county` are
        made in it where missing.
    kinds
        The table of facility kinds; the lists give the Chinese names.

    Returns
    -------
    files
        Everything written.
    """
    names = {code: kind.name for code, kind in kinds.items()}
    contents: dict[str, Callable[[Path], object]] = {
        ROADS_FILE: lambda path: _write_osm(county, path),
        TOWNSHIPS_FILE: lambda path: path.write_text(townships_text(county), encoding="utf-8"),
        VILLAGES_FILE: lambda path: path.write_text(villages_text(county), encoding="utf-8-sig"),
    }
    for kind, file in PLAN_AREA_FILES.items():
        layer = plan_areas_text(county, kind)
        contents[file] = lambda path, layer=layer: path.write_text(layer, encoding="utf-8")
    for group in FACILITY_FILES:
        text = facilities_text(county, group, names=names)
        contents[facility_file(group)] = lambda path, text=text: path.write_text(
            text, encoding="utf-8-sig"
        )
    written = []
    for name, write in contents.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        _replace(target, write)
        written.append(target)
    return written


def _replace(target: Path, write: Callable[[Path], object]) -> None:
    draft = target.with_name(f"{target.name}.tmp")
    try:
        write(draft)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


def villages_text(county: SampleCounty) -> str:
    """The village list as CSV."""
    villages = county.villages
    zone_names = villages["zone_id"].map(county.townships["zone_name"])
    people = ("常住人口", "60岁以上", "0至3岁")
    header = ("编码", "村名", "乡镇", "经度", "纬度", *people, "城乡", "数据性质")
    rows = zip(
        villages.index,
        villages["demand_name"],
        zone_names,
        *_degrees(villages),
        villages["population"],
        villages["population_60plus"],
        villages["population_0_3"],
        villages["settlement"].map(SETTLEMENT_NAMES),
        [SOURCE_NOTE] * len(villages),
        strict=True,
    )
    return _csv(header, rows)


def facilities_text(county: SampleCounty, group: str, *, names: Mapping[str, str]) -> str:
    """One facility list as CSV; only the columns and features that its kinds have."""
    table = county.facilities[county.facilities["kind"].isin(FACILITY_FILES[group])]
    extra = [column for column in _OPTIONAL if table[column].notna().any()]
    features = county.features.loc[table.index].dropna(axis="columns", how="all")
    header = (
        "编码",
        "名称",
        "类别",
        "经度",
        "纬度",
        *(_OPTIONAL[column] for column in extra),
        *features.columns,
        "数据性质",
    )
    cells = [
        ["" if pd.isna(value) else _plain(value) for value in column]
        for column in (*(table[name] for name in extra), *(features[name] for name in features))
    ]
    rows = zip(
        table.index,
        table["facility_name"],
        table["kind"].map(names),
        *_degrees(table),
        *cells,
        [SOURCE_NOTE] * len(table),
        strict=True,
    )
    return _csv(header, rows)


def townships_text(county: SampleCounty) -> str:
    """The townships as GeoJSON (RFC 7946: WGS84, outer rings anticlockwise)."""
    properties = [
        {"代码": code, "名称": name, "县": COUNTY_NAME, "数据性质": SOURCE_NOTE}
        for code, name in county.townships["zone_name"].items()
    ]
    return _polygons_text("demo_county_townships", county.townships, properties)


def plan_areas_text(county: SampleCounty, kind: str) -> str:
    """The areas of one kind of the land-use plan as GeoJSON."""
    areas = county.plan_areas[county.plan_areas["area_kind"] == kind]
    properties = [
        {"名称": name, "类型": kind, "县": COUNTY_NAME, "数据性质": SOURCE_NOTE}
        for name in areas["area_name"]
    ]
    name = PLAN_AREA_FILES[kind].removeprefix("boundaries/").removesuffix(".geojson")
    return _polygons_text(name, areas, properties)


def _polygons_text(
    name: str, areas: gpd.GeoDataFrame, properties: Sequence[Mapping[str, object]]
) -> str:
    """Polygons without holes as GeoJSON, a line each."""
    to_degrees = Transformer.from_crs(COUNTY_CRS, "EPSG:4326", always_xy=True)
    features = []
    for shape, facts in zip(areas.geometry, properties, strict=True):
        ring = shapely.get_coordinates(shapely.orient_polygons(shape))
        lon, lat = to_degrees.transform(ring[:, 0], ring[:, 1])
        corners = np.column_stack([lon, lat]).round(_DEGREE_DECIMALS).tolist()
        geometry = {"type": "Polygon", "coordinates": [corners]}
        features.append({"type": "Feature", "properties": facts, "geometry": geometry})
    lines = ",\n".join(json.dumps(feature, ensure_ascii=False) for feature in features)
    opening = f'{{"type": "FeatureCollection", "name": "{name}", "features": ['
    return f"{opening}\n{lines}\n]}}\n"


def _degrees(table: gpd.GeoDataFrame) -> tuple[list[str], list[str]]:
    """Longitudes and latitudes as text."""
    points = table.to_crs("EPSG:4326").geometry
    return (
        [f"{value:.{_DEGREE_DECIMALS}f}" for value in points.x],
        [f"{value:.{_DEGREE_DECIMALS}f}" for value in points.y],
    )


def _plain(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


def _write_osm(county: SampleCounty, path: Path) -> None:
    """Nodes, then ways; ids count from 1 and no times stand in it, so equal counties are equal."""
    river = np.round(shapely.get_coordinates(county.river), 1)
    lines = [*(one.line for one in county.streets), river]
    corners, position = np.unique(np.vstack(lines), axis=0, return_inverse=True)
    to_degrees = Transformer.from_crs(COUNTY_CRS, "EPSG:4326", always_xy=True)
    lon, lat = to_degrees.transform(corners[:, 0], corners[:, 1])
    signals = {tuple(place) for place in county.signals}
    header = osmium.io.Header()
    header.set("generator", f"QuanTu {SOURCE_NOTE}")
    with osmium.SimpleWriter(
        osmium.io.File(str(path), "pbf"), header=header, overwrite=True
    ) as writer:
        for number, corner in enumerate(corners):
            place = (
                round(float(lon[number]), _OSM_DECIMALS),
                round(float(lat[number]), _OSM_DECIMALS),
            )
            tags = {"highway": "traffic_signals"} if tuple(corner) in signals else {}
            writer.add_node(osmium.osm.mutable.Node(id=number + 1, location=place, tags=tags))
        start = 0
        for number, (line, tags) in enumerate(zip(lines, _way_tags(county.streets), strict=True)):
            nodes = (position[start : start + len(line)] + 1).tolist()
            start += len(line)
            writer.add_way(osmium.osm.mutable.Way(id=number + 1, nodes=nodes, tags=tags))


def _way_tags(streets: Sequence[Street]) -> list[dict[str, str]]:
    """Tags of every way, the river's last, keys in order."""
    tags = [one.tags for one in streets]
    tags.append({"waterway": "river", "name": _RIVER_NAME})
    return [dict(sorted({**way, "source": SOURCE_NOTE}.items())) for way in tags]

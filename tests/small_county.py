"""A county of two square towns, written to files as a planner would have them.

37.7 +-----------+-----------+
     |    西镇    |    东镇   |
     |  zone "01" | zone "02" |
37.5 +-----------+-----------+
   114.8       115.0       115.2   degrees, WGS84; CGCS2000 zone 114E = EPSG:4547
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

WEST, MIDDLE, EAST = 114.8, 115.0, 115.2
SOUTH, NORTH = 37.5, 37.7
CRS = "EPSG:4547"


def square(west: float, east: float, *, south: float = SOUTH, north: float = NORTH) -> dict:
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def feature(geometry: dict | None, **properties: object) -> dict:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def write_geojson(path: Path, features: Sequence[dict]) -> Path:
    text = json.dumps({"type": "FeatureCollection", "features": list(features)})
    path.write_text(text, encoding="utf-8")
    return path


def write_zones(path: Path) -> Path:
    return write_geojson(
        path,
        [
            feature(square(WEST, MIDDLE), 代码="01", 名称="西镇", 人口=1200),
            feature(square(MIDDLE, EAST), 代码="02", 名称="东镇", 人口=800),
        ],
    )


def write_csv(path: Path, *lines: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(("\n".join(lines) + "\n").encode(encoding))
    return path


ZONE_COLUMNS = {"id": "代码", "name": "名称"}
VILLAGE_COLUMNS = {
    "id": "编码", "name": "村名", "lon": "经度", "lat": "纬度", "population": "常住人口",
}  # fmt: skip
VILLAGE_HEADER = "编码,村名,经度,纬度,常住人口"
VILLAGES = (
    VILLAGE_HEADER,
    "0012,张家庄,114.9,37.6,350",
    "0013,李家庄,115.1,37.6,420",
    "0014,王家庄,114.85,37.55,180",
)

PROJECT = """
[project]
name = "小县"
[boundaries]
file = "zones.geojson"
columns = {id = "代码", name = "名称"}
level = "township"
[roads]
file = "roads.osm.pbf"
[demand]
file = "villages.csv"
crs = "WGS84"
columns = {id = "编码", name = "村名", lon = "经度", lat = "纬度", population = "常住人口"}
[[facilities]]
file = "clinics.csv"
kind = "village_clinic"
columns = {id = "编码", name = "名称", lon = "经度", lat = "纬度"}
[assessment]
standards = ["health_circle_15"]
"""

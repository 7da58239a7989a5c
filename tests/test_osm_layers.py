"""Layers of an extract, kept beside the project: equal to a fresh reading."""

from __future__ import annotations

import geopandas as gpd
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal

from coverage.notices import Notice
from layers.osm import osm_layers
from layers.osm.osm_layers import osm_demand, osm_facilities, osm_zones

CRS = "EPSG:32632"
BOUNDS = (9.4, 47.0, 9.7, 47.3)


def test_liechtenstein_twice(shared_data, tmp_path, monkeypatch):
    path = shared_data / "roads" / "liechtenstein.osm.pbf"

    def layers():
        zones, told = osm_zones(path, admin_level=8, project_folder=tmp_path)
        crs = f"EPSG:{zones.crs.to_epsg()}"
        facilities = osm_facilities(path, crs=crs, bounds=BOUNDS, project_folder=tmp_path)
        demand = osm_demand(path, crs=crs, zones=zones, bounds=BOUNDS, project_folder=tmp_path)
        return [(zones, told), facilities, demand]

    first = layers()
    for name in ("read_osm_features", "demand_from_osm"):
        monkeypatch.setattr(osm_layers, name, None)  # nothing is read any more
    for (table, told), (again, told_again) in zip(first, layers(), strict=True):
        assert_geodataframe_equal(table, again)
        assert told == told_again
    assert [len(table) for table, _ in first] == [11, 159, 7833]


@pytest.fixture
def zones():
    return gpd.GeoDataFrame(
        {"zone_name": ["甲"], "zone_level": ["county"]},
        index=["1"],
        geometry=[shapely.box(0, 0, 9, 9)],
        crs=CRS,
    ).rename_axis("zone_id")


def test_other_zones_make_other_demand(tmp_path, zones, monkeypatch):
    path = tmp_path / "extract.osm.pbf"
    path.write_bytes(b"content")
    seen = []

    def read(path, *, crs, zones, bounds):
        seen.append(len(zones))
        demand = gpd.GeoDataFrame(
            {"demand_name": ["李村"], "population": [1.0], "origin": ["osm"], "zone_id": ["1"]},
            index=["d1"],
            geometry=gpd.points_from_xy([1], [1]),
            crs=crs,
        )
        return demand.rename_axis("demand_id"), (Notice("a", "b"),)

    monkeypatch.setattr(osm_layers, "demand_from_osm", read)

    def demand(of):
        return osm_demand(path, crs=CRS, zones=of, bounds=BOUNDS, project_folder=tmp_path)

    demand(zones)
    demand(zones.copy())
    assert seen == [1]
    demand(zones.assign(population=5.0))
    demand(zones.set_geometry(zones.buffer(1)))
    demand(zones.assign(zone_name="乙"))
    assert seen == [1] * 4


def test_an_empty_layer_is_kept_too(tmp_path, monkeypatch, zones):
    """Most extracts of Chinese counties hold no facility."""
    path = tmp_path / "extract.osm.pbf"
    path.write_bytes(b"content")
    times = []

    def read(path, *, crs, bounds, layers):
        times.append(layers)
        facilities = gpd.GeoDataFrame(
            {"facility_name": [], "kind": [], "area_m2": [], "origin": []}, geometry=[], crs=crs
        ).rename_axis("facility_id")
        return Features(facilities)

    class Features:
        def __init__(self, facilities):
            self.facilities, self.notices = facilities, ()

    monkeypatch.setattr(osm_layers, "read_osm_features", read)
    first, second = (
        osm_facilities(path, crs=CRS, bounds=BOUNDS, project_folder=tmp_path)[0] for _ in range(2)
    )
    assert_geodataframe_equal(first, second)
    assert len(times) == 1

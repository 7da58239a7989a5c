"""Generated roads written as an OpenStreetMap file, read again by our reader and by pyosmium."""

from __future__ import annotations

import numpy as np
import osmium
import pytest

from coverage.graph.contraction import contract
from layers.road_files.roads_pbf import read_roads_pbf
from layers.samples import generate_roads
from layers.samples.osm_file import write_osm_file


@pytest.mark.parametrize("edges_per_way", [1, 8])
def test_what_is_written_is_read(tmp_path, edges_per_way):
    roads = generate_roads(nodes=900, seed=3)
    path = tmp_path / "generated.osm.pbf"
    nodes = write_osm_file(roads, path, edges_per_way=edges_per_way)
    assert nodes == 900 + roads.edge_count  # every edge has one bend
    read, expected = read_roads_pbf(path, crs=roads.crs), contract(roads)
    assert read.node_id.tolist() == expected.node_id.tolist()
    assert read.node_signals.tolist() == expected.node_signals.tolist()
    assert np.hypot(read.node_x - expected.node_x, read.node_y - expected.node_y).max() < 0.02
    assert read.edge_count == expected.edge_count
    assert read.vertex_start[-1] == expected.vertex_start[-1]
    # metres on the ellipsoid against metres in the plane of the CRS
    assert read.length_m.sum() == pytest.approx(expected.length_m.sum(), rel=1e-3)
    for user in read.access:
        assert sorted(read.access[user]) == sorted(expected.access[user])
    assert read.names == expected.names != ()
    assert sorted(read.name_code) == sorted(expected.name_code)
    limits = np.nan_to_num([np.sort(read.max_speed_kph), np.sort(expected.max_speed_kph)])
    assert np.array_equal(*limits)


def test_xml_holds_the_same(tmp_path):
    roads = generate_roads(nodes=100, seed=3)
    counts = []
    for name in ("generated.osm.pbf", "generated.osm"):
        write_osm_file(roads, tmp_path / name)
        things = osmium.FileProcessor(str(tmp_path / name))
        counts.append([(thing.type_str(), thing.id, dict(thing.tags)) for thing in things])
    assert counts[0] == counts[1]


def test_an_old_file_is_replaced(tmp_path):
    path = tmp_path / "generated.osm.pbf"
    path.write_bytes(b"old")
    roads = generate_roads(nodes=9, seed=1)
    write_osm_file(roads, path)
    assert read_roads_pbf(path, crs=roads.crs).edge_count

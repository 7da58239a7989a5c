"""Downloading streets: the real path through OSMnx against a small server on this machine."""

from __future__ import annotations

import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest

from coverage.errors import OutputError, SourceError
from coverage.roads import AGAINST, ALONG, BOTH
from layers.road_files.roads_download import download_roads

CRS = "EPSG:4527"
BOUNDS = (116.99, 35.99, 117.02, 36.02)

STREETS = {
    "version": 0.6,
    "generator": "a small server for tests",
    "elements": [
        {"type": "node", "id": 1, "lon": 117.0, "lat": 36.0},
        {"type": "node", "id": 2, "lon": 117.01, "lat": 36.0, "tags": {"highway": "traffic_signals"}},
        {"type": "node", "id": 3, "lon": 117.01, "lat": 36.01},
        {"type": "node", "id": 4, "lon": 117.0, "lat": 36.01},
        {"type": "node", "id": 5, "lon": 117.005, "lat": 36.002},
        # a part of the network that hangs on nothing
        {"type": "node", "id": 6, "lon": 116.995, "lat": 36.015},
        {"type": "node", "id": 7, "lon": 116.996, "lat": 36.015},
        {"type": "way", "id": 10, "nodes": [1, 5, 2],
         "tags": {"highway": "residential", "surface": "asphalt", "name": "{{ 7*7 }}<script>"}},
        {"type": "way", "id": 11, "nodes": [2, 3],
         "tags": {"highway": "primary", "oneway": "-1", "maxspeed": "60", "bridge": "yes"}},
        {"type": "way", "id": 12, "nodes": [3, 4],
         "tags": {"highway": "tertiary", "oneway": "yes", "oneway:bicycle": "no"}},
        {"type": "way", "id": 13, "nodes": [4, 1], "tags": {"highway": "service", "access": "private"}},
        {"type": "way", "id": 14, "nodes": [6, 7], "tags": {"highway": "footway"}},
    ],
}  # fmt: skip

PLACE = [
    {
        "place_id": 1, "osm_type": "relation", "osm_id": 1, "importance": 0.5, "lat": "36.0", "lon": "117.0",
        "display_name": "试验县", "class": "boundary", "type": "administrative",
        "boundingbox": ["35.99", "36.02", "116.99", "117.02"],
        "geojson": {
            "type": "Polygon",
            "coordinates": [[[116.99, 35.99], [117.02, 35.99], [117.02, 36.02], [116.99, 36.02], [116.99, 35.99]]],
        },
    }
]  # fmt: skip


class MapServer:
    """Answers as Overpass (POST /api/interpreter) and Nominatim (GET /search) do."""

    def __init__(self) -> None:
        self.answer: bytes = json.dumps(STREETS).encode()
        self.status = 200
        self.places: dict[str, object] = {"试验县": PLACE}
        self.queries: list[str] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                server.queries.append(parse_qs(body)["data"][0])
                self.reply(server.status, server.answer)

            def do_GET(self):
                name = parse_qs(urlsplit(self.path).query)["q"][0]
                self.reply(200, json.dumps(server.places.get(name, [])).encode())

            def reply(self, status, content):
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_):
                """Say nothing."""

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.base = f"http://127.0.0.1:{self.http.server_port}"
        self.overpass_url = f"{self.base}/api"
        self.thread = threading.Thread(target=self.http.serve_forever)
        self.thread.start()

    def stop(self) -> None:
        self.http.shutdown()
        self.thread.join()
        self.http.server_close()


@pytest.fixture
def server():
    running = MapServer()
    yield running
    running.stop()


@pytest.fixture
def free_port() -> int:
    """A port of this machine on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def settings_of_osmnx() -> dict[str, object]:
    from osmnx import settings

    return {name: value for name, value in vars(settings).items() if not name.startswith("__")}


def test_a_box_is_downloaded_from_end_to_end(server, tmp_path):
    before, resolver = settings_of_osmnx(), socket.getaddrinfo
    roads = download_roads(
        crs=CRS, bounds=BOUNDS, overpass_url=server.overpass_url, cache_dir=tmp_path / "cache"
    )
    assert settings_of_osmnx() == before
    assert socket.getaddrinfo is resolver

    classes = [roads.road_classes[k] for k in roads.road_class]
    # the private way is left out, the part that hangs on nothing is kept
    assert classes == ["residential", "primary", "tertiary", "footway"]
    assert [roads.surfaces[k] for k in roads.surface] == ["asphalt", "", "", ""]
    # node 5 is only a bend; OSMnx turns a way with oneway=-1 round
    assert np.diff(roads.vertex_start).tolist() == [3, 2, 2, 2]
    assert roads.node_id[roads.from_node].tolist() == [1, 3, 3, 6]
    assert roads.node_id[roads.to_node].tolist() == [2, 2, 4, 7]
    assert roads.access["motor"].tolist() == [BOTH, ALONG, ALONG, 0]
    assert roads.access["bicycle"].tolist() == [BOTH, ALONG, BOTH, 0]
    assert roads.access["foot"].tolist() == [BOTH, BOTH, BOTH, BOTH]
    assert roads.max_speed_kph[1] == 60
    assert roads.is_bridge.tolist() == [False, True, False, False]
    assert roads.node_id[roads.node_signals].tolist() == [2]
    # text as it stands: whoever shows it makes it safe
    assert [roads.name_of(edge) for edge in range(4)] == ["{{ 7*7 }}<script>", "", "", ""]

    (query,) = server.queries
    assert '["highway"]' in query
    assert "35.98" in query or "35.99" in query


def test_a_way_against_its_drawing_is_turned_with_all_its_users(server, tmp_path):
    """Way 1 -> 2 with oneway=-1: drivers go 2 -> 1; bicycles may go along the drawing only."""
    elements = [
        *STREETS["elements"][:2],
        {"type": "way", "id": 10, "nodes": [1, 2],
         "tags": {"highway": "residential", "oneway": "-1", "oneway:bicycle": "yes"}},
    ]  # fmt: skip
    server.answer = json.dumps({"elements": elements}).encode()
    roads = download_roads(
        crs=CRS, bounds=BOUNDS, overpass_url=server.overpass_url, cache_dir=tmp_path
    )
    assert roads.node_id[roads.from_node].tolist() == [2]
    assert roads.access["motor"].tolist() == [ALONG]
    assert roads.access["bicycle"].tolist() == [AGAINST]


def test_the_second_time_needs_no_internet(server, tmp_path):
    request = {"crs": CRS, "bounds": BOUNDS, "cache_dir": tmp_path}
    first = download_roads(**request, overpass_url=server.overpass_url)
    server.status = 500
    second = download_roads(**request, overpass_url=server.overpass_url)
    assert len(server.queries) == 1
    np.testing.assert_array_equal(first.node_x, second.node_x)
    assert [path.suffix for path in tmp_path.iterdir()] == [".json"]


def test_a_place_is_found_by_name(server, tmp_path, monkeypatch):
    from osmnx import settings

    monkeypatch.setattr(settings, "nominatim_url", server.base)
    request = {"crs": CRS, "cache_dir": tmp_path, "overpass_url": server.overpass_url}
    assert download_roads(place="试验县", **request).edge_count == 4
    with pytest.raises(SourceError) as caught:
        download_roads(place="乌有县<script>", **request)
    assert str(caught.value) == (
        "在 OpenStreetMap 里没有找到名为「乌有县<script>」的区域。"
        "请写全上级地名（如“宁晋县, 邢台市, 河北省”），或改用经纬度范围。"
    )


def test_no_internet_is_a_sentence(free_port, tmp_path):
    before, resolver = settings_of_osmnx(), socket.getaddrinfo
    with pytest.raises(SourceError) as caught:
        download_roads(
            crs=CRS,
            bounds=BOUNDS,
            overpass_url=f"http://127.0.0.1:{free_port}/api",
            cache_dir=tmp_path,
        )
    assert str(caught.value) == (
        f"连不上地图服务器（127.0.0.1:{free_port}），可能没有互联网或地址有误。"
        "没有互联网时，请改用道路文件（.osm.pbf、GraphML 或路段表）。"
    )
    assert settings_of_osmnx() == before
    assert socket.getaddrinfo is resolver
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("url", ["no address", "ftp://127.0.0.1/api"])
def test_an_address_that_leads_nowhere_is_a_sentence(url, tmp_path):
    with pytest.raises(SourceError) as caught:
        download_roads(crs=CRS, bounds=BOUNDS, overpass_url=url, cache_dir=tmp_path)
    assert str(caught.value).startswith("连不上地图服务器（")


@pytest.mark.parametrize(
    ("status", "answer", "message"),
    [
        (429, b"{}", "地图服务器（127.0.0.1）正忙，请过几分钟再试；已经下载的部分不必重来。"),
        (504, b"{}", "地图服务器（127.0.0.1）正忙，请过几分钟再试；已经下载的部分不必重来。"),
        (
            403,
            b"<html>",
            "地图服务器（127.0.0.1）拒绝了请求（HTTP 403）。请检查服务器地址，或缩小范围再试。没有互联网时，请改用道路文件（.osm.pbf、GraphML 或路段表）。",
        ),
        (
            200,
            b"<html>login</html>",
            "「127.0.0.1」的回答不是地图数据，可能是内网的登录页面，或地址不是 Overpass 服务器。请检查服务器地址。没有互联网时，请改用道路文件（.osm.pbf、GraphML 或路段表）。",
        ),
        (
            200,
            b'{"hello": 1}',
            "「127.0.0.1」的回答不是地图数据，可能是内网的登录页面，或地址不是 Overpass 服务器。请检查服务器地址。没有互联网时，请改用道路文件（.osm.pbf、GraphML 或路段表）。",
        ),
        (
            200,
            json.dumps({**STREETS, "remark": "runtime error: Query timed out"}).encode(),
            "地图服务器（127.0.0.1）没有查完，数据不完整，未采用。请缩小范围再试。",
        ),
        (200, b'{"elements": []}', "下载范围内没有找到道路。请检查地名或经纬度范围是否正确。"),
        (
            200,
            b'{"elements": [{"type": "node", "id": 1, "lon": 50, "lat": 10}]}',
            "下载范围内没有找到道路。请检查地名或经纬度范围是否正确。",
        ),
        (
            200,
            b'{"elements": [{"type": "node"}]}',
            "下载范围内没有找到道路。请检查地名或经纬度范围是否正确。",
        ),
        (200, b'{"elements": [', "下载范围内没有找到道路。请检查地名或经纬度范围是否正确。"),
    ],
)
def test_a_server_that_does_not_deliver_is_a_sentence(server, tmp_path, status, answer, message):
    server.status, server.answer = status, answer
    before = settings_of_osmnx()
    with pytest.raises(SourceError) as caught:
        download_roads(crs=CRS, bounds=BOUNDS, overpass_url=server.overpass_url, cache_dir=tmp_path)
    assert str(caught.value) == message
    assert settings_of_osmnx() == before


ONE_OF_TWO = "下载道路需要一个地名，或一个经纬度范围，二者只写一个。"
WRONG_BOX = "下载范围（{}）有误，应依次为西、南、东、北（经度、纬度、经度、纬度，单位度）。"


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({}, ONE_OF_TWO),
        ({"place": "  "}, ONE_OF_TWO),
        ({"place": "宁晋县", "bounds": BOUNDS}, ONE_OF_TWO),
        ({"bounds": (36, 117, 36.1, 117.1)}, WRONG_BOX.format("36，117，36.1，117.1")),
        ({"bounds": (117.1, 36, 117, 36.1)}, WRONG_BOX.format("117.1，36，117，36.1")),
        ({"bounds": (117, 36, float("nan"), 36.1)}, WRONG_BOX.format("117，36，nan，36.1")),
        (
            {"bounds": (110, 30, 120, 34)},
            "下载范围宽 10 度、高 4 度，超过 5 度。范围这么大时请使用 .osm.pbf 文件。",
        ),
    ],
)
def test_a_request_that_makes_no_sense_is_a_sentence(request_, message, tmp_path):
    with pytest.raises(SourceError) as caught:
        download_roads(crs=CRS, cache_dir=tmp_path / "cache", **request_)
    assert str(caught.value) == message
    assert not (tmp_path / "cache").exists()


def test_a_cache_that_cannot_be_written_is_a_sentence(server, tmp_path):
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    with pytest.raises(OutputError) as caught:
        download_roads(
            crs=CRS, bounds=BOUNDS, overpass_url=server.overpass_url, cache_dir=tmp_path / "file"
        )
    assert str(caught.value) == f"下载缓存文件夹「{tmp_path / 'file'}」不能写入。请检查路径和权限。"


def test_a_damaged_cache_is_a_sentence(server, tmp_path):
    request = {
        "crs": CRS,
        "bounds": BOUNDS,
        "overpass_url": server.overpass_url,
        "cache_dir": tmp_path,
    }
    download_roads(**request)
    (kept,) = tmp_path.iterdir()
    kept.write_text('{"elements": [', encoding="utf-8")
    with pytest.raises(SourceError) as caught:
        download_roads(**request)
    assert str(caught.value) == (
        f"下载缓存文件夹「{tmp_path}」里有损坏的文件。请删除该文件夹后重新下载。"
    )


def test_a_download_that_fails_leaves_no_empty_folder(free_port, tmp_path):
    kept = tmp_path / "kept"
    kept.mkdir()
    for cache in (tmp_path / "a" / "cache", kept):
        with pytest.raises(SourceError):
            download_roads(
                crs=CRS,
                bounds=BOUNDS,
                overpass_url=f"http://127.0.0.1:{free_port}/api",
                cache_dir=cache,
            )
    assert list(tmp_path.rglob("*")) == [kept]

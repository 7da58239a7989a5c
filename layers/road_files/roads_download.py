"""Streets downloaded from OpenStreetMap through OSMnx, for an office that has internet.

Asks an Overpass server for the streets inside a place or a box. What arrived is kept in a cache
folder, so that the same question needs no internet again and a download that broke off goes on
where it stopped. OSMnx is steered by module-wide settings; they are put back afterwards, also
`socket.getaddrinfo`, which OSMnx replaces.

Ferries are not asked for; an `.osm.pbf` holds them.
"""

from __future__ import annotations

import contextlib
import json
import math
import shutil
import socket
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import requests
from shapely import box

from coverage.errors import OutputError, SourceError
from layers.osm.osm_names import NAME_KEYS
from layers.osm.osm_tags import RELEVANT_KEYS
from layers.road_files.roads_osmnx import roads_from_osmnx
from layers.roads import MAX_LATITUDE, MAX_LONGITUDE

if TYPE_CHECKING:
    from collections.abc import Iterator

    import networkx as nx
    from shapely import MultiPolygon, Polygon

    from coverage.roads import Roads

    Bounds = tuple[float, float, float, float]

TIMEOUT_S: Final = 180
"""Seconds that the server may take for one request."""

MAX_SPAN_DEGREES: Final = 5.0
"""A box may be at most this wide and high; larger areas belong in an `.osm.pbf`. A province of
this size is some 80 requests already."""

BUSY: Final = frozenset({429, 502, 503, 504})
"""HTTP status codes of a server that has too much to do."""

ANSWER_HEAD_BYTES: Final = 4096
ANSWER_TAIL_BYTES: Final = 4096
"""How much of an answer's begin and end is looked at, in bytes."""

ARRIVING: Final = ".arriving-"
"""Begin of the names of folders for downloads under way."""

LEFTOVER_AGE_S: Final = 86_400
"""Such a folder that is older than this, seconds, was left by a process that was killed."""

_LOCK: Final = threading.Lock()
"""OSMnx has one set of settings per process, so one download runs at a time."""

_OFFLINE_REMEDY: Final = "没有互联网时，请改用道路文件（.osm.pbf、GraphML 或路段表）。"


def download_roads(
    *,
    crs: str,
    cache_dir: Path,
    place: str | None = None,
    bounds: Bounds | None = None,
    overpass_url: str | None = None,
) -> Roads:
    """
    Download the streets of a place or a box.

    Parameters
    ----------
    crs
        Projected CRS in metres for the result.
    cache_dir
        Folder for what was downloaded; made when missing.
    place
        Name that OpenStreetMap's search (Nominatim) knows as an area, e.g. "宁晋县, 邢台市".
    bounds
        West, south, east, north in degrees (WGS84). Either this or `place`.
    overpass_url
        Base address of an Overpass server, e.g. "http://10.0.0.5/api"; the public one if None.

    Returns
    -------
    roads
        Contracted; streets that reach over the edge of the area are kept up to their next node.

    Raises
    ------
    SourceError
        If the request makes no sense, there is no internet, the server refuses or does not
        finish, the place is not found or the area holds no streets.
    OutputError
        If the cache folder cannot be written.
    RoadError, CrsError
        As `roads_from_osmnx`.
    """
    _check_request(place, bounds)
    try:
        with _LOCK, _folder(cache_dir), _arrivals(cache_dir) as arrivals:
            graph = _graph(place, bounds, overpass_url, arrivals)
    except requests.RequestException as error:
        msg = (
            f"连不上地图服务器（{_host(error, overpass_url)}），可能没有互联网或地址有误。"
            f"{_OFFLINE_REMEDY}"
        )
        raise SourceError(msg) from error
    except json.JSONDecodeError as error:
        msg = f"下载缓存文件夹「{cache_dir}」里有损坏的文件。请删除该文件夹后重新下载。"
        raise SourceError(msg) from error
    except OSError as error:
        msg = f"下载缓存文件夹「{cache_dir}」不能写入。请检查路径和权限。"
        raise OutputError(msg) from error
    return roads_from_osmnx(graph, crs=crs, all_oneway=True)


def _check_request(place: str | None, bounds: Bounds | None) -> None:
    if bool(place and place.strip()) == (bounds is not None):
        msg = "下载道路需要一个地名，或一个经纬度范围，二者只写一个。"
        raise SourceError(msg)
    if bounds is None:
        return
    west, south, east, north = bounds
    finite = all(math.isfinite(value) for value in bounds)
    on_globe = (
        max(abs(west), abs(east)) <= MAX_LONGITUDE and max(abs(south), abs(north)) <= MAX_LATITUDE
    )
    if not (finite and on_globe and west < east and south < north):
        msg = (
            f"下载范围（{west:g}，{south:g}，{east:g}，{north:g}）有误，"
            "应依次为西、南、东、北（经度、纬度、经度、纬度，单位度）。"
        )
        raise SourceError(msg)
    if max(east - west, north - south) > MAX_SPAN_DEGREES:
        msg = (
            f"下载范围宽 {east - west:g} 度、高 {north - south:g} 度，"
            f"超过 {MAX_SPAN_DEGREES:g} 度。"
            "范围这么大时请使用 .osm.pbf 文件。"
        )
        raise SourceError(msg)


def _host(error: requests.RequestException, overpass_url: str | None) -> str:
    """The server that was asked, for a message."""
    url = error.request.url if error.request is not None else overpass_url
    return urlsplit(str(url or "")).netloc or str(url or "")


@contextlib.contextmanager
def _folder(cache_dir: Path) -> Iterator[None]:
    """The cache folder, made when missing, and gone again if nothing came into it."""
    made = [folder for folder in (cache_dir, *cache_dir.parents) if not folder.exists()]
    try:
        cache_dir.mkdir(parents=True, exist_ok=True)
        yield
    finally:
        with contextlib.suppress(OSError):  # the first that is not empty stays, and those above
            for folder in made:
                folder.rmdir()


@contextlib.contextmanager
def _arrivals(cache_dir: Path) -> Iterator[Path]:
    """
    A folder for OSMnx to use as its cache, filled from `cache_dir` and emptied into it.

    OSMnx writes an answer in place, so one that broke off would be read again. Here an answer
    enters `cache_dir` in one step, after it was written in full.
    """
    for leftover in cache_dir.glob(f"{ARRIVING}*"):
        if time.time() - leftover.stat().st_mtime > LEFTOVER_AGE_S:
            shutil.rmtree(leftover, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=ARRIVING, dir=cache_dir) as folder:
        arrivals = Path(folder)
        known = {path.name for path in cache_dir.glob("*.json")}
        for name in known:
            shutil.copyfile(cache_dir / name, arrivals / name)
        try:
            yield arrivals
        finally:
            for path in arrivals.glob("*.json"):
                if path.name not in known:
                    path.replace(cache_dir / path.name)


@contextlib.contextmanager
def _osmnx_settings(overpass_url: str | None, cache: Path) -> Iterator[None]:
    """OSMnx set up for one download, and everything as before afterwards."""
    from osmnx import settings  # noqa: PLC0415 - importing OSMnx takes seconds

    wanted = {
        # Each street once and with its own oneway tag, as `roads_from_osmnx` expects.
        "all_oneway": True,
        "useful_tags_way": sorted({*RELEVANT_KEYS, *NAME_KEYS}),
        "useful_tags_node": ["highway"],
        "use_cache": True,
        "cache_folder": cache,
        "requests_timeout": TIMEOUT_S,
        "requests_kwargs": {**settings.requests_kwargs, "hooks": {"response": _check_answer}},
        # OSMnx would wait minutes for a server that does not answer, and ask a public DNS
        # service for addresses; a busy server is reported instead.
        "overpass_rate_limit": False,
        "doh_url_template": None,
    }
    if overpass_url is not None:
        wanted["overpass_url"] = overpass_url
    before = {name: getattr(settings, name) for name in wanted}
    resolver = socket.getaddrinfo
    try:
        for name, value in wanted.items():
            setattr(settings, name, value)
        yield
    finally:
        for name, value in before.items():
            setattr(settings, name, value)
        socket.getaddrinfo = resolver


def _check_answer(response: requests.Response, *_: object, **__: object) -> None:
    """Raise on an answer that is no complete data; OSMnx would wait, guess or go on with a part."""
    if response.is_redirect:
        return
    # Read in full before anything is raised, so that the connection is given back.
    content = response.content
    host = urlsplit(response.url).hostname
    if response.status_code in BUSY:
        msg = f"地图服务器（{host}）正忙，请过几分钟再试；已经下载的部分不必重来。"
        raise SourceError(msg)
    if not response.ok:
        msg = (
            f"地图服务器（{host}）拒绝了请求（HTTP {response.status_code}）。"
            f"请检查服务器地址，或缩小范围再试。{_OFFLINE_REMEDY}"
        )
        raise SourceError(msg)
    start = content[:ANSWER_HEAD_BYTES].lstrip()
    asked_overpass = response.request.method == "POST"
    if not start.startswith((b"{", b"[")) or (asked_overpass and b'"elements"' not in start):
        msg = (
            f"「{host}」的回答不是地图数据，可能是内网的登录页面，或地址不是 Overpass 服务器。"
            f"请检查服务器地址。{_OFFLINE_REMEDY}"
        )
        raise SourceError(msg)
    # A query that ran out of time or memory ends in a remark after the part that was found.
    if b'"remark"' in content[-ANSWER_TAIL_BYTES:] and "remark" in response.json():
        msg = f"地图服务器（{host}）没有查完，数据不完整，未采用。请缩小范围再试。"
        raise SourceError(msg)


def _graph(
    place: str | None, bounds: Bounds | None, overpass_url: str | None, cache: Path
) -> nx.MultiDiGraph:
    """The OSMnx graph with each street once, not simplified, with every part of the network."""
    import osmnx as ox  # noqa: PLC0415 - importing OSMnx takes seconds

    with _osmnx_settings(overpass_url, cache):
        area = box(*bounds) if bounds is not None else _area(str(place))
        try:
            return ox.graph_from_polygon(
                area, network_type="all", simplify=False, retain_all=True, truncate_by_edge=True
            )
        except (requests.RequestException, json.JSONDecodeError):
            raise
        except (ValueError, KeyError) as error:
            msg = "下载范围内没有找到道路。请检查地名或经纬度范围是否正确。"
            raise SourceError(msg) from error


def _area(place: str) -> Polygon | MultiPolygon:
    """The area that OpenStreetMap's search finds for a name."""
    import osmnx as ox  # noqa: PLC0415 - importing OSMnx takes seconds

    try:
        return ox.geocode_to_gdf(place).union_all()
    except (requests.RequestException, json.JSONDecodeError):
        raise
    except (ValueError, TypeError, KeyError) as error:
        msg = (
            f"在 OpenStreetMap 里没有找到名为「{place[:60]}」的区域。"
            "请写全上级地名（如“宁晋县, 邢台市, 河北省”），或改用经纬度范围。"
        )
        raise SourceError(msg) from error

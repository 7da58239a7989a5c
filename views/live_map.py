"""The live map: a Streamlit component around Leaflet that stays put and tells where it was clicked.

Offline and without an iframe: Leaflet and the map descriptions come from the app's own static
folder. A rerun sends two hashes; the browser fetches a description only when its hash is new.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Final, Literal

import streamlit as st

from coverage.errors import ProjectError
from reports.assets import LEAFLET_FOLDER, MAPS_FOLDER, drawing_css, drawing_js, publish_map
from views.map_overlay import ID_LIMIT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from reports.map_description import GroundMap, ReadingMap
    from views.map_overlay import Shape

HEIGHT_PX: Final = 600

SITE_LAYER: Final = "site"
"""`layer_id` of an event of one of the markers that can be dragged and clicked."""

_HTML: Final = """<div class="quantu-live"><div class="quantu-live-canvas"></div>
<div class="quantu-live-label" hidden></div>
<div class="quantu-live-message" role="status">正在读取地图…</div></div>"""


@dataclass(frozen=True)
class Basemap:
    """
    Tiles under the map; off unless the settings name one.

    Parameters
    ----------
    url
        Address with {z}, {x} and {y}: https, http, or a path on this server.
    attribution
        Credit that the owner of the tiles asks for.
    """

    url: str
    attribution: str = ""

    def __post_init__(self) -> None:
        starts = self.url.startswith(("https://", "http://", "/"))
        if not starts or not all(part in self.url for part in ("{z}", "{x}", "{y}")):
            msg = (
                f"底图地址「{self.url[:80]}」不能使用：应以 https://、http:// 或 / 开头，"
                "并含有 {z}、{x}、{y}。请改正底图设置，或留空不用底图。"
            )
            raise ProjectError(msg)


@dataclass(frozen=True)
class MapSettings:
    """
    What stays the same for every map of the app.

    Parameters
    ----------
    static_folder
        The folder that Streamlit serves, prepared by `reports.assets.install_assets`.
    height
        Pixels.
    basemap
        Tiles under the map; None draws none.
    """

    static_folder: Path
    height: int = HEIGHT_PX
    basemap: Basemap | None = None


@dataclass(frozen=True)
class MapEvent:
    """
    A click on the map, or the drop of its pin or of one of its sites.

    Parameters
    ----------
    kind
        "feature" for a click on a settlement, facility or site, "map" for one anywhere else,
        "moved" where the pin or a site was dropped.
    layer_id, feature_id
        What was clicked; `SITE_LAYER` and the site's id for a site, clicked or dropped; "" for
        the other two.
    lat, lon
        Degrees, WGS84.
    """

    kind: Literal["feature", "map", "moved"]
    layer_id: str
    feature_id: str
    lat: float
    lon: float


def live_map(
    ground: GroundMap,
    reading: ReadingMap,
    *,
    key: str,
    settings: MapSettings,
    selected: Mapping[str, str] | None = None,
    overlay: Sequence[Shape] = (),
    on_event: Callable[[MapEvent], None] | None = None,
) -> MapEvent | None:
    """
    Draw the map, or bring the one already there up to date.

    Parameters
    ----------
    ground, reading
        What to draw. Keep them in a cache: a description that is made anew is hashed anew.
    key
        Of the Streamlit element; the same key keeps the same map, its zoom and position.
    settings
        Where the browser finds the files, how high the map is, what lies under it.
    selected
        Feature to ring: {"layer": …, "id": …}, as `on_map_event` keeps it.
    overlay
        What changes from click to click: a route, a road being drawn, a pin or sites to drag,
        villages in another style. The map below it is not drawn anew.
    on_event
        Called with a click before the page runs again, so that the page can draw what follows
        from it in that same run.

    Returns
    -------
    event
        The click that made the page run, or None.
    """
    for description in (ground, reading):
        publish_map(
            settings.static_folder, version=description.version, payload=description.payload
        )

    def changed() -> None:
        event = map_event(st.session_state[key].get("event"))
        if event and on_event:
            on_event(event)

    result = _component()(
        key=key,
        data=_data(ground, reading, settings=settings, selected=selected, overlay=overlay),
        height=settings.height,
        on_event_change=changed,
    )
    return map_event(result.get("event"))


def _data(
    ground: GroundMap,
    reading: ReadingMap,
    *,
    settings: MapSettings,
    selected: Mapping[str, str] | None,
    overlay: Sequence[Shape],
) -> dict[str, Any]:
    base = str(st.get_option("server.baseUrlPath") or "").strip("/")
    served = f"/{base}/app/static" if base else "/app/static"
    return {
        "leaflet_url": f"{served}/{LEAFLET_FOLDER}",
        "maps_url": f"{served}/{MAPS_FOLDER}",
        "ground": ground.version,
        "reading": reading.version,
        "selected": dict(selected) if selected else None,
        "overlay": [asdict(shape) for shape in overlay],
        "height": settings.height,
        "basemap": asdict(settings.basemap) if settings.basemap else None,
    }


def map_event(raw: object) -> MapEvent | None:
    """
    A click as the browser sent it, or None where it is not a click that this map sends.

    Parameters
    ----------
    raw
        Anything: it comes from outside.

    Returns
    -------
    event
        Checked: known kind, short ids, finite degrees on the globe.
    """
    if not isinstance(raw, dict):
        return None
    kind, lat, lon = raw.get("type"), raw.get("lat"), raw.get("lon")
    if not (_is_degrees(lat, limit=90) and _is_degrees(lon, limit=180)):
        return None
    layer_id, feature_id = raw.get("layer"), raw.get("id")
    if kind == "moved" and layer_id == SITE_LAYER:
        known = _is_id(feature_id)
        return MapEvent("moved", SITE_LAYER, feature_id, float(lat), float(lon)) if known else None
    if kind in ("map", "moved"):
        return MapEvent(kind, "", "", float(lat), float(lon))
    if kind == "feature" and _is_id(layer_id) and _is_id(feature_id):
        return MapEvent("feature", layer_id, feature_id, float(lat), float(lon))
    return None


def on_map_event(state: Mapping[str, Any], event: object) -> dict[str, Any]:
    """
    What a page keeps after a click.

    Parameters
    ----------
    state
        What it kept before; not changed.
    event
        The click as the browser sent it, or a `MapEvent`.

    Returns
    -------
    state
        A copy with "selected" ({"layer", "id"} or None) and "point" ({"lat", "lon"} or None): a
        click on a feature selects it, a click elsewhere clears the selection and sets the point,
        a dropped pin or site sets the point alone. An event that this map does not send changes
        nothing.
    """
    checked = event if isinstance(event, MapEvent) else map_event(event)
    if checked is None:
        return dict(state)
    if checked.kind == "feature":
        chosen = {"layer": checked.layer_id, "id": checked.feature_id}
        return {**state, "selected": chosen, "point": None}
    point = {"lat": checked.lat, "lon": checked.lon}
    if checked.kind == "moved":
        return {**state, "point": point}
    return {**state, "selected": None, "point": point}


def _is_degrees(value: object, *, limit: float) -> bool:
    # A comparison, unlike a conversion, bears whole numbers of any length; NaN compares as False.
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and abs(value) <= limit


def _is_id(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= ID_LIMIT


@cache
def _component() -> Callable[..., Any]:
    folder = resources.files("views")
    script = folder.joinpath("live_map.js").read_text("utf-8")
    style = folder.joinpath("live_map.css").read_text("utf-8")
    return st.components.v2.component(
        "quantu_live_map",
        html=_HTML,
        css=drawing_css() + style,
        js=f"{drawing_js()}\n{script}",
    )

"""The saved map: one HTML file that opens by double click, without a network.

folium builds the page. It would load from four hosts and compile any Jinja found in the data, so
everything it needs is written into the page, every string passes `safe_text`, the descriptions go
in as data that no template engine sees, and a content policy forbids the page to load anything.
"""

from __future__ import annotations

import json
from dataclasses import fields, replace
from importlib import resources
from itertools import count
from typing import TYPE_CHECKING, Any, Final, TypeVar

import folium
from branca.element import Element, Figure, MacroElement
from folium.template import Template
from folium.utilities import JsCode

from reports.assets import drawing_css, drawing_js, leaflet_css, leaflet_js
from reports.map_description import describe_ground, describe_reading
from reports.safe_text import safe_text, safe_tree

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from coverage.standards import FacilityKind
    from coverage.studies.study import Assessment
    from reports.map_description import GroundMap, ReadingMap
    from reports.map_layers import MapLayer

_E = TypeVar("_E", bound=Element)

CONTENT_POLICY: Final = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:"
)
"""What the saved page may do: run what is written in it. It can reach no host at all."""

_TITLE_HTML: Final = (
    '<header class="quantu-title"><h1></h1><span class="quantu-title-label" hidden></span>'
    '<span class="quantu-title-reading"></span><span class="quantu-title-summary"></span></header>'
)

_MAP_OPTIONS: Final = {
    "zoom_control": False,
    "attribution_control": False,
    "prefer_canvas": True,
    "zoom_snap": 0.25,
    "min_zoom": 4,
    "max_zoom": 18,
}


class _Verbatim(Element):
    """Text that goes into the page as it is; branca would compile it as a template."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def render(self, **_: object) -> str:
        return self._text


class _Start(MacroElement):
    """Makes the drawing frame on the map that holds this element; layers follow it."""

    _template = Template(
        """{% macro script(this, kwargs) %}
        const quantu = quantuSavedMap(L, {{ this._parent.get_name() }});
        {% endmacro %}"""
    )


class _Finish(MacroElement):
    """Hands the layers that folium made to the drawing frame."""

    _template = Template(
        """{% macro script(this, kwargs) %}
        quantu.finish({
            {%- for key, layer in this.layers.items() %}{{ key|tojson }}: {{ layer.get_name() }},
            {%- endfor %} });
        {% endmacro %}"""
    )

    def __init__(self, layers: Mapping[str, folium.GeoJson]) -> None:
        super().__init__()
        self.layers = layers


def web_map_html(
    assessment: Assessment,
    *,
    kinds: Mapping[str, FacilityKind],
    reading_ids: Sequence[str],
    attribution: Sequence[str] = (),
) -> str:
    """
    The map of an assessment as one HTML page with everything inside.

    Parameters
    ----------
    assessment
        Result of an assessment.
    kinds
        Facility kinds by code.
    reading_ids
        Readings that the reader can switch between, at least one; the first is shown at first.
    attribution
        Credits to show; see `reports.map_description.describe_ground`.

    Returns
    -------
    html
        Refers to no host and no other file. The same assessment gives the same text.

    Raises
    ------
    StandardError
        If the assessment has no such reading.
    ValueError
        If `reading_ids` is empty.
    """
    if not reading_ids:
        msg = "a saved map shows at least one reading"
        raise ValueError(msg)
    ground = describe_ground(assessment, kinds=kinds, attribution=attribution)
    readings = [
        describe_reading(assessment, kinds=kinds, reading_id=reading_id)
        for reading_id in reading_ids
    ]
    parts = [_safe_part(part) for part in (ground, *readings)]
    return _page(parts, title=safe_text(ground.title)).render()


def _safe_part(part: GroundMap | ReadingMap) -> dict[str, Any]:
    """As `safe_tree`, without a look at each position: they are numbers and most of a map."""
    return {
        one.name: [_safe_layer(layer) for layer in part.layers]
        if one.name == "layers"
        else safe_tree(getattr(part, one.name))
        for one in fields(part)
    }


def _safe_layer(layer: MapLayer) -> dict[str, Any]:
    safe: Any = safe_tree(replace(layer, features=[]))
    for feature in layer.features:
        rest: Any = safe_tree({**feature, "geometry": None})
        geometry = feature["geometry"]
        rest["geometry"] = {
            "type": safe_text(geometry["type"]), "coordinates": geometry["coordinates"],
        }  # fmt: skip
        safe["features"].append(rest)
    return dict(safe)


def _page(parts: list[Any], *, title: str) -> Figure:
    numbers = count(1)
    figure = _numbered(Figure(title=title), numbers)
    page = folium.Map(location=[0, 0], zoom_start=4, tiles=None, **_MAP_OPTIONS)
    _numbered(page, numbers)
    page.default_js, page.default_css = [], []
    _add_head(figure)
    _add_body(figure, parts)
    figure.add_child(page, name="map")
    page.add_child(_numbered(_Start(), numbers), name="start")
    layers = _folium_layers(parts, numbers)
    for key, layer in layers.items():
        page.add_child(layer, name=key)
    page.add_child(_numbered(_Finish(layers), numbers), name="finish")
    return figure


def _numbered(element: _E, numbers: Iterator[int]) -> _E:
    """The element under a number: folium names elements at random, and files would differ."""
    element._id = f"{next(numbers):04d}"  # noqa: SLF001  # no public way to name an element
    return element


def _add_head(figure: Figure) -> None:
    policy = f'<meta http-equiv="Content-Security-Policy" content="{CONTENT_POLICY}">'
    figure.header.add_child(_Verbatim(policy), name="policy", index=0)
    for name, style in (
        ("leaflet_css", leaflet_css()),
        ("css", drawing_css() + _own("saved_map.css")),
    ):
        figure.header.add_child(_Verbatim(f"<style>{style}</style>"), name=name)
    for name, script in (("leaflet_js", leaflet_js()), ("js", drawing_js() + _own("saved_map.js"))):
        figure.header.add_child(_Verbatim(f"<script>{script}</script>"), name=name)


def _own(name: str) -> str:
    return resources.files("reports").joinpath(name).read_text("utf-8")


def _add_body(figure: Figure, parts: list[Any]) -> None:
    """Title bar and the descriptions without their features, as data that is never compiled."""
    bare = [
        {**part, "layers": [{**layer, "features": []} for layer in part["layers"]]}
        for part in parts
    ]
    text = json.dumps(bare, ensure_ascii=False, allow_nan=False).replace("<", "\\u003c")
    figure.html.add_child(_Verbatim(_TITLE_HTML), name="title")
    data = f'<script type="application/json" id="quantu-parts">{text}</script>'
    figure.html.add_child(_Verbatim(data), name="parts")


def _folium_layers(parts: list[Any], numbers: Iterator[int]) -> dict[str, folium.GeoJson]:
    """One folium layer per layer of each part; the key is part/layer, both by position."""
    layers = {}
    for part_position, part in enumerate(parts):
        for position, layer in enumerate(part["layers"]):
            key = f"{part_position}/{position}"
            layers[key] = _numbered(
                folium.GeoJson(
                    {"type": "FeatureCollection", "features": layer["features"]},
                    name=key,
                    control=False,
                    show=False,
                    style=JsCode(f"quantu.options('{key}').style"),
                    point_to_layer=JsCode(f"quantu.options('{key}').pointToLayer"),
                ),
                numbers,
            )
    return layers

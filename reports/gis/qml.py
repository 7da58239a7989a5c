"""Styles of QGIS (QML): the colours of the map, with names beside the symbols.

Only what says something is written; QGIS fills in the rest. Colours are "r,g,b,a", sizes
millimetres.

References
----------
QGIS, qgis.dtd and the classes QgsSingleSymbolRenderer, QgsCategorizedSymbolRenderer,
QgsGraduatedSymbolRenderer, QgsVectorLayerSimpleLabeling.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree as ET

from reports.gis.out_columns import CONTRACTS
from reports.map_styles import GREY

if TYPE_CHECKING:
    from reports.gis.out_layer import Look, OutLayer

_VERSION: Final = "3.28.0-Firenze"
_DOCTYPE: Final = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
_LABEL_COLUMN_AT: Final = 1
_POINT_SIZE_MM: Final = {"facilities": "2.6", "demand": "1.8"}
_OUTLINE: Final = "43,54,66,255"
_HALO: Final = "255,255,255,220"


def qml_text(layer: OutLayer, look: Look | None = None) -> str:
    """
    The style of a layer: facilities by kind, villages as dots, zones as outlines; with names.

    Parameters
    ----------
    layer
        As it is written into the GeoPackage.
    look
        One of its own, by which it is coloured instead.
    """
    labelled = len(layer.columns) > _LABEL_COLUMN_AT
    root = ET.Element(
        "qgis",
        version=_VERSION,
        styleCategories="Symbology|Labeling",
        labelsEnabled="1" if labelled else "0",
    )
    if look is not None:
        _by_look(root, layer, look)
    elif layer.layer == "facilities":
        _categories(root, layer)
    else:
        one = ET.SubElement(root, "renderer-v2", type="singleSymbol", enableorderby="0")
        symbols = ET.SubElement(one, "symbols")
        _symbol(symbols, "0", layer, next(iter(layer.colours.values())))
    if labelled:
        _labels(root, layer)
    return _DOCTYPE + ET.tostring(root, encoding="unicode")


def _categories(root: ET.Element, layer: OutLayer) -> None:
    title = CONTRACTS[layer.layer].columns[2].title
    renderer = ET.SubElement(
        root, "renderer-v2", type="categorizedSymbol", attr=title, enableorderby="0"
    )
    listed = ET.SubElement(renderer, "categories")
    symbols = ET.SubElement(renderer, "symbols")
    for place, (name, colour) in enumerate(layer.colours.items()):
        ET.SubElement(
            listed, "category", symbol=str(place), value=name, label=name, render="true",
            type="string",
        )  # fmt: skip
        _symbol(symbols, str(place), layer, colour)


def _by_look(root: ET.Element, layer: OutLayer, look: Look) -> None:
    """By the words of a column, or by its numbers."""
    attr = next(one.header for one in layer.columns if one.title == look.title)
    kind = "graduatedSymbol" if look.bounds else "categorizedSymbol"
    more = {"graduatedMethod": "GraduatedColor"} if look.bounds else {}
    renderer = ET.SubElement(root, "renderer-v2", type=kind, attr=attr, enableorderby="0", **more)
    listed = ET.SubElement(renderer, "ranges" if look.bounds else "categories")
    symbols = ET.SubElement(renderer, "symbols")
    for place, (name, colour) in enumerate(look.colours.items()):
        about = {"symbol": str(place), "label": name, "render": "true"}
        if look.bounds:
            low, high = look.bounds[name]
            ET.SubElement(listed, "range", lower=f"{low:.15g}", upper=f"{high:.15g}", **about)
        else:
            ET.SubElement(listed, "category", value=name, type="string", **about)
        _symbol(symbols, str(place), layer, colour, look=look)


def _symbol(
    parent: ET.Element, name: str, layer: OutLayer, colour: str, *, look: Look | None = None
) -> None:
    kind = "marker" if layer.is_points else "fill"
    symbol = ET.SubElement(
        parent, "symbol", name=name, type=kind, alpha="1", clip_to_extent="1", force_rhr="0"
    )
    drawn = {"outline_color": _OUTLINE, "outline_style": "solid", "outline_width_unit": "MM"}
    if layer.is_points:
        drawn |= {
            "name": "circle", "color": _rgba(colour),
            "size": f"{look.size_mm:g}" if look else _POINT_SIZE_MM[layer.layer],
            "size_unit": "MM", "outline_width": "0.2",
        }  # fmt: skip
    elif look is not None:
        drawn |= {
            "style": "solid", "color": _rgba(colour, opacity=look.opacity),
            "outline_color": _rgba(GREY), "outline_width": "0.3",
        }  # fmt: skip
    else:
        drawn |= {
            "style": "no", "color": "255,255,255,0", "outline_color": _rgba(colour),
            "outline_width": "0.5",
        }  # fmt: skip
    inside = ET.SubElement(
        symbol,
        "layer",
        {"class": "SimpleMarker" if layer.is_points else "SimpleFill", "enabled": "1"},
        locked="0",
        **{"pass": "0"},
    )
    options = ET.SubElement(inside, "Option", type="Map")
    for key, value in drawn.items():
        ET.SubElement(options, "Option", name=key, type="QString", value=value)
        # QGIS before 3.22 reads these instead
        ET.SubElement(inside, "prop", k=key, v=value)


def _labels(root: ET.Element, layer: OutLayer) -> None:
    labeling = ET.SubElement(root, "labeling", type="simple")
    settings = ET.SubElement(labeling, "settings", calloutType="simple")
    style = ET.SubElement(
        settings, "text-style", fieldName=layer.columns[_LABEL_COLUMN_AT].header,
        isExpression="0", fontSize="10" if layer.layer == "zones" else "8", fontSizeUnit="Point",
        textColor=_OUTLINE, textOpacity="1",
    )  # fmt: skip
    ET.SubElement(
        style, "text-buffer", bufferDraw="1", bufferSize="0.8", bufferSizeUnits="MM",
        bufferColor=_HALO, bufferOpacity="1",
    )  # fmt: skip
    # villages and clinics are too many for names on the map of a whole county
    limits = {} if layer.layer == "zones" else {"scaleVisibility": "1", "scaleMin": "1",
                                                "scaleMax": "50000"}  # fmt: skip
    ET.SubElement(settings, "rendering", {"obstacle": "1", **limits})
    placement = "0" if layer.is_points else "1"
    ET.SubElement(settings, "placement", placement=placement, dist="1", distUnits="MM")


def _rgba(colour: str, *, opacity: float = 1.0) -> str:
    parts = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
    return ",".join(str(one) for one in (*parts, round(opacity * 255)))

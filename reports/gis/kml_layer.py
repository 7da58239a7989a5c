"""A layer as KML: names, every column as ExtendedData, the colours of the map.

Written by hand, because GDAL's writer has no colours; nothing in it points to another file or
host. Icons have none either: the programs draw their own pin in the colour of the style.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape, quoteattr

import shapely

if TYPE_CHECKING:
    from reports.gis.out_layer import OutLayer

_FILL_OPACITY: Final = "26"
_WHITE_LABEL: Final = "ffffffff"
_MULTI: Final = shapely.GeometryType.MULTIPOLYGON


def kml_bytes(layer: OutLayer) -> tuple[bytes, tuple[str, ...]]:
    """
    A layer as KML.

    Parameters
    ----------
    layer
        With n rows, in degrees.

    Returns
    -------
    content
        UTF-8; the same layer gives the same bytes.
    notes
        Chinese sentences where the datum is another than WGS84.

    Raises
    ------
    ValueError
        If the layer is in metres: KML knows degrees only.

    References
    ----------
    Open Geospatial Consortium (2015). OGC KML 2.3, 12-007r2.
    """
    if not layer.datum.is_degrees:
        msg = f"KML holds longitude and latitude, not {layer.datum.name}"
        raise ValueError(msg)
    is_wgs84 = layer.datum.choice == "wgs84"
    whole = layer if is_wgs84 else layer.with_datum_column()
    styles = {name: f"s{place}" for place, name in enumerate(layer.colours)}
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<kml xmlns="http://www.opengis.net/kml/2.2">',
        "<Document>",
        f"<name>{escape(layer.name)}</name>",
        f"<description>{escape(layer.note)}</description>",
        *(_style(key, layer.colours[name]) for name, key in styles.items()),
    ]
    titles = [quoteattr(one.header) for one in whole.columns]
    rows = zip(*(one.cells for one in whole.columns), strict=True)
    for name, group, shape, row in zip(layer.names, layer.classes, layer.shapes, rows, strict=True):
        data = "".join(
            f"<Data name={title}><value>{escape(str(cell))}</value></Data>"
            for title, cell in zip(titles, row, strict=True)
            if cell is not None
        )
        lines.append(
            f"<Placemark><name>{escape(name)}</name><styleUrl>#{styles[group]}</styleUrl>"
            f"<ExtendedData>{data}</ExtendedData>{_shape(shape)}</Placemark>"
        )
    text = "\n".join([*lines, "</Document>", "</kml>", ""])
    note = (
        f"{layer.title}（KML）：坐标是 {layer.datum.name}，而 KML 规定用 WGS84，"
        "由文件名、文件说明和“坐标系”一列写明；读入时请声明坐标系。"
    )
    return text.encode(), () if is_wgs84 else (note,)


def _style(key: str, colour: str) -> str:
    # KML has the colours the other way round: opacity, blue, green, red
    turned = f"{colour[5:7]}{colour[3:5]}{colour[1:3]}"
    return (
        f'<Style id="{key}"><IconStyle><color>ff{turned}</color><scale>0.8</scale></IconStyle>'
        f"<LabelStyle><color>{_WHITE_LABEL}</color><scale>0.8</scale></LabelStyle>"
        f"<LineStyle><color>ff{turned}</color><width>2</width></LineStyle>"
        f"<PolyStyle><color>{_FILL_OPACITY}{turned}</color></PolyStyle></Style>"
    )


def _shape(shape: shapely.Geometry) -> str:
    if shapely.get_type_id(shape) == _MULTI:
        parts = "".join(_shape(part) for part in shape.geoms)
        return f"<MultiGeometry>{parts}</MultiGeometry>"
    if shape.geom_type == "Polygon":
        holes = "".join(
            f"<innerBoundaryIs>{_ring(hole)}</innerBoundaryIs>" for hole in shape.interiors
        )
        outer = _ring(shape.exterior)
        return f"<Polygon><outerBoundaryIs>{outer}</outerBoundaryIs>{holes}</Polygon>"
    return f"<Point>{_corners(shape)}</Point>"


def _ring(ring: shapely.LinearRing) -> str:
    return f"<LinearRing>{_corners(ring)}</LinearRing>"


def _corners(shape: shapely.Geometry) -> str:
    places = " ".join(f"{x!r},{y!r}" for x, y in shapely.get_coordinates(shape).tolist())
    return f"<coordinates>{places}</coordinates>"

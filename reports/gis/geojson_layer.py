"""A layer as GeoJSON (RFC 7946) with every digit of its coordinates; other datums are said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import shapely

from layers.coordinates import crs_name
from reports.files import json_text

if TYPE_CHECKING:
    from reports.gis.out_columns import Cell, OutColumn
    from reports.gis.out_layer import OutLayer


def geojson_layer_bytes(layer: OutLayer) -> tuple[bytes, tuple[str, ...]]:
    """
    A layer as GeoJSON, outer rings counter-clockwise, one feature per line.

    RFC 7946 knows WGS84 alone. Any other CRS is named in the member `crs` of the older standard,
    which GIS programs read; a shifted datum has `crs` null, which means that none can be assumed,
    and is said by a column of its own.

    Parameters
    ----------
    layer
        With n rows.

    Returns
    -------
    content
        The same layer gives the same bytes.
    notes
        Chinese sentences where the datum is another than WGS84.

    References
    ----------
    Butler, H. et al. (2016). The GeoJSON Format. RFC 7946. The 2008 GeoJSON specification, 3.
    """
    whole = layer.with_datum_column() if layer.datum.crs is None else layer
    shapes = shapely.orient_polygons(whole.shapes)
    rows = zip(*(_members(one) for one in whole.columns), strict=True)
    features = [
        f'{{"type": "Feature", "properties": {{{", ".join(row)}}}, "geometry": {shape}}}'
        for row, shape in zip(rows, shapely.to_geojson(shapes).tolist(), strict=True)
    ]
    members = {"type": "FeatureCollection", "name": layer.name, "note": layer.note}
    if layer.label:
        members["label"] = layer.label
    head = _line(members).removesuffix("}")
    body = ",\n".join(features)
    text = f'{head}{_crs_member(layer)}, "features": [\n{body}\n]}}\n'
    return text.encode(), _notes(layer)


def _notes(layer: OutLayer) -> tuple[str, ...]:
    if layer.datum.choice == "wgs84":
        return ()
    note = (
        f"{layer.title}（GeoJSON）：坐标系是 {layer.datum.name}，不是标准规定的 WGS84，"
        "由文件名和文件里的 name、note 写明"
    )
    # WGS84 and CGCS2000 differ by some decimetres
    near = layer.datum.choice == "cgcs2000"
    return (f"{note}。" if near else f"{note}；只认 WGS84 的软件会把它放错地方。",)


def _members(column: OutColumn) -> list[str]:
    """Every cell of a column with its key; words that come again are written once."""
    key = _line(column.header)
    known: dict[Cell, str] = {}
    told = []
    for cell in column.cells:
        # 1 and 1.0 are one key, but not one text; the cells of a column are of one kind
        if cell not in known:
            known[cell] = f"{key}: {_line(cell)}"
        told.append(known[cell])
    return told


def _line(content: object) -> str:
    return json_text(content, indent=None).rstrip("\n")


def _crs_member(layer: OutLayer) -> str:
    if layer.datum.choice == "wgs84":
        return ""
    if layer.datum.crs is None:
        return ', "crs": null'
    code = crs_name(layer.datum.crs).removeprefix("EPSG:")
    named = {"type": "name", "properties": {"name": f"urn:ogc:def:crs:EPSG::{code}"}}
    return f', "crs": {_line(named)}'

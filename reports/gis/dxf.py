r"""Layers as a DXF drawing: points with their names, outlines of zones, one CAD layer per kind.

GDAL's DXF driver draws no names unless styles come with the shapes, which pyogrio cannot give it.
So the drawing is written here, in the oldest dialect (R12), which every CAD opens.

References
----------
Autodesk, DXF Reference, R12: pairs of lines, group code and value; ANSI_936 is GBK; text holds
characters beyond the code page as "\U+XXXX", and "%%", "^" and the backslash begin codes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import shapely

from reports.gis.out_columns import shortened

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt

    from reports.gis.out_layer import OutLayer

    Pair = tuple[int, object]

LONGEST_NAME: Final = 31
"""Bytes of the name of a CAD layer."""

LONGEST_TEXT: Final = 250
"""Bytes of a text."""

_NOT_IN_NAMES: Final = re.compile(r'[<>/\\":;?*|=`,\'\s%^&!]')
_TEXT_M: Final = 30.0
_TEXT_DEG: Final = 0.0003
"""Height of names in the unit of the coordinates: about the same on the ground."""

_BASIC_PLANE: Final = 0xFFFF
_HUES: Final = 6
_STYLE: Final = "CHINESE"
_COLOURS: Final = {"zones": 8, "demand": 5}
_FULL_WIDTH: Final = str.maketrans({"^": "＾", "\\": "＼"})
_LOST: Final = "\u25a1"


def dxf_bytes(layers: Sequence[OutLayer]) -> tuple[bytes, tuple[str, ...]]:
    """
    Layers in one drawing.

    Parameters
    ----------
    layers
        In one datum, at least one.

    Returns
    -------
    content
        The same layers give the same bytes.
    notes
        Chinese sentences on what a drawing cannot carry.
    """
    names: dict[str, int] = {}
    entities: list[str] = []
    odd = 0
    for layer in layers:
        height = _TEXT_DEG if layer.datum.is_degrees else _TEXT_M
        for name, group, shape in zip(layer.names, layer.classes, layer.shapes, strict=True):
            cad = _layer_name(f"{layer.title}_{group}" if group else layer.title)
            hue = 1 + len(names) % _HUES
            names.setdefault(cad, hue if layer.looks else _COLOURS.get(layer.layer, hue))
            text, is_whole = _text(name)
            odd += not is_whole
            entities += _drawn(shape, cad)
            place = _at(shapely.point_on_surface(shape))
            entities.append(
                _pairs([(0, "TEXT"), (8, cad), *place, (40, height), (1, text), (7, _STYLE)])
            )
    return _drawing(names, entities, comment=layers[0].note), tuple(_notes(layers, odd))


def _pairs(pairs: Iterable[Pair]) -> str:
    return "".join(f"{code:>3}\r\n{value}\r\n" for code, value in pairs)


def _drawn(shape: shapely.Geometry, name: str) -> list[str]:
    if shape.geom_type == "Point":
        return [_pairs([(0, "POINT"), (8, name), *_at(shape)])]
    return [_polyline(ring, name) for ring in _rings(shape)]


def _drawing(names: dict[str, int], entities: Iterable[str], *, comment: str) -> bytes:
    pairs: list[Pair] = [
        (999, comment), (0, "SECTION"), (2, "HEADER"), (9, "$ACADVER"), (1, "AC1009"),
        (9, "$DWGCODEPAGE"), (3, "ANSI_936"), (0, "ENDSEC"),
        (0, "SECTION"), (2, "TABLES"),
        (0, "TABLE"), (2, "LTYPE"), (70, 1), (0, "LTYPE"), (2, "CONTINUOUS"), (70, 0),
        (3, "Solid line"), (72, 65), (73, 0), (40, 0.0), (0, "ENDTAB"),
        (0, "TABLE"), (2, "LAYER"), (70, len(names)),
    ]  # fmt: skip
    for name, colour in names.items():
        pairs += [(0, "LAYER"), (2, name), (70, 0), (62, colour), (6, "CONTINUOUS")]
    pairs += [
        (0, "ENDTAB"), (0, "TABLE"), (2, "STYLE"), (70, 1), (0, "STYLE"), (2, _STYLE), (70, 0),
        (40, 0.0), (41, 1.0), (50, 0.0), (71, 0), (42, 1.0), (3, "simsun.ttc"), (4, ""),
        (0, "ENDTAB"), (0, "ENDSEC"), (0, "SECTION"), (2, "ENTITIES"),
    ]  # fmt: skip
    end = _pairs([(0, "ENDSEC"), (0, "EOF")])
    return "".join([_pairs(pairs), *entities, end]).encode("gbk", errors="replace")


def _polyline(corners: npt.NDArray[object], name: str) -> str:
    """A closed line; corners are most of a drawing, so that they are written in one go."""
    head = _pairs([(0, "VERTEX"), (8, name), (10, "")]).removesuffix("\r\n")
    end = _pairs([(0, "SEQEND"), (8, name)])
    places = [
        f"{head}{x!r}\r\n 20\r\n{y!r}\r\n 30\r\n0.0\r\n"
        for x, y in corners[:-1].tolist()  # the line is closed by itself
    ]
    return "".join([_pairs([(0, "POLYLINE"), (8, name), (66, 1), (70, 1)]), *places, end])


def _rings(shape: shapely.Geometry) -> list[npt.NDArray[object]]:
    rings = shapely.get_rings(shapely.get_parts(shape))
    return [shapely.get_coordinates(ring) for ring in rings]


def _at(point: shapely.Point) -> list[Pair]:
    return [(10, point.x), (20, point.y), (30, 0.0)]


def _layer_name(text: str) -> str:
    plain = "".join(sign if _is_gbk(sign) else "_" for sign in _NOT_IN_NAMES.sub("_", text))
    return shortened(plain, LONGEST_NAME) or "_"


def _text(name: str) -> tuple[str, bool]:
    """A name as CAD text, and whether all of it is there."""
    short = name[:LONGEST_TEXT]
    while True:
        coded, is_whole = _coded(short)
        if len(coded.encode("gbk")) <= LONGEST_TEXT:
            return coded, is_whole and short == name
        short = short[:-1]


def _coded(text: str) -> tuple[str, bool]:
    """Text in which nothing is a code of CAD but what we write; whether no sign was changed."""
    found = []
    plain = text.replace("%%", "％％").translate(_FULL_WIDTH)
    is_whole = plain == text
    for sign in plain:
        if not _is_gbk(sign):
            far = ord(sign) > _BASIC_PLANE
            is_whole &= not far
            found.append(_LOST if far else f"\\U+{ord(sign):04X}")
        else:
            found.append(sign)
    return "".join(found), is_whole


def _is_gbk(sign: str) -> bool:
    try:
        sign.encode("gbk")
    except UnicodeEncodeError:
        return False
    return True


def _notes(layers: Sequence[OutLayer], odd: int) -> list[str]:
    carried = (
        "DXF：图纸只带点、边界线、名称和类别（CAD 图层名）；代码、人口、床位等其余各列带不进去，"
        "需要时请同时导出 GeoPackage 或 Excel。"
    )
    notes = [
        carried,
        f"DXF：图纸不能声明坐标系，由文件名写明是 {layers[0].datum.name}。",
    ]
    if layers[0].datum.is_degrees:
        notes.append(
            "DXF：坐标单位是度，CAD 里一般用米，建议改用 cgcs2000-zone："
            "导出图层时写 --datum cgcs2000-zone，出成果时写在 project.toml 的 [report] 里。"
        )
    if odd:
        notes.append(
            f"DXF：有 {odd} 个名称太长或含 CAD 不能照写的字符，已截短、换成全角或以“{_LOST}”代替。"
        )
    return notes

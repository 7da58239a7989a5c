"""Shapes of KML, put together as their elements come by."""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass, field
from typing import Any, Final

import shapely

_SINGLE: Final = frozenset({"Point", "LineString", "LinearRing", "Track"})
_GROUPS: Final = frozenset({"MultiGeometry", "MultiTrack"})
_SPACED_COMMA: Final = re.compile(r"\s*,\s*")
_CLOSED_RING: Final = 4
"""Corners of the smallest ring, the first one repeated."""

_MULTI: Final = {
    "Point": shapely.multipoints,
    "LineString": shapely.multilinestrings,
    "Polygon": shapely.multipolygons,
}


@dataclass
class _Node:
    """One geometry that is open: its corners, and what stands inside it."""

    tag: str
    corners: list[tuple[float, ...]] = field(default_factory=list)
    outer: list[Any] = field(default_factory=list)
    inner: list[Any] = field(default_factory=list)


class ShapeMaker:
    """The shape of one place; `had` says whether there was any, were it only in ruins."""

    def __init__(self) -> None:
        self.had = False
        self._open: list[_Node] = []
        self._whole: list[Any] = []
        self._broken = False
        self._in_hole = False

    def start(self, tag: str) -> None:
        """Note that an element begins."""
        if tag in _SINGLE or tag in _GROUPS or tag == "Polygon":
            self.had = True
            self._open.append(_Node(tag))
        elif tag in {"outerBoundaryIs", "innerBoundaryIs"}:
            self._in_hole = tag == "innerBoundaryIs"

    def end(self, tag: str, text: str) -> None:
        """
        Take in what an element held.

        Parameters
        ----------
        tag
            Its name, without prefix.
        text
            What stood in it, stripped.
        """
        if not self._open:
            return
        node = self._open[-1]
        if tag == "coordinates":
            self._corners(node, _SPACED_COMMA.sub(",", text).split(), ",")
        elif tag == "coord":
            self._corners(node, [text], None)
        elif tag == node.tag:
            self._open.pop()
            shape = None
            # a ring through a corner that is no number closes nowhere
            with contextlib.suppress(shapely.errors.GEOSException, ValueError):
                shape = self._built(node)
            self._put(shape)

    def made(self) -> shapely.Geometry | None:
        """The shape; None where there is none, or where a piece of it cannot be one."""
        if self._broken or not self._whole:
            return None
        return self._whole[0] if len(self._whole) == 1 else _together(self._whole)

    def _corners(self, node: _Node, words: list[str], separator: str | None) -> None:
        try:
            node.corners += [tuple(map(float, word.split(separator)[:3])) for word in words]
        except ValueError:
            self._broken = True

    def _put(self, shape: Any | None) -> None:  # noqa: ANN401 - a shape, or the corners of a ring
        if shape is None:
            self._broken = True
        elif not self._open:
            self._whole.append(shape)
        elif self._open[-1].tag == "Polygon" and self._in_hole:
            self._open[-1].inner.append(shape)
        else:
            self._open[-1].outer.append(shape)

    def _built(self, node: _Node) -> shapely.Geometry | None:
        # heights are left out where only some of the corners have one
        width = min((len(corner) for corner in node.corners), default=0)
        corners = [corner[:width] for corner in node.corners]
        if node.tag in _GROUPS:
            return _together(node.outer) if node.outer else shapely.GeometryCollection()
        if node.tag == "Polygon":
            return shapely.Polygon(node.outer[0], node.inner) if len(node.outer) == 1 else None
        if width < 2:  # noqa: PLR2004 - longitude and latitude
            return None
        if node.tag == "Point":
            return shapely.Point(corners[0])
        if node.tag == "LinearRing":
            closed = corners if corners[0] == corners[-1] else [*corners, corners[0]]
            return shapely.LinearRing(closed) if len(closed) >= _CLOSED_RING else None
        return shapely.LineString(corners) if len(corners) > 1 else None


def _together(shapes: list[Any]) -> shapely.Geometry:
    kinds = {shape.geom_type for shape in shapes}
    make = _MULTI.get(kinds.pop()) if len(kinds) == 1 else None
    return make(shapes) if make else shapely.GeometryCollection(shapes)

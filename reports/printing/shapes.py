"""Layers drawn on a map: areas with holes, lines, dots, squares with a sign."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely
from matplotlib.collections import PathCollection
from matplotlib.patches import PathPatch
from matplotlib.path import Path as DrawnPath
from matplotlib.textpath import TextPath
from matplotlib.transforms import IdentityTransform

from reports.printing.fonts import chinese_font, printable
from reports.printing.paper import POINTS_PER_MM

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt
    from matplotlib.axes import Axes

    from reports.printing.drawing import PrintLayer

SIGN_SHARE: Final = 0.62
"""Height of the sign in a square, as a share of the square."""

_UNIT: Final = {
    "dot": DrawnPath.unit_circle(),
    "square": DrawnPath(
        [(-0.886, -0.886), (0.886, -0.886), (0.886, 0.886), (-0.886, 0.886), (0, 0)], closed=True
    ),
    "triangle": DrawnPath([(-1.347, -0.778), (1.347, -0.778), (0, 1.555), (0, 0)], closed=True),
    "inverted": DrawnPath([(-1.347, 0.778), (0, -1.555), (1.347, 0.778), (0, 0)], closed=True),
}
"""Markers of the area of a circle of radius 1, so that kinds of one size look of one size."""


def draw_layer(axes: Axes, layer: PrintLayer, *, times: float = 1.0) -> None:
    """
    Draw one layer; names are written by `reports.printing.names`.

    Parameters
    ----------
    axes
        In metres of the CRS of the map.
    layer
        What to draw.
    times
        How much larger dots and signs are than on A4.
    """
    if layer.shape == "area":
        _draw_areas(axes, layer)
    elif layer.shape == "line":
        _draw_lines(axes, layer)
    elif layer.shape in _UNIT:
        _draw_points(axes, layer, times)


def area_path(geometry: npt.NDArray[np.object_]) -> DrawnPath | None:
    """
    Polygons as one path with their holes; None where there is nothing to draw.

    Parameters
    ----------
    geometry
        Shape (n,), polygons or collections of them.
    """
    parts = shapely.orient_polygons(_parts(geometry, (shapely.GeometryType.POLYGON,)))
    rings = shapely.get_rings(parts) if len(parts) else parts
    if not len(rings):
        return None
    corners, ring = shapely.get_coordinates(rings, return_index=True)
    codes = np.full(len(corners), DrawnPath.LINETO, dtype=DrawnPath.code_type)
    first = np.searchsorted(ring, np.arange(len(rings)))
    codes[first] = DrawnPath.MOVETO
    codes[np.append(first[1:], len(corners)) - 1] = DrawnPath.CLOSEPOLY
    return DrawnPath(corners, codes)


def line_style(layer: PrintLayer) -> dict[str, Any]:
    """Colour, width and dash of a layer's lines, as matplotlib takes them."""
    return {
        "linewidth": layer.width if layer.edge else 0.0,
        "linestyle": (0, layer.dash) if layer.dash else "solid",
    }


def _draw_areas(axes: Axes, layer: PrintLayer) -> None:
    path = area_path(layer.geometry)
    if path is None:
        return
    face = layer.fill or "none"
    if layer.fill or layer.hatch:
        _add(
            axes,
            PathPatch(
                path, facecolor=face, alpha=layer.opacity, edgecolor=layer.edge or "none",
                linewidth=0.0, hatch=layer.hatch or None, zorder=layer.order,
            ),
        )  # fmt: skip
    if layer.edge:
        # The outline keeps its full colour where the fill is translucent.
        _add(
            axes,
            PathPatch(
                path, facecolor="none", edgecolor=layer.edge, zorder=layer.order + 0.2,
                joinstyle="round", **line_style(layer),
            ),
        )  # fmt: skip


def _draw_lines(axes: Axes, layer: PrintLayer) -> None:
    parts = _parts(
        layer.geometry, (shapely.GeometryType.LINESTRING, shapely.GeometryType.LINEARRING)
    )
    if not len(parts):
        return
    # One path for all: a drawing of thousands of single lines is large and slow.
    corners, line = shapely.get_coordinates(parts, return_index=True)
    codes = np.full(len(corners), DrawnPath.LINETO, dtype=DrawnPath.code_type)
    codes[np.searchsorted(line, np.arange(len(parts)))] = DrawnPath.MOVETO
    _add(
        axes,
        PathPatch(
            DrawnPath(corners, codes), facecolor="none", edgecolor=layer.edge or "none",
            zorder=layer.order, capstyle="butt" if layer.dash else "round", joinstyle="round",
            **line_style(layer),
        ),
    )  # fmt: skip


def _parts(geometry: npt.NDArray[np.object_], wanted: Sequence[int]) -> npt.NDArray[np.object_]:
    """The parts of some types; taking apart thousands of what is single already takes long."""
    kinds = shapely.get_type_id(geometry)
    if np.isin(kinds, wanted).all():
        return geometry
    parts = shapely.get_parts(geometry)
    return parts[np.isin(shapely.get_type_id(parts), wanted)]


def _add(axes: Axes, patch: PathPatch) -> None:
    """Add a patch; `add_patch` would measure it, which takes long, and limits are set already."""
    axes.add_artist(patch)


def _draw_points(axes: Axes, layer: PrintLayer, times: float) -> None:
    points = layer.geometry[~shapely.is_empty(layer.geometry)]
    if not len(points):
        return
    places = shapely.get_coordinates(points)
    size = np.broadcast_to(np.asarray(layer.size, dtype=float), len(layer.geometry))
    size = size[~shapely.is_empty(layer.geometry)] * times
    # The largest lie lowest, so that small ones on top are still seen.
    order = np.argsort(-size, kind="stable")
    axes.add_collection(
        PathCollection(
            [_UNIT[layer.shape]], sizes=(size[order] / 2 * POINTS_PER_MM) ** 2,
            facecolors=_face(layer), edgecolors=layer.edge or "none", zorder=layer.order,
            offsets=places[order], offset_transform=axes.transData,
            # Markers are measured on the paper, not on the ground.
            transform=IdentityTransform(), **line_style(layer),
        ),
        autolim=False,
    )  # fmt: skip
    if not isinstance(layer.sign, str):
        _write_signs(axes, layer, places, size, layer.sign[~shapely.is_empty(layer.geometry)])
    elif layer.sign:
        _stamp_sign(axes, layer, places, size)


def _stamp_sign(
    axes: Axes,
    layer: PrintLayer,
    places: npt.NDArray[np.float64],
    size: npt.NDArray[np.float64],
) -> None:
    """The one sign of a layer in every point: a symbol, drawn many times from one outline."""
    share = SIGN_SHARE if len(str(layer.sign)) == 1 else SIGN_SHARE * 0.9
    axes.add_collection(
        PathCollection(
            [_sign_path(str(layer.sign))], sizes=(size * share * POINTS_PER_MM) ** 2,
            facecolors=layer.sign_colour, edgecolors="none", linewidths=0.0,
            zorder=layer.order + 0.4, offsets=places, offset_transform=axes.transData,
            transform=IdentityTransform(),
        ),
        autolim=False,
    )  # fmt: skip


@lru_cache(maxsize=256)
def _sign_path(sign: str) -> DrawnPath:
    """Outline of a sign around its middle, 1 high as its font is."""
    outline = TextPath((0, 0), printable(sign), size=1.0, prop=chinese_font(), usetex=False)
    if not len(outline.vertices):
        return DrawnPath(np.zeros((0, 2)))
    box = outline.get_extents()
    middle = (box.p0 + box.p1) / 2
    return DrawnPath(outline.vertices - middle, outline.codes)


def _write_signs(
    axes: Axes,
    layer: PrintLayer,
    places: npt.NDArray[np.float64],
    size: npt.NDArray[np.float64],
    signs: npt.NDArray[np.object_],
) -> None:
    """Signs that differ, of the points that are seen; a text each is slow."""
    (west, east), (south, north) = axes.get_xlim(), axes.get_ylim()
    for (x, y), each, sign in zip(places, size, signs, strict=True):
        if not (west <= x <= east and south <= y <= north):
            continue
        share = SIGN_SHARE if len(sign) == 1 else SIGN_SHARE * 0.9
        axes.text(
            x, y, sign, color=layer.sign_colour, ha="center", va="center_baseline",
            fontproperties=chinese_font(), fontsize=each * share * POINTS_PER_MM,
            zorder=layer.order + 0.4, clip_on=True, parse_math=False,
        )  # fmt: skip


def _face(layer: PrintLayer) -> Any:  # noqa: ANN401 - a colour with its opacity
    return (layer.fill, layer.opacity) if layer.fill else "none"

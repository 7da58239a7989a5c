"""What a print map shows, as data: layers of shapes with their legend, panels, a whole map."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import shapely

Shape = Literal["area", "line", "dot", "square", "triangle", "inverted", "label"]

POINT_SHAPES: Final = ("dot", "square", "triangle", "inverted")
"""Shapes of points; "inverted" is a triangle that stands on its tip."""


@dataclass(frozen=True, eq=False)
class PrintLayer:
    """
    Shapes that look alike, and their line in the legend.

    Parameters
    ----------
    shape
        "area", "line"; those of `POINT_SHAPES` for points; "label" for names alone.
    geometry
        Shape (n,), in the CRS of the map.
    name
        Text of the legend; "" for a layer that is not listed. A layer without geometry and with
        a name is a line of the legend alone.
    count
        What the legend says beside it, e.g. "12 处".
    order
        Drawn from small to large.
    fill, edge
        "#rrggbb"; "" for none.
    width
        Of lines and edges, points.
    opacity
        Of the fill, in [0, 1].
    dash
        Lengths on and off, points; empty for a whole line.
    hatch
        As matplotlib writes it; tells areas apart in greyscale too.
    size
        Shape (n,) or one number: diameter of points, mm.
    sign
        Shape (n,) or one text: one character, or a number of two digits, inside a point.
    sign_colour
        Of that character, and of the names of a "label" layer.
    names
        Shape (n,), to be written beside the shapes where there is room; None for none.
    rank
        Shape (n,), names with a smaller number get their place first.
    font_pt
        Size of the names, points.
    size_key
        Diameter in mm and text of sample dots in the legend.
    """

    shape: Shape
    geometry: npt.NDArray[np.object_]
    name: str = ""
    count: str = ""
    order: int = 0
    fill: str = ""
    edge: str = ""
    width: float = 0.5
    opacity: float = 1.0
    dash: tuple[float, ...] = ()
    hatch: str = ""
    size: float | npt.NDArray[np.float64] = 1.6
    sign: str | npt.NDArray[np.object_] = ""
    sign_colour: str = "#2b3642"
    names: npt.NDArray[np.object_] | None = None
    rank: npt.NDArray[np.float64] | None = None
    font_pt: float = 7.0
    size_key: tuple[tuple[float, str], ...] = ()


@dataclass(frozen=True, eq=False)
class Panel:
    """
    One map on a sheet.

    Parameters
    ----------
    layers
        In any order.
    title
        Above the panel; "" where there is only one.
    """

    layers: tuple[PrintLayer, ...]
    title: str = ""


@dataclass(frozen=True, eq=False)
class Locator:
    """
    A small map that shows where the sheet lies in something larger.

    Parameters
    ----------
    around
        Shape (n,), the polygons of the larger whole, in the CRS of the map.
    here
        What the sheet shows of it.
    title
        Above it, e.g. "本图位置".
    """

    around: npt.NDArray[np.object_]
    here: shapely.Geometry
    title: str = "本图位置"


@dataclass(frozen=True, eq=False)
class PrintMap:
    """
    A map to be printed.

    Parameters
    ----------
    stem
        Name of its file, without ending.
    title, subtitle
        Texts.
    panels
        One, or two that are compared: they get one extent, one scale and one legend.
    crs
        Of every geometry, projected, metres.
    extent
        (west, south, east, north) in metres that must be seen.
    label
        Sentence that must stand on every export (合成数据 …); "" if none.
    remarks
        Further sentences for the foot: unknown populations, what is left out.
    locator
        Where the sheet lies in something larger; None where there is nothing larger.
    """

    stem: str
    title: str
    subtitle: str
    panels: tuple[Panel, ...]
    crs: str
    extent: tuple[float, float, float, float]
    label: str = ""
    remarks: tuple[str, ...] = field(default=())
    locator: Locator | None = None

"""Names on a map: each beside its place, none over another; those without room are left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely
from matplotlib import patheffects

from reports.map_styles import INK
from reports.printing.drawing import POINT_SHAPES
from reports.printing.fonts import chinese_font, printable
from reports.printing.lettering import width_mm
from reports.printing.paper import POINTS_PER_MM

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt
    from matplotlib.axes import Axes

    from reports.printing.drawing import PrintLayer

HALO_POINTS: Final = 1.6
NAME_LIMIT: Final = 16
"""Characters of a name on a map; more is cut and ends in an ellipsis."""

_AROUND: Final = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1))
"""Where a name may stand beside its place, best first."""

_AREAS: Final = ("label", "area")
"""Shapes whose names stand on them."""

_PAD_PX: Final = 1.5

_LINE: Final = 1.1
"""Height of a line of letters, in heights of the font."""

_TRIED: Final = 9
"""Places tried in an area: as many along its width and along its height."""


@dataclass(frozen=True)
class Written:
    """
    How many names found a place.

    Parameters
    ----------
    written, left_out
        Names.
    """

    written: int
    left_out: int


class Names:
    """
    The names of one panel, set one after the other.

    Parameters
    ----------
    axes
        With its final limits and size.
    """

    def __init__(self, axes: Axes) -> None:
        self.axes = axes
        self.names = np.empty((0, 4))
        self.symbols = np.empty((0, 4))
        self.numbers = np.empty((0, 4))
        self.frame = axes.get_window_extent()
        (west, east), (south, north) = axes.get_xlim(), axes.get_ylim()
        self.ground = shapely.box(west, south, east, north)

    def keep_off_edges(self, *, top_mm: float, left_mm: float, bottom_mm: float) -> None:
        """Keep names off strips at the edges: the title of the panel, degrees at the frame."""
        dots_per_mm = self.axes.figure.dpi / 72 * POINTS_PER_MM
        x0, y0, x1, y1 = self.frame.extents
        strips = (
            (x0, y1 - top_mm * dots_per_mm, x1, y1),
            (x0, y0, x0 + left_mm * dots_per_mm, y1),
            (x0, y0, x1, y0 + bottom_mm * dots_per_mm),
        )
        self.names = np.vstack([self.names, strips])

    def keep_clear(self, layers: Sequence[PrintLayer], *, times: float) -> None:
        """Keep names off the symbols of some layers of points, off numbered ones in any case."""
        dots_per_mm = self.axes.figure.dpi / 72 * POINTS_PER_MM
        for layer in layers:
            points = layer.geometry
            if layer.shape not in POINT_SHAPES or not len(points):
                continue
            place = self.axes.transData.transform(shapely.get_coordinates(points))
            half = np.broadcast_to(np.asarray(layer.size, dtype=float), len(points))
            half = half[:, None] / 2 * times * dots_per_mm
            boxes = np.hstack([place - half, place + half])
            self.symbols = np.vstack([self.symbols, boxes])
            if not isinstance(layer.sign, str):
                self.numbers = np.vstack([self.numbers, boxes])

    def write(self, layer: PrintLayer, *, times: float, symbols: float = 1.0) -> Written:
        """
        Write the names of what is seen of a layer, the first in rank first.

        Parameters
        ----------
        layer
            With `names`.
        times
            How much larger texts are than on A4.
        symbols
            How much smaller symbols are drawn than their layers say.
        """
        assert layer.names is not None  # noqa: S101 - asked only where there are any
        rank = np.zeros(len(layer.names)) if layer.rank is None else layer.rank
        seen = shapely.intersects(layer.geometry, self.ground)
        wanted = [at for at in np.argsort(rank, kind="stable") if seen[at] and layer.names[at]]
        size = np.broadcast_to(np.asarray(layer.size, dtype=float), len(layer.names))
        done = 0
        for at in wanted:
            said = short(printable(str(layer.names[at])))
            box = self._size(said, layer.font_pt * times)
            if layer.shape in _AREAS:
                middle = self._in_area(shapely.intersection(layer.geometry[at], self.ground), box)
            else:
                middle = self._beside(layer.geometry[at], box, float(size[at]) * times * symbols)
            if middle is not None:
                self.names = np.vstack([self.names, _around(middle, box)])
                self._draw(layer, said, middle, font_pt=layer.font_pt * times)
                done += 1
        return Written(done, len(wanted) - done)

    def _size(self, said: str, font_pt: float) -> npt.NDArray[np.float64]:
        dots_per_point = self.axes.figure.dpi / 72
        width = width_mm(said, font_pt) * POINTS_PER_MM
        return np.array([width, font_pt * _LINE]) * dots_per_point + 2 * _PAD_PX

    def _beside(
        self, point: shapely.Point, size: npt.NDArray[np.float64], diameter_mm: float
    ) -> npt.NDArray[np.float64] | None:
        """The first free place around a symbol."""
        centre = self.axes.transData.transform((point.x, point.y))
        dots_per_mm = self.axes.figure.dpi / 72 * POINTS_PER_MM
        away = (diameter_mm / 2 + 0.4) * dots_per_mm + size / 2
        places = centre + np.array(_AROUND) * away
        return self._first_free(places, size, taken=(self.names, self.symbols))

    def _in_area(
        self, area: shapely.Geometry, size: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.float64] | None:
        """A free place in an area near its middle; over symbols without number, not nowhere."""
        both = (self.names, self.symbols)
        middle = self.axes.transData.transform(_middle(area))
        clear = self._first_free(middle, size, taken=both)
        if clear is not None:
            return clear
        places = self.axes.transData.transform(_inside(area))
        clear = self._first_free(places, size, taken=both)
        if clear is not None:
            return clear
        return self._first_free(places, size, taken=(self.names, self.numbers))

    def _first_free(
        self,
        places: npt.NDArray[np.float64],
        size: npt.NDArray[np.float64],
        *,
        taken: Sequence[npt.NDArray[np.float64]],
    ) -> npt.NDArray[np.float64] | None:
        """The first of some places, shape (n, 2), where a box of that size lies on nothing."""
        low, high = places - size / 2, places + size / 2
        free = (low >= self.frame.p0).all(axis=1) & (high <= self.frame.p1).all(axis=1)
        first, last = low.min(axis=0), high.max(axis=0)
        for every in taken:
            # Most of what stands on a map is far from all of the places.
            each = every[((every[:, :2] < last) & (every[:, 2:] > first)).all(axis=1)]
            over = (each[None, :, :2] < high[:, None]) & (each[None, :, 2:] > low[:, None])
            free &= ~over.all(axis=2).any(axis=1)
        return places[int(np.argmax(free))] if free.any() else None

    def _draw(
        self, layer: PrintLayer, text: str, middle: npt.NDArray[np.float64], *, font_pt: float
    ) -> None:
        x, y = self.axes.transData.inverted().transform(middle)
        # The colour of a sign is chosen for the fill of its symbol, names stand on the ground.
        colour = layer.sign_colour if layer.shape == "label" else INK
        halo = [patheffects.Stroke(linewidth=HALO_POINTS, foreground="#ffffff")]
        # A text with an effect becomes a drawing in PDF and SVG, so the halo is a text of its own.
        for order, more in ((999, {"path_effects": halo}), (1000, {})):
            self.axes.text(
                x, y, text, color=colour, fontproperties=chinese_font(),
                fontsize=font_pt, ha="center", va="center", zorder=order, parse_math=False,
                clip_on=True, **more,
            )  # fmt: skip


def _around(
    middle: npt.NDArray[np.float64], size: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    return np.concatenate([middle - size / 2, middle + size / 2])


def _inside(area: shapely.Geometry) -> npt.NDArray[np.float64]:
    """Places in the largest part of an area, shape (n, 2), its middle first, then the nearest."""
    area = _largest(area)
    middle = shapely.point_on_surface(area)
    west, south, east, north = area.bounds
    x, y = np.meshgrid(np.linspace(west, east, _TRIED + 2), np.linspace(south, north, _TRIED + 2))
    spread = shapely.points(x.ravel(), y.ravel())
    spread = spread[shapely.contains_properly(area, spread)]
    order = np.argsort(shapely.distance(spread, middle), kind="stable")
    return shapely.get_coordinates([middle, *spread[order]])


def _middle(area: shapely.Geometry) -> npt.NDArray[np.float64]:
    return shapely.get_coordinates(shapely.point_on_surface(_largest(area)))


def _largest(area: shapely.Geometry) -> shapely.Geometry:
    """A name far out on an exclave would be read as that of its neighbour."""
    parts = shapely.get_parts(area)
    return parts[int(np.argmax(shapely.area(parts)))] if len(parts) > 1 else area


def short(name: str, *, most: int = NAME_LIMIT) -> str:
    """A name cut to what a map has room for."""
    return name if len(name) <= most else f"{name[: most - 1]}…"

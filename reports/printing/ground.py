"""The ground of every print map: study area, roads, boundaries, names of zones; and symbols."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely

from reports import map_styles as styles
from reports.map_roads import drawn_roads
from reports.printing.drawing import PrintLayer, PrintMap
from reports.safe_text import plain_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import geopandas as gpd
    import numpy.typing as npt

    from coverage.standards import FacilityKind
    from coverage.studies.study import Layers
    from reports.printing.drawing import Panel

MM_PER_PX: Final = 0.2
"""Screen pixels of the styles -> mm of paper: symbols look as large as on a screen."""

POINTS_PER_PX: Final = 0.42
"""Widths of lines, finer on paper than on a screen."""

TOLERANCE_PARTS: Final = 9000
"""Lines are simplified by at most the diagonal divided by this: under 0.05 mm on A3."""

WORK: Final = 300
"""Drawing order from which symbols are kept clear of names."""


@dataclass(frozen=True, eq=False)
class Ground:
    """
    What all maps of a study area stand on, worked out once.

    Parameters
    ----------
    layers
        Checked layers of a project.
    area
        The study area.
    drawn
        Study area, roads by class, boundaries.
    names
        Names of the zones.
    """

    layers: Layers
    area: shapely.Geometry
    drawn: tuple[PrintLayer, ...]
    names: PrintLayer

    @property
    def extent(self) -> tuple[float, float, float, float]:
        """West, south, east and north of the study area, metres."""
        west, south, east, north = self.area.bounds
        return west, south, east, north

    def sheet(
        self, stem: str, title: str, subtitle: str, *panels: Panel, remarks: Sequence[str] = ()
    ) -> PrintMap:
        """A map of the whole study area, its name before the title."""
        layers = self.layers
        return PrintMap(
            stem, f"{plain_text(layers.name)}{plain_text(title)}", plain_text(subtitle), panels,
            str(layers.zones.crs), self.extent, layers.label,
            tuple(each for each in remarks if each),
        )  # fmt: skip


def ground_of(layers: Layers) -> Ground:
    """
    The ground of a project: study area, roads by class, boundaries and names of zones.

    Parameters
    ----------
    layers
        Checked layers; without roads or names there are fewer layers, and no fault.
    """
    zones = layers.zones
    bounds = tuple(zones.total_bounds.tolist())
    west, south, east, north = bounds
    tolerance_m = float(np.hypot(east - west, north - south)) / TOLERANCE_PARTS
    outlines = shapely.coverage_simplify(zones.geometry.to_numpy(), tolerance_m)
    roads = drawn_roads(layers.roads, bounds=bounds, tolerance_m=tolerance_m)
    whole = shapely.union_all(zones.geometry.to_numpy())
    found = (
        from_style("area", np.array([whole], dtype=object), styles.STUDY_AREA, order=0),
        *(
            from_style("line", roads.lines[group], style, name=name, order=50 - at)
            for at, (group, name, style) in enumerate(styles.ROAD_GROUPS)
            if group in roads.lines
        ),
        from_style(
            "line", shapely.boundary(outlines), styles.ZONES, name="行政边界",
            count=f"{len(zones):,} 个", order=100,
        ),
        PrintLayer(
            "line", np.array([shapely.boundary(whole)]), edge="#4a5260", width=1.1, order=101
        ),
    )  # fmt: skip
    return Ground(layers, whole, found, zone_names(zones))


def zone_names(zones: gpd.GeoDataFrame) -> PrintLayer:
    """Names of zones, the largest first."""
    return PrintLayer(
        "label",
        zones.geometry.to_numpy(),
        names=np.array([plain_text(name) for name in zones["zone_name"]], dtype=object),
        rank=-zones.area.to_numpy(),
        sign_colour="#4a5260",
        font_pt=8.0 if len(zones) <= _MANY_ZONES else 6.6,
        order=600,
    )


def facility_layers(
    facilities: gpd.GeoDataFrame,
    kinds: Mapping[str, FacilityKind],
    *,
    area: shapely.Geometry,
    named: Sequence[str] = (),
) -> list[PrintLayer]:
    """
    Facilities by kind, in the colours and with the signs of the screen.

    Parameters
    ----------
    facilities
        Contract `FACILITIES`.
    kinds
        By code, in the order of the legend.
    area
        The study area: the legend counts those inside, and says how many of those outside are
        drawn.
    named
        Codes of the kinds whose names are written, unless there are too many to be read.
    """
    layers = []
    inside = shapely.intersects(facilities.geometry.to_numpy(), area)
    for at, (code, kind) in enumerate(kinds.items()):
        is_kind = (facilities["kind"] == code).to_numpy()
        rows, within = facilities[is_kind], int((is_kind & inside).sum())
        if rows.empty:
            continue
        beyond = len(rows) - within
        names = None
        if code in named and len(rows) <= NAMED_MOST:
            names = np.array([plain_text(name) for name in rows["facility_name"]], dtype=object)
        layers.append(
            PrintLayer(
                "square", rows.geometry.to_numpy(), kind.name,
                f"{within:,} 处" + (f"，区外 {beyond:,} 处" if beyond else ""),
                order=WORK + 100 + at, fill=kind.colour, edge="#2b3642", width=0.35,
                size=2.6 if len(rows) <= _MANY else 1.5,
                sign=kind.icon if len(rows) <= _MANY else "",
                sign_colour=styles.sign_colour(kind.colour), names=names,
            )
        )  # fmt: skip
    return layers


NAMED_MOST: Final = 25
"""Facilities of a kind whose names are written."""

_MANY_ZONES: Final = 40
"""Zones from which their names are small, so that more of them find room."""

_MANY: Final = 120
"""Facilities of a kind from which signs in the markers would be a blot."""


def from_style(
    shape: Any,  # noqa: ANN401 - a name of `PrintLayer.shape`
    geometry: npt.NDArray[np.object_],
    style: Mapping[str, Any],
    *,
    order: int,
    name: str = "",
    **more: Any,  # noqa: ANN401 - further fields of the layer
) -> PrintLayer:
    """
    A layer that looks as a style of the screen says.

    Parameters
    ----------
    shape, geometry, order, name, more
        Fields of `PrintLayer`.
    style
        Path options as in `reports.map_styles`.
    """
    is_filled = bool(style.get("fill")) and float(style.get("fillOpacity", 1.0)) > 0
    dash = tuple(float(each) for each in str(style.get("dashArray", "")).split())
    given = {
        "fill": str(style["fillColor"]) if is_filled else "",
        "edge": str(style.get("color", "")) if style.get("stroke", True) else "",
        "width": float(style.get("weight", 0.0)) * POINTS_PER_PX,
        "opacity": float(style.get("fillOpacity", 1.0)),
        "dash": dash,
    }
    if "radius" in style:
        given["size"] = float(style["radius"]) * 2 * MM_PER_PX
    return PrintLayer(shape, geometry, name, order=order, **(given | more))  # type: ignore[arg-type]

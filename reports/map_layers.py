"""A layer of the maps, and those of the ground: boundaries, roads, facilities."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import shapely

from reports import map_styles as styles
from reports.map_roads import drawn_roads
from reports.map_shapes import Feature, MapArea, Phrases, feature
from reports.map_text import facility_lines
from reports.safe_text import plain_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import geopandas as gpd
    import numpy.typing as npt

    from coverage.access.barriers import Barriers
    from coverage.roads import Roads
    from coverage.standards import FacilityKind

Shape = Literal["area", "line", "dot", "square", "label"]
Pane = Literal["ground", "work", "names"]

CHECKED: Final = "检查"
SERVICE: Final = "服务情况"
FACILITIES: Final = "设施"
GROUND: Final = "底图"

FACILITY_COLUMNS: Final = ("facility_name", "kind", "level", "origin")
"""Cells of a facility that the maps tell."""


@dataclass(frozen=True)
class MapLayer:
    """
    One layer that the reader can switch on and off.

    Parameters
    ----------
    layer_id
        Unique on the map; comes back with a click.
    name
        Chinese name in the legend.
    group
        Heading in the legend; "" for a layer that is not listed there.
    shape
        How the legend shows it.
    order
        Drawn from small to large.
    style
        Path options of Leaflet.
    features
        GeoJSON features in WGS84 with the properties id, name, lines (numbers of phrases), and
        where they differ from the style radius and unknown (population not known).
    phrases
        What the tooltips say.
    unnamed
        Heading of the tooltip of a feature without a name.
    pane
        "ground" lies lowest, "work" can be pointed at, "names" lies on top.
    count
        What the legend says beside the name.
    detail
        What it says below the name.
    visible
        Whether it is on at first.
    clickable
        Whether a click on a feature is an event of its own; else it is a click on the map.
    sign
        Text drawn in the marker, its colour, the zoom from which it is drawn, and the radius that
        the marker then needs.
    unknown_style
        Replaces `style` where the population is not known.
    full_zoom
        Zoom from which dots have their size; further out they shrink so as not to cover each other.
    size_key
        Radius in pixels and text of sample circles in the legend.
    """

    layer_id: str
    name: str
    group: str
    shape: Shape
    order: int
    style: Mapping[str, object]
    features: list[Feature]
    phrases: list[str] = field(default_factory=list)
    unnamed: str = ""
    pane: Pane = "work"
    count: str = ""
    detail: str = ""
    visible: bool = True
    clickable: bool = False
    sign: Mapping[str, object] = field(default_factory=dict)
    unknown_style: Mapping[str, object] = field(default_factory=dict)
    full_zoom: int = 0
    size_key: list[tuple[float, str]] = field(default_factory=list)


def zone_layers(
    zones: gpd.GeoDataFrame, outlines: npt.NDArray[np.object_], area: MapArea
) -> list[MapLayer]:
    """
    Study area, boundaries and names.

    Parameters
    ----------
    zones
        Contract `ZONES`, n rows.
    outlines
        Shape (n,), their simplified polygons.
    area
        The study area.
    """
    names = [plain_text(name) for name in zones["zone_name"]]
    labels = area.points(shapely.point_on_surface(outlines))
    label_zoom = area.zoom_for(len(zones), spacing_px=styles.LABEL_SPACING_PX)
    whole = area.polygon(shapely.union_all(outlines))
    return [
        MapLayer(
            "study_area", "研究区", "", "area", 0, styles.STUDY_AREA, [feature(whole)],
            pane="ground",
        ),
        MapLayer(
            "zone_names", "单元名称", GROUND, "label", 600, styles.ZONE_LABEL,
            [feature(point, name=name) for point, name in zip(labels, names, strict=True)],
            pane="names", sign={"min_zoom": label_zoom},
        ),
        MapLayer(
            "zones", "行政边界", GROUND, "area", 100, styles.ZONES,
            [
                feature(area.polygon(outline), identity=str(zone_id), name=name)
                for zone_id, name, outline in zip(zones.index, names, outlines, strict=True)
            ],
            count=f"{len(zones):,} 个",
        ),
    ]  # fmt: skip


def road_layers(roads: Roads, area: MapArea) -> tuple[list[MapLayer], int]:
    """
    Roads by group of classes, and how many lines were left out to keep the map small.

    Parameters
    ----------
    roads
        The street network.
    area
        The study area; its tolerance thins the lines.
    """
    drawn = drawn_roads(roads, bounds=area.bounds, tolerance_m=area.tolerance_m)
    layers = [
        MapLayer(
            group, name, GROUND, "line", 50 - position, style,
            [feature(area.lines(drawn.lines[group]))], pane="ground",
        )
        for position, (group, name, style) in enumerate(styles.ROAD_GROUPS)
        if group in drawn.lines
    ]  # fmt: skip
    return layers, drawn.omitted


def barrier_layers(barriers: Barriers, area: MapArea) -> list[MapLayer]:
    """
    What no access leg may cross, as lines; shores stand for water.

    Parameters
    ----------
    barriers
        In the CRS of the study area.
    area
        The study area; its tolerance thins the lines.
    """
    if not len(barriers):
        return []
    is_area = shapely.get_dimensions(barriers.geometry) == 2  # noqa: PLR2004 - a polygon
    outlines = np.where(is_area, shapely.boundary(barriers.geometry), barriers.geometry)
    near = shapely.intersects(outlines, shapely.box(*area.bounds))
    lines = shapely.get_parts(shapely.simplify(outlines[near], area.tolerance_m))
    lines = lines[(shapely.get_type_id(lines) == 1) & ~shapely.is_empty(lines)]
    if not len(lines):
        return []
    return [
        MapLayer(
            "barriers", "河流、铁路等障碍", GROUND, "line", 55, styles.BARRIERS,
            [feature(area.lines(lines))], pane="ground",
        )
    ]  # fmt: skip


def facility_layers(
    facilities: gpd.GeoDataFrame, kinds: Mapping[str, FacilityKind], area: MapArea
) -> list[MapLayer]:
    """
    Facilities, one layer per kind, in the order of the kinds.

    Parameters
    ----------
    facilities
        Contract `FACILITIES`.
    kinds
        By code; every kind in `facilities` is there.
    area
        The study area; its size decides from which zoom the one-character signs are readable.
    """
    layers = []
    present = set(facilities["kind"])
    for position, (code, kind) in enumerate(kinds.items()):
        if code not in present:
            continue
        rows = facilities[facilities["kind"] == code]
        phrases = Phrases()
        sign_zoom = area.zoom_for(len(rows), spacing_px=styles.SIGN_SPACING_PX)
        layers.append(
            MapLayer(
                f"facility:{code}", kind.name, FACILITIES, "square", 400 + position,
                styles.facility_style(kind.colour),
                _facility_features(rows, kind, area, phrases=phrases),
                phrases.texts, f"{kind.name}（无名称）", count=f"{len(rows)} 处", clickable=True,
                sign={
                    "text": kind.icon, "color": styles.sign_colour(kind.colour),
                    "min_zoom": sign_zoom,
                    "radius": styles.FACILITY_SIGN_RADIUS_PX,
                },
            )
        )  # fmt: skip
    return layers


def _facility_features(
    rows: gpd.GeoDataFrame, kind: FacilityKind, area: MapArea, *, phrases: Phrases
) -> list[Feature]:
    points = area.points(rows.geometry.to_numpy())
    cells = records(rows, FACILITY_COLUMNS)
    return [
        feature(
            point, identity=str(facility_id), name=plain_text(row["facility_name"]),
            lines=phrases.numbers(plain_text(line) for line in facility_lines(row, kind)),
        )
        for point, (facility_id, row) in zip(points, cells.items(), strict=True)
    ]  # fmt: skip


def facility_name(name: object, kind: FacilityKind) -> str:
    """Name of a facility; its kind where it has none."""
    return plain_text(name) or f"{kind.name}（无名称）"


def records(rows: gpd.GeoDataFrame, columns: Sequence[str]) -> dict[str, dict[str, object]]:
    """Cells of each row by column, by index: much faster than rows. Absent columns stay absent."""
    present = [column for column in columns if column in rows.columns]
    cells = zip(*(rows[column].to_numpy(dtype=object).tolist() for column in present), strict=True)
    return {
        name: dict(zip(present, row, strict=True))
        for name, row in zip(rows.index.tolist(), cells, strict=True)
    }

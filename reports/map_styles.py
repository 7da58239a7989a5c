"""Colours, widths and sizes of the maps: the same on the live map and in the saved one.

The colours of meaning are from the Okabe-Ito palette, which stays distinguishable with every
common colour blindness: blue for served, vermilion for not served. Sizes are screen pixels.
"""

from __future__ import annotations

import math
from typing import Final

BLUE: Final = "#0072b2"
SKY: Final = "#56b4e9"
VERMILION: Final = "#d55e00"
GREY: Final = "#7c858d"
WHITE: Final = "#ffffff"
INK: Final = "#2b3642"

LIGHT_LUMINANCE: Final = 0.45
"""Relative luminance from which dark signs are easier to read on a colour than white ones."""

PEOPLE_RADIUS_PX: Final = 11.0
"""Radius of an uncovered settlement as large as the reference (95 % of settlements are smaller)."""

SMALLEST_RADIUS_PX: Final = 3.5
LARGEST_RADIUS_PX: Final = 22.0

UNKNOWN_RADIUS_PX: Final = 4.5
"""Radius of an uncovered settlement whose population is unknown: a small ring."""

SETTLEMENT_SPACING_PX: Final = 24.0
"""Settlements have their full size once they lie this far apart on the screen."""

SIGN_SPACING_PX: Final = 38.0
"""One-character signs are drawn once facilities of a kind lie this far apart on the screen."""

LABEL_SPACING_PX: Final = 62.0
"""Names of zones are drawn once the zones are this wide on the screen."""

STUDY_AREA: Final = {
    "stroke": False, "fill": True, "fillColor": "#fdfcf8", "fillOpacity": 1.0,
}  # fmt: skip
ZONES: Final = {
    "color": "#8a8f99", "weight": 1.1, "opacity": 0.95, "dashArray": "5 3",
    "fill": True, "fillColor": WHITE, "fillOpacity": 0.0,
}  # fmt: skip
ZONE_LABEL: Final = {"color": "#4a5260", "haloColor": "#fdfcf8", "fontSize": 12}
SERVICE_AREA: Final = {
    "color": BLUE, "weight": 1.0, "opacity": 0.55,
    "fill": True, "fillColor": SKY, "fillOpacity": 0.26,
}  # fmt: skip
GAP: Final = {
    "radius": SMALLEST_RADIUS_PX, "color": "#8f3f00", "weight": 1.0, "opacity": 0.9,
    "fill": True, "fillColor": VERMILION, "fillOpacity": 0.72,
}  # fmt: skip
GAP_UNKNOWN: Final = {
    "radius": UNKNOWN_RADIUS_PX, "color": VERMILION, "weight": 2.0, "opacity": 1.0,
    "fill": True, "fillColor": WHITE, "fillOpacity": 0.9,
}  # fmt: skip
COVERED: Final = {
    "radius": 2.6, "color": WHITE, "weight": 0.6, "opacity": 0.9,
    "fill": True, "fillColor": BLUE, "fillOpacity": 0.85,
}  # fmt: skip
NOT_COUNTED: Final = {
    "radius": 2.2, "color": WHITE, "weight": 0.5, "opacity": 0.9,
    "fill": True, "fillColor": GREY, "fillOpacity": 0.7,
}  # fmt: skip
UNCERTAIN: Final = {
    "radius": 6.5, "color": "#8a6d00", "weight": 2.2, "opacity": 0.95,
    "fill": True, "fillColor": WHITE, "fillOpacity": 0.0,
}  # fmt: skip
DISPUTED: Final = {
    "radius": 8.5, "color": "#00694a", "weight": 2.2, "opacity": 0.95,
    "fill": True, "fillColor": WHITE, "fillOpacity": 0.0,
}  # fmt: skip
BARRIERS: Final = {"color": "#7ea6c4", "weight": 1.6, "opacity": 0.9}
FACILITY_RADIUS_PX: Final = 4.8
FACILITY_SIGN_RADIUS_PX: Final = 8.5

ROAD_GROUPS: Final[tuple[tuple[str, str, dict[str, object]], ...]] = (
    ("roads_main", "干线公路", {"color": "#c3a06b", "weight": 2.4, "opacity": 0.95}),
    ("roads_county", "县乡道路", {"color": "#cdbb9d", "weight": 1.5, "opacity": 0.95}),
    ("roads_unclassed", "道路（未分级）", {"color": "#c9b48f", "weight": 0.9, "opacity": 0.8}),
    ("roads_village", "村道街巷", {"color": "#d9d1c3", "weight": 0.8, "opacity": 0.95}),
)
"""Layer id, Chinese name and style of each group of road classes, widest first."""

_MAIN_CLASSES: Final = frozenset({"motorway", "trunk", "primary"})
_COUNTY_CLASSES: Final = frozenset({"secondary", "tertiary"})


def road_group(road_class: str) -> str:
    """Layer id of an OSM `highway` value; "" is a road whose source has no class."""
    base = road_class.removesuffix("_link")
    if base in _MAIN_CLASSES:
        return "roads_main"
    if base in _COUNTY_CLASSES:
        return "roads_county"
    return "roads_village" if base else "roads_unclassed"


def facility_style(colour: str) -> dict[str, object]:
    """Style of the markers of one kind of facility."""
    return {
        "radius": FACILITY_RADIUS_PX, "color": "#4d5b68", "weight": 0.7, "opacity": 1.0,
        "fill": True, "fillColor": colour, "fillOpacity": 1.0,
    }  # fmt: skip


def sign_colour(fill: str) -> str:
    """White or dark, whichever is readable on a fill "#rrggbb"."""
    parts = [int(fill[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    weights = (0.2126, 0.7152, 0.0722)
    luminance = sum(w * part**2.2 for w, part in zip(weights, parts, strict=True))
    return INK if luminance >= LIGHT_LUMINANCE else WHITE


def people_radius(people: float, *, reference: float) -> float:
    """
    Radius whose area is proportional to people, within limits that stay readable.

    Parameters
    ----------
    people
        Persons, >= 0.
    reference
        Persons drawn with `PEOPLE_RADIUS_PX`, > 0.

    Returns
    -------
    radius
        Pixels, rounded to a tenth.
    """
    radius = PEOPLE_RADIUS_PX * math.sqrt(people / reference)
    return round(min(max(radius, SMALLEST_RADIUS_PX), LARGEST_RADIUS_PX), 1)

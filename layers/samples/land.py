"""The land of the generated county: outline, river, hills, towns, villages and townships.

Everything is laid out in a flat plane first and then bent by one smooth map (`Warp`), so that
roads, river and borders curve while nothing that did not cross before crosses after.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely
import shapely.affinity
from scipy.spatial import cKDTree

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int64]

AREA_M2: Final = 1.1e9
"""Area of the county: 1,100 square kilometres."""

SEAT: Final = (500.0, -4500.0)
"""The county seat in the plane, metres from the county's middle."""

SEAT_HALF_AXES: Final = (2700.0, 2100.0)
"""Half axes of the built-up county seat, metres east-west and north-south."""

STEP_M: Final = 60.0
"""Spacing of the points at which straight lines of the plane are bent, metres."""

_RIVER_Y: Final = 2600.0
_SEAT_CLEARANCE_M: Final = 3300.0
_TOWN_CLEARANCE_M: Final = 900.0
_RIVER_CLEARANCE_M: Final = 650.0
_BORDER_CLEARANCE_M: Final = 850.0
_SPACING_PLAIN_M: Final = 1060.0
_SPACING_HILL_M: Final = 1480.0
_COMMUNITY_SPACING_M: Final = 640.0
_TOWN_RIVER_CLEARANCE_M: Final = 1900.0

# Wavelength and amplitude in metres; the sum of 2 pi amplitude / wavelength stays below 1, so
# the map cannot fold. The last band acts in the hills only.
_BANDS: Final = ((9000.0, 400.0), (4200.0, 150.0), (1900.0, 50.0), (1000.0, 38.0))


class Warp:
    """
    A smooth one-to-one map of the plane.

    Parameters
    ----------
    random
        Source of the directions and phases of its waves.
    """

    def __init__(self, random: np.random.Generator) -> None:
        self._waves = []
        for band, (wavelength, amplitude) in enumerate(_BANDS):
            for _ in range(2):
                angle, *phase = random.uniform(0, 2 * math.pi, 3)
                waves = 2 * math.pi / wavelength * np.array([math.cos(angle), math.sin(angle)])
                self._waves.append((waves, np.array(phase), amplitude / 2, band == len(_BANDS) - 1))

    def __call__(self, points: FloatArray) -> FloatArray:
        """The points, shape (n, 2), after bending."""
        moved = points.astype(float)
        hills = hilliness(points)
        for waves, phase, amplitude, only_hills in self._waves:
            size = amplitude * (hills if only_hills else np.ones(len(points)))
            moved += size[:, None] * np.sin((points @ waves)[:, None] + phase)
        return moved

    def line(self, points: FloatArray) -> FloatArray:
        """A polyline of the plane, subdivided every `STEP_M` metres and bent."""
        line = shapely.segmentize(shapely.LineString(points), STEP_M)
        return self(shapely.get_coordinates(line))


@dataclass(frozen=True)
class Land:
    """
    The county before it has roads; plane coordinates in metres unless said otherwise.

    Parameters
    ----------
    warp
        From the plane to the ground.
    outline
        The county in the plane.
    river
        The river in the plane, reaching beyond the county on both sides.
    towns
        Shape (t, 2); the first is the county seat.
    villages
        Shape (v, 2), rural villages; the first t - 1 lie in the towns.
    communities
        Shape (c, 2), urban communities of the county seat.
    """

    warp: Warp
    outline: shapely.Polygon
    river: shapely.LineString
    towns: FloatArray
    villages: FloatArray
    communities: FloatArray


def hilliness(points: FloatArray) -> FloatArray:
    """Share of hill in [0, 1], shape (n,): plain south of the river, hills in the north-west."""
    height = (points[:, 1] - _RIVER_Y - 0.22 * points[:, 0] - 1500.0) / 5500.0
    eased = np.clip(height, 0.0, 1.0)
    return eased * eased * (3 - 2 * eased)


def make_land(random: np.random.Generator, *, towns: int, villages: int, communities: int) -> Land:
    """
    Lay out a county.

    Parameters
    ----------
    random
        Source of randomness.
    towns
        Number of towns outside the county seat.
    villages
        Number of rural villages, those in the towns included.
    communities
        Number of urban communities.

    Returns
    -------
    land
        A county of `AREA_M2` on the ground.
    """
    warp = Warp(random)
    outline = _outline(random, warp)
    river = _river(random)
    places = _towns(random, outline, river, towns)
    rural = _villages(random, outline, river, places, villages)
    return Land(warp, outline, river, places, rural, _communities(random, communities))


def side_of_river(river: shapely.LineString, points: FloatArray) -> npt.NDArray[np.bool_]:
    """True for points north of the river, shape (n,)."""
    course = shapely.get_coordinates(river)
    return points[:, 1] > np.interp(points[:, 0], course[:, 0], course[:, 1])


def _outline(random: np.random.Generator, warp: Warp) -> shapely.Polygon:
    angle = np.linspace(0, 2 * math.pi, 420, endpoint=False)
    radius = np.ones_like(angle)
    for wave, size in (
        (2, 0.07),
        (3, 0.07),
        (4, 0.045),
        (5, 0.035),
        (7, 0.025),
        (11, 0.014),
        (19, 0.008),
        (31, 0.005),
    ):
        radius += size * np.sin(wave * angle + random.uniform(0, 2 * math.pi))
    shape = np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])
    scale = math.sqrt(AREA_M2 / math.pi)
    for _ in range(4):
        area = shapely.Polygon(warp(shape * scale)).area
        scale *= math.sqrt(AREA_M2 / area)
    return shapely.Polygon(shape * scale)


def _river(random: np.random.Generator) -> shapely.LineString:
    x = np.arange(-27_000.0, 27_001.0, 150.0)
    phase = random.uniform(0, 2 * math.pi, 3)
    y = _RIVER_Y + 0.04 * x + 650 * np.sin(2 * math.pi * x / 15_000 + phase[0])
    y += 170 * np.sin(2 * math.pi * x / 4300 + phase[1]) + 60 * np.sin(
        2 * math.pi * x / 1900 + phase[2]
    )
    return shapely.LineString(np.column_stack([x, y]))


def _towns(
    random: np.random.Generator, outline: shapely.Polygon, river: shapely.LineString, count: int
) -> FloatArray:
    cloud = _scatter(random, outline.buffer(-1500), 6000)
    # Hills hold fewer people, so their towns stand further apart.
    weight = 1 - 0.55 * hilliness(cloud)
    towns = np.vstack([SEAT, cloud[random.choice(len(cloud), count, replace=False)]])
    for _ in range(40):
        nearest = cKDTree(towns).query(cloud)[1]
        for town in range(1, count + 1):
            mine = nearest == town
            if mine.any():
                towns[town] = np.average(cloud[mine], axis=0, weights=weight[mine])
    course = shapely.get_coordinates(river)
    north = side_of_river(river, towns)
    bank = np.interp(towns[:, 0], course[:, 0], course[:, 1])
    towns[:, 1] = np.where(
        north,
        np.maximum(towns[:, 1], bank + _TOWN_RIVER_CLEARANCE_M),
        np.minimum(towns[:, 1], bank - _TOWN_RIVER_CLEARANCE_M),
    )
    return towns


def _villages(
    random: np.random.Generator,
    outline: shapely.Polygon,
    river: shapely.LineString,
    towns: FloatArray,
    count: int,
) -> FloatArray:
    room = outline.buffer(-_BORDER_CLEARANCE_M).difference(river.buffer(_RIVER_CLEARANCE_M))
    room = room.difference(shapely.Point(SEAT).buffer(_SEAT_CLEARANCE_M))
    for town in towns[1:]:
        room = room.difference(shapely.Point(town).buffer(_TOWN_CLEARANCE_M))
    cloud = _scatter(random, room, 40_000)
    spacing = _SPACING_PLAIN_M + (_SPACING_HILL_M - _SPACING_PLAIN_M) * hilliness(cloud)
    taken = _spread(cloud, spacing, count - (len(towns) - 1))
    return np.vstack([towns[1:], taken])


def _communities(random: np.random.Generator, count: int) -> FloatArray:
    east, north = SEAT_HALF_AXES
    ellipse = shapely.affinity.scale(shapely.Point(SEAT).buffer(1.0), 0.9 * east, 0.9 * north)
    cloud = _scatter(random, ellipse, 4000)
    return _spread(cloud, np.full(len(cloud), _COMMUNITY_SPACING_M), count)


def _scatter(random: np.random.Generator, room: shapely.Geometry, count: int) -> FloatArray:
    """About `count` points, uniform over the bounding box, kept where they lie in the room."""
    west, south, east, north = room.bounds
    points = random.uniform((west, south), (east, north), (count, 2))
    return points[shapely.contains_xy(room, points[:, 0], points[:, 1])]


def _spread(cloud: FloatArray, spacing: FloatArray, count: int) -> FloatArray:
    """The first `count` points of the cloud that keep their spacing from all taken before."""
    taken = np.empty((0, 2))
    for point, distance in zip(cloud, spacing, strict=True):
        if len(taken) == 0 or np.hypot(*(taken - point).T).min() >= distance:
            taken = np.vstack([taken, point])
            if len(taken) == count:
                return taken
    msg = f"Only {len(taken)} of {count} places fit on the land; ask for fewer."
    raise ValueError(msg)


def make_townships(
    land: Land, random: np.random.Generator, *, seats: FloatArray
) -> list[shapely.Polygon]:
    """
    Divide the county among its townships; the river is a border along its whole course.

    Parameters
    ----------
    land
        The county.
    random
        Source of randomness.
    seats
        Shape (t, 2), plane; where each township has its seat.

    Returns
    -------
    townships
        One ground polygon per seat, in order; together they cover the county without
        overlaps, with the same vertices on both sides of a border.
    """
    fillers = _spread(_scatter(random, land.outline, 30_000), np.full(30_000, 700.0), 900)
    cells = np.vstack([fillers, seats])
    north_seat = side_of_river(land.river, seats)
    north_cell = side_of_river(land.river, cells)
    bank = shapely.Polygon([*land.river.coords, (27_000, 60_000), (-27_000, 60_000)])
    pieces, owners = [], []
    for north, half in ((True, land.outline & bank), (False, land.outline - bank)):
        points = cells[north_cell == north]
        mine = np.flatnonzero(north_seat == north)
        diagram = shapely.voronoi_polygons(
            shapely.MultiPoint(points), extend_to=half.envelope, ordered=True
        )
        owner = mine[cKDTree(seats[mine]).query(points)[1]]
        for cell, town in zip(diagram.geoms, owner, strict=True):
            pieces.append(cell & half)
            owners.append(town)
    owner_of = np.array(owners)
    merged = [
        shapely.union_all(np.array(pieces, dtype=object)[owner_of == town])
        for town in range(len(seats))
    ]
    return _bend_borders(land.warp, _one_part_each(merged))


def _one_part_each(areas: list[shapely.Geometry]) -> list[shapely.Geometry]:
    """Give smaller parts of a divided township to the neighbour with the longest border."""
    parts = [sorted(shapely.get_parts(area), key=lambda part: -part.area) for area in areas]
    kept = [part[0] for part in parts]
    for stray in (stray for part in parts for stray in part[1:]):
        if stray.geom_type == "Polygon":
            border = [stray.intersection(area).length for area in kept]
            best = int(np.argmax(border))
            kept[best] = kept[best] | stray
    return kept


def _bend_borders(warp: Warp, areas: list[shapely.Geometry]) -> list[shapely.Polygon]:
    # Each stretch of border is bent once and used by both neighbours, so no slivers appear.
    net = shapely.union_all([area.boundary for area in areas], grid_size=0.1)
    stretches = shapely.get_parts(shapely.line_merge(net))
    bent = [
        shapely.simplify(shapely.LineString(warp.line(shapely.get_coordinates(line))), 8.0)
        for line in stretches
    ]
    faces = shapely.get_parts(shapely.polygonize(bent))
    middles = shapely.points([warp(_inside(area))[0] for area in areas])
    found = []
    for middle in middles:
        holders = [face for face in faces if face.contains(middle)]
        found.append(holders[0])
    return found


def _inside(area: shapely.Geometry) -> FloatArray:
    return shapely.get_coordinates(area.representative_point())

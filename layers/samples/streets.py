"""Streets as polylines that share vertices: the pieces that the generated county is built from."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]

SHORTEST_M: Final = 1.0
"""Shorter remains of a cut street are left out, metres."""

SNAP_M: Final = 3.0
"""Two streets that cross this close to a vertex meet at that vertex, metres."""

CROSSING_ARMS: Final = 3
"""Arms that make a vertex a crossing."""

_CHORDS: Final = 20
"""Corners of a roundabout before the streets join it."""

_DECIMALS: Final = 1
"""Vertices are kept to 0.1 m; equal coordinates are the same crossing."""


@dataclass(frozen=True, eq=False)
class Street:
    """
    One OSM way.

    Parameters
    ----------
    line
        Shape (n, 2), metres on the ground.
    tags
        OSM tags, `highway` among them.
    """

    line: FloatArray
    tags: dict[str, str] = field(repr=False)

    @property
    def highway(self) -> str:
        """The OSM road class."""
        return self.tags["highway"]

    @property
    def is_bridge(self) -> bool:
        """Whether it runs above what it crosses."""
        return "bridge" in self.tags

    @property
    def shape(self) -> shapely.LineString:
        """The line as a geometry."""
        return shapely.LineString(self.line)


def street(line: FloatArray, highway: str, **tags: str) -> Street:
    """A street whose vertices are rounded, so that ends that meet are equal."""
    rounded = np.round(np.asarray(line, dtype=float), _DECIMALS)
    different = np.any(np.diff(rounded, axis=0) != 0, axis=1)
    return Street(rounded[np.concatenate([[True], different])], {"highway": highway, **tags})


def join_crossings(streets: Sequence[Street]) -> list[Street]:
    """
    Give streets that cross a common vertex there; bridges stay above.

    Parameters
    ----------
    streets
        Any order; unchanged.

    Returns
    -------
    joined
        The same streets in the same order, with vertices added.
    """
    joined = list(streets)
    for _ in range(4):
        added = _missing_vertices(joined)
        if not added:
            break
        for position, vertices in added.items():
            joined[position] = _with_vertices(joined[position], vertices)
    return joined


def _missing_vertices(streets: Sequence[Street]) -> dict[int, list[tuple[int, float, float]]]:
    """Vertices to add, by street: the segment and the coordinates."""
    level = [position for position, one in enumerate(streets) if not one.is_bridge]
    owner = np.concatenate([np.full(len(streets[p].line) - 1, p) for p in level])
    number = np.concatenate([np.arange(len(streets[p].line) - 1) for p in level])
    ends = np.concatenate([np.hstack([streets[p].line[:-1], streets[p].line[1:]]) for p in level])
    segments = shapely.linestrings(ends.reshape(-1, 2, 2))
    tree = shapely.STRtree(segments)
    first, second = tree.query(segments, predicate="intersects")
    once = first < second
    first, second = first[once], second[once]
    # Neighbouring segments that only share an end are already joined.
    shared = np.zeros(len(first), dtype=bool)
    for a in (0, 2):
        for b in (0, 2):
            shared |= np.all(ends[first, a : a + 2] == ends[second, b : b + 2], axis=1)
    first, second = first[~shared], second[~shared]
    added: dict[int, list[tuple[int, float, float]]] = {}
    meeting = shapely.intersection(segments[first], segments[second])
    for one, other, where in zip(first, second, meeting, strict=True):
        if where.geom_type != "Point":
            continue
        point = _snapped(np.array([where.x, where.y]), ends[one], ends[other])
        for segment in (one, other):
            if not _is_end(point, ends[segment]):
                added.setdefault(int(owner[segment]), []).append((int(number[segment]), *point))
    return added


def _snapped(point: FloatArray, *segments: FloatArray) -> tuple[float, float]:
    corners = np.concatenate([segment.reshape(2, 2) for segment in segments])
    distance = np.hypot(*(corners - point).T)
    nearest = int(distance.argmin())
    chosen = corners[nearest] if distance[nearest] <= SNAP_M else np.round(point, _DECIMALS)
    return float(chosen[0]), float(chosen[1])


def _is_end(point: tuple[float, float], segment: FloatArray) -> bool:
    return point in {(segment[0], segment[1]), (segment[2], segment[3])}


def _with_vertices(one: Street, vertices: list[tuple[int, float, float]]) -> Street:
    by_segment: dict[int, set[tuple[float, float]]] = {}
    for segment, x, y in vertices:
        by_segment.setdefault(segment, set()).add((x, y))
    line: list[tuple[float, float]] = []
    for segment, start in enumerate(map(tuple, one.line)):
        line.append(start)
        extra = by_segment.get(segment, set())
        line.extend(sorted(extra, key=lambda p: (math.dist(p, start), p)))
    return replace(one, line=np.array(line))


def clip(streets: Iterable[Street], area: shapely.Geometry) -> list[Street]:
    """The streets without what lies inside the area; a street may fall into several pieces."""
    shapely.prepare(area)
    kept = []
    for one in streets:
        if not area.intersects(one.shape):
            kept.append(one)
            continue
        parts = shapely.get_parts(one.shape.difference(area))
        kept.extend(
            street(shapely.get_coordinates(part), **one.tags)
            for part in parts
            if part.length > SHORTEST_M
        )
    return kept


def add_roundabout(
    streets: Sequence[Street], *, centre: tuple[float, float], radius_m: float, tags: dict[str, str]
) -> list[Street]:
    """
    Replace a crossing by a roundabout, driven anticlockwise as where traffic keeps right.

    Parameters
    ----------
    streets
        Streets joined at their crossings.
    centre
        The crossing, metres.
    radius_m
        Radius of the roundabout in metres.
    tags
        Tags of the ring, `highway` among them.

    Returns
    -------
    streets
        The streets cut at the ring, and the ring last.
    """
    middle = np.array(centre)
    turn = np.linspace(0, 2 * math.pi, _CHORDS, endpoint=False)
    corners = middle + radius_m * np.column_stack([np.cos(turn), np.sin(turn)])
    disc = shapely.Polygon(corners)
    cut = clip(streets, disc)
    ends = [
        end
        for one in cut
        for end in (one.line[0], one.line[-1])
        if abs(np.hypot(*(end - middle)) - radius_m) < radius_m * 0.05
    ]
    ring = np.unique(np.round(np.vstack([corners, ends]), _DECIMALS), axis=0)
    bearing = np.arctan2(ring[:, 1] - middle[1], ring[:, 0] - middle[0])
    ring = ring[np.argsort(bearing)]
    line = np.vstack([ring, ring[:1]])
    return [*cut, street(line, **tags, junction="roundabout", oneway="yes")]


def crossings_of(streets: Sequence[Street], classes: frozenset[str]) -> FloatArray:
    """Vertices where at least three arms of streets of these classes meet, shape (n, 2), sorted."""
    arms: dict[tuple[float, float], int] = {}
    for one in streets:
        if one.highway in classes:
            for position, vertex in enumerate(map(tuple, one.line)):
                at_end = position in {0, len(one.line) - 1}
                arms[vertex] = arms.get(vertex, 0) + (1 if at_end else 2)
    found = sorted(vertex for vertex, count in arms.items() if count >= CROSSING_ARMS)
    return np.array(found).reshape(-1, 2)

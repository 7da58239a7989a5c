"""Streets inside the villages, towns and the county seat of the generated county."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from layers.samples.land import SEAT_HALF_AXES
from layers.samples.streets import Street, street

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from layers.samples.names import Names

    FloatArray = npt.NDArray[np.float64]

CARRIAGEWAY_OFFSET_M: Final = 11.0
"""From the middle of the county seat's avenue to either carriageway, metres."""

_LANE_SPACING_M: Final = 68.0
_FIRST_LANE_M: Final = 55.0
_LANE_JITTER_M: Final = 9.0
_LANE_HALF_WIDTH_M: Final = (70.0, 150.0)
_LANES: Final = (2, 8)
_OFF_LANE_M: Final = (12.0, 26.0)
_WIDEST_HALF_SECTOR: Final = 1.3
_ONE_SIDED: Final = 0.3
_UNPAVED: Final = 0.8
_OPEN_BACK: Final = 0.6
_PEOPLE_PER_LANE: Final = 190.0
_TOWN_BLOCK_M: Final = 175.0
_TOWN_BLOCKS: Final = (5, 4)
_SEAT_BLOCK_M: Final = (430.0, 400.0)
_SEAT_TURN: Final = 0.07
_DROPPED_TOWN: Final = 0.22
_DROPPED_SEAT: Final = 0.16
_ALLEY_SHARE: Final = 0.5
_LIVING_STREETS: Final = 0.25
_DEAD_ENDS: Final = 0.35
_MAIN_EVERY: Final = 2
_CITY_SURFACE: Final = {"surface": "asphalt"}


def village_streets(
    node: FloatArray,
    *,
    arms: FloatArray,
    population: float,
    hill: float,
    random: np.random.Generator,
) -> tuple[list[Street], FloatArray]:
    """
    A village beside its crossing: a main street with lanes across it, in the widest open sector.

    Parameters
    ----------
    node
        Shape (2,), metres: where the country lanes meet.
    arms
        Shape (k,), bearings of the country lanes in radians, anticlockwise from east.
    population
        Residents; decides how many lanes there are.
    hill
        Share of hill in [0, 1]; hill villages are loose.
    random
        Source of randomness.

    Returns
    -------
    streets
        Residential streets; the main street starts at the crossing.
    centre
        Shape (2,), where the village is said to be; off the streets.
    """
    bearing, half_sector = _widest_sector(arms)
    along = np.array([math.cos(bearing), math.sin(bearing)])
    across = np.array([-along[1], along[0]])
    lanes = int(np.clip(round(population / _PEOPLE_PER_LANE), *_LANES))
    far = _FIRST_LANE_M + _LANE_SPACING_M * np.arange(lanes)
    far += random.uniform(-_LANE_JITTER_M, _LANE_JITTER_M, lanes)
    middles = node + np.outer(far, along)
    # Lanes stay within the sector, so they do not reach the roads on either side of it.
    room = 0.7 * far * math.tan(min(half_sector, _WIDEST_HALF_SECTOR))
    reach = np.minimum(random.uniform(*_LANE_HALF_WIDTH_M, (2, 1)), room)
    reach *= random.uniform(0.9, 1.1, reach.shape)
    # A loose village has lanes on one side only here and there.
    reach[0, random.random(lanes) < _ONE_SIDED * hill] = 0.0
    left, right = (middles + side * reach[k][:, None] * across for k, side in enumerate((1, -1)))
    surface = "concrete" if random.random() > _UNPAVED * hill else "compacted"
    lines = [np.vstack([node, middles])]
    lines += [np.array(lane) for lane in zip(right, middles, left, strict=True)]
    for k, tips in enumerate((left, right)):
        outer = tips[reach[k] > 0]
        if len(outer) > 1 and random.random() > _OPEN_BACK * hill:
            lines.append(outer)
    centre = middles[lanes // 2] + random.uniform(*_OFF_LANE_M) * (along + across)
    return [street(line, "residential", surface=surface) for line in lines], centre


def town_streets(
    centre: FloatArray, *, bearing: float, random: np.random.Generator
) -> list[Street]:
    """The grid of a small town, turned to the main road through it; some blocks are missing."""
    columns, rows = _TOWN_BLOCKS
    grid = _Grid(centre, bearing, (_TOWN_BLOCK_M, _TOWN_BLOCK_M * 0.85), random)
    streets = []
    for pieces in grid.lines(columns, rows):
        kept = [piece for piece in pieces if random.random() > _DROPPED_TOWN]
        streets.extend(street(piece, "residential", surface="concrete") for piece in kept)
    return streets


def seat_streets(
    centre: FloatArray, *, random: np.random.Generator, names: Names
) -> tuple[list[Street], list[tuple[float, float]]]:
    """
    The county seat: an avenue with two carriageways, one-way pairs, main streets and alleys.

    Parameters
    ----------
    centre
        Shape (2,), metres.
    random
        Source of randomness.
    names
        Draws the street names.

    Returns
    -------
    streets
        Not yet joined at their crossings.
    circles
        Crossings that are to become roundabouts, metres.
    """
    grid = _Grid(centre, _SEAT_TURN, _SEAT_BLOCK_M, random)
    columns = int(SEAT_HALF_AXES[0] * 2 / _SEAT_BLOCK_M[0])
    rows = int(SEAT_HALF_AXES[1] * 2 / _SEAT_BLOCK_M[1])
    streets: list[Street] = []
    for number, pieces in enumerate(grid.lines(columns, rows)):
        is_row = number <= rows
        position = number if is_row else number - rows - 1
        highway = _seat_class(position, middle=(rows if is_row else columns) // 2)
        tags = {**_CITY_SURFACE, "name": names.street(ending="街" if is_row else "路")}
        if highway == "secondary":
            tags |= {"maxspeed": "50", "lanes": "4"}
        inside = [piece for piece in pieces if _in_seat(piece, centre)]
        if not inside:
            continue
        if is_row and position == rows // 2:
            streets.extend(_two_carriageways(_chain(inside), tags))
        elif highway == "residential":
            kept = [piece for piece in inside if random.random() > _DROPPED_SEAT]
            streets.extend(street(piece, highway, **tags) for piece in kept)
        else:
            one_way = not is_row and position in {columns // 2 - 2, columns // 2 - 1}
            line = _chain(inside)
            if one_way:
                tags |= {"oneway": "yes" if position % 2 else "-1"}
            streets.append(street(line, "tertiary" if one_way else highway, **tags))
    streets.extend(_alleys(grid, centre, columns, rows, random))
    circles = [tuple(grid.corner(columns // 2 + shift, rows // 2 - 2)) for shift in (0, 4)]
    return streets, circles


def _seat_class(position: int, *, middle: int) -> str:
    if position == middle or abs(position - middle) == _MAIN_EVERY:
        return "secondary"
    return "tertiary" if (position - middle) % 2 == 0 else "residential"


class _Grid:
    """A turned grid of streets whose crossings are a little out of line."""

    def __init__(
        self,
        centre: FloatArray,
        bearing: float,
        block: tuple[float, float],
        random: np.random.Generator,
    ) -> None:
        self._centre = centre
        self._along = np.array([math.cos(bearing), math.sin(bearing)])
        self._across = np.array([-self._along[1], self._along[0]])
        self._block = block
        self._shift = random.uniform(-0.05, 0.05, (64, 64, 2)) * block
        self._half = np.array([0.0, 0.0])

    def corner(self, column: int, row: int) -> FloatArray:
        """The crossing of a column and a row, metres."""
        place = np.array([column, row]) * self._block - self._half + self._shift[column, row]
        return self._centre + place[0] * self._along + place[1] * self._across

    def lines(self, columns: int, rows: int) -> list[list[FloatArray]]:
        """Rows from south to north, then columns from west to east, each as its pieces."""
        self._half = np.array([columns, rows]) * self._block / 2
        across = [
            [np.array([self.corner(c, r), self.corner(c + 1, r)]) for c in range(columns)]
            for r in range(rows + 1)
        ]
        up = [
            [np.array([self.corner(c, r), self.corner(c, r + 1)]) for r in range(rows)]
            for c in range(columns + 1)
        ]
        return across + up


def _in_seat(piece: FloatArray, centre: FloatArray) -> bool:
    offset = (piece.mean(axis=0) - centre) / SEAT_HALF_AXES
    return float(offset @ offset) <= 1.0


def _chain(pieces: Sequence[FloatArray]) -> FloatArray:
    """Pieces of one row in order; those inside an ellipse hang together."""
    return np.vstack([pieces[0][:1], *[piece[1:] for piece in pieces]])


def _two_carriageways(line: FloatArray, tags: dict[str, str]) -> list[Street]:
    """Both carriageways of an avenue, joined at its ends, each one-way on its right-hand side."""
    step = np.gradient(line, axis=0)
    left = np.column_stack([-step[:, 1], step[:, 0]]) / np.hypot(*step.T)[:, None]
    left[[0, -1]] = 0.0
    offset = CARRIAGEWAY_OFFSET_M * left
    return [
        street(line - offset, "secondary", **tags, oneway="yes"),
        street((line + offset)[::-1], "secondary", **tags, oneway="yes"),
    ]


def _alleys(
    grid: _Grid, centre: FloatArray, columns: int, rows: int, random: np.random.Generator
) -> list[Street]:
    """Lanes into or through the blocks."""
    streets = []
    for column in range(columns):
        for row in range(rows):
            corners = [
                grid.corner(column + c, row + r) for c, r in ((0, 0), (1, 0), (0, 1), (1, 1))
            ]
            middle = np.mean(corners, axis=0)
            if random.random() > _ALLEY_SHARE or not _in_seat(middle[None], centre):
                continue
            share = random.uniform(0.35, 0.65)
            start = corners[0] + share * (corners[1] - corners[0])
            end = corners[2] + share * (corners[3] - corners[2])
            highway = "living_street" if random.random() < _LIVING_STREETS else "residential"
            if random.random() < _DEAD_ENDS:
                end = start + 0.7 * (end - start)
            overshoot = 0.5 * (end - start) / np.hypot(*(end - start))
            streets.append(
                street(np.array([start - overshoot, end + overshoot]), highway, **_CITY_SURFACE)
            )
    return streets


def _widest_sector(arms: FloatArray) -> tuple[float, float]:
    """Bearing of the middle of the widest gap between the arms, and half its width in radians."""
    if len(arms) == 0:
        return 0.0, math.pi
    bearings = np.sort(np.mod(arms, 2 * math.pi))
    gaps = np.diff(np.concatenate([bearings, bearings[:1] + 2 * math.pi]))
    widest = int(gaps.argmax())
    return float(bearings[widest] + gaps[widest] / 2), float(gaps[widest] / 2)

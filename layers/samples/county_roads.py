"""Country roads of the generated county: main roads, lanes between villages, two bridges."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely
import shapely.ops
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra, minimum_spanning_tree
from scipy.spatial import Delaunay, cKDTree

from layers.samples.land import hilliness, side_of_river
from layers.samples.streets import Street, street

if TYPE_CHECKING:
    import numpy.typing as npt

    from layers.samples.land import Land
    from layers.samples.names import Names

    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int64]

BRIDGE_HALF_LENGTH_M: Final = 110.0
"""Half the length of a bridge, metres."""

_GATE_BEARINGS_DEG: Final = {"W": 184.0, "E": 3.0, "S": 262.0, "SE": 318.0, "SW": 222.0, "NE": 62.0}
_GATE_OUTSIDE_M: Final = 2500.0
_MAIN_STEP_M: Final = 950.0
_FIELD_JUNCTIONS: Final = 220
_FIELD_SPACING_M: Final = 700.0
_SEAT_RADIUS_M: Final = 3000.0
_TERTIARY_LOAD: Final = 4
"""Villages that pass on their way to town before a lane is a county-maintained road."""

_LANE_LOAD: Final = 2
_PAVED_HILL: Final = 0.5
_STRAIGHT_ON: Final = math.radians(50)
"""Lanes that bend by no more than this at their common end are one road."""

LANE_LETTERS: Final = {"tertiary": "Y", "unclassified": "C"}
"""First letter of the numbers of 乡道 and 村道 (GB/T 917-2017); tracks have none."""

_DROPPED_PLAIN: Final = 0.12
_DROPPED_HILL: Final = 0.45

MAIN_TAGS: Final = {
    "trunk": {"maxspeed": "80", "surface": "asphalt", "lanes": "4"},
    "primary": {"maxspeed": "70", "surface": "asphalt", "lanes": "2"},
    "secondary": {"maxspeed": "60", "surface": "asphalt", "lanes": "2"},
    "tertiary": {"surface": "asphalt"},
}


@dataclass(frozen=True)
class _Mesh:
    """Points of the plane, and the lanes that could join them."""

    points: FloatArray
    lanes: IntArray


def country_roads(land: Land, random: np.random.Generator, names: Names) -> list[Street]:
    """
    Roads outside the towns, on the ground.

    Parameters
    ----------
    land
        The county.
    random
        Source of randomness.
    names
        Draws the names of main roads.

    Returns
    -------
    streets
        Main roads first; two of all streets are bridges over the river, and no other crosses it.
    """
    main = _main_roads(land)
    points, rows = _along(main)
    streets: list[Street] = []
    for (_, _, highway), row in zip(main, rows, strict=True):
        tags = {**MAIN_TAGS[highway], "name": names.street(ending="公路")}
        streets.extend(_with_bridge(land, points[row], highway, tags))
    streets.extend(_lanes(land, random, points, rows))
    return streets


def _main_roads(land: Land) -> list[tuple[FloatArray, FloatArray, str]]:
    """Straight main roads of the plane: start, end, class."""
    towns = land.towns
    north = side_of_river(land.river, towns)
    gates = {name: _gate(land, bearing) for name, bearing in _GATE_BEARINGS_DEG.items()}
    roads: list[tuple[FloatArray, FloatArray, str]] = []
    for side, highway in ((False, "secondary"), (True, "tertiary")):
        mine = np.flatnonzero(north == side)
        for one, other in mine[_gabriel(towns[mine])]:
            if not land.river.crosses(shapely.LineString([towns[one], towns[other]])):
                roads.append((towns[one], towns[other], highway))
    roads = _raise_route(roads, gates["W"], towns[0], towns[~north], "trunk")
    roads = _raise_route(roads, gates["E"], towns[0], towns[~north], "trunk")
    roads = _raise_route(roads, gates["S"], towns[0], towns[~north], "primary")
    roads.append((gates["SE"], _nearest(gates["SE"], towns[~north]), "secondary"))
    roads.append((gates["SW"], _nearest(gates["SW"], towns[~north]), "secondary"))
    roads.append((gates["NE"], _nearest(gates["NE"], towns[north]), "tertiary"))
    # The primary road goes north from the county seat over the first bridge.
    first = _nearest(towns[0], towns[north])
    roads = _raise_route(roads, first, towns[0], towns[~north], "primary")
    return [*roads, (*_second_bridge(land, first, _nearest(first, towns[~north])), "secondary")]


def _second_bridge(
    land: Land, first: FloatArray, entry: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Where the eastern road over the river begins and ends, clear of the first one."""
    north = side_of_river(land.river, land.towns)
    road = shapely.LineString([entry, first])
    pairs = [
        (math.dist(a, b) - 0.9 * (a[0] + b[0]), tuple(a), tuple(b))
        for a in land.towns[1:][~north[1:]]
        for b in land.towns[north]
        if not np.array_equal(a, entry) and not road.crosses(shapely.LineString([a, b]))
    ]
    _, south_bank, north_bank = min(pairs)
    return np.array(south_bank), np.array(north_bank)


def _raise_route(
    roads: list[tuple[FloatArray, FloatArray, str]],
    gate: FloatArray,
    seat: FloatArray,
    towns: FloatArray,
    highway: str,
) -> list[tuple[FloatArray, FloatArray, str]]:
    """Add a road from a gate to its nearest town and raise the way from there to the seat."""
    entry = _nearest(gate, towns)
    place = {tuple(town): position for position, town in enumerate(towns)}
    ends = [(place.get(tuple(a)), place.get(tuple(b))) for a, b, _ in roads]
    usable = [k for k, (a, b) in enumerate(ends) if a is not None and b is not None]
    length = [math.dist(roads[k][0], roads[k][1]) for k in usable]
    pairs = np.array([ends[k] for k in usable])
    graph = coo_array((length, (pairs[:, 0], pairs[:, 1])), shape=(len(towns),) * 2)
    before = dijkstra(
        graph.tocsr(), directed=False, indices=place[tuple(seat)], return_predecessors=True
    )[1]
    route, here = set(), place[tuple(entry)]
    while here != place[tuple(seat)]:
        route.add(frozenset((here, int(before[here]))))
        here = int(before[here])
    raised = [
        (a, b, highway if frozenset(end) in route and old != "trunk" else old)
        for (a, b, old), end in zip(roads, ends, strict=True)
    ]
    return [*raised, (gate, entry, highway)]


def _gate(land: Land, bearing_deg: float) -> FloatArray:
    """A point outside the county where a main road enters it."""
    angle = math.radians(bearing_deg)
    ray = shapely.LineString([(0, 0), (40_000 * math.cos(angle), 40_000 * math.sin(angle))])
    reach = ray.intersection(land.outline).length + _GATE_OUTSIDE_M
    return np.array([reach * math.cos(angle), reach * math.sin(angle)])


def _nearest(point: FloatArray, places: FloatArray) -> FloatArray:
    return places[np.hypot(*(places - point).T).argmin()]


def _gabriel(points: FloatArray) -> IntArray:
    """Pairs of points with no third inside the circle over their connecting line, shape (n, 2)."""
    triangles = Delaunay(points).simplices
    pairs = np.vstack([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [0, 2]]])
    pairs = np.unique(np.sort(pairs, axis=1), axis=0)
    middle = points[pairs].mean(axis=1)
    half = np.hypot(*(points[pairs[:, 0]] - points[pairs[:, 1]]).T) / 2
    return pairs[cKDTree(points).query(middle)[0] >= half * (1 - 1e-9)]


def _along(roads: list[tuple[FloatArray, FloatArray, str]]) -> tuple[FloatArray, list[IntArray]]:
    """Points along main roads, ends shared, and the points of each road in order."""
    points: list[tuple[float, float]] = []
    place: dict[tuple[float, float], int] = {}
    rows = []
    for start, end, _ in roads:
        count = max(2, round(math.dist(start, end) / _MAIN_STEP_M) + 1)
        row = []
        for share in np.linspace(0, 1, count):
            point = tuple(np.round(start + share * (end - start), 3))
            if point not in place:
                place[point] = len(points)
                points.append(point)
            row.append(place[point])
        rows.append(np.array(row))
    return np.array(points), rows


def _with_bridge(
    land: Land, course: FloatArray, highway: str, tags: dict[str, str]
) -> list[Street]:
    """The road on the ground, its bridge a street of its own."""
    line = land.warp.line(course)
    shape = shapely.LineString(line)
    water = shapely.LineString(land.warp.line(shapely.get_coordinates(land.river)))
    crossing = shape.intersection(water)
    if crossing.is_empty:
        return [_simple(line, highway, tags)]
    at = shape.project(shapely.get_parts(crossing)[0])
    cuts = (0.0, at - BRIDGE_HALF_LENGTH_M, at + BRIDGE_HALF_LENGTH_M, shape.length)
    parts = [
        shapely.get_coordinates(shapely.ops.substring(shape, *span))
        for span in itertools.pairwise(cuts)
    ]
    bridge = {**tags, "bridge": "yes", "layer": "1", "name": tags["name"][:2] + "大桥"}
    return [
        _simple(parts[0], highway, tags),
        _simple(parts[1], highway, bridge),
        _simple(parts[2], highway, tags),
    ]


def _simple(line: FloatArray, highway: str, tags: dict[str, str]) -> Street:
    return street(line, highway, **tags)


def _lanes(
    land: Land, random: np.random.Generator, main: FloatArray, rows: list[IntArray]
) -> list[Street]:
    mesh = _mesh(land, random, main, rows)
    steps = np.vstack([np.column_stack([row[:-1], row[1:]]) for row in rows])
    lanes = _thinned(random, mesh, steps)
    load = _loads(land, mesh.points, lanes, steps)
    streets = []
    for (one, other), villages in zip(lanes, load, strict=True):
        course = mesh.points[[one, other]]
        streets.append(_lane(land, random, course, int(villages)))
    numbers = _numbers(mesh.points, lanes, [LANE_LETTERS.get(one.highway, "") for one in streets])
    return [
        replace(one, tags={**one.tags, "ref": number}) if number else one
        for one, number in zip(streets, numbers, strict=True)
    ]


def _numbers(points: FloatArray, lanes: IntArray, letters: list[str]) -> list[str]:
    """A road number for each lane: lanes of one letter that go straight on share it."""
    ends: dict[tuple[int, str], list[tuple[int, float]]] = {}
    for lane, (pair, letter) in enumerate(zip(lanes.tolist(), letters, strict=True)):
        for here, there in (pair, pair[::-1]) if letter else ():
            east, north = points[there] - points[here]
            ends.setdefault((here, letter), []).append((lane, math.atan2(north, east)))
    road = list(range(len(lanes)))
    for arms in ends.values():
        bends = sorted(
            (abs(math.remainder(a - b - math.pi, math.tau)), one, other)
            for (one, a), (other, b) in itertools.combinations(arms, 2)
        )
        joined: set[int] = set()
        for bend, one, other in bends:
            if bend <= _STRAIGHT_ON and not joined & {one, other}:
                joined |= {one, other}
                first, second = sorted((road[one], road[other]))
                road = [first if number == second else number for number in road]
    number_of: dict[int, str] = {}
    count = dict.fromkeys(letters, 0)
    for first, letter in zip(road, letters, strict=True):
        if letter and first not in number_of:
            count[letter] += 1
            number_of[first] = f"{letter}{count[letter]:03d}"
    return [number_of.get(first, "") for first in road]


def _mesh(land: Land, random: np.random.Generator, main: FloatArray, rows: list[IntArray]) -> _Mesh:
    """Villages, main roads and junctions in the fields, with every lane that could be built."""
    places = np.vstack([main, land.villages[len(land.towns) - 1 :]])
    west, south, east, north = land.outline.bounds
    cloud = random.uniform((west, south), (east, north), (9000, 2))
    inside = shapely.contains_xy(land.outline.buffer(-300), cloud[:, 0], cloud[:, 1])
    inside &= np.hypot(*(cloud - land.towns[0]).T) > _SEAT_RADIUS_M
    cloud = cloud[inside & (random.random(len(cloud)) > hilliness(cloud))]
    for point in cloud:
        if len(places) >= len(main) + len(land.villages) + _FIELD_JUNCTIONS:
            break
        if np.hypot(*(places - point).T).min() >= _FIELD_SPACING_M:
            places = np.vstack([places, point])
    pairs = _gabriel(places)
    # Main roads join each other in towns only, and a lane meets them at their points only.
    pairs = pairs[~np.all(pairs < len(main), axis=1)]
    lines = shapely.linestrings(places[pairs])
    obstacles = [shapely.LineString(main[row]) for row in rows]
    tree = shapely.STRtree(obstacles)
    blocked = np.zeros(len(pairs), dtype=bool)
    blocked[tree.query(lines, predicate="crosses")[0]] = True
    blocked |= shapely.intersects(lines, land.river.buffer(120))
    blocked |= ~shapely.contains(land.outline, lines)
    return _Mesh(places, pairs[~blocked])


def _thinned(random: np.random.Generator, mesh: _Mesh, steps: IntArray) -> IntArray:
    """Leave out some lanes, most in the hills, but none without which a village is cut off."""
    points, lanes = mesh.points, mesh.lanes
    length = np.hypot(*(points[lanes[:, 0]] - points[lanes[:, 1]]).T)
    both = np.vstack([lanes, steps])
    cost = np.concatenate([length, np.full(len(steps), 1.0)])
    graph = coo_array((cost, (both[:, 0], both[:, 1])), shape=(len(points),) * 2)
    kept = minimum_spanning_tree(graph.tocsr()).tocoo()
    tree = {frozenset(pair) for pair in zip(kept.row.tolist(), kept.col.tolist(), strict=True)}
    hills = hilliness(points[lanes].mean(axis=1))
    dropped = random.random(len(lanes)) < _DROPPED_PLAIN + (_DROPPED_HILL - _DROPPED_PLAIN) * hills
    needed = np.array([frozenset(pair) in tree for pair in lanes.tolist()])
    return lanes[needed | ~dropped]


def _loads(land: Land, points: FloatArray, lanes: IntArray, steps: IntArray) -> IntArray:
    """Villages that use each lane on their shortest way to a town, shape (lanes,)."""
    both = np.vstack([lanes, steps])
    length = np.hypot(*(points[both[:, 0]] - points[both[:, 1]]).T)
    length[len(lanes) :] *= 0.6
    graph = coo_array((length, (both[:, 0], both[:, 1])), shape=(len(points),) * 2).tocsr()
    towns = cKDTree(points).query(land.towns)[1]
    _, before, _ = dijkstra(
        graph, directed=False, indices=towns, min_only=True, return_predecessors=True
    )
    position = {frozenset(pair): k for k, pair in enumerate(lanes.tolist())}
    load = np.zeros(len(lanes), dtype=np.int64)
    for village in cKDTree(points).query(land.villages)[1]:
        here = int(village)
        while before[here] >= 0:
            lane = position.get(frozenset((here, int(before[here]))))
            if lane is not None:
                load[lane] += 1
            here = int(before[here])
    return load


def _lane(land: Land, random: np.random.Generator, course: FloatArray, villages: int) -> Street:
    hill = float(hilliness(course.mean(axis=0)[None])[0])
    line = land.warp.line(course)
    if villages >= _TERTIARY_LOAD:
        return street(line, "tertiary", surface="asphalt" if hill < _PAVED_HILL else "concrete")
    if random.random() < (0.9 * hill if villages >= _LANE_LOAD else 0.25 + 0.7 * hill):
        surfaces = ("gravel", "dirt", "unpaved")
        return street(line, "track", surface=surfaces[int(random.integers(len(surfaces)))])
    return street(line, "unclassified", surface="concrete" if hill < _PAVED_HILL else "compacted")

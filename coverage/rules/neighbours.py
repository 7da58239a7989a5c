"""Which demand points lie next to each other, so that territories can be told to be connected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import Delaunay, QhullError

if TYPE_CHECKING:
    import numpy.typing as npt

    Pairs = npt.NDArray[np.intp]
    Floats = npt.NDArray[np.floating[Any]]


def neighbour_pairs(xy: Floats) -> Pairs:
    """
    Pairs of points with no third one between them.

    The Gabriel graph: two points are neighbours where the circle over the line between them holds
    no other. It is a part of the Delaunay triangulation, holds the shortest tree over all points,
    and is connected for that reason. Points in one place are neighbours of each other.

    Parameters
    ----------
    xy
        Shape (n, 2), metres.

    Returns
    -------
    pairs
        Shape (k, 2), positions, each pair once and the smaller one first; sorted.

    References
    ----------
    Gabriel, K. R., Sokal, R. R. (1969). A new statistical approach to geographic variation
    analysis. Systematic Zoology 18, 259-278.
    """
    places, where = np.unique(xy, axis=0, return_inverse=True)
    where = where.reshape(-1)
    order = np.argsort(where, kind="stable")
    together = order[:-1][np.diff(where[order]) == 0], order[1:][np.diff(where[order]) == 0]
    first = order[np.searchsorted(where[order], np.arange(len(places)))]
    between = first[_between_places(places)]
    pairs = np.concatenate([np.column_stack(together), between])
    return np.unique(np.sort(pairs, axis=1), axis=0)


def _between_places(places: Floats) -> Pairs:
    """Neighbours among points that are all different and sorted."""
    line = np.column_stack([np.arange(len(places) - 1), np.arange(1, len(places))])
    if len(places) < 3:  # noqa: PLR2004 - no triangle
        return line
    try:
        triangles = Delaunay(places - places.mean(axis=0)).simplices
    except QhullError:
        # All on one line: each is next to the one before.
        return line
    sides = np.concatenate([triangles[:, [1, 2, 0]], triangles[:, [2, 0, 1]], triangles])
    ends = np.sort(sides[:, :2], axis=1)
    one, other, corner = places[sides[:, 0]], places[sides[:, 1]], places[sides[:, 2]]
    # A corner lies in the circle over a side where it sees the side at more than a right angle.
    is_free = ((one - corner) * (other - corner)).sum(axis=1) >= 0
    edges, which = np.unique(ends, axis=0, return_inverse=True)
    blocked = np.bincount(which.reshape(-1), weights=~is_free) > 0
    free = edges[~blocked]
    # Points that the triangulation drops as too near to others, and rounding of right angles.
    return free if _parts(free, len(places)) == 1 else np.concatenate([edges, line])


def _parts(pairs: Pairs, count: int) -> int:
    graph = coo_matrix((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(count, count))
    return int(connected_components(graph, directed=False, return_labels=False))


def neighbour_lists(pairs: Pairs, count: int) -> list[list[int]]:
    """The neighbours of each of `count` points, ascending."""
    both = np.concatenate([pairs, pairs[:, ::-1]])
    graph = csr_matrix((np.ones(len(both)), (both[:, 0], both[:, 1])), shape=(count, count))
    graph.sort_indices()
    return [one.tolist() for one in np.split(graph.indices, graph.indptr[1:-1])]


def parts_of(owner: npt.NDArray[np.intp], pairs: Pairs) -> npt.NDArray[np.intp]:
    """
    Connected parts of territories.

    Parameters
    ----------
    owner
        Shape (n,), territory of each point.
    pairs
        From `neighbour_pairs`.

    Returns
    -------
    part
        Shape (n,), number of the part; points of one territory that neighbours join have the same.
    """
    inside = pairs[owner[pairs[:, 0]] == owner[pairs[:, 1]]]
    count = len(owner)
    graph = coo_matrix((np.ones(len(inside)), (inside[:, 0], inside[:, 1])), shape=(count, count))
    labels: npt.NDArray[np.intp] = connected_components(graph, directed=False)[1]
    return labels

"""The street network as it was mapped, before a travel mode decides who may use it how fast."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from coverage.access.barriers import NO_BARRIERS

if TYPE_CHECKING:
    import numpy.typing as npt

    from coverage.access.barriers import Barriers

    IntArray = npt.NDArray[np.int64]
    FloatArray = npt.NDArray[np.float64]
    BoolArray = npt.NDArray[np.bool_]
    ByteArray = npt.NDArray[np.uint8]

RoadUser = Literal["foot", "bicycle", "motor"]

USERS: Final = ("foot", "bicycle", "motor")
"""Who may use a road: people on foot, bicycles (e-bikes with them), motor vehicles."""

ALONG: Final = 1
"""Access bit: the edge may be used in the direction it is drawn."""

AGAINST: Final = 2
"""Access bit: the edge may be used against the direction it is drawn."""

BOTH: Final = ALONG | AGAINST


@dataclass(frozen=True, eq=False)
class Roads:
    """
    Streets with n nodes, m edges and v vertices; arrays are read-only.

    Edge k runs from node `from_node[k]` to node `to_node[k]` along the vertices
    `vertex_x[vertex_start[k]:vertex_start[k + 1]]`, both ends included.

    Parameters
    ----------
    crs
        Projected CRS in metres, e.g. "EPSG:4526".
    node_id
        Shape (n,), int64; for OpenStreetMap the id of the OSM node.
    node_x, node_y
        Shape (n,), metres in `crs`.
    node_signals
        Shape (n,), True where traffic signals stand. Such nodes are never contracted.
    from_node, to_node
        Shape (m,), positions in `node_id` (not ids).
    length_m
        Shape (m,), metres along the edge on the ellipsoid.
    road_class
        Shape (m,), positions in `road_classes`.
    road_classes
        OSM `highway` values, sorted; "" where a source has no class.
    max_speed_kph
        Shape (m,), km/h as signed; NaN where not tagged.
    surface
        Shape (m,), positions in `surfaces`.
    surfaces
        OSM `surface` values, sorted; "" where not tagged.
    access
        For each of `USERS` shape (m,), uint8: the bits `ALONG` and `AGAINST`.
    is_bridge, is_tunnel
        Shape (m,).
    vertex_x, vertex_y
        Shape (v,), metres in `crs`.
    vertex_start
        Shape (m + 1,), int64.
    barriers
        What no access leg may cross: water, railways, fenced motorways.
    """

    crs: str
    node_id: IntArray
    node_x: FloatArray
    node_y: FloatArray
    node_signals: BoolArray
    from_node: IntArray
    to_node: IntArray
    length_m: FloatArray
    road_class: IntArray
    road_classes: tuple[str, ...]
    max_speed_kph: FloatArray
    surface: IntArray
    surfaces: tuple[str, ...]
    access: dict[str, ByteArray] = field(repr=False)
    is_bridge: BoolArray
    is_tunnel: BoolArray
    vertex_x: FloatArray
    vertex_y: FloatArray
    vertex_start: IntArray
    barriers: Barriers = NO_BARRIERS

    def __post_init__(self) -> None:
        for value in (*vars(self).values(), *self.access.values()):
            if isinstance(value, np.ndarray):
                value.setflags(write=False)

    @property
    def node_count(self) -> int:
        """Number of nodes, n."""
        return len(self.node_id)

    @property
    def edge_count(self) -> int:
        """Number of edges, m."""
        return len(self.from_node)

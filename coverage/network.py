"""The road network of one travel mode: immutable arrays, compressed sparse rows both ways.

Built from tables, from NetworkX, or (by `coverage.impedance`) from mapped roads. Nodes are
numbered along a Hilbert curve, which keeps neighbours together in memory and makes the
shortest-path search about 1.4 times faster than a random numbering.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import shapely

from coverage.access.barriers import NO_BARRIERS
from coverage.contracts import ROAD_EDGES, ROAD_NODES, check
from coverage.errors import ImpedanceError
from coverage.graph.arcs import make_arcs
from coverage.graph.edge_drawing import EdgeDrawing, taken_vertices
from coverage.graph.edge_table import (
    edge_vertices,
    indexed_by_id,
    metric_crs,
    positions,
)
from coverage.graph.networkx_bridge import graph_of, tables_of
from coverage.graph.numbering import hilbert_distance, sorted_by

if TYPE_CHECKING:
    import networkx as nx
    import numpy.typing as npt
    import shapely

    from coverage.access.barriers import Barriers
    from coverage.graph.arcs import Arcs, Cost, Direction, FloatArray, IntArray
    from coverage.graph.edge_grid import EdgeGrid

WALKING_SPEED_KPH: Final = 4.8
"""Speed on the access leg, km/h; see `data/standards/modes.toml` for the source."""

SECONDS_PER_METRE_AT_1_KPH: Final = 3.6


@dataclass(frozen=True, eq=False)
class RoadNetwork:
    """
    Roads of one travel mode: n nodes, m edges, v vertices; all arrays are read-only.

    Parameters
    ----------
    node_id
        Shape (n,), ids as the source gave them.
    x, y
        Shape (n,), metres in `crs`.
    tail, head
        Shape (m,), positions of the end nodes; an edge is drawn from tail to head.
    length_m
        Shape (m,), metres.
    along_s, against_s
        Shape (m,), seconds from tail to head and from head to tail; `inf` where closed.
    vertex_xy
        Shape (v, 2), metres in `crs`.
    vertex_start
        Shape (m + 1,): edge k has vertices `vertex_start[k]` up to `vertex_start[k + 1]`.
    edge_id
        Shape (m,), position of each edge in the table or the `Roads` it was built from.
    node_delay_s
        Shape (n,), seconds lost on arriving at a node: junctions, signals. A trip that begins
        at a node, or passes none, does not pay.
    crs
        Projected CRS in metres, or None where the source names none.
    access_speed_kph
        km/h on the access leg between a point and its edge.
    barriers
        What no access leg may cross.
    """

    node_id: IntArray
    x: FloatArray
    y: FloatArray
    tail: IntArray
    head: IntArray
    length_m: FloatArray
    along_s: FloatArray
    against_s: FloatArray
    vertex_xy: FloatArray
    vertex_start: IntArray
    edge_id: IntArray
    node_delay_s: FloatArray
    crs: str | None = None
    access_speed_kph: float = WALKING_SPEED_KPH
    barriers: Barriers = NO_BARRIERS

    def __post_init__(self) -> None:
        for value in vars(self).values():
            if isinstance(value, np.ndarray):
                value.setflags(write=False)

    @property
    def node_count(self) -> int:
        """Number of nodes, n."""
        return len(self.node_id)

    @property
    def edge_count(self) -> int:
        """Number of edges, m."""
        return len(self.tail)

    @property
    def access_s_per_m(self) -> float:
        """Seconds per metre on the access leg."""
        return SECONDS_PER_METRE_AT_1_KPH / self.access_speed_kph

    @cached_property
    def _drawing(self) -> EdgeDrawing:
        return EdgeDrawing(self.vertex_xy, self.vertex_start)

    @property
    def lines(self) -> npt.NDArray[np.object_]:
        """Shape (m,), each edge as a LineString from tail to head; some 200 bytes each."""
        return self._drawing.lines

    def lines_of(self, edge: IntArray) -> npt.NDArray[np.object_]:
        """Shape (k,), some of the edges as LineStrings, without making all `lines`."""
        return self._drawing.lines_of(edge)

    @property
    def edge_tree(self) -> shapely.STRtree:
        """Spatial index over `lines`; some 250 bytes per edge besides."""
        return self._drawing.tree

    @property
    def edge_grid(self) -> EdgeGrid:
        """The nearest edges of points, without `lines`; some 23 bytes per edge."""
        return self._drawing.grid

    @cached_property
    def _arcs(self) -> dict[tuple[Cost, Direction], Arcs]:
        return {}

    def arcs(self, cost: Cost, direction: Direction) -> Arcs:
        """
        The directed graph in which a search from the facilities runs.

        Parameters
        ----------
        cost
            What the search keeps smallest.
        direction
            "from_facility" as the roads run, "to_facility" with every arc turned round.

        Returns
        -------
        arcs
            Made once, then kept.
        """
        key = (cost, direction)
        if key not in self._arcs:
            self._arcs[key] = make_arcs(
                self.node_count,
                tail=self.tail,
                head=self.head,
                along_s=self.along_s,
                against_s=self.against_s,
                length_m=self.length_m,
                node_delay_s=self.node_delay_s,
                cost=cost,
                direction=direction,
            )
        return self._arcs[key]

    def at_pace(self, factor: float) -> RoadNetwork:
        """
        The same roads with every speed, on the road and off it, times a factor.

        Delays at junctions stay: they come from waiting, not from driving.

        Parameters
        ----------
        factor
            0.8 for a fifth slower; > 0.

        Returns
        -------
        network
            Shares its geometry and spatial index with this one.

        Raises
        ------
        ImpedanceError
            If the factor is no positive number.
        """
        if not (np.isfinite(factor) and factor > 0):
            msg = f"速度的倍数应为大于 0 的数字，现为 {factor}。"
            raise ImpedanceError(msg)
        paced = replace(
            self,
            along_s=self.along_s / factor,
            against_s=self.against_s / factor,
            access_speed_kph=self.access_speed_kph * factor,
        )
        # What depends on the geometry alone is made once for all paces, when it is needed.
        vars(paced)["_drawing"] = self._drawing
        return paced

    @classmethod
    def from_edges(
        cls,
        nodes: pd.DataFrame,
        edges: pd.DataFrame,
        *,
        crs: Any = None,  # noqa: ANN401 - anything that pyproj reads
        access_speed_kph: float = WALKING_SPEED_KPH,
    ) -> RoadNetwork:
        """
        Build a network from a node table and an edge table.

        Parameters
        ----------
        nodes
            Shape (n, >=2), indexed by `node_id` (int), columns `x`, `y` in metres.
        edges
            Shape (m, >=4), columns `from_node`, `to_node`, `length_m`, `travel_time_s`, and
            optionally `oneway` (bool; both ways when absent) and `geometry` (a LineString
            from `from_node` to `to_node`; a straight line when absent).
        crs
            Projected CRS of the coordinates, in metres; anything that pyproj reads.
        access_speed_kph
            km/h on the access leg, > 0.

        Returns
        -------
        network
            Parallel edges and loops are kept.

        Raises
        ------
        RoadError
            If a table breaks its contract, an edge names an unknown node, or a geometry is
            empty, not finite, off its nodes or drawn the wrong way round.
        CrsError
            If `crs` is unknown or not in metres.
        ImpedanceError
            If the access speed is no positive number.

        Examples
        --------
        >>> nodes = pd.DataFrame({"x": [0.0, 100.0], "y": 0.0}, index=pd.Index([7, 8]))
        >>> edges = pd.DataFrame(
        ...     {"from_node": [7], "to_node": [8], "length_m": [100.0], "travel_time_s": [75.0]}
        ... )
        >>> RoadNetwork.from_edges(nodes.rename_axis("node_id"), edges).edge_count
        1
        """
        nodes = indexed_by_id(nodes)
        check(nodes, ROAD_NODES, source="nodes")
        check(edges, ROAD_EDGES, source="edges")
        node_id = nodes.index.to_numpy(dtype=np.int64)
        tail = positions(node_id, edges["from_node"])
        head = positions(node_id, edges["to_node"])
        seconds = edges["travel_time_s"].to_numpy(dtype=float)
        oneway = edges.get("oneway", pd.Series(data=False, index=edges.index)).to_numpy(dtype=bool)
        xy = nodes[["x", "y"]].to_numpy(dtype=float)
        vertex_xy, vertex_start = edge_vertices(xy, tail, head, edges.get("geometry"))
        return cls.from_arrays(
            node_id=node_id,
            xy=xy,
            tail=tail,
            head=head,
            length_m=edges["length_m"].to_numpy(dtype=float),
            along_s=seconds,
            against_s=np.where(oneway, np.inf, seconds),
            vertex_xy=vertex_xy,
            vertex_start=vertex_start,
            crs=crs,
            access_speed_kph=access_speed_kph,
        )

    @classmethod
    def from_arrays(  # noqa: PLR0913 - one argument per array of the class
        cls,
        *,
        node_id: IntArray,
        xy: FloatArray,
        tail: IntArray,
        head: IntArray,
        length_m: FloatArray,
        along_s: FloatArray,
        against_s: FloatArray,
        vertex_xy: FloatArray | tuple[FloatArray, FloatArray],
        vertex_start: IntArray,
        crs: Any,  # noqa: ANN401 - anything that pyproj reads
        access_speed_kph: float,
        edge_id: IntArray | None = None,
        node_delay_s: FloatArray | None = None,
        barriers: Barriers = NO_BARRIERS,
    ) -> RoadNetwork:
        """
        Build a network from checked arrays, numbering the nodes along a Hilbert curve.

        The arrays are those of the class, `xy` of shape (n, 2) in place of `x` and `y`, with
        nodes and edges in any order; they are copied. With `edge_id` only those edges are
        taken: `length_m`, the seconds and the vertices are then of all edges of the source,
        `tail` and `head` of those taken. Without `node_delay_s` there is none. Vertices may
        also come as two columns.

        Raises
        ------
        CrsError
            If `crs` is unknown or not in metres.
        ImpedanceError
            If the access speed is no positive number.
        """
        if not (np.isfinite(access_speed_kph) and access_speed_kph > 0):
            msg = f"接驳段速度应为大于 0 的数字（公里/小时），现为 {access_speed_kph}。"
            raise ImpedanceError(msg)
        projected = metric_crs(crs)
        # Ties on the curve are broken by id, so that the order of rows changes nothing.
        order = sorted_by(hilbert_distance(xy), node_id)
        rank = np.empty(len(order), dtype=np.int64)
        rank[order] = np.arange(len(order))
        tail, head = rank[tail], rank[head]
        source = np.arange(len(tail)) if edge_id is None else edge_id
        ties = (column[source] for column in (along_s, against_s, length_m))
        edges = sorted_by(tail * len(order) + head, *ties)
        tail, head, source = tail[edges], head[edges], source[edges]
        del rank, edges
        vertex_xy, vertex_start = taken_vertices(vertex_xy, vertex_start, source)
        return cls(
            node_id=node_id[order],
            x=xy[order, 0],
            y=xy[order, 1],
            tail=tail,
            head=head,
            length_m=length_m[source],
            along_s=along_s[source],
            against_s=against_s[source],
            vertex_xy=vertex_xy,
            vertex_start=vertex_start,
            edge_id=source,
            node_delay_s=np.zeros(len(order)) if node_delay_s is None else node_delay_s[order],
            barriers=barriers,
            crs=None if projected is None else projected.to_string(),
            access_speed_kph=access_speed_kph,
        )

    @classmethod
    def from_networkx(
        cls, graph: nx.MultiDiGraph, *, access_speed_kph: float = WALKING_SPEED_KPH
    ) -> RoadNetwork:
        """
        Build a network from a projected MultiDiGraph as OSMnx makes it.

        Parameters
        ----------
        graph
            Nodes carry `x`, `y` in metres; edges carry `length` in metres, `travel_time` in
            seconds, and optionally `geometry`. `graph.graph["crs"]` names the CRS.
        access_speed_kph
            km/h on the access leg, > 0.

        Returns
        -------
        network
            One one-way edge per edge of the graph.

        Raises
        ------
        ImpedanceError
            If an edge lacks `length` or `travel_time` (NetworkX would count it as 1).
        RoadError
            If the graph is not directed, or as `from_edges`.
        CrsError
            As `from_edges`.
        """
        nodes, edges = tables_of(graph)
        return cls.from_edges(
            nodes, edges, crs=graph.graph.get("crs"), access_speed_kph=access_speed_kph
        )

    def to_networkx(self) -> nx.MultiDiGraph:
        """
        The network as a MultiDiGraph in the manner of OSMnx.

        Returns
        -------
        graph
            One edge per open direction, with `length` (metres), `travel_time` (seconds) and
            `geometry`; nodes with `x`, `y`.
        """
        return graph_of(self)

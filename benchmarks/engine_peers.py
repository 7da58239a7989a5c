"""The peers' side of `benchmarks/engines.py`: one engine, one job, from the same arrays.

    python benchmarks/engine_peers.py networkit TASK FOLDER

Runs in an environment of its own (`benchmarks/requirements.txt`). Peers are given nodes, so
snapping is spared them; making their graph is timed apart.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np
from engine_problem import KEPT, Problem, Task
from engine_serve import Bench, UnableError, seconds, serve, timed

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int64]

BLOCK_CELLS: Final = 20_000_000
"""Nodes times facilities that SciPy searches at once (160 MB)."""

ENDLESS: Final = 1_000_000.0
"""Seconds, where an engine asks for a limit and the job has none."""


class Engine(Protocol):
    """
    What an engine can do.

    `nearest` gives the least seconds from any of some nodes to every node, `matrix` those from
    each of some nodes to the demand within the limit, in the engine's own form; `times` and
    `rows` turn these into arrays at the demand, `inf` where nothing is reached.
    """

    def nearest(self, facility: IntArray, limit: float) -> Any: ...  # noqa: ANN401, D102

    def times(self, found: Any, demand: IntArray) -> FloatArray: ...  # noqa: ANN401, D102

    def matrix(self, facility: IntArray, demand: IntArray, limit: float) -> Any: ...  # noqa: ANN401, D102

    def rows(self, found: Any, facility: IntArray, demand: IntArray) -> FloatArray: ...  # noqa: ANN401, D102


class Scipy:
    """Bare `scipy.sparse.csgraph.dijkstra` on the whole graph."""

    def __init__(self, problem: Problem) -> None:
        from scipy.sparse import csr_array  # noqa: PLC0415 - every engine imports its own
        from scipy.sparse.csgraph import dijkstra  # noqa: PLC0415

        end, start = (problem[name].astype(np.int32) for name in ("end", "start"))
        shape = (problem.node_count, problem.node_count)
        self.search = dijkstra
        self.graph = csr_array((problem["cost"], end, start), shape)
        self.place = np.arange(problem.node_count)

    def nearest(self, facility: IntArray, limit: float) -> FloatArray:
        """One search from all facilities."""
        return self.search(self.graph, indices=self.place[facility], min_only=True, limit=limit)

    def times(self, found: FloatArray, demand: IntArray) -> FloatArray:
        """Of the demand."""
        return found[self.place[demand]]

    def matrix(self, facility: IntArray, demand: IntArray, limit: float) -> list[Any]:
        """By blocks; keeps the pairs within the limit only, as ours does."""
        at, wanted = self.place[facility], self.place[demand]
        block = max(1, BLOCK_CELLS // len(self.place))
        pairs = []
        for first in range(0, len(at), block):
            sources = at[first : first + block]
            cost = self.search(self.graph, indices=sources, limit=limit)[:, wanted]
            row, column = np.nonzero(np.isfinite(cost))
            pairs.append((row + first, column, cost[row, column]))
        return pairs

    def rows(self, found: list[Any], facility: IntArray, demand: IntArray) -> FloatArray:
        """Of the facilities asked about."""
        times = np.full((len(facility), len(demand)), np.inf)
        row, column, cost = (np.concatenate(parts) for parts in zip(*found, strict=True))
        kept = row < len(facility)
        times[row[kept], column[kept]] = cost[kept]
        return times


class ScipyOrdered(Scipy):
    """The same with nodes numbered along a Hilbert curve, which QuanTu does for itself."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        # Row k of the ordered graph is the node whose number in our network is k.
        self.place = problem["network_node"]
        by_network = np.argsort(self.place)
        self.graph = self.graph[by_network][:, by_network].tocsr()


class Networkit:
    """NetworKit: one more node with free arcs to the facilities; many sources on all cores."""

    def __init__(self, problem: Problem) -> None:
        import networkit  # noqa: PLC0415

        self.kit = networkit
        self.node = problem.node_count
        arcs = (problem["cost"], (problem.start_node(), problem["end"]))
        self.graph = networkit.GraphFromCoo(arcs, n=self.node + 1, weighted=True, directed=True)

    def nearest(self, facility: IntArray, limit: float) -> Any:  # noqa: ANN401, ARG002
        """It knows no limit. The free arcs are taken away again, so that it can be repeated."""
        for node in facility.tolist():
            self.graph.addEdge(self.node, node, 0.0)
        search = self.kit.distance.Dijkstra(self.graph, self.node, storePaths=False)
        search.run()
        found = np.array(search.getDistances(asarray=True), dtype=np.float64)
        for node in facility.tolist():
            self.graph.removeEdge(self.node, node)
        return found

    def times(self, found: FloatArray, demand: IntArray) -> FloatArray:
        """Of the demand; what is not reached has the largest float there is."""
        times = found[demand]
        return np.where(times > ENDLESS, np.inf, times)

    def matrix(self, facility: IntArray, demand: IntArray, limit: float) -> FloatArray:  # noqa: ARG002
        """It knows no limit here either."""
        search = self.kit.distance.SPSP(self.graph, facility.tolist())
        search.run()
        return np.asarray(search.getDistances(asarray=True))

    def rows(self, found: FloatArray, facility: IntArray, demand: IntArray) -> FloatArray:
        """Of the facilities asked about."""
        times = found[: len(facility)][:, demand]
        return np.where(times > ENDLESS, np.inf, times)


class Igraph:
    """igraph: one more node with free arcs to the facilities."""

    def __init__(self, problem: Problem) -> None:
        import igraph  # noqa: PLC0415

        self.node = problem.node_count
        edges = np.column_stack([problem.start_node(), problem["end"]])
        self.graph = igraph.Graph(n=self.node + 1, edges=edges, directed=True)
        self.cost = problem["cost"]

    def nearest(self, facility: IntArray, limit: float) -> list[list[float]]:  # noqa: ARG002
        """It knows no limit. The free arcs are taken away again, so that it can be repeated."""
        arcs = self.graph.ecount()
        self.graph.add_edges([(self.node, node) for node in facility.tolist()])
        cost = np.concatenate([self.cost, np.zeros(len(facility))])
        found = self.graph.distances(source=[self.node], weights=cost, mode="out")
        self.graph.delete_edges(range(arcs, arcs + len(facility)))
        return found

    def times(self, found: list[list[float]], demand: IntArray) -> FloatArray:
        """Of the demand."""
        return np.array(found[0])[demand]

    def matrix(self, facility: IntArray, demand: IntArray, limit: float) -> list[list[float]]:  # noqa: ARG002
        """It knows no limit, but stops when all demand is reached."""
        return self.graph.distances(
            source=facility.tolist(), target=demand.tolist(), weights=self.cost, mode="out"
        )

    def rows(self, found: list[list[float]], facility: IntArray, demand: IntArray) -> FloatArray:  # noqa: ARG002
        """Of the facilities asked about."""
        return np.array(found[: len(facility)])


class Networkx:
    """NetworkX."""

    def __init__(self, problem: Problem) -> None:
        import networkx as nx  # noqa: PLC0415

        self.nx = nx
        self.graph = nx.DiGraph()
        self.graph.add_nodes_from(range(problem.node_count))
        columns = (problem.start_node(), problem["end"], problem["cost"])
        arcs = zip(*(column.tolist() for column in columns), strict=True)
        self.graph.add_weighted_edges_from(arcs)

    def nearest(self, facility: IntArray, limit: float) -> dict[int, float]:
        """One search from all facilities."""
        return self.nx.multi_source_dijkstra_path_length(
            self.graph, set(facility.tolist()), cutoff=limit
        )

    def times(self, found: dict[int, float], demand: IntArray) -> FloatArray:
        """Of the demand."""
        return np.array([found.get(node, np.inf) for node in demand.tolist()])

    def matrix(
        self,
        facility: IntArray,
        demand: IntArray,  # noqa: ARG002
        limit: float,
    ) -> list[dict[int, float]]:
        """One search after the other."""
        search = self.nx.single_source_dijkstra_path_length
        return [search(self.graph, node, cutoff=limit) for node in facility.tolist()]

    def rows(
        self, found: list[dict[int, float]], facility: IntArray, demand: IntArray
    ) -> FloatArray:
        """Of the facilities asked about."""
        return np.array([self.times(row, demand) for row in found[: len(facility)]])


class Pandana:
    """pandana: contraction hierarchies, in whole milliseconds, on all cores."""

    def __init__(self, problem: Problem) -> None:
        import pandana  # noqa: PLC0415
        import pandas as pd  # noqa: PLC0415

        self.series = pd.Series
        self.x, self.y = problem["x"], problem["y"]
        self.made: dict[str, Any] = {}

        def network(*ends: IntArray) -> Any:  # noqa: ANN401
            return pandana.Network(
                pd.Series(self.x),
                pd.Series(self.y),
                *(pd.Series(end) for end in ends),
                pd.DataFrame({"seconds": problem["cost"]}),
                twoway=False,
            )

        # It searches from every node to the facilities, so its graph is turned round.
        self.towards = lambda: network(problem["end"], problem.start_node())
        self.away = lambda: network(problem.start_node(), problem["end"])

    def net(self, way: str) -> Any:  # noqa: ANN401
        """The network that a job needs, made once."""
        if way not in self.made:
            self.made[way] = getattr(self, way)()
        return self.made[way]

    def nearest(self, facility: IntArray, limit: float) -> Any:  # noqa: ANN401
        """Facilities are registered each time, as they are when one changes."""
        net, limit = self.net("towards"), min(limit, ENDLESS)
        x, y = self.series(self.x[facility]), self.series(self.y[facility])
        net.set_pois("facility", maxdist=limit, maxitems=1, x_col=x, y_col=y)
        return net.nearest_pois(limit, "facility", num_pois=1, max_distance=np.inf)

    def times(self, found: Any, demand: IntArray) -> FloatArray:  # noqa: ANN401
        """Of the demand."""
        return found[1].to_numpy()[demand]

    def matrix(self, facility: IntArray, demand: IntArray, limit: float) -> Any:  # noqa: ANN401, ARG002
        """All nodes within the limit of each facility."""
        return self.net("away").nodes_in_range(facility, limit)

    def rows(self, found: Any, facility: IntArray, demand: IntArray) -> FloatArray:  # noqa: ANN401
        """Of the facilities asked about."""
        times = np.full((len(facility), len(self.x)), np.inf)
        row = {node: number for number, node in enumerate(facility.tolist())}
        kept = found[found["source"].isin(list(row))]
        at = kept["source"].map(row).to_numpy()
        times[at, kept["destination"].to_numpy()] = kept["seconds"].to_numpy()
        return times[:, demand]


MODULES: Final = {
    "scipy": "scipy.sparse.csgraph",
    "scipy-ordered": "scipy.sparse.csgraph",
    "networkit": "networkit",
    "igraph": "igraph",
    "networkx": "networkx",
    "pandana": "pandana",
}

ENGINES: Final[dict[str, Callable[[Problem], Engine]]] = {
    "scipy": Scipy,
    "scipy-ordered": ScipyOrdered,
    "networkit": Networkit,
    "igraph": Igraph,
    "networkx": Networkx,
    "pandana": Pandana,
}


def nearest(engine: Engine, problem: Problem, task: Task) -> Bench:
    """Least seconds from any facility to every node."""
    facility, demand = problem.facilities(task.facilities), problem.demand(task.demand)
    return timed(
        lambda: engine.nearest(facility, task.cutoff_s),
        lambda found: engine.times(found, demand),
    )


def matrix(engine: Engine, problem: Problem, task: Task) -> Bench:
    """Seconds from each facility to the demand within the cutoff."""
    facility, demand = problem.facilities(task.sample), problem.demand(task.demand)

    def answer(found: Any) -> FloatArray:  # noqa: ANN401
        times = engine.rows(found, facility[:KEPT], demand)
        return np.where(times <= task.cutoff_s, times, np.inf)

    return timed(lambda: engine.matrix(facility, demand, task.cutoff_s), answer)


def update(engine: Engine, problem: Problem, task: Task) -> Bench:
    """One facility added, moved or closed, answered by a full run."""
    facility, demand = problem.facilities(task.facilities), problem.demand(task.demand)

    def once() -> tuple[dict[str, list[float]], list[FloatArray]]:
        took: dict[str, list[float]] = {"add": [], "move": [], "close": []}
        times = []
        for number, site in enumerate(problem.new_sites(task)):
            others = np.delete(facility, number)
            changed = {"add": np.append(facility, site), "move": np.append(others, site)}
            for case, now in (changed | {"close": others}).items():
                passed, found = seconds(lambda now=now: engine.nearest(now, task.cutoff_s))
                took[case].append(passed)
                found = engine.times(found, demand)
                times.append(np.where(found <= task.cutoff_s, found, np.inf))
        return took, times

    return Bench(once, lambda times: np.array(times[: 3 * KEPT]))


JOBS: Final = {"nearest": nearest, "matrix": matrix, "update": update}


def bench(name: str, problem: Problem, task: Task) -> Bench:
    """An engine made ready for a task."""
    try:
        if name not in ENGINES:
            from engine_recipes import RECIPES  # noqa: PLC0415 - needs geopandas

            return RECIPES[name](problem, task)
        engine = ENGINES[name](problem)
    except ImportError as error:
        msg = f"not installed: {error.name}"
        raise UnableError(msg) from error
    if isinstance(engine, Pandana):
        engine.net("away" if task.job == "matrix" else "towards")  # the hierarchies
    return JOBS[task.job](engine, problem, task)


def main() -> None:
    """Serve one job."""
    name, task, problem = sys.argv[1], Task.loaded(sys.argv[2]), Problem(sys.argv[3])
    # Our own side has imported everything before its clock starts, too.
    with suppress(ImportError):
        import_module(MODULES.get(name, "engine_recipes"))
    serve(lambda: bench(name, problem, task))


if __name__ == "__main__":
    main()

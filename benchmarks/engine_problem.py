"""A shortest-path problem as arrays on disk, the same for every engine; NumPy only."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int64]

DIRECTION: Final = "from_facility"
"""Arcs run as the roads do, so that no engine needs a graph turned round."""

KEPT: Final = 20
"""Facilities whose travel times are compared between the engines."""


@dataclass(frozen=True)
class Task:
    """
    What one engine is to do.

    Parameters
    ----------
    job
        "nearest", "matrix", "areas" or "update".
    facilities, demand
        How many of each.
    sample
        How many of the facilities are worked on, for engines that would take hours for all;
        with "update" how many changes are made.
    cutoff_s
        Seconds; `inf` for none.
    """

    job: str
    facilities: int
    demand: int
    sample: int
    cutoff_s: float

    def dumped(self) -> str:
        """As one word of a command line."""
        return json.dumps(asdict(self))

    @classmethod
    def loaded(cls, text: str) -> Task:
        """Back from `dumped`."""
        return cls(**json.loads(text))


class Problem:
    """
    A graph of n nodes numbered at random, as a source without order would give it.

    Arrays are read anew at every use, so that an engine is not charged for those it has no use
    for: `start`, `end`, `cost` (compressed sparse rows: shapes (n + 1,), (a,), (a,); seconds),
    `x`, `y` (shape (n,), metres), `network_node` (shape (n,), the number of each node in our own
    network, along a Hilbert curve), `order` (shape (n,), all nodes shuffled).

    Parameters
    ----------
    folder
        What `engine_network.py` wrote.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self.facts: dict[str, Any] = json.loads(
            (self.folder / "facts.json").read_text(encoding="utf-8")
        )

    def __getitem__(self, name: str) -> npt.NDArray[Any]:
        """One of the arrays."""
        with np.load(self.folder / "graph.npz") as arrays:
            array: npt.NDArray[Any] = arrays[name]
            return array

    @property
    def node_count(self) -> int:
        """Number of nodes, n."""
        return int(self.facts["nodes"])

    def start_node(self) -> IntArray:
        """Shape (a,), the node that each arc leaves."""
        return np.repeat(np.arange(self.node_count), np.diff(self["start"]))

    def facilities(self, count: int) -> IntArray:
        """Nodes at which facilities stand."""
        return self["order"][:count]

    def demand(self, count: int) -> IntArray:
        """Nodes at which people live, other ones."""
        return self["order"][self.node_count - count :]

    def new_sites(self, task: Task) -> IntArray:
        """Nodes at which facilities may be added, one for each change."""
        return self["order"][task.facilities : task.facilities + task.sample]

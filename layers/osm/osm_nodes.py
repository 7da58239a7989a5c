"""Where the nodes of an OpenStreetMap extract lie, looked up by id: 16 bytes for each."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final

import numpy as np

from layers.osm.pbf_blocks import NO_LOCATION

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    import numpy.typing as npt

    IntArray = npt.NDArray[np.int64]
    UnitArray = npt.NDArray[np.int32]

_COLUMNS: Final = (np.int64, np.int32, np.int32)


class NodePlaces:
    """
    Nodes that arrive block by block; a context manager, as it may keep temporary files.

    Parameters
    ----------
    on_disk
        Whether they lie in temporary files instead of in memory.
    """

    def __init__(self, *, on_disk: bool) -> None:
        self._stack = ExitStack()
        self._files = (
            [self._stack.enter_context(tempfile.TemporaryFile()) for _ in _COLUMNS]  # noqa: SIM115 - closed by the stack
            if on_disk
            else []
        )
        self._parts: list[tuple[npt.NDArray[np.integer], ...]] = []
        self._columns: list[npt.NDArray[np.integer]] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._columns = None
        self._stack.close()

    def add(self, node_id: IntArray, x: UnitArray, y: UnitArray) -> None:
        """
        More nodes.

        Parameters
        ----------
        node_id, x, y
            Shape (n,), as in `layers.osm.pbf_blocks.Block`.
        """
        if not len(node_id):
            return
        self._columns = None
        if self._files:
            for file, column in zip(self._files, (node_id, x, y), strict=True):
                file.write(column.tobytes())
        else:
            self._parts.append((node_id, x, y))

    def at(self, ref: IntArray) -> tuple[UnitArray, UnitArray]:
        """
        Where nodes lie.

        Parameters
        ----------
        ref
            Shape (r,), ids.

        Returns
        -------
        x, y
            Shape (r,), `NO_LOCATION` for a node that has not arrived.
        """
        if self._columns is None:
            self._columns = self._sorted()
        node_id, x, y = self._columns
        if not len(node_id):
            return np.full(len(ref), NO_LOCATION, np.int32), np.full(
                len(ref), NO_LOCATION, np.int32
            )
        place = np.minimum(np.searchsorted(node_id, ref), len(node_id) - 1)
        found = node_id[place] == ref
        return np.where(found, x[place], NO_LOCATION), np.where(found, y[place], NO_LOCATION)

    def _sorted(self) -> list[npt.NDArray[np.integer]]:
        columns = self._on_disk() if self._files else self._in_memory()
        node_id = columns[0]
        # Extracts are sorted; only then can they be looked up where they lie.
        if (node_id[1:] < node_id[:-1]).any():
            order = np.argsort(node_id, kind="stable")
            columns = [column[order] for column in columns]
        return columns

    def _in_memory(self) -> list[npt.NDArray[np.integer]]:
        if not self._parts:
            return [np.zeros(0, dtype) for dtype in _COLUMNS]
        columns = [np.concatenate(parts) for parts in zip(*self._parts, strict=True)]
        self._parts = [tuple(columns)]
        return columns

    def _on_disk(self) -> list[npt.NDArray[np.integer]]:
        for file in self._files:
            file.flush()
        if not self._files[0].tell():
            return [np.zeros(0, dtype) for dtype in _COLUMNS]
        return [
            np.memmap(file, dtype=dtype, mode="r")
            for file, dtype in zip(self._files, _COLUMNS, strict=True)
        ]

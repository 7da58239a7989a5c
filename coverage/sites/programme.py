"""A mixed integer programme as arrays, put together block by block."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

if TYPE_CHECKING:
    import numpy.typing as npt

    from coverage.graph.arcs import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Programme:
    """
    Minimise `cost @ x` with `row_lower <= A x <= row_upper` and `lower <= x <= upper`.

    Parameters
    ----------
    cost, lower, upper
        Shape (n,).
    is_whole
        Shape (n,), which variables are whole numbers.
    matrix
        A, shape (m, n), compressed rows.
    row_lower, row_upper
        Shape (m,).
    """

    cost: FloatArray
    lower: FloatArray
    upper: FloatArray
    is_whole: BoolArray
    matrix: sparse.csr_array
    row_lower: FloatArray
    row_upper: FloatArray


class Draft:
    """A programme in the making."""

    def __init__(self) -> None:
        self._variables: list[tuple[FloatArray, FloatArray, FloatArray, BoolArray]] = []
        self._entries: list[tuple[IntArray, IntArray, FloatArray]] = []
        self._limits: list[tuple[FloatArray, FloatArray]] = []
        self.columns = 0
        self.rows = 0

    def variables(
        self,
        count: int,
        *,
        cost: npt.ArrayLike = 0.0,
        lower: npt.ArrayLike = 0.0,
        upper: npt.ArrayLike = 1.0,
        whole: bool = False,
    ) -> IntArray:
        """Add variables; their numbers, shape (count,)."""
        lows, highs, costs = (
            np.broadcast_to(np.asarray(part, dtype=np.float64), count)
            for part in (lower, upper, cost)
        )
        self._variables.append((costs, lows, highs, np.full(count, whole)))
        self.columns += count
        return np.arange(self.columns - count, self.columns)

    def constrain(
        self,
        row: IntArray,
        column: IntArray,
        value: npt.ArrayLike,
        *,
        count: int,
        lower: npt.ArrayLike = -np.inf,
        upper: npt.ArrayLike = np.inf,
    ) -> None:
        """Add `count` rows, whose entries are given by row within the block, column and value."""
        values = np.broadcast_to(np.asarray(value, dtype=np.float64), len(column))
        self._entries.append((np.asarray(row) + self.rows, np.asarray(column), values))
        lows, highs = (
            np.broadcast_to(np.asarray(part, dtype=np.float64), count) for part in (lower, upper)
        )
        self._limits.append((lows, highs))
        self.rows += count

    def constrain_sum(
        self,
        column: IntArray,
        value: npt.ArrayLike = 1.0,
        *,
        lower: float = -np.inf,
        upper: float = np.inf,
    ) -> None:
        """Add one row over the columns."""
        row = np.zeros(len(column), dtype=np.int64)
        self.constrain(row, column, value, count=1, lower=lower, upper=upper)

    def finished(self) -> Programme:
        """The programme of all that was added."""
        costs, lows, highs, wholes = (
            np.concatenate(parts) for parts in zip(*self._variables, strict=True)
        )
        rows, columns, values = (
            np.concatenate(parts) for parts in zip(*self._entries, strict=True)
        )
        row_lows, row_highs = (np.concatenate(parts) for parts in zip(*self._limits, strict=True))
        shape = (self.rows, self.columns)
        matrix = sparse.coo_array((values, (rows, columns)), shape=shape).tocsr()
        return Programme(costs, lows, highs, wholes, matrix, row_lows, row_highs)

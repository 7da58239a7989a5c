"""Coordinates from the cells of a table, every cell at fault told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coverage.errors import Problem
from layers.datums.degrees import read_degree_pairs, read_degrees
from layers.tables import numbers

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from layers.datums.datum import Datum
    from layers.datums.degrees import Axis, Faults
    from layers.tables import SourceTable

    FloatArray = npt.NDArray[np.float64]


def cell_coordinates(
    table: SourceTable, names: tuple[str, str], *, datum: Datum | None
) -> tuple[FloatArray, FloatArray, list[Problem]]:
    """
    Both coordinates of every row, as this datum orders them.

    Parameters
    ----------
    table
        With n rows.
    names
        The columns of the first and the second coordinate; the same column twice where it holds
        longitude and latitude together.
    datum
        Degrees may be written in every way that `layers.datums.degrees` reads, metres are plain
        numbers. None where it is not known yet: the numbers as they are, whatever they mean.

    Returns
    -------
    x, y
        Shape (n,); NaN where a cell is empty or at fault.
    problems
        One for each such cell.
    """
    if datum is not None and not datum.is_geographic:
        x, found_x = numbers(table, names[0], filled=True)
        y, found_y = numbers(table, names[1], filled=True)
        return x, y, [*found_x, *found_y]
    turned = datum is not None and datum.northing_first
    if names[0] == names[1]:
        lon, lat, faults = read_degree_pairs(table.column(names[0]).to_numpy(dtype=object))
        found = _degree_problems(table, names[0], faults)
        return (lat, lon, found) if turned else (lon, lat, found)
    values: list[FloatArray] = []
    found = []
    axes: tuple[Axis, Axis] = ("lat", "lon") if turned else ("lon", "lat")
    for name, axis in zip(names, axes, strict=True):
        cells = table.column(name).to_numpy(dtype=object)
        read, faults = read_degrees(cells, axis=axis if datum is not None else None)
        values.append(read)
        found.extend(_degree_problems(table, name, faults))
    return values[0], values[1], found


def _degree_problems(table: SourceTable, name: str, faults: Faults) -> list[Problem]:
    """Every cell of a column of degrees that is at fault or empty."""
    cells = table.column(name).tolist()
    empty = [(at, "不得为空") for at, text in enumerate(cells) if not text]
    return [
        Problem(table.rows[at], name, cells[at][:40], rule) for at, rule in sorted(faults + empty)
    ]

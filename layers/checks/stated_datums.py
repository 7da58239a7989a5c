"""The coordinate system of single rows, where a column of the list states it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coverage.errors import CrsError, Problem
from layers.coordinates import named_datum

if TYPE_CHECKING:
    from collections.abc import Mapping

    from layers.tables import SourceTable


def stated_datums(
    table: SourceTable, columns: Mapping[str, str]
) -> tuple[dict[int, str], list[Problem]]:
    """
    What each row says of its own coordinate system.

    Parameters
    ----------
    table
        With n rows.
    columns
        May map "datum" to a column of the file; an empty cell says nothing.

    Returns
    -------
    datums
        Row -> name of the system, for `layers.points.locate`.
    problems
        Cells that name none that can be used.
    """
    if "datum" not in columns:
        return {}, []
    name = columns["datum"]
    cells = dict(zip(table.rows, table.column(name), strict=True))
    # Lists have a few names and thousands of rows.
    refused = {text: _refusal(text, name) for text in {text for text in cells.values() if text}}
    return (
        {row: text for row, text in cells.items() if text and not refused[text]},
        [
            Problem(row, name, text[:40], refused[text])
            for row, text in cells.items()
            if text and refused[text]
        ],
    )


def says_every_datum(table: SourceTable, columns: Mapping[str, str]) -> bool:
    """Whether every row names a coordinate system of its own that can be used."""
    datums, problems = stated_datums(table, columns)
    return len(datums) == len(table) > 0 and not problems


def _refusal(text: str, column: str) -> str:
    try:
        named_datum(text, where=f"“{column}”列")
    except CrsError as error:
        return str(error).rstrip("。")
    return ""

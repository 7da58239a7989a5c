"""The coordinate system of single rows, where a column of the list states it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coverage.errors import CrsError, Problem
from layers.columns.headers import read_header
from layers.columns.synonyms import shipped_column_names
from layers.coordinates import named_datum

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from layers.coordinates import Datum
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


def shapes_contradiction(table: SourceTable, datum: Datum) -> str:
    """
    What a column of a layer of polygons says against the datum that all of them are read in.

    A KML has to declare WGS84 whatever it holds, and so do many exports of shifted coordinates:
    the column is then all that tells. Only the shift counts: "CGCS2000" beside shapes in metres
    of CGCS2000 is no contradiction.

    Parameters
    ----------
    table
        With n rows.
    datum
        As it is declared, by the planner or by the file.

    Returns
    -------
    sentence
        Chinese; "" where no column of the datum (`layers.columns.synonyms`) says otherwise.
    """
    for column, row, stated in _stated_anywhere(table):
        if stated.shift != datum.shift:
            return (
                f"“{column.strip()}”列写着 {stated.name}（首个在第 {row} 行），"
                f"「{table.name}」却是按 {datum.name} 读取的，两者相差几百米。"
                f"如果确是 {stated.name}，请声明坐标系为 {stated.name}；"
                "如果这一列写错了，请先改正它。"
            )
    return ""


def column_hint(table: SourceTable) -> str:
    """What a column of a layer of polygons says of its datum, for a sentence that asks for it."""
    said = {stated.name: column.strip() for column, _, stated in _stated_anywhere(table)}
    column = next(iter(said.values()), "")
    return f"“{column}”列写着 {'、'.join(said)}，请核实。" if said else ""


def _stated_anywhere(table: SourceTable) -> Iterator[tuple[str, int, Datum]]:
    """Column, first row and datum of every text that names one in a column of the datum."""
    names = shipped_column_names()
    for column in table.cells.columns:
        found = names.meaning(read_header(column), layer="demand")
        if found is None or found[0].ours != "datum":
            continue
        first = dict(
            zip(reversed(table.column(column).tolist()), reversed(table.rows), strict=True)
        )
        for text, row in reversed(first.items()):
            if text and not _refusal(text, column):
                yield column, row, named_datum(text, where=f"“{column}”列")


def _refusal(text: str, column: str) -> str:
    try:
        named_datum(text, where=f"“{column}”列")
    except CrsError as error:
        return str(error).rstrip("。")
    return ""

"""The columns of a contract, read from a planner's table under the planner's own names."""

from __future__ import annotations

import difflib
import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from coverage.errors import Problem
from layers.columns.quantities import QUANTITIES, converted_notice, read_amounts
from layers.columns.units import OWN_UNITS
from layers.tables import repeated

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from coverage.contracts import Column, Contract
    from coverage.notices import Notice
    from layers.checks.remarks import Remark
    from layers.tables import SourceTable


class CheckedColumns(NamedTuple):
    """
    The mapped columns of a contract, n rows.

    Parameters
    ----------
    frame
        Shape (n, mapped columns), contract names, text or float; missing cells are null.
    problems
        Every cell that breaks a rule, in the planner's names and row numbers.
    remarks
        What is to be said of cells that are used.
    notices
        Columns that were converted from another unit.
    """

    frame: pd.DataFrame
    problems: list[Problem]
    remarks: list[Remark]
    notices: list[Notice]


def checked_columns(
    table: SourceTable,
    contract: Contract,
    columns: Mapping[str, str],
    *,
    words: Mapping[str, Mapping[str, str]] | None = None,
    units: Mapping[str, str] | None = None,
) -> CheckedColumns:
    """
    The mapped columns of a contract, and every cell that breaks its rules.

    Parameters
    ----------
    table
        With n rows; it has every column named in `columns`.
    contract
        What the columns must hold.
    columns
        Contract column -> column of the file. Columns without entry are left out.
    words
        Contract column -> words that may stand in its cells -> what they mean. Where it is
        given, no other word is allowed.
    units
        Contract column -> unit that its numbers are in, as the project says.

    Returns
    -------
    checked
        Amounts (`layers.columns.quantities.QUANTITIES`) in their own unit.
    """
    frame = pd.DataFrame(index=range(len(table)))
    found: list[Problem] = []
    remarks: list[Remark] = []
    notices: list[Notice] = []
    for column in contract.columns:
        name = columns.get(column.name)
        if name is None:
            continue
        if column.dtype == "number":
            unit = (units or {}).get(column.name, "")
            values, problems, said, converted = _amounts(table, column, name, unit=unit)
            frame[column.name] = values
            remarks.extend(said)
            if converted:
                own, title = OWN_UNITS[QUANTITIES[column.name]], contract.title
                notices.append(converted_notice(table, name, converted, own=own, title=title))
        else:
            texts, problems = _texts(table, column, name, words=(words or {}).get(column.name))
            frame[column.name] = pd.Series(texts, index=frame.index, dtype="str")
        found.extend(problems)
    return CheckedColumns(frame, found, remarks, notices)


def row_ids(table: SourceTable) -> list[str]:
    """
    Codes for a table that has none: its file name and the row, as in "villages-2".

    The row is the one the planner sees, so a result leads back to its line in the file.
    """
    stem = table.name.rsplit(".", 1)[0]
    return [f"{stem}-{row}" for row in table.rows]


def nearest_word(word: str, known: Mapping[str, str]) -> str:
    """The known word most like another, as a hint in brackets; "" where none is like it."""
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.5)
    return f"，是否应为“{near[0]}”" if near else ""


def _amounts(
    table: SourceTable, column: Column, name: str, *, unit: str
) -> tuple[npt.NDArray[np.float64], list[Problem], list[Remark], str]:
    return read_amounts(
        table,
        name,
        quantity=QUANTITIES[column.name],
        unit=unit,
        maximum=math.inf if column.maximum is None else column.maximum,
        filled=not column.nullable,
    )


def _texts(
    table: SourceTable, column: Column, name: str, *, words: Mapping[str, str] | None
) -> tuple[list[str | float], list[Problem]]:
    if column.unique:
        return list(table.column(name)), repeated(table, name)
    found: list[Problem] = []
    texts: list[str | float] = []
    for row, text in zip(table.rows, table.column(name), strict=True):
        if not text and not column.nullable:
            found.append(Problem(row, name, "", "不得为空"))
        if text and words is not None and text not in words:
            rule = f"不认识这个{column.title}{nearest_word(text, words)}"
            found.append(Problem(row, name, text[:40], rule))
        meaning = words.get(text, text) if words is not None else text
        texts.append(meaning or np.nan)
    return texts, found

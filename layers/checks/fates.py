"""What becomes of rows: some of a table kept, one fate for each whatever was found in it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

    from layers.checks.findings import Finding
    from layers.tables import SourceTable


def kept_rows(table: SourceTable, keep: npt.NDArray[np.bool_]) -> SourceTable:
    """
    Some rows of a table, in their order and with their numbers.

    Parameters
    ----------
    table
        With n rows.
    keep
        Shape (n,).
    """
    if keep.all():
        return table
    at = np.flatnonzero(keep)
    geometry = table.geometry
    return replace(
        table,
        cells=table.cells.iloc[at].reset_index(drop=True),
        rows=tuple(table.rows[each] for each in at.tolist()),
        geometry=None if geometry is None else geometry.iloc[at].reset_index(drop=True),
    )


def with_one_fate(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """
    The findings, where every one on a row that is set aside says so.

    A value that was changed, or told and kept, in a row that is not used was not used either.

    Parameters
    ----------
    findings
        In any order, which is kept.
    """
    listed = tuple(findings)
    aside = {(one.file, one.row) for one in listed if one.done == "set_aside"}
    return tuple(
        replace(one, done="set_aside")
        if one.done != "set_aside" and one.row is not None and (one.file, one.row) in aside
        else one
        for one in listed
    )

"""What comes of columns that are read by a rule of their own, not by that of a contract."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pandas as pd

    from coverage.errors import Problem
    from layers.checks.findings import Finding
    from layers.checks.remarks import Remark
    from layers.tables import SourceTable


class CellsRead(NamedTuple):
    """
    Columns of n rows.

    Parameters
    ----------
    columns
        Name in the layer -> shape (n,), index 0 … n-1.
    problems
        Rows that cannot be used.
    remarks
        What is to be said of rows that are used.
    findings
        Of corrections: applied, or out of date.
    """

    columns: Mapping[str, pd.Series]
    problems: Sequence[Problem] = ()
    remarks: Sequence[Remark] = ()
    findings: Sequence[Finding] = ()


if TYPE_CHECKING:
    CellReader = Callable[[SourceTable], CellsRead]

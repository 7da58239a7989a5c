"""What is to be said of single rows that are used: a finding before the row's record is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from layers.checks.findings import Done, Finding, Records


class Remark(NamedTuple):
    """
    One thing to be said of a row that is used.

    Parameters
    ----------
    row
        Row of the file, as the planner sees it.
    column
        Column of the file; "" where the whole row is meant.
    value
        Text of the cell.
    said
        Chinese.
    check
        Code in `layers.checks.catalogue.CHECKS`.
    done
        "kept" or "changed".
    """

    row: int
    column: str
    value: str
    said: str
    check: str
    done: Done = "kept"


def remark_findings(records: Records, remarks: Iterable[Remark]) -> list[Finding]:
    """
    The findings that remarks make, in their order.

    Parameters
    ----------
    records
        Of the table; rows that it does not have are passed over.
    remarks
        Of any of its rows.
    """
    place = {row: at for at, row in enumerate(records.rows)}
    return [
        records.finding(
            place[one.row],
            one.check,
            one.said,
            column=one.column,
            value=one.value,
            done=one.done,
        )
        for one in remarks
        if one.row in place
    ]

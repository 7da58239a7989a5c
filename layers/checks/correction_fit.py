"""Whether a correction fits its source still: the row, who it is, and what stood there."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Final

from layers.checks.correction import COLUMN, DATUM, KIND, USE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from layers.checks.correction import Correction
    from layers.tables import SourceTable

_BY_NUMBER: Final = (DATUM, KIND, USE)
"""Fields whose `old` says nothing of the source."""


def place_of(
    correction: Correction, table: SourceTable, ids: Sequence[str], identities: Sequence[str]
) -> tuple[int, str]:
    """
    The position of the row that a correction is about, and why it does not fit; "" where it does.

    Parameters
    ----------
    correction
        Of this table.
    table
        As it was read.
    ids
        Codes of its records.
    identities
        What identifies its rows beside that (`layers.checks.row_identity`); empty asks nothing.
    """
    at = bisect_left(table.rows, correction.row)
    if at == len(table) or table.rows[at] != correction.row:
        return at, f"来源文件没有第 {correction.row} 行"
    if correction.record and ids[at] and ids[at] != correction.record:
        return at, f"这一行的代码已是“{ids[at][:40]}”，不是“{correction.record[:40]}”"
    if correction.identity and identities and identities[at] != correction.identity:
        return at, f"这一行已是“{identities[at][:60]}”，不是“{correction.identity[:60]}”"
    if correction.field.startswith(COLUMN):
        name = correction.field.removeprefix(COLUMN)
        if name not in table.cells.columns:
            return at, f"来源文件没有“{name[:40]}”列"
        cell = table.cells[name].iloc[at].strip()
        if cell not in (correction.old.strip(), correction.new.strip()):
            return at, f"“{name[:40]}”已是“{cell[:40]}”，不是“{correction.old[:40]}”"
    return at, ""


def because(correction: Correction) -> str:
    """
    The planner's reason in brackets, for a sentence; "" where none is given.

    With a warning where nothing but its number says which row is meant.
    """
    said = f"（{correction.reason[:80]}）" if correction.reason else ""
    proven = correction.record or correction.identity or correction.field not in _BY_NUMBER
    return said if proven else f"{said}；记录里只有行号，来源文件改动过就可能用错行，请核对"

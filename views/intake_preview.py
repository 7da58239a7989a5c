"""The first rows of a file as they were read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from reports.safe_text import plain_text
from views.plain_text import MESSAGE_LIMIT, escaped
from views.zone_table import ROW_HEIGHT_PX

if TYPE_CHECKING:
    import pandas as pd

    from layers.tables import SourceTable
    from views.intake_state import Intake

PREVIEW_ROWS: Final = 200
PREVIEW_CELL: Final = 80
"""Characters of a cell of the preview."""


def preview(intake: Intake, *, rows: int) -> None:
    """The first rows as they were read, and what was decided in reading them."""
    table = intake.table
    assert table is not None  # noqa: S101 - a preview follows a reading
    st.dataframe(
        preview_table(table), hide_index=True, placeholder="", height=ROW_HEIGHT_PX * (rows + 1) + 3
    )
    left_out = len(table) > PREVIEW_ROWS
    facts = [
        f"共 {len(table):,} 行" + (f"，列出前 {PREVIEW_ROWS} 行" if left_out else ""),
        "第一列是文件里的行号",
        *(remark.rstrip("。") for remark in table.remarks),
    ]
    st.html(f'<div class="qt-faint">{escaped("；".join(facts), limit=MESSAGE_LIMIT)}。</div>')


def preview_table(table: SourceTable) -> pd.DataFrame:
    """The first rows with their numbers, cut and readable; columns of one name stay apart."""
    cells = table.cells.head(PREVIEW_ROWS).map(lambda text: plain_text(text, limit=PREVIEW_CELL))
    cells.columns = [plain_text(name) or "（无列名）" for name in cells.columns]
    if not cells.columns.is_unique:
        cells.columns = [f"{name}（{at}）" for at, name in enumerate(cells.columns, start=1)]
    cells.insert(0, "行号", [str(row) for row in table.rows[:PREVIEW_ROWS]], allow_duplicates=True)
    return cells

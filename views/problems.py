"""A planner's mistake on screen: heading, sentence, and the list of problems where there is one."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from coverage.errors import PlannerError
from reports.safe_text import plain_text
from views.plain_text import MESSAGE_LIMIT, plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from coverage.errors import Problem

SHOWN_PROBLEMS = 1_000


@contextmanager
def told_to_the_planner() -> Iterator[None]:
    """Show a `PlannerError` as sentences; anything else is a bug and passes through."""
    try:
        yield
    except PlannerError as error:
        show_error(error)


def show_error(error: PlannerError) -> None:
    """The heading of the error's kind, its message, and all its problems in a table."""
    st.error(f"**{plain(error.heading)}**\n\n{plain(error, limit=MESSAGE_LIMIT)}")
    problems = getattr(error, "problems", ())
    if problems:
        st.dataframe(problem_table(problems), hide_index=True, placeholder="")
    if len(problems) > SHOWN_PROBLEMS:
        st.text(f"共 {len(problems):,} 处问题，上表列出前 {SHOWN_PROBLEMS:,} 处。")


def problem_table(problems: Sequence[Problem]) -> pd.DataFrame:
    """
    Problems as a table.

    Parameters
    ----------
    problems
        In order; the first `SHOWN_PROBLEMS` are listed.

    Returns
    -------
    table
        行, 列, 值, 问题, all text.
    """
    return pd.DataFrame(
        {
            "行": ["整列" if p.row is None else str(p.row) for p in problems[:SHOWN_PROBLEMS]],
            "列": [plain_text(p.column) for p in problems[:SHOWN_PROBLEMS]],
            "值": [plain_text(p.value) for p in problems[:SHOWN_PROBLEMS]],
            "问题": [plain_text(p.rule) for p in problems[:SHOWN_PROBLEMS]],
        }
    )

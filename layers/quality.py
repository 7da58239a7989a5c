"""The ledger: per file and row what was found, what was done, where it matters.

Rows used + rows set aside = rows read, always.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from coverage.contracts import Column, Contract
from coverage.result_columns import LABEL, LABEL_COLUMN
from layers.checks.catalogue import CHECKS
from layers.checks.fates import kept_rows, with_one_fate
from layers.checks.findings import DONE_NAMES, Finding, Records, records_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from coverage.errors import Problem
    from layers.tables import SourceTable

__all__ = ["FINDINGS", "Finding", "Ledger", "set_aside"]

NAMED_CHECKS: Final = 3
"""Checks named in a sentence of the summary; the rest are counted."""

# fmt: off
FINDINGS: Final = Contract(
    "findings.csv",
    "数据问题",
    (
        Column("file", "text", "文件", "来源文件，按 project.toml 里的写法"),
        Column("row", "whole", "行", "来源文件里的行号或图形序号；空值表示整个文件", nullable=True),
        Column("record_id", "text", "编号", "这一行的代码", nullable=True),
        Column("record_name", "text", "名称", "这一行的名称", nullable=True),
        Column("column", "text", "列", "来源文件里的列名；空值表示整行", nullable=True),
        Column("value", "text", "值", "这一格的内容", nullable=True),
        Column("check", "text", "检查代码", "查出问题的检查", choices=tuple(CHECKS)),
        Column("check_name", "text", "检查", "检查的中文名称"),
        Column("found", "text", "问题", "查出了什么"),
        Column("done", "text", "处理",
               "set_aside 放在一边不采用、changed 改动后采用、kept 照原样采用",
               choices=tuple(DONE_NAMES)),
        Column("where_it_matters", "text", "影响", "不处理会影响什么"),
        Column("remedy", "text", "怎样改", "建议的改法"),
        Column("lon", "number", "经度", "WGS84 经度，保留 7 位小数；空值表示位置不明", "度",
               nullable=True),
        Column("lat", "number", "纬度", "WGS84 纬度，保留 7 位小数；空值表示位置不明", "度",
               nullable=True),
        LABEL_COLUMN,
    ),
)
"""The table that the ledger gives."""
# fmt: on


@dataclass(frozen=True, eq=False)
class Ledger:
    """
    What was found in the files of a project, and how many of their rows are used.

    Parameters
    ----------
    findings
        Of these files; every finding on a row that is set aside says so.
    rows_read, rows_used, rows_set_aside
        By file, the same files in each.

    Raises
    ------
    ValueError
        If a sum does not add up, a row has two fates, or the findings tell of other rows set
        aside than are counted: a fault of the program, never of the data.
    """

    findings: tuple[Finding, ...] = ()
    rows_read: Mapping[str, int] = field(default_factory=dict)
    rows_used: Mapping[str, int] = field(default_factory=dict)
    rows_set_aside: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not set(self.rows_read) == set(self.rows_used) == set(self.rows_set_aside):
            msg = "rows read, used and set aside must be of the same files"
            raise ValueError(msg)
        told: dict[str, set[int | None]] = {file: set() for file in self.rows_read}
        for one in self.findings:
            if one.done == "set_aside":
                told.setdefault(one.file, set()).add(one.row)
        for file, rows in told.items():
            read, used = self.rows_read.get(file, 0), self.rows_used.get(file, 0)
            aside = self.rows_set_aside.get(file, 0)
            if read != used + aside or min(used, aside) < 0 or len(rows) != aside or None in rows:
                msg = (
                    f"{file!r}: {read} rows read, {used} used, {aside} set aside, "
                    f"{len(rows)} of them told"
                )
                raise ValueError(msg)
        if with_one_fate(self.findings) != self.findings:
            msg = "a row that is set aside has a finding that says otherwise"
            raise ValueError(msg)

    @classmethod
    def of_file(
        cls, file: str, findings: Iterable[Finding], *, rows_read: int, rows_used: int
    ) -> Ledger:
        """
        The ledger of one file.

        Parameters
        ----------
        file
            As messages name it; the findings are told of this file.
        findings
            In any order.
        rows_read, rows_used
            Rows of the file, and those in the layer that came of it.

        Raises
        ------
        ValueError
            If a row is neither used nor told to be set aside.
        """
        told = with_one_fate(replace(one, file=file) for one in findings)
        aside = len({one.row for one in told if one.done == "set_aside"})
        ordered = tuple(sorted(told, key=lambda one: -1 if one.row is None else one.row))
        return cls(ordered, {file: rows_read}, {file: rows_used}, {file: aside})

    @classmethod
    def merged(cls, ledgers: Iterable[Ledger]) -> Ledger:
        """
        One ledger of several, file after file.

        Raises
        ------
        ValueError
            If two tell of the same file: its rows would count twice.
        """
        listed = list(ledgers)
        files = [file for one in listed for file in one.rows_read]
        if len(files) != len(set(files)):
            msg = f"a file stands in two ledgers: {files}"
            raise ValueError(msg)
        counts: list[dict[str, int]] = [
            {file: rows for one in listed for file, rows in getattr(one, name).items()}
            for name in ("rows_read", "rows_used", "rows_set_aside")
        ]
        return cls(tuple(each for one in listed for each in one.findings), *counts)

    def frame(self) -> pd.DataFrame:
        """The findings as a table, contract `FINDINGS` without the label, in their order."""
        columns = {
            "check_name": [one.title for one in self.findings],
            "row": pd.array([one.row for one in self.findings], dtype="Int64"),
            "lon": np.array([one.lon for one in self.findings], dtype=float),
            "lat": np.array([one.lat for one in self.findings], dtype=float),
        }
        return pd.DataFrame(
            {
                column.name: columns[column.name]
                if column.name in columns
                else pd.Series([getattr(one, column.name) for one in self.findings], dtype="str")
                for column in FINDINGS.columns
                if column.name != LABEL
            }
        )

    def rows(self) -> pd.DataFrame:
        """One row per file: `file`, `rows_read`, `rows_used`, `rows_set_aside`, `findings`."""
        found = Counter(one.file for one in self.findings)
        return pd.DataFrame(
            [
                (file, read, self.rows_used[file], self.rows_set_aside[file], found[file])
                for file, read in self.rows_read.items()
            ],
            columns=["file", "rows_read", "rows_used", "rows_set_aside", "findings"],
        )

    def counts(self) -> pd.DataFrame:
        """
        Findings by file, check and what was done.

        Returns
        -------
        counts
            `file`, `check`, `check_name`, `done`, `count`: files in their order, checks in that
            of the catalogue.
        """
        found = Counter((one.file, one.check, one.done) for one in self.findings)
        files = {file: at for at, file in enumerate(self.rows_read)}
        checks = {check: at for at, check in enumerate(CHECKS)}
        fates = list(DONE_NAMES)
        ordered = sorted(
            found,
            key=lambda k: (files.get(k[0], len(files)), k[0], checks[k[1]], fates.index(k[2])),
        )
        return pd.DataFrame(
            [(file, check, CHECKS[check].title, done, found[file, check, done])
             for file, check, done in ordered],
            columns=["file", "check", "check_name", "done", "count"],
        )  # fmt: skip

    def summary(self) -> tuple[str, ...]:
        """One Chinese sentence per file: rows read, used and set aside, and what was found most."""
        return tuple(self._sentence(file) for file in self.rows_read)

    def _sentence(self, file: str) -> str:
        aside = self.rows_set_aside[file]
        text = f"「{file}」读到 {self.rows_read[file]} 行，采用 {self.rows_used[file]} 行"
        text += f"，放在一边 {aside} 行" if aside else ""
        titles = Counter(one.title for one in self.findings if one.file == file)
        if not titles:
            return f"{text}；没有查出问题。"
        named = "、".join(f"{title} {n} 处" for title, n in titles.most_common(NAMED_CHECKS))
        more = " 等" if len(titles) > NAMED_CHECKS else ""
        return f"{text}；查出 {titles.total()} 处问题（{named}{more}）。"


def set_aside(
    table: SourceTable, found: Sequence[Problem], *, records: Records | None = None
) -> tuple[SourceTable, list[Finding]]:
    """
    A table without its faulty rows, and a finding for every problem.

    Parameters
    ----------
    table
        With n rows.
    found
        Problems of single rows, in any order.
    records
        Who the n rows are; row numbers alone where not given.

    Returns
    -------
    table
        The other rows, in their order.
    findings
        In the order of `found`, each "set_aside".

    Raises
    ------
    ValueError
        If a problem is one of a whole column, which no row can be set aside for, or of a row
        that the table does not have.
    """
    place = {row: at for at, row in enumerate(table.rows)}
    strange = [problem for problem in found if problem.row not in place]
    if strange:
        msg = f"{len(strange)} problems are of no row of {table.name!r}, first: {strange[0]}"
        raise ValueError(msg)
    who = records if records is not None else records_of(table, {})
    findings = [
        who.of_problem(place[problem.row], problem, done="set_aside")
        for problem in found
        if problem.row is not None
    ]
    keep = ~np.isin(table.rows, [problem.row for problem in found])
    return kept_rows(table, keep), findings

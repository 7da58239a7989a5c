"""The kind of each row of a list of facilities, whoever says it.

A correction goes before the list's own column of kinds, that before what is recognised from name,
category and code (`layers.columns.facility_kinds`). A row of no known kind, or of a thing that
does not count, cannot be used.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import pandas as pd

from coverage.errors import Problem
from layers.checked_columns import nearest_word
from layers.checks.cells_read import CellsRead
from layers.checks.correction import COLUMN, KIND
from layers.checks.correction_fit import because, place_of
from layers.checks.findings import records_of
from layers.checks.remarks import Remark
from layers.checks.row_identity import as_it_was, row_identities
from layers.columns.facility_kinds import UNKNOWN, recognise_kinds
from layers.corrections import stale

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from coverage.standards import FacilityKind
    from layers.checks.correction import Correction
    from layers.checks.findings import Finding
    from layers.tables import SourceTable

TELLING: Final = ("name", "kind", "category", "category_code")
"""Columns that a kind is recognised from."""


@dataclass(frozen=True, eq=False)
class KindReader:
    """
    How the kinds of a list are told.

    Parameters
    ----------
    kinds
        The table of kinds by code.
    columns
        Our names -> columns of the file.
    kind
        Code of all rows, or None.
    recognise
        Whether kinds are recognised where the list does not say them.
    corrections
        Those of this file.
    """

    kinds: Mapping[str, FacilityKind]
    columns: Mapping[str, str]
    kind: str | None = None
    recognise: bool = False
    corrections: Sequence[Correction] = ()

    def __call__(self, table: SourceTable) -> CellsRead:
        """
        The columns `kind` and, where kinds are recognised, `kind_rule`.

        Parameters
        ----------
        table
            With corrected cells, n rows.
        """
        words = kind_words(self.kinds)
        decided, findings = self._corrected(table, words)
        told = self._told(table, words, decided)
        open_rows = [at for at, one in enumerate(told) if not one.kind]
        if self.recognise:
            for at, one in zip(open_rows, self._recognised(table, open_rows), strict=True):
                told[at] = one
        columns = {"kind": pd.Series([one.kind or np.nan for one in told], dtype="str")}
        if self.recognise:
            columns["kind_rule"] = pd.Series([one.rule or np.nan for one in told], dtype="str")
        problems = [
            Problem(table.rows[at], one.column, one.value[:40], one.fault)
            for at, one in enumerate(told)
            if one.fault
        ]
        remarks = [
            Remark(table.rows[at], one.column, one.value[:40], one.doubt, "kind_doubtful")
            for at, one in enumerate(told)
            if one.doubt
        ]
        return CellsRead(columns, problems, remarks, findings)

    def _corrected(
        self, table: SourceTable, words: Mapping[str, str]
    ) -> tuple[dict[int, str], list[Finding]]:
        """Rows whose kind the planner has said, by a correction of the kind or of a cell."""
        records = records_of(table, self.columns)
        ids = records_of(as_it_was(table, self.corrections), self.columns).ids
        identities = row_identities(table, self.columns, corrections=self.corrections)
        category = self.columns.get("category", "")
        decided: dict[int, str] = {}
        findings = []
        for one in self.corrections:
            at, fault = place_of(one, table, ids, identities)
            if one.field == f"{COLUMN}{category}" and one.new in words and not fault:
                decided.setdefault(one.row, words[one.new])
            if one.field != KIND:
                continue
            if not fault and one.new not in words:
                fault = f"设施类别表里没有“{one.new[:40]}”"
            if fault:
                findings.append(stale(one, table.name, fault))
                continue
            decided[one.row] = words[one.new]
            said = f"类别改为“{self.kinds[words[one.new]].name}”{because(one)}"
            findings.append(records.finding(at, "corrected", said, done="changed"))
        return decided, findings

    def _told(
        self, table: SourceTable, words: Mapping[str, str], decided: Mapping[int, str]
    ) -> list[_Told]:
        """What corrections, the list's column of kinds, or the project say of each row."""
        name = self.columns.get("kind", "")
        texts = _texts(table, name) if name else [""] * len(table)
        told = []
        for row, text in zip(table.rows, texts, strict=True):
            if row in decided:
                told.append(_Told(decided[row], "按改正记录"))
            elif not name:
                told.append(_Told(self.kind or ""))
            elif text in words:
                told.append(_Told(words[text], f"“{name}”列写的是“{text}”"))
            else:
                rule = f"不认识这个类别{nearest_word(text, words)}" if text else "不得为空"
                told.append(_Told("", column=name, value=text, fault=rule))
        return told

    def _recognised(self, table: SourceTable, at: list[int]) -> list[_Told]:
        """What names, categories and codes say of some rows."""
        whole = {key: _texts(table, self.columns[key]) for key in TELLING if key in self.columns}
        cells = {key: [texts[one] for one in at] for key, texts in whole.items()}
        nothing = [""] * len(at)
        own = cells.get("kind", nothing)
        categories = [
            said or word for said, word in zip(cells.get("category", nothing), own, strict=True)
        ]
        names = cells.get("name", nothing)
        found = recognise_kinds(
            names, categories, cells.get("category_code", nothing), kinds=self.kinds
        )
        key = next((key for key in ("kind", "category", "name") if key in cells), "category_code")
        column, texts = self.columns.get(key, ""), cells.get(key, nothing)
        return [
            _verdict(column, text, verdict)
            for text, verdict in zip(texts, found.astype(object).itertuples(), strict=True)
        ]


class _Told(NamedTuple):
    """What is said of one row: its kind and why; or where it is at fault, or doubtful."""

    kind: str
    rule: str = ""
    column: str = ""
    value: str = ""
    fault: str = ""
    doubt: str = ""


def _verdict(column: str, text: str, verdict: pd.Series) -> _Told:
    rule = str(verdict.rule)
    if pd.isna(verdict.kind):
        fault = f"不认识这个类别：{rule}"
        if rule != UNKNOWN:  # only then is it known what the thing is
            fault = f"不计入设施{'' if verdict.certain else '（拿不准，请核实）'}：{rule}"
        return _Told("", rule, column, text, fault=fault)
    doubt = "" if verdict.certain else f"类别是认出来的，拿不准：{rule}"
    return _Told(str(verdict.kind), rule, column, text, doubt=doubt)


def _texts(table: SourceTable, name: str) -> list[str]:
    return table.column(name).to_numpy(dtype=object).tolist()


def kind_words(kinds: Mapping[str, FacilityKind]) -> dict[str, str]:
    """Words that may stand for a kind in a table: Chinese name, other names, code -> code."""
    names = {word: code for code, kind in kinds.items() for word in (kind.name, *kind.aliases)}
    return names | {code: code for code in kinds}

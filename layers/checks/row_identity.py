"""What identifies a row of a source beside its code: its name and where the source puts it.

Many lists have no codes, and a row's number is no identity: one row put in above, and every number
below means another place.
"""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from layers.checks.correction import COLUMN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from layers.checks.correction import Correction
    from layers.tables import SourceTable

SHOWN_SIGNS: Final = 60
"""Signs of a name or place that are kept; a longer one (a shape as text) is kept as a hash."""

HASH_DIGITS: Final = 12

_PAIRS: Final = (("lon", "lat"), ("x", "y"))
_NAMED_PLACE: Final = ("village", "township", "address")


def source_positions(table: SourceTable, columns: Mapping[str, str]) -> list[str]:
    """
    What a source says of where its rows lie: the `old` of a correction of the position.

    Parameters
    ----------
    table
        With n rows.
    columns
        May map "lon" and "lat", or "x" and "y", to columns of the file; otherwise the shapes
        tell.

    Returns
    -------
    texts
        Shape (n,), e.g. "114.9, 37.6"; the cells as they are, or the centre of a shape's box.
    """
    for pair in _PAIRS:
        if all(key in columns for key in pair):
            cells = (table.column(columns[key]) for key in pair)
            return [f"{one}, {other}" for one, other in zip(*cells, strict=True)]
    if table.geometry is None:
        return [""] * len(table)
    west, south, east, north = shapely.bounds(np.asarray(table.geometry, dtype=object)).T
    return [
        f"{x:.10g}, {y:.10g}" for x, y in zip((west + east) / 2, (south + north) / 2, strict=True)
    ]


def row_identities(
    table: SourceTable,
    columns: Mapping[str, str],
    *,
    corrections: Sequence[Correction] = (),
) -> list[str]:
    """
    What identifies the rows of a source: name and place, e.g. "甲卫生室@114.9,37.6".

    Parameters
    ----------
    table
        With n rows, as it was read or with corrected cells.
    columns
        May map "name", and what tells the place, to columns of the file.
    corrections
        Those of this file; cells that they have changed count as they were.

    Returns
    -------
    identities
        Shape (n,), without blanks and in one width; "" where a row has neither.
    """
    table = as_it_was(table, corrections)
    names = table.column(columns["name"]).tolist() if "name" in columns else [""] * len(table)
    return [
        f"{_plain(name)}@{_plain(place)}" if _plain(name + place) else ""
        for name, place in zip(names, _places(table, columns), strict=True)
    ]


def as_it_was(table: SourceTable, corrections: Sequence[Correction]) -> SourceTable:
    """
    A table before its cells were corrected.

    Parameters
    ----------
    table
        As it was read or with corrected cells; both give the same.
    corrections
        Those of this file.
    """
    place = {row: at for at, row in enumerate(table.rows)}
    cells = table.cells
    for one in corrections:
        name = one.field.removeprefix(COLUMN)
        if not one.field.startswith(COLUMN) or one.row not in place or name not in cells.columns:
            continue
        at = place[one.row]
        if cells[name].iloc[at].strip() == one.new.strip():
            cells = cells.copy() if cells is table.cells else cells
            cells.iloc[at, cells.columns.get_loc(name)] = one.old
    return replace(table, cells=cells)


def _places(table: SourceTable, columns: Mapping[str, str]) -> list[str]:
    if "geometry" in columns:
        return table.column(columns["geometry"]).tolist()
    if any(all(key in columns for key in pair) for pair in _PAIRS) or table.geometry is not None:
        return source_positions(table, columns)
    cells = [table.column(columns[key]) for key in _NAMED_PLACE if key in columns]
    return ["/".join(one) for one in zip(*cells, strict=True)] if cells else [""] * len(table)


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text)
    kept = "".join(sign for sign in folded if sign.isprintable() and not sign.isspace())
    if len(kept) <= SHOWN_SIGNS:
        return kept
    return "#" + hashlib.sha256(kept.encode()).hexdigest()[:HASH_DIGITS]

"""How much the blocks of a DXF come to once they are put in: ten in ten in ten … fill any memory.

A block is drawn once and inserted many times, and may insert others. GDAL writes all of it out, so
a few lines can stand for more shapes than there are grains of sand.

References
----------
Autodesk, DXF Reference: group codes in pairs of lines; 0 begins an entity, 2 names its block, 70
and 71 repeat it in columns and rows.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from coverage.errors import SourceError

if TYPE_CHECKING:
    from pathlib import Path

_MOST_PIECES: Final = 2_000_000
"""Entities of a drawing with all blocks put in; GDAL takes some four seconds for a million."""

_LONGEST_LINE: Final = 1_000_000
_OF_BLOCKS: Final = frozenset({b"INSERT", b"DIMENSION", b"ACAD_TABLE"})
_DRAWING: Final = b"\n"
"""Stands for what is in no block; no block can be called so."""
_TIMES: Final = frozenset({b"70", b"71"})


@dataclass
class _Body:
    """What stands in a block, or beside all blocks: entities, and blocks with how many times."""

    entities: int = 0
    inserts: list[tuple[bytes, int]] = field(default_factory=list)


def check_dxf(path: Path) -> None:
    """
    Refuse a drawing whose blocks come to too much, or hold one another in a circle.

    Parameters
    ----------
    path
        A DXF in text.

    Raises
    ------
    SourceError
        If it is such a drawing.
    """
    total = _total(_bodies(path))
    if total is None:
        msg = f"「{path.name}」里的图块互相嵌套成环，没有打开。请在 CAD 里分解图块后另存为 DXF。"
        raise SourceError(msg)
    if total > _MOST_PIECES:
        msg = (
            f"「{path.name}」里的图块层层嵌套，展开后超过 {_MOST_PIECES:,} 个图形的上限，没有打开。"
            "请只导出要用的图层。"
        )
        raise SourceError(msg)


def _total(bodies: dict[bytes, _Body]) -> int | None:
    """Entities of the drawing with all blocks put in; None where blocks hold one another."""
    totals: dict[bytes, int] = {}
    opened: set[bytes] = set()
    waiting = [_DRAWING]
    while waiting:
        name = waiting[-1]
        body = bodies.get(name, _Body())
        inside = {block for block, _ in body.inserts} - totals.keys()
        if name in totals or not inside:
            waiting.pop()
            found = sum(times * totals[block] for block, times in body.inserts)
            # no more than asked, or the number itself grows without bound
            totals[name] = min(body.entities + found, _MOST_PIECES + 1)
        elif name in opened:
            return None
        else:
            opened.add(name)
            waiting += sorted(inside)
    return totals[_DRAWING]


def _bodies(path: Path) -> dict[bytes, _Body]:
    bodies = {_DRAWING: _Body()}
    body, kind = bodies[_DRAWING], b""
    with path.open("rb") as file:
        while (code := file.readline(_LONGEST_LINE)) and (value := file.readline(_LONGEST_LINE)):
            code = code.strip()
            if code == b"0":
                kind = value.strip()
                body.entities += 1
                if kind in _OF_BLOCKS:
                    body.inserts.append((b"", 1))
                elif kind == b"ENDBLK":
                    body = bodies[_DRAWING]
            elif code == b"2" and kind == b"BLOCK":
                body = bodies.setdefault(value.strip().upper(), _Body())
            elif code == b"2" and kind in _OF_BLOCKS:
                body.inserts[-1] = (value.strip().upper(), body.inserts[-1][1])
            elif code in _TIMES and kind == b"INSERT":
                with contextlib.suppress(ValueError):
                    name, times = body.inserts[-1]
                    body.inserts[-1] = (name, min(times * max(int(value), 1), _MOST_PIECES))
    return bodies

"""A list that mixes datums, found out and split: which rows are written in which.

Orders and zones are told apart by the study area: a coordinate does not fall into a county by
accident. The shifts of web maps are told apart by the roads. The rows that lie far from all roads
in the best reading are put on trial by themselves; only if they lie close to them in a second
reading, far closer than after any other shift, is the list called mixed. Each row then goes to a
reading by the odds of its distances; rows that lie near roads in both, or in none, stay unclear.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from layers.datums.chance import FARTHEST_SHIFT_M
from layers.datums.clusters import UNCLEAR, shift_clusters
from layers.datums.datum import LATITUDE_FIRST, named_datum
from layers.datums.nearness import Surroundings
from layers.datums.readings import SHIFTED, Placed, likely_datums, placed

if TYPE_CHECKING:
    import numpy.typing as npt
    from scipy.spatial import cKDTree

    from layers.datums.datum import Datum

    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int64]

FEWEST_ROWS: Final = 3
"""Rows of another order or zone that make a list mixed; fewer are single mistakes."""


@dataclass(frozen=True, eq=False)
class DatumSplit:
    """
    Which rows of a list are written in which datum.

    Parameters
    ----------
    datums
        At least one where anything lies in the study area, the one with most rows first.
    row
        Shape (n,), positions in `datums`; `UNCLEAR` where it cannot be told.
    is_mixed
        Whether it is well founded that there is more than one.
    reasons
        Chinese sentences with the counts.
    """

    datums: tuple[Datum, ...]
    row: IntArray
    is_mixed: bool
    reasons: tuple[str, ...]

    @property
    def counts(self) -> tuple[int, ...]:
        """Rows of each datum."""
        return tuple(int((self.row == at).sum()) for at in range(len(self.datums)))


def split_datums(
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    *,
    roads: cKDTree,
    area: shapely.Geometry,
    crs: str,
    buildings: cKDTree | None = None,
) -> DatumSplit:
    """
    Which rows of a list are written in which datum, as far as that can be told.

    Parameters are those of `layers.datums.datum_evidence.propose_datum`.

    Returns
    -------
    split
        A proposal; the planner confirms it. Where nothing speaks for a mixture, every row in the
        study area has the likeliest datum.
    """
    first, second = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    near = Surroundings(roads, buildings)
    wide = shapely.buffer(area, FARTHEST_SHIFT_M)
    shapely.prepare(wide)
    datums: list[Datum] = []
    row = np.full(len(first), UNCLEAR)
    reasons: list[str] = []
    for base, at in _families(first, second, area=wide, crs=crs):
        readings = [(base.datum, base.places[at])]
        if base.datum.is_geographic:
            readings += _shifted(first[at], second[at], base.datum, crs=crs)
        found, within, told = shift_clusters(readings, near, wide)
        row[at] = np.where(within == UNCLEAR, UNCLEAR, within + len(datums))
        datums += found
        reasons += told
    return _ordered(datums, row, reasons)


def _families(
    x: FloatArray, y: FloatArray, *, area: shapely.Geometry, crs: str
) -> list[tuple[Placed, IntArray]]:
    """Readings without a shift that put rows into the area, and the rows of each."""
    plain = [one for one in likely_datums(x, y, area=area, crs=crs) if one.shift == "none"]
    left = np.ones(len(x), dtype=bool)
    found = []
    for datum in plain:
        one = placed(x, y, datum, area=area, crs=crs)
        at = np.flatnonzero(one.inside & left)
        if len(at) >= FEWEST_ROWS:
            found.append((one, at))
            left[at] = False
    return found


def _shifted(
    x: FloatArray, y: FloatArray, base: Datum, *, crs: str
) -> list[tuple[Datum, FloatArray]]:
    """The readings of degrees that shift, in the order of coordinates of `base`."""
    suffix = f" {LATITUDE_FIRST}" if base.northing_first else ""
    datums = [named_datum(name + suffix, where="") for name in SHIFTED[1:]]
    return [(datum, np.column_stack(datum.to(x, y, crs=crs))) for datum in datums]


def _ordered(datums: list[Datum], row: IntArray, reasons: list[str]) -> DatumSplit:
    """The split with the datum of most rows first, and the sentence that sums it up."""
    counts = [int((row == at).sum()) for at in range(len(datums))]
    order = sorted(range(len(datums)), key=lambda at: -counts[at])
    place = np.array([*np.argsort(order).tolist(), UNCLEAR]).astype(np.int64)
    listed = "、".join(f"{datums[at].name} {counts[at]} 行" for at in order)
    unclear = len(row) - sum(counts)
    if len(datums) > 1:
        text = f"文件混用了坐标系：{listed}"
        if unclear:
            text += (
                f"，另有 {unclear} 行看不出（离道路都远、都近，或不在研究区内），"
                "将按整份选定的坐标系读取"
            )
        text += "。请在地图上核对后分别指定。"
    else:
        text = "没有看出混用坐标系。"
    return DatumSplit(
        tuple(datums[at] for at in order), place[row], len(datums) > 1, (*reasons, text)
    )

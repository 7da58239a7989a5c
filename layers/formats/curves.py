"""Which shapes of a map file are curves: GDAL makes lines of many corners of them, in silence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow.compute as pc

from layers import gdal_settings  # noqa: F401 - must come before pyogrio

import pyogrio.raw  # isort: skip

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

_WITH_CURVES: Final = frozenset({"GPKG", "OpenFileGDB"})
"""Drivers that know curves as such."""

_CURVES: Final = np.arange(8, 13)
"""Types in WKB (ISO 13249-3): CircularString, CompoundCurve, CurvePolygon, MultiCurve and
MultiSurface; 1000 more where there are heights, 2000 more with measures."""

_ROUND_IN_DXF: Final = ("AcDbCircle", "AcDbEllipse", "AcDbSpline")
"""Classes of entities that GDAL draws in short lines; an arc is a circle with more to it."""


def curved_shapes(
    path: Path,
    *,
    layer: str | None,
    driver: str,
    wkb: np.ndarray[Any, Any],
    classes: np.ndarray[Any, Any] | None,
) -> npt.NDArray[np.bool_]:
    """
    Which shapes of a layer are curves in the file.

    The bulges of a polyline of a DXF are not told: GDAL has no word of them.

    Parameters
    ----------
    path
        Absolute, of a file that `pyogrio.raw.read` has read.
    layer
        Its name; None for the only one.
    driver
        GDAL's name of the driver.
    wkb
        Shape (n,), the shapes as they were read, None where there is none.
    classes
        Shape (n,), the attribute "SubClasses"; None where there is none.

    Returns
    -------
    curved
        Shape (n,).
    """
    if driver in _WITH_CURVES:
        return _curved(path, layer, rows=len(wkb))
    if driver == "DXF" and classes is not None:
        return np.array([any(one in str(text) for one in _ROUND_IN_DXF) for text in classes], bool)
    return np.zeros(len(wkb), dtype=bool)


def _curved(path: Path, layer: str | None, *, rows: int) -> npt.NDArray[np.bool_]:
    """The stream of Arrow has the shapes as they are; of each only the head is looked at."""
    found: list[npt.NDArray[np.bool_]] = []
    with pyogrio.raw.open_arrow(path, layer=layer, columns=[], use_pyarrow=True) as opened:
        meta, batches = opened
        place = batches.schema.get_field_index(meta["geometry_name"] or "wkb_geometry")
        for batch in batches:
            heads = pc.binary_slice(batch.column(place), 0, 5).to_pylist()
            types = np.array([_type(head) if head else 0 for head in heads], dtype=np.int64)
            found.append(np.isin(types % 1000, _CURVES))
    # a file that is being written to may have fewer by now
    return np.concatenate([*found, np.zeros(rows, dtype=bool)])[:rows]


def _type(head: bytes) -> int:
    """The number behind the mark of the order of bytes: 1 is little-endian."""
    return int.from_bytes(head[1:], "little" if head[0] else "big")

"""Shapes of a planner's layer made fit to be asked: valid, none empty, what was mended told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from coverage.errors import SitingError
from coverage.notices import Notice

if TYPE_CHECKING:
    import numpy.typing as npt

    ShapeArray = npt.NDArray[np.object_]

TOUCH_M: Final = 1e-3
"""A millimetre: nearer than this a point is on the edge; beyond lies the rounding of
coordinates that were converted from degrees."""

AREA_DIMENSIONS: Final = 2


def fit_shapes(name: str, shapes: ShapeArray, *, areas: bool) -> tuple[ShapeArray, list[Notice]]:
    """
    The shapes of a layer that can be asked for distances.

    Parameters
    ----------
    name
        Of the layer, for messages.
    shapes
        Shape (n,), geometries in a projected CRS; None and empty ones are passed over.
    areas
        Whether only polygons make sense.

    Returns
    -------
    shapes
        Valid, at most n.
    notices
        Codes "layer_mended" and "layer_empty".

    Raises
    ------
    SitingError
        If a coordinate is not finite, or a shape is no polygon where only those make sense.
    """
    given = np.asarray(shapes, dtype=object)
    at = np.flatnonzero(~(shapely.is_missing(given) | shapely.is_empty(given)))
    there = given[at]
    endless = np.flatnonzero(~np.isfinite(shapely.bounds(there)).all(axis=1))
    if len(endless):
        msg = (
            f"图层「{name}」有 {len(endless)} 个图形的坐标不是有限的数，"
            f"第一个是第 {at[endless[0]] + 1} 个。请检查图层的坐标系。"
        )
        raise SitingError(msg)
    flat = np.flatnonzero(areas & (shapely.get_dimensions(there) < AREA_DIMENSIONS))
    if len(flat):
        msg = (
            f"图层「{name}」有 {len(flat)} 个图形不是面，第一个是第 {at[flat[0]] + 1} 个。"
            "排除范围和“在范围内”的评分要用面图层；线请先在 QGIS 里做缓冲区。"
        )
        raise SitingError(msg)
    invalid = np.flatnonzero(~shapely.is_valid(there))
    fit = there.copy()
    fit[invalid] = shapely.make_valid(there[invalid])
    notices = []
    if len(invalid):
        text = (
            f"图层「{name}」有 {len(invalid)} 个图形自相交或不合规范"
            f"（首个是第 {at[invalid[0]] + 1} 个），已自动修正。请在 QGIS 里用“修复几何图形”核对。"
        )
        notices.append(Notice("layer_mended", text, len(invalid)))
    if not len(fit):
        text = f"图层「{name}」没有任何图形，没有起作用。请检查文件是否导出完整。"
        notices.append(Notice("layer_empty", text, 0))
    return fit, notices

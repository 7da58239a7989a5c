"""Shapes as they come out of files: flat, and what is odd about them said."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyproj
import shapely

if TYPE_CHECKING:
    import numpy.typing as npt

    Shapes = np.ndarray[Any, Any]
    BoolArray = npt.NDArray[np.bool_]

KIND_WORDS: Final = {"point": "点", "line": "线", "polygon": "面", "mixed": "集合"}
"""Kinds of geometry, as `Part.geometry` has them, in Chinese."""

_FILES: Final = re.compile(r"PARAMETERFILE|grids|METHOD\[\"PROJ", re.IGNORECASE)
"""What stands in a CRS that names a file."""

_KINDS: Final = ("point", "line", "line", "polygon", "point", "line", "polygon")
"""By the number that shapely gives a type: Point is 0, MultiPolygon 6."""


def flat_shapes(
    shapes: Shapes,
    *,
    had: BoolArray | None = None,
    measured: bool = False,
    curved: BoolArray | None = None,
) -> tuple[Shapes, list[str]]:
    """
    Shapes in two dimensions, and Chinese sentences on what is odd about them.

    Coordinates that are no finite numbers are left as they are: whoever uses the shapes reports
    them with their row.

    Parameters
    ----------
    shapes
        Shape (n,), None where there is none.
    had
        Shape (n,), whether the file has something there, were it only in ruins.
    measured
        Whether measures (M) have been dropped already.
    curved
        Shape (n,), which are lines of many corners in the place of a curve.
    """
    missing = shapely.is_missing(shapes)
    lost = missing & had if had is not None else np.zeros(len(shapes), dtype=bool)
    deep = bool(shapely.has_z(shapes).any())
    remarks = []
    if deep or measured:
        words = (("高程（Z）", deep), ("测量值（M）", measured))
        what = "、".join(word for word, has in words if has)
        remarks.append(f"图形带有{what}，这里只用平面位置，已略去。")
    flat = shapely.force_2d(shapes) if deep else shapes
    curves = np.zeros(len(shapes), dtype=bool) if curved is None else curved & ~missing
    remarks += [
        f"有 {found.sum()} 条记录{fault}，首个是第 {found.argmax() + 1} 条。"
        for found, fault in (
            (lost, "的图形不成立，按没有图形处理"),
            ((missing & ~lost) | shapely.is_empty(flat), "没有图形"),
            (not_finite(flat), "的坐标不是有限的数"),
            (curves, "的图形带有圆弧或曲线，已改成由许多短线段组成的折线"),
        )
        if found.any()
    ]
    kinds = kinds_of(flat[~shapely.is_empty(flat)])
    if len(kinds) > 1:
        listed = "、".join(word for kind, word in KIND_WORDS.items() if kind in kinds)
        remarks.append(f"图形的类型不止一种：{listed}。")
    return flat, remarks


def not_finite(shapes: Shapes) -> BoolArray:
    """
    Which shapes have a coordinate that is NaN or infinite.

    Parameters
    ----------
    shapes
        Shape (n,), None where there is none.

    Returns
    -------
    found
        Shape (n,).
    """
    places, owners = shapely.get_coordinates(shapes, return_index=True)
    found = np.zeros(len(shapes), dtype=bool)
    found[owners[~np.isfinite(places).all(axis=1)]] = True
    return found


def kinds_of(shapes: Shapes) -> set[str]:
    """
    The kinds of some shapes, as `Part.geometry` has them.

    Parameters
    ----------
    shapes
        Shape (n,), None where there is none.

    Examples
    --------
    >>> kinds_of(np.array([shapely.MultiPoint([(0, 0)]), shapely.Point(0, 0), None]))
    {'point'}
    """
    numbers = np.unique(shapely.get_type_id(shapes[~shapely.is_missing(shapes)])).tolist()
    return {_KINDS[number] if number < len(_KINDS) else "mixed" for number in numbers}


def known_crs(declared: object) -> pyproj.CRS | None:
    """
    The CRS that a file declares; None where it declares none, or none that is known.

    One that names a file of shifts is not known: converting would open that file.
    """
    if declared is None or declared == "":
        return None
    with contextlib.suppress(pyproj.exceptions.CRSError):
        crs = pyproj.CRS.from_user_input(declared)
        return None if _FILES.search(crs.to_wkt()) else crs
    return None


def crs_text(crs: pyproj.CRS | None) -> str:
    """
    A CRS as `Part.crs` has it: by its code, or else by its name.

    Examples
    --------
    >>> crs_text(pyproj.CRS(4547)), crs_text(None)
    ('EPSG:4547', '')
    """
    if crs is None:
        return ""
    code = crs.to_authority()
    return ":".join(code) if code else str(crs.name)

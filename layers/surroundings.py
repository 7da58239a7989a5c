"""Boundaries among which the study area lies, for the small map that shows where it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from coverage.errors import InputError
from layers.boundaries import study_area
from layers.lists.siting_shapes import LayerFile, read_shapes

if TYPE_CHECKING:
    import numpy.typing as npt

    from coverage.studies.study import Layers
    from layers.project import Project

SECTION: Final = "[report.around]"


def read_surroundings(project: Project, layers: Layers) -> npt.NDArray[np.object_]:
    """
    The boundaries that `[report.around]` names.

    Parameters
    ----------
    project
        The checked project file.
    layers
        Its layers.

    Returns
    -------
    around
        Shape (n,), valid polygons in the CRS of the layers; empty where none are named.

    Raises
    ------
    SourceError, CrsError
        If the file cannot be read or lies in no CRS.
    InputError
        If it holds no areas, or the study area does not lie among them.
    """
    table = project.settings.report.around
    if table is None:
        return np.zeros(0, dtype=object)
    path = project.path(table.file)
    file = LayerFile(path, "周边政区图层", SECTION, table.crs, table.layer)
    area = study_area(layers.zones)
    shapes = shapely.make_valid(read_shapes(file, crs=str(layers.zones.crs), area=area).shapes)
    around = shapes[shapely.get_dimensions(shapes) == 2]  # noqa: PLR2004 - areas
    if not shapely.intersects(area, around).any():
        what = "没有面" if not len(around) else "里没有一个面与研究区相交"
        msg = (
            f"周边政区图层「{path.name}」{what}，画不出位置示意图。"
            f"请检查 project.toml 的 {SECTION} 是不是所在市的县界、坐标系是否写对。"
        )
        raise InputError(msg)
    return around

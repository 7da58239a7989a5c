"""Candidate points that a planner lists in a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from coverage.candidate_contracts import CANDIDATES
from coverage.candidates import CandidateSet, file_candidates
from coverage.errors import InputError
from layers.checked_columns import row_ids
from layers.checks.row_notices import reading_notices
from layers.lists.siting_shapes import shape_names
from layers.points import locate
from layers.tables import (
    ensure_columns,
    ensure_one_table,
    ensure_rows,
    numbers,
    raise_problems,
    repeated,
)
from layers.vectors import read_source

if TYPE_CHECKING:
    import shapely

    from coverage.notices import Notice
    from layers.lists.siting_shapes import LayerFile
    from layers.project_siting import CandidatesTable


def read_points(
    file: LayerFile, table: CandidatesTable, *, crs: str, area: shapely.Geometry
) -> tuple[CandidateSet, tuple[Notice, ...]]:
    """
    Candidates from a list of points; polygons (plots of land) are stood for by a point inside.

    Parameters
    ----------
    file
        Which, and how it is read.
    table
        Its columns, and the columns of numbers that come along.
    crs
        CRS of the result.
    area
        The study area in `crs`; points outside stay here, and tell exchanged coordinates.

    Returns
    -------
    found
        In the order of the file; a row without code is called by file and row.
    notices
        How the file was read.

    Raises
    ------
    SourceError, CrsError, ProjectError
        If the file cannot be read, or where its points lie is not known.
    InputError
        With every cell at fault.
    """
    source = read_source(file.path, layer=file.layer)
    title = file.title
    ensure_one_table(source, error=InputError)
    columns = table.columns.mapping()
    wanted = [*columns.values(), *table.values.values()]
    ensure_columns(source, wanted, title=title, section=file.section, error=InputError)
    ensure_rows(source, title=title, error=InputError)
    points, found, told = locate(
        source,
        columns=columns,
        source_crs=file.crs,
        crs=crs,
        area=area,
        contract=CANDIDATES,
        section=file.section,
    )
    own = {}
    for name, column in table.values.items():
        own[name], problems = numbers(source, column)
        found.extend(problems)
    if "id" in columns:
        found.extend(repeated(source, columns["id"]))
    raise_problems(found, source, title=title, error=InputError)
    ids = list(source.column(columns["id"])) if "id" in columns else row_ids(source)
    named = [one or None for one in source.column(columns["name"])] if "name" in columns else None
    cells = pd.DataFrame(
        {"candidate_name": pd.Series(named or shape_names(source), dtype=object)} | own
    )
    listed = gpd.GeoDataFrame(
        cells.set_axis(pd.Index(ids, dtype=object)), geometry=np.asarray(points), crs=crs
    )
    notices = (*reading_notices(source, title=title), *told)
    return file_candidates(listed, closed=table.closed), notices

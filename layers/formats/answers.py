"""What the reading process hands over: a table as an Arrow file, never as a pickle."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pyproj
import shapely

from layers.tables import MergedNumber, SourceTable

if TYPE_CHECKING:
    from pathlib import Path

GRID_KEY: Final = b"grid"
"""Where the cells of a raster say what grid they are of."""

_ROW: Final = "row"
_SHAPE: Final = "geometry"
_KEY: Final = b"quantu"


def write_answer(table: SourceTable, path: Path) -> None:
    """
    A table as an Arrow file.

    Parameters
    ----------
    table
        With n rows.
    path
        A new file in a folder of this program's own.
    """
    columns: dict[str, Any] = {
        f"c{place}": pa.array(table.cells.iloc[:, place], type=pa.large_string())
        for place in range(table.cells.shape[1])
    }
    columns[_ROW] = pa.array(table.rows, type=pa.int64())
    crs = None
    if table.geometry is not None:
        crs = None if table.geometry.crs is None else table.geometry.crs.to_wkt()
        shapes = shapely.to_wkb(table.geometry.to_numpy())
        columns[_SHAPE] = pa.array(shapes, type=pa.large_binary())
    told = {
        "name": table.name,
        "columns": [str(name) for name in table.cells.columns],
        "crs": crs,
        "unread_crs": table.unread_crs,
        "remarks": list(table.remarks),
        "caption_units": list(table.caption_units),
        "merged_numbers": [list(one) for one in table.merged_numbers],
        "side_by_side": table.side_by_side,
    }
    arrow = pa.table(columns).replace_schema_metadata({_KEY: json.dumps(told).encode()})
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, arrow.schema) as writer:
        writer.write_table(arrow)


def read_answer(path: Path) -> SourceTable:
    """
    The table of an Arrow file that `write_answer` wrote.

    Parameters
    ----------
    path
        The file.
    """
    with pa.OSFile(str(path)) as source:
        arrow = pa.ipc.open_file(source).read_all()
    told = json.loads((arrow.schema.metadata or {})[_KEY])
    count = len(told["columns"])
    cells = pd.DataFrame(
        {place: arrow.column(f"c{place}").to_pandas() for place in range(count)},
        index=range(arrow.num_rows),
    ).astype(str)
    cells.columns = pd.Index(told["columns"])
    geometry = None
    if _SHAPE in arrow.column_names:
        shapes = shapely.from_wkb(arrow.column(_SHAPE).to_numpy())
        crs = None if told["crs"] is None else pyproj.CRS.from_wkt(told["crs"])
        geometry = gpd.GeoSeries(shapes, crs=crs)
    return SourceTable(
        name=told["name"],
        cells=cells,
        rows=tuple(arrow.column(_ROW).to_pylist()),
        geometry=geometry,
        unread_crs=told["unread_crs"],
        remarks=tuple(told["remarks"]),
        caption_units=tuple(told["caption_units"]),
        merged_numbers=tuple(MergedNumber(*one) for one in told["merged_numbers"]),
        side_by_side=told["side_by_side"],
    )

"""A layer of results in the making: columns one by one, then shapes, colours and the label."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely

from reports.files import DEGREE_DECIMALS
from reports.gis.out_columns import OutColumn, out_text, result_column
from reports.gis.out_datums import moved
from reports.gis.out_layer import LABEL_TITLE, Look, OutLayer

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import geopandas as gpd
    import numpy.typing as npt

    from coverage.standards import Reading, Standard
    from coverage.studies.study import Assessment
    from layers.columns.synonyms import Layer
    from reports.gis.out_datums import OutDatum

DECIMALS: Final = 6
_METRE_DECIMALS: Final = 3

UNKNOWN_SHARE: Final = ("无数据", "#f0f0f0")


@dataclass(frozen=True)
class Draft:
    """
    A layer in the making: columns one after the other, each with names of its own.

    Parameters
    ----------
    layer
        "demand" for points, "zones" for areas.
    title
        Chinese name.
    found
        The columns so far.
    """

    layer: Layer
    title: str
    found: list[OutColumn] = field(default_factory=list)

    def add(
        self, title: str, cells: Iterable[Any], short: str, *, unit: str = "", meaning: str = ""
    ) -> str:
        """Append a column; the title that it got."""
        column = result_column(
            title, cells, others=self.found, short=short, unit=unit, meaning=meaning
        )
        self.found.append(column)
        return column.title


def finished(
    draft: Draft,
    shapes: gpd.GeoSeries,
    assessment: Assessment,
    datum: OutDatum,
    *,
    classes: tuple[str, ...],
    looks: Sequence[Look],
) -> OutLayer:
    """
    A layer of results; rows without a shape cannot be drawn and are told.

    Parameters
    ----------
    draft
        With n rows; the label is added to it.
    shapes
        Shape (n,).
    assessment
        Its label must be shown.
    datum
        What the coordinates are to be in.
    classes
        Shape (n,): what the rows are told apart by in files without styles.
    looks
        At least one where there are rows.
    """
    drawn = shapes.to_numpy()
    where = np.flatnonzero(~(shapely.is_missing(drawn) | shapely.is_empty(drawn))).tolist()
    shown = out_text(assessment.layers.label).rstrip("。")
    if shown:
        draft.add(LABEL_TITLE, [shown] * len(drawn), LABEL_TITLE)
    lost = len(drawn) - len(where)
    said = f"{draft.title}：有 {lost} 条没有图形（什么也够不到），没有写进图层。"
    of_rows = tuple(classes[at] if classes else "" for at in where)
    colours = dict(looks[0].colours) if looks else {}
    colours |= {word: UNKNOWN_SHARE[1] for word in dict.fromkeys(of_rows) if word not in colours}
    return OutLayer(
        layer=draft.layer,
        title=draft.title,
        columns=tuple(
            replace(one, cells=tuple(one.cells[at] for at in where)) for one in draft.found
        ),
        shapes=_shortened(moved(drawn[where], crs=shapes.crs, datum=datum), datum),
        datum=datum,
        label=shown,
        classes=of_rows,
        colours=colours,
        notes=(said,) if lost else (),
        looks=tuple(looks),
    )


def _shortened(shapes: npt.NDArray[np.object_], datum: OutDatum) -> npt.NDArray[np.object_]:
    """Coordinates to the centimetre or finer: more is noise, and fills the text formats."""
    decimals = DEGREE_DECIMALS if datum.is_degrees else _METRE_DECIMALS
    result: npt.NDArray[np.object_] = shapely.transform(
        shapes, lambda corners: corners.round(decimals)
    )
    return result


def reading_phrase(standard: Standard, reading: Reading) -> str:
    """Standard and reading in one phrase."""
    return f"{standard.name}·{reading.name}"

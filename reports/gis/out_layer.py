"""A layer ready to be written: columns with Chinese titles, shapes in the datum that was asked."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from layers.columns.synonyms import LAYER_TITLES
from reports.gis.out_columns import CONTRACTS, OutColumn, extra_column, out_columns, out_text
from reports.gis.out_datums import moved
from reports.map_styles import GREY, SKY

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    import numpy.typing as npt

    from coverage.standards import FacilityKind
    from layers.columns.synonyms import Layer
    from reports.gis.out_datums import OutDatum

DATUM_TITLE: Final = "坐标系"
LABEL_TITLE: Final = "数据说明"

DEMAND_COLOUR: Final = SKY
ZONE_COLOUR: Final = "#8a8f99"


@dataclass(frozen=True)
class Look:
    """
    A way to colour a layer of results.

    Parameters
    ----------
    name
        What a reader chooses it by.
    title
        Of the column that tells the rows apart.
    colours
        Class -> "#rrggbb", in the order of the legend.
    bounds
        Class -> (from, to), both inclusive, where the column holds numbers; the first class that
        fits counts.
    opacity
        Of filled areas, in [0, 1].
    size_mm
        Of points.
    """

    name: str
    title: str
    colours: Mapping[str, str]
    bounds: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    opacity: float = 0.5
    size_mm: float = 2.2


@dataclass(frozen=True, eq=False)
class OutLayer:
    """
    A layer as it leaves, with n rows.

    Parameters
    ----------
    layer
        "facilities", "demand" or "zones"; what a layer of results is made from.
    title
        Chinese name of the layer.
    columns
        With n cells each; the first is the code.
    shapes
        Shape (n,), points or polygons in `datum`.
    datum
        What the coordinates are in.
    label
        What must be shown with the data; "" if nothing.
    classes
        Shape (n,): what the rows are told apart by on a map (the kind of a facility); "" where
        all look the same.
    colours
        Class -> "#rrggbb".
    notes
        Chinese sentences on what was changed.
    looks
        Of a layer of results, the usual one first; without any it is drawn as what it is.
    """

    layer: Layer
    title: str
    columns: tuple[OutColumn, ...]
    shapes: npt.NDArray[np.object_]
    datum: OutDatum
    label: str
    classes: tuple[str, ...]
    colours: Mapping[str, str]
    notes: tuple[str, ...]
    looks: tuple[Look, ...] = ()

    @property
    def name(self) -> str:
        """Name of the layer in a file: what it is, and its datum."""
        return f"{self.title}_{self.datum.file_word}"

    @property
    def note(self) -> str:
        """What a file says of itself: the datum, and what must be shown with the data."""
        return f"坐标系：{self.datum.title}。" + (f"{self.label}。" if self.label else "")

    @property
    def is_points(self) -> bool:
        """Whether the shapes are points, by the contract of the layer."""
        return self.layer != "zones"

    @property
    def names(self) -> list[str]:
        """Shape (n,), the names; the code where there is none."""
        return [str(name or code or "") for code, name in self._pairs()]

    def _pairs(self) -> list[tuple[object, object]]:
        if self.looks:  # results have their names behind the codes
            return list(zip(self.columns[0].cells, self.columns[1].cells, strict=True))
        title = CONTRACTS[self.layer].columns[1].title
        found = next((one.cells for one in self.columns if one.title == title), None)
        codes = self.columns[0].cells
        return list(zip(codes, found or codes, strict=True))

    def with_datum_column(self) -> OutLayer:
        """The same with the column 坐标系 in every row, for files that cannot declare a datum."""
        column = extra_column(DATUM_TITLE, self.datum.name, self.columns)
        return replace(self, columns=(*self.columns, column))


def out_layer(
    table: gpd.GeoDataFrame,
    layer: Layer,
    *,
    datum: OutDatum,
    kinds: Mapping[str, FacilityKind],
    label: str = "",
) -> OutLayer:
    """
    A layer of a project made ready to be written.

    Parameters
    ----------
    table
        After the contract of the layer, n rows, in the project's CRS.
    layer
        "facilities", "demand" or "zones".
    datum
        What the coordinates are to be in.
    kinds
        Facility kinds by code, for names and colours.
    label
        What must be shown with the data ("合成数据 …"); a column of its own says it too, because
        rows are copied from file to file.

    Raises
    ------
    CrsError
        If a shape has no place in the datum.
    """
    plain = pd.DataFrame(table.drop(columns=table.geometry.name))
    columns, notes = out_columns(plain, layer, kinds=kinds)
    shown = out_text(label).rstrip("。")
    if shown and len(table):
        columns = (*columns, extra_column(LABEL_TITLE, shown, columns))
    classes, colours = _classes(plain, layer, columns, kinds)
    return OutLayer(
        layer=layer,
        title=LAYER_TITLES[layer],
        columns=columns,
        shapes=moved(np.asarray(table.geometry, dtype=object), crs=table.crs, datum=datum),
        datum=datum,
        label=shown,
        classes=classes,
        colours=colours,
        notes=tuple(f"{LAYER_TITLES[layer]}：{note}" for note in notes),
    )


def _classes(
    table: pd.DataFrame,
    layer: Layer,
    columns: tuple[OutColumn, ...],
    kinds: Mapping[str, FacilityKind],
) -> tuple[tuple[str, ...], dict[str, str]]:
    """What the rows are told apart by, and the colour of each: the same as on the map."""
    if layer != "facilities":
        colour = DEMAND_COLOUR if layer == "demand" else ZONE_COLOUR
        return ("",) * len(table), {"": colour}
    title = CONTRACTS[layer].columns[2].title
    cells = next(one.cells for one in columns if one.title == title)
    classes = tuple(str(cell or "") for cell in cells)
    codes = table["kind"].astype(str).tolist()
    colours = {
        name: kinds[code].colour if code in kinds else GREY
        for name, code in zip(classes, codes, strict=True)
    }
    # in the order of the table of kinds, which is that of the legend on the map
    order = {kind.name: place for place, kind in enumerate(kinds.values())}
    ranked = sorted(colours, key=lambda name: (order.get(name, len(order)), name))
    return classes, {name: colours[name] for name in ranked}

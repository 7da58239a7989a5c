"""What the page of data draws on the ground of a project: readings, rows, findings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from layers.checks.findings import DONE_NAMES
from reports import map_styles as styles
from reports.map_description import ReadingMap
from reports.map_layers import CHECKED, MapLayer
from reports.map_shapes import DECIMALS, Phrases, feature
from reports.safe_text import plain_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd

    from layers.quality import Finding, Ledger
    from reports.map_shapes import Feature

MOST_POINTS: Final = 2_000
"""Points drawn of one list; the rest is counted."""

ROW: Final = "|row "
"""Stands between file and row in the id of a point, and so in what a click sends back."""

READING_COLOURS: Final = (styles.BLUE, styles.VERMILION, "#009e73", "#cc79a7", "#7a1fa2", "#e69f00")
"""One for each reading, told apart by colour-blind eyes."""

FATE_COLOURS: Final = {
    "set_aside": styles.VERMILION,
    "changed": "#e69f00",
    "kept": styles.BLUE,
    "used": styles.BLUE,
}

FATES: Final = {"set_aside": "放在一边", "changed": "改动后采用", "used": "采用"}
"""Fate of a row -> what the legend says."""


def readings_map(places: Mapping[str, pd.DataFrame], names: Mapping[str, str]) -> ReadingMap:
    """
    The same rows read in several datums, each in its colour.

    Parameters
    ----------
    places
        By datum: `lon`, `lat` (degrees, WGS84), `row`.
    names
        By datum: what the legend says.
    """
    layers = []
    for at, (datum, table) in enumerate(places.items()):
        phrases = Phrases()
        says = phrases.numbers([f"按 {datum} 读取"])
        features = [
            _point(lon, lat, identity=f"{datum}{ROW}{row}", name=f"第 {row} 行", lines=says)
            for lon, lat, row in _known(table)[["lon", "lat", "row"]].itertuples(index=False)
        ]
        layers.append(
            _dots(
                f"reading-{at}", f"按 {names.get(datum, datum)}", 520 - at,
                READING_COLOURS[at % len(READING_COLOURS)], features, phrases.texts,
            )
        )  # fmt: skip
    return _with(layers)


def rows_map(
    rows: pd.DataFrame, findings: Iterable[Finding], *, clickable: bool = False
) -> tuple[ReadingMap, int]:
    """
    The rows of a list that was checked, by their fate, with what was found in them.

    Parameters
    ----------
    rows
        `row`, `name`, `lon`, `lat`, `fate` ("used", "changed", "set_aside").
    findings
        Of this list.
    clickable
        Whether a click on a point is one.

    Returns
    -------
    reading, left_out
        And how many rows with a place are not drawn; rows with findings are drawn first.
    """
    said: dict[int | None, list[str]] = {}
    for one in findings:
        said.setdefault(one.row, []).append(_said(one))
    known = _known(rows)
    quiet = (known["fate"] == "used") & ~known["row"].isin(said)
    shown = known.iloc[np.argsort(quiet.to_numpy(), kind="stable")[:MOST_POINTS]]
    layers = []
    for at, (fate, title) in enumerate(FATES.items()):
        part = shown[shown["fate"] == fate]
        if part.empty:
            continue
        phrases = Phrases()
        features = [
            _point(
                lon, lat, identity=f"{ROW}{row}", name=plain_text(name) or f"第 {row} 行",
                lines=phrases.numbers(_lines([f"第 {row} 行：{title}", *said.get(row, [])])),
            )
            for row, name, lon, lat in part[["row", "name", "lon", "lat"]].itertuples(index=False)
        ]  # fmt: skip
        count = int((rows["fate"] == fate).sum())
        layers.append(
            _dots(
                f"rows-{fate}", title, 530 - at, FATE_COLOURS[fate], features, phrases.texts,
                count=f"{count:,} 行", clickable=clickable,
            )
        )  # fmt: skip
    return _with(layers), len(known) - len(shown)


def findings_map(ledger: Ledger) -> tuple[ReadingMap, int]:
    """
    The findings of a ledger whose place is known, one point for each row, by what was done.

    Parameters
    ----------
    ledger
        Of a project or a file.

    Returns
    -------
    reading, left_out
        And how many rows are not drawn.
    """
    rows: dict[tuple[str, object], list[Finding]] = {}
    for at, one in enumerate(ledger.findings):
        if one.lon is not None:
            rows.setdefault((one.file, one.row if one.row is not None else f"#{at}"), []).append(
                one
            )
    drawn = list(rows.items())[:MOST_POINTS]
    layers = []
    for at, (done, title) in enumerate(DONE_NAMES.items()):
        phrases = Phrases()
        features = [
            _point(
                found[0].lon, found[0].lat, identity=row_id(file, found[0].row),
                name=plain_text(found[0].record_name or found[0].record_id) or found[0].title,
                lines=phrases.numbers(_lines([_where(found[0]), *(_said(one) for one in found)])),
            )
            for (file, _), found in drawn
            if found[0].done == done
        ]  # fmt: skip
        if features:
            layers.append(
                _dots(
                    f"findings-{done}", title, 530 - at, FATE_COLOURS[done], features,
                    phrases.texts, count=f"{len(features):,} 行", clickable=True,
                )
            )  # fmt: skip
    return _with(layers), len(rows) - len(drawn)


def row_id(file: str, row: int | None) -> str:
    """Id of a point on the map, from which `row_of` reads file and row."""
    return f"{file[:400]}{ROW}{'' if row is None else row}"


def row_of(identity: str) -> tuple[str, int | None]:
    """
    File and row of a point that was clicked; the row is None where there is none.

    Examples
    --------
    >>> row_of(row_id("villages.csv", 12)), row_of("else")
    (('villages.csv', 12), ('else', None))
    """
    file, _, row = identity.rpartition(ROW) if ROW in identity else (identity, "", "")
    return file, int(row) if row.isascii() and row.isdigit() else None


def _where(one: Finding) -> str:
    return one.file if one.row is None else f"{one.file} 第 {one.row} 行"


def _said(one: Finding) -> str:
    return f"{one.title}：{one.found}"


def _lines(texts: Sequence[str]) -> list[str]:
    return [plain_text(text) for text in texts[:6]]


def _known(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["lon"].notna() & table["lat"].notna()]


def _point(
    lon: float | None, lat: float | None, *, identity: str, name: str, lines: list[int]
) -> Feature:
    place = [round(float(lon or 0), DECIMALS), round(float(lat or 0), DECIMALS)]
    geometry: dict[str, Any] = {"type": "Point", "coordinates": place}
    return feature(geometry, identity=identity, name=name, lines=lines)


def _dots(  # noqa: PLR0913 - the fields of a layer
    layer_id: str,
    name: str,
    order: int,
    colour: str,
    features: list[Feature],
    phrases: list[str],
    *,
    count: str = "",
    clickable: bool = False,
) -> MapLayer:
    style = {
        "radius": 4.5, "color": "#ffffff", "weight": 1.0, "opacity": 0.95, "fill": True,
        "fillColor": colour, "fillOpacity": 0.9,
    }  # fmt: skip
    return MapLayer(
        layer_id, name, CHECKED, "dot", order, style, features, phrases, name,
        count=count or f"{len(features):,} 点", clickable=clickable,
    )  # fmt: skip


def _with(layers: Sequence[MapLayer]) -> ReadingMap:
    return ReadingMap("data", "", "", (), {}, (), tuple(layers))

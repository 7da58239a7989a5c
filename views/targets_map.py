"""One target on the map: who fails, of whom nobody knows, who is as they should be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely

from coverage.numbers import number_text
from coverage.rules.sums import is_failing, is_open
from reports import map_styles as styles
from reports.map_description import ReadingMap
from reports.map_layers import SERVICE, MapLayer, facility_layers
from reports.map_shapes import MapArea, Phrases, feature, simplified_zones
from reports.safe_text import plain_text
from reports.target_figures import with_unit
from views.targets_card import choices_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from coverage.rules.held_against import Answered
    from coverage.standards import FacilityKind
    from coverage.studies.study import Layers
    from coverage.targets import LeastSites

MOST_POINTS: Final = 8_000
"""Points drawn of one state; those that fail are drawn first and the rest is counted."""

FAILS: Final = "target-fails"
OPEN: Final = "target-open"
MEETS: Final = "target-meets"
ZONES: Final = "target-zones"
WAIVED: Final = "target-waived"
PROPOSED: Final = "target-proposed"

_DOTS: Final = {
    FAILS: ("未达标", 530, styles.VERMILION, 5.0),
    OPEN: ("无法判断", 520, "#ffffff", 4.5),
    WAIVED: ("豁免，不计入", 515, "#cc79a7", 4.0),
    MEETS: ("达到", 510, styles.BLUE, 3.2),
}
_FAILING_ZONE: Final = {
    "color": styles.VERMILION, "weight": 2.0, "opacity": 0.95,
    "fill": True, "fillColor": styles.VERMILION, "fillOpacity": 0.22,
}  # fmt: skip
_NEW_SITE: Final = {
    "radius": 9.0, "color": "#ffffff", "weight": 2.5, "opacity": 1.0,
    "fill": True, "fillColor": "#009e73", "fillOpacity": 1.0,
}  # fmt: skip
_COUNTED: Final = "计入的设施、对象"


def target_map(
    one: Answered,
    failing: pd.DataFrame,
    layers: Layers,
    *,
    kinds: Mapping[str, FacilityKind],
    proposed: LeastSites | None = None,
) -> tuple[ReadingMap, int]:
    """
    What one target counts, by whether it is as it should be.

    Parameters
    ----------
    one
        Target and answer.
    failing
        Its rows of `FAILING_UNITS_RESULT`.
    layers
        The project's.
    kinds
        All kinds by code; facilities of those that count are drawn, too.
    proposed
        New sites to be drawn above all.

    Returns
    -------
    reading, left_out
        And how many points are not drawn.
    """
    area = MapArea.of(layers.zones)
    items = one.answer.items
    state = np.full(len(items), MEETS, dtype=object)
    state[is_open(items).to_numpy()] = OPEN
    if one.answer.is_share:
        state[is_failing(items).to_numpy()] = FAILS
    drawn, left_out = [], 0
    for name in _DOTS:
        rows = items[(state == name) & items["item_type"].isin(["demand", "facility"])]
        if name == WAIVED:
            rows = one.answer.waived.assign(item_type="demand")
        left_out += max(0, len(rows) - MOST_POINTS)
        made = _dots(name, rows.head(MOST_POINTS), layers, area, count=len(rows))
        if made is not None:
            title = _COUNTED if name == MEETS and not one.answer.is_share else made.name
            drawn.append(MapLayer(**{**vars(made), "name": title, "unnamed": title}))
    zones = failing[(failing["unit_type"] == "zone") & (failing["status"] == "未达标")]
    if len(zones):
        drawn.append(_zones(zones, layers, area))
    if not items["item_type"].eq("facility").any():
        drawn += _facilities(one, layers, kinds, area)
    if proposed is not None and proposed.sites:
        drawn.append(_proposed(proposed, area))
    indicator = plain_text(one.target.indicator)
    shown = tuple(layer.layer_id for layer in drawn if layer.layer_id.startswith("facility:"))
    return ReadingMap(one.target.target_id, indicator, "", (), {}, shown, tuple(drawn)), left_out


def _dots(
    name: str, rows: pd.DataFrame, layers: Layers, area: MapArea, *, count: int
) -> MapLayer | None:
    title, order, colour, radius = _DOTS[name]
    phrases = Phrases()
    features = []
    for item_type, table in (("demand", layers.demand), ("facility", layers.facilities)):
        part = rows[(rows["item_type"] == item_type) & rows["item_id"].isin(table.index)]
        points = area.points(np.asarray(table.geometry.loc[part["item_id"]], dtype=object))
        said = part["reason"].to_numpy() if "reason" in part else [""] * len(part)
        features += [
            feature(
                point,
                identity=str(item_id),
                name=plain_text(label) or plain_text(item_id),
                lines=phrases.numbers([plain_text(text, limit=160)] if text else []),
            )
            for point, item_id, label, text in zip(
                points, part["item_id"], part["item_name"], said, strict=True
            )
        ]
    if not features:
        return None
    style: dict[str, Any] = {
        "radius": radius, "color": "#ffffff" if name != OPEN else styles.INK, "weight": 1.0,
        "opacity": 0.95, "fill": True, "fillColor": colour, "fillOpacity": 0.9,
    }  # fmt: skip
    return MapLayer(
        name, title, SERVICE, "dot", order, style, features, phrases.texts, title,
        count=f"{count:,} 个", clickable=True,
    )  # fmt: skip


def _proposed(found: LeastSites, area: MapArea) -> MapLayer:
    """New sites, each with what it adds."""
    places, phrases = found.places, Phrases()
    points = area.points(np.asarray(places.geometry, dtype=object))
    features = [
        feature(
            point,
            identity=str(place_id),
            name=plain_text(row["place_name"]) or plain_text(place_id),
            lines=phrases.numbers(
                [
                    f"新建：{plain_text(row['builds'], limit=160)}",
                    f"新增 {with_unit(number_text(row['adds']), plain_text(found.gap_unit))}",
                ]
            ),
        )
        for point, (place_id, row) in zip(
            points, places.drop(columns="geometry").to_dict("index").items(), strict=True
        )
    ]
    return MapLayer(
        PROPOSED, "拟新建", SERVICE, "dot", 560, _NEW_SITE, features, phrases.texts, "拟新建",
        count=f"{len(features):,} 处", clickable=True,
    )  # fmt: skip


def _zones(failing: pd.DataFrame, layers: Layers, area: MapArea) -> MapLayer:
    known = layers.zones
    rows = failing[failing["unit_id"].isin(known.index)]
    outlines = simplified_zones(np.asarray(known.geometry, dtype=object), area.tolerance_m)
    shapes = dict(zip(known.index, outlines, strict=True))
    phrases = Phrases()
    features = [
        feature(
            area.polygon(shapes[row["unit_id"]]),
            identity=str(row["unit_id"]),
            name=plain_text(row["unit_name"]),
            lines=phrases.numbers([plain_text(row["reason"], limit=160)]),
        )
        for row in rows.to_dict("records")
        if not shapely.is_empty(shapes[row["unit_id"]])
    ]
    return MapLayer(
        ZONES, "未达标的单元", SERVICE, "area", 105, _FAILING_ZONE, features, phrases.texts,
        "单元", count=f"{len(features):,} 个", clickable=True,
    )  # fmt: skip


def _facilities(
    one: Answered, layers: Layers, kinds: Mapping[str, FacilityKind], area: MapArea
) -> list[MapLayer]:
    """The facilities of the kinds that the target counts, as on the map of the ground."""
    choices = [choice for _, choice in choices_of(one.target)]
    wanted = {code for choice in choices for each in choice for code in each.kinds}
    present = {code: kind for code, kind in kinds.items() if code in wanted}
    counted = layers.facilities[layers.facilities["kind"].isin(present)]
    return facility_layers(counted, present, area)

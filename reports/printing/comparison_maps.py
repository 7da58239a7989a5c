"""前后对比图: two panels of one scale and one legend, with the villages gained and lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import shapely

from coverage.measures import is_counted
from reports import map_styles as styles
from reports.map_settlements import people_of, reference_people
from reports.place_words import place_words
from reports.printing.drawing import Panel, PrintLayer
from reports.printing.maps import circle_layers, counted_of
from reports.printing.stems import comparison_stem
from reports.printing.villages import (
    changed_layers,
    coverage_sentence,
    covered_layer,
    gap_layers,
    size_share,
    village_layers,
    village_remarks,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd

    from coverage.standards import FacilityKind, Reading, Standard
    from coverage.studies.study import Assessment, Layers
    from reports.printing.drawing import PrintMap
    from reports.printing.ground import Ground

NEW_EDGE: Final = "#7a1fa2"
CHANGED_EDGE: Final = "#009e73"
CLOSED_FILL: Final = "#c9ced3"
CLOSED_EDGE: Final = "#1b1b1b"
"""As the page 选址 frames new, changed and closed sites."""

_MOVED_M: Final = 1.0
"""A facility nearer than this to where it stood has not moved."""


def comparison_map(
    ground: Ground,
    states: tuple[Assessment, Assessment],
    standard: Standard,
    reading: Reading,
    *,
    kinds: Mapping[str, FacilityKind],
    names: tuple[str, str] = ("现状", "方案"),
) -> PrintMap:
    """
    A reading before and after.

    Parameters
    ----------
    ground
        Of the layers before.
    states
        Assessments before and after, of the same study area.
    standard, reading
        A standard of both, and one of its readings.
    kinds
        By code.
    names
        What stands on the panels.
    """
    before, after = states
    gained, lost = changed_villages(before, after, standard, reading)
    first = (
        *circle_layers(before, standard, reading),
        *village_layers(before, standard, reading),
        *counted_of(before.layers, standard, reading, kinds=kinds, area=ground.area),
    )
    second = (
        *circle_layers(after, standard, reading),
        *_villages_after(after, standard, reading, gained=gained, lost=lost),
        *counted_of(after.layers, standard, reading, kinds=kinds, area=ground.area),
        *_changed_facilities(before.layers, after.layers, standard, reading),
    )
    panels = tuple(
        Panel(
            (*ground.drawn, ground.names, *drawn),
            f"{name}：{coverage_sentence(each, standard, reading, kinds=kinds)}",
        )
        for name, each, drawn in zip(names, states, (first, second), strict=True)
    )
    word = place_words(after.layers).demand
    said = f"新覆盖的{word}有 {len(gained):,} 个，失去覆盖的有 {len(lost):,} 个"
    return ground.sheet(
        comparison_stem(standard, reading), f"{standard.name}前后对比图",
        f"{reading.name}：{said}", *panels,
        remarks=(
            f"图例中的“→”为{names[0]}到{names[1]}", *village_remarks(after, standard, reading),
        ),
    )  # fmt: skip


def changed_villages(
    before: Assessment, after: Assessment, standard: Standard, reading: Reading
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """
    Villages that are covered after and not before, and the other way round.

    Parameters
    ----------
    before, after, standard, reading
        As `comparison_map`.
    """
    column = f"{reading.reading_id}_covered"
    demand = after.demand[is_counted(after.demand, standard).to_numpy()]
    now = demand[column].to_numpy(dtype=bool)
    was = before.demand[column].reindex(demand.index, fill_value=False).to_numpy(dtype=bool)
    return demand[now & ~was], demand[was & ~now]


def _villages_after(
    after: Assessment,
    standard: Standard,
    reading: Reading,
    *,
    gained: gpd.GeoDataFrame,
    lost: gpd.GeoDataFrame,
) -> list[PrintLayer]:
    """Villages as they are afterwards; those that change have a layer of their own."""
    demand = after.demand[is_counted(after.demand, standard).to_numpy()]
    people = people_of(demand, standard)
    now = demand[f"{reading.reading_id}_covered"].to_numpy(dtype=bool)
    share = size_share(after.layers.zones, len(demand))
    word = place_words(after.layers).demand
    is_new, is_gone = demand.index.isin(gained.index), demand.index.isin(lost.index)
    return [
        *gap_layers(
            demand[~now & ~is_gone],
            people,
            word,
            reference=reference_people(people),
            share=share,
        ),
        covered_layer(demand[now & ~is_new], word, share=share),
        *changed_layers(gained, lost, word),
    ]


def _changed_facilities(
    before: Layers, after: Layers, standard: Standard, reading: Reading
) -> list[PrintLayer]:
    """Frames around new and changed facilities, crosses where one closes."""
    wanted = (*standard.kinds, *reading.station_kinds)
    old, now = before.facilities, after.facilities
    both = now.index.intersection(old.index, sort=False)
    was, is_ = old.loc[both], now.loc[both]
    apart = shapely.distance(is_.geometry.to_numpy(), was.geometry.to_numpy())
    other = (is_["kind"] != was["kind"]).to_numpy() | (apart > _MOVED_M)
    counts = (is_["kind"].isin(wanted) | was["kind"].isin(wanted)).to_numpy()
    # One that no longer counts, or only now, stands all the same: it is neither new nor closed.
    fresh = now[now["kind"].isin(wanted) & ~now.index.isin(old.index)]
    closed = old[old["kind"].isin(wanted) & ~old.index.isin(now.index)]
    changes = (
        (fresh, "新建", NEW_EDGE), (is_[other & counts], "迁移、改类别", CHANGED_EDGE),
    )  # fmt: skip
    layers = [
        PrintLayer(
            "square", rows.geometry.to_numpy(), name, f"{len(rows):,} 处", order=560 + at,
            edge=edge, width=1.1, size=3.4,
        )
        for at, (rows, name, edge) in enumerate(changes)
        if len(rows)
    ]  # fmt: skip
    return [*layers, *closed_layers(closed)]


def closed_layers(rows: gpd.GeoDataFrame) -> list[PrintLayer]:
    """Facilities that close: grey, crossed out; nothing where none does."""
    if not len(rows):
        return []
    return [
        PrintLayer(
            "square", rows.geometry.to_numpy(), "撤并", f"{len(rows):,} 处", order=565,
            fill=CLOSED_FILL, edge=CLOSED_EDGE, width=0.6, size=2.6, sign="×",
            sign_colour=styles.INK,
        )
    ]  # fmt: skip


def changes_anything(
    before: Assessment, after: Assessment, standard: Standard, reading: Reading
) -> bool:
    """Whether a reading differs: a village gained or lost."""
    gained, lost = changed_villages(before, after, standard, reading)
    return bool(len(gained) or len(lost))

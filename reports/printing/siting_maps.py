"""选址方案图: facilities that stand, numbered new sites, those that close, villages gained."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from coverage.studies.siting_tables import Plan
from reports import map_styles as styles
from reports.figures import people_text
from reports.map_settlements import reference_people
from reports.printing.comparison_maps import NEW_EDGE, closed_layers
from reports.printing.drawing import Panel, PrintLayer
from reports.printing.ground import WORK, facility_layers
from reports.printing.villages import changed_layers, covered_layer, gap_layers, size_share
from reports.safe_text import plain_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd

    from coverage.standards import FacilityKind
    from coverage.studies.study_sites import SitingAnswer
    from reports.printing.drawing import PrintMap
    from reports.printing.ground import Ground

LISTED_SITES: Final = 15
"""New sites that have a line each in the legend; more are told by their numbers and names alone."""

_NO_PLACE: Final = np.array([], dtype=object)


def siting_map(
    ground: Ground, answer: SitingAnswer, *, kinds: Mapping[str, FacilityKind], number: int = 0
) -> PrintMap:
    """
    A siting answer on paper.

    Parameters
    ----------
    ground
        Of the layers that it was asked on.
    answer
        With or without sites.
    kinds
        By code.
    number
        Of several answers; 0 for the only one.
    """
    standard, reading = answer.ground.standard, answer.ground.reading
    before, after = _covered(answer)
    demand = ground.layers.demand.loc[answer.ground.demand.index]
    people = answer.ground.demand["population"]
    share = size_share(ground.layers.zones, len(demand))
    layers = (
        *gap_layers(
            demand[~after & ~before], people, reference=reference_people(people), share=share
        ),
        covered_layer(demand[before & after], share=share),
        *changed_layers(demand[after & ~before], demand[before & ~after]),
        *_standing_layers(ground, answer, kinds),
        *_new_layers(answer, kinds),
    )
    which = f"{number}" if number else ""
    return ground.sheet(
        f"{standard.name}选址方案图{which}_{answer.question.model}",
        f"{standard.name}选址方案图{which}",
        answer.sentences[1] if len(answer.sentences) > 1 else reading.name,
        Panel((*ground.drawn, ground.names, *layers)),
        remarks=(f"口径：{reading.name}", *answer.sentences[:1], *answer.sentences[2:4]),
    )


def _covered(answer: SitingAnswer) -> tuple[np.ndarray, np.ndarray]:
    """Whether each point of the ground is covered before and after, as the tables count it."""
    state = answer.sites["state"]
    names = {each: tuple(state.index[state == each]) for each in ("new", "kept", "closed")}
    times = answer.question.times if answer.question.model == "backup_covering" else 1
    base, chosen = names["kept"] + names["closed"], names["kept"] + names["new"]
    plan = Plan(answer.ground, base, chosen, times=times)
    return plan.is_covered(base), plan.is_covered(chosen)


def _standing_layers(
    ground: Ground, answer: SitingAnswer, kinds: Mapping[str, FacilityKind]
) -> list[PrintLayer]:
    """Facilities that stand and stay by kind; those that close."""
    state = answer.sites["state"]
    facilities = ground.layers.facilities
    kept = facilities[facilities.index.isin(state.index[state == "kept"])]
    closed = answer.sites[state == "closed"]
    return [*facility_layers(kept, kinds, area=ground.area), *closed_layers(closed)]


def _new_layers(answer: SitingAnswer, kinds: Mapping[str, FacilityKind]) -> list[PrintLayer]:
    """New sites numbered in the order of what they add; a line each where they are few."""
    rows: gpd.GeoDataFrame = answer.sites[answer.sites["state"] == "new"]
    if not len(rows):
        return []
    numbers = np.array([str(at) for at in range(1, len(rows) + 1)], dtype=object)
    names = np.array([plain_text(name) for name in rows["site_name"]], dtype=object)
    colour = next(
        (kinds[code].colour for code in answer.ground.standard.kinds if code in kinds), styles.SKY
    )
    look = {
        "fill": colour, "edge": NEW_EDGE, "width": 1.2, "sign_colour": styles.sign_colour(colour),
    }  # fmt: skip
    verb = "升级" if answer.question.model == "upgrade" else "新建"
    layers = [
        PrintLayer(
            "square", rows.geometry.to_numpy(), f"{verb}点位（按新增人口编号）",
            f"{len(rows):,} 处", order=WORK + 300, size=4.2, sign=numbers, names=names,
            rank=np.arange(len(rows), dtype=float), font_pt=7.0, **look,
        )
    ]  # fmt: skip
    if len(rows) > LISTED_SITES:
        return layers
    adds = zip(numbers, names, rows["adds_people"], rows["adds_villages"], strict=True)
    return layers + [
        PrintLayer(
            "square", _NO_PLACE, f"{name or f'点位 {at}'}",
            f"增加 {people_text(float(people))}、{int(villages)} 个村", order=WORK + 301, size=3.4,
            sign=at, **look,
        )
        for at, name, people, villages in adds
    ]  # fmt: skip

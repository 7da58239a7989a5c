"""What a scenario draws on the map: its sites, what they reach, and whose verdict changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from reports import map_styles as styles
from reports.safe_text import plain_text
from views import map_overlay, siting_state
from views.map_overlay import Shape, SiteSign

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import geopandas as gpd
    import shapely

    from coverage.changes.road_change import RoadEffect
    from coverage.scenarios.action import Action, Scenario
    from coverage.standards import FacilityKind
    from coverage.studies.live_reading import LiveChange
    from views.map_overlay import SiteState

NOW_COVERED: Final = "本情景：新增覆盖（以下为现状）"
NOW_UNCOVERED: Final = "本情景：失去覆盖（以下为现状）"

LEGEND: Final = (
    "紫框：新建、迁移；绿框：升级、改规模；黑斜杠：关闭；蓝虚线：新址服务圈。"
    "绿点：新增覆盖；黑边橙点：失去覆盖。图例个数为现状。"
)


MOST_NAMES: Final = 8
"""New sites up to which each bears its name; more would write over each other."""

ROAD_LEGEND: Final = "黑虚线：封闭的路；绿线：改车速的路；粉线：新建的路。"

ROAD_STYLES: Final = {
    "close": map_overlay.CLOSED,
    "speed": map_overlay.SPEED,
    "add": map_overlay.ADDED,
}
"""By what a road change does; as on the page of road changes."""


@dataclass(frozen=True)
class Site:
    """
    A facility that a scenario touches, or that is looked at.

    Parameters
    ----------
    facility_id
        Its id.
    state
        What was done to it.
    """

    facility_id: str
    state: SiteState


def touched_sites(actions: Iterable[Action], *, selected: str) -> list[Site]:
    """
    The facilities that a scenario touches, and the one looked at.

    Parameters
    ----------
    actions
        In order.
    selected
        Id of the facility looked at; "" for none.

    Returns
    -------
    sites
        Each once, in the order in which they were first touched; closing outweighs whatever was
        done before, adding outweighs a later move, moving a later upgrade.
    """
    rank: dict[SiteState, int] = {"upgraded": 1, "moved": 2, "added": 3, "closed": 4}
    states: dict[str, SiteState] = {}
    state_of: dict[str, SiteState] = {
        "add": "added", "move": "moved", "close": "closed", "upgrade": "upgraded",
        "capacity": "upgraded",
    }  # fmt: skip
    for one in actions:
        identity = getattr(one, "facility_id", None)
        if identity is None:
            continue
        state = state_of[one.action]
        if rank[state] >= rank.get(states.get(identity, "existing"), 0):
            states[identity] = state
    if selected and selected not in states:
        states[selected] = "existing"
    return [Site(identity, state) for identity, state in states.items()]


def scenario_shapes(
    scenario: Scenario | None,
    *,
    before: gpd.GeoDataFrame,
    after: gpd.GeoDataFrame,
    kinds: Mapping[str, FacilityKind],
    selected: str,
) -> list[Shape]:
    """
    The sites of a scenario as markers, with lines from where moved ones come.

    Parameters
    ----------
    scenario
        None for the project as it is.
    before, after
        Contract `FACILITIES`, without and with the scenario.
    kinds
        By code.
    selected
        Id of the facility looked at; "" for none.
    """
    crs = str(before.crs)
    actions = scenario.actions if scenario is not None else ()
    shapes: list[Shape] = []
    sites = touched_sites(actions, selected=selected)
    is_few = sum(one.state == "added" for one in sites) <= MOST_NAMES
    for site in sites:
        rows = before if site.state == "closed" or site.facility_id not in after.index else after
        if site.facility_id not in rows.index:
            continue
        row = rows.loc[site.facility_id]
        kind = kinds[row["kind"]]
        chosen = site.facility_id == selected
        if site.state == "moved" and site.facility_id in before.index:
            old = before.geometry.loc[site.facility_id]
            shapes += _track(old, row.geometry, kind, site.facility_id, crs=crs)
        is_named = chosen or (site.state == "added" and is_few)
        name = plain_text(row["facility_name"]) if is_named else ""
        sign = _sign(kind, site.state, chosen=chosen)
        shapes += map_overlay.site_shapes(
            [row.geometry], [site.facility_id], crs=crs, labels=[name], signs=[sign]
        )
    return shapes


def legend(scenario: Scenario | None) -> str:
    """What the signs of a scenario mean; those of roads only where it changes any."""
    has_roads = scenario is not None and scenario.road_changes
    return LEGEND + (ROAD_LEGEND if has_roads else "")


def road_shapes(effects: Iterable[RoadEffect], *, crs: str) -> list[Shape]:
    """The roads that a scenario closes, speeds up or builds."""
    return [
        shape
        for effect in effects
        for shape in map_overlay.line_shapes(
            [effect.lines], crs=crs, style=ROAD_STYLES[effect.change.action]
        )
    ]


def verdict_marks(change: LiveChange) -> list[Shape]:
    """Villages that a scenario covers or no longer covers, in the colours of their new verdict."""
    return [
        *map_overlay.marks(
            change.gained, style=map_overlay.NOW_COVERED, label=NOW_COVERED
        ),
        *map_overlay.marks(
            change.lost, style=map_overlay.NOW_UNCOVERED, label=NOW_UNCOVERED
        ),
    ]  # fmt: skip


def _sign(kind: FacilityKind, state: SiteState, *, chosen: bool = False) -> SiteSign:
    return SiteSign(kind.icon, kind.colour, styles.sign_colour(kind.colour), state, chosen)


def _track(
    old: shapely.Point, new: shapely.Point, kind: FacilityKind, facility_id: str, *, crs: str
) -> list[Shape]:
    ends = map_overlay.dot_shapes([old, new], crs=crs, style={})
    line = Shape("line", [end.positions[0] for end in ends], map_overlay.MOVED_LINE)
    gone = map_overlay.site_shapes(
        [old], [facility_id], crs=crs, labels=[""], signs=[_sign(kind, "gone")]
    )
    return [line, *gone]


def reaching_sites(scenario: Scenario | None) -> list[str]:
    """Ids of the facilities that stand on a new place, the latest last."""
    actions = scenario.actions if scenario is not None else ()
    return [
        site.facility_id
        for site in touched_sites(actions, selected="")
        if site.state in ("added", "moved")
        and not siting_state.is_closed(actions, site.facility_id)
    ]

"""Advice as tables, actions and shapes: what to build, what each adds, what else there is."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import pandas as pd
import shapely

from coverage.scenario import Scenario, new_facility_id
from coverage.scenarios.action import FacilityAction
from coverage.studies.siting_steps import chosen_steps
from reports.figures import metres_text, minutes_text, shown_percent
from reports.safe_text import plain_text
from views.map_overlay import SiteSign, site_shapes
from views.siting_words import MODELS, STATES, Scale

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from coverage.standards import FacilityKind
    from coverage.studies.study import Layers
    from coverage.studies.study_sites import SitingAnswer, SitingGround
    from views.map_overlay import Shape
    from views.siting_advising import Advice

SUGGESTED: Final = "advice:"
"""Begins the id of a suggested site on the map."""

SUGGESTED_FILL: Final = "#e7298a"
"""Of the numbers on the map: like no layer below them."""

CLOSED_SIGN: Final = "撤"

CIRCLED: Final = 20
"""Numbers up to which there is a single character."""

COLUMNS: Final = (
    "site_id", "state", "name", "zone", "people", "villages", "reason", "x", "y",
)  # fmt: skip
"""Of suggestions."""

FOR_OTHERS: Final = "为同时兼顾的其他标准而设，本标准不增加覆盖"

SHOWN_TIES: Final = 8
"""Sites named of an equally good answer; more are counted."""


def scale_of(advice: Advice) -> Scale:
    """How the objective of an answer reads."""
    ground, ask = advice.ground, advice.ask
    by_time = ground.cost == "travel_time_s"
    question = ask.question
    words = MODELS.get(ask.task) or MODELS["maximal_covering"]
    unit = "sites" if ask.task == "closing" and question.close is None else words.unit
    people = float(ground.weights.sum())
    if unit == "mean" and advice.answer is not None:
        alone = ground.weights.index.isin(advice.answer.result.unservable)
        people = float(ground.weights[~alone].sum())
    is_locked = question.existing == "locked" and ask.task != "closing"
    verb = "保留" if ask.task == "closing" else "共"
    standing = len(ground.existing) if is_locked else 0
    return Scale(unit, people, by_time, standing, verb, ground.standard.target)


def suggestions(advice: Advice, *, number: int | None = None) -> pd.DataFrame:
    """
    The sites that an answer would open or close, in the order of what they add.

    Parameters
    ----------
    advice
        An answer of any kind.
    number
        Of the curve: how many sites; its largest where there is no such number.

    Returns
    -------
    sites
        `COLUMNS`, one row per site: `state` "new" or "closed", `people` and `villages` that it
        adds (negative for those that close), `x` and `y` in metres.
    """
    ground = advice.ground
    if advice.answer is not None:
        if advice.answer.result.status == "infeasible":
            return _rows(ground, [])
        changed = advice.answer.sites[advice.answer.sites["state"] != "kept"]
        reasons = changed["reason"]
        if advice.ask.task == "standards_covering":
            # What a site adds is told by the first standard; some serve the others alone.
            reasons = reasons.mask(changed["adds_villages"] == 0, FOR_OTHERS)
        return _rows(
            ground,
            zip(
                changed.index, changed["state"], changed["adds_people"],
                changed["adds_villages"], reasons, strict=True,
            ),
        )  # fmt: skip
    steps = chosen_steps(ground, advice.ask.question, _chosen(advice, number))
    return _rows(ground, ((*step, "") for step in steps.itertuples(name=None)))


def _chosen(advice: Advice, number: int | None) -> tuple[str, ...]:
    if advice.own is not None:
        return advice.own.result.selected
    curve = advice.curve
    assert curve is not None  # noqa: S101 - advice is one of the three
    row = curve.index[-1] if number not in curve.index else number
    chosen: tuple[str, ...] = curve.loc[row, "selected"]
    return chosen


def _rows(
    ground: SitingGround, sites: Iterable[tuple[str, str, float, float, str]]
) -> pd.DataFrame:
    lines = []
    for site_id, state, people, villages, reason in sites:
        row = ground.sites.loc[site_id]
        zone = ground.zone_names.get(row["zone_id"], "")
        name = plain_text(row["site_name"]) or plain_text(site_id)
        place = (row["geometry"].x, row["geometry"].y)
        cells = (site_id, state, name, plain_text(zone), people, villages, reason)
        lines.append((*cells, *place))
    return pd.DataFrame(lines, columns=list(COLUMNS))


def sites_table(sites: pd.DataFrame, accepted: Collection[str]) -> pd.DataFrame:
    """
    Suggested sites to read.

    Parameters
    ----------
    sites
        From `suggestions`.
    accepted
        Ids of those that the scenario holds already.

    Returns
    -------
    table
        次序, 地点, 乡镇, 动作, 增加覆盖（人）, 村（个）, and 理由 where there is one.
    """
    words = {"new": "新建", "closed": "撤并"}
    table = pd.DataFrame(
        {
            "次序": range(1, len(sites) + 1),
            "地点": sites["name"],
            "乡镇": sites["zone"],
            "动作": [
                f"{words[state]}（已采用）" if site_id in accepted else words[state]
                for site_id, state in zip(sites["site_id"], sites["state"], strict=True)
            ],
            "增加覆盖（人）": sites["people"],
            "村（个）": sites["villages"],
            "理由": [plain_text(text, limit=400) for text in sites["reason"]],
        }
    )
    return table if table["理由"].any() else table.drop(columns="理由")


def accepted_sites(
    sites: pd.DataFrame, scenario: Scenario | None, *, facilities: pd.Index
) -> set[str]:
    """
    Suggestions that a scenario holds already: added in their place, or no longer there.

    Parameters
    ----------
    sites
        From `suggestions`.
    scenario
        As it is now; None for none.
    facilities
        Ids of the project's facilities without it.
    """
    actions = scenario.facility_actions if scenario is not None else ()
    added = [one for one in actions if one.action == "add"]
    places = {one.place for one in added}
    # Closing what the scenario itself adds takes it out of the scenario, and leaves no "close".
    there = {*facilities, *(one.facility_id for one in added)}
    there -= {one.facility_id for one in actions if one.action == "close"}
    done = set()
    for row in sites.itertuples(index=False):
        as_added = FacilityAction("add", "", place=(row.x, row.y)).place
        if as_added in places if row.state == "new" else row.site_id not in there:
            done.add(row.site_id)
    return done


def actions_of(
    sites: pd.DataFrame,
    *,
    layers: Layers,
    scenario: Scenario | None,
    kind: FacilityKind,
    costs: Mapping[str, float],
) -> tuple[FacilityAction, ...]:
    """
    What a scenario does when suggestions are accepted.

    Parameters
    ----------
    sites
        Rows of `suggestions`.
    layers
        The project without the scenario, for ids that are free.
    scenario
        That the actions will follow; None where one is begun.
    kind
        Of the new facilities.
    costs
        Kind -> cost of a new one, 万元; without entry where the project does not say.
    """
    grown = scenario or Scenario("", "")
    begun = len(grown.actions)
    for row in sites.itertuples(index=False):
        if row.state == "closed":
            action = FacilityAction("close", row.site_id)
        else:
            action = FacilityAction(
                "add",
                new_facility_id(layers, grown),
                name=f"{row.name}{kind.name}",
                kind=kind.kind,
                place=(row.x, row.y),
                cost=costs.get(kind.kind),
            )
        grown = replace(grown, actions=(*grown.actions, action))
    return tuple(one for one in grown.actions[begun:] if isinstance(one, FacilityAction))


def suggestion_shapes(sites: pd.DataFrame, *, crs: str) -> list[Shape]:
    """Suggestions as numbered markers above the map, those that close with a sign of their own."""
    if sites.empty:
        return []
    signs = [
        SiteSign(
            CLOSED_SIGN if state == "closed" else number_sign(number),
            "#1b1b1b" if state == "closed" else SUGGESTED_FILL,
            "#ffffff",
            "closed" if state == "closed" else "existing",
        )
        for number, state in enumerate(sites["state"], start=1)
    ]
    return site_shapes(
        list(shapely.points(sites[["x", "y"]].to_numpy(dtype=float))),
        [f"{SUGGESTED}{one}" for one in sites["site_id"]],
        crs=crs,
        labels=[""] * len(sites),
        signs=signs,
    )


def number_sign(number: int) -> str:
    """
    A number as one character, as far as there is one.

    Examples
    --------
    >>> [number_sign(one) for one in (1, 9, 10, 20, 21)]
    ['1', '9', '⑩', '⑳', '21']
    """
    if number <= 9 or number > CIRCLED:  # noqa: PLR2004 - the last digit
        return str(number)
    return chr(ord("①") + number - 1)


def unservable_table(answer: SitingAnswer) -> pd.DataFrame:
    """Points that nobody can serve, most people first: 村（社区）, 乡镇, 人口, 最近, 建议."""
    points = answer.unservable
    told = minutes_text if answer.ground.cost == "travel_time_s" else metres_text
    return pd.DataFrame(
        {
            "村（社区）": [
                plain_text(name) or plain_text(one)
                for one, name in zip(points.index, points["demand_name"], strict=True)
            ],
            "乡镇": points["zone_name"].map(plain_text),
            "人口（人）": points["population"].round(),
            "最近的设施或候选点": [told(float(one)) for one in points["cost"]],
            "怎么办": points["advice"].map(plain_text),
        }
    ).reset_index(drop=True)


def ties_table(answer: SitingAnswer) -> pd.DataFrame:
    """Equally good answers, each by what it has instead of what: 方案, 改用, 不用."""
    names = answer.ground.sites["site_name"]

    def told(ids: Collection[str]) -> str:
        shown = [plain_text(names.get(one, one)) or one for one in list(ids)[:SHOWN_TIES]]
        more = f"等 {len(ids)} 处" if len(ids) > SHOWN_TIES else ""
        return "、".join(shown) + more

    return pd.DataFrame(
        [
            {"方案": f"并列 {place}", "改用": told(instead), "不用": told(of)}
            for place, (instead, of) in enumerate(answer.ties, start=1)
        ]
    )


def order_table(answer: SitingAnswer) -> pd.DataFrame:
    """The order of building: 年份, 当年建, 年底处数, 覆盖率, 覆盖人口, 少覆盖, 状态."""
    order = answer.order
    assert order is not None  # noqa: S101 - asked only of an order of building
    names = answer.ground.sites["site_name"]
    percent = partial(shown_percent, target=answer.ground.standard.target)
    built = [
        "、".join(plain_text(names.get(one, one)) or one for one in sites)
        for sites in order["built"]
    ]
    return pd.DataFrame(
        {
            "年份": [f"{year} 年" for year in order.index],
            "当年建": built,
            "累计（处）": order["asked"].to_numpy(),
            "覆盖率": order["share"].map(percent).to_numpy(),
            "覆盖人口（人）": order["covered"].round().to_numpy(),
            "比不分年少覆盖（人）": order["price"].round().to_numpy(),
            "状态": [STATES[one] for one in order["status"]],
        }
    )


def curve_table(curve: pd.DataFrame, ground: SitingGround) -> pd.DataFrame:
    """The curve to read: 处数, 覆盖率, 覆盖人口, 多覆盖, 上界, 状态."""
    people = float(ground.weights.sum())
    bound = curve["bound"] / people if people else curve["bound"] * math.nan
    percent = partial(shown_percent, target=ground.standard.target)
    return pd.DataFrame(
        {
            "处数": curve.index,
            "覆盖率": curve["share"].map(percent),
            "覆盖人口（人）": curve["covered"].round(),
            "比上一行多（人）": curve["added"].round(),
            "上界": bound.map(percent),
            "状态": [STATES[one] for one in curve["status"]],
        }
    ).reset_index(drop=True)


def clicked_number(event: Any, curve: pd.DataFrame) -> int | None:  # noqa: ANN401 - from a browser
    """The number of sites of a click on the curve; None where it is not one of it."""
    try:
        clicked = int(event["selection"]["point"][0]["处数"])
    except (KeyError, IndexError, TypeError, ValueError):
        return None
    return clicked if clicked in curve.index else None

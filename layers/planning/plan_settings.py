"""A plan's file as settings: keys and types; what the values mean is checked afterwards."""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - pydantic resolves annotations at run time
import unicodedata
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field, ValidationError

from layers.settings import Settings, fault_sentences

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from layers.settings import Model

MOST_TARGETS: Final = 2000

_BREAKS: Final = ("\n", "\r", "\t")


def _without_controls(text: str) -> str:
    if any(unicodedata.category(one) == "Cc" and one not in _BREAKS for one in text):
        msg = "有不可见的控制字符，请删去"
        raise ValueError(msg)
    return text


Line = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_without_controls)]
Passage = Annotated[str, Field(min_length=1, max_length=4000), AfterValidator(_without_controls)]
Remark = Annotated[str, Field(max_length=4000), AfterValidator(_without_controls)]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]
Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=80)]
Year = Annotated[int, Field(ge=1949, le=2100)]
Amount = Annotated[float, Field(gt=0)]
Level = Literal["village", "township", "county", "city", "province"]


class YearNumber(Settings):
    """A number for a year."""

    year: Year
    value: float


class PartSettings(Settings):
    """One of several kinds of facilities that must all be reached."""

    name: Line
    subject: Line


class NeedSettings(Settings):
    """What every unit of a level must have."""

    units: Line
    subject: Line
    at_least: Annotated[int, Field(ge=1)] = 1
    over_wan: Amount | None = None


class PlanHead(Settings):
    """The table [plan]."""

    id: Slug
    title: Line
    publisher: Line
    area: Line
    area_level: Level
    area_code: Annotated[str, Field(pattern=r"^(\d{2}){1,3}$")] | Literal[""] = ""
    years: Annotated[list[Year], Field(min_length=2, max_length=2)]
    number: Remark = ""
    published: dt.date | Remark = ""


class TargetSettings(Settings):
    """One of the tables [[targets]]; which keys a rule takes stands in `layers.planning.words`."""

    id: Slug
    indicator: Line
    rule: Line
    section: Line
    quote: Passage
    unit: Line
    table_row: Passage | None = None
    subject: Line | None = None
    group: Line = "常住人口"
    scope: Line | None = None
    area_name: Line | None = None
    minutes: Amount | None = None
    kilometres: Amount | None = None
    metres: Amount | None = None
    mode: Line | None = None
    measure: Line | None = None
    direction: Literal["to_facility", "from_facility"] = "to_facility"
    reading: Line | None = None
    parts: list[PartSettings] = Field(default_factory=list)
    per: Literal[1, 100, 1000, 10000, 100000] = 1
    units: Line | None = None
    at_least: Annotated[int, Field(ge=1)] = 1
    over_wan: Amount | None = None
    needs: list[NeedSettings] = Field(default_factory=list)
    radius_m: Amount | None = None
    within_m: Amount | None = None
    each_in: list[Line] = Field(default_factory=list)
    leaders: list[Line] = Field(default_factory=list)
    values: list[YearNumber] = Field(default_factory=list)
    baseline: list[YearNumber] = Field(default_factory=list)
    better: Literal["higher", "lower"] = "higher"
    open: Remark = ""
    conflict: Remark = ""
    note: Remark = ""
    total: bool | None = None
    binding: Literal["约束性", "预期性"] = "预期性"
    department: Remark = ""
    indicator_id: Code | Literal[""] = ""


COMMON_KEYS: Final = frozenset(
    {
        "id", "indicator", "rule", "section", "quote", "unit", "table_row", "scope", "area_name",
        "values", "baseline", "better", "open", "conflict", "note", "binding", "department",
        "indicator_id",
    }
)  # fmt: skip
"""Keys that every rule takes."""


class PlanSettings(Settings):
    """A whole file."""

    plan: PlanHead
    targets: list[TargetSettings]


def named(who: str, sentence: str) -> str:
    """A sentence about one key, with the target it is about in front."""
    return f"{who}{sentence}" if sentence.startswith("缺少") else f"{who}的{sentence}"


def settings_of(table: object, model: type[Model], *, who: str) -> tuple[Model | None, list[str]]:
    """
    One table of a file as settings.

    Parameters
    ----------
    table
        What TOML gave.
    model
        Of `PlanHead` or `TargetSettings`.
    who
        What the table is, as the planner knows it.

    Returns
    -------
    settings, faults
        None with one sentence per fault.
    """
    if not isinstance(table, dict):
        return None, [f"{who}应为一组设置（写成 [表] 或 {{ }}）。"]
    try:
        return model.model_validate(table), []
    except ValidationError as failure:
        return None, [named(who, one) for one in fault_sentences(failure, model)]


def target_titles(targets: Sequence[object], places: Sequence[str] | None = None) -> list[str]:
    """
    What each target is called in messages: by its id, otherwise by its place.

    Parameters
    ----------
    targets
        n tables as TOML gave them.
    places
        n places ("第 5 行") where they do not come from a TOML file.
    """
    titles = []
    for at, table in enumerate(targets):
        key = table.get("id") if isinstance(table, dict) else None
        place = places[at] if places is not None else f"第 {at + 1} 项"
        if not isinstance(key, str) or not key:
            titles.append(f"{place}指标")
        elif places is not None:
            titles.append(f"{place}指标「{key[:40]}」")
        else:
            titles.append(f"指标「{key[:40]}」")
    return titles


def table_faults(tables: Mapping[str, Any]) -> list[str]:
    """What is wrong with the outermost tables of a plan file."""
    faults = [
        f"「{str(key)[:40]}」不是已知的设置，规划文件只有 [plan] 和 [[targets]] 两种表。"
        for key in tables
        if key not in ("plan", "targets")
    ]
    if "plan" not in tables:
        faults.append("缺少「plan」。")
    targets = tables.get("targets")
    if not isinstance(targets, list) or not targets:
        faults.append("缺少「targets」：至少要有一项指标（写成 [[targets]]）。")
    elif len(targets) > MOST_TARGETS:
        faults.append(
            f"「targets」有 {len(targets)} 项指标，最多 {MOST_TARGETS} 项，请分成几个文件。"
        )
    return faults

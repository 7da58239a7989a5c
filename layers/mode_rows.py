"""A travel mode as tables that a planner edits on screen, and back; every bad cell is told."""

from __future__ import annotations

from numbers import Real
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from pydantic import ValidationError

from coverage.errors import ImpedanceError
from coverage.impedance import MOST_SPEED_KPH
from layers.modes import SETTING_FIELDS, changed_mode
from layers.project_settings import ModeTable
from layers.road_files.road_names import CLASS_NAMES, SURFACE_NAMES, named
from layers.settings import fault_sentences

if TYPE_CHECKING:
    from collections.abc import Mapping

    from coverage.impedance import TravelMode

MOST_FACTOR: Final = 1.0
"""No surface makes a road faster."""

SHOWN_PROBLEMS: Final = 5
"""Bad cells spelt out in a message; the rest are counted."""


def mode_rows(mode: TravelMode) -> pd.DataFrame:
    """
    The speeds of a mode, one row for every class of road.

    Parameters
    ----------
    mode
        A single mode.

    Returns
    -------
    rows
        Indexed by `road_class` (OSM; "" where a road map has no classes), columns `class_name`
        (Chinese), `usable` (bool), `speed_kph` (km/h; NaN where not usable) and `source`.
    """
    classes = list(dict.fromkeys([*CLASS_NAMES, *mode.speed_kph]))
    return pd.DataFrame(
        {
            "class_name": [CLASS_NAMES.get(name, name) for name in classes],
            "usable": [name in mode.speed_kph for name in classes],
            "speed_kph": [float(mode.speed_kph.get(name, np.nan)) for name in classes],
            "source": [mode.speed_source.get(name, "") for name in classes],
        },
        index=pd.Index(classes, name="road_class"),
    )


def surface_rows(mode: TravelMode) -> pd.DataFrame:
    """
    How surfaces slow a mode down, one row for every surface.

    Parameters
    ----------
    mode
        A single mode.

    Returns
    -------
    rows
        Indexed by `surface` (OSM; "" where nobody mapped it), columns `surface_name` (Chinese),
        `factor` (the speed is multiplied by it; 1 where it is not slowed) and `source`.
    """
    surfaces = list(dict.fromkeys([*SURFACE_NAMES, *mode.surface_factor]))
    return pd.DataFrame(
        {
            "surface_name": [SURFACE_NAMES.get(name, name) for name in surfaces],
            "factor": [float(mode.surface_factor.get(name, 1.0)) for name in surfaces],
            "source": [mode.surface_source.get(name, "") for name in surfaces],
        },
        index=pd.Index(surfaces, name="surface"),
    )


def mode_from_rows(
    mode: TravelMode,
    rows: pd.DataFrame,
    *,
    source: str,
    surfaces: pd.DataFrame | None = None,
    settings: Mapping[str, object] | None = None,
) -> TravelMode:
    """
    The mode that a planner made of another on screen.

    Parameters
    ----------
    mode
        The mode whose tables were edited.
    rows
        `mode_rows(mode)` with other values in `usable` and `speed_kph`.
    source
        Where the new numbers come from.
    surfaces
        `surface_rows(mode)` with other values in `factor`.
    settings
        Other keys of `[modes.<mode_id>]`: "user", "access_kph", "max_kph", "obeys_max_speed",
        "junction_delay_s", "signal_delay_s". Those that say what the mode says change nothing.

    Returns
    -------
    edited
        `mode` itself where nothing differs; new numbers bear `source`.

    Raises
    ------
    ImpedanceError
        With one sentence per bad cell or setting; where no road is left; where numbers are new
        and `source` is blank.
    """
    _ensure_rows(mode, rows, mode_rows(mode).index)
    speeds, problems = _speeds(rows)
    factors: dict[str, float] = {}
    if surfaces is not None:
        _ensure_rows(mode, surfaces, surface_rows(mode).index)
        factors, more = _factors(surfaces)
        problems += more
    _raise_problems(mode, problems)
    if not speeds:
        msg = f"「{mode.name}」没有一种道路可通行。请至少勾选一种道路等级。"
        raise ImpedanceError(msg)
    changes: dict[str, Any] = {
        "speeds": {name: kph for name, kph in speeds.items() if mode.speed_kph.get(name) != kph},
        "closed": [name for name in mode.speed_kph if name not in speeds],
        "surfaces": {
            name: by for name, by in factors.items() if mode.surface_factor.get(name, 1.0) != by
        },
    }
    changes = {key: value for key, value in changes.items() if value}
    for key, value in (settings or {}).items():
        if key not in SETTING_FIELDS or value != getattr(mode, SETTING_FIELDS[key]):
            changes[key] = value
    return _changed(mode, changes, " ".join(source.split())) if changes else mode


def _changed(mode: TravelMode, changes: dict[str, Any], source: str) -> TravelMode:
    if not source:
        msg = f"「{mode.name}」改了数字而没有写来源。请写明新的数字从哪里来。"
        raise ImpedanceError(msg)
    try:
        return changed_mode(mode, ModeTable.model_validate({"source": source, **changes}))
    except ValidationError as cause:
        faults = fault_sentences(cause, ModeTable)
        msg = f"「{mode.name}」的设定有 {len(faults)} 处问题：{''.join(faults)}"
        raise ImpedanceError(msg) from cause


def _ensure_rows(mode: TravelMode, rows: pd.DataFrame, expected: pd.Index) -> None:
    """Raise where rows were taken out or put in: a class would change without a word."""
    strange = [*expected.difference(rows.index), *rows.index.difference(expected)]
    strange += list(rows.index[rows.index.duplicated()])
    if strange:
        msg = (
            f"「{mode.name}」的表多了或少了 {len(strange)} 行，第一个是“{strange[0]}”。"
            "请不要增删行，只改数字。"
        )
        raise ImpedanceError(msg)


def _speeds(rows: pd.DataFrame) -> tuple[dict[str, float], list[str]]:
    """The speed of every usable class, and what is wrong with which cell."""
    speeds: dict[str, float] = {}
    problems = []
    for name, usable, kph in zip(rows.index, rows["usable"], rows["speed_kph"], strict=True):
        where = named(name, CLASS_NAMES)
        if not isinstance(usable, bool | np.bool_):
            problems.append(f"{where}是否可通行没有填")
        elif usable and (fault := _fault(kph, most=MOST_SPEED_KPH, unit=" 公里/小时")):
            problems.append(f"{where}的速度{fault}")
        elif usable:
            speeds[name] = float(kph)
    return speeds, problems


def _factors(rows: pd.DataFrame) -> tuple[dict[str, float], list[str]]:
    """The factor of every surface, and what is wrong with which cell."""
    factors: dict[str, float] = {}
    problems = []
    for name, factor in zip(rows.index, rows["factor"], strict=True):
        if fault := _fault(factor, most=MOST_FACTOR, unit=""):
            problems.append(f"路面{named(name, SURFACE_NAMES)}的系数{fault}")
        else:
            factors[name] = float(factor)
    return factors, problems


def _fault(value: object, *, most: float, unit: str) -> str:
    """What is wrong with a number; "" where nothing is."""
    if value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return "没有填"
    if not isinstance(value, Real) or isinstance(value, bool | np.bool_):
        return f"为“{str(value)[:20]}”，不是数字"
    if value <= 0:
        return f"为 {value:g}，应大于 0"
    return f"为 {value:g}，不得超过 {most:g}{unit}" if value > most else ""


def _raise_problems(mode: TravelMode, problems: list[str]) -> None:
    if problems:
        rest = len(problems) - SHOWN_PROBLEMS
        shown = "；".join(problems[:SHOWN_PROBLEMS]) + (f"；另有 {rest} 处" if rest > 0 else "")
        msg = f"「{mode.name}」的表有 {len(problems)} 处问题：{shown}。请改正。"
        raise ImpedanceError(msg)

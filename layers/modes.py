"""What a planner changes in the travel modes, on screen or in the `[modes.*]` of `project.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from coverage.errors import ProjectError
from coverage.notices import Notice
from layers.project_settings import ModeTables
from layers.road_files.road_names import CLASS_NAMES, SURFACE_NAMES, named, nearest_code
from layers.settings import nearest_key, parse_settings
from layers.toml_text import key_text, quoted, replaced, statements

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from coverage.impedance import TravelMode
    from layers.project_settings import ModeTable
    from layers.toml_text import Statement

MODES_KEY: Final = "modes"

NAMED_CHANGES: Final = 6
"""Changes of one mode spelt out in a notice; the rest are counted."""

BYTE_ORDER_MARK: Final = "\ufeff"

SETTING_FIELDS: Final = {
    "user": "user",
    "access_kph": "access_speed_kph",
    "max_kph": "max_speed_kph",
    "obeys_max_speed": "obeys_max_speed",
    "junction_delay_s": "junction_delay_s",
    "signal_delay_s": "signal_delay_s",
}
"""Keys of `[modes.<mode_id>]` that hold one value -> field of `TravelMode`."""

_DELAYS: Final = {"junction_delay_s", "signal_delay_s"}

_USERS: Final = {"foot": "行人", "bicycle": "非机动车", "motor": "机动车"}

_SAID: Final = {
    "user": "按{}的通行限制",
    "access_kph": "接驳段 {} 公里/小时",
    "max_kph": "最高 {} 公里/小时",
    "obeys_max_speed": "{}限速标志",
    "junction_delay_s": "路口 {} 秒",
    "signal_delay_s": "信号灯 {} 秒",
}


def changed_modes(
    modes: Mapping[str, TravelMode], changes: Mapping[str, ModeTable]
) -> dict[str, TravelMode]:
    """
    The travel modes with the changes of a project.

    Parameters
    ----------
    modes
        All travel modes by id, as shipped.
    changes
        By mode id: the tables `[modes.<mode_id>]`.

    Returns
    -------
    changed
        By id, in the order of `modes`.

    Raises
    ------
    ProjectError
        If a mode, a road class or a surface is unknown (with the nearest that is known), a
        mode is a choice between others, or no class of road is left to it.
    """
    for mode_id in changes:
        _ensure_single(mode_id, modes)
    return {
        mode_id: changed_mode(mode, changes[mode_id]) if mode_id in changes else mode
        for mode_id, mode in modes.items()
    }


def changed_mode(mode: TravelMode, change: ModeTable) -> TravelMode:
    """
    A travel mode with the changes of one table.

    Parameters
    ----------
    mode
        A single mode.
    change
        Its table `[modes.<mode_id>]`.

    Returns
    -------
    changed
        Numbers that differ bear the table's source.

    Raises
    ------
    ProjectError
        If a road class or a surface is unknown, or no class of road is left.
    """
    _ensure_known(
        [*change.speeds, *change.closed], mode.speed_kph, names=CLASS_NAMES, mode_id=mode.mode_id
    )
    _ensure_known(change.surfaces, mode.surface_factor, names=SURFACE_NAMES, mode_id=mode.mode_id)
    speeds = {**mode.speed_kph, **change.speeds}
    speeds = {name: kph for name, kph in speeds.items() if name not in change.closed}
    if not speeds:
        msg = (
            f"project.toml 的 [modes.{mode.mode_id}] 把所有道路等级都关闭了，"
            f"「{mode.name}」没有路可走。请至少留一种。"
        )
        raise ProjectError(msg)
    factors = {**mode.surface_factor, **change.surfaces}
    factors = {name: factor for name, factor in factors.items() if factor != 1}
    given = change.model_dump(exclude_none=True, include=set(SETTING_FIELDS))
    return replace(
        mode,
        speed_kph=speeds,
        surface_factor=factors,
        speed_source=_sources(mode.speed_kph, speeds, mode.speed_source, change.source),
        surface_source=_sources(mode.surface_factor, factors, mode.surface_source, change.source),
        delay_source=change.source if _DELAYS & set(given) else mode.delay_source,
        change_source=_joined(mode.change_source, change.source),
        **{SETTING_FIELDS[key]: value for key, value in given.items()},
    )


def change_notices(
    modes: Mapping[str, TravelMode], changes: Mapping[str, ModeTable]
) -> tuple[Notice, ...]:
    """
    What a project changes in the travel modes: one notice each, counting its numbers.

    Parameters
    ----------
    modes
        Travel modes by id.
    changes
        By mode id: the tables `[modes.<mode_id>]`.
    """
    notices = []
    for mode_id, change in changes.items():
        told = _told(change)
        more = f" 等 {len(told)} 处" if len(told) > NAMED_CHANGES else ""
        text = (
            f"「{modes[mode_id].name}」按 project.toml 修改："
            f"{'；'.join(told[:NAMED_CHANGES])}{more}（来源：{change.source}）。"
        )
        notices.append(Notice("mode_changed", text, len(told)))
    return tuple(notices)


def mode_changes_text(base: Mapping[str, TravelMode], edited: Mapping[str, TravelMode]) -> str:
    """
    The `[modes.*]` tables that turn the shipped travel modes into edited ones.

    Parameters
    ----------
    base
        Travel modes by id, as shipped.
    edited
        The same modes with the planner's numbers.

    Returns
    -------
    changes_text
        TOML; "" where nothing differs.

    Raises
    ------
    ProjectError
        If a mode is not in `base`, is a choice that was changed, has no road left, has numbers
        that `project.toml` does not allow, or does not say where its new numbers come from.
    """
    changes: dict[str, dict[str, object]] = {}
    for mode_id, mode in edited.items():
        if mode == base.get(mode_id):
            continue
        _ensure_single(mode_id, base)
        settings = _difference(base[mode_id], mode)
        if settings and not mode.change_source:
            msg = f"「{mode.name}」改了数字而没有写来源。请写明新的数字从哪里来。"
            raise ProjectError(msg)
        if settings:
            changes[mode_id] = {"source": mode.change_source, **settings}
    checked = parse_settings(
        {MODES_KEY: changes}, ModeTables, source="project.toml", error=ProjectError
    )
    changed_modes(base, checked.modes)
    return "\n".join(_table_text(mode_id, table) for mode_id, table in changes.items())


def with_mode_changes(project_text: str, changes_text: str) -> str:
    """
    A project file with other `[modes.*]` tables and everything else as it was.

    Tables that say the same stay as they are written, and comments stay where tables go.

    Parameters
    ----------
    project_text
        The file's text, with the line ends and the byte order mark it has.
    changes_text
        What `mode_changes_text` gave; "" takes all `[modes.*]` tables out.

    Returns
    -------
    text
        TOML whose other tables are those of `project_text`.

    Raises
    ------
    ProjectError
        If the text is no TOML, or the tables cannot be put in without touching others.
    """
    before = _parsed(project_text)
    if before is None:
        msg = "项目文件现在的内容不合 TOML 格式，改动没有写进去。请先改正项目文件。"
        raise ProjectError(msg)
    old, new = before.get(MODES_KEY), tomllib.loads(changes_text).get(MODES_KEY, {})
    same = {name for name in new if isinstance(old, dict) and old.get(name) == new[name]}
    # A file may hold all its modes in one value, of which no part can stay: then all are new.
    for kept in (same, set[str]()):
        put = {name: table for name, table in new.items() if name not in kept}
        text = _rewritten(project_text, put, kept)
        after = _parsed(text)
        if after is not None and after.pop(MODES_KEY, {}) == new:
            others = {name: table for name, table in before.items() if name != MODES_KEY}
            # unlike `==`, the written form tells 1, 1.0 and true apart
            if repr(after) == repr(others):
                return text
    msg = (
        "出行方式的改动写不进项目文件而不动别的设置，项目文件保持原样。"
        "请手工把 [modes] 的几张表写进 project.toml。"
    )
    raise ProjectError(msg)


def _ensure_single(mode_id: str, modes: Mapping[str, TravelMode]) -> None:
    """Raise where a mode is unknown or has no speeds of its own."""
    if mode_id not in modes:
        nearest = nearest_key(mode_id, list(modes))
        msg = (
            f"project.toml 的 [modes.{mode_id}] 不是已有的出行方式，"
            f"最接近的是“{nearest}”（{modes[nearest].name}）。"
        )
        raise ProjectError(msg)
    mode = modes[mode_id]
    if mode.faster_of:
        names = "、".join(modes[name].name for name in mode.faster_of)
        tables = " 或 ".join(f"[modes.{name}]" for name in mode.faster_of)
        msg = (
            f"project.toml 的 [modes.{mode.mode_id}] 不起作用：「{mode.name}」取{names}中较快的"
            f"一种，没有自己的速度。请改 {tables}。"
        )
        raise ProjectError(msg)


def _ensure_known(
    words: Collection[str], used: Collection[str], *, names: dict[str, str], mode_id: str
) -> None:
    """Raise where a word is neither a road class or surface of `names` nor used by the mode."""
    unknown = [word for word in words if word not in names and word not in used]
    if unknown:
        what = "道路等级" if names is CLASS_NAMES else "路面"
        nearest = nearest_code(unknown[0], names)
        msg = (
            f"project.toml 的 [modes.{mode_id}] 有 {len(unknown)} 个未知的{what}，"
            f"第一个是“{unknown[0]}”，最接近的是“{nearest}”（{names[nearest]}）。"
        )
        raise ProjectError(msg)


def _sources(
    old: Mapping[str, float], new: Mapping[str, float], known: Mapping[str, str], source: str
) -> dict[str, str]:
    """Where each number comes from: as known where it stayed, otherwise from the change."""
    return {
        name: known.get(name, "") if old.get(name) == number else source
        for name, number in new.items()
    }


def _joined(earlier: str, source: str) -> str:
    """The sources of changes upon changes, each once."""
    if not earlier:
        return source
    return "；".join(dict.fromkeys([*earlier.split("；"), *source.split("；")]))


def _told(change: ModeTable) -> list[str]:
    """Every change of a table in a few words."""
    shown = change.model_dump(exclude_none=True, include=set(SETTING_FIELDS))
    words = {"user": _USERS, "obeys_max_speed": {True: "按", False: "不按"}}
    told = [
        _SAID[key].format(words[key][value] if key in words else f"{value:g}")
        for key, value in shown.items()
    ]
    told += [f"{named(key, CLASS_NAMES)}为 {kph:g} 公里/小时" for key, kph in change.speeds.items()]
    told += [f"{named(key, CLASS_NAMES)}不可通行" for key in change.closed]
    told += [f"路面{named(key, SURFACE_NAMES)}为 {by:g} 倍" for key, by in change.surfaces.items()]
    return told


def _difference(base: TravelMode, edited: TravelMode) -> dict[str, object]:
    """The keys of `[modes.<mode_id>]` that turn one mode into another; {} where none differs."""
    found: dict[str, object] = {
        key: getattr(edited, field)
        for key, field in SETTING_FIELDS.items()
        if getattr(edited, field) != getattr(base, field)
    }
    closed = [name for name in base.speed_kph if name not in edited.speed_kph]
    speeds = {
        name: kph for name, kph in edited.speed_kph.items() if base.speed_kph.get(name) != kph
    }
    surfaces = {
        name: edited.surface_factor.get(name, 1.0)
        for name in {**base.surface_factor, **edited.surface_factor}
        if edited.surface_factor.get(name, 1.0) != base.surface_factor.get(name, 1.0)
    }
    parts = {"closed": closed, "speeds": speeds, "surfaces": surfaces}
    return found | {key: value for key, value in parts.items() if value}


def _table_text(mode_id: str, table: Mapping[str, object]) -> str:
    """One table `[modes.<mode_id>]` and the tables in it."""
    name = f"{MODES_KEY}.{key_text(mode_id)}"
    parts = {key: value for key, value in table.items() if isinstance(value, dict)}
    lines = [f"[{name}]", *_pairs({key: table[key] for key in table if key not in parts})]
    for key, part in parts.items():
        lines += ["", f"[{name}.{key}]", *_pairs(part)]
    return "\n".join([*lines, ""])


def _pairs(table: Mapping[str, object]) -> list[str]:
    return [f"{key_text(key)} = {_value_text(value)}" for key, value in table.items()]


def _value_text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, list):
        return f"[{', '.join(map(_value_text, value))}]"
    number = float(str(value))
    return str(int(number)) if number.is_integer() else repr(number)


def _parsed(text: str) -> dict[str, Any] | None:
    """The tables of a TOML text; None where it is none."""
    try:
        return tomllib.loads(text.removeprefix(BYTE_ORDER_MARK))
    except (ValueError, RecursionError):  # as `layers.settings.read_toml`
        return None


def _rewritten(text: str, tables: Mapping[str, Mapping[str, object]], kept: set[str]) -> str:
    """The text with all modes but `kept` taken out, and tables where the first of them was."""
    mark = BYTE_ORDER_MARK if text.startswith(BYTE_ORDER_MARK) else ""
    body = text.removeprefix(mark)
    put = "\n".join(_table_text(name, table) for name, table in tables.items())
    return mark + replaced(body, _given_up(statements(body), kept), put)


def _given_up(found: list[Statement], kept: set[str]) -> list[Statement]:
    """The statements that belong to modes other than `kept`."""
    lasting = {one.path[:-1] for one in found if one.path[1:2] and one.path[1] in kept}
    return [
        one
        for one in found
        if one.path[0] == MODES_KEY
        and not (one.path[1] in kept if len(one.path) > 1 else one.path in lasting)
    ]

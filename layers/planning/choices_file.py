"""The planner's choices, kept in a plain file beside the project (`targets.toml`).

Only tables whose choices changed are written anew; all others stay byte for byte, with their
comments. Inside a table written anew comments stay, on lines of their own.
"""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any, Final

from coverage.errors import OutputError
from coverage.rules.choices import ReportedFigure, TargetChoices, Waiver
from coverage.rules.target import YearValue
from layers.kept.changed_file import changing, write_whole
from layers.paths import system_reason, usable_path
from layers.planning.choices_settings import (
    CUTOFF_KEYS,
    ChoicesSettings,
    choice_faults,
)
from layers.planning.plan_faults import PlanError, plan_error
from layers.planning.subjects import spelt_out
from layers.planning.toml_tables import tables_text
from layers.planning.used_names import OWN_SUFFIX
from layers.plans import load_plan
from layers.settings import nearest_key, parse_settings, read_toml
from layers.standards import SECONDS_PER_MINUTE
from layers.toml_text import replaced, statements

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from pathlib import Path

    from coverage.rules.target import Plan, Target
    from coverage.standards import FacilityKind
    from layers.project import Project

CHOICES_FILE: Final = "targets.toml"

TITLE: Final = "指标设定"

_NEAREST_SEAT_M: Final = Waiver("township_hospital_seat", (), "").within_m


def choices_path(project: Project) -> Path:
    """The file with the choices of a project; need not exist."""
    return project.path(project.settings.project.targets)


def read_choices(
    path: Path,
    plans: Mapping[str, Plan],
    kinds: Mapping[str, FacilityKind],
    *,
    zone_ids: Collection[str] | None = None,
) -> TargetChoices:
    """
    What the planner decided about targets.

    Parameters
    ----------
    path
        The file; where there is none, nothing was decided.
    plans
        All plans whose targets may be named: the shipped ones and the project's own.
    kinds
        All kinds by code; complete lists of an umbrella word cover its members.
    zone_ids
        Zones of the project; None where they are not at hand, and go unchecked.

    Raises
    ------
    PlanError
        With one sentence per fault.
    """
    settings = _settings(path)
    targets = _targets(plans)
    faults = choice_faults(settings, targets, kinds, zone_ids=zone_ids)
    if faults:
        raise plan_error(path.name, faults, what=TITLE)
    return _choices(settings, kinds)


def plans_in_use(
    path: Path, plans: Mapping[str, Plan], *, kinds: Mapping[str, FacilityKind] | None = None
) -> dict[str, Plan]:
    """
    The plans that a project is held against.

    Parameters
    ----------
    path
        The file of choices; its `[plans] use` names shipped plans by id and own files (*.toml),
        relative to its folder. Without it, all shipped plans.
    plans
        The shipped plans by id.
    kinds
        All kinds by code; the shipped ones where absent.

    Returns
    -------
    plans
        By id, in the order of the file.

    Raises
    ------
    PlanError
        If a plan is unknown, faulty, or an own plan has the id of another.
    """
    used = _settings(path).plans.use
    if not used:
        return dict(plans)
    found: dict[str, Plan] = {}
    faults = []
    for name in used:
        if name.endswith(OWN_SUFFIX):
            title = f"{TITLE}「{path.name}」里的规划文件"
            own = usable_path(path.parent / name, title=title, error=PlanError, shown=name)
            plan = load_plan(own, kinds=kinds)
            if plan.plan_id in plans:
                faults.append(
                    f"「{name[:40]}」的 id「{plan.plan_id}」与自带的规划相同，请改用别的 id。"
                )
        elif name in plans:
            plan = plans[name]
        else:
            near = f"，最接近的是“{nearest_key(name, list(plans))}”" if plans else ""
            said = f"没有“{name[:40]}”这个规划{near}；自己的规划请写文件名（*.toml）"
            faults.append(f"[plans] 的「use」：{said}。")
            continue
        if plan.plan_id in found:
            faults.append(f"[plans] 的「use」：规划「{plan.plan_id}」写了两次。")
        found[plan.plan_id] = plan
    if faults:
        raise plan_error(path.name, faults, what=TITLE)
    return found


def write_choices(
    path: Path,
    choices: TargetChoices | Callable[[TargetChoices], TargetChoices],
    *,
    plans: Mapping[str, Plan],
    kinds: Mapping[str, FacilityKind],
    use: Sequence[str] | None = None,
) -> TargetChoices:
    """
    Keep what the planner decided.

    Parameters
    ----------
    path
        The file; made where there is none.
    choices
        All choices; or what makes the new ones of those in the file, so that two sessions do
        not undo one another.
    plans, kinds
        As for `read_choices`.
    use
        The new `[plans] use`; None leaves it as it is.

    Returns
    -------
    choices
        What the file now holds.

    Raises
    ------
    PlanError
        If the file that is there is faulty; it is then left alone.
    OutputError
        If it cannot be written; the old file is then untouched.
    """
    try:
        with changing(path):
            old = read_choices(path, plans, kinds)
            new = choices(old) if callable(choices) else choices
            text = path.read_bytes().decode("utf-8-sig") if path.is_file() else ""
            before = _tables(old, kinds, _targets(plans), tuple(_settings(path).plans.use))
            wanted = tuple(before["plans"].get("use", ())) if use is None else tuple(use)
            after = _tables(new, kinds, _targets(plans), wanted)
            for name, table in after.items():
                if table != before[name]:
                    text = _with_table(text, name, table)
            _check(text, path, plans, kinds)
            write_whole(path, text.encode("utf-8"))
    except OSError as error:
        msg = (
            f"{TITLE}「{path.name}」写不进去（{system_reason(error)}），原有的设定没有改动。"
            "请检查文件夹权限和磁盘空间，关闭正在打开它的程序后重试。"
        )
        raise OutputError(msg) from error
    return new


def _settings(path: Path) -> ChoicesSettings:
    if not path.exists():
        return ChoicesSettings()
    tables = read_toml(path, error=PlanError)
    return parse_settings(tables, ChoicesSettings, source=path.name, error=PlanError)


def _check(
    text: str, path: Path, plans: Mapping[str, Plan], kinds: Mapping[str, FacilityKind]
) -> None:
    """What is written must be what can be read again."""
    settings = parse_settings(
        tomllib.loads(text), ChoicesSettings, source=path.name, error=PlanError
    )
    faults = choice_faults(settings, _targets(plans), kinds)
    if faults:
        raise plan_error(path.name, faults, what=TITLE)


def _targets(plans: Mapping[str, Plan]) -> dict[str, Target]:
    return {one.target_id: one for plan in plans.values() for one in plan.targets}


def _choices(settings: ChoicesSettings, kinds: Mapping[str, FacilityKind]) -> TargetChoices:
    words = {word: code for code, kind in kinds.items() for word in (kind.name, *kind.aliases)}
    values: dict[str, tuple[YearValue, ...]] = {}
    for one in sorted(settings.values, key=lambda one: one.year):
        own = YearValue(one.year, one.value, one.source)
        values[one.target] = (*values.get(one.target, ()), own)
    reported: dict[str, tuple[ReportedFigure, ...]] = {}
    for row in settings.reported:
        figure = ReportedFigure(row.year, row.value, row.source, row.zone)
        reported[row.target] = (*reported.get(row.target, ()), figure)
    return TargetChoices(
        area_level=settings.area.level,
        values=values,
        reported=reported,
        cutoffs={
            one.target: one.metres if one.minutes is None else one.minutes * SECONDS_PER_MINUTE
            for one in settings.cutoffs
            if one.metres is not None or one.minutes is not None
        },
        areas={name: tuple(zones) for name, zones in settings.areas.items()},
        leaders={one.target: tuple(one.facilities) for one in settings.leaders},
        complete_kinds=frozenset(
            code for word in settings.area.complete_kinds for code in spelt_out(words[word], kinds)
        ),
        built_up_is_urban=settings.area.built_up_is_urban,
        waivers=tuple(
            Waiver(
                one.rule,
                tuple(one.targets),
                one.reason,
                within_m=_NEAREST_SEAT_M if one.within_m is None else one.within_m,
                under_persons=one.under_persons or 0.0,
                demand_ids=tuple(one.villages),
            )
            for one in settings.waivers
        ),
    )


def _tables(
    choices: TargetChoices,
    kinds: Mapping[str, FacilityKind],
    targets: Mapping[str, Target],
    use: tuple[str, ...],
) -> dict[str, Any]:
    """The choices as tables of the file, by name; an empty one is left out of it."""
    area = {
        "level": choices.area_level,
        "built_up_is_urban": choices.built_up_is_urban,
        "complete_kinds": _kind_names(choices.complete_kinds, kinds),
    }
    return {
        "area": {key: value for key, value in area.items() if value},
        "plans": {"use": list(use)} if use else {},
        "areas": {name: list(zones) for name, zones in choices.areas.items()},
        "values": [
            {"target": target, "year": one.year, "value": one.value, "source": one.source}
            for target, own in sorted(choices.values.items())
            for one in sorted(own, key=lambda one: one.year)
        ],
        "reported": [
            {"target": target, "year": one.year, "value": one.value, "source": one.source}
            | ({"zone": one.zone_id} if one.zone_id else {})
            for target, own in sorted(choices.reported.items())
            for one in sorted(own, key=lambda one: (one.year, one.zone_id))
        ],
        "cutoffs": [
            _cutoff(target, value, targets) for target, value in sorted(choices.cutoffs.items())
        ],
        "leaders": [
            {"target": target, "facilities": list(ids)}
            for target, ids in sorted(choices.leaders.items())
        ],
        "waivers": [_waiver(one) for one in choices.waivers],
    }


def _cutoff(target_id: str, value: float, targets: Mapping[str, Target]) -> dict[str, Any]:
    target = targets.get(target_id)
    by_time = target is not None and CUTOFF_KEYS.get(target.rule) == "minutes"
    amount = {"minutes": value / SECONDS_PER_MINUTE} if by_time else {"metres": value}
    return {"target": target_id, **amount}


def _waiver(one: Waiver) -> dict[str, Any]:
    own: Mapping[str, dict[str, Any]] = {
        "township_hospital_seat": {"within_m": one.within_m},
        "small_village": {"under_persons": one.under_persons},
        "joint_clinic": {"villages": list(one.demand_ids)},
    }
    about = {"rule": one.rule, "targets": list(one.target_ids), "reason": one.reason}
    return about | own[one.rule]


def _kind_names(codes: Collection[str], kinds: Mapping[str, FacilityKind]) -> list[str]:
    """Names of kinds in the order of the table, without those that an umbrella word covers."""
    whole = [code for code in kinds if code in codes and set(spelt_out(code, kinds)) <= set(codes)]
    covered = {member for code in whole for member in spelt_out(code, kinds)[1:]}
    return [kinds[code].name for code in whole if code not in covered]


def _with_table(text: str, name: str, table: object) -> str:
    """The text of the file with one outermost table put anew."""
    given_up = [one for one in statements(text) if one.path[:1] == (name,)]
    return replaced(text, given_up, tables_text({name: table}))

"""The catalogue of plans: each target with its clause, read strictly from one file per plan.

What a target may say stands in `layers.planning.words`, how its facilities are written in
`layers.planning.subjects`.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from coverage.rules.target import Plan
from layers.paths import system_reason
from layers.planning.plan_faults import PlanError, plan_error
from layers.planning.plan_settings import (
    MOST_TARGETS,
    PlanHead,
    TargetSettings,
    settings_of,
    table_faults,
    target_titles,
)
from layers.planning.target_making import Catalogues, make_target
from layers.settings import read_toml
from layers.standards import DATA_FOLDER, load_kinds, load_modes, load_standards

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from coverage.impedance import TravelMode
    from coverage.rules.target import Target
    from coverage.standards import FacilityKind, Standard

PLANS_FOLDER: Final = DATA_FOLDER / "plans"

MOST_BYTES: Final = 2_000_000
"""Size of a plan's file; the longest of the shipped ones has a tenth of it."""


def load_plans(
    folder: Path = PLANS_FOLDER,
    *,
    kinds: Mapping[str, FacilityKind] | None = None,
    standards: Mapping[str, Standard] | None = None,
    modes: Mapping[str, TravelMode] | None = None,
) -> dict[str, Plan]:
    """
    The plans of a folder: one file each, named by the plan's id.

    Parameters
    ----------
    folder
        A folder like `data/plans/`.
    kinds, standards, modes
        What the names in a plan may refer to; the shipped ones where absent.

    Returns
    -------
    plans
        By id, sorted; cutoffs in seconds or metres.

    Raises
    ------
    PlanError
        With one sentence per fault of all files.
    """
    names = catalogues(kinds, standards, modes)
    paths = sorted(folder.glob("*.toml"))
    if not paths:
        msg = f"文件夹「{folder}」里没有规划文件（*.toml）。请检查路径。"
        raise PlanError(msg)
    plans, messages = {}, []
    for path in paths:
        try:
            plan = _read(path, names)
        except PlanError as error:
            messages.append(str(error))
            continue
        if plan.plan_id != path.stem:
            said = f"[plan] 的 id 应与文件名相同（{path.stem}），现为「{plan.plan_id}」"
            messages.append(f"规划文件「{path.name}」：{said}。")
        plans[plan.plan_id] = plan
    if messages:
        raise PlanError("\n".join(messages))
    return plans


def load_plan(
    path: Path,
    *,
    kinds: Mapping[str, FacilityKind] | None = None,
    standards: Mapping[str, Standard] | None = None,
    modes: Mapping[str, TravelMode] | None = None,
) -> Plan:
    """
    One plan.

    Parameters
    ----------
    path
        Its file.
    kinds, standards, modes
        What its names may refer to; the shipped ones where absent.

    Raises
    ------
    PlanError
        With one sentence per fault.
    """
    return _read(path, catalogues(kinds, standards, modes))


def catalogues(
    kinds: Mapping[str, FacilityKind] | None = None,
    standards: Mapping[str, Standard] | None = None,
    modes: Mapping[str, TravelMode] | None = None,
) -> Catalogues:
    """What the names in a plan may refer to, the shipped catalogues where none are given."""
    return Catalogues(
        load_kinds() if kinds is None else kinds,
        load_standards() if standards is None else standards,
        load_modes() if modes is None else modes,
    )


def checked_plan(
    tables: Mapping[str, Any], names: Catalogues, *, places: Sequence[str] | None = None
) -> tuple[Plan | None, list[str]]:
    """
    A plan from its tables, or all that is wrong with them.

    Parameters
    ----------
    tables
        "plan", and "targets" with n tables, as TOML gives them.
    names
        What the names in it may refer to.
    places
        n places of the targets ("第 5 行") where they come from no TOML file.

    Returns
    -------
    plan, faults
        None with one sentence per fault.
    """
    faults = table_faults(tables)
    head = None
    if "plan" in tables:
        head, found = settings_of(tables["plan"], PlanHead, who="[plan] ")
        faults += found
    if head is not None and head.years[0] > head.years[1]:
        years = "、".join(map(str, head.years))
        faults.append(f"[plan] 的「years」先写起始年，再写终止年，现为 {years}。")
    listed = tables.get("targets")
    rows = listed[:MOST_TARGETS] if isinstance(listed, list) else []
    targets: list[Target] = []
    for row, who in zip(rows, target_titles(rows, places), strict=True):
        settings, found = settings_of(row, TargetSettings, who=who)
        faults += found
        if settings is not None:
            target, found = make_target(settings, head or _NO_HEAD, names, who=who)
            faults += found
            targets += [] if target is None else [target]
    faults += _repeated_ids(rows)
    if faults or head is None:
        return None, faults
    first, last = head.years
    plan = Plan(
        head.id,
        head.title,
        head.publisher,
        head.area,
        head.area_level,
        first,
        last,
        tuple(targets),
        head.area_code,
    )
    return plan, []


def _repeated_ids(rows: Sequence[object]) -> list[str]:
    ids = [row.get("id") for row in rows if isinstance(row, dict)]
    return [
        f"指标编号「{one[:40]}」写了 {count} 次，每个编号只能用一次。"
        for one, count in Counter(one for one in ids if isinstance(one, str)).items()
        if count > 1
    ]


def _read(path: Path, names: Catalogues) -> Plan:
    plan, faults = checked_plan(_tables(path), names)
    if plan is None:
        raise plan_error(path.name, faults)
    return plan


_NO_HEAD: Final = PlanHead(
    id="plan", title="-", publisher="-", area="-", area_level="county", years=[2000, 2000]
)
"""Stands in for a faulty [plan], so that the faults of its targets are found, too."""


def _tables(path: Path) -> dict[str, Any]:
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        size = 0
    except OSError as cause:
        msg = f"设置文件「{path.name}」打不开（{system_reason(cause)}）。请检查路径和权限。"
        raise PlanError(msg) from cause
    if size > MOST_BYTES:
        most = f"{MOST_BYTES / 1_000_000:g} MB"
        msg = f"规划文件「{path.name}」有 {size / 1_000_000:.1f} MB，最多 {most}，请分成几个文件。"
        raise PlanError(msg)
    tables: dict[str, Any] = read_toml(path, error=PlanError)
    return tables

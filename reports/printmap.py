"""Print maps: the sheets that go into a report, A4 and A3, PNG, PDF and SVG.

The door of `reports.printing`: what is drawn stands there, room by room.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from coverage.errors import InputError
from coverage.studies.study import measured_readings
from reports.layer_files import safe_file_name
from reports.printing.comparison_maps import changes_anything, comparison_map
from reports.printing.drawing import Locator, PrintMap
from reports.printing.ground import Ground, ground_of
from reports.printing.maps import coverage_map, dense_map, facilities_map, gap_map
from reports.printing.paper import PrintSettings
from reports.printing.sheet import PREVIEW_DPI, PRINT_DPI, Format, map_bytes
from reports.printing.siting_maps import siting_map
from reports.printing.target_maps import target_map

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    from coverage.rules.target import Plan
    from coverage.standards import FacilityKind, Reading, Standard
    from coverage.studies.study import Assessment
    from coverage.studies.study_sites import SitingAnswer

__all__ = [
    "FORMATS",
    "PREVIEW_DPI",
    "PRINT_DPI",
    "TEMPLATES",
    "Ground",
    "MapContent",
    "PrintMap",
    "PrintSettings",
    "comparison_map",
    "coverage_map",
    "dense_map",
    "facilities_map",
    "gap_map",
    "ground_of",
    "map_bytes",
    "report_maps",
    "sheet_stem",
    "siting_map",
    "target_map",
]

FORMATS: Final[tuple[Format, ...]] = ("png", "pdf", "svg")

TEMPLATES: Final[Mapping[str, str]] = {
    "facilities": "现状设施分布图", "facility_groups": "分类设施分布图",
    "coverage": "服务圈覆盖图、救治圈图", "gaps": "缺口图", "targets": "指标达标图",
    "siting": "选址方案图", "comparison": "前后对比图",
}  # fmt: skip
"""Word of a template -> its Chinese name, in the order of a report."""

TARGET_MAPS: Final = 6
"""Targets that are drawn unasked: those missed come first, in the order of the plans."""


@dataclass(frozen=True, eq=False, kw_only=True)
class MapContent:
    """
    What the maps of a report are drawn from.

    Parameters
    ----------
    assessment
        The project as it is.
    kinds
        Facility kinds by code.
    plans, values, year
        Plans, their rows of the contract `TARGETS_RESULT`, and the year; without values there is
        no 指标达标图.
    siting
        Answers on the layers of the assessment.
    after, after_name
        The project as a scenario would leave it, and what the scenario is called.
    around
        Shape (n,), polygons in the CRS of the layers among which the study area lies (the counties
        of a city), for a locator; empty where none are at hand.
    """

    assessment: Assessment
    kinds: Mapping[str, FacilityKind]
    plans: Sequence[Plan] = ()
    values: pd.DataFrame | None = None
    year: int = 0
    siting: Sequence[SitingAnswer] = ()
    after: Assessment | None = None
    after_name: str = "方案"
    around: npt.NDArray[np.object_] | None = None


def report_maps(
    content: MapContent, *, templates: Collection[str] = tuple(TEMPLATES)
) -> Iterator[PrintMap]:
    """
    The maps of a report one after the other, so that none is kept longer than it is drawn.

    Every standard has its first reading drawn, for the others call the maps by themselves.

    Parameters
    ----------
    content
        What they are drawn from; a template without data gives no map.
    templates
        Keys of `TEMPLATES`.

    Yields
    ------
    print_map
        In the order of `TEMPLATES`.

    Raises
    ------
    InputError
        If a template is not known.
    """
    strange = [one for one in templates if one not in TEMPLATES]
    if strange:
        msg = f"地图“{strange[0][:40]}”不认识，可写 {'、'.join(TEMPLATES)}。"
        raise InputError(msg)
    ground = ground_of(content.assessment.layers)
    makers = {
        "facilities": _facilities, "facility_groups": _groups, "coverage": _coverage, "gaps": _gaps,
        "targets": _targets, "siting": _siting, "comparison": _comparison,
    }  # fmt: skip
    for word in TEMPLATES:
        if word in templates:
            for each in makers[word](ground, content):
                yield _located(each, content.around, ground)


def sheet_stem(number: int, print_map: PrintMap) -> str:
    """
    Name of a map's files without the ending: numbered, and safe on every system.

    Parameters
    ----------
    number
        In the order of the report, from 1.
    print_map
        The map.
    """
    return f"图{number:02d}_{safe_file_name(print_map.stem)}"


def _facilities(ground: Ground, content: MapContent) -> Iterator[PrintMap]:
    yield facilities_map(ground, kinds=content.kinds)
    dense = dense_map(ground, kinds=content.kinds)
    if dense is not None:
        yield dense


def _groups(ground: Ground, content: MapContent) -> Iterator[PrintMap]:
    """A map per group of kinds; none where all facilities are of one group."""
    there = set(ground.layers.facilities["kind"])
    groups = dict.fromkeys(kind.group for code, kind in content.kinds.items() if code in there)
    if len(groups) > 1:
        for group in groups:
            yield facilities_map(ground, kinds=content.kinds, group=group)


def _coverage(ground: Ground, content: MapContent) -> Iterator[PrintMap]:
    for standard, reading in _main_readings(content.assessment):
        yield coverage_map(ground, content.assessment, standard, reading, kinds=content.kinds)


def _gaps(ground: Ground, content: MapContent) -> Iterator[PrintMap]:
    for standard, reading in _main_readings(content.assessment):
        yield gap_map(ground, content.assessment, standard, reading, kinds=content.kinds)


def _targets(ground: Ground, content: MapContent) -> Iterator[PrintMap]:
    if content.values is None:
        return
    titles = {target.target_id: plan.title for plan in content.plans for target in plan.targets}
    targets = [target for plan in content.plans for target in plan.targets]
    missed = set(content.values.loc[content.values["verdict"] == "未达标", "target_id"])
    drawn = 0
    for target in sorted(targets, key=lambda one: one.target_id not in missed):
        found = target_map(
            ground,
            content.values,
            target,
            plan_title=titles[target.target_id],
            year=content.year,
        )
        if found is not None:
            yield found
            drawn += 1
        if drawn == TARGET_MAPS:
            return


def _siting(ground: Ground, content: MapContent) -> Iterator[PrintMap]:
    several = len(content.siting) > 1
    for number, answer in enumerate(content.siting, start=1):
        yield siting_map(ground, answer, kinds=content.kinds, number=number if several else 0)


def _comparison(ground: Ground, content: MapContent) -> Iterator[PrintMap]:
    """Standards for which a village changes; the first one where none does."""
    if content.after is None:
        return
    states = (content.assessment, content.after)
    known = {one.standard_id for one in content.after.standards}
    both = [
        (standard, reading)
        for standard, reading in _main_readings(content.assessment)
        if standard.standard_id in known
    ]
    changed = [each for each in both if changes_anything(*states, *each)]
    for standard, reading in changed or both[:1]:
        yield comparison_map(
            ground, states, standard, reading, kinds=content.kinds,
            names=("现状", content.after_name),
        )  # fmt: skip


def _main_readings(assessment: Assessment) -> Iterator[tuple[Standard, Reading]]:
    """The first measured reading of every standard; the others claim nothing."""
    for standard in assessment.standards:
        measured = measured_readings(assessment.layers, standard)
        if measured:
            yield standard, measured[0]


def _located(
    print_map: PrintMap, around: npt.NDArray[np.object_] | None, ground: Ground
) -> PrintMap:
    """The map with its place among the neighbours, unless it has a locator of its own."""
    if around is None or not len(around) or print_map.locator is not None:
        return print_map
    return replace(print_map, locator=Locator(around, ground.area))

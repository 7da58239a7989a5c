"""Files as they come from offices, and what a clerk would declare about them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from layers.formats.dispatch import read_part
from layers.intake import first_draft
from layers.loading import load
from layers.project import chosen_modes, chosen_standards
from layers.standards import load_kinds, load_modes, load_standards
from tests.small_county import write_csv

if TYPE_CHECKING:
    from pathlib import Path

    from layers.intake import Draft
    from layers.loading import Loaded
    from layers.project import Project

KINDS = load_kinds()


def loaded(project: Project) -> Loaded:
    return load(
        project,
        standards=chosen_standards(project, load_standards()),
        modes=chosen_modes(project, load_modes()),
        kinds=KINDS,
    )


def clinics(folder: Path, *lines: str, name: str = "诊所.csv", encoding: str = "gb18030") -> Path:
    return write_csv(folder / name, "编码,名称,经度,纬度,床位数", *lines, encoding=encoding)


def draft_of(path: Path, layer: str = "facilities", **settings: object) -> Draft:
    """The first draft with a kind and a datum declared."""
    draft, _ = first_draft(read_part(path), layer=layer, file=path, kinds=KINDS)
    if layer == "facilities" and "kind" not in settings:
        settings |= {"kind": "village_clinic", "recognise_kinds": False}
    return replace(draft, **{"crs": "WGS84", **settings})

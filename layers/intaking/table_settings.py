"""A draft as a table of `project.toml`: what adopting writes and loading reads back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from coverage.errors import ProjectError
from layers.project_lists import (
    RASTER_SUFFIXES,
    BoundariesTable,
    DemandTable,
    FacilitiesTable,
    ZonePeopleTable,
)
from layers.settings import parse_settings

if TYPE_CHECKING:
    from layers.intaking.draft import Draft


_MODELS: Final = {
    "facilities": FacilitiesTable, "demand": DemandTable, "zones": BoundariesTable,
}  # fmt: skip

TABLES: Final = {"facilities": "facilities", "demand": "demand", "zones": "boundaries"}
"""Layer -> name of its table in the project file."""


def is_raster(draft: Draft) -> bool:
    """Whether the file of a draft is a raster of people."""
    return draft.layer == "demand" and draft.file.suffix.lower() in RASTER_SUFFIXES


def table_of(draft: Draft, *, file: str) -> dict[str, Any]:
    """
    The table of a project file that says what a draft declares.

    Parameters
    ----------
    draft
        As the planner settled it.
    file
        The file as the project is to name it.

    Returns
    -------
    table
        Keys in the order in which they are written; only those that say something.
    """
    if is_raster(draft):
        return {"file": file}
    if draft.is_zone_people:
        return _table_of_people(draft, file=file)
    options = draft.options
    said: dict[str, Any] = {
        "file": file,
        "part": options.part,
        "header_row": options.header_row,
        "encoding": options.encoding,
        "crs": draft.crs,
    }
    if draft.layer == "zones":
        said["level"] = draft.level
    else:
        said |= {
            "faulty_rows": "set_aside",
            "kind": draft.kind,
            "recognise_kinds": draft.recognise_kinds,
            "units": dict(draft.units),
            "place_by_name": draft.place_by_name,
        }
    if draft.layer == "demand":
        # A village whose people are not known still counts as a village; the row is told.
        said["missing_population"] = "unknown"
    said["columns"] = dict(draft.columns)
    return {key: value for key, value in said.items() if value not in (None, "", False, {})}


def _table_of_people(draft: Draft, *, file: str) -> dict[str, Any]:
    """`people` of `[boundaries]`."""
    options = draft.options
    said: dict[str, Any] = {
        "file": file,
        "part": options.part,
        "header_row": options.header_row,
        "encoding": options.encoding,
        "units": dict(draft.units),
        "columns": dict(draft.columns),
    }
    return {key: value for key, value in said.items() if value not in (None, "", {})}


def settings_of(
    draft: Draft, *, file: str
) -> FacilitiesTable | DemandTable | BoundariesTable | ZonePeopleTable:
    """
    The same, checked as loading checks it.

    Raises
    ------
    ProjectError
        If the draft contradicts itself; one sentence per fault.
    """
    model = ZonePeopleTable if draft.is_zone_people else _MODELS[draft.layer]
    return parse_settings(table_of(draft, file=file), model, source=draft.name, error=ProjectError)

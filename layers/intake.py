"""A planner's file on its way into a project: declared, looked at, checked, and taken up.

The door of `layers.intaking`. Reading itself is `layers.sources.outline` and `read_file`.

    draft, proposed = first_draft(table, layer="facilities", file=path, kinds=kinds)
    ground = ground_of(layers, project=project, kinds=kinds)
    evidence, split = datum_evidence(table, draft, ground)
    draft = replace(draft, crs="GCJ-02")                       # the planner declares it
    draft_problems(table, draft, kinds=kinds)                  # () : it can be checked
    found = checked(table, draft, ground)
    project = adopt(project, draft)
"""

from __future__ import annotations

from layers.intaking.adopting import adopt, source_label
from layers.intaking.checking import Checked, checked, checked_raster
from layers.intaking.draft import (
    Draft,
    draft_problems,
    first_draft,
    has_points,
    is_datum_open,
    with_columns,
    with_kind,
)
from layers.intaking.evidence import datum_evidence, declared_doubts, places_by_datum
from layers.intaking.ground import Ground, RoadGround, ground_of, ground_of_files
from layers.intaking.new_project import new_project
from layers.intaking.table_settings import is_raster

__all__ = [
    "Checked",
    "Draft",
    "Ground",
    "RoadGround",
    "adopt",
    "checked",
    "checked_raster",
    "datum_evidence",
    "declared_doubts",
    "draft_problems",
    "first_draft",
    "ground_of",
    "ground_of_files",
    "has_points",
    "is_datum_open",
    "is_raster",
    "new_project",
    "places_by_datum",
    "source_label",
    "with_columns",
    "with_kind",
]

"""The ledger of a whole project: its boundaries and every list that is read from a file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from coverage.contracts import DEMAND
from layers.boundaries import study_area
from layers.checks.findings import records_of
from layers.checks.layer_checks import Ground, point_findings, zone_findings
from layers.checks.other_lists import in_other_lists, no_rows, rows_of
from layers.checks.zones import no_clinic
from layers.corrections import of_no_file
from layers.matching.clinics_missing import villages_without_clinic
from layers.quality import Ledger

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import shapely

    from coverage.contracts import Contract
    from coverage.studies.study import Layers
    from layers.boundaries import BoundaryReading
    from layers.checks.findings import Finding
    from layers.checks.point_rows import PointReading
    from layers.corrections import Correction
    from layers.project import Project


VILLAGE_CLINICS: Final = (
    "village_clinic", "central_village_clinic", "general_village_clinic", "clinic_service_point",
)  # fmt: skip
"""Kinds of which every village should have one under its name or nearby."""

ALSO_CLINICS: Final = (
    "community_health_centre", "community_health_station", "community_health_institution",
    "township_hospital", "primary_care",
)  # fmt: skip
"""Kinds that do as well."""


@dataclass(frozen=True, eq=False)
class ReadList:
    """
    One list of points that was read.

    Parameters
    ----------
    label
        What the ledger and the corrections call its file.
    rows
        Rows of the file.
    reading
        What came of it.
    contract
        Of the layer.
    columns
        Our names -> columns of the file.
    contract_columns
        The same with the names of the contract.
    """

    label: str
    rows: int
    reading: PointReading
    contract: Contract
    columns: Mapping[str, str]
    contract_columns: Mapping[str, str]


def source_labels(project: Project) -> list[str]:
    """
    What the ledger and the corrections call the sources of a project.

    Parameters
    ----------
    project
        The checked project file.

    Returns
    -------
    labels
        Of the boundaries, the demand and each list of facilities, no two alike: the file as the
        project writes it, with "|" and the part of it where the project names one.
    """
    settings = project.settings
    lists = [settings.demand, *settings.facilities]
    zones = settings.boundaries
    wanted = [
        _label(
            zones.file or settings.roads.file,
            "行政边界" if zones.source else zones.reading().part,
        ),
        *(_label(one.file or one.source, one.reading().part) for one in lists),
    ]
    labels: list[str] = []
    for plain in wanted:
        label, again = plain, 2
        while label in labels:
            label, again = f"{plain}（{again}）", again + 1
        labels.append(label)
    return labels


def people_label(project: Project) -> str:
    """What the ledger calls a project's table of the people of zones; unlike all other sources."""
    table = project.settings.boundaries.people
    if table is None:
        return ""
    label = _label(table.file, table.reading().part)
    return f"{label}（人口）" if label in source_labels(project) else label


def project_ledger(
    project: Project,
    layers: Layers,
    lists: Sequence[ReadList],
    *,
    area: shapely.Geometry,
    boundaries: BoundaryReading | None,
    stated: pd.Series | None,
    corrections: Sequence[Correction],
) -> Ledger:
    """
    What was wrong with the files of a project.

    Parameters
    ----------
    project
        The checked project file.
    layers
        What was read.
    lists
        Its lists of points.
    area
        The study area with its buffer, in the CRS of the layers.
    boundaries
        How the zones were read; None where they are those of OpenStreetMap.
    stated
        Persons by zone id where the boundaries give them, or None.
    corrections
        All of the project.
    """
    labels = source_labels(project)
    zones = layers.zones
    found = zone_findings(labels[0], zones, demand=layers.demand, stated=stated, reading=boundaries)
    ledgers = [Ledger.of_file(labels[0], found, rows_read=len(zones), rows_used=len(zones))]
    earlier = facility_rows([])
    inner = study_area(zones)
    for one in lists:
        of_demand = one.contract is DEMAND
        ground = Ground(
            area=inner if of_demand else area,
            area_name="研究区" if of_demand else "研究区及其外扩范围",
            roads=layers.roads,
            far_from_road_m=project.settings.assessment.far_from_road_m,
            zones=zones,
        )
        doubtful = point_findings(
            one.reading,
            contract=one.contract,
            columns=one.columns,
            contract_columns=one.contract_columns,
            ground=ground,
        )
        findings = [*one.reading.findings, *doubtful]
        if of_demand:
            findings += _without_clinic(one, layers)
        else:
            here = facility_rows([one])
            findings += in_other_lists(here, earlier)
            earlier = pd.concat([earlier, here], ignore_index=True)
        used = len(one.reading.layer)
        ledgers.append(Ledger.of_file(one.label, findings, rows_read=one.rows, rows_used=used))
    lost = of_no_file(corrections, [one.label for one in lists])
    return Ledger.merged([*ledgers, Ledger(tuple(lost))])


def facility_rows(lists: Sequence[ReadList]) -> pd.DataFrame:
    """
    The facilities that are used, as they are held against those of other lists.

    Parameters
    ----------
    lists
        Of facilities, all in one projected CRS.

    Returns
    -------
    rows
        One per facility, as `layers.checks.other_lists.in_other_lists` takes them.
    """
    parts = [no_rows()]
    for one in lists:
        layer = one.reading.layer
        points = np.asarray(layer.geometry, dtype=object)
        crs = f"EPSG:{layer.crs.to_epsg()}"
        records = records_of(one.reading.table, one.columns, points=points, crs=crs)
        parts.append(rows_of(replace(records, file=one.label), layer))
    return pd.concat(parts, ignore_index=True)


def _without_clinic(villages: ReadList, layers: Layers) -> list[Finding]:
    """Villages without a clinic, where the project has a list of village clinics at all."""
    kinds = layers.facilities["kind"]
    if not kinds.isin(VILLAGE_CLINICS).any():
        return []
    missing = villages_without_clinic(
        layers.demand,
        layers.facilities[kinds.isin([*VILLAGE_CLINICS, *ALSO_CLINICS])],
        above=layers.zones["zone_name"].astype(str),
    )
    reading = villages.reading
    points = np.asarray(layers.demand.geometry, dtype=object)
    crs = f"EPSG:{layers.demand.crs.to_epsg()}"
    records = records_of(reading.table, villages.columns, points=points, crs=crs)
    lacking = layers.demand.index.isin(missing.index)
    return no_clinic(replace(records, ids=tuple(layers.demand.index)), lacking)


def _label(file: str | None, part: str | None) -> str:
    plain = (file or "").replace("\\", "/")
    return f"{plain}|{part}" if part else plain

"""One description of what the maps show, drawn by two faces: the live map and the saved one.

The ground (boundaries, roads, facilities) does not depend on the standard; a reading (circles,
covered and uncovered settlements) does. They are described apart, so that switching a standard
moves only the small part. Both are plain JSON inside; user text is readable but not yet escaped,
so a face shows it as text only.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields, replace
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from coverage.errors import StandardError
from reports.map_layers import (
    FACILITY_COLUMNS,
    MapLayer,
    barrier_layers,
    facility_layers,
    facility_name,
    records,
    road_layers,
    zone_layers,
)
from reports.map_settlements import service_area_layer, settlement_layers
from reports.map_shapes import MapArea, simplified_zones
from reports.map_text import zone_lines
from reports.safe_text import plain_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from coverage.standards import FacilityKind, Reading, Standard
    from coverage.studies.study import Assessment


class _Described:
    """A dataclass that goes over the wire as JSON."""

    @cached_property
    def payload(self) -> bytes:
        """The description as JSON in UTF-8; the same description gives the same bytes."""
        text = json.dumps(
            self, default=_fields, ensure_ascii=False, allow_nan=False, separators=(",", ":")
        )
        return text.encode("utf-8", "replace")

    @cached_property
    def version(self) -> str:
        """SHA-256 of the payload: changes when, and only when, the map changes."""
        return sha256(self.payload).hexdigest()


@dataclass(frozen=True)
class GroundMap(_Described):
    """
    What does not depend on the standard.

    Parameters
    ----------
    title
        Name of the project.
    label
        Sentence that must stand on the map; "" if none.
    notes
        Further remarks, Chinese.
    bounds
        ((south, west), (north, east)) of the study area, degrees.
    attribution
        Credits, one per line.
    layers
        In no particular order; each knows its own.
    """

    title: str
    label: str
    notes: tuple[str, ...]
    bounds: tuple[tuple[float, float], tuple[float, float]]
    attribution: tuple[str, ...]
    layers: tuple[MapLayer, ...]


@dataclass(frozen=True)
class ReadingMap(_Described):
    """
    What one reading of one standard adds.

    Parameters
    ----------
    reading_id
        Id of the reading.
    standard_name, reading_name
        Chinese names.
    summary
        What the whole study area reaches, in Chinese lines.
    zone_lines
        Lines for the tooltip of each zone, by zone id.
    facility_layers
        Ids of the facility layers that count for the standard; shown at first, others hidden.
    layers
        In no particular order; each knows its own.
    """

    reading_id: str
    standard_name: str
    reading_name: str
    summary: tuple[str, ...]
    zone_lines: dict[str, list[str]]
    facility_layers: tuple[str, ...]
    layers: tuple[MapLayer, ...]


def describe_ground(
    assessment: Assessment,
    *,
    kinds: Mapping[str, FacilityKind],
    attribution: Sequence[str] = (),
) -> GroundMap:
    """
    Boundaries, roads and facilities.

    Parameters
    ----------
    assessment
        Result of an assessment.
    kinds
        Facility kinds by code.
    attribution
        Credits to show, as `layers.source_cards.credits_of` gives them.

    Returns
    -------
    ground
        All positions in WGS84.
    """
    layers = assessment.layers
    area = MapArea.of(layers.zones)
    outlines = simplified_zones(layers.zones.geometry.to_numpy(), area.tolerance_m)
    roads, omitted = road_layers(layers.roads, area)
    notes = [f"为使地图轻便，有 {omitted} 条短小道路未画出，不影响计算"] if omitted else []
    return GroundMap(
        title=plain_text(layers.name),
        label=plain_text(layers.label),
        notes=tuple(notes),
        bounds=area.corners,
        attribution=tuple(plain_text(line) for line in attribution),
        layers=(
            *zone_layers(layers.zones, outlines, area),
            *roads,
            *barrier_layers(layers.roads.barriers, area),
            *facility_layers(assessment.facilities, kinds, area),
        ),
    )


def describe_reading(
    assessment: Assessment, *, kinds: Mapping[str, FacilityKind], reading_id: str
) -> ReadingMap:
    """
    Circles, uncovered and covered settlements of one reading.

    Parameters
    ----------
    assessment
        Result of an assessment.
    kinds
        Facility kinds by code.
    reading_id
        A reading of one of the assessment's standards.

    Returns
    -------
    reading
        All positions in WGS84.

    Raises
    ------
    StandardError
        If no standard of the assessment has that reading.
    """
    standard, reading = _find(assessment, reading_id)
    if "settlement" not in assessment.demand.columns:
        # Nobody can tell town from country then, so all count, and no line may say 农村 or 城镇.
        standard = replace(standard, scope="all")
    area = MapArea.of(assessment.layers.zones)
    names = {
        facility_id: facility_name(row["facility_name"], kinds[row["kind"]])
        for facility_id, row in records(assessment.facilities, FACILITY_COLUMNS).items()
    }
    rows = assessment.zones[assessment.zones["reading_id"] == reading_id]
    lines = {
        row["zone_id"]: [plain_text(line) for line in zone_lines(row, standard)]
        for row in rows.to_dict("records")
    }
    return ReadingMap(
        reading_id=reading_id,
        standard_name=plain_text(standard.name),
        reading_name=plain_text(reading.name),
        summary=tuple(lines.pop("", [])),
        zone_lines=lines,
        facility_layers=tuple(
            f"facility:{kind}" for kind in (*standard.kinds, *reading.station_kinds)
        ),
        layers=(
            service_area_layer(assessment, reading, area),
            *settlement_layers(assessment, standard, reading, area, facility_names=names),
        ),
    )


def _fields(described: GroundMap | ReadingMap | MapLayer) -> dict[str, Any]:
    """Fields of a dataclass without copying what they hold, which `asdict` would do slowly."""
    return {one.name: getattr(described, one.name) for one in fields(described)}


def _find(assessment: Assessment, reading_id: str) -> tuple[Standard, Reading]:
    for standard in assessment.standards:
        for reading in standard.readings:
            if reading.reading_id == reading_id:
                return standard, reading
    known = "、".join(r.reading_id for s in assessment.standards for r in s.readings)
    msg = f"没有口径「{plain_text(reading_id)}」，本次评估的口径有：{known}。请从中选择。"
    raise StandardError(msg)

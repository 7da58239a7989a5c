"""In which datum a list is written: what is offered, what it is called, and which rows differ."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from layers.checks.row_identity import source_positions
from layers.coordinates import named_datum

if TYPE_CHECKING:
    from views.intake_state import Evidence, Intake

LEAST_SHARE: Final = 0.2
"""Share of the rows that a reading puts into the study area if it is worth a look."""

DATUMS: Final = {
    "WGS84": "WGS84（GPS、开放街图）",
    "CGCS2000": "CGCS2000 经纬度（国家2000、天地图）",
    "GCJ-02": "GCJ-02（高德、腾讯地图）",
    "BD-09": "BD-09（百度地图）",
}
"""What may be declared of degrees -> what the planner reads."""

_ZONE: Final = re.compile(
    r"CGCS2000 / (?P<width>3-degree )?Gauss-Kruger (?:CM (?P<meridian>\d+)E|zone (?P<number>\d+))"
)


def datums_to_show(evidence: Evidence | None, *, most: int = 3) -> list[str]:
    """
    The readings that the map sets side by side, the likeliest first.

    Parameters
    ----------
    evidence
        As it was found; None where there is none.
    most
        Readings on the map.
    """
    if evidence is None:
        return []
    readings = evidence[0].readings
    fitting = [one for one in readings if one.share_inside >= LEAST_SHARE] or readings
    return list(dict.fromkeys(one.datum.name for one in fitting))[:most]


def datum_choices(evidence: Evidence | None) -> dict[str, str]:
    """What may be declared -> what the planner reads; readings that were tried stand first."""
    tried = datums_to_show(evidence, most=6)
    return {name: datum_label(name) for name in dict.fromkeys((*tried, *DATUMS))}


def datum_label(name: str) -> str:
    """
    A datum as the planner reads it; zones of CGCS2000 by their number or meridian.

    Parameters
    ----------
    name
        As `layers.coordinates.Datum` names it.

    Examples
    --------
    >>> datum_label("EPSG:4527"), datum_label("EPSG:4548")
    ('CGCS2000 3度带第 39 带（EPSG:4527）', 'CGCS2000 中央经线 117°（EPSG:4548）')
    """
    if name in DATUMS:
        return DATUMS[name]
    zone = _ZONE.fullmatch(named_datum(name, where="").crs.name)
    if zone is None:
        return name
    if zone["meridian"]:
        return f"CGCS2000 中央经线 {zone['meridian']}°（{name}）"
    return f"CGCS2000 {'3' if zone['width'] else '6'}度带第 {zone['number']} 带（{name}）"


def split_rows(intake: Intake, *, main: str) -> dict[int, str]:
    """
    Rows that are written in another datum than the rest, by their number.

    Parameters
    ----------
    intake
        With `table` and `evidence`.
    main
        Datum of the list as a whole, which rows that cannot be told keep.
    """
    if intake.evidence is None or intake.table is None:
        return {}
    split = intake.evidence[1]
    names = [datum.name for datum in split.datums]
    return {
        row: names[at]
        for row, at in zip(intake.table.rows, split.row.tolist(), strict=True)
        if at >= 0 and names[at] != main
    }


def unclear_rows(intake: Intake) -> tuple[int, ...]:
    """
    Rows of a list that mixes datums which have a place and cannot be told apart.

    Parameters
    ----------
    intake
        With `table`, `draft` and `evidence`.
    """
    if intake.evidence is None or intake.table is None or intake.draft is None:
        return ()
    places = source_positions(intake.table, intake.draft.columns)
    return tuple(
        row
        for row, at, place in zip(
            intake.table.rows, intake.evidence[1].row.tolist(), places, strict=True
        )
        if at < 0 and place.strip(" ,") not in ("", "nan, nan")
    )

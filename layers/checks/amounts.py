"""Numbers that are in order by themselves and cannot be true: stand-ins, parts beyond the whole."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Final

import numpy as np

from layers.checks.remarks import Remark

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from layers.checks.findings import Finding, Records
    from layers.tables import SourceTable

_PERSONS: Final = (9999, 99999, 999999, 88888, 888888, 11111, 111111)

STAND_INS: Final = {
    "population": _PERSONS,
    "population_60plus": _PERSONS,
    "population_0_3": _PERSONS,
    "capacity_beds": (999, 9999, 99999, 8888, 88888, 1111, 11111),
    "area_m2": (99999, 999999, 9999999, 88888, 888888, 111111),
}
"""Numbers that offices type where they know none, by column. A bed count of 888 can be true."""

PARTS: Final = {"population_60plus": "60岁及以上人口", "population_0_3": "0—3岁人口"}
"""Groups that are part of the population, and what a sentence calls them."""

WHOLE: Final = "population"

FEW_PERSONS: Final = 5
"""A list most of whose places have fewer people is more likely in another unit."""

ENOUGH_ROWS: Final = 3
"""Places with people that such a list must have."""


def amount_findings(
    records: Records, frame: pd.DataFrame, *, columns: Mapping[str, str]
) -> list[Finding]:
    """
    Another unit than persons, stand-ins such as 9999, places where nobody lives, and groups larger
    than the population.

    Parameters
    ----------
    records
        n of them.
    frame
        Shape (n, k), columns of the contract; numbers, NaN where not known.
    columns
        Column of the contract -> column of the file; others are not looked at.

    Returns
    -------
    findings
        Column after column; all rows are kept as they are.
    """
    return [
        *_other_units(records, frame, columns),
        *_stand_ins(records, frame, columns),
        *_nobody(records, frame, columns),
        *_too_many(records, frame, columns),
    ]


def merged_remarks(table: SourceTable, columns: Mapping[str, str]) -> list[Remark]:
    """
    Numbers that stand for several rows and are read for the first only: a remark on each row.

    Parameters
    ----------
    table
        With n rows.
    columns
        Our names -> columns of the file; others are not looked at.
    """
    mapped = set(columns.values())
    place = {row: at for at, row in enumerate(table.rows)}
    found = []
    for one in table.merged_numbers:
        if one.column not in mapped or one.first not in place:
            continue
        value = table.cells[one.column].iloc[place[one.first]].strip()
        said = f"第 {one.first}—{one.last} 行合用一个单元格，这个数只计入第 {one.first} 行"
        found.append(Remark(one.first, one.column, value, said, "merged_number"))
        rest = f"与第 {one.first} 行合用一个单元格，数（{value[:20]}）已计入那一行，这一行没有数"
        below = table.rows[place[one.first] + 1 : bisect_right(table.rows, one.last)]
        found += [Remark(row, one.column, "", rest, "merged_number") for row in below]
    return found


def _other_units(
    records: Records, frame: pd.DataFrame, columns: Mapping[str, str]
) -> list[Finding]:
    """One finding on the first row where a column of people is hardly one of single persons."""
    if WHOLE not in frame or WHOLE not in columns:
        return []
    people = frame[WHOLE].to_numpy(dtype=float)
    lived_in = np.flatnonzero(people > 0)
    parted = lived_in[~np.isclose(people[lived_in], np.round(people[lived_in]), rtol=0, atol=1e-6)]
    few = lived_in[people[lived_in] < FEW_PERSONS]
    said, first = "", parted
    if len(parted):
        said = f"有 {len(parted)} 行的人口不是整数"
    elif len(lived_in) >= ENOUGH_ROWS and 2 * len(few) > len(lived_in):
        said, first = f"{len(lived_in)} 行里有 {len(few)} 行的人口不到 {FEW_PERSONS} 人", few
    if not said:
        return []
    at = int(first[0])
    value = f"{people[at]:.10g}"
    return [
        records.finding(
            at,
            "unit_doubtful",
            f"{said}（首个为 {value}），像是以“万人”“千人”或“户”为单位",
            column=columns[WHOLE],
            value=value,
            remedy="核对单位；不是“人”的，把单位写进表头，如“常住人口（万人）”",
        )
    ]


def _stand_ins(records: Records, frame: pd.DataFrame, columns: Mapping[str, str]) -> list[Finding]:
    found = []
    for name, numbers in STAND_INS.items():
        if name not in frame or name not in columns:
            continue
        values = frame[name].to_numpy(dtype=float)
        for at in np.flatnonzero(np.isin(values, numbers)).tolist():
            value = f"{values[at]:.0f}"
            said = f"{value} 常被用来代替不知道的数"
            found.append(records.finding(at, "stand_in", said, column=columns[name], value=value))
    return found


def _nobody(records: Records, frame: pd.DataFrame, columns: Mapping[str, str]) -> list[Finding]:
    if WHOLE not in frame or WHOLE not in columns:
        return []
    return [
        records.finding(at, "nobody", "人口为 0", column=columns[WHOLE], value="0")
        for at in np.flatnonzero(frame[WHOLE].to_numpy() == 0).tolist()
    ]


def _too_many(records: Records, frame: pd.DataFrame, columns: Mapping[str, str]) -> list[Finding]:
    if WHOLE not in frame:
        return []
    people = frame[WHOLE].to_numpy(dtype=float)
    found = []
    told = np.zeros(len(people), dtype=bool)
    parts = [name for name in PARTS if name in frame and name in columns]
    for name in parts:
        some = frame[name].to_numpy(dtype=float)
        more = some > people
        told |= more
        for at in np.flatnonzero(more).tolist():
            said = f"{PARTS[name]} {some[at]:g} 多于人口 {people[at]:g}"
            found.append(
                records.finding(
                    at, "implausible", said, column=columns[name], value=f"{some[at]:g}"
                )
            )
    if len(parts) == len(PARTS):
        both = frame[parts].sum(axis=1, skipna=False).to_numpy(dtype=float)
        for at in np.flatnonzero((both > people) & ~told).tolist():
            said = f"{'与'.join(PARTS.values())}之和 {both[at]:g} 多于人口 {people[at]:g}"
            where = "、".join(columns[name] for name in parts)
            found.append(records.finding(at, "implausible", said, column=where))
    return found

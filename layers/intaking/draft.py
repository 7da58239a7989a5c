"""What a planner declares about one file before it is made into a layer."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from coverage.errors import CrsError
from layers.checked_columns import nearest_word
from layers.checks.stated_datums import column_hint, says_every_datum
from layers.columns.caption_units import caption_units
from layers.columns.headers import read_header
from layers.columns.mapping import PAIRS, PLACING, check_mapping, propose_mapping
from layers.columns.quantities import QUANTITIES
from layers.columns.row_kinds import TELLING
from layers.columns.synonyms import LAYER_TITLES, OUR_COLUMNS, Layer
from layers.columns.units import OWN_UNITS, unit_factor
from layers.coordinates import named_datum
from layers.facilities import kind_words
from layers.formats.outline import AS_FOUND, ReadingOptions
from layers.points import layer_datum

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from coverage.errors import Problem
    from coverage.standards import FacilityKind
    from layers.columns.mapping import ProposedColumn
    from layers.tables import SourceTable

DATUM_ADVICE: Final = (
    "WGS84、CGCS2000、GCJ-02（高德、腾讯）、BD-09（百度）、CGCS2000 39带、EPSG:4547 等"
)
"""Names of datums for a sentence that asks for one."""


@dataclass(frozen=True)
class Draft:
    """
    What a planner declares about one file; nothing is read in it.

    Parameters
    ----------
    layer
        "facilities", "demand" or "zones".
    file
        Where the file lies now: the original, or the private copy of an upload.
    name
        File name as the planner knows it.
    options
        Part, header row and encoding, for `layers.sources.read_file`.
    columns
        Ours (keys of `layers.columns.synonyms.OUR_COLUMNS`) -> column of the file.
    crs
        The declared datum; "" where none is declared: the file must then declare one itself.
    kind
        Code of the facility kind of all rows; "" where the rows tell.
    recognise_kinds
        Whether the kind of each row is recognised from its name, category and code.
    units
        Ours -> unit of the column, e.g. {"population": "万人"}.
    place_by_name
        Whether rows without coordinates are placed by village or township.
    level
        `zone_level` of zones, e.g. "township".
    row_datums
        Row as the planner sees it -> datum, where a file mixes them; kept as corrections.
    unclear_rows
        Rows of such a file that nothing tells apart: read in `crs`, kept as corrections and told.
    caption_units
        `SourceTable.caption_units`: what columns are read in whose header states no unit.
    has_shapes
        Whether the file has shapes; zones without any are a table of their people.
    """

    layer: Layer
    file: Path
    name: str
    options: ReadingOptions = AS_FOUND
    columns: Mapping[str, str] = field(default_factory=dict)
    crs: str = ""
    kind: str = ""
    recognise_kinds: bool = False
    units: Mapping[str, str] = field(default_factory=dict)
    place_by_name: bool = False
    level: str = ""
    row_datums: Mapping[int, str] = field(default_factory=dict)
    unclear_rows: tuple[int, ...] = ()
    caption_units: tuple[str, ...] = ()
    has_shapes: bool = True

    @property
    def is_zone_people(self) -> bool:
        """Whether it is a table of the people of zones, which has no shapes of its own."""
        return self.layer == "zones" and not (self.has_shapes or "geometry" in self.columns)

    @property
    def pair(self) -> tuple[str, str] | None:
        """The columns of the file that hold the first and the second coordinate."""
        for first, second in PAIRS:
            if first in self.columns and second in self.columns:
                return self.columns[first], self.columns[second]
        return None


def first_draft(
    table: SourceTable,
    *,
    layer: Layer,
    file: Path,
    options: ReadingOptions = AS_FOUND,
    kinds: Mapping[str, FacilityKind],
) -> tuple[Draft, tuple[ProposedColumn, ...]]:
    """
    What the program would declare, for the planner to correct; never the datum.

    Parameters
    ----------
    table
        The file as it was read.
    layer
        What it is to become.
    file
        The file; its name is the draft's until the planner's own is put in its place.
    options
        How it was read.
    kinds
        The table of facility kinds by code.

    Returns
    -------
    draft
        With the proposed columns and their units; kinds are recognised where a column of kinds
        does not say them in our words.
    proposed
        The reason for each column.
    """
    proposed = tuple(propose_mapping(table, layer=layer))
    columns = {one.ours: one.theirs for one in proposed}
    is_placed = table.geometry is not None or any(key in columns for key in ("lon", "x"))
    draft = Draft(
        layer=layer,
        file=file,
        name=file.name,
        options=options,
        columns=columns,
        recognise_kinds=layer == "facilities" and not _says_kinds(table, columns, kinds),
        units=header_units(columns, table.caption_units),
        caption_units=table.caption_units,
        has_shapes=table.geometry is not None,
        place_by_name=not is_placed and any(key in columns for key in PLACING),
    )
    return draft, proposed


def header_units(columns: Mapping[str, str], caption: Sequence[str] = ()) -> dict[str, str]:
    """
    The units that headers state, or else the caption above them, where they are not ours.

    Parameters
    ----------
    columns
        Ours -> column of the file.
    caption
        `SourceTable.caption_units`.

    Returns
    -------
    units
        Ours -> unit.

    Examples
    --------
    >>> header_units({"population": "常住人口（万人）", "capacity_beds": "床位（张）"})
    {'population': '万人'}
    >>> header_units({"population": "常住人口"}, ["千人"])
    {'population': '千人'}
    """
    units = caption_units(caption, columns)
    units |= {
        key: unit
        for key, theirs in columns.items()
        if key in QUANTITIES and (unit := read_header(theirs).unit)
    }
    return {
        key: unit for key, unit in units.items() if unit_factor(unit, quantity=QUANTITIES[key]) != 1
    }


def with_columns(draft: Draft, columns: Mapping[str, str]) -> Draft:
    """
    The draft with some columns as the planner names them; units are read anew from the headers.

    Parameters
    ----------
    draft
        With the columns proposed so far.
    columns
        Ours -> column of the file; "" takes one of ours away. What is named here is taken from
        whatever it was proposed for.
    """
    named = set(columns.values())
    kept = {
        ours: theirs
        for ours, theirs in draft.columns.items()
        if ours not in columns and theirs not in named
    }
    settled = kept | {ours: theirs for ours, theirs in columns.items() if theirs}
    return replace(draft, columns=settled, units=header_units(settled, draft.caption_units))


def with_kind(
    draft: Draft, kind: str, *, recognise: bool, kinds: Mapping[str, FacilityKind]
) -> Draft:
    """
    The draft with kinds as the planner declares them.

    Parameters
    ----------
    draft
        Of facilities.
    kind
        Code or Chinese name of the kind of all rows; a column of kinds is then left out. "" where
        the rows tell.
    recognise
        Whether the kind of each row is recognised.
    kinds
        The table of facility kinds by code.
    """
    columns = {ours: name for ours, name in draft.columns.items() if not (kind and ours == "kind")}
    code = kind_words(kinds).get(kind, kind)
    return replace(draft, columns=columns, kind=code, recognise_kinds=recognise)


def has_points(table: SourceTable, draft: Draft) -> bool:
    """Whether a file has points whose datum can be asked for: cells, or the shapes of a layer."""
    return draft.pair is not None or (draft.layer != "zones" and table.geometry is not None)


def is_datum_open(table: SourceTable, draft: Draft) -> bool:
    """
    Whether the planner has still to declare the datum: neither draft nor file names one.

    Parameters
    ----------
    table
        The file as it was read.
    draft
        With its columns.
    """
    if says_every_datum(table, draft.columns):
        return False
    has_cells = draft.pair is not None or "geometry" in draft.columns
    if draft.crs or not (has_cells or table.geometry is not None):
        return False
    declared = table.geometry.crs if table.geometry is not None else None
    if declared is None or "geometry" in draft.columns:
        return True
    # Degrees in cells beside shapes in metres: what the shapes declare does not hold for them.
    return "lon" in draft.columns and not declared.is_geographic


def draft_problems(
    table: SourceTable, draft: Draft, *, kinds: Mapping[str, FacilityKind]
) -> tuple[str, ...]:
    """
    What is wrong with a draft, before anything is made of the file.

    Parameters
    ----------
    table
        The file as it was read.
    draft
        As the planner settled it.
    kinds
        The table of facility kinds by code.

    Returns
    -------
    sentences
        Chinese; empty where the file can be checked.
    """
    found = [] if len(table) else [f"「{draft.name}」没有任何记录，请检查文件是否导出完整。"]
    found += [
        _column_sentence(one) for one in check_mapping(table, draft.columns, layer=draft.layer)
    ]
    found += _unit_problems(draft)
    if draft.layer == "facilities":
        found += _kind_problems(draft, kinds)
    if draft.layer != "zones":
        found += _placing_problems(table, draft)
    if not draft.is_zone_people:
        found += _datum_problems(table, draft)
    return tuple(found)


def _says_kinds(
    table: SourceTable, columns: Mapping[str, str], kinds: Mapping[str, FacilityKind]
) -> bool:
    """Whether a column says every kind in our words."""
    if "kind" not in columns:
        return False
    words = kind_words(kinds)
    return all(cell in words for cell in table.column(columns["kind"]).unique())


def _column_sentence(problem: Problem) -> str:
    where = f"“{problem.column.strip()}”：" if problem.column else ""
    return f"{where}{problem.rule}。"


def _unit_problems(draft: Draft) -> list[str]:
    found = []
    titles = OUR_COLUMNS[draft.layer]
    for ours, unit in draft.units.items():
        quantity = QUANTITIES.get(ours)
        if quantity is None or ours not in draft.columns:
            found.append(
                f"给“{titles.get(ours, ours)}”写了单位“{unit}”，但没有这样的数字列，请删去。"
            )
        elif not unit_factor(unit, quantity=quantity) > 0:  # NaN: no such unit
            own = OWN_UNITS[quantity]
            found.append(
                f"“{draft.columns[ours]}”的单位“{unit}”不能换算成{own}，请改正单位或换一列。"
            )
    return found


def _kind_problems(draft: Draft, kinds: Mapping[str, FacilityKind]) -> list[str]:
    if draft.kind and draft.kind not in kinds:
        hint = nearest_word(draft.kind, kind_words(kinds))
        return [f"类别“{draft.kind}”不在设施类别表里{hint}，请改正。"]
    if draft.kind and draft.recognise_kinds:
        return ["写了整份名录的类别，又要按名称识别类别，请留一样。"]
    if draft.kind and "kind" in draft.columns:
        return [f"写了整份名录的类别，又指定了类别列“{draft.columns['kind']}”，请留一样。"]
    if not (draft.kind or draft.recognise_kinds or "kind" in draft.columns):
        return ["没有说明设施的类别：请选一个类别、指定类别列，或按名称识别类别。"]
    if draft.recognise_kinds and not any(key in draft.columns for key in TELLING):
        return ["要识别类别，请至少指定名称列或类别列。"]
    return []


def _placing_problems(table: SourceTable, draft: Draft) -> list[str]:
    """Rows that nothing places; `check_mapping` sees to files that have nothing to go by."""
    is_placed = table.geometry is not None or draft.pair is not None
    naming = any(key in draft.columns for key in (*PLACING, "name"))
    if draft.place_by_name and not naming:
        return ["要按名称落点，请至少指定名称、所在村、所在乡镇、地址、单元代码中的一列。"]
    if not (is_placed or draft.place_by_name) and any(key in draft.columns for key in PLACING):
        return ["没有坐标列：请指定经度、纬度两列，或选择按村名、乡镇名落点。"]
    return []


def _datum_problems(table: SourceTable, draft: Draft) -> list[str]:
    what = LAYER_TITLES[draft.layer]
    if is_datum_open(table, draft):
        hint = column_hint(table) if draft.layer == "zones" else ""
        return [f"{what}「{draft.name}」没有写明坐标系，请先声明：{DATUM_ADVICE}。{hint}"]
    found = []
    for text in dict.fromkeys([draft.crs, *draft.row_datums.values()]):
        try:
            if text:
                named_datum(text, where=f"「{draft.name}」")
        except CrsError as error:
            found.append(str(error).replace("」 写的", "」写的"))  # a name in brackets needs no gap
    if not draft.crs and table.geometry is not None and table.geometry.crs is not None:
        try:
            layer_datum(table, title=what)
        except CrsError as error:
            found.append(str(error))
    strange = sorted({*draft.row_datums, *draft.unclear_rows} - set(table.rows))
    if strange:
        found.append(f"给第 {strange[0]} 行单独指定了坐标系，「{draft.name}」里却没有这一行。")
    return found

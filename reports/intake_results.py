"""What an import found, in lines for a terminal and in files for a clerk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from layers.columns.synonyms import LAYER_TITLES, OUR_COLUMNS
from reports.files import output_set
from reports.geojson import geojson_text
from reports.problem_list import PROBLEM_LIST_FILE, findings_geojson, problem_list_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from coverage.standards import FacilityKind
    from layers.columns.mapping import ProposedColumn
    from layers.columns.synonyms import Layer
    from layers.coordinates import DatumEvidence, DatumSplit
    from layers.formats.outline import Outline, Part
    from layers.intake import Checked, Draft

FINDINGS_FILE: Final = "findings.geojson"

LAYER_FILES: Final = {
    "facilities": "facilities.geojson", "demand": "demand.geojson", "zones": "zones.geojson",
}  # fmt: skip
"""The checked layer, in WGS84."""

FORMAT_TITLES: Final = {
    "text": "文本表格",
    "workbook": "工作表",
    "shapefile": "Shapefile",
    "geopackage": "GeoPackage 图层",
    "geojson": "GeoJSON",
    "kml": "KML 图层",
    "filegdb": "地理数据库图层",
    "dxf": "DXF",
    "raster": "栅格",
}

SHAPE_TITLES: Final = {"point": "点", "line": "线", "polygon": "面", "mixed": "点线面混合"}

CONFIDENCE_TITLES: Final = {"sure": "确定", "likely": "很可能", "guess": "猜测，请确认"}

SHOWN_COLUMNS: Final = 30
"""Columns that are not used and are listed."""

SHOWN_PARTS: Final = 20
"""Parts of a file that are listed; the rest are counted."""


def intake_files(layer: Layer) -> tuple[str, ...]:
    """The files that `write_intake` writes for a layer."""
    return LAYER_FILES[layer], PROBLEM_LIST_FILE, FINDINGS_FILE


def write_intake(found: Checked, *, layer: Layer, out: Path, label: str = "") -> list[Path]:
    """
    Write the checked layer and the list of problems, all of them or none.

    Parameters
    ----------
    found
        What came of the file.
    layer
        "facilities", "demand" or "zones".
    out
        Folder for the files; made where it does not exist, other files in it are left alone.
    label
        What must be shown with the data; "" if nothing.

    Returns
    -------
    files
        Those of `intake_files`.

    Raises
    ------
    OutputError
        If they cannot be written; what was there before is then untouched.
    """
    text = geojson_text(found.layer.reset_index(), label=label)
    contents = {
        LAYER_FILES[layer]: text.encode("utf-8", errors="replace"),
        PROBLEM_LIST_FILE: problem_list_bytes(found.ledger, label=label),
        FINDINGS_FILE: findings_geojson(found.ledger, label=label).encode("utf-8"),
    }
    with output_set(out) as staging:
        for name, content in contents.items():
            (staging / name).write_bytes(content)
    return [out / name for name in contents]


def outline_lines(outline: Outline) -> list[str]:
    """What a file holds, a line per part; its remarks are told with those of reading."""
    lines = [f"文件「{outline.name}」里有 {len(outline.parts)} 份数据"]
    lines += [f"  {_part_line(part)}" for part in outline.parts[:SHOWN_PARTS]]
    if len(outline.parts) > SHOWN_PARTS:
        lines.append(f"  …… 另有 {len(outline.parts) - SHOWN_PARTS} 份")
    return lines


def draft_lines(
    draft: Draft,
    proposed: Sequence[ProposedColumn],
    *,
    kinds: Mapping[str, FacilityKind],
    file_columns: Sequence[str] = (),
    left_out: Sequence[str] = (),
) -> list[str]:
    """
    What a draft declares, a line per column with the reason for it.

    Parameters
    ----------
    draft
        As it is going to be used.
    proposed
        What the program proposed; a column that the draft has otherwise was named by the planner.
    kinds
        The table of facility kinds by code.
    file_columns
        All columns of the file; those that nothing is made of are listed.
    left_out
        Why columns that look like one of ours are none (`layers.columns.mapping.left_out_columns`);
        told of those that nothing is made of.
    """
    titles = OUR_COLUMNS[draft.layer]
    reasons = {(one.ours, one.theirs): one for one in proposed}
    lines = [f"作为{LAYER_TITLES[draft.layer]}导入，各列对应如下"]
    for ours, theirs in draft.columns.items():
        one = reasons.get((ours, theirs))
        why = (
            "由 --column 指定"
            if one is None
            else f"{one.reason}，{CONFIDENCE_TITLES[one.confidence]}"
        )
        unit = f"（单位 {draft.units[ours]}）" if ours in draft.units else ""
        lines.append(f"  {titles.get(ours, ours)}（{ours}）＝“{theirs.strip()}”{unit}：{why}")
    used = set(draft.columns.values())
    unused = [one.strip() for one in file_columns if one not in used and one.strip()]
    if unused:
        more = f" 等 {len(unused)} 列" if len(unused) > SHOWN_COLUMNS else ""
        lines.append(f"  没有用上的列：{'、'.join(unused[:SHOWN_COLUMNS])}{more}")
    lines += [
        f"  没有采用：{reason}"
        for reason in left_out
        if any(reason.startswith(f"“{name}”") for name in unused)
    ]
    if draft.kind in kinds:
        lines.append(f"  类别：全部是{kinds[draft.kind].name}")
    elif draft.recognise_kinds:
        lines.append("  类别：按名称、类别和编码逐行识别")
    if draft.place_by_name:
        lines.append("  位置：没有坐标的行按村名、乡镇名落到村级")
    return lines


def evidence_lines(evidence: DatumEvidence, split: DatumSplit) -> list[str]:
    """What speaks for which datum, and what is proposed."""
    lines = [f"坐标系：{reason}" for reason in evidence.reasons]
    if split.is_mixed:
        lines += [f"坐标系：{reason}" for reason in split.reasons]
    if evidence.proposal is None:
        return [*lines, "坐标系：没有可以建议的"]
    return [*lines, f"坐标系：建议 {evidence.proposal.name}（{evidence.confidence}）"]


def undeclared_sentence(evidence: DatumEvidence, split: DatumSplit, *, name: str) -> str:
    """
    What a planner has to state before a file can be imported.

    Parameters
    ----------
    evidence, split
        Of the file.
    name
        Of the file.
    """
    if split.is_mixed:
        named = "、".join(one.name for one in split.datums)
        return (
            f"「{name}」没有写明坐标系，而且像是混用了 {named}。"
            "请在「数据」页里逐行声明，或先在表里分开，再分别用 --crs 导入。"
        )
    if evidence.proposal is None:
        return (
            f"「{name}」没有写明坐标系，也看不出是哪一种。"
            "请问清提供的单位，用 --crs 写明，如 --crs WGS84。"
        )
    crs = evidence.proposal.name
    quoted = f'"{crs}"' if " " in crs else crs
    return (
        f"「{name}」没有写明坐标系，建议 {crs}（{evidence.confidence}）。"
        f"请核实后用 --crs 写明，如 --crs {quoted}。"
    )


def found_lines(found: Checked) -> list[str]:
    """What came of the file: the ledger's summary and what must be known beside."""
    return [*found.ledger.summary(), *(f"注意：{notice.message}" for notice in found.notices)]


def _part_line(part: Part) -> str:
    called = f"“{part.name}”" if part.name else ""
    said = [FORMAT_TITLES[part.format]]
    if part.geometry:
        said.append(SHAPE_TITLES[part.geometry])
    if part.rows is not None:
        said.append(f"{part.rows} 行")
    if part.crs:
        said.append(f"坐标系 {part.crs}")
    columns = f"：{'、'.join(column.strip() for column in part.columns)}" if part.columns else ""
    return f"{called}{'，'.join(said)}{columns}"

"""The job of `export`: a project's checked layers, written out for other programs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from coverage.errors import InputError
from layers.columns.synonyms import LAYER_TITLES
from reports.files import CSV_ENCODING, LINE_END, json_text, output_set
from reports.gis.out_datums import ensure_choice, out_datum
from reports.input_files import spare_inputs
from reports.layer_files import FORMATS, layer_files, safe_file_name
from reports.manifest import file_entries
from reports.manifest_shapes import MANIFEST_FILE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from coverage.standards import FacilityKind
    from coverage.studies.study import Layers
    from layers.project import Project

SHOWN_NOTES: Final = 8
"""Notes that are told at once; all of them stand in the list."""


@dataclass(frozen=True)
class Exported:
    """
    What was written.

    Parameters
    ----------
    files
        Paths, the list of notes and the manifest last.
    lines
        Chinese sentences for the planner.
    """

    files: tuple[Path, ...]
    lines: tuple[str, ...]


def export_layers(
    layers: Layers,
    *,
    project: Project,
    out: Path,
    chosen: tuple[Sequence[str], Sequence[str]],
    datum: str,
    kinds: Mapping[str, FacilityKind],
    manifest: Mapping[str, Any] | None = None,
) -> Exported:
    """
    Write a project's layers, all files or none.

    Parameters
    ----------
    layers
        Of the project, checked.
    project
        Its file; what it reads is never written over.
    out
        Folder; other files in it are left alone.
    chosen
        The layers ("facilities", "demand", "zones") and the formats (keys of
        `reports.layer_files.FORMATS`).
    datum
        A key of `reports.layer_files.DATUM_CHOICES`.
    kinds
        Facility kinds by code.
    manifest
        From `reports.manifest.told_manifest`, to be written with hashes of the files; None writes
        none.

    Raises
    ------
    InputError, CrsError
        If a layer, format or datum is not known.
    OutputError
        If it cannot be written; what was there before is then untouched.
    """
    asked, formats = chosen
    tables = {name: getattr(layers, name) for name in LAYER_TITLES if name in asked}
    written = layer_files(
        tables, formats=formats, datum=datum, name=layers.name, kinds=kinds, label=layers.label
    )
    said = out_datum(datum, crs=layers.zones.crs)
    list_name = f"{safe_file_name(layers.name)}_{said.file_word}_导出说明.txt"
    counts = [
        f"{LAYER_TITLES[name]} {len(table)} 条{_left_out(layers, name)}"
        for name, table in tables.items()
    ]
    head = [
        f"{layers.name}：{'，'.join(counts)}。",
        f"坐标系：{said.title}。",
        *([layers.label] if layers.label else []),
        *(f"文件：{name}" for name in written.files),
    ]
    text = LINE_END.join([*head, *written.notes, ""])
    contents = {**written.files, list_name: text.encode(CSV_ENCODING, errors="replace")}
    names = [*contents, *([] if manifest is None else [MANIFEST_FILE])]
    spare_inputs(project, out, names)
    with output_set(out) as staging:
        for name, content in contents.items():
            (staging / name).write_bytes(content)
        if manifest is not None:
            outputs = file_entries(staging.iterdir())
            told = {"project": layers.name, "label": layers.label, **manifest, "outputs": outputs}
            (staging / MANIFEST_FILE).write_bytes(json_text(told).encode("utf-8", "replace"))
    more = len(written.notes) - SHOWN_NOTES
    lines = [*head[:2], *(f"注意：{note}" for note in _short(written.notes))]
    if more > 0:
        lines.append(f"另有 {more} 条说明，见「{list_name}」。")
    lines.append(f"写到「{out}」：{'、'.join(names)}")
    return Exported(tuple(out / name for name in names), tuple(lines))


def chosen_words(layers: str, formats: str, *, datum: str) -> tuple[list[str], list[str]]:
    """
    The layers and formats that a planner lists, checked with the datum before anything is read.

    Parameters
    ----------
    layers, formats
        Words with commas between; "" means all layers, and GeoPackage.
    datum
        A key of `reports.layer_files.DATUM_CHOICES`.

    Raises
    ------
    InputError, CrsError
        If a word is not known.

    Examples
    --------
    >>> chosen_words("zones,facilities", "", datum="wgs84")
    (['zones', 'facilities'], ['gpkg'])
    """
    ensure_choice(datum)
    chosen = []
    for option, text, known, usual in (
        ("--layers", layers, LAYER_TITLES, list(LAYER_TITLES)),
        ("--format", formats, FORMATS, ["gpkg"]),
    ):
        words = [word.strip() for word in text.replace("，", ",").split(",") if word.strip()]
        strange = [word for word in words if word not in known]
        if strange:
            listed = "、".join(f"{word}（{title}）" for word, title in known.items())
            msg = f"{option} 写的“{strange[0][:40]}”不认识，可写：{listed}；几样之间用逗号隔开。"
            raise InputError(msg)
        chosen.append(list(dict.fromkeys(words)) or usual)
    return chosen[0], chosen[1]


def _left_out(layers: Layers, name: str) -> str:
    """How many rows that were read are not in the layer, where some are not."""
    missing = layers.rows_read.get(name, 0) - len(getattr(layers, name))
    return f"（另有 {missing} 条有错放在一边，没有导出）" if missing > 0 else ""


def _short(notes: Sequence[str], *, most: int = 160) -> list[str]:
    """The first notes, each cut to what a terminal shows; the list has them whole."""
    return [one if len(one) <= most else f"{one[: most - 1]}…" for one in notes[:SHOWN_NOTES]]

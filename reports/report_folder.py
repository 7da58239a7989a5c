"""A whole report: every part in one folder, all files or none, with a manifest to replay it from.

The folder is flat, so that every file takes its place by one renaming; names of parts that lie
side by side begin with the project's name or are those of the result tables.
"""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from coverage.errors import SourceError
from reports.files import json_text, output_set
from reports.input_files import spare_inputs
from reports.layer_files import safe_file_name
from reports.printmap import FORMATS, TEMPLATES, MapContent, map_files, report_maps
from reports.report_manifest import (
    MANIFEST_FILE,
    hash_of,
    read_report_manifest,
    report_manifest,
)
from reports.report_parts import PARTS
from reports.report_tables import table_files
from reports.report_workbook import workbook_files
from reports.result_layers import result_layer_files
from reports.slides import slide_files
from reports.webmap import web_map_html
from reports.word_document import word_files

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from reports.printmap import PrintMap
    from reports.report_content import ReportContent

    Files = Mapping[str, bytes]
    Writer = Callable[[ReportContent, Files], Files]
    Step = Callable[[int, int, str], None]


def _map_files(content: ReportContent, parts: Sequence[str], progress: Step) -> Files:
    """The maps; without the part "maps" only the pictures that documents need."""
    if not {"maps", *WITH_PICTURES} & set(parts):
        return {}
    formats = FORMATS if "maps" in parts else ("png",)
    told = _told(report_sheets(content), progress)
    return map_files(told, content.settings.printing, formats=formats)


def report_sheets(content: ReportContent) -> Iterator[PrintMap]:
    """
    The maps of a report, for its files and for looking at them beforehand.

    Parameters
    ----------
    content
        What the report is written from.
    """
    drawn_from = MapContent(
        assessment=content.assessment,
        kinds=content.kinds,
        plans=content.plans,
        values=None if content.judged is None else content.judged.values,
        year=content.year or 0,
        siting=content.siting,
        after=content.after,
        after_name="方案" if content.scenario is None else content.scenario.name,
    )
    return report_maps(drawn_from, templates=[one for one in TEMPLATES if one not in LEFT_OUT])


def _told(maps: Iterable[PrintMap], progress: Step) -> Iterator[PrintMap]:
    """The maps, each told as its turn comes."""
    for each in maps:
        progress(0, 0, f"{PARTS['maps']}：{each.title}")
        yield each


def _pictures(maps: Files) -> Files:
    """Pictures by the names that documents look for: without the number in front."""
    return {_NUMBER.sub("", name): each for name, each in maps.items() if name.endswith(".png")}


def _html_files(content: ReportContent) -> Files:
    assessment = content.assessment
    page = web_map_html(
        assessment,
        kinds=content.kinds,
        reading_ids=[
            reading.reading_id for each in assessment.standards for reading in each.readings
        ],
        attribution=content.credits,
    )
    name = f"{safe_file_name(content.name)}_网页地图.html"
    return {name: page.encode("utf-8", errors="replace")}


LEFT_OUT: Final = ("facility_groups",)
"""Templates that a report does without: the map of all facilities shows them, too."""

WITH_PICTURES: Final = ("word", "slides")
"""Parts that hold the maps as pictures."""

_NUMBER: Final = re.compile(r"^图\d+_")

WRITERS: Final[Mapping[str, Writer]] = {
    "maps": lambda _content, maps: maps,
    "word": lambda content, maps: word_files(content, _pictures(maps)),
    "excel": lambda content, _maps: workbook_files(content),
    "gis": lambda content, _maps: result_layer_files(content),
    "html": lambda content, _maps: _html_files(content),
    "slides": lambda content, maps: slide_files(content, _pictures(maps)),
    "tables": lambda content, _maps: table_files(content),
}
"""Part -> what writes it from the content and its maps; to add one, add a line."""

ZIP_TIME: Final = (1980, 1, 1, 0, 0, 0)
"""Date of every file in a .zip: the oldest that the format can say, so that no clock shows."""


@dataclass(frozen=True)
class WrittenReport:
    """
    What was written.

    Parameters
    ----------
    files
        Paths, the manifest last.
    removed
        Names of files of the report that stood there before and that this one has not.
    """

    files: tuple[Path, ...]
    removed: tuple[str, ...]


def write_report(
    content: ReportContent,
    *,
    out: Path,
    only: Collection[str] = tuple(PARTS),
    progress: Step = lambda _done, _steps, _name: None,
) -> WrittenReport:
    """
    Write a report, all files or none.

    The folder is locked while its parts are made, so that a second export finds that out at once.
    Files of an earlier report that this one has not are removed once it stands, unless somebody
    changed them; all other files are left alone.

    Parameters
    ----------
    content
        From `reports.report_making.report_content`.
    out
        Folder for the files; made where it does not exist.
    only
        Of `PARTS`.
    progress
        Called with (parts done, parts in all, Chinese name of the part at hand).

    Raises
    ------
    OutputError
        If they cannot be written, another run is writing there, or an input of the project would
        be written over; what was there before is then untouched.
    """
    spare_inputs(content.project, out, [MANIFEST_FILE])
    outputs: list[dict[str, Any]] = []
    with output_set(out) as staging:
        old = _old_outputs(out)
        for part, files in _parts(content, only, progress):
            spare_inputs(content.project, out, list(files))
            for name, each in files.items():
                (staging / name).write_bytes(each)
                outputs.append({"part": part, **_entry(name, each)})
        manifest = report_manifest(
            content,
            only=[part for part in PARTS if part in only],
            out=out,
            outputs=outputs,
        )
        (staging / MANIFEST_FILE).write_bytes(json_text(manifest).encode("utf-8", "replace"))
    names = [entry["file"] for entry in outputs]
    gone = {name: old[name] for name in sorted(old) if name not in names}
    removed = _remove_old(out, gone, spared={file.resolve() for file in content.inputs})
    return WrittenReport(tuple(out / name for name in [*names, MANIFEST_FILE]), removed)


def _parts(
    content: ReportContent, only: Collection[str], progress: Step
) -> Iterator[tuple[str, Files]]:
    """Part after part, its files with names that differ on every system."""
    wanted = [part for part in PARTS if part in only]
    taken = {MANIFEST_FILE.casefold()}
    maps = _map_files(content, wanted, progress)
    for done, part in enumerate(wanted):
        progress(done, len(wanted), PARTS[part])
        files = WRITERS[part](content, maps)
        for name in files:
            if name.casefold() in taken:
                msg = f"two parts of the report write {name!r}"
                raise ValueError(msg)
            taken.add(name.casefold())
        yield part, files
    progress(len(wanted), len(wanted), "完成")


def _entry(name: str, content: bytes) -> dict[str, Any]:
    return {"file": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def _old_outputs(out: Path) -> dict[str, str]:
    """Names and hashes of the files of the report that stands in a folder."""
    try:
        told = read_report_manifest(out / MANIFEST_FILE)
    except SourceError:
        return {}  # there is none, or it is not ours
    return {entry.file: entry.sha256 for entry in told.outputs}


def _remove_old(out: Path, old: Mapping[str, str], *, spared: Collection[Path]) -> tuple[str, ...]:
    """Remove what an earlier report left and this one has not; what was changed since stays."""
    removed = []
    for name, digest in old.items():
        file = out / name
        try:
            is_ours = not file.is_symlink() and file.resolve() not in spared
            if is_ours and file.is_file() and hash_of(file) == digest:
                file.unlink()
                removed.append(name)
        except OSError:
            continue  # open in another program: it is not listed in the new manifest
    return tuple(removed)


def report_zip(folder: Path) -> bytes:
    """
    A written report as one .zip, for download.

    Parameters
    ----------
    folder
        Of `write_report`; files that the manifest does not list are left out.

    Returns
    -------
    content
        The same report gives the same bytes.

    Raises
    ------
    SourceError
        If the folder holds no report, or one of its files is gone or no longer as it was written.
    """
    told = read_report_manifest(folder / MANIFEST_FILE)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        for entry in told.outputs:
            content = _as_listed(folder / entry.file, entry.sha256)
            target.writestr(_zip_entry(entry.file), content)
        target.writestr(_zip_entry(MANIFEST_FILE), (folder / MANIFEST_FILE).read_bytes())
    return packed.getvalue()


def _zip_entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, ZIP_TIME)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _as_listed(file: Path, digest: str) -> bytes:
    try:
        content = file.read_bytes()
    except OSError:
        content = b""
    if hashlib.sha256(content).hexdigest() != digest:
        msg = f"成果文件「{file.name}」不在了，或写出后改过，不能打包。请重新导出后下载。"
        raise SourceError(msg)
    return content

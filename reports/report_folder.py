"""A whole report: every part in one folder, all files or none, with a manifest to replay it from.

The folder is flat, so that every file takes its place by one renaming; names of parts that lie
side by side begin with the project's name or are those of the result tables.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from coverage.errors import SourceError
from reports.files import json_text, output_set
from reports.input_files import spare_inputs
from reports.layer_files import safe_file_name
from reports.printing.press import Press
from reports.report_drawing import map_files, map_orders, pictures
from reports.report_manifest import (
    JOB,
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
from reports.standing_files import beside_others, kept_name, spare_others, standing
from reports.webmap import web_map_html
from reports.word_document import word_files

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from reports.printing.orders import Drawn, Order
    from reports.report_content import ReportContent

    Files = Mapping[str, bytes]
    Writer = Callable[[ReportContent], Files]
    Step = Callable[[int, int, str], None]


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


def _drawn_files(
    content: ReportContent, part: str, orders: Sequence[Order], drawn: Sequence[Drawn]
) -> Files:
    """A part that is written from maps."""
    if part == "maps":
        return map_files(orders, drawn)
    write = word_files if part == "word" else slide_files
    return write(content, pictures(orders, drawn, part))


WRITERS: Final[Mapping[str, Writer]] = {
    "excel": workbook_files,
    "gis": result_layer_files,
    "html": _html_files,
    "tables": table_files,
}
"""Part that needs no maps -> what writes it from the content."""

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
    lines
        What else is to be told, in Chinese.
    """

    files: tuple[Path, ...]
    removed: tuple[str, ...]
    lines: tuple[str, ...] = ()


def write_report(
    content: ReportContent,
    *,
    out: Path,
    only: Collection[str] = tuple(PARTS),
    progress: Step = lambda _done, _steps, _name: None,
) -> WrittenReport:
    """
    Write a report, all files or none.

    The folder is locked while its parts are made; `reports.files.check_output_folder` tells a
    second export so before it computes anything. Only what a manifest of ours lists there, and
    nobody changed, is written over. Files of an earlier report that this one has not are removed
    once it stands, unless somebody changed them; all other files are left alone.

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
        If they cannot be written, another run is writing there, or an input or somebody's own
        file would be written over; what was there before is then untouched.
    """
    _spare(content, out, [MANIFEST_FILE])
    outputs: list[dict[str, Any]] = []
    with beside_others(out, job=JOB) as lines, output_set(out) as staging:
        old = _old_outputs(out)
        with contextlib.closing(_parts(content, only, progress)) as parts:
            for part, files in parts:
                _spare(content, out, list(files))
                _check_names(files, [entry["file"] for entry in outputs])
                for name, each in files.items():
                    (staging / name).write_bytes(each)
                    outputs.append({"part": part, **_entry(name, each)})
        outputs.sort(key=lambda entry: list(PARTS).index(entry["part"]))
        manifest = report_manifest(
            content,
            only=[part for part in PARTS if part in only],
            out=out,
            outputs=outputs,
        )
        (staging / MANIFEST_FILE).write_bytes(json_text(manifest).encode("utf-8", "replace"))
    names = [entry["file"] for entry in outputs]
    gone = {name: old[name] for name in sorted(old) if name not in names}
    removed = _remove_old(out, gone, spared={file.resolve() for file in _read(content)})
    return WrittenReport(tuple(out / name for name in [*names, MANIFEST_FILE]), removed, lines)


def _read(content: ReportContent) -> list[Path]:
    """What the report is made from, and the template even where no Word is written."""
    template = content.settings.template
    return [*content.inputs, *([] if template is None else [template])]


def _spare(content: ReportContent, out: Path, names: Sequence[str]) -> None:
    """Neither what the report is made from nor what is somebody's own is written over."""
    spare_inputs(content.project, out, names, others=_read(content))
    spare_others(out, names)


def _parts(
    content: ReportContent, only: Collection[str], progress: Step
) -> Iterator[tuple[str, Files]]:
    """Part after part: first those without maps, which are drawn meanwhile."""
    wanted = [part for part in PARTS if part in only]
    plain = [part for part in wanted if part in WRITERS]
    orders = map_orders(content, wanted)
    with Press(orders) as press:
        for done, part in enumerate(plain):
            progress(done, len(wanted), PARTS[part])
            yield part, WRITERS[part](content)
        drawn = press.finish(
            lambda order: progress(
                len(plain), len(wanted), f"{PARTS['maps']}：{order.print_map.title}"
            )
        )
    for done, part in enumerate((part for part in wanted if part not in plain), len(plain)):
        progress(done, len(wanted), PARTS[part])
        yield part, _drawn_files(content, part, orders, drawn)
    progress(len(wanted), len(wanted), "完成")


def _check_names(files: Files, others: Iterable[str]) -> None:
    """Names of files must differ on systems that take A and a for the same, too."""
    taken = {MANIFEST_FILE.casefold(), *(name.casefold() for name in others)}
    for name in files:
        if name.casefold() in taken:
            msg = f"two parts of the report write {name!r}"
            raise ValueError(msg)
        taken.add(name.casefold())


def _entry(name: str, content: bytes) -> dict[str, Any]:
    return {"file": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def _old_outputs(out: Path) -> dict[str, str]:
    """Names and hashes of the files of the report that stands in a folder, and of it alone."""
    others = {name for one in standing(out) if one.job != JOB for name in one.outputs}
    for name in (MANIFEST_FILE, kept_name(JOB)):
        try:
            told = read_report_manifest(out / name)
        except SourceError:
            continue  # there is none, or it is not of a report
        return {one.file: one.sha256 for one in told.outputs if one.file not in others}
    return {}


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

"""The work of the page of reports: what is asked, and the threads that compute and pack it.

No Streamlit in it: it runs beside the pages and touches nothing of a session.
"""

from __future__ import annotations

import hashlib
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from coverage.errors import InputError, OutputError
from layers.loading import Loaded
from layers.paths import system_reason
from layers.planning.choices_file import choices_path
from layers.planning.used_names import OWN_SUFFIX, own_plan_files
from layers.plans import PLANS_FOLDER
from layers.project_report import ReportTable
from layers.scenarios import scenario_files
from layers.settings import parse_settings
from reports.files import write_bytes
from reports.layer_files import safe_file_name
from reports.report_content import ReportRequest
from reports.report_making import report_content
from reports.report_settings import with_report_table
from reports.safe_text import plain_text
from views.cache import fingerprint
from views.intake_upload import PrivateFolder
from views.siting_words import seconds_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from layers.project import Project
    from reports.report_content import ReportContent
    from views.cache import Opened
    from views.solving import Line, Told

    Step = Callable[[int, int, str], None]

PART_NAMES: Final[Mapping[str, str]] = {
    "maps": "地图", "word": "Word", "excel": "Excel", "gis": "GIS", "html": "网页地图",
    "slides": "幻灯片", "tables": "结果表",
}  # fmt: skip
"""Part of a report -> its name on the page, in the order of `reports.report_parts.PARTS`."""

ZIP_FILE: Final = "report.zip"
"""Inside the temporary folder; the download has a name of its own."""

MIB: Final = 1024**2
KIB: Final = 1024


@dataclass(frozen=True)
class Asked:
    """
    What a planner asks for on the page.

    Parameters
    ----------
    request
        What the report is to hold besides the assessment.
    parts
        Of `PART_NAMES`.
    table
        The table `[report]` as the page says it.
    """

    request: ReportRequest
    parts: tuple[str, ...]
    table: ReportTable


@dataclass(frozen=True)
class MadeFile:
    """A file of a report: its name, the part it belongs to ("" for the manifest), its size."""

    name: str
    part: str
    n_bytes: int


@dataclass(frozen=True, eq=False)
class Made:
    """
    A report that was made.

    Parameters
    ----------
    folder
        Holds the archive; it goes when nothing holds this any more.
    name
        Of the archive as it is downloaded.
    files
        In the archive, the manifest last.
    content, numbers
        What it was made from, for previews, and its key of `content_key`.
    """

    folder: PrivateFolder
    name: str
    files: tuple[MadeFile, ...]
    content: ReportContent
    numbers: str

    @property
    def archive(self) -> Path:
        """The .zip."""
        return self.folder.path / ZIP_FILE

    @property
    def n_bytes(self) -> int:
        """Size of the archive."""
        return self.archive.stat().st_size


@dataclass(frozen=True, eq=False)
class Preparing:
    """
    The work of computing what the targets' and the scenario's maps show.

    Parameters
    ----------
    opened
        The project as it is.
    request
        With plans or a scenario.
    """

    opened: Opened
    request: ReportRequest

    def __call__(self, line: Line) -> ReportContent:
        """
        Compute.

        Raises
        ------
        PlannerError
            Whatever is wrong with a file or the request.
        """
        ensure_unchanged(self.opened)
        return content_of(self.opened, self.opened.project, self.request, line=line)


@dataclass(frozen=True, eq=False)
class Making:
    """
    The work of a whole report.

    Parameters
    ----------
    opened
        The project as it is, without anything that is tried.
    asked
        What is to be made.
    numbers
        Changes whenever a number of the report may; of `content_key`.
    """

    opened: Opened
    asked: Asked
    numbers: str

    @property
    def key(self) -> str:
        """Changes whenever a file of the report may."""
        asked = self.asked
        return _digest(self.numbers, repr(asked.parts), asked.table.model_dump_json())

    def __call__(self, line: Line) -> Made:
        """
        Compute, write into a temporary folder, pack.

        Raises
        ------
        PlannerError
            Whatever is wrong with a file, the request or the disk.
        """
        # What draws and what writes documents takes a second to load; the page opens without.
        from reports.report_folder import report_zip, write_report  # noqa: PLC0415
        from reports.report_manifest import MANIFEST_FILE, read_report_manifest  # noqa: PLC0415

        ensure_unchanged(self.opened)
        asked = self.asked
        project = with_report_table(self.opened.project, asked.table)
        content = content_of(
            self.opened,
            project,
            asked.request,
            line=line,
            with_areas="gis" in asked.parts,
            with_template="word" in asked.parts,
        )
        with _told_of_the_server():
            folder = PrivateFolder()
            out = folder.path / "report"
            write_report(content, out=out, only=asked.parts, progress=_telling(line))
            # A file that was changed meanwhile would stand in the manifest with its new hash.
            ensure_unchanged(self.opened)
            line.say("打包")
            write_bytes(folder.path / ZIP_FILE, report_zip(out))
            told = read_report_manifest(out).outputs
            files = [MadeFile(one.file, one.part, one.bytes) for one in told]
            files.append(MadeFile(MANIFEST_FILE, "", (out / MANIFEST_FILE).stat().st_size))
        shutil.rmtree(out, ignore_errors=True)
        name = f"{safe_file_name(content.name)}_成果.zip"
        return Made(folder, name, tuple(files), content, self.numbers)


@contextmanager
def _told_of_the_server() -> Iterator[None]:
    """A full disk in words of the page: nobody chose the folder that the report is written to."""
    try:
        yield
    except (OSError, OutputError) as error:
        reason = error if isinstance(error, OSError) else error.__cause__
        if not isinstance(reason, OSError):
            raise
        msg = (
            f"运行本软件的电脑写不进临时文件夹（{system_reason(reason)}），成果没有生成。"
            "请清理那台电脑的磁盘，再点「生成成果」。"
        )
        raise OutputError(msg) from error


def content_of(
    opened: Opened,
    project: Project,
    request: ReportRequest,
    *,
    line: Line,
    with_areas: bool = False,
    with_template: bool = False,
) -> ReportContent:
    """
    What a report is written from, of the layers that are at hand.

    Parameters
    ----------
    opened
        The project as it is.
    project
        The same with the page's `[report]`.
    request
        What it is to hold.
    line
        Is told every step.
    with_areas
        Whether the service area of each facility is drawn, which assesses the project anew.
    with_template
        Whether Word is written, so that the office's template is checked first.

    Raises
    ------
    PlannerError
        Whatever is wrong with a file or the request.
    """
    return report_content(
        project,
        request,
        loaded=Loaded(opened.assessment.layers, opened.ledger),
        assessment=None if with_areas else opened.assessment,
        with_service_areas=with_areas,
        with_template=with_template,
        progress=_telling(line, counted="计算："),
    )


def ensure_unchanged(opened: Opened) -> None:
    """
    Raise an error where the files are no longer those that were read.

    Raises
    ------
    InputError
        The numbers would be of the old files, and the manifest of the new ones.
    """
    if fingerprint(opened.project) != opened.fingerprint:
        msg = "项目文件在打开以后改过，成果没有生成。请刷新网页，重新打开项目后再试。"
        raise InputError(msg)


def report_table(given: ReportTable, fields: Mapping[str, object]) -> ReportTable:
    """
    `[report]` of a project with what the page says in it.

    Parameters
    ----------
    given
        As the project file has it; what the page does not ask for stays.
    fields
        Names of `ReportTable` -> values.

    Raises
    ------
    InputError
        With one sentence per fault.
    """
    tables = {**given.model_dump(), **fields}
    return parse_settings(tables, ReportTable, source="成果页的填写", error=InputError)


def files_key(project: Project) -> str:
    """
    SHA-256 over the plans, the choices and the scenarios of a project.

    Parameters
    ----------
    project
        The checked project file.

    Raises
    ------
    ScenarioError
        If the folder of scenarios cannot be read.
    """
    path = choices_path(project)
    files = [*sorted(PLANS_FOLDER.glob(f"*{OWN_SUFFIX}")), path, *own_plan_files(path)]
    digest = hashlib.sha256()
    for file in [*files, *scenario_files(project)]:
        content = file.read_bytes() if file.is_file() else b""
        name = str(file).encode("utf-8", "replace")
        digest.update(hashlib.sha256(name).digest() + hashlib.sha256(content).digest())
    return digest.hexdigest()


def content_key(opened: Opened, request: ReportRequest, *, files: str) -> str:
    """Changes whenever the numbers of a report may; `files` is of `files_key`."""
    if request == ReportRequest():
        return _digest(opened.fingerprint)
    return _digest(opened.fingerprint, repr(request), files)


def told_text(told: Told) -> str:
    """How far the work is, in one sentence."""
    spent = seconds_text(told.seconds)
    if told.phase == "waiting":
        return f"正在排队（{spent}）：服务器正为别人计算，轮到后自动开始。"
    if told.phase == "ending":
        return f"正在停下（{spent}）。"
    return f"{plain_text(told.step) or '正在准备'}（{spent}）…"


def size_text(n_bytes: int) -> str:
    """
    Size of a file as a planner reads it.

    Examples
    --------
    >>> size_text(300), size_text(2048), size_text(1_600_000)
    ('1 KB', '2 KB', '1.5 MB')
    """
    if n_bytes < MIB:
        return f"{max(1, round(n_bytes / KIB)):,} KB"
    return f"{n_bytes / MIB:,.1f} MB"


def part_name(part: str) -> str:
    """Name of a part on the page; the manifest belongs to none."""
    return PART_NAMES.get(part, "清单")


def _telling(line: Line, *, counted: str = "") -> Step:
    """
    Passes progress on; ends the work where nobody waits for it any more.

    Parameters
    ----------
    line
        Is told.
    counted
        Stands before a step that is one of several, where its name does not say what is done.
    """

    def tell(done: int, steps: int, name: str) -> None:
        line.say(f"{counted}{name}（{done + 1}/{steps}）" if done < steps else name)

    return tell


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode("utf-8", "replace")).hexdigest()

"""
Command face of QuanTu: the jobs of the app without a browser.

    python cli.py assess PROJECT --out DIR
    python cli.py import PROJECT FILE --as facilities --crs GCJ-02 --out DIR [--apply]

Every command prints what it did in a few lines of Chinese and exits 0. A mistake in the input
or the settings is one sentence on standard error and exit code 2; a bug is a traceback and 1.
"""

from __future__ import annotations

import contextlib
import gc
import sys
from dataclasses import replace
from pathlib import Path  # noqa: TC003 - Typer reads the annotations
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from coverage.assessment import assess as measure
from coverage.changes.road_trial import on_changed_roads
from coverage.errors import InputError, OutputError, PlannerError
from layers.columns.synonyms import LAYER_TITLES
from layers.corrections import of_file, read_corrections
from layers.formats.outline import ReadingOptions
from layers.intake import (
    Draft,
    adopt,
    checked,
    checked_raster,
    datum_evidence,
    declared_doubts,
    draft_problems,
    first_draft,
    ground_of,
    has_points,
    is_datum_open,
    is_raster,
    source_label,
    with_columns,
    with_kind,
)
from layers.loading import load
from layers.paths import usable_path
from layers.project import chosen_modes, chosen_standards, chosen_uncertainty, load_project
from layers.road_changes import read_road_changes
from layers.source_cards import credits_of, read_source_cards
from layers.sources import outline, read_file
from layers.standards import load_kinds, load_modes, load_standards
from reports.assessment_lines import report_lines
from reports.files import check_output_folder, output_set
from reports.intake_results import (
    draft_lines,
    evidence_lines,
    found_lines,
    intake_files,
    outline_lines,
    undeclared_sentence,
    write_intake,
)
from reports.manifest import build_manifest
from reports.results import FILE_NAMES, write_assessment
from reports.templates import TEMPLATES, template_bytes
from reports.webmap import web_map_html

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from coverage.standards import FacilityKind
    from layers.intake import Checked, Ground
    from layers.project import Project
    from layers.tables import SourceTable

    Step = Callable[[int, int, str], None]

MISTAKE: Final = 2
"""Exit code where the planner can put it right."""

INTERRUPTED: Final = 130
"""Exit code that Typer, like a shell, gives after Ctrl-C."""

# Typer's own tracebacks would show the planner's data, and colour what goes into a file.
app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


def main(arguments: Sequence[str] | None = None) -> int:
    """
    Run one command.

    Parameters
    ----------
    arguments
        Words after `python cli.py`; those of the process when absent.

    Returns
    -------
    code
        0, 2 for a planner's mistake, 130 after Ctrl-C.
    """
    for stream in (sys.stdout, sys.stderr):
        # A Windows console or pipe may use a code page that has no room for every name.
        with contextlib.suppress(AttributeError):
            stream.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    words = list(sys.argv[1:] if arguments is None else arguments) or ["--help"]
    if any("\0" in word for word in words):
        _complain("命令里有零字节，路径里不能有。请改正后重试。")
        return MISTAKE
    try:
        code = app(words, prog_name="python cli.py", standalone_mode=False) or 0
    except PlannerError as error:
        _complain(str(error))
    except typer.TyperException as error:
        fault = _fault(error)
        _complain(f"命令写得不对：{' '.join(words)}{fault}。请运行 python cli.py --help 查看用法。")
    else:
        if code == INTERRUPTED:
            _complain("已停止，没有写出结果。")
        return int(code)
    return MISTAKE


def _fault(error: typer.TyperException) -> str:
    """What is wrong with the words, where Typer says it; begins with a comma."""
    missing = getattr(error, "param", None)
    if missing is not None:
        names = [name for name in missing.opts if name.startswith("-")]
        return f"，缺少 {' '.join([*names[:1], missing.metavar])}：{missing.help}"
    option = getattr(error, "option_name", None)
    if option is None:
        return ""
    is_unknown = hasattr(error, "possibilities")
    return f"，没有 {option} 这个选项" if is_unknown else f"，{option} 后面没有写内容"


@app.callback()
def _quantu() -> None:
    """圈图：检查服务圈、救治圈的覆盖情况，导出缺口表格和地图。"""


@app.command()
def assess(
    project: Annotated[
        Path, typer.Argument(metavar="PROJECT", help="项目文件夹（内有 project.toml）或项目文件")
    ],
    out: Annotated[Path, typer.Option(metavar="DIR", help="结果写到这个文件夹")],
    road_changes: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="按这个文件里的道路变化（封路、改速、新路）试算"),
    ] = None,
) -> None:
    """评估一个项目：每个标准覆盖了多少人、多少村，缺口在哪里。"""
    chosen = load_project(project)
    usable_path(out, title="输出文件夹", error=OutputError)
    check_output_folder(out)
    _spare_inputs(chosen, out, FILE_NAMES)
    kinds, modes = load_kinds(), chosen_modes(chosen, load_modes())
    standards = chosen_standards(chosen, load_standards())
    with _progress() as step:
        step(0, 0, "读取数据")
        loaded = load(chosen, standards=standards, modes=modes, kinds=kinds)
        layers = loaded.layers
        inputs = chosen.input_files()
        if road_changes is not None:
            inputs.append(road_changes)
            changes = read_road_changes(road_changes, layers.roads.crs)
            layers, _ = on_changed_roads(layers, changes, modes)
        assessment = measure(
            layers,
            standards=standards,
            modes=modes,
            uncertainty=chosen_uncertainty(chosen),
            progress=step,
        )
        # Whatever can fail comes before the first file is written.
        lines = report_lines(assessment)
        step(0, 0, "画地图、写结果")
        reading_ids = [reading.reading_id for each in standards for reading in each.readings]
        files = write_assessment(
            assessment,
            out=out,
            manifest=build_manifest(
                inputs,
                project_folder=chosen.folder,
                project_settings=chosen.settings.model_dump(by_alias=True, exclude_none=True),
                standards=standards,
                modes=modes,
            ),
            kinds=kinds,
            modes=modes,
            map_html=web_map_html(
                assessment,
                kinds=kinds,
                reading_ids=reading_ids,
                attribution=credits_of(chosen, read_source_cards(chosen.input_files())),
            ),
            ledger=loaded.ledger,
        )
    for line in lines:
        _print(line)
    _print(f"结果写到「{out}」：{'、'.join(file.name for file in files)}")


@app.command("import")
def import_file(  # noqa: PLR0913 - one argument per thing that a planner declares
    project: Annotated[
        Path | None,
        typer.Argument(metavar="[PROJECT]", help="项目文件夹（内有 project.toml）或项目文件"),
    ] = None,
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="要导入的数据文件")] = None,
    *,
    out: Annotated[Path, typer.Option(metavar="DIR", help="检查结果写到这个文件夹")],
    layer: Annotated[
        str, typer.Option("--as", metavar="LAYER", help="facilities 设施、demand 村庄、zones 边界")
    ] = "",
    part: Annotated[str, typer.Option(metavar="NAME", help="工作表、图层或压缩包里的文件")] = "",
    header_row: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="表头在第几行；不写则自动找")
    ] = None,
    encoding: Annotated[str, typer.Option(metavar="NAME", help="文本编码；不写则自动判断")] = "",
    crs: Annotated[str, typer.Option(metavar="DATUM", help="坐标系，如 WGS84、GCJ-02、BD-09")] = "",
    kind: Annotated[str, typer.Option(metavar="KIND", help="整份名录的设施类别")] = "",
    recognise_kinds: Annotated[
        bool, typer.Option("--recognise-kinds", help="按名称、类别和编码识别每一行的类别")
    ] = False,
    column: Annotated[
        list[str] | None,
        typer.Option(
            metavar="OURS=THEIRS", help="改正一列的对应，如 population=常住人口；可写多次"
        ),
    ] = None,
    place_by_name: Annotated[
        bool, typer.Option("--place-by-name", help="没有坐标的行按村名、乡镇名落点")
    ] = False,
    apply: Annotated[bool, typer.Option("--apply", help="检查后写入项目")] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="已核实坐标系：与表头或数值矛盾也写入")
    ] = False,
    replace_list: Annotated[
        int | None,
        typer.Option("--replace", metavar="N", min=1, help="写入时替换项目的第 N 份设施名录"),
    ] = None,
    add: Annotated[
        bool, typer.Option("--add", help="写入时另加一份，即使项目里已有同名的设施名录")
    ] = False,
    templates: Annotated[bool, typer.Option("--templates", help="只写出空白填报表")] = False,
) -> None:
    """导入一个数据文件：看内容、对列名、判坐标系、查问题，写出问题清单，可写入项目。"""
    usable_path(out, title="输出文件夹", error=OutputError)
    check_output_folder(out)
    kinds = load_kinds()
    if templates:
        _write_templates(out, kinds)
        return
    if project is None or file is None or layer not in LAYER_TITLES:
        msg = (
            "导入要写明项目、文件和用途，如 python cli.py import 我的县 诊所.xlsx --as facilities "
            f"--out 结果；--as 可写 {'、'.join(LAYER_TITLES)}。"
        )
        raise InputError(msg)
    if replace_list is not None and (add or layer != "facilities"):
        msg = "--replace 只用于设施名录，而且不能与 --add 同时写，请改正命令。"
        raise InputError(msg)
    chosen = load_project(project)
    _spare_inputs(chosen, out, intake_files(layer))
    source = usable_path(file, title="数据文件", error=InputError)
    declared = Draft(
        layer=layer,
        file=source,
        name=source.name,
        options=ReadingOptions(part=part, header_row=header_row, encoding=encoding),
        columns=_pairs(column or []),
        crs=crs,
        kind=kind,
        recognise_kinds=recognise_kinds,
        place_by_name=place_by_name,
    )
    with _progress() as step:
        step(0, 0, "读取文件")
        seen = outline(source)
        for line in outline_lines(seen):
            _print(line)
        if is_raster(declared):
            draft, found = declared, checked_raster(declared, _ground(chosen, kinds))
        else:
            draft, found, doubts = _checked_table(chosen, declared, kinds, step)
            if apply and doubts and not yes:
                msg = f"{''.join(doubts)}核实后仍要写入项目，请加 --yes。"
                raise InputError(msg)
        files = write_intake(found, layer=layer, out=out, label=chosen.label)
    for line in found_lines(found):
        _print(line)
    _print(f"结果写到「{out}」：{'、'.join(one.name for one in files)}")
    if apply:
        place = None if replace_list is None else replace_list - 1
        label = source_label(chosen, draft, replaces=place)
        adopt(chosen, draft, replaces=place, adds=add)
        _print(f"已写入项目「{chosen.name}」：「{label}」作为{LAYER_TITLES[layer]}。")


def _checked_table(
    project: Project, declared: Draft, kinds: Mapping[str, FacilityKind], step: Step
) -> tuple[Draft, Checked, tuple[str, ...]]:
    """A table or layer as it was declared, checked, and what speaks against its datum."""
    table = read_file(declared.file, options=declared.options)
    draft, proposed = first_draft(
        table, layer=declared.layer, file=declared.file, options=declared.options, kinds=kinds
    )
    by_name = declared.place_by_name or draft.place_by_name
    draft = with_columns(replace(draft, crs=declared.crs, place_by_name=by_name), declared.columns)
    if declared.kind or declared.recognise_kinds:
        draft = with_kind(draft, declared.kind, recognise=declared.recognise_kinds, kinds=kinds)
    for line in [f"注意：{remark}" for remark in table.remarks]:
        _print(line)
    columns = list(table.cells.columns)
    for line in draft_lines(draft, proposed, kinds=kinds, file_columns=columns):
        _print(line)
    # What is wrong beside the datum is told before the whole project is read.
    known = replace(draft, crs=draft.crs or "WGS84") if is_datum_open(table, draft) else draft
    _ensure_usable(draft_problems(table, known, kinds=kinds))
    step(0, 0, "读取项目、判断坐标系")
    ground = _ground(project, kinds)
    doubts = _show_evidence(table, draft, ground) if has_points(table, draft) else ()
    _ensure_usable(draft_problems(table, draft, kinds=kinds))
    step(0, 0, "检查")
    corrections = read_corrections(project.path(project.settings.project.corrections))
    label = source_label(project, draft)
    found = checked(table, draft, ground, corrections=of_file(corrections, label))
    return draft, found, doubts


def _show_evidence(table: SourceTable, draft: Draft, ground: Ground) -> tuple[str, ...]:
    """Tell what speaks for which datum and against that declared; an error where none is."""
    evidence, split = datum_evidence(table, draft, ground)
    for line in evidence_lines(evidence, split):
        _print(line)
    if is_datum_open(table, draft):
        raise InputError(undeclared_sentence(evidence, split, name=draft.name))
    _ensure_usable(draft_problems(table, draft, kinds=ground.kinds))
    doubts = declared_doubts(table, draft, evidence, crs=ground.crs)
    for line in doubts:
        _print(f"注意：{line}")
    return doubts


def _ensure_usable(problems: Sequence[str]) -> None:
    if problems:
        raise InputError("".join(problems))


def _pairs(said: Sequence[str]) -> dict[str, str]:
    """Ours -> theirs from "ours=theirs"."""
    for text in said:
        if "=" not in text:
            msg = f"--column 应写成“我们的列=文件的列”，如 population=常住人口，现为“{text}”。"
            raise InputError(msg)
    return {ours: theirs for ours, _, theirs in (text.partition("=") for text in said)}


def _write_templates(out: Path, kinds: Mapping[str, FacilityKind]) -> None:
    with output_set(out) as staging:
        for one in TEMPLATES:
            content = template_bytes(one.template_id, kinds=kinds)
            (staging / f"{one.title}填报表.xlsx").write_bytes(content)
    names = "、".join(f"{one.title}填报表.xlsx" for one in TEMPLATES)
    _print(f"空白填报表写到「{out}」：{names}")


def _ground(project: Project, kinds: Mapping[str, FacilityKind]) -> Ground:
    modes = chosen_modes(project, load_modes())
    standards = chosen_standards(project, load_standards())
    loaded = load(project, standards=standards, modes=modes, kinds=kinds)
    return ground_of(loaded.layers, project=project, kinds=kinds)


def _spare_inputs(project: Project, out: Path, names: Sequence[str]) -> None:
    folder = out.resolve()
    taken = [file for file in project.input_files() if file in {folder / one for one in names}]
    if taken:
        msg = f"结果会盖掉项目的数据文件「{taken[0].name}」，请用 --out 换一个输出文件夹。"
        raise OutputError(msg)


@contextlib.contextmanager
def _progress() -> Iterator[Step]:
    """A bar on a terminal, nothing in a pipe."""
    console = Console(stderr=True)
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    with bar:
        task = bar.add_task("")

        def step(done: int, steps: int, name: str) -> None:
            bar.update(task, description=escape(name), completed=done, total=steps or None)

        yield step


def _print(line: str) -> None:
    typer.echo(_visible(line))


def _complain(sentence: str) -> None:
    typer.echo(_visible(sentence), err=True)


def _visible(line: str) -> str:
    # Names come from outside: no line breaks, no control sequences for the terminal.
    return "".join(character if character.isprintable() else " " for character in line)


if __name__ == "__main__":
    # One command builds millions of small objects and ends: looking for cycles among them at
    # every few hundred, as Python does by default, takes a tenth of the time for nothing.
    gc.set_threshold(100_000, 50, 100)
    sys.exit(main())

"""
Command face of QuanTu: the jobs of the app without a browser.

    python cli.py assess PROJECT --out DIR
    python cli.py targets PROJECT --plan jinan-2022 --year 2025 --out DIR
    python cli.py site PROJECT --model maximal_covering --sites 5 --out DIR
    python cli.py report PROJECT --plan jinan-2022 --year 2025 --scenario plan-1 --out DIR
    python cli.py replay DIR/manifest.json
    python cli.py import PROJECT FILE --as facilities --crs GCJ-02 --out DIR [--apply]
    python cli.py export PROJECT --out DIR [--format shp,xlsx] [--datum gcj02]

Every command prints what it did in a few lines of Chinese and exits 0. A mistake in the input
or the settings is one sentence on standard error and exit code 2; a bug is a traceback and 1.
"""

from __future__ import annotations

import contextlib
import gc
import sys
from pathlib import Path  # noqa: TC003 - Typer reads the annotations
from typing import TYPE_CHECKING, Annotated, Final

import typer

from coverage.errors import InputError, OutputError, PlannerError
from layers.columns.synonyms import LAYER_TITLES
from layers.formats.outline import ReadingOptions
from layers.intake import (
    Draft,
    adopt,
    checked_raster,
    ground_of,
    is_raster,
    source_label,
)
from layers.loading import load
from layers.paths import usable_path
from layers.project import chosen_modes, chosen_standards, load_project
from layers.sources import outline
from layers.standards import load_kinds, load_modes, load_standards
from reports.command_lines import fault_text, visible
from reports.commands.assess_job import AssessRequest, run_assess
from reports.commands.export_job import ExportRequest, run_export
from reports.commands.report_command import replay, report
from reports.commands.site_command import site
from reports.commands.targets_job import TargetsRequest, run_targets
from reports.files import check_output_folder, output_set
from reports.input_files import spare_inputs
from reports.intake_results import (
    found_lines,
    intake_files,
    outline_lines,
    write_intake,
)
from reports.intake_told import checked_table, pairs
from reports.layer_export import chosen_words
from reports.layer_files import DATUM_CHOICES
from reports.progress_bar import progress_bar
from reports.templates import TEMPLATES, template_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from coverage.standards import FacilityKind
    from layers.intake import Ground
    from layers.loading import Loaded
    from layers.project import Project

MISTAKE: Final = 2
"""Exit code where the planner can put it right."""

INTERRUPTED: Final = 130
"""Exit code that Typer, like a shell, gives after Ctrl-C."""

TriedScenario = Annotated[
    str, typer.Option(metavar="FILE_OR_ID", help="按这个情景试算：项目里的情景代码，或情景文件")
]

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
        fault = fault_text(error)
        _complain(f"命令写得不对：{' '.join(words)}{fault}。请运行 python cli.py --help 查看用法。")
    else:
        if code == INTERRUPTED:
            _complain("已停止，没有写出结果。")
        return int(code)
    return MISTAKE


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
    scenario: TriedScenario = "",
) -> None:
    """评估一个项目：每个标准覆盖了多少人、多少村，缺口在哪里。"""
    request = AssessRequest(road_changes=road_changes, scenario=scenario)
    chosen = _opened(project, out)
    with progress_bar() as step:
        done = run_assess(chosen, request, out=out, step=step)
    for line in (*done.lines, done.written(out)):
        _print(line)


@app.command()
def targets(
    project: Annotated[
        Path, typer.Argument(metavar="PROJECT", help="项目文件夹（内有 project.toml）或项目文件")
    ],
    *,
    out: Annotated[Path, typer.Option(metavar="DIR", help="结果写到这个文件夹")],
    year: Annotated[int, typer.Option(metavar="YEAR", min=1949, max=2100, help="核算年份")],
    plan: Annotated[
        list[str] | None,
        typer.Option(metavar="PLAN", help="规划代号，如 jinan-2022；可写多次，不写则按指标设定"),
    ] = None,
    interpolate: Annotated[
        bool, typer.Option("--interpolate", help="两个目标年之间的年份按直线插值")
    ] = False,
    scenario: TriedScenario = "",
) -> None:
    """核算规划指标：现值、目标、结论和缺口，哪些村、设施、单元没有达标。"""
    request = TargetsRequest(
        year=year, plans=tuple(plan or ()), interpolate=interpolate, scenario=scenario
    )
    chosen = _opened(project, out)
    with progress_bar() as step:
        done = run_targets(chosen, request, out=out, step=step)
    for line in (*done.lines, done.written(out)):
        _print(line)


app.command()(site)
app.command()(report)
app.command()(replay)


@app.command()
def export(
    project: Annotated[
        Path, typer.Argument(metavar="PROJECT", help="项目文件夹（内有 project.toml）或项目文件")
    ],
    *,
    out: Annotated[Path, typer.Option(metavar="DIR", help="文件写到这个文件夹")],
    layers: Annotated[
        str, typer.Option(metavar="LAYERS", help="facilities,demand,zones；不写则全部")
    ] = "",
    formats: Annotated[
        str, typer.Option("--format", metavar="F", help="shp,gpkg,geojson,kml,dxf,xlsx 可写几样")
    ] = "gpkg",
    datum: Annotated[
        str, typer.Option(metavar="DATUM", help=f"坐标系：{'、'.join(DATUM_CHOICES)}")
    ] = "wgs84",
) -> None:
    """导出检查过的图层：Shapefile、GeoPackage、GeoJSON、KML、DXF、Excel，坐标系可选。"""
    which, what = chosen_words(layers, formats, datum=datum)
    request = ExportRequest(layers=tuple(which), formats=tuple(what), datum=datum)
    chosen = _opened(project, out)
    with progress_bar() as step:
        done = run_export(chosen, request, out=out, step=step)
    for line in done.lines:
        _print(line)


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
    spare_inputs(chosen, out, intake_files(layer))
    source = usable_path(file, title="数据文件", error=InputError)
    declared = Draft(
        layer=layer,
        file=source,
        name=source.name,
        options=ReadingOptions(part=part, header_row=header_row, encoding=encoding),
        columns=pairs(column or []),
        crs=crs,
        kind=kind,
        recognise_kinds=recognise_kinds,
        place_by_name=place_by_name,
    )
    with progress_bar() as step:
        step(0, 0, "读取文件")
        seen = outline(source)
        for line in outline_lines(seen):
            _print(line)
        if is_raster(declared):
            draft, found = declared, checked_raster(declared, _ground(chosen, kinds))
        else:

            def ground() -> Ground:
                step(0, 0, "读取项目、判断坐标系、检查")
                return _ground(chosen, kinds)

            draft, found, doubts = checked_table(
                chosen, declared, kinds=kinds, read_ground=ground, say=_print
            )
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


def _opened(project: Path, out: Path) -> Project:
    """The project, once it is known that results can be written."""
    chosen = load_project(project)
    usable_path(out, title="输出文件夹", error=OutputError)
    check_output_folder(out)
    return chosen


def _write_templates(out: Path, kinds: Mapping[str, FacilityKind]) -> None:
    with output_set(out) as staging:
        for one in TEMPLATES:
            content = template_bytes(one.template_id, kinds=kinds)
            (staging / f"{one.title}填报表.xlsx").write_bytes(content)
    names = "、".join(f"{one.title}填报表.xlsx" for one in TEMPLATES)
    _print(f"空白填报表写到「{out}」：{names}")


def _ground(project: Project, kinds: Mapping[str, FacilityKind]) -> Ground:
    return ground_of(_loaded(project, kinds).layers, project=project, kinds=kinds)


def _loaded(project: Project, kinds: Mapping[str, FacilityKind]) -> Loaded:
    modes = chosen_modes(project, load_modes())
    standards = chosen_standards(project, load_standards())
    return load(project, standards=standards, modes=modes, kinds=kinds)


def _print(line: str) -> None:
    typer.echo(visible(line))


def _complain(sentence: str) -> None:
    typer.echo(visible(sentence), err=True)


if __name__ == "__main__":
    # One command builds millions of small objects and ends: looking for cycles among them at
    # every few hundred, as Python does by default, takes a tenth of the time for nothing.
    gc.set_threshold(100_000, 50, 100)
    sys.exit(main())

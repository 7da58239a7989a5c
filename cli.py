"""
Command face of QuanTu: the jobs of the app without a browser.

    python cli.py assess PROJECT --out DIR

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
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from coverage.assessment import assess as measure
from coverage.changes.road_trial import on_changed_roads
from coverage.errors import OutputError, PlannerError
from layers.loading import load_layers
from layers.paths import usable_path
from layers.project import chosen_modes, chosen_standards, chosen_uncertainty, load_project
from layers.road_changes import read_road_changes
from layers.source_cards import credits_of, read_source_cards
from layers.standards import load_kinds, load_modes, load_standards
from reports.figures import band_text, share_text
from reports.files import check_output_folder
from reports.manifest import build_manifest
from reports.results import FILE_NAMES, summary, write_assessment
from reports.webmap import web_map_html

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from coverage.studies.study import Assessment
    from layers.project import Project

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
    _spare_inputs(chosen, out)
    kinds, modes = load_kinds(), chosen_modes(chosen, load_modes())
    standards = chosen_standards(chosen, load_standards())
    with _progress() as step:
        step(0, 0, "读取数据")
        layers = load_layers(chosen, standards=standards, modes=modes, kinds=kinds)
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
        )
    for line in lines:
        _print(line)
    _print(f"结果写到「{out}」：{'、'.join(file.name for file in files)}")


def _spare_inputs(project: Project, out: Path) -> None:
    folder = out.resolve()
    taken = [file for file in project.input_files() if file in {folder / n for n in FILE_NAMES}]
    if taken:
        msg = f"结果会盖掉项目的数据文件「{taken[0].name}」，请用 --out 换一个输出文件夹。"
        raise OutputError(msg)


def report_lines(assessment: Assessment) -> list[str]:
    """
    What an assessment found, a line per standard, reading and notice.

    Parameters
    ----------
    assessment
        What `coverage.assessment.assess` gave.

    Returns
    -------
    lines
        Chinese, without line ends.
    """
    content = summary(assessment)
    counts = content["counts"]
    what = f"{counts['zones']} 个行政单元、{counts['demand_out']} 个需求点、"
    what += f"{counts['facilities_out']} 处设施、{counts['road_edges']} 段道路"
    lines = [f"项目「{content['project']}」：{what}"]
    if content["label"]:
        lines.append(f"数据说明：{content['label']}")
    lines += [_reading_line(reading) for reading in content["readings"]]
    return lines + [f"注意：{notice['message']}" for notice in content["notices"]]


def _reading_line(reading: dict) -> str:
    people = "人口为 0" if reading["population"] == 0 else "人口未知"
    if reading["covered"] is None and reading["population"]:
        people = "没有计入的设施数据，未核算"
    if reading["share"] is not None:
        share = share_text(reading["share"], target=reading["target"])
        band = band_text(reading["share_low"], reading["share_high"], target=reading["target"])
        told = f"，误差范围 {band}" if band else ""
        target = f"目标 {reading['target']:.0%}"
        people = f"覆盖 {reading['covered']:,.0f} 人，占 {share}（{target}{told}）"
    villages = f"覆盖 {reading['villages_covered']}/{reading['villages']} 个村（社区）"
    return f"{reading['standard_name']}·{reading['reading_name']}：{people}；{villages}"


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

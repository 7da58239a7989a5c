"""The commands `report` and `replay` as they are typed."""

from __future__ import annotations

from collections import Counter
from pathlib import Path  # noqa: TC003 - Typer reads the annotations
from typing import TYPE_CHECKING, Annotated, Final

import typer

from coverage.errors import InputError, OutputError
from coverage.studies.siting_question import COUNTED, MODELS
from layers.paths import usable_path
from layers.project import load_project
from reports.assessment_lines import report_lines
from reports.command_lines import visible
from reports.files import check_output_folder
from reports.manifest_shapes import MANIFEST_FILE
from reports.progress_bar import progress_bar
from reports.report_content import ReportRequest, SitingRequest
from reports.report_making import IN_REPORTS, report_content
from reports.report_parts import PARTS, chosen_parts
from reports.siting_lines import siting_lines
from reports.standing_files import spare_others
from reports.target_lines import target_lines

if TYPE_CHECKING:
    from reports.report_content import ReportContent

USUAL_MODEL: Final = "maximal_covering"
"""Where a number of sites is written and no model."""

DIFFERENT: Final = 2
"""Exit code where a replay gives other numbers, or the result was changed since."""


def report(  # noqa: PLR0913 - one argument per thing that a planner says
    project: Annotated[
        Path, typer.Argument(metavar="PROJECT", help="项目文件夹（内有 project.toml）或项目文件")
    ],
    *,
    out: Annotated[Path, typer.Option(metavar="DIR", help="成果写到这个文件夹")],
    plan: Annotated[
        list[str] | None,
        typer.Option(metavar="PLAN", help="规划代号，如 jinan-2022；可写多次，不写则按指标设定"),
    ] = None,
    year: Annotated[
        int | None,
        typer.Option(metavar="YEAR", min=1949, max=2100, help="核算年份；不写则不核算指标"),
    ] = None,
    interpolate: Annotated[
        bool, typer.Option("--interpolate", help="两个目标年之间的年份按直线插值")
    ] = False,
    scenario: Annotated[
        str, typer.Option(metavar="FILE_OR_ID", help="与现状对比的情景：情景代码，或情景文件")
    ] = "",
    model: Annotated[
        str, typer.Option(metavar="MODEL", help=f"附选址方案，模型可写 {'、'.join(IN_REPORTS)}")
    ] = "",
    sites: Annotated[
        int | None, typer.Option(metavar="N", help="附选址方案，新建几处；不写模型则覆盖最多的人")
    ] = None,
    standard: Annotated[
        str, typer.Option(metavar="ID", help="选址按哪个标准；不写则为项目的第一个")
    ] = "",
    seed: Annotated[
        int | None, typer.Option(metavar="N", min=0, help="选址的随机种子；不写则为 0")
    ] = None,
    only: Annotated[
        str, typer.Option(metavar="PARTS", help=f"只写其中几样：{','.join(PARTS)}")
    ] = "",
) -> None:
    """写出整套成果：地图、Word、Excel、GIS 文件、网页地图、幻灯片和结果表，附清单可重算。"""
    # What draws and what writes documents takes a second to load; other commands need not wait.
    from reports.report_folder import write_report  # noqa: PLC0415

    parts = chosen_parts(only)
    if interpolate and year is None:
        msg = "写了 --interpolate，还要用 --year 写明核算年份，如 --year 2025。请补上后重试。"
        raise InputError(msg)
    siting = _siting(model, sites=sites, standard=standard, seed=seed)
    chosen = load_project(project)
    usable_path(out, title="输出文件夹", error=OutputError)
    check_output_folder(out)
    spare_others(out, [MANIFEST_FILE])
    request = ReportRequest(
        plans=tuple(plan or ()), year=year, interpolate=interpolate, scenario=scenario,
        siting=siting,
    )  # fmt: skip
    with progress_bar() as step:
        content = report_content(
            chosen,
            request,
            with_service_areas="gis" in parts,
            with_template="word" in parts,
            progress=step,
        )
        lines = _lines(content)
        written = write_report(content, out=out, only=parts, progress=step)
    if written.removed:
        lines.append(f"上次成果里这次没有的文件已删去：{'、'.join(written.removed)}")
    lines += written.lines
    by_ending = Counter(file.suffix.lstrip(".") for file in written.files)
    counts = "、".join(f"{ending} {count} 个" for ending, count in sorted(by_ending.items()))
    count = len(written.files)
    lines.append(f"成果写到「{out}」，{count} 个文件：{counts}；逐个列在 manifest.json")
    for line in lines:
        typer.echo(visible(line))


def replay(
    manifest: Annotated[
        Path, typer.Argument(metavar="MANIFEST", help="成果的 manifest.json，或它的文件夹")
    ],
    *,
    project: Annotated[
        Path | None,
        typer.Option(metavar="PROJECT", help="项目文件夹；不写则按清单里的位置找"),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="重算的成果留在这个文件夹；不写则不留")
    ] = None,
) -> None:
    """照清单重算 assess、targets、site、export 或 report 的成果，核对数据和结果表没有变。"""
    from reports.replay import replay as replay_manifest  # noqa: PLC0415 - as above
    from reports.replay import replay_lines  # noqa: PLC0415

    if out is not None:
        usable_path(out, title="输出文件夹", error=OutputError)
        check_output_folder(out)
    with progress_bar() as step:
        found = replay_manifest(manifest, project=project, out=out, progress=step)
    for line in replay_lines(found):
        typer.echo(visible(line))
    if found.files:
        typer.echo(visible(f"重算的成果写到「{out}」，{len(found.files)} 个文件"))
    if not found.is_same:
        raise typer.Exit(DIFFERENT)


def _siting(
    model: str, *, sites: int | None, standard: str, seed: int | None
) -> SitingRequest | None:
    """The siting question; None where none is asked."""
    if not model and sites is None:
        if standard or seed is not None:
            word = "--standard" if standard else "--seed"
            msg = f"{word} 只用于选址，还要用 --sites 写明新建几处，或用 --model 写明选址模型。"
            raise InputError(msg)
        return None
    if sites is not None and sites < 1:
        msg = f"--sites 应为不小于 1 的整数，现为 {sites}。请改正命令。"
        raise InputError(msg)
    if sites is not None and model in IN_REPORTS and model not in COUNTED:
        msg = f"模型「{MODELS[model]}」自己求出处数，写了 --sites 也不起作用。请去掉 --sites。"
        raise InputError(msg)
    return SitingRequest(model=model or USUAL_MODEL, standard=standard, sites=sites, seed=seed or 0)


def _lines(content: ReportContent) -> list[str]:
    """What the report says, in the words of the commands that say it one by one."""
    lines = report_lines(content.assessment)
    if content.judged is not None and content.year is not None:
        lines += target_lines(content.judged.values, plans=content.plans, year=content.year)
    for answer in content.siting:
        lines += siting_lines(answer, curve=None)
    return lines

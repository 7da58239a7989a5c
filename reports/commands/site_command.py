"""The command `site` as it is typed: its words become a request, its answer lines."""

from __future__ import annotations

import math
from pathlib import Path  # noqa: TC003 - Typer reads the annotations
from typing import TYPE_CHECKING, Annotated, cast

import typer

from coverage.errors import InputError, OutputError
from coverage.studies.study_sites import MODELS, SiteAmounts, SitingQuestion
from layers.paths import usable_path
from layers.project import load_project
from reports.command_lines import visible
from reports.commands.site_job import SOURCES, SiteRequest, run_site
from reports.commands.site_words import check_finite, curve_counts, ids_of, years_of
from reports.files import check_output_folder
from reports.progress_bar import progress_bar

if TYPE_CHECKING:
    from coverage.studies.siting_matrix import Role
    from coverage.studies.study_sites import Existing, Model

_MODELS_HELP = "选址模型：" + "；".join(f"{name} {title}" for name, title in MODELS.items())


def site(  # noqa: PLR0913 - one argument per thing that a planner says
    project: Annotated[
        Path, typer.Argument(metavar="PROJECT", help="项目文件夹（内有 project.toml）或项目文件")
    ],
    *,
    out: Annotated[Path, typer.Option(metavar="DIR", help="结果写到这个文件夹")],
    model: Annotated[str, typer.Option(metavar="MODEL", help=_MODELS_HELP)] = "maximal_covering",
    standard: Annotated[
        str, typer.Option(metavar="ID", help="按哪个标准；不写则为项目的第一个")
    ] = "",
    reading: Annotated[str, typer.Option(metavar="ID", help="按哪种口径；不写则为主口径")] = "",
    sites: Annotated[
        int | None,
        typer.Option(metavar="N", help="设施个数：现有保留时为新建个数，否则为新旧合计"),
    ] = None,
    existing: Annotated[
        str,
        typer.Option(metavar="HOW", help="现有设施：locked 保留、closable 可撤并、ignored 不计"),
    ] = "locked",
    share: Annotated[float, typer.Option(metavar="S", help="要达到的覆盖率，0.95 表示 95%")] = 1.0,
    curve: Annotated[str, typer.Option(metavar="A-B", help="另求个数与覆盖率的曲线，如 1-20")] = "",
    candidates: Annotated[
        str,
        typer.Option(
            metavar="LIST",
            help=f"候选点来源：{'、'.join(SOURCES)}；不写则按项目的 [siting]，没有则为各村",
        ),
    ] = "",
    scenario: Annotated[
        str, typer.Option(metavar="FILE_OR_ID", help="在这个情景上选址：情景代码，或情景文件")
    ] = "",
    stations: Annotated[
        bool, typer.Option("--stations", help="急救车两段的口径：选的是急救站，不是医院")
    ] = False,
    within: Annotated[
        float | None,
        typer.Option(metavar="X", help="多远以内的地点才考虑，分钟或公里；不写则按模型"),
    ] = None,
    also: Annotated[
        str, typer.Option(metavar="LIST", help="standards_covering 兼顾的其他标准")
    ] = "",
    times: Annotated[int, typer.Option(metavar="K", help="backup_covering 每村要有几处")] = 2,
    close: Annotated[
        int | None, typer.Option(metavar="N", help="closing 撤几处；不写则撤到不减少覆盖为止")
    ] = None,
    years: Annotated[
        str, typer.Option(metavar="Y:N", help="building_order 各年底的个数，如 2025:2,2030:5")
    ] = "",
    upgrade: Annotated[
        str, typer.Option(metavar="A:B", help="upgrade 由哪类升为哪类；不写则一般村卫生室升中心")
    ] = "",
    capacity: Annotated[
        float | None, typer.Option(metavar="N", help="每处新设施能服务的人数")
    ] = None,
    opening_cost: Annotated[
        float | None,
        typer.Option(metavar="X", help="新建一处抵得上多少路程，人·分钟或人·公里"),
    ] = None,
    budget: Annotated[float | None, typer.Option(metavar="W", help="预算，万元")] = None,
    site_cost: Annotated[float | None, typer.Option(metavar="W", help="每处造价，万元")] = None,
    bed_cost: Annotated[float | None, typer.Option(metavar="W", help="每张床造价，万元")] = None,
    beds: Annotated[float | None, typer.Option(metavar="N", help="每处新设施最多几张床")] = None,
    persons_per_bed: Annotated[
        float | None, typer.Option(metavar="N", help="每张床服务几人；不写则按项目的 [[capacity]]")
    ] = None,
    time_limit: Annotated[
        float, typer.Option(metavar="S", help="求解时限，秒；到时给出目前最好的方案")
    ] = 60.0,
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="随机种子")] = 0,
    ties: Annotated[
        int, typer.Option(metavar="N", min=0, max=100, help="最多列出几组同优的方案")
    ] = 5,
) -> None:
    """选址：新设施放在哪里、几处够用、每处添多少人，附最优证明。"""
    if model not in MODELS:
        msg = f"没有「{model}」这个模型，可用的有 {'、'.join(MODELS)}。"
        raise InputError(msg)
    amounts = {
        "capacity": capacity, "opening-cost": opening_cost, "budget": budget,
        "site-cost": site_cost, "bed-cost": bed_cost, "beds": beds,
        "persons-per-bed": persons_per_bed, "within": within, "share": share,
    }  # fmt: skip
    # No limit of time is an answer; no end of money is not.
    check_finite(amounts if time_limit == math.inf else {**amounts, "time-limit": time_limit})
    request = SiteRequest(
        question=SitingQuestion(
            model=cast("Model", model),
            sites=sites,
            existing=cast("Existing", existing),
            share=share,
            times=times,
            close=close,
            years=years_of(years),
            amounts=SiteAmounts(
                persons=capacity,
                opening_cost=opening_cost,
                budget=budget,
                site_cost=site_cost,
                bed_cost=bed_cost,
                beds=beds,
                persons_per_bed=persons_per_bed,
            ),
        ),
        standard=standard,
        reading=reading,
        also=ids_of(also),
        role=cast("Role", "stations" if stations else "facilities"),
        upgrade=upgrade,
        candidates=ids_of(candidates),
        within=within,
        curve=curve_counts(curve),
        scenario=scenario,
        time_limit_s=time_limit,
        seed=seed,
        ties=ties,
    )
    chosen = load_project(project)
    usable_path(out, title="输出文件夹", error=OutputError)
    check_output_folder(out)
    with progress_bar() as step:
        done = run_site(chosen, request, out=out, step=step)
    for line in (*done.lines, done.written(out)):
        typer.echo(visible(line))

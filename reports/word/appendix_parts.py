"""Appendices: sources, settings, and hashes of the files that everything came from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coverage.scenario import AMOUNT_COLUMNS
from reports.figures import share_text
from reports.manifest import build_manifest
from reports.place_words import group_name
from reports.word.blocks import Block, Table, file_names, texts, word_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reports.report_content import ReportContent


def source_blocks(content: ReportContent, _: Mapping[str, bytes]) -> list[Block]:
    """数据来源: what the card of each file says."""
    rows = tuple(
        (word_text(card.file), word_text("；".join(card.facts).replace("`", "")) or "没有来源卡")
        for card in content.cards
    )
    if not rows:
        return []
    credited = "；".join(content.credits)
    return [
        *texts(f"署名：{credited}。" if credited else ""),
        Table("数据文件的来源", ("文件", "来源、许可和局限"), rows, (46, 110), "ll"),
    ]


def setting_blocks(content: ReportContent, _: Mapping[str, bytes]) -> list[Block]:
    """参数设置: standards and readings, speeds, error band."""
    rows = [
        (
            standard.name,
            group_name(standard, content.assessment.demand),
            reading.name,
            reading.cutoff_text,
            _mode(content, standard.mode_of(reading)),
            share_text(standard.target),
        )
        for standard in content.assessment.standards
        for reading in standard.readings
    ]
    blocks: list[Block] = [
        Table(
            "标准和口径", ("标准", "考核人群", "口径", "阈值（含）", "出行方式", "目标"),
            tuple(rows), (38, 26, 36, 18, 22, 16), "lllrlr",
        )
    ]  # fmt: skip
    speeds = _speed_rows(content)
    if speeds:
        blocks.append(
            Table(
                "出行方式", ("出行方式", "速度（公里/小时）", "接驳段（公里/小时）", "来源"),
                speeds, (24, 34, 30, 68), "lrrl",
            )
        )  # fmt: skip
    band = content.assessment.uncertainty
    rules = content.assessment.layers.capacity_rules
    return [
        *blocks,
        *texts(
            f"误差范围：车速上下浮动 {band.speed_share * 100:g}%；接驳段超过 "
            f"{band.thin_road_m:g} 米算路网稀疏，绕行系数 {band.detour:g}；离路超过 "
            f"{band.far_from_road_m:g} 米列入接路检查。",
            *(
                f"规模的折算：“{_title(rule.column)}”每 1 计服务 {rule.persons_per_unit:g} 人"
                f"（{word_text(rule.source)}）。"
                for rule in rules
            ),
        ),
    ]


def hash_blocks(content: ReportContent, _: Mapping[str, bytes]) -> list[Block]:
    """文件校验: SHA-256 of every input, as in the manifest."""
    if not content.inputs:
        return []
    listed = build_manifest(
        content.inputs,
        project_folder=content.project.folder,
        project_settings={},
        standards=(),
        modes=content.modes,
    )["inputs"]
    names = file_names(one["file"] for one in listed)
    rows = tuple((names[one["file"]], one["sha256"]) for one in listed)
    return [
        Table("输入文件的校验值（SHA-256）", ("文件", "SHA-256"), rows, (46, 110), "ll"),
    ]


def _title(column: str) -> str:
    known = AMOUNT_COLUMNS.get(column)
    return known.title if known is not None else column


def _mode(content: ReportContent, mode_id: str) -> str:
    mode = content.modes.get(mode_id)
    return mode.name if mode is not None else word_text(mode_id)


def _speed_rows(content: ReportContent) -> tuple[tuple[str, ...], ...]:
    used: dict[str, None] = {}
    for standard in content.assessment.standards:
        for reading in standard.readings:
            mode = content.modes.get(standard.mode_of(reading))
            if mode is not None:
                used |= dict.fromkeys(mode.faster_of or (mode.mode_id,))
    rows = []
    for mode_id in used:
        mode = content.modes.get(mode_id)
        if mode is None or not mode.speed_kph:
            continue
        slow, fast = min(mode.speed_kph.values()), max(mode.speed_kph.values())
        speed = f"{slow:g}" if slow == fast else f"{slow:g}～{fast:g}"
        source = mode.change_source or mode.source
        rows.append((mode.name, speed, f"{mode.access_speed_kph:g}", word_text(source)))
    return tuple(rows)

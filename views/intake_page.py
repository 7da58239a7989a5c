"""Importing a file: what it is, which column is which, the datum, the check, into the project."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import streamlit as st

from layers.columns.mapping import PLACING
from layers.coordinates import crs_name
from layers.intake import checked, checked_raster, draft_problems, is_datum_open, is_raster
from layers.rasters import BLOCK_M
from views import state
from views.cache import bare_ground_map, ground_of_project
from views.data_sections import go_to
from views.datum_step import around_project, datum_step, declared_line
from views.intake_adopting import adopted, likely_choice, list_choices
from views.intake_map import rows_map
from views.intake_preview import preview
from views.intake_state import LAYER_NAMES, declared, drop, intake_of, keep
from views.intake_steps import columns_step, file_step, kind_step
from views.ledger_table import problem_list_button, show_findings, sums_html
from views.live_map import MapSettings, live_map
from views.plain_text import MESSAGE_LIMIT, escaped, plain
from views.problems import told_to_the_planner

if TYPE_CHECKING:
    from pathlib import Path

    from reports.map_description import ReadingMap
    from views.cache import Opened
    from views.intake_state import Intake

SLOT: Final = "import"
LAYER_KEY: Final = "intake-layer"

MAP_HEIGHT_PX: Final = 400
PREVIEW_IN_SIGHT: Final = 9

LEVELS: Final = {
    "": "不写明",
    "county": "县（市、区）",
    "township": "乡镇（街道）",
    "village": "村（社区）",
}


def show_import(opened: Opened, *, static_folder: Path, examples: Path) -> None:
    """
    All steps, each shown once the one before is done.

    Parameters
    ----------
    opened
        The project that the file is to go into, as it is.
    static_folder
        The folder that Streamlit serves.
    examples
        Folder of the shipped examples, whose files are not written.
    """
    st.html("<h3>一、选文件</h3>")
    there = intake_of(st.session_state, SLOT)
    layer = st.segmented_control(
        "这份文件是",
        list(LAYER_NAMES),
        format_func=LAYER_NAMES.get,
        default=there.layer if there is not None else "facilities",
        key=LAYER_KEY,
        required=True,
        label_visibility="collapsed",
    )
    intake = file_step(SLOT, layer, opened.kinds)
    if intake is None:
        return
    if intake.draft is not None and is_raster(intake.draft):
        _raster_steps(intake, opened, static_folder, examples)
        return
    st.html("<h3>二、对应列</h3>")
    left, right = st.columns([1.45, 1], gap="medium")
    with right:
        preview(intake, rows=PREVIEW_IN_SIGHT)
    with left:
        intake = columns_step(SLOT, intake)
        if layer == "facilities":
            st.html("<b>设施类别怎样定</b>")
            intake = kind_step(SLOT, intake, opened.kinds)
        intake = _more_declarations(intake)
    if not _place_step(intake, opened, static_folder):
        return
    intake = intake_of(st.session_state, SLOT) or intake
    if not _check_step(intake, opened, static_folder):
        return
    _adopt_step(intake_of(st.session_state, SLOT) or intake, opened, examples)


def _raster_steps(intake: Intake, opened: Opened, static_folder: Path, examples: Path) -> None:
    """A raster of people has neither columns nor a datum to declare: it is checked and taken up."""
    st.html(
        '<div class="qt-faint">人口栅格：坐标系取自文件；像元按中心归入行政单元，'
        f"合并成边长约 {BLOCK_M:.0f} 米的需求点。只有总人口，没有老人、婴幼儿等分组人口。</div>"
    )
    if _check_step(intake, opened, static_folder):
        _adopt_step(intake_of(st.session_state, SLOT) or intake, opened, examples)


def _more_declarations(intake: Intake) -> Intake:
    """Level of zones; placing rows without coordinates by name."""
    draft = intake.draft
    assert draft is not None  # noqa: S101 - columns were declared before
    if draft.is_zone_people:
        return intake
    if intake.layer == "zones":
        level = st.selectbox(
            "级别", list(LEVELS), format_func=LEVELS.get, key=f"level-{intake.version}",
            index=list(LEVELS).index(draft.level) if draft.level in LEVELS else 0,
            filter_mode=None,
        )  # fmt: skip
        return keep(st.session_state, SLOT, declared(intake, level=level))
    if draft.pair is None and any(name in draft.columns for name in PLACING):
        by_name = st.checkbox(
            "没有坐标的行，按地址、村名或乡镇名落到村（乡镇），标“村级近似”",
            value=draft.place_by_name,
            key=f"by-name-{intake.version}",
        )
        return keep(st.session_state, SLOT, declared(intake, place_by_name=by_name))
    return keep(st.session_state, SLOT, declared(intake, place_by_name=False))


def _place_step(intake: Intake, opened: Opened, static_folder: Path) -> bool:
    """The datum; whether the check may follow."""
    table, draft = intake.table, intake.draft
    assert table is not None  # noqa: S101 - columns were declared before
    assert draft is not None  # noqa: S101 - columns were declared before
    title = "三、对应行政单元" if draft.is_zone_people else "三、坐标系"
    # What is wrong with the columns is told before anybody looks at a map.
    wrong = draft_problems(table, replace(draft, crs=draft.crs or "WGS84"), kinds=opened.kinds)
    if wrong:
        st.html(f"<h3>{title}</h3>")
        for sentence in wrong:
            st.warning(plain(sentence, limit=MESSAGE_LIMIT))
        return False
    st.html(f"<h3>{title}</h3>")
    if draft.crs:
        declared_line(SLOT, intake)
        return True
    if not is_datum_open(table, draft) and not st.session_state.get(_again_key(intake)):
        if draft.is_zone_people:
            st.html("<div>这张表没有图形：按代码、名称对应到项目现有的行政边界。</div>")
        elif draft.pair is not None or table.geometry is not None:
            _own_line(intake)
        else:
            st.html("<div>没有坐标，不用选坐标系。</div>")
        return True
    with told_to_the_planner():
        datum_step(SLOT, intake, around_project(opened), static_folder=static_folder)
    return False


def _again_key(intake: Intake) -> str:
    return f"declare-{intake.version}"


def _own_line(intake: Intake) -> None:
    """What the file declares itself, and the way to say otherwise: exports of web maps lie."""
    geometry = intake.table.geometry if intake.table is not None else None
    crs = crs_name(geometry.crs) if geometry is not None and geometry.crs is not None else ""
    told, button = st.columns([5, 1], vertical_alignment="center")
    told.html(f"<div>文件自带坐标系 <b>{escaped(crs)}</b>，按它读取。</div>")
    button.button(
        "不对，另选", key="declare-anyway", width="stretch",
        on_click=st.session_state.__setitem__, args=(_again_key(intake), True),
    )  # fmt: skip


def _check_step(intake: Intake, opened: Opened, static_folder: Path) -> bool:
    """The check, worked out once for each declaration; whether there is a result."""
    assert intake.draft is not None  # noqa: S101 - columns were declared before
    of_raster = is_raster(intake.draft)
    st.html(f"<h3>{'二' if of_raster else '四'}、检查结果</h3>")
    result = intake.result
    if result is None:
        with told_to_the_planner(), st.spinner("正在逐行检查…"):
            ground = ground_of_project(opened)
            if of_raster:
                result = checked_raster(intake.draft, ground)
            else:
                assert intake.table is not None  # noqa: S101 - columns were declared before
                result = checked(intake.table, intake.draft, ground)
            intake = keep(st.session_state, SLOT, intake.with_result(result))
    if result is None:
        return False
    (file,) = result.ledger.rows_read
    left, right = st.columns([4, 1], vertical_alignment="center")
    unit = "个需求点" if of_raster else "行"
    left.html(sums_html(result.ledger, file, unit=unit))
    with right:
        problem_list_button(result.ledger, label="", key="intake-list")
    table, ground_side = st.columns([1.5, 1], gap="small")
    with table:
        show_findings(result.ledger, key=f"intake-{intake.version}", files=[file], height_rows=9)
        for notice in result.notices:
            st.html(f'<div class="qt-faint">{escaped(notice.message, limit=MESSAGE_LIMIT)}</div>')
    with ground_side, told_to_the_planner():
        drawn, left_out = _rows_drawn(intake)
        live_map(
            bare_ground_map(opened), drawn, key="rows-map",
            settings=MapSettings(static_folder, MAP_HEIGHT_PX),
        )  # fmt: skip
        if left_out:
            said = f"另有 {left_out:,} {'点' if of_raster else '行'}没有画出。"
            st.html(f'<div class="qt-faint">{said}</div>')
    return True


def _rows_drawn(intake: Intake) -> tuple[ReadingMap, int]:
    """The map of the rows, described once for each result."""
    result = intake.result
    assert result is not None  # noqa: S101 - just checked
    kept = st.session_state.get("intake-rows-map")
    if kept is None or kept[0] is not result:
        kept = (result, *rows_map(result.rows, result.ledger.findings))
        st.session_state["intake-rows-map"] = kept
    return kept[1], kept[2]


def _adopt_step(intake: Intake, opened: Opened, examples: Path) -> None:
    """Into the project; the shipped examples are not written."""
    draft = intake.draft
    assert draft is not None  # noqa: S101 - it was checked
    st.html(f"<h3>{'三' if is_raster(draft) else '五'}、写入项目</h3>")
    if opened.project.file.is_relative_to(examples):
        st.info(
            "自带示例不改动。要用自己的数据：到本页的“新建项目”建一个自己的项目，"
            "或在右上方打开已有的项目文件夹，再导入。"
        )
        return
    choices = list_choices(opened.project, draft.layer, is_of_people=draft.is_zone_people)
    choice, button = st.columns([3, 1], vertical_alignment="bottom")
    place = choice.selectbox(
        "写到哪里",
        list(choices),
        index=list(choices).index(likely_choice(opened.project, draft)),
        format_func=choices.get,
        key=f"place-{draft.layer}-{intake.name}",
        label_visibility="collapsed",
        filter_mode=None,
    )
    if button.button("写入项目", type="primary", width="stretch", key="adopt"):
        with told_to_the_planner(), st.spinner("正在写入并重新计算…"):
            adopted(opened.project, draft, replaces=None if place < 0 else place)
            told = (
                f"已把「{intake.name}」写入项目：文件存入项目的 sources 文件夹，"
                "对应关系写入 project.toml。其他页面已按新数据计算。"
            )
            go_to(st.session_state, "have", told=told)
            drop(st.session_state, SLOT)
            state.close(st.session_state)
            st.rerun()

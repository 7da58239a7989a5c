"""A new project of the planner's own: folder, boundaries, roads, villages, facilities."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import streamlit as st

from coverage.errors import PlannerError, ProjectError
from layers.columns.mapping import check_mapping
from layers.intake import draft_problems, has_points, is_datum_open, is_raster, new_project
from layers.standards import load_standards
from reports.safe_text import plain_text
from views import state
from views.cache import open_project
from views.data_sections import go_to
from views.datum_step import Around, datum_step, declared_line
from views.intake_datums import DATUMS
from views.intake_ground import ground_of_new_project
from views.intake_state import declared, drop, intake_of, keep
from views.intake_steps import columns_step, file_step, kind_step
from views.intake_upload import PrivateFolder, safe_name
from views.plain_text import MESSAGE_LIMIT, escaped, plain
from views.problems import told_to_the_planner
from views.project_picker import open_next, typed_path

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from coverage.standards import FacilityKind
    from layers.columns.synonyms import Layer
    from layers.intake import Draft
    from views.intake_state import Intake

ZONES_SLOT: Final = "new-zones"
DEMAND_SLOT: Final = "new-demand"
FACILITIES_SLOT: Final = "new-facilities"

LISTS_KEY: Final = "new-lists"
"""Numbers of the lists of facilities on the page; a number is never given twice."""

ROADS_TYPES: Final = ("pbf", "graphml")
MOST_ROADS_MB: Final = 500

USUAL_STANDARDS: Final = ("health_circle_15", "fitness_circle_15", "rescue_ring_30")

ROAD_WAYS: Final = {"upload": "上传路网文件", "path": "填写本机上的路径（文件大时快）"}
VILLAGE_WAYS: Final = {
    "list": "有村（社区）名录或人口栅格", "inferred": "没有，按居住街道推断",
}  # fmt: skip

CHECK_LATER: Final = "坐标系由您选定。先给出行政边界和路网，就能对照道路给出建议。"


OF_RASTER: Final = "人口栅格：坐标系取自文件，裁剪到行政边界后作为需求点；没有分组人口。"


@dataclass(frozen=True)
class _Wanted:
    """What was filled in; None where something is still missing."""

    name: str
    folder: Path | None
    zones: Draft | None
    roads: Path | None
    demand: Draft | None
    is_inferred: bool
    facilities: tuple[Draft | None, ...]
    standards: tuple[str, ...]

    @property
    def missing(self) -> list[str]:
        """What is still to be filled in, as the planner reads it."""
        asked = {
            "项目名称": self.name,
            "项目文件夹": self.folder,
            "行政边界": self.zones,
            "路网": self.roads,
            "村（社区）": self.is_inferred or self.demand,
            "设施名录": all(self.facilities),
            "评估标准": self.standards,
        }
        return [title for title, given in asked.items() if not given]


def show_new_project(kinds: Mapping[str, FacilityKind], *, static_folder: Path) -> None:
    """
    What a project needs, step by step; nothing is written before the button is pressed.

    Parameters
    ----------
    kinds
        Facility kinds by code.
    static_folder
        The folder that Streamlit serves.
    """
    st.html("<h3>一、名称和文件夹</h3>")
    left, right = st.columns(2, gap="small")
    name = left.text_input("项目名称", key="new-name", max_chars=60, placeholder="例如 某县服务圈")
    typed = right.text_input(
        "项目文件夹（新的或空的）", key="new-folder", placeholder="例如 D:\\健康服务圈\\某县"
    )
    st.html("<h3>二、行政边界（乡镇、街道或村的面）</h3>")
    zones = _boundaries(kinds)
    st.html("<h3>三、路网</h3>")
    roads = _roads()
    held_against = _ground(zones, roads)
    page = _Page(kinds, held_against, static_folder)
    st.html("<h3>四、村（社区）</h3>")
    way = _choice(VILLAGE_WAYS, key="new-villages")
    demand = _one_list(DEMAND_SLOT, "demand", page) if way == "list" else None
    st.html("<h3>五、设施名录</h3>")
    facilities = _facilities(page)
    st.html("<h3>六、评估标准</h3>")
    standards = _standards()
    wanted = _Wanted(
        name.strip(), typed_path(typed), zones, roads, demand, way == "inferred", facilities,
        standards,
    )  # fmt: skip
    _make_step(wanted)


class _Page(NamedTuple):
    """What every list of the page is shown with; `around` is None until it can be read."""

    kinds: Mapping[str, FacilityKind]
    around: Around | None
    static_folder: Path


def _boundaries(kinds: Mapping[str, FacilityKind]) -> Draft | None:
    """The boundaries with their columns and their datum; None until they are settled."""
    intake = file_step(ZONES_SLOT, "zones", kinds)
    if intake is None:
        return None
    intake = _datum_choice(ZONES_SLOT, columns_step(ZONES_SLOT, intake))
    if intake.draft is not None and intake.draft.is_zone_people:
        st.warning("这张表没有图形，不能当作行政边界。请换成边界文件；人口表等项目建好后再导入。")
        return None
    return _settled(intake, kinds)


def _facilities(page: _Page) -> tuple[Draft | None, ...]:
    """One list after the other, as many as the planner has."""
    numbers: list[int] = st.session_state.setdefault(LISTS_KEY, [0])
    found = []
    for number in numbers:
        slot = _facilities_slot(number)
        if len(numbers) > 1:
            title, button = st.columns([5, 1], vertical_alignment="center")
            title.html(f"<div><b>第 {len(found) + 1} 份设施名录</b></div>")
            button.button("去掉这一份", key=f"without-{slot}", width="stretch",
                          on_click=_without_list, args=(number,))  # fmt: skip
        found.append(_one_list(slot, "facilities", page))
    if all(found):
        st.button("再加一份设施名录", key="new-another", on_click=_another_list)
    return tuple(found)


def _facilities_slot(number: int) -> str:
    return FACILITIES_SLOT if number == 0 else f"{FACILITIES_SLOT}-{number}"


def _another_list() -> None:
    numbers = st.session_state[LISTS_KEY]
    st.session_state[LISTS_KEY] = [*numbers, max(numbers) + 1]


def _without_list(number: int) -> None:
    kept = [one for one in st.session_state[LISTS_KEY] if one != number]
    st.session_state[LISTS_KEY] = kept or [0]
    drop(st.session_state, _facilities_slot(number))


def _one_list(slot: str, layer: Layer, page: _Page) -> Draft | None:
    """A file with its columns and its datum; None until it is settled."""
    intake = file_step(slot, layer, page.kinds, explained=layer == "demand")
    if intake is None:
        return None
    if intake.draft is not None and is_raster(intake.draft):
        st.html(f'<div class="qt-faint">{OF_RASTER}</div>')
        return intake.draft
    intake = columns_step(slot, intake)
    if layer == "facilities":
        intake = kind_step(slot, intake, page.kinds)
    if draft := intake.draft:
        if not draft.crs and page.around is not None and _asks_for_datum(intake):
            with told_to_the_planner():
                datum_step(slot, intake, page.around, static_folder=page.static_folder)
            return None
        if draft.crs and page.around is not None:
            declared_line(slot, intake)
            return _settled(intake, page.kinds)
    return _settled(_datum_choice(slot, intake), page.kinds)


def _asks_for_datum(intake: Intake) -> bool:
    """Whether the datum is all that is missing, so that the places can be looked at."""
    table, draft = intake.table, intake.draft
    assert table is not None  # noqa: S101 - columns follow a reading
    assert draft is not None  # noqa: S101 - columns follow a reading
    if not (is_datum_open(table, draft) and has_points(table, draft)):
        return False
    return not check_mapping(table, draft.columns, layer=draft.layer)


def _settled(intake: Intake, kinds: Mapping[str, FacilityKind]) -> Draft | None:
    """The draft, unless something is wrong with it, which is told."""
    table, draft = intake.table, intake.draft
    assert table is not None  # noqa: S101 - columns follow a reading
    assert draft is not None  # noqa: S101 - columns follow a reading
    problems = draft_problems(table, draft, kinds=kinds)
    for sentence in problems:
        st.warning(plain(sentence, limit=MESSAGE_LIMIT))
    return None if problems else draft


def _ground(zones: Draft | None, roads: Path | None) -> Around | None:
    """What the lists are held against, as soon as boundaries and roads can be read."""
    intake = intake_of(st.session_state, ZONES_SLOT)
    if zones is None or roads is None or intake is None or intake.table is None:
        return None
    with told_to_the_planner():
        found = ground_of_new_project(intake.table, zones, roads)
        return Around(found.version, found.ground, found.drawn)
    return None


def _datum_choice(slot: str, intake: Intake) -> Intake:
    """The datum as the planner declares it, where the file does not say it itself."""
    table, draft = intake.table, intake.draft
    assert table is not None  # noqa: S101 - columns follow a reading
    assert draft is not None  # noqa: S101 - columns follow a reading
    if not (draft.crs or is_datum_open(table, draft)):
        return intake
    choices = list(DATUMS)
    other = "其他（自己填写）"
    named = st.selectbox(
        "坐标系",
        [*choices, other],
        index=choices.index(draft.crs) if draft.crs in choices else None,
        format_func=lambda one: DATUMS.get(one, one),
        placeholder="请选择这份文件的坐标系",
        key=f"datum-{slot}-{intake.version}",
        label_visibility="collapsed",
        filter_mode=None,
    )
    if named == other:
        named = st.text_input(
            "坐标系名称", key=f"datum-other-{slot}", max_chars=60,
            placeholder="例如 CGCS2000 39带、EPSG:4547", label_visibility="collapsed",
        ).strip()  # fmt: skip
    if intake.layer != "zones":
        st.html(f'<div class="qt-faint">{CHECK_LATER}</div>')
    return keep(st.session_state, slot, declared(intake, crs=named or ""))


def _roads() -> Path | None:
    """The road file: a path on this computer, or an upload kept in a private folder."""
    if _choice(ROAD_WAYS, key="new-roads-way") == "path":
        return typed_path(
            st.text_input(
                "路网文件", key="new-roads-path", label_visibility="collapsed",
                placeholder="例如 D:\\数据\\某县.osm.pbf",
            )
        )  # fmt: skip
    given = st.file_uploader(
        "路网文件", type=list(ROADS_TYPES), max_upload_size=MOST_ROADS_MB, key="new-roads-file",
        label_visibility="collapsed",
    )  # fmt: skip
    st.html('<div class="qt-faint">开放街图的 .osm.pbf，或 OSMnx 的 .graphml。</div>')
    if given is None:
        return None
    kept = st.session_state.get("new-roads-kept")
    if kept is None or kept[0] != given.file_id:
        holder = PrivateFolder()
        file = holder.path / safe_name(given.name)
        file.write_bytes(given.getvalue())
        kept = (given.file_id, holder, file)
        st.session_state["new-roads-kept"] = kept
    return kept[2]


def _standards() -> tuple[str, ...]:
    known = load_standards()
    chosen = st.multiselect(
        "评估标准",
        list(known),
        default=[one for one in USUAL_STANDARDS if one in known],
        format_func=lambda one: known[one].name,
        key="new-standards",
        placeholder="选择要评估的标准",
        label_visibility="collapsed",
        select_all=False,
    )
    return tuple(chosen)


def _choice(names: dict[str, str], *, key: str) -> str:
    way: str = st.segmented_control(
        "怎样给", list(names), format_func=names.get, default=next(iter(names)), key=key,
        required=True, label_visibility="collapsed",
    )  # fmt: skip
    return way


def _make_step(wanted: _Wanted) -> None:
    told, button = st.columns([3, 1], vertical_alignment="center")
    if wanted.missing:
        told.html(f'<div class="qt-faint">还要填写：{escaped("、".join(wanted.missing))}。</div>')
    pressed = button.button(
        "新建项目", type="primary", width="stretch", disabled=bool(wanted.missing), key="new-make"
    )
    if pressed:
        with told_to_the_planner(), st.spinner("正在建立项目…"):
            _make(wanted)


def _make(wanted: _Wanted) -> None:
    """Write the project and let the picker open it."""
    if wanted.folder is None or wanted.zones is None or wanted.roads is None:
        return
    if not wanted.folder.is_absolute():
        msg = f"项目文件夹「{plain_text(wanted.folder)}」不是完整路径。请从盘符或根目录写起。"
        raise ProjectError(msg)
    project = new_project(
        wanted.folder,
        name=wanted.name,
        zones=wanted.zones,
        roads=wanted.roads,
        demand=wanted.demand,
        facilities=[one for one in wanted.facilities if one is not None],
        standards=wanted.standards,
    )
    try:
        open_project(project.folder)
    except PlannerError:
        # It stands in a folder that was new or empty a moment ago.
        shutil.rmtree(project.folder, ignore_errors=True)
        raise
    numbers = st.session_state.pop(LISTS_KEY, [0])
    for slot in (ZONES_SLOT, DEMAND_SLOT, *map(_facilities_slot, numbers)):
        drop(st.session_state, slot)
    st.session_state.pop("new-roads-kept", None)
    state.close(st.session_state)
    open_next(st.session_state, project.folder)
    told = f"已建立项目「{project.name}」：{project.folder}"
    go_to(st.session_state, "have", told=told)
    st.rerun()

"""A new project of the planner's own: folder, boundaries, roads, villages, facilities."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import streamlit as st

from coverage.errors import PlannerError, ProjectError
from layers.intake import draft_problems, is_datum_open, new_project
from layers.standards import load_standards
from reports.safe_text import plain_text
from views import state
from views.cache import open_project
from views.data_sections import go_to
from views.intake_state import DATUMS, declared, drop, keep
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

ROADS_TYPES: Final = ("pbf", "graphml")
MOST_ROADS_MB: Final = 500

USUAL_STANDARDS: Final = ("health_circle_15", "fitness_circle_15", "rescue_ring_30")

ROAD_WAYS: Final = {"upload": "上传路网文件", "path": "填写本机上的路径（文件大时快）"}
VILLAGE_WAYS: Final = {"list": "有村（社区）名录", "inferred": "没有，按居住街道推断"}

CHECK_LATER: Final = (
    "坐标系由您选定。不知道时先选最可能的，建好后在“导入文件”里重新导入这份名录，对照道路核对。"
)


@dataclass(frozen=True)
class _Wanted:
    """What was filled in; None where something is still missing."""

    name: str
    folder: Path | None
    zones: Draft | None
    roads: Path | None
    demand: Draft | None
    is_inferred: bool
    facilities: Draft | None
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
            "设施名录": self.facilities,
            "评估标准": self.standards,
        }
        return [title for title, given in asked.items() if not given]


def show_new_project(kinds: Mapping[str, FacilityKind]) -> None:
    """
    What a project needs, step by step; nothing is written before the button is pressed.

    Parameters
    ----------
    kinds
        Facility kinds by code.
    """
    st.html("<h3>一、名称和文件夹</h3>")
    left, right = st.columns(2, gap="small")
    name = left.text_input("项目名称", key="new-name", max_chars=60, placeholder="例如 某县服务圈")
    typed = right.text_input(
        "项目文件夹（新的或空的）", key="new-folder", placeholder="例如 D:\\健康服务圈\\某县"
    )
    st.html("<h3>二、行政边界（乡镇、街道或村的面）</h3>")
    zones = _one_list(ZONES_SLOT, "zones", kinds)
    st.html("<h3>三、路网</h3>")
    roads = _roads()
    st.html("<h3>四、村（社区）</h3>")
    way = _choice(VILLAGE_WAYS, key="new-villages")
    demand = _one_list(DEMAND_SLOT, "demand", kinds) if way == "list" else None
    st.html("<h3>五、设施名录（先放一份，其余建好后再导入）</h3>")
    facilities = _one_list(FACILITIES_SLOT, "facilities", kinds)
    st.html("<h3>六、评估标准</h3>")
    standards = _standards()
    wanted = _Wanted(
        name.strip(), typed_path(typed), zones, roads, demand, way == "inferred", facilities,
        standards,
    )  # fmt: skip
    _make_step(wanted)


def _one_list(slot: str, layer: Layer, kinds: Mapping[str, FacilityKind]) -> Draft | None:
    """A file with its columns and its datum; None until it is settled."""
    intake = file_step(slot, layer, kinds, explained=slot == ZONES_SLOT)
    if intake is None:
        return None
    intake = columns_step(slot, intake)
    if layer == "facilities":
        intake = kind_step(slot, intake, kinds)
    intake = _datum_choice(slot, intake)
    table, draft = intake.table, intake.draft
    assert table is not None  # noqa: S101 - columns follow a reading
    assert draft is not None  # noqa: S101 - columns follow a reading
    problems = draft_problems(table, draft, kinds=kinds)
    for sentence in problems:
        st.warning(plain(sentence, limit=MESSAGE_LIMIT))
    return None if problems else draft


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
    if wanted.facilities is None:
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
        facilities=[wanted.facilities],
        standards=wanted.standards,
    )
    try:
        open_project(project.folder)
    except PlannerError:
        # It stands in a folder that was new or empty a moment ago.
        shutil.rmtree(project.folder, ignore_errors=True)
        raise
    for slot in (ZONES_SLOT, DEMAND_SLOT, FACILITIES_SLOT):
        drop(st.session_state, slot)
    st.session_state.pop("new-roads-kept", None)
    state.close(st.session_state)
    open_next(st.session_state, project.folder)
    told = f"已建立项目「{project.name}」：{project.folder}"
    go_to(st.session_state, "have", told=told)
    st.rerun()

"""The siting question in the form of reports: which one, how many sites, for which circle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from reports.report_content import SitingRequest
from reports.report_making import IN_REPORTS, TIME_LIMIT_S
from reports.safe_text import plain_text
from views.plain_text import escaped
from views.report_kept import begun, keep
from views.siting_ask import FIRST_SITES, MOST_SITES
from views.siting_words import MODELS

if TYPE_CHECKING:
    from coverage.standards import Reading, Standard
    from views.cache import Opened

ASKED: Final = tuple(name for name in MODELS if name in IN_REPORTS)
"""Models that a report can ask by itself, in the order of the page 选址."""

MOST_SEED: Final = 2**31 - 1

HELP: Final = (
    "求出建在哪里最好，写进报告、选址方案图和结果表。现有设施都保留，"
    f"候选点按项目设置；最多算 {TIME_LIMIT_S:.0f} 秒。更多问法请用「选址」页。"
)
SEED_HELP: Final = "同样的数据和种子求得同样的方案；一般不用改。"


def switch_siting(opened: Opened) -> bool:
    """Whether the report is to hold a siting proposal; not at first."""
    is_on = st.toggle("附选址方案", key=begun(opened, "siting", first=False), help=HELP)
    keep(opened, "siting", is_on)
    return is_on


def ask_siting(opened: Opened) -> SitingRequest:
    """
    The siting question as far as it is filled in.

    Parameters
    ----------
    opened
        The project as it is.
    """
    pairs = {
        reading.reading_id: (standard, reading)
        for standard in opened.assessment.standards
        for reading in standard.readings
    }
    left, right = st.columns([1.6, 1], vertical_alignment="bottom", gap="small")
    with left:
        model = st.selectbox(
            "选址问题", ASKED, format_func=lambda one: MODELS[one].name, filter_mode=None,
            key=begun(opened, "siting-model", ASKED[0]),
        )  # fmt: skip
    keep(opened, "siting-model", model)
    number = right.empty()
    st.html(f'<div class="qt-faint">{escaped(MODELS[model].help)}</div>')
    left, right = st.columns([2.3, 1], vertical_alignment="bottom", gap="small")
    with left:
        standard, reading = _reading(opened, pairs)
    with number:
        asked = _number(opened, model, standard)
    with right:
        seed = st.number_input(
            "随机种子", 0, MOST_SEED, key=begun(opened, "siting-seed", 0), help=SEED_HELP
        )
    keep(opened, "siting-seed", seed)
    return SitingRequest(
        model=model,
        standard=standard.standard_id,
        reading=reading.reading_id,
        seed=int(seed),
        **asked,
    )


def _reading(
    opened: Opened, pairs: dict[str, tuple[Standard, Reading]]
) -> tuple[Standard, Reading]:
    """By which standard and reading places are judged."""
    key = begun(opened, "siting-reading", next(iter(pairs)))
    if st.session_state[key] not in pairs:
        st.session_state[key] = next(iter(pairs))
    chosen: str = st.selectbox(
        "按哪个服务圈", list(pairs), key=key, filter_mode=None,
        format_func=lambda one: plain_text(f"{pairs[one][0].name}：{pairs[one][1].name}"),
    )  # fmt: skip
    keep(opened, "siting-reading", chosen)
    return pairs[chosen]


def _number(opened: Opened, model: str, standard: Standard) -> dict[str, Any]:
    """The number that a model asks for, by the names of `SitingRequest`; {} where it asks none."""
    asks = MODELS[model].asks
    if "sites" in asks:
        sites = st.number_input(
            "新建（处）", 1, MOST_SITES, key=begun(opened, "siting-sites", FIRST_SITES)
        )
        keep(opened, "siting-sites", sites)
        return {"sites": int(sites)}
    if "share" in asks:
        name = f"siting-share-{standard.standard_id}"
        share = st.number_input(
            "覆盖率达到（%）", 1.0, 100.0, step=1.0, format="%.1f",
            key=begun(opened, name, round(100 * standard.target, 1)),
        )  # fmt: skip
        keep(opened, name, share)
        return {"share": share / 100}
    return {}

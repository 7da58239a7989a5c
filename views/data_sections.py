"""The sections of the page of data, and what one of them tells on the next run of the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import MutableMapping

SECTIONS: Final = {
    "have": "项目数据",
    "import": "导入文件",
    "correct": "更正位置",
    "new": "新建项目",
    "templates": "下载模板",
}

SECTION_KEY: Final = "data-section"
"""Key of the widget."""

_NEXT: Final = "data-section-next"
_DONE: Final = "data-done"


def go_to(state: MutableMapping[str, Any], section: str, *, told: str = "") -> None:
    """
    Show another section on the next run of the page.

    Parameters
    ----------
    state
        Of the session.
    section
        Key of `SECTIONS`.
    told
        What was done, told once at the top.
    """
    state[_NEXT] = section
    if told:
        state[_DONE] = told


def arrive(state: MutableMapping[str, Any]) -> str:
    """Before the widget is drawn: move it where `go_to` said. What was done; "" if nothing."""
    if _NEXT in state:
        state[SECTION_KEY] = state.pop(_NEXT)
    told: str = state.pop(_DONE, "")
    return told

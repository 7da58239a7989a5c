"""What a planner must know of the data: notices, and the sources with their licences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from reports.safe_text import plain_text
from views.plain_text import MESSAGE_LIMIT, escaped

if TYPE_CHECKING:
    from pathlib import Path

    from coverage.notices import Notice
    from layers.project import Project
    from reports.map_description import GroundMap

SOURCE_CARD: Final = "README.md"
"""File beside `project.toml` that tells sources and licences."""

CARD_LIMIT_BYTES: Final = 100_000


def show_notices(notices: tuple[Notice, ...]) -> None:
    """All notices as a list; their number stands on the closed list too."""
    if not notices:
        st.text("数据没有需要说明的问题。")
        return
    with st.expander(f"数据提示（{len(notices)} 条）"):
        st.html(notices_html(notices))


def notices_html(notices: tuple[Notice, ...]) -> str:
    """Notices as a numbered list; every text in it is escaped."""
    items = "".join(f"<li>{escaped(one.message, limit=MESSAGE_LIMIT)}</li>" for one in notices)
    return f'<ol class="qt-notices">{items}</ol>'


def show_sources(project: Project, ground: GroundMap) -> None:
    """Credits, the files read, and the project's own source card."""
    with st.expander("数据来源与许可"):
        st.html(sources_html(project, ground))
        card = source_card(project.folder)
        if card:
            st.text(card)


def sources_html(project: Project, ground: GroundMap) -> str:
    """Credits and the files read; every text in it is escaped."""
    credited = "".join(f"<li>{escaped(line)}</li>" for line in ground.attribution)
    files = "".join(f"<li>{escaped(file.name)}</li>" for file in project.input_files())
    label = f"<p><b>{escaped(project.label)}</b></p>" if project.label else ""
    return (
        f'<div class="qt-sources">{label}<ul>{credited}</ul>'
        f"<p>本项目读取的文件：</p><ul>{files}</ul></div>"
    )


def source_card(folder: Path) -> str:
    """The text of the source card beside the project file; "" where there is none."""
    path = folder / SOURCE_CARD
    if not path.is_file():
        return ""
    with path.open("rb") as handle:
        text = handle.read(CARD_LIMIT_BYTES).decode("utf-8", errors="replace")
    return "\n".join(plain_text(line, limit=CARD_LIMIT_BYTES) for line in text.splitlines())

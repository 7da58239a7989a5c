"""What a planner must know of the data: notices, and the sources with their licences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from views.plain_text import MESSAGE_LIMIT, escaped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coverage.notices import Notice
    from layers.source_cards import SourceCard
    from reports.map_description import GroundMap


def show_notices(notices: Sequence[Notice]) -> None:
    """All notices as a list; their number stands on the closed list too."""
    if not notices:
        st.text("数据没有需要提示的问题。")
        return
    with st.expander(f"数据提示（{len(notices)} 条）"):
        st.html(notices_html(notices))


def notices_html(notices: Sequence[Notice]) -> str:
    """Notices as a numbered list; every text in it is escaped."""
    items = "".join(f"<li>{escaped(one.message, limit=MESSAGE_LIMIT)}</li>" for one in notices)
    return f'<ol class="qt-notices">{items}</ol>'


def show_sources(cards: Sequence[SourceCard], ground: GroundMap) -> None:
    """Label and credits, and what is known of each file that was read."""
    with st.expander(f"数据来源与许可（{len(cards)} 个文件）"):
        st.html(sources_html(cards, ground))


def sources_html(cards: Sequence[SourceCard], ground: GroundMap) -> str:
    """Label, credits and source cards; every text in it is escaped."""
    label = f"<p><b>{escaped(ground.label)}</b></p>" if ground.label else ""
    credited = "；".join(escaped(line) for line in ground.attribution)
    thanks = f"<p>署名：{credited}</p>" if credited else ""
    body = "".join(_card_html(card) for card in cards)
    return f'<div class="qt-sources">{label}{thanks}{body}</div>'


def _card_html(card: SourceCard) -> str:
    facts = card.facts or ("没有来源说明（可在同一文件夹的 README.md 里写明）",)
    items = "".join(f"<li>{escaped(fact, limit=MESSAGE_LIMIT)}</li>" for fact in facts)
    return f"<p><b>{escaped(card.file)}</b></p><ul>{items}</ul>"

"""A page with nothing but a live map, for the browser tests; `?names=hostile` for hostile ones."""

from __future__ import annotations

import json
from pathlib import Path

import streamlit as st

from reports.assets import install_assets
from reports.map_description import describe_ground, describe_reading
from tests.hand_made import KINDS, assessment
from tests.hostile import hostile_assessment, hostile_kinds
from views.live_map import MapSettings, live_map, on_map_event

STATIC = Path(__file__).parent / "static"


@st.cache_resource
def described(*, hostile):
    install_assets(STATIC)
    case = hostile_assessment() if hostile else assessment()
    kinds = hostile_kinds() if hostile else KINDS
    ground = describe_ground(case, kinds=kinds)
    readings = {
        reading_id: describe_reading(case, kinds=kinds, reading_id=reading_id)
        for reading_id in ("circle", "circle_line")
    }
    return ground, readings


def clicked(event):
    st.session_state["state"] = on_map_event(st.session_state["state"], event)


def main():
    st.session_state.setdefault("state", {"selected": None, "point": None})
    ground, readings = described(hostile=st.query_params.get("names") == "hostile")
    chosen = st.radio("口径", list(readings), horizontal=True)
    live_map(
        ground,
        readings[chosen],
        key="map",
        settings=MapSettings(STATIC, height=480),
        selected=st.session_state["state"]["selected"],
        on_event=clicked,
    )
    st.text("state=" + json.dumps(st.session_state["state"], ensure_ascii=False))


if __name__ == "__main__":  # as Streamlit runs it; the test collector only imports it
    main()

"""What changes from click to click on the live map: checked before it goes to the browser."""

from __future__ import annotations

import math

import pytest
import shapely

from views import map_overlay
from views.live_map import MapEvent, map_event, on_map_event
from views.map_overlay import Shape, SiteSign

CRS = "EPSG:4527"
SIGN = SiteSign("心", "#7bb5d8", "#2b3642", "added")
PLACE = [36.5, 117.0]


def test_a_site_comes_back_with_its_id_clicked_or_dropped():
    raw = {"layer": "site", "id": "new-1", "lat": 36.1, "lon": 117.2}
    assert map_event({"type": "feature", **raw}) == MapEvent(
        "feature", "site", "new-1", 36.1, 117.2
    )
    assert map_event({"type": "moved", **raw}) == MapEvent("moved", "site", "new-1", 36.1, 117.2)


@pytest.mark.parametrize("identity", [None, "", 7, "x" * 501, ["new-1"]])
def test_a_dropped_site_without_a_usable_id_is_nothing(identity):
    raw = {"type": "moved", "layer": "site", "id": identity, "lat": 36.1, "lon": 117.2}
    assert map_event(raw) is None
    assert on_map_event({"selected": None}, raw) == {"selected": None}


def test_sites_take_their_places_in_degrees_and_their_labels_short():
    shapes = map_overlay.site_shapes(
        [shapely.Point(39_500_000, 4_000_000)], ["new-1"], crs=CRS, labels=["长" * 99],
        signs=[SIGN],
    )  # fmt: skip
    (shape,) = shapes
    assert (shape.kind, shape.shape_id, shape.sign) == ("site", "new-1", SIGN)
    assert shape.positions[0] == pytest.approx([36.13, 117.0], abs=0.01)
    assert len(shape.label) == map_overlay.LABEL_LIMIT
    assert map_overlay.site_shapes([], [], crs=CRS, labels=[], signs=[]) == []


def test_an_area_keeps_its_holes_and_an_empty_one_is_left_out():
    outer = shapely.box(39_500_000, 4_000_000, 39_501_000, 4_001_000)
    area = shapely.difference(outer, shapely.box(39_500_300, 4_000_300, 39_500_600, 4_000_600))
    shapes = map_overlay.area_shapes([area, shapely.Polygon()], crs=CRS, style={})
    assert [(one.kind, len(one.positions)) for one in shapes] == [("area", 2)]
    assert all(len(ring) == 5 for ring in shapes[0].positions)


def test_marks_of_no_village_are_nothing():
    assert map_overlay.marks([], style={}, label="新增覆盖") == []
    (shape,) = map_overlay.marks(["v1", "v2"], style={"color": "#fff"}, label="新增覆盖")
    assert (shape.feature_ids, shape.positions) == (("v1", "v2"), [])


@pytest.mark.parametrize(
    "given",
    [
        {"kind": "dot", "positions": [[math.nan, 117.0]]},
        {"kind": "line", "positions": [PLACE, [36.0, math.inf]]},
        {"kind": "dot", "positions": [[90.5, 117.0]]},
        {"kind": "area", "positions": [[PLACE, [36.0, 181.0], PLACE]]},
        {"kind": "site", "positions": [PLACE], "shape_id": "new-1"},
        {"kind": "site", "positions": [PLACE], "sign": SIGN},
        {"kind": "site", "positions": [PLACE], "sign": SIGN, "shape_id": "x" * 501},
        {"kind": "marks", "positions": [], "feature_ids": ("v1", "")},
        {"kind": "marks", "positions": [], "feature_ids": ("v",) * 200_001},
    ],
)
def test_what_no_browser_should_get_is_refused(given):
    with pytest.raises(ValueError, match=r"shape|position|feature|site"):
        Shape(**given)

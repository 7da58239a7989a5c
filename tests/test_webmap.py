from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import folium
import pytest

from coverage.errors import StandardError
from reports.webmap import CONTENT_POLICY, web_map_html
from tests.hand_made import KINDS, assessment
from tests.hostile import HOSTILE, hostile_assessment, hostile_kinds

READINGS = ["circle", "circle_line"]


class Tags(HTMLParser):
    """Tags of a page with their attributes, and the text of scripts of a type."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.data: list[str] = []
        self._in_data = False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self._in_data = dict(attrs).get("type") == "application/json"

    def handle_endtag(self, _tag):
        self._in_data = False

    def handle_data(self, data):
        if self._in_data:
            self.data.append(data)


@pytest.fixture(scope="module")
def html():
    return web_map_html(assessment(), kinds=KINDS, reading_ids=READINGS)


@pytest.fixture(scope="module")
def hostile_html():
    return web_map_html(hostile_assessment(), kinds=hostile_kinds(), reading_ids=READINGS)


def test_a_reading_is_needed():
    with pytest.raises(ValueError) as error:
        web_map_html(assessment(), kinds=KINDS, reading_ids=[])
    assert str(error.value) == "a saved map shows at least one reading"


def test_unknown_reading():
    with pytest.raises(StandardError):
        web_map_html(assessment(), kinds=KINDS, reading_ids=["circle", "?"])


def test_the_page_loads_nothing(html):
    for tag, attributes in Tags(html).tags:
        assert "src" not in attributes, tag
        assert "href" not in attributes, tag
    assert not re.findall(r"url\((?!data:|#)", html)
    assert "sourceMappingURL" not in html
    hosts = set(re.findall(r"https?://([\w.-]+)", html))
    # Names in Leaflet's own code: the SVG name space, its home page and two bug reports in comments.
    assert hosts <= {"www.w3.org", "leafletjs.com", "bugzilla.mozilla.org", "bugs.chromium.org"}


def test_the_page_may_not_load_anything(html):
    tags = Tags(html).tags
    metas = [attributes for tag, attributes in tags if tag == "meta"]
    assert metas[0] == {"http-equiv": "Content-Security-Policy", "content": CONTENT_POLICY}
    assert [tag for tag, _ in tags].index("meta") < [tag for tag, _ in tags].index("script")


def test_title_label_and_layers_are_in_the_page(html):
    parts = json.loads(Tags(html).data[0])
    assert [part.get("reading_id") for part in parts] == [None, *READINGS]
    assert (parts[0]["title"], parts[0]["label"]) == ("示例县", "合成数据，仅供演示")
    assert "<title>示例县</title>" in html
    assert html.count("L.geoJson(null") == sum(len(part["layers"]) for part in parts)


def test_the_same_assessment_gives_the_same_bytes(html):
    assert web_map_html(assessment(), kinds=KINDS, reading_ids=READINGS) == html


def test_folium_runs_what_stands_in_its_data():
    """Why every name must pass `safe_text`: fails the day folium stops compiling its data."""
    data = {"type": "FeatureCollection", "features": []}
    page = folium.Map(tiles=None)
    folium.GeoJson({**data, "name": "{{ 7654321*1000 }}"}).add_to(page)
    assert "7654321000" in page.get_root().render()


def test_no_template_in_a_name_is_evaluated(tmp_path):
    trace = tmp_path / "trace"
    assert str(trace).isascii()
    code = f"{{{{ cycler.__init__.__globals__.os.mkdir('{trace}') }}}}{{{{ 7654321*1000 }}}}"
    html = web_map_html(hostile_assessment(code), kinds=hostile_kinds(code), reading_ids=READINGS)
    assert not trace.exists()
    assert "7654321000" not in html
    assert "｛｛ cycler" in html


def test_names_open_no_tag(html, hostile_html):
    def count(page):
        tags = [tag for tag, _ in Tags(page).tags]
        return {tag: tags.count(tag) for tag in set(tags)}

    assert count(hostile_html) == count(html)
    assert "<script>window.ran" not in hostile_html
    assert "<img" not in hostile_html.replace('"<img', "")


def test_broken_template_in_a_name_does_not_break_the_map():
    for text in ("{% raw %}", "{{", "{#", "}}", HOSTILE):
        page = web_map_html(hostile_assessment(text), kinds=KINDS, reading_ids=["circle"])
        assert page.rstrip().endswith("</html>")

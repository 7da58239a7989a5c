"""Source cards beside data files."""

from __future__ import annotations

import pytest

from layers.project import load_project
from layers.source_cards import OSM_CREDIT, SourceCard, credits_of, read_source_cards
from tests.small_county import PROJECT

CARDS = """# 数据

前言 - 不是卡片

- 也不是

## a.csv

- 名称：甲
- 许可：ODbL 1.0
- 署名：© OpenStreetMap 贡献者

## b.csv

没有列表
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "README.md").write_text(CARDS, encoding="utf-8")
    return tmp_path


def test_each_file_has_its_card(folder, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("bare") / "c.csv"
    cards = read_source_cards([folder / "a.csv", folder / "b.csv", elsewhere])
    assert cards == [
        SourceCard("a.csv", ("名称：甲", "许可：ODbL 1.0", "署名：© OpenStreetMap 贡献者")),
        SourceCard("b.csv", ()),
        SourceCard("c.csv", ()),
    ]
    assert [card.attribution for card in cards] == ["© OpenStreetMap 贡献者", "", ""]


def test_a_readme_that_is_no_text_does_no_harm(folder):
    (folder / "README.md").write_bytes(b"\xff\xfe## a.csv\n- \x00\n")
    assert len(read_source_cards([folder / "a.csv"])) == 1


@pytest.mark.parametrize("example", ["demo_county", "shandong"])
def test_every_file_of_the_examples_has_a_licence(root, example):
    from layers.project import load_project

    project = load_project(root / "data" / "examples" / example)
    for card in read_source_cards(project.input_files()):
        assert any(fact.startswith("许可：") for fact in card.facts), card.file
        assert card.attribution, card.file


def test_openstreetmap_is_credited_where_its_data_have_no_card(tmp_path):
    (tmp_path / "project.toml").write_text(PROJECT, encoding="utf-8")
    project = load_project(tmp_path)
    cards = [
        SourceCard("a.csv", ("署名：县卫健局",)),
        SourceCard("roads.osm.pbf", ()),
        SourceCard("b.csv", ("署名：县卫健局",)),
    ]
    assert credits_of(project, cards) == ("县卫健局", OSM_CREDIT)
    named = [SourceCard("roads.osm.pbf", ("署名：合成数据",))]
    assert credits_of(project, named) == ("合成数据",)

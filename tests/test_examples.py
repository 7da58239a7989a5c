"""The shipped examples: they load, they show gaps, and every file says where it comes from."""

from __future__ import annotations

import json
import re
from fnmatch import fnmatch

import numpy as np
import pandas as pd
import pytest

from coverage.assessment import assess
from layers.loading import load_layers
from layers.project import chosen_standards, load_project
from layers.samples import LABEL
from layers.standards import load_kinds, load_modes, load_standards

CARD_FIELDS = ("名称", "发布者", "日期", "许可", "署名", "局限")
MAX_BYTES = 2_000_000


@pytest.fixture(scope="module")
def data(root):
    return root / "data"


def opened(folder):
    project = load_project(folder)
    standards = chosen_standards(project, load_standards())
    layers = load_layers(project, standards=standards, modes=load_modes(), kinds=load_kinds())
    return project, standards, layers


@pytest.fixture(scope="module")
def demo(data):
    project, standards, layers = opened(data / "examples" / "demo_county")
    return project, assess(
        layers, standards=standards, modes=load_modes(), with_service_areas=False
    )


@pytest.fixture(scope="module")
def shandong(data):
    project, standards, layers = opened(data / "examples" / "shandong")
    return project, assess(
        layers, standards=standards, modes=load_modes(), with_service_areas=False
    )


def whole_area(assessment):
    zones = assessment.zones
    return zones[zones["zone_id"] == ""].set_index("reading_id")


class TestSourceCards:
    def test_every_data_file_has_a_card_with_a_licence(self, data):
        files = [
            path for path in sorted(data.rglob("*"))
            if path.is_file() and path.name != "README.md"
            and not any(part.startswith(".") for part in path.relative_to(data).parts)
        ]  # fmt: skip
        assert len(files) > 20
        without = [str(path.relative_to(data)) for path in files if not card(path).get("许可")]
        assert without == []

    @pytest.mark.parametrize(
        "folder",
        [
            "boundaries",
            "networks",
            "facilities",
            "standards",
            "examples/shandong",
            "examples/demo_county",
        ],
    )
    def test_cards_are_complete_and_name_only_files_that_are_there(self, data, folder):
        cards = cards_in(data / folder)
        for name, fields in cards.items():
            assert list((data / folder).glob(name)), name
            assert [field for field in CARD_FIELDS if not fields.get(field)] == [], name

    def test_open_street_map_and_geonames_are_credited(self, data):
        assert "ODbL" in card(data / "networks/shandong_main_edges.csv")["许可"]
        assert "OpenStreetMap" in card(data / "networks/shandong_main_edges.csv")["署名"]
        assert "CC BY 4.0" in card(data / "examples/shandong/places.csv")["许可"]
        assert "GeoNames" in card(data / "examples/shandong/places.csv")["署名"]

    def test_made_up_files_say_so(self, data):
        made_up = [path for path in data.rglob("demo_county*") if path.is_file()]
        made_up.append(data / "examples/demo_county/villages.csv")
        made_up.append(data / "examples/demo_county/targets.toml")
        assert len(made_up) == 19
        assert all("合成数据" in card(path)["名称"] for path in made_up)


class TestDemoCounty:
    def test_label_and_size(self, demo, data):
        project, assessment = demo
        assert project.label == assessment.layers.label == LABEL
        files = {*project.input_files()}
        assert sum(path.stat().st_size for path in files) < MAX_BYTES
        assert all(path.is_relative_to(data) for path in files)

    def test_layers(self, demo):
        layers = demo[1].layers
        assert (len(layers.zones), len(layers.demand)) == (14, 450)
        assert set(layers.zones["zone_level"]) == {"township"}
        assert set(layers.demand["origin"]) == {"synthetic"}
        assert set(layers.facilities["origin"]) == {"synthetic"}
        assert layers.demand["zone_id"].notna().all()
        assert (layers.demand.index.str[:9] == layers.demand["zone_id"]).all()
        assert layers.zones.crs == layers.demand.crs == layers.facilities.crs
        assert 116.9 < layers.demand.to_crs("EPSG:4326").geometry.x.mean() < 117.8

    def test_reading_it_brings_no_complaint(self, demo):
        # Where roads and facilities end, and what legs may not cross, is said of every project.
        codes = [notice.code for notice in demo[1].notices]
        assert codes == ["study_area_buffer", "barriers_read"]

    @pytest.mark.parametrize(
        ("reading", "least", "most"),
        [
            ("health_circle_15", 0.75, 0.92),
            ("health_circle_15_network_2500m", 0.75, 0.95),
            ("health_circle_15_straight_2500m", 0.85, 0.99),
            ("fitness_circle_15", 0.60, 0.85),
            ("fitness_circle_10_urban", 0.55, 0.85),
            ("rescue_ring_30", 0.90, 0.98),
        ],
    )
    def test_every_standard_shows_a_gap(self, demo, reading, least, most):
        row = whole_area(demo[1]).loc[reading]
        assert least < row["share"] < most
        assert row["gap"] > 0
        assert row["villages_covered"] < row["villages"]

    def test_the_three_readings_of_the_health_circle_disagree(self, demo):
        shares = whole_area(demo[1])["share"]
        names = [
            "health_circle_15",
            "health_circle_15_network_2500m",
            "health_circle_15_straight_2500m",
        ]
        assert shares[names].is_unique

    def test_the_far_villages_lie_behind_the_river(self, demo):
        table = demo[1].demand
        rural = table[table["settlement"] == "rural"]
        far = rural[~rural["rescue_ring_30_covered"].astype(bool)]
        assert 10 < len(far) < 80
        assert far.geometry.y.mean() > rural.geometry.y.mean() + 8000

    def test_no_village_or_facility_is_cut_off(self, demo):
        table = demo[1].demand
        rural = table[table["settlement"] == "rural"]
        assert np.isfinite(rural["rescue_ring_30_travel_time_s"]).all()
        assert np.isfinite(table["fitness_circle_15_travel_time_s"]).all()


class TestShandong:
    def test_label_says_what_the_facilities_are(self, shandong):
        project, assessment = shandong
        assert assessment.layers.label == project.label
        assert project.label.startswith("真实数据")
        assert "设施以县域中心点替代，不是县城或医院位置" in project.label
        assert "只适用于30分钟圈" in project.label

    def test_layers(self, shandong):
        layers = shandong[1].layers
        assert (len(layers.zones), len(layers.demand), len(layers.facilities)) == (136, 185, 136)
        assert layers.demand["population"].sum() == 49_233_404
        assert (layers.demand["population"] > 0).all()
        assert layers.demand["zone_id"].notna().all()
        assert set(layers.facilities["origin"]) == {"stand_in"}
        assert set(layers.facilities["kind"]) == {"county_hospital"}
        assert layers.facilities["facility_name"].str.endswith("（县域中心点，替代县级医院）").all()

    def test_only_the_rescue_ring_is_assessed_and_it_has_a_gap(self, shandong):
        rows = whole_area(shandong[1])
        assert rows.index.tolist() == ["rescue_ring_30", "rescue_ring_30_two_legs"]
        assert 0.5 < rows["share"].iloc[0] < 1.0
        assert rows["gap"].iloc[0] > 0
        # Nobody gave ambulance stations, so the two legs claim nothing.
        assert np.isnan(rows["share"].iloc[1])

    def test_stand_ins_are_the_centres_of_the_boundary_file(self, data):
        text = (data / "boundaries/shandong_counties.geojson").read_text(encoding="utf-8")
        counties = [feature["properties"] for feature in json.loads(text)["features"]]
        seats = pd.read_csv(data / "facilities/shandong_county_centres.csv", dtype={"编码": str})
        assert seats["编码"].tolist() == [f"ZD{county['district_adcode']}" for county in counties]
        assert seats["名称"].tolist() == [
            f"{county['district_name']}（县域中心点，替代县级医院）" for county in counties
        ]
        assert seats["经度"].tolist() == [county["lon"] for county in counties]
        assert seats["纬度"].tolist() == [county["lat"] for county in counties]

    def test_places_are_those_with_a_population(self, data, shared_data):
        source = pd.read_csv(shared_data / "places/shandong_geonames.csv")
        known = source[source["population"] > 0]
        places = pd.read_csv(data / "examples/shandong/places.csv", dtype={"编码": str})
        assert places["编码"].tolist() == [f"GN{code}" for code in known["geonameid"]]
        assert places["人口"].tolist() == known["population"].tolist()
        assert places["经度"].tolist() == known["longitude"].tolist()
        assert places["纬度"].tolist() == known["latitude"].tolist()
        assert places["拼写"].tolist() == known["name"].tolist()
        assert places["名称"].tolist() == known["name_zh"].fillna(known["name"]).tolist()

    @pytest.mark.parametrize(
        ("shipped", "source"),
        [
            ("boundaries/shandong_counties.geojson", "boundaries/shandong_counties.geojson"),
            ("networks/shandong_main_nodes.csv", "roads/shandong_main_nodes.csv"),
            ("networks/shandong_main_edges.csv", "roads/shandong_main_edges.csv"),
        ],
    )
    def test_copies_are_unchanged(self, data, shared_data, shipped, source):
        assert (data / shipped).read_bytes() == (shared_data / source).read_bytes()


def cards_in(folder):
    """Source cards of a folder: file name or pattern -> fields; other sections of the README are no cards."""
    readme = folder / "README.md"
    if not readme.is_file():
        return {}
    found = {}
    for section in re.split(r"^## ", readme.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        heading, _, text = section.partition("\n")
        fields = dict(re.findall(r"^- (\w+)：(.+)$", text, flags=re.MULTILINE))
        if fields:
            found[heading.strip()] = fields
    return found


def card(path):
    """The card whose heading is the file's name or a pattern that fits it."""
    cards = cards_in(path.parent)
    return next((fields for name, fields in cards.items() if fnmatch(path.name, name)), {})

"""What a planner takes away from the page."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace

import pandas as pd
import pytest

from coverage.changes.road_change import RoadChange
from reports.replay import Replayed, replay
from reports.results import FILE_NAMES
from tests.test_cli import small_county
from views import downloads
from views.cache import fingerprint, open_project
from views.what_if import WhatIf


@pytest.fixture(scope="module")
def opened(root):
    return open_project(root / "data" / "examples" / "demo_county")


def test_tables_are_those_of_the_command_face(opened):
    demand = pd.read_csv(io.BytesIO(downloads.demand_csv(opened)), dtype={"demand_id": str})
    assert len(demand) == len(opened.assessment.demand)
    zones = pd.read_csv(io.BytesIO(downloads.zones_csv(opened)))
    assert len(zones) == len(opened.assessment.zones)


def test_the_saved_map_begins_with_the_reading_looked_at(opened):
    first = "health_circle_15_straight_2500m"
    assert downloads.reading_ids(opened, first)[0] == first
    text = downloads.saved_map(opened, first).decode("utf-8")
    assert "合成数据" in text
    assert "圈图示例县（合成数据）" in text


def test_the_archive_holds_every_result_and_is_the_same_each_time(opened, monkeypatch):
    # The area of each single facility takes long and is tested with the command face.
    monkeypatch.setattr(downloads, "assessed_in_full", lambda given: given.assessment)
    monkeypatch.setattr(downloads, "saved_map", lambda *_: b"<!DOCTYPE html>")
    content = downloads.archive(opened, "health_circle_15")
    assert content == downloads.archive(opened, "health_circle_15")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert set(archive.namelist()) == set(FILE_NAMES)
        manifest = json.loads(archive.read("manifest.json"))
    assert manifest["project"] == "示例县"
    assert {entry["file"] for entry in manifest["outputs"]} == set(FILE_NAMES) - {"manifest.json"}


def test_the_archive_of_a_project_as_it_is_can_be_made_again(tmp_path, monkeypatch):
    """What is tried on the page is in no file: such an archive tells no command."""
    monkeypatch.setattr(downloads, "saved_map", lambda *_: b"<!DOCTYPE html>")
    county = small_county(tmp_path)
    opened = open_project(county)
    reading = opened.assessment.standards[0].readings[0].reading_id
    with zipfile.ZipFile(io.BytesIO(downloads.archive(opened, reading))) as archive:
        archive.extractall(tmp_path / "o")
    found = replay(tmp_path / "o", project=county, progress=lambda *_: None)
    assert found == Replayed(same=found.same)
    assert {"demand.csv", "zones.csv", "summary.json", "findings.csv"} <= set(found.same)
    monkeypatch.setattr(downloads, "assessed_in_full", lambda given: given.assessment)
    changes = (RoadChange("r1", "西路", "close", ((117.05, 36.05), (117.06, 36.05))),)
    tried = replace(opened, what_if=WhatIf(road_changes=changes))
    with zipfile.ZipFile(io.BytesIO(downloads.archive(tried, reading))) as archive:
        told = json.loads(archive.read("manifest.json"))
    assert "job" not in told
    assert told["settings"]["project"]["road_changes_tried"][0]["name"] == "西路"


def test_any_changed_byte_of_any_input_is_another_fingerprint(opened, tmp_path, root):
    import shutil

    from layers.project import load_project

    for folder in ("boundaries", "facilities", "networks", "examples"):
        shutil.copytree(root / "data" / folder, tmp_path / folder)
    project = load_project(tmp_path / "examples" / "demo_county")
    seen = {fingerprint(project)}
    assert fingerprint(load_project(tmp_path / "examples" / "demo_county")) in seen
    choices = project.path(project.settings.project.targets)
    for file in project.input_files():
        content = bytearray(file.read_bytes())
        content[-1] ^= 1
        file.write_bytes(bytes(content))
        seen.add(fingerprint(project))
    # What is decided about targets changes no assessment: all other inputs do.
    assert choices in project.input_files()
    assert len(seen) == len(project.input_files())

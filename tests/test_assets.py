from __future__ import annotations

import os
import sys
import time
from hashlib import sha256

import pytest

from reports.assets import (
    LEAFLET_FOLDER,
    drawing_js,
    install_assets,
    leaflet_css,
    leaflet_js,
    publish_map,
    sweep_maps,
)

PAYLOAD = b'{"a":1}'
VERSION = sha256(PAYLOAD).hexdigest()


def age(path, seconds):
    past = time.time() - seconds
    os.utime(path, (past, past))


def test_leaflet_comes_whole_and_alone():
    assert leaflet_js().startswith("/* @preserve\n * Leaflet 1.9.4")
    assert "sourceMappingURL" not in leaflet_js()
    assert "url(images/" not in leaflet_css()
    assert leaflet_css().count("url(data:image/png;base64,") == 3


def test_drawing_code_sets_no_markup():
    code = drawing_js()
    assert ".innerHTML =" not in code
    assert "insertAdjacentHTML" not in code
    assert "document.write" not in code


def test_install_is_idempotent(tmp_path):
    install_assets(tmp_path / "static")
    files = sorted(path for path in (tmp_path / "static").rglob("*") if path.is_file())
    assert [path.name for path in files] == ["leaflet.css", "leaflet.js"]
    for path in files:
        age(path, 1000)
    before = [path.stat().st_mtime_ns for path in files]
    install_assets(tmp_path / "static")
    assert [path.stat().st_mtime_ns for path in files] == before


def test_install_repairs_a_damaged_file(tmp_path):
    install_assets(tmp_path)
    script = tmp_path / LEAFLET_FOLDER / "leaflet.js"
    script.write_text("half")
    install_assets(tmp_path)
    assert script.read_text("utf-8") == leaflet_js()


def test_published_map_lies_under_its_hash(tmp_path):
    publish_map(tmp_path, version=VERSION, payload=PAYLOAD)
    path = tmp_path / "maps" / f"{VERSION}.json"
    assert path.read_bytes() == PAYLOAD
    if sys.platform != "win32":
        assert path.stat().st_mode & 0o077 == 0


def test_publishing_again_keeps_the_file_from_the_sweep(tmp_path):
    publish_map(tmp_path, version=VERSION, payload=PAYLOAD)
    path = tmp_path / "maps" / f"{VERSION}.json"
    age(path, 5000)
    publish_map(tmp_path, version=VERSION, payload=PAYLOAD)
    sweep_maps(tmp_path, age_s=1000)
    assert path.exists()


def test_sweep_removes_only_old_maps(tmp_path):
    publish_map(tmp_path, version=VERSION, payload=PAYLOAD)
    other = tmp_path / "maps" / "notes.json"
    other.write_text("{}")
    for path in (tmp_path / "maps").iterdir():
        age(path, 5000)
    sweep_maps(tmp_path, age_s=1000)
    assert [path.name for path in (tmp_path / "maps").iterdir()] == ["notes.json"]


@pytest.mark.parametrize("version", ["", "../../app", VERSION.upper(), VERSION + "0"])
def test_only_a_hash_names_a_file(tmp_path, version):
    with pytest.raises(ValueError) as error:
        publish_map(tmp_path, version=version, payload=PAYLOAD)
    assert str(error.value) == f"not a SHA-256: {version!r}"
    assert not (tmp_path / "maps").exists()

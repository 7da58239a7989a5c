"""Bytes changed in small valid files of every format: a table, an outline or a sentence."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.fuzz_readers import BOUNDS, seeds, victim
from coverage.errors import SourceError
from layers import sources
from layers.formats.dispatch import outline_of, read_part
from layers.formats.outline import Outline
from layers.formats.population_raster import write_cells
from layers.tables import SourceTable


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return seeds(tmp_path_factory.mktemp("seeds"))


def test_every_seed_is_read(files, tmp_path):
    assert {path.suffix for path in files} == {
        ".csv", ".dbf", ".dxf", ".gdb", ".geojson", ".gpkg", ".kml", ".kmz", ".shp", ".shx", ".tif",
        ".xlsx", ".zip",
    }  # fmt: skip
    for path in files:
        assert outline_of(path).parts
        if path.suffix == ".tif":
            write_cells(path, bounds=BOUNDS, answer=tmp_path / "cells.arrow")
        elif path.suffix != ".zip":
            assert len(read_part(path)) > 0


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(number=st.integers(0, 2**32), place=st.integers(0, 12))
def test_changed_bytes_are_a_table_or_a_sentence(files, number, place):
    dice = random.Random(number)  # noqa: S311 - no secret
    with tempfile.TemporaryDirectory() as name:
        path = victim(files[place], Path(name), dice)
        try:
            assert isinstance(outline_of(path), Outline)
            if path.suffix == ".tif":
                write_cells(path, bounds=BOUNDS, answer=Path(name) / "cells.arrow")
            else:
                assert isinstance(read_part(path), SourceTable)
        except SourceError as error:
            assert str(error).endswith("。")  # noqa: PT017 - either is right


@pytest.fixture
def lasting(monkeypatch):
    """A new reading process that is not replaced however much it holds."""
    sources._reader.close()
    monkeypatch.setattr(sources, "RETIRE_BYTES", float("inf"))


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(number=st.integers(0, 2**32), place=st.integers(0, 12))
@pytest.mark.usefixtures("lasting")
def test_the_reading_process_lives_on(files, number, place):
    sources._reader._start()
    process = sources._reader._process
    with tempfile.TemporaryDirectory() as name:
        path = victim(files[place], Path(name), random.Random(number))  # noqa: S311
        try:
            assert isinstance(sources.outline(path), Outline)
        except SourceError as error:
            assert str(error).endswith("。")  # noqa: PT017 - either is right
    assert sources._reader._process is process
    assert process.poll() is None

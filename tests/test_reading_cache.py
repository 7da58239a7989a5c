"""Readings kept beside the project: equal to a fresh one, never trusted, never in the way."""

from __future__ import annotations

import json
import os
import shutil
import zipfile
from dataclasses import fields, replace
from io import BytesIO

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal
from hypothesis import given, settings
from hypothesis import strategies as st

from coverage.access.barriers import NO_BARRIERS, Barriers
from coverage.errors import RoadError
from coverage.notices import Notice
from coverage.roads import Roads, with_names
from layers.kept import reading_arrays, reading_cache
from layers.kept.reading_arrays import UnfitError, from_arrays, to_arrays
from layers.kept.reading_cache import FOLDER, KEPT, cached_reading
from layers.samples import generate_roads

CRS = "EPSG:4527"
TOLD = (Notice("closed_ways", "有 2 条道路「\ud800」未采用。", 2), Notice("a", "b"))


def some_roads(seed: int = 1) -> Roads:
    barriers = Barriers(
        np.array([shapely.LineString([(0, 0), (5, 5)]), shapely.box(0, 0, 9, 9)], dtype=object),
        np.array(["河流", "水面"], dtype=object),
        np.array([True, False]),
    )
    return replace(generate_roads(nodes=30, seed=seed), barriers=barriers)


def some_demand() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {
            "demand_name": pd.Series([None, "李村", "王村"], dtype=object, index=["a", "b", "c"]),
            "population": [1.5, np.nan, 0.0],
            "origin": ["osm", "osm", "osm"],
            "zone_id": ["1", "1", "2"],
        },
        index=pd.Index(["a", "b", "c"], name="demand_id"),
        geometry=gpd.points_from_xy([1.0, 2.5, 1e7], [0.1, -4.0, 3e6]),
        crs=CRS,
    )


def assert_same_roads(one: Roads, other: Roads) -> None:
    for name in (field.name for field in fields(Roads)):
        value, kept = getattr(one, name), getattr(other, name)
        if name == "barriers":
            assert shapely.equals_exact(value.geometry, kept.geometry).all()
            assert value.name.tolist() == kept.name.tolist()
            assert value.passable.tolist() == kept.passable.tolist()
        elif name == "access":
            assert list(value) == list(kept)
            assert all(np.array_equal(value[user], kept[user]) for user in value)
        elif isinstance(value, np.ndarray):
            assert value.dtype == kept.dtype
            assert np.array_equal(value, kept, equal_nan=value.dtype.kind == "f")
            assert not kept.flags.writeable
        else:
            assert value == kept


def assert_same_table(one: gpd.GeoDataFrame, other: gpd.GeoDataFrame) -> None:
    assert_geodataframe_equal(one, other)
    assert one.index.dtype == other.index.dtype
    for name in one.columns:
        assert [type(value) for value in one[name]] == [type(value) for value in other[name]]


class Counted:
    """A reading that says how often it was done."""

    def __init__(self, value, notices=TOLD):
        self.value, self.notices, self.times = value, notices, 0

    def __call__(self):
        self.times += 1
        return self.value, self.notices


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "data" / "roads.osm.pbf"
    path.parent.mkdir()
    path.write_bytes(b"content")
    return path


@pytest.fixture
def kept(tmp_path, source):
    """Read through the cache of a project in `tmp_path`."""

    def run(read, *, what="roads", files=(source,), tables=None, **steering):
        return cached_reading(
            read, what=what, project_folder=tmp_path, files=files, tables=tables, settings=steering
        )

    return run


def entries(folder) -> list[str]:
    return sorted(file.name for file in (folder / FOLDER).glob("*"))


def test_roads_come_back_equal(kept):
    read = Counted(some_roads())
    for _ in range(3):
        roads, notices = kept(read, crs=CRS)
        assert_same_roads(roads, read.value)
        assert notices == TOLD
    assert read.times == 1


def test_roads_without_barriers_come_back_with_none(kept):
    read = Counted(generate_roads(nodes=9, seed=1))
    assert kept(read)[0].barriers is kept(read)[0].barriers is NO_BARRIERS


def test_tables_come_back_equal(kept):
    read = Counted(some_demand())
    for _ in range(2):
        table, _ = kept(read, what="demand")
        assert_same_table(table, some_demand())
    assert read.times == 1
    table["population"] = 0.0  # and may be changed like any other


@settings(max_examples=25)
@given(
    st.lists(
        st.tuples(
            st.one_of(st.none(), st.just(float("nan")), st.text(min_size=1)),
            st.floats(0, 1e6) | st.just(float("nan")),
            st.floats(-1e7, 1e7),
        ),
        max_size=8,
    )
)
def test_any_table_comes_back_equal(rows):
    names, people, x = zip(*rows, strict=True) if rows else ((), (), ())
    ids = pd.Index([f"d{n}" for n in range(len(rows))], name="demand_id", dtype="str")
    table = gpd.GeoDataFrame(
        {
            "demand_name": pd.Series(list(names), dtype=object, index=ids),
            "population": pd.Series(people, dtype=float, index=ids),
            "origin": pd.Series(["osm"] * len(rows), dtype="str", index=ids),
        },
        index=ids,
        geometry=gpd.points_from_xy(x, x),
        crs=CRS,
    )
    arrays, facts = to_arrays(table)
    assert_same_table(from_arrays(arrays, json.loads(json.dumps(facts)), what="demand"), table)


def test_names_of_roads_come_back(kept):
    roads = with_names(some_roads(), np.arange(some_roads().edge_count) % 3 - 1, ["<b>路", "X001"])
    assert roads.names == ("<b>路", "X001")
    for _ in range(2):
        assert_same_roads(kept(Counted(roads))[0], roads)


@pytest.mark.parametrize(
    "names", [["甲路"], ["甲路", 5], ["甲路", "x" * 41], ["甲路", "乙\x00路"], None, "甲乙"]
)
def test_names_that_do_not_fit_are_no_entry(names):
    """Two names are in use: too few, no text, too long, unreadable, none at all."""
    roads = with_names(some_roads(), np.arange(some_roads().edge_count) % 3 - 1, ["甲路", "乙路"])
    arrays, facts = to_arrays(roads)
    if names == "甲乙":
        arrays["name_code"] = arrays["name_code"] - 1
    else:
        facts["names"] = names
    with pytest.raises((UnfitError, TypeError)):
        from_arrays(arrays, facts, what="roads")


def test_every_field_of_roads_is_kept():
    tables = (reading_arrays._NODES, reading_arrays._EDGES, reading_arrays._VERTICES)
    known = {name.partition("/")[0] for table in tables for name in table}
    known |= {"crs", "barriers", "vertex_start", *reading_arrays._NAMES}
    assert known == {field.name for field in fields(Roads)}


def test_anything_that_changes_makes_another_entry(kept, tmp_path, source, monkeypatch):
    read = Counted(some_roads())
    zones = some_demand()

    def reads(**changes) -> bool:
        before = read.times
        kept(read, **({"crs": CRS, "tables": {"zones": zones}} | changes))
        return read.times > before

    assert reads()
    assert not reads()
    source.write_bytes(b"Content")
    assert reads()
    source.write_bytes(b"content")
    assert not reads()
    assert reads(crs="EPSG:4528")
    moved = zones.set_geometry(zones.translate(1e-9))
    assert reads(tables={"zones": moved})
    assert reads(tables={})
    assert reads(bounds=[0.0, 1.0])
    source.with_suffix(".dbf").write_bytes(b"")  # "roads.osm.dbf" beside "roads.osm.pbf"
    assert reads()
    other = source.with_name("other.osm.pbf")
    shutil.copy(source, other)
    assert reads(files=(other,))  # messages name the file
    monkeypatch.setattr(reading_cache, "_program_digest", lambda: "another version")
    assert reads()


def test_what_cannot_be_read_speaks_for_itself(kept, tmp_path):
    def fails():
        msg = "这个文件没有道路。"
        raise RoadError(msg)

    for files in [(), (tmp_path / "nowhere.pbf",), (tmp_path,)]:
        with pytest.raises(RoadError, match=r"^这个文件没有道路。$"):
            kept(fails, files=files)
    assert entries(tmp_path) == []


def test_missing_file_is_never_cached(kept, tmp_path):
    read = Counted(some_roads())
    for _ in range(2):
        kept(read, files=(tmp_path / "nowhere.pbf",))
    assert read.times == 2


def test_file_that_changes_while_it_is_read_is_not_kept(kept, tmp_path, source):
    def read():
        source.write_bytes(b"something longer")
        return some_roads(), ()

    kept(read)
    assert entries(tmp_path) == []


@pytest.mark.skipif(os.name == "nt", reason="permissions of folders are another matter there")
def test_folder_that_may_not_be_written_to(kept, tmp_path):
    if os.geteuid() == 0:
        pytest.skip("nothing is forbidden to root")
    read = Counted(some_roads())
    tmp_path.chmod(0o500)
    try:
        for _ in range(2):
            assert_same_roads(kept(read)[0], read.value)
    finally:
        tmp_path.chmod(0o700)
    assert read.times == 2


@pytest.mark.parametrize("call", ["mkdir", "open", "replace", "unlink"])
def test_refusals_of_the_system_are_not_told(kept, tmp_path, monkeypatch, call):
    """A read-only medium, a full disk, an entry that another program holds open."""
    real = getattr(reading_cache.Path, call)

    def refuses(self, *arguments, **options):
        if FOLDER in str(self) and arguments != ("rb",):
            raise OSError(28, "No space left on device")
        return real(self, *arguments, **options)

    monkeypatch.setattr(reading_cache.Path, call, refuses)
    read = Counted(some_roads())
    assert_same_roads(kept(read)[0], read.value)


def test_failed_writing_leaves_no_rest(kept, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(reading_cache.os, "fsync", full)
    kept(Counted(some_roads()))
    assert entries(tmp_path) == []


@pytest.mark.parametrize("kind", ["file", "link"])
def test_something_else_in_place_of_the_folder(kept, tmp_path, kind):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    if kind == "file":
        (tmp_path / FOLDER).write_text("mine")
    else:
        (tmp_path / FOLDER).symlink_to(elsewhere)
    read = Counted(some_roads())
    assert_same_roads(kept(read)[0], read.value)
    assert list(elsewhere.iterdir()) == []


def test_only_the_newest_stay(kept, tmp_path):
    (tmp_path / FOLDER).mkdir()
    foreign = tmp_path / FOLDER / "roads-mine.npz"
    foreign.write_text("not ours")
    read = Counted(some_roads())
    for number in range(KEPT + 2):
        kept(read, number=number)
        for age, file in enumerate(
            sorted((tmp_path / FOLDER).glob("roads-*"), key=os.path.getmtime)
        ):
            os.utime(file, (age, age))
        kept(read, number=0)  # used again and again
    kept(Counted(some_demand()), what="demand")
    assert len(entries(tmp_path)) == KEPT + 2
    assert foreign.exists()
    before = read.times
    kept(read, number=0)
    kept(read, number=KEPT + 1)
    assert read.times == before
    kept(read, number=1)
    assert read.times == before + 1


def test_leftovers_of_a_kill_are_swept(kept, tmp_path):
    (tmp_path / FOLDER).mkdir()
    old, fresh = (tmp_path / FOLDER / name for name in ("old.tmp", "fresh.tmp"))
    for file in (old, fresh):
        file.write_text("half")
    os.utime(old, (1, 1))
    kept(Counted(some_roads()))
    assert fresh.exists()
    assert not old.exists()


def test_same_reading_same_bytes(kept, tmp_path):
    contents = []
    for _ in range(2):
        kept(Counted(some_roads()))
        (entry,) = (tmp_path / FOLDER).iterdir()
        contents.append(entry.read_bytes())
        entry.unlink()
    assert contents[0] == contents[1]


def entry_of(kept, tmp_path, value, what):
    kept(Counted(value), what=what)
    (entry,) = (tmp_path / FOLDER).iterdir()
    return entry


def rewritten(entry, change) -> None:
    """The entry with its arrays and facts changed, as a careful forger would."""
    with np.load(entry) as archive:
        arrays = {name: archive[name].copy() for name in archive.files}
    facts = json.loads(arrays.pop("facts").tobytes())
    change(arrays, facts)
    arrays["facts"] = np.frombuffer(json.dumps(facts).encode(), dtype=np.uint8)
    buffer = BytesIO()
    reading_cache._save(buffer, arrays)
    entry.write_bytes(buffer.getvalue())


def put(name, place, value):
    def change(arrays, _facts):
        arrays[name][place] = value

    return change


def swap(name, make):
    def change(arrays, _facts):
        arrays[name] = make(arrays[name])

    return change


def drop(name):
    return lambda arrays, _facts: arrays.pop(name)


def fact(*path, value):
    def change(_arrays, facts):
        *way, last = path
        for step in way:
            facts = facts[step]
        facts[last] = value

    return change


FORGED_ROADS = {
    "node out of range": put("from_node", 0, 30),
    "negative node": put("to_node", 3, -1),
    "class out of range": put("road_class", 0, 99),
    "surface out of range": put("surface", 0, -1),
    "node id twice": put("node_id", 1, 1),
    "nowhere": put("node_x", 0, np.nan),
    "far out": put("vertex_y", 0, np.inf),
    "negative length": put("length_m", 0, -1.0),
    "speed nought": put("max_speed_kph", 0, 0.0),
    "strange access": put("access/motor", 0, 4),
    "vertices backwards": put("vertex_start", 1, 0),
    "vertices beyond the end": put("vertex_start", -1, 10**9),
    "one edge too few": swap("length_m", lambda a: a[:-1]),
    "other kind of number": swap("node_x", lambda a: a.astype(np.float32)),
    "other byte order": swap("node_x", lambda a: a.astype(">f8")),
    "two dimensions": swap("node_x", lambda a: a[:, None]),
    "flag of two": swap("is_bridge", lambda a: (a.view(np.uint8) + 2).view(np.bool_)),
    "no barriers": drop("barrier/bytes"),
    "barrier that is a point": lambda arrays, _: arrays.update(
        reading_arrays._bytes_to_arrays("barrier", [shapely.to_wkb(shapely.Point(0, 0))] * 2)
    ),
    "barrier that is no shape": put("barrier/bytes", 1, 99),
    "barrier starts backwards": put("barrier/start", 1, 10**6),
    "one name too few": lambda arrays, _: arrays.update(
        reading_arrays._bytes_to_arrays("barrier_name", [b"a"])
    ),
    "name that is no text": put("barrier_name/bytes", 0, 0xFF),
    "unknown CRS": fact("value", "crs", value="EPSG:99"),
    "CRS in degrees": fact("value", "crs", value="EPSG:4326"),
    "CRS that is a number": fact("value", "crs", value=4527),
    "class that is a number": fact("value", "road_classes", value=[1, 2, 3, 4, 5]),
    "another entry's": fact("entry", value="roads-" + "0" * 64 + ".npz"),
    "no facts": lambda _arrays, facts: facts.clear(),
    "notice of three": fact("notices", 0, value=["a", "b", "c"]),
    "notice without text": fact("notices", 0, "message", value=None),
    "notice of half a row": fact("notices", 0, "count", value=0.5),
}


@pytest.mark.parametrize("change", FORGED_ROADS.values(), ids=FORGED_ROADS)
def test_forged_roads_are_read_anew(kept, tmp_path, change):
    roads = some_roads()
    entry = entry_of(kept, tmp_path, roads, "roads")
    genuine = entry.read_bytes()
    rewritten(entry, change)
    read = Counted(roads)
    assert_same_roads(kept(read)[0], roads)
    assert read.times == 1
    assert entry.read_bytes() == genuine


FORGED_DEMAND = {
    "negative people": put("1", 2, -5.0),
    "one row too few": swap("1", lambda a: a[:-1]),
    "unknown state": put("0/state", 0, 3),
    "no such CRS": fact("value", "crs", value="EPSG:1"),
    "CRS that is a file": fact("value", "crs", value="/etc/passwd"),
    "rows that are no number": fact("value", "rows", value="3"),
    "column twice": fact("value", "columns", 2, value=["1", "demand_name", "float64"]),
    "column of objects": fact("value", "columns", 2, 2, value="category"),
    "no such geometry": fact("value", "geometry", value="population"),
    "nothing": fact("value", value=None),
    "a list": fact("value", value=[]),
}


@pytest.mark.parametrize("change", FORGED_DEMAND.values(), ids=FORGED_DEMAND)
def test_forged_tables_are_read_anew(kept, tmp_path, change):
    entry = entry_of(kept, tmp_path, some_demand(), "demand")
    rewritten(entry, change)
    read = Counted(some_demand())
    assert_same_table(kept(read, what="demand")[0], some_demand())
    assert read.times == 1


def test_nothing_is_unpickled_or_unpacked(kept, tmp_path):
    roads = some_roads()
    entry = entry_of(kept, tmp_path, roads, "roads")
    with np.load(entry) as archive:
        arrays = {name: archive[name] for name in archive.files}
    boom = np.array([None], dtype=object)
    for write, changed in (
        (np.savez, arrays | {"node_x": boom}),
        (np.savez_compressed, arrays),
        (np.savez, arrays | {"node_x": np.asfortranarray(np.ones((2, 2)))}),
    ):
        with entry.open("wb") as file:
            write(file, **changed)
        read = Counted(roads)
        assert_same_roads(kept(read)[0], roads)
        assert read.times == 1


def test_header_that_claims_a_terabyte(kept, tmp_path):
    entry = entry_of(kept, tmp_path, some_roads(), "roads")
    with zipfile.ZipFile(entry) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["node_x.npy"] = parts["node_x.npy"].replace(b"(30,)", b"(9**9,)"[:5].ljust(5))
    parts["node_y.npy"] = parts["node_y.npy"].replace(
        b"(30,), }            ", b"(100000000000,), }  "
    )
    with zipfile.ZipFile(entry, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    read = Counted(some_roads())
    kept(read)
    assert read.times == 1


@settings(max_examples=100)
@given(st.data())
def test_any_damage_is_harmless(tmp_path_factory, data):
    """Cut off or garbled anywhere: either the entry is as it was, or the file is read again."""
    folder = tmp_path_factory.mktemp("project")
    source = folder / "roads.csv"
    source.write_text("x")
    roads = some_roads()

    def run(read):
        return cached_reading(
            read, what="roads", project_folder=folder, files=[source], settings={}
        )

    run(Counted(roads))
    (entry,) = (folder / FOLDER).iterdir()
    content = bytearray(entry.read_bytes())
    if data.draw(st.booleans()):
        del content[data.draw(st.integers(0, len(content) - 1)) :]
    else:
        for _ in range(data.draw(st.integers(1, 3))):
            # the end holds the table of contents, where damage does most
            start = data.draw(st.sampled_from([0, max(0, len(content) - 2500)]))
            content[data.draw(st.integers(start, len(content) - 1))] = data.draw(
                st.integers(0, 255)
            )
    entry.write_bytes(bytes(content))
    assert_same_roads(run(Counted(roads))[0], roads)


@pytest.mark.parametrize(
    "table",
    [
        some_demand().set_crs(None, allow_override=True),
        some_demand().assign(more=gpd.points_from_xy([0, 0, 0], [0, 0, 0])),
        some_demand().assign(more=gpd.GeoSeries.from_xy([0, 0, 0], [0, 0, 0]).to_numpy()),
        some_demand().assign(more=pd.Categorical(["a", "b", "c"])),
        some_demand().assign(more=pd.Series([1, "a", None], dtype=object).to_numpy()),
        some_demand().rename(columns={"origin": 7}),
        some_demand().rename_axis(None),
        some_demand().set_geometry([None, *some_demand().geometry[1:]]),
    ],
)
def test_tables_that_cannot_be_kept_are_read_each_time(kept, tmp_path, table):
    with pytest.raises(UnfitError):
        to_arrays(table)
    read = Counted(table)
    for _ in range(2):
        assert kept(read, what="demand")[0] is table
    assert read.times == 2
    assert entries(tmp_path) == []


def test_steering_table_that_cannot_be_described(kept):
    read = Counted(some_roads())
    odd = some_demand().set_crs(None, allow_override=True)
    for _ in range(2):
        kept(read, tables={"zones": odd})
    assert read.times == 2


def test_names_with_brackets_are_no_patterns(kept, tmp_path):
    source = tmp_path / "路网 [1].csv"
    source.write_text("x")
    read = Counted(some_roads())
    for _ in range(2):
        kept(read, files=(source,))
    source.with_suffix(".prj").write_text("y")
    kept(read, files=(source,))
    assert read.times == 2

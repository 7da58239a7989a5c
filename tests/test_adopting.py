"""A file taken up by a project: whole or not at all, and nothing of it where it does not belong."""

from __future__ import annotations

import os
import string
import time
import tomllib
from dataclasses import replace

import geopandas as gpd
import osmium
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage.errors import OutputError, ProjectError
from layers import corrections
from layers.corrections import read_corrections
from layers.formats.dispatch import read_part
from layers.formats.outline import ReadingOptions
from layers.intake import Draft, adopt, new_project, with_columns
from layers.intaking import adopting, stored_files
from layers.intaking.project_text import with_list, with_table
from layers.intaking.stored_files import safe_stem, stored
from layers.project import load_project
from tests.incoming import clinics, draft_of, loaded
from tests.small_county import PROJECT, VILLAGES, write_csv, write_zones
from tests.test_loading import write_county


@pytest.fixture
def county(tmp_path):
    folder = tmp_path / "县"
    folder.mkdir()
    return load_project(write_county(folder))


@pytest.fixture
def incoming(tmp_path):
    folder = tmp_path / "来件"
    folder.mkdir()
    return folder


COMMENTED = PROJECT.replace("[demand]", "# 村庄\n[demand]  # 名录").replace(
    'crs = "WGS84"', 'crs = "WGS84"  # 核对过'
)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_the_rest_of_a_project_file_stays_byte_for_byte(tmp_path, incoming, end, bom):
    write_county(tmp_path, COMMENTED)
    file = tmp_path / "project.toml"
    old = bom + file.read_bytes().replace(b"\n", end.encode())
    file.write_bytes(old)
    adopt(load_project(tmp_path), draft_of(clinics(incoming, "7,甲,114.95,37.6,3")))
    new = file.read_bytes()
    assert new.startswith(old)
    added = end + end.join([
        "[[facilities]]", 'file = "sources/诊所.csv"', 'crs = "WGS84"',
        'faulty_rows = "set_aside"', 'kind = "village_clinic"',
        'columns = {id = "编码", name = "名称", lon = "经度", lat = "纬度", capacity_beds = "床位数"}',
        "",
    ])  # fmt: skip
    assert new[len(old) :].decode() == added


def test_a_list_in_the_place_of_another(county, incoming):
    before = county.file.read_bytes().decode()
    path = clinics(incoming, "7,甲,114.95,37.6,3")
    project = adopt(county, draft_of(path), replaces=0)
    assert [one.file for one in project.settings.facilities] == ["sources/诊所.csv"]
    start = before.index("[[facilities]]")
    after = project.file.read_bytes().decode()
    assert after.startswith(before[:start])
    assert after.endswith(before[before.index("[assessment]") :])
    # the very same file again stands for itself
    again = adopt(project, replace(draft_of(path), kind="township_hospital"))
    assert [one.kind for one in again.settings.facilities] == ["township_hospital"]
    assert sorted(one.name for one in (project.folder / "sources").iterdir()) == ["诊所.csv"]


def test_a_list_of_a_name_that_is_there_asks_which_is_meant(county, incoming):
    first = adopt(county, draft_of(clinics(incoming, "7,甲,114.95,37.6,3")))
    before = first.file.read_bytes()
    changed = draft_of(clinics(incoming, "7,甲,114.95,37.6,4"))
    with pytest.raises(ProjectError) as caught:
        adopt(first, changed)
    assert str(caught.value) == (
        "项目的第 2 份设施名录「sources/诊所.csv」与「诊所.csv」同名，但不是同一个文件，"
        "请说明是换掉那一份（页面选“换掉现在的第 2 份名录”，命令行写 --replace 2），"
        "还是另加一份（页面选“作为一份新的设施名录加入”，命令行写 --add；"
        "两份里相同的设施会算两次）。"
    )
    assert first.file.read_bytes() == before
    assert [one.name for one in (first.folder / "sources").iterdir()] == ["诊所.csv"]
    replaced = adopt(first, changed, replaces=1)
    assert [one.file for one in replaced.settings.facilities] == [
        "clinics.csv",
        "sources/诊所-2.csv",
    ]
    again = draft_of(clinics(incoming, "7,甲,114.95,37.6,5"))
    with pytest.raises(ProjectError, match=r"第 2 份设施名录「sources/诊所-2\.csv」"):
        adopt(replaced, again)
    added = adopt(replaced, again, adds=True)
    assert [one.file for one in added.settings.facilities] == [
        "clinics.csv", "sources/诊所-2.csv", "sources/诊所-3.csv",
    ]  # fmt: skip
    # the very file that is read already needs no answer, and stands for itself
    assert len(adopt(added, again).settings.facilities) == 3


def test_lists_written_as_one_array_are_taken_apart(tmp_path, incoming):
    lists = 'facilities = [{file = "clinics.csv", kind = "village_clinic", columns = {name = "名称", lon = "经度", lat = "纬度"}}]  # 两份\n'
    rest = PROJECT.replace(
        PROJECT[PROJECT.index("[[facilities]]") : PROJECT.index("[assessment]")], ""
    )
    write_county(tmp_path, lists + rest)
    project = load_project(tmp_path)
    added = adopt(project, draft_of(clinics(incoming, "7,甲,114.95,37.6,3")))
    assert [one.file for one in added.settings.facilities] == ["clinics.csv", "sources/诊所.csv"]
    assert added.settings.facilities[0] == project.settings.facilities[0]
    assert "# 两份" in added.file.read_text(encoding="utf-8")
    replaced = adopt(added, draft_of(clinics(incoming, "8,乙,114.95,37.6,3")), replaces=0)
    assert [one.file for one in replaced.settings.facilities] == [
        "sources/诊所-2.csv", "sources/诊所.csv",
    ]  # fmt: skip


def test_people_of_zones_follow_the_new_zones(tmp_path, incoming):
    text = PROJECT.replace(
        PROJECT[PROJECT.index('file = "villages.csv"') : PROJECT.index("[[facilities]]")],
        'from = "residential_roads"\npopulation_by_zone = "人口"\n',
    )
    write_county(tmp_path, text)
    path = write_csv(
        incoming / "界.csv",
        "名称,总人口,WKT",
        '甲,10,"POLYGON((114.8 37.5,115 37.5,115 37.7,114.8 37.5))"',
    )
    draft = draft_of(path, "zones")
    assert draft.columns["population"] == "总人口"
    project = adopt(load_project(tmp_path), draft)
    assert project.settings.demand.population_by_zone == "总人口"
    without = adopt(project, with_columns(draft, {"population": ""}))
    assert without.settings.demand.population_by_zone is None
    assert without.settings.demand.source == "residential_roads"


def test_a_project_file_that_changed_in_the_meantime_is_not_written_over(county, incoming):
    text = county.file.read_text(encoding="utf-8")
    county.file.write_text(
        text.replace('kind = "village_clinic"', 'kind = "pharmacy"'), encoding="utf-8"
    )
    before = county.file.read_bytes()
    path = clinics(incoming, "7,甲,114.95,37.6,3")
    with pytest.raises(ProjectError) as caught:
        adopt(county, draft_of(path), replaces=0)
    assert str(caught.value) == (
        "项目文件「project.toml」在此期间被改过，第 1 份设施名录已不是原来那一份。请重新打开项目后再替换。"
    )
    with pytest.raises(ProjectError) as caught:
        adopt(county, draft_of(path), replaces=3)
    assert str(caught.value) == "项目里没有第 4 份设施名录（共 1 份），没有可以替换的。"
    assert county.file.read_bytes() == before
    assert not (county.folder / "sources").exists()


def test_another_session_that_writes_makes_this_one_wait(county, incoming, monkeypatch):
    monkeypatch.setattr("layers.kept.changed_file.WAIT_S", 0.05)
    (county.folder / "project.toml.lock").touch()
    with pytest.raises(OutputError) as caught:
        adopt(county, draft_of(clinics(incoming, "7,甲,114.95,37.6,3")))
    assert str(caught.value) == (
        "另一处正在改动项目文件「project.toml」，这次没有写进去。请稍等几秒后重试。"
    )


class PulledPlugError(BaseException):
    """What no code catches."""


@pytest.mark.parametrize("step", range(5))
def test_a_stop_in_the_middle_leaves_the_old_project_whole(county, incoming, monkeypatch, step):
    path = clinics(incoming, "7,甲,114.95,37.6,3", "8,乙,114.95,37.6,3")
    draft = draft_of(path, row_datums={3: "BD-09"})
    before, old = county.file.read_bytes(), loaded(county)
    taken = iter(range(100))

    def stopping(work, *, after):
        def stopped(*args, **kwargs):
            if after and next(taken) == step:
                work(*args, **kwargs)
                raise PulledPlugError
            if not after and next(taken) == step:
                raise PulledPlugError
            return work(*args, **kwargs)

        return stopped

    copy = stopping(stopping(stored_files._copy, after=False), after=True)
    whole = stopping(stopping(corrections.write_whole, after=False), after=True)
    monkeypatch.setattr(stored_files, "_copy", copy)
    monkeypatch.setattr(corrections, "write_whole", whole)
    monkeypatch.setattr(adopting, "write_whole", stopping(adopting.write_whole, after=False))
    with pytest.raises(PulledPlugError):
        adopt(county, draft)
    monkeypatch.undo()
    assert county.file.read_bytes() == before
    same = loaded(load_project(county.file))
    assert same.layers.facilities.equals(old.layers.facilities)
    assert [one for one in same.ledger.findings if one.check != "stale_correction"] == list(
        old.ledger.findings
    )
    # doing it again takes up where it stopped
    project = adopt(county, draft)
    assert [one.file for one in project.settings.facilities][1:] == ["sources/诊所.csv"]
    assert len(read_corrections(project.folder / "corrections.csv")) == 1
    assert sorted(one.name for one in (project.folder / "sources").iterdir()) == ["诊所.csv"]


def test_a_full_disk_is_one_sentence(county, incoming, monkeypatch):
    def full(path, content):
        raise OSError(28, "No space left on device")

    path = clinics(incoming, "7,甲,114.95,37.6,3")
    before = county.file.read_bytes()
    monkeypatch.setattr(adopting, "write_whole", full)
    with pytest.raises(OutputError) as caught:
        adopt(county, draft_of(path))
    assert str(caught.value) == (
        "文件放不进项目「县」（磁盘已满），原来的项目没有改动。"
        "请检查文件夹权限和磁盘空间，关闭正在打开它的程序后重试。"
    )
    assert county.file.read_bytes() == before


HOSTILE = {
    "..\\..\\Windows\\a.csv": "a.csv",
    "/etc/passwd": "passwd.csv",
    "CON.csv": "_CON.csv",
    "lpt1 .csv": "_lpt1.csv",
    "<img src=x onerror=alert(1)>.csv": "_img src_x onerror_alert(1)_.csv",
    "{{7*7}}{% x %}.csv": "__7_7____ x __.csv",
    'a|b?*:"c.csv': "a_b____c.csv",
    "\u202egpj.csv": "_gpj.csv",
    "a\0b\n.csv": "a_b_.csv",
    " . .csv": "facilities.csv",
    "诊" * 300 + ".csv": "诊" * 60 + ".csv",
    "=cmd|'/c calc'!A1.csv": "_cmd__c calc__A1.csv",
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_stay_in_the_folder(county, incoming, name):
    path = clinics(incoming, "7,甲,114.95,37.6,3", name="上传.csv")
    project = adopt(county, draft_of(path, name=name))
    expected = HOSTILE[name] if "calc" not in name else "c calc__A1.csv"
    assert project.settings.facilities[1].file == f"sources/{expected}"
    assert [one.name for one in (project.folder / "sources").iterdir()] == [expected]
    assert sorted(one.name for one in project.folder.iterdir()) == [
        "clinics.csv", "edges.csv", "nodes.csv", "project.toml", "sources",
        "villages.csv", "zones.geojson",
    ]  # fmt: skip


def test_hostile_columns_and_parts_stay_text(county, incoming):
    head = '"]\n[roads]\nfile = "x'
    book = incoming / "a.xlsx"
    pd.DataFrame({head: ["甲"], "经度": [114.95], "纬度": [37.6]}).to_excel(
        book, sheet_name="a'b", index=False, engine="xlsxwriter"
    )
    options = ReadingOptions(part="a'b")
    table = read_part(book, options=options)
    theirs = table.cells.columns[0]
    draft = Draft("facilities", book, "a.xlsx", options, {"name": theirs, "lon": "经度", "lat": "纬度"},
                  crs="WGS84", kind="village_clinic")  # fmt: skip
    project = adopt(county, draft)
    assert project.settings.facilities[1].columns.name == theirs
    assert project.settings.facilities[1].part == "a'b"
    assert project.settings.roads == county.settings.roads


def windows_takes(name):
    stem = name.split(".")[0].strip().lower()
    reserved = {"con", "prn", "aux", "nul", *(f"{a}{n}" for a in ("com", "lpt") for n in range(10))}
    return (
        not set(name) & set('<>:"/\\|?*')
        and all(ord(sign) >= 32 for sign in name)
        and name == name.rstrip(" .")
        and stem not in reserved
        and 0 < len(name.encode()) <= 255
    )


@given(st.text(st.characters(codec="utf-8") | st.sampled_from(string.punctuation), max_size=80))
def test_every_name_becomes_one_that_windows_takes(name):
    assert windows_takes(safe_stem(name, otherwise="demand") + ".csv")
    assert safe_stem(name, otherwise="demand") == safe_stem(name, otherwise="demand")


def test_nothing_is_written_over_and_the_same_is_not_kept_twice(tmp_path, incoming):
    def keep(text, name):
        path = incoming / "a.csv"
        path.write_text(text, encoding="utf-8")
        return stored(path, name=name, folder=tmp_path / "sources", otherwise="x")

    assert [keep("1", "名.csv"), keep("2", "名.csv"), keep("1", "名.csv"), keep("3", "名.csv")] == [
        "名.csv", "名-2.csv", "名.csv", "名-3.csv",
    ]  # fmt: skip
    assert keep("1", "B.csv"), keep("2", "b.csv") == ("B.csv", "b-2.csv")


def test_a_shapefile_is_kept_with_its_pieces(tmp_path, incoming):
    points = gpd.GeoDataFrame(
        {"名称": ["甲"]}, geometry=gpd.points_from_xy([114.9], [37.6]), crs=4490
    )
    points.to_file(incoming / "点.shp", encoding="gbk")
    (incoming / "点.shp").rename(incoming / "点.SHP")
    folder = tmp_path / "sources"
    assert stored(incoming / "点.SHP", name="点.SHP", folder=folder, otherwise="x") == "点.shp"
    kept = sorted(one.name for one in folder.iterdir())
    assert kept == ["点.cpg", "点.dbf", "点.prj", "点.shp", "点.shx"]
    assert read_part(folder / "点.shp").column("名称").tolist() == ["甲"]
    # a piece of another set must not be taken for one of this
    (incoming / "点.prj").unlink()
    assert stored(incoming / "点.SHP", name="点.SHP", folder=folder, otherwise="x") == "点-2.shp"
    assert not (folder / "点-2.prj").exists()


def test_a_file_geodatabase_is_kept_whole(tmp_path, incoming):
    folder = tmp_path / "sources"
    given = incoming / "库.gdb"
    (given / "inner").mkdir(parents=True)
    (given / "inner" / "a").write_bytes(b"1")
    keep = {"name": "库.gdb", "folder": folder, "otherwise": "x"}
    assert [stored(given, **keep), stored(given, **keep)] == ["库.gdb", "库.gdb"]
    assert (folder / "库.gdb" / "inner" / "a").read_bytes() == b"1"
    (given / "inner" / "a").write_bytes(b"2")
    assert stored(given, **keep) == "库-2.gdb"


def test_what_a_killed_run_left_is_swept(tmp_path, incoming):
    folder = tmp_path / "sources"
    folder.mkdir()
    for name, age in ((".quantu-old.tmp", 2 * stored_files.LEFTOVER_AGE_S), (".quantu-new.tmp", 0)):
        (folder / name).touch()
        os.utime(folder / name, (time.time() - age,) * 2)
    stored(clinics(incoming, "7,甲,114.95,37.6,3"), name="a.csv", folder=folder, otherwise="x")
    assert sorted(one.name for one in folder.iterdir()) == [".quantu-new.tmp", "a.csv"]


# ------------------------------------------------------------------------------------- TOML text


VALUES = st.recursive(
    st.text(max_size=8) | st.integers(-9, 9) | st.booleans() | st.floats(-9, 9),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(st.dictionaries(st.text(max_size=6), VALUES, max_size=4), st.sampled_from([None, 0, 1]))
def test_any_table_is_written_so_that_it_reads_back(table, place):
    text = (
        '# 甲\n[demand]\nx = 1 # 乙\n[[facilities]]\na = 1\n[[facilities]]\nb = 2\n[c]\nd = "#"\n'
    )
    old = tomllib.loads(text)
    assert tomllib.loads(with_table(text, "demand", table)) == {**old, "demand": table}
    lists = [*old["facilities"], table]
    if place is not None:
        lists = [table if at == place else one for at, one in enumerate(old["facilities"])]
    new = with_list(text, table, replaces=place)
    assert tomllib.loads(new) == {**old, "facilities": lists}
    assert [line for line in new.splitlines() if line.startswith("#")] == ["# 甲"]


# ----------------------------------------------------------------------------------- new projects


def parts_of_a_project(incoming):
    """Zones, roads, villages and clinics as they come from offices."""
    write_zones(incoming / "zones.geojson")
    roads = incoming / "道路.osm.pbf"
    corners = [(114.5, 37.6), (114.9, 37.6), (115.1, 37.6), (115.5, 37.6)]
    with osmium.SimpleWriter(str(roads)) as writer:
        for at, place in enumerate(corners, start=1):
            writer.add_node(osmium.osm.mutable.Node(id=at, location=place))
        ids = list(range(1, len(corners) + 1))
        writer.add_way(osmium.osm.mutable.Way(id=1, nodes=ids, tags={"highway": "residential"}))
    villages = write_csv(incoming / "villages.csv", *VILLAGES, encoding="gb18030")
    return {
        "zones": draft_of(incoming / "zones.geojson", "zones", crs="", level="township"),
        "roads": roads,
        "demand": draft_of(villages, "demand"),
        "facilities": [draft_of(clinics(incoming, "7,甲,114.95,37.6,3", "8,乙,114.9,37.6,3"),
                                row_datums={3: "GCJ-02"})],
        "standards": ["health_circle_15"],
    }  # fmt: skip


def test_a_new_project_is_there_and_loads(tmp_path, incoming):
    parts = parts_of_a_project(incoming)
    project = new_project(tmp_path / "新 县", name=" 新县 ", **parts)
    assert project.folder == tmp_path / "新 县"
    assert project.name == "新县"
    found = loaded(project)
    assert found.layers.facilities.index.tolist() == ["7", "8"]
    assert found.layers.demand["population"].tolist() == [350, 420, 180]
    assert sorted(one.name for one in project.folder.iterdir() if one.name[0] != ".") == [
        "corrections.csv", "project.toml", "sources",
    ]  # fmt: skip
    assert sorted(one.name for one in tmp_path.iterdir()) == ["新 县", "来件"]
    inferred = new_project(tmp_path / "空", name="二", **{**parts, "demand": None})
    assert inferred.settings.demand.source == "residential_roads"
    assert inferred.settings.demand.population_by_zone == "人口"


def test_a_new_project_needs_room_and_parts(tmp_path, incoming):
    parts = parts_of_a_project(incoming)
    taken = tmp_path / "有"
    taken.mkdir()
    (taken / "a.csv").touch()
    (tmp_path / "文件").touch()
    new_project(tmp_path / "县", name="一", **parts)
    cases = [
        (tmp_path / "县", {}, "文件夹「县」里已经有一个项目（project.toml）。请换一个文件夹，或打开那个项目。"),
        (taken, {}, "文件夹「有」不是空的（有“a.csv”等 1 项）。请给新项目换一个新的或空的文件夹。"),
        (tmp_path / "文件", {}, "「文件」是一个文件，不是文件夹。请给新项目另起一个名字。"),
        (tmp_path / "新", {"facilities": []}, "新项目至少要有一份设施名录，才能看谁在服务圈里。请添加一份。"),
        (tmp_path / "新", {"standards": ["health"]}, "项目「一」要评估的标准“health”不存在"),
        (tmp_path / "新", {"name": " "}, "设置文件「project.toml」有 1 处问题：「project」的「name」不得为空"),
        (tmp_path / "新", {"roads": incoming / "villages.csv"}, "是路段表，还要用 nodes 写明节点表"),
    ]  # fmt: skip
    for folder, changes, sentence in cases:
        with pytest.raises(ProjectError, match=sentence.replace("（", "（").replace(".", r"\.")):
            new_project(folder, **{"name": "一", **parts, **changes})
    assert not (tmp_path / "新").exists()
    with pytest.raises(OutputError):
        new_project(tmp_path / "新", name="一", **{**parts, "roads": incoming / "没有.graphml"})
    assert sorted(one.name for one in tmp_path.iterdir()) == ["县", "文件", "有", "来件"]

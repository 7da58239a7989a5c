"""Files are whole or untouched, and nothing in them runs or breaks a reader."""

from __future__ import annotations

import csv
import errno
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage.errors import OutputError
from reports import files
from reports.files import (
    FORMULA_STARTS,
    check_output_folder,
    csv_bytes,
    json_text,
    output_set,
    write_bytes,
    write_text,
)

ADVICE = (
    "原有的结果没有改动；请检查文件夹权限和磁盘空间，关闭正在打开结果的程序，或换一个输出文件夹。"
)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_written_with_its_folder_and_nothing_else(tmp_path):
    target = tmp_path / "结果 甲" / "地图.html"
    write_text(target, "圈图\n\ud800")
    assert target.read_bytes() == "圈图\n?".encode()
    write_bytes(target, b"new")
    assert target.read_bytes() == b"new"
    assert names(target.parent) == ["地图.html"]


def test_a_full_disk_leaves_the_old_file(tmp_path, monkeypatch):
    target = tmp_path / "map.html"
    target.write_bytes(b"old")

    def full(_handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(OutputError) as caught:
        write_bytes(target, b"new")
    assert str(caught.value) == f"结果写不进「{tmp_path}」（磁盘已满），{ADVICE}"
    assert target.read_bytes() == b"old"
    assert names(tmp_path) == ["map.html"]


def test_an_old_temporary_file_is_swept_and_a_young_one_is_not(tmp_path):
    old, young = tmp_path / ".quantu-a.tmp", tmp_path / ".quantu-b.tmp"
    old.write_bytes(b"")
    young.write_bytes(b"")
    os.utime(old, (time.time() - 7200,) * 2)
    write_bytes(tmp_path / "x", b"")
    assert names(tmp_path) == [".quantu-b.tmp", "x"]


def test_a_set_takes_its_places_together_and_leaves_other_files_alone(tmp_path):
    out = tmp_path / "a" / "b"
    out.mkdir(parents=True)
    (out / "note.txt").write_text("mine")
    (out / "zones.csv").write_text("old")
    with output_set(out) as staging:
        (staging / "zones.csv").write_text("new")
        (staging / "demand.csv").write_text("new")
        assert (out / "zones.csv").read_text() == "old"
    assert names(out) == ["demand.csv", "note.txt", "zones.csv"]
    assert (out / "zones.csv").read_text() == "new"


def test_a_bug_while_writing_leaves_the_old_set_and_surfaces(tmp_path):
    (tmp_path / "zones.csv").write_text("old")

    def fail():
        with output_set(tmp_path) as staging:
            (staging / "zones.csv").write_text("new")
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert names(tmp_path) == ["zones.csv"]
    assert (tmp_path / "zones.csv").read_text() == "old"


def test_one_file_that_cannot_be_replaced_brings_the_others_back(tmp_path, monkeypatch):
    """As on Windows when Excel holds the second file open."""
    (tmp_path / "a.csv").write_text("old a")
    (tmp_path / "c.csv").write_text("old c")
    replace = Path.replace

    def held_open(self, target):
        if self.name == "c.csv" and self.parent.name == "new":
            raise PermissionError(errno.EACCES, "Permission denied", str(target))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", held_open)

    def write():
        with output_set(tmp_path) as staging:
            for name in ("a.csv", "b.csv", "c.csv"):
                (staging / name).write_text("new")

    with pytest.raises(OutputError) as caught:
        write()
    assert str(caught.value) == f"结果写不进「{tmp_path}」（c.csv：没有权限），{ADVICE}"
    assert names(tmp_path) == ["a.csv", "c.csv"]
    assert [(tmp_path / name).read_text() for name in ("a.csv", "c.csv")] == ["old a", "old c"]


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is POSIX")
def test_a_killed_run_leaves_the_old_set_and_the_next_run_sweeps(tmp_path, root):
    (tmp_path / "zones.csv").write_text("old")
    script = (
        "import sys, time; from pathlib import Path; from reports.files import output_set\n"
        "with output_set(Path(sys.argv[1])) as staging:\n"
        "    (staging / 'zones.csv').write_text('half'); print('ready', flush=True); time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)], cwd=root, stdout=subprocess.PIPE
    ) as run:
        assert run.stdout.readline() == b"ready\n"
        with pytest.raises(OutputError) as caught, output_set(tmp_path):
            pass
        assert str(caught.value) == (
            f"另一个 QuanTu 正在往「{tmp_path}」写结果，请等它完成，或换一个输出文件夹。"
        )
        run.send_signal(signal.SIGKILL)
    assert (tmp_path / "zones.csv").read_text() == "old"
    assert len(names(tmp_path)) == 2
    with output_set(tmp_path) as staging:
        (staging / "zones.csv").write_text("new")
    assert names(tmp_path) == ["zones.csv"]
    assert (tmp_path / "zones.csv").read_text() == "new"


def test_an_output_folder_that_is_a_file(tmp_path):
    taken = tmp_path / "out"
    taken.write_text("")
    message = f"输出位置「{taken}」是一个文件，不是文件夹，请换一个输出文件夹。"
    with pytest.raises(OutputError) as caught:
        check_output_folder(taken)
    assert str(caught.value) == message
    with pytest.raises(OutputError) as caught:
        check_output_folder(taken / "deeper")
    assert str(caught.value) == message
    with pytest.raises(OutputError) as caught, output_set(taken):
        pass
    assert str(caught.value) == message


def test_an_output_folder_that_refuses(tmp_path, monkeypatch):
    def refuse(*_args, **_kwargs):
        raise PermissionError(errno.EACCES, "Permission denied", str(tmp_path / ".quantu-x"))

    monkeypatch.setattr(files.tempfile, "mkdtemp", refuse)
    for attempt in (check_output_folder, lambda out: output_set(out).__enter__()):
        with pytest.raises(OutputError) as caught:
            attempt(tmp_path)
        assert str(caught.value) == f"结果写不进「{tmp_path}」（没有权限），{ADVICE}"


def test_checking_the_output_folder_leaves_nothing_behind(tmp_path):
    check_output_folder(tmp_path / "not" / "yet")
    assert names(tmp_path) == []


@pytest.mark.parametrize("start", FORMULA_STARTS)
def test_text_that_looks_like_a_formula_gets_an_apostrophe(start):
    table = pd.DataFrame({f"{start}head": [f"{start}cmd|' /C calc'!A0", None], "n": [-1.5, np.nan]})
    rows = list(csv.reader(io.StringIO(csv_bytes(table).decode("utf-8-sig"), newline="")))
    assert rows == [[f"'{start}head", "n"], [f"'{start}cmd|' /C calc'!A0", "-1.5"], ["", ""]]


def test_a_carriage_return_inside_a_name_starts_no_new_row():
    table = pd.DataFrame({"name": ["村\r=1+1", "b"]})
    rows = list(csv.reader(io.StringIO(csv_bytes(table).decode("utf-8-sig"), newline="")))
    assert rows == [["name"], ["村\r=1+1"], ["b"]]


def test_numbers_flags_and_missing_values_in_csv():
    table = pd.DataFrame(
        {
            "id": ["0012", "a,b"],
            "name": ['"引号"\n换行', "<b>{{ 7*7 }}</b>"],
            "s": [np.inf, 0.1 + 0.2],
            "n": [1, -2],
            "ok": [True, False],
            "lon": [117.12345678, 1.0],
        }
    )
    assert csv_bytes(table).decode("utf-8-sig") == (
        "id,name,s,n,ok,lon\r\n"
        '0012,"""引号""\n换行",inf,1,True,117.1234568\r\n'
        '"a,b",<b>{{ 7*7 }}</b>,0.3,-2,False,1.0\r\n'
    )
    assert csv_bytes(table).startswith(b"\xef\xbb\xbf")


@given(st.lists(st.text(max_size=20), min_size=1, max_size=5))
def test_any_text_survives_a_csv(values):
    table = pd.DataFrame({"name": values, "n": range(len(values))})
    read = csv.reader(io.StringIO(csv_bytes(table).decode("utf-8-sig"), newline=""))
    expected = ["'" + value if value.startswith(FORMULA_STARTS) else value for value in values]
    assert [row[0] for row in read][1:] == expected


def test_json_never_holds_nan_or_infinity():
    content = {
        "a": [np.float64("nan"), float("-inf"), np.int64(3), np.bool_(True)],
        "b": (pd.NA, pd.NaT, None, 1e-9),
        7: "圈\u2028\ud800",
    }
    text = json_text(content, indent=None)
    assert json.loads(text) == {
        "a": [None, None, 3, True],
        "b": [None, None, None, 1e-9],
        "7": "圈\u2028\ud800",
    }


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda each: st.lists(each, max_size=4) | st.dictionaries(st.text() | st.integers(), each),
    max_leaves=20,
)


@given(content=JSON_VALUES, indent=st.sampled_from([0, 2, 3]))
def test_indented_json_is_that_of_python(content, indent):
    text = json.dumps(files.plain(content), ensure_ascii=False, indent=indent, allow_nan=False)
    assert json_text(content, indent=indent) == text + "\n"


def test_indented_json_knows_the_numbers_of_numpy():
    content = {"a": (np.float64(0.5), np.int64(3), np.bool_(True), pd.NA), "b": [{}, [], "圈"]}
    text = json.dumps(files.plain(content), ensure_ascii=False, indent=2)
    assert json_text(content) == text + "\n"


def test_a_value_json_does_not_know_is_a_bug():
    for indent in (None, 2):
        with pytest.raises(TypeError):
            json_text({"a": object()}, indent=indent)

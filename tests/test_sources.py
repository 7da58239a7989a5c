"""Planners' files are opened in a process of their own, which may run wild and take nothing along."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from pandas.testing import assert_frame_equal

from coverage.errors import SourceError
from layers import sources
from layers.formats import text_tables
from layers.formats.limits import READ_MEMORY_BYTES
from layers.formats.outline import ReadingOptions
from layers.sources import _Reader, outline, read_file, read_table

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


@pytest.fixture
def villages(tmp_path):
    path = tmp_path / "村庄.csv"
    path.write_bytes("编码,村名,人口\n0012,王家村,320\n0013,李家村,\n".encode("gb18030"))
    return path


@pytest.fixture
def reader():
    made = _Reader(seconds=1.0)
    yield made
    made.close()


def test_a_table_comes_back_as_text(villages):
    table = read_file(villages)
    assert table.name == "村庄.csv"
    assert table.cells.to_dict("list") == {
        "编码": ["0012", "0013"], "村名": ["王家村", "李家村"], "人口": ["320", ""],
    }  # fmt: skip
    assert table.rows == (2, 3)
    assert table.geometry is None


def test_the_outline_says_what_is_in_it(villages):
    told = outline(villages)
    assert told.name == "村庄.csv"
    assert [part.format for part in told.parts] == ["text"]
    assert told.parts[0].columns == ("编码", "村名", "人口")


def test_a_refusal_comes_through_as_the_same_sentence(tmp_path):
    path = tmp_path / "图.csv"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    with pytest.raises(SourceError, match="图"):
        read_file(path)


def test_a_missing_file_is_told_before_anything_starts(tmp_path):
    with pytest.raises(SourceError, match="找不到数据文件「无"):
        read_file(tmp_path / "无.csv")


def asleep(reader, path):
    """A process in the middle of a file that takes for ever."""
    reader._seconds = 60.0
    reader.ask("outline", path, {})
    reader._process.send_signal(signal.SIGSTOP)


@posix
def test_a_file_that_takes_for_ever_is_given_up(reader, villages):
    asleep(reader, villages)
    reader._seconds = 0.5
    began = time.monotonic()
    with pytest.raises(SourceError) as caught:
        reader.ask("outline", villages, {})
    assert str(caught.value) == (
        "数据文件「村庄.csv」读了 0.5 秒还没有读完，已停止。请检查文件是否损坏，或把它分成几个小文件后重试。"
    )
    assert time.monotonic() - began < 5


@posix
def test_after_it_the_next_file_is_read_again(reader, villages):
    asleep(reader, villages)
    reader._seconds = 0.5
    with pytest.raises(SourceError):
        reader.ask("outline", villages, {})
    reader._seconds = 60.0
    assert reader.ask("outline", villages, {})["name"] == "村庄.csv"


@posix
def test_what_it_unpacked_goes_with_it(reader, villages):
    asleep(reader, villages)
    folder = Path(reader._folder.name)
    (folder / "quantu-zip-1").mkdir()
    reader._seconds = 0.2
    with pytest.raises(SourceError):
        reader.ask("outline", villages, {})
    assert not folder.exists()


@posix
def test_a_process_that_dies_takes_nothing_along(villages, reader):
    reader._seconds = 60.0
    reader.ask("outline", villages, {})
    reader._process.kill()
    reader._process.wait()
    assert reader.ask("outline", villages, {})["name"] == "村庄.csv"


@posix
def test_a_process_that_dies_in_the_middle_is_told(reader, villages):
    asleep(reader, villages)
    threading.Timer(0.3, reader._process.kill).start()
    with pytest.raises(SourceError, match="没有读完：它需要的内存超出上限"):
        reader.ask("outline", villages, {})


@posix
def test_the_process_has_little_memory(villages, reader):
    reader._seconds = 60.0
    reader.ask("outline", villages, {})
    limits = Path(f"/proc/{reader._process.pid}/limits").read_text(encoding="ascii")
    line = next(line for line in limits.splitlines() if line.startswith("Max address space"))
    assert line.split()[3:5] == [str(READ_MEMORY_BYTES)] * 2


@posix
def test_what_earlier_files_left_behind_is_not_the_fault_of_the_next(villages, reader, monkeypatch):
    reader._seconds = 60.0
    reader.ask("outline", villages, {})
    first = reader._process
    real, said = reader._exchange, []

    def exchange(line, path):
        said.append(real(line, path))
        return {"refused": "memory", "message": "", "peak": 0} if len(said) == 1 else said[-1]

    monkeypatch.setattr(reader, "_exchange", exchange)
    assert reader.ask("outline", villages, {})["name"] == "村庄.csv"
    assert len(said) == 2
    assert reader._process is not first


@posix
def test_a_process_that_has_held_much_is_replaced(villages, reader, monkeypatch):
    reader._seconds = 60.0
    monkeypatch.setattr("layers.sources.RETIRE_BYTES", 1)
    assert reader.ask("outline", villages, {})["name"] == "村庄.csv"
    assert reader._process is None
    assert reader.ask("outline", villages, {})["name"] == "村庄.csv"


@posix
def test_a_large_app_does_not_make_its_reading_process_look_large(villages):
    """A child inherits the high-water mark of whoever started it, as `getrusage` counts."""
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from layers.sources import RETIRE_BYTES, _Reader\n"
        "held = b'1' * (RETIRE_BYTES + 100 * 2**20)\n"
        "reader = _Reader()\n"
        "reader.ask('outline', Path(sys.argv[1]), {})\n"
        "print(len(held) > 0 and reader._process is not None)\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", program, str(villages)],
        cwd=Path(__file__).resolve().parent.parent,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert told.stdout.strip() == "True", told.stderr


def test_options_go_along(tmp_path):
    path = tmp_path / "表.csv"
    path.write_text("说明,,\n名称,经度,纬度\n甲,117,36\n", encoding="utf-8")
    table = read_file(path, options=ReadingOptions(header_row=2))
    assert list(table.cells.columns) == ["名称", "经度", "纬度"]


def test_two_at_once_do_not_mix(tmp_path):
    paths = []
    for number in range(6):
        path = tmp_path / f"{number}.csv"
        path.write_text(f"a\n{number}\n", encoding="utf-8")
        paths.append(path)
    found = {}
    threads = [
        threading.Thread(target=lambda p=p: found.update({p.stem: read_file(p).cells["a"][0]}))
        for p in paths
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {str(n): str(n) for n in range(6)}


def test_the_door_reads_in_another_process(villages, monkeypatch):
    monkeypatch.setattr(sources, "RETIRE_BYTES", float("inf"))
    read_file(villages)
    assert sources._reader._process.pid != os.getpid()


def test_small_texts_of_a_project_start_no_process(villages, monkeypatch):
    idle = _Reader()
    monkeypatch.setattr(sources, "_reader", idle)
    table = read_table(villages)
    assert table.rows == (2, 3)
    with pytest.raises(SourceError, match="找不到数据文件「无"):
        read_table(villages.with_name("无.csv"))
    assert idle._process is None


LONG = "单位：万人,,\n编码;村名;人口\n0012;张村;3\n;;\n合计;;3\n"


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
@pytest.mark.parametrize("limit", ["LIGHT_BYTES", "LIGHT_CELLS"])
def test_others_are_the_same_table_out_of_the_process(tmp_path, monkeypatch, encoding, limit):
    path = tmp_path / "村庄.csv"
    path.write_text(LONG, encoding=encoding)
    options = ReadingOptions(header_row=2)
    here = read_table(path, options=options)
    asked = []
    ask = sources._reader.ask
    monkeypatch.setattr(
        sources._reader, "ask", lambda task, *rest: (asked.append(task), ask(task, *rest))[1]
    )
    monkeypatch.setattr(text_tables, limit, 3)
    there = read_table(path, options=options)
    assert asked == ["read"]
    assert_frame_equal(here.cells, there.cells)
    for name in (one.name for one in dataclasses.fields(here) if one.name != "cells"):
        assert getattr(here, name) == getattr(there, name)
    assert here.remarks


def test_refusals_out_of_the_process_are_the_same_sentences(tmp_path, monkeypatch):
    light = text_tables.LIGHT_BYTES
    contents = (b"", b"PK\x03\x04", b"a,b\n1,2,3\n", b'a,b\n"1\n', b"a\0b", b"\n" * 9)
    for content in contents:
        path = tmp_path / "v.csv"
        path.write_bytes(content)
        said = []
        for limit in (light, -1):
            monkeypatch.setattr(text_tables, "LIGHT_BYTES", limit)
            with pytest.raises(SourceError) as caught:
                read_table(path)
            said.append((type(caught.value), str(caught.value)))
        assert said[0] == said[1]

"""Zips that are bombs, lie about what is in them or point out of them."""

from __future__ import annotations

import io
import re
import struct
import time
import zipfile
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage.errors import SourceError
from layers.formats import zip_guard
from layers.formats.limits import MIB, MOST_ENTRIES
from layers.formats.zip_guard import entry_chunks, open_entries, read_entry

VERIFY = "请向提供文件的单位核实来源。"


def message(call, *args, **kwargs):
    with pytest.raises(SourceError) as caught:
        call(*args, **kwargs)
    return str(caught.value)


def zipped(path, members, method=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def declared(path, size, *, crc=None):
    """The same zip, whose headers say that its only entry has `size` bytes."""
    raw = bytearray(path.read_bytes())
    for mark, crc_at, size_at in ((b"PK\x03\x04", 14, 22), (b"PK\x01\x02", 16, 24)):
        start = raw.index(mark)
        struct.pack_into("<I", raw, start + size_at, size)
        if crc is not None:
            struct.pack_into("<I", raw, start + crc_at, crc)
    path.write_bytes(raw)
    return path


def test_entries_and_their_bytes(tmp_path):
    members = {"a/村.csv": b"1,2\n" * 1000, "b.txt": b"", "a/c.bin": bytes(range(256))}
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        path = zipped(tmp_path / "a.zip", {"a/": b"", **members}, method)
        entries = open_entries(path)
        assert [entry.name for entry in entries] == list(members)  # no folders
        assert [entry.size for entry in entries] == [4000, 0, 256]
        assert {entry.name: read_entry(path, entry) for entry in entries} == members


def test_large_entries_come_in_pieces(tmp_path):
    content = b"".join(struct.pack("<I", number * 2654435761 % 2**32) for number in range(800_000))
    path = zipped(tmp_path / "a.zip", {"a.bin": content})
    pieces = list(entry_chunks(path, open_entries(path)[0]))
    assert max(map(len, pieces)) <= MIB
    assert b"".join(pieces) == content


def with_raw_names(path, old, new):
    """The same zip with other bytes for a name, and no word on their encoding."""
    assert len(old) == len(new)
    raw = bytearray(path.read_bytes().replace(old, new))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        for found in re.finditer(re.escape(mark), bytes(raw)):
            struct.pack_into("<H", raw, found.start() + at, 0)
    path.write_bytes(raw)
    return path


def test_names_in_gbk_in_utf8_and_with_backslashes(tmp_path):
    for encoding in ("gbk", "utf-8"):
        name = "数据\\村.shp".encode(encoding)
        path = zipped(tmp_path / "a.zip", {"x" * len(name): b"1"})
        with_raw_names(path, b"x" * len(name), name)
        assert [entry.name for entry in open_entries(path)] == ["数据/村.shp"]


def test_the_name_in_the_extra_field(tmp_path):
    path = tmp_path / "a.zip"
    unicode_name = "村.csv".encode()
    with zipfile.ZipFile(path, "w") as archive:
        info = zipfile.ZipInfo("_.csv")
        info.extra = struct.pack("<HHBI", 0x7075, 5 + len(unicode_name), 1, zlib.crc32(b"_.csv"))
        info.extra += unicode_name
        archive.writestr(info, b"1")
    assert [entry.name for entry in open_entries(path)] == ["村.csv"]


@pytest.mark.parametrize(
    "name", ["../a.csv", "a/../../b.csv", "/etc/passwd", "C:/a.csv", "..\\a.csv", "\\a.csv"]
)
def test_names_that_lead_out(tmp_path, name):
    path = zipped(tmp_path / "a.zip", {name: b"1"})
    shown = name.replace("\\", "/")
    assert message(open_entries, path) == (
        f"「a.zip」里有指向压缩包之外的文件名（{shown}），没有打开。{VERIFY}"
    )


def test_a_bomb_by_its_ratio(tmp_path):
    path = zipped(tmp_path / "a.zip", {"a.csv": bytes(30 * MIB)})
    begin = time.process_time()
    assert re.fullmatch(
        r"「a\.zip」里的「a\.csv」打开后是压缩时的 1,02\d 倍，超过 200 倍的上限，"
        rf"这是压缩炸弹的做法，没有打开。{VERIFY}",
        message(open_entries, path),
    )
    assert time.process_time() - begin < 1


def test_a_small_entry_may_pack_well(tmp_path):
    path = zipped(tmp_path / "a.zip", {"a.csv": bytes(MIB)})
    assert len(read_entry(path, open_entries(path)[0])) == MIB


def test_a_bomb_that_lies_about_its_size(tmp_path):
    path = zipped(tmp_path / "a.zip", {"a.csv": bytes(60 * MIB)})
    # a checksum that fits what is declared, as a careful attacker writes it
    declared(path, 1000, crc=zlib.crc32(bytes(1000)))
    entry = open_entries(path)[0]
    begin = time.process_time()
    assert message(read_entry, path, entry) == (
        "「a.zip」里的「a.csv」比它自己标明的大小（1,000 字节）还大，"
        f"这是压缩炸弹的做法，没有打开。{VERIFY}"
    )
    assert time.process_time() - begin < 1


def test_an_entry_with_fewer_bytes_or_others(tmp_path):
    damaged = "「a.zip」里的「a.csv」不完整或已损坏，读不出来。请重新下载或重新打包后重试。"
    path = declared(zipped(tmp_path / "a.zip", {"a.csv": b"123"}), 4)
    assert message(read_entry, path, open_entries(path)[0]) == damaged
    path = declared(zipped(tmp_path / "a.zip", {"a.csv": b"123"}), 3, crc=7)
    assert message(read_entry, path, open_entries(path)[0]) == damaged
    path = zipped(tmp_path / "a.zip", {"a.csv": b"123" * 100})
    entry = open_entries(path)[0]
    raw = bytearray(path.read_bytes())
    raw[35:40] = b"\xff" * 5
    path.write_bytes(raw)
    assert message(read_entry, path, entry) == damaged


def test_the_sum_is_too_much(tmp_path, monkeypatch):
    monkeypatch.setattr(zip_guard, "MOST_UNPACKED_BYTES", 2 * MIB)
    path = zipped(tmp_path / "a.zip", {f"{n}.csv": bytes(MIB) for n in range(3)})
    assert message(open_entries, path) == (
        "「a.zip」打开后有 3 MB，超过 2 MB 的上限，没有打开。请分成几个文件。"
    )


def test_too_many_entries(tmp_path):
    path = zipped(tmp_path / "a.zip", {f"{n}": b"" for n in range(MOST_ENTRIES + 1)})
    assert message(open_entries, path) == (
        "「a.zip」里有 2,001 个文件，超过 2,000 个的上限，没有打开。请只打包要用的数据。"
    )


def test_entries_that_share_their_bytes(tmp_path):
    content = bytes(range(256)) * 100
    path = zipped(tmp_path / "a.zip", {"a": content}, zipfile.ZIP_STORED)
    raw = path.read_bytes()
    at, end = raw.index(b"PK\x01\x02"), raw.index(b"PK\x05\x06")
    tail = bytearray(raw[end:])
    struct.pack_into("<HHI", tail, 8, 9, 9, 9 * (end - at))
    path.write_bytes(raw[:at] + 9 * raw[at:end] + tail)
    assert message(open_entries, path) == (
        f"「a.zip」里的文件互相重叠，这是压缩炸弹的做法，没有打开。{VERIFY}"
    )


def test_password_and_rare_methods(tmp_path):
    path = zipped(tmp_path / "a.zip", {"a.csv": b"1"})
    raw = bytearray(path.read_bytes())
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(raw)
    assert message(open_entries, path) == (
        "「a.zip」设有密码，读不出来。请解压后重新打包，不设密码。"
    )
    path = zipped(tmp_path / "a.zip", {"a.csv": b"1"}, zipfile.ZIP_LZMA)
    assert message(open_entries, path) == (
        "「a.zip」里的「a.csv」用了少见的压缩方法，读不出来。"
        "请用 Windows 自带的“压缩(zipped)文件夹”重新打包。"
    )


def test_damaged_missing_and_too_large(tmp_path, monkeypatch):
    path = tmp_path / "a.zip"
    path.write_bytes(b"PK\x03\x04 and no more")
    assert message(open_entries, path) == (
        "「a.zip」不完整或已损坏，读不出来。请重新下载或重新打包后重试。"
    )
    nameless = with_raw_names(zipped(tmp_path / "c.zip", {"a": b"1"}), b"a", b"\0")
    assert message(open_entries, nameless) == (
        "「c.zip」不完整或已损坏，读不出来。请重新下载或重新打包后重试。"
    )
    missing = tmp_path / "b.zip"
    assert message(open_entries, missing).startswith("找不到数据文件「b.zip」")
    monkeypatch.setattr(zip_guard, "MOST_FILE_BYTES", 10)
    assert message(open_entries, path) == "「a.zip」有 1 MB，超过 1 MB 的上限。请分成几个文件。"


@given(
    members=st.dictionaries(
        st.text("abc村镇", min_size=1, max_size=4), st.binary(max_size=200), max_size=4
    ),
    method=st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]),
    at=st.floats(0, 1, exclude_max=True),
    byte=st.integers(0, 255),
)
def test_one_wrong_byte_never_gives_other_content(tmp_path_factory, members, method, at, byte):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    raw = bytearray(target.getvalue())
    raw[int(at * len(raw))] = byte
    path = tmp_path_factory.mktemp("zip") / "a.zip"
    path.write_bytes(raw)
    try:
        found = [read_entry(path, entry) for entry in open_entries(path)]
    except SourceError:
        return
    assert set(found) <= set(members.values())

"""Blocks of extracts as arrays, against pyosmium and against blocks made by hand."""

from __future__ import annotations

import io
import struct
import zlib
from itertools import pairwise

import numpy as np
import osmium
import pytest
from hypothesis import given
from hypothesis import strategies as st
from osmium.osm.mutable import Node, Way

from layers.osm import pbf_blocks
from layers.osm.pbf_blocks import NO_LOCATION, PbfFaultError, PbfKindError, read_blocks

ASKED = {
    "node_tag": ("highway", "traffic_signals"),
    "way_keys": {"highway", "route"},
    "tag_keys": {"highway", "oneway", "route"},
}


def blocks_of(content: bytes) -> list[pbf_blocks.Block]:
    return list(read_blocks(io.BytesIO(content), **ASKED))


def ways_of(blocks) -> list[tuple[list[int], dict[str, str]]]:
    found = []
    for block in blocks:
        for number, tags in enumerate(block.way_tags.tolist()):
            refs = block.ref[block.way_start[number] : block.way_start[number + 1]].tolist()
            texts = block.tag_sets[tags]
            found.append((refs, dict(zip(texts[::2], texts[1::2], strict=True))))
    return found


def nodes_of(blocks) -> dict[int, tuple[int, int]]:
    return {
        ref: (x, y)
        for block in blocks
        for ref, x, y in zip(
            block.node_id.tolist(), block.node_x.tolist(), block.node_y.tolist(), strict=True
        )
    }


def varint(number: int) -> bytes:
    """A second, naive writer of numbers."""
    parts = []
    while number >= 0x80:
        parts.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*parts, number])


def zigzag(*numbers: int) -> bytes:
    return b"".join(varint(2 * n if n >= 0 else -2 * n - 1) for n in numbers)


def field(number: int, content: bytes | int) -> bytes:
    if isinstance(content, int):
        return varint(number << 3) + varint(content)
    return varint(number << 3 | 2) + varint(len(content)) + content


def blob(kind: bytes, content: bytes, **changes: bytes | int) -> bytes:
    fields = {"raw_size": len(content), "zlib_data": zlib.compress(content)} | changes
    numbers = {"raw": 1, "raw_size": 2, "zlib_data": 3, "lz4_data": 6}
    body = b"".join(field(numbers[name], value) for name, value in fields.items() if value != b"")
    header = field(1, kind) + field(3, len(body))
    return struct.pack(">I", len(header)) + header + body


HEADER = blob(b"OSMHeader", field(4, b"OsmSchema-V0.6") + field(4, b"DenseNodes"))


def data(*groups: bytes, strings=(b"", b"highway", b"residential"), rest: bytes = b"") -> bytes:
    texts = b"".join(field(1, text) for text in strings)
    return blob(b"OSMData", field(1, texts) + b"".join(field(2, group) for group in groups) + rest)


def dense(ids: bytes, lat: bytes, lon: bytes, tags: bytes = b"") -> bytes:
    fields = field(1, ids) + field(8, lat) + field(9, lon)
    return field(2, fields + (field(10, tags) if tags else b""))


def way(refs: bytes, *, keys: bytes = b"\x01", vals: bytes = b"\x02") -> bytes:
    return field(3, field(1, 7) + field(2, keys) + field(3, vals) + field(8, refs))


@pytest.fixture(
    params=["", "pbf_dense_nodes=false", "pbf_compression=none", "locations_on_ways=true"]
)
def written(request, tmp_path):
    """A small file in each of the ways pyosmium can write it."""
    path = tmp_path / "small.osm.pbf"
    file = osmium.io.File(str(path), f"pbf,{request.param}" if request.param else "pbf")
    with osmium.SimpleWriter(file) as writer:
        writer.add_node(Node(id=1, location=(114.9, 37.6), tags={"name": "宁晋"}))
        writer.add_node(Node(id=2, location=(-0.0000001, -89.5), tags={"highway": "crossing"}))
        writer.add_node(
            Node(id=9, location=(179.9, 0.5), tags={"a": "b", "highway": "traffic_signals"})
        )
        writer.add_way(Way(id=1, nodes=[1, 2, 9], tags={"highway": "path", "name": "一号路"}))
        writer.add_way(Way(id=2, nodes=[9, 1], tags={"building": "yes"}))
        writer.add_way(Way(id=3, nodes=[], tags={"route": "ferry"}))
        writer.add_way(Way(id=4, nodes=[2, 7], tags={"oneway": "yes", "highway": "path"}))
    return path


def test_small_file_in_every_way_of_writing(written):
    blocks = blocks_of(written.read_bytes())
    assert nodes_of(blocks) == {
        1: (1149000000, 376000000),
        2: (-1, -895000000),
        9: (1799000000, 5000000),
    }
    assert np.concatenate([block.tagged_node for block in blocks]).tolist() == [9]
    assert ways_of(blocks) == [
        ([1, 2, 9], {"highway": "path"}),
        ([], {"route": "ferry"}),
        ([2, 7], {"oneway": "yes", "highway": "path"}),
    ]


def test_liechtenstein_is_what_pyosmium_reads(shared_data):
    path = shared_data / "roads" / "liechtenstein.osm.pbf"
    blocks = blocks_of(path.read_bytes())
    nodes, ways, signals = {}, [], []
    for thing in osmium.FileProcessor(str(path), osmium.osm.NODE | osmium.osm.WAY):
        if thing.is_node():
            nodes[thing.id] = (thing.location.x, thing.location.y)
            if thing.tags.get("highway") == "traffic_signals":
                signals.append(thing.id)
        elif "highway" in thing.tags or "route" in thing.tags:
            kept = {key: thing.tags[key] for key in ASKED["tag_keys"] if key in thing.tags}
            ways.append(([node.ref for node in thing.nodes], kept))
    assert nodes_of(blocks) == nodes
    assert ways_of(blocks) == ways
    assert np.concatenate([block.tagged_node for block in blocks]).tolist() == signals


@given(st.lists(st.integers(-(2**63), 2**63 - 1)))
def test_numbers_come_back(numbers):
    read, ends = pbf_blocks._varints(zigzag(*numbers))
    assert pbf_blocks._signed(read).tolist() == numbers
    assert len(ends) == len(numbers)


@given(st.lists(st.lists(st.integers(0, 2**64 - 1))))
def test_lists_keep_their_bounds(lists):
    numbers, start = pbf_blocks._lists([b"".join(map(varint, one)) for one in lists])
    assert [numbers[a:b].tolist() for a, b in pairwise(start)] == lists


def test_other_units_and_offsets():
    """Nanodegrees = offset + granularity x number, cut to units of 100."""
    group = dense(zigzag(5, 1), zigzag(100, 1), zigzag(-7, 0))
    rest = field(17, 1000) + field(19, 2_000_000_050) + field(20, 3_000)
    (block,) = blocks_of(HEADER + data(group, rest=rest))
    assert nodes_of([block]) == {5: (-40, 20_001_000), 6: (-40, 20_001_010)}


@pytest.mark.parametrize("far", [1_800_000_001, -(2**62), 2**62])
def test_coordinates_off_the_globe_are_no_location(far):
    group = dense(zigzag(5), zigzag(0), zigzag(far))
    (block,) = blocks_of(HEADER + data(group))
    assert (block.node_x.tolist(), block.node_y.tolist()) == ([NO_LOCATION], [0])


def test_texts_that_are_no_utf8():
    strings = (b"", b"highway", b"\xff\xfe", b"name")
    group = way(zigzag(1, 1), keys=b"\x01\x03", vals=b"\x02\x02")
    assert ways_of(blocks_of(HEADER + data(group, strings=strings))) == [
        ([1, 2], {"highway": "\ufffd\ufffd"})
    ]


def test_a_value_like_a_key_is_no_tag():
    """The tag that is looked for stands as value and key of neighbours, never as key and value."""
    strings = (b"", b"highway", b"traffic_signals", b"note")
    tags = bytes([3, 1, 2, 3, 0, 1, 2, 0, 0])  # note=highway, traffic_signals=note; the tag; none
    group = dense(zigzag(1, 1, 1), zigzag(0, 0, 0), zigzag(0, 0, 0), tags)
    (block,) = blocks_of(HEADER + data(group, strings=strings))
    assert block.tagged_node.tolist() == [2]


FAULTS = {
    "empty": b"",
    "no header first": data(way(zigzag(1))),
    "length cut off": HEADER + b"\x00\x00",
    "cut off": (HEADER + data(way(zigzag(1))))[:-1],
    "header of a gigabyte": HEADER + b"\x40\x00\x00\x00" + bytes(10),
    "no message": HEADER + blob(b"OSMData", b"\xff\xff\xff"),
    "more than it says": HEADER + blob(b"OSMData", bytes(100), raw_size=99),
    "bomb": HEADER + blob(b"OSMData", bytes(40 * 1024 * 1024)),
    "garbled": HEADER + blob(b"OSMData", b"", zlib_data=b"not zlib"),
    "number runs on": HEADER + data(way(b"\x80")),
    "number runs into the next list": HEADER + data(way(b"\x80"), way(b"\x01")),
    "number of eleven bytes": HEADER + data(way(b"\x80" * 10 + b"\x00")),
    "key without value": HEADER + data(way(zigzag(1), vals=b"")),
    "text that is not there": HEADER + data(way(zigzag(1), vals=b"\x09")),
    "node without place": HEADER + data(dense(zigzag(1, 1), zigzag(0), zigzag(0, 0))),
    "tags of too few nodes": HEADER
    + data(
        dense(zigzag(1, 1), zigzag(0, 0), zigzag(0, 0), b"\x00"),
        strings=(b"", b"highway", b"traffic_signals"),
    ),
}


@pytest.mark.parametrize("content", FAULTS.values(), ids=FAULTS)
def test_faults(content):
    with pytest.raises(PbfFaultError):
        blocks_of(content)


@pytest.mark.parametrize(
    "content",
    [
        blob(b"OSMHeader", field(4, b"OsmSchema-V0.6") + field(4, b"HistoricalInformation")),
        HEADER + blob(b"OSMData", b"", zlib_data=b"", lz4_data=b"x"),
    ],
    ids=["history", "lz4"],
)
def test_kinds_that_are_not_read(content):
    with pytest.raises(PbfKindError):
        blocks_of(content)


def test_blocks_of_other_types_are_passed_over():
    content = HEADER + blob(b"Picture", b"anything") + data(way(zigzag(1)))
    assert ways_of(blocks_of(content)) == [([1], {"highway": "residential"})]


@given(st.data())
def test_a_damaged_file_gives_a_fault_or_something(data_):
    group = dense(zigzag(1, 1, 1), zigzag(5, 5, 5), zigzag(6, 6, 6), bytes([1, 2, 0, 0, 0]))
    blocks = field(1, field(1, b"") + field(1, b"highway") + field(1, b"traffic_signals"))
    content = bytearray(blocks + field(2, group) + field(2, way(zigzag(1, 1, 1)) * 2))
    for _ in range(data_.draw(st.integers(1, 4))):
        place = data_.draw(st.integers(0, len(content) - 1))
        content[place] = data_.draw(st.integers(0, 255))
    whole = HEADER + blob(b"OSMData", bytes(content))
    try:
        (block,) = blocks_of(whole)
    except PbfFaultError:
        return
    assert len(block.node_id) == len(block.node_x) == len(block.node_y)
    assert block.way_start[-1] == len(block.ref)
    assert len(block.way_start) == len(block.way_tags) + 1

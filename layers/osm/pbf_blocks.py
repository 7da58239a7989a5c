"""The blocks of an OpenStreetMap extract as arrays: nodes with places, ways with nodes and tags.

An `.osm.pbf` is a row of compressed Protocol Buffers messages. They are parsed by Google's
`protobuf`, with one liberty: a packed list of numbers looks on disk like a text, so it is declared
as bytes, and NumPy turns the numbers of a whole block into one array. Walking through the things
of a file one Python object at a time, as pyosmium offers it, took ten times as long (measured on
a million nodes). Only what roads need is looked at; areas and relations are the business of
`layers.osm.osm_stream`.

References: OpenStreetMap wiki, "PBF Format"; Protocol Buffers, "Encoding".
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError

from layers.osm.osm_names import names_of_ways

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from typing import BinaryIO

    import numpy.typing as npt

    IntArray = npt.NDArray[np.int64]

UNITS_PER_DEGREE: Final = 10_000_000
"""OpenStreetMap keeps coordinates as whole numbers of 1e-7 degrees."""

NO_LOCATION: Final = 2**31 - 1
"""Stands for a coordinate that is none: off the globe, or of a node that the file does not hold."""

MAX_HEADER_BYTES: Final = 64 * 1024
MAX_BLOCK_BYTES: Final = 32 * 1024 * 1024
"""Limits of the format; a longer block is a fault, or an attack with a packed block."""

FEATURES: Final = frozenset({b"OsmSchema-V0.6", b"DenseNodes"})
"""What a file may require of its reader; a file with history, say, requires more."""

_NANODEGREES_PER_UNIT: Final = 1_000_000_000 // UNITS_PER_DEGREE

_MAX_VARINT_BYTES: Final = 10

_MESSAGES: Final = {
    "BlobHeader": {"type": ("bytes", 1), "datasize": ("int32", 3)},
    "Blob": {"raw": ("bytes", 1), "raw_size": ("int32", 2), "zlib_data": ("bytes", 3)},
    "HeaderBlock": {"required_features": ("bytes*", 4)},
    "StringTable": {"s": ("bytes*", 1)},
    "Node": {
        "id": ("sint64", 1), "keys": ("bytes", 2), "vals": ("bytes", 3), "lat": ("sint64", 8),
        "lon": ("sint64", 9),
    },
    "DenseNodes": {
        "id": ("bytes", 1), "lat": ("bytes", 8), "lon": ("bytes", 9), "keys_vals": ("bytes", 10),
    },
    "Way": {"keys": ("bytes", 2), "vals": ("bytes", 3), "refs": ("bytes", 8)},
    "PrimitiveGroup": {"nodes": ("Node*", 1), "dense": ("DenseNodes", 2), "ways": ("Way*", 3)},
    "PrimitiveBlock": {
        "stringtable": ("StringTable", 1), "primitivegroup": ("PrimitiveGroup*", 2),
        "granularity": ("int32", 17), "lat_offset": ("int64", 19), "lon_offset": ("int64", 20),
    },
}  # fmt: skip
"""Fields by message: type ("*" where it repeats) and number; packed numbers and texts as bytes."""

_DEFAULTS: Final = {"granularity": "100"}


class PbfFaultError(Exception):
    """The file is no complete PBF; the text says what is wrong, for developers."""


class PbfKindError(PbfFaultError):
    """The file is a PBF of a kind that is not read here."""


@dataclass(frozen=True, eq=False)
class Block:
    """
    What a block holds for roads: n nodes, and w ways with r nodes in all.

    Parameters
    ----------
    node_id
        Shape (n,).
    node_x, node_y
        Shape (n,), longitude and latitude in units of 1e-7 degrees, or `NO_LOCATION`.
    tagged_node
        Ids of the nodes with the tag that was asked for.
    ref
        Shape (r,), node ids of all ways one after the other.
    way_start
        Shape (w + 1,), where the nodes of each way begin.
    way_tags
        Shape (w,), positions in `tag_sets`.
    tag_sets
        Keys and values in turn, of the keys that were asked for.
    way_name
        Shape (w,), positions in `names`; -1 where a way has none. Names are kept out of
        `tag_sets`, because thousands of ways share a set of tags and hardly any two a name.
    names
        As `coverage.roads.road_name` gives them.
    """

    node_id: IntArray
    node_x: npt.NDArray[np.int32]
    node_y: npt.NDArray[np.int32]
    tagged_node: IntArray
    ref: IntArray
    way_start: IntArray
    way_tags: IntArray
    tag_sets: list[tuple[str, ...]]
    way_name: IntArray
    names: list[str]


def read_blocks(
    file: BinaryIO,
    *,
    node_tag: tuple[str, str],
    way_keys: Collection[str],
    tag_keys: Collection[str],
) -> Iterator[Block]:
    """
    The blocks of a file one after the other.

    Parameters
    ----------
    file
        Opened for reading, at its start.
    node_tag
        Key and value of the nodes that are to be listed.
    way_keys
        A way with none of these keys is left out.
    tag_keys
        Keys of ways that are kept; all others are dropped.

    Yields
    ------
    block
        As arrays.

    Raises
    ------
    PbfFaultError
        If the file is not a PBF or is cut off inside a block.
    PbfKindError
        If it is packed otherwise than by zlib, or requires more of a reader than `FEATURES`.
    """
    types = _message_types()
    kind = b""
    for count, (kind, content) in enumerate(_blobs(file, types)):
        try:
            if count == 0:
                _check_header(kind, types["HeaderBlock"].FromString(content))
            elif kind == b"OSMData":
                block = types["PrimitiveBlock"].FromString(content)
                yield _decoded(block, node_tag, way_keys, tag_keys)
        except DecodeError as error:
            raise PbfFaultError(str(error)) from error
    if not kind:
        msg = "empty file"
        raise PbfFaultError(msg)


@cache
def _message_types() -> dict[str, Any]:
    """Classes of the messages by name, from the table above."""
    described = descriptor_pb2.FileDescriptorProto(name="osm.proto", package="osm")
    field_type = descriptor_pb2.FieldDescriptorProto
    for name, fields in _MESSAGES.items():
        message = described.message_type.add(name=name)
        for field_name, (kind, number) in fields.items():
            field = message.field.add(name=field_name, number=number)
            field.label = (
                field_type.LABEL_REPEATED if kind.endswith("*") else field_type.LABEL_OPTIONAL
            )
            kind = kind.rstrip("*")  # noqa: PLW2901 - the star is told
            if kind in _MESSAGES:
                field.type, field.type_name = field_type.TYPE_MESSAGE, f".osm.{kind}"
            else:
                field.type = field_type.Type.Value(f"TYPE_{kind.upper()}")
            if field_name in _DEFAULTS:
                field.default_value = _DEFAULTS[field_name]
    pool = descriptor_pool.DescriptorPool()
    pool.Add(described)
    return {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"osm.{name}"))
        for name in _MESSAGES
    }


def _blobs(file: BinaryIO, types: dict[str, Any]) -> Iterator[tuple[bytes, bytes]]:
    """Type and unpacked content of each block."""
    while length := file.read(4):
        if len(length) < 4:  # noqa: PLR2004 - the bytes just asked for
            msg = "cut off"
            raise PbfFaultError(msg)
        try:
            header = types["BlobHeader"].FromString(
                _exactly(file, int.from_bytes(length, "big"), MAX_HEADER_BYTES)
            )
            blob = types["Blob"].FromString(_exactly(file, header.datasize, MAX_BLOCK_BYTES))
        except DecodeError as error:
            raise PbfFaultError(str(error)) from error
        yield header.type, _unpacked(blob)


def _exactly(file: BinaryIO, size: int, limit: int) -> bytes:
    if not 0 <= size <= limit:
        msg = f"block of {size} bytes"
        raise PbfFaultError(msg)
    content = file.read(size)
    if len(content) < size:
        msg = "cut off"
        raise PbfFaultError(msg)
    return content


def _unpacked(blob: Any) -> bytes:  # noqa: ANN401 - messages are made at run time
    if blob.HasField("raw"):
        return bytes(blob.raw)
    if not blob.HasField("zlib_data"):
        msg = "packed by another method than zlib"
        raise PbfKindError(msg)
    packed = zlib.decompressobj()
    try:
        content = packed.decompress(blob.zlib_data, MAX_BLOCK_BYTES)
    except zlib.error as error:
        raise PbfFaultError(str(error)) from error
    if not packed.eof or len(content) != blob.raw_size:
        msg = "block of another size than it says"
        raise PbfFaultError(msg)
    return content


def _check_header(kind: bytes, header: Any) -> None:  # noqa: ANN401 - see _unpacked
    if kind != b"OSMHeader":
        msg = f"begins with {kind!r}"
        raise PbfFaultError(msg)
    unknown = set(header.required_features) - FEATURES
    if unknown:
        msg = f"requires {sorted(unknown)}"
        raise PbfKindError(msg)


def _decoded(
    block: Any,  # noqa: ANN401 - see _unpacked
    node_tag: tuple[str, str],
    way_keys: Collection[str],
    tag_keys: Collection[str],
) -> Block:
    strings = [text.decode(errors="replace") for text in block.stringtable.s]
    tag = tuple(strings.index(text) if text in strings else -1 for text in node_tag)
    groups = block.primitivegroup
    nodes = [_dense_nodes(group.dense, tag) for group in groups if group.HasField("dense")]
    nodes += [_plain_nodes(group.nodes, tag) for group in groups if group.nodes]
    ids, lat, lon, tagged = (
        np.concatenate([np.zeros(0, dtype=np.int64), *parts])
        for parts in (zip(*nodes, strict=True) if nodes else ((), (), (), ()))
    )
    ways = [way for group in groups for way in group.ways]
    return Block(
        ids,
        _units(lon, block.granularity, block.lon_offset, degrees=180),
        _units(lat, block.granularity, block.lat_offset, degrees=90),
        tagged,
        *_ways(ways, strings, way_keys, tag_keys),
    )


def _units(
    numbers: IntArray, granularity: int, offset: int, *, degrees: int
) -> npt.NDArray[np.int32]:
    """Coordinates in units of 1e-7 degrees; beyond `degrees` there is no location."""
    # In doubles first: a hostile number overflows there to something large, not to a place.
    far = np.abs(offset + granularity * numbers.astype(float)) > degrees * 1e9
    nanodegrees = offset + granularity * np.where(far, 0, numbers)
    units = np.trunc(nanodegrees / _NANODEGREES_PER_UNIT).astype(np.int64)
    return np.where(far, NO_LOCATION, units).astype(np.int32)


def _dense_nodes(dense: Any, tag: tuple[int, ...]) -> tuple[IntArray, ...]:  # noqa: ANN401
    """Ids, latitudes and longitudes as the block counts them, and the ids with the tag."""
    ids, lat, lon = (
        np.cumsum(_signed(_varints(part)[0])) for part in (dense.id, dense.lat, dense.lon)
    )
    if not len(ids) == len(lat) == len(lon):
        msg = "nodes without coordinates"
        raise PbfFaultError(msg)
    if -1 in tag or not dense.keys_vals:
        return ids, lat, lon, ids[:0]
    # Per node: keys and values in turn, then 0.
    texts = _varints(dense.keys_vals)[0]
    node = np.cumsum(texts == 0)
    if len(texts) and node[-1] != len(ids):
        msg = "tags of other nodes than there are"
        raise PbfFaultError(msg)
    begins = np.concatenate([[0], np.flatnonzero(texts == 0) + 1])
    is_key = (np.arange(len(texts)) - begins[node - (texts == 0)]) % 2 == 0
    hit = np.flatnonzero((texts[:-1] == tag[0]) & is_key[:-1] & (texts[1:] == tag[1]))
    return ids, lat, lon, ids[node[hit]]


def _plain_nodes(nodes: Any, tag: tuple[int, ...]) -> tuple[IntArray, ...]:  # noqa: ANN401
    """The same for nodes that are messages of their own, which few programs write."""
    ids, lat, lon = (
        np.array([getattr(node, name) for node in nodes], dtype=np.int64)
        for name in ("id", "lat", "lon")
    )
    tagged = [
        node.id
        for node in nodes
        if tag
        in zip(_varints(node.keys)[0].tolist(), _varints(node.vals)[0].tolist(), strict=False)
    ]
    return ids, lat, lon, np.array(tagged, dtype=np.int64)


def _ways(
    ways: list[Any], strings: list[str], way_keys: Collection[str], tag_keys: Collection[str]
) -> tuple[IntArray, IntArray, IntArray, list[tuple[str, ...]], IntArray, list[str]]:
    """Node ids, where each way begins, the position of its tags, the sets of tags; names too."""
    keys, key_start = _lists([way.keys for way in ways])
    vals, val_start = _lists([way.vals for way in ways])
    if not np.array_equal(key_start, val_start) or (
        len(keys) and max(keys.max(), vals.max()) >= len(strings)
    ):
        msg = "tags without texts"
        raise PbfFaultError(msg)
    key, value = keys.astype(np.int64), vals.astype(np.int64)
    is_kept = np.array([text in tag_keys for text in strings], dtype=bool)[key]
    is_wanted = np.array([text in way_keys for text in strings], dtype=bool)[key]
    way_of_tag = np.repeat(np.arange(len(ways)), np.diff(key_start))
    is_chosen = np.zeros(len(ways), dtype=bool)
    is_chosen[way_of_tag[is_wanted]] = True
    chosen = np.flatnonzero(is_chosen)
    refs, way_start = _lists([ways[number].refs for number in chosen.tolist()])
    tag_count = np.bincount(way_of_tag[is_kept], minlength=len(ways))
    tag_end = np.cumsum(tag_count)
    # A tag is one number here: the text of its key times how many texts there are, plus its value.
    tags = (key[is_kept] * len(strings) + value[is_kept]).tolist()
    bounds = zip((tag_end - tag_count)[chosen].tolist(), tag_end[chosen].tolist(), strict=True)
    numbers: dict[tuple[int, ...], int] = {}
    way_tags = [numbers.setdefault(tuple(tags[begin:end]), len(numbers)) for begin, end in bounds]
    tag_sets = [
        tuple(strings[text] for tag in each for text in divmod(tag, len(strings)))
        for each in numbers
    ]
    steps = _signed(refs)
    total = np.cumsum(steps)
    before = np.concatenate([[0], total])[way_start[:-1]]
    ref = total - np.repeat(before, np.diff(way_start))
    way_name, names = names_of_ways(strings, way=way_of_tag, key=key, value=value, count=len(ways))
    return ref, way_start, np.array(way_tags, dtype=np.int64), tag_sets, way_name[chosen], names


def _lists(parts: list[bytes]) -> tuple[npt.NDArray[np.uint64], IntArray]:
    """The numbers of packed lists one after the other, and where those of each list begin."""
    numbers, ends = _varints(b"".join(parts))
    byte_end = np.cumsum(np.fromiter(map(len, parts), np.int64, len(parts)))
    start = np.concatenate([[0], np.searchsorted(ends, byte_end)]).astype(np.int64)
    # A number that runs on into the next list would be counted there only.
    last = start[1:][byte_end > 0] - 1
    if not np.array_equal(ends[last], byte_end[byte_end > 0] - 1):
        msg = "number cut off"
        raise PbfFaultError(msg)
    return numbers, start


def _varints(packed: bytes) -> tuple[npt.NDArray[np.uint64], IntArray]:
    """Numbers of a packed list, seven bits to a byte, and the byte in which each ends."""
    content = np.frombuffer(packed, dtype=np.uint8)
    ends = np.flatnonzero(content < 0x80)  # noqa: PLR2004 - the high bit says that it goes on
    starts = np.concatenate([[0], ends[:-1] + 1])[: len(ends)]
    size = ends - starts + 1
    longest = int(size.max(initial=0))
    if (len(content) and content[-1] >= 0x80) or longest > _MAX_VARINT_BYTES:  # noqa: PLR2004
        msg = "number cut off"
        raise PbfFaultError(msg)
    bits = content & 0x7F
    numbers = bits[starts].astype(np.uint64)
    for place in range(1, longest):
        longer = np.flatnonzero(size > place)
        numbers[longer] |= bits[starts[longer] + place].astype(np.uint64) << np.uint64(7 * place)
    return numbers, ends


def _signed(numbers: npt.NDArray[np.uint64]) -> IntArray:
    """Numbers whose lowest bit is their sign ("zigzag")."""
    return (numbers >> np.uint64(1)).astype(np.int64) ^ -(numbers & np.uint64(1)).astype(np.int64)

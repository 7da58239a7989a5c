"""Places of nodes by id, in memory and on disk, against a dictionary."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.osm.osm_nodes import NodePlaces
from layers.osm.pbf_blocks import NO_LOCATION

ids = st.integers(-50, 50) | st.integers(-(2**63), 2**63 - 1)


def added(places: NodePlaces, nodes: list[tuple[int, int, int]]) -> None:
    columns = zip(*nodes, strict=True) if nodes else ((), (), ())
    ref, x, y = (
        np.array(list(part), dtype=dtype)
        for part, dtype in zip(columns, (np.int64, np.int32, np.int32), strict=True)
    )
    places.add(ref, x, y)


@given(
    blocks=st.lists(
        st.lists(st.tuples(ids, st.integers(-9, 9), st.integers(-9, 9)), max_size=5), max_size=4
    ),
    asked=st.lists(ids, max_size=8),
    on_disk=st.booleans(),
)
def test_like_a_dictionary(blocks, asked, on_disk):
    expected: dict[int, tuple[int, int]] = {}
    with NodePlaces(on_disk=on_disk) as places:
        for block in blocks:
            added(places, block)
            for ref, x, y in block:
                expected.setdefault(ref, (x, y))
            wanted = [*asked, *expected]
            x, y = places.at(np.array(wanted, dtype=np.int64))
            nowhere = (NO_LOCATION, NO_LOCATION)
            assert list(zip(x.tolist(), y.tolist(), strict=True)) == [
                expected.get(ref, nowhere) for ref in wanted
            ]


@pytest.mark.parametrize("on_disk", [False, True])
def test_nothing_arrived(on_disk):
    with NodePlaces(on_disk=on_disk) as places:
        x, y = places.at(np.array([1, 2]))
        assert x.tolist() == y.tolist() == [NO_LOCATION] * 2
        assert len(places.at(np.zeros(0, dtype=np.int64))[0]) == 0

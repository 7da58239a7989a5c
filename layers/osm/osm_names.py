"""What a road is called: which tags of an OpenStreetMap way are its name.

- **`name:zh` first, everywhere.** Screens and reports are Chinese. Inside China `name` is Chinese
  already, except where it carries two languages side by side (Xinjiang, Tibet, Inner Mongolia);
  outside, the few roads with a `name:zh` are read by people who read Chinese.
- **`name`** next, what stands on the sign.
- **`ref`** where a road has only a number (G20, S234, X001), as most country roads do.

A name in which nothing can be read (white space, control characters) counts as none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from coverage.roads import UNNAMED, road_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    IntArray = npt.NDArray[np.int64]

NAME_KEYS: Final = ("name:zh", "name", "ref")
"""The keys that name a road, the first that says something counts."""


def name_of_way(tags: Mapping[str, str]) -> str:
    """
    The name of a road.

    Parameters
    ----------
    tags
        OSM keys and values as mapped; others than `NAME_KEYS` play no part.

    Returns
    -------
    name
        As `coverage.roads.road_name` gives it; "" where it has none.

    Examples
    --------
    >>> name_of_way({"name": "青银高速", "ref": "G20"}), name_of_way({"name": " ", "ref": "X001"})
    ('青银高速', 'X001')
    """
    names = (road_name(tags[key]) for key in NAME_KEYS if key in tags)
    return next((name for name in names if name), "")


def names_of_ways(
    texts: Sequence[str], *, way: IntArray, key: IntArray, value: IntArray, count: int
) -> tuple[IntArray, list[str]]:
    """
    The same for all ways of a block at once.

    Parameters
    ----------
    texts
        Keys and values.
    way, key, value
        Shape (t,), the way that each tag is of, and its key and value as positions in `texts`.
    count
        How many ways there are.

    Returns
    -------
    way_name, names
        Shape (count,), positions in the names or `coverage.roads.UNNAMED`; the names, sorted.
    """
    known = [texts.index(name) for name in reversed(NAME_KEYS) if name in texts]
    # A tag of the first key comes last, and what is written last stays.
    tag = np.concatenate([np.zeros(0, dtype=np.int64), *(np.flatnonzero(key == k) for k in known)])
    used, text_of = np.unique(value[tag], return_inverse=True)
    kept = [road_name(texts[text]) for text in used.tolist()]
    names = sorted(set(kept) - {""})
    place = {name: position for position, name in enumerate(names)}
    name = np.array([place.get(one, UNNAMED) for one in kept], dtype=np.int64)[text_of]
    says_something = name != UNNAMED
    way_name = np.full(count, UNNAMED, dtype=np.int64)
    way_name[way[tag[says_something]]] = name[says_something]
    return way_name, names

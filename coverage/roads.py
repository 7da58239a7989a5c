"""The street network as it was mapped, before a travel mode decides who may use it how fast."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from coverage.access.barriers import NO_BARRIERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from coverage.access.barriers import Barriers

    IntArray = npt.NDArray[np.int64]
    FloatArray = npt.NDArray[np.float64]
    BoolArray = npt.NDArray[np.bool_]
    ByteArray = npt.NDArray[np.uint8]
    CodeArray = npt.NDArray[np.int32]

RoadUser = Literal["foot", "bicycle", "motor"]

USERS: Final = ("foot", "bicycle", "motor")
"""Who may use a road: people on foot, bicycles (e-bikes with them), motor vehicles."""

ALONG: Final = 1
"""Access bit: the edge may be used in the direction it is drawn."""

AGAINST: Final = 2
"""Access bit: the edge may be used against the direction it is drawn."""

BOTH: Final = ALONG | AGAINST

UNNAMED: Final = -1
"""Stands for the name of a road that has none."""

NAME_LIMIT: Final = 40
"""Characters of a road's name; more is cut and ends in an ellipsis. Names come from other people's
maps and stand in sentences with several of them."""

_LOOKED_AT: Final = 10 * NAME_LIMIT
"""Characters of a name that are looked at at all, so that a name of megabytes costs nothing."""

_UNREADABLE: Final = frozenset({"Cc", "Cf", "Cs"})
"""Kinds of characters that no reader sees: control, reading direction, lone surrogates."""


@dataclass(frozen=True, eq=False)
class Roads:
    """
    Streets with n nodes, m edges and v vertices; arrays are read-only.

    Edge k runs from node `from_node[k]` to node `to_node[k]` along the vertices
    `vertex_x[vertex_start[k]:vertex_start[k + 1]]`, both ends included.

    Parameters
    ----------
    crs
        Projected CRS in metres, e.g. "EPSG:4526".
    node_id
        Shape (n,), int64; for OpenStreetMap the id of the OSM node.
    node_x, node_y
        Shape (n,), metres in `crs`.
    node_signals
        Shape (n,), True where traffic signals stand. Such nodes are never contracted.
    from_node, to_node
        Shape (m,), positions in `node_id` (not ids).
    length_m
        Shape (m,), metres along the edge on the ellipsoid.
    road_class
        Shape (m,), positions in `road_classes`.
    road_classes
        OSM `highway` values, sorted; "" where a source has no class.
    max_speed_kph
        Shape (m,), km/h as signed; NaN where not tagged.
    surface
        Shape (m,), positions in `surfaces`.
    surfaces
        OSM `surface` values, sorted; "" where not tagged.
    access
        For each of `USERS` shape (m,), uint8: the bits `ALONG` and `AGAINST`.
    is_bridge, is_tunnel
        Shape (m,).
    vertex_x, vertex_y
        Shape (v,), metres in `crs`.
    vertex_start
        Shape (m + 1,), int64.
    barriers
        What no access leg may cross: water, railways, fenced motorways.
    name_code
        Shape (m,), int32, positions in `names`; `UNNAMED` where a road has no name, as is every
        road where none is given. A name is for telling only: nothing that is computed depends
        on it.
    names
        Names of roads, sorted, as `road_name` gives them.
    """

    crs: str
    node_id: IntArray
    node_x: FloatArray
    node_y: FloatArray
    node_signals: BoolArray
    from_node: IntArray
    to_node: IntArray
    length_m: FloatArray
    road_class: IntArray
    road_classes: tuple[str, ...]
    max_speed_kph: FloatArray
    surface: IntArray
    surfaces: tuple[str, ...]
    access: dict[str, ByteArray] = field(repr=False)
    is_bridge: BoolArray
    is_tunnel: BoolArray
    vertex_x: FloatArray
    vertex_y: FloatArray
    vertex_start: IntArray
    barriers: Barriers = NO_BARRIERS
    name_code: CodeArray = field(default_factory=lambda: np.zeros(0, dtype=np.int32))
    names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.names:
            nameless = np.full(len(self.from_node), UNNAMED, dtype=np.int32)
            object.__setattr__(self, "name_code", nameless)
        if len(self.name_code) != len(self.from_node):
            # The only column with a default, and so the only one that can be forgotten.
            msg = f"name_code has {len(self.name_code)} values, expected {len(self.from_node)}"
            raise ValueError(msg)
        for value in (*vars(self).values(), *self.access.values()):
            if isinstance(value, np.ndarray):
                value.setflags(write=False)

    @property
    def node_count(self) -> int:
        """Number of nodes, n."""
        return len(self.node_id)

    @property
    def edge_count(self) -> int:
        """Number of edges, m."""
        return len(self.from_node)

    def name_of(self, edge: int) -> str:
        """Name of an edge; "" where it has none."""
        code = int(self.name_code[edge])
        return "" if code == UNNAMED else self.names[code]


def road_name(text: str) -> str:
    r"""
    The name of a road as it is kept: one line, readable, not too long.

    Parameters
    ----------
    text
        Any text, as mapped or as a planner wrote it.

    Returns
    -------
    name
        At most `NAME_LIMIT` characters; control characters, marks of the reading direction and
        lone surrogates are gone, white space is one space, and a list (`;`) has strokes. It may
        still hold HTML: whoever shows it makes it safe for the place where it is shown.

    Examples
    --------
    >>> road_name(" 青银\n高速\x00 "), road_name("G20;G2")
    ('青银 高速', 'G20/G2')
    """
    seen = text[:_LOOKED_AT]
    if not seen.isprintable():  # most names are, and need no look at every character
        seen = "".join(
            " " if one.isspace() else one
            for one in seen
            if one.isspace() or unicodedata.category(one) not in _UNREADABLE
        )
    name = " ".join(seen.split())
    if ";" in name:
        name = "/".join(part.strip() for part in name.split(";") if part.strip())
    return name if len(name) <= NAME_LIMIT else name[: NAME_LIMIT - 1] + "…"


def with_names(roads: Roads, code: npt.ArrayLike, texts: Sequence[str]) -> Roads:
    """
    Roads that bear names.

    Parameters
    ----------
    roads
        Streets with m edges.
    code
        Shape (m,), positions in `texts`, or `UNNAMED`.
    texts
        Names as a source has them, in any order, also repeated, blank or hostile.

    Returns
    -------
    roads
        With the names that are used, each once, sorted.
    """
    codes = np.asarray(code, dtype=np.int64)
    used = np.unique(codes[codes >= 0])
    kept = [road_name(texts[position]) for position in used.tolist()]
    names = sorted(set(kept) - {""})
    place = {name: position for position, name in enumerate(names)}
    # One more at the end, so that -1 finds it.
    renamed = np.full(len(texts) + 1, UNNAMED, dtype=np.int32)
    renamed[used] = [place.get(name, UNNAMED) for name in kept]
    return replace(roads, name_code=renamed[codes], names=tuple(names))

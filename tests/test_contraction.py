"""Chains merged through degree-two nodes: nothing is lost, nothing is joined that differs."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, replace
from itertools import pairwise

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage.graph.contraction import contract
from coverage.roads import AGAINST, ALONG, BOTH, USERS, Roads, with_names

SPEED_MPS = {"residential": 5.0, "primary": 15.0}


@dataclass(frozen=True)
class Street:
    """One edge of a test network, by node ids."""

    start: int
    end: int
    road_class: str = "residential"
    limit: float = math.nan
    surface: str = ""
    foot: int = BOTH
    bicycle: int = BOTH
    motor: int = BOTH
    bridge: bool = False
    tunnel: bool = False
    bend: tuple[float, float] | None = None
    name: str = ""


def place(node: int) -> tuple[float, float]:
    """A fixed spot for each node, so that equal coordinates mean the same node."""
    return (node * 37 % 101) * 10.0, (node * 61 % 103) * 10.0


def make_roads(
    streets: list[Street], *, signals: frozenset[int] = frozenset(), extra: int = 0
) -> Roads:
    """Roads of the streets; `extra` nodes without an edge come first."""
    used = sorted({node for street in streets for node in (street.start, street.end)})
    ids = [-1 - number for number in range(extra)] + used
    position = {node: number for number, node in enumerate(ids)}
    lines = []
    for street in streets:
        bend = [street.bend] if street.bend else []
        lines.append(np.array([place(street.start), *bend, place(street.end)]))
    vertices = np.concatenate(lines) if lines else np.zeros((0, 2))
    classes = tuple(sorted({street.road_class for street in streets}))
    surfaces = tuple(sorted({street.surface for street in streets}))
    spots = np.array([place(node) for node in ids]).reshape(-1, 2)
    roads = Roads(
        crs="EPSG:4526",
        node_id=np.array(ids, dtype=np.int64),
        node_x=spots[:, 0],
        node_y=spots[:, 1],
        node_signals=np.array([node in signals for node in ids], dtype=bool),
        from_node=np.array([position[s.start] for s in streets], dtype=np.int64),
        to_node=np.array([position[s.end] for s in streets], dtype=np.int64),
        length_m=np.array([np.hypot(*np.diff(line, axis=0).T).sum() + 1 for line in lines]),
        road_class=np.array([classes.index(s.road_class) for s in streets], dtype=np.int64),
        road_classes=classes,
        max_speed_kph=np.array([s.limit for s in streets], dtype=float),
        surface=np.array([surfaces.index(s.surface) for s in streets], dtype=np.int64),
        surfaces=surfaces,
        access={
            user: np.array([getattr(s, user) for s in streets], dtype=np.uint8) for user in USERS
        },
        is_bridge=np.array([s.bridge for s in streets], dtype=bool),
        is_tunnel=np.array([s.tunnel for s in streets], dtype=bool),
        vertex_x=vertices[:, 0],
        vertex_y=vertices[:, 1],
        vertex_start=np.cumsum([0, *(len(line) for line in lines)]),
    )
    return with_names(roads, np.arange(len(streets)), [street.name for street in streets])


def ends(roads: Roads) -> list[tuple[int, int]]:
    return list(
        zip(
            roads.node_id[roads.from_node].tolist(),
            roads.node_id[roads.to_node].tolist(),
            strict=True,
        )
    )


def line(roads: Roads, edge: int) -> list[tuple[float, float]]:
    span = slice(roads.vertex_start[edge], roads.vertex_start[edge + 1])
    return list(zip(roads.vertex_x[span].tolist(), roads.vertex_y[span].tolist(), strict=True))


def segments(roads: Roads) -> Counter[frozenset[tuple[float, float]]]:
    """All straight pieces of all edges, whichever way they are drawn."""
    return Counter(
        frozenset(pair)
        for edge in range(roads.edge_count)
        for pair in zip(line(roads, edge)[:-1], line(roads, edge)[1:], strict=True)
    )


def travel_graph(roads: Roads, user: str) -> nx.DiGraph:
    """Seconds between nodes for one user, the fastest of parallel edges."""
    graph = nx.DiGraph()
    graph.add_nodes_from(roads.node_id.tolist())
    for edge, (start, end) in enumerate(ends(roads)):
        speed = SPEED_MPS[roads.road_classes[roads.road_class[edge]]]
        limit = roads.max_speed_kph[edge]
        seconds = roads.length_m[edge] / (speed if math.isnan(limit) else limit / 3.6)
        bits = roads.access[user][edge]
        for allowed, u, v in ((bits & ALONG, start, end), (bits & AGAINST, end, start)):
            if allowed and seconds < graph.get_edge_data(u, v, {"seconds": math.inf})["seconds"]:
                graph.add_edge(u, v, seconds=seconds)
    return graph


def same_roads(one: Roads, other: Roads) -> bool:
    return all(
        np.array_equal(
            np.asarray(value), np.asarray(vars(other)[name]), equal_nan=value.dtype.kind == "f"
        )
        for name, value in vars(one).items()
        if isinstance(value, np.ndarray)
    ) and all(np.array_equal(one.access[user], other.access[user]) for user in USERS)


def test_chain_becomes_one_edge_with_all_vertices_and_length():
    """1 - 2 - 3 - 4, the middle street drawn the other way round."""
    roads = make_roads([Street(1, 2, bend=(1.0, 2.0)), Street(3, 2, bend=(5.0, 6.0)), Street(3, 4)])
    merged = contract(roads)
    assert ends(merged) == [(1, 4)]
    assert merged.node_id.tolist() == [1, 4]
    assert line(merged, 0) == [place(1), (1.0, 2.0), place(2), (5.0, 6.0), place(3), place(4)]
    assert merged.length_m[0] == pytest.approx(roads.length_m.sum())


def test_the_lowest_numbered_edge_gives_the_direction():
    merged = contract(make_roads([Street(2, 1), Street(2, 3), Street(3, 4)]))
    assert ends(merged) == [(4, 1)]
    assert line(merged, 0) == [place(4), place(3), place(2), place(1)]


def test_access_is_compared_in_the_direction_of_travel():
    """Both streets lead from 1 to 3; the second is drawn from 3 to 2 and one-way against that."""
    merged = contract(make_roads([Street(1, 2, motor=ALONG), Street(3, 2, motor=AGAINST)]))
    assert ends(merged) == [(1, 3)]
    assert merged.access["motor"].tolist() == [ALONG]


def test_access_turns_with_the_edge():
    """The chain is drawn as its lowest-numbered edge, its first edge against its own drawing."""
    merged = contract(make_roads([Street(2, 3, motor=ALONG), Street(2, 1, motor=AGAINST)]))
    assert ends(merged) == [(1, 3)]
    assert merged.access["motor"].tolist() == [ALONG]
    assert merged.access["foot"].tolist() == [BOTH]


@pytest.mark.parametrize(
    "second",
    [
        Street(2, 3, road_class="primary"),
        Street(2, 3, limit=50),
        Street(2, 3, surface="gravel"),
        Street(2, 3, foot=0),
        Street(2, 3, bicycle=ALONG),
        Street(2, 3, motor=AGAINST),
        Street(3, 2, motor=ALONG),
        Street(2, 3, bridge=True),
        Street(2, 3, tunnel=True),
    ],
)
def test_streets_that_differ_are_not_merged(second):
    assert contract(make_roads([Street(1, 2), second])).edge_count == 2


def test_equal_limits_merge_and_unequal_ones_do_not():
    assert contract(make_roads([Street(1, 2, limit=30), Street(2, 3, limit=30)])).edge_count == 1
    assert contract(make_roads([Street(1, 2, limit=30), Street(2, 3, limit=50)])).edge_count == 2


def test_signals_are_never_contracted():
    merged = contract(
        make_roads([Street(1, 2), Street(2, 3), Street(3, 4)], signals=frozenset({2}))
    )
    assert ends(merged) == [(1, 2), (2, 4)]
    assert merged.node_signals.tolist() == [False, True, False]


def test_junctions_stay():
    merged = contract(make_roads([Street(1, 2), Street(2, 3), Street(2, 4)]))
    assert sorted(ends(merged)) == [(1, 2), (2, 3), (2, 4)]


def test_ring_that_meets_nothing_keeps_one_node():
    roads = make_roads([Street(1, 2), Street(3, 2), Street(3, 1)])
    merged = contract(roads)
    assert ends(merged) == [(1, 1)]
    assert line(merged, 0) == [place(1), place(2), place(3), place(1)]
    assert merged.length_m.sum() == pytest.approx(roads.length_m.sum())


def test_ring_of_two_parallel_streets_keeps_one_node():
    merged = contract(make_roads([Street(1, 2, bend=(1.0, 1.0)), Street(1, 2, bend=(9.0, 9.0))]))
    assert ends(merged) == [(1, 1)]
    assert line(merged, 0) == [place(1), (1.0, 1.0), place(2), (9.0, 9.0), place(1)]


def test_ring_at_the_end_of_a_street_becomes_a_loop():
    merged = contract(make_roads([Street(9, 1), Street(1, 2), Street(2, 3), Street(3, 1)]))
    assert ends(merged) == [(9, 1), (1, 1)]


def test_loop_alone_and_loop_at_a_street_stay():
    loop = Street(1, 1, bend=(7.0, 7.0))
    assert ends(contract(make_roads([loop]))) == [(1, 1)]
    assert ends(contract(make_roads([loop, Street(1, 2)]))) == [(1, 1), (1, 2)]


def test_parallel_edges_that_arise_are_kept():
    streets = [Street(1, 2), Street(2, 3), Street(1, 4), Street(4, 3), Street(8, 1), Street(3, 9)]
    assert ends(contract(make_roads(streets))) == [(1, 3), (1, 3), (8, 1), (3, 9)]


def test_ends_that_do_not_quite_meet_keep_both_vertices():
    roads = make_roads([Street(1, 2), Street(2, 3)])
    moved = roads.vertex_x.copy()
    moved[2] += 0.5
    merged = contract(replace(roads, vertex_x=moved))
    assert line(merged, 0) == [place(1), place(2), (place(2)[0] + 0.5, place(2)[1]), place(3)]


def test_nodes_without_an_edge_are_dropped():
    merged = contract(make_roads([Street(1, 2)], extra=3))
    assert merged.node_id.tolist() == [1, 2]
    assert ends(merged) == [(1, 2)]


def test_no_edges_at_all():
    merged = contract(make_roads([], extra=2))
    assert (merged.node_count, merged.edge_count, merged.vertex_start.tolist()) == (0, 0, [0])


def test_a_road_ends_where_its_name_does():
    """1 - 2 - 3 - 4 - 5: two pieces of one name, one of another, one without."""
    streets = [
        Street(1, 2, name="文德路"), Street(3, 2, name="文德路"),
        Street(3, 4, name="振阳路"), Street(4, 5),
    ]  # fmt: skip
    merged = contract(make_roads(streets))
    assert ends(merged) == [(1, 3), (3, 4), (4, 5)]
    assert [merged.name_of(edge) for edge in range(3)] == ["文德路", "振阳路", ""]


def test_long_chain_in_any_order():
    rng = np.random.default_rng(7)
    links = [(node, node + 1) for node in range(100)]
    streets = [
        Street(*links[i]) if rng.random() < 0.5 else Street(*links[i][::-1])
        for i in rng.permutation(100)
    ]
    merged = contract(make_roads(streets))
    assert merged.edge_count == 1
    drawn = line(merged, 0)
    assert drawn in ([place(n) for n in range(101)], [place(n) for n in range(100, -1, -1)])


@st.composite
def networks(draw: st.DrawFn) -> Roads:
    """Random one-way multigraphs whose streets are cut into pieces drawn either way round."""
    junctions = draw(st.integers(1, 6))
    next_node = junctions
    streets: list[Street] = []
    bits = st.sampled_from([BOTH, BOTH, ALONG, AGAINST, 0])
    for _ in range(draw(st.integers(1, 8))):
        kind = Street(
            0, 0,
            road_class=draw(st.sampled_from(["residential", "primary"])),
            limit=draw(st.sampled_from([math.nan, math.nan, 36.0])),
            name=draw(st.sampled_from(["", "", "文德路"])),
            foot=draw(bits), bicycle=draw(bits), motor=draw(bits),
        )  # fmt: skip
        inner = list(range(next_node, next_node + draw(st.integers(0, 3))))
        next_node += len(inner)
        way = [draw(st.integers(0, junctions - 1)), *inner, draw(st.integers(0, junctions - 1))]
        for start, end in pairwise(way):
            bend = (float(len(streets)), -1.0) if start == end or draw(st.booleans()) else None
            piece = replace(kind, start=start, end=end, bend=bend)
            if draw(st.booleans()):
                turned = {user: "0213"[getattr(kind, user)] for user in USERS}
                piece = replace(
                    piece, start=end, end=start, **{user: int(bit) for user, bit in turned.items()}
                )
            streets.append(piece)
    signals = draw(st.frozensets(st.integers(0, next_node - 1), max_size=2))
    return make_roads(
        draw(st.permutations(streets)), signals=signals, extra=draw(st.integers(0, 2))
    )


@given(networks())
def test_nothing_is_lost(roads):
    merged = contract(roads)
    assert merged.length_m.sum() == pytest.approx(roads.length_m.sum())
    assert segments(merged) == segments(roads)
    assert set(merged.node_id) <= set(roads.node_id)
    for edge, (start, end) in enumerate(ends(merged)):
        assert line(merged, edge)[0] == place(start)
        assert line(merged, edge)[-1] == place(end)


@given(networks())
def test_travel_times_between_the_nodes_that_stay_are_unchanged(roads):
    merged = contract(roads)
    for user in USERS:
        before = dict(
            nx.all_pairs_dijkstra_path_length(travel_graph(roads, user), weight="seconds")
        )
        after = dict(
            nx.all_pairs_dijkstra_path_length(travel_graph(merged, user), weight="seconds")
        )
        for start in merged.node_id.tolist():
            kept = {node: before[start][node] for node in before[start] if node in after}
            assert after[start] == pytest.approx(kept)


@given(networks())
def test_names_change_no_travel_time(roads):
    named, nameless = contract(roads), contract(replace(roads, names=()))
    assert set(nameless.node_id) <= set(named.node_id)
    assert named.length_m.sum() == pytest.approx(nameless.length_m.sum())
    for user in USERS:
        graphs = [travel_graph(one, user) for one in (named, nameless)]
        after, before = (
            dict(nx.all_pairs_dijkstra_path_length(graph, weight="seconds")) for graph in graphs
        )
        for start in nameless.node_id.tolist():
            kept = {node: after[start][node] for node in after[start] if node in graphs[1]}
            assert before[start] == pytest.approx(kept)


@given(networks())
def test_every_metre_keeps_its_name(roads):
    def metres(one: Roads) -> dict[str, float]:
        found = Counter()
        for edge in range(one.edge_count):
            found[one.name_of(edge)] += one.length_m[edge]
        return dict(found)

    assert metres(contract(roads)) == pytest.approx(metres(roads))


@given(networks())
def test_contracting_twice_changes_nothing_more(roads):
    merged = contract(roads)
    assert same_roads(contract(merged), merged)


@given(networks())
def test_what_can_be_merged_is_merged(roads):
    """A naive look at every node that is left: two ends of two equal streets are no longer there."""
    merged = contract(roads)
    at_node: dict[int, list[tuple[int, bool]]] = {}
    for edge, (start, end) in enumerate(ends(merged)):
        at_node.setdefault(start, []).append((edge, True))
        at_node.setdefault(end, []).append((edge, False))
    signals = dict(zip(merged.node_id.tolist(), merged.node_signals.tolist(), strict=True))

    def outward(edge: int, leaves: bool) -> tuple[object, ...]:  # noqa: FBT001 - a flag per end
        turned = {ALONG: AGAINST, AGAINST: ALONG}
        bits = [int(merged.access[user][edge]) for user in USERS]
        return (
            int(merged.road_class[edge]), str(merged.max_speed_kph[edge]), merged.name_of(edge),
            tuple(bits if leaves else [turned.get(bit, bit) for bit in bits]),
        )  # fmt: skip

    for node, meeting in at_node.items():
        if len(meeting) != 2 or signals[node] or meeting[0][0] == meeting[1][0]:
            continue
        (one, one_leaves), (other, other_leaves) = meeting
        inward = outward(one, not one_leaves)
        assert inward != outward(other, other_leaves)

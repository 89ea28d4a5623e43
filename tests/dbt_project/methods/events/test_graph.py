"""Components and cuts: what links join, what must stay apart, and that people's rulings leave no trace when revoked."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dbt_project.methods.events import anchors, components, cut, places
from dbt_project.methods.events import cuts as cuts_module

Link = tuple[int, int, float, bool]


def arrays(links: list[Link]) -> tuple[Any, Any, Any, Any]:
    return (
        np.array([link[0] for link in links], dtype=np.int64),
        np.array([link[1] for link in links], dtype=np.int64),
        np.array([link[2] for link in links], dtype=np.float64),
        np.array([link[3] for link in links], dtype=bool),
    )


def grouped(
    count: int, links: list[Link], vetoes: list[tuple[int, int]]
) -> tuple[list[int], set[tuple[int, int]], Any]:
    """Labels after cutting, the links that were cut, and which vetoes stay open."""
    links, vetoes = sorted(links), sorted(vetoes)
    starts, ends, scores, hard = arrays(links)
    left, right = (np.array([veto[side] for veto in vetoes], dtype=np.int64) for side in (0, 1))
    done = cut(count, starts, ends, scores, hard, left, right)
    kept = ~done.is_cut
    labels = components(count, starts[kept], ends[kept])
    gone = {(links[at][0], links[at][1]) for at in np.flatnonzero(done.is_cut)}
    return labels.tolist(), gone, done.is_open.tolist()


def test_the_weakest_link_between_the_two_is_cut() -> None:
    links = [(0, 1, 0.99, False), (1, 2, 0.90, False), (2, 3, 0.95, False)]
    labels, gone, is_open = grouped(4, links, [(0, 3)])
    assert (labels, gone, is_open) == ([0, 0, 1, 1], {(1, 2)}, [False])


def test_two_weak_links_outweigh_one_strong_only_together() -> None:
    # Between 0 and 3 run two paths: cutting both weak links costs 1.1, cutting the strong one alone 0.99.
    links = [(0, 1, 0.99, False), (1, 2, 0.55, False), (1, 4, 0.55, False), (2, 3, 0.9, False), (4, 3, 0.9, False)]
    assert grouped(5, links, [(0, 3)])[1] == {(0, 1)}


def test_what_a_rail_wrote_is_never_cut_and_stays_open() -> None:
    links = [(0, 1, 1.0, True), (1, 2, 1.0, True), (2, 3, 0.5, False)]
    labels, gone, is_open = grouped(4, links, [(0, 2)])
    assert (labels, gone, is_open) == ([0, 0, 0, 0], set(), [True])


def test_only_the_offending_component_is_touched() -> None:
    links = [(0, 1, 0.5, False), (2, 3, 0.1, False)]
    assert grouped(4, links, [(0, 1)])[1] == {(0, 1)}


def test_a_long_chain_is_taken_link_by_link(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cuts_module, "CLUSTERS_MAX", 2)
    links = [(0, 1, 0.99, False), (1, 2, 0.90, False), (2, 3, 0.95, False)]
    assert grouped(4, links, [(0, 3)])[0] == [0, 0, 1, 1]


def test_anchors_and_places() -> None:
    labels = components(5, np.array([0, 3]), np.array([2, 4]))
    assert labels.tolist() == [0, 1, 0, 2, 2]
    assert anchors(labels, np.array([5, 1, 2, 4, 3])).tolist() == [2, 1, 2, 4, 4]
    assert anchors(components(0, np.array([], dtype=int), np.array([], dtype=int)), np.array([])).tolist() == []
    keys = pa.chunked_array([["a", "b"], ["c"]])
    assert places(keys, pa.array(["c", "a"])).tolist() == [2, 0]
    with pytest.raises(KeyError, match="'z' is none of the 3 records"):
        places(keys, pa.array(["z"]))


NODES = st.integers(min_value=2, max_value=14)


@st.composite
def graphs(draw: st.DrawFn) -> tuple[int, list[Link], list[tuple[int, int]]]:
    count = draw(NODES)
    node = st.integers(min_value=0, max_value=count - 1)
    pair = st.tuples(node, node).filter(lambda ends: ends[0] != ends[1]).map(lambda ends: (min(ends), max(ends)))
    pairs = draw(st.lists(pair, max_size=30, unique=True))
    links = []
    for one, other in pairs:
        hard = draw(st.booleans()) and draw(st.booleans())
        score = 1.0 if hard else draw(st.floats(min_value=0.5, max_value=0.999, allow_nan=False))
        links.append((one, other, score, hard))
    return count, links, draw(st.lists(pair, max_size=6, unique=True))


@settings(max_examples=60, deadline=None)
@given(graphs(), st.sampled_from([0, 400]))
def test_no_veto_holds_and_no_hard_link_is_cut(graph: tuple[int, list[Link], list[tuple[int, int]]], most: int) -> None:
    count, links, vetoes = graph
    was, cuts_module.CLUSTERS_MAX = cuts_module.CLUSTERS_MAX, most
    try:
        labels, gone, is_open = grouped(count, links, vetoes)
    finally:
        cuts_module.CLUSTERS_MAX = was
    hard = {(one, other) for one, other, _, is_hard in links if is_hard}
    assert not gone & hard
    for one, other in hard:
        assert labels[one] == labels[other]
    for (one, other), stays in zip(sorted(vetoes), is_open, strict=True):
        assert stays == (labels[one] == labels[other])
    # A link is cut only where a veto made it: without vetoes nothing is.
    assert grouped(count, links, [])[1] == set()


@settings(max_examples=25, deadline=None)
@given(graphs(), st.data())
def test_rulings_that_were_revoked_leave_no_trace(
    graph: tuple[int, list[Link], list[tuple[int, int]]], data: st.DataObject
) -> None:
    count, links, vetoes = graph
    before = grouped(count, links, vetoes)
    node = st.integers(min_value=0, max_value=count - 1)
    in_force: list[tuple[str, int, int]] = []
    for verb, one, other in data.draw(
        st.lists(
            st.tuples(st.sampled_from(["join", "separate"]), node, node).filter(lambda r: r[1] != r[2]), max_size=6
        )
    ):
        in_force.append((verb, min(one, other), max(one, other)))
        if data.draw(st.booleans()):
            in_force.pop(data.draw(st.integers(min_value=0, max_value=len(in_force) - 1)))
        joined = {(one, other) for verb, one, other in in_force if verb == "join"}
        ruled = [(one, other, 1.0, True) for one, other in joined]
        rest = [link for link in links if (link[0], link[1]) not in joined]
        apart = {(one, other) for verb, one, other in in_force if verb == "separate"}
        labels, _, _ = grouped(count, rest + ruled, sorted(set(vetoes) | apart))
        assert all(labels[one] == labels[other] for one, other in joined)
    in_force.clear()
    assert grouped(count, links, vetoes) == before

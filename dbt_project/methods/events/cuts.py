"""The weakest soft links that part what must not be one.

A veto names two records that cannot be one event. Where links hold both in one component, the soft links of least
total score between them are cut: a minimum cut on that component alone. Hard links, which a rail or a person wrote,
are never cut; a veto between records that hard links alone hold together stays open and is reported.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.csgraph import breadth_first_order, maximum_flow

from dbt_project.methods.events.components import components

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
# Scores become whole capacities of a flow: four decimals tell links apart that a calibrated score tells apart.
STEPS = 10_000
# A component of more hard clusters than this is a chain of mistakes, not an event; it is taken link by link, the
# strongest first, which needs no flow.
CLUSTERS_MAX = 400


@dataclass(frozen=True)
class Cuts:
    """What was cut.

    Attributes:
        is_cut: per link, whether it was cut.
        by_veto: per link, the place of the veto it was cut for; -1 where it was not.
        is_open: per veto, whether hard links alone hold its two ends together.
    """

    is_cut: Flags
    by_veto: Ints
    is_open: Flags


def cut(
    count: int, starts: Ints, ends: Ints, scores: NDArray[np.float64], is_hard: Flags, lefts: Ints, rights: Ints
) -> Cuts:
    """Cut soft links until no veto holds, hard links apart. The same sets give the same cuts in any order of rows
    only when nodes, links and vetoes come sorted; callers sort.

    Args:
        count: number of nodes.
        starts, ends, scores, is_hard: the links; a score is a probability, 0 to 1.
        lefts, rights: the two nodes of each veto, the most binding veto first.
    """
    is_cut = np.zeros(len(starts), dtype=bool)
    by_veto = np.full(len(starts), -1, dtype=np.int64)
    clusters = components(count, starts[is_hard], ends[is_hard])
    is_open = clusters[lefts] == clusters[rights]
    whole = components(count, starts, ends)
    binding = np.flatnonzero(~is_open & (whole[lefts] == whole[rights]))
    if not len(binding):
        return Cuts(is_cut, by_veto, is_open)
    soft = np.flatnonzero(~is_hard & (clusters[starts] != clusters[ends]))
    soft = soft[np.isin(whole[starts[soft]], whole[lefts[binding]])]
    for label in np.unique(whole[lefts[binding]]):
        links = soft[whole[starts[soft]] == label]
        vetoes = binding[whole[lefts[binding]] == label]
        names, ours = np.unique(np.concatenate([clusters[starts[links]], clusters[ends[links]]]), return_inverse=True)
        a, b = ours[: len(links)], ours[len(links) :]
        left, right = np.searchsorted(names, clusters[lefts[vetoes]]), np.searchsorted(names, clusters[rights[vetoes]])
        part = _by_strength if len(names) > CLUSTERS_MAX else _by_flow
        for at, veto in part(len(names), a, b, _capacities(scores[links]), left, right):
            is_cut[links[at]], by_veto[links[at]] = True, vetoes[veto]
    return Cuts(is_cut, by_veto, is_open)


def _capacities(scores: NDArray[np.float64]) -> Ints:
    return (1 + np.round(np.clip(scores, 0, 1) * STEPS)).astype(np.int64)


def _by_flow(count: int, a: Ints, b: Ints, capacity: Ints, left: Ints, right: Ints) -> list[tuple[int, int]]:
    """Cut links as (place of link, place of veto): one minimum cut per veto that still holds, in order."""
    alive, cuts = np.ones(len(a), dtype=bool), []
    for veto, (source, sink) in enumerate(zip(left.tolist(), right.tolist(), strict=True)):
        labels = components(count, a[alive], b[alive])
        if labels[source] != labels[sink]:
            continue
        reached = _side_of(count, a[alive], b[alive], capacity[alive], source, sink)
        across = np.flatnonzero(alive & (reached[a] != reached[b]))
        alive[across] = False
        cuts += [(at, veto) for at in across.tolist()]
    return cuts


def _side_of(count: int, a: Ints, b: Ints, capacity: Ints, source: int, sink: int) -> Flags:
    """Which nodes stay with the source when the least capacity between it and the sink is cut."""
    both = np.concatenate([capacity, capacity]).astype(np.int32)
    rows, columns = np.concatenate([a, b]), np.concatenate([b, a])
    graph = csr_matrix(coo_matrix((both, (rows, columns)), shape=(count, count)))
    left_over = csr_matrix(graph - maximum_flow(graph, source, sink).flow)
    left_over.data = np.where(left_over.data > 0, left_over.data, 0)
    left_over.eliminate_zeros()
    reached = np.zeros(count, dtype=bool)
    reached[breadth_first_order(left_over, source, return_predecessors=False)] = True
    return reached


def _by_strength(count: int, a: Ints, b: Ints, capacity: Ints, left: Ints, right: Ints) -> list[tuple[int, int]]:
    """Cut links as (place of link, place of veto): links join from the strongest down, unless a veto stands between."""
    root, members = list(range(count)), [{node} for node in range(count)]
    against: list[dict[int, int]] = [{} for _ in range(count)]
    for veto, (one, other) in enumerate(zip(left.tolist(), right.tolist(), strict=True)):
        against[one].setdefault(other, veto)
        against[other].setdefault(one, veto)
    cuts = []
    for at in np.argsort(-capacity, kind="stable").tolist():
        one, other = root[a[at]], root[b[at]]
        if one == other:
            continue
        if len(members[one]) < len(members[other]):
            one, other = other, one
        vetoes = [veto for node in members[other] for foe, veto in against[node].items() if root[foe] == one]
        if vetoes:
            cuts.append((at, min(vetoes)))
            continue
        for node in members[other]:
            root[node] = one
        members[one] |= members[other]
    return cuts

"""Records that links hold together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

Ints = NDArray[np.int64]


def components(count: int, starts: Ints, ends: Ints) -> Ints:
    """The component of each of `count` nodes; numbered by their first node, so the order of links does not matter.

    Args:
        count: number of nodes; nodes are 0 to count - 1.
        starts, ends: the two nodes of each link, equally long.
    """
    if not count:
        return np.zeros(0, dtype=np.int64)
    graph = coo_matrix((np.ones(len(starts), dtype=np.int8), (starts, ends)), shape=(count, count))
    labels = connected_components(graph, directed=False)[1]
    _, first, places = np.unique(labels, return_index=True, return_inverse=True)
    numbers = np.empty(len(first), dtype=np.int64)
    numbers[np.argsort(first, kind="stable")] = np.arange(len(first))
    return numbers[places]


def anchors(labels: Ints, order: Ints) -> Ints:
    """For each node the node that names its component: the one that comes first in `order`, a rank per node."""
    by_rank = np.lexsort((order, labels))
    ordered = labels[by_rank]
    is_first = np.ones(len(ordered), dtype=bool)
    is_first[1:] = ordered[1:] != ordered[:-1]
    first_of = np.empty(int(labels.max()) + 1 if len(labels) else 0, dtype=np.int64)
    first_of[ordered[is_first]] = by_rank[is_first]
    return first_of[labels]

"""The tree grows as RFC 6962 says, whatever the steps; a proof leads to the root from its own leaf alone."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from execution.audit.merkle import Proofs, Tree, leaf, root_from_proof, root_of


def _by_the_book(leaves: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + _by_the_book(leaves[:k]) + _by_the_book(leaves[k:])).digest()


@given(st.lists(st.binary(max_size=8), max_size=70), st.lists(st.integers(0, 70), max_size=5))
def test_grown_in_any_steps_it_is_the_tree_of_the_book(bodies: list[bytes], cuts: list[int]) -> None:
    leaves = [leaf(body) for body in bodies]
    tree, before = Tree(), 0
    for cut in [*sorted(cuts), len(leaves)]:
        tree.grow(leaves[before:cut])
        tree = Tree(tree.frontier, tree.size)  # As a transaction reads it back.
        before = max(before, min(cut, len(leaves)))
    assert tree.root() == _by_the_book(leaves) == root_of(leaves)


@pytest.mark.parametrize("size", range(1, 40))
def test_each_event_proves_itself_and_no_other(size: int) -> None:
    leaves = [leaf(bytes([n])) for n in range(size)]
    root = root_of(leaves)
    for place in range(size):
        proof = Proofs(leaves).proof(place)
        assert root_from_proof(leaves[place], place, size, proof) == root
        assert root_from_proof(leaf(b"another"), place, size, proof) != root
        if proof:
            bent = [bytes(32), *proof[1:]]
            assert root_from_proof(leaves[place], place, size, bent) != root
            with pytest.raises(ValueError, match="proof"):
                root_from_proof(leaves[place], place, size, proof[:-1])
        with pytest.raises(ValueError, match="proof"):
            root_from_proof(leaves[place], place, size, [*proof, bytes(32)])


def test_a_frontier_must_fit_its_size() -> None:
    with pytest.raises(ValueError, match="does not stand for 3 events"):
        Tree(bytes(32), 3)

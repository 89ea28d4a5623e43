"""One block: a party's documents and the bank lines that may settle them, solved as an exact cover.

Each line takes a set of documents of one party whose cents add up to it; no document is used twice. Where several
covers are possible each is weighed by how often payments have that many documents, and a pair's score is the share of
the weight that agrees with it, so the score falls exactly as far as the amounts leave room for doubt.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import lgamma

import numpy as np
from numpy.typing import NDArray

from dbt_project.methods.reconciliation.subsets import Counts, Halves, choices

# Ways listed per line, search steps and covers kept per block: the work of a block is bounded, and a block that meets
# a bound says so (`Cover.is_whole`).
WAYS, STEPS, COVERS = 4_000, 4_000, 400
# Sums of documents are listed once for all lines of a block while they are no more than two to this.
SHARED_BITS = 24.0
# The log weight of a payment by its number of documents: sizes of supplier payments fall like this power.
SIZE_POWER = -2.5
# A line that nothing explains is rarer than a document that is not paid yet.
LINE_LEFT, DOCUMENT_LEFT = -9.0, -3.0


@dataclass
class Block:
    """Documents by kind (those that nothing tells apart share one) and lines, of one party or of several alike.

    Attributes:
        values: cents of each kind.
        counts: documents of each kind.
        parties: a code per kind; one line pays one party.
        lines: cents of each line.
        allowed: lines × kinds, whether the line may settle the kind.
        weights: lines × kinds, log weight of settling one such document (how usual the delay is).
    """

    values: NDArray[np.int64]
    counts: NDArray[np.int64]
    parties: NDArray[np.int64]
    lines: NDArray[np.int64]
    allowed: NDArray[np.bool_]
    weights: NDArray[np.float64] | None = None


@dataclass
class Cover:
    """What a block's lines settle.

    Attributes:
        taken: lines × kinds, documents of each kind that each line settles.
        share: lines × kinds, the share of the weight of all covers in which one document of the kind is this line's.
        covers: covers found.
        is_whole: whether every cover was looked at.
    """

    taken: Counts
    share: NDArray[np.float64]
    covers: int
    is_whole: bool


@dataclass
class _Search:
    block: Block
    is_balanced: bool
    must_explain_all: bool = True
    steps: int = 0
    is_whole: bool = True
    found: list[tuple[float, Counts]] = field(default_factory=list)

    def run(self, ways: dict[int, Counts | None], left_over: int) -> None:
        """Look for covers that leave at most so many lines unexplained."""
        shape = (len(self.block.lines), len(self.block.values))
        self.must_explain_all = self.is_balanced and not left_over
        self.step(np.zeros(shape, dtype=np.int16), self.block.counts.astype(np.int16), ways, left_over)

    def step(self, taken: Counts, rest: Counts, ways: dict[int, Counts | None], left_over: int) -> None:
        """Settle one more line in each way that is still possible."""
        self.steps += 1
        if self.steps > STEPS or len(self.found) >= COVERS:
            self.is_whole = False
            return
        if not ways:
            if not (self.must_explain_all and rest.any()):
                self.found.append((self.weight(taken, rest), taken.copy()))
            return
        still: dict[int, Counts | None] = {}
        for line, listed in ways.items():
            if listed is None and len(ways) == 1:
                listed = self.remainder(line, rest)
            elif listed is not None:
                listed = listed[(listed <= rest).all(axis=1)]
                if not len(listed) and not left_over:
                    return
            still[line] = listed
        line, listed = min(
            ((line, listed) for line, listed in still.items() if listed is not None), key=lambda pair: len(pair[1])
        )
        del still[line]
        for way in listed:
            taken[line] = way
            self.step(taken, rest - way, still, left_over)
        taken[line] = 0
        if left_over:
            self.step(taken, rest, still, left_over - 1)

    def remainder(self, line: int, rest: Counts) -> Counts:
        """All that is left, when one party's and allowed, is what the last line pays."""
        used = rest > 0
        block = self.block
        fits = used.any() and block.allowed[line][used].all() and len(set(block.parties[used].tolist())) == 1
        return rest[None, :] if fits else np.zeros((0, len(rest)), dtype=np.int16)

    def weight(self, taken: Counts, rest: Counts) -> float:
        """Log weight of a cover: usual sizes, what it leaves, the orders in which equal documents may be dealt."""
        sizes = taken.sum(axis=1)
        paid = sizes > 0
        value = SIZE_POWER * float(np.log(sizes[paid]).sum())
        value += LINE_LEFT * int((~paid).sum()) + DOCUMENT_LEFT * int(rest.sum())
        if self.block.weights is not None:
            value += float((taken * self.block.weights).sum())
        many = self.block.counts > 1
        if many.any():
            value += sum(lgamma(count + 1) for count in self.block.counts[many].tolist())
            value -= sum(lgamma(count + 1) for count in taken[:, many].ravel().tolist())
            value -= sum(lgamma(count + 1) for count in rest[many].tolist())
        return value


def solve(block: Block) -> Cover:
    """The likeliest cover of a block, with the share of the weight that agrees with each pair.

    Covers that explain every line come before those that leave one, and so on; a block too large to list falls back to
    equal single amounts first and is marked as not whole.
    """
    lines, kinds = block.allowed.shape
    is_balanced = int((block.values * block.counts).sum()) == int(block.lines.sum())
    listed, partial = [], []
    shared: dict[tuple[int, bytes], Halves | None] = {}
    for line in range(lines):
        ways, is_complete = _ways(block, line, shared)
        listed.append(ways)
        if not is_complete:
            partial.append(line)
    search = _Search(block, is_balanced)
    for last in _lasts(block, partial) if is_balanced and lines > 1 else []:
        search.steps = 0
        search.run({line: None if line == last else ways for line, ways in enumerate(listed)}, 0)
        if search.found:
            return _agreed(block, search, not set(partial) - {last} and search.is_whole)
    for left_over in range(lines + 1):
        search.steps = 0
        search.run(dict(enumerate(listed)), left_over)
        if search.found:
            return _agreed(block, search, not partial and search.is_whole)
    return Cover(np.zeros((lines, kinds), dtype=np.int16), np.zeros((lines, kinds)), 0, False)


def _lasts(block: Block, partial: list[int]) -> list[int]:
    """Which line to leave for last: it takes what remains, so its own list, long or partial, is not needed."""
    order = sorted(range(len(block.lines)), key=lambda line: -abs(int(block.lines[line])))
    return [line for line in order if line in partial][:3] or order[:1]


def _ways(block: Block, line: int, shared: dict[tuple[int, bytes], Halves | None]) -> tuple[Counts, bool]:
    """Ways of one line, party by party; lines that may pay the same documents share the lists of sums."""
    target = int(block.lines[line])
    found, whole = [], True
    is_positive = bool((block.values > 0).all())
    for party in sorted(set(block.parties[block.allowed[line]].tolist())):
        fits = block.allowed[line] & (block.parties == party)
        key = (party, fits.tobytes())
        if key not in shared:
            is_small = float(np.log2(block.counts[fits] + 1).sum()) <= SHARED_BITS
            shared[key] = Halves(block.values[fits], block.counts[fits]) if is_small else None
        halves = shared[key]
        if halves is None:
            if is_positive:
                fits &= block.values <= target
            if not fits.any():
                continue
            counts = block.counts[fits]
            if is_positive:
                counts = np.minimum(counts, target // block.values[fits])
            some, complete = choices(block.values[fits], counts, target, WAYS)
        else:
            some, complete = halves.choices(target, WAYS)
        whole &= complete
        spread = np.zeros((len(some), len(block.values)), dtype=np.int16)
        spread[:, np.flatnonzero(fits)] = some
        found.append(spread)
    return (np.vstack(found) if found else np.zeros((0, len(block.values)), dtype=np.int16)), whole


def _agreed(block: Block, search: _Search, is_whole: bool) -> Cover:
    logs = np.array([value for value, _ in search.found])
    weights = np.exp(logs - logs.max())
    weights /= weights.sum()
    stack = np.stack([taken for _, taken in search.found]).astype(np.float64)
    share = np.tensordot(weights, stack, axes=1) / block.counts
    # The cover that agrees most with all others, each by its weight: it expects the most right pairs.
    best = int(np.argmax((stack * share).sum(axis=(1, 2)) + 1e-9 * weights))
    return Cover(search.found[best][1], share, len(search.found), is_whole)

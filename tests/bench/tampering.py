"""Attacks on a stored audit log by somebody who has the database in hand: no trigger, no authorizer, every table.

Each attack answers which event is the first that is no longer what was written. The signing key is out of reach, and
what left the house before the attack (the newest note and its leaf hashes) is given to the verifier.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from execution.audit.canonical import canonical
from execution.audit.chain import ZERO, link
from execution.audit.merkle import Tree, leaf
from execution.store import tables as t

A, H, C = t.audit.c, t.chain_head.c, t.checkpoint.c
FIRM = "firm"


@dataclass(frozen=True, slots=True)
class Log:
    """The log as it was: each event's stored row, and the sizes that were sealed."""

    rows: list[dict[str, Any]]
    sealed: list[int]

    @property
    def size(self) -> int:
        """How many events."""
        return len(self.rows)

    def body(self, seq: int) -> bytes:
        """The bytes of an event, counted from 1."""
        return bytes(self.rows[seq - 1]["body"])


Attack = Callable[[Connection, Log, random.Random], int]
ATTACKS: dict[str, Attack] = {}


def attack(name: str) -> Callable[[Attack], Attack]:
    """Puts an attack on the list."""

    def kept(act: Attack) -> Attack:
        ATTACKS[name] = act
        return act

    return kept


def _at(seq: int) -> sa.ColumnElement[bool]:
    return sa.and_(A.chain_id == FIRM, A.seq == seq)


def _set(cx: Connection, place: int, /, **values: Any) -> None:
    assert cx.execute(sa.update(t.audit).where(_at(place)).values(**values)).rowcount == 1


def _flipped(value: bytes, rng: random.Random) -> bytes:
    altered = bytearray(value)
    altered[rng.randrange(len(altered))] ^= 1 << rng.randrange(8)
    return bytes(altered)


def _other_text(value: str | None, rng: random.Random) -> str:
    if not value:
        return "x"
    place = rng.randrange(len(value))
    return value[:place] + rng.choice([c for c in "abcXYZ019-" if c != value[place]]) + value[place + 1 :]


def _flip_of(column: str) -> Attack:
    def flip(cx: Connection, log: Log, rng: random.Random) -> int:
        seq = rng.randint(1, log.size)
        value = log.rows[seq - 1][column]
        changed = _flipped(bytes(value), rng) if column in ("body", "prev", "hash") else _other_text(value, rng)
        _set(cx, seq, **{column: changed})
        return seq

    return flip


for _column in ("body", "prev", "hash", "client_id", "subject_kind", "subject_id"):
    ATTACKS[f"flip: {_column}"] = _flip_of(_column)


@attack("flip: seq")
def _renumber(cx: Connection, log: Log, rng: random.Random) -> int:
    seq = rng.randint(1, log.size)
    _set(cx, seq, seq=log.size + rng.randint(2, 9))
    return seq


@attack("flip: chain_id")
def _move_away(cx: Connection, log: Log, rng: random.Random) -> int:
    seq = rng.randint(1, log.size)
    _set(cx, seq, chain_id="elsewhere")
    return seq


@attack("drop: one event")
def _drop(cx: Connection, log: Log, rng: random.Random) -> int:
    seq = rng.randint(1, log.size)
    cx.execute(sa.delete(t.audit).where(_at(seq)))
    return seq


@attack("drop: one event, the rest renumbered")
def _close_up(cx: Connection, log: Log, rng: random.Random) -> int:
    seq = rng.randint(1, log.size - 1)
    cx.execute(sa.delete(t.audit).where(_at(seq)))
    _shift(cx, seq, -1, log.size)
    cx.execute(sa.update(t.chain_head).where(H.chain_id == FIRM).values(seq=log.size - 1))
    return seq


def _shift(cx: Connection, after: int, by: int, size: int) -> None:
    """Renumber all events after one; over a free range, as a primary key wants."""
    later = sa.and_(A.chain_id == FIRM, A.seq > after)
    cx.execute(sa.update(t.audit).where(later).values(seq=A.seq + 10 * size))
    cx.execute(sa.update(t.audit).where(A.chain_id == FIRM, A.seq > 9 * size).values(seq=A.seq - 10 * size + by))


@attack("reorder: two events swapped")
def _swap(cx: Connection, log: Log, rng: random.Random) -> int:
    first, second = sorted(rng.sample(range(1, log.size + 1), 2))
    for seq, to in ((first, 10 * log.size), (second, first), (10 * log.size, second)):
        _set(cx, seq, seq=to)
    return first


@attack("reorder: contents of two events swapped")
def _swap_contents(cx: Connection, log: Log, rng: random.Random) -> int:
    first, second = sorted(rng.sample(range(1, log.size + 1), 2))
    for seq, other in ((first, second), (second, first)):
        told = {name: value for name, value in log.rows[other - 1].items() if name not in ("chain_id", "seq", "prev")}
        _set(cx, seq, **told)
    return first


def _forged(log: Log, seq: int, rng: random.Random) -> bytes:
    """A body that could stand at a place: canonical, the right number, another story."""
    told = json.loads(log.body(rng.randint(1, log.size)))
    return canonical({**told, "seq": seq, "inputs": {"reason": f"forged {rng.random()}".replace(".", "")}})


def _row(body: bytes, seq: int, prev: bytes) -> dict[str, Any]:
    told = json.loads(body)
    return {"chain_id": FIRM, "seq": seq, "client_id": told["client"], "subject_kind": told["subject"]["kind"],
            "subject_id": told["subject"]["id"], "body": body, "prev": prev, "hash": link(prev, body)}  # fmt: skip


def _prev(log: Log, seq: int) -> bytes:
    return bytes(log.rows[seq - 2]["hash"]) if seq > 1 else ZERO


@attack("insert: a forged event, well linked to the one before")
def _insert(cx: Connection, log: Log, rng: random.Random) -> int:
    seq = rng.randint(1, log.size)
    _shift(cx, seq - 1, 1, log.size)
    cx.execute(sa.insert(t.audit).values(**_row(_forged(log, seq, rng), seq, _prev(log, seq))))
    cx.execute(sa.update(t.chain_head).where(H.chain_id == FIRM).values(seq=log.size + 1))
    return seq


@attack("insert: a copy of an event behind the end, the head left")
def _add(cx: Connection, log: Log, rng: random.Random) -> int:
    row = _row(_forged(log, log.size + 1, rng), log.size + 1, _prev(log, log.size + 1))
    cx.execute(sa.insert(t.audit).values(**row))
    return log.size + 1


def _rehash(cx: Connection, log: Log, bodies: dict[int, bytes], upto: int | None = None) -> None:
    """Write these bodies, and bend every hash after the first of them; the head too when it goes to the end."""
    first, last = min(bodies), upto or log.size
    prev, tree = _prev(log, first), Tree()
    tree.grow(leaf(log.body(seq)) for seq in range(1, first))
    for seq in range(first, last + 1):
        row = _row(bodies.get(seq, log.body(seq)), seq, prev)
        tree.grow([leaf(row["body"])])
        _set(cx, seq, **{name: value for name, value in row.items() if name not in ("chain_id", "seq")})
        prev = row["hash"]
    if last == log.size:
        mended = {"hash": prev, "frontier": tree.frontier}
        cx.execute(sa.update(t.chain_head).where(H.chain_id == FIRM).values(**mended))


@attack("re-hash: from a point, the head mended")
def _rewrite(cx: Connection, log: Log, rng: random.Random) -> int:
    seq = rng.randint(1, log.size)
    _rehash(cx, log, {seq: _forged(log, seq, rng)})
    return seq


@attack("re-hash: from a point to a point")
def _rewrite_part(cx: Connection, log: Log, rng: random.Random) -> int:
    first = rng.randint(1, log.size - 1)
    _rehash(cx, log, {first: _forged(log, first, rng)}, upto=rng.randint(first, log.size - 1))
    return first


@attack("re-hash: from a point, the checkpoints after it gone")
def _rewrite_unsealed(cx: Connection, log: Log, rng: random.Random) -> int:
    seq = _rewrite(cx, log, rng)
    cx.execute(sa.delete(t.checkpoint).where(C.chain_id == FIRM, C.size >= seq))
    return seq


@attack("re-hash: from a point, what the checkpoints sealed replaced")
def _rewrite_sealed(cx: Connection, log: Log, rng: random.Random) -> int:
    seq = rng.randint(1, log.size)
    forged = _forged(log, seq, rng)
    _rehash(cx, log, {seq: forged})
    before = 0
    for size in log.sealed:
        leaves = [leaf(forged if at == seq else log.body(at)) for at in range(before + 1, size + 1)]
        cx.execute(sa.update(t.checkpoint).where(C.chain_id == FIRM, C.size == size).values(leaves=b"".join(leaves)))
        before = size
    return seq


def _cut(cx: Connection, log: Log, rng: random.Random) -> int:
    left = rng.randint(0, log.size - 1)
    cx.execute(sa.delete(t.audit).where(A.chain_id == FIRM, A.seq > left))
    return left


@attack("truncate: the old head left")
def _truncate(cx: Connection, log: Log, rng: random.Random) -> int:
    return _cut(cx, log, rng) + 1


@attack("truncate: the head mended")
def _truncate_mended(cx: Connection, log: Log, rng: random.Random) -> int:
    left, tree = _cut(cx, log, rng), Tree()
    tree.grow(leaf(log.body(seq)) for seq in range(1, left + 1))
    head = {"seq": left, "hash": _prev(log, left + 1), "frontier": tree.frontier}
    cx.execute(sa.update(t.chain_head).where(H.chain_id == FIRM).values(**head))
    return left + 1


@attack("truncate: the head mended, the checkpoints after it gone")
def _truncate_whole(cx: Connection, log: Log, rng: random.Random) -> int:
    first = _truncate_mended(cx, log, rng)
    cx.execute(sa.delete(t.checkpoint).where(C.chain_id == FIRM, C.size >= first))
    return first


@attack("truncate: everything, head and checkpoints too")
def _truncate_all(cx: Connection, log: Log, rng: random.Random) -> int:
    for table in (t.audit, t.chain_head, t.checkpoint):
        cx.execute(sa.delete(table).where(table.c.chain_id == FIRM))
    return 1


@attack("head: hash, frontier or number")
def _bend_head(cx: Connection, log: Log, rng: random.Random) -> int:
    row = cx.execute(sa.select(t.chain_head).where(H.chain_id == FIRM)).one()
    kind = rng.choice(["hash", "frontier", "seq", "gone"])
    if kind == "gone":
        cx.execute(sa.delete(t.chain_head).where(H.chain_id == FIRM))
        return log.size
    if kind == "seq":
        number = rng.choice([n for n in range(0, 2 * log.size) if n != log.size])
        cx.execute(sa.update(t.chain_head).where(H.chain_id == FIRM).values(seq=number))
        return min(number, log.size) + 1
    flipped = _flipped(bytes(getattr(row, kind)), rng)
    cx.execute(sa.update(t.chain_head).where(H.chain_id == FIRM).values(**{kind: flipped}))
    return log.size


def _some_seal(cx: Connection, rng: random.Random) -> sa.Row[Any]:
    return rng.choice(cx.execute(sa.select(t.checkpoint).where(C.chain_id == FIRM).order_by(C.size)).all())


def _set_seal(cx: Connection, sealed: int, /, **values: Any) -> None:
    cx.execute(sa.update(t.checkpoint).where(C.chain_id == FIRM, C.size == sealed).values(**values))


@attack("checkpoint: its note")
def _bend_note(cx: Connection, log: Log, rng: random.Random) -> int:
    seal = _some_seal(cx, rng)
    # The last line is the signature in base64, whose last characters may hold spare bits: those are no claim.
    place = rng.randrange(len(seal.note) - 8)
    note = seal.note[:place] + _other_text(seal.note[place], rng) + seal.note[place + 1 :]
    _set_seal(cx, seal.size, note=note)
    return int(seal.size)


@attack("checkpoint: its size")
def _bend_size(cx: Connection, log: Log, rng: random.Random) -> int:
    seal = _some_seal(cx, rng)
    size = rng.choice([n for n in range(1, 2 * log.size) if n not in log.sealed])
    _set_seal(cx, seal.size, size=size)
    return size


@attack("checkpoint: when it was signed")
def _bend_time(cx: Connection, log: Log, rng: random.Random) -> int:
    seal = _some_seal(cx, rng)
    _set_seal(cx, seal.size, signed_at=seal.signed_at.replace(microsecond=(seal.signed_at.microsecond + 7) % 10**6))
    return int(seal.size)


@attack("checkpoint: a leaf hash that it sealed")
def _bend_leaf(cx: Connection, log: Log, rng: random.Random) -> int:
    seal = _some_seal(cx, rng)
    leaves = bytearray(seal.leaves)
    place = rng.randrange(len(leaves))
    leaves[place] ^= 1 << rng.randrange(8)
    _set_seal(cx, seal.size, leaves=bytes(leaves))
    before = max((size for size in log.sealed if size < seal.size), default=0)
    return before + place // 32 + 1


@attack("checkpoint: one between two others gone")
def _lose_seal(cx: Connection, log: Log, rng: random.Random) -> int:
    place = rng.randrange(len(log.sealed) - 1)
    cx.execute(sa.delete(t.checkpoint).where(C.chain_id == FIRM, C.size == log.sealed[place]))
    return (log.sealed[place - 1] if place else 0) + 1


@attack("checkpoint: the newest gone")
def _lose_newest(cx: Connection, log: Log, rng: random.Random) -> int:
    cx.execute(sa.delete(t.checkpoint).where(C.chain_id == FIRM, C.size == log.sealed[-1]))
    return log.sealed[-1]


def cases(many: int, seed: int) -> Iterator[tuple[str, int]]:
    """(attack, seed of the case), each attack as often as the others."""
    names = list(ATTACKS)
    for number in range(many):
        yield names[number % len(names)], seed * 1_000_003 + number

"""How far this machine has seen each firm's audit chain, kept outside the store: one that stands behind was restored.

One small file per firm, written whole and synced: before each request that could move money, and after each pass. It
is no part of the store's backups. A store behind its mark, or one that holds another past, lost what was decided and
sent since; then nothing is sent before Ramp was looked through.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import sqlalchemy as sa

from execution.store import keyed
from execution.store import tables as t
from execution.store.flock import write_turn

SUFFIX = ".mark"
RESTORED = "it was restored"


@dataclass(frozen=True, slots=True)
class Head:
    """A chain's newest event: its number and its hash in hex."""

    chain_id: str
    seq: int
    hash: str


def heads(cx: sa.Connection) -> list[Head]:
    """How far each firm's chain goes in the store."""
    h, a = t.chain_head.c, t.advisor.c
    query = sa.select(a.advisor_id, h.seq, h.hash).select_from(
        t.advisor.outerjoin(t.chain_head, h.chain_id == a.advisor_id)
    )
    return [_head(row.advisor_id, row.seq, row.hash) for row in cx.execute(query.order_by(a.advisor_id))]


def _head(chain_id: str, seq: int | None, hashed: bytes | None) -> Head:
    return Head(chain_id, seq or 0, bytes(hashed).hex() if hashed else "")


_HEAD = sa.select(t.chain_head.c.seq, t.chain_head.c.hash).where(*keyed(t.chain_head, "chain_id"))


def head_of(cx: sa.Connection, chain_id: str) -> Head:
    """How far the chain goes in the store; 0 for one that was never written."""
    found = cx.execute(_HEAD, {"of_chain_id": chain_id}).one_or_none()
    return _head(chain_id, found.seq, found.hash) if found else _head(chain_id, None, None)


class Mark:
    """The marks of this machine."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def seen(self, chain_id: str) -> Head | None:
        """The last mark of a firm; None when this machine has none."""
        try:
            told = json.loads(self._file(chain_id).read_text())
            return Head(chain_id, int(told["seq"]), str(told["hash"]))
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError):
            return Head(chain_id, 2**62, "unreadable")  # A damaged mark proves nothing: the store is behind it.

    def keep(self, head: Head, *, anew: bool = False) -> None:
        """Remember a head that is committed. Durable when this returns.

        A mark only moves on: another executor of this machine may have seen more. `anew`: another past counts now.
        """
        with write_turn(self._folder / "marks.lock"):
            seen = self.seen(head.chain_id)
            if anew or seen is None or seen.seq < head.seq:
                self._write(head)

    def _write(self, head: Head) -> None:
        file = self._file(head.chain_id)
        fresh = file.with_name(f"{file.name}.{os.getpid()}")
        with fresh.open("w") as writing:
            writing.write(json.dumps({"seq": head.seq, "hash": head.hash}))
            writing.flush()
            os.fsync(writing.fileno())
        fresh.replace(file)
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def doubts(self, cx: sa.Connection, chain_id: str) -> str | None:
        """Why the store cannot be what this machine saw last; None when it goes on from there."""
        seen, head = self.seen(chain_id), head_of(cx, chain_id)
        if seen is None:
            p = t.payout.c
            has_payouts = cx.execute(sa.select(p.payout_id).where(p.advisor_id == chain_id).limit(1)).first()
            return "This machine keeps no mark of the store, and payouts exist" if has_payouts else None
        if head.seq < seen.seq:
            return f"The store ends at event {head.seq}; this machine saw event {seen.seq}: {RESTORED}"
        a = t.audit.c
        there = cx.execute(sa.select(a.hash).where(a.chain_id == chain_id, a.seq == seen.seq)).scalar()
        if seen.seq and (there is None or bytes(there).hex() != seen.hash):
            return f"Event {seen.seq} of the store is not the one that this machine saw: {RESTORED} and went on"
        return None

    def _file(self, chain_id: str) -> Path:
        return self._folder / f"{quote(chain_id, safe='')}{SUFFIX}"

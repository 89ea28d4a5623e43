"""A small real log to attack: payouts of several ends, refusals between, sealed four times by the real signer."""

from __future__ import annotations

import random
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from execution.audit.seals import Outside, seals_of
from execution.audit.signer import Signer
from execution.audit.verify import ChainReport, verify_chain
from execution.service import refusals
from execution.store import engine_for
from execution.store import tables as t
from tests.bench import tampered_story, tampered_tables  # noqa: F401  (each adds its attacks)
from tests.bench.tampering import ATTACKS, FIRM, Log, cases
from tests.execution.payouts.world import PEOPLE, World


@dataclass(slots=True)
class Found:
    """How the attacks of a run went. `missed` names the seeds that replay what was not found or named wrongly."""

    done: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    named: Counter[str] = field(default_factory=Counter)
    missed: list[str] = field(default_factory=list)


class TamperedLog:
    """The log, an engine that no rule of the store stands before, and what left the house."""

    def __init__(self, url: str | None = None) -> None:
        self.world = World(url)
        self._signer = Signer(Path(tempfile.mkdtemp(prefix="rowcol-signer-")))
        sizes = [self._seal() for _ in self._lives()]
        with self.world.store.read() as cx:
            query = sa.select(t.audit).where(t.audit.c.chain_id == FIRM).order_by(t.audit.c.seq)
            self.log = Log([dict(row) for row in cx.execute(query).mappings()], sizes)
            seals = seals_of(cx, FIRM, self._signer.public())
        claim = seals[-1].claim
        assert claim is not None and self.log.size == sizes[-1]
        self._outside = Outside(claim, b"".join(seal.leaves for seal in seals))
        self.engine = self._unguarded()

    def _seal(self) -> int:
        return self._signer.sign(self.world.store, FIRM, self.world.clock.now()).size

    def _lives(self) -> Iterator[None]:
        """Settled, at the rail, approved, blocked, rejected; a seal after each."""
        world = self.world
        for number in (1, 2, 6, 7):
            world.released(world.bill(number, 90_000))
            world.run(seconds=31)
            self._refuse(number)
            yield
        settled = world.row(next(iter(self._payout_ids())))
        world.proofs = [{"client_id": "acme", "payout_id": settled["payout_id"], "candidate_count": 1,
                         "posting_id_plaid": "tx1", "posted_date": world.clock.now().date(),
                         "posting_description": "RAMP BILL PAY", "bill_payment_id_qbo": "bp1",
                         "bill_payment_date": world.clock.now().date()}]  # fmt: skip
        world.snapshot_id = "s2"
        world.run(seconds=31)
        bill = world.bill(3, 80_000)
        world.learn()
        made = world.payouts.propose(PEOPLE["bea"], "acme", bill)
        world.payouts.approve(PEOPLE["carl"], made.payout_id, payload_sha256=made.payload_sha256, reason="due")
        yield
        rejected = world.payouts.propose(PEOPLE["bea"], "acme", world.bill(4, 70_000))
        world.payouts.reject(PEOPLE["carl"], rejected.payout_id, "not ours")
        world.payouts.propose(PEOPLE["bea"], "acme", world.bill(5, 60_000, is_payable_here=False))
        self._refuse(9)
        yield

    def _payout_ids(self) -> list[str]:
        with self.world.store.read() as cx:
            return list(cx.execute(sa.select(t.payout.c.payout_id).order_by(t.payout.c.created_at)).scalars())

    def _refuse(self, number: int) -> None:
        w = self.world
        for place in range(3):
            refusals.record(
                w.store, w.clock, PEOPLE["bea"], "try", f"bill-{number}-{place} “é”", "no", client_id="acme"
            )

    def _unguarded(self) -> Engine:
        """As an administrator: no authorizer, and the triggers gone."""
        engine = engine_for(self.world.store.url, guarded=False)
        if engine.dialect.name == "sqlite":
            sa.event.listen(engine, "connect", lambda driver, _: driver.execute("pragma foreign_keys = off"))
        with engine.begin() as cx:
            if engine.dialect.name == "postgresql":
                for table in ("audit", "checkpoint", "hold", "hold_end", "approval", "rail_call"):
                    cx.execute(sa.text(f"alter table {table} disable trigger all"))
            else:
                named = cx.execute(sa.text("select name from sqlite_master where type = 'trigger'"))
                for name in list(named.scalars()):
                    cx.execute(sa.text(f"drop trigger {name}"))
        return engine

    def verify(self, cx: Connection, *, nothing_outside: bool = False) -> ChainReport:
        """The product's own check."""
        outside = None if nothing_outside else self._outside
        return verify_chain(cx, FIRM, seals=seals_of(cx, FIRM, self._signer.public()), outside=outside)

    @contextmanager
    def attacked(self) -> Iterator[Connection]:
        """A transaction in which an attack and its check take place; everything is as before afterwards."""
        with self.engine.connect() as cx:
            transaction = cx.begin()
            try:
                yield cx
            finally:
                transaction.rollback()

    def run(self, many: int, seed: int) -> Found:
        """So many attacks, each on the whole log."""
        told = Found()
        with self.attacked() as cx:
            report = self.verify(cx)
            assert report.ok, report
        for name, case in cases(many, seed):
            with self.attacked() as cx:
                expected = ATTACKS[name](cx, self.log, random.Random(case))
                report = self.verify(cx, nothing_outside=name.startswith(tampered_story.UNSEALED))
            told.done[name] += 1
            told.found[name] += not report.ok
            told.named[name] += report.first_bad_seq == expected
            if report.ok or report.first_bad_seq != expected:
                told.missed.append(
                    f"{name}, seed {case}: expected {expected}, told {report.first_bad_seq}: {report.problem}"
                )
        return told

    def close(self) -> None:
        """Lets go of the databases."""
        self.engine.dispose()
        self.world.store.dispose()

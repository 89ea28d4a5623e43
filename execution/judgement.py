"""The guards on live facts, asked just before cash is earmarked and again just before the wire."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from itertools import chain
from typing import Protocol

import sqlalchemy as sa

from execution import guards
from execution.clock import Clock
from execution.domain.facts import BalanceFacts, BillFacts, ClockFacts, Facts, PayeeFacts, ReserveFacts, Stage
from execution.domain.payload import Payload
from execution.domain.seen import seen_of
from execution.domain.states import HOLDING
from execution.domain.verdict import Verdict
from execution.facts.ramp_payee import RampVendor
from execution.facts.snapshot import NoSnapshot, Snapshot
from execution.payouts.gather import gather
from execution.payouts.payees import note_payee, noted_lately
from execution.payouts.rows import Row, client_row
from execution.payouts.surroundings import Surroundings
from execution.senders.base import Sender
from execution.store import Store, among, key_of, keyed
from execution.store import tables as t


class Rails(Protocol):
    """One client's live rails, as the executor may use them. Each may raise RailUnreachable."""

    sender: Sender

    def balance(self, account_id: str, asked_at: datetime) -> BalanceFacts:
        """The funding account's balance now."""

    def bill(self, source_bill_id: str) -> BillFacts | None:
        """The bill in QBO now."""

    def vendor(self, vendor_id: str) -> RampVendor | None:
        """The payee at Ramp now."""

    def foreign_minor(self, source_bank_account_id: str, own: set[str]) -> int:
        """What Ramp may still debit for others' payments."""

    def skew_seconds(self, now: datetime) -> int | None:
        """Our clock against Ramp's."""


class Judgement:
    """Asks the rails, then the guards."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        open_snapshot: Callable[[str], AbstractContextManager[Snapshot]],
        fingerprint_key: bytes,
    ) -> None:
        self._store, self._clock, self._open_snapshot, self._key = store, clock, open_snapshot, fingerprint_key

    def of(self, row: Row, rails: Rails, stage: Stage, own: set[str]) -> tuple[Facts, list[Verdict]]:
        """Every guard on live facts. Raises RailUnreachable when a rail does not answer: then nothing is decided.

        `own`: what is `ours_at_ramp`. What a rail answers without giving it (no such vendor, no balance) stays None,
        and its guard refuses.
        """
        now = self._clock.now()
        payload = Payload.from_row(row)
        # Others' payments before the balance: one that is debited in between is counted twice, never missed.
        foreign = rails.foreign_minor(payload.source_bank_account_id, own)
        balance = rails.balance(payload.account_id_plaid, now)
        live_bill = rails.bill(payload.source_bill_id) if payload.source_bill_id.startswith("qbo:") else None
        vendor = rails.vendor(payload.vendor_id_ramp)
        skew = rails.skew_seconds(self._clock.now())
        facts, fingerprint = self._gathered(row, payload, stage, vendor, now)
        payee: PayeeFacts | None = None
        if facts.payee is not None and vendor is not None:
            payee = replace(facts.payee, is_active=vendor.is_active, vendor_account_id=vendor.account_id,
                            fingerprint=fingerprint)  # fmt: skip
        reserves = ReserveFacts(facts.reserves.held_minor, foreign) if facts.reserves else None
        last_audit_at = facts.clock.last_audit_at if facts.clock else None
        facts = replace(facts, balance=balance, payee=payee, live_bill=live_bill, reserves=reserves,
                        seen=seen_of(facts.bill, payee, payload),
                        clock=ClockFacts(last_audit_at, skew))  # fmt: skip
        return facts, guards.evaluate(facts)

    def _gathered(
        self, row: Row, payload: Payload, stage: Stage, vendor: RampVendor | None, now: datetime
    ) -> tuple[Facts, str | None]:
        """What the store and the snapshot know, and the fingerprint of the payee's account, which is noted first."""
        with snapshot_or_none(self._open_snapshot, row["advisor_id"]) as snapshot:
            fingerprint: str | None = None
            with self._store.read() as cx:
                client = client_row(cx, row["advisor_id"], row["client_id"], removed_too=True)
                around = Surroundings(cx, snapshot, client, now, few=True)
                if vendor is not None and vendor.account_id is not None:
                    seen = around.payee(vendor.vendor_id)
                    fingerprint = noted_lately(seen, client, vendor, key=self._key, now=now)
                if vendor is None or vendor.account_id is None or fingerprint is not None:
                    return gather(around, payload=payload, stage=stage, row=row), fingerprint
            with self._store.begin("payee-change") as cx:
                fingerprint = note_payee(cx, client, vendor, key=self._key, now=now)
            with self._store.read() as cx:
                around = Surroundings(cx, snapshot, client, now, few=True)
                return gather(around, payload=payload, stage=stage, row=row), fingerprint


def ours_at_ramp(cx: sa.Connection, row: Row) -> set[str]:
    """References, bills and drafts of the client's payouts that hold cash: their bills are not foreign.

    Read before the rails are asked: what became ours since counts twice then, never not at all.
    """
    found = cx.execute(_HOLDING, key_of(row, "advisor_id", "client_id")).all()
    return {row["payout_id"], *(name for name in chain.from_iterable(found) if name)}


_P = t.payout.c
_HOLDING: sa.Select[str, str | None, str | None] = sa.select(_P.payout_id, _P.rail_bill_id, _P.rail_draft_id).where(
    *keyed(t.payout, "advisor_id", "client_id"), among(_P.state, sorted(HOLDING))
)


@contextmanager
def snapshot_or_none(
    open_snapshot: Callable[[str], AbstractContextManager[Snapshot]], advisor_id: str
) -> Iterator[Snapshot | None]:
    """The firm's snapshot, or None where nothing is published; the guards then refuse."""
    with ExitStack() as opened:
        snapshot: Snapshot | None = None
        with suppress(NoSnapshot):
            snapshot = opened.enter_context(open_snapshot(advisor_id))
        yield snapshot

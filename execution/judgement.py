"""The guards on live facts, asked just before cash is earmarked and again just before the wire."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import replace
from datetime import datetime
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
from execution.store import Store, key_of, keyed
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

    def of(self, row: Row, rails: Rails, stage: Stage) -> tuple[Facts, list[Verdict]]:
        """Every guard on live facts. Raises RailUnreachable when a rail does not answer: then nothing is decided.

        What a rail answers without giving it (no such vendor, no balance) stays None, and its guard refuses.
        """
        now = self._clock.now()
        payload = Payload.from_row(row)
        with self._store.read() as cx:
            own = _ours_at_ramp(cx, row)
        # Others' payments before the balance: one that is debited in between is counted twice, never missed.
        foreign = rails.foreign_minor(payload.source_bank_account_id, own)
        balance = rails.balance(payload.account_id_plaid, now)
        live_bill = rails.bill(payload.source_bill_id) if payload.source_bill_id.startswith("qbo:") else None
        vendor = rails.vendor(payload.vendor_id_ramp)
        skew = rails.skew_seconds(self._clock.now())
        whose = (row["advisor_id"], row["client_id"])
        fingerprint: str | None = None
        with self._store.read() as cx:
            client = client_row(cx, *whose, removed_too=True)
            if vendor is not None:
                fingerprint = noted_lately(cx, client, vendor, key=self._key, now=now)
        if vendor is not None and fingerprint is None:
            with self._store.begin("payee-change") as cx:
                fingerprint = note_payee(cx, client, vendor, key=self._key, now=now)
        with self._store.read() as cx, snapshot_or_none(self._open_snapshot, row["advisor_id"]) as snapshot:
            facts = gather(Surroundings(cx, snapshot, client, now, few=True), payload=payload, stage=stage, row=row)
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


def _ours_at_ramp(cx: sa.Connection, row: Row) -> set[str]:
    """References, bills and drafts of the client's payouts that hold cash: their bills are not foreign."""
    found = cx.execute(_HOLDING, key_of(row, "advisor_id", "client_id"))
    return {row["payout_id"], *(known for names in found for known in names if known)}


_P = t.payout.c
_HOLDING: sa.Select[str, str | None, str | None] = sa.select(_P.payout_id, _P.rail_bill_id, _P.rail_draft_id).where(
    *keyed(t.payout, "advisor_id", "client_id"), _P.state.in_([str(state) for state in HOLDING])
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

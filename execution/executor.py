"""The only road from an approval to a rail: reserve, search, intent, one request, record; then on to the bank."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol, TypeVar

from execution import guards
from execution.clock import Clock
from execution.domain.facts import BalanceFacts, BillFacts, ClockFacts, Facts, PayeeFacts, ReserveFacts, Stage
from execution.domain.payload import Payload
from execution.domain.states import State
from execution.domain.verdict import Verdict
from execution.facts.ramp_payee import RampVendor
from execution.facts.snapshot import NoSnapshot, Snapshot
from execution.payouts import sending
from execution.payouts.failpoints import reach
from execution.payouts.gather import gather
from execution.payouts.payees import note_payee
from execution.payouts.rows import Row, client_row, halted, lock_payout, payouts_in, policy_of, set_state, today_of
from execution.senders.base import RailRecord, RailUnreachable, Request, Sender, Wire
from execution.senders.dry_run import is_rehearsal
from execution.store import Store

T = TypeVar("T")
log = logging.getLogger("execution.executor")
_FOLLOWED = (State.HANDED_OFF, State.AT_RAIL, State.IN_FLIGHT, State.RAIL_PAID, State.MISMATCHED)


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


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a pass did to one payout."""

    payout_id: str
    state: str
    reason: str


class Executor:
    """Takes payouts along one step at a time; every step is safe to be killed in and safe to repeat."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        rails_for: Callable[[Row], Rails],
        open_snapshot: Callable[[str], AbstractContextManager[Snapshot]],
        fingerprint_key: bytes,
    ) -> None:
        self._store, self._clock = store, clock
        self._rails_for, self._open_snapshot = rails_for, open_snapshot
        self._key = fingerprint_key

    def one_pass(self) -> list[Outcome]:
        """Recover what was cut off, expire, reserve and send what is released, follow what is at Ramp, settle."""
        done: list[Outcome] = []
        with self._store.read() as cx:
            due = payouts_in(cx, [str(s) for s in State if s not in (State.SETTLED,)])
        order = [self._recover, self._expire, self._reserve, self._send, self._look_for, self._follow, self._settle]
        for step in order:
            for row in due:
                try:
                    after = step(self._fresh(row))
                except RailUnreachable as error:
                    log.warning("payout %s: %s", row["payout_id"][:8], error)
                    done.append(Outcome(row["payout_id"], row["state"], str(error)))
                    continue
                if after is not None:
                    done.append(Outcome(after["payout_id"], after["state"], after["state_reason"]))
        with self._store.begin() as cx:
            set_state(cx, "last_pass", self._clock.now().isoformat(), self._clock.now())
            if halted(cx):
                set_state(cx, "halted", "false", self._clock.now())
        return done

    def _fresh(self, row: Row) -> Row:
        with self._store.read() as cx:
            return lock_payout(cx, row["advisor_id"], row["payout_id"])

    def _recover(self, row: Row) -> Row | None:
        """A payout found `sending` at the start of a pass was cut off: the call may have gone out."""
        if row["state"] != State.SENDING:
            return None
        with self._store.begin() as cx:
            locked = lock_payout(cx, row["advisor_id"], row["payout_id"])
            return sending.unconfirmed(cx, locked, "The executor was cut off while sending", self._clock.now(), {})

    def _expire(self, row: Row) -> Row | None:
        now = self._clock.now()
        if row["state"] not in (State.PROPOSED, State.APPROVED, State.RESERVED):
            return None
        if row["expires_at"] is None or now <= row["expires_at"]:
            return None
        with self._store.begin() as cx:
            return sending.expire(cx, lock_payout(cx, row["advisor_id"], row["payout_id"]), now)

    def _reserve(self, row: Row) -> Row | None:
        if row["state"] != State.APPROVED or row["released_at"] is None:
            return None
        rails = self._rails_for(row)
        facts, verdicts = self._judge(row, rails, Stage.RESERVE)
        now = self._clock.now()
        with self._store.begin() as cx:
            locked = lock_payout(cx, row["advisor_id"], row["payout_id"])
            if locked["version"] != row["version"]:
                return None
            if not all(v.passed for v in verdicts):
                return sending.block(cx, locked, verdicts, now)
            assert facts.balance is not None and facts.buffer_minor is not None and facts.reserves is not None
            client = client_row(cx, row["advisor_id"], row["client_id"])
            savepoint = cx.begin_nested()
            after = sending.reserve(cx, locked, client, facts.policy, facts.balance, buffer_minor=facts.buffer_minor,
                                    foreign_minor=facts.reserves.foreign_minor, verdicts=verdicts, now=now)  # fmt: skip
            if after is None:
                # Another payout took the cash or the limit between the guard and the statement.
                savepoint.rollback()
                short = guards.ALL["spendable_cash"](replace(facts, reserves=ReserveFacts(10**15, 0)))
                return sending.block(cx, locked, [replace(short, reason="Other payouts took the cash first")], now)
            savepoint.commit()
        reach("reserve-committed")
        return after

    def _send(self, row: Row) -> Row | None:
        now = self._clock.now()
        if row["state"] != State.RESERVED or (row["next_at"] is not None and row["next_at"] > now):
            return None
        rails = self._rails_for(row)
        sender = rails.sender
        _, verdicts = self._judge(row, rails, Stage.SEND)
        payload = Payload.from_row(row)
        if all(v.passed for v in verdicts):
            search = sender.search(payload)
            reach("search-after")
            if search.ours:
                return self._adopt_before_sending(row, list(search.ours))
            if search.same_invoice:
                other = search.same_invoice[0]
                verdicts = [Verdict("duplicate", False, f"Ramp already holds this invoice: {other.record_id}",
                                    "Compare both; archive the one that is wrong in Ramp")]  # fmt: skip
        if not all(v.passed for v in verdicts):
            with self._store.begin() as cx:
                return sending.block(cx, lock_payout(cx, row["advisor_id"], row["payout_id"]), verdicts, now)
        request = sender.request_for(payload)
        with self._store.begin() as cx:
            locked = lock_payout(cx, row["advisor_id"], row["payout_id"])
            if locked["version"] != row["version"] or Payload.from_row(locked).sha256() != locked["payload_sha256"]:
                return None
            intent = sending.intend(cx, locked, request, search=list(search.requests), sender=sender.name,
                                    now=self._clock.now(), verdicts=verdicts)  # fmt: skip
        reach("intent-committed")
        reach("send-before")
        reply = sender.post(request)
        reach("send-after")
        with self._store.begin() as cx:
            locked = lock_payout(cx, row["advisor_id"], row["payout_id"])
            after = sending.record(cx, locked, reply, self._clock.now())
        reach("record-committed")
        if reply.wire is Wire.DONE and intent["mode"] == "draft" and reply.record_id:
            left = sender.submit(reply.record_id)
            log.info("payout %s: draft %s", row["payout_id"][:8], left or "submitted")
        return after

    def _adopt_before_sending(self, row: Row, found: list[RailRecord]) -> Row:
        """Our reference stands at Ramp already (a restored store): adopt it, never send."""
        now = self._clock.now()
        with self._store.begin() as cx:
            locked = lock_payout(cx, row["advisor_id"], row["payout_id"])
            request = Request("GET", "/bills", b"")
            sent = sending.intend(cx, locked, request, search=["found"], sender="search", now=now, verdicts=[])
            return self._adopt(cx, sent, found, now)

    def _adopt(self, cx: Any, row: Row, found: list[RailRecord], now: datetime) -> Row:
        after = sending.adopt(cx, row, found[0], now)
        if len(found) > 1:
            if after["state"] == State.HANDED_OFF:
                return after
            return sending.mismatch(cx, after, "two bills at Ramp carry one reference", now, found[1].record_id)
        return after

    def _look_for(self, row: Row) -> Row | None:
        now = self._clock.now()
        if row["state"] != State.UNCONFIRMED:
            return None
        search = self._rails_for(row).sender.search(Payload.from_row(row))
        with self._store.begin() as cx:
            locked = lock_payout(cx, row["advisor_id"], row["payout_id"])
            if locked["state"] != State.UNCONFIRMED:
                return None
            if search.ours:
                return self._adopt(cx, locked, list(search.ours), now)
            if locked["next_at"] is not None and locked["next_at"] > now:
                return None
            return sending.clean_scan(cx, locked, now)

    def _follow(self, row: Row) -> Row | None:
        if row["state"] not in _FOLLOWED:
            return None
        now = self._clock.now()
        if is_rehearsal(row["rail_draft_id"]):
            with self._store.begin() as cx:
                client = client_row(cx, row["advisor_id"], row["client_id"])
                if today_of(client, now) <= row["arrival_date"]:
                    return None
                return sending.end_rehearsal(cx, lock_payout(cx, row["advisor_id"], row["payout_id"]), now)
        kind, record_id = ("bill", row["rail_bill_id"]) if row["rail_bill_id"] else ("draft", row["rail_draft_id"])
        asked = RailRecord(kind, record_id, row["payout_id"], None, None, None, None)
        seen = self._rails_for(row).sender.read(asked)
        with self._store.begin() as cx:
            locked = lock_payout(cx, row["advisor_id"], row["payout_id"])
            after = sending.follow(cx, locked, seen, now)
            return after if after["version"] != locked["version"] else None

    def _settle(self, row: Row) -> Row | None:
        if row["state"] not in (State.AT_RAIL, State.IN_FLIGHT, State.RAIL_PAID, State.MISMATCHED):
            return None
        try:
            with self._open_snapshot(row["advisor_id"]) as snapshot:
                proof = snapshot.proof(row["client_id"], row["payout_id"])
        except NoSnapshot:
            return None
        if proof is None or row["state"] == State.MISMATCHED:
            return None
        with self._store.begin() as cx:
            locked = lock_payout(cx, row["advisor_id"], row["payout_id"])
            after = sending.settle(cx, locked, proof, self._clock.now())
            return after if after["version"] != locked["version"] else None

    def _judge(self, row: Row, rails: Rails, stage: Stage) -> tuple[Facts, list[Verdict]]:
        """Every guard on live facts. A fact that could not be had stays None, and its guard refuses."""
        now = self._clock.now()
        payload = Payload.from_row(row)
        balance = self._tried(lambda: rails.balance(payload.account_id_plaid, now))
        vendor = self._tried(lambda: rails.vendor(payload.vendor_id_ramp))
        live_bill = None
        if payload.source_bill_id.startswith("qbo:"):
            live_bill = self._tried(lambda: rails.bill(payload.source_bill_id))
        own = {payload.payout_id}
        foreign = self._tried(lambda: rails.foreign_minor(payload.source_bank_account_id, own))
        with self._store.begin() as cx:
            client = client_row(cx, row["advisor_id"], row["client_id"])
            fingerprint = note_payee(cx, client, vendor, key=self._key, now=now) if vendor else None
        with self._store.read() as cx, self._snapshot_or_none(row["advisor_id"]) as snapshot:
            policy = policy_of(cx, row["advisor_id"], row["client_id"], now)
            bill = snapshot.bill(row["client_id"], row["source_bill_id"]) if snapshot else None
            facts = gather(cx, snapshot, client, policy, payload=payload, stage=stage, now=now, row=row, bill=bill)
        payee: PayeeFacts | None = None
        if facts.payee is not None and vendor is not None:
            payee = replace(facts.payee, is_active=vendor.is_active, vendor_account_id=vendor.account_id,
                            fingerprint=fingerprint)  # fmt: skip
        reserves = None
        if facts.reserves is not None and foreign is not None:
            reserves = ReserveFacts(facts.reserves.held_minor, foreign)
        facts = replace(facts, balance=balance, payee=payee, live_bill=live_bill, reserves=reserves,
                        clock=ClockFacts(None, rails.skew_seconds(self._clock.now())))  # fmt: skip
        return facts, guards.evaluate(facts)

    def _snapshot_or_none(self, advisor_id: str) -> AbstractContextManager[Snapshot | None]:
        try:
            return self._open_snapshot(advisor_id)
        except NoSnapshot:
            return nullcontext(None)

    def _tried(self, ask: Callable[[], T]) -> T | None:
        try:
            return ask()
        except RailUnreachable as error:
            log.warning("%s", error)
            return None

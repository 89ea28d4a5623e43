"""The only road from an approval to a rail: reserve, search, intent, one request, record; then on to the bank."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from execution import guards
from execution.clock import Clock
from execution.domain.facts import ReserveFacts, Stage
from execution.domain.payload import Payload
from execution.domain.rail import RailRecord, Request, Wire, is_rehearsal
from execution.domain.resolving import BACK_OFF, TWO_BILLS
from execution.domain.states import RETURN_WATCH, WATCHED_AT_RAIL, State
from execution.domain.verdict import Verdict
from execution.facts.snapshot import Snapshot
from execution.judgement import Judgement, Rails, snapshot_or_none
from execution.payouts import sending
from execution.payouts.failpoints import reach
from execution.payouts.payees import bind, note_payee, payees_seen
from execution.payouts.rows import (
    EXECUTOR,
    Row,
    client_row,
    halted,
    lock_payout,
    policy_of,
    set_state,
    standing_in,
    today_of,
)
from execution.payouts.surroundings import Surroundings
from execution.payouts.transitions import amend
from execution.senders.base import RailUnreachable
from execution.store import Store

log = logging.getLogger("execution.executor")
PASS_NOTED_EVERY = timedelta(seconds=30)
PAYEE_SEEN_FOR = timedelta(hours=12)  # A payee read longer ago is read again when new figures arrive.
SETTLES = frozenset({State.AT_RAIL, State.IN_FLIGHT, State.RAIL_PAID})
_OFTEN, _SELDOM = timedelta(minutes=1), timedelta(minutes=10)
LOOK_AGAIN = {
    State.HANDED_OFF: _OFTEN, State.AT_RAIL: _OFTEN, State.IN_FLIGHT: _SELDOM, State.RAIL_PAID: _SELDOM,
    State.MISMATCHED: _SELDOM, State.SETTLED: timedelta(hours=6),
}  # fmt: skip


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
        self._store, self._clock, self._rails_for = store, clock, rails_for
        self._open_snapshot = open_snapshot
        self._judge = Judgement(store, clock, open_snapshot, fingerprint_key)
        self._key = fingerprint_key
        # When to look at a payout again. Only kept in memory: after a start everything is looked at once.
        self._next_look: dict[str, datetime] = {}
        self._proofs: dict[str, dict[tuple[str, str], dict[str, Any]]] = {}
        self._noted_pass_at: datetime | None = None
        self._steps: dict[State, list[Callable[[Row], Row | None]]] = {
            State.SENDING: [self._recover],
            State.UNCONFIRMED: [self._look_for],
            State.RESERVED: [self._expire, self._send],
            State.APPROVED: [self._expire, self._reserve],
            State.PROPOSED: [self._expire, self._bind],
            **{state: [self._follow, self._settle] for state in WATCHED_AT_RAIL},
            State.SETTLED: [self._follow],
        }

    def one_pass(self, should_stop: Callable[[], bool] = lambda: False) -> list[Outcome]:
        """Everything that is due: first what is uncertain, then what is released, then what is at Ramp."""
        done: list[Outcome] = []
        now = self._clock.now()
        with self._store.read() as cx:
            standing = standing_in(cx, [*self._steps], settled_since=now - RETURN_WATCH)
        places = list(self._steps)
        due = [row for row in standing if self._is_due(row, now)]
        for row in sorted(due, key=lambda row: places.index(State(row["state"]))):
            if should_stop():
                break
            done += self._take_along(row)
        if self._noted_pass_at is None or now - self._noted_pass_at >= PASS_NOTED_EVERY:
            with self._store.begin() as cx:
                set_state(cx, "last_pass", now.isoformat(), now)
                if halted(cx):
                    set_state(cx, "halted", "false", now)
            self._noted_pass_at = now
        return done

    def learn_payees(self, advisor_id: str, most: int) -> int:
        """Read at Ramp the accounts of vendors with payable bills, some at a time; answers how many are left."""
        now = self._clock.now()
        with self._open_snapshot(advisor_id) as snapshot:
            wanted = snapshot.payees_in_use()
        with self._store.read() as cx:
            known = payees_seen(cx, advisor_id, since=now - PAYEE_SEEN_FOR)
        missing = [one for one in wanted if one not in known]
        for client_id, vendor_id in missing[:most]:
            whose = {"advisor_id": advisor_id, "client_id": client_id}
            vendor = self._rails_for(whose).vendor(vendor_id)
            with self._store.begin() as cx:
                if vendor is not None:
                    note_payee(cx, client_row(cx, advisor_id, client_id), vendor, key=self._key, now=now)
        return max(len(missing) - most, 0)

    def _take_along(self, row: Row) -> list[Outcome]:
        """One payout, step after step, until nothing more can be done for it now."""
        done: list[Outcome] = []
        state, visited = State(row["state"]), set[State]()
        while state not in visited and state in self._steps:
            visited.add(state)
            for step in self._steps[state]:
                try:
                    after = step(self._fresh(row))
                except RailUnreachable as error:
                    after = self._waits(row, error)
                if after is None:
                    continue
                done.append(Outcome(row["payout_id"], after["state"], after["state_reason"]))
                row = after
                if State(after["state"]) is not state:
                    break
            state = State(row["state"])
        return done

    def _waits(self, row: Row, error: RailUnreachable) -> Row | None:
        """A rail does not answer: nothing is decided, the payout waits and says why; once for each reason."""
        now = self._clock.now()
        self._next_look[row["payout_id"]] = now + BACK_OFF
        reason = f"Waits: {error}"
        with self._store.begin() as cx:
            locked = lock_payout(cx, row["advisor_id"], row["payout_id"])
            if locked["state"] not in (State.APPROVED, State.RESERVED) or locked["state_reason"] == reason:
                return None
            amend(cx, locked, actor=EXECUTOR, now=now, action="payout.waits", state_reason=reason,
                  next_at=now + BACK_OFF, inputs={"rail": error.rail, "reason": error.reason})  # fmt: skip
        log.warning("payout %s waits: %s", row["payout_id"][:8], error)
        return None

    def _is_due(self, row: Row, now: datetime) -> bool:
        """Whether a payout is worth opening now: most of those that stand wait for people or for a date."""
        state = State(row["state"])
        if state in (State.PROPOSED, State.APPROVED, State.RESERVED):
            is_expired = row["expires_at"] is not None and now > row["expires_at"]
            if is_expired or state is State.PROPOSED:
                return is_expired or (not row["vendor_account_id"] and self._is_time(row))
            is_released = state is State.RESERVED or row["released_at"] is not None
            return is_released and (row["next_at"] is None or row["next_at"] <= now)
        proofs = self._proofs.get(row["advisor_id"], {})
        is_proven = state in SETTLES and (row["client_id"], row["payout_id"]) in proofs
        return state is State.SENDING or is_proven or self._is_time(row)

    def _is_time(self, row: Row) -> bool:
        at = self._next_look.get(row["payout_id"])
        return at is None or self._clock.now() >= at

    def _fresh(self, row: Row) -> Row:
        with self._store.read() as cx:
            return lock_payout(cx, row["advisor_id"], row["payout_id"])

    def _recover(self, row: Row) -> Row | None:
        """A payout found `sending` at the start of a pass was cut off: the call may have gone out."""
        with self._store.begin() as cx:
            locked = lock_payout(cx, row["advisor_id"], row["payout_id"])
            return sending.unconfirmed(cx, locked, "The executor was cut off while sending", self._clock.now(), {})

    def _expire(self, row: Row) -> Row | None:
        now = self._clock.now()
        if row["expires_at"] is None or now <= row["expires_at"]:
            return None
        with self._store.begin() as cx:
            return sending.expire(cx, lock_payout(cx, row["advisor_id"], row["payout_id"]), now)

    def _bind(self, row: Row) -> Row | None:
        """A proposal that names no account yet: read the one that Ramp would pay and put it into what is signed."""
        if row["vendor_account_id"] or not row["vendor_id_ramp"] or not self._is_time(row):
            return None
        self._next_look[row["payout_id"]] = self._clock.now() + timedelta(minutes=5)
        vendor = self._rails_for(row).vendor(row["vendor_id_ramp"])
        now = self._clock.now()
        with self._store.begin() as cx, snapshot_or_none(self._open_snapshot, row["advisor_id"]) as snapshot:
            locked = lock_payout(cx, row["advisor_id"], row["payout_id"])
            if locked["version"] != row["version"]:
                return None
            client = client_row(cx, row["advisor_id"], row["client_id"])
            if vendor is not None:
                note_payee(cx, client, vendor, key=self._key, now=now)
            return bind(Surroundings(cx, snapshot, client, now, few=True), locked, vendor)

    def _reserve(self, row: Row) -> Row | None:
        now = self._clock.now()
        if row["released_at"] is None or (row["next_at"] is not None and row["next_at"] > now):
            return None
        facts, verdicts = self._judge.of(row, self._rails_for(row), Stage.RESERVE)
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
        if row["next_at"] is not None and row["next_at"] > now:
            return None
        rails = self._rails_for(row)
        sender = rails.sender
        _, verdicts = self._judge.of(row, rails, Stage.SEND)
        payload = Payload.from_row(row)
        if all(v.passed for v in verdicts):
            search = sender.search(payload)
            reach("search-after")
            if search.ours:
                return self._adopt_before_sending(row, search.ours)
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

    def _adopt_before_sending(self, row: Row, found: Sequence[RailRecord]) -> Row:
        """Our reference stands at Ramp already (a restored store): adopt it, never send."""
        now = self._clock.now()
        with self._store.begin() as cx:
            locked = lock_payout(cx, row["advisor_id"], row["payout_id"])
            request = Request("GET", "/bills", b"")
            sent = sending.intend(cx, locked, request, search=["found"], sender="search", now=now, verdicts=[])
            return sending.adopt(cx, sent, found, now)

    def _look_for(self, row: Row) -> Row | None:
        now = self._clock.now()
        if not self._is_time(row):
            return None
        search = self._rails_for(row).sender.search(Payload.from_row(row))
        with self._store.begin() as cx:
            locked = lock_payout(cx, row["advisor_id"], row["payout_id"])
            if locked["state"] != State.UNCONFIRMED:
                return None
            if search.ours:
                return sending.adopt(cx, locked, search.ours, now)
            if locked["next_at"] is not None and locked["next_at"] > now:
                self._next_look[row["payout_id"]] = locked["next_at"]
                return None
            rules = policy_of(cx, row["advisor_id"], row["client_id"], now).rules
            after = sending.clean_scan(cx, locked, now, automatic_up_to_minor=rules.bands.automatic_up_to_minor)
            self._next_look[row["payout_id"]] = after["next_at"]
            return after

    def _follow(self, row: Row) -> Row | None:
        if not self._is_time(row):
            return None
        now = self._clock.now()
        self._next_look[row["payout_id"]] = now + LOOK_AGAIN[State(row["state"])]
        if is_rehearsal(row["rail_draft_id"]):
            with self._store.begin() as cx:
                client = client_row(cx, row["advisor_id"], row["client_id"])
                if today_of(client, now) <= row["arrival_date"]:
                    return None
                return sending.end_rehearsal(cx, lock_payout(cx, row["advisor_id"], row["payout_id"]), now)
        sender = self._rails_for(row).sender
        kind, record_id = ("bill", row["rail_bill_id"]) if row["rail_bill_id"] else ("draft", row["rail_draft_id"])
        twin = None
        if row["attempt"] > 1 and row["state"] in (State.AT_RAIL, State.IN_FLIGHT):
            # Sent more than once: an effect of the first time may have landed after the quiet window.
            ours = [r for r in sender.search(Payload.from_row(row)).ours if r.kind == "bill" and not r.is_archived]
            twin = next((record for record in ours if record.record_id != row["rail_bill_id"]), None)
        seen = sender.read(RailRecord(kind, record_id, row["payout_id"], None, None, None, None))
        with self._store.begin() as cx:
            locked = lock_payout(cx, row["advisor_id"], row["payout_id"])
            if twin is not None and locked["state"] in (State.AT_RAIL, State.IN_FLIGHT):
                return sending.mismatch(cx, locked, TWO_BILLS, now, twin.record_id)
            after = sending.follow(cx, locked, seen, now)
            return after if after["version"] != locked["version"] else None

    def _settle(self, row: Row) -> Row | None:
        proofs, key = self._proofs.get(row["advisor_id"], {}), (row["client_id"], row["payout_id"])
        if row["state"] not in SETTLES or key not in proofs:
            return None
        with self._store.begin() as cx:
            locked = lock_payout(cx, row["advisor_id"], row["payout_id"])
            after = sending.settle(cx, locked, proofs[key], self._clock.now())
        del proofs[key]  # What it says is written down; the next snapshot brings the next word.
        return after if after["version"] != locked["version"] else None

    def take_proofs(self, advisor_id: str) -> int:
        """Read for which payouts the snapshot shows bank lines; answers how many. Raises NoSnapshot."""
        with self._open_snapshot(advisor_id) as snapshot:
            self._proofs[advisor_id] = {
                key: proof for key, proof in snapshot.proofs().items() if proof["candidate_count"]
            }
        return len(self._proofs[advisor_id])

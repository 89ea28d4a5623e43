"""The only road from an approval to a rail: reserve, search, intent, one request, record; then on to the bank.

Here is the order of a pass and what happens before the wire; `dispatch.py` sends, `following.py` looks
after what left, `verification.py` holds it against the bank and the books.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from execution import guards
from execution.clock import Clock
from execution.context import Context
from execution.dispatch import Dispatch
from execution.domain.facts import Facts, ReserveFacts, Stage
from execution.domain.resolving import BACK_OFF, RETURNS
from execution.domain.states import BEFORE_SENDING, RETURN_WATCH, WATCHED_AT_RAIL, State
from execution.domain.verdict import Verdict
from execution.errors import Conflict, NotFound, StaleData, Unreadable
from execution.facts.inbox_hints import Hint
from execution.facts.snapshot import Snapshot
from execution.following import Following
from execution.hinted import Hinted
from execution.judgement import Judgement, Rails, ours_at_ramp, snapshot_or_none
from execution.mark import Mark
from execution.payouts import custody, holds, sending
from execution.payouts.leases import Leases
from execution.payouts.payees import bind, note_payee, payees_seen
from execution.payouts.rows import (
    EXECUTOR,
    Row,
    client_row,
    lock_payout,
    set_state,
    standing_in,
    unreadable,
)
from execution.payouts.surroundings import Surroundings
from execution.payouts.transitions import amend
from execution.presence import Presence
from execution.senders.base import RailUnreachable
from execution.store import Store
from execution.sweeping import Sweep
from execution.verification import Verification
from execution.watch import Watch

log = logging.getLogger("execution.executor")
PASS_NOTED_EVERY = timedelta(seconds=30)
SET_ASIDE_FOR = timedelta(minutes=10)  # A row that cannot be read is looked at again then: it may be restored.
PAYEE_SEEN_FOR = timedelta(hours=12)  # A payee read longer ago is read again when new figures arrive.


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a pass did to one payout."""

    payout_id: str
    state: str
    reason: str


class _Outrun(Exception):
    """Other payouts were quicker than this one."""


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
        leases: Leases | None = None,
        new_hints: Callable[[], Sequence[Hint]] = list,
        watched_by: tuple[Mark, Presence] | None = None,
    ) -> None:
        """`watched_by`: what this machine remembers outside the store; with it a restore or a cut-off is noticed."""
        judge = Judgement(store, clock, open_snapshot, fingerprint_key)
        self._c = Context(
            store, clock, rails_for, open_snapshot, fingerprint_key, judge, leases or Leases(store)
        )  # fmt: skip
        self._store, self._clock = store, clock
        self._dispatch, self._following = Dispatch(self._c), Following(self._c)
        sweep = Sweep(self._c)
        self._hinted = Hinted(self._c, new_hints)
        self._verification = Verification(store, clock, open_snapshot)
        self._watch = Watch(self._c, *watched_by) if watched_by else None
        self._c.keep_mark = self._watch.keep if self._watch else None
        self._noted_pass_at: datetime | None = None
        self._steps: dict[State, list[Callable[[Row], Row | None]]] = {
            State.SENDING: [self._dispatch.recover],
            State.UNCONFIRMED: [self._following.look_for],
            State.RESERVED: [self._expire, self._dispatch.send],
            State.APPROVED: [self._expire, self._reserve],
            State.PROPOSED: [self._expire, self._bind],
            **{state: [sweep.look, self._following.follow, self._verification.settle] for state in WATCHED_AT_RAIL},
            State.SETTLED: [self._following.follow, self._verification.settle],
        }

    def one_pass(self, should_stop: Callable[[], bool] = lambda: False) -> list[Outcome]:
        """Everything that is due: first what is uncertain, then what is released, then what is at Ramp."""
        done: list[Outcome] = []
        now = self._clock.now()
        halted = self._watch.look() if self._watch else set()
        with self._store.read() as cx:
            standing, edited = standing_in(cx, [*self._steps], settled_since=now - RETURN_WATCH)
        self._hinted.take(standing)
        places = list(self._steps)
        # What is at Ramp is looked after all the same; what was not sent holds still, and does not expire meanwhile.
        due = [
            row for row in standing
            if self._is_due(row, now)
            and (row["state"] not in BEFORE_SENDING or (row["advisor_id"], row["client_id"]) not in halted)
        ]  # fmt: skip
        for row in edited:
            done += self._set_aside(row, unreadable(row["payout_id"], row["unreadable"]))
        for row in sorted(due, key=lambda row: places.index(State(row["state"]))):
            if should_stop():
                break
            done += self._take_along(row)
        else:
            # Only once every payout had its turn: what the bank proves closes links before the rest are judged.
            moved = self._verification.review()
            done += [Outcome(row["payout_id"], row["state"], row["state_reason"]) for row in moved]
        if self._noted_pass_at is None or now - self._noted_pass_at >= PASS_NOTED_EVERY:
            with self._store.begin() as cx:
                set_state(cx, "last_pass", now.isoformat(), now)
            self._noted_pass_at = now
        if self._watch:
            self._watch.keep_marks()
        return done

    def learn_payees(self, advisor_id: str, most: int) -> int:
        """Read at Ramp the accounts of vendors with payable bills, some at a time; answers how many are left."""
        now = self._clock.now()
        with self._c.open_snapshot(advisor_id) as snapshot:
            wanted = snapshot.payees_in_use()
        with self._store.read() as cx:
            known = payees_seen(cx, advisor_id, since=now - PAYEE_SEEN_FOR)
        missing = [one for one in wanted if one not in known]
        for client_id, vendor_id in missing[:most]:
            whose = {"advisor_id": advisor_id, "client_id": client_id}
            vendor = self._c.rails_for(whose).vendor(vendor_id)
            with self._store.begin("payee-change") as cx:
                if vendor is not None:
                    note_payee(cx, client_row(cx, advisor_id, client_id), vendor, key=self._c.fingerprint_key, now=now)
        return max(len(missing) - most, 0)

    def _take_along(self, row: Row) -> list[Outcome]:
        """One payout, step after step, until nothing more can be done for it now."""
        done: list[Outcome] = []
        state, visited = State(row["state"]), set[State]()
        if state not in self._steps:
            return done
        try:
            # Once: after that each step hands on what it wrote, and whoever was quicker is met by the row's version.
            row = self._fresh(row)
        except Unreadable as error:
            return self._set_aside(row, str(error))
        state = State(row["state"])  # Since the list was read another executor or a person may have taken it on.
        while state not in visited and state in self._steps:
            visited.add(state)
            for step in self._steps[state]:
                try:
                    after = step(row)
                except RailUnreachable as error:
                    after = self._waits(row, error)
                except StaleData:
                    raise  # Without a clock nothing can be decided, for nobody.
                except (Conflict, NotFound) as error:
                    # Somebody was quicker, or the client is gone: the others must not wait for this one.
                    self._c.next_look[row["payout_id"]] = self._clock.now() + BACK_OFF
                    log.warning("payout %s: %s", row["payout_id"][:8], error)
                    return done
                if after is None:
                    continue
                done.append(Outcome(row["payout_id"], after["state"], after["state_reason"]))
                row = after
                if State(after["state"]) is not state:
                    break
            state = State(row["state"])
        return done

    def _set_aside(self, row: Row, why: str) -> list[Outcome]:
        """A row that somebody edited past reading: its chain of custody says so once, and the others go on."""
        if not self._c.is_time(row):
            return []
        now = self._clock.now()
        self._c.next_look[row["payout_id"]] = now + SET_ASIDE_FOR
        with self._store.begin("custody") as cx:
            is_new = custody.name_unreadable(cx, row, why, now)
        log.warning("%s", why)
        return [Outcome(row["payout_id"], row["state"], why)] if is_new else []

    def _waits(self, row: Row, error: RailUnreachable) -> Row | None:
        """A rail does not answer: nothing is decided, the payout waits and says why; once for each reason."""
        now = self._clock.now()
        self._c.next_look[row["payout_id"]] = now + BACK_OFF
        reason = f"Waits: {error}"
        with self._store.begin("waits") as cx:
            locked = lock_payout(cx, row["advisor_id"], row["payout_id"])
            self._c.leases.end(cx, {**locked, "lease_owner": self._c.leases.owner})
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
                return is_expired or (not row["vendor_account_id"] and self._c.is_time(row))
            is_released = state is State.RESERVED or row["released_at"] is not None
            return is_released and (row["next_at"] is None or row["next_at"] <= now)
        is_proven = state in RETURNS and self._verification.tells_of(row)
        return state is State.SENDING or is_proven or self._c.is_time(row)

    def _fresh(self, row: Row) -> Row:
        with self._store.read() as cx:
            return lock_payout(cx, row["advisor_id"], row["payout_id"])

    def _expire(self, row: Row) -> Row | None:
        now = self._clock.now()
        if row["expires_at"] is None or now <= row["expires_at"]:
            return None
        with self._store.begin("expire") as cx:
            locked = lock_payout(cx, row["advisor_id"], row["payout_id"])
            return sending.expire(cx, locked, now) if locked["version"] == row["version"] else None

    def _bind(self, row: Row) -> Row | None:
        """A proposal that names no account yet: read the one that Ramp would pay and put it into what is signed."""
        if row["vendor_account_id"] or not row["vendor_id_ramp"] or not self._c.is_time(row):
            return None
        self._c.next_look[row["payout_id"]] = self._clock.now() + timedelta(minutes=5)
        vendor = self._c.rails_for(row).vendor(row["vendor_id_ramp"])
        now = self._clock.now()
        with self._store.begin("bind") as cx, snapshot_or_none(self._c.open_snapshot, row["advisor_id"]) as snapshot:
            locked = lock_payout(cx, row["advisor_id"], row["payout_id"])
            if locked["version"] != row["version"]:
                return None
            client = client_row(cx, row["advisor_id"], row["client_id"])
            if vendor is not None:
                note_payee(cx, client, vendor, key=self._c.fingerprint_key, now=now)
            return bind(Surroundings(cx, snapshot, client, now, few=True), locked, vendor)

    def _reserve(self, row: Row) -> Row | None:
        now = self._clock.now()
        if row["released_at"] is None or (row["next_at"] is not None and row["next_at"] > now):
            return None
        # Before the rails are asked: what they say holds for as long as the lease, however long we are stopped.
        if not self._c.leases.take(row):
            return None
        with self._store.read() as cx:
            debits, own = holds.debits_proven(cx, row), ours_at_ramp(cx, row)
        facts, verdicts = self._c.judge.of(row, self._c.rails_for(row), Stage.RESERVE, own)
        try:
            return self._earmark(row, facts, verdicts, debits)
        except _Outrun:
            # Another payout took the cash or the limit between the guard and the statement.
            short = guards.ALL["spendable_cash"](replace(facts, reserves=ReserveFacts(10**15, 0)))
            said = replace(short, reason="Other payouts took the cash or the day's limit first")
            return self._dispatch.block(row, [said], self._clock.now())

    def _earmark(self, row: Row, facts: Facts, verdicts: list[Verdict], debits: int) -> Row | None:
        """Set the cash aside and go on as the one who sends, or stop. Raises _Outrun when the cash is not there."""
        with self._store.begin("reserve") as cx:
            locked = lock_payout(cx, row["advisor_id"], row["payout_id"])
            if holds.debits_proven(cx, locked) != debits:
                # A hold ended on its debit since the bank was asked: the balance may still hold that money. Ask again.
                return None
            # Taken anew in the same stroke: whoever earmarks the cash goes on to send.
            is_fresh = self._c.leases.seconds_left(locked) > 0
            if locked["version"] != row["version"] or not is_fresh or not self._c.leases.take_in(cx, locked):
                return None
            now = self._clock.now()
            if not all(v.passed for v in verdicts):
                self._c.leases.end(cx, locked)
                return sending.block(cx, locked, verdicts, now)
            assert facts.balance is not None and facts.buffer_minor is not None and facts.reserves is not None
            client = client_row(cx, row["advisor_id"], row["client_id"])
            after = sending.reserve(cx, locked, client, facts.policy, facts.balance, buffer_minor=facts.buffer_minor,
                                    foreign_minor=facts.reserves.foreign_minor, verdicts=verdicts, now=now)  # fmt: skip
            if after is None:
                raise _Outrun  # What was taken on the way, and our lease, are given back with the transaction.
        return after

    def take_proofs(self, advisor_id: str) -> int:
        """Read for which payouts the snapshot shows bank lines; answers how many. Raises NoSnapshot."""
        return self._verification.take(advisor_id)

"""An executor process: the order of `execution/executor.py`, cut wherever a real one can be interrupted.

Each `yield` is a place where the process may be stalled or killed and another take over. What is decided between two of
them is the product's: guards, `resolving`, the Ramp sender. Each write is one transaction of the ledger.
"""

from __future__ import annotations

from collections.abc import Generator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from execution import guards
from execution.domain import resolving
from execution.domain.facts import BalanceFacts, Facts, Stage
from execution.domain.rail import RailRecord, Reply, Wire
from execution.domain.states import WATCHED_AT_RAIL, State
from execution.domain.verdict import Verdict
from execution.senders.base import RailUnreachable
from execution.senders.ramp import RampSender
from tests.execution.simulation.gathering import gather
from tests.execution.simulation.ledger import Moved
from tests.execution.simulation.ramp import STANDS

if TYPE_CHECKING:
    from tests.execution.simulation.run import Run

Row = dict[str, Any]
Work = Generator[None, None, Row | None]
S = State
LEASE, CALL = timedelta(seconds=300), timedelta(seconds=180)
SETTLES = frozenset({S.AT_RAIL, S.IN_FLIGHT, S.RAIL_PAID})
LOOK_AGAIN = {
    S.HANDED_OFF: timedelta(minutes=1), S.AT_RAIL: timedelta(minutes=1), S.IN_FLIGHT: timedelta(minutes=10),
    S.RAIL_PAID: timedelta(minutes=10), S.MISMATCHED: timedelta(minutes=10), S.SETTLED: timedelta(hours=6),
}  # fmt: skip
SHORT = Verdict("spendable_cash", False, "Other payouts took the cash or the day's limit first", "Wait")


class Executor:
    """One process. `act` does what it does until the next place where it could be cut off."""

    def __init__(self, run: Run, name: str) -> None:
        self._run, self.name = run, name
        self.sender = RampSender(run.ramp)  # type: ignore[arg-type]
        self.offset = timedelta(0)
        self.lives = 0
        self.start()

    def start(self) -> None:
        """A fresh process: its memory is empty, what was under way is gone."""
        if self.lives and self._run.rng.random() < 0.5:
            self._run.known_dead.add(self.me)  # It ran on this machine: its lock is free.
        self.lives += 1
        self.me = f"{self.name}.{self.lives}"
        self.next_look: dict[str, datetime] = {}
        self._life = self._live()

    def act(self) -> None:
        """On to the next place where it could be cut off."""
        next(self._life)

    @property
    def now(self) -> datetime:
        """By this machine's clock."""
        return self._run.now + self.offset

    def _live(self) -> Generator[None, None, None]:
        run = self._run
        while True:
            if run.ledger.is_halted:
                yield from self._full_scan()
            for payout_id in [] if run.ledger.is_halted else list(run.ledger.rows):
                if payout_id in run.ledger.rows and self._is_due(run.ledger.rows[payout_id]):
                    yield from self._take_along(payout_id)
            yield

    def _is_due(self, row: Row) -> bool:
        state, now = row["state"], self.now
        if state is S.PROPOSED:
            return bool(now > row["expires_at"])
        if state is S.APPROVED or state is S.RESERVED:
            if now > row["expires_at"]:
                return True
            return bool((state is S.RESERVED or row["released_at"] is not None) and row["next_at"] <= now)
        if state is S.SENDING or (state in SETTLES and row["payout_id"] in self._run.proofs):
            return True
        return state in _STEPS and self._is_time(row["payout_id"])

    def _is_time(self, payout_id: str) -> bool:
        at = self.next_look.get(payout_id)
        return at is None or self.now >= at

    def _take_along(self, payout_id: str) -> Generator[None, None, None]:
        visited: set[State] = set()
        ledger = self._run.ledger
        row: Row | None = dict(ledger.rows[payout_id])
        while row is not None and row["state"] not in visited and row["state"] in _STEPS:
            state = row["state"]
            visited.add(state)
            for step in _STEPS[state]:
                try:
                    after = yield from step(self, dict(self._run.ledger.rows[payout_id]))
                except (RailUnreachable, Moved, KeyError):
                    self.next_look[payout_id] = self.now + resolving.BACK_OFF
                    return
                if after is not None and after["state"] is not state:
                    break
            yield
            row = self._run.ledger.rows.get(payout_id)

    # One transaction, or one question to a rail, between two yields.

    def _judge(self, row: Row, stage: Stage) -> Generator[None, None, tuple[Facts, list[Verdict], int, int]]:
        run, payload, now = self._run, row["payload"], self.now
        debits, outside = run.ledger.debits, run.bank.outside
        ramp = run.ramp
        if ramp.is_down:
            raise RailUnreachable("plaid", "does not answer")
        # Others' payments first: one that is debited in between is then counted twice, never missed.
        foreign = run.bank.foreign_minor
        yield
        if ramp.is_down:
            raise RailUnreachable("plaid", "does not answer")
        available = None if run.chance("no_balance", 0.05) else run.bank.balance_minor
        balance = BalanceFacts("acc", available, "USD", now, is_live=True)
        yield
        live_bill = run.books.bills[payload.source_bill_id]
        yield
        vendor = run.books.vendors[payload.vendor_id_ramp]
        skew = round(self.offset.total_seconds()) + (20 if run.chance("date_skewed", 0.05) else 0)
        yield
        if ramp.is_down:
            raise RailUnreachable("ramp", "does not answer")
        self._note_payee(vendor.vendor_id, vendor.account_id)
        facts = gather(run, row, payload, stage, now, signatures=run.ledger.signatures(row), balance=balance,
                       live_bill=live_bill, live_account=vendor.account_id, foreign_minor=foreign,
                       skew_seconds=skew)  # fmt: skip
        verdicts = guards.evaluate(facts)
        for verdict in verdicts:
            if not verdict.passed:
                run.count("refused", verdict.guard_id)
        return facts, verdicts, debits, outside

    def _note_payee(self, vendor_id: str, account_id: str) -> None:
        ledger = self._run.ledger
        old = ledger.payees[vendor_id]
        if old != account_id:
            ledger.payee_changes[vendor_id] = (old, account_id, self.now, None)
            ledger.payees[vendor_id] = account_id

    def _take_lease(self, row: Row) -> bool:
        """The payout to ourselves for a while, judged by the store's clock; its version stays."""
        run = self._run
        kept = run.ledger.rows[row["payout_id"]]
        owner = kept["lease_owner"]
        is_free = owner is None or owner == self.me or kept["lease_until"] < run.now or owner in run.known_dead
        if kept["version"] != row["version"] or not is_free:
            return False
        kept["lease_owner"], kept["lease_until"] = self.me, run.now + LEASE
        return True

    def _end_lease(self, payout_id: str) -> None:
        kept = self._run.ledger.rows[payout_id]
        if kept["lease_owner"] == self.me:
            kept["lease_owner"] = None

    def _expire(self, row: Row) -> Work:
        if self.now <= row["expires_at"]:
            return None
        yield
        return self._run.ledger.write(row, [resolving.expired()], self.me, self.now)

    def _reserve(self, row: Row) -> Work:
        run, now, ledger = self._run, self.now, self._run.ledger
        if row["released_at"] is None or row["next_at"] > now or not self._take_lease(row):
            return None
        asked_at, until = run.now, run.now + LEASE
        facts, verdicts, debits, outside = yield from self._judge(row, Stage.RESERVE)
        yield
        now = self.now
        if ledger is not run.ledger or run.now >= until or not self._take_lease(row):
            return None
        if not all(verdict.passed for verdict in verdicts):
            return ledger.write(row, [resolving.blocked(verdicts)], self.me, now)
        if ledger.debits != debits:
            return None  # A debit was proven since the balance was asked: it may not be out of it yet. Ask again.
        assert facts.balance is not None and facts.reserves is not None
        ledger.refresh(facts.balance, facts.reserves.foreign_minor)
        if not ledger.take(row, now):
            return ledger.write(row, [resolving.blocked([SHORT])], self.me, now)
        after = ledger.write(row, [resolving.reserved(now, {})], self.me, now)
        run.oracle.reserved(after, facts, outside, asked_at)
        return after

    def _send(self, row: Row) -> Work:
        run, now, payout_id, payload = self._run, self.now, row["payout_id"], row["payload"]
        if row["next_at"] > now or not self._take_lease(row):
            return None
        judged_at, until = run.now, run.now + LEASE
        facts, verdicts, _, _ = yield from self._judge(row, Stage.SEND)
        if all(verdict.passed for verdict in verdicts):
            search = self.sender.search(payload)
            yield
            if search.ours:
                sent = resolving.intended(row, self.now, {})
                steps = [sent, *resolving.found({**row, **sent.values}, search.ours, self.now)]
                run.commits(payout_id, row["attempt"] + 1)
                run.count("event", "adopted before sending")
                return run.ledger.write(row, steps, self.me, self.now)
            if search.same_invoice:
                verdicts = [Verdict("duplicate", False, "Ramp already holds this invoice", "Compare both")]
        if not all(verdict.passed for verdict in verdicts):
            return run.ledger.write(row, [resolving.blocked(verdicts)], self.me, now)
        request = self.sender.request_for(payload)
        yield
        if run.now >= until or run.ledger.frozen or run.ledger.is_halted or not self._take_lease(row):
            return None
        run.oracle.cleared(row, facts, judged_at)
        lease_until = run.now + LEASE
        intent = resolving.intended(row, self.now, {})
        row = run.ledger.write(row, [intent], self.me, self.now)
        attempt = row["attempt"]
        run.commits(payout_id, attempt)
        yield
        if lease_until - run.now > CALL:
            run.oracle.sends(row, payload, self.now)
            reply = self.sender.post(request)
        else:
            reply = Reply(Wire.NEVER_SENT, "held up between intent and wire")
            run.count("event", "lease over before the wire")
        run.count("reply", reply.wire)
        if reply.wire in (Wire.NEVER_SENT, Wire.THROTTLED):
            run.oracle.not_sent(payout_id)
        yield
        kept = dict(run.ledger.rows[payout_id])
        steps = resolving.replied_late(kept, reply, self.now, attempt=attempt)
        after = run.ledger.write(kept, steps, self.me, self.now)
        run.count("event", f"recorded as {steps[0].action}")
        self._end_lease(payout_id)
        if reply.wire is Wire.DONE and row["mode"] == "draft":
            yield
            self.sender.submit(str(reply.record_id))
        return after

    def _recover(self, row: Row) -> Work:
        owner = row["lease_owner"]
        if owner and owner != self.me and owner not in self._run.known_dead and row["lease_until"] >= self._run.now:
            return None
        yield
        step = resolving.unconfirmed("The executor was cut off while sending", self.now, {})
        after = self._run.ledger.write(row, [step], self.me, self.now)
        self._end_lease(row["payout_id"])
        return after

    def _look_for(self, row: Row) -> Work:
        # By the clock of before the look: one that began in the quiet window says nothing about its end.
        run, payout_id, now = self._run, row["payout_id"], self.now
        search = self.sender.search(row["payload"])
        yield
        kept = dict(run.ledger.rows[payout_id])
        if kept["state"] is not S.UNCONFIRMED or kept["version"] != row["version"]:
            return None
        if search.ours:
            return run.ledger.write(kept, resolving.found(kept, search.ours, now), self.me, now)
        if kept["next_at"] > now:
            self.next_look[payout_id] = kept["next_at"]
            return None
        if abs(self.offset.total_seconds()) > run.ledger.policy.clock_skew_seconds_max:
            self.next_look[payout_id] = now + resolving.BACK_OFF
            run.count("event", "look by a clock that differs")
            return None
        limit = run.ledger.policy.bands.automatic_up_to_minor
        step = resolving.not_found(kept, now, automatic_up_to_minor=limit)
        after = run.ledger.write(kept, [step], self.me, now)
        self.next_look[payout_id] = after["next_at"]
        return after

    def _follow(self, row: Row) -> Work:
        run, payout_id = self._run, row["payout_id"]
        if not self._is_time(payout_id):
            return None
        self.next_look[payout_id] = self.now + LOOK_AGAIN[row["state"]]
        kind, record_id = ("bill", row["rail_bill_id"]) if row["rail_bill_id"] else ("draft", row["rail_draft_id"])
        twin = None
        if row["attempt"] > 1 and row["state"] in (S.AT_RAIL, S.IN_FLIGHT):
            ours = [r for r in self.sender.search(row["payload"]).ours if r.kind == "bill" and not r.is_archived]
            twin = next((record for record in ours if record.record_id != row["rail_bill_id"]), None)
            yield
        seen = self.sender.read(RailRecord(kind, record_id, payout_id, None, None, None, None))
        yield
        steps = [resolving.mismatched(resolving.TWO_BILLS, "twin")] if twin else resolving.seen(row, seen)
        return run.ledger.write(row, steps, self.me, self.now) if steps else None

    def _settle(self, row: Row) -> Work:
        run, payout_id = self._run, row["payout_id"]
        if row["state"] not in SETTLES or payout_id not in run.proofs:
            return None
        yield
        proof = run.proofs.pop(payout_id, None)
        step = resolving.proven(row, proof, self.now) if proof else None
        return run.ledger.write(row, [step], self.me, self.now) if step else None

    def _full_scan(self) -> Generator[None, None, None]:
        """After a restore: nothing is sent until each bill at Ramp is covered here, or people have looked at it."""
        run = self._run
        yield
        ledger = run.ledger
        if run.ramp.is_down:
            return
        for payout_id, row in list(ledger.rows.items()):
            # What the old store was about to send stands there already: it is ours, before anything else ends it.
            if row["state"] is S.RESERVED and (ours := self.sender.search(row["payload"]).ours):
                sent = resolving.intended(row, self.now, {})
                run.commits(payout_id, row["attempt"] + 1)
                found = resolving.found({**row, **sent.values}, ours, self.now)
                ledger.write(dict(row), [sent, *found], self.me, self.now)
                yield
        open_there = [b for b in (*run.ramp.bills, *run.ramp.drafts) if b["_draft"] or b["_stands"] == STANDS]
        # What was on its way when the store was restored has landed by then.
        is_quiet = run.now - ledger.halted_at >= resolving.QUIET_WINDOW
        if run.ledger is ledger and is_quiet and all(b["remote_id"] in ledger.holds for b in open_there):
            ledger.is_halted = False
            run.count("event", "resumed after a clean scan")


_STEPS: dict[State, list[Any]] = {
    S.SENDING: [Executor._recover],
    S.UNCONFIRMED: [Executor._look_for],
    S.RESERVED: [Executor._expire, Executor._send],
    S.APPROVED: [Executor._expire, Executor._reserve],
    S.PROPOSED: [Executor._expire],
    **{state: [Executor._follow, Executor._settle] for state in WATCHED_AT_RAIL},
    S.SETTLED: [Executor._follow],
}

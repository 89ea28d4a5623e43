"""What must always hold (I1 to I9 of the executor's design), asked of the store and of the rail's own books.

At the wire: may this request leave at all. After every step: cash, holds, signatures, the log and its past. Sets and
rules are written out a second time here: a wrong one in the product must not blind what looks for it.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from execution.audit.verify import verify_chain
from execution.domain.payload import Payload
from execution.domain.rail import Request
from execution.store import tables as t
from execution.tenancy.policies import current_policy
from tests.execution.payouts.world import PEOPLE, World
from tests.execution.stateful.books import DEAD, DEBITED, STANDS, Books

BEFORE_SENDING = frozenset({"proposed", "blocked", "approved", "reserved"})
MUST_HOLD = frozenset({"reserved", "sending", "unconfirmed", "handed_off", "at_rail", "in_flight", "rail_paid",
                       "mismatched"})  # fmt: skip
OVER = frozenset({"declined", "rejected", "cancelled", "expired", "returned"})
NEVER_SENT = BEFORE_SENDING | {"rejected", "cancelled", "expired", "declined"}
SIGNERS, SECOND = {"controller", "advisor", "firm_admin"}, {"advisor", "firm_admin"}
RELEASER_DIFFERS = 500_000

Row = dict[str, Any]


@dataclass(slots=True)
class Seen:
    """The store in one look."""

    payouts: dict[str, Row]
    holds: dict[str, list[int]]  # Amounts of live holds by payout.
    signed: dict[tuple[str, str], dict[str, Row]]  # (payout, payload hash) → signatures by person.
    held_minor: int
    intents: int
    is_halted: bool
    is_frozen: bool
    head: int


@dataclass(slots=True)
class Oracle:
    """Told by the books, asked by the machine. `strays`: bills that a restored store has not found again yet."""

    world: World
    books: Books
    strays: set[str] = field(default_factory=set)
    forgotten_intents: int = 0
    found_anew: set[str] = field(default_factory=set)  # A restored store has lost who had signed these.
    closed_by_people: set[str] = field(default_factory=set)
    head: tuple[int, bytes] = (0, b"")
    is_halted: bool = False

    # Told by the books.

    def arrives(self, payload: Payload, request: Request) -> None:
        """A request reaches Ramp: I3, I4, I5 and I8 at the only instant that counts."""
        seen, payout_id = self.look(), payload.payout_id
        row = seen.payouts[payout_id]
        with self.world.store.read() as cx:
            c = t.rail_call.c
            mine = (c.payout_id == payout_id, c.attempt == row["attempt"], c.seq == 1)
            call = cx.execute(sa.select(t.rail_call).where(*mine)).mappings().one_or_none()
            changes = cx.execute(sa.select(t.payee_change)).mappings().all()
            rules = current_policy(cx, "firm", "acme", self.world.clock.now()).body
        assert call is not None, "I4: a request leaves without a committed intent"
        assert bytes(call["request_bytes"]) == request.body and call["outcome"] is None, "I4: other bytes were meant"
        assert row["state"] == "sending" and row["payload_sha256"] == payload.sha256(), (
            "what is sent is not what stands"
        )
        assert not seen.is_halted and not seen.is_frozen, "a payment leaves while the client is halted or frozen"
        assert seen.holds.get(payout_id) == [payload.amount_minor], "I2: a payment leaves without its earmark"
        self._signed(row, seen, rules["two_people_from_minor"])
        bill = self.world.bills[payload.source_bill_id]
        assert (bill["open_minor"], bill["sync_token_qbo"]) == (payload.amount_minor, payload.bill_version), (
            "the bill is another one than was signed"
        )
        vendor = self.books.vendors.get(payload.vendor_id_ramp)
        if vendor is not None:
            assert payload.vendor_account_id == vendor.account_id, "I8: another account than Ramp would pay"
            told = [one for one in changes if one["new_vendor_account_id"] == vendor.account_id]
            waited = timedelta(days=rules["payee_change_days"])
            assert any(
                one["released_at"] is not None and self.world.clock.now() - one["seen_at"] >= waited for one in told
            ), "I8: a changed account is paid without a call-back or before its time"
        assert abs(self.books.skew) <= rules["clock_skew_seconds_max"], "sent by a clock that is wrong"
        assert not self.books.is_awaited(payload.source_bill_id), "I3: sent again while the first is on its way"

    def lands(self, payload: Payload) -> None:
        """I3: one bill at Ramp for a source bill, one reference once."""
        standing = self.books.of_bill(payload.source_bill_id)
        assert not standing, f"I3: {payload.source_bill_id} is paid twice: {standing[0].payload.payout_id[:8]} stands"

    def restored(self, intents_before: int) -> None:
        """The store forgot: what it holds no cash for is a stray until it is found; the log has another past."""
        seen = self.look()
        self.forgotten_intents += intents_before - seen.intents
        for line in self.books.lines.values():
            reference = line.payload.payout_id
            if line.stands == STANDS and seen.holds.get(reference) != [line.payload.amount_minor]:
                self.strays.add(reference)
        with self.world.store.read() as cx:
            head: Any = cx.execute(sa.select(t.chain_head.c.seq, t.chain_head.c.hash)).one_or_none()
        self.head, self.is_halted = (head.seq, bytes(head.hash)) if head else (0, b""), seen.is_halted

    # Asked after every step.

    def check(self) -> Seen:
        """Raises AssertionError, naming the invariant."""
        seen = self.look()
        self._log(seen)
        live = sum(sum(amounts) for amounts in seen.holds.values())
        assert seen.held_minor == live, f"I1: {seen.held_minor} is held, live holds are {live}"
        assert self.books.posts <= seen.intents + self.forgotten_intents, "I4: more requests than committed intents"
        for payout_id, row in seen.payouts.items():
            amounts, state = seen.holds.get(payout_id, []), row["state"]
            wanted = [row["amount_minor"]] if state in MUST_HOLD else []
            assert amounts == wanted, f"I2: a payout that is {state} holds {amounts} of {row['amount_minor']}"
            if state not in NEVER_SENT and payout_id not in self.found_anew:
                self._signed(row, seen)
            if row["rail_bill_id"]:
                reference = self.books.bills[row["rail_bill_id"]].remote_id
                assert reference == payout_id, f"{payout_id[:8]} follows the bill of {str(reference)[:8]}"
            if state == "settled" and payout_id not in self.closed_by_people:
                mine = [one.stands for one in self.books.lines.values() if one.payload.payout_id == payout_id]
                assert DEBITED in mine or DEAD in mine, "I2: settled, and the bank debited nothing"
        self._what_stands(seen)
        proofs = Counter(r["posting_id_plaid"] for r in seen.payouts.values() if r["posting_id_plaid"])
        assert all(count == 1 for count in proofs.values()), f"one bank line proves two payouts: {proofs}"
        lives = Counter(row["source_bill_id"] for row in seen.payouts.values() if row["state"] not in OVER)
        assert all(count == 1 for count in lives.values()), f"I3: two live payouts stand for one bill: {lives}"
        return seen

    def _what_stands(self, seen: Seen) -> None:
        for line in self.books.lines.values():
            reference = line.payload.payout_id
            if line.stands != STANDS:
                continue
            if seen.holds.get(reference) == [line.payload.amount_minor]:
                self.strays.discard(reference)
            else:
                assert reference in self.strays, f"I2: the bill of {reference[:8]} stands without a hold of its amount"

    def _signed(self, row: Row, seen: Seen, two_people_from: int | None = None) -> None:
        """I5: enough different people signed these very fields, none of them the preparer."""
        assert Payload.from_row(row).sha256() == row["payload_sha256"], "I5: a signed field was changed"
        signed = seen.signed.get((row["payout_id"], row["payload_sha256"]), {})
        assert signed, "I5: nobody signed what was sent"
        assert row["preparer_id"] not in signed, "I5: the preparer signed"
        assert row["released_by"] and row["released_by"] != row["preparer_id"], "I5: the preparer released"
        assert all(one["role"] in SIGNERS for one in signed.values()), "I5: a signature of somebody who may not sign"
        if row["amount_minor"] >= RELEASER_DIFFERS:
            assert row["released_by"] not in signed, "I5: an approver released a large payment"
        if two_people_from is not None and row["amount_minor"] >= two_people_from:
            assert len(signed) >= 2, "I5: one signature where two are asked"
            assert any(one["role"] in SECOND for one in signed.values()), "I5: two controllers are not enough"

    def _log(self, seen: Seen) -> None:
        """I6 and I7, and that nothing was set in motion between a halt and its end; the new events only are read."""
        if seen.head == self.head[0]:
            return
        with self.world.store.read() as cx:
            report = verify_chain(cx, "firm", semantic=True)
            a = t.audit.c
            new = cx.execute(sa.select(a.seq, a.hash, a.body).where(a.seq >= self.head[0]).order_by(a.seq)).all()
            rules = current_policy(cx, "firm", "acme", self.world.clock.now()).body
        assert report.ok, f"I6: event {report.first_bad_seq}: {report.problem}"
        if self.head[0]:
            assert bytes(new[0].hash) == self.head[1], "I7: the past is another one than it was"
            new = new[1:]
        has_reserved = False
        for event in (json.loads(bytes(one.body)) for one in new):
            action, moves = event["action"], (event["from"], event["to"])
            if event["subject"]["kind"] == "executor" and action in ("executor.halted", "executor.resumed"):
                self.is_halted = action == "executor.halted"
            if action == "payout.found_after_restore":
                self.found_anew.add(event["subject"]["id"])
            is_step = moves == ("approved", "reserved") or action == "payout.sending"
            assert not (is_step and self.is_halted), f"{action} while the executor is halted"
            has_reserved |= moves == ("approved", "reserved")
        self.head = (seen.head, bytes(new[-1].hash))
        if has_reserved:
            self._spendable(seen, rules)

    def _spendable(self, seen: Seen, rules: Any) -> None:
        """I1 and I9 where cash was earmarked in this step: it was there, by a balance that was young."""
        books = self.books
        left = books.available - rules["buffer_minor"] - books.foreign - seen.held_minor
        assert left >= 0, f"I1: {-left} more is set aside than may be spent"
        assert books.balance_age <= timedelta(minutes=rules["balance_age_minutes_max"]), "I9: an old balance was used"

    def look(self) -> Seen:
        """The store as it is."""
        h, e, halts, freezes = t.hold, t.hold_end, t.halt.c, t.client_freeze.c
        same = sa.and_(*[h.c[n] == e.c[n] for n in ("advisor_id", "client_id", "payout_id", "attempt")])
        with self.world.store.read() as cx:
            payouts = {row["payout_id"]: dict(row) for row in cx.execute(_PAYOUTS).mappings()}
            live = cx.execute(sa.select(h.c.payout_id, h.c.amount_minor).select_from(h.outerjoin(e, same))
                              .where(e.c.attempt.is_(None)))  # fmt: skip
            holds: dict[str, list[int]] = {}
            for payout_id, amount in live:
                holds.setdefault(payout_id, []).append(amount)
            signed: dict[tuple[str, str], dict[str, Row]] = {}
            for one in cx.execute(sa.select(t.approval)).mappings():
                signed.setdefault((one["payout_id"], one["payload_sha256"]), {})[one["person_id"]] = dict(one)
            held = cx.execute(sa.select(sa.func.coalesce(sa.func.sum(t.account_cash.c.held_minor), 0))).scalar_one()
            sent = sa.select(sa.func.count()).select_from(t.rail_call).where(t.rail_call.c.method == "POST")
            return Seen(
                payouts, holds, signed, int(held), int(cx.execute(sent).scalar_one()),
                cx.execute(sa.select(halts.halt_id).where(halts.ended_at.is_(None))).first() is not None,
                cx.execute(sa.select(freezes.freeze_id).where(freezes.released_at.is_(None))).first() is not None,
                int(cx.execute(sa.select(sa.func.coalesce(sa.func.max(t.chain_head.c.seq), 0))).scalar_one()),
            )  # fmt: skip


_PAYOUTS = sa.select(t.payout).order_by(t.payout.c.created_at, t.payout.c.payout_id)
assert {person.role for person in PEOPLE.values()} >= SIGNERS

"""A reserved payout to the wire and back: guards, search, intent, one request, record. The only place that sends.

Killed anywhere, it leaves one of three things: nothing written (it begins anew), an intent (the call may have gone out,
so Ramp is asked), or the outcome. It may run in several processes at once: the lease says whose call it is.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from execution.context import Context
from execution.domain.facts import Stage
from execution.domain.payload import Payload
from execution.domain.rail import RailRecord, Reply, Request, Search, Wire
from execution.domain.states import State
from execution.domain.verdict import Verdict
from execution.failpoints import reach
from execution.judgement import ours_at_ramp
from execution.mark import head_of
from execution.payouts import halts, sending
from execution.payouts.rows import Row, freeze_of, halted, lock_payout
from execution.senders.base import Sender

log = logging.getLogger("execution.dispatch")
HELD_UP = "The executor was held up between its intent and the wire, and did not send"


class Dispatch:
    """Sends what is reserved, and takes over what somebody was cut off in."""

    def __init__(self, context: Context) -> None:
        self._c = context

    def send(self, row: Row) -> Row | None:
        """Take a reserved payout to Ramp; None while it is not due or another executor has it."""
        c, now = self._c, self._c.clock.now()
        if (row["next_at"] is not None and row["next_at"] > now) or not c.leases.take(row):
            return None
        rails = c.rails_for(row)
        sender = rails.sender
        with c.store.read() as cx:
            own, others = ours_at_ramp(cx, row), halts.other_bills_of(cx, row)
        _, verdicts = c.judge.of(row, rails, Stage.SEND, own)
        payload = Payload.from_row(row)
        search = Search()
        if all(v.passed for v in verdicts):
            reach("search-before")
            search = sender.search(payload)
            reach("search-after")
            if search.ours:
                return self._adopt(row, search.ours)
            verdicts = _already_there(search) or _found_before(others, sender) or verdicts
        if not all(v.passed for v in verdicts):
            return self.block(row, verdicts, now)
        request = sender.request_for(payload)
        intent = self._intend(row, request, search, sender.name, verdicts)
        if intent is None:
            return None
        if c.leases.covers_a_call(intent):
            reach("send-before")
            reply = sender.post(request)
            reach("send-after")
        else:
            reply = Reply(Wire.NEVER_SENT, HELD_UP)
        after = self._record(intent, reply)
        if reply.wire is Wire.DONE and intent["mode"] == "draft" and reply.record_id:
            left = sender.submit(reply.record_id)
            log.info("payout %s: draft %s", row["payout_id"][:8], left or "submitted")
        return after

    def recover(self, row: Row) -> Row | None:
        """A payout is `sending` and nobody holds it: whoever sent it was cut off, and the call may have gone out."""
        c = self._c
        with c.store.read() as cx:
            if c.leases.is_elsewhere(cx, row):
                return None
        with c.store.begin("recover") as cx:
            locked = lock_payout(cx, row["advisor_id"], row["payout_id"])
            if locked["state"] != State.SENDING or c.leases.is_elsewhere(cx, locked):
                return None
            inputs = {"attempt": locked["attempt"], "lease_owner": locked["lease_owner"]}
            why = "The executor was cut off while sending"
            after = sending.unconfirmed(cx, locked, why, c.clock.now(), inputs)
            c.leases.end(cx, locked)
        return after

    def block(self, row: Row, verdicts: list[Verdict], now: datetime) -> Row | None:
        """What a guard refused stops, its earmark and our lease end; None when it moved on meanwhile."""
        with self._c.store.begin("block") as cx:
            locked = lock_payout(cx, row["advisor_id"], row["payout_id"])
            if locked["version"] != row["version"]:
                return None
            after = sending.block(cx, locked, verdicts, now)
            self._c.leases.end(cx, locked)
        return after

    def _intend(
        self, row: Row, request: Request, search: Search, sender: str, verdicts: list[Verdict]
    ) -> Row | None:  # fmt: skip
        c = self._c
        with c.store.begin("intent") as cx:
            locked = lock_payout(cx, row["advisor_id"], row["payout_id"])
            if locked["version"] != row["version"] or Payload.from_row(locked).sha256() != locked["payload_sha256"]:
                return None
            if c.leases.seconds_left(locked) <= 0:
                return None  # We were stopped since it was judged: it is judged again on today's facts.
            # Asked once more here: what stops the client may have happened while Ramp was being searched.
            whose = (row["advisor_id"], row["client_id"])
            if freeze_of(cx, *whose) is not None or halted(cx, *whose):
                return None
            if not c.leases.take_in(cx, locked):
                return None
            intent = sending.intend(cx, locked, request, search=list(search.requests), sender=sender,
                                    now=c.clock.now(), verdicts=verdicts)  # fmt: skip
            head = head_of(cx, row["advisor_id"])
        if c.keep_mark is not None:
            c.keep_mark(head)
        return intent

    def _record(self, intent: Row, reply: Reply) -> Row:
        """Write down what came of it. When somebody took over meanwhile, what we learned is still kept."""
        c = self._c
        with c.store.begin("record") as cx:
            locked = lock_payout(cx, intent["advisor_id"], intent["payout_id"])
            after = sending.record(cx, locked, reply, c.clock.now(), attempt=intent["attempt"])
            c.leases.end(cx, {**locked, "lease_owner": c.leases.owner})
        return after

    def _adopt(self, row: Row, found: Sequence[RailRecord]) -> Row | None:
        """Our reference stands at Ramp already (a restored store): adopt it, never send."""
        c, now = self._c, self._c.clock.now()
        with c.store.begin("adopt") as cx:
            locked = lock_payout(cx, row["advisor_id"], row["payout_id"])
            if locked["version"] != row["version"]:
                return None
            request = Request("GET", "/bills", b"")
            sent = sending.intend(cx, locked, request, search=["found"], sender="search", now=now, verdicts=[])
            after = sending.adopt(cx, sent, found, now)
            c.leases.end(cx, locked)
        return after


def _found_before(lines: Sequence[Row], sender: Sender) -> list[Verdict]:
    """A refusal while Ramp holds what a full look once found for this bill under another reference."""
    for line in lines:
        record = RailRecord(line["record_kind"], line["record_id"], line["remote_id"], None, None, None, None)
        seen = sender.read(record)
        if seen is not None and not seen.is_archived:
            said = f"Ramp already holds {line['record_kind']} {line['record_id']} for this bill"
            return [
                Verdict("duplicate", False, said, "Archive it in Ramp if it shall not be paid; else cancel this payout")
            ]
    return []


def _already_there(search: Search) -> list[Verdict]:
    """A refusal when the same invoice stands at Ramp under another reference."""
    if not search.same_invoice:
        return []
    other = search.same_invoice[0]
    return [Verdict("duplicate", False, f"Ramp already holds this invoice: {other.record_id}",
                    "Compare both; archive the one that is wrong in Ramp")]  # fmt: skip

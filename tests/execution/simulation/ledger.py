"""What the control store keeps and how it changes: whole or not at all, compare-and-swap, cash, audit chain last."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from copy import copy
from datetime import date, datetime, timedelta
from typing import Any

from execution.audit.chain import ZERO, link
from execution.domain.facts import BalanceFacts, Signature
from execution.domain.payload import Payload
from execution.domain.policy import Policy
from execution.domain.resolving import Step
from execution.domain.states import CUSTODY, ENDED, HOLDING, State, require_legal

Row = dict[str, Any]


class Moved(Exception):
    """The payout changed since it was read: the transaction is undone, nothing of it is left."""


class Ledger:
    """One client's payouts, cash and rules."""

    def __init__(self, policy: Policy, buffer_minor: int, now: datetime) -> None:
        self.rows: dict[str, Row] = {}
        self.last_of_bill: dict[str, str] = {}
        self.approvals: dict[str, dict[str, Signature]] = {}
        self.approved_at: dict[str, datetime] = {}
        self.holds: dict[str, tuple[int, date]] = {}
        self.held_minor = 0
        self.available_minor: int | None = None
        self.foreign_minor = 0
        self.as_of: datetime | None = None
        self.debits = 0
        self.limit_use: dict[tuple[str, date], int] = {}
        self.intents: set[tuple[str, int]] = set()
        self.policy, self.buffer_minor = policy, buffer_minor
        self.policy_by, self.policy_at, self.policy_version = "set-up", now, 1
        self.payees: dict[str, str] = {}
        self.payee_changes: dict[str, tuple[str, str, datetime, str | None]] = {}
        self.frozen = ""
        self.is_halted, self.halted_at = False, now
        self.head, self.events, self.last_event_at = ZERO, 0, now
        self.told: dict[str, State] = {}
        self.taken: Counter[tuple[State, State]] = Counter()

    def copy(self) -> Ledger:
        """A backup: later changes of the one do not show in the other."""
        other = copy(self)
        other.rows = {key: dict(row) for key, row in self.rows.items()}
        other.approvals = {key: dict(signed) for key, signed in self.approvals.items()}
        for name in ("last_of_bill", "approved_at", "holds", "limit_use", "intents", "payees", "payee_changes", "told"):
            setattr(other, name, copy(getattr(self, name)))
        return other

    def insert(self, row: Row, actor: str, now: datetime) -> None:
        """A new payout. Raises Moved when another one stands for its bill: the unique key of the store."""
        last = self.last_of_bill.get(row["source_bill_id"])
        if last is not None and self.rows[last]["state"] not in ENDED:
            raise Moved(last)
        self.rows[row["payout_id"]] = row
        self.last_of_bill[row["source_bill_id"]] = row["payout_id"]
        self._note(row, actor, "payout.proposed", None, now)

    def write(self, row: Row, steps: Sequence[Step], actor: str, now: datetime) -> Row:
        """Take a payout along these steps. `row` is as it was read; raises Moved when it is not that any more."""
        kept = self.rows[row["payout_id"]]
        if kept["version"] != row["version"]:
            raise Moved(row["payout_id"])
        for step in steps:
            before: State = kept["state"]
            if step.to is None:
                kept["state_reason"] = step.reason
            else:
                require_legal(before, step.to)
                kept["state"], kept["state_reason"] = step.to, step.reason
                owner, allowed = CUSTODY.get(step.to, ("nobody", None))
                kept["owner"], kept["due_at"] = owner, now + allowed if allowed else None
            kept.update(step.values)
            kept["version"] += 1
            kept["updated_at"] = now
            self.taken[before, kept["state"]] += 1
            if before in HOLDING and kept["state"] not in HOLDING:
                self._end_hold(kept["payout_id"], kept["state"] is State.SETTLED, now)
            if step.freezes:
                self.frozen = step.reason
            self._note(kept, actor, step.action, before, now)
        return dict(kept)

    def refresh(self, balance: BalanceFacts, foreign_minor: int) -> None:
        """Keep what the bank said; an answer that was overtaken by a younger one is dropped."""
        if balance.available_minor is not None and (self.as_of is None or self.as_of <= balance.as_of):
            self.available_minor, self.as_of = balance.available_minor, balance.as_of
            self.foreign_minor = foreign_minor

    def take(self, row: Row, now: datetime) -> bool:
        """Earmark cash and count the limits: the store's conditional statements, in their order, or nothing."""
        amount, today = row["amount_minor"], now.date()
        cutoff = now - timedelta(minutes=self.policy.balance_age_minutes_max)
        if self.available_minor is None or self.as_of is None or self.as_of < cutoff:
            return False
        if self.available_minor - self.buffer_minor - self.foreign_minor - self.held_minor - amount < 0:
            return False
        uses = (("client", self.policy.day_limit_minor), (row["vendor_id_ramp"], self.policy.vendor_day_limit_minor))
        used = self.limit_use
        if any(used.get((key, today), 0) + amount > limit for key, limit in uses):
            return False
        for key, _ in uses:
            used[key, today] = used.get((key, today), 0) + amount
        self.held_minor += amount
        self.holds[row["payout_id"]] = (amount, today)
        return True

    def _end_hold(self, payout_id: str, is_consumed: bool, now: datetime) -> None:
        amount, day = self.holds.pop(payout_id)
        self.held_minor -= amount
        if is_consumed:
            self.debits += 1
            return
        for key in ("client", self.rows[payout_id]["vendor_id_ramp"]):
            self.limit_use[key, day] -= amount

    def _note(self, row: Row, actor: str, action: str, before: State | None, now: datetime) -> None:
        self.told[row["payout_id"]] = row["state"]
        body = f"{self.events}|{now.timestamp()}|{actor}|{action}|{row['payout_id']}|{before}|{row['state']}|" \
               f"{row['version']}|{row['attempt']}|{self.held_minor}"  # fmt: skip
        self.head = link(self.head, body.encode())
        self.events += 1
        self.last_event_at = now

    def signatures(self, row: Row) -> tuple[Signature, ...]:
        """Approvals of the payout's present payload."""
        given = self.approvals.get(row["payout_id"])
        return tuple(s for s in given.values() if s.payload_sha256 == row["payload_sha256"]) if given else ()

    def payload(self, row: Row) -> Payload:
        """The payment that was signed; kept beside its columns, which are never changed one by one here."""
        payload: Payload = row["payload"]
        return payload

"""One client as the guards see it: each table is read once, however many of the client's bills are judged."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from execution.domain.states import ENDED
from execution.facts.snapshot import Snapshot
from execution.payouts import holds
from execution.payouts.rows import PolicyInForce, Row, freeze_of, halted, policy_of, today_of
from execution.store import tables as t


class Surroundings:
    """Lazy reads of the store and the snapshot for one client, kept for one transaction and no longer."""

    def __init__(self, cx: sa.Connection, snapshot: Snapshot | None, client: Row, now: datetime) -> None:
        self.cx, self.snapshot, self.client, self.now = cx, snapshot, client, now
        self.client_id: str = client["client_id"]
        self._held: dict[str, int] = {}

    def _mine(self, table: sa.Table) -> sa.ColumnElement[bool]:
        return sa.and_(table.c.advisor_id == self.client["advisor_id"], table.c.client_id == self.client_id)

    @cached_property
    def today(self) -> date:
        """The client's own day."""
        return today_of(self.client, self.now)

    @cached_property
    def policy(self) -> PolicyInForce:
        """The rules in force."""
        return policy_of(self.cx, self.client["advisor_id"], self.client_id, self.now)

    @cached_property
    def bills(self) -> dict[str, dict[str, Any]]:
        """Open bills by source_bill_id."""
        found = self.snapshot.open_bills(self.client_id) if self.snapshot else []
        return {bill["source_bill_id"]: bill for bill in found}

    @cached_property
    def portfolio(self) -> dict[str, Any] | None:
        """The client's published figures."""
        return self.snapshot.portfolio(self.client_id) if self.snapshot else None

    @cached_property
    def rails(self) -> list[dict[str, Any]]:
        """Health of each rail."""
        return self.snapshot.rail_health(self.client_id) if self.snapshot else []

    @cached_property
    def accounts(self) -> list[dict[str, Any]]:
        """Bank accounts with their balances as loaded."""
        return self.snapshot.accounts(self.client_id) if self.snapshot else []

    def account(self, account_id_plaid: str) -> dict[str, Any] | None:
        """One bank account; None when it is not published."""
        return next((a for a in self.accounts if a["account_id_plaid"] == account_id_plaid), None)

    def funding_account_id(self, bank_account_id_ramp: str | None) -> str | None:
        """The bank account that Ramp pays from; without Ramp's id the only cash account that Ramp knows."""
        if bank_account_id_ramp:
            found = [a for a in self.accounts if a["bank_account_id_ramp"] == bank_account_id_ramp]
        else:
            found = [a for a in self.accounts if a["is_cash"] and a["bank_account_id_ramp"] is not None]
        return found[0]["account_id_plaid"] if len(found) == 1 else None

    @cached_property
    def _paid(self) -> tuple[dict[str, list[Any]], dict[str, list[Any]]]:
        by_vendor: dict[str, list[Any]] = defaultdict(list)
        by_counterparty: dict[str, list[Any]] = defaultdict(list)
        for paid in self.snapshot.payments_history(self.client_id) if self.snapshot else []:
            by_vendor[paid["vendor_id_ramp"]].append(paid)
            by_counterparty[paid["counterparty_id"]].append(paid)
        return by_vendor, by_counterparty

    def paid_to(self, vendor_id_ramp: str, counterparty_id: str | None) -> list[dict[str, Any]]:
        """What was paid to a vendor in the last 400 days, on any rail, each payment once."""
        by_vendor, by_counterparty = self._paid
        found = by_vendor.get(vendor_id_ramp, []) if vendor_id_ramp else []
        if counterparty_id:
            known = {id(paid) for paid in found}
            found = found + [p for p in by_counterparty.get(counterparty_id, []) if id(p) not in known]
        return found

    @cached_property
    def payouts(self) -> list[Row]:
        """The client's payouts that stand for their bill, as far back as a duplicate is looked for."""
        p = t.payout
        query = sa.select(
            p.c.payout_id,
            p.c.source_bill_id,
            p.c.invoice_number,
            p.c.vendor_id_ramp,
            p.c.amount_minor,
            p.c.state,
            p.c.created_at,
            p.c.updated_at,
        ).where(  # fmt: skip
            self._mine(p),
            p.c.state.not_in([str(s) for s in ENDED]),
            p.c.created_at > self.now - timedelta(days=self.policy.rules.duplicate_window_days),
        )
        return [dict(row) for row in self.cx.execute(query).mappings()]

    @cached_property
    def last_of_bill(self) -> dict[str, Row]:
        """The newest payout of each open bill, ended or not."""
        p = t.payout
        query = sa.select(p).where(self._mine(p), p.c.source_bill_id.in_(list(self.bills)))
        return {row["source_bill_id"]: dict(row) for row in self.cx.execute(query.order_by(p.c.generation)).mappings()}

    @cached_property
    def payees(self) -> dict[str, Row]:
        """Each vendor's account as the executor saw it last at Ramp."""
        p = t.payee
        query = sa.select(p).where(self._mine(p)).order_by(p.c.last_seen_at, p.c.first_seen_at)
        return {row["vendor_id_ramp"]: dict(row) for row in self.cx.execute(query).mappings()}

    @cached_property
    def payee_changes(self) -> dict[str, Row]:
        """The newest change of each vendor's account."""
        c = t.payee_change
        query = sa.select(c).where(self._mine(c)).order_by(c.c.seen_at)
        return {row["vendor_id_ramp"]: dict(row) for row in self.cx.execute(query).mappings()}

    def held_minor(self, account_id: str) -> int:
        """Sum of live holds on an account."""
        if account_id not in self._held:
            whose = (self.client["advisor_id"], self.client_id, account_id)
            self._held[account_id] = holds.held_minor(self.cx, *whose)
        return self._held[account_id]

    @cached_property
    def foreign_minor(self) -> dict[str, int]:
        """By account, what the executor last saw of others' Ramp payments."""
        a = t.account_cash
        query = sa.select(a.c.account_id_plaid, a.c.foreign_minor).where(self._mine(a))
        return {str(row[0]): int(row[1]) for row in self.cx.execute(query)}

    @cached_property
    def is_first_payout(self) -> bool:
        """Whether nothing was ever sent for this client."""
        sent = sa.select(t.payout.c.payout_id).where(self._mine(t.payout), t.payout.c.sent_at.is_not(None)).limit(1)
        return self.cx.execute(sent).first() is None

    @cached_property
    def frozen_reason(self) -> str | None:
        """Why sending is frozen; None when it is not."""
        return freeze_of(self.cx, self.client["advisor_id"], self.client_id)

    @cached_property
    def is_halted(self) -> bool:
        """Whether the executor is halted."""
        return halted(self.cx)

    @cached_property
    def last_audit_at(self) -> datetime | None:
        """When the newest event of the firm's chain was written, by the clock of that time."""
        a = t.audit.c
        newest: Any = self.cx.execute(
            sa.select(a.body).where(a.chain_id == self.client["advisor_id"]).order_by(a.seq.desc()).limit(1)
        ).scalar()
        return datetime.fromisoformat(json.loads(bytes(newest))["at"]) if newest is not None else None

"""One client as the guards see it: each table is read once, however many of the client's bills are judged.

A command about one payment (`few`) asks for that payment's rows alone: a busy client has thousands, and the
command holds the payout's lock while it reads.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from execution.domain.facts import LimitFacts
from execution.domain.payload import Payload
from execution.domain.permits import Permit
from execution.domain.states import ENDED
from execution.errors import Unreadable
from execution.facts.snapshot import Snapshot
from execution.payouts.counted import UsedByVendor, used_beside
from execution.payouts.pace import Pace, PaceOfAll, pace_beside
from execution.payouts.permits import permits_by_payout
from execution.payouts.rows import PolicyInForce, Row, only_readable, policy_of, today_of, unreadable
from execution.payouts.standing import Standing, standing_of
from execution.store import among
from execution.store import tables as t
from execution.store.apart import apart


def _of_client(table: sa.Table, *order: sa.ColumnElement[Any]) -> sa.Select[Any]:
    """Rows of the client in an order; built once, for building takes longer than the database's answer."""
    c = table.c
    mine = (c.advisor_id == sa.bindparam("advisor_id"), c.client_id == sa.bindparam("client_id"))
    return sa.select(table).where(*mine).order_by(*order)


_OF_ALL = {
    "payee": _of_client(t.payee, t.payee.c.last_seen_at, t.payee.c.first_seen_at),
    "payee_change": _of_client(t.payee_change, t.payee_change.c.seen_at),
}
_OF_ONE = {
    table.name: _OF_ALL[table.name].where(table.c.vendor_id_ramp == sa.bindparam("vendor_id"))
    for table in (t.payee, t.payee_change)
}
_LAST = (
    _of_client(t.payout, t.payout.c.generation.desc())
    .where(t.payout.c.source_bill_id == sa.bindparam("source_bill_id"))
    .limit(1)
)
_P = t.payout.c
_MINE = (_P.advisor_id == sa.bindparam("advisor_id"), _P.client_id == sa.bindparam("client_id"))
_ID = sa.select(_P.payout_id).where(*_MINE)
# Payouts that stand for their bill, as far as it tells whether one is another's twin.
_LIVE = sa.select(
    _P.payout_id, _P.source_bill_id, _P.invoice_number, _P.vendor_id_ramp, _P.amount_minor, _P.state, _P.created_at
).where(*_MINE, ~among(_P.state, sorted(ENDED)))
_YOUNG = _LIVE.where(_P.created_at > sa.bindparam("since"))
# A union, because each half has an index of its own; how old these few are is asked of them, not of the index.
_ALIKE = _LIVE.where(
    _P.payout_id.in_(
        sa.union(
            _ID.where(_P.source_bill_id == sa.bindparam("source_bill_id")),
            _ID.where(
                _P.vendor_id_ramp == sa.bindparam("vendor_id_ramp"),
                sa.or_(
                    _P.amount_minor == sa.bindparam("amount_minor"),
                    _P.invoice_number == sa.bindparam("invoice_number"),
                ),
            ),
        )
    )
)


class Surroundings:
    """Lazy reads of the store and the snapshot for one client, kept for one transaction and no longer."""

    def __init__(
        self, cx: sa.Connection, snapshot: Snapshot | None, client: Row, now: datetime, *, few: bool = False
    ) -> None:
        self.cx, self.snapshot, self.client, self.now, self._few = cx, snapshot, client, now, few
        self.client_id: str = client["client_id"]
        self._standing: dict[str, Standing] = {}
        self._by_vendor: dict[tuple[str, str], dict[str, Row]] = {}
        self._proposed: list[Row] = []
        self._last_payout: dict[str, Row | None] = {}
        self._whose = {"advisor_id": client["advisor_id"], "client_id": client["client_id"]}

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
    def bills(self) -> Mapping[str, dict[str, Any]]:
        """Open bills by source_bill_id, earliest due first."""
        return self.snapshot.bills_by_id(self.client_id) if self.snapshot else {}

    @cached_property
    def portfolio(self) -> dict[str, Any] | None:
        """The client's published figures."""
        return self.snapshot.portfolio(self.client_id) if self.snapshot else None

    @cached_property
    def rails(self) -> list[dict[str, Any]]:
        """Health of each rail."""
        return self.snapshot.rail_health(self.client_id) if self.snapshot else []

    @cached_property
    def paid_elsewhere(self) -> dict[str, list[dict[str, Any]]] | None:
        """By payout, payments of its bill by other roads; None where no figures tell."""
        found = self.snapshot.paid_elsewhere(self.client_id) if self.snapshot else None
        if found is None:
            return None
        by_payout: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for other in found:
            by_payout[other["payout_id"]].append(other)
        return by_payout

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

    def paid_to(self, vendor_id_ramp: str, counterparty_id: str | None) -> list[dict[str, Any]]:
        """What was paid to a vendor in the last 400 days, on any rail, each payment once."""
        return self.snapshot.paid_to(self.client_id, vendor_id_ramp, counterparty_id) if self.snapshot else []

    def others_like(self, payload: Payload) -> Sequence[Row]:
        """Payouts that stand for their bill and share the payment's bill, or its vendor and its amount or number.

        As far back as a duplicate is looked for; those that this transaction proposed are among them.
        """
        if self._few:
            names = ("source_bill_id", "vendor_id_ramp", "amount_minor", "invoice_number")
            found = self._payouts(_ALIKE, {name: getattr(payload, name) for name in names})
        else:
            keys = [(payload.vendor_id_ramp, payload.amount_minor), (payload.vendor_id_ramp, payload.invoice_number)]
            found = self._all_payouts[payload.source_bill_id, ""]
            for key in keys:
                found = found + [row for row in self._all_payouts[key] if row not in found]
        known = {row["payout_id"] for row in found}
        return found + [row for row in self._proposed if row["payout_id"] not in known]

    def note_proposed(self, row: Row) -> None:
        """A payout that this very transaction proposed: the next bill is judged beside it."""
        self._proposed.append(row)

    @cached_property
    def _all_payouts(self) -> dict[tuple[str, Any], list[Row]]:
        by: dict[tuple[str, Any], list[Row]] = defaultdict(list)
        for row in self._payouts(_YOUNG, {}):
            by[row["source_bill_id"], ""].append(row)
            by[row["vendor_id_ramp"], row["amount_minor"]].append(row)
            by[row["vendor_id_ramp"], row["invoice_number"]].append(row)
        return by

    def _payouts(self, query: sa.Select[Any], values: Mapping[str, Any]) -> list[Row]:
        since = self.now - timedelta(days=self.policy.rules.duplicate_window_days)
        rows, edited = apart(self.cx, query, {**self._whose, "since": since, **values})
        if edited:
            # Not knowing what stands beside a payment is no reason to let it pass.
            raise Unreadable(unreadable(edited[0]["payout_id"], edited[0]["unreadable"]))
        return [row for row in rows if row["created_at"] > since]

    def limits_used(self, payload: Payload) -> LimitFacts:
        """What the client's other payouts used of the limits."""
        if self._few:
            return used_beside(self.cx, self.client, self.now, payload)
        return self._used.beside(payload, self.last_payout(payload.source_bill_id))

    @cached_property
    def _used(self) -> UsedByVendor:
        return UsedByVendor(self.cx, self.client, self.now)

    def permits(self, payout_id: str) -> tuple[Permit, ...]:
        """Break-glass permits in force for a payout."""
        if self._few:
            return permits_by_payout(self.cx, self.client, self.now, payout_id).get(payout_id, ())
        return self._permits.get(payout_id, ())

    @cached_property
    def _permits(self) -> dict[str, tuple[Permit, ...]]:
        return permits_by_payout(self.cx, self.client, self.now)

    def pace(self, payload: Payload, paid_before_minor: tuple[int, ...]) -> Pace:
        """How fast the client's other payouts go out, and what of them is promised."""
        if self._few:
            return pace_beside(self.cx, self.client, self.now, payload, paid_before_minor)
        return self._pace.beside(payload, paid_before_minor)

    @cached_property
    def _pace(self) -> PaceOfAll:
        return PaceOfAll(self.cx, self.client, self.now)

    def last_payout(self, source_bill_id: str) -> Row | None:
        """The newest payout of an open bill, ended or not. Raises Unreadable."""
        if not self._few:
            last = self._last_payouts.get(source_bill_id)
            if last is not None and "unreadable" in last:
                raise Unreadable(unreadable(last["payout_id"], last["unreadable"]))
            return last
        if source_bill_id not in self._last_payout:
            asked = {**self._whose, "source_bill_id": source_bill_id}
            self._last_payout[source_bill_id] = only_readable(self.cx, _LAST, asked)
        return self._last_payout[source_bill_id]

    @cached_property
    def _last_payouts(self) -> dict[str, Row]:
        p = t.payout
        query = sa.select(p).where(self._mine(p), p.c.source_bill_id.in_(list(self.bills)))
        rows, edited = apart(self.cx, query.order_by(p.c.generation))
        return {row["source_bill_id"]: row for row in [*rows, *edited]}

    def payee(self, vendor_id_ramp: str) -> Row | None:
        """The vendor's account as the executor saw it last at Ramp."""
        return self._of_vendor(t.payee, vendor_id_ramp)

    def payee_change(self, vendor_id_ramp: str) -> Row | None:
        """The newest change of the vendor's account."""
        return self._of_vendor(t.payee_change, vendor_id_ramp)

    def _of_vendor(self, table: sa.Table, vendor_id: str) -> Row | None:
        """The last row of a vendor; those of all vendors are read at once unless few are asked for."""
        read = (table.name, vendor_id if self._few else "")
        if read not in self._by_vendor:
            query = (_OF_ONE if self._few else _OF_ALL)[table.name]
            values = {**self._whose, "vendor_id": vendor_id} if self._few else self._whose
            found = self.cx.execute(query, values).mappings()
            self._by_vendor[read] = {row["vendor_id_ramp"]: dict(row) for row in found}
        return self._by_vendor[read].get(vendor_id)

    def standing(self, account_id_plaid: str) -> Standing:
        """What the store says of the client as a whole and of one account."""
        if account_id_plaid not in self._standing:
            self._standing[account_id_plaid] = standing_of(self.cx, self.client, account_id_plaid)
        return self._standing[account_id_plaid]

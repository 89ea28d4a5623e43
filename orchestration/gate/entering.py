"""What each rail's rows must be before a build starts.

A table is given as its key, the columns that may never be empty, and rules on single columns. Rows that a rail
deleted keep only their key, so every rule but the key's reads the live rows.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Table:
    """One table and what is expected of it. `ranges` are inclusive; `one_of` lists the known values."""

    name: str
    key: tuple[str, ...]
    filled: tuple[str, ...] = ()
    ranges: dict[str, tuple[float | None, float | None]] = field(default_factory=dict)
    one_of: dict[str, tuple[str, ...]] = field(default_factory=dict)
    live: str | None = "not coalesce(is_deleted, false)"
    at_most_rows: int | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the expectations read, in a stable order and each once."""
        return tuple(dict.fromkeys([*self.key, *self.filled, *self.ranges, *self.one_of]))


# A cap that no small business's single document reaches: above it, units or decimals are wrong.
MAJOR_LIMIT = 100_000_000
MINOR_LIMIT = MAJOR_LIMIT * 100
BY_ID = ("client_id", "id")
PAST = 946_684_800  # 1 January 2000, in unix seconds

ENTERING: dict[str, tuple[Table, ...]] = {
    "qbo": (
        Table("raw_qbo.accounts", BY_ID, ("name", "account_type")),
        Table("raw_qbo.vendors", BY_ID, ("display_name",)),
        Table("raw_qbo.customers", BY_ID, ("display_name",)),
        Table(
            "raw_qbo.bills",
            BY_ID,
            ("txn_date", "vendor_ref", "total_amt", "balance"),
            {"total_amt": (0, MAJOR_LIMIT), "balance": (0, MAJOR_LIMIT)},
        ),
        Table("raw_qbo.bill_payments", BY_ID, ("txn_date", "total_amt"), {"total_amt": (0, MAJOR_LIMIT)}),
        Table(
            "raw_qbo.invoices",
            BY_ID,
            ("txn_date", "customer_ref", "total_amt", "balance"),
            {"total_amt": (0, MAJOR_LIMIT)},
        ),
        Table("raw_qbo.payments", BY_ID, ("txn_date", "total_amt"), {"total_amt": (0, MAJOR_LIMIT)}),
        Table("raw_qbo.purchases", BY_ID, ("txn_date", "total_amt", "account_ref")),
        Table("raw_qbo.deposits", BY_ID, ("txn_date", "total_amt")),
        Table("raw_qbo.transfers", BY_ID, ("txn_date", "amount", "from_account_ref", "to_account_ref")),
    ),
    "ramp": (
        Table(
            "raw_ramp.bills",
            BY_ID,
            ("vendor", "amount", "status_summary", "created_at"),
            one_of={"status": ("OPEN", "PAID")},
        ),
        Table("raw_ramp.vendors", BY_ID, ("name",)),
        Table("raw_ramp.transactions", BY_ID, ("state", "user_transaction_time")),
        Table("raw_ramp.transfers", BY_ID, ("status", "amount")),
        Table("raw_ramp.entities", BY_ID),
        Table("raw_ramp.bank_accounts", BY_ID, ("last_four",)),
    ),
    "plaid": (
        Table("raw_plaid.accounts", ("client_id", "account_id"), ("type",)),
        Table("raw_plaid.balances", ("client_id", "account_id"), live=None),
        Table(
            "raw_plaid.transactions",
            ("client_id", "transaction_id"),
            ("account_id", "date", "amount", "pending"),
            {"amount": (-MAJOR_LIMIT, MAJOR_LIMIT)},
            live="not coalesce(is_removed, false)",
        ),
    ),
    "stripe": (
        Table(
            "raw_stripe.invoices",
            BY_ID,
            ("currency", "amount_due", "amount_remaining"),
            {"amount_remaining": (0, MINOR_LIMIT), "created": (PAST, None)},
        ),
        Table(
            "raw_stripe.charges",
            BY_ID,
            ("amount", "currency", "status"),
            {"amount": (0, MINOR_LIMIT), "created": (PAST, None)},
        ),
        Table("raw_stripe.balance_transactions", BY_ID, ("type", "amount", "fee", "net", "currency")),
        Table(
            "raw_stripe.payouts",
            BY_ID,
            ("amount", "currency", "arrival_date"),
            one_of={"status": ("paid", "pending", "in_transit", "canceled", "failed")},
        ),
    ),
}

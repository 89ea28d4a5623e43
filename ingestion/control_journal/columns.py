"""The control store's tables as the warehouse reads them. Money is minor units already."""

from __future__ import annotations

from ingestion.contract import Column, Table, by_name, day, flag, instant, text, whole


def _table(name: str, *columns: Column) -> Table:
    """A control table: the key is not needed, because it is replaced whole."""
    return Table(name, (), columns)


TABLES = by_name(
    [
        _table("advisors", text("advisor_id"), text("advisor_name")),
        _table(
            "clients",
            text("advisor_id"),
            text("client_id"),
            text("client_name"),
            text("industry"),
            text("time_zone"),
            text("currency_code"),
            text("advisor_mode"),
            whole("buffer_minor"),
            Column("readiness_minimum", "INTEGER", "readiness_minimum"),
            flag("is_active"),
        ),
        _table(
            "payouts",
            text("advisor_id"),
            text("client_id"),
            text("payout_id"),
            text("source_bill_id"),
            text("state"),
            text("mode"),
            whole("amount_minor"),
            text("currency_code"),
            day("arrival_date"),
            text("vendor_id_ramp"),
            text("vendor_name"),
            text("account_id_plaid"),
            text("rail_bill_id"),
            text("rail_draft_id"),
            instant("proposed_at"),
            instant("sent_at"),
            instant("settled_at"),
            text("posting_id_plaid"),
            day("payment_date"),
            text("trace_id"),
            instant("approved_at"),
        ),
        _table(
            "holds",
            text("advisor_id"),
            text("client_id"),
            text("payout_id"),
            text("account_id_plaid"),
            whole("amount_minor"),
        ),
        _table(
            "hygiene_decisions",
            text("advisor_id"),
            text("client_id"),
            text("hygiene_item_id"),
            text("action"),
            text("reason"),
            text("decided_by"),
            instant("decided_at"),
            day("until_date"),
        ),
        _table(
            "rulings",
            text("advisor_id"),
            text("client_id"),
            text("ruling_id"),
            text("subject"),
            text("verb"),
            text("left_key"),
            text("right_key"),
            day("effective_date"),
            text("reason"),
            text("decided_by"),
            text("decided_by_name"),
            instant("decided_at"),
            text("revoked_by"),
            instant("revoked_at"),
        ),
    ]
)
"""Every table of the control store that the warehouse reads, by name."""

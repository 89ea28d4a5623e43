"""What statements and ledger files land in. Sign as the client's cash sees it: inflow positive.

These tables follow from the kept files alone, so a load replaces them whole.
"""

from __future__ import annotations

from ingestion.contract import Column, Table, by_name, day, flag, instant, money, text, whole


def _table(name: str, *columns: Column) -> Table:
    """A table of files: no key, because it is replaced whole."""
    return Table(name, (), (text("client_id"), *columns))


TABLES = by_name(
    [
        _table(
            "files",
            text("file_id"),
            text("file_name"),
            text("kind"),
            text("format"),
            text("account_name"),
            instant("loaded_at"),
            whole("rows_read"),
            whole("rows_rejected"),
        ),
        _table(
            "accounts",
            text("account_id"),
            text("account_name"),
            text("mask"),
            text("type"),
            text("subtype"),
            text("currency_code"),
        ),
        _table(
            "balances",
            text("account_id"),
            money("current"),
            text("currency_code"),
            day("balance_date"),
            flag("is_proven"),
        ),
        _table(
            "transactions",
            text("transaction_id"),
            text("account_id"),
            day("date"),
            day("value_date"),
            money("amount"),
            text("currency_code"),
            text("description"),
            text("party_name"),
            text("reference"),
            text("check_number"),
            text("bank_id"),
            money("running_balance"),
            text("file_id"),
            whole("line"),
        ),
        _table(
            "statements",
            text("file_id"),
            text("file_name"),
            text("account_id"),
            day("first_date"),
            day("last_date"),
            money("opening"),
            money("entries"),
            money("closing"),
            money("difference"),
            text("proof"),
            whole("entry_count"),
        ),
        _table(
            "bills",
            text("bill_id"),
            text("ledger_name"),
            text("vendor_name"),
            text("invoice_number"),
            day("bill_date"),
            day("due_date"),
            money("amount"),
            money("open_amount"),
            text("currency_code"),
            text("file_id"),
            whole("line"),
        ),
        _table(
            "rejects",
            text("file_id"),
            text("file_name"),
            text("account_name"),
            whole("line"),
            text("reason"),
            text("text"),
        ),
    ]
)
"""Every table of this rail, by name."""

"""Plaid objects and the columns they land in. Sign as Plaid writes it: positive is money out."""

from __future__ import annotations

from ingestion.contract import GONE, Table, by_name, day, flag, instant, json, money, required, text

TABLES = by_name(
    [
        Table(
            "accounts",
            ("account_id",),
            (
                required("account_id"),
                text("item_id"),
                text("persistent_account_id"),
                text("name"),
                text("official_name"),
                text("mask"),
                text("type"),
                text("subtype"),
                text("holder_category"),
                GONE,
            ),
        ),
        Table(
            "balances",
            ("account_id",),
            (
                required("account_id"),
                money("available"),
                money("current"),
                money("credit_limit", "limit"),
                text("iso_currency_code"),
                text("unofficial_currency_code"),
            ),
        ),
        Table(
            # Balances as they were told from day to day: what moved between two of them must be in the lines.
            "balance_readings",
            ("account_id", "read_on"),
            (
                required("account_id"),
                day("read_on"),
                money("available"),
                money("current"),
                text("iso_currency_code"),
                text("unofficial_currency_code"),
            ),
        ),
        Table(
            "transactions",
            ("transaction_id",),
            (
                required("transaction_id"),
                text("pending_transaction_id"),
                text("account_id"),
                text("item_id"),
                flag("pending"),
                day("date"),
                day("authorized_date"),
                instant("datetime"),
                money("amount"),
                text("iso_currency_code"),
                text("unofficial_currency_code"),
                text("name"),
                text("merchant_name"),
                text("merchant_entity_id"),
                text("original_description"),
                text("check_number"),
                text("payment_channel"),
                text("transaction_code"),
                money("running_balance"),
                text("merchant_category_code"),
                json("payment_meta"),
                json("location"),
                json("counterparties"),
                json("personal_finance_category"),
                flag("is_removed"),
            ),
        ),
    ]
)
"""Every table of this rail, by name."""

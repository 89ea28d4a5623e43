"""Open bills and invoices, aging, and what the bank shows of our payouts."""

from __future__ import annotations

from app.queries.snapshot import Row, Scope, read


def open_bills(scope: Scope, client_id: str) -> tuple[Row, ...]:
    """Open bills, soonest due first."""
    return read(
        scope,
        "pub_open_bills",
        "where client_id = $client_id order by due_date nulls last, vendor_name, source_bill_id",
        client_id=client_id,
    )


def open_invoices(scope: Scope, client_id: str) -> tuple[Row, ...]:
    """Open invoices, longest overdue first."""
    return read(
        scope,
        "pub_open_invoices",
        "where client_id = $client_id order by days_overdue desc nulls last, open_minor desc",
        client_id=client_id,
    )


def collections(scope: Scope, client_id: str, most: int) -> tuple[Row, ...]:
    """Open invoices to call about first: the amount times its chance to be late, largest first."""
    return read(
        scope,
        "pub_open_invoices",
        "where client_id = $client_id"
        " order by open_minor * coalesce(late_probability, 0) desc, due_date, source_invoice_id limit $most",
        client_id=client_id,
        most=most,
    )


def aging(scope: Scope, client_id: str, side: str) -> tuple[Row, ...]:
    """Aging buckets of one side, payable or receivable, in order."""
    return read(
        scope,
        "pub_aging",
        "where client_id = $client_id and side = $side order by bucket_order",
        client_id=client_id,
        side=side,
    )


def payout_proofs(scope: Scope, client_id: str) -> tuple[Row, ...]:
    """One row per payout with what the bank and the books show for it."""
    return read(scope, "pub_payout_proofs", "where client_id = $client_id", client_id=client_id)

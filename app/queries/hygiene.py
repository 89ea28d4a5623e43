"""What is missing or wrong, and how far the data can be trusted."""

from __future__ import annotations

from app.queries.snapshot import Row, Scope, read


def hygiene_items(scope: Scope, client_id: str) -> tuple[Row, ...]:
    """The tray's queue, what moves the score most first."""
    return read(
        scope,
        "pub_hygiene_items",
        "where client_id = $client_id order by rank nulls last, score_points desc nulls last, hygiene_item_id",
        client_id=client_id,
    )


def quality_scores(scope: Scope, client_id: str) -> tuple[Row, ...]:
    """The data-quality score and its parts, what loses most first."""
    return read(
        scope,
        "pub_quality_scores",
        "where client_id = $client_id order by component = 'overall' desc, lost_points desc, component",
        client_id=client_id,
    )


def quality_rails(scope: Scope, client_id: str) -> tuple[Row, ...]:
    """Today's score of each rail that has one, what loses most dollars first."""
    return read(
        scope,
        "pub_quality_history",
        "where client_id = $client_id and rail <> 'all' qualify score_date = max(score_date) over ()"
        " order by unproven_minor + uncategorized_minor + stale_minor desc, rail",
        client_id=client_id,
    )


def quality_days(scope: Scope, client_id: str) -> tuple[Row, ...]:
    """The client's score of each day that was built, oldest first."""
    return read(
        scope,
        "pub_quality_history",
        "where client_id = $client_id and rail = 'all' order by score_date",
        client_id=client_id,
    )


def posting(scope: Scope, client_id: str, posting_id_plaid: str) -> Row | None:
    """One bank line with what it was matched to, or None."""
    rows = read(
        scope,
        "pub_reconciliation",
        "where client_id = $client_id and posting_id_plaid = $posting_id",
        client_id=client_id,
        posting_id=posting_id_plaid,
    )
    return rows[0] if rows else None


def bill(scope: Scope, client_id: str, record_id: str) -> Row | None:
    """One open bill by its QBO, Ramp or source id, or None."""
    rows = read(
        scope,
        "pub_open_bills",
        "where client_id = $client_id and $record_id in (bill_id_qbo, bill_id_ramp, source_bill_id) limit 1",
        client_id=client_id,
        record_id=record_id,
    )
    return rows[0] if rows else None


def reconciliation_counts(scope: Scope, client_id: str) -> tuple[Row, ...]:
    """Bank lines of the last 90 days by status."""
    return read(
        scope,
        "pub_reconciliation",
        "where client_id = $client_id group by status order by posting_count desc",
        columns="status, count(*) as posting_count, sum(abs(amount_minor))::bigint as amount_minor",
        client_id=client_id,
    )


def firm_hygiene_items(scope: Scope) -> tuple[Row, ...]:
    """Open issues of every client in scope, in the order in which to mend them."""
    return read(
        scope,
        "pub_hygiene_items",
        "where decision is null or decision = 'assigned' order by rank nulls last, client_id, hygiene_item_id",
    )

"""Bank lines, what each was matched to, and why."""

from __future__ import annotations

from app.queries.snapshot import Row, Scope, read


def lines(scope: Scope, client_id: str) -> tuple[Row, ...]:
    """Every bank line of the last 90 days, what a person has to settle first, then the newest."""
    return read(
        scope,
        "pub_reconciliation",
        "where client_id = $client_id order by array_position(['proposed', 'unmatched'], status) nulls last, "
        "posted_date desc, posting_id_plaid",
        client_id=client_id,
    )


def certificates(scope: Scope, client_id: str, posting_id_plaid: str) -> tuple[Row, ...]:
    """The records that a bank line is matched or proposed with, the surest first."""
    return read(
        scope,
        "pub_certificates",
        "where client_id = $client_id and posting_id_plaid = $posting_id "
        "order by match_score desc, rail, kind, document_id",
        client_id=client_id,
        posting_id=posting_id_plaid,
    )

"""An installation that already pays keeps its evidence when one row of custody becomes four links."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import command

from execution.store import Store, engine_for
from execution.store import tables as t
from execution.store.migrate import config, migrate

AT = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
BEFORE = "0012_policies_and_permits"


def test_what_was_proven_stays_proven_and_what_was_owed_stays_owed(store_url: str) -> None:
    engine = engine_for(store_url, guarded=False)
    with engine.begin() as cx:
        command.upgrade(config(cx), BEFORE)
        custody = sa.Table("custody", sa.MetaData(), autoload_with=cx)
        cx.execute(sa.insert(t.advisor).values(advisor_id="firm", advisor_name="Firm", created_at=AT))
        cx.execute(sa.insert(t.client).values(advisor_id="firm", client_id="acme", client_name="Acme",
                                              time_zone="UTC", currency_code="USD", payout_mode="direct",
                                              created_at=AT))  # fmt: skip
        for payout_id, state, kept in (
            ("settled", "settled", {"rail_bill_id": "b1", "posting_id_plaid": "t1", "qbo_payment_id": None}),
            ("signed", "approved", {}),
        ):
            whose: dict[str, Any] = {"advisor_id": "firm", "client_id": "acme", "payout_id": payout_id}
            is_sent = {"released_at": AT, "sent_at": AT, "settled_at": AT} if kept else {}
            cx.execute(sa.insert(t.payout).values(
                **whose, source_bill_id=payout_id, vendor_id_ramp="v1", vendor_name="V", amount_minor=1,
                currency_code="USD", bill_date=AT.date(), due_date=AT.date(), arrival_date=AT.date(), mode="direct",
                payload_sha256="a" * 64, preparer_id="bea", state=state, verdicts=json.loads("[]"), created_at=AT,
                updated_at=AT, rail_bill_id=kept.get("rail_bill_id"), posting_id_plaid=kept.get("posting_id_plaid"),
                **is_sent))  # fmt: skip
            at = AT if cx.dialect.name == "postgresql" else AT.isoformat(timespec="microseconds")
            cx.execute(sa.insert(custody).values(**whose, decision_hash="a" * 64, opened_at=at, owner="controller",
                                                 closed_at=at if kept else None, **kept))  # fmt: skip
    engine.dispose()
    migrate(store_url)
    store = Store(store_url)
    c = t.custody_link.c
    with store.read() as cx:
        rows = cx.execute(
            sa.select(c.payout_id, c.link, c.evidence_id, c.closed_at).order_by(c.payout_id, c.link)
        ).all()
    store.dispose()
    assert [tuple(row[:3]) for row in rows] == [
        ("settled", "bank_posting", "t1"), ("settled", "book_payment", None), ("settled", "decision", "a" * 64),
        ("settled", "ramp_bill", "b1"), ("signed", "decision", None),
    ]  # fmt: skip
    assert all((row.closed_at is not None) == (row.evidence_id is not None) for row in rows)

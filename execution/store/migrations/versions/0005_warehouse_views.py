"""What the warehouse reads back: raw_control.* as views, live rows only."""

from __future__ import annotations

from alembic import op

revision = "0005_warehouse_views"
down_revision = "0004_append_only"
branch_labels = None
depends_on = None

VIEWS = {
    "warehouse_advisors": "select advisor_id, advisor_name from advisor",
    "warehouse_clients": """
        select
            client.advisor_id,
            client.client_id,
            client.client_name,
            client.industry,
            client.time_zone,
            client.currency_code,
            client.advisor_mode,
            coalesce(policy.buffer_minor, 0) as buffer_minor,
            coalesce(policy.readiness_minimum, 70) as readiness_minimum,
            client.removed_at is null as is_active
        from client
        left join policy
            on policy.advisor_id = client.advisor_id
            and policy.client_id = client.client_id
            and policy.version = (
                select max(newest.version) from policy as newest
                where newest.advisor_id = client.advisor_id and newest.client_id = client.client_id
            )
    """,
    "warehouse_payouts": """
        select
            advisor_id, client_id, payout_id, source_bill_id, state, mode, amount_minor, currency_code, arrival_date,
            vendor_id_ramp, vendor_name, account_id_plaid, rail_bill_id, rail_draft_id,
            created_at as proposed_at, sent_at, settled_at, posting_id_plaid
        from payout
    """,
    "warehouse_holds": """
        select hold.advisor_id, hold.client_id, hold.payout_id, hold.account_id_plaid, hold.amount_minor
        from hold
        where not exists (
            select 1 from hold_end
            where hold_end.advisor_id = hold.advisor_id
                and hold_end.client_id = hold.client_id
                and hold_end.payout_id = hold.payout_id
                and hold_end.attempt = hold.attempt
        )
    """,
    "warehouse_hygiene_decisions": """
        select
            made.advisor_id, made.client_id, made.hygiene_item_id, made.action, made.reason,
            made.decided_by, made.decided_at, made.until_date
        from hygiene_decision as made
        where made.action <> 'undone'
            and not exists (
                select 1 from hygiene_decision as undo
                where undo.advisor_id = made.advisor_id
                    and undo.client_id = made.client_id
                    and undo.undoes_decision_id = made.decision_id
            )
            and not exists (
                select 1 from hygiene_decision as later
                where later.advisor_id = made.advisor_id
                    and later.client_id = made.client_id
                    and later.hygiene_item_id = made.hygiene_item_id
                    and later.action <> 'undone'
                    and later.position > made.position
                    and not exists (
                        select 1 from hygiene_decision as undo
                        where undo.advisor_id = later.advisor_id
                            and undo.client_id = later.client_id
                            and undo.undoes_decision_id = later.decision_id
                    )
            )
    """,
}


def upgrade() -> None:
    for name, query in VIEWS.items():
        op.execute(f"create view {name} as {query}")

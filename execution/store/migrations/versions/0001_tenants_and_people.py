"""Tenants, people, connections."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from execution.store.metadata import Instant

revision = "0001_tenants_and_people"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "action_nonce",
        sa.Column("nonce", sa.String(length=128), nullable=False),
        sa.Column("person_id", sa.String(length=200), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("used_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("nonce", name=op.f("pk_action_nonce")),
    )
    op.create_table(
        "advisor",
        sa.Column("advisor_id", sa.String(length=200), nullable=False),
        sa.Column("advisor_name", sa.Text(), nullable=False),
        sa.Column("tier", sa.String(length=16), server_default="smart", nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.CheckConstraint("tier in ('basic', 'smart')", name=op.f("ck_advisor_tier")),
        sa.PrimaryKeyConstraint("advisor_id", name=op.f("pk_advisor")),
    )
    op.create_table(
        "person",
        sa.Column("person_id", sa.String(length=200), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=True),
        sa.Column("oidc_issuer", sa.String(length=500), nullable=True),
        sa.Column("oidc_subject", sa.String(length=255), nullable=True),
        sa.Column("is_demo", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("disabled_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_person")),
        sa.UniqueConstraint("email", name=op.f("uq_person_email")),
        sa.UniqueConstraint("oidc_issuer", "oidc_subject", name=op.f("uq_person_oidc_issuer_oidc_subject")),
    )
    op.create_table(
        "api_token",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=200), nullable=False),
        sa.Column("advisor_id", sa.String(length=200), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("revoked_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["advisor_id"], ["advisor.advisor_id"], name=op.f("fk_api_token_advisor_id_advisor")),
        sa.ForeignKeyConstraint(["person_id"], ["person.person_id"], name=op.f("fk_api_token_person_id_person")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_api_token")),
    )
    op.create_table(
        "client",
        sa.Column("advisor_id", sa.String(length=200), nullable=False),
        sa.Column("client_id", sa.String(length=200), nullable=False),
        sa.Column("client_name", sa.Text(), nullable=False),
        sa.Column("industry", sa.Text(), server_default="", nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("currency_code", sa.String(length=3), nullable=False),
        sa.Column("advisor_mode", sa.String(length=16), server_default="managed", nullable=False),
        sa.Column("payout_mode", sa.String(length=16), server_default="draft", nullable=False),
        sa.Column("ramp_entity_id", sa.String(length=200), server_default="", nullable=False),
        sa.Column("ramp_bank_account_id", sa.String(length=200), server_default="", nullable=False),
        sa.Column("account_id_plaid", sa.String(length=200), server_default="", nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("removed_at", Instant(), nullable=True),
        sa.CheckConstraint("advisor_mode in ('active', 'managed', 'silent')", name=op.f("ck_client_advisor_mode")),
        sa.CheckConstraint("payout_mode in ('draft', 'direct')", name=op.f("ck_client_payout_mode")),
        sa.ForeignKeyConstraint(["advisor_id"], ["advisor.advisor_id"], name=op.f("fk_client_advisor_id_advisor")),
        sa.PrimaryKeyConstraint("advisor_id", "client_id", name=op.f("pk_client")),
    )
    op.create_table(
        "membership",
        sa.Column("advisor_id", sa.String(length=200), nullable=False),
        sa.Column("person_id", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("client_id", sa.String(length=200), server_default="*", nullable=False),
        sa.Column("from_at", Instant(), nullable=False),
        sa.Column("to_at", Instant(), nullable=True),
        sa.CheckConstraint(
            "role in ('bookkeeper', 'controller', 'advisor', 'firm_admin', 'analyst', 'client_owner', 'agent')",
            name=op.f("ck_membership_role"),
        ),
        sa.ForeignKeyConstraint(["advisor_id"], ["advisor.advisor_id"], name=op.f("fk_membership_advisor_id_advisor")),
        sa.ForeignKeyConstraint(["person_id"], ["person.person_id"], name=op.f("fk_membership_person_id_person")),
        sa.PrimaryKeyConstraint("advisor_id", "person_id", "role", "client_id", "from_at", name=op.f("pk_membership")),
    )
    op.create_table(
        "session",
        sa.Column("session_id_hash", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=200), nullable=False),
        sa.Column("advisor_id", sa.String(length=200), nullable=False),
        sa.Column("via", sa.String(length=16), nullable=False),
        sa.Column("auth_time", Instant(), nullable=False),
        sa.Column("last_seen_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("revoked_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["advisor_id"], ["advisor.advisor_id"], name=op.f("fk_session_advisor_id_advisor")),
        sa.ForeignKeyConstraint(["person_id"], ["person.person_id"], name=op.f("fk_session_person_id_person")),
        sa.PrimaryKeyConstraint("session_id_hash", name=op.f("pk_session")),
    )
    op.create_table(
        "client_freeze",
        sa.Column("advisor_id", sa.String(length=200), nullable=False),
        sa.Column("client_id", sa.String(length=200), nullable=False),
        sa.Column("freeze_id", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("frozen_by", sa.String(length=200), nullable=False),
        sa.Column("frozen_at", Instant(), nullable=False),
        sa.Column("released_by", sa.String(length=200), nullable=True),
        sa.Column("released_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["advisor_id", "client_id"],
            ["client.advisor_id", "client.client_id"],
            name=op.f("fk_client_freeze_advisor_id_client_id_client"),
        ),
        sa.PrimaryKeyConstraint("advisor_id", "client_id", "freeze_id", name=op.f("pk_client_freeze")),
    )
    op.create_table(
        "connection",
        sa.Column("advisor_id", sa.String(length=200), nullable=False),
        sa.Column("client_id", sa.String(length=200), nullable=False),
        sa.Column("rail", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("connection_id", sa.String(length=200), nullable=False),
        sa.Column("external_account_id", sa.String(length=200), nullable=False),
        sa.Column("token_ct", sa.LargeBinary(), nullable=False),
        sa.Column("dek_wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("kek_id", sa.String(length=64), nullable=False),
        sa.Column("token_version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("previous_ct", sa.LargeBinary(), nullable=True),
        sa.Column("previous_dek", sa.LargeBinary(), nullable=True),
        sa.Column("path_key", sa.String(length=128), nullable=True),
        sa.Column("state", sa.String(length=16), server_default="live", nullable=False),
        sa.Column("lease_owner", sa.String(length=64), nullable=True),
        sa.Column("lease_until", Instant(), nullable=True),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.CheckConstraint("kind in ('reader', 'executor', 'webhook')", name=op.f("ck_connection_kind")),
        sa.ForeignKeyConstraint(
            ["advisor_id", "client_id"],
            ["client.advisor_id", "client.client_id"],
            name=op.f("fk_connection_advisor_id_client_id_client"),
        ),
        sa.PrimaryKeyConstraint("advisor_id", "client_id", "rail", "kind", name=op.f("pk_connection")),
    )
    op.create_index("uq_connection_path_key", "connection", ["rail", "path_key"], unique=True)
    op.create_table(
        "policy",
        sa.Column("advisor_id", sa.String(length=200), nullable=False),
        sa.Column("client_id", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("buffer_minor", sa.BigInteger(), nullable=False),
        sa.Column("readiness_minimum", sa.Integer(), nullable=False),
        sa.Column("written_by", sa.String(length=200), nullable=False),
        sa.Column("approved_by", sa.String(length=200), nullable=True),
        sa.Column("written_at", Instant(), nullable=False),
        sa.CheckConstraint("buffer_minor >= 0", name=op.f("ck_policy_buffer")),
        sa.CheckConstraint("readiness_minimum between 0 and 100", name=op.f("ck_policy_readiness")),
        sa.ForeignKeyConstraint(
            ["advisor_id", "client_id"],
            ["client.advisor_id", "client.client_id"],
            name=op.f("fk_policy_advisor_id_client_id_client"),
        ),
        sa.PrimaryKeyConstraint("advisor_id", "client_id", "version", name=op.f("pk_policy")),
    )

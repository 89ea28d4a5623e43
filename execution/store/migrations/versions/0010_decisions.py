"""Decisions: what approvers were shown, batches of every verb, schedules, templates, acts of two people."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from execution.store.metadata import Instant

revision = "0010_decisions"
down_revision = "0009_agents_and_keys"
branch_labels = None
depends_on = None

PAYOUT = ("advisor_id", "client_id", "payout_id")


def _id(name: str, *, nullable: bool = False, default: str | None = None) -> sa.Column[Any]:
    return sa.Column(name, sa.String(length=200), server_default=default, nullable=nullable)


def _text(name: str, *, default: str | None = "", nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), server_default=default, nullable=nullable)


def _at(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, Instant(), nullable=nullable)


def _foreign(table: str, to: str, *names: str, name: str | None = None) -> sa.ForeignKeyConstraint:
    name = name or f"fk_{table}_{'_'.join(names)}_{to}"
    return sa.ForeignKeyConstraint(list(names), [f"{to}.{column}" for column in names], name=op.f(name))


def upgrade() -> None:
    _what_was_shown()
    _batches()
    _two_people()
    _templates()
    op.add_column("payout", _at("release_at", nullable=True))
    op.add_column("action_nonce", sa.Column("request_sha256", sa.String(length=64), nullable=True))


def _what_was_shown() -> None:
    op.create_table(
        "payload_version",
        *(_id(name) for name in PAYOUT),
        sa.Column("payload_sha256", sa.String(length=64), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("seen", sa.JSON(), server_default="{}", nullable=False),
        _id("snapshot_id", default=""),
        _at("made_at"),
        _foreign("payload_version", "payout", *PAYOUT),
        sa.PrimaryKeyConstraint(*PAYOUT, "payload_sha256", name=op.f("pk_payload_version")),
    )
    op.create_table(
        "approval_seen",
        *(_id(name) for name in (*PAYOUT, "person_id")),
        sa.Column("payload_sha256", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("seen_sha256", sa.String(length=64), nullable=False),
        sa.Column("seen", sa.JSON(), nullable=False),
        _id("snapshot_id"),
        _at("signed_at"),
        _foreign("approval_seen", "approval", *PAYOUT, "person_id", "payload_sha256", name="fk_approval_seen_approval"),
        sa.PrimaryKeyConstraint(*PAYOUT, "person_id", "payload_sha256", "position", name=op.f("pk_approval_seen")),
    )
    _only_grows("payload_version")
    _only_grows("approval_seen")


def _batches() -> None:
    op.add_column("batch", sa.Column("verb", sa.String(length=16), server_default="approve", nullable=False))
    op.add_column("batch", sa.Column("line_count", sa.Integer(), server_default="0", nullable=False))
    op.add_column("batch", _id("rolls_back", nullable=True))
    op.add_column("batch", _at("finished_at", nullable=True))
    # A line may be asked for by its payout as well; the key keeps its place.
    op.execute("alter table batch_line rename column source_bill_id to subject_id")
    op.add_column("batch_line", _id("source_bill_id", nullable=True))
    op.execute("update batch_line set source_bill_id = subject_id")


def _two_people() -> None:
    op.create_table(
        "joint_act",
        *(_id(name) for name in PAYOUT),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=16), server_default="", nullable=False),
        _text("evidence"),
        _text("reason", default=None),
        _id("asked_by"),
        _text("asked_name"),
        sa.Column("asked_role", sa.String(length=32), nullable=False),
        _at("asked_at"),
        _id("agreed_by", nullable=True),
        sa.Column("agreed_role", sa.String(length=32), nullable=True),
        _at("agreed_at", nullable=True),
        sa.CheckConstraint("kind in ('reissue', 'close')", name=op.f("ck_joint_act_kind")),
        sa.CheckConstraint("agreed_by is null or agreed_by <> asked_by", name=op.f("ck_joint_act_two_people")),
        _foreign("joint_act", "payout", *PAYOUT),
        sa.PrimaryKeyConstraint(*PAYOUT, "kind", "position", name=op.f("pk_joint_act")),
    )


def _templates() -> None:
    template = ("advisor_id", "client_id", "recurring_id")
    op.create_table(
        "recurring",
        *(_id(name) for name in template),
        _text("name", default=None),
        _id("vendor_id_qbo"),
        _text("vendor_name"),
        sa.Column("invoice_prefix", sa.String(length=100), server_default="", nullable=False),
        sa.Column("every", sa.String(length=8), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("roll", sa.String(length=8), nullable=False),
        sa.Column("cap_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency_code", sa.String(length=3), nullable=False),
        sa.Column("start_date", sa.Date(), nullable=False),
        sa.Column("end_date", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=8), nullable=False),
        _text("state_reason"),
        _id("owner_id"),
        _text("owner_name"),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        _at("created_at"),
        _at("updated_at"),
        sa.CheckConstraint("every in ('week', 'month')", name=op.f("ck_recurring_every")),
        sa.CheckConstraint("roll in ('before', 'after')", name=op.f("ck_recurring_roll")),
        sa.CheckConstraint("state in ('active', 'paused', 'ended')", name=op.f("ck_recurring_state")),
        sa.CheckConstraint("cap_minor > 0", name=op.f("ck_recurring_cap")),
        _foreign("recurring", "client", "advisor_id", "client_id"),
        sa.PrimaryKeyConstraint(*template, name=op.f("pk_recurring")),
    )
    op.create_table(
        "recurring_run",
        *(_id(name) for name in template),
        sa.Column("arrival_date", sa.Date(), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        _text("reason"),
        _id("source_bill_id", nullable=True),
        _id("payout_id", nullable=True),
        _at("ran_at"),
        sa.CheckConstraint(
            "outcome in ('proposed', 'blocked', 'no_bill', 'over_cap', 'missed', 'paused')",
            name=op.f("ck_recurring_run_outcome"),
        ),
        _foreign("recurring_run", "recurring", *template),
        sa.PrimaryKeyConstraint(*template, "arrival_date", name=op.f("pk_recurring_run")),
    )


def _only_grows(table: str) -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute(
            f"create trigger {table}_append_only before update or delete on {table} "
            "for each row execute function rowcol_append_only()"
        )
        op.execute(
            f"create trigger {table}_no_truncate before truncate on {table} "
            "for each statement execute function rowcol_append_only()"
        )
        return
    for verb in ("update", "delete"):
        op.execute(
            f"create trigger {table}_no_{verb} before {verb} on {table} "
            f"begin select raise(abort, '{table} is append only'); end"
        )

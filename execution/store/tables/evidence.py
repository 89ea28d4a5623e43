"""What was decided and can be proven: the audit chains, their checkpoints, hygiene decisions, the executor's state."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, Column, ForeignKeyConstraint, Table

from execution.store.metadata import Id, Instant, Text, metadata

# Insert only. `body` is the exact bytes that were hashed; the other columns repeat parts of it for look-ups.
audit = Table(
    "audit",
    metadata,
    Column("chain_id", Id, primary_key=True),
    Column("seq", sa.BigInteger, primary_key=True),
    Column("client_id", Id),
    Column("subject_kind", sa.String(32), nullable=False),
    Column("subject_id", sa.String(500), nullable=False),
    Column("body", sa.LargeBinary, nullable=False),
    Column("prev", sa.LargeBinary, nullable=False),
    Column("hash", sa.LargeBinary, nullable=False),
    CheckConstraint("seq >= 1", name="seq"),
)
sa.Index("ix_audit_subject", audit.c.chain_id, audit.c.subject_id, audit.c.seq)
sa.Index("ix_audit_client", audit.c.chain_id, audit.c.client_id, audit.c.seq)

chain_head = Table(
    "chain_head",
    metadata,
    Column("chain_id", Id, primary_key=True),
    Column("seq", sa.BigInteger, nullable=False),
    Column("hash", sa.LargeBinary, nullable=False),
    Column("frontier", sa.LargeBinary, nullable=False),
)

checkpoint = Table(
    "checkpoint",
    metadata,
    Column("chain_id", Id, primary_key=True),
    Column("size", sa.BigInteger, primary_key=True),
    Column("note", Text, nullable=False),
    Column("signed_at", Instant, nullable=False),
    # Leaf hashes of the events since the checkpoint before, 32 bytes each: they lead to the signed root.
    Column("leaves", sa.LargeBinary),
)

# Insert only: an undo is one more row that names the decision it undoes.
hygiene_decision = Table(
    "hygiene_decision",
    metadata,
    Column("advisor_id", Id, primary_key=True),
    Column("client_id", Id, primary_key=True),
    Column("decision_id", Id, primary_key=True),
    Column("hygiene_item_id", Id, nullable=False),
    Column("action", sa.String(16), nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
    Column("until_date", sa.Date),
    Column("assignee", Text),
    Column("decided_by", Id, nullable=False),
    Column("decided_by_name", Text, nullable=False, server_default=""),
    Column("decided_at", Instant, nullable=False),
    Column("position", sa.Integer, nullable=False),
    Column("undoes_decision_id", Id),
    ForeignKeyConstraint(["advisor_id", "client_id"], ["client.advisor_id", "client.client_id"]),
    CheckConstraint("action in ('dismissed', 'confirmed', 'assigned', 'snoozed', 'undone')", name="action"),
)
sa.Index(
    "uq_hygiene_decision_undone_once",
    hygiene_decision.c.advisor_id,
    hygiene_decision.c.client_id,
    hygiene_decision.c.undoes_decision_id,
    unique=True,
)
sa.Index(
    "uq_hygiene_decision_position",
    hygiene_decision.c.advisor_id,
    hygiene_decision.c.client_id,
    hygiene_decision.c.position,
    unique=True,
)

# Named facts about the executor process itself, such as its last pass. Value is text or JSON.
executor_state = Table(
    "executor_state",
    metadata,
    Column("key", sa.String(200), primary_key=True),
    Column("value", Text, nullable=False),
    Column("updated_at", Instant, nullable=False),
)

"""The inbox's tables: events wait in one, their bodies rest in another for a while, refusals are counted."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.schema import CreateIndex, CreateTable

metadata = sa.MetaData()

# Kept for ever: Ramp and QBO sign no time, so an old delivery sent again is known by its key alone.
inbox_events = sa.Table(
    "inbox_events",
    metadata,
    sa.Column("event_key", sa.String, primary_key=True),
    sa.Column("rail", sa.String, nullable=False),
    sa.Column("client_id", sa.String, nullable=False),
    sa.Column("connection_id", sa.String, nullable=False),
    sa.Column("event_type", sa.String, nullable=False),
    sa.Column("object_id", sa.String),
    sa.Column("received_at", sa.String, nullable=False),  # ISO-8601 UTC: the same text in every database.
    sa.Column("body_sha256", sa.String),
    sa.Column("state", sa.String, nullable=False, server_default="pending"),
    sa.Column("note", sa.String),
    sa.Index("inbox_events_waiting", "state", "received_at"),
    # The executor asks for what is new of one rail.
    sa.Index("inbox_events_arrival", "rail", "received_at"),
)
# A QBO delivery holds many events, and Plaid repeats its bodies: each text is kept once.
inbox_bodies = sa.Table(
    "inbox_bodies",
    metadata,
    sa.Column("body_sha256", sa.String, primary_key=True),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("received_at", sa.String, nullable=False),
    sa.Index("inbox_bodies_age", "received_at"),
)
inbox_refusals = sa.Table(
    "inbox_refusals",
    metadata,
    sa.Column("rail", sa.String, primary_key=True),
    sa.Column("client_id", sa.String, primary_key=True),
    sa.Column("code", sa.String, primary_key=True),
    sa.Column("times", sa.Integer, nullable=False),
    sa.Column("last_at", sa.String, nullable=False),
)


def prepare(engine: sa.Engine) -> None:
    """Make what is missing. Several processes open a new inbox at once, so nothing here minds being second."""
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            # IF NOT EXISTS alone still clashes there between two that begin together.
            connection.execute(sa.text("select pg_advisory_xact_lock(hashtext('rowcol.inbox'))"))
        for table in metadata.sorted_tables:
            connection.execute(CreateTable(table, if_not_exists=True))
        columns = {column["name"] for column in sa.inspect(connection).get_columns(inbox_events.name)}
        if "body_sha256" not in columns:
            # 0.2 kept a body with each event. Bodies only help to look into a fault, so old ones are let go.
            connection.execute(sa.text("alter table inbox_events add column body_sha256 varchar"))
            connection.execute(sa.text("alter table inbox_events drop column body"))
        for table in metadata.sorted_tables:
            for index in table.indexes:
                connection.execute(CreateIndex(index, if_not_exists=True))

"""What-if scenarios that people keep."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Column, ForeignKeyConstraint, Table

from execution.store.metadata import Id, Instant, Text, metadata

# `moves` is a list of plain changes; a scenario is read against whatever forecast is current, so none is stored.
scenario = Table(
    "scenario",
    metadata,
    Column("advisor_id", Id, primary_key=True),
    Column("client_id", Id, primary_key=True),
    Column("scenario_id", Id, primary_key=True),
    Column("name", Text, nullable=False),
    Column("moves", sa.JSON, nullable=False),
    Column("made_by", Id, nullable=False),
    Column("made_by_name", Text, nullable=False, server_default=""),
    Column("made_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("deleted_at", Instant),
    Column("version", sa.Integer, nullable=False, server_default="1"),
    ForeignKeyConstraint(["advisor_id", "client_id"], ["client.advisor_id", "client.client_id"]),
)
sa.Index(
    "uq_scenario_name",
    scenario.c.advisor_id,
    scenario.c.client_id,
    scenario.c.name,
    unique=True,
    sqlite_where=scenario.c.deleted_at.is_(None),
    postgresql_where=scenario.c.deleted_at.is_(None),
)

"""A small warehouse with a published schema of its own, for the steps that only move tables about."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    """Two firms, three clients."""
    path = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema published")
        connection.execute(
            "create table published.pub_snapshot as select * from (values "
            "('firm-a', date '2026-11-24'), ('firm-b', date '2026-11-24')) as t(advisor_id, as_of_date)"
        )
        connection.execute(
            "create table published.pub_clients as select * from (values "
            "('firm-a', 'a2'), ('firm-a', 'a1'), ('firm-b', 'b1')) as t(advisor_id, client_id)"
        )
        connection.execute("create table published.pub_metrics as select 'runway' as metric_id")
    return path

"""Rails to raw: reads QBO, Ramp, Plaid and Stripe for every client and lands them in the warehouse.

load(connections, ...)      one outcome per connection; a failed one stops nobody else
ensure_raw_tables(path)     every raw table, empty where absent
ingestion.inbox             the webhook inbox: hints that something is worth reading again
"""

from __future__ import annotations

from ingestion.connections import Connection, FileTokens, MemoryTokens, TokenStore, connections_from_file
from ingestion.loading import load
from ingestion.outcomes import Progress, SyncOutcome
from ingestion.pipeline import ensure_raw_tables
from ingestion.rails import RAILS

__all__ = [
    "RAILS",
    "Connection",
    "FileTokens",
    "MemoryTokens",
    "Progress",
    "SyncOutcome",
    "TokenStore",
    "connections_from_file",
    "ensure_raw_tables",
    "load",
]

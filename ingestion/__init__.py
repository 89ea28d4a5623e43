"""Rails to raw: reads QBO, Ramp, Plaid and Stripe for every client and lands them in the warehouse.

load(connections, ...)      one outcome per connection; a failed one stops nobody else
ensure_raw_tables(path)     every raw table, empty where absent
ingestion.inbox             the webhook inbox: hints that something is worth reading again
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ingestion.connections import Connection, FileTokens, MemoryTokens, TokenStore, connections_from_file
    from ingestion.loading import load
    from ingestion.outcomes import Progress, SyncOutcome
    from ingestion.pipeline import ensure_raw_tables
    from ingestion.rails import RAILS

# Where each name lives. Loaded at first use: the webhook receiver needs none of the loader's libraries.
_HOMES = {
    "Connection": "connections",
    "FileTokens": "connections",
    "MemoryTokens": "connections",
    "TokenStore": "connections",
    "connections_from_file": "connections",
    "load": "loading",
    "Progress": "outcomes",
    "SyncOutcome": "outcomes",
    "ensure_raw_tables": "pipeline",
    "RAILS": "rails",
}
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


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'ingestion' has no {name!r}")
    value = getattr(import_module(f"ingestion.{_HOMES[name]}"), name)
    globals()[name] = value
    return value

"""What a product connection to SQLite may not even prepare: rewriting evidence, dropping tables, opening the schema.

The triggers say the same; each alone left a hole (a trigger can be dropped, an authorizer is per connection).
"""

from __future__ import annotations

import sqlite3
from typing import Any

# Insert only, in both databases.
APPEND_ONLY = frozenset(
    {
        "audit",
        "checkpoint",
        "hold",
        "hold_end",
        "approval",
        "approval_seen",
        "payload_version",
        "policy",
        "hygiene_decision",
        "ruling",
        "ruling_end",
    }
)

_REWRITES = {sqlite3.SQLITE_UPDATE, sqlite3.SQLITE_DELETE}
_RESHAPES = {
    sqlite3.SQLITE_DROP_TABLE,
    sqlite3.SQLITE_DROP_INDEX,
    sqlite3.SQLITE_DROP_TRIGGER,
    sqlite3.SQLITE_DROP_VIEW,
    sqlite3.SQLITE_ALTER_TABLE,
    sqlite3.SQLITE_CREATE_TABLE,
    sqlite3.SQLITE_CREATE_TRIGGER,
    sqlite3.SQLITE_CREATE_VIEW,
    sqlite3.SQLITE_ATTACH,
    sqlite3.SQLITE_DETACH,
}
_PRAGMAS = frozenset(
    {
        "journal_mode",
        "synchronous",
        "foreign_keys",
        "recursive_triggers",
        "busy_timeout",
        "trusted_schema",
        "table_info",
        "table_xinfo",
        "quick_check",
        "data_version",
    }
)


def authorize(action: int, first: Any, second: Any, database: Any, trigger: Any) -> int:
    """SQLite's question per prepared statement: SQLITE_OK or SQLITE_DENY."""
    if action in _REWRITES and first in APPEND_ONLY:
        return sqlite3.SQLITE_DENY
    if action in _RESHAPES:
        return sqlite3.SQLITE_DENY
    if action == sqlite3.SQLITE_PRAGMA and str(first).lower() not in _PRAGMAS:
        return sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK

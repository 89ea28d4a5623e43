"""Our own control store read back as one more rail: what people decided and what the executor paid.

    view warehouse_<table>  ->  raw_control.<table>    replaced whole at every load; small

The views carry the names and types that raw wants, so nothing is known here of how the store works.
"""

from __future__ import annotations

from ingestion.control_journal.columns import TABLES
from ingestion.control_journal.replace import replace_control_tables

__all__ = ["TABLES", "replace_control_tables"]

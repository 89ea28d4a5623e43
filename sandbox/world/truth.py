"""The hidden truth as JSON, for scoring only."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import orjson

_TABLES = ("truth_event", "truth_defect", "truth_ledger")


def truth(path: Path) -> bytes:
    """Events, defects and the true ledger of a world. Raises FileNotFoundError when there is no such world."""
    if not path.exists():
        raise FileNotFoundError(f"no sandbox world at {path}; make one with: python -m sandbox generate --out {path}")
    found: dict[str, object] = {}
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
        db.row_factory = sqlite3.Row
        found["meta"] = dict(db.execute("select key, value from meta order by key").fetchall())
        for table in _TABLES:
            found[table] = [dict(row) for row in db.execute(f"select * from {table} order by rowid")]
    for defect in found["truth_defect"]:  # type: ignore[attr-defined]
        defect["records"] = orjson.loads(defect["records"])
    return orjson.dumps(found)

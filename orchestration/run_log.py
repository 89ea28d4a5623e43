"""What each run did, kept as one JSON file a run: the memory of `rowcol status`."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

KEEP_RUNS = 200


@dataclass(slots=True)
class RunReport:
    """One run from load to publish. `steps` holds seconds per step; `failures` name what stopped it."""

    run_id: str
    as_of_at: str
    started_at: str
    finished_at: str | None = None
    status: str = "running"  # running | published | loaded | refused
    steps: dict[str, float] = field(default_factory=dict)
    connections: list[dict[str, Any]] = field(default_factory=list)
    tests: dict[str, int] = field(default_factory=dict)
    gate: dict[str, int] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    snapshots: dict[str, str] = field(default_factory=dict)

    def failed_connections(self) -> list[dict[str, Any]]:
        """The connections whose sync failed; the others loaded."""
        return [row for row in self.connections if row["outcome"] != "ok"]


def write(folder: Path, report: RunReport) -> None:
    """Write the report whole or not at all, and drop the oldest beyond `KEEP_RUNS`."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{report.run_id}.json"
    draft = target.with_suffix(".tmp")
    draft.write_text(json.dumps(asdict(report), indent=1, default=str))
    os.replace(draft, target)
    for old in sorted(folder.glob("*.json"))[:-KEEP_RUNS]:
        old.unlink(missing_ok=True)


def newest(folder: Path) -> RunReport | None:
    """The newest run, or None before the first."""
    files = sorted(folder.glob("*.json"))
    return RunReport(**json.loads(files[-1].read_text())) if files else None


def new_run_id(now: datetime) -> str:
    """Sortable and unique enough: the instant to the microsecond."""
    return now.strftime("%Y%m%dT%H%M%S%fZ")

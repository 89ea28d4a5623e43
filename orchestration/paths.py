"""Where bytes rest: one folder, `ROWCOL_DATA`, and the names below it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DBT_PROJECT = ROOT / "dbt_project"


@dataclass(frozen=True, slots=True)
class Paths:
    """The files and folders of one installation."""

    data: Path

    @classmethod
    def from_env(cls) -> Paths:
        """Read `ROWCOL_DATA`; a fresh clone keeps everything in its own `data/`."""
        return cls(Path(os.environ.get("ROWCOL_DATA") or ROOT / "data").resolve())

    @property
    def warehouse(self) -> Path:
        """The one DuckDB file that holds raw to published; one writer at a time."""
        return self.data / "warehouse" / "rowcol.duckdb"

    @property
    def warehouse_lock(self) -> Path:
        """Held by whoever writes the warehouse, so a second run waits instead of failing."""
        return self.data / "warehouse" / "writer.lock"

    @property
    def published(self) -> Path:
        """Immutable snapshots, a folder per advisor."""
        return self.data / "published"

    @property
    def runs(self) -> Path:
        """What each run did, as JSON; `rowcol status` reads the newest."""
        return self.data / "runs"

    @property
    def dbt_target(self) -> Path:
        """Compiled SQL, run results and docs of the last build."""
        return self.data / "dbt_target"

    @property
    def data_docs(self) -> Path:
        """Great Expectations' report on the last gate; copied into each snapshot."""
        return self.data / "data_docs"

    @property
    def world(self) -> Path:
        """The sandbox's simulated firm."""
        return self.data / "sandbox" / "world.db"

    @property
    def logs(self) -> Path:
        """One log file per process that `rowcol up` starts."""
        return self.data / "logs"

    def control_url(self) -> str:
        """SQLAlchemy URL of the control store."""
        default = f"sqlite:///{self.data / 'control' / 'control.db'}"
        return os.environ.get("ROWCOL_CONTROL_URL") or default

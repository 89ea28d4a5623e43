"""Settings that every rail shares. Per rail addresses and app credentials stand in each rail's folder."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

PREFIX = "ROWCOL_"


@dataclass(frozen=True, slots=True)
class Settings:
    """How a load runs on this machine."""

    data: Path  # All bytes at rest lie below it.
    threads: int = 12  # Connections read at once; they mostly wait. More than 16 gains nothing on 2 cores.
    patience_scale: float = 1.0  # Below 1 gives up sooner on a throttling rail (tests), above waits longer.
    batch_rows: int = 100_000  # Rows per Arrow table handed to dlt; below 20,000 its fixed cost shows.

    @property
    def dlt_dir(self) -> Path:
        """dlt's working directory."""
        return self.data / "dlt"

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> Settings:
        """Read ROWCOL_DATA, ROWCOL_INGESTION_THREADS and ROWCOL_PATIENCE_SCALE."""
        env = os.environ if env is None else env
        return cls(
            data=Path(env.get(PREFIX + "DATA") or Path(__file__).resolve().parents[1] / "data"),
            threads=int(env.get(PREFIX + "INGESTION_THREADS", "12")),
            patience_scale=float(env.get(PREFIX + "PATIENCE_SCALE", "1")),
        )

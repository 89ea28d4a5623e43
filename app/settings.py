"""Where the console finds its data and how it is run: read once from ROWCOL_* variables."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class Settings:
    """The console's own settings; a client's policy is never one of them."""

    data: Path
    mode: str = "live"  # "demo" allows the local sign-in, and only on a loopback address.

    @property
    def published(self) -> Path:
        """Folder of the published snapshots, one sub-folder per advisor."""
        return self.data / "published"

    @property
    def is_demo(self) -> bool:
        """Whether the local sign-in may be offered at all."""
        return self.mode == "demo"

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> Settings:
        """Settings from the environment; raises ValueError on a mode that does not exist."""
        env = os.environ if env is None else env
        mode = env.get("ROWCOL_MODE", "live")
        if mode not in ("live", "demo"):
            raise ValueError(f"ROWCOL_MODE is {mode!r}; it must be live or demo")
        default = Path(__file__).resolve().parents[1] / "data"
        return cls(data=Path(env.get("ROWCOL_DATA") or default), mode=mode)


def is_loopback(address: str | None) -> bool:
    """Whether a host name or bind address reaches this machine only."""
    if not address:
        return False
    host = address.strip()
    if host.startswith("["):
        host = host[1:].split("]", 1)[0]
    elif host.count(":") == 1:
        host = host.rsplit(":", 1)[0]
    return host.lower() in LOOPBACK

"""Where the control plane keeps its bytes and how it runs: ROWCOL_* variables, read once."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
MODES = ("live", "demo")
SENDERS = ("dry_run", "ramp")


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of the execution part. A client's policy is never one of them: it is a row with a history."""

    data: Path
    control_url: str
    mode: str = "live"  # "demo" allows the local sign-in, on a loopback address only.
    clock_url: str | None = None  # Unset: the system's clock.
    sender: str = "dry_run"  # A fresh clone cannot move money.
    qbo_url: str = "http://127.0.0.1:8801"
    qbo_token_url: str = "http://127.0.0.1:8801/oauth2/v1/tokens/bearer"
    ramp_url: str = "http://127.0.0.1:8802"
    plaid_url: str = "http://127.0.0.1:8803"
    qbo_client_id: str = ""
    qbo_client_secret: str = ""
    plaid_client_id: str = ""
    plaid_secret: str = ""
    kek_aws_secret: str = ""  # Name of the secret that holds the vault's keys; empty: the key file.
    signer_folder: Path = Path("signer")  # The signer's own: its key and what it signed last.
    notes_folder: Path | None = None  # Where each signed checkpoint is laid for others to keep; unset: nowhere.
    inbox_at: str | None = None  # Where the receiver keeps its webhooks; unset: a file below `data`.
    console_address: str = "127.0.0.1"  # Where the console listens; the local sign-in is refused elsewhere.

    def __repr__(self) -> str:
        return f"Settings(data={str(self.data)!r}, mode={self.mode!r}, sender={self.sender!r})"

    @property
    def control_dir(self) -> Path:
        """Folder of the control store's file and keys."""
        return self.data / "control"

    @property
    def kek_path(self) -> Path:
        """The key-encryption key of the vault."""
        return self.control_dir / "kek"

    @property
    def signer_public_path(self) -> Path:
        """The public half of the key that signs audit checkpoints, in hex; anybody may read it."""
        return self.control_dir / "signer.pub"

    @property
    def executors_dir(self) -> Path:
        """What this machine remembers of its executors and of the store: outside the store, never in its backups."""
        return self.control_dir / "executors"

    @property
    def published(self) -> Path:
        """Folder of the published snapshots, one sub-folder per advisor."""
        return self.data / "published"

    @property
    def inbox_url(self) -> str:
        """SQLAlchemy URL of the webhook inbox, which the receiver writes."""
        return self.inbox_at or f"sqlite:///{self.data / 'inbox' / 'inbox.db'}"

    @property
    def is_demo(self) -> bool:
        """Whether the local sign-in may be used at all."""
        return self.mode == "demo"

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> Settings:
        """Settings from the environment; raises ValueError on a mode or sender that does not exist."""
        env = os.environ if env is None else env
        default = Path(__file__).resolve().parents[1] / "data"
        data = Path(env.get("ROWCOL_DATA") or default).resolve()
        mode = env.get("ROWCOL_MODE") or "live"
        sender = env.get("ROWCOL_EXECUTION_SENDER") or "dry_run"
        if mode not in MODES:
            raise ValueError(f"ROWCOL_MODE is {mode!r}; it must be one of {', '.join(MODES)}")
        if sender not in SENDERS:
            raise ValueError(f"ROWCOL_EXECUTION_SENDER is {sender!r}; it must be one of {', '.join(SENDERS)}")
        qbo_url = (env.get("ROWCOL_QBO_URL") or "http://127.0.0.1:8801").rstrip("/")
        return cls(
            data=data,
            control_url=env.get("ROWCOL_CONTROL_URL") or f"sqlite:///{data / 'control' / 'control.db'}",
            mode=mode,
            clock_url=env.get("ROWCOL_CLOCK_URL") or None,
            sender=sender,
            qbo_url=qbo_url,
            qbo_token_url=env.get("ROWCOL_QBO_TOKEN_URL") or f"{qbo_url}/oauth2/v1/tokens/bearer",
            ramp_url=(env.get("ROWCOL_RAMP_URL") or "http://127.0.0.1:8802").rstrip("/"),
            plaid_url=(env.get("ROWCOL_PLAID_URL") or "http://127.0.0.1:8803").rstrip("/"),
            qbo_client_id=env.get("ROWCOL_QBO_CLIENT_ID", ""),
            qbo_client_secret=env.get("ROWCOL_QBO_CLIENT_SECRET", ""),
            plaid_client_id=env.get("ROWCOL_PLAID_CLIENT_ID", ""),
            plaid_secret=env.get("ROWCOL_PLAID_SECRET") or env.get("ROWCOL_PLAID_CLIENT_SECRET", ""),
            signer_folder=Path(env.get("ROWCOL_SIGNER_FOLDER") or data / "control" / "signer"),
            notes_folder=Path(env["ROWCOL_NOTES_FOLDER"]) if env.get("ROWCOL_NOTES_FOLDER") else None,
            inbox_at=env.get("ROWCOL_INBOX_URL") or None,
            kek_aws_secret=env.get("ROWCOL_KEK_AWS_SECRET", ""),
            console_address=env.get("ROWCOL_CONSOLE_ADDRESS") or "127.0.0.1",
        )


def is_loopback(address: str) -> bool:
    """Whether a bind address reaches this machine only."""
    return address.strip().strip("[]").lower() in LOOPBACK

"""How everybody but the signer meets the checkpoints: the public key, the kept seals, and asking for a new one.

Only the signer process can read the key. Others write down what they want sealed and wait for it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from execution.audit.note import Checkpoint, read
from execution.audit.outside import kept_outside
from execution.audit.seals import Outside, Seal, seals_of
from execution.errors import Conflict
from execution.settings import Settings
from execution.store import Store, insert_if_absent
from execution.store.tables import checkpoint, executor_state

WANTED = "seal_wanted/"
ALIVE = "signer_alive"
ALIVE_FOR = timedelta(seconds=20)
WAIT_SECONDS = 10.0
ROUND_SECONDS = 120.0
ROOT = Path(__file__).resolve().parents[2]


class Sealing:
    """Checkpoints as the console, the commands and the exports see them."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store, self._settings = store, settings

    def public(self) -> bytes | None:
        """The signer's public key, 32 bytes; None while no signer ever ran here."""
        try:
            return bytes.fromhex(self._settings.signer_public_path.read_text())
        except (OSError, ValueError):
            return None

    def kept(self, connection: Connection, chain_id: str) -> list[Seal]:
        """The chain's checkpoints in this store, smallest first, signatures checked."""
        return seals_of(connection, chain_id, self.public() or bytes(32))

    def read(self, note: str) -> Checkpoint:
        """A note. Raises Invalid when this installation's signer did not sign it."""
        return read(note, self.public() or bytes(32))

    def outside(self, place: Path, chain_id: str | None) -> list[Outside]:
        """What was kept elsewhere: a note's file or the notes' folder. Raises Invalid."""
        return kept_outside(place, self.public() or bytes(32), chain_id)

    def note_up_to(self, chain_id: str, size: int) -> str:
        """A signed note over at least so many events; waits until the signer wrote it.

        Where no signer runs, it is started for one round under this account: then the key is this account's too.
        Raises Conflict when none comes.
        """
        if (note := self._note(chain_id, size)) is not None:
            return note
        is_alive = self._ask(chain_id, size)
        deadline = time.monotonic() + WAIT_SECONDS
        while is_alive and time.monotonic() < deadline:
            if (note := self._note(chain_id, size)) is not None:
                return note
            time.sleep(0.05)
        _one_round(self._settings)
        if (note := self._note(chain_id, size)) is not None:
            return note
        raise Conflict(
            f"the signer did not seal the chain {chain_id}: its log says why, and `rowcol audit verify` whether the "
            "chain is whole; start it with `python -m execution.signer`, then ask again"
        )

    def _note(self, chain_id: str, size: int) -> str | None:
        c = checkpoint.c
        query = sa.select(c.note).where(c.chain_id == chain_id, c.size >= size).order_by(c.size).limit(1)
        with self._store.read() as connection:
            return connection.execute(query).scalars().first()

    def _ask(self, chain_id: str, size: int) -> bool:
        """Write down what is wanted; whether a signer is there to see it."""
        e, key = executor_state, WANTED + chain_id
        with self._store.begin() as connection:
            now = self._store.instant(connection)
            if not insert_if_absent(connection, e, key=key, value=str(size), updated_at=now):
                connection.execute(sa.update(e).where(e.c.key == key).values(value=str(size), updated_at=now))
            seen: datetime | None = connection.execute(
                sa.select(e.c.updated_at).where(e.c.key == ALIVE)
            ).scalar_one_or_none()
        return seen is not None and now - seen < ALIVE_FOR


def _one_round(settings: Settings) -> None:
    told = {
        "ROWCOL_DATA": settings.data,
        "ROWCOL_CONTROL_URL": settings.control_url,
        "ROWCOL_CLOCK_URL": settings.clock_url or "",
        "ROWCOL_SIGNER_FOLDER": settings.signer_folder,
        "ROWCOL_NOTES_FOLDER": settings.notes_folder or "",
    }
    subprocess.run(
        [sys.executable, "-m", "execution.signer", "--once"],
        cwd=ROOT,
        env={**os.environ, **{name: str(value) for name, value in told.items()}},
        capture_output=True,
        timeout=ROUND_SECONDS,
        check=False,
    )

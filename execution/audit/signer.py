"""The signer: seals how far a chain has come. It refuses to sign a past that differs from what it signed before."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy.engine import Connection

from execution.audit.merkle import root
from execution.audit.note import Checkpoint, public_bytes, read, sign
from execution.audit.verify import verify_chain
from execution.errors import Conflict, NotFound
from execution.store.engine import insert_if_absent
from execution.store.tables import chain_head
from execution.store.tables import checkpoint as checkpoints
from execution.vault.keys import read_or_make


class Signer:
    """Holds the Ed25519 key, made at the first use in a file that only its owner can read."""

    def __init__(self, key_file: Path) -> None:
        self._file = key_file

    def _key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(read_or_make(self._file))

    def public(self) -> bytes:
        """The public key, 32 bytes."""
        return public_bytes(self._key())

    def latest(self, connection: Connection, chain_id: str) -> Checkpoint | None:
        """The newest checkpoint that this store keeps, its signature checked."""
        note = connection.execute(
            sa.select(checkpoints.c.note)
            .where(checkpoints.c.chain_id == chain_id)
            .order_by(checkpoints.c.size.desc())
            .limit(1)
        ).scalar_one_or_none()
        return read(note, self.public()) if note else None

    def sign(self, connection: Connection, chain_id: str, at: datetime) -> str:
        """A signed note for the chain as it stands. Conflict when it does not extend the last one signed."""
        head = connection.execute(
            sa.select(chain_head).where(chain_head.c.chain_id == chain_id).with_for_update()
        ).one_or_none()
        if head is None:
            raise NotFound(f"the firm {chain_id!r} has no audit events yet")
        last = self.latest(connection, chain_id)
        report = verify_chain(connection, chain_id, checkpoint=last, semantic=False)
        if not report.ok:
            raise Conflict(
                f"the chain {chain_id} is broken at event {report.first_bad_seq} ({report.problem}); nothing was signed"
            )
        note = sign(Checkpoint(chain_id, head.seq, root(bytes(head.frontier)), bytes(head.hash)), self._key())
        insert_if_absent(connection, checkpoints, chain_id=chain_id, size=head.seq, note=note, signed_at=at)
        return note

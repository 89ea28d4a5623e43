"""The signer: seals how far a chain has come. It refuses to sign a past that differs from what it signed before.

What it signed last it also remembers in files of its own: a store that was cut, or restored from a backup together
with its checkpoints, is noticed by them.
"""

from __future__ import annotations

import hashlib
import os
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from execution.audit.merkle import Tree, leaf
from execution.audit.note import Checkpoint, public_bytes, read, sign
from execution.audit.rows import stored_rows
from execution.audit.seals import Outside, seals_of
from execution.audit.verify import verify_chain
from execution.errors import Conflict, NotFound
from execution.store import Store
from execution.store.tables import chain_head
from execution.store.tables import checkpoint as checkpoints
from execution.vault.keys import read_or_make


class Signer:
    """Holds the Ed25519 key, made at the first use in a file that only its owner can read, and the last notes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def _key(self) -> Ed25519PrivateKey:
        before = self._folder.parent / "signer.key"  # Where the key stood before it had a folder of its own.
        if before.exists() and not (self._folder / "key").exists():
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            before.rename(self._folder / "key")
        return Ed25519PrivateKey.from_private_bytes(read_or_make(self._folder / "key"))

    def public(self) -> bytes:
        """The public key, 32 bytes."""
        return public_bytes(self._key())

    def _memory(self, chain_id: str) -> Path:
        # A chain's name comes from outside; a file is named by its hash.
        return self._folder / f"last-{hashlib.sha256(chain_id.encode()).hexdigest()[:32]}.note"

    def last_signed(self, chain_id: str) -> Checkpoint | None:
        """What this signer signed last of a chain, by its own memory."""
        file = self._memory(chain_id)
        return read(file.read_text(), self.public()) if file.exists() else None

    def forget(self, chain_id: str) -> Checkpoint | None:
        """Let go of the memory of a chain, after a restore that two people stand for; answers what it was."""
        last = self.last_signed(chain_id)
        self._memory(chain_id).unlink(missing_ok=True)
        return last

    def sign(self, store: Store, chain_id: str, at: datetime) -> Checkpoint:
        """Seal the chain as it stands. Conflict when it does not extend what was signed before.

        The chain is read in one look, without its lock: what is appended meanwhile belongs to the next checkpoint.
        """
        key, remembered = self._key(), self.last_signed(chain_id)
        with store.read() as connection:
            head = connection.execute(sa.select(chain_head).where(chain_head.c.chain_id == chain_id)).one_or_none()
            if head is None and remembered is None:
                raise NotFound(f"the firm {chain_id!r} has no audit events yet")
            seals = seals_of(connection, chain_id, public_bytes(key))
            report = verify_chain(
                connection, chain_id, seals=seals, outside=Outside(remembered) if remembered else None, semantic=False
            )
            if not report.ok or head is None:
                raise Conflict(
                    f"the chain {chain_id} is broken at event {report.first_bad_seq} ({report.problem}); "
                    "nothing was signed. See docs/runbooks/the_audit_log_is_broken.md"
                )
            last = seals[-1] if seals else None
            if last is not None and last.claim is not None and last.size == head.seq:
                self._remember(chain_id, last.note)
                return last.claim  # Nothing was added since.
            sealed = max((seal.size for seal in seals if seal.leaves), default=0)
            leaves = b"".join(leaf(row[4] or b"") for row in stored_rows(connection, chain_id, after=sealed))
        made = Checkpoint(chain_id, head.seq, Tree(bytes(head.frontier), head.seq).root(), bytes(head.hash), at)
        if len(leaves) != 32 * (made.size - sealed):
            raise Conflict(f"the chain {chain_id} changed while it was read; nothing was signed")
        note = sign(made, key)
        c = checkpoints.c
        with store.begin("checkpoint") as connection:
            # Two signers at once would seal the same events twice; the second one sees the first here.
            connection.execute(sa.select(chain_head.c.seq).where(chain_head.c.chain_id == chain_id).with_for_update())
            newest = connection.execute(sa.select(sa.func.max(c.size)).where(c.chain_id == chain_id)).scalar()
            if newest != (last.size if last else None):
                raise Conflict(f"another signer sealed the chain {chain_id} this moment; nothing was signed")
            values = {"chain_id": chain_id, "size": made.size, "note": note, "signed_at": at, "leaves": leaves}
            connection.execute(sa.insert(checkpoints).values(**values))
        self._remember(chain_id, note)
        return made

    def _remember(self, chain_id: str, note: str) -> None:
        file = self._memory(chain_id)
        draft = file.with_suffix(f".{os.getpid()}.tmp")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as handle:
            handle.write(note)
            handle.flush()
            os.fsync(handle.fileno())
        draft.replace(file)

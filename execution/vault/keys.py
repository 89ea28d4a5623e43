"""Key-encryption keys, by id. The newest seals; older ones open until no row names them."""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
from collections.abc import Mapping
from pathlib import Path

from execution.errors import Invalid

KEY_BYTES = 32


def key_id(key: bytes) -> str:
    """A key's id: it tells nothing of the key."""
    return hashlib.sha256(b"rowcol.kek.v1\x00" + key).hexdigest()[:16]


def read_or_make(path: Path) -> bytes:
    """A secret file of 32 random bytes, made at the first start. Invalid when it is short or others can read it."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        # Written beside and linked into place: two first starts agree on one key, none sees half of it.
        draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        if not path.exists():
            handle = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(secrets.token_bytes(KEY_BYTES))
                file.flush()
                os.fsync(file.fileno())
            try:
                os.link(draft, path)
            except FileExistsError:
                pass
            finally:
                draft.unlink()
    except OSError as error:
        raise Invalid(f"the key file {path} cannot be made: {error}") from error
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise Invalid(f"the key file {path} can be read by others; run chmod 600 on it")
    key = path.read_bytes()
    if len(key) != KEY_BYTES or len(set(key)) < 8:
        raise Invalid(f"the key file {path} does not hold {KEY_BYTES} random bytes; restore it from its backup")
    return key


class KeyRing:
    """The keys that open and seal; never shown."""

    def __init__(self, newest: bytes, older: tuple[bytes, ...] = ()) -> None:
        self._keys: Mapping[str, bytes] = {key_id(key): key for key in (*older, newest)}
        self.newest_id = key_id(newest)

    def __repr__(self) -> str:
        return f"KeyRing(newest={self.newest_id}, keys={len(self._keys)})"

    def key(self, kek_id: str) -> bytes:
        """A key by id. Invalid when the ring lacks it: an old backup needs its old key."""
        if kek_id not in self._keys:
            raise Invalid(f"the key {kek_id} that sealed this connection is not here; bring back that key file")
        return self._keys[kek_id]

    @classmethod
    def from_file(cls, path: Path) -> KeyRing:
        """The ring of a key file; `<file>.old*` beside it hold earlier keys."""
        older = tuple(read_or_make(old) for old in sorted(path.parent.glob(f"{path.name}.old*")))
        return cls(read_or_make(path), older)

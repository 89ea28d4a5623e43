"""Key-encryption keys, by id. The newest seals; older ones open until no row names them.

A ring is read from its source again when a row names a key that it does not know, and when the source says that it
changed: a process that runs on while keys are rotated neither fails nor goes on sealing under the old key.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
from pathlib import Path
from typing import Protocol

from execution.errors import Invalid

KEY_BYTES = 32


def key_id(key: bytes) -> str:
    """A key's id: it tells nothing of the key."""
    return hashlib.sha256(b"rowcol.kek.v1\x00" + key).hexdigest()[:16]


def strong(key: bytes, where: str) -> bytes:
    """The key. Invalid when it is short or nothing that was drawn at random."""
    if len(key) != KEY_BYTES or len(set(key)) < 8:
        raise Invalid(f"{where} does not hold {KEY_BYTES} random bytes; restore it from its backup")
    return key


def write_new(path: Path, body: bytes) -> bool:
    """A file that only its owner reads, whole or not at all; False when it was there already."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Written beside and linked into place: two first starts agree on one key, none sees half of it.
    draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    return True


def read_or_make(path: Path) -> bytes:
    """A secret file of 32 random bytes, made at the first start. Invalid when it is short or others can read it."""
    try:
        if not path.exists():
            write_new(path, secrets.token_bytes(KEY_BYTES))
    except OSError as error:
        raise Invalid(f"the key file {path} cannot be made: {error}") from error
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise Invalid(f"the key file {path} can be read by others; run chmod 600 on it")
    return strong(path.read_bytes(), f"the key file {path}")


class KeySource(Protocol):
    """Where keys are kept: a file by default, AWS Secrets Manager by configuration."""

    def all(self) -> list[bytes]:
        """Every key, the newest first. Raises Invalid when one is missing or weak."""

    def add(self, key: bytes) -> None:
        """A key becomes the newest; those before it stay. Killed half-way, the old newest is still there."""

    def version(self) -> str:
        """Changes whenever the keys do; cheap to ask."""


class KeyFile:
    """`kek` is the newest key; `kek.old-<id>` beside it hold those before."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def all(self) -> list[bytes]:
        """The newest, made at the first start, then the older ones."""
        older = sorted(self._path.parent.glob(f"{self._path.name}.old*"))
        return [read_or_make(self._path), *(read_or_make(old) for old in older)]

    def add(self, key: bytes) -> None:
        """Keeps the present key under its id, then puts the new one in its place."""
        now = read_or_make(self._path)
        write_new(self._path.with_name(f"{self._path.name}.old-{key_id(now)}"), now)
        fresh = self._path.with_name(f"{self._path.name}.next")
        fresh.unlink(missing_ok=True)
        write_new(fresh, strong(key, "a new key"))
        os.replace(fresh, self._path)

    def version(self) -> str:
        """The file's identity."""
        told = self._path.stat()
        return f"{told.st_ino}-{told.st_mtime_ns}"


class KeyRing:
    """The keys that open and seal; never shown."""

    def __init__(self, source: KeySource) -> None:
        self._source = source
        self._read()

    def __repr__(self) -> str:
        return f"KeyRing(newest={self.newest_id}, keys={len(self._keys)})"

    def _read(self) -> None:
        keys = self._source.all()
        self._version = self._source.version()
        self._keys = {key_id(key): key for key in keys}
        self.newest_id = key_id(keys[0])

    def newest(self) -> tuple[str, bytes]:
        """The key that seals now, and its id."""
        if self._source.version() != self._version:
            self._read()
        return self.newest_id, self._keys[self.newest_id]

    def key(self, kek_id: str) -> bytes:
        """A key by id. Invalid when its source lacks it: an old backup needs its old key."""
        if kek_id not in self._keys:
            self._read()
        if kek_id not in self._keys:
            raise Invalid(f"the key {kek_id} that sealed this connection is not here; bring back that key file")
        return self._keys[kek_id]

    def add_newest(self) -> str:
        """Draws a key that seals from now on; its id."""
        self._source.add(secrets.token_bytes(KEY_BYTES))
        self._read()
        return self.newest_id

    @classmethod
    def from_file(cls, path: Path) -> KeyRing:
        """The ring of a key file."""
        return cls(KeyFile(path))

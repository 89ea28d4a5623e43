"""Which executors of this machine live: each holds a lock on a file of its own, which the kernel frees at its death."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

SUFFIX = ".alive"


class Presence:
    """This process among the executors of its machine, from now until `leave` (or its death)."""

    def __init__(self, folder: Path, owner: str) -> None:
        self.owner, self._folder = owner, folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._handle = os.open(self._file(owner), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._handle, fcntl.LOCK_EX)

    def leave(self) -> None:
        """A clean end. Without it the file stays, and tells whoever comes next that this one was cut off."""
        self._file(self.owner).unlink(missing_ok=True)
        os.close(self._handle)

    def is_dead(self, owner: str) -> bool:
        """Whether that executor ran on this machine and was cut off. An owner that is not known here may live."""
        if owner == self.owner:
            return False
        try:
            handle = os.open(self._file(owner), os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        finally:
            os.close(handle)
        return True

    def cut_off(self) -> list[str]:
        """Executors of this machine that ended without a word, by name."""
        names = sorted(file.name.removesuffix(SUFFIX) for file in self._folder.glob(f"*{SUFFIX}"))
        return [name for name in names if self.is_dead(name)]

    def bury(self, owner: str) -> None:
        """What followed from its end is written down."""
        self._file(owner).unlink(missing_ok=True)

    def _file(self, owner: str) -> Path:
        return self._folder / f"{owner.replace(os.sep, '_')}{SUFFIX}"

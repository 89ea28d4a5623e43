"""Ids that look like each rail's own, derived from the client's key: the same world always has the same ids."""

from __future__ import annotations

import uuid
from hashlib import blake2b

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
# Two letters at a time: ids are what a world has most of.
_PAIRS = [first + second for first in _BASE62 for second in _BASE62]
_PAIR_COUNT = len(_PAIRS)


class Ids:
    """Fresh ids of one client."""

    def __init__(self, scope: str) -> None:
        self._key = scope.encode()[:64]
        self._count = 0
        self._qbo = 400

    def _digest(self, name: str, size: int) -> bytes:
        if not name:
            self._count += 1
            name = str(self._count)
        return blake2b(name.encode(), digest_size=size, key=self._key).digest()

    def text(self, length: int, name: str = "") -> str:
        """Letters and digits; of a name when one is given, else the next."""
        number = int.from_bytes(self._digest(name, 48), "big")
        pairs = []
        for _ in range((length + 1) // 2):
            number, rest = divmod(number, _PAIR_COUNT)
            pairs.append(_PAIRS[rest])
        return "".join(pairs)[:length]

    def uuid(self, name: str = "") -> str:
        """A version 4 looking uuid, as Ramp gives them."""
        return str(uuid.UUID(bytes=self._digest(name, 16), version=4))

    def digits(self, length: int, name: str = "") -> str:
        """Digits, as realms and traces are."""
        number = int.from_bytes(self._digest(name, 24), "big")
        return str(number % 9 * 10 ** (length - 1) + 10 ** (length - 1) + number % 10 ** (length - 1))[:length]

    def plaid(self) -> str:
        """A transaction or account id of Plaid."""
        return self.text(37)

    def stripe(self, prefix: str) -> str:
        """`ch_...` and the like."""
        return f"{prefix}_{self.text(24)}"

    def qbo(self) -> str:
        """The next entity id of the QBO company."""
        self._qbo += 1
        return str(self._qbo)

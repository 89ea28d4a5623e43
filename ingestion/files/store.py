"""The kept files: what raw_files follows from. A warehouse can be thrown away; these bytes cannot be asked for again.

<data>/files/<client id>/<file id>/contents     the bytes as given
                                   about.json   whose, which account, which mapping, when
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from ingestion.files.mapping import Mapping
from ingestion.files.statement import FileRefused


@dataclass(frozen=True, slots=True)
class Kept:
    """One kept file.

    Attributes:
        file_id: the same for the same bytes of one client's account.
        account: what the person calls the account or ledger.
        number: its number, where the file has several accounts or none.
        opening, closing: balances that the person gave because the file has none; texts of exact amounts.
    """

    file_id: str
    client_id: str
    kind: str
    account: str
    file_name: str
    loaded_at: datetime
    currency_code: str | None = None
    account_type: str | None = None
    number: str | None = None
    opening: str | None = None
    closing: str | None = None
    mapping: Mapping | None = None

    @property
    def given(self) -> tuple[Decimal | None, Decimal | None]:
        """Opening and closing balance as the person gave them."""
        return tuple(Decimal(text) if text else None for text in (self.opening, self.closing))  # type: ignore[return-value]


def file_id_of(client_id: str, kind: str, account: str, data: bytes) -> str:
    """Sixteen hexadecimal digits; the mapping is left out, so that a corrected one replaces its elder."""
    digest = hashlib.sha256("\u0000".join((client_id, kind, account.casefold())).encode())
    digest.update(hashlib.sha256(data).digest())
    return digest.hexdigest()[:16]


class FileStore:
    """Files below one folder, readable by their owner alone."""

    def __init__(self, data: Path) -> None:
        """`data` is the folder of all bytes at rest."""
        self._root = data / "files"

    def all(self) -> list[Kept]:
        """Every kept file, in an order that does not hang on when it came."""
        found = [self._about(path) for path in self._root.glob("*/*/about.json")]
        return sorted(found, key=lambda kept: (kept.client_id, kept.kind, kept.account.casefold(), kept.file_id))

    def of(self, client_id: str, kind: str | None = None, account: str | None = None) -> Iterator[Kept]:
        """The kept files of a client, of one kind and one account where given."""
        called = account.casefold() if account is not None else None
        for kept in self.all():
            if kept.client_id == client_id and kind in (None, kept.kind) and called in (None, kept.account.casefold()):
                yield kept

    def contents(self, kept: Kept) -> bytes:
        """The bytes as given."""
        return (self._place(kept) / "contents").read_bytes()

    def keep(self, kept: Kept, data: bytes) -> None:
        """Keep a file whole or not at all; the same file again takes the newer mapping."""
        place = self._place(kept)
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = place.with_name(f".{place.name}.{os.getpid()}")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        about = {**asdict(kept), "loaded_at": kept.loaded_at.isoformat()}
        for name, content in (("contents", data), ("about.json", json.dumps(about, indent=1, sort_keys=True).encode())):
            with open(os.open(fresh / name, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600), "wb") as file:
                file.write(content)
        shutil.rmtree(place, ignore_errors=True)
        fresh.rename(place)

    def forget(self, kept: Kept) -> None:
        """Remove a kept file."""
        shutil.rmtree(self._place(kept))

    def find(self, client_id: str, named: str) -> Kept:
        """A kept file by its id, the beginning of it, or its name.

        Raises:
            FileRefused: none or several are called so.
        """
        found = [kept for kept in self.of(client_id) if kept.file_id.startswith(named) or kept.file_name == named]
        if len(found) == 1:
            return found[0]
        if not found:
            raise FileRefused(f"no file {named} of client {client_id} is kept; see `rowcol files list {client_id}`")
        ids = ", ".join(f"{kept.file_id} ({kept.account})" for kept in found)
        raise FileRefused(f"{len(found)} files of client {client_id} are called {named}: {ids}; give the id")

    def _place(self, kept: Kept) -> Path:
        if not kept.client_id or any(mark in kept.client_id for mark in "/\\\u0000") or kept.client_id.startswith("."):
            raise FileRefused(f"{kept.client_id!r} cannot be a client's id here")
        return self._root / kept.client_id / kept.file_id

    def _about(self, path: Path) -> Kept:
        about: dict[str, Any] = json.loads(path.read_text())
        mapping = about.pop("mapping", None)
        loaded_at = datetime.fromisoformat(about.pop("loaded_at"))
        made = Mapping.from_dict(mapping, str(path)) if mapping else None
        return Kept(**about, loaded_at=loaded_at, mapping=made)

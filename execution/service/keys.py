"""Rotating the vault's keys: every row's own key is wrapped anew, no token is touched, and no process has to stop."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from execution.audit import SYSTEM_CHAIN, Actor, append
from execution.clock import Clock
from execution.failpoints import reach
from execution.service.declared import Inside, open_to
from execution.settings import Settings
from execution.store import Store
from execution.store.tables import connection as connections
from execution.vault import KeyRing, Sealed, Where
from execution.vault.seal import rewrap
from execution.vault.sources import payee_key


@dataclass(frozen=True, slots=True)
class KeyInUse:
    """A key by its id, and how many tokens are wrapped under it, the generations before included."""

    kek_id: str
    tokens: int
    is_newest: bool


@dataclass(frozen=True, slots=True)
class Rotation:
    """What a rotation did. `was_resumed`: an earlier one had stopped half-way, and no new key was drawn."""

    kek_id: str
    tokens: int
    was_resumed: bool


class Keys:
    """The operator's: nobody who is signed in comes near a key."""

    def __init__(self, store: Store, clock: Clock, ring: KeyRing, settings: Settings) -> None:
        self._store, self._clock, self._ring, self._settings = store, clock, ring, settings

    @open_to(Inside.OPERATOR)
    def in_use(self) -> list[KeyInUse]:
        """The keys that tokens are wrapped under, and the newest; oldest use first."""
        newest, _ = self._ring.newest()
        used = self._used()
        return [KeyInUse(kek_id, used[kek_id], kek_id == newest) for kek_id in sorted({*used, newest})]

    @open_to(Inside.OPERATOR)
    def rotate(self, account: str) -> Rotation:
        """Draws a new key, or goes on where the last rotation stopped, and wraps every row's key under it.

        Old keys stay where they are: backups of the store need them. Raises Invalid when a row does not open.
        """
        payee_key(self._settings)  # From here on it no longer follows the newest key.
        newest, _ = self._ring.newest()
        was_stopped = any(kek_id != newest for kek_id in self._used())
        if not was_stopped:
            newest = self._ring.add_newest()
        actor = Actor.operator(account)
        with self._store.begin() as cx:
            append(cx, advisor_id=SYSTEM_CHAIN, at=self._clock.now(), actor=actor, action="keys.rotation_began",
                   subject_kind="key", subject_id=newest, inputs={"was_resumed": was_stopped})  # fmt: skip
        reach("rotation-begun")
        done = 0
        for advisor_id in self._firms():
            done += self._rewrap_firm(advisor_id, newest, actor)
            reach("rotation-between")
        return Rotation(newest, done, was_stopped)

    def _used(self) -> Counter[str]:
        c = connections.c
        with self._store.read() as cx:
            rows = cx.execute(sa.select(c.kek_id, c.previous_kek_id)).all()
        return Counter(kek_id for row in rows for kek_id in row if kek_id is not None)

    def _firms(self) -> list[str]:
        with self._store.read() as cx:
            query = sa.select(connections.c.advisor_id).distinct().order_by(connections.c.advisor_id)
            return list(cx.execute(query).scalars())

    def _rewrap_firm(self, advisor_id: str, newest: str, actor: Actor) -> int:
        """One firm in one transaction, with its event; how many tokens."""
        c, done = connections.c, 0
        with self._store.begin() as cx:
            query = sa.select(connections).where(
                c.advisor_id == advisor_id, sa.or_(c.kek_id != newest, c.previous_kek_id != newest)
            )
            for row in cx.execute(query.order_by(c.client_id, c.rail, c.kind).with_for_update()).all():
                values = self._rewrapped(row)
                key = (c.advisor_id == advisor_id, c.client_id == row.client_id, c.rail == row.rail, c.kind == row.kind)
                cx.execute(sa.update(connections).where(*key).values(values))
                done += sum(name.endswith("kek_id") for name in values)
            if done:
                append(cx, advisor_id=advisor_id, at=self._clock.now(), actor=actor, action="keys.rotated",
                       subject_kind="key", subject_id=newest, inputs={"tokens": done})  # fmt: skip
        return done

    def _rewrapped(self, row: sa.Row[Any]) -> dict[str, Any]:
        where = Where(row.advisor_id, row.client_id, row.rail, row.kind)
        now = rewrap(self._ring, where, Sealed(row.token_ct, row.dek_wrapped, row.kek_id))
        values: dict[str, Any] = {"token_ct": now.ciphertext, "dek_wrapped": now.dek_wrapped, "kek_id": now.kek_id}
        if row.previous_ct is not None:
            before = rewrap(self._ring, where, Sealed(row.previous_ct, row.previous_dek, row.previous_kek_id))
            values |= {
                "previous_ct": before.ciphertext, "previous_dek": before.dek_wrapped, "previous_kek_id": before.kek_id,
            }  # fmt: skip
        return values

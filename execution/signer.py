"""The signer process: `python -m execution.signer [--once] [--every SECONDS]`, alone with the key of the audit log.

It seals each chain at its start, every hour and whenever an export asks, and lays each note out of the house:
`ROWCOL_NOTES_FOLDER` names a folder that others keep (a mail queue, an object-locked bucket's mount). It reads the
log and adds checkpoints; it never writes an event or a payout. Run it under an account of its own: the folder with its
key is readable by nobody else.

After a restore that people stand for: `python -m execution.signer accept FIRM --reason "…"` lets go of what the signer
remembers of the chain; the acceptance is an event itself.
"""

from __future__ import annotations

import argparse
import getpass
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Iterable
from pathlib import Path

import sqlalchemy as sa

from execution.audit import Actor, append
from execution.audit.outside import lay
from execution.audit.sealing import ALIVE, WANTED
from execution.audit.seals import seals_of
from execution.audit.signer import Signer
from execution.clock import Clock, clock_for
from execution.errors import Conflict, RowcolError
from execution.settings import Settings
from execution.store import Store, insert_if_absent
from execution.store.migrate import migrate
from execution.store.tables import chain_head, checkpoint, executor_state

log = logging.getLogger("execution.signer")
SEAL_EVERY_SECONDS = 3600.0
ALIVE_EVERY_SECONDS = 5.0


class SigningRound:
    """What the signer does again and again."""

    def __init__(self, settings: Settings, store: Store, clock: Clock) -> None:
        self._settings, self._store, self._clock = settings, store, clock
        self.signer = Signer(settings.signer_folder)
        self._sealed_at: dict[str, float] = {}
        self._noted_at: float | None = None
        publish_key(settings.signer_public_path, self.signer.public())

    def round(self) -> int:
        """Seal what is due or wanted; answers how many chains could not be sealed."""
        failed = 0
        self._say_alive()
        for chain_id in self._due():
            try:
                self.signer.sign(self._store, chain_id, self._clock.now())
            except RowcolError as error:
                failed += 1
                log.error("chain %s was not sealed: %s", chain_id, error)
            else:
                self._lay_outside(chain_id)
            self._sealed_at[chain_id] = time.monotonic()
        return failed

    def attempt(self) -> int:
        """A round; one that a store or a clock broke off, because it does not answer, is a failure and tried again."""
        try:
            return self.round()
        except RowcolError as error:
            log.error("%s", error)
        except sa.exc.OperationalError as error:
            log.error("The control store does not answer: %s", str(error.orig).strip())
        return 1

    def _say_alive(self) -> None:
        if self._noted_at is not None and time.monotonic() - self._noted_at < ALIVE_EVERY_SECONDS:
            return
        e = executor_state
        with self._store.begin("checkpoint") as cx:
            now = self._store.instant(cx)
            if not insert_if_absent(cx, e, key=ALIVE, value=str(os.getpid()), updated_at=now):
                cx.execute(sa.update(e).where(e.c.key == ALIVE).values(value=str(os.getpid()), updated_at=now))
        self._noted_at = time.monotonic()

    def leave(self) -> None:
        """A clean end: whoever asks from now on knows that nobody listens."""
        with self._store.begin("checkpoint") as cx:
            cx.execute(sa.delete(executor_state).where(executor_state.c.key == ALIVE))

    def _due(self) -> Iterable[str]:
        """Chains that were not sealed for an hour, and those of which somebody wants more sealed than is."""
        e, c = executor_state.c, checkpoint.c
        with self._store.read() as cx:
            heads: list[str] = list(cx.execute(sa.select(chain_head.c.chain_id)).scalars())
            asked = cx.execute(sa.select(e.key, e.value).where(e.key.startswith(WANTED, autoescape=True))).all()
            newest = sa.select(c.chain_id, sa.func.max(c.size)).group_by(c.chain_id)
            sealed = {str(row[0]): int(row[1]) for row in cx.execute(newest)}
        wanted = {str(row[0]).removeprefix(WANTED): int(row[1]) for row in asked}
        now = time.monotonic()
        for chain_id in sorted(heads):
            is_old = chain_id not in self._sealed_at or now - self._sealed_at[chain_id] >= SEAL_EVERY_SECONDS
            if is_old or wanted.get(chain_id, 0) > sealed.get(chain_id, 0):
                yield chain_id

    def _lay_outside(self, chain_id: str) -> None:
        """Lay the notes where others keep them. A full or missing folder is said, and stops no payment."""
        folder = self._settings.notes_folder
        if folder is None:
            return
        with self._store.read() as cx:
            seals = seals_of(cx, chain_id, self.signer.public())
        try:
            lay(folder, chain_id, seals)
        except OSError as error:
            log.error("the notes of chain %s did not leave the house: %s", chain_id, error)


def publish_key(path: Path, public: bytes) -> None:
    """Write the public key where everybody may read it. Conflict when another one stands there."""
    said = public.hex() + "\n"
    if path.exists():
        if path.read_text() != said:
            raise Conflict(
                f"{path} holds another public key than this signer's; if its key was lost, keep the old file and "
                "move it away, and tell the auditors from which checkpoint on the new one holds"
            )
        return
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_suffix(f".{os.getpid()}.tmp")
    draft.write_text(said)
    draft.chmod(0o644)
    draft.replace(path)


def accept(settings: Settings, store: Store, clock: Clock, chain_id: str, reason: str) -> None:
    """Let the signer go on from a restored chain; what it had signed before stands in the event."""
    if not reason.strip():
        raise Conflict("write with --reason why the chain may go on from an older state")
    last = Signer(settings.signer_folder).forget(chain_id)
    with store.begin() as cx:
        append(
            cx, advisor_id=chain_id, at=clock.now(), actor=Actor.operator(getpass.getuser()),
            action="audit.restore_accepted", subject_kind="chain", subject_id=chain_id,
            inputs={"reason": reason.strip(), "signed_size_before": last.size if last else None,
                    "signed_root_before": last.root.hex() if last else None},
        )  # fmt: skip


def main(arguments: list[str] | None = None) -> int:
    """Seal once, or again and again until told to stop; answers the exit code."""
    parser = argparse.ArgumentParser(prog="python -m execution.signer", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("command", nargs="?", choices=["accept"], help="go on from a restored chain")
    parser.add_argument("chain", nargs="?", help="whose chain, with accept")
    parser.add_argument("--reason", default="", help="why, with accept")
    parser.add_argument("--once", action="store_true", help="one round, then end; 1 when a chain could not be sealed")
    parser.add_argument("--every", type=float, default=0.5, metavar="SECONDS", help="pause between rounds")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s", stream=sys.stderr)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    settings = Settings.from_env()
    migrate(settings.control_url)
    store, clock = Store(settings.control_url), clock_for(settings.clock_url)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        if options.command == "accept":
            accept(settings, store, clock, options.chain or "", options.reason)
            return 0
        rounds = SigningRound(settings, store, clock)
        while True:
            failed = rounds.attempt()
            if options.once or stop.wait(options.every):
                rounds.leave()
                return 1 if failed and options.once else 0
    except RowcolError as error:
        log.error("%s", error)
        return 1


if __name__ == "__main__":
    sys.exit(main())

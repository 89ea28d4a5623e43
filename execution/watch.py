"""Before a pass: was the store restored, or an executor cut off? Then hold still, look through Ramp, and go on."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa

from execution.context import Context
from execution.domain.rail_drift import Adoption, compare, references
from execution.domain.resolving import QUIET_WINDOW, found_after_restore
from execution.facts.snapshot import NoSnapshot
from execution.mark import RESTORED, Head, Mark, head_of, heads
from execution.payouts import halts, holds, sending
from execution.payouts.rows import EXECUTOR, Row, lock_payout
from execution.presence import Presence
from execution.senders.base import RailUnreachable
from execution.store import tables as t
from execution.store.apart import apart

log = logging.getLogger("execution.watch")
ASK_AGAIN = timedelta(minutes=1)
LOOK_AGAIN = timedelta(hours=1)  # While a person is waited for: what they archive in Ramp is seen then.
CLEAN = "Ramp was looked through from end to end, and everything under our references is known here"


class Watch:
    """The guard of one executor process over its store. Without it (a test of one step) nothing is ever halted."""

    def __init__(self, context: Context, mark: Mark, presence: Presence) -> None:
        self._c, self._mark, self._presence = context, mark, presence
        self._heads: dict[str, Head] = {}

    def look(self) -> set[tuple[str, str]]:
        """(firm, client) that nothing may be sent for now."""
        self._doubt_the_store()
        self._take_over_from_the_dead()
        with self._c.store.read() as cx:
            halted = halts.open_halts(cx)
        return {(row["advisor_id"], row["client_id"]) for row in halted if not self._scan(row)}

    def keep_marks(self) -> None:
        """Remember how far each firm's chain goes, where it went on."""
        for head in self._all_heads():
            if self._heads.get(head.chain_id) != head:
                self.keep(head)

    def keep(self, head: Head) -> None:
        """Remember one head. Called before the wire, so that no restore goes unseen that forgets a send."""
        self._mark.keep(head)
        self._heads[head.chain_id] = head

    def _all_heads(self) -> list[Head]:
        with self._c.store.read() as cx:
            return heads(cx)

    def _doubt_the_store(self) -> None:
        c = self._c
        for head in self._all_heads():
            if self._heads.get(head.chain_id) == head:
                continue
            with c.store.read() as cx:
                why = self._mark.doubts(cx, head.chain_id)
            if why:
                self._halt(head.chain_id, why, only_under_way=False)
                with c.store.read() as cx:
                    head = head_of(cx, head.chain_id)
                # The halt is committed, so from here on this is the past that counts.
                self._mark.keep(head, anew=True)
            self.keep(head)

    def _take_over_from_the_dead(self) -> None:
        for owner in self._presence.cut_off():
            for head in self._all_heads():
                self._halt(head.chain_id, f"Executor {owner} was cut off", only_under_way=True)
            with self._c.store.begin("halt") as cx:
                self._c.leases.free(cx, owner)
            # Only now: until its leases are gone, the file is what tells that their holder is dead.
            self._presence.bury(owner)

    def _halt(self, advisor_id: str, cause: str, *, only_under_way: bool) -> None:
        with self._c.store.begin("halt") as cx:
            clients = halts.halt(cx, advisor_id, cause, self._c.clock.now(), only_under_way=only_under_way)
        if clients:
            log.warning("halted for %s of firm %s: %s", ", ".join(clients), advisor_id, cause)

    def _scan(self, halt: Row) -> bool:
        """Look through all of Ramp for a halted client; whether it may go on."""
        c, key = self._c, f"halt:{halt['halt_id']}"
        now = c.clock.now()
        if now < c.next_look.get(key, now):
            return False
        c.next_look[key] = now + ASK_AGAIN
        whose = {"advisor_id": halt["advisor_id"], "client_id": halt["client_id"]}
        try:
            rails = c.rails_for(whose)
            before, _ = self._payouts(halt)
            records = rails.sender.everything()
            payouts, edited = self._payouts(halt)
            moved = {key for key, row in payouts.items() if before.get(key, {}).get("version") != row["version"]}
            ours = self._references(halt, [*payouts.values(), *edited])
            adoptions, drift = compare(records, payouts, ours, moved=moved)
            for adoption in adoptions:
                self._adopt(payouts[adoption.payout_id], adoption)
        except RailUnreachable as error:
            log.warning("client %s stays halted: %s", halt["client_id"], error)
            return False
        with c.store.begin("full-scan") as cx:
            locked = halts.lock_halt(cx, halt)
            if locked is None or locked["halt_id"] != halt["halt_id"]:
                return False  # Somebody was quicker; the next pass sees how it stands.
            halts.keep_drift(cx, halt, drift, now)
            waiting = halts.open_drift(cx, halt)
            drafts = sum(record.kind == "draft" for record in records)
            halts.scanned(cx, halt, now, bills=len(records) - drafts, drafts=drafts, waiting=len(waiting))
            # A request that a restored store forgot may be on its way; it has landed once it was quiet for long.
            is_quiet = RESTORED not in halt["cause"] or now - halt["began_at"] >= QUIET_WINDOW
            if is_quiet and not waiting:
                halts.resume(cx, halt, EXECUTOR, now, CLEAN)
        c.next_look[key] = now + LOOK_AGAIN if waiting else max(now + ASK_AGAIN, halt["began_at"] + QUIET_WINDOW)
        for line in waiting:
            log.warning("client %s stays halted: %s", halt["client_id"], line["sentence"])
        return is_quiet and not waiting

    def _payouts(self, halt: Row) -> tuple[dict[str, Row], list[Row]]:
        """The client's payouts by id, and those whose row cannot be read: what Ramp holds of them waits for people."""
        p = t.payout
        query = sa.select(p).where(p.c.advisor_id == halt["advisor_id"], p.c.client_id == halt["client_id"])
        with self._c.store.read() as cx:
            rows, edited = apart(cx, query)
        return {row["payout_id"]: row for row in rows}, edited

    def _references(self, halt: Row, payouts: Sequence[Row]) -> dict[str, str]:
        """The bill of every reference that could be ours."""
        advisor_id, client_id = halt["advisor_id"], halt["client_id"]
        bills = {row["source_bill_id"] for row in payouts}
        try:
            with self._c.open_snapshot(advisor_id) as snapshot:
                bills |= {bill["source_bill_id"] for bill in snapshot.open_bills(client_id)}
        except NoSnapshot:
            log.info("firm %s has no figures: references are told from payouts alone", advisor_id)
        return references(advisor_id, client_id, bills)

    def _adopt(self, row: Row, adoption: Adoption) -> None:
        """A payout that is not known as sent is at Ramp: it is ours, its cash is covered, nothing is sent."""
        c = self._c
        balance = c.rails_for(row).balance(row["account_id_plaid"], c.clock.now())
        with c.store.begin("adopt") as cx:
            locked = lock_payout(cx, row["advisor_id"], row["payout_id"])
            if locked["version"] != row["version"]:
                return
            now = c.clock.now()
            if holds.live_hold(cx, locked) is None:
                holds.cover(cx, locked, balance, now)
            sending.write(cx, locked, found_after_restore(locked, adoption.records, now), now)

"""What an operator dreads: a store put back from a backup, a clock that is wrong, processes that start anew."""

from __future__ import annotations

import shutil
import sys
from datetime import timedelta

import sqlalchemy as sa
from hypothesis import strategies as st
from hypothesis.stateful import rule

from execution.people.principal import AtMachine
from execution.service.executor import ExecutorDesk
from execution.store import tables as t
from tests.execution.stateful.machine import during
from tests.execution.stateful.rails import Rounds

workers = st.integers(0, 1)


class Disasters(Rounds):
    """Backups, clocks, starts; and the calm after all of it."""

    has_copy = False

    @rule(data=st.data())
    def time_passes(self, data: st.DataObject) -> None:
        self.books.let_pass(timedelta(minutes=data.draw(st.sampled_from(self.deal.hops), label="minutes")))

    @during("clock jumps")
    @rule(data=st.data(), mended=st.booleans())
    def clock_goes_wrong(self, data: st.DataObject, mended: bool) -> None:
        """This machine's clock jumps, Ramp's does not; or somebody sets it right."""
        seconds = 0 if mended else data.draw(st.sampled_from(self.deal.jumps), label="seconds")
        self.set_clock(seconds)

    def set_clock(self, seconds: int) -> None:
        """So far beside the true time."""
        self.world.clock.at = self.books.true_at + timedelta(seconds=seconds)
        self.books.skew = seconds

    @rule(who=workers, is_cut_off=st.booleans())
    def starts_anew(self, who: int, is_cut_off: bool) -> None:
        """A stop and a start between two rounds: what the process remembered is gone."""
        worker = self.workers[who]
        worker.is_killed() if is_cut_off and "kills" in self.deal.kinds else worker.leaves()
        self.workers[who] = self.new_worker()

    @during("restores")
    @rule()
    def back_up(self) -> None:
        """A copy of the store as it is now."""
        self.stores.copy()
        self.has_copy = True

    @during("restores")
    @rule(resumes=st.booleans())
    def restore(self, resumes: bool) -> None:
        """The store is put back while nothing is on its way; the machine's own marks are not."""
        if not self.has_copy or self.books.on_the_way:
            return
        for worker in self.workers:
            worker.leaves()
        intents = self.oracle.look().intents
        self.stores.put_back()
        self.oracle.restored(intents)
        self.workers = [self.new_worker(), self.new_worker()]
        self.a_round(0, 1)
        if resumes:
            self.operator_resumes()

    def operator_resumes(self) -> None:
        """Somebody looked at what Ramp holds and the store does not know."""
        desk = ExecutorDesk(self.world.store, self.world.clock)
        self.attempt(lambda: desk.resume(AtMachine("ops", "firm"), "acme", "compared with Ramp"))

    def teardown(self) -> None:
        """The calm after it, unless something was found already; then nothing stays behind."""
        is_whole = sys.exc_info()[0] is None and bool(self.workers)
        try:
            if is_whole:
                self.calm()
        finally:
            for worker in self.workers:
                worker.is_killed()
            if self.workers:
                shutil.rmtree(self.world.root, ignore_errors=True)

    def calm(self) -> None:
        """I11: with all faults off nothing stays in between; each payout has ended, is at Ramp or waits for people."""
        books = self.books
        books.fault, books.is_down, books.balance_age = "", False, timedelta(0)
        self.set_clock(0)
        with self.world.store.begin() as cx:
            cx.execute(sa.update(t.membership).values(to_at=None))  # Whoever is needed is there again.
        self.a_round(0, 1)
        self.operator_resumes()
        self.an_hour_of_rounds(0)
        self.an_hour_of_rounds(1)
        self.oracle.check()
        between = [row for row in self.rows() if row["state"] in ("sending", "unconfirmed", "reserved")]
        assert not between, f"I11: {[(r['state'], r['state_reason']) for r in between]} an hour after the last fault"

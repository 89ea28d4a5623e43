"""One seed, played: who acts next is drawn, the act is done, and what must hold is asked. Same seed, same run."""

from __future__ import annotations

import random
from bisect import bisect
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any

from execution.domain.states import CUSTODY, State
from tests.execution.simulation.bank import Bank
from tests.execution.simulation.books import Books
from tests.execution.simulation.executor import Executor
from tests.execution.simulation.ledger import Ledger
from tests.execution.simulation.messages import Messages
from tests.execution.simulation.oracle import Oracle, Violation
from tests.execution.simulation.people import PEOPLE, People
from tests.execution.simulation.ramp import Ramp
from tests.execution.simulation.swarm import draw

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
STEPS = 2_500
_PEOPLE_ACT = (State.PROPOSED, State.BLOCKED, State.APPROVED, State.HANDED_OFF)
_TICKS = (1, 1, 5, 30, 60, 130, 600, 1_900, 3_600, 4 * 3_600, 26 * 3_600)


class Run:
    """The world of one seed."""

    def __init__(self, seed: int, steps: int = STEPS, *, tells: bool = False) -> None:
        self.seed, self.steps = seed, steps
        self.rng = random.Random(seed)
        self.swarm = draw(self.rng)
        self.now = START + timedelta(days=int(self.rng.random() * 300))
        self.published_at = self.now
        self.counts: Counter[tuple[str, str]] = Counter()
        self.trace: list[str] | None = [] if tells else None
        # Outside the store on purpose: a restore must not make us forget what was sent.
        self.committed: set[tuple[str, int]] = set()
        self.intents = 0
        self.known_dead: set[str] = set()
        self.proofs: dict[str, dict[str, Any]] = {}
        self.oracle = Oracle(self)
        self.messages = Messages(self)
        self.ledger = Ledger(self.swarm.policy, self.swarm.buffer_minor, self.now)
        self.ramp = Ramp(self)
        self.bank = Bank(self, self.swarm.opening_minor)
        self.books = Books(self, self.swarm.amounts_minor)
        self.ledger.payees = {one: self.books.vendors[one].account_id for one in self.books.vendor_ids}
        self.people = People(self)
        self.executors = [Executor(self, f"x{number}") for number in range(self.swarm.executors)]
        self.backup: Ledger | None = None
        self.step = 0
        self.quiet = False
        self._stalled: dict[str, int] = {}
        self._checked: tuple[int, int] = (-1, -1)
        self._acts, self._edges = self._table()
        for kind in ("slow_to_show", "webhook_late", "bill_entered_twice"):  # These are on all the time, or not.
            self.counts["fault", kind] += kind in self.swarm.faults

    def count(self, kind: str, what: str) -> None:
        """Keep that something happened: a run that reaches little proves little."""
        self.counts[kind, what] += 1
        if self.trace is not None:
            self.trace.append(f"{self.step:6} {self.now:%m-%d %H:%M:%S}   {kind}: {what}")

    def commits(self, payout_id: str, attempt: int) -> None:
        """An intent is in the store."""
        self.committed.add((payout_id, attempt))
        self.intents += 1

    def chance(self, kind: str, share: float) -> bool:
        """Whether a fault of a kind that is on in this run happens now."""
        if kind in self.swarm.faults and not self.quiet and self.rng.random() < share:
            self.counts["fault", kind] += 1
            return True
        return False

    def play(self) -> Counter[tuple[str, str]]:
        """All steps. Raises Violation, with seed and step, as soon as something does not hold."""
        try:
            while self.step < self.steps:
                self.step += 1
                self.act()
        except Exception as error:
            what = str(error) if isinstance(error, Violation) else f"{type(error).__name__}: {error}"
            raise Violation(f"seed {self.seed}, step {self.step}: {what}") from error
        return self.counts

    def act(self) -> None:
        """One step."""
        rng = self.rng
        act = self._acts[bisect(self._edges, rng.random())]
        events = self.ledger.events
        act(rng.random())
        if self.trace is not None:
            self._tell(act, events)
        stamp = (self.ledger.events, len(self.ramp.by_id))
        if stamp != self._checked:
            self._checked = stamp
            self.oracle.check()

    def _tell(self, act: Callable[[float], None], events: int) -> None:
        assert self.trace is not None
        name = act.__name__.strip("_")
        if self.ledger.events != events or name not in ("executor_acts", "tick"):
            states = " ".join(f"{key[:4]}:{row['state']}" for key, row in self.ledger.rows.items())
            self.trace.append(f"{self.step:6} {self.now:%m-%d %H:%M:%S} {name:16} {states}")

    def _table(self) -> tuple[list[Callable[[float], None]], list[float]]:
        faults, weights = self.swarm.faults, [
            (self._executor_acts, 50.0), (self._tick, 5.0), (self._person_acts, 9.0), (self._pushes, 1.5),
            (self._rail_moves, 8.0), (self._bank_posts, 3.0), (self._message, 5.0), (self._publish, 1.0),
            (self._looks_after, 1.0), (self.bank_drifts, 0.5),
        ]  # fmt: skip
        for kind, act, weight in (
            ("killed", self._kill, 0.6), ("stalled", self._stall, 0.6), ("clock_jumps", self._clock_jumps, 0.3),
            ("restored", self._restore, 0.06), ("rail_down", self._rail_goes, 0.5), ("bill_edited", self._edit, 0.2),
            ("payee_swapped", self._swap, 0.2), ("returned_by_bank", self._give_back, 0.2),
        ):  # fmt: skip
            if kind in faults:
                weights.append((act, weight))
        total = sum(weight for _, weight in weights)
        edges = list(accumulate(weight / total for _, weight in weights))
        return [act for act, _ in weights], edges[:-1]

    # Acts. `die` is in [0, 1).

    def _executor_acts(self, die: float) -> None:
        executors = self.executors
        one = executors[int(die * len(executors))]
        if self._stalled and self._stalled.get(one.name, 0) > self.step:
            return
        before = self.ledger.events
        one.act()
        if self.ledger.events != before:
            self.counts["event", "executor wrote"] += 1

    def _tick(self, die: float) -> None:
        self.now += timedelta(seconds=_TICKS[int(die * len(_TICKS))])
        if self.ramp.on_the_way:
            self.ramp.land_late()

    def _person_acts(self, die: float) -> None:
        rng, people = self.rng, self.people
        who = PEOPLE[int(rng.random() * len(PEOPLE))]
        rows = self.ledger.rows
        if die < 0.15 or not rows:
            bill_id = self.books.ids[int(rng.random() * len(self.books.ids))]
            self._tried("propose", people.propose(who, bill_id))
            return
        ids = list(rows)
        row = dict(rows[ids[int(rng.random() * len(ids))]])
        if die < 0.55:
            shown = row["payload_sha256"] if rng.random() < 0.95 else "0" * 64
            self._tried("approve", people.approve(who, row, shown))
        elif die < 0.85:
            self._tried("release", people.release(who, row))
        elif die < 0.87:
            self._tried("stop", people.stop(who, row, rng.random()))
        elif die < 0.95:
            self._tried("agree to resend", people.agree_to_resend(who, row))
        else:
            self._tried("clear up", people.clear_up(row))

    def _tried(self, what: str, changed: bool) -> None:
        self.counts["command" if changed else "refused command", what] += 1

    def _pushes(self, die: float) -> None:
        self.people.push_along(die)

    def _looks_after(self, die: float) -> None:
        self.people.look_after(die)

    def _rail_moves(self, die: float) -> None:
        ramp = self.ramp
        several = ramp.drafts if ramp.drafts and die < 0.3 else ramp.bills
        if several:
            ramp.advance(several[int(self.rng.random() * len(several))], self.rng.random())

    def _bank_posts(self, die: float) -> None:
        if self.ramp.bills:
            self.bank.post(self.ramp.bills[int(die * len(self.ramp.bills))])

    def bank_drifts(self, die: float) -> None:
        """Money comes and goes that is none of ours."""
        self.bank.drift(die)

    def _give_back(self, die: float) -> None:
        if self.ramp.bills:
            self.bank.give_back(self.ramp.bills[int(die * len(self.ramp.bills))])

    def _message(self, die: float) -> None:
        self.messages.deliver(die)

    def _publish(self, die: float) -> None:
        if self.chance("snapshot_old", 0.7):
            return
        self.books.publish()
        self.published_at = self.now
        self.proofs = self.bank.proofs()

    def _edit(self, die: float) -> None:
        self.books.edit(self.books.ids[int(die * len(self.books.ids))])

    def _swap(self, die: float) -> None:
        self.books.swap_payee(self.books.vendor_ids[int(die * len(self.books.vendor_ids))])

    def _rail_goes(self, die: float) -> None:
        self.ramp.is_down = die < 0.4
        self.count("fault", "rail_down" if self.ramp.is_down else "rail_back")

    def _kill(self, die: float) -> None:
        self.executors[int(die * len(self.executors))].start()
        self.count("fault", "killed")

    def _stall(self, die: float) -> None:
        one = self.executors[int(die * len(self.executors))]
        self._stalled[one.name] = self.step + 10 + int(die * 400)
        self.count("fault", "stalled")

    def _clock_jumps(self, die: float) -> None:
        one = self.executors[int(die * len(self.executors))]
        one.offset = timedelta(seconds=0 if one.offset else (-3_600, 3_600, 86_400, -40, 4)[int(die * 5)])
        self.count("fault", "clock_jumps")

    def _restore(self, die: float) -> None:
        if self.backup is None or die < 0.5:
            self.backup = self.ledger.copy()
            return
        self.ledger, self.backup = self.backup, None
        self.ledger.is_halted, self.ledger.halted_at = True, self.now
        self.proofs = {}
        for one in self.executors:
            one.start()
        self.oracle.restored()
        self._checked = (-1, -1)
        self.count("fault", "restored")

    # Afterwards.

    def settle_down(self, most: int = 60_000) -> None:
        """I11: with the faults over and everybody doing their work, each payout ends or waits for a named person."""
        self.quiet = True
        self.ramp.is_down, self._stalled, self.ramp.wire_faults = False, {}, []
        for one in self.executors:
            one.offset = timedelta(0)
        everybody = [self._executor_acts, self._tick, self._rail_moves, self._bank_posts, self._publish,
                     self._looks_after, self._agree_all]  # fmt: skip
        for number in range(most):
            self.step += 1
            everybody[0 if number % 3 else (number // 3) % len(everybody)](self.rng.random())
            if number % 500 == 0 and not self._unfinished():
                return
        left = self._unfinished()
        if left:
            raise Violation(f"seed {self.seed}: I11: never end: {', '.join(left)}")

    def _agree_all(self, die: float) -> None:
        for row in list(self.ledger.rows.values()):
            for who in (PEOPLE[3], PEOPLE[4]):
                if row["resend_agreed_at"] is None or row["resend_agreed_at"] < row["sent_at"]:
                    self.people.agree_to_resend(who, dict(row))
            self.people.clear_up(dict(row))

    def _unfinished(self) -> list[str]:
        """Payouts that wait for the executor, Ramp or the bank, or for nobody."""
        return [
            f"{key[:8]} {row['state']}"
            for key, row in self.ledger.rows.items()
            if row["state"] in CUSTODY and row["state"] not in _PEOPLE_ACT and key not in self.bank.unlike
        ]  # fmt: skip


def play(seed: int, steps: int = STEPS, *, to_the_end: bool = False) -> tuple[bytes, Counter[tuple[str, str]]]:
    """One seed: the head of its audit chain, and how often what happened. Raises Violation.

    `to_the_end` goes on after the steps, with the faults over, until every payout has ended or waits for people (I11).
    """
    run = Run(seed, steps)
    counts = run.play()
    if to_the_end:
        run.settle_down()
    for (before, after), times in run.ledger.taken.items():
        if before is not after:
            counts["from to", f"{before} → {after}"] += times
        counts["state", str(after)] += times
    return run.ledger.head, counts


__all__ = ["STEPS", "Run", "Violation", "play"]

"""What people do: one by one, over lists, by the calendar, in pairs, and in the middle of it the console dies."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from execution.store import tables as t
from tests.execution.payouts.world import PEOPLE
from tests.execution.stateful.books import Killed
from tests.execution.stateful.machine import Firm, during, which
from tests.execution.stateful.oracle import Row

people = st.sampled_from(sorted(PEOPLE))
deciders = st.sampled_from(["ada", "carl", "cleo", "farid"])
# Two who may do what takes two, more often than any two.
pairs = st.one_of(st.just(("carl", "ada")), st.tuples(people, people))
policy_pairs = st.one_of(st.just(("farid", "ada")), st.tuples(people, people))
few = st.sets(which, min_size=1, max_size=3)
SENDS_ON = ("propose", "approve", "release")
LIST_VERBS = (*SENDS_ON, "hold", "reject", "cancel")

_ROAD = (("approve", "carl"), ("approve", "ada"), ("release", "cleo"))


class OneByOne(Firm):
    """Propose, approve, release, and what stops a payout."""

    @initialize(drawn=st.data())
    def begin(self, drawn: st.DataObject) -> None:
        """Deal the cards; some bills are on their way already, perhaps into a fault on the wire."""
        deal = drawn.draw(self.deals, label="deal")
        self.set_out(deal)
        self.push_along(set(deal.opening))
        if deal.opening and "wire faults" in deal.kinds:
            self.books.fault = deal.fault
            self.work(0)

    def act(self, verb: str, who: str, row: Row) -> Callable[[], Any]:
        """A decision on a payout as it is shown now."""
        desk, person, payout_id, sha = self.world.payouts, PEOPLE[who], row["payout_id"], row["payload_sha256"]
        acts: dict[str, Callable[[], Any]] = {
            "propose": lambda: desk.propose(person, "acme", row["source_bill_id"]),
            "approve": lambda: desk.approve(person, payout_id, payload_sha256=sha, reason="due"),
            "release": lambda: desk.release(person, payout_id),
            "hold": lambda: desk.hold(person, payout_id, "wait"),
            "reject": lambda: desk.reject(person, payout_id, "no"),
            "cancel": lambda: desk.cancel(person, payout_id, "no more"),
        }
        return acts[verb]

    @rule(verb=st.sampled_from(LIST_VERBS), who=people, at=which)
    def decide(self, verb: str, who: str, at: int) -> None:
        if verb == "propose":
            self.propose(who, at)
        elif (verb in SENDS_ON or "holds" in self.deal.kinds) and (row := self.one(at)):
            self.attempt(self.act(verb, who, row))

    def propose(self, who: str, at: int) -> None:
        """Ask for a bill by its number."""
        self.attempt(lambda: self.world.payouts.propose(PEOPLE[who], "acme", f"qbo:{at}"))

    @rule(bills=few, preparer=st.sampled_from(["bea", "bea", "carl", "ada"]))
    def push_along(self, bills: set[int], preparer: str = "bea") -> None:
        """The whole way to a release in one step: deep states are reached more often. Who prepared it tries to sign."""
        for at in sorted(bills):
            self.propose(preparer, at)
            for row in self.of_state("proposed", "approved"):
                if row["source_bill_id"] == f"qbo:{at}":
                    for verb, who in _ROAD:
                        self.attempt(self.act(verb, who, row))

    @during("kills")
    @rule(verb=st.sampled_from(LIST_VERBS), who=people, at=which, place=st.integers(1, 6))
    def console_dies(self, verb: str, who: str, at: int, place: int) -> None:
        """The decision is written whole or not at all; what is half written the invariants would see."""
        if not (row := self.one(at)):
            return
        before = self.oracle.look().head
        try:
            with self.power_cut(place):
                self.attempt(self.act(verb, who, row))
        except Killed:
            events = self.oracle.look().head - before
            assert events <= 2, f"a decision that was cut off wrote {events} events"

    @during("people leave")
    @rule(who=deciders, back=st.booleans())
    def leaves_or_returns(self, who: str, back: bool) -> None:
        """An assignment ends at once, also for what was planned in its name."""
        m = t.membership
        with self.world.store.begin() as cx:
            ends = None if back else self.world.clock.now()
            cx.execute(sa.update(m).where(m.c.person_id == who).values(to_at=ends))


class ByList(Firm):
    """Batches of every verb, cut off in the middle and asked for again."""

    def __init__(self) -> None:
        super().__init__()
        self.batch_number = 0
        self.batches: list[tuple[str, str]] = []

    @during("batches")
    @rule(verb=st.sampled_from(LIST_VERBS), who=people, ids=st.sets(which, min_size=1, max_size=4),
          cut_after=st.sampled_from([0, 0, 1, 2]))  # fmt: skip
    def decide_a_list(self, verb: str, who: str, ids: set[int], cut_after: int) -> None:
        """One line's refusal stops no other; the same key finishes what was cut off, and does nothing twice."""
        self.batch_number += 1
        desk, person, key = self.world.payouts, PEOPLE[who], f"batch-{self.batch_number}"
        rows = self.rows()
        bills, payouts = [f"qbo:{at}" for at in sorted(ids)], [rows[at]["payout_id"] for at in sorted(ids)
                                                              if at < len(rows)]  # fmt: skip
        signed: dict[str, Any] = {}
        subjects: Any = bills if verb == "propose" else payouts
        if verb in ("approve", "release") and payouts:
            sheet = self.attempt(lambda: desk.sheet(person, "acme", payouts))
            if sheet is None:
                return
            subjects, signed = {one.payout_id: one.payload_sha256 for one in sheet.payouts}, {
                "list_sha256": sheet.list_sha256}  # fmt: skip
        if not subjects:
            return

        def cut(done: int, of: int, line: object) -> None:
            if done == cut_after:
                raise Killed

        def go(on_line: Any) -> Any:
            act = getattr(desk, f"{verb}_all")
            return act(person, "acme", subjects, idempotency_key=key, reason="week", on_line=on_line, **signed)

        try:
            done = self.attempt(lambda: go(cut if cut_after else None))
        except Killed:
            done = self.attempt(lambda: go(None))
        if done is not None:
            assert len(done.lines) == len(subjects) and done.finished_at is not None
            assert self.attempt(lambda: go(None)) == done, "the same key did something else"
            self.batches.append((who, done.batch_id))

    @during("batches")
    @rule(at=which)
    def roll_back(self, at: int) -> None:
        """Cancel what a list set going and was not sent."""
        if self.batches:
            who, batch_id = self.batches[at % len(self.batches)]
            self.batch_number += 1
            self.attempt(lambda: self.world.payouts.roll_back(
                PEOPLE[who], "acme", batch_id, idempotency_key=f"back-{self.batch_number}", reason="wrong week"
            ))  # fmt: skip


class ByCalendar(Firm):
    """Releases planned for an instant, and templates that propose."""

    @during("planned")
    @rule(who=people, at=which, minutes=st.sampled_from([0, 1, 60, 72 * 60, 72 * 60 + 1]))
    def plan_release(self, who: str, at: int, minutes: int) -> None:
        """For an instant to come, or (`minutes` 0) taken back."""
        desk, person, instant = self.world.payouts, PEOPLE[who], self.world.clock.now() + timedelta(minutes=minutes)
        for row in self.of_state("approved")[at:] or self.of_state("approved")[:1]:
            if minutes:
                self.attempt(lambda row=row: desk.plan_release(person, row["payout_id"], at=instant))  # type: ignore[misc]
            else:
                self.attempt(lambda row=row: desk.unplan_release(person, row["payout_id"]))  # type: ignore[misc]

    @during("templates")
    @rule(who=people, at=which, turn=st.sampled_from(["add", "add", "pause", "resume", "end"]),
          day=st.sampled_from([1, 5, 15, 29, 31]), every=st.sampled_from(["week", "month"]),
          roll=st.sampled_from(["before", "after"]), cap=st.sampled_from([100_000, 2_000_000]))  # fmt: skip
    def template(self, who: str, at: int, turn: str, day: int, every: str, roll: str, cap: int) -> None:
        """A new one, or another word on one that stands; then its night comes."""
        desk, person, vendor = self.world.payouts, PEOPLE[who], f"q{self.deal.vendors[at]}"
        if turn == "add":
            self.attempt(lambda: desk.add_recurring(
                person, "acme", name="Rent", vendor_id_qbo=vendor, every=every, day=day, roll=roll, cap_minor=cap
            ))  # fmt: skip
        elif known := self.attempt(lambda: desk.recurring(person, "acme")):
            one, why = known[at % len(known)].recurring_id, () if turn == "resume" else ("because",)
            self.attempt(lambda: getattr(desk, f"{turn}_recurring")(person, "acme", one, *why))
        self.the_nightly_step()

    @rule()
    def the_nightly_step(self) -> None:
        """Templates and the intake agent propose; nothing of that may be signed or sent by itself."""
        before = {row["payout_id"] for row in self.rows()}
        self.world.payouts.propose_due("firm")
        new = [row for row in self.rows() if row["payout_id"] not in before]
        assert all(row["state"] in ("proposed", "blocked") for row in new)


class InPairs(Firm):
    """What takes two people: paying again, closing, thawing, call-backs, permits and the rules themselves."""

    @during("safety")
    @rule(two=pairs)
    def pay_again(self, two: tuple[str, str]) -> None:
        """A payout that stood at Ramp and ended is paid again only when two people agree."""
        for row in self.of_state("returned", "declined", "cancelled"):
            for one in two:
                self.attempt(lambda one=one, row=row: self.world.payouts.reissue(  # type: ignore[misc]
                    PEOPLE[one], row["payout_id"], "the vendor asks"))  # fmt: skip

    @during("safety")
    @rule(two=pairs)
    def close_and_thaw(self, two: tuple[str, str]) -> None:
        """Two people say how it ended, and they tell the truth: lies of two people no program can catch."""
        desk = self.world.payouts
        for row in self.of_state("mismatched"):
            told = self.books_say(row)
            for one in two if told else ():
                after = self.attempt(lambda one=one, row=row, told=told: desk.close_mismatched(  # type: ignore[misc]
                    PEOPLE[one], row["payout_id"], outcome=told[0], evidence=told[1], reason="seen"))  # fmt: skip
                if after is not None and after.state != "mismatched":
                    self.oracle.closed_by_people.add(row["payout_id"])
                    assert two[0] != two[1], "one person closed it alone"
        for one in two:
            done = self.attempt(lambda one=one: desk.unfreeze(PEOPLE[one], "acme", "looked at"))  # type: ignore[misc]
            assert not (done and two[0] == two[1]), "one person thawed the client alone"

    def books_say(self, row: Row) -> tuple[str, str] | None:
        """(outcome, evidence) of a payout whose bills at Ramp all came to an end; None while one stands."""
        mine = {key: one for key, one in self.books.lines.items() if one.payload.payout_id == row["payout_id"]}
        stands = {one.stands for one in mine.values()}
        if "stands" in stands or not mine:
            return None
        paid = [key for key, one in mine.items() if one.stands == "debited"]
        return ("settled", f"tx-{paid[0]}") if paid else ("cancelled", min(mine))

    @during("permits")
    @rule(two=pairs, at=which, minutes=st.sampled_from([1, 24 * 60]),
          guard=st.sampled_from(["limits", "velocity", "runway", "duplicate", "spendable_cash", "not_frozen"]),
          takes_back=st.booleans())  # fmt: skip
    def permit(self, two: tuple[str, str], at: int, minutes: int, guard: str, takes_back: bool) -> None:
        """Two people let a payout past a guard; past cash and a freeze nobody does."""
        if rows := self.of_state("blocked", "proposed", "approved"):
            (who, other), row = two, rows[at % len(rows)]
            asked = self.attempt(lambda: self.permits.request(
                PEOPLE[who], row["payout_id"], guard, reason="the landlord waits", life_minutes=minutes))  # fmt: skip
            if asked is not None:
                assert guard not in ("spendable_cash", "not_frozen")
                given = self.attempt(lambda: self.permits.confirm(PEOPLE[other], row["payout_id"], asked.permit_id))
                assert given is None or (row["preparer_id"] not in (who, other) and who != other)
                if takes_back:
                    self.attempt(lambda: self.permits.revoke(PEOPLE[who], row["payout_id"], asked.permit_id))

    @during("policy")
    @rule(two=policy_pairs, minutes=st.sampled_from([0, 60]), change=st.sampled_from([
        {"buffer_minor": 0}, {"buffer_minor": 200_000}, {"day_limit_minor": 500_000}, {"buffer_minor": -1},
        {"two_people_from_minor": 600_000}, {"payee_change_days": 0}, {"client_payouts_hour_max": 1},
    ]))  # fmt: skip
    def policy(self, two: tuple[str, str], minutes: int, change: dict[str, int]) -> None:
        """Rules change by four eyes, at once or later."""
        who, other = two
        later = self.world.clock.now() + timedelta(minutes=minutes) if minutes else None
        draft = self.attempt(lambda: self.policies.draft(PEOPLE[who], "acme", change, reason="r", effective_at=later))
        if draft is not None:
            made = self.attempt(lambda: self.policies.approve_draft(PEOPLE[other], "acme", draft.draft_id))
            assert made is None or who != other, "one person changed the rules alone"

"""Random lives of payouts on SQLite with faulty rails; what must always hold is checked after each step."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from execution.audit.verify import verify_chain
from execution.domain.bands import BandLimits
from execution.domain.payload import Payload
from execution.domain.states import BEFORE_SENDING, HOLDING, State
from execution.errors import RowcolError
from execution.payouts import holds
from execution.store import tables as t
from tests.execution.payouts.world import PEOPLE, World

AMOUNTS = (99_999, 100_000, 100_001, 499_999, 500_000, 999_999, 1_000_000)
people = st.sampled_from(sorted(PEOPLE))
which = st.integers(0, 5)


class PayoutLife(RuleBasedStateMachine):
    """One client with a few bills, five people, an executor that may be cut off, and a Ramp that may go silent."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World(buffer_minor=100_000)
        self.world.rails.available = 1_600_000
        self.posted = 0
        for number, minor in enumerate(AMOUNTS[:6]):
            self.world.bill(number, minor)
        self.world.learn()

    def teardown(self) -> None:
        with self.world.store.read() as cx:
            assert not self.world.actions() or verify_chain(cx, "firm", semantic=True).ok
        self.world.store.dispose()

    def rows(self) -> list[dict[str, Any]]:
        with self.world.store.read() as cx:
            return [dict(row) for row in cx.execute(sa.select(t.payout).order_by(t.payout.c.created_at)).mappings()]

    def held(self) -> int:
        with self.world.store.read() as cx:
            return holds.held_minor(cx, "firm", "acme", "acc")

    def one(self, at: int) -> dict[str, Any] | None:
        rows = self.rows()
        return rows[at % len(rows)] if rows else None

    @rule(who=people, at=which)
    def propose(self, who: str, at: int) -> None:
        self._try(lambda: self.world.payouts.propose(PEOPLE[who], "acme", f"qbo:{at}"))

    @rule(who=people, at=which)
    def approve(self, who: str, at: int) -> None:
        if row := self.one(at):
            sha = row["payload_sha256"]
            self._try(lambda: self.world.payouts.approve(PEOPLE[who], row["payout_id"], payload_sha256=sha, reason="y"))

    @rule(who=people, at=which)
    def release(self, who: str, at: int) -> None:
        if row := self.one(at):
            self._try(lambda: self.world.payouts.release(PEOPLE[who], row["payout_id"]))

    @rule(at=which, verb=st.sampled_from(["hold", "reject", "cancel", "agree_to_resend"]))
    def stop(self, at: int, verb: str) -> None:
        if row := self.one(at):
            self._try(lambda: getattr(self.world.payouts, verb)(PEOPLE["ada"], row["payout_id"], "why"))

    @rule(at=which)
    def push_along(self, at: int) -> None:
        """The whole way to a release in one step: deep states are reached more often."""
        self.propose("bea", at)
        for row in self.rows():
            if row["source_bill_id"] == f"qbo:{at}" and row["state"] in ("proposed", "approved"):
                for who in ("carl", "ada", "cleo"):
                    sha = row["payload_sha256"]
                    self._try(lambda w=who, r=row, s=sha: self.world.payouts.approve(  # type: ignore[misc]
                        PEOPLE[w], r["payout_id"], payload_sha256=s, reason="y"))  # fmt: skip
                    self._try(lambda w=who, r=row: self.world.payouts.release(PEOPLE[w], r["payout_id"]))  # type: ignore[misc]

    @rule(fault=st.sampled_from(["", "", "never", "refused", "silent", "lost"]), minutes=st.integers(0, 50))
    def executor_pass(self, fault: str, minutes: int) -> None:
        self.world.rails.fault = fault
        before = self.held()
        self.world.run(minutes=minutes)
        if self.held() > before:
            assert self.world.rails.available - 100_000 - self.held() >= 0, "more was set aside than may be spent"

    @rule()
    def killed_after_the_intent(self) -> None:
        """The POST leaves and lands, and the process dies before it records anything."""
        real = self.world.rails.post

        class Cut(BaseException):
            pass

        def post(request: Any) -> Any:
            real(request)
            raise Cut

        self.world.rails.post = post  # type: ignore[method-assign]
        try:
            self.world.run()
        except Cut:
            self.world.restart()
        finally:
            self.world.rails.post = real  # type: ignore[method-assign]

    @rule(at=which, fault=st.sampled_from(["", "", "silent", "lost"]))
    def push_through(self, at: int, fault: str) -> None:
        """From nothing to Ramp in one step."""
        self.world.rails.is_down = False
        self.push_along(at)
        self.executor_pass(fault, 0)

    @rule()
    def an_hour_of_passes(self) -> None:
        """Long enough for every scan and the quiet window."""
        for row in self.rows():
            if row["state"] == "unconfirmed":
                self._try(lambda r=row: self.world.payouts.agree_to_resend(PEOPLE["ada"], r["payout_id"], "x"))  # type: ignore[misc]
        for minutes in (1, 3, 11, 31, 31):
            self.executor_pass("", minutes)

    @rule(down=st.sampled_from([True, False, False, False]))
    def rail_goes(self, down: bool) -> None:
        self.world.rails.is_down = down

    @rule(available=st.sampled_from([150_000, 600_000, 1_600_000]))
    def balance_moves(self, available: int) -> None:
        self.world.rails.available = available

    @rule(status=st.sampled_from(["PAYMENT_PROCESSING", "PAYMENT_COMPLETED", "PAYMENT_ERROR", "ARCHIVED"]), at=which)
    def ramp_moves(self, status: str, at: int) -> None:
        if row := self.one(at):
            self.world.rails.becomes(row["payout_id"], status, trace_id="t", is_archived=status == "ARCHIVED")

    @rule(at=which)
    @precondition(lambda self: self.world.rails.bills)
    def the_bank_posts(self, at: int) -> None:
        if row := self.one(at):
            self.posted += 1
            self.world.proofs = [{
                "client_id": "acme", "payout_id": row["payout_id"], "candidate_count": 1,
                "posting_id_plaid": f"tx{self.posted}", "posted_date": "2026-12-01", "posting_description": "",
                "bill_payment_id_qbo": None,
            }]  # fmt: skip

    @rule(hours=st.sampled_from([1, 1, 25, 73]))
    def time_passes(self, hours: int) -> None:
        self.world.clock.at += timedelta(hours=hours)

    @staticmethod
    def _try(command: Any) -> None:
        """People try all sorts of things; a refusal in our own words is an answer, anything else is a fault."""
        try:
            command()
        except RowcolError as error:
            assert str(error)

    @invariant()
    def cash_adds_up(self) -> None:
        """I1: the account's held cash is the sum of live holds."""
        with self.world.store.read() as cx:
            kept = cx.execute(sa.select(t.account_cash)).mappings().first()
            assert (kept["held_minor"] if kept else 0) == holds.held_minor(cx, "firm", "acme", "acc")

    @invariant()
    def a_hold_lives_exactly_where_the_state_requires_it(self) -> None:
        """I2: each live bill at the rail is covered by a live hold of the same amount."""
        with self.world.store.read() as cx:
            for row in self.rows():
                hold = holds.live_hold(cx, row)
                assert (hold is not None) == (State(row["state"]) in HOLDING), row["state"]
                assert hold is None or hold["amount_minor"] == row["amount_minor"]

    @invariant()
    def one_bill_a_reference_and_no_effect_without_an_intent(self) -> None:
        """I3 and I4: no reference stands twice at Ramp, no POST without a committed intent."""
        references = [bill.remote_id for bill in self.world.rails.bills.values()]
        assert len(references) == len(set(references))
        assert self.world.rails.posts <= self.world.count(t.rail_call)
        live = [r["source_bill_id"] for r in self.rows() if r["state"] not in
                ("declined", "rejected", "cancelled", "expired", "returned")]  # fmt: skip
        assert len(live) == len(set(live))

    @invariant()
    def signers_are_enough_distinct_and_not_the_preparer(self) -> None:
        """I5: whoever's money moves, the right people signed exactly what is sent."""
        a = t.approval
        for row in self.rows():
            state = State(row["state"])
            if state in BEFORE_SENDING or state in (State.REJECTED, State.CANCELLED, State.EXPIRED):
                continue
            with self.world.store.read() as cx:
                signed = cx.execute(sa.select(a.c.person_id, a.c.role).where(
                    a.c.payout_id == row["payout_id"], a.c.payload_sha256 == row["payload_sha256"])).all()  # fmt: skip
            assert Payload.from_row(row).sha256() == row["payload_sha256"]
            people_, band = {one.person_id for one in signed}, BandLimits().band_of(row["amount_minor"])
            assert row["preparer_id"] not in people_ and row["released_by"] != row["preparer_id"]
            assert len(people_) >= (2 if band == "two_people" else 1)
            if band in ("review", "two_people"):
                assert row["released_by"] not in people_


PayoutLife.TestCase.settings = settings(
    max_examples=20, stateful_step_count=40, deadline=None, derandomize=True,
    suppress_health_check=list(HealthCheck), print_blob=True,
)  # fmt: skip
TestPayoutLife = PayoutLife.TestCase

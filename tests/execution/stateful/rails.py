"""What the executor, Ramp, the bank and QBO do: rounds of work under faults, statuses, debits, edits, balances."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from execution.facts.ramp_payee import RampVendor
from tests.execution.payouts.world import PEOPLE
from tests.execution.stateful.books import FAULTS, STATUSES
from tests.execution.stateful.machine import during, which
from tests.execution.stateful.people import OneByOne, few, people

workers = st.integers(0, 1)
minutes_later = st.sampled_from([0, 1, 1, 4, 5, 6, 31])


class Rounds(OneByOne):
    """Rounds of the two executor processes."""

    def proofs(self) -> list[dict[str, Any]]:
        """What the next load shows of the bank: a line for each debit of the amount that was signed."""
        return [
            {"client_id": "acme", "payout_id": line.payload.payout_id, "candidate_count": 1,
             "posting_id_plaid": f"tx-{key}", "posted_date": self.books.true_at.date().isoformat(),
             "posting_description": "", "bill_payment_id_qbo": None}
            for key, line in self.books.lines.items() if line.was_debited and not line.is_edited
        ]  # fmt: skip

    @rule(who=workers, minutes=minutes_later, fault=st.sampled_from(["", "", *FAULTS]))
    def a_round(self, who: int, minutes: int, fault: str = "") -> None:
        """With a load of the bank before it. The next request meets the fault, in this round or a later one."""
        if fault and "wire faults" in self.deal.kinds:
            self.books.fault = fault
        self.world.proofs = self.proofs()
        self.work(who, minutes)

    @during("kills")
    @rule(who=workers, place=st.integers(1, 50), minutes=minutes_later)
    def a_round_is_cut_off(self, who: int, place: int, minutes: int) -> None:
        """At any commit edge or beside the wire; the other process takes over."""
        with self.power_cut(place):
            self.a_round(who, minutes)

    @during("meanwhile")
    @rule(who=workers, at=which, call=st.sampled_from(["balance", "search", "post", "reply"]),
          act=st.sampled_from(["cancel", "hold", "the other works", "six minutes",
                               "six minutes and the other works"]))  # fmt: skip
    def a_round_and_meanwhile(self, who: int, at: int, call: str, act: str) -> None:
        """While a rail is asked, somebody decides, time goes by, or the other process works."""

        def happens() -> None:
            if "minutes" in act:
                self.books.let_pass(timedelta(minutes=6))
            if "other" in act:
                self.work(1 - who)
            if act in ("cancel", "hold") and (row := self.one(at)):
                self.attempt(self.act(act, "ada", row))

        with self.meanwhile(call, happens):
            self.a_round(who, 1)

    @rule(who=workers, bills=few, fault=st.sampled_from(["", "", *FAULTS]))
    def push_through(self, who: int, bills: set[int], fault: str) -> None:
        """From nothing to Ramp in one step."""
        self.books.is_down = False
        self.push_along(bills)
        self.a_round(who, 0, fault)

    @rule(who=workers)
    def an_hour_of_rounds(self, who: int) -> None:
        """Long enough for every look and the quiet window."""
        for row in self.of_state("unconfirmed"):
            for person in ("ada", "carl"):
                self.attempt(lambda r=row, p=person: self.world.payouts.agree_to_resend(  # type: ignore[misc]
                    PEOPLE[p], r["payout_id"], "not in Ramp"))  # fmt: skip
        for minutes in (1, 3, 11, 31, 31):
            self.a_round(who, minutes)

    @rule(at=which, status=st.sampled_from(["PAYMENT_PROCESSING", "PAYMENT_COMPLETED"]), is_debited=st.booleans())
    def to_the_bank(self, at: int, status: str, is_debited: bool) -> None:
        """Ramp starts a payment, or says it is paid; the bank took the money, or not yet; the next round sees it."""
        if keys := [key for key, line in self.books.lines.items() if line.stands == "stands"]:
            key = keys[at % len(keys)]
            self.books.moves_on(key, "PAYMENT_PROCESSING")
            self.books.moves_on(key, status)
            if is_debited:
                self.books.debit(key)
            self.a_round(0, 11)

    @during("money moves")
    @rule(at=which)
    def comes_back(self, at: int) -> None:
        """A payment that had left fails, and two people have it paid again."""
        for key in list(self.books.lines):
            self.books.moves_on(key, "PAYMENT_ERROR")
        self.a_round(0, 7 * 60)
        for row in self.of_state("returned"):
            for person in ("carl", "ada"):
                self.attempt(lambda r=row, p=person: self.world.payouts.reissue(PEOPLE[p], r["payout_id"], "again"))  # type: ignore[misc]


class Outside(Rounds):
    """Ramp, the bank, QBO and the vendor, each by itself."""

    @rule(status=st.sampled_from([*STATUSES, "debit", "debit"]), at=which)
    def ramp_or_the_bank_moves(self, status: str, at: int) -> None:
        """One bill at Ramp takes a status that may follow, or its money leaves."""
        if keys := list(self.books.lines):
            key = keys[at % len(keys)]
            self.books.debit(key) if status == "debit" else self.books.moves_on(key, status)

    @during("money moves")
    @rule(at=which)
    def somebody_edits_the_bill_in_ramp(self, at: int) -> None:
        """By a cent: what Ramp would pay is no longer what was signed."""
        keys = [key for key, line in self.books.lines.items() if line.stands == "stands" and not line.is_edited]
        if keys:
            key = keys[at % len(keys)]
            self.books.lines[key].is_edited = True
            self.books.becomes_one(key, amount_minor=(self.books.bills[key].amount_minor or 0) + 1)

    @during("money moves")
    @rule(at=st.integers(0, 9), foreign=st.sampled_from([0, 0, 1, 500_000]), stale=st.sampled_from([0, 0, 1, 15, 16]),
          down=st.sampled_from([False, False, True]))  # fmt: skip
    def balance_moves(self, at: int, foreign: int, stale: int, down: bool) -> None:
        """To another figure, with payments of others beside ours, as an answer of some minutes ago, or no answer."""
        self.books.available = self.deal.available[at % len(self.deal.available)]
        self.books.foreign, self.books.balance_age = foreign, timedelta(minutes=stale)
        self.books.is_down = down and "wire faults" in self.deal.kinds

    @during("bills change")
    @rule(at=which, minor=st.sampled_from([0, 1, 100_000, 100_001, 500_000]))
    def bill_changes_in_qbo(self, at: int, minor: int) -> None:
        """Edited, closed, or opened again, which every signature on it must notice."""
        bill = self.world.bills[f"qbo:{at}"]
        bill.update(open_minor=minor, sync_token_qbo=str(int(bill["sync_token_qbo"]) + 1))

    @during("payees change")
    @rule(at=which, number=st.integers(1, 2), who=people, days=st.sampled_from([-1, 0, 30, 30]))
    def account_changes(self, at: int, number: int, who: str, days: int) -> None:
        """The vendor's account at Ramp is another one; somebody may call the vendor, on a number known for `days`."""
        vendor = self.deal.vendors[at]
        self.books.vendors[vendor] = RampVendor(vendor, True, f"account-{vendor}-{number}", "ACH")
        for _ in range(2):  # Once as it was signed, and once more with the new account in it.
            self.push_through(0, {at}, "")
        since = self.world.clock.now().date() - timedelta(days=days)
        self.attempt(lambda: self.world.payouts.record_call_back(
            PEOPLE[who], "acme", vendor, number_source="contract", number_known_since=since
        ))  # fmt: skip

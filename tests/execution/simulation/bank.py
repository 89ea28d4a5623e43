"""The bank account: what really is there, which debits were posted, and what a snapshot says they prove."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from execution.domain.states import HOLDING
from tests.execution.simulation.ramp import DEAD, DEBITED, STANDS

if TYPE_CHECKING:
    from tests.execution.simulation.ramp import Bill
    from tests.execution.simulation.run import Run

_STARTED = ("PAYMENT_PROCESSING", "PAYMENT_COMPLETED")


class Bank:
    """One account. `outside` counts changes that no payout of ours explains: after one, drift is nobody's fault."""

    def __init__(self, run: Run, opening_minor: int) -> None:
        self._run = run
        self.balance_minor = opening_minor
        self.foreign_minor = 0
        self.outside = 0
        self.unlike: set[str] = set()  # Debited with another amount: no line proves them, they fall overdue.
        self.postings: list[tuple[str, int, Bill]] = []

    def post(self, bill: Bill) -> None:
        """The debit of a payment that Ramp started."""
        if bill["_stands"] != STANDS or bill["status_summary"] not in _STARTED:
            return
        amount = bill["amount"]["amount"]
        if self._run.chance("changed_by_bank", 0.1):
            amount += 1
            self.outside += 1
            self.unlike.add(bill["remote_id"])
        self.balance_minor -= amount
        bill["_stands"] = DEBITED
        self.postings.append((f"tx{len(self.postings)}", amount, bill))
        self._run.oracle.paid(bill)

    def give_back(self, bill: Bill) -> None:
        """A payment that had started fails: what was debited comes back, and Ramp says so."""
        if bill["status_summary"] not in _STARTED:
            return
        if bill["_stands"] == DEBITED:
            self.balance_minor += bill["amount"]["amount"]
            self.outside += 1
            self._run.oracle.unpaid(bill)
        bill["status_summary"], bill["_stands"] = "PAYMENT_ERROR", DEAD
        self._run.count("fault", "returned_by_bank")
        self._run.messages.announce(bill)

    def drift(self, die: float) -> None:
        """Cash comes in, is spent elsewhere, or somebody schedules another bill at Ramp."""
        run = self._run
        amount = 1 + int(die * 200_000)
        if die < 0.5:
            self.balance_minor += amount
        elif die < 0.75 and run.chance("cash_leaves", 1.0):
            self.balance_minor -= amount
            self.outside += 1
        elif run.chance("foreign_bills", 1.0):
            if self.foreign_minor:
                self.balance_minor -= self.foreign_minor
                self.foreign_minor = 0
            else:
                self.foreign_minor = amount
                self.outside += 1

    def proofs(self) -> dict[str, dict[str, Any]]:
        """What the next snapshot says: per payout how many lines could be it, and the one that is when it is certain.

        A line that is called certain is the right one here; how well lines are matched is measured elsewhere.
        """
        rows = self._run.ledger.rows
        used = {row["posting_id_plaid"] for row in rows.values()}
        free: dict[int, list[tuple[str, int, Bill]]] = defaultdict(list)
        for posting in self.postings:
            if posting[0] not in used:
                free[posting[1]].append(posting)
        if not free:
            return {}
        wanting = Counter(row["amount_minor"] for row in rows.values() if row["state"] in HOLDING)
        found = {}
        for payout_id, row in rows.items():
            if row["state"] not in HOLDING or row["amount_minor"] not in free:
                continue
            lines = free[row["amount_minor"]]
            mine = [p for p in lines if p[2]["remote_id"] == payout_id]
            is_plain = len(lines) == 1 and wanting[row["amount_minor"]] == 1
            is_certain = bool(mine) and (is_plain or self._run.rng.random() < 0.7)
            count, posting_id = (1, mine[0][0]) if is_certain else (len(lines) + 1, None)
            found[payout_id] = {
                "candidate_count": count, "posting_id_plaid": posting_id, "posted_date": self._run.now.date(),
                "posting_description": "", "bill_payment_id_qbo": None,
            }  # fmt: skip
        return found

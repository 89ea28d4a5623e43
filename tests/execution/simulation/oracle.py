"""What must always hold, worked out from the other side's books and without the code that is under test."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from execution.domain.facts import Facts
from execution.domain.payload import Payload
from execution.domain.states import State
from tests.execution.simulation.ramp import DEAD, STANDS

if TYPE_CHECKING:
    from tests.execution.simulation.ramp import Bill
    from tests.execution.simulation.run import Run

S = State
# Written out a second time on purpose: a wrong set in the product must not blind what looks for it.
MUST_HOLD = frozenset({S.RESERVED, S.SENDING, S.UNCONFIRMED, S.HANDED_OFF, S.AT_RAIL, S.IN_FLIGHT, S.RAIL_PAID,
                       S.MISMATCHED})  # fmt: skip
OVER = frozenset({S.DECLINED, S.REJECTED, S.CANCELLED, S.EXPIRED, S.RETURNED})
JUDGED_FOR = timedelta(minutes=5)
SIGNERS = {"controller", "advisor", "firm_admin"}
SECOND = {"advisor", "firm_admin"}


def _invoice(bill: Bill) -> tuple[str, str, int]:
    """Vendor, digits of the number, amount: what people would call the same invoice."""
    digits = "".join(letter for letter in bill["invoice_number"] if letter.isdigit())
    return bill["vendor"]["id"], digits, bill["_minor"]


class Violation(AssertionError):
    """An invariant of the executor does not hold."""


class Oracle:
    """Told of what happens outside; asked after every step."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self.paid_for: dict[str, str] = {}
        self.ever_paid: set[str] = set()
        self.signed: dict[tuple[str, str], Payload] = {}
        self.strays: set[str] = set()
        self.sent: dict[str, tuple[datetime, int]] = {}

    def that(self, holds: bool, what: str) -> None:
        if not holds:
            raise Violation(what)

    # Told by the world.

    def a_bill_stands(self, bill: Bill) -> None:
        """I3: at most one live bill a reference, and one live or paid bill a source bill and a vendor's invoice."""
        ramp = self._run.ramp
        same = [b for b in ramp.by_reference[bill["remote_id"]] if b is not bill and b["_stands"] != DEAD]
        self.that(not same, f"I3: two live bills at Ramp carry the reference {bill['remote_id'][:8]}")
        number = (bill["vendor"]["id"], bill["invoice_number"])
        again = [b for b in ramp.by_invoice[number] if b is not bill and b["_stands"] != DEAD]
        self.that(not again, f"I3: {number[0]} {number[1]} stands twice at Ramp, to the letter")
        invoice = _invoice(bill)
        twins = [b for b in ramp.bills if b is not bill and b["_stands"] != DEAD and _invoice(b) == invoice]
        # A restored store has forgotten payments that only the figures of the next morning tell it of.
        is_whole = not self._run.counts["fault", "restored"]
        self.that(
            not (twins and is_whole),
            f"I3: invoice {bill['invoice_number']} of {bill['vendor']['id']} stands twice at Ramp",
        )

    def paid(self, bill: Bill) -> None:
        """I3: the bank debits a reference once."""
        self.ever_paid.add(bill["remote_id"])
        before = self.paid_for.setdefault(bill["remote_id"], bill["id"])
        self.that(before == bill["id"], f"I3: reference {bill['remote_id'][:8]} was paid twice")

    def unpaid(self, bill: Bill) -> None:
        """The money of a bill came back."""
        self.paid_for.pop(bill["remote_id"], None)

    def restored(self) -> None:
        """After a restore, bills of payouts that the old store does not hold cash for are strays until found again."""
        self.sent.clear()  # The old store cannot know what nobody agreed to send again.
        holds = self._run.ledger.holds
        for bill in (*self._run.ramp.bills, *self._run.ramp.drafts):
            hold = holds.get(bill["remote_id"])
            if (bill["_stands"] == STANDS or bill["_draft"]) and (hold is None or hold[0] != bill["_minor"]):
                self.strays.add(bill["remote_id"])
        # What is on its way may land where the old store knows nothing of it.
        self.strays.update(given["remote_id"] for _, given, _ in self._run.ramp.on_the_way)

    # Told by people and the executor.

    def signs(self, person_id: str, payload: Payload, payload_sha256: str) -> None:
        """What a person was shown when signing that hash."""
        self.signed[person_id, payload_sha256] = payload

    def reserved(self, row: dict[str, Any], facts: Facts, outside: int, asked_at: datetime) -> None:
        """I1 and I9 at the moment cash is earmarked, by the true clock."""
        run, now = self._run, self._run.now
        ledger, bank = run.ledger, run.bank
        if facts.balance is not None:
            age, most = now - asked_at, timedelta(minutes=ledger.policy.balance_age_minutes_max)
            self.that(age <= most, f"I9: the balance is {age} old")
            self.that(facts.balance.is_live, "I9: the balance was not asked live")
        if bank.outside == outside:
            owed = sum(held for payout_id, (held, _) in ledger.holds.items() if payout_id not in self.paid_for)
            left = bank.balance_minor - ledger.buffer_minor - bank.foreign_minor - owed
            self.that(left >= 0, f"I1: {-left} more than may be spent is promised")
        day = sum(held for held, day in ledger.holds.values() if day == now.date())
        self.that(day <= ledger.policy.day_limit_minor, f"limits: {day} in one day")
        last = ledger.approved_at.get(row["payout_id"])
        self.that(last is None or now - last <= timedelta(hours=72), "an approval of over 72 hours was used")

    def cleared(self, row: dict[str, Any], facts: Facts, judged_at: datetime) -> None:
        """I5 and what else must be true of a payment that every guard let pass."""
        self.that(
            self._run.now - judged_at <= JUDGED_FOR, f"it was judged {self._run.now - judged_at} before its intent"
        )
        payload, policy = facts.payload, self._run.ledger.policy
        assert payload is not None and facts.limits is not None
        week = facts.limits.vendor_week_minor + payload.amount_minor
        signers = [s for s in facts.signatures if s.payload_sha256 == row["payload_sha256"]]
        people = {s.person_id for s in signers if s.role in SIGNERS}
        needed = 2 if week >= policy.bands.two_people_from_minor else 1
        if policy.automatic_payouts and week <= policy.bands.automatic_up_to_minor:
            needed = 0
        self.that(len(people) >= needed, f"I5: {len(people)} of {needed} signers for {week}")
        if needed == 2:
            self.that(any(s.role in SECOND for s in signers), "I5: two controllers are not enough")
        self.that(row["preparer_id"] not in people, "I5: the preparer signed")
        self.that(row["released_by"] != row["preparer_id"], "I5: the preparer released")
        if week >= policy.bands.review_from_minor and signers:
            self.that(any(s.reason.strip() for s in signers), "I5: no written reason from the review band on")
        for signer in signers:
            shown = self.signed.get((signer.person_id, signer.payload_sha256))
            self.that(shown == payload, f"I5: {signer.person_id} was shown another payment than is sent")
        self.that(not self._run.ledger.frozen, "a payment of a frozen client is let through")
        self.that(not self._run.ledger.is_halted, "a halted executor sends")
        bill = self._run.books.bills[payload.source_bill_id]
        assert facts.live_bill is not None
        self.that(facts.live_bill.open_minor == payload.amount_minor, f"the open amount is {bill.open_minor}")
        self.that(facts.live_bill.version == payload.bill_version, "the bill was edited since it was signed")

    def sends(self, row: dict[str, Any], payload: Payload, now: datetime) -> None:
        """I8 at the wire, that an intent of this attempt was committed, and who agreed to send again."""
        run, payout_id = self._run, row["payout_id"]
        self.that((payout_id, row["attempt"]) in run.committed, "I4: a request leaves without a committed intent")
        before = self.sent.get(payout_id)
        # What was sent decides, not what is sent now: the bill may have been edited and signed anew since.
        if before is not None and before[1] > run.ledger.policy.bands.automatic_up_to_minor:
            agreed_at = row["resend_agreed_at"]
            self.that(agreed_at is not None and agreed_at >= before[0], "it is sent again and nobody agreed to it")
        self.sent[payout_id] = (run.now, payload.amount_minor)
        vendor = run.books.vendors[payload.vendor_id_ramp]
        if payload.vendor_account_id.startswith("thief-"):
            change = run.ledger.payee_changes.get(payload.vendor_id_ramp)
            self.that(change is not None and change[3] is not None and change[3] != "", "I8: a swapped account is paid")
            waited = timedelta(days=run.ledger.policy.payee_change_days)
            self.that(change is not None and now - change[2] >= waited, "I8: a changed account did not wait")
        self.that(payload.vendor_account_id in (vendor.account_id, f"account-{vendor.vendor_id}"), "I8: another payee")

    def not_sent(self, payout_id: str) -> None:
        """The last request certainly did nothing."""
        self.sent.pop(payout_id, None)

    # Asked after every step.

    def check(self) -> None:
        """I1, I2, I4 and I6, on every payout that stands."""
        run = self._run
        ledger, holds = run.ledger, run.ledger.holds
        total = 0
        for held, _ in holds.values():
            total += held
        self.that(ledger.held_minor == total, f"I1: {ledger.held_minor} is held, live holds are {total}")
        self.that(run.ramp.posts <= run.intents, "I4: more requests at Ramp than committed intents")
        rows = ledger.rows
        for bill in run.ramp.bills:
            if bill["_stands"] == STANDS:
                reference = bill["remote_id"]
                hold = holds.get(reference)
                if hold is not None and hold[0] == bill["_minor"]:
                    self.strays.discard(reference)
                elif hold is not None:
                    told = f"I2: {hold[0]} is held for a bill of {bill['_minor']}"
                    self.that(reference in self.strays, told)
                else:
                    self.that(
                        reference in self.strays or ledger.is_halted,
                        f"I2: the bill of {reference[:8]} stands without a hold",
                    )
        for payout_id, row in rows.items():
            state = row["state"]
            self.that((payout_id in holds) == (state in MUST_HOLD), f"I2: a payout that is {state}, hold or not")
            bill_id = row["rail_bill_id"]
            if bill_id is not None:
                self.that(run.ramp.by_id[bill_id]["remote_id"] == payout_id, f"{payout_id[:8]} follows another's bill")
            if state is S.SETTLED:
                self.that(payout_id in self.ever_paid, f"I2: {payout_id[:8]} is settled and the bank debited nothing")
            self.that(ledger.told[payout_id] is state, f"I6: the log says {ledger.told[payout_id]}, it is {state}")

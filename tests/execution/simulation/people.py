"""What people do: the right thing, the wrong thing, twice, in each other's way. Each command is one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from execution import guards
from execution.domain.bands import Band
from execution.domain.facts import BillFacts, Signature, Stage
from execution.domain.payload import Payload
from execution.domain.reference import payout_id_for
from execution.domain.resolving import Step
from execution.domain.states import APPROVAL_LIFE, BEFORE_SENDING, ENDED, State
from execution.domain.verdict import Effect
from execution.payouts.proposing import default_arrival, stopping
from execution.people.permissions import Verb, may
from tests.execution.simulation.gathering import counted, gather
from tests.execution.simulation.ramp import STANDS

if TYPE_CHECKING:
    from tests.execution.simulation.run import Run

Row = dict[str, Any]
S = State
PEOPLE = (("bea", "bookkeeper"), ("carl", "controller"), ("cleo", "controller"), ("ada", "advisor"),
          ("farid", "firm_admin"), ("ann", "analyst"), ("bot", "agent"))  # fmt: skip
SIGNERS = (PEOPLE[1], PEOPLE[3], PEOPLE[2])
EMPTY: Row = {
    "generation": 1, "state": S.PROPOSED, "state_reason": "", "version": 1, "attempt": 0, "scans_clean": 0,
    "sent_at": None, "resend_agreed_at": None, "resend_agreed_by": None, "rail_bill_id": None, "rail_draft_id": None,
    "rail_status": None, "trace_id": None, "payment_date": None, "posting_id_plaid": None, "settled_at": None,
    "released_by": None, "released_at": None, "lease_owner": None, "lease_until": None, "band": "",
    "owner": "controller", "due_at": None,
}  # fmt: skip


class People:
    """Seven people of all roles. Each command answers whether something changed."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def propose(self, who: tuple[str, str], bill_id: str) -> bool:
        run, ledger = self._run, self._run.ledger
        if not may(who[1], Verb.PROPOSE):
            return False
        last_id = ledger.last_of_bill.get(bill_id)
        last = ledger.rows[last_id] if last_id else None
        generation = 1
        if last is not None:
            if last["state"] not in ENDED and last["state"] is not S.BLOCKED:
                return False
            generation = last["generation"]
            if last["state"] in ENDED:
                if last["sent_at"] is not None and last["state"] not in (S.DECLINED, S.CANCELLED):
                    return False  # Two people decide to pay it again.
                generation += 1
        bill, now = run.books.published(bill_id), run.now
        payload = self._payload(bill, generation)
        row = {
            **EMPTY, "payload": payload, "payout_id": payload.payout_id, "source_bill_id": bill_id,
            "vendor_id_ramp": payload.vendor_id_ramp, "vendor_account_id": payload.vendor_account_id,
            "invoice_number": payload.invoice_number, "amount_minor": payload.amount_minor, "currency_code": "USD",
            "mode": payload.mode, "payload_sha256": payload.sha256(), "preparer_id": who[0],
            "payee_fingerprint": payload.vendor_account_id, "generation": generation, "created_at": now,
            "updated_at": now, "expires_at": now + APPROVAL_LIFE, "next_at": now, "due_at": now + APPROVAL_LIFE,
        }  # fmt: skip
        facts = gather(run, row, payload, Stage.PROPOSE, now)
        verdicts = guards.evaluate(facts)
        assert facts.limits is not None
        row["band"] = ledger.policy.bands.band_of(facts.limits.vendor_week_minor + payload.amount_minor)
        if last is not None and last["state"] is S.BLOCKED:
            new = {name: row[name] for name in _NEW}
            again = Step(S.PROPOSED, "payout.proposed_again", "", new)
            row = ledger.write(last, [again], who[0], now)
        else:
            ledger.insert(row, who[0], now)
        if stopped := stopping(verdicts):
            run.count("refused", stopped[0].guard_id)
            ledger.write(row, [Step(S.BLOCKED, "payout.blocked", stopped[0].reason)], "policy", now)
        return True

    def _payload(self, bill: BillFacts, generation: int) -> Payload:
        run, bill_id = self._run, bill.source_bill_id
        vendor_id, number = run.books.invoice[bill_id]
        due, today = run.books.due[bill_id], run.now.date()
        return Payload(
            advisor_id="firm", client_id="acme",
            payout_id=payout_id_for("firm", "acme", "ramp", bill_id, generation), source_bill_id=bill_id,
            bill_version=bill.version or "", vendor_id_ramp=vendor_id,
            vendor_account_id=run.ledger.payees[vendor_id], vendor_name=vendor_id, entity_id_ramp="e1",
            source_bank_account_id="b1", account_id_plaid="acc", invoice_number=number, amount_minor=bill.open_minor,
            currency_code="USD", bill_date=due, due_date=due,
            arrival_date=default_arrival(today, due, run.ledger.policy.lead_business_days), mode=run.swarm.mode,
        )  # fmt: skip

    def approve(self, who: tuple[str, str], row: Row, seen_sha256: str) -> bool:
        run, ledger, now = self._run, self._run.ledger, self._run.now
        if row["state"] is not S.PROPOSED or not may(who[1], Verb.APPROVE) or now > row["expires_at"]:
            return False
        if seen_sha256 != row["payload_sha256"]:
            return False
        reason = "due" if run.rng.random() < 0.9 else ""
        if ledger.policy.bands.band_of(row["amount_minor"]) in (Band.REVIEW, Band.TWO_PEOPLE) and not reason:
            return False
        mine = Signature(who[0], who[0], who[1], seen_sha256, reason)
        given = ledger.approvals.get(row["payout_id"], {})
        signatures = tuple(s for s in {**given, who[0]: mine}.values() if s.payload_sha256 == seen_sha256)
        facts = gather(run, row, row["payload"], Stage.APPROVE, now, signatures=signatures, actor_id=who[0])
        verdicts = guards.evaluate(facts)
        if refused := [v for v in verdicts if not v.passed]:
            run.count("refused", refused[0].guard_id)
            return False
        assert facts.limits is not None
        band = ledger.policy.bands.band_of(facts.limits.vendor_week_minor + row["amount_minor"])
        ledger.approvals[row["payout_id"]] = {**given, who[0]: mine}
        ledger.approved_at[row["payout_id"]] = now
        run.oracle.signs(who[0], row["payload"], seen_sha256)
        if any(v.effect is Effect.NEEDS_SECOND for v in verdicts):
            step = Step(None, "payout.signed", "", {"band": band})
        else:
            step = Step(S.APPROVED, "payout.approved", "", {"band": band, "expires_at": now + APPROVAL_LIFE})
        ledger.write(row, [step], who[0], now)
        return True

    def release(self, who: tuple[str, str], row: Row) -> bool:
        ledger, now = self._run.ledger, self._run.now
        if row["state"] is not S.APPROVED or row["released_at"] is not None or not may(who[1], Verb.RELEASE):
            return False
        if who[0] == row["preparer_id"]:
            return False
        if any(s.person_id == who[0] for s in ledger.signatures(row)):
            week = counted(self._run, row["payload"], now)[0].vendor_week_minor + row["amount_minor"]
            if week >= ledger.policy.releaser_differs_from_minor:
                return False
        released = {"released_by": who[0], "released_at": now, "next_at": now}
        ledger.write(row, [Step(None, "payout.released", "", released)], who[0], now)
        return True

    def stop(self, who: tuple[str, str], row: Row, die: float) -> bool:
        """Hold, reject or cancel, while nothing was sent."""
        state = row["state"]
        if state not in BEFORE_SENDING or not may(who[1], Verb.CANCEL):
            return False
        if die < 0.4 and state is not S.BLOCKED:
            step = Step(S.BLOCKED, "payout.held", "on hold", {"released_by": None, "released_at": None})
        elif die < 0.6 and state is S.PROPOSED:
            step = Step(S.REJECTED, "payout.rejected", "no")
        else:
            step = Step(S.CANCELLED, "payout.cancelled", "no")
        self._run.ledger.write(row, [step], who[0], self._run.now)
        return True

    def agree_to_resend(self, who: tuple[str, str], row: Row) -> bool:
        """A person looked in Ramp and found nothing."""
        if row["state"] is not S.UNCONFIRMED or not may(who[1], Verb.RELEASE) or who[0] == row["preparer_id"]:
            return False
        agreed = {"resend_agreed_by": who[0], "resend_agreed_at": self._run.now}
        self._run.ledger.write(row, [Step(None, "payout.resend_agreed", row["state_reason"], agreed)], who[0],
                               self._run.now)  # fmt: skip
        return True

    def clear_up(self, row: Row) -> bool:
        """Two people settle a mismatch: what can still be archived at Ramp is; what was paid is said to be."""
        run, reference = self._run, row["payout_id"]
        if row["state"] is not S.MISMATCHED:
            return False
        bills = run.ramp.by_reference[reference]
        for bill in bills:
            if bill["_stands"] == STANDS and bill["payment"]["trace_id"] is None:
                run.ramp.archive(bill)
        if any(b["_stands"] == STANDS for b in bills) or any(
            o[1]["remote_id"] == reference for o in run.ramp.on_the_way
        ):
            return False
        to = S.SETTLED if reference in run.oracle.paid_for else S.CANCELLED
        values = {"settled_at": run.now} if to is S.SETTLED else {}
        run.ledger.write(row, [Step(to, "payout.mismatch_closed", "looked at", values)], "ada+carl", run.now)
        return True

    def look_after(self, die: float) -> None:
        """The duties beside payouts: call-backs, policies, freezes, strays after a restore."""
        run, ledger, now = self._run, self._run.ledger, self._run.now
        if die < 0.3:
            for vendor_id, (old, new, seen_at, by) in ledger.payee_changes.items():
                if by is None:
                    ledger.payee_changes[vendor_id] = (old, new, seen_at, "cleo")
                    break
        elif die < 0.4 and run.chance("policy_changes", 1.0):
            ledger.policy_by, ledger.policy_at = ("ada", "farid")[int(die * 1000) % 2], now
            ledger.policy_version += 1
            ledger.buffer_minor += 1
            run.bank.outside += 1
        elif die < 0.6 and ledger.frozen and not any(r["state"] is S.MISMATCHED for r in ledger.rows.values()):
            ledger.frozen = ""
        elif ledger.is_halted:
            for draft in [one for one in run.ramp.drafts if one["remote_id"] not in ledger.holds]:
                run.ramp.delete(draft)
            for bill in run.ramp.bills:
                if bill["_stands"] == STANDS and bill["remote_id"] not in ledger.holds:
                    if bill["payment"]["trace_id"] is None:
                        run.ramp.archive(bill)
                    else:
                        run.bank.post(bill)

    def push_along(self, die: float) -> None:
        """A bill the whole way to its release: deep states are reached more often."""
        run, ledger = self._run, self._run.ledger
        bill_id = run.books.ids[int(die * len(run.books.ids))]
        self.propose(PEOPLE[0], bill_id)
        payout_id = ledger.last_of_bill.get(bill_id)
        if payout_id is None:
            return
        at = int(die * 1_000)
        for who in (SIGNERS[at % 3], SIGNERS[(at + 1) % 3], SIGNERS[(at + 2) % 3]):
            row = ledger.rows[payout_id]
            if not self.approve(who, dict(row), row["payload_sha256"]):
                self.release(who, dict(row))
        self.release(PEOPLE[2], dict(ledger.rows[payout_id]))


# What proposing a bill again sets anew; attempts, agreements and ids at Ramp stay with the payout.
_NEW = ("payload", "vendor_id_ramp", "vendor_account_id", "invoice_number", "amount_minor", "mode", "payload_sha256",
        "preparer_id", "payee_fingerprint", "band", "expires_at", "next_at", "released_by", "released_at")  # fmt: skip

"""What one sync shows of a chain of custody: which links it closes, which are late, contradicted or gone.

Pure: a payout, its links as kept, and a sight of the world give the links as they stand now. A link is closed by
evidence and by nothing else, and what is wrong with one names its owner and what to do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from execution.domain.custody import AT_RAIL, BOOKKEEPER, BOTH, CONTROLLER, Finding, Kept, Link, Row, Sight, end_of
from execution.domain.resolving import decided_by
from execution.domain.states import ENDED, State

# int_custody__book_payments says so of a bill payment that Ramp's link wrote on the invoice's other entry.
ON_ANOTHER_BILL = "names the Ramp payment, on another bill"
_CERTAINTY = {
    "moved": "and the money has gone",
    "scheduled": "and Ramp will send it",
    "recorded": "with no bank line behind it",
}


def review(row: Row, links: Mapping[Link, Row], sight: Sight, now: datetime) -> list[Kept]:
    """How each link stands after a sync: those that the payout has, the unchanged ones too."""
    state, found = State(row["state"]), list[Kept]()
    if Link.RAMP_BILL in links:
        found.append(_ramp_bill(row, links[Link.RAMP_BILL], state, sight, now))
    if Link.BANK_POSTING in links:
        found.append(_bank_posting(row, links[Link.BANK_POSTING], state, sight, now))
    if Link.BOOK_PAYMENT in links:
        found.append(_book_payment(row, links[Link.BOOK_PAYMENT], state, sight, now))
    elif sight.elsewhere and found:
        found[-1] = _elsewhere(found[-1], sight.elsewhere, state)
    return found


def _kept(link: Link, stored: Row, **changes: Any) -> Kept:
    """The link as stored, without its finding, and with what changes."""
    usual = {"owner": stored["owner"], "due_at": stored["due_at"], "evidence_id": stored["evidence_id"],
             "evidence": stored["evidence"] or {}}  # fmt: skip
    return Kept(link, **{**usual, **changes})


def _overdue(kept: Kept, rail: str, sight: Sight, now: datetime, late: str, owner: str, action: str) -> Kept:
    """An open link after its time: late where its rail was read since, else unread, which accuses nobody."""
    if kept.due_at is None or now <= kept.due_at:
        return kept
    read_at = sight.read_at.get(rail)
    due = f"{kept.due_at:%Y-%m-%d}"
    if read_at is None or read_at <= kept.due_at:
        since = f"since {read_at:%Y-%m-%d}" if read_at else "at all"
        return Kept(kept.link, "firm admin", kept.due_at, finding=Finding.UNREAD,
                    text=f"Due on {due}, and {rail} was not read {since}: nothing can be said yet",
                    next_action=f"Repair the {rail} connection, then load again")  # fmt: skip
    return Kept(kept.link, owner, kept.due_at, finding=Finding.LATE, text=late.format(due=due), next_action=action)


def _ramp_bill(row: Row, stored: Row, state: State, sight: Sight, now: datetime) -> Kept:
    kept, proof = _kept(Link.RAMP_BILL, stored), sight.proof
    if state is State.CANCELLED and row["rail_bill_id"]:
        if sight.has_successor or (proof and proof["qbo_open_minor"] == 0):
            over = {"what": "the bill was proposed anew or is paid otherwise", "bill": row["rail_bill_id"]}
            return _kept(Link.RAMP_BILL, stored, evidence_id=row["rail_bill_id"], evidence=over)
        return _kept(Link.RAMP_BILL, stored, owner=CONTROLLER, evidence_id=None, finding=Finding.VANISHED,
                     text=f"Ramp archived bill {row['rail_bill_id']}; nothing was paid, and the bill is still open",
                     next_action="Ask who archived it; propose the bill again, or close it in the books")  # fmt: skip
    if kept.evidence_id is None:
        return _overdue(kept, "ramp", sight, now, "Not at Ramp by {due}", kept.owner,
                        "Look at the payout's state in Decisions; finish or archive the draft in Ramp")  # fmt: skip
    read_at, closed_at = sight.read_at.get("ramp"), stored["closed_at"]
    was_read = read_at is not None and closed_at is not None and read_at > closed_at
    if state in AT_RAIL and was_read and proof is not None and proof.get("is_bill_at_ramp") is False:
        return _kept(Link.RAMP_BILL, stored, owner=CONTROLLER, evidence_id=None, finding=Finding.VANISHED,
                     text=f"Ramp no longer shows bill {row['rail_bill_id']} that it held",
                     next_action="Look for the bill in Ramp; its payment may still go out")  # fmt: skip
    return kept


def _bank_posting(row: Row, stored: Row, state: State, sight: Sight, now: datetime) -> Kept:
    kept, proof = _kept(Link.BANK_POSTING, stored), sight.proof
    if proof is None:
        return kept
    if kept.evidence_id is None and proof.get("window_to_date") and state in AT_RAIL:
        kept = _kept(Link.BANK_POSTING, stored, due_at=end_of(proof["window_to_date"]))
    back = proof.get("return_posting_id")
    if state is State.RETURNED:
        if back and proof.get("is_return_certain"):
            line = {"what": "the money came back", "debit": row["posting_id_plaid"], "signal": proof["return_signal"],
                    "posted_date": str(proof["return_posted_date"])}  # fmt: skip
            return _kept(Link.BANK_POSTING, stored, evidence_id=back, evidence=line)
        if row["posting_id_plaid"]:
            return _kept(Link.BANK_POSTING, stored, owner=CONTROLLER, evidence_id=None, finding=Finding.RETURNED,
                         text="Ramp says that the payment came back; the bank does not show the credit yet",
                         next_action="Watch for the credit; two people decide whether to pay again")  # fmt: skip
        return _kept(Link.BANK_POSTING, stored, evidence_id=f"returned:{row['payout_id']}",
                     evidence={"what": "came back before the bank posted it"})  # fmt: skip
    if kept.evidence_id is not None:
        if proof.get("is_proof_present") is False:
            return _kept(Link.BANK_POSTING, stored, owner=BOTH, evidence_id=None, finding=Finding.VANISHED,
                         text=f"The bank line {row['posting_id_plaid']} that proved this payment is gone",
                         next_action="Ask the bank whether the debit was reversed; compare the balance")  # fmt: skip
        if back and not proof.get("is_return_certain"):
            return _kept(Link.BANK_POSTING, stored, owner=CONTROLLER, finding=Finding.RETURNED,
                         text=f"A credit of the same amount came from the payee on {proof['return_posted_date']}",
                         next_action="Ask the payee: a refund of this payment, or of something else?")  # fmt: skip
        return kept
    if proof.get("contradicting_posting_id"):
        told = f"The bank line {proof['contradicting_posting_id']} carries this payment's trace with "
        differs = f"{abs(proof['contradicting_minor'])} instead of {row['amount_minor']} minor units"
        other = "another account" if abs(proof["contradicting_minor"]) == row["amount_minor"] else differs
        return _kept(Link.BANK_POSTING, stored, owner=BOTH, finding=Finding.CONTRADICTS, text=told + other,
                     next_action="Ask Ramp what it debited and why; book the difference once it is known")  # fmt: skip
    if state in ENDED and decided_by(proof):
        return _kept(Link.BANK_POSTING, stored, owner=BOTH, finding=Finding.CONTRADICTS,
                     text=f"The payout is {state}, and the bank shows its debit {proof['posting_id_plaid']}",
                     next_action="Ask Ramp why it paid; do not pay the bill again")  # fmt: skip
    if state is State.CANCELLED:
        after = _overdue(kept, "plaid", sight, now, "", CONTROLLER, "")
        if after.finding is not Finding.LATE:
            return kept
        return _kept(Link.BANK_POSTING, stored, evidence_id=f"none:{row['payout_id']}",
                     evidence={"what": "archived in Ramp, and the bank posted no debit"})  # fmt: skip
    if state is State.MISMATCHED:
        return _kept(Link.BANK_POSTING, stored, finding=_finding(stored), text=stored["finding_text"],
                     next_action=stored["next_action"])  # fmt: skip
    if (proof["candidate_count"] or 0) > 1 and not decided_by(proof):
        return _kept(Link.BANK_POSTING, stored, owner=CONTROLLER, finding=Finding.AMBIGUOUS,
                     text=f"{proof['candidate_count']} bank lines could be this payment: "
                          f"{proof['posting_id_plaid']}, then {proof.get('runner_up_posting_id')}",
                     next_action="In Reconciliation, say which line is this Ramp bill")  # fmt: skip
    if state in AT_RAIL and not decided_by(proof):
        action = "Ask Ramp for the payment's trace, then the bank; the reserve stays until it is known"
        return _overdue(kept, "plaid", sight, now, "No bank line by {due}", CONTROLLER, action)
    return kept


def _book_payment(row: Row, stored: Row, state: State, sight: Sight, now: datetime) -> Kept:
    kept, proof = _kept(Link.BOOK_PAYMENT, stored), sight.proof
    booked = proof and proof.get("bill_payment_id_qbo")
    if proof is None:
        return kept
    if state in ENDED:
        if booked:
            return _kept(Link.BOOK_PAYMENT, stored, owner=BOOKKEEPER, evidence_id=None, finding=Finding.CONTRADICTS,
                         text=f"The payout is {state}, and bill payment {booked} still stands in QBO",
                         next_action="Void that bill payment in QBO, so that the bill is open again")  # fmt: skip
        return _kept(Link.BOOK_PAYMENT, stored, evidence_id=f"unbooked:{row['payout_id']}",
                     evidence={"what": "no bill payment stands in the books"})  # fmt: skip
    if booked and proof.get("bill_payment_signal") == ON_ANOTHER_BILL:
        kept = _kept(Link.BOOK_PAYMENT, stored, owner=BOOKKEEPER, evidence_id=None, finding=Finding.CONTRADICTS,
                     text=f"Bill payment {booked} names this payment and stands on another bill in QBO",
                     next_action="Apply it to this bill in QBO; the other may be the same invoice entered twice"
                     )  # fmt: skip
    elif booked:
        paid = abs(proof["bill_payment_minor"]) if proof.get("bill_payment_minor") is not None else row["amount_minor"]
        if paid != row["amount_minor"]:
            kept = _kept(Link.BOOK_PAYMENT, stored, owner=BOOKKEEPER, evidence_id=None, finding=Finding.CONTRADICTS,
                         text=f"Bill payment {booked} books {paid} instead of {row['amount_minor']} minor units",
                         next_action="Correct the bill payment in QBO to what the bank shows")  # fmt: skip
        elif kept.evidence_id != booked:
            line = {"what": "the bill payment in QBO", "date": str(proof["bill_payment_date"]),
                    "score": proof.get("bill_payment_score"), "signal": proof.get("bill_payment_signal")}  # fmt: skip
            kept = _kept(Link.BOOK_PAYMENT, stored, evidence_id=booked, evidence=line)
    elif kept.evidence_id is not None:
        kept = _kept(Link.BOOK_PAYMENT, stored, owner=BOOKKEEPER, evidence_id=None, finding=Finding.VANISHED,
                     text=f"Bill payment {stored['evidence_id']} is gone from QBO",
                     next_action="Record it again in QBO, or find out who took it out and why")  # fmt: skip
    else:
        due = proof.get("books_due_date")
        kept = _kept(Link.BOOK_PAYMENT, stored, due_at=end_of(due) if due else stored["due_at"])
        if state is State.SETTLED:
            kept = _overdue(kept, "qbo", sight, now, "Paid, and no bill payment in QBO by {due}", BOOKKEEPER,
                            "Record the bill payment in QBO, or repair Ramp's QuickBooks link")  # fmt: skip
    return _elsewhere(kept, sight.elsewhere, state) if sight.elsewhere else kept


def _elsewhere(kept: Kept, others: Sequence[Row], state: State) -> Kept:
    """The bill is paid by another road too: named on this link, whose evidence stays."""
    other = others[0]
    told = _CERTAINTY[other["certainty"]]
    action = (
        "Void that bill payment in QBO if nothing was paid; else stop ours in Ramp"
        if other["certainty"] == "recorded"
        else "Stop one of the two: archive our bill in Ramp, or ask the vendor for the money back"
    )
    is_gone = state in (State.RAIL_PAID, State.SETTLED)
    owner = BOOKKEEPER if other["certainty"] == "recorded" and is_gone else BOTH
    return Kept(kept.link, owner, kept.due_at, kept.evidence_id, kept.evidence, Finding.PAID_ELSEWHERE,
                f"The bill is also paid by {other['road']} record {other['record_id']} of {other['paid_date']}, {told}",
                action)  # fmt: skip


def _finding(stored: Row) -> Finding | None:
    return Finding(stored["finding"]) if stored["finding"] else None


def may_go_twice(row: Row, elsewhere: Sequence[Row]) -> Row | None:
    """The other payment that makes ours a second one, while ours can still be stopped; None where there is none.

    A mere record in the books proves no payment: it is named to people, and freezes nothing.
    """
    if State(row["state"]) not in (State.AT_RAIL, State.IN_FLIGHT):
        return None
    return next((other for other in elsewhere if other["certainty"] in ("moved", "scheduled")), None)

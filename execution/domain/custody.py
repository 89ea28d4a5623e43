"""The chain of custody of a payout: four links, each with an owner, a clock, and closed by evidence alone.

    decision       people signed this payload             closed by its hash, when cash is reserved for it
    ramp_bill      Ramp holds a bill with our reference   closed by the bill's id
    bank_posting   the bank has posted the debit          closed by the bank line
    book_payment   QBO holds the bill payment             closed by the bill payment, often after the posting

A step of the payout opens and hands on links here; `custody_review.py` judges what a sync shows of them, and
`payouts/custody.py` writes both down.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import Any

from execution.domain.business_days import add_business_days
from execution.domain.states import CUSTODY, ENDED, State

Row = Mapping[str, Any]


class Link(StrEnum):
    """One link of the chain, in order."""

    DECISION = "decision"
    RAMP_BILL = "ramp_bill"
    BANK_POSTING = "bank_posting"
    BOOK_PAYMENT = "book_payment"


class Finding(StrEnum):
    """What is wrong with a link. `unread` accuses nobody: the rail that would tell was not read since it was due."""

    LATE = "late"
    UNREAD = "unread"
    AMBIGUOUS = "ambiguous"
    CONTRADICTS = "contradicts"
    VANISHED = "vanished"
    RETURNED = "returned"
    PAID_ELSEWHERE = "paid_elsewhere"


@dataclass(frozen=True, slots=True)
class Pace:
    """Banking days that a way of paying may take. dbt_project/seeds/payment_windows.csv holds the same figures."""

    lead: int
    to_posting: int
    to_books: int


PACES = {
    "ACH": Pace(2, 5, 5),
    "CHECK": Pace(5, 20, 5),
    "DOMESTIC_WIRE": Pace(0, 2, 5),
    "RTP": Pace(0, 2, 5),
    "SWIFT": Pace(1, 7, 5),
    "INTERNATIONAL": Pace(2, 7, 5),
    "LOCAL_BANK_TRANSFER": Pace(2, 7, 5),
}
# Which link the owner and the clock of a state belong to.
_LINK_OF = {
    **dict.fromkeys((State.PROPOSED, State.BLOCKED, State.APPROVED), Link.DECISION),
    **dict.fromkeys((State.RESERVED, State.SENDING, State.UNCONFIRMED, State.HANDED_OFF), Link.RAMP_BILL),
}
AT_RAIL = (State.AT_RAIL, State.IN_FLIGHT, State.RAIL_PAID)
BOOKKEEPER, CONTROLLER, BOTH = "bookkeeper", "controller", "controller and advisor"


@dataclass(frozen=True, slots=True)
class Kept:
    """A link as it is to be kept. Without `evidence_id` it is open; `finding` names what is wrong with it."""

    link: Link
    owner: str
    due_at: datetime | None = None
    evidence_id: str | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)
    finding: Finding | None = None
    text: str = ""
    next_action: str = ""


@dataclass(frozen=True, slots=True)
class Sight:
    """What one sync shows of one payout: the published proof, payments by other roads, when each rail was last read."""

    proof: Row | None
    elsewhere: Sequence[Row] = ()
    read_at: Mapping[str, datetime | None] = field(default_factory=dict)
    has_successor: bool = False


def end_of(day: date) -> datetime:
    """The last instant of a day, UTC: a link is late from then on."""
    return datetime.combine(day, time(23, 59, 59), tzinfo=UTC)


def posting_due(row: Row, method: str = "ACH") -> datetime:
    """When the bank should have posted a payment: banking days from its payment date, or from its signed arrival."""
    pace = PACES.get(method, PACES["ACH"])
    starts = row["payment_date"] or add_business_days(row["arrival_date"], -pace.lead)
    return end_of(add_business_days(starts, pace.to_posting))


def books_due(posted: datetime, method: str = "ACH") -> datetime:
    """When the books should hold the bill payment: banking days after the bank's line was due or seen."""
    return end_of(add_business_days(posted.date(), PACES.get(method, PACES["ACH"]).to_books))


def on_move(row: Row, to: State, now: datetime, inputs: Mapping[str, Any]) -> list[Kept]:
    """The links that a step of a payout opens, hands on or closes. `row` is the payout after the step."""
    if to in _LINK_OF:
        owner, allowed = CUSTODY[to]
        kept = [Kept(_LINK_OF[to], owner, now + allowed)]
        if to is State.RESERVED:
            signed = {"what": "the signed payload", "band": row["band"], "released_by": row["released_by"]}
            kept.insert(0, Kept(Link.DECISION, CONTROLLER, None, row["payload_sha256"], signed))
        return kept
    if to in AT_RAIL:
        due = posting_due(row)
        kept = [Kept(Link.BANK_POSTING, "executor", due)]
        if to is State.AT_RAIL:
            bill = {"what": "the bill at Ramp", "reference": row["payout_id"], "status": row["rail_status"], "score": 1}
            kept.insert(0, Kept(Link.RAMP_BILL, "executor", None, row["rail_bill_id"], bill))
            kept.append(Kept(Link.BOOK_PAYMENT, BOOKKEEPER, books_due(due)))
        return kept
    if to is State.SETTLED:
        line = {"what": "the bank line", **{k: v for k, v in inputs.items() if v is not None and k != "reason"}}
        return [Kept(Link.BANK_POSTING, "executor", None, row["posting_id_plaid"], line)]
    if to is State.MISMATCHED:
        told = str(inputs.get("reason") or row["state_reason"])
        return [Kept(Link.BANK_POSTING, BOTH, now + CUSTODY[to][1], finding=Finding.CONTRADICTS, text=told,
                     next_action="Compare what was signed with what Ramp and the bank show; then settle or "
                                 "archive it")]  # fmt: skip
    return []


def ends_chain(row: Row, to: State) -> bool:
    """Whether a step ends the chain: nothing was sent, or Ramp refused it, so no link is owed any more."""
    return to in ENDED and to is not State.RETURNED and not (to is State.CANCELLED and row["rail_bill_id"])

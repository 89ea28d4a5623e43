"""What Ramp's `status_summary` of a bill means for our payout. Every named value has one meaning here."""

from __future__ import annotations

from dataclasses import dataclass

from execution.domain.states import State

EXECUTOR = "executor"
APPROVER = "the client's approver in Ramp"
PAYER = "the client's Payer in Ramp"
KEEPER = "whoever keeps the client's Ramp"


@dataclass(frozen=True, slots=True)
class RailReading:
    """The state that a status leads to, and a sentence for the people who wait."""

    state: State
    sentence: str
    waits_for: str = EXECUTOR  # Who moves it on; the executor alone only looks again.

    @property
    def needs_person(self) -> bool:
        """Whether it stands until somebody does something in Ramp that is not on its usual way."""
        return self.waits_for in (PAYER, KEEPER)


_MEANINGS: dict[str, RailReading] = {
    "APPROVAL_PENDING": RailReading(State.AT_RAIL, "waits for the client's approver in Ramp", APPROVER),
    "APPROVAL_REJECTED": RailReading(State.DECLINED, "the client's approver in Ramp said no"),
    "PENDING_VENDOR_APPROVAL": RailReading(State.AT_RAIL, "Ramp waits for the vendor to be approved", KEEPER),
    "PAYMENT_DETAILS_MISSING": RailReading(State.AT_RAIL, "payment details are missing in Ramp", KEEPER),
    "PAYMENT_NOT_INSTRUCTED": RailReading(State.AT_RAIL, "no payment is instructed in Ramp yet", KEEPER),
    "AWAITING_RELEASE": RailReading(State.AT_RAIL, "waits for a Payer to release it in Ramp", PAYER),
    "PAYMENT_READY": RailReading(State.AT_RAIL, "ready to be paid in Ramp"),
    "PAYMENT_SCHEDULED": RailReading(State.AT_RAIL, "scheduled in Ramp"),
    "PAYMENT_PROCESSING": RailReading(State.IN_FLIGHT, "Ramp started the payment"),
    "PAYMENT_COMPLETED": RailReading(State.RAIL_PAID, "Ramp says paid; the bank has not shown it yet"),
    "PAYMENT_ERROR": RailReading(State.AT_RAIL, "the payment failed in Ramp; retry or archive it there", KEEPER),
    "ON_HOLD": RailReading(State.AT_RAIL, "on hold in Ramp", KEEPER),
    "HELD_BY_PROVIDER": RailReading(State.AT_RAIL, "held by Ramp's payment provider", KEEPER),
    "BLOCKED": RailReading(State.AT_RAIL, "blocked by Ramp", KEEPER),
    "WAITING_FOR_VENDOR": RailReading(State.AT_RAIL, "Ramp waits for the vendor"),
    "WAITING_FOR_TRANSACTION_MATCH": RailReading(State.AT_RAIL, "Ramp waits for a card transaction"),
    "ARCHIVED": RailReading(State.CANCELLED, "archived in Ramp; nothing will be paid"),
}

_ORDER = [State.HANDED_OFF, State.AT_RAIL, State.IN_FLIGHT, State.RAIL_PAID]


def read_status(status_summary: str | None) -> RailReading:
    """The meaning of a status. Ramp adds values without notice: an unknown one keeps the payout where it is."""
    return _MEANINGS.get(
        status_summary or "", RailReading(State.AT_RAIL, f"Ramp reports {status_summary or 'no status'}", KEEPER)
    )


def next_state(current: State, status_summary: str | None) -> State:
    """The state a payout takes when Ramp reports this status; the current one when nothing follows.

    A later stage is never undone by an earlier word (messages overtake each other), except a failure.
    """
    told = read_status(status_summary).state
    if told in (State.DECLINED, State.CANCELLED):
        # A bill that Ramp archived after it started to pay is a contradiction for people, not a quiet end.
        if current in (State.IN_FLIGHT, State.RAIL_PAID):
            return State.MISMATCHED
        return told
    if current in _ORDER and told in _ORDER and _ORDER.index(told) > _ORDER.index(current):
        return told
    return current


def has_come_back(current: State, status_summary: str | None, *, was_initiated: bool) -> bool:
    """Whether a payment that had left is reported as failed: its money is on the way back.

    Before it was initiated (no trace id yet) a failure moves nothing: people retry or archive it in Ramp.
    """
    if status_summary != "PAYMENT_ERROR":
        return False
    return current in (State.RAIL_PAID, State.SETTLED) or (
        was_initiated and current in (State.AT_RAIL, State.IN_FLIGHT)
    )


def known_statuses() -> frozenset[str]:
    """The status values that have a meaning here."""
    return frozenset(_MEANINGS)

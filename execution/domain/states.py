"""The life of a payout: its states, which may follow which, and who owns each.

proposed → approved → reserved → sending → handed_off → at_rail → in_flight → rail_paid → settled
                                    └→ unconfirmed (ask Ramp, never resend)
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum


class State(StrEnum):
    """Where a payout stands; the value is what the store keeps."""

    PROPOSED = "proposed"
    BLOCKED = "blocked"
    APPROVED = "approved"
    RESERVED = "reserved"
    SENDING = "sending"
    UNCONFIRMED = "unconfirmed"
    HANDED_OFF = "handed_off"
    AT_RAIL = "at_rail"
    IN_FLIGHT = "in_flight"
    RAIL_PAID = "rail_paid"
    SETTLED = "settled"
    RETURNED = "returned"
    MISMATCHED = "mismatched"
    DECLINED = "declined"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


S = State
_LEGAL: dict[State, frozenset[State]] = {
    S.PROPOSED: frozenset({S.APPROVED, S.BLOCKED, S.REJECTED, S.CANCELLED, S.EXPIRED}),
    S.BLOCKED: frozenset({S.PROPOSED, S.CANCELLED}),
    S.APPROVED: frozenset({S.RESERVED, S.BLOCKED, S.EXPIRED, S.CANCELLED}),
    S.RESERVED: frozenset({S.SENDING, S.CANCELLED, S.EXPIRED, S.BLOCKED}),
    S.SENDING: frozenset({S.AT_RAIL, S.HANDED_OFF, S.UNCONFIRMED, S.RESERVED, S.DECLINED}),
    S.UNCONFIRMED: frozenset({S.AT_RAIL, S.HANDED_OFF, S.RESERVED, S.DECLINED}),
    S.HANDED_OFF: frozenset({S.AT_RAIL, S.CANCELLED}),
    S.AT_RAIL: frozenset({S.IN_FLIGHT, S.RAIL_PAID, S.SETTLED, S.DECLINED, S.MISMATCHED, S.CANCELLED, S.RETURNED}),
    S.IN_FLIGHT: frozenset({S.RAIL_PAID, S.SETTLED, S.DECLINED, S.MISMATCHED, S.RETURNED}),
    S.RAIL_PAID: frozenset({S.SETTLED, S.RETURNED, S.MISMATCHED}),
    S.SETTLED: frozenset({S.RETURNED}),
    S.RETURNED: frozenset(),
    S.MISMATCHED: frozenset({S.SETTLED, S.RETURNED, S.CANCELLED}),
    S.DECLINED: frozenset(),
    S.REJECTED: frozenset(),
    S.CANCELLED: frozenset(),
    S.EXPIRED: frozenset(),
}

# A payout in one of these no longer stands for its bill: the bill may be proposed anew (next generation).
# `settled` is not among them: a paid bill stays paid.
ENDED = frozenset({S.DECLINED, S.REJECTED, S.CANCELLED, S.EXPIRED, S.RETURNED})

# Cash is set aside exactly in these.
HOLDING = frozenset(
    {S.RESERVED, S.SENDING, S.UNCONFIRMED, S.HANDED_OFF, S.AT_RAIL, S.IN_FLIGHT, S.RAIL_PAID, S.MISMATCHED}
)

# From here on something of ours may stand at the rail, so a person's cancel can no longer reach it.
BEFORE_SENDING = frozenset({S.PROPOSED, S.BLOCKED, S.APPROVED, S.RESERVED})

# States that the resolver asks Ramp about.
WATCHED_AT_RAIL = frozenset({S.HANDED_OFF, S.AT_RAIL, S.IN_FLIGHT, S.RAIL_PAID, S.MISMATCHED})

# (owner, time allowed) per open state: a payout older than that is named as overdue.
CUSTODY: dict[State, tuple[str, timedelta]] = {
    S.PROPOSED: ("controller", timedelta(hours=72)),
    S.BLOCKED: ("bookkeeper", timedelta(hours=72)),
    S.APPROVED: ("controller", timedelta(hours=72)),
    S.RESERVED: ("executor", timedelta(hours=24)),
    S.SENDING: ("executor", timedelta(minutes=5)),
    S.UNCONFIRMED: ("executor", timedelta(hours=1)),
    S.HANDED_OFF: ("the client's Ramp approver", timedelta(days=5)),
    S.AT_RAIL: ("executor", timedelta(days=7)),
    S.IN_FLIGHT: ("executor", timedelta(days=7)),
    S.RAIL_PAID: ("executor", timedelta(days=7)),
    S.MISMATCHED: ("controller and advisor", timedelta(hours=24)),
}

APPROVAL_LIFE = timedelta(hours=72)
RESERVATION_LIFE = timedelta(hours=24)
RETURN_WATCH = timedelta(days=60)


class IllegalTransition(ValueError):
    """A payout was asked to go where its state does not lead."""

    def __init__(self, from_state: State, to_state: State) -> None:
        self.from_state, self.to_state = from_state, to_state
        super().__init__(f"a payout that is {from_state} cannot become {to_state}")


def may_follow(from_state: State, to_state: State) -> bool:
    """Whether one step leads from the first state to the second."""
    return to_state in _LEGAL[from_state]


# The one event that leads past the signatures and the earmark: Ramp holds a bill of the payout, so it was sent,
# whatever a store that lost its last hours remembers.
FOUND_AFTER_RESTORE = "payout.found_after_restore"


def may_be_found(from_state: State, to_state: State) -> bool:
    """Whether a payout that this store does not know as sent may be taken over from the rail."""
    return from_state in BEFORE_SENDING and to_state in (State.AT_RAIL, State.HANDED_OFF)


def require_legal(from_state: State, to_state: State, action: str = "") -> None:
    """Raises IllegalTransition unless the step is legal for that event."""
    if action == FOUND_AFTER_RESTORE and may_be_found(from_state, to_state):
        return
    if not may_follow(from_state, to_state):
        raise IllegalTransition(from_state, to_state)


def followers(state: State) -> frozenset[State]:
    """The states that one step leads to."""
    return _LEGAL[state]

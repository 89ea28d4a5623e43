"""The whole life of a payout as a table, word for word, and what Ramp's words do to it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from execution.domain import states
from execution.domain.rail_status import has_come_back, known_statuses, next_state, read_status
from execution.domain.states import IllegalTransition, State, followers, may_follow, require_legal

LIFE = """
proposed     approved blocked cancelled expired rejected
blocked      cancelled proposed
approved     blocked cancelled expired reserved
reserved     blocked cancelled expired sending
sending      at_rail declined handed_off reserved unconfirmed
unconfirmed  at_rail declined handed_off reserved
handed_off   at_rail cancelled
at_rail      cancelled declined in_flight mismatched rail_paid returned settled
in_flight    declined mismatched rail_paid returned settled
rail_paid    mismatched returned settled
settled      returned
returned
mismatched   cancelled returned settled
declined
rejected
cancelled
expired
"""
OWNERS = """
proposed controller 72h · blocked bookkeeper 72h · approved controller 72h · reserved executor 24h
sending executor 5m · unconfirmed executor 1h · handed_off the client's Ramp approver 120h · at_rail executor 168h
in_flight executor 168h · rail_paid executor 168h · mismatched controller and advisor 24h
"""
WORDS = """
APPROVAL_PENDING               at_rail    waits for the client's approver in Ramp
APPROVAL_REJECTED              declined   the client's approver in Ramp said no
ARCHIVED                       cancelled  archived in Ramp; nothing will be paid
AWAITING_RELEASE               at_rail    waits for a Payer to release it in Ramp !
BLOCKED                        at_rail    blocked by Ramp !
HELD_BY_PROVIDER               at_rail    held by Ramp's payment provider !
ON_HOLD                        at_rail    on hold in Ramp !
PAYMENT_COMPLETED              rail_paid  Ramp says paid; the bank has not shown it yet
PAYMENT_DETAILS_MISSING        at_rail    payment details are missing in Ramp !
PAYMENT_ERROR                  at_rail    the payment failed in Ramp; retry or archive it there !
PAYMENT_NOT_INSTRUCTED         at_rail    no payment is instructed in Ramp yet !
PAYMENT_PROCESSING             in_flight  Ramp started the payment
PAYMENT_READY                  at_rail    ready to be paid in Ramp
PAYMENT_SCHEDULED              at_rail    scheduled in Ramp
PENDING_VENDOR_APPROVAL        at_rail    Ramp waits for the vendor to be approved !
WAITING_FOR_TRANSACTION_MATCH  at_rail    Ramp waits for a card transaction
WAITING_FOR_VENDOR             at_rail    Ramp waits for the vendor
"""


def test_the_table_of_life() -> None:
    rows = {line.split()[0]: line.split()[1:] for line in LIFE.strip().splitlines()}
    assert {str(state): sorted(map(str, followers(state))) for state in State} == rows
    for state in State:
        assert {other for other in State if may_follow(state, other)} == followers(state)


def test_an_illegal_step_names_both_ends() -> None:
    require_legal(State.PROPOSED, State.APPROVED)
    with pytest.raises(IllegalTransition, match="a payout that is settled cannot become sending") as caught:
        require_legal(State.SETTLED, State.SENDING)
    assert (caught.value.from_state, caught.value.to_state) == (State.SETTLED, State.SENDING)


def test_the_groups_of_states() -> None:
    def named(group: frozenset[State]) -> list[str]:
        return sorted(map(str, group))

    assert named(states.ENDED) == ["cancelled", "declined", "expired", "rejected", "returned"]
    assert named(states.HOLDING) == ["at_rail", "handed_off", "in_flight", "mismatched", "rail_paid", "reserved",
                                     "sending", "unconfirmed"]  # fmt: skip
    assert named(states.BEFORE_SENDING) == ["approved", "blocked", "proposed", "reserved"]
    assert named(states.WATCHED_AT_RAIL) == ["at_rail", "handed_off", "in_flight", "mismatched", "rail_paid"]


def test_owners_and_clocks() -> None:
    def told(allowed: timedelta) -> str:
        hours, minutes = allowed // timedelta(hours=1), allowed // timedelta(minutes=1)
        return f"{hours}h" if hours else f"{minutes}m"

    said = [f"{state} {owner} {told(allowed)}" for state, (owner, allowed) in states.CUSTODY.items()]
    assert said == [one.strip() for line in OWNERS.strip().splitlines() for one in line.split("·")]
    assert (timedelta(hours=72), timedelta(hours=24)) == (states.APPROVAL_LIFE, states.RESERVATION_LIFE)
    assert timedelta(days=60) == states.RETURN_WATCH


def test_each_word_of_ramp() -> None:
    said = []
    for status in sorted(known_statuses()):
        reading = read_status(status)
        said.append(f"{status:30} {reading.state:10} {reading.sentence}{' !' if reading.needs_person else ''}")
    assert said == WORDS.strip().splitlines()
    for unknown, shown in (
        ("NEW_WORD", "Ramp reports NEW_WORD"),
        (None, "Ramp reports no status"),
        ("", "Ramp reports no status"),
    ):
        reading = read_status(unknown)
        assert (reading.state, reading.sentence, reading.needs_person) == (State.AT_RAIL, shown, True)


@pytest.mark.parametrize(
    ("current", "status", "after"),
    [
        ("handed_off", "PAYMENT_SCHEDULED", "at_rail"), ("handed_off", "PAYMENT_PROCESSING", "in_flight"),
        ("at_rail", "PAYMENT_COMPLETED", "rail_paid"), ("at_rail", "PAYMENT_SCHEDULED", "at_rail"),
        ("in_flight", "PAYMENT_SCHEDULED", "in_flight"), ("rail_paid", "PAYMENT_PROCESSING", "rail_paid"),
        ("at_rail", "APPROVAL_REJECTED", "declined"), ("at_rail", "ARCHIVED", "cancelled"),
        ("in_flight", "ARCHIVED", "mismatched"), ("rail_paid", "APPROVAL_REJECTED", "mismatched"),
        ("unconfirmed", "PAYMENT_SCHEDULED", "unconfirmed"), ("mismatched", "PAYMENT_COMPLETED", "mismatched"),
        ("handed_off", "ARCHIVED", "cancelled"), ("at_rail", None, "at_rail"),
    ],
)  # fmt: skip
def test_where_a_word_leads(current: str, status: str | None, after: str) -> None:
    assert next_state(State(current), status) is State(after)


def test_which_failures_mean_money_on_its_way_back() -> None:
    for initiated in (True, False):
        back = {state for state in State if has_come_back(state, "PAYMENT_ERROR", was_initiated=initiated)}
        always = {State.RAIL_PAID, State.SETTLED}
        assert back == (always | {State.AT_RAIL, State.IN_FLIGHT} if initiated else always)
        for state in State:
            assert has_come_back(state, "ON_HOLD", was_initiated=initiated) is False

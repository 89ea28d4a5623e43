"""What follows for a payout from each reply, search, reading and bank line: whole steps, to the second."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from execution.domain import resolving
from execution.domain.rail import RailRecord, Reply, Wire
from execution.domain.resolving import Step
from execution.domain.states import State
from execution.domain.verdict import passes, refuses

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)
ROW: dict[str, Any] = {
    "state": "sending", "state_reason": "as before", "mode": "direct", "attempt": 1, "amount_minor": 90_000,
    "currency_code": "USD", "vendor_id_ramp": "v1", "vendor_account_id": "va1", "rail_bill_id": None,
    "rail_draft_id": None, "rail_status": None, "trace_id": None, "sent_at": NOW - 30 * MINUTE, "scans_clean": 2,
    "resend_agreed_at": None, "resend_agreed_by": None,
}  # fmt: skip
DONE = Reply(Wire.DONE, "created", 201, "b1", "t1", b"", "PAYMENT_SCHEDULED")
BILL = RailRecord("bill", "b1", "ref", "v1", "INV-1", 90_000, "USD", "PAYMENT_SCHEDULED", vendor_account_id="va1")
DRAFT = replace(BILL, kind="draft", record_id="d1")
TOLD = {"wire": "done", "status": 201, "trace": "t1"}


def row(**changes: Any) -> dict[str, Any]:
    return {**ROW, **changes}


def test_constants_that_the_wait_is_made_of() -> None:
    assert resolving.SCAN_DELAYS == (5, 30, 120, 600, 1800)
    assert (resolving.QUIET_WINDOW, resolving.CLEAN_SCANS_NEEDED) == (30 * MINUTE, 3)
    assert timedelta(seconds=30) == resolving.BACK_OFF


def test_a_hold_may_be_sent_at_once_for_a_day() -> None:
    values = {"expires_at": NOW + DAY, "next_at": NOW, "scans_clean": 0}
    assert resolving.reserved(NOW, {"a": 1}) == Step(State.RESERVED, "payout.reserved", "", values, {"a": 1})


def test_a_refusal_withdraws_the_release_and_keeps_every_verdict() -> None:
    said = [passes("limits", "fine"), refuses("payee", "Changed", "Call"), refuses("runway", "Short", "Hold")]
    shown = [v.as_inputs() for v in said]
    values = {"released_by": None, "released_at": None, "verdicts": shown}
    expected = Step(State.BLOCKED, "payout.blocked", "Changed. Call", values, {"verdicts": shown})
    assert resolving.blocked(said) == expected


def test_an_intent_counts_its_attempt() -> None:
    values = {"attempt": 2, "sent_at": NOW, "next_at": NOW, "scans_clean": 0}
    expected = Step(State.SENDING, "payout.sending", "", values, {"attempt": 2, "sha": "x"})
    assert resolving.intended(ROW, NOW, {"sha": "x"}) == expected


@pytest.mark.parametrize(
    ("mode", "record_id", "state", "name"),
    [("direct", "b1", State.AT_RAIL, "rail_bill_id"), ("draft", "d1", State.HANDED_OFF, "rail_draft_id"),
     ("direct", "dry_run:1", State.HANDED_OFF, "rail_draft_id")],
)  # fmt: skip
def test_what_was_made(mode: str, record_id: str, state: State, name: str) -> None:
    values = {"rail_status": "PAYMENT_SCHEDULED", "next_at": NOW, name: record_id}
    said = resolving.replied(row(mode=mode), replace(DONE, record_id=record_id), NOW)
    assert said == Step(state, "payout.sent", "created", values, TOLD)


@pytest.mark.parametrize(
    ("wire", "state", "action", "reason", "values"),
    [
        (Wire.REFUSED, State.DECLINED, "payout.declined", "no", {}),
        (Wire.NEVER_SENT, State.RESERVED, "payout.not_sent", "no; tried again soon",
         {"next_at": NOW + timedelta(seconds=30)}),
        (Wire.THROTTLED, State.RESERVED, "payout.not_sent", "no; tried again soon",
         {"next_at": NOW + timedelta(seconds=30)}),
        (Wire.UNCONFIRMED, State.UNCONFIRMED, "payout.unconfirmed", "no",
         {"next_at": NOW + 5 * SECOND, "scans_clean": 0}),
    ],
)  # fmt: skip
def test_what_was_not(wire: Wire, state: State, action: str, reason: str, values: dict[str, Any]) -> None:
    said = resolving.replied(ROW, Reply(wire, "no", 500), NOW)
    assert said == Step(state, action, reason, values, {"wire": str(wire), "status": 500, "trace": None})


def test_a_late_reply_of_the_attempt_that_still_sends_is_used() -> None:
    assert resolving.replied_late(ROW, DONE, NOW, attempt=1) == [resolving.replied(ROW, DONE, NOW)]
    silent = row(state="unconfirmed")
    for wire in (Wire.DONE, Wire.REFUSED):
        reply = replace(DONE, wire=wire)
        assert resolving.replied_late(silent, reply, NOW, attempt=1) == [resolving.replied(silent, reply, NOW)]


@pytest.mark.parametrize(
    ("changes", "reply", "attempt"),
    [
        ({"state": "unconfirmed"}, replace(DONE, wire=Wire.NEVER_SENT, record_id=None), 1),
        ({"attempt": 2}, replace(DONE, wire=Wire.REFUSED, record_id=None), 1),
        ({"state": "at_rail", "rail_bill_id": "b1"}, DONE, 1),
        ({"state": "at_rail", "rail_draft_id": "b1"}, DONE, 1),
        ({"state": "at_rail", "rail_bill_id": "b2"}, replace(DONE, wire=Wire.UNCONFIRMED), 1),
        ({"state": "reserved", "attempt": 2}, DONE, 1),
    ],
)
def test_a_late_reply_that_decides_nothing_is_noted(changes: dict[str, Any], reply: Reply, attempt: int) -> None:
    inputs = {"attempt": attempt, "wire": str(reply.wire), "status": 201, "record_id": reply.record_id}
    expected = [Step(None, "payout.late_reply", "as before", {}, inputs)]
    assert resolving.replied_late(row(**changes), reply, NOW, attempt=attempt) == expected


def test_a_late_second_bill_is_a_mismatch() -> None:
    there = row(state="at_rail", rail_bill_id="b2", attempt=2)
    expected = [resolving.mismatched("two bills at Ramp carry one reference", "b1")]
    assert resolving.replied_late(there, DONE, NOW, attempt=1) == expected


def test_silence() -> None:
    values = {"next_at": NOW + 5 * SECOND, "scans_clean": 0}
    assert resolving.unconfirmed("gone", NOW, {"a": 1}) == Step(
        State.UNCONFIRMED, "payout.unconfirmed", "gone", values, {"a": 1}
    )


def test_what_is_found_is_adopted_bills_before_drafts() -> None:
    values = {"rail_status": "PAYMENT_SCHEDULED", "next_at": NOW, "rail_bill_id": "b1", "rail_draft_id": None}
    under_our_name = "Found at Ramp under our reference"
    adopted = Step(State.AT_RAIL, "payout.found_at_rail", under_our_name, values, {"record_id": "b1", "kind": "bill"})
    assert resolving.found(ROW, [DRAFT, BILL], NOW) == [adopted]
    kept = resolving.found(row(rail_draft_id="d0"), [BILL], NOW)[0].values
    assert kept["rail_draft_id"] == "d0"
    assert resolving.found(row(rail_draft_id="d0"), [replace(BILL, draft_bill_id="d9")], NOW)[0].values[
        "rail_draft_id"] == "d9"  # fmt: skip
    draft = {"rail_status": "PAYMENT_SCHEDULED", "next_at": NOW, "rail_draft_id": "d1"}
    assert resolving.found(ROW, [DRAFT], NOW) == [
        Step(State.HANDED_OFF, "payout.found_at_rail", under_our_name, draft, {"record_id": "d1", "kind": "draft"})
    ]
    old = replace(BILL, record_id="b0", is_archived=True)
    assert resolving.found(ROW, [old, DRAFT], NOW)[0].values["rail_draft_id"] == "d1", "a draft can still be paid"
    assert resolving.found(ROW, [old, BILL], NOW) == [adopted]
    assert resolving.found(ROW, [old], NOW)[0].values["rail_bill_id"] == "b0"
    two = resolving.found(ROW, [BILL, replace(BILL, record_id="b2")], NOW)
    assert two == [adopted, resolving.mismatched("two bills at Ramp carry one reference", "b2")]


AGAIN = "Not at Ramp after a long quiet; it may be sent again under the same reference"
ASKS = "Not at Ramp after a long quiet; a controller or advisor looks there too and agrees to send it again"


@pytest.mark.parametrize(
    ("changes", "limit", "again", "reason"),
    [
        ({}, 90_000, True, AGAIN),
        ({}, 89_999, False, ASKS),
        ({"scans_clean": 1}, 90_000, False, "as before"),
        ({"sent_at": NOW - 30 * MINUTE + SECOND}, 90_000, False, "as before"),
        ({"sent_at": None}, 90_000, False, "as before"),
        ({"resend_agreed_at": NOW - 30 * MINUTE, "resend_agreed_by": "ada"}, 0, True, AGAIN),
        ({"resend_agreed_at": NOW - 30 * MINUTE - SECOND, "resend_agreed_by": "ada"}, 0, False, ASKS),
    ],
)
def test_back_to_reserved_only_after_looks_quiet_and_a_person(
    changes: dict[str, Any], limit: int, again: bool, reason: str
) -> None:
    there = row(state="unconfirmed", **changes)
    scans = there["scans_clean"] + 1
    said = resolving.not_found(there, NOW, automatic_up_to_minor=limit)
    if again:
        values = {"next_at": NOW, "expires_at": NOW + DAY, "scans_clean": scans}
        told = {"scans": scans, "agreed_by": there["resend_agreed_by"]}
        assert said == Step(State.RESERVED, "payout.absent_at_rail", reason, values, told)
    else:
        delay = {2: 120, 3: 600}[scans]
        values = {"scans_clean": scans, "next_at": NOW + timedelta(seconds=delay)}
        assert said == Step(None, "payout.looked_for", reason, values, {"scans": scans})


def test_looks_grow_rarer_up_to_half_an_hour() -> None:
    for before, delay in ((0, 30), (1, 120), (2, 600), (3, 1800), (9, 1800)):
        said = resolving.not_found(row(scans_clean=before, sent_at=NOW), NOW, automatic_up_to_minor=0)
        assert said.values["next_at"] == NOW + timedelta(seconds=delay)


IDS = {"rail_status": "PAYMENT_SCHEDULED", "rail_bill_id": "b1", "payment_date": None, "trace_id": None}
READ = {"status_summary": "PAYMENT_SCHEDULED", "bill_id": "b1"}


def there(state: str, **changes: Any) -> dict[str, Any]:
    return row(state=state, rail_bill_id="b1", rail_status="PAYMENT_SCHEDULED", **changes)


def test_nothing_new_is_nothing() -> None:
    assert resolving.seen(there("at_rail"), None) == []
    assert resolving.seen(there("at_rail"), BILL) == []
    assert resolving.seen(there("settled"), BILL) == []
    assert resolving.seen(there("settled"), replace(BILL, amount_minor=1, status_summary="ON_HOLD")) == []
    assert resolving.seen(there("mismatched"), BILL) == []
    assert resolving.seen(there("mismatched"), replace(BILL, amount_minor=1)) == []
    assert resolving.seen(row(state="handed_off", rail_draft_id="d1"), DRAFT) == []
    assert resolving.seen(row(state="handed_off", rail_draft_id="d1"), replace(DRAFT, amount_minor=1)) == []


def test_a_new_word_of_ramp_is_kept_even_where_the_state_stays() -> None:
    hold = replace(BILL, status_summary="ON_HOLD", trace_id="t9", payment_date=date(2026, 12, 1))
    ids = {"rail_status": "ON_HOLD", "rail_bill_id": "b1", "payment_date": date(2026, 12, 1), "trace_id": "t9"}
    told = {"status_summary": "ON_HOLD", "bill_id": "b1"}
    assert resolving.seen(there("at_rail"), hold) == [Step(None, "payout.rail_status", "on hold in Ramp", ids, told)]
    said = resolving.seen(there("at_rail", trace_id="t0"), replace(BILL, status_summary="ON_HOLD"))
    assert said[0].values["trace_id"] == "t0"


def test_the_states_follow_ramp() -> None:
    started = replace(BILL, status_summary="PAYMENT_PROCESSING")
    ids = {**IDS, "rail_status": "PAYMENT_PROCESSING"}
    told = {"status_summary": "PAYMENT_PROCESSING", "bill_id": "b1"}
    step = Step(State.IN_FLIGHT, "payout.rail_status", "Ramp started the payment", ids, told)
    assert resolving.seen(there("at_rail"), started) == [step]
    first = Step(State.AT_RAIL, "payout.at_rail", "Ramp started the payment", ids, {"bill_id": "b1"})
    assert resolving.seen(row(state="handed_off", rail_draft_id="d1"), started) == [first, step]
    quiet = resolving.seen(row(state="handed_off", rail_draft_id="d1"), BILL)
    assert quiet == [Step(State.AT_RAIL, "payout.at_rail", "scheduled in Ramp", IDS, {"bill_id": "b1"})]


def test_archived_before_the_start_ends_it_and_after_it_is_a_mismatch() -> None:
    gone = replace(BILL, is_archived=True)
    assert resolving.seen(there("at_rail"), gone) == [
        Step(State.CANCELLED, "payout.rail_status", "scheduled in Ramp", IDS, READ)
    ]
    assert resolving.seen(there("in_flight"), gone) == []
    told = replace(BILL, status_summary="ARCHIVED")
    expected = [resolving.mismatched("Ramp reports ARCHIVED after the start", "b1")]
    assert resolving.seen(there("in_flight"), told) == expected


def test_money_that_came_back() -> None:
    failed = replace(BILL, status_summary="PAYMENT_ERROR", trace_id="t1")
    reason = "Ramp reports that the payment failed after it left: the money came back"
    ids = {"rail_status": "PAYMENT_ERROR", "rail_bill_id": "b1", "payment_date": None, "trace_id": "t1"}
    told = {"status_summary": "PAYMENT_ERROR", "bill_id": "b1"}
    for state in ("at_rail", "in_flight", "rail_paid", "settled"):
        assert resolving.seen(there(state), failed) == [Step(State.RETURNED, "payout.returned", reason, ids, told)]
    assert resolving.seen(there("at_rail"), replace(failed, trace_id=None))[0].to is None
    draft = resolving.seen(row(state="settled", rail_draft_id="d1"), replace(failed, kind="draft"))
    assert draft[0].values == {"rail_status": "PAYMENT_ERROR"}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, ""),
        ({"amount_minor": 1}, "amount 1 instead of 90000"),
        ({"currency_code": "EUR"}, "currency EUR"),
        ({"vendor_id": "v2"}, "another vendor"),
        ({"vendor_account_id": "va2"}, "another account of the vendor"),
        ({"amount_minor": 1, "vendor_id": "v2"}, "amount 1 instead of 90000, another vendor"),
        ({"amount_minor": None, "currency_code": None, "vendor_id": None, "vendor_account_id": None}, ""),
    ],
)
def test_what_differs_from_what_was_signed(changes: dict[str, Any], words: str) -> None:
    record = replace(BILL, **changes)
    assert resolving.differences(ROW, record) == words
    if words:
        at_rail = [resolving.mismatched(words, "b1")]
        assert resolving.seen(there("at_rail"), record) == at_rail
        handed = resolving.seen(row(state="handed_off", rail_draft_id="d1"), record)
        assert handed == [Step(State.AT_RAIL, "payout.at_rail", "", IDS), *at_rail]
    assert resolving.differences(row(vendor_account_id=""), replace(BILL, vendor_account_id="va2")) == ""


def test_what_a_restored_store_did_not_know_is_taken_over_and_says_so() -> None:
    bills = [BILL, replace(BILL, record_id="b2")]
    adopted, mismatch = resolving.found(ROW, bills, NOW)
    why = "Found at Ramp under our reference, though it stood here as approved"
    taken = replace(adopted, action="payout.found_after_restore", reason=why, values={**adopted.values, "sent_at": NOW})
    assert resolving.found_after_restore(row(state="approved"), bills, NOW) == [taken, mismatch]
    assert resolving.found_after_restore(row(state="approved"), bills[:1], NOW) == [taken]


def test_a_step_says_nothing_by_itself() -> None:
    bare = Step(None, "x")
    assert (bare.reason, bare.values, bare.inputs, bare.freezes) == ("", {}, {}, False)


def test_a_mismatch_freezes() -> None:
    assert resolving.mismatched("why", "e1") == Step(
        State.MISMATCHED, "payout.mismatched", "why", {}, {"evidence_id": "e1"}, freezes=True
    )


def test_ends_by_the_clock() -> None:
    late = "Not sent in time; propose the bill again"
    assert resolving.expired() == Step(State.EXPIRED, "payout.expired", late)
    over = "Rehearsal ended: nothing was sent to Ramp"
    assert resolving.rehearsal_ended() == Step(State.CANCELLED, "payout.rehearsal_ended", over)

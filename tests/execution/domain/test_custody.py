"""What one sync says of each link: both edges of every clock, and evidence alone closes."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from execution.domain.custody import PACES, Finding, Kept, Link, Pace, Sight, end_of, on_move, posting_due
from execution.domain.custody_review import may_go_twice, review
from execution.domain.states import State

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
DUE = datetime(2026, 11, 20, 23, 59, 59, tzinfo=UTC)
ROW: dict[str, Any] = {
    "payout_id": "p" * 32, "state": "rail_paid", "state_reason": "", "amount_minor": 90_000, "rail_bill_id": "bill-1",
    "rail_status": "PAYMENT_COMPLETED", "posting_id_plaid": None, "payment_date": date(2026, 11, 13),
    "arrival_date": date(2026, 11, 17), "payload_sha256": "a" * 64, "band": "one", "released_by": "cleo",
}  # fmt: skip
PROOF: dict[str, Any] = {
    "candidate_count": 0, "decided_by": None, "posting_id_plaid": None, "is_bill_at_ramp": True,
    "is_proof_present": True, "window_to_date": date(2026, 11, 20), "books_due_date": date(2026, 11, 30),
    "bill_payment_id_qbo": None, "qbo_open_minor": 90_000,
}  # fmt: skip
READ = dict.fromkeys(("plaid", "qbo", "ramp"), NOW)
OTHER = {"road": "bank", "record_id": "t9", "paid_date": date(2026, 11, 12), "certainty": "moved"}


def stored(link: Link, **changes: Any) -> dict[str, Any]:
    usual = {"link": str(link), "owner": "executor", "due_at": DUE, "evidence_id": None, "evidence": {},
             "closed_at": None, "finding": None, "finding_text": "", "next_action": ""}  # fmt: skip
    return {**usual, **changes}


def judged(link: Link, *, now: datetime = NOW, row: dict[str, Any] | None = None, sight: dict[str, Any] | None = None,
           proof: dict[str, Any] | None = None, **link_changes: Any) -> Kept:  # fmt: skip
    usual: dict[str, Any] = {"proof": {**PROOF, **(proof or {})}, "read_at": READ}
    found = review(
        {**ROW, **(row or {})}, {link: stored(link, **link_changes)}, Sight(**{**usual, **(sight or {})}), now
    )
    return next(kept for kept in found if kept.link is link)


def test_the_clocks_of_the_executor_and_of_the_warehouse_are_the_same() -> None:
    seed = Path(__file__).resolve().parents[3] / "dbt_project" / "seeds" / "payment_windows.csv"
    rows = list(csv.DictReader(seed.open()))
    told = {r["payment_method"]: Pace(*(int(r[name]) for name in list(r)[1:])) for r in rows}
    assert told == PACES


def test_a_window_counts_banking_days() -> None:
    # Thanksgiving and a weekend lie between.
    row = {**ROW, "payment_date": date(2026, 11, 23)}
    assert posting_due(row) == end_of(date(2026, 12, 1))
    assert posting_due({**row, "payment_date": None, "arrival_date": date(2026, 11, 25)}) == end_of(date(2026, 12, 1))


@pytest.mark.parametrize(
    ("now", "read_at", "finding"),
    [(DUE, DUE, None), (DUE + timedelta(seconds=1), DUE + timedelta(seconds=1), Finding.LATE),
     (NOW, DUE, Finding.UNREAD), (NOW, None, Finding.UNREAD)],
    ids=["at its due time", "a second later", "bank not read since", "bank never read"],
)  # fmt: skip
def test_a_missing_bank_line_is_late_only_once_the_bank_was_read(now: Any, read_at: Any, finding: Any) -> None:
    kept = judged(Link.BANK_POSTING, now=now, sight={"read_at": {"plaid": read_at}})
    assert kept.finding is finding and kept.evidence_id is None
    assert not finding or (
        kept.next_action and kept.owner == ("controller" if finding is Finding.LATE else "firm admin")
    )


@pytest.mark.parametrize(
    ("proof", "finding", "owner"),
    [
        ({"candidate_count": 2, "posting_id_plaid": "t1"}, Finding.AMBIGUOUS, "controller"),
        ({"contradicting_posting_id": "t2", "contradicting_minor": -91_000}, Finding.CONTRADICTS,
         "controller and advisor"),
    ],
    ids=["two lines fit", "the trace on another amount"],
)  # fmt: skip
def test_an_open_bank_line_names_what_is_wrong(proof: Any, finding: Finding, owner: str) -> None:
    kept = judged(Link.BANK_POSTING, proof=proof)
    assert (kept.finding, kept.owner, kept.evidence_id) == (finding, owner, None)
    assert kept.text and kept.next_action


def test_a_line_that_proved_it_and_is_gone_opens_the_link_again() -> None:
    closed = {"evidence_id": "t1", "closed_at": DUE}
    row = {"state": "settled", "posting_id_plaid": "t1"}
    assert judged(Link.BANK_POSTING, row=row, **closed).evidence_id == "t1"
    kept = judged(Link.BANK_POSTING, row=row, proof={"is_proof_present": False}, **closed)
    assert kept.finding is Finding.VANISHED and kept.evidence_id is None and "t1" in kept.text


def test_the_books_may_come_long_after_the_bank() -> None:
    settled = {"state": "settled", "posting_id_plaid": "t1"}
    assert judged(Link.BOOK_PAYMENT, row=settled).finding is None
    late = judged(Link.BOOK_PAYMENT, row=settled, now=end_of(date(2026, 12, 1)),
                  sight={"read_at": dict.fromkeys(READ, end_of(date(2026, 12, 1)))})  # fmt: skip
    assert late.finding is Finding.LATE and late.owner == "bookkeeper"
    booked = {"bill_payment_id_qbo": "b1", "bill_payment_minor": -90_000, "bill_payment_date": date(2026, 12, 2)}
    closed = judged(Link.BOOK_PAYMENT, row=settled, proof=booked, finding="late", finding_text=late.text)
    assert closed.evidence_id == "b1" and closed.finding is None
    wrong = judged(Link.BOOK_PAYMENT, row=settled, proof={**booked, "bill_payment_minor": -89_999})
    assert wrong.finding is Finding.CONTRADICTS and wrong.evidence_id is None
    signal = {"bill_payment_signal": "names the Ramp payment, on another bill"}
    astray = judged(Link.BOOK_PAYMENT, row=settled, proof={**booked, **signal}, evidence_id="b1", closed_at=DUE)
    assert (astray.finding, astray.owner, astray.evidence_id) == (Finding.CONTRADICTS, "bookkeeper", None)
    assert "b1 names this payment and stands on another bill" in astray.text
    gone = judged(Link.BOOK_PAYMENT, row=settled, evidence_id="b1", closed_at=DUE)
    assert gone.finding is Finding.VANISHED and gone.evidence_id is None


def test_a_returned_payment_asks_for_the_credit_and_for_the_books() -> None:
    returned = {"state": "returned", "posting_id_plaid": "t1"}
    waits = judged(Link.BANK_POSTING, row=returned, evidence_id="t1", closed_at=DUE)
    assert waits.finding is Finding.RETURNED and waits.evidence_id is None
    back = {"return_posting_id": "t2", "is_return_certain": True, "return_signal": "trace",
            "return_posted_date": date(2026, 11, 23)}  # fmt: skip
    assert judged(Link.BANK_POSTING, row=returned, proof=back).evidence_id == "t2"
    stands = judged(Link.BOOK_PAYMENT, row=returned, proof={"bill_payment_id_qbo": "b1"})
    assert stands.finding is Finding.CONTRADICTS and "Void" in stands.next_action
    assert judged(Link.BOOK_PAYMENT, row=returned).evidence_id is not None
    refund = judged(Link.BANK_POSTING, row={"state": "settled", "posting_id_plaid": "t1"}, evidence_id="t1",
                    proof={**back, "is_return_certain": False})  # fmt: skip
    assert refund.finding is Finding.RETURNED and refund.evidence_id == "t1", "named to a person, still proven"


def test_a_bill_that_ramp_no_longer_shows_or_archived() -> None:
    closed = {"evidence_id": "bill-1", "closed_at": DUE}
    gone = judged(Link.RAMP_BILL, proof={"is_bill_at_ramp": False}, **closed)
    assert gone.finding is Finding.VANISHED
    early = judged(Link.RAMP_BILL, proof={"is_bill_at_ramp": False}, sight={"read_at": {"ramp": DUE}}, **closed)
    assert early.finding is None, "Ramp was not read since the bill was put there"
    archived = judged(Link.RAMP_BILL, row={"state": "cancelled"}, **closed)
    assert archived.finding is Finding.VANISHED and archived.owner == "controller"
    anew = judged(Link.RAMP_BILL, row={"state": "cancelled"}, sight={"has_successor": True}, **closed)
    assert anew.finding is None and anew.evidence_id == "bill-1"
    paid_yet = judged(Link.BANK_POSTING, row={"state": "cancelled"},
                      proof={"decided_by": "trace", "posting_id_plaid": "t1", "candidate_count": 1})  # fmt: skip
    assert paid_yet.finding is Finding.CONTRADICTS


@pytest.mark.parametrize(
    ("state", "certainty", "twice"),
    [("at_rail", "moved", True), ("in_flight", "scheduled", True), ("at_rail", "recorded", False),
     ("rail_paid", "moved", False), ("handed_off", "moved", False), ("settled", "moved", False)],
)  # fmt: skip
def test_only_money_that_can_still_go_twice_freezes(state: str, certainty: str, twice: bool) -> None:
    other = {**OTHER, "certainty": certainty}
    assert (may_go_twice({**ROW, "state": state}, [other]) is not None) is twice
    kept = judged(Link.BOOK_PAYMENT, row={"state": state}, sight={"elsewhere": [other]})
    assert kept.finding is Finding.PAID_ELSEWHERE and "t9" in kept.text and kept.next_action


def test_each_state_hands_its_link_on() -> None:
    row = {**ROW, "payment_date": None}
    opened = {state: [(k.link, k.evidence_id is not None) for k in on_move(row, state, NOW, {})] for state in State}
    assert opened[State.PROPOSED] == [(Link.DECISION, False)]
    assert opened[State.RESERVED] == [(Link.DECISION, True), (Link.RAMP_BILL, False)]
    assert opened[State.AT_RAIL] == [(Link.RAMP_BILL, True), (Link.BANK_POSTING, False), (Link.BOOK_PAYMENT, False)]
    settled = on_move({**row, "posting_id_plaid": "t1"}, State.SETTLED, NOW, {"decided_by": "trace"})
    assert [(k.link, k.evidence_id) for k in settled] == [(Link.BANK_POSTING, "t1")]
    for state in State:
        assert all(k.owner and (k.evidence_id or k.due_at) for k in on_move(row, state, NOW, {}) if state != "settled")


def test_the_words_that_are_stored_and_shown() -> None:
    from execution.domain.custody import Finding, Link

    assert [str(one) for one in Link] == ["decision", "ramp_bill", "bank_posting", "book_payment"]
    assert [str(one) for one in Finding] == [
        "late", "unread", "ambiguous", "contradicts", "vanished", "returned", "paid_elsewhere",
    ]  # fmt: skip

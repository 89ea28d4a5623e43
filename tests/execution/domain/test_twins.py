"""Of two bills under one reference the later goes; one that has begun to pay stays; a draft is a person's to remove."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from execution.domain.rail import RailRecord
from execution.domain.twins import sort_out

AT = datetime(2026, 11, 24, tzinfo=UTC)


def record(record_id: str, minutes: int, kind: str = "bill", **more: Any) -> RailRecord:
    made = RailRecord(kind, record_id, "r", "v", "n", 1, "USD", more.pop("status", "PAYMENT_SCHEDULED"), **more)
    return RailRecord(
        **{**{f: getattr(made, f) for f in RailRecord.__slots__}, "created_at": AT + timedelta(minutes=minutes)}
    )


def test_one_alone_or_beside_an_archived_one_is_no_twin() -> None:
    assert sort_out([]) is None and sort_out([record("a", 0)]) is None
    assert sort_out([record("a", 0), record("b", 1, is_archived=True)]) is None


def test_the_later_goes() -> None:
    twins = sort_out([record("late", 9), record("early", 1)])
    assert twins is not None and twins.keep.record_id == "early"
    assert [one.record_id for one in twins.archive] == ["late"] and not twins.for_person
    assert twins.sentence == "two bills at Ramp carry one reference; early stays, bill late is archived"


def test_one_that_has_begun_to_pay_stays() -> None:
    twins = sort_out([record("early", 1), record("begun", 9, status="PAYMENT_PROCESSING")])
    assert twins is not None and (twins.keep.record_id, twins.archive[0].record_id) == ("begun", "early")
    both = sort_out([record("one", 1, status="PAYMENT_COMPLETED"), record("two", 2, trace_id="x")])
    assert both is not None and not both.archive and [one.record_id for one in both.for_person] == ["two"]


def test_a_draft_is_for_a_person() -> None:
    twins = sort_out([record("draft", 1, kind="draft"), record("bill", 9)])
    assert twins is not None and twins.keep.record_id == "bill"
    assert [one.record_id for one in twins.for_person] == ["draft"] and "yourself" in twins.sentence

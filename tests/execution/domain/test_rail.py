"""The words of a rail as they are kept in every store."""

from __future__ import annotations

import pytest

from execution.domain.rail import RailRecord, Reply, Search, Wire, is_rehearsal


def test_the_words_are_kept_in_stores_and_logs() -> None:
    assert [str(one) for one in Wire] == ["never_sent", "done", "refused", "throttled", "unconfirmed"]


def test_what_a_rail_did_not_say() -> None:
    reply = Reply(Wire.REFUSED, "no")
    assert (reply.status, reply.record_id, reply.trace_id, reply.body, reply.status_summary) == (
        None, None, None, b"", None)  # fmt: skip
    record = RailRecord("bill", "b", None, None, None, None, None)
    assert record.is_archived is False and record.trace_id is None and record.draft_bill_id is None
    assert (Search().ours, Search().same_invoice, Search().pages, Search().requests) == ((), (), 0, ())


@pytest.mark.parametrize(("record_id", "is_it"), [("dry_run:1", True), ("b1", False), ("", False), (None, False),
                                                  ("xdry_run:1", False)])  # fmt: skip
def test_rehearsals(record_id: str | None, is_it: bool) -> None:
    assert is_rehearsal(record_id) is is_it

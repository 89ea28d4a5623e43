"""The stages by name, and what a fact that nobody gave means: nothing in the payment's favour."""

from __future__ import annotations

from dataclasses import replace

from execution.domain.facts import (
    BalanceFacts,
    BillFacts,
    ClientFacts,
    ClockFacts,
    Facts,
    LimitFacts,
    PaceFacts,
    PayeeFacts,
    RailFacts,
    ReserveFacts,
    Signature,
    Stage,
    Twin,
)
from execution.domain.policy import Policy
from execution.guards import evaluate
from tests.execution.guards.facts import NOW, facts


def test_the_stages() -> None:
    assert [str(one) for one in Stage] == ["preview", "propose", "approve", "reserve", "send"]
    assert [one for one in Stage if one.is_live] == [Stage.RESERVE, Stage.SEND]
    assert [one for one in Stage if one.is_unsigned] == [Stage.PREVIEW, Stage.PROPOSE]


def test_what_is_not_given() -> None:
    signature = Signature("a", "A", "controller", "0" * 64)
    assert (signature.reason, signature.snapshot_id, signature.seen) == ("", "", {})
    bill = BillFacts("qbo:1", 1, "USD", "0")
    assert (bill.vendor_id, bill.is_payable_here, bill.not_payable_reason) == (None, True, None)
    assert (bill.duplicate_of, bill.duplicate_evidence) == (None, None)
    assert BalanceFacts("a", 1, "USD", NOW).is_live is False
    assert ReserveFacts(1, 2).promised_minor == 0 and LimitFacts(1, 2, 3, 4).signed_day_minor == 0
    payee = PayeeFacts("v", True, None, None, None, True)
    assert (payee.call_back_confirmed, payee.call_back_by, payee.changed_at, payee.edited_by) == (False, None, None, ())
    twin = Twin("paid", "1", "x")
    assert (twin.is_certain, twin.is_same_bill) == (True, False)
    assert PaceFacts(0, 0, 0, 0).paid_before_minor == () and RailFacts("fresh").reason == ""
    assert ClientFacts("managed", "draft").is_removed is False and ClockFacts(None).rail_skew_seconds is None


def test_facts_that_nobody_gathered_refuse() -> None:
    bare = Facts(Stage.SEND, NOW, NOW.date(), Policy(), "Acme", "USD", None)
    assert all(not verdict.passed for verdict in evaluate(bare) if verdict.guard_id != "seen_unchanged")
    assert (bare.own_hold_minor, bare.is_first_payout, bare.frozen_reason, bare.readiness_reason) == (0, False, "", "")
    assert (bare.signatures, bare.policy_authors, bare.permits, bare.seen, bare.rails) == ((), (), (), {}, {})
    for name in ("twins", "elsewhere", "limits", "pace", "client", "payee", "balance", "reserves", "clock"):
        assert getattr(bare, name) is None
        assert any(not verdict.passed for verdict in evaluate(replace(facts(), **{name: None}))), name

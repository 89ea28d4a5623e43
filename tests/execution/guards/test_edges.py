"""Each guard just inside and just outside its edge, and without its facts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from execution import guards
from execution.domain.bands import BandLimits
from execution.domain.facts import (
    ClockFacts,
    Elsewhere,
    LimitFacts,
    RailFacts,
    ReserveFacts,
    Signature,
    Stage,
    Twin,
)
from execution.domain.policy import Policy
from execution.domain.verdict import Effect
from tests.execution.guards.facts import BALANCE, BILL, CLIENT, NOW, PACE, PAYEE, PAYLOAD, facts, signed

SEC, MIN, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NEW = replace(PAYEE, is_new=True)
CHANGED = replace(PAYEE, fingerprint="f2", known_fingerprint="f1", changed_at=NOW - 5 * DAY)
CALLED = {"call_back_confirmed": True, "call_back_by": "carl"}


def ramp(status: str) -> dict[str, RailFacts]:
    return {"qbo": RailFacts("fresh"), "plaid": RailFacts("fresh"), "ramp": RailFacts(status)}


def shown(seen: dict[str, Any]) -> tuple[Signature, ...]:
    return (replace(signed("carl")[0], seen=seen, snapshot_id="s1"),)


def test_everything_in_order_passes_at_every_stage() -> None:
    for stage in Stage:
        assert all(v.effect is Effect.PASS for v in guards.evaluate(facts(stage=stage))), stage


PASSES: list[tuple[str, dict[str, Any]]] = [
    ("spendable_cash", {"amount": 900_000, "signers": ("carl", "ada")}),
    ("spendable_cash", {"reserves": ReserveFacts(400_000, 410_000)}),
    ("spendable_cash", {"reserves": ReserveFacts(900_000, 0), "own_hold_minor": 90_000}),
    ("balance_fresh", {"balance": replace(BALANCE, as_of=NOW - 15 * MIN)}),
    ("balance_fresh", {"balance": replace(BALANCE, as_of=NOW + 5 * SEC)}),
    ("bill_open", {"payload": PAYLOAD.with_changes(source_bill_id="ramp:1"), "live_bill": None}),
    ("payee", {"payee": replace(NEW, **CALLED)}),
    ("payee", {"payee": replace(CHANGED, **CALLED)}),
    ("duplicate", {"twins": (Twin("entered", "bill 2", "alike", is_certain=False),)}),
    ("duplicate", {"twins": (Twin("in payment", "payout 2", "the same bill", is_same_bill=True),)}),
    ("same_bill", {"twins": (Twin("paid", "bill 2", "same"),)}),
    ("limits", {"limits": LimitFacts(24_910_000, 0, 0, 0)}),
    ("limits", {"limits": LimitFacts(0, 9_910_000, 0, 0)}),
    ("limits", {"limits": LimitFacts(0, 0, 19_910_000, 0)}),
    ("limits", {"limits": LimitFacts(0, 0, 0, 74_910_000)}),
    ("limits", {"limits": LimitFacts(0, 0, 0, 0, 24_910_000)}),
    ("velocity", {"pace": replace(PACE, vendor_hour=9)}),
    ("velocity", {"pace": replace(PACE, vendor_day=19)}),
    ("velocity", {"pace": replace(PACE, client_hour=299)}),
    ("velocity", {"pace": replace(PACE, client_day=999)}),
    ("runway", {"daily_net_burn_minor": 1_000_000, "policy": Policy(runway_days_floor=0)}),
    ("runway", {"daily_net_burn_minor": 91_000, "policy": Policy(runway_days_floor=10)}),
    ("runway", {"daily_net_burn_minor": 0, "policy": Policy(runway_days_floor=10)}),
    ("runway", {"daily_net_burn_minor": -1, "policy": Policy(runway_days_floor=10)}),
    ("automation", {"is_prepared_by_agent": True}),
    ("automation", {"is_prepared_by_agent": False, "payee": NEW}),
    ("client_mode", {"client": replace(CLIENT, advisor_mode="active")}),
    ("client_mode", {"client": replace(CLIENT, advisor_mode="silent")}),
    ("client_mode", {"payload": PAYLOAD.with_changes(mode="draft")}),
    ("client_mode", {"payload": PAYLOAD.with_changes(mode="draft"), "client": replace(CLIENT, payout_mode="draft")}),
    ("readiness", {"readiness_score": 70}),
    ("rails_healthy", {"rails": ramp("stale")}),
    ("arrival_date", {"payload": PAYLOAD.with_changes(arrival_date=date(2026, 11, 27))}),
    ("clock_sane", {"clock": ClockFacts(NOW + 5 * SEC, 5)}),
    ("clock_sane", {"clock": ClockFacts(None, -5)}),
    ("snapshot_age", {"snapshot_at": NOW - 36 * HOUR}),
    ("signers", {"amount": 499_999}),
    ("seen_unchanged", {"seen": {"open_minor": 90_000}, "signatures": shown({"open_minor": 90_000})}),
    ("seen_unchanged", {"seen": {"open_minor": 90_000}, "signatures": ()}),
    ("signers", {"amount": 999_999}),
    ("signers", {"amount": 1_000_000, "signers": ("carl", "ada")}),
    ("signers", {"amount": 1_000_000, "signers": ("cleo", "farid")}),
    ("separate_people", {"actor_id": "ada"}),
]
REFUSES: list[tuple[str, dict[str, Any]]] = [
    ("spendable_cash", {"amount": 900_001, "signers": ("carl", "ada")}),
    ("spendable_cash", {"reserves": ReserveFacts(400_000, 410_001)}),
    ("spendable_cash", {"balance": replace(BALANCE, available_minor=None)}),
    ("spendable_cash", {"buffer_minor": None}),
    ("spendable_cash", {"reserves": None}),
    ("balance_fresh", {"balance": replace(BALANCE, as_of=NOW - 15 * MIN - SEC)}),
    ("balance_fresh", {"balance": replace(BALANCE, as_of=NOW + 6 * SEC)}),
    ("balance_fresh", {"balance": replace(BALANCE, is_live=False)}),
    ("balance_fresh", {"balance": replace(BALANCE, account_id="other")}),
    ("balance_fresh", {"balance": replace(BALANCE, currency_code="EUR")}),
    ("balance_fresh", {"balance": None}),
    ("bill_open", {"live_bill": None}),
    ("bill_open", {"bill": None, "live_bill": None}),
    ("bill_open", {"live_bill": replace(BILL, open_minor=0)}),
    ("bill_open", {"live_bill": replace(BILL, open_minor=89_999)}),
    ("bill_open", {"live_bill": replace(BILL, open_minor=90_001)}),
    ("bill_open", {"live_bill": replace(BILL, version="1")}),
    ("bill_open", {"live_bill": replace(BILL, currency_code="CAD")}),
    ("bill_open", {"live_bill": replace(BILL, is_payable_here=False)}),
    ("payee", {"payee": None}),
    ("payee", {"payee": NEW}),
    ("payee", {"payee": replace(NEW, call_back_confirmed=True, call_back_by="bea")}),
    ("payee", {"payee": CHANGED}),
    ("payee", {"payee": replace(CHANGED, **CALLED, changed_at=NOW - 5 * DAY + SEC)}),
    ("payee", {"payee": replace(PAYEE, is_active=False)}),
    ("payee", {"payee": replace(PAYEE, vendor_id="v2")}),
    ("payee", {"payee": replace(PAYEE, vendor_account_id="va2")}),
    ("payee", {"payee": replace(PAYEE, vendor_account_id=None)}),
    ("payee", {"payload": PAYLOAD.with_changes(vendor_account_id=""), "stage": Stage.APPROVE}),
    ("duplicate", {"twins": (Twin("paid", "bill 2", "same"),)}),
    ("duplicate", {"twins": None}),
    ("same_bill", {"twins": (Twin("in payment", "payout 2", "the same bill", is_same_bill=True),)}),
    ("same_bill", {"twins": None}),
    ("in_flight_elsewhere", {"elsewhere": (Elsewhere("ramp", "b7", "scheduled there"),)}),
    ("in_flight_elsewhere", {"elsewhere": None}),
    ("limits", {"limits": LimitFacts(24_910_001, 0, 0, 0)}),
    ("limits", {"limits": LimitFacts(0, 9_910_001, 0, 0)}),
    ("limits", {"limits": LimitFacts(0, 0, 19_910_001, 0)}),
    ("limits", {"limits": LimitFacts(0, 0, 0, 0, 24_910_001)}),
    ("velocity", {"pace": replace(PACE, vendor_hour=10)}),
    ("velocity", {"pace": replace(PACE, vendor_day=20)}),
    ("velocity", {"pace": replace(PACE, client_hour=300)}),
    ("velocity", {"pace": replace(PACE, client_day=1_000)}),
    ("velocity", {"pace": None}),
    ("runway", {"daily_net_burn_minor": 91_001, "policy": Policy(runway_days_floor=10)}),
    ("runway", {"daily_net_burn_minor": None, "policy": Policy(runway_days_floor=1)}),
    ("runway", {"balance": None}),
    ("runway", {"balance": replace(BALANCE, available_minor=None)}),
    ("runway", {"reserves": None}),
    ("automation", {"is_prepared_by_agent": None}),
    ("automation", {"is_prepared_by_agent": True, "payee": NEW}),
    ("automation", {"is_prepared_by_agent": True, "payee": CHANGED}),
    ("automation", {"is_prepared_by_agent": True, "payee": None}),
    ("automation", {"is_prepared_by_agent": True, "client": None}),
    ("automation", {"is_prepared_by_agent": True, "client": replace(CLIENT, advisor_mode="silent")}),
    ("client_mode", {"client": None}),
    ("client_mode", {"client": replace(CLIENT, is_removed=True)}),
    ("client_mode", {"client": replace(CLIENT, advisor_mode="asleep")}),
    ("client_mode", {"client": replace(CLIENT, payout_mode="draft")}),
    ("limits", {"limits": LimitFacts(0, 0, 0, 74_910_001)}),
    ("limits", {"limits": None}),
    ("readiness", {"readiness_score": 69}),
    ("readiness", {"readiness_score": None}),
    ("rails_healthy", {"rails": ramp("failed")}),
    ("rails_healthy", {"rails": {**ramp("fresh"), "plaid": RailFacts("stale")}}),
    ("rails_healthy", {"rails": {}}),
    ("arrival_date", {"payload": PAYLOAD.with_changes(arrival_date=date(2026, 11, 25))}),
    ("arrival_date", {"payload": PAYLOAD.with_changes(arrival_date=date(2026, 11, 26))}),
    ("arrival_date", {"payload": PAYLOAD.with_changes(arrival_date=date(2026, 12, 12))}),
    ("clock_sane", {"clock": ClockFacts(NOW + 6 * SEC, 0)}),
    ("clock_sane", {"clock": ClockFacts(NOW, 6)}),
    ("clock_sane", {"clock": ClockFacts(NOW, -6)}),
    ("clock_sane", {"clock": ClockFacts(NOW, None)}),
    ("clock_sane", {"clock": None}),
    ("snapshot_age", {"snapshot_at": NOW - 36 * HOUR - SEC}),
    ("snapshot_age", {"snapshot_at": None}),
    ("not_frozen", {"is_client_frozen": True}),
    ("not_frozen", {"is_client_frozen": None}),
    ("executor_running", {"is_executor_halted": True}),
    ("executor_running", {"is_executor_halted": None}),
    ("signers", {"signers": ()}),
    ("signers", {"signers": ("bea",)}),
    ("signers", {"amount": 1_000_000}),
    ("signers", {"amount": 1_000_000, "signers": ("carl", "cleo")}),
    ("signers", {"limits": LimitFacts(0, 0, 910_000, 0)}),
    ("signers", {"amount": 500_000, "signatures": signed("carl", payload=PAYLOAD.with_changes(amount_minor=500_000),
                                                         reason=" ")}),
    ("signers", {"limits": None}),
    ("separate_people", {"signers": ("carl", "bea")}),
    ("separate_people", {"actor_id": "bea", "signers": ()}),
    ("separate_people", {"payee": replace(PAYEE, edited_by=("carl",))}),
    ("separate_people", {"policy_authors": ("carl",)}),
    ("separate_people", {"preparer_id": None}),
    ("payload_unchanged", {"stored_payload_sha256": "0" * 64}),
    ("payload_unchanged", {"signatures": (Signature("carl", "Carl", "controller", "0" * 64),)}),
    ("payload_unchanged", {"payload": PAYLOAD, "stored_payload_sha256": None}),
    ("seen_unchanged", {"seen": {"open_minor": 90_001}, "signatures": shown({"open_minor": 90_000})}),
    ("seen_unchanged", {"seen": {}, "signatures": shown({"open_minor": 90_000})}),
    ("seen_unchanged", {"seen": {"open_minor": 90_000}, "signatures": shown({})}),
]  # fmt: skip


@pytest.mark.parametrize(("guard_id", "changes"), PASSES)
def test_inside_the_edge(guard_id: str, changes: dict[str, Any]) -> None:
    verdict = guards.ALL[guard_id](facts(**changes))
    assert verdict.passed and verdict.guard_id == guard_id, verdict


@pytest.mark.parametrize(("guard_id", "changes"), REFUSES)
def test_outside_the_edge_or_without_facts(guard_id: str, changes: dict[str, Any]) -> None:
    verdict = guards.ALL[guard_id](facts(**changes))
    assert not verdict.passed and verdict.effect is Effect.BLOCKED and verdict.guard_id == guard_id, verdict
    assert verdict.reason and verdict.remedy, "a refusal names its reason and what would help"


def test_every_guard_is_tried_on_both_sides() -> None:
    assert {guard_id for guard_id, _ in REFUSES} == set(guards.ALL)


def test_automatic_only_for_a_known_payee_and_never_first() -> None:
    rules = {"policy": Policy(bands=BandLimits(), automatic_payouts=True), "signers": ()}
    check = guards.ALL["signers"]
    assert check(facts(amount=100_000, **rules)).passed
    assert not check(facts(amount=100_001, **rules)).passed
    assert not check(facts(amount=1, is_first_payout=True, **rules)).passed
    assert not check(facts(amount=1, payee=NEW, **rules)).passed
    assert not check(facts(amount=1, payee=CHANGED, **rules)).passed


def test_a_preview_asks_neither_preparer_nor_payload() -> None:
    told = guards.evaluate(facts(stage=Stage.PREVIEW, preparer_id=None, signers=()))
    assert all(v.passed for v in told)
    assert not {"separate_people", "payload_unchanged"} & {v.guard_id for v in told}


def test_an_unread_account_warns_before_and_stops_from_the_approval_on() -> None:
    unread = {"payload": PAYLOAD.with_changes(vendor_account_id=""), "payee": replace(PAYEE, vendor_account_id=None)}
    check = guards.ALL["payee"]
    for stage in Stage:
        effect = check(facts(stage=stage, **unread)).effect
        assert effect is (Effect.WARNING if stage.is_unsigned else Effect.BLOCKED), stage
    draft = PAYLOAD.with_changes(vendor_account_id="", mode="draft")
    assert check(facts(payload=draft, stage=Stage.APPROVE)).passed


def test_a_written_reason_is_asked_for_from_the_review_band_on_also_when_two_sign() -> None:
    """Small bills to one vendor may add up to the two-person band after each was signed without a reason."""
    check = guards.ALL["signers"]
    for week_before, effect in ((100_000, Effect.PASS), (450_000, Effect.BLOCKED), (2_000_000, Effect.BLOCKED)):
        silent = facts(limits=LimitFacts(0, 0, week_before, week_before), signatures=signed("carl", "ada", reason=""))
        assert check(silent).effect is effect, week_before
        spoken = facts(limits=LimitFacts(0, 0, week_before, week_before), signatures=signed("carl", "ada"))
        assert check(spoken).effect is Effect.PASS, week_before

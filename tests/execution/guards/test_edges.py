"""Each guard just inside and just outside its edge, and without its facts."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from execution import guards
from execution.domain.bands import BandLimits
from execution.domain.facts import (
    LimitFacts,
    Stage,
)
from execution.domain.policy import Policy
from execution.domain.verdict import Effect
from tests.execution.guards.cases import CHANGED, NEW, PASSES, REFUSES, REMARKS, with_changes
from tests.execution.guards.facts import PAYEE, PAYLOAD, facts, signed
from tests.execution.guards.said import PAGE, said


def test_everything_in_order_passes_at_every_stage() -> None:
    for stage in Stage:
        assert all(v.effect is Effect.PASS for v in guards.evaluate(facts(stage=stage))), stage


@pytest.mark.parametrize(("guard_id", "changes"), PASSES)
def test_inside_the_edge(guard_id: str, changes: dict[str, Any]) -> None:
    verdict = guards.ALL[guard_id](with_changes(changes))
    assert verdict.passed and verdict.guard_id == guard_id, verdict


@pytest.mark.parametrize(("guard_id", "changes"), REFUSES)
def test_outside_the_edge_or_without_facts(guard_id: str, changes: dict[str, Any]) -> None:
    verdict = guards.ALL[guard_id](with_changes(changes))
    assert not verdict.passed and verdict.effect is Effect.BLOCKED and verdict.guard_id == guard_id, verdict
    assert verdict.reason and verdict.remedy, "a refusal names its reason and what would help"


@pytest.mark.parametrize(("guard_id", "changes"), REMARKS)
def test_worth_a_remark(guard_id: str, changes: dict[str, Any]) -> None:
    verdict = guards.ALL[guard_id](with_changes(changes))
    assert verdict.passed and verdict.effect in (Effect.WARNING, Effect.NEEDS_SECOND) and verdict.remedy, verdict


def test_every_guard_is_tried_on_both_sides() -> None:
    assert {guard_id for guard_id, _ in REFUSES} == set(guards.ALL)
    assert {guard_id for guard_id, _ in PASSES} == set(guards.ALL)


def test_what_each_guard_says_is_what_was_read_and_agreed() -> None:
    """Every reason, remedy and input of every case. After a wanted change: python -m tests.execution.guards.said"""
    assert said() == json.loads(PAGE.read_text(encoding="utf-8"))


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

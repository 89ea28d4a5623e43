"""Laws over random facts: what only makes a payment safer never turns a pass into a refusal."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from execution import guards
from execution.domain.bands import Band, BandLimits
from execution.domain.facts import Facts, LimitFacts, ReserveFacts, Stage
from execution.domain.permits import LIFTABLE, Permit
from execution.domain.policy import Policy
from execution.domain.verdict import Effect, Verdict, outcome_of, passes, refuses, warns
from tests.execution.guards.facts import BALANCE, NOW, PACE, facts, signed

money = st.integers(0, 2_000_000)
stages = st.sampled_from(list(Stage))
ages = st.timedeltas(timedelta(0), timedelta(days=3))
rules = st.builds(
    Policy,
    stale_balance_pct=st.integers(0, 100),
    runway_days_floor=st.integers(0, 20),
    runway_days_minimum=st.integers(0, 40),
)


def world(stage: Stage, policy: Policy, available: int, held: int, foreign: int, burn: int, age: timedelta) -> Facts:
    return facts(
        stage=stage, policy=policy, reserves=ReserveFacts(held, foreign), daily_net_burn_minor=burn,
        balance=replace(BALANCE, available_minor=available, as_of=NOW - age),
    )  # fmt: skip


def weight(verdict: Verdict) -> int:
    return list(Effect).index(verdict.effect)


@given(stages, rules, money, money, money, money, st.integers(-10_000, 50_000), ages)
def test_more_cash_never_weighs_more(
    stage: Stage, policy: Policy, available: int, more: int, held: int, foreign: int, burn: int, age: timedelta
) -> None:
    for guard_id in ("spendable_cash", "runway"):
        before, after = (
            guards.ALL[guard_id](world(stage, policy, cash, held, foreign, burn, age))
            for cash in (available, available + more)
        )
        assert weight(after) <= weight(before), (before, after)


@given(stages, rules, money, money, money, st.integers(-10_000, 50_000), ages)
def test_what_passes_leaves_the_buffer(
    stage: Stage, policy: Policy, available: int, held: int, foreign: int, burn: int, age: timedelta
) -> None:
    one = world(stage, policy, available, held, foreign, burn, age)
    if guards.ALL["spendable_cash"](one).passed:
        assert one.payload is not None and available - held - foreign - one.payload.amount_minor >= 100_000


@given(money, money, money, money, money, money)
def test_more_used_of_a_limit_never_helps(
    day: int, vendor_day: int, week: int, all_week: int, signed_: int, more: int
) -> None:
    tight = Policy(day_limit_minor=1_000_000, vendor_day_limit_minor=900_000, vendor_week_limit_minor=950_000,
                   client_week_limit_minor=1_500_000, approver_day_limit_minor=1_200_000)  # fmt: skip
    used = (day, vendor_day, week, all_week, signed_)
    before = guards.ALL["limits"](facts(policy=tight, limits=LimitFacts(*used)))
    for place in range(5):
        raised = LimitFacts(*[value + more * (place == at) for at, value in enumerate(used)])
        assert weight(guards.ALL["limits"](facts(policy=tight, limits=raised))) >= weight(before)


@given(
    st.integers(1, 20_000_000), st.integers(0, 5_000_000), st.sets(st.sampled_from(["carl", "cleo", "ada", "farid"]))
)
def test_a_signature_more_never_takes_an_approval_away(amount: int, week: int, people: set[str]) -> None:
    def judged(names: set[str]) -> Verdict:
        payload = facts(amount=amount).payload
        assert payload is not None
        return guards.ALL["signers"](
            facts(amount=amount, limits=LimitFacts(0, 0, week, 0), signatures=signed(*sorted(names), payload=payload))
        )

    before = judged(people)
    for more in ("carl", "ada"):
        assert weight(judged(people | {more})) <= weight(before)
    assert not judged(set()).passed


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_a_larger_sum_is_never_in_a_lower_band(left: int, right: int) -> None:
    order = list(Band)
    lower, higher = (order.index(BandLimits().band_of(value)) for value in sorted((left, right)))
    assert lower <= higher


@given(st.lists(st.integers(1, 10**7), max_size=20), st.integers(1, 10**7), st.integers(0, 30))
def test_pace_explains_itself_and_only_counts_stop(paid: list[int], amount: int, sent: int) -> None:
    said = guards.ALL["velocity"](
        facts(amount=amount, pace=replace(PACE, vendor_hour=sent, vendor_day=sent, paid_before_minor=tuple(paid)))
    )
    assert said.passed is (sent + 1 <= 10)
    assert (said.effect is Effect.WARNING) is (said.passed and "median_minor" in said.inputs
                                               and amount > said.inputs["ceiling_minor"])  # fmt: skip


def spoilt(guard_id: str) -> Facts:
    """Facts that the guard refuses."""
    from tests.execution.guards.cases import REFUSES, with_changes

    changes = next(changes for one, changes in REFUSES if one == guard_id and changes.get("payload", 1) is not None)
    return with_changes(changes)  # type: ignore[no-any-return]


def test_a_permit_lifts_its_one_guard_and_the_rest_still_refuse() -> None:
    for guard_id in guards.ALL:
        one = spoilt(guard_id)
        assert one.payload is not None
        permit = Permit("p1", guard_id, one.payload.amount_minor, "carl", "ada", NOW + timedelta(hours=1))
        before = {v.guard_id: v for v in guards.evaluate(one)}
        after = {v.guard_id: v for v in guards.evaluate(replace(one, permits=(permit,)))}
        assert not before[guard_id].passed
        assert after[guard_id].passed is (guard_id in LIFTABLE), guard_id
        assert {k: v for k, v in after.items() if k != guard_id} == {k: v for k, v in before.items() if k != guard_id}


def test_all_are_asked_in_one_order_and_only_all_clear_the_wire() -> None:
    for stage in Stage:
        asked = [v.guard_id for v in guards.evaluate(facts(stage=stage))]
        left_out = {"separate_people", "payload_unchanged", "seen_unchanged"} if stage is Stage.PREVIEW else set()
        assert asked == [name for name in guards.ALL if name not in left_out]
    unknown = guards.evaluate(facts(stage=Stage.PREVIEW, is_prepared_by_agent=None))
    assert "automation" not in {v.guard_id for v in unknown}
    assert "automation" in {v.guard_id for v in guards.evaluate(facts(stage=Stage.PROPOSE, is_prepared_by_agent=None))}
    clear = guards.evaluate(facts())
    assert guards.cleared(clear)
    assert not guards.cleared(clear[:-1]) and not guards.cleared(clear[::-1]) and not guards.cleared([])
    assert not guards.cleared([*clear[:-1], refuses("snapshot_age", "old", "load")])
    assert guards.cleared([*clear[:-1], warns("snapshot_age", "old", "load")])


def test_permits_without_a_payload_lift_nothing() -> None:
    permit = Permit("p1", "readiness", 90_000, "carl", "ada", NOW + timedelta(hours=1))
    bare = replace(facts(readiness_score=1, permits=(permit,)), payload=None)
    assert not {v.guard_id: v for v in guards.evaluate(bare)}["readiness"].passed


def test_the_heaviest_word_is_the_outcome() -> None:
    fine, remark, no = passes("a", "x", n=1), warns("a", "x", "y", n=1), refuses("a", "x", "y", n=1)
    assert outcome_of([fine]) is Effect.PASS and outcome_of([fine, remark]) is Effect.WARNING
    assert outcome_of([no, remark, fine]) is Effect.BLOCKED and outcome_of([]) is Effect.BLOCKED
    assert Verdict("a", True, "x").remedy == ""
    told: dict[str, Any] = {"guard_id": "a", "passed": True, "reason": "x", "remedy": "y", "inputs": {"n": 1}}
    assert remark.as_inputs() == told | {"effect": "warning"}
    assert fine.as_inputs() == told | {"remedy": "", "effect": "pass"}
    assert no.as_inputs() == told | {"passed": False, "effect": "blocked"}

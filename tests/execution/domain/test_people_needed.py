"""How many people sign, and what asks for more than the band does."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from execution.domain.bands import Band
from execution.domain.facts import LimitFacts
from execution.domain.people_needed import Needed, is_payee_changed, is_payee_known, is_unusual, people_needed
from execution.domain.policy import Policy
from tests.execution.guards.facts import CLIENT, PACE, PAYEE, PAYLOAD, facts

AUTO = Policy(automatic_payouts=True)
USUAL = replace(PACE, paid_before_minor=(60_000,) * 5)  # Ceiling 90,000: 60,000 + 5 × 6,000.


def people(**changes: Any) -> int:
    need = people_needed(facts(**changes))
    assert need is not None
    return need.people


@pytest.mark.parametrize("missing", ["payload", "limits", "payee"])
def test_without_its_facts_nothing_is_known(missing: str) -> None:
    assert people_needed(replace(facts(), **{missing: None})) is None


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, 0), ({"payee": replace(PAYEE, is_new=True)}, 1), ({"payee": replace(PAYEE, fingerprint="f2")}, 1),
        ({"payee": replace(PAYEE, fingerprint=None)}, 1),
        ({"payee": replace(PAYEE, fingerprint=None, known_fingerprint=None)}, 1),
        ({"payee": replace(PAYEE, known_fingerprint=None)}, 1), ({"is_first_payout": True}, 1), ({"client": None}, 1),
        ({"client": replace(CLIENT, advisor_mode="silent")}, 1),
        ({"client": replace(CLIENT, advisor_mode="active")}, 0),
        ({"amount": 100_000}, 0), ({"amount": 100_001}, 1), ({"amount": 1_000_000}, 2),
        ({"limits": LimitFacts(0, 0, 910_000, 0)}, 2), ({"limits": LimitFacts(0, 0, 909_999, 0)}, 1),
    ],
)  # fmt: skip
def test_nobody_signs_only_for_the_known_and_small(changes: dict[str, Any], expected: int) -> None:
    assert people(policy=AUTO, **changes) == expected
    assert people(**changes) == max(expected, 1)


def test_what_an_agent_prepared_first_takes_two_and_says_why() -> None:
    need = people_needed(facts(is_first_payout=True, is_prepared_by_agent=True))
    assert need == Needed(90_000, Band.AUTOMATIC, 2, "an agent prepared the client's first payout")
    assert people(is_first_payout=True, is_prepared_by_agent=False) == 1
    assert people(is_first_payout=False, is_prepared_by_agent=True) == 1
    big = people_needed(facts(amount=1_000_000, is_first_payout=True, is_prepared_by_agent=True))
    assert big == Needed(1_000_000, Band.TWO_PEOPLE, 2, "")


def test_an_unusual_amount_takes_two_where_the_policy_says_so() -> None:
    two = Policy(unusual_amount_two_people=True)
    assert people(policy=two, pace=USUAL) == 1
    need = people_needed(facts(policy=two, pace=USUAL, amount=90_001))
    assert need == Needed(90_001, Band.AUTOMATIC, 2, "the amount is unusual for this vendor")
    assert people(pace=USUAL, amount=90_001) == 1
    big = people_needed(facts(policy=two, pace=USUAL, amount=1_000_000))
    assert big is not None and big.why_more == ""


def test_unusual_to_the_cent() -> None:
    assert not is_unusual(facts(pace=USUAL)) and is_unusual(facts(pace=USUAL, amount=90_001))
    assert not is_unusual(facts(pace=USUAL, amount=90_001, policy=Policy(unusual_amount_times=6)))
    assert not is_unusual(facts(pace=replace(USUAL, paid_before_minor=(60_000,) * 4), amount=90_001))
    assert is_unusual(facts(pace=None)) is False and is_unusual(replace(facts(pace=USUAL), payload=None)) is False


def test_known_and_changed_are_two_questions() -> None:
    unread, unknown = replace(PAYEE, fingerprint=None), replace(PAYEE, known_fingerprint=None)
    assert is_payee_known(facts()) and not is_payee_changed(facts())
    for payee, known, changed in ((unread, False, True), (unknown, False, False), (None, False, False),
                                  (replace(PAYEE, fingerprint="f2"), False, True),
                                  (replace(PAYEE, is_new=True), False, False)):  # fmt: skip
        assert is_payee_known(facts(payee=payee)) is known and is_payee_changed(facts(payee=payee)) is changed
    assert PAYLOAD.amount_minor == 90_000

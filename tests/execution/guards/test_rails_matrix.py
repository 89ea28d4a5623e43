"""What each state of each rail means while people look, decide and pay: the whole matrix."""

from __future__ import annotations

import pytest

from execution.domain.facts import Stage
from execution.guards.rails_healthy import MATRIX, effect_of

# look and propose / decide / pay; "-" lets it pass.
TABLE = """
qbo   fresh   -    -    -
qbo   ageing  warn warn warn
qbo   stale   warn warn warn
qbo   failed  stop stop stop
qbo   absent  stop stop stop
ramp  fresh   -    -    -
ramp  ageing  warn warn warn
ramp  stale   warn warn warn
ramp  failed  stop stop stop
ramp  absent  stop stop stop
plaid fresh   -    -    -
plaid ageing  warn warn warn
plaid stale   warn stop stop
plaid failed  stop stop stop
plaid absent  stop stop stop
"""


def test_the_matrix() -> None:
    rows = [line.split() for line in TABLE.strip().splitlines()]
    assert {(rail, status): tuple(e.replace("-", "") for e in effects) for rail, status, *effects in rows} == {
        (rail, status): effects for rail, states in MATRIX.items() for status, effects in states.items()
    }


@pytest.mark.parametrize(
    ("stage", "effect"),
    [(Stage.PREVIEW, "warn"), (Stage.PROPOSE, "warn"), (Stage.APPROVE, "stop"), (Stage.RESERVE, "stop"),
     (Stage.SEND, "stop")],
)  # fmt: skip
def test_each_stage_reads_its_column(stage: Stage, effect: str) -> None:
    assert effect_of("plaid", "stale", stage) == effect
    assert effect_of("plaid", "unheard of", stage) == "stop"

"""The bucket keeps any stretch of the window at or below the allowance."""

from __future__ import annotations

import pytest

from ingestion.limits import ALLOWANCES, PATIENCE, Allowance, TokenBucket, bucket_for, scope_of
from ingestion.rails import RAILS


class Clock:
    """Time that moves only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_no_window_ever_holds_more_than_the_allowance() -> None:
    clock = Clock()
    bucket = TokenBucket(Allowance(5, 2.0, "connection"), clock, clock.sleep)
    sent = []
    for number in range(40):
        bucket.take()
        sent.append(clock.now)
        clock.now += 0.03 * (number % 7)
    for start in sent:
        assert sum(1 for at in sent if start <= at < start + 2.0 - 1e-9) <= 5


def test_a_fresh_bucket_does_not_wait() -> None:
    clock = Clock()
    bucket = TokenBucket(Allowance(3, 10.0, "process"), clock, clock.sleep)
    assert [bucket.take() for _ in range(3)] == [0, 0, 0]
    assert bucket.take() == 10.0


def test_ramp_connections_share_one_bucket_and_qbo_realms_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROWCOL_RAMP_URL", "https://api.ramp.com")
    assert bucket_for("ramp", "one") is bucket_for("ramp", "two")
    assert bucket_for("qbo", "one") is not bucket_for("qbo", "two")


def test_a_sandbox_on_this_machine_counts_per_business() -> None:
    assert scope_of("ramp", {"ROWCOL_RAMP_URL": "http://127.0.0.1:8802"}) == "connection"
    assert scope_of("ramp", {"ROWCOL_RAMP_URL": "https://api.ramp.com"}) == "process"
    assert scope_of("ramp", {"ROWCOL_RAMP_LIMIT_SCOPE": "process"}) == "process"
    with pytest.raises(ValueError, match="not 'planet'"):
        scope_of("ramp", {"ROWCOL_RAMP_LIMIT_SCOPE": "planet"})


def test_every_rail_has_an_allowance_and_a_patience() -> None:
    assert set(ALLOWANCES) == set(PATIENCE) == set(RAILS)

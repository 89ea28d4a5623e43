"""Every kind of attack of the tampering benchmark, a few times on each database: found, and the first event named."""

from __future__ import annotations

import pytest

from tests.bench.tampered_log import TamperedLog
from tests.bench.tampering import ATTACKS

SEED = 20_261_124


@pytest.mark.parametrize(("database", "times"), [("sqlite", 5), ("postgresql", 2)])
def test_every_attack_is_found_and_its_first_event_named(
    database: str, times: int, request: pytest.FixtureRequest
) -> None:
    url = str(request.getfixturevalue("postgres_url")) if database == "postgresql" else None
    log = TamperedLog(url)
    told = log.run(times * len(ATTACKS), SEED)
    log.close()
    assert told.missed == []
    assert set(told.done) == set(ATTACKS)
    assert sum(told.named.values()) == times * len(ATTACKS)

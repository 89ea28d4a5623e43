"""How a life is dealt: the plain one, and one with edge values in which some kinds of events never happen.

Which rules come next hypothesis chooses itself, with some switched off in each life. What is switched off here are
whole kinds: a fault is found sooner where nothing else disturbs it, so both profiles are needed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from hypothesis import strategies as st

from tests.execution.stateful.books import FAULTS

KINDS = frozenset({
    "batches", "bills change", "clock jumps", "holds", "kills", "meanwhile", "money moves", "payees change", "permits",
    "planned", "policy", "restores", "safety", "templates", "wire faults", "people leave",
})  # fmt: skip
DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class Deal:
    """What one life starts from. Money in minor units; `vendors` names each bill's vendor, `hops` are minutes."""

    amounts: tuple[int, ...]
    vendors: tuple[str, ...] = ("v0", "v1", "v2", "v3", "v4", "v5")
    available: tuple[int, ...] = (1_600_000, 600_000, 150_000)
    policy: Mapping[str, int] = field(default_factory=dict)
    starts: datetime = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
    kinds: frozenset[str] = KINDS
    hops: tuple[int, ...] = (60, 60, 25 * 60, 73 * 60)
    opening: frozenset[int] = frozenset({0, 2, 4})  # Bills that are signed and released when the life begins.
    fault: str = ""  # What their first request meets.
    jumps: tuple[int, ...] = (3600, -3600)  # Seconds by which this machine's clock goes wrong.


_FIRST = st.sampled_from(("", *FAULTS))
PLAIN = st.builds(
    Deal,
    amounts=st.just((99_999, 100_000, 100_001, 499_999, 500_000, 999_999)),
    policy=st.just({"buffer_minor": 100_000}),
    fault=_FIRST,
)

# Where something changes: each band's edge and a cent beside it, nothing, a cent, and more than there is.
_AMOUNTS = st.sampled_from((1, 99_999, 100_000, 100_001, 499_999, 500_000, 500_001, 999_999, 1_000_000, 1_000_001,
                            0, 2_000_000))  # fmt: skip
_VENDORS = st.sampled_from((("v0", "v1", "v2", "v3", "v4", "v5"), ("v0", "v0", "v0", "v1", "v1", "v2"), ("v0",) * 6))
_POLICIES = st.sampled_from((
    {}, {"buffer_minor": 1}, {"day_limit_minor": 1_100_000}, {"vendor_day_limit_minor": 500_000, "buffer_minor": 1},
    {"client_payouts_hour_max": 2, "client_payouts_day_max": 3}, {"payee_change_days": 0},
    {"balance_age_minutes_max": 1, "clock_skew_seconds_max": 0}, {"approver_day_limit_minor": 1_000_000},
))  # fmt: skip
# To the cent what some of the amounts and buffers leave, none, and plenty.
_AVAILABLE = st.lists(st.sampled_from((0, 1, 100_000, 100_001, 500_000, 500_001, 1_000_001, 1_600_000, 9_000_000)),
                      min_size=2, max_size=4).map(tuple)  # fmt: skip
# Before Thanksgiving's cut-off, a Friday evening, before New Year, the last days of January and February, summer time.
_STARTS = st.sampled_from(tuple(datetime(*at, tzinfo=UTC) for at in (
    (2026, 11, 25, 21, 59), (2026, 11, 27, 22, 0), (2026, 12, 31, 23, 59), (2027, 1, 29, 15, 0), (2027, 2, 28, 4, 59),
    (2027, 3, 14, 6, 59),
)))  # fmt: skip
_HOPS = st.sampled_from(((1, 4, 5, 6), (29, 30, 31), (60, DAY, DAY + 1), (3 * DAY, 3 * DAY + 1), (5 * DAY, 31 * DAY)))
_JUMPS = st.sampled_from(((5, -5), (6, -6), (3600, -3600), (DAY * 60, -DAY * 60)))

SWARM = st.builds(
    Deal,
    amounts=st.lists(_AMOUNTS, min_size=6, max_size=6).map(tuple),
    vendors=_VENDORS,
    available=st.tuples(st.just((9_000_000,)), _AVAILABLE).map(lambda two: two[0] + two[1]),
    policy=_POLICIES,
    starts=_STARTS,
    kinds=st.sets(st.sampled_from(sorted(KINDS))).map(frozenset),
    hops=_HOPS,
    fault=_FIRST,
    opening=st.sets(st.integers(0, 5), max_size=4).map(frozenset),
    jumps=_JUMPS,
)
PROFILES = {"plain": PLAIN, "swarm": SWARM}

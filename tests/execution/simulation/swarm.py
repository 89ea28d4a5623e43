"""What one run is like: a policy, a firm and the kinds of faults that are switched on, all drawn from the seed."""

from __future__ import annotations

import random
from dataclasses import dataclass

from execution.domain.bands import BandLimits
from execution.domain.policy import Policy

FAULTS = (
    # At the wire, once a request that could move money is on its way.
    "not_connected", "refused", "throttled", "request_lost", "reply_lost", "body_cut", "lands_late", "token_refused",
    # In what the rails say when they are read.
    "rail_down", "slow_to_show", "filters_ignored", "old_reading", "date_skewed", "no_balance",
    # In messages about changes.
    "webhook_lost", "webhook_twice", "webhook_late",
    # In the world: people at Ramp, the bank, the vendor, the books.
    "error_at_rail", "archived_at_rail", "changed_at_rail", "returned_by_bank", "changed_by_bank", "cash_leaves",
    "foreign_bills", "payee_swapped", "bill_edited", "bill_entered_twice",
    # To our own processes and their store.
    "killed", "stalled", "clock_jumps", "restored", "policy_changes", "snapshot_old",
)  # fmt: skip

# A run has each kind with an even chance: faults that are always on hide what a single one would show.
SHARE_ON = 0.4
_BASE = (100_000, 500_000, 1_000_000)


@dataclass(frozen=True, slots=True)
class Swarm:
    """One run's setting. Amounts in minor units."""

    faults: frozenset[str]
    policy: Policy
    buffer_minor: int
    opening_minor: int
    amounts_minor: tuple[int, ...]
    mode: str
    executors: int


def draw(rng: random.Random) -> Swarm:
    """A setting for one run. Amounts sit at the edges of the bands, one cent to each side."""
    automatic, review, two = (edge // rng.choice((1, 1, 10)) for edge in _BASE)
    bands = BandLimits(automatic, max(review, automatic + 2), max(two, review + 2, automatic + 4))
    edges = (bands.automatic_up_to_minor, bands.review_from_minor, bands.two_people_from_minor)
    near = [edge + cent for edge in edges for cent in (-1, 0, 1)] + [1, 12_345]
    amounts = tuple(rng.choice(near) for _ in range(rng.randint(3, 9)))
    tight = rng.random() < 0.5
    policy = Policy(
        bands=bands,
        automatic_payouts=rng.random() < 0.4,
        balance_age_minutes_max=rng.choice((5, 15, 15, 60)),
        day_limit_minor=rng.choice((max(amounts), sum(amounts), 25_000_000)),
        vendor_day_limit_minor=rng.choice((max(amounts), 10_000_000)),
        client_week_limit_minor=rng.choice((2 * max(amounts), 75_000_000)),
        lead_business_days=rng.choice((1, 2, 3)),
        payee_change_days=rng.choice((1, 5)),
    )
    buffer_minor = rng.choice((0, 1, 250_000))
    return Swarm(
        faults=frozenset(sorted(kind for kind in FAULTS if rng.random() < SHARE_ON)),
        policy=policy,
        buffer_minor=buffer_minor,
        opening_minor=buffer_minor + (max(amounts) + rng.choice((-1, 0, 1)) if tight else 3 * sum(amounts)),
        amounts_minor=amounts,
        mode=rng.choice(("direct", "direct", "draft")),
        executors=rng.choice((1, 2, 2, 3)),
    )

"""Which cases are played: every answer of Ramp with every place to die in, shuffled by a seed."""

from __future__ import annotations

import random

from execution.failpoints import POINTS, TOKEN, WIRE
from tests.execution.kill.bed import Case
from tests.execution.kill.rails import FAULTS, LATE

# Places that a payout's way passes by itself, and places that it passes only after somebody was cut off before.
ON_THE_WAY = ("reserve", "intent", "record", "status", "match", "payee-change", "token-refresh")
IN_DOUBT = ("recover", "scan", "adopt", "lease")
CUTS = ("send-in-flight", "send-after", "record.enter", "record.before-commit", "intent.committed")
LAST_LOOK = 6  # The look after which a payout of the bed may be sent again.
FIRST = (*(f"{name}.{point}" for name in ON_THE_WAY for point in POINTS), *WIRE[:5], *TOKEN)
SECOND = tuple(f"{name}.{point}" for name in IN_DOUBT for point in POINTS)


def cases(seed: int, databases: list[str], count: int) -> list[Case]:
    """The first `count` of all pairs of answer and place, in an order of the seed; then other draws of the same."""
    chosen = random.Random(seed)
    pairs = [(fault, place) for fault in FAULTS for place in FIRST + SECOND]
    chosen.shuffle(pairs)
    made = []
    for number in range(count):
        fault, place = pairs[number % len(pairs)]
        hit = down = 0
        if place in FIRST:
            first, second = place, chosen.choice(("", *SECOND, *FIRST))
        elif place.startswith("adopt.") and fault == "late-past-window":
            # Killed when it was free to send again; the bill lands while nobody works.
            first, second, hit, down = "scan.committed", place, LAST_LOOK, 10
        else:
            first, second, down = chosen.choice(CUTS), place, chosen.choice((0, 0, 10))
        mode, again = chosen.choice(("draft", "direct")), chosen.choice((1, 2)) if number >= len(pairs) else 1
        # A third goes on until the bank has shown the payment; so does whatever dies or lands later than that. A look
        # that shows what is known writes nothing: `status` is passed once Ramp says something new.
        is_late = any(name in first + second for name in ("match", "status"))
        to_the_bank = number % 3 == 0 or fault in LATE or is_late
        database = databases[number % len(databases)]
        made.append(Case(number, database, mode, fault, first, second, hit or again, down, to_the_bank))
    return made

"""Objects that change at a rail, webhooks about them late, twice, in any order or never, and our mirror of them.

The deliveries go through the real inbox. What differs is what is done with them: believe the body, read the object
again, or read again and sweep over what still stands open.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import random
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ingestion.inbox import Inbox, Subscriber, Verdict

SECRET = "secret-of-this-subscription"
WHOSE = Subscriber("c1", "c1-ramp", "biz", (SECRET,))
START = datetime(2026, 11, 24, tzinfo=UTC)
LOST_SHARE, COPIES_MAX, DELAY_MAX = 0.10, 5, 3600.0
EVENTS_AN_OBJECT = 5
LOOK_EVERY = 2_000  # Deliveries between two looks into the inbox.


@dataclass(frozen=True, slots=True)
class Change:
    """At `at` (seconds) an object took a version; with its last one it is closed for good."""

    at: float
    object_id: str
    version: int
    is_closed: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many of `objects` our mirror had wrong at the end."""

    objects: int
    deliveries: int
    stored: int
    reads: int
    wrong_trusting: int
    wrong_rereading: int
    wrong_swept: int


def changes(events: int, rng: random.Random) -> list[Change]:
    """What happens at the rail within a day; nine objects in ten reach their end."""
    made = []
    for number in range(events // EVENTS_AN_OBJECT):
        ends = rng.random() < 0.9
        moments = sorted(rng.uniform(0, 86_400) for _ in range(EVENTS_AN_OBJECT))
        for version, at in enumerate(moments, 1):
            made.append(Change(at, f"o{number}", version, ends and version == EVENTS_AN_OBJECT))
    return sorted(made, key=lambda change: change.at)


def run(events: int, seed: int, folder: Path) -> Outcome:
    """One day of the rail, told through an inbox in `folder`."""
    rng = random.Random(seed)
    happened = changes(events, rng)
    arriving = sorted(
        (change.at + rng.uniform(0, DELAY_MAX), at, change)
        for at, change in enumerate(happened)
        if rng.random() >= LOST_SHARE
        for _ in range(rng.randint(1, COPIES_MAX))
    )
    rail: dict[str, Change] = {}  # The truth as the rail would answer now.
    believed: dict[str, int] = {}
    mirror: dict[str, Change] = {}
    stored = reads = told = 0
    with Inbox(f"sqlite:///{folder / 'inbox.db'}", waiting_max=10 * events) as inbox:
        for start in range(0, len(arriving), LOOK_EVERY):
            some = arriving[start : start + LOOK_EVERY]
            begun = [_deliver(inbox, at, change) for at, _, change in some]
            stored += sum(one.result() for one in begun if not isinstance(one, Verdict))
            believed.update((change.object_id, change.version) for _, _, change in some)
            while told < len(happened) and happened[told].at <= some[-1][0]:
                rail[happened[told].object_id] = happened[told]
                told += 1
            waiting = inbox.pending()
            for object_id in {row.object_id for row in waiting if row.object_id}:
                mirror[object_id] = rail[object_id]
                reads += 1
            inbox.mark([row.event_key for row in waiting], "done")
    for change in happened[told:]:
        rail[change.object_id] = change
    # A list of what is open at the rail, and of what we think is, shows what no webhook told.
    swept = dict(mirror)
    for object_id, truth in rail.items():
        ours = swept.get(object_id)
        if ours is None or not ours.is_closed:
            swept[object_id], reads = truth, reads + 1
    return Outcome(
        objects=len(rail),
        deliveries=len(arriving),
        stored=stored,
        reads=reads,
        wrong_trusting=sum(believed.get(name) != truth.version for name, truth in rail.items()),
        wrong_rereading=sum(mirror.get(name) != truth for name, truth in rail.items()),
        wrong_swept=sum(swept.get(name) != truth for name, truth in rail.items()),
    )


def _deliver(inbox: Inbox, at: float, change: Change) -> Verdict | Future[int]:
    event = {
        "id": f"{change.object_id}-{change.version}",
        "type": "bills.updated",
        "business_id": "biz",
        "object": {"id": change.object_id, "version": change.version},
    }
    body = json.dumps(event).encode()
    headers = {"x-ramp-signature": hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()}
    return inbox.begin("ramp", headers, body, WHOSE, START + timedelta(seconds=at))

"""A million steps: what must hold holds, all that should happen happens, and a seed is a whole run."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter

from execution.domain.states import State
from tests.execution.simulation.run import STEPS, Run, play
from tests.execution.simulation.swarm import FAULTS

RUNS = 400
FIRST_SEED = 1
# What a run cannot be without: a bed in which nothing happens finds nothing. Each at least this often in all runs.
MUST_HAPPEN = {
    ("from to", "sending → at_rail"): 100, ("from to", "sending → handed_off"): 50,
    ("from to", "sending → unconfirmed"): 100, ("from to", "unconfirmed → reserved"): 20,
    ("from to", "unconfirmed → at_rail"): 50, ("from to", "rail_paid → settled"): 100,
    ("from to", "settled → returned"): 10, ("from to", "at_rail → mismatched"): 20,
    ("from to", "reserved → expired"): 20, ("event", "adopted before sending"): 1,
    ("event", "lease over before the wire"): 20, ("event", "resumed after a clean scan"): 20,
    ("event", "recorded as payout.late_reply"): 5,
}  # fmt: skip
SPEAKS = ("spendable_cash", "duplicate", "limits", "not_frozen", "payee", "clock_sane", "separate_people", "bill_open",
          "balance_fresh", "signers", "snapshot_age", "automation")  # fmt: skip


def test_a_million_steps_break_no_invariant_and_reach_every_state() -> None:
    total: Counter[tuple[str, str]] = Counter()
    for seed in range(FIRST_SEED, FIRST_SEED + RUNS):
        total += play(seed, to_the_end=seed % 10 == 0)[1]
    assert RUNS * STEPS >= 1_000_000
    assert not {state for state in State if not total["state", str(state)] and state is not State.PROPOSED}
    assert not {kind for kind in FAULTS if not total["fault", kind]}
    assert not {guard for guard in SPEAKS if not total["refused", guard]}
    assert not {what: total[what] for what, least in MUST_HAPPEN.items() if total[what] < least}


def test_the_same_seed_is_the_same_run_in_another_process() -> None:
    ours = play(7)[0].hex()
    code = "from tests.execution.simulation.run import play; print(play(7)[0].hex())"
    for hash_seed in ("1", "2"):
        env = {**os.environ, "PYTHONHASHSEED": hash_seed}
        told = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
        assert told.stdout.strip() == ours
    assert play(8)[0].hex() != ours


def test_a_run_that_tells_its_story_is_the_same_run() -> None:
    told = Run(11, tells=True)
    told.play()
    assert told.trace
    assert told.ledger.head == play(11)[0]

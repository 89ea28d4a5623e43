"""Made-up two-sided payments with known links, of habits that differ from one another: what no one data set can show.

Each kind says how days and amounts move, how memos are mangled, how many rows have no other side.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

FIRST = ("anna", "ben", "carla", "david", "elena", "frank", "grace", "henry", "irene", "jack", "karen", "liam", "maria")
SYLLABLES = ("bar", "cor", "dal", "fen", "gar", "hol", "ing", "jor", "kel", "lan", "mor", "nor", "pel", "quil", "ran")
KINDS = ("invoice", "payment", "rent", "donation", "transfer", "salary", "refund", "deposit", "order", "fees")


@dataclass(frozen=True)
class Habit:
    """How one kind of payment moves.

    Attributes:
        name: what it is called in the table.
        lags: days later and how often.
        fee_pct: percentage kept on the way, in hundredths of a percent; 0 for none.
        fee_minor: fixed fee in minor units.
        spread: standard deviation of ln(amount) on the way, for foreign exchange; 0 for none.
        kept: share of rows whose amount is untouched.
        letters: the destination's memo is cut here.
        lost: share of destinations without a memo.
        alone: share of rows on each side without their other side.
        sign: of the origin's amounts.
    """

    name: str
    lags: tuple[tuple[int, float], ...]
    fee_pct: int = 0
    fee_minor: int = 0
    spread: float = 0.0
    kept: float = 0.0
    letters: int = 60
    lost: float = 0.0
    alone: float = 0.0
    sign: int = 1


HABITS = (
    Habit("card fees, 2.9 % + 0.30", ((1, 0.3), (2, 0.5), (3, 0.15), (5, 0.05)), 290, 30, letters=22, alone=0.1),
    Habit("wires with a fixed fee", ((0, 0.5), (1, 0.4), (3, 0.1)), 0, 1500, kept=0.5, letters=18, alone=0.2, sign=-1),
    Habit("foreign exchange, slow", tuple((day, 0.05) for day in range(2, 22)), 0, 0, 0.04, 0.2, 15, alone=0.15),
    Habit("equal amounts, memos lost", ((0, 0.6), (1, 0.3), (-1, 0.1)), kept=1.0, lost=0.5, alone=0.3),
)


def made(habit: Habit, rows: int, days: int = 180, seed: int = 7) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Origin and destination (id, day, minor, memo) and the links between them."""
    chance = np.random.default_rng(seed)
    people = max(rows // 6, 20)
    names = [
        f"{chance.choice(FIRST)} {''.join(chance.choice(SYLLABLES, chance.integers(2, 4)))}" for _ in range(people)
    ]
    who = chance.integers(0, people, rows)
    kind = chance.integers(0, len(KINDS), rows)
    number = chance.integers(0, 100_000, rows)
    has_number = chance.random(rows) < 0.3
    day = chance.integers(0, days, rows)
    minor = np.rint(np.exp(chance.normal(9.6, 1.6, rows))).astype(np.int64) + 100
    round_amount = chance.random(rows) < 0.2
    minor = np.where(round_amount, np.maximum(minor // 5000, 1) * 5000, minor)
    lags, shares = (np.array(values) for values in zip(*habit.lags, strict=True))
    later = chance.choice(lags, rows, p=shares / shares.sum())
    rate = np.exp(chance.normal(0, habit.spread, rows)) * (1 - habit.fee_pct / 10_000)
    minor = minor + 2 * habit.fee_minor
    moved = np.rint(minor * rate) - habit.fee_minor
    arrived = np.where(chance.random(rows) < habit.kept, minor, np.maximum(moved, 1)).astype(np.int64)
    parts = zip(who, kind, number, has_number, strict=True)
    left = [f"{names[w]} {KINDS[k]} {n if h else ''}".strip() for w, k, n, h in parts]
    right = [_mangled(text, habit.letters, chance.random()) for text in left]
    lost = chance.random(rows) < habit.lost
    origin = pl.DataFrame(
        {"id": [f"o{at}" for at in range(rows)], "day": _dates(day), "minor": minor * habit.sign, "memo": left}
    )
    destination = pl.DataFrame(
        {
            "id": [f"d{at}" for at in range(rows)],
            "day": _dates(day + later),
            "minor": arrived,
            "memo": ["" if gone else text for gone, text in zip(lost, right, strict=True)],
        }
    )
    stays = [chance.random(rows) >= habit.alone for _ in range(2)]
    both = np.flatnonzero(stays[0] & stays[1])
    truth = pl.DataFrame({"origin_id": [f"o{at}" for at in both], "destination_id": [f"d{at}" for at in both]})
    shuffled = destination.filter(pl.Series(stays[1])).sample(fraction=1, shuffle=True, seed=seed)
    return origin.filter(pl.Series(stays[0])), shuffled, truth


def _dates(day: NDArray[np.int64]) -> pl.Series:
    return pl.Series(day.astype(np.int32) + 19_000).cast(pl.Date)


def _mangled(text: str, letters: int, drawn: float) -> str:
    """Initials, upper case, a bank's prefix or a dropped last word; then cut."""
    words = text.upper().split()
    if drawn < 0.25:
        words = [words[0][0], *words[1:]]
    elif drawn < 0.4:
        words = words[:-1]
    elif drawn < 0.55:
        words = ["FPI", *words]
    return " ".join(words)[:letters]

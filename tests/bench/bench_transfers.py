"""Two-sided payments: links found without labels, beside greedy rules, a name-and-amount rule and Splink.

python -m tests.bench transfers

On the public set of two-sided bank payments as it is, with rows taken away from either side, and on made-up payments of
four habits. Nothing is fitted on known links anywhere; every method sees the two files only.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import duckdb
import numpy as np
import polars as pl

from tests.bench.made_payments import HABITS, made
from tests.bench.result import Result
from tests.beside import DATA

Sides = tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]
Method = Callable[[pl.DataFrame, pl.DataFrame], pl.DataFrame]
TOPIC = "Two-sided payments (bar: F1 ≥ 0.985 without labels)"
# What a careful person would set by eye.
DAYS, SHARE = 21, 0.13


def splink_set() -> Sides | None:
    """Origin and destination (id, day, minor, memo) and the true links; None where the set is not there."""
    folder = DATA / "splink_transactions"
    if not folder.is_dir():
        return None
    sides = [
        pl.read_csv(folder / f"{side}.csv.gz").select(
            id=f"{side}_id",
            day=pl.col("transaction_date").str.to_date(),
            minor=(pl.col("amount") * 100).round(0).cast(pl.Int64),
            memo="memo",
        )
        for side in ("origin", "destination")
    ]
    return sides[0], sides[1], pl.read_csv(folder / "matches_truth.csv.gz").select("origin_id", "destination_id")


def without(sides: Sides, share: float, seed: int = 1) -> Sides:
    """The same payments with this share of each side's rows taken away at random."""
    chance = np.random.default_rng(seed)
    origin, destination = (side.filter(pl.Series(chance.random(len(side)) >= share)) for side in sides[:2])
    left, right = (
        pl.col(f"{name}_id").is_in(side["id"].implode())
        for name, side in (("origin", origin), ("destination", destination))
    )
    return origin, destination, sides[2].filter(left & right)


def measured(
    origin: pl.DataFrame, destination: pl.DataFrame, truth: pl.DataFrame, links: pl.DataFrame
) -> dict[str, float]:
    """Precision, recall, F1, recall at precision 0.99, and calibration error over ten bins, of scored links."""
    found = pl.DataFrame(
        {
            "origin_id": origin["id"].gather(links["origin"]),
            "destination_id": destination["id"].gather(links["destination"]),
            "score": links["score"].cast(pl.Float64),
        }
    )
    found = found.join(truth.with_columns(right=pl.lit(True)), on=["origin_id", "destination_id"], how="left")
    found = found.sort("score", "origin_id", descending=[True, False])
    right, score = found["right"].fill_null(False).to_numpy(), found["score"].to_numpy()
    precisions = np.cumsum(right) / np.arange(1, len(right) + 1)
    recalls = np.cumsum(right) / len(truth)
    bins = np.minimum((score * 10).astype(int), 9)
    error = sum(abs(score[bins == b].sum() - right[bins == b].sum()) for b in range(10)) / max(len(right), 1)
    precision, recall = float(right.sum() / max(len(right), 1)), float(right.sum() / len(truth))
    return {
        "precision": precision,
        "recall": recall,
        "F1": 2 * precision * recall / max(precision + recall, 1e-9),
        "recall at P 0.99": float(recalls[precisions >= 0.99].max(initial=0)),
        "ECE": float(error),
    }


def ours(origin: pl.DataFrame, destination: pl.DataFrame) -> pl.DataFrame:
    """The warehouse's method."""
    from dbt_project.methods.linkage import link

    return link(origin, destination)


def equal_and_near(origin: pl.DataFrame, destination: pl.DataFrame) -> pl.DataFrame:
    """Naive: equal amount, nearest day, first come first served."""
    return _greedy(_near(origin, destination, 0.0).with_columns(score=1 / (2 + pl.col("days").abs())))


def greedy_rules(origin: pl.DataFrame, destination: pl.DataFrame) -> pl.DataFrame:
    """Amount, day and first letters in one hand-set sum, best pair first."""
    pairs = _near(origin, destination, SHARE)
    alike = (pl.col("memo").str.slice(0, 8) == pl.col("memo_right").str.slice(0, 8)).fill_null(False)
    score = (
        1
        - pl.col("ratio").abs() / SHARE * 0.3
        - pl.col("days").abs() / DAYS * 0.3
        - pl.when(alike).then(0).otherwise(0.4)
    )
    return _greedy(pairs.with_columns(score=score.clip(0, 1)))


def name_and_amount(origin: pl.DataFrame, destination: pl.DataFrame) -> pl.DataFrame:
    """rapidfuzz's token-set ratio of the memos, then nearness of amount, within 5 % and a week; at least 60 alike."""
    from rapidfuzz import fuzz, process

    pairs = _near(origin, destination, 0.05, 7)
    alike = process.cpdist(
        pairs["memo"].fill_null("").to_list(), pairs["memo_right"].fill_null("").to_list(), scorer=fuzz.token_set_ratio
    )
    scored = pairs.with_columns(score=pl.Series(alike.astype(np.float64)) / 100 - pl.col("ratio").abs())
    return _greedy(scored.filter(pl.col("score") >= 0.6))


class Untrained(Exception):
    """A library that could not learn from this set."""


def splink(origin: pl.DataFrame, destination: pl.DataFrame) -> pl.DataFrame:
    """Splink 5 with its own comparisons, blocked and trained as its guide says; its pairs taken best first."""
    import pandas as pd
    import splink.comparison_level_library as cll
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on
    from splink.internals.exceptions import EMTrainingException

    def frame(side: pl.DataFrame, name: str) -> pd.DataFrame:
        amount = pl.col("minor").abs().cast(pl.Float64)
        table = side.select(
            unique_id=pl.int_range(pl.len()),
            source_dataset=pl.lit(name),
            day="day",
            amount=amount,
            size=amount.log().floor(),
            memo=pl.col("memo").replace("", None),
        )
        return table.to_pandas()

    api = DuckDBAPI()
    named = ((origin, "a"), (destination, "b"))
    sides = [api.register(frame(side, name), dataset_display_name=name) for side, name in named]
    amount = cl.CustomComparison(
        output_column_name="amount",
        comparison_levels=[
            cll.NullLevel("amount"),
            cll.ExactMatchLevel("amount"),
            *(cll.PercentageDifferenceLevel("amount", share) for share in (0.01, 0.03, 0.1)),
            cll.ElseLevel(),
        ],
    )
    days = cl.AbsoluteTimeDifferenceAtThresholds(
        "day", input_is_string=False, metrics=["day", "day", "day"], thresholds=[2, 7, 21]
    )
    memo = cl.JaroWinklerAtThresholds("memo", [0.95, 0.88, 0.7])
    settings = SettingsCreator(
        link_type="link_only",
        comparisons=[amount, days, memo],
        blocking_rules_to_generate_predictions=[
            block_on("substr(memo, 1, 3)", "size"),
            block_on("amount"),
            block_on("memo"),
        ],
        probability_two_random_records_match=1 / max(len(destination), 1),
    )
    linker = Linker(sides, settings)
    linker.training.estimate_u_using_random_sampling(max_pairs=2e6, seed=1)
    try:
        linker.training.estimate_parameters_using_expectation_maximisation(block_on("memo"))
        linker.training.estimate_parameters_using_expectation_maximisation(block_on("amount"))
    except EMTrainingException as error:
        # Where no two memos or amounts are ever equal, its usual training has nothing to learn from.
        raise Untrained("no pair is equal in what it trains on") from error
    found = linker.inference.predict(threshold_match_probability=0.01).as_pandas_dataframe()
    first = found["source_dataset_l"] == "a"
    pairs = pl.DataFrame(
        {
            "origin": np.where(first, found["unique_id_l"], found["unique_id_r"]).astype(np.int64),
            "destination": np.where(first, found["unique_id_r"], found["unique_id_l"]).astype(np.int64),
            "score": found["match_probability"].to_numpy(dtype=np.float64),
            "weight": found["match_weight"].to_numpy(dtype=np.float64),
        }
    )
    return _greedy(pairs.filter(pl.col("score") >= 0.5), by="weight")


METHODS: tuple[tuple[str, Method], ...] = (
    ("ours", ours),
    ("naive: equal amount, nearest day", equal_and_near),
    ("rule: amount, day and first letters, greedy", greedy_rules),
    ("library: rapidfuzz token_set_ratio + amount", name_and_amount),
    ("library: Splink 5, its own comparisons", splink),
)


def results() -> Iterator[Result]:
    """Every method on every set."""
    for name, sides in _sets():
        for method, run in METHODS:
            began = time.perf_counter()
            try:
                links = run(*sides[:2])
            except ImportError as error:
                yield Result(TOPIC, name, method, note=f"not installed: {error.name}")
                continue
            except Untrained as error:
                yield Result(TOPIC, name, method, note=f"could not be trained: {error}")
                continue
            figures = measured(*sides, links)
            seconds = round(time.perf_counter() - began, 1)
            note = (
                f"{len(sides[0]) - len(links):,} of {len(sides[0]):,} origins left alone; {len(sides[2]):,} have a side"
            )
            yield Result(TOPIC, name, method, {**figures, "seconds": seconds}, note)


def _sets() -> Iterator[tuple[str, Sides]]:
    loaded = splink_set()
    if loaded is not None:
        yield "splink_transactions, 22,636 a side", loaded
        yield "the same, 20 % of each side taken away", without(loaded, 0.2)
        yield "the same, half of each side taken away", without(loaded, 0.5)
    for habit in HABITS:
        yield f"made up: {habit.name}, {habit.alone:.0%} alone a side", made(habit, 10_000)


def _near(origin: pl.DataFrame, destination: pl.DataFrame, share: float, days: int = DAYS) -> pl.DataFrame:
    left, right = (
        side.select(pl.int_range(pl.len()).alias("row"), "day", pl.col("minor").abs(), "memo")
        for side in (origin, destination)
    )
    with duckdb.connect() as database:
        database.register("l", left)
        database.register("r", right)
        width = max(share, 0.001)
        return database.execute(
            f"""select l.row as origin, r.row as destination, r.day - l.day as days, ln(r.minor / l.minor) as ratio,
                l.memo as memo, r.memo as memo_right
            from l inner join (select *, unnest([-1, 0, 1]) as shift from r) as r
                on floor(ln(l.minor) / {width}) + r.shift = floor(ln(r.minor) / {width})
                    and r.day - l.day between 0 and {days} and abs(ln(r.minor / l.minor)) <= {share}
            order by origin, destination"""
        ).pl()


def _greedy(pairs: pl.DataFrame, by: str = "score") -> pl.DataFrame:
    order = pairs.sort(by, "origin", "destination", descending=[True, False, False])
    lefts: set[int] = set()
    rights: set[int] = set()
    kept = []
    for at, (left, right) in enumerate(zip(order["origin"].to_list(), order["destination"].to_list(), strict=True)):
        if left not in lefts and right not in rights:
            lefts.add(left)
            rights.add(right)
            kept.append(at)
    return order[kept].select("origin", "destination", "score")

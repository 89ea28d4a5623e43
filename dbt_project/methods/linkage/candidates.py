"""Pairs that could be one payment: near in amount and day, and in large files with something else in common."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import polars as pl

from dbt_project.methods.linkage.memos import tokens
from dbt_project.methods.linkage.windows import Windows

# Candidates that a run can look at: every pair in the windows for small files, the best-founded ones for large.
PER_ROW_SMALL = 500
TOTAL_SMALL = 6_000_000
PER_ROW_LARGE = 60
# Origins looked at together, so that memory follows the chunk and not the file.
CHUNK = 60_000
# Origins whose candidates are counted before the way of blocking is chosen.
SAMPLE = 2_000

PAIR = {"origin": pl.Int64, "destination": pl.Int64, "days": pl.Int32, "ratio": pl.Float64, "difference": pl.Int64}
PAIRS = """
select o.row as origin, d.row as destination, d.day - o.day as days,
    ln(greatest(d.minor, 1) / greatest(o.minor, 1)) as ratio, d.minor - o.minor as difference
from {origins} as o
inner join {destinations} as d
    on {joined} and d.day - o.day between {first} and {last}
"""


class Blocks:
    """The candidates of two frames of row, block, day, minor and memo, a chunk of origins at a time."""

    def __init__(self, origin: pl.DataFrame, destination: pl.DataFrame, within: Windows) -> None:
        """Index both sides; `is_whole` says whether every pair in the windows is looked at."""
        self._within = within
        self._width = max(-within.ratio[0], within.ratio[1], 0.01)
        self._origin = self._bucketed(origin).sort("block", "day", "row")
        self._destination = self._bucketed(destination)
        budget = max(min(PER_ROW_SMALL * len(origin), TOTAL_SMALL), PER_ROW_LARGE * len(origin))
        self.expected = self._expected()
        self.is_whole = self.expected <= budget
        self._keys: tuple[pl.DataFrame, pl.DataFrame] | None = None
        if not self.is_whole:
            self._keys = self._chosen_keys(budget)

    def chunks(self) -> Iterator[pl.DataFrame]:
        """Frames of origin, destination, days, ratio and difference, sorted, no pair twice in a chunk or across."""
        for start in range(0, len(self._origin), CHUNK):
            yield self.pairs(start, CHUNK)

    def pairs(self, start: int, length: int) -> pl.DataFrame:
        """The candidates of so many origins from a place in the order of days on."""
        return self._pairs(self._origin.slice(start, length), self._keys)

    def _pairs(self, origins: pl.DataFrame, keyed: tuple[pl.DataFrame, pl.DataFrame] | None) -> pl.DataFrame:
        if origins.is_empty():
            return pl.DataFrame(schema=PAIR)
        first, last = self._within.days
        day = pl.col("day")
        near = self._destination.filter(
            day.is_between(origins["day"].min() + first, origins["day"].max() + last)  # type: ignore[operator]
        )
        spread = pl.concat([near.with_columns(bucket=pl.col("bucket") + shift) for shift in (-1, 0, 1)])
        low, high = self._within.ratio
        ratio = f"ln(greatest(d.minor, 1) / greatest(o.minor, 1)) between {low} and {high}"
        joins = [("origins", "spread", f"o.block = d.block and o.bucket = d.bucket and {ratio}")]
        with duckdb.connect(config={"threads": 2}) as database:
            if keyed is not None:
                for name, side, keys in zip(("origins", "spread"), (origins, spread), keyed, strict=True):
                    database.register(f"{name}_keyed", side.join(keys, on="row", how="inner"))
                joins = [("origins_keyed", "spread_keyed", f"o.key = d.key and {joins[0][2]}")]
                joins.append(("origins", "near", "o.block = d.block and o.minor = d.minor and o.minor >= 1000"))
            joins += [
                ("origins", "near", f"o.block = d.block and o.minor + {fee} = d.minor and not ({ratio})")
                for fee in self._within.fees
            ]
            database.register("origins", origins)
            database.register("near", near)
            database.register("spread", spread)
            # Fees and ratios leave each other out; a pair that shares two words comes twice.
            union = ("\nunion\n" if keyed is not None else "\nunion all\n").join(
                PAIRS.format(origins=left, destinations=right, joined=joined, first=first, last=last)
                for left, right, joined in joins
            )
            return database.execute(f"select * from ({union}) order by origin, destination").pl()

    def background(self, wanted: int) -> pl.DataFrame:
        """About so many pairs in the windows, of origins spread over the days, whatever their memos."""
        step = max(round(self.expected / wanted), 1)
        return self._pairs(self._origin.gather_every(step, step // 2), None)

    def _bucketed(self, side: pl.DataFrame) -> pl.DataFrame:
        amount = pl.max_horizontal(pl.col("minor"), 1).cast(pl.Float64).log()
        return side.with_columns(bucket=(amount / self._width).floor().cast(pl.Int32))

    def _expected(self) -> float:
        """About how many pairs the windows hold, counted exactly for some origins spread over the days."""
        some = self._origin.gather_every(max(len(self._origin) // SAMPLE, 1))
        first, last = self._within.days
        low, high = self._within.ratio
        with duckdb.connect(config={"threads": 2}) as database:
            database.register("sampled", some)
            database.register("destination", self._destination)
            found = database.execute(
                f"""select count(*) from destination as d
                inner join (select *, unnest([bucket - 1, bucket, bucket + 1]) as near from sampled) as o
                    on o.block = d.block and o.near = d.bucket and d.day - o.day between {first} and {last}
                        and ln(greatest(d.minor, 1) / greatest(o.minor, 1)) between {low} and {high}"""
            ).fetchone()
        return float(found[0] if found else 0) * len(self._origin) / max(len(some), 1)

    def _chosen_keys(self, budget: float) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Words, neighbouring words and memo beginnings, rarest first, until the budget is used."""
        sides = [_memo_keys(side) for side in (self._origin, self._destination)]
        share = self.expected / (len(self._origin) * len(self._destination))
        counts = (
            sides[0].group_by("key").len("left").join(sides[1].group_by("key").len("right"), on="key")
            .with_columns(pairs=pl.col("left").cast(pl.Float64) * pl.col("right").cast(pl.Float64) * share)
            .sort("right", "left", "key")
        )  # fmt: skip
        kept = counts.filter(pl.col("pairs").cum_sum() <= budget).select("key")
        return sides[0].join(kept, on="key", how="semi"), sides[1].join(kept, on="key", how="semi")


def _memo_keys(side: pl.DataFrame) -> pl.DataFrame:
    """Rows of row and key: a hash of each word, of how it and its neighbour begin, and of the first eight letters.

    Beginnings, because a bank cuts a memo where its line ends.
    """
    words = side.select("row", word=tokens(side["memo"]))
    each = words.explode("word").drop_nulls()
    begins = pl.col("word").str.slice(0, 3)
    follow = each.with_columns(
        after=begins.shift(-1).over("row", order_by=pl.int_range(pl.len())), word=begins
    ).drop_nulls()
    start = words.select("row", text=pl.col("word").list.join(" ").str.slice(0, 8)).filter(pl.col("text") != "")
    return pl.concat(
        [
            each.select("row", key=pl.col("word").hash(1)),
            each.filter(pl.col("word").str.len_chars() > 5).select("row", key=pl.col("word").str.slice(0, 5).hash(4)),
            follow.select("row", key=pl.concat_str("word", "after", separator=" ").hash(2)),
            start.select("row", key=pl.col("text").hash(3)),
        ]
    ).unique()

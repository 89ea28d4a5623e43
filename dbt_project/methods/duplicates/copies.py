"""Which documents are a second copy of an earlier one, with a rule, a score and the record they repeat.

Candidates share ledger, party and currency, and an amount, a number or a sum; nothing else is compared, so the work
grows with the documents and not with their square. Of two, the one to keep is the one that was paid or stands on
another rail too, then the earlier entered one; the other is the copy.
"""

from __future__ import annotations

import polars as pl

from dbt_project.methods.duplicates.numbers import folded, likeness, misread, plain
from dbt_project.methods.duplicates.splits import SCHEMA, splits, typed

DAYS_MOST = 120
DAYS_NEAR = 7
# A fixed fee: three documents of one amount are a rhythm, and so is a number that comes again and again.
STEADY_COUNT = 3
REUSED_COUNT = 3
# A, B and C behind one number (a day, often) are a series; one mark alone is a copy's. Of other amounts, one more.
SERIES_COUNT = 3
# An amount that a party bills more often than this is compared by number and by day alone.
BLOCK_MOST = 60
SCORE_LOWEST = 0.5
KEYS = ["ledger", "party", "currency"]
COLUMNS = [*SCHEMA]


def copies(documents: pl.DataFrame) -> pl.DataFrame:
    """Name each document that repeats an earlier one.

    Args:
        documents: one row per document: ledger, party, document, number (null allowed), currency (String), day (Date),
            entered (any order, ties are broken by document), minor (Int64, minor units, positive), debt (String, null
            allowed: records that are known to be one debt share it and are no copies), is_kept (Boolean: paid, or tied
            to another rail's record), is_credited (Boolean: taken back, so that a second bill is owed).

    Returns:
        One row per copy, its best evidence: ledger, document, other, rule, score (0.5 to 1), days_apart.
    """
    known = _prepared(documents)
    pairs = pl.concat([_same_amount(known), _same_number(known), splits(known)])
    return (
        pairs.filter(pl.col("score") >= SCORE_LOWEST)
        .sort("score", "days_apart", "other", descending=[True, False, False])
        .unique(["ledger", "document"], keep="first", maintain_order=True)
        .sort("ledger", "document")
        .select(COLUMNS)
        .pipe(typed)
    )


def _prepared(documents: pl.DataFrame) -> pl.DataFrame:
    """Documents with their place in time, plain number, and what is a rhythm of the party."""
    return (
        documents.with_columns(pl.col("ledger", "party", "document", "number", "currency", "debt").cast(pl.String))
        .with_columns(
            pl.col("minor").cast(pl.Int64),
            pl.col("day").cast(pl.Date),
            pl.col("is_kept", "is_credited").cast(pl.Boolean),
        )
        .filter((pl.col("minor") > 0) & pl.col("party").is_not_null())
        .with_columns(plain("number").alias("plain"))
        .with_columns(folded("plain").alias("folded"), pl.col("plain").str.replace(r"[A-Z]{1,2}$", "").alias("root"))
        .sort("is_kept", "entered", "document", descending=[True, False, False])
        .with_row_index("place")
        .with_columns(
            pl.len().over([*KEYS, "minor"]).alias("_equal"),
            pl.col("day").n_unique().over([*KEYS, "minor"]).alias("_days_of_amount"),
            pl.when(pl.col("folded").is_not_null())
            .then(pl.col("day").dt.truncate("10d").n_unique().over([*KEYS, "folded"]))
            .alias("_days_of_number"),
        )
        .with_columns(
            (pl.col("_days_of_amount") >= STEADY_COUNT).alias("is_steady"),
            (pl.col("_days_of_number") >= REUSED_COUNT).fill_null(value=False).alias("is_reused"),
            (pl.col("_equal") <= BLOCK_MOST).alias("is_small"),
            (
                (pl.col("plain").n_unique().over([*KEYS, "root", "minor"]) >= SERIES_COUNT)
                | (pl.col("plain").n_unique().over([*KEYS, "root"]) > SERIES_COUNT)
            ).alias("is_series"),
        )
    )


def _joined(later: pl.DataFrame, earlier: pl.DataFrame, on: list[str]) -> pl.DataFrame:
    """Pairs of a later and an earlier document, not of one debt, with the days between them."""
    debt = (pl.col("debt") == pl.col("debt_other")).fill_null(value=False)
    return (
        later.join(earlier, on=on, suffix="_other")
        .filter((pl.col("place_other") < pl.col("place")) & ~debt & ~pl.col("is_credited_other"))
        .with_columns((pl.col("day") - pl.col("day_other")).dt.total_days().abs().alias("days_apart"))
        .filter(pl.col("days_apart") <= DAYS_MOST)
        .with_columns(pl.col("document_other").alias("other"))
    )


def _same_amount(known: pl.DataFrame) -> pl.DataFrame:
    numbered, few = known.filter(pl.col("folded").is_not_null()), known.filter(pl.col("is_small"))
    on_number = _joined(numbered, numbered, [*KEYS, "minor", "folded"]).with_columns(
        pl.col("folded").alias("folded_other")
    )
    on_amount = _joined(few, few, [*KEYS, "minor"])
    pairs = pl.concat([on_number, on_amount], how="diagonal").unique(["ledger", "document", "other"])
    near, same_day = pl.col("days_apart") <= DAYS_NEAR, pl.col("days_apart") == 0
    # A number that a party writes on every bill names the account, not the bill.
    names_bill = ~pl.col("is_reused") | (pl.col("days_apart") <= 3)
    like = pl.col("likeness")
    score = (
        pl.when((like == "same") & names_bill)
        .then(0.98)
        .when((like == "lookalike") & names_bill)
        .then(0.95)
        .when((like == "marked") & ~pl.col("is_series") & (near | ~pl.col("is_steady")) & (pl.col("days_apart") <= 45))
        .then(0.9)
        .when((like == "swapped") & near)
        .then(0.9)
        .when((like == "slip") & near & (same_day | ~pl.col("is_steady")))
        .then(0.8)
        .when((like == "none") & (pl.col("days_apart") <= 3) & (same_day | ~pl.col("is_steady")))
        .then(pl.when(pl.col("plain").is_null() & pl.col("plain_other").is_null()).then(0.6).otherwise(0.7))
        .otherwise(0.0)
    )
    rule = pl.format("amount, number {}", like.replace({"none": "absent"}).fill_null("other"))
    return (
        _unmarked_first(likeness(pairs))
        .with_columns(rule.alias("rule"), score.alias("score"))
        .select(COLUMNS)
        .pipe(typed)
    )


def _unmarked_first(pairs: pl.DataFrame) -> pl.DataFrame:
    """Of two numbers that differ by a mark, the marked one is the copy, whichever was typed in first."""
    turned = (
        (pl.col("likeness") == "marked")
        & (pl.col("is_kept") == pl.col("is_kept_other"))
        & (pl.col("plain").str.len_chars() < pl.col("plain_other").str.len_chars())
    ).fill_null(value=False)
    return pairs.with_columns(
        pl.when(turned).then("other").otherwise("document").alias("document"),
        pl.when(turned).then("document").otherwise("other").alias("other"),
    )


def _same_number(known: pl.DataFrame) -> pl.DataFrame:
    numbered = known.filter(
        pl.col("folded").is_not_null() & (pl.col("folded").str.len_chars() >= 3) & ~pl.col("is_reused")
    )
    pairs = _joined(numbered, numbered, [*KEYS, "folded"])
    pairs = misread(pairs.filter((pl.col("minor") != pl.col("minor_other")) & (pl.col("days_apart") <= 45)))
    score = pl.col("slip").replace_strict(
        {"digits swapped": 0.92, "a place off": 0.85, "a digit off": 0.8}, default=0.0, return_dtype=pl.Float64
    )
    rule = pl.format("number, amount with {}", pl.col("slip").fill_null("other digits"))
    return pairs.with_columns(rule.alias("rule"), score.alias("score")).select(COLUMNS).pipe(typed)

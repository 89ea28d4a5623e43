"""A document entered again in two parts that add up to it."""

from __future__ import annotations

import polars as pl

KEYS = ["ledger", "party", "currency"]
# Parts stand on one day, or share what is left of their number without its last mark.
PARTS_A_BLOCK_MOST = 30
DAYS_MOST = 45
SCHEMA: dict[str, pl.DataType] = {
    "ledger": pl.String(),
    "document": pl.String(),
    "other": pl.String(),
    "rule": pl.String(),
    "score": pl.Float64(),
    "days_apart": pl.Int64(),
}


def typed(found: pl.DataFrame) -> pl.DataFrame:
    """The columns of a copy in their types."""
    return found.select(pl.col(name).cast(kind) for name, kind in SCHEMA.items())


def splits(known: pl.DataFrame) -> pl.DataFrame:
    """Name the parts of a whole that stands in the ledger too.

    Args:
        known: documents as `copies` prepares them.

    Returns:
        A row for each part with the whole as `other`, or one for a whole whose parts were paid; columns of `copies`.
    """
    stem = pl.when(pl.col("plain").str.len_chars() >= 4).then(
        pl.col("plain").str.head(pl.col("plain").str.len_chars() - 1)
    )
    parts = known.with_columns(stem.alias("stem")).select(
        *KEYS, "document", "place", "plain", "stem", "day", "minor", "is_kept", "is_credited"
    )
    couples = pl.concat([_couples(parts, block) for block in ("stem", "day")], how="diagonal_relaxed")
    couples = couples.unique(["ledger", "document", "document_b"]).with_columns(
        (pl.col("minor") + pl.col("minor_b")).alias("whole_minor")
    )
    wholes = parts.select(
        *KEYS,
        pl.col("minor").alias("whole_minor"),
        pl.col("document").alias("other"),
        pl.col("plain").alias("whole"),
        pl.col("day").alias("whole_day"),
        pl.col("is_kept").alias("is_whole_kept"),
        pl.col("is_credited").alias("is_taken_back"),
    )
    found = couples.join(wholes, on=[*KEYS, "whole_minor"]).filter(~pl.col("is_taken_back"))
    days = (pl.col("day") - pl.col("whole_day")).dt.total_days().abs()
    named = (
        pl.col("plain").str.starts_with(pl.col("whole")) & pl.col("plain_b").str.starts_with(pl.col("whole"))
    ).fill_null(value=False) & (pl.col("whole").str.len_chars() >= 3)
    found = found.with_columns(days.alias("days_apart"), named.alias("is_named")).filter(
        pl.col("is_named") & (days <= DAYS_MOST)
    )
    # Parts bear the marks, so they are the copies whatever was typed in first, unless paid while the whole was not.
    first = pl.col("is_whole_kept") | ~(pl.col("is_kept") | pl.col("is_kept_b"))
    sides = [
        found.filter(first).select(*_told(pl.col("document"), pl.col("other"))),
        found.filter(first).select(*_told(pl.col("document_b"), pl.col("other"))),
        found.filter(~first).select(*_told(pl.col("other"), pl.col("document"))),
    ]
    return pl.concat(sides).pipe(typed)


def _told(document: pl.Expr, other: pl.Expr) -> list[pl.Expr]:
    return [
        pl.col("ledger"),
        document.alias("document"),
        other.alias("other"),
        pl.lit("two parts add up to it").alias("rule"),
        pl.lit(0.9).alias("score"),
        pl.col("days_apart"),
    ]


def _couples(parts: pl.DataFrame, block: str) -> pl.DataFrame:
    """Pairs of documents of one party in one block, each pair once; crowded blocks are left out."""
    keyed = parts.filter(pl.col(block).is_not_null() & (pl.len().over([*KEYS, block]) <= PARTS_A_BLOCK_MOST))
    return keyed.join(
        keyed.select(*KEYS, block, "document", "place", "plain", "minor", "is_kept"), on=[*KEYS, block], suffix="_b"
    ).filter(pl.col("place") < pl.col("place_b"))

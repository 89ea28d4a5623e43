"""How alike two invoice numbers are: spelling, a slip of the keyboard, letters read as digits, a mark put behind."""

from __future__ import annotations

import polars as pl
from rapidfuzz.distance import OSA, Levenshtein
from rapidfuzz.process import cpdist

# What scanners and people take for one another.
LOOKALIKES = {"O": "0", "Q": "0", "I": "1", "L": "1", "S": "5", "B": "8", "Z": "2"}
# Shorter numbers are alike by chance; a mark put behind a number (A, -1, DUP) is short.
LENGTH_LOWEST = 3
MARK_LENGTH_MOST = 4
# Numbers this close follow one another: a later invoice, no slip.
STEP_MOST = 99


def plain(number: str) -> pl.Expr:
    """A number without case, marks and leading zeros, after a prefix too; null when nothing is left."""
    text = pl.col(number).str.to_uppercase().str.replace_all(r"[^\p{L}\p{N}]", "")
    text = text.str.replace_all(r"(^|\p{L})0+(\d)", "$1$2")
    return pl.when(text.str.len_chars() > 0).then(text)


def folded(number: str) -> pl.Expr:
    """A plain number with every letter that looks like a digit as that digit."""
    text = pl.col(number).str.replace_many(list(LOOKALIKES), list(LOOKALIKES.values())).str.strip_chars_start("0")
    return pl.when(text.str.len_chars() > 0).then(text)


def likeness(pairs: pl.DataFrame) -> pl.DataFrame:
    """Say how two numbers are alike.

    Args:
        pairs: plain and plain_other (String, null where there is no number).

    Returns:
        The pairs with likeness: `same`, `lookalike`, `marked` (one is the other with a short mark), `swapped` (two
        neighbours), `slip` (one character off, and no next number), `none` (one has no number), else null.
    """
    texts = [pairs[name].fill_null("") for name in ("plain", "plain_other")]
    one, other = (text.to_list() for text in texts)
    if not one:
        return pairs.with_columns(pl.lit(None, pl.String).alias("likeness"))
    edits = pl.Series("_edits", cpdist(one, other, scorer=Levenshtein.distance, score_cutoff=2))
    swaps = pl.Series("_swaps", cpdist(one, other, scorer=OSA.distance, score_cutoff=2))
    known = pairs.with_columns(
        edits,
        swaps,
        folded("plain").alias("_folded"),
        folded("plain_other").alias("_folded_other"),
        pl.min_horizontal(pl.col("plain", "plain_other").str.len_chars()).alias("_short"),
        (pl.col("plain").str.len_chars().cast(pl.Int64) - pl.col("plain_other").str.len_chars().cast(pl.Int64))
        .abs()
        .alias("_longer"),
        *(
            pl.col(name).str.extract(r"(\d{1,15})\D*$").cast(pl.Int64, strict=False).alias(f"_{name}")
            for name in ("plain", "plain_other")
        ),
    )
    long_enough = pl.col("_short") >= LENGTH_LOWEST
    holds = (
        pl.col("plain").str.starts_with(pl.col("plain_other"))
        | pl.col("plain").str.ends_with(pl.col("plain_other"))
        | pl.col("plain_other").str.starts_with(pl.col("plain"))
        | pl.col("plain_other").str.ends_with(pl.col("plain"))
    )
    step = (pl.col("_plain") - pl.col("_plain_other")).abs()
    named = (
        pl.when(pl.col("plain").is_null() | pl.col("plain_other").is_null())
        .then(pl.lit("none"))
        .when(pl.col("plain") == pl.col("plain_other"))
        .then(pl.lit("same"))
        .when(pl.col("_folded") == pl.col("_folded_other"))
        .then(pl.lit("lookalike"))
        .when(long_enough & holds & (pl.col("_longer") <= MARK_LENGTH_MOST))
        .then(pl.lit("marked"))
        .when(long_enough & (pl.col("_swaps") == 1) & (pl.col("_edits") == 2))
        .then(pl.lit("swapped"))
        .when(long_enough & (pl.col("_edits") == 1) & ~(step <= STEP_MOST).fill_null(value=False))
        .then(pl.lit("slip"))
    )
    return known.with_columns(named.alias("likeness")).drop(pl.selectors.starts_with("_"))


def misread(pairs: pl.DataFrame) -> pl.DataFrame:
    """Say whether two amounts are one amount with a slip: two neighbouring digits swapped, one digit off, a place lost.

    Args:
        pairs: minor and minor_other (Int64, positive).

    Returns:
        The pairs with slip: `digits swapped`, `a digit off`, `a place off`, else null.
    """
    one, other = (pairs[name].cast(pl.String).to_list() for name in ("minor", "minor_other"))
    if not one:
        return pairs.with_columns(pl.lit(None, pl.String).alias("slip"))
    edits = pl.Series("_edits", cpdist(one, other, scorer=Levenshtein.distance, score_cutoff=2))
    swaps = pl.Series("_swaps", cpdist(one, other, scorer=OSA.distance, score_cutoff=2))
    known = pairs.with_columns(edits, swaps, (pl.col("minor") / pl.col("minor_other")).alias("_ratio"))
    long_enough = pl.min_horizontal("minor", "minor_other") >= 1_000
    same_length = (
        pl.col("minor").cast(pl.String).str.len_chars() == pl.col("minor_other").cast(pl.String).str.len_chars()
    )
    named = (
        pl.when(long_enough & same_length & (pl.col("_swaps") == 1) & (pl.col("_edits") == 2))
        .then(pl.lit("digits swapped"))
        .when(pl.col("_ratio").is_in([10.0, 100.0, 0.1, 0.01]))
        .then(pl.lit("a place off"))
        .when(long_enough & same_length & (pl.col("_edits") == 1))
        .then(pl.lit("a digit off"))
    )
    return known.with_columns(named.alias("slip")).drop("_edits", "_swaps", "_ratio")

"""Bank lines of many clients against the documents of every rail: the warehouse's side of the engine.

Each rail has its own sight of a payment and is decided for itself. Equal amounts come first, as one assignment; what
then stays open in the books is tried as a sum, a split, an amount with a fee, and last as bills without any payment.
"""

from __future__ import annotations

import polars as pl

from dbt_project.methods.reconciliation.assign import assign
from dbt_project.methods.reconciliation.dated import claim
from dbt_project.methods.reconciliation.names import squeezed
from dbt_project.methods.reconciliation.ways import find_ways

# Days from a document to its line, for sums and fees. Equal amounts have the wider window of their candidates.
EARLY, LATE = -2, 5
BILL_EARLY, BILL_LATE = -7, 120
# What a bank keeps back or adds: a flat fee of a wire, or a share of a card payment.
FEE_CENTS, FEE_CENTS_IN, FEE_SHARE = 5_000, 300, 0.035
# Letters of a name that a bank line must hold to count as naming it.
NAME_LETTERS = 10
# Pairs of line and document that the open pile of one client and span of days may make.
PILE = 400_000
IN_FULL = ("bill_payment", "purchase", "payment", "deposit")
NEVER = ["posting", "document"]
SOLUTION = {
    "posting": pl.Int64,
    "document": pl.Int64,
    "method": pl.String,
    "part_minor": pl.Int64,
    "left_minor": pl.Int64,
    "share": pl.Float64,
    "margin": pl.Float64,
}


def match_postings(
    candidates: pl.DataFrame, postings: pl.DataFrame, documents: pl.DataFrame, apart: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Match bank lines.

    Args:
        candidates: posting, document, rail, rule, weight (log odds), fee_minor (what a statement of the rail says was
            kept back), posting_twin, document_twin (equal codes cannot be told apart): pairs of equal amount, or equal
            but for the stated fee.
        postings: posting, client, cents, currency, day, description, party.
        documents: document, client, rail, kind, cents, currency, day, party, party_name; kind "bill" for open bills.
        apart: posting, document: pairs that a person has said do not belong together.

    Returns:
        One row per line and document matched, the columns of `SOLUTION`: part_minor is the document's share of the
        line, left_minor what of the line is no document's (a fee). Per rail, no line and no document stands in two
        explanations.
    """
    found = [pl.DataFrame(schema=SOLUTION)]
    ruled = candidates.filter(pl.col("rule") == "person").join(postings.select("posting", "cents"), on="posting")
    ruled = ruled.join(documents.select("document", part_minor="cents"), on="document")
    ruled = ruled.with_columns(left_minor=pl.col("cents") - pl.col("part_minor").sum().over("posting", "rail"))
    ruled = ruled.with_columns(method="rule", share=pl.lit(1.0), margin=pl.lit(None, pl.Float64))
    found.append(ruled.select(*SOLUTION).cast(SOLUTION))  # type: ignore[arg-type]
    candidates = candidates.join(ruled, on=["posting", "rail"], how="anti").join(ruled, on="document", how="anti")
    decided = pl.concat([candidates.select("posting", "document", "rail"), ruled.select("posting", "document", "rail")])
    for rail in sorted(candidates["rail"].unique().to_list()):
        pairs = candidates.filter(pl.col("rail") == rail).rename({"posting": "left", "document": "right"})
        pairs = pairs.with_columns(left_twin="posting_twin", right_twin="document_twin")
        chosen = assign(pairs).rename({"left": "posting", "right": "document"})
        chosen = chosen.join(postings.select("posting", "cents"), on="posting")
        parts = chosen.with_columns(
            method="rule", left_minor="fee_minor", part_minor=pl.col("cents") - pl.col("fee_minor")
        )
        found.append(parts.select(*SOLUTION).cast(SOLUTION))  # type: ignore[arg-type]
    books = documents.filter((pl.col("rail") == "qbo") & pl.col("kind").is_in(IN_FULL))
    never = pl.DataFrame(schema={"posting": pl.Int64, "document": pl.Int64}) if apart is None else apart
    pairs = _near(*_open(postings, books, decided, found), EARLY, LATE).join(never, on=NEVER, how="anti")
    found.append(_sums(pairs, "sum of one party's records"))
    pairs = _still(pairs, found)
    found.append(_splits(pairs))
    pairs = _still(pairs, found)
    found.append(_short(pairs))
    bills = documents.filter(pl.col("kind") == "bill")
    open_lines, open_bills = _open(postings.filter(pl.col("cents") < 0), bills, decided, found)
    owed = _near(open_lines, open_bills, BILL_EARLY, BILL_LATE).filter("is_named").join(never, on=NEVER, how="anti")
    found.append(_sums(owed, "bill, no payment recorded"))
    return pl.concat(found)


def _open(
    postings: pl.DataFrame, documents: pl.DataFrame, decided: pl.DataFrame, found: list[pl.DataFrame]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Lines that the books do not explain yet, and documents that no line has."""
    done = pl.concat(found).join(decided, on=["posting", "document"], how="left")
    in_books = done.filter(pl.col("rail").fill_null("qbo") == "qbo")
    lines = postings.join(in_books, on="posting", how="anti")
    return lines, documents.join(done, on="document", how="anti")


def _still(pairs: pl.DataFrame, found: list[pl.DataFrame]) -> pl.DataFrame:
    return pairs.join(found[-1], on="posting", how="anti").join(found[-1], on="document", how="anti")


def _near(postings: pl.DataFrame, documents: pl.DataFrame, early: int, late: int) -> pl.DataFrame:
    """Pairs of one client and direction within the days; `is_named` where the line names the document's party."""
    key = ["client", "currency", "is_in", "bucket"]
    width = late - early + 1
    day = pl.col("day").dt.epoch("d").cast(pl.Int64)
    lines = postings.with_columns(
        is_in=pl.col("cents") > 0, bucket=pl.int_ranges((day - late) // width, (day - early) // width + 1)
    ).explode("bucket")
    records = documents.with_columns(is_in=pl.col("cents") > 0, bucket=day // width)
    # A pile too large for every pair is left to the equal amounts and to people.
    sizes = lines.group_by(key).len("lines").join(records.group_by(key).len("records"), on=key)
    piles = sizes.filter(pl.col("lines").cast(pl.Int64) * pl.col("records") > PILE).select(key)
    pairs = lines.join(piles, on=key, how="anti").join(records, on=key, suffix="_document")
    pairs = pairs.with_columns(lag=(pl.col("day") - pl.col("day_document")).dt.total_days())
    pairs = pairs.filter(pl.col("lag").is_between(early, late))
    name = squeezed(pl.col("party_name").fill_null("")).str.slice(0, NAME_LETTERS)
    in_text = squeezed(pl.col("description").fill_null("")).str.contains(name, literal=True)
    is_same = (pl.col("party") == pl.col("party_document")).fill_null(value=False)
    is_named = is_same | (in_text & (name.str.len_chars() >= NAME_LETTERS))
    return pairs.with_columns(is_named=is_named.fill_null(value=False))


def _sums(pairs: pl.DataFrame, method: str) -> pl.DataFrame:
    """Lines that are the sum of several documents; one line's own party first, then several payers' in one deposit."""
    smaller = pairs.filter(pl.col("cents_document").abs() <= pl.col("cents").abs())
    named = smaller.filter("is_named").with_columns(method=pl.lit(method))
    found = [_claimed(named)]
    # A deposit slip names nobody: any customers' payments of those days may be in it.
    payers = smaller.filter((pl.col("kind") == "payment") & pl.col("party").is_null() & (pl.col("lag") >= 0))
    payers = _still(payers, found).with_columns(method=pl.lit("several payers in one deposit"))
    found.append(_claimed(payers))
    return pl.concat(found)


def _claimed(pairs: pl.DataFrame) -> pl.DataFrame:
    if not pairs.height:
        return pl.DataFrame(schema=SOLUTION)
    # One party per sum, but for deposits; the party's code parts the tasks.
    parties = pl.col("party_document").rank("dense").cast(pl.Int64).fill_null(0)
    code = pl.when(pl.col("method") == "several payers in one deposit").then(0).otherwise(parties)
    coded = pairs.with_columns(task=pl.col("posting") * (1 << 24) + code)
    ways = find_ways(
        coded.select(
            "task",
            target="cents",
            item="document",
            cents="cents_document",
            weight=2.0 - 0.4 * pl.col("lag").abs().cast(pl.Float64),
        ),
        deep=2_000,
    )
    ways = ways.with_columns(line=pl.col("task") // (1 << 24)).rename({"item": "bill"})
    claimed = claim(ways).filter(pl.col("is_whole"))
    named = claimed.join(
        pairs.select(line="posting", bill="document", method="method", part_minor="cents_document"), on=["line", "bill"]
    )
    return named.select(
        posting="line",
        document="bill",
        method="method",
        part_minor="part_minor",
        left_minor=pl.lit(0, pl.Int64),
        share="share",
        margin="margin",
    ).cast(SOLUTION)  # type: ignore[arg-type]


def _splits(pairs: pl.DataFrame) -> pl.DataFrame:
    """A document that several lines of its party pay together."""
    smaller = pairs.filter(pl.col("is_named") & (pl.col("cents").abs() < pl.col("cents_document").abs()))
    if not smaller.height:
        return pl.DataFrame(schema=SOLUTION)
    ways = find_ways(
        smaller.select(
            task="document",
            target="cents_document",
            item="posting",
            cents="cents",
            weight=2.0 - 0.4 * pl.col("lag").abs().cast(pl.Float64),
        )
    )
    claimed = claim(ways.rename({"item": "bill"}).with_columns(line="task")).filter(pl.col("is_whole"))
    lines = smaller.select(posting="posting", part_minor="cents").unique()
    return (
        claimed.rename({"bill": "posting", "line": "document"})
        .join(lines, on="posting")
        .with_columns(method=pl.lit("several lines for one record"), left_minor=pl.lit(0, pl.Int64))
        .select(*SOLUTION)
        .cast(SOLUTION)  # type: ignore[arg-type]
    )


def _short(pairs: pl.DataFrame) -> pl.DataFrame:
    """A deposit less a processor's fee; a payment with the bank's fee on top."""
    fee = pl.col("cents_document") - pl.col("cents")
    size = pl.col("cents_document").abs()
    kept_back = pl.max_horizontal((size * FEE_SHARE).cast(pl.Int64), pl.lit(FEE_CENTS_IN))
    most = pl.when(pl.col("cents") > 0).then(kept_back).otherwise(pl.lit(FEE_CENTS))
    # A processor's deposit names itself and not the customer; a wire names its payee.
    may_be = pl.col("is_named") | ((pl.col("kind") == "deposit") & (pl.col("lag") >= 0))
    near = pairs.filter((fee > 0) & (fee <= most) & (fee * 4 <= size) & may_be)
    named = pl.when("is_named").then(2.0).otherwise(0.0)
    weighted = near.select(
        left="posting", right="document", weight=2.5 + named - 0.6 * pl.col("lag").abs().cast(pl.Float64)
    )
    chosen = assign(weighted).rename({"left": "posting", "right": "document"})
    chosen = chosen.join(near.select("posting", "document", "cents", "cents_document"), on=["posting", "document"])
    return chosen.select(
        "posting",
        "document",
        method=pl.when(pl.col("cents") > 0).then(pl.lit("deposit less a fee")).otherwise(pl.lit("payment and a fee")),
        part_minor="cents_document",
        left_minor=pl.col("cents") - pl.col("cents_document"),
        share="share",
        margin="margin",
    ).cast(SOLUTION)  # type: ignore[arg-type]

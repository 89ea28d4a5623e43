"""Bills against bank lines, whole files at once: the entry of `rowcol score reconcile`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from dbt_project.methods.reconciliation.calibrate import scored
from dbt_project.methods.reconciliation.dated import settle_dated
from dbt_project.methods.reconciliation.lags import EARLIEST, LATEST
from dbt_project.methods.reconciliation.leftovers import explain_leftovers
from dbt_project.methods.reconciliation.names import link
from dbt_project.methods.reconciliation.periods import settle_periods

# From this score on a pair is right often enough to be applied unasked; a line's least sure document decides.
AUTO = 0.985
# A line all of whose documents are less likely than this is left open: a pick among three equal bills is a guess.
GUESS = 0.475
PAIRS = {"bill": pl.Int64, "line": pl.Int64, "score": pl.Float64, "method": pl.String}


@dataclass(frozen=True)
class Reconciled:
    """What a run found.

    Attributes:
        pairs: bill, line (row numbers of the input), score, method; method starts with "auto" where the pair may be
            applied unasked and with "proposed" where a person should look.
        cut: characters at which the bank cuts names, or none.
        bounded: pairs of blocks in which not every sum could be listed.
    """

    pairs: pl.DataFrame
    cut: int | None
    bounded: int


def reconcile(bills: pl.DataFrame, lines: pl.DataFrame, auto: float = AUTO) -> Reconciled:
    """Settle bills with bank lines.

    Args:
        bills: bill (Int64, unique), supplier (text), cents (Int64), and either month (Date, first of the month in which
            it was paid) or day (Date, issued or due).
        lines: line (Int64, unique), description (text), cents (Int64), day (Date).
        auto: the score from which a pair may be applied unasked.

    Returns:
        The pairs found, each bill and each line used by one explanation only.
    """
    if not bills.height or not lines.height:
        return Reconciled(pl.DataFrame(schema=PAIRS), None, 0)
    suppliers = bills["supplier"].fill_null("").unique(maintain_order=True)
    descriptions = lines["description"].fill_null("").unique(maintain_order=True)
    links = link(descriptions, suppliers)
    bills = bills.with_columns(
        pl.col("supplier")
        .fill_null("")
        .replace_strict(suppliers, pl.int_range(len(suppliers), eager=True), return_dtype=pl.Int64)
        .alias("party")
    )
    lines = lines.with_columns(
        pl.col("description")
        .fill_null("")
        .replace_strict(descriptions, pl.int_range(len(descriptions), eager=True), return_dtype=pl.Int64)
        .alias("text")
    )
    lines = lines.with_columns(cents=pl.col("cents") * _sign(bills["cents"], lines["cents"]))
    bills, lines = _grouped(bills, lines, links.pairs, len(suppliers))
    allowed = links.pairs.select(
        text=pl.col("description").cast(pl.Int64), party=pl.col("supplier").cast(pl.Int64), name_score="name_score"
    )
    if "month" in bills.columns:
        bills = bills.with_columns(block=_block(pl.col("month")))
        lines = lines.with_columns(block=_block(pl.col("day").dt.truncate("1mo")))
        settled = settle_periods(
            bills.select("bill", "party", "block", "cents"),
            lines.select("line", "block", "cents"),
            lines.select("line", "text").join(allowed, on="text").select("line", "party"),
        )
        bills = bills.with_columns(low=pl.col("month"), high=pl.col("month").dt.month_end())
    else:
        settled = settle_dated(bills, lines, allowed)
        bills = bills.with_columns(
            low=pl.col("day") + pl.duration(days=EARLIEST), high=pl.col("day") + pl.duration(days=LATEST)
        )
    settled = scored(settled.with_columns(size=pl.len().over("line")))
    rest = explain_leftovers(
        bills.join(settled, on="bill", how="anti").select("bill", "party", "group", "cents", "low", "high"),
        lines.join(settled, on="line", how="anti").select("line", "text", "group", "cents", "day"),
        allowed,
    )
    # A line is applied whole or not at all: its least sure document decides.
    is_auto = pl.col("score").min().over("line") >= auto
    method = pl.when(is_auto).then(pl.lit("auto: ")).otherwise(pl.lit("proposed: ")) + pl.col("how")
    shown = settled.filter(pl.col("score").max().over("line") >= GUESS)
    pairs = pl.concat(
        [
            shown.select("bill", "line", "score", method=method),
            rest.select("bill", "line", "score", method=pl.lit("proposed: ") + pl.col("how")),
        ]
    )
    return Reconciled(pairs.sort("bill", "line"), links.cut, int((~settled["is_whole"]).sum()))


def _block(month: pl.Expr) -> pl.Expr:
    return pl.col("group") * 100_000 + month.dt.year().cast(pl.Int64) * 12 + month.dt.month()


def _sign(bills: pl.Series, lines: pl.Series) -> int:
    """-1 when the lines write as negative what the bills write as positive."""
    if not len(bills) or not len(lines):
        return 1
    mostly = [bool(np.mean(cents.to_numpy() > 0) >= 0.5) for cents in (bills, lines)]
    return 1 if mostly[0] == mostly[1] else -1


def _grouped(
    bills: pl.DataFrame, lines: pl.DataFrame, links: pl.DataFrame, suppliers: int
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Suppliers and texts that links tie together, directly or over others, are one group."""
    texts = 1 + int(lines["text"].to_numpy().max(initial=0))
    starts, ends = links["supplier"].to_numpy().astype(np.int64), links["description"].to_numpy() + suppliers
    size = suppliers + texts
    graph = coo_matrix((np.ones(len(starts), dtype=np.int8), (starts, ends)), shape=(size, size))
    label = pl.Series(connected_components(graph, directed=False)[1].astype(np.int64))
    return (
        bills.with_columns(group=label.gather(bills["party"])),
        lines.with_columns(group=label.gather(lines["text"] + suppliers)),
    )

"""When invoices are paid: ours beside the due date, the customer's own past, and gradient boosting on that past.

python -m tests.bench days_to_pay
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl
from sklearn.metrics import roc_auc_score

from dbt_project.methods.days_to_pay import days_to_pay
from tests.bench.days_to_pay_rivals import Said, boosted, customers_past, due_date
from tests.bench.result import Result
from tests.beside import DATA

FOLDER = DATA / "invoices_ibm_ar"
TOPIC = "Days to pay (receivables, later invoices by earlier ones)"
# Settings were chosen on the first 70 % of the set alone, at four origins within it.
REPORTED_FROM = 0.7


def results() -> Iterator[Result]:
    """The public receivables, then open invoices of a sandbox world (one is made for it)."""
    yield from public()
    from tests.bench.days_to_pay_sandbox import sandbox
    from tests.bench.made_world import made_world

    with made_world(seed=19) as (_, warehouse, name):
        yield from sandbox(warehouse, name)


def public() -> Iterator[Result]:
    """The last 30 % of the invoices, by what was settled before each."""
    if not FOLDER.is_dir():
        yield Result(TOPIC, "invoices_ibm_ar", "ours", note="the data set is not beside the project")
        return
    rows = receivables()
    at = int(rows.height * REPORTED_FROM)
    before, after = rows[:at], rows[at:]
    name = f"invoices_ibm_ar, last {after.height:,} of {rows.height:,}"
    for method, said, note in (
        ("ours", ours(before, after), "what the last 30 % settle is never read"),
        ("ours, each invoice's past up to its own day", ours(rows, after), ""),
        ("naive: due date", due_date(after), ""),
        ("naive: same customer's median so far", customers_past(rows, after), "late by its share of late invoices"),
        ("library: gradient boosting on history", boosted(rows, before, after), "scikit-learn defaults"),
        (
            "library: the same, absolute error, shallow",
            boosted(rows, before, after, loss="absolute_error", max_depth=3, learning_rate=0.05, min_samples_leaf=30),
            "",
        ),
    ):
        yield Result(TOPIC, name, method, figures(after, said), note)


def receivables() -> pl.DataFrame:
    """The set as the method takes it, in the order of issue."""
    given = pl.read_csv(FOLDER / "invoices.csv", try_parse_dates=True).sort("invoice_date", "invoice_number")
    return given.select(
        pl.col("customer_id").alias("party"),
        pl.col("country_code").cast(pl.String).alias("segment"),
        "invoice_date",
        (pl.col("due_date") - pl.col("invoice_date")).dt.total_days().alias("term_days"),
        "amount",
        (pl.col("paperless_bill") == "Electronic").alias("is_electronic"),
        "settled_date",
    )


def ours(history: pl.DataFrame, after: pl.DataFrame) -> Said:
    """Our days, range and chance."""
    found = days_to_pay(history, after.drop("settled_date").with_columns(asked_date="invoice_date"))
    return Said(*(found[name].to_numpy() for name in ("days", "lo80", "hi80", "p_late")))


def figures(after: pl.DataFrame, said: Said) -> dict[str, float | int | str]:
    """Errors in days, order and calibration of the late ones, the range, and weekly cash."""
    took = (after["settled_date"] - after["invoice_date"]).dt.total_days().to_numpy()
    was_late = took > after["term_days"].to_numpy()
    out: dict[str, float | int | str] = {"mean error, days": float(np.abs(took - said.days).mean())}
    if said.late is not None:
        out["late: AUC"] = float(roc_auc_score(was_late, said.late))
        out["late: Brier"] = float(np.mean((said.late - was_late) ** 2))
    if said.low is not None and said.high is not None:
        out["80 % range holds"] = float(np.mean((took >= said.low) & (took <= said.high)))
        out["its width, days"] = float(np.mean(said.high - said.low))
    out["weekly cash WAPE"] = weekly_wape(after, took, said.days)
    return out


def weekly_wape(after: pl.DataFrame, took: np.ndarray, days: np.ndarray) -> float:
    """Weekly receipts expected against those that came, as a share of what came."""
    issued = after["invoice_date"].to_physical().to_numpy()
    amount = after["amount"].to_numpy()
    weeks = [np.floor_divide(issued + np.round(span), 7).astype(int) for span in (took, days)]
    first, count = min(map(np.min, weeks)), max(map(np.max, weeks)) - min(map(np.min, weeks)) + 1
    came, expected = (np.bincount(week - first, amount, count) for week in weeks)
    return float(np.abs(came - expected).sum() / came.sum())

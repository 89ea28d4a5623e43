"""Open invoices of a sandbox world on earlier Mondays, judged by what was known then and by what came of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
from sklearn.metrics import roc_auc_score

from dbt_project.methods.days_to_pay import open_invoice_risk
from tests.bench.result import Result

TOPIC = "Open invoices (sandbox, earlier Mondays)"
MONDAYS = 13
# By then all but those that nobody ever pays are settled.
OUTCOME_DAYS = 100
KEY = ["client_id", "source_invoice_id"]


def sandbox(warehouse: Path, name: str) -> Iterator[Result]:
    """Dates, ranges and probabilities of every open invoice on thirteen Mondays, beside today's rule."""
    with duckdb.connect(str(warehouse), read_only=True) as database:
        invoices = database.sql(
            """
            select client_id, source_invoice_id, coalesce(counterparty_id, customer_name) as customer,
                invoice_date, due_date, total_minor, paid_date, is_open
            from intermediate.int_cash__invoices
            """
        ).pl()
        (end,) = database.sql("select max(posted_date) from intermediate.int_bank__postings").fetchone() or (None,)
    assert isinstance(end, date)
    last = end - timedelta(days=OUTCOME_DAYS + end.weekday())
    days = [last - timedelta(days=7 * back) for back in reversed(range(MONDAYS))]
    asked = [(day, known_on(invoices, day)) for day in days]
    outcome = invoices.select(*KEY, pl.when(~pl.col("is_open")).then("paid_date").alias("came"), "due_date")
    ours, usual = (
        pl.concat([say(known, day).with_columns(pl.lit(day).alias("day")) for day, known in asked])
        for say in (open_invoice_risk, usual_delay)
    )
    for method, said in (("ours", ours), ("naive: due date plus the customer's usual delay", usual)):
        yield Result(TOPIC, name, method, figures(said.join(outcome, on=KEY)))
    for low, high in ((0, 0.2), (0.2, 0.4), (0.4, 0.6), (0.6, 0.8), (0.8, 1)):
        not_yet = ours.join(outcome, on=KEY).filter(pl.col("due_date") >= pl.col("day"))
        part = not_yet.filter(pl.col("late_probability").is_between(low, high, closed="left" if high < 1 else "both"))
        if part.height:
            said_share = part["late_probability"].mean()
            shares: dict[str, float | int | str] = {"invoices": part.height}
            shares |= {"said late": float(said_share or 0), "was late": float(_late(part, 0).mean())}  # type: ignore[arg-type]
            yield Result(
                f"{TOPIC}: late as often as said, before the due date", name, f"{low:.1f} to {high:.1f}", shares
            )


def known_on(invoices: pl.DataFrame, day: date) -> pl.DataFrame:
    """The invoices as the morning of `day` had them."""
    open_then = pl.col("is_open") | (pl.col("paid_date") >= day)
    return invoices.filter(pl.col("invoice_date") <= day).with_columns(
        open_then.fill_null(True).alias("is_open"), pl.when(~open_then).then("paid_date").alias("paid_date")
    )


def usual_delay(known: pl.DataFrame, day: date) -> pl.DataFrame:
    """Due date plus the median delay of the customer's last twelve (three at least), else the client's; a week from
    today when that has passed. Late by the share of those twelve that were."""
    delay = (pl.col("paid_date") - pl.col("due_date")).dt.total_days()
    settled = known.filter(~pl.col("is_open")).with_columns(delay.alias("delay")).sort("paid_date", descending=True)
    recent = settled.group_by("client_id", "customer").head(12)
    median, share = pl.col("delay").median(), (pl.col("delay") > 0).mean()
    serious = (pl.col("delay") > 30).mean()
    own = recent.group_by("client_id", "customer").agg(
        median.alias("usual"), share.alias("late"), serious.alias("l30"), pl.len()
    )
    of_client = recent.group_by("client_id").agg(median.alias("c_usual"), share.alias("c_late"), serious.alias("c_l30"))
    rows = known.filter(pl.col("is_open")).join(
        own.filter(pl.col("len") >= 3), on=["client_id", "customer"], how="left"
    )
    rows = rows.join(of_client, on="client_id", how="left")
    likely = pl.col("due_date") + pl.duration(days=pl.coalesce("usual", "c_usual", pl.lit(0)).round())
    return rows.select(
        *KEY,
        pl.when(likely < day).then(pl.lit(day) + pl.duration(days=7)).otherwise(likely).alias("expected_paid_date"),
        pl.lit(None, pl.Date).alias("earliest_paid_date"),
        pl.lit(None, pl.Date).alias("latest_paid_date"),
        pl.when(pl.col("due_date") < day).then(1.0).otherwise(pl.coalesce("late", "c_late")).alias("late_probability"),
        pl.when(pl.col("due_date") < day - timedelta(days=30))
        .then(1.0)
        .otherwise(pl.coalesce("l30", "c_l30"))
        .alias("late_30_days_probability"),
    )


def figures(rows: pl.DataFrame) -> dict[str, float | int | str]:
    """Errors of what was paid in the end; ranges and probabilities of all."""
    paid = rows.drop_nulls("came")
    error = (paid["came"] - paid["expected_paid_date"]).dt.total_days().abs()
    not_yet = rows.filter(pl.col("due_date") >= pl.col("day"))
    out: dict[str, float | int | str] = {
        "invoices": rows.height,
        "never paid": rows.height - paid.height,
        "mean error, days": float(error.mean() or 0),  # type: ignore[arg-type]
    }
    if rows["latest_paid_date"].null_count() < rows.height:
        inside = pl.col("came").is_between("earliest_paid_date", "latest_paid_date").fill_null(False)
        out["80 % range holds, if paid"] = float(paid.select(inside.mean()).item())
    for label, column, over, part in (
        ("late (not due yet)", "late_probability", 0, not_yet),
        ("> 30 days late", "late_30_days_probability", 30, rows),
    ):
        part = part.drop_nulls(column)
        said, was = part[column].to_numpy(), _late(part, over).to_numpy()
        if 0 < was.mean() < 1:
            out[f"{label}: AUC"] = float(roc_auc_score(was, said))
        out[f"{label}: Brier"] = float(np.mean((said - was) ** 2))
    return out


def _late(rows: pl.DataFrame, over: int) -> pl.Series:
    """Whether each came more than `over` days after its due date, or never."""
    return rows.select(
        ((pl.col("came") - pl.col("due_date")).dt.total_days() > over).fill_null(True).cast(pl.Float64)
    ).to_series()

"""Open invoices of a firm's clients: the day each will be paid, and how likely it is late or seriously late."""

from __future__ import annotations

from datetime import date

import polars as pl

from dbt_project.methods.days_to_pay.predict import by_terms, days_to_pay

INVOICES = {
    "client_id": pl.String,
    "source_invoice_id": pl.String,
    "customer": pl.String,
    "invoice_date": pl.Date,
    "due_date": pl.Date,
    "total_minor": pl.Int64,
    "paid_date": pl.Date,
    "is_open": pl.Boolean,
}
RISK = {
    "client_id": pl.String,
    "source_invoice_id": pl.String,
    "expected_paid_date": pl.Date,
    "earliest_paid_date": pl.Date,
    "latest_paid_date": pl.Date,
    "late_probability": pl.Float64,
    "late_30_days_probability": pl.Float64,
    "settled_invoices": pl.Int64,
    "basis": pl.String,
}


def open_invoice_risk(invoices: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """What to expect of every open invoice of one firm.

    A customer's habit is shrunk to those of the client's other customers (invoices due at once and invoices on terms
    apart), and those to the firm's. That an invoice is still open at its age counts.

    Args:
        invoices: columns of INVOICES, one row per invoice, paid ones included: they are the history. One that is
            neither open nor has a paid_date was given up: it counts as never paid.
        as_of: the day on which this is asked.

    Returns:
        Columns of RISK, one row per open invoice; the dates and probabilities are null where the firm has settled fewer
        than ten invoices or the invoice has no date; probabilities also where it has no due date.
    """
    rows = invoices.select(pl.col(name).cast(kind) for name, kind in INVOICES.items())
    rows = rows.with_columns(
        (pl.col("due_date") - pl.col("invoice_date")).dt.total_days().alias("term_days"),
        pl.when(~pl.col("is_open")).then("paid_date").alias("settled_date"),
        pl.format("{}/{}", "client_id", pl.col("customer").fill_null("")).alias("party"),
    )
    shaped = rows.with_columns(
        pl.col("client_id").alias("segment"),
        (pl.col("total_minor") / 100).alias("amount"),
        pl.lit(None, pl.Boolean).alias("is_electronic"),
        pl.max_horizontal("invoice_date", pl.lit(as_of)).alias("asked_date"),
    )
    asked = shaped.filter(pl.col("is_open"))
    dated = asked.drop_nulls("invoice_date")
    found = days_to_pay(shaped.drop_nulls("invoice_date"), dated.drop("settled_date"))
    paid = [
        (pl.col("invoice_date") + pl.duration(days=pl.col(ours).round())).alias(name)
        for ours, name in (("days", "expected_paid_date"), ("lo80", "earliest_paid_date"), ("hi80", "latest_paid_date"))
    ]
    said = pl.concat([dated.select("client_id", "source_invoice_id", "invoice_date"), found], how="horizontal")
    said = said.select(
        "client_id",
        "source_invoice_id",
        *paid,
        pl.col("p_late").round(4).alias("late_probability"),
        pl.col("p_late_30").round(4).alias("late_30_days_probability"),
        pl.col("party_settled").alias("settled_invoices"),
    )
    risk = (
        by_terms(asked)
        .select("client_id", "source_invoice_id", "party", "segment")
        .join(said, on=["client_id", "source_invoice_id"], how="left", maintain_order="left")
    )
    return _with_basis(risk.with_columns(pl.col("settled_invoices").fill_null(0)), by_terms(shaped), as_of).select(
        pl.col(name).cast(kind) for name, kind in RISK.items()
    )


def _with_basis(risk: pl.DataFrame, shaped: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """The history in words: how many were settled, and in how many days half of them."""
    took = (pl.col("settled_date") - pl.col("invoice_date")).dt.total_days()
    settled = shaped.filter(pl.col("settled_date") < as_of)
    half = took.median().round().cast(pl.Int64)
    of_party = settled.group_by("party").agg(half.alias("half_party"))
    of_segment = settled.group_by("segment").agg(half.alias("half_segment"), pl.len().alias("settled_segment"))
    risk = risk.join(of_party, on="party", how="left", maintain_order="left")
    risk = risk.join(of_segment, on="segment", how="left", maintain_order="left")
    own, others = pl.col("settled_invoices"), pl.col("settled_segment")
    return risk.with_columns(
        pl.when(pl.col("expected_paid_date").is_null())
        .then(pl.lit("Too little history to say"))
        .when(own == 1)
        .then(pl.format("This customer has paid 1 invoice like it before, after {} days", "half_party"))
        .when(own > 1)
        .then(
            pl.format(
                "This customer has paid {} invoices like it before, half of them within {} days", own, "half_party"
            )
        )
        .when(others > 0)
        .then(
            pl.format(
                "This customer has paid none like it before; of the client's {} others, half came within {} days",
                others,
                "half_segment",
            )
        )
        .otherwise(pl.lit("The client has had none like it paid before; as customers of other clients pay"))
        .alias("basis")
    )

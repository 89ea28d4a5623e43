"""One row per bank line and document that the engine puts together, with its method, parts and score before any gate.

The work is `dbt_project.methods.reconciliation.postings`; here ids become row numbers and come back as ids.
"""

import polars as pl

from dbt_project.methods.reconciliation.postings import match_postings

LINES = "client_id, posting_id_plaid, amount_minor, currency_code, posted_date, description, counterparty_id"
RECORD = ["client_id", "rail", "kind", "document_id", "side"]
CANDIDATE = ["posting_id_plaid", "rule", "weight", "fee_minor", "posting_twin", "document_twin"]


def model(dbt, session):
    """Give one row per line and document: ids, method, part_minor, left_minor, share, margin."""
    dbt.config(materialized="table")
    postings = dbt.ref("int_reconciliation__postings").project(LINES).order("client_id, posting_id_plaid").pl()
    documents = (
        dbt.ref("int_reconciliation__documents")
        .project(", ".join(RECORD) + ", amount_minor, currency_code, document_date, counterparty_id")
        .pl()
    )
    bills = (
        dbt.ref("int_reconciliation__bills")
        .project(
            "client_id, 'qbo' as rail, 'bill' as kind, bill_id_qbo as document_id, 'out' as side, amount_minor, "
            "currency_code, bill_date as document_date, counterparty_id"
        )
        .pl()
    )
    names = dbt.ref("int_counterparties__counterparties").project("client_id, counterparty_id, counterparty_name").pl()
    names = names.unique(["client_id", "counterparty_id"], keep="first", maintain_order=True)
    candidates = dbt.ref("int_reconciliation__candidates").project(", ".join([*RECORD, *CANDIDATE])).pl()
    postings = postings.with_row_index("posting").with_columns(pl.col("posting", "amount_minor").cast(pl.Int64))
    documents = pl.concat([documents, bills], how="vertical_relaxed").sort(RECORD).with_row_index("document")
    documents = documents.join(names, on=["client_id", "counterparty_id"], how="left", maintain_order="left")
    documents = documents.with_columns(pl.col("document", "amount_minor").cast(pl.Int64))
    numbered = candidates.join(
        postings.select("client_id", "posting_id_plaid", "posting"), on=["client_id", "posting_id_plaid"]
    )
    numbered = numbered.join(documents.select(*RECORD, "document"), on=RECORD)
    rulings = dbt.ref("stg_control__rulings").filter("subject = 'match' and verb = 'separate'")
    rulings = rulings.project("client_id, left_key, right_key").pl()
    lines = postings.with_columns(left_key=pl.concat_str(pl.lit("plaid|posting|"), "posting_id_plaid"))
    keys = pl.concat_str("rail", "kind", "document_id", separator="|")
    apart = rulings.join(lines, on=["client_id", "left_key"]).select("client_id", "posting", "right_key")
    apart = apart.join(documents.with_columns(right_key=keys), on=["client_id", "right_key"])
    found = match_postings(
        numbered.select(
            "posting",
            "document",
            "rail",
            "rule",
            pl.col("weight").cast(pl.Float64),
            pl.col("fee_minor").cast(pl.Int64),
            "posting_twin",
            "document_twin",
        ),
        postings.select(
            "posting",
            client="client_id",
            cents="amount_minor",
            currency="currency_code",
            day="posted_date",
            description="description",
            party="counterparty_id",
        ),
        documents.select(
            "document",
            "rail",
            "kind",
            client="client_id",
            cents="amount_minor",
            currency="currency_code",
            day="document_date",
            party="counterparty_id",
            party_name="counterparty_name",
        ),
        apart.select("posting", "document"),
    )
    named = found.join(postings.select("posting", "client_id", "posting_id_plaid", "posted_date"), on="posting")
    record = documents.select("document", "rail", "kind", "document_id", "side", "document_date")
    named = named.join(record, on="document").drop("posting", "document")
    return named.sort("client_id", "posting_id_plaid", "rail", "kind", "document_id", "side").to_arrow()

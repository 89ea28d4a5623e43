"""One row per fault that the independent verifier finds in a certificate. None, when every certificate holds."""

import pyarrow as pa

from dbt_project.methods.reconciliation.verifier import faults

COLUMNS = ("client_id", "match_id", "fault")
CERTIFICATES = (
    "match_id, client_id, rail, status, method, posting_ids_plaid, documents, lines_minor, parts_minor, fee_minor, "
    "currency_code, match_score, runner_up_score, margin"
)
DOCUMENTS = "client_id, rail, kind, side, document_id, amount_minor, currency_code, document_date"
BILLS = "client_id, 'qbo', 'bill', 'out', bill_id_qbo, amount_minor, currency_code, bill_date"


def model(dbt, session):
    """Give one row per fault: client_id, match_id, fault."""
    dbt.config(materialized="table")
    postings = dbt.ref("int_reconciliation__postings").project(
        "client_id, posting_id_plaid, amount_minor, currency_code, posted_date"
    )
    documents = dbt.ref("int_reconciliation__documents").project(DOCUMENTS).fetchall()
    documents += dbt.ref("int_reconciliation__bills").project(BILLS).fetchall()
    certificates = dbt.ref("int_reconciliation__certificates").project(CERTIFICATES).order("match_id")
    names = CERTIFICATES.split(", ")
    found = faults(
        [dict(zip(names, row, strict=True)) for row in certificates.fetchall()], postings.fetchall(), documents
    )
    return pa.table(
        [pa.array(column, pa.string()) for column in zip(*found, strict=True)] or [[], [], []], names=COLUMNS
    )

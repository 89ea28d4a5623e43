"""One row per bill that repeats another one, within a rail or across two, with its best evidence.

Bills that the identity graph ties to one another are one debt on two rails and no copies; across rails only bills that
it tied to nothing are compared.
"""

from dbt_project.methods.duplicates import copies

DOCUMENTS = """
    client_id as ledger, counterparty_id as party, rail || ':' || document_id as document, invoice_number as number,
    currency_code as currency, bill_date as day, entered_at as entered, total_minor as minor, {debt} as debt,
    is_kept, is_credited
"""
FOUND = """
    ledger as client_id, split_part(document, ':', 1) as rail, substr(document, position(':' in document) + 1)
    as document_id, split_part(other, ':', 1) as other_rail, substr(other, position(':' in other) + 1)
    as other_document_id, rule, score as copy_score, cast(days_apart as integer) as days_apart
"""


def model(dbt, session):
    """Give one row per copy: what repeats what on which rail, the rule, its score, the days between."""
    dbt.config(materialized="table")
    documents = dbt.ref("int_duplicates__documents")
    parts = []
    for rail in ("qbo", "ramp"):
        within = documents.filter(f"rail = '{rail}'").project(DOCUMENTS.format(debt="cast(null as varchar)"))
        parts.append(copies(within.pl()))
    # What shares the rail as debt is left to the passes above.
    across = copies(documents.filter("not is_tied").project(DOCUMENTS.format(debt="rail")).pl())
    seen = parts[0].vstack(parts[1])
    across = across.join(seen, on=["ledger", "document"], how="anti")
    found = seen.vstack(across).to_arrow()  # noqa: F841  (read by name in the query)
    return session.sql(f"select {FOUND} from found")

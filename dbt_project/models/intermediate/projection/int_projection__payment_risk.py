"""One row per open invoice: the day by which it is as likely paid as not, a likely range, and how likely it is late.

A firm's clients teach one another as far as a customer's own history is short; firms do not.
"""

from datetime import date

import polars as pl

from dbt_project.methods.days_to_pay import INVOICES, RISK, open_invoice_risk

COLUMNS = """
    client_id, source_invoice_id, coalesce(counterparty_id, customer_name) as customer, invoice_date, due_date,
    total_minor, paid_date, is_open
"""


def model(dbt, session):
    """Give the columns of RISK, by what had been paid before the as-of date."""
    dbt.config(materialized="table")
    as_of = date.fromisoformat(dbt.config.meta_get("as_of_date"))
    firms = dbt.ref("stg_control__clients").project("client_id, advisor_id").pl()
    invoices = dbt.ref("int_cash__invoices").project(COLUMNS).order("client_id, source_invoice_id").pl()
    by_firm = invoices.join(firms, on="client_id", maintain_order="left").partition_by("advisor_id")
    found = [open_invoice_risk(of_firm.select(INVOICES.keys()), as_of) for of_firm in by_firm]
    return pl.concat([pl.DataFrame(schema=RISK), *found]).to_arrow()

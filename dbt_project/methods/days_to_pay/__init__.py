"""When an invoice will be paid: expected days, a likely range, the chance that it is late."""

from dbt_project.methods.days_to_pay.open_invoices import INVOICES, RISK, open_invoice_risk
from dbt_project.methods.days_to_pay.predict import HISTORY, SCHEMA, days_to_pay

__all__ = ["HISTORY", "INVOICES", "RISK", "SCHEMA", "days_to_pay", "open_invoice_risk"]

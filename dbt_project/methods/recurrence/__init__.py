"""Recurring bills: who bills how often, and whose bill has not come."""

from dbt_project.methods.recurrence.alerts import SCHEMA, missing_bills
from dbt_project.methods.recurrence.expected import Slot, expected

__all__ = ["SCHEMA", "Slot", "expected", "missing_bills"]

"""Recurring bills: who bills how often, and whose bill has not come."""

from dbt_project.methods.recurrence.alerts import SCHEMA, missing_bills

__all__ = ["SCHEMA", "missing_bills"]

"""Documents entered or paid twice, and what only looks so."""

from dbt_project.methods.duplicates.copies import copies

__all__ = ["copies"]

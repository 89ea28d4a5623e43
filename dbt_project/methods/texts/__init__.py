"""What a text says by the patterns that a table lists."""

from dbt_project.methods.texts.patterns import NONE, Pattern, first_match

__all__ = ["NONE", "Pattern", "first_match"]

"""What kind of spend a line is: remembered descriptors, then wider keys, then a model of words."""

from dbt_project.methods.categories.lines import categorize

__all__ = ["categorize"]

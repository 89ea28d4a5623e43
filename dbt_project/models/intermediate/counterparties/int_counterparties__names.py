"""One row per distinct text and way of reading it, with the words that identify a party.

The same text serves many clients and lines: each is cleaned once.
"""

from dbt_project.methods.names.parties import clean_names


def model(dbt, session):
    """Give text, is_descriptor, clean_name, legal_form."""
    dbt.config(materialized="table")
    sighted = dbt.ref("int_counterparties__sightings").project("sighted_text as text, true as is_descriptor")
    kept = dbt.ref("int_counterparties__records").filter("party_name is not null")
    return clean_names(sighted.union(kept.project("party_name as text, false as is_descriptor")).pl()).to_arrow()

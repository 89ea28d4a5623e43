"""One row per client, direction, name and party name near it, with the probability that they are one party.

Only names that occur are scored, and only against parties that share something rare with them.
"""

import polars as pl

from dbt_project.methods.names.parties import party_scores

OF = "concat_ws('|', client_id, kind) as \"group\", client_id, kind"
GROUP_NAME = '"group", client_id, kind, clean_name'
GROUP = ["group", "client_id", "kind"]


def model(dbt, session):
    """Give client_id, kind, clean_name, party_clean_name, score, fit, evidence."""
    dbt.config(materialized="table")
    names = dbt.ref("int_counterparties__names")
    kept = dbt.ref("int_counterparties__records").project(f"{OF}, party_name as text, false as is_descriptor")
    sighted = dbt.ref("int_counterparties__sightings").project(f"{OF}, sighted_text as text, true as is_descriptor")
    known, seen = (
        side.join(names, "text, is_descriptor").filter("clean_name <> ''").project(GROUP_NAME).distinct().pl()
        for side in (kept, sighted)
    )
    # A party of one rail looks for itself among the others' too.
    every = pl.concat([known, seen]).unique(maintain_order=True)
    scored = party_scores(every.rename({"clean_name": "name"}), known.rename({"clean_name": "name"}))
    whose = every.select(GROUP).unique()
    named = scored.join(whose, on="group", how="left", maintain_order="left")
    columns = {"client_id": "client_id", "kind": "kind", "name": "clean_name", "party_name": "party_clean_name"}
    return named.select(
        *(pl.col(old).alias(new) for old, new in columns.items()), "score", "fit", "evidence"
    ).to_arrow()

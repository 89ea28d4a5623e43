"""One row per money line that no ruling and no memory covers: the account that its words speak of, by the firm's books.

The model learns from the lines that the firm's clients coded, each firm for itself, and names an account; whether the
client's own chart has it is asked later. What it was never sure of, int_categories__proposals leaves open.
"""

import polars as pl

from dbt_project.methods.categories import categorize

# The newest codings of a firm; more add seconds to a build and little to a proposal.
CODINGS_MAX = 60_000
# A firm with fewer coded lines has nothing to learn from yet.
CODINGS_MIN = 50


def polars(relation):
    """The relation's rows in their order."""
    return pl.from_arrow(relation.to_arrow_table())


def model(dbt, session):
    """Give client_id, rail, object_type, record_id, account_name, confidence."""
    dbt.config(materialized="table")
    firms = polars(dbt.ref("stg_control__clients").project("client_id, advisor_id"))
    codings = polars(
        dbt.ref("int_categories__codings")
        .filter("not is_catch_all and account_name is not null and spoken_text is not null")
        .project("client_id, record_kind, record_id, line_number, record_date, spoken_text, account_name")
        .order("record_date, client_id, record_kind, record_id, line_number")
    ).join(firms, on="client_id", maintain_order="left")
    lines = polars(
        dbt.ref("int_categories__lines")
        .filter("spoken_text is not null")
        .project("client_id, rail, object_type, record_id, counterparty_id, spoken_text")
        .order("client_id, rail, object_type, record_id")
    ).join(firms, on="client_id", maintain_order="left")
    known = polars(dbt.ref("int_categories__memory").project("client_id, counterparty_id")).unique()
    key = ["client_id", "rail", "object_type", "record_id"]
    open_lines = lines.join(known, on=["client_id", "counterparty_id"], how="anti", maintain_order="left")
    ruled = polars(dbt.ref("int_categories__rulings").project("client_id, rail, object_type, record_id"))
    open_lines = open_lines.join(ruled, on=key, how="anti", maintain_order="left")
    found = []
    for (advisor_id,), asked in open_lines.group_by("advisor_id", maintain_order=True):
        train = codings.filter(pl.col("advisor_id") == advisor_id).tail(CODINGS_MAX)
        if train.height < CODINGS_MIN:
            continue
        train = train.select(pl.col("spoken_text").alias("descriptor"), "account_name")
        guess = categorize(train, asked.select(pl.col("spoken_text").alias("descriptor")), ["account_name"])
        guess = guess.rename({"confidence_account_name": "confidence"})
        found.append(pl.concat([asked.select(key), guess], how="horizontal"))
    shape = dict.fromkeys([*key, "account_name"], pl.String) | {"confidence": pl.Float64}
    return (pl.concat(found) if found else pl.DataFrame(schema=shape)).to_arrow()

"""What others would make of the same records: the naive chain, a linkage library, and a first-hit rule list."""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable

import duckdb

from tests.bench.event_scoring import Key, joined

Rule = Callable[[duckdb.DuckDBPyConnection], Callable[[Key], Hashable]]
RECORDS = """
select concat_ws('|', client_id, rail, object_type, record_id) as unique_id, client_id, rail, object_type, record_id,
    abs(amount_minor) as amount, record_date, reference, counterparty_id
from intermediate.int_identity__records
"""
# Every record takes the record of another rail or type that has its amount and stands nearest in time.
NAIVE = f"""
with records as ({RECORDS})
select a.client_id, a.rail, a.object_type, a.record_id, b.rail, b.object_type, b.record_id
from records as a inner join records as b on a.client_id = b.client_id and a.amount = b.amount
    and (a.rail, a.object_type) <> (b.rail, b.object_type)
where abs(date_diff('day', a.record_date, b.record_date)) <= 10
qualify row_number() over (partition by a.unique_id, b.rail, b.object_type
    order by abs(date_diff('day', a.record_date, b.record_date)), b.record_id) = 1
"""
# A matching rule is tried on the internal records one by one, in the order they come; the first that fits is it, and
# a record that was taken may be taken again. Rules: amount and reference (one contains the other), amount and date.
FIRST_HIT = f"""
with records as ({RECORDS}), hits as (
    select a.client_id, a.rail as rail_a, a.object_type as type_a, a.record_id as id_a, b.rail as rail_b,
        b.object_type as type_b, b.record_id as id_b,
        case when contains(upper(b.reference), upper(a.reference)) or contains(upper(a.reference), upper(b.reference))
            then 1 else 2 end as rule
    from records as a inner join records as b on a.client_id = b.client_id and a.amount = b.amount
        and a.rail <> b.rail and a.rail <> 'qbo'
    where abs(date_diff('day', a.record_date, b.record_date)) <= 3
)
select client_id, rail_a, type_a, id_a, rail_b, type_b, id_b from hits
qualify row_number() over (partition by client_id, rail_a, type_a, id_a, rail_b order by rule, id_b) = 1
"""


def _chained(query: str) -> Rule:
    def rule(database: duckdb.DuckDBPyConnection) -> Callable[[Key], Hashable]:
        rows = database.execute(query).fetchall()
        return joined(((c, r, t, i), (c, rr, tt, ii)) for c, r, t, i, rr, tt, ii in rows)

    return rule


def splink_clusters(database: duckdb.DuckDBPyConnection) -> Callable[[Key], Hashable]:
    """Splink 5: blocked on client and amount; days, reference, party compared; EM without labels; clusters at 0.95."""
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator
    from splink.blocking_rule_library import CustomRule

    logging.disable(logging.WARNING)
    records = database.execute(RECORDS).to_arrow_table()
    block = "l.client_id = r.client_id and l.amount = r.amount"
    differs = "(l.rail <> r.rail or l.object_type <> r.object_type)"
    near = "abs(date_diff('day', l.record_date, r.record_date)) <= 30"
    settings = SettingsCreator(
        link_type="dedupe_only",
        blocking_rules_to_generate_predictions=[CustomRule(f"{block} and {differs} and {near}")],
        comparisons=[
            cl.AbsoluteDateDifferenceAtThresholds(
                "record_date", input_is_string=False, metrics=["day", "day", "day"], thresholds=[1, 4, 10]
            ),
            cl.ExactMatch("reference"),
            cl.ExactMatch("counterparty_id"),
        ],
    )
    api = DuckDBAPI()
    linker = Linker(api.register(records), settings)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=7)
    linker.training.estimate_parameters_using_expectation_maximisation(
        CustomRule(f"{block} and {differs}"), fix_u_probabilities=True
    )
    pairs = linker.inference.predict(threshold_match_probability=0.5)
    clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(pairs, threshold_match_probability=0.95)
    rows = clusters.as_duckdbpyrelation().project("client_id, rail, object_type, record_id, cluster_id").fetchall()
    logging.disable(logging.NOTSET)
    found = {row[:4]: row[4] for row in rows}
    return found.get


RIVALS: tuple[tuple[str, Rule], ...] = (
    ("naive: equal amount, nearest day, chained", _chained(NAIVE)),
    ("library: Splink 5, EM, clusters at 0.95", splink_clusters),
    ("rival: first rule hit, taken records stay", _chained(FIRST_HIT)),
)

"""One row per inferred link that is cut, with the two records that it would have made one and why they are not.

A minimum cut on each group that holds a vetoed pair: the links of least total score between the two go. Links that a
rail or a person wrote are never cut; what they hold together against a veto stands in int_identity__contradictions.
"""

import pyarrow as pa

from dbt_project.methods.events import cut, places

NODES = "concat_ws('|', client_id, rail, object_type, record_id) as record_key, group_id"
LINKS = """
    concat_ws('|', client_id, from_rail, from_object_type, from_record_id) as from_key,
    concat_ws('|', client_id, to_rail, to_object_type, to_record_id) as to_key,
    client_id, from_rail, from_object_type, from_record_id, to_rail, to_object_type, to_record_id, rule, link_score,
    is_hard
"""
VETOES = """
    concat_ws('|', client_id, left_key) as veto_left, concat_ws('|', client_id, right_key) as veto_right,
    left_key, right_key, reason, ruling_id, group_id, binding_order
"""
SHOWN = (
    "client_id", "from_rail", "from_object_type", "from_record_id", "to_rail", "to_object_type", "to_record_id",
    "rule", "link_score",
)  # fmt: skip


def model(dbt, session):
    """Give one row per cut link: its two ends, rule and link_score, veto_left_key, veto_right_key, veto_reason."""
    dbt.config(materialized="table")
    vetoes = dbt.ref("int_identity__vetoes").project(VETOES).order("binding_order, veto_left, veto_right")
    groups, links = dbt.ref("int_identity__groups").project(NODES), dbt.ref("int_identity__links").filter("is_whole")
    # Only groups with a vetoed pair matter, and they are few.
    nodes = groups.join(vetoes.project("group_id").distinct(), "group_id", how="semi").order("record_key")
    links = links.project(LINKS).join(nodes.project("record_key as from_key"), "from_key", how="semi")
    nodes, links = nodes.to_arrow_table(), links.order("from_key, to_key").to_arrow_table()
    vetoes = vetoes.to_arrow_table()
    keys = nodes.column("record_key")
    cuts = cut(
        len(keys),
        places(keys, links.column("from_key")),
        places(keys, links.column("to_key")),
        links.column("link_score").to_numpy(),
        links.column("is_hard").to_numpy(zero_copy_only=False).astype(bool),
        places(keys, vetoes.column("veto_left")),
        places(keys, vetoes.column("veto_right")),
    )
    cut_links = cuts.is_cut.nonzero()[0]
    why = cuts.by_veto[cut_links]
    columns = {name: links.column(name).take(cut_links) for name in SHOWN}
    columns |= {f"veto_{name}": vetoes.column(name).take(why) for name in ("left_key", "right_key", "reason")}
    return pa.table(columns | {"ruling_id": vetoes.column("ruling_id").take(why)})

"""One row per record that links connect with others, with the group that all links together would make of it.

Groups are events before anything that must stay apart is cut; only groups with an inferred link are looked at.
"""

import numpy as np
import pyarrow as pa

from dbt_project.methods.events import components

NODES = "client_id, rail, object_type, record_id"
EDGES = "from_place, to_place, is_hard"


def model(dbt, session):
    """Give one row per record of a group of two or more: client_id, group_id, rail, object_type, record_id."""
    dbt.config(materialized="table")
    nodes = dbt.ref("int_identity__records").order("record_place").project(NODES).to_arrow_table()
    edges = dbt.ref("int_identity__links").filter("is_whole").project(EDGES).to_arrow_table()
    starts, ends = edges.column("from_place").to_numpy(), edges.column("to_place").to_numpy()
    labels = components(len(nodes), starts, ends)
    soft = ~edges.column("is_hard").to_numpy(zero_copy_only=False).astype(bool)
    inferred = np.zeros(int(labels.max()) + 1 if len(labels) else 0, dtype=bool)
    inferred[labels[starts[soft]]] = True
    kept = np.flatnonzero(inferred[labels])
    columns = {"client_id": nodes.column("client_id").take(kept), "group_id": pa.array(labels[kept], pa.int64())}
    columns |= {name: nodes.column(name).take(kept) for name in ("rail", "object_type", "record_id")}
    return pa.table(columns)

"""One row per rail record with the economic event that it is one sight of.

Records are nodes, links are edges, an event is a connected component. Its id is the hash of the smallest member's
key, so a rebuild gives the same event the same id, whatever order rows arrive in.
"""

import hashlib

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

NODES = "client_id, rail, object_type, record_id, concat_ws('|', client_id, rail, object_type, record_id) as record_key"
EDGES = """
    concat_ws('|', client_id, from_rail, from_object_type, from_record_id) as from_key,
    concat_ws('|', client_id, to_rail, to_object_type, to_record_id) as to_key
"""


def codes(keys, edges, end):
    """Each edge's end as the place of its record among the sorted keys."""
    return pc.index_in(edges.column(end), value_set=keys).to_numpy()


def model(dbt, session):
    """Give one row per record: client_id, event_id, rail, object_type, record_id."""
    dbt.config(materialized="table")
    nodes = dbt.ref("int_identity__records").project(NODES).order("record_key").to_arrow_table()
    # A part of a whole (a sale in a payout) is not the whole, so it joins nothing.
    edges = dbt.ref("int_identity__links").filter("rule not like '%part'").project(EDGES).to_arrow_table()
    keys = nodes.column("record_key").combine_chunks()
    events = []
    if len(keys):
        starts, ends = codes(keys, edges, "from_key"), codes(keys, edges, "to_key")
        graph = coo_matrix((np.ones(len(starts), dtype=np.int8), (starts, ends)), shape=(len(keys), len(keys)))
        labels = connected_components(graph, directed=False)[1]
        # Nodes are in key order, so the first node of a component holds its smallest key.
        first_of = np.unique(labels, return_index=True)[1]
        names = [hashlib.md5(keys[at].as_py().encode()).hexdigest() for at in first_of.tolist()]
        events = [names[label] for label in labels.tolist()]
    columns = {"client_id": nodes.column("client_id"), "event_id": pa.array(events, type=pa.string())}
    columns |= {name: nodes.column(name) for name in ("rail", "object_type", "record_id")}
    return pa.table(columns)

"""One row per rail record with the economic event that it is one sight of.

Records are nodes, links are edges, an event is a connected component. Its id is the hash of the smallest member's
key, so a rebuild gives the same event the same id, whatever order rows arrive in.
"""

import hashlib

import numpy as np
import pyarrow as pa
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

RECORDS = """
select client_id, rail, object_type, record_id, concat_ws('|', client_id, rail, object_type, record_id) as record_key
from {records}
order by record_key
"""
EDGES = """
with nodes as (
    select client_id, rail, object_type, record_id,
        row_number() over (order by concat_ws('|', client_id, rail, object_type, record_id)) - 1 as code
    from {records}
)
select from_nodes.code as from_code, to_nodes.code as to_code
from {links} as links
inner join nodes as from_nodes
    on links.client_id = from_nodes.client_id and links.from_rail = from_nodes.rail
    and links.from_object_type = from_nodes.object_type and links.from_record_id = from_nodes.record_id
inner join nodes as to_nodes
    on links.client_id = to_nodes.client_id and links.to_rail = to_nodes.rail
    and links.to_object_type = to_nodes.object_type and links.to_record_id = to_nodes.record_id
-- A part of a whole is not the whole.
where links.rule not like '%part'
"""


def model(dbt, session):
    """Give one row per record: client_id, event_id, rail, object_type, record_id."""
    dbt.config(materialized="table")
    records, links = dbt.ref("int_identity__records"), dbt.ref("int_identity__links")
    session.register("identity_records", records.to_arrow_table())
    session.register("identity_links", links.to_arrow_table())
    nodes = session.sql(RECORDS.format(records="identity_records")).to_arrow_table()
    edges = session.sql(EDGES.format(records="identity_records", links="identity_links")).to_arrow_table()
    keys = nodes.column("record_key").to_pylist()
    count = len(keys)
    if count:
        starts, ends = edges.column("from_code").to_numpy(), edges.column("to_code").to_numpy()
        graph = coo_matrix((np.ones(len(starts), dtype=np.int8), (starts, ends)), shape=(count, count))
        labels = connected_components(graph, directed=False)[1]
        # Nodes are in key order, so the first node of a component holds its smallest key.
        first_of = np.unique(labels, return_index=True)[1]
        names = [hashlib.md5(keys[at].encode()).hexdigest() for at in first_of]
        events = [names[label] for label in labels]
    else:
        events = []
    columns = {name: nodes.column(name) for name in ("client_id", "rail", "object_type", "record_id")}
    columns["event_id"] = pa.array(events, type=pa.string())
    order = ["client_id", "event_id", "rail", "object_type", "record_id"]
    session.unregister("identity_records")
    session.unregister("identity_links")
    return pa.table({name: columns[name] for name in order})

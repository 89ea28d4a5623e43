"""One row per rail record with the economic event that it is one sight of.

Records are nodes, links are edges, an event is a connected component of the links that were not cut. It is named by
its anchor, the member that a rail wrote first: what joins later was written later and does not rename it. Two events
that become one keep the older one's name; the other name still leads there by int_identity__event_aliases.
"""

import pyarrow as pa
import pyarrow.compute as pc

from dbt_project.methods.events import anchors, components

NODES = "client_id, rail, object_type, record_id, own_event_id, record_place"
EDGES = """
    client_id, from_rail, from_object_type, from_record_id, to_rail, to_object_type, to_record_id, from_place, to_place
"""
ENDS = "client_id, from_rail, from_object_type, from_record_id, to_rail, to_object_type, to_record_id"


def model(dbt, session):
    """Give one row per record: client_id, event_id, rail, object_type, record_id."""
    dbt.config(materialized="table")
    nodes = dbt.ref("int_identity__records").project(NODES).order("record_place").to_arrow_table()
    # A part of a whole (a sale in a payout) is not the whole, so it joins nothing.
    edges = dbt.ref("int_identity__links").filter("is_whole").project(EDGES)
    edges = edges.join(dbt.ref("int_identity__cuts").project(ENDS), ENDS, how="anti").to_arrow_table()
    labels = components(len(nodes), edges.column("from_place").to_numpy(), edges.column("to_place").to_numpy())
    named_by = anchors(labels, nodes.column("record_place").to_numpy())
    columns = {
        "client_id": nodes.column("client_id"),
        "event_id": nodes.column("own_event_id").take(pa.array(named_by)),
    }
    columns |= {name: nodes.column(name) for name in ("rail", "object_type", "record_id")}
    table = pa.table(columns)
    return table.set_column(1, "event_id", pc.cast(table.column("event_id"), pa.string()))

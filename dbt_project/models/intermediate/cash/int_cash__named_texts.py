"""One row per distinct text of the bank and direction that a pattern names: what its money was for.

Texts repeat, so each distinct one is tried once; the pattern of the lowest priority number wins.
"""

import pyarrow as pa

from dbt_project.methods.texts import NONE, Pattern, first_match

READS = {"description": "description_upper", "category": "category_detailed"}
TEXTS = """
    case when amount_minor > 0 then 'in' else 'out' end as direction,
    upper(coalesce(description, '')) as description_upper,
    coalesce(category_detailed, '') as category_detailed
"""


def model(dbt, session):
    """Give direction, description_upper, category_detailed, and the pattern's driver, flow and is_capital."""
    dbt.config(materialized="table")
    texts = dbt.ref("int_bank__postings").filter("not is_pending").project(TEXTS).distinct().to_arrow_table()
    names = dbt.ref("flow_patterns").order("priority, pattern_id").to_arrow_table()
    patterns = [
        Pattern(row["pattern"], READS[row["matches_on"]], row["direction"])
        for row in names.select(["pattern", "matches_on", "direction"]).to_pylist()
    ]
    found = first_match(texts, patterns)
    named = pa.array(found[found != NONE])
    out = texts.filter(pa.array(found != NONE))
    for column in ("driver", "flow", "is_capital"):
        out = out.append_column(column, names[column].take(named))
    return out

"""Hide accounts that the sandbox's books give, and see whether the warehouse proposes them again."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import duckdb

from tests.bench.loaded_world import ROOT
from tests.bench.result import Result

TOPIC = "Accounts of purchases and bills, hidden in the sandbox's books"
HIDDEN_DAYS = 60
# A client in four is new: all of its lines are hidden, so that only the firm's other clients can tell.
NEW_EVERY = 4
# The same parking account that the sandbox's own bookkeepers use.
HIDE = """
create table {schema}.hidden as
select lines.* exclude (account_id_qbo), lines.account_id_qbo as true_account_id_qbo,
    lines.account_name as true_account_name, clients.place % {every} = 0 as is_new
from (
    select client_id, 'purchase' as record_kind, purchase_id_qbo as record_id, line_number,
        stg_qbo__purchase_lines.account_id_qbo, account_name, purchase_date as record_date
    from staging.stg_qbo__purchase_lines inner join staging.stg_qbo__purchases using (client_id, purchase_id_qbo)
    union all
    select client_id, 'bill', bill_id_qbo, line_number, account_id_qbo, account_name, bill_date
    from staging.stg_qbo__bill_lines inner join staging.stg_qbo__bills using (client_id, bill_id_qbo)
) as lines
inner join (
    select client_id, row_number() over (order by md5(client_id)) as place from staging.stg_control__clients
) as clients using (client_id)
where account_name not ilike 'uncategorized%' and record_date <= date '{day}'
    and (record_date > date '{day}' - {days} or clients.place % {every} = 0)
"""
PARK = """
update staging.stg_qbo__{kind}_lines as lines
set account_id_qbo = '0', account_name = 'Uncategorized Expense'
from {schema}.hidden as hidden
where lines.client_id = hidden.client_id and lines.{kind}_id_qbo = hidden.record_id
    and lines.line_number = hidden.line_number and hidden.record_kind = '{kind}'
"""
SCORE = """
select is_new, coalesce(rule, 'none') as rule, status, count(*) as lines,
    count(*) filter (where proposed_account_id_qbo = true_account_id_qbo) as right_lines,
    avg(confidence) as confidence
from {schema}.hidden as hidden
inner join intermediate.int_categories__proposals as proposals
    on hidden.client_id = proposals.client_id and proposals.rail = 'qbo'
    and hidden.record_kind = proposals.object_type and hidden.record_id = proposals.record_id
group by all order by all
"""
MAJORITY = """
with usual as (
    select client_id, account_id_qbo, row_number() over (
        partition by client_id order by count(*) desc, account_id_qbo) as place
    from intermediate.int_categories__codings where not is_catch_all group by client_id, account_id_qbo
)
select hidden.is_new, count(*), count(*) filter (where usual.account_id_qbo = hidden.true_account_id_qbo)
from {schema}.hidden as hidden
left join usual on hidden.client_id = usual.client_id and usual.place = 1
group by all order by all
"""


def results(warehouse: Path, as_of: datetime, target: Path, name: str) -> Iterator[Result]:
    """Figures per kind of client and rule; the warehouse's coded lines are overwritten.

    Args:
        warehouse: a built warehouse of one sandbox world.
        as_of: the world's now.
        target: a folder for dbt.
        name: what to call the world in the table.
    """
    named = {"schema": "hiding", "day": as_of.date(), "days": HIDDEN_DAYS, "every": NEW_EVERY}
    with duckdb.connect(str(warehouse)) as database:
        database.execute("create schema if not exists hiding")
        database.execute("drop table if exists hiding.hidden")
        database.execute(HIDE.format(**named))
        for kind in ("purchase", "bill"):
            database.execute(PARK.format(kind=kind, **named))
    command = [str(Path(sys.executable).with_name("dbt")), "run", "--target-path", str(target)]
    command += ["--select", "path:models/intermediate/categories"]
    command += ["--vars", f'{{as_of_date: "{as_of.date()}", as_of_at: "{as_of.isoformat()}"}}']
    environment = os.environ | {"DBT_PROFILES_DIR": ".", "ROWCOL_WAREHOUSE": str(warehouse), "DO_NOT_TRACK": "1"}
    environment["DBT_LOG_PATH"] = str(target)
    done = subprocess.run(command, cwd=ROOT / "dbt_project", env=environment, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"dbt run failed:\n{done.stdout[-3000:]}")
    with duckdb.connect(str(warehouse), read_only=True) as database:
        rows = database.execute(SCORE.format(**named)).fetchall()
        usual = database.execute(MAJORITY.format(**named)).fetchall()
    for is_new in (False, True):
        data_set = f"{name}: {'a client without history' if is_new else f'last {HIDDEN_DAYS} days'}"
        ours = [row[1:] for row in rows if row[0] == is_new]
        everything = sum(lines for _, _, lines, _, _ in ours)
        told = [row for row in ours if row[0] != "none"]
        groups = {"ours, all proposals": told, "ours, applied without a person": [r for r in told if r[1] == "auto"]}
        groups |= {f"ours, {rule}": [r for r in told if r[0] == rule] for rule in sorted({row[0] for row in told})}
        for method, group in groups.items():
            yield Result(TOPIC, data_set, method, _figures(group, everything))
        for new, lines, hits in usual:
            if new == is_new:
                figures = {"lines": int(lines), "coverage": 1.0, "accuracy": hits / lines if lines else 1.0}
                yield Result(TOPIC, data_set, "naive: the client's most common account", figures)


def _figures(group: list[tuple[str, str, int, int, float]], everything: int) -> dict[str, float | int | str]:
    lines, hits = sum(row[2] for row in group), sum(row[3] for row in group)
    if not lines:
        return {"lines": 0, "coverage": 0.0}
    return {
        "lines": lines,
        "coverage": lines / everything,
        "accuracy": hits / lines,
        "mean confidence": sum(row[2] * row[4] for row in group) / lines,
    }

"""How well the warehouse matches, measured against the sandbox's hidden truth and beside a naive rule.

python -m tests.bench.bench_matching                                  a fresh world, served, loaded, built, scored
python -m tests.bench.bench_matching --world W.db --warehouse W.duckdb   score what is already built
"""

from __future__ import annotations

import argparse
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb
import pyarrow as pa

from tests.bench.loaded_world import ROOT, build, load_world
from tests.bench.scoring import Score, header

# Two records, the query gives (client, key, key) pairs; each block says what it measures and the naive rule beside it.
POSTING_PAIRS_TRUTH = """
select p.client_key, p.object_id, o.rail || ':' || o.object_kind || ':' || o.object_id
from truth.truth_event as p inner join truth.truth_event as o using (client_key, event_id)
inner join intermediate.int_reconciliation__postings as lines
    on lines.client_id = p.client_key and lines.posting_id_plaid = p.object_id
inner join intermediate.int_identity__records as seen
    on seen.client_id = o.client_key and seen.rail = o.rail and seen.record_id = o.object_id
    and lower(replace(o.object_kind, '_', '')) = replace(seen.object_type, '_', '')
where p.rail = 'plaid' and p.object_kind = 'transaction' and o.rail <> 'plaid'
    and (o.rail, o.object_kind) in (('qbo', 'BillPayment'), ('qbo', 'Purchase'), ('qbo', 'Payment'), ('qbo', 'Deposit'),
        ('qbo', 'Transfer'), ('ramp', 'bill'), ('ramp', 'transfer'), ('stripe', 'payout'))
    -- A payment inside a deposit reaches the bank as the deposit.
    and not (o.object_kind = 'Payment' and exists (select 1 from staging.stg_qbo__deposit_lines as l
        where l.client_id = o.client_key and l.payment_id_qbo = o.object_id))
"""
NORMAL_KIND = """case
    when rail = 'ramp' and kind = 'bill_payment' then 'bill' when kind = 'card_paydown' then 'transfer' else kind end"""
POSTING_PAIRS_FOUND = f"""
select client_id, posting_id_plaid, rail || ':' || {NORMAL_KIND} || ':' || document_id
from intermediate.int_reconciliation__picks where status = 'matched'
"""
# Equal amount, nearest date within ten days, any account, per rail.
POSTING_PAIRS_NAIVE = f"""
select client_id, posting_id_plaid, key from (
    select p.client_id, p.posting_id_plaid, d.rail || ':' || {NORMAL_KIND} || ':' || d.document_id as key,
        row_number() over (partition by p.client_id, p.posting_id_plaid, d.rail
            order by abs(date_diff('day', d.document_date, p.posted_date)), d.document_id) as place
    from intermediate.int_reconciliation__postings as p
    inner join intermediate.int_reconciliation__documents as d using (client_id, amount_minor, currency_code)
    where abs(date_diff('day', d.document_date, p.posted_date)) <= 10
) where place = 1
"""
BILLS_TRUTH = """
select a.client_key, a.object_id, b.object_id
from truth.truth_event as a inner join truth.truth_event as b using (client_key, event_id)
inner join staging.stg_ramp__bills as r on r.client_id = a.client_key and r.bill_id_ramp = a.object_id
inner join staging.stg_qbo__bills as q on q.client_id = b.client_key and q.bill_id_qbo = b.object_id
where a.rail = 'ramp' and a.object_kind = 'bill' and b.rail = 'qbo' and b.object_kind = 'Bill'
"""
BILLS_FOUND = """
select r.client_id, r.record_id, q.record_id from intermediate.int_identity__events as r
inner join intermediate.int_identity__events as q using (client_id, event_id)
where r.rail = 'ramp' and r.object_type = 'bill' and q.rail = 'qbo' and q.object_type = 'bill'
"""
BILLS_NAIVE = """
select client_id, bill_id_ramp, bill_id_qbo from (
    select r.client_id, r.bill_id_ramp, q.bill_id_qbo, row_number() over (partition by r.client_id, r.bill_id_ramp
        order by abs(date_diff('day', r.bill_date, q.bill_date)), q.bill_id_qbo) as place
    from staging.stg_ramp__bills as r inner join staging.stg_qbo__bills as q
        on r.client_id = q.client_id and r.total_minor = q.total_minor
) where place = 1
"""
CARDS_TRUTH = """
select a.client_key, a.object_id, b.object_id
from truth.truth_event as a inner join truth.truth_event as b using (client_key, event_id)
inner join staging.stg_ramp__transactions as r on r.client_id = a.client_key and r.transaction_id_ramp = a.object_id
inner join staging.stg_qbo__purchases as q on q.client_id = b.client_key and q.purchase_id_qbo = b.object_id
where a.rail = 'ramp' and a.object_kind = 'transaction' and b.rail = 'qbo' and b.object_kind = 'Purchase'
"""
CARDS_FOUND = "select client_id, transaction_id_ramp, purchase_id_qbo from intermediate.int_identity__card_pairs"
CARDS_NAIVE = """
select client_id, transaction_id_ramp, purchase_id_qbo from (
    select r.client_id, r.transaction_id_ramp, q.purchase_id_qbo,
        row_number() over (partition by r.client_id, r.transaction_id_ramp
            order by abs(date_diff('day', cast(r.transacted_at as date), q.purchase_date)), q.purchase_id_qbo) as place
    from staging.stg_ramp__transactions as r inner join staging.stg_qbo__purchases as q
        on r.client_id = q.client_id and r.amount_minor = q.amount_minor
        and abs(date_diff('day', cast(r.transacted_at as date), q.purchase_date)) <= 10
) where place = 1
"""
# A missing bill's paid line is visible once the bank shows it.
MISSING_TRUTH = """
select d.client_key, e.object_id, '' from truth.truth_defect as d
inner join truth.truth_event as e
    on d.client_key = e.client_key and e.event_id = json_extract_string(d.records, '$[0].event_id')
inner join intermediate.int_reconciliation__postings as p
    on p.client_id = d.client_key and p.posting_id_plaid = e.object_id
where d.kind = 'missing_bill' and e.rail = 'plaid'
"""
MISSING_FOUND = "select client_id, record_id, '' from intermediate.int_missing_bills__candidates where rail = 'plaid'"
# Every outflow of the same span without a record of its amount within ten days.
MISSING_NAIVE = """
select p.client_id, p.posting_id_plaid, '' from intermediate.int_reconciliation__postings as p
where p.amount_minor < 0
    and p.posted_date
        between (select max(posted_date) from intermediate.int_reconciliation__postings) - interval 120 day
        and (select max(posted_date) from intermediate.int_reconciliation__postings) - interval 7 day
    and not exists (select 1 from intermediate.int_reconciliation__documents as d where d.client_id = p.client_id
        and d.amount_minor = p.amount_minor and abs(date_diff('day', d.document_date, p.posted_date)) <= 10)
"""
DUPLICATES_TRUTH = """
select client_key, greatest(cast(a as int), cast(b as int))::varchar, '' from (
    select client_key, json_extract_string(records, '$[0].id') as a, json_extract_string(records, '$[1].id') as b
    from truth.truth_defect where kind = 'duplicate_bill')
"""
DUPLICATES_FOUND = "select client_id, bill_id_qbo, '' from intermediate.int_duplicates__bills"
DUPLICATES_NAIVE = """
select distinct a.client_id, a.bill_id_qbo, '' from staging.stg_qbo__bills as a
inner join staging.stg_qbo__bills as b on a.client_id = b.client_id and a.vendor_id_qbo = b.vendor_id_qbo
    and a.total_minor = b.total_minor and cast(b.bill_id_qbo as int) < cast(a.bill_id_qbo as int)
where abs(date_diff('day', a.bill_date, b.bill_date)) <= 90
"""
MEASURES = (
    ("bank line to record", POSTING_PAIRS_TRUTH, POSTING_PAIRS_FOUND, POSTING_PAIRS_NAIVE),
    ("Ramp bill to QBO bill", BILLS_TRUTH, BILLS_FOUND, BILLS_NAIVE),
    ("card spend to purchase", CARDS_TRUTH, CARDS_FOUND, CARDS_NAIVE),
    ("missing bills", MISSING_TRUTH, MISSING_FOUND, MISSING_NAIVE),
    ("duplicate bills", DUPLICATES_TRUTH, DUPLICATES_FOUND, DUPLICATES_NAIVE),
)
EVENTS = """
with pairs as (
    select distinct e.client_id, e.event_id, t.event_id as true_event
    from intermediate.int_identity__events as e
    inner join truth.truth_event as t on e.client_id = t.client_key and e.rail = t.rail and e.record_id = t.object_id
        and replace(e.object_type, '_', '') = case
            when t.rail = 'plaid' then 'posting' else lower(replace(t.object_kind, '_', '')) end
    -- Lines older than the matched span are left alone on purpose.
    inner join intermediate.int_identity__records as r on r.client_id = e.client_id and r.rail = e.rail
        and r.object_type = e.object_type and r.record_id = e.record_id
        and r.record_date > (select min(posted_date) + 21 from intermediate.int_reconciliation__postings)
)
select (select count(*) from (select 1 from pairs group by client_id, event_id having count(*) > 1)) as merged,
    (select count(*) from (select 1 from pairs group by client_id, true_event having count(*) > 1)) as split,
    (select count(distinct (client_id, true_event)) from pairs) as events
"""


def pairs(database: duckdb.DuckDBPyConnection, query: str) -> set[tuple[str, str, str]]:
    """The query's rows, kinds spelled alike on both sides."""
    return {(a, b, c.lower().replace("_", "")) for a, b, c in database.execute(query).fetchall()}


def report(world: Path, warehouse: Path) -> list[Score]:
    """Score a built warehouse against its world; prints the table and gives the rows."""
    with duckdb.connect() as database:
        database.execute(f"attach '{warehouse}' as built (read_only)")
        database.execute("attach ':memory:' as truth")
        database.execute("use built")
        with sqlite3.connect(f"file:{world}?mode=ro", uri=True) as source:
            for table in ("truth_event", "truth_defect"):
                cursor = source.execute(f"select * from {table}")
                names = [column[0] for column in cursor.description]
                database.execute(f"create table truth.{table} ({', '.join(name + ' varchar' for name in names)})")
                frame = list(zip(*cursor.fetchall(), strict=True))
                columns = [pa.array(values, pa.string()) for values in frame]
                rows = pa.table(columns, names=names)
                database.register("rows", rows)
                database.execute(f"insert into truth.{table} select * from rows")
                database.unregister("rows")
        print(header())
        scores = []
        for name, truth, found, naive in MEASURES:
            true, ours, theirs = (pairs(database, query) for query in (truth, found, naive))
            scores.append(Score(name, true, ours, theirs))
            print(scores[-1])
        total, abstained, proposed = database.execute(
            "select count(*), count(*) filter (where status = 'unmatched'), count(*) filter (where status = 'proposed')"
            " from intermediate.int_reconciliation__matches"
        ).fetchone() or (0, 0, 0)
        print(f"bank lines {total}: left unmatched {abstained}, left to a person {proposed}")
        merged, split, events = database.execute(EVENTS).fetchone() or (0, 0, 0)
        print(f"true events {events}: our events that mix two or more {merged}, true events in more than one {split}")
    return scores


def main() -> int:
    """Run the bench; 0 when it could be measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=12)
    parser.add_argument("--months", type=int, default=18)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--world", type=Path)
    parser.add_argument("--warehouse", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        world = given.world or Path(folder) / "world.db"
        if not world.exists():
            command = [sys.executable, "-m", "sandbox", "generate", "--clients", str(given.clients)]
            command += ["--months", str(given.months), "--seed", str(given.seed), "--out", str(world)]
            subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        warehouse = given.warehouse or Path(folder) / "bench.duckdb"
        if not warehouse.exists():
            as_of = load_world(world, warehouse, Path(folder) / "data")
            started = time.perf_counter()
            build(warehouse, as_of, Path(folder) / "target")
            print(f"models built in {time.perf_counter() - started:.1f} s (whole project, tests left out)")
        report(world, warehouse)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

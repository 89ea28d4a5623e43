"""Economic events: one per movement or debt however many rails show it, measured on the sandbox's hidden truth.

python -m tests.bench events                                        the published seed and three fresh ones
python -m tests.bench.bench_events --seeds 7 --clients 12 --months 18

Truth is asked for scoring alone. Records that nothing tells apart (two equal purchases of one day and their two equal
bank lines) may be told either way. The first three weeks of the matched span are left out: what they settle is older
than the bank's history. No rule was fitted on any of the seeds.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import duckdb

from tests.bench.event_rivals import RIVALS
from tests.bench.event_scoring import EventScore, Key, Sight, scored
from tests.bench.loaded_world import ROOT, build, load_world
from tests.bench.result import Result
from tests.bench.truth import attach_truth

SEEDS = (7, 101, 202, 303)
SIGHTS = """
select r.client_id, r.rail, r.object_type, r.record_id, t.event_id, r.kind = 'movement' and r.object_type <> 'refund'
        and r.object_type <> 'dispute' as is_movement,
    hash(r.amount_minor, r.currency_code, r.record_date, r.reference, r.counterparty_id, p.account_id_plaid) as looks
from intermediate.int_identity__records as r
inner join truth.truth_event as t on t.client_key = r.client_id and t.rail = r.rail and t.object_id = r.record_id
    and replace(r.object_type, '_', '') = case
        when t.rail = 'plaid' then 'posting' else lower(replace(t.object_kind, '_', '')) end
left join staging.stg_plaid__postings as p
    on r.rail = 'plaid' and p.client_id = r.client_id and p.posting_id_plaid = r.record_id
where r.record_date > (select min(posted_date) + 21 from intermediate.int_reconciliation__postings)
order by all
"""
EVENTS = "select client_id, rail, object_type, record_id, event_id from intermediate.int_identity__events"
STATE = "select md5(string_agg(md5(concat_ws('|', {columns})), '' order by {columns})) from intermediate.{table}"
STATES = (
    ("int_identity__events", "client_id, rail, object_type, record_id, event_id"),
    ("int_identity__event_evidence", "client_id, event_id, anchor_key, record_count, rules, weakest_score"),
)
# What people may say wrongly and take back: join two events that are two, and part what is one.
WRONG_RULINGS = """
insert into raw_control.rulings by name
with lines as (
    select *, row_number() over (order by md5(record_id)) as place from intermediate.int_identity__records
    where rail = 'plaid' and object_type = 'posting'
),
links as (
    select *, row_number() over (order by md5(from_record_id)) as place from intermediate.int_identity__links
    where not is_hard and is_whole
)
select 'firm' as advisor_id, one.client_id, 'join-' || one.place as ruling_id, 'event' as subject, 'join' as verb,
    'plaid|posting|' || one.record_id as left_key, 'plaid|posting|' || other.record_id as right_key,
    $day as effective_date, 'wrong' as reason, 'bo' as decided_by, 'Bo' as decided_by_name, $at as decided_at
from lines as one inner join lines as other on one.client_id = other.client_id and other.place = one.place + 1
where one.place < 200
union all
select 'firm', client_id, 'part-' || place, 'event', 'separate',
    concat_ws('|', from_rail, from_object_type, from_record_id), concat_ws('|', to_rail, to_object_type, to_record_id),
    $day, 'wrong', 'bo', 'Bo', $at
from links where place < 200
"""


def state(warehouse: Path) -> tuple[str, ...]:
    """What the graph is, as one hash per table."""
    with duckdb.connect(str(warehouse), read_only=True) as database:
        queries = [STATE.format(table=table, columns=columns) for table, columns in STATES]
        return tuple(str(database.sql(query).fetchall()[0][0]) for query in queries)


def unmerged(warehouse: Path, as_of: datetime, target: Path) -> tuple[bool, int]:
    """Rule wrongly, build, revoke, build: whether the graph is bit-equal to before, and how many records had moved."""
    before = state(warehouse)
    with duckdb.connect(str(warehouse)) as database:
        was = dict[Key, str]((row[:4], row[4]) for row in database.sql(EVENTS).fetchall())
        database.execute(WRONG_RULINGS, {"day": as_of.date(), "at": as_of})
    only = ["--select", "stg_control__rulings", "path:models/intermediate/identity"]
    build(warehouse, as_of, target, only)
    with duckdb.connect(str(warehouse)) as database:
        now = dict[Key, str]((row[:4], row[4]) for row in database.sql(EVENTS).fetchall())
        database.execute("update raw_control.rulings set revoked_at = $1", [as_of])
    build(warehouse, as_of, target, only)
    return state(warehouse) == before, sum(was[key] != event for key, event in now.items())


def figures(score: EventScore) -> dict[str, float | int | str]:
    """A table row."""
    return {
        "B-cubed precision": score.precision,
        "recall": score.recall,
        "F1": score.f1,
        "twins lost": score.twins_lost,
        "events doubled": score.doubled,
    }


def measured(world: Path, warehouse: Path, name: str) -> Iterator[Result]:
    """Ours and the others on one built world."""
    topic = "Economic events (sandbox, hidden truth)"
    with attach_truth(world, warehouse) as database:
        rows = database.execute(SIGHTS).fetchall()
        sights = [Sight(row[:4], row[4], row[6], row[5]) for row in rows]
        ours = {row[:4]: row[4] for row in database.execute(EVENTS).fetchall()}
        twice = len(database.execute(EVENTS).fetchall()) - len(ours)
        note = f"{len(sights):,} records; in more than one event: {twice}"
        yield Result(topic, name, "ours", figures(scored(sights, ours.get)), note)
        for method, rule in RIVALS:
            yield Result(topic, name, method, figures(scored(sights, rule(database))))


def results(seeds: tuple[int, ...] = SEEDS, clients: int = 6, months: int = 12) -> Iterator[Result]:
    """Every seed a world of its own, served, loaded and built by the product's own doors."""
    taken_back: list[Result] = []
    for seed in seeds:
        with tempfile.TemporaryDirectory() as folder:
            world, warehouse, target = (Path(folder) / part for part in ("world.db", "bench.duckdb", "target"))
            command = [sys.executable, "-m", "sandbox", "generate", "--clients", str(clients)]
            command += ["--months", str(months), "--seed", str(seed), "--out", str(world)]
            subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
            as_of = load_world(world, warehouse, Path(folder) / "data")
            build(warehouse, as_of, target)
            yield from measured(world, warehouse, f"seed {seed}, {clients} clients × {months} months")
            if seed == seeds[0]:
                is_equal, moved = unmerged(warehouse, as_of, target)
                taken_back.append(
                    Result(
                        "Merges and splits by people, taken back",
                        f"seed {seed}",
                        "ours",
                        {"bit-equal": str(is_equal).lower(), "records moved meanwhile": moved},
                        "398 wrong rulings, built, revoked, built",
                    )
                )
    yield from taken_back


def main() -> int:
    """The table for the seeds asked for."""
    from tests.bench.result import tables

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
    parser.add_argument("--clients", type=int, default=6)
    parser.add_argument("--months", type=int, default=12)
    given = parser.parse_args()
    print(tables(results(tuple(given.seeds), given.clients, given.months)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

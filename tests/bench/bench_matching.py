"""Bank lines against every rail's records, measured on the sandbox's hidden truth beside naive and rivals' rules.

python -m tests.bench matching                                       the published seed and three fresh ones
python -m tests.bench.bench_matching --clients 200 --months 12       the size of the bar, published seed
python -m tests.bench.bench_matching --world W.db --warehouse W.duckdb   score what is already built
python -m tests.bench.bench_matching … --precision                   also print the rows of seeds/match_precision.csv

Records that nothing visible tells apart (two equal purchases of one day, two equal lines of one day) may be paired
either way, for us and for the others alike. Only what is matched unasked counts; what is proposed is shown apart.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import duckdb

from tests.bench.loaded_world import ROOT, build, load_world
from tests.bench.matching_rivals import RIVALS, Pair
from tests.bench.result import Result
from tests.bench.truth import attach_truth

SEEDS = (7, 101, 202, 303)
SAME_KIND = """case
    when t.rail = 'ramp' and t.object_kind = 'bill' then d.kind = 'bill_payment'
    when t.object_kind in ('transfer', 'Transfer') then d.kind in ('transfer', 'card_paydown')
    else replace(d.kind, '_', '') = lower(t.object_kind) end"""
# One event: the line and the record that is the whole of it. Parts of a line are named by the plant that made them.
TRUE_PAIRS = f"""
with lines as (
    select t.client_key as client_id, t.event_id, t.object_id as posting_id_plaid
    from truth.truth_event as t inner join intermediate.int_reconciliation__postings as p
        on p.client_id = t.client_key and p.posting_id_plaid = t.object_id
    where t.rail = 'plaid' and t.object_kind = 'transaction'
),
documents as (
    select client_id, rail, kind, document_id from intermediate.int_reconciliation__documents
),
parts as (
    select d.client_key as client_id, json_extract_string(d.records, '$[0].event_id') as event_id,
        json_extract_string(r.record, '$.kind') as object_kind, json_extract_string(r.record, '$.id') as object_id
    from truth.truth_defect as d, unnest(cast(json_extract(d.records, '$[*]') as json[])) as r (record)
    where d.kind in ('payment_run_split_entries', 'bundled_deposit')
)
select l.client_id, l.posting_id_plaid, concat_ws('|', d.rail, d.kind, d.document_id)
from lines as l inner join truth.truth_event as t on t.client_key = l.client_id and t.event_id = l.event_id
inner join documents as d on d.client_id = t.client_key and d.rail = t.rail and d.document_id = t.object_id
    and {SAME_KIND}
union
select l.client_id, l.posting_id_plaid, concat_ws('|', d.rail, d.kind, d.document_id)
from lines as l inner join parts as t using (client_id, event_id)
inner join documents as d on d.client_id = l.client_id and d.rail = 'qbo' and d.document_id = t.object_id
    and replace(d.kind, '_', '') = lower(t.object_kind)
"""
# A bill paid without a record of the payment: the line's event is the bill's, or the plant names both.
TRUE_BILLS = """
select l.client_key, l.object_id, 'qbo|bill|' || b.object_id
from truth.truth_event as l inner join truth.truth_event as b using (client_key, event_id)
where l.rail = 'plaid' and b.rail = 'qbo' and b.object_kind = 'Bill'
union
select d.client_key, l.object_id, 'qbo|bill|' || json_extract_string(r.record, '$.id')
from truth.truth_defect as d inner join truth.truth_event as l
    on l.client_key = d.client_key and l.rail = 'plaid'
        and l.event_id = json_extract_string(d.records, '$[0].event_id'),
    unnest(cast(json_extract(d.records, '$[*]') as json[])) as r (record)
where json_extract_string(r.record, '$.kind') = 'Bill'
"""
PICKS = """
select client_id, posting_id_plaid, concat_ws('|', rail, kind, document_id), status, rule
from intermediate.int_reconciliation__picks
"""
LINE_LOOKS = """
select client_id, posting_id_plaid, hash(account_id_plaid, amount_minor, posted_date, description)
from intermediate.int_reconciliation__postings
"""
RECORD_LOOKS = """
select client_id, concat_ws('|', rail, kind, document_id),
    min(hash(rail, kind, amount_minor, document_date, reference, counterparty_id))
from intermediate.int_reconciliation__documents group by all
"""
PAYOUTS = """
select count(*), count(*) filter (where unexplained_minor = 0), coalesce(max(abs(unexplained_minor)), 0)
from intermediate.int_reconciliation__payout_sums
"""
LINES = """
select count(*), count(*) filter (where status = 'proposed'), count(*) filter (where status = 'unmatched'),
    (select count(*) from intermediate.int_reconciliation__certificates),
    (select count(*) from intermediate.int_reconciliation__faults)
from intermediate.int_reconciliation__matches
"""


class Looks:
    """Pairs as they look, so that twins may be paired either way."""

    def __init__(self, database: duckdb.DuckDBPyConnection) -> None:
        """Read what can be seen of lines and records."""
        self.of = {(client, key): look for client, key, look in database.execute(LINE_LOOKS).fetchall()}
        self.of |= {(client, key): look for client, key, look in database.execute(RECORD_LOOKS).fetchall()}

    def counted(self, pairs: set[Pair]) -> Counter[tuple[str, int | str, int | str]]:
        """The pairs by looks, with how many look so."""
        return Counter((c, self.of.get((c, line), line), self.of.get((c, key), key)) for c, line, key in pairs)


def figures(true: set[Pair], found: set[Pair], looks: Looks) -> dict[str, float | int | str]:
    """Precision and recall of pairs, twins either way."""
    hits = (looks.counted(true) & looks.counted(found)).total()
    return {
        "true": len(true),
        "found": len(found),
        "precision": hits / len(found) if found else 0.0,
        "recall": hits / len(true) if true else 1.0,
        "wrong": len(found) - hits,
    }


def scored(world: Path, warehouse: Path, name: str, *, precision: bool = False) -> Iterator[Result]:
    """Every measure of one built world."""
    with attach_truth(world, warehouse) as database:
        true: set[Pair] = set(database.execute(TRUE_PAIRS).fetchall())
        bills: set[Pair] = set(database.execute(TRUE_BILLS).fetchall())
        picks = database.execute(PICKS).fetchall()
        looks = Looks(database)
        total, proposed, unmatched, certificates, faults = database.execute(LINES).fetchall()[0]
        ours = {(c, line, key) for c, line, key, status, _ in picks if status == "matched"}
        note = f"of {total:,} lines {proposed:,} proposed, {unmatched:,} left open; {certificates:,} certificates"
        topic = "Bank lines to records"
        yield Result(topic, name, "ours", figures(true, ours, looks), f"{note}, {faults:,} faults")
        for method, rule in RIVALS.items():
            pairs = rule(database)
            empty = "no pairs, by design" if not pairs else ""
            yield Result(topic, name, method, figures(true, pairs, looks), empty)
        for rail, topic in (("ramp", "Ramp payments to bank outflows"), ("stripe", "Stripe payouts to bank deposits")):
            some = {pair for pair in true if pair[2].startswith(rail)}
            mine = {pair for pair in ours if pair[2].startswith(rail)}
            yield Result(topic, name, "ours", figures(some, mine, looks))
        lined, explained, most = database.execute(PAYOUTS).fetchall()[0]
        yield Result(
            "Stripe payouts explained",
            name,
            "ours: charges − fees − refunds − disputes",
            {"payouts with ledger lines": lined, "explained to 0.00": explained, "largest difference": most / 100},
            "payouts of the last 92 days have their lines loaded",
        )
        for rule in sorted({row[4] for row in picks}):
            some = {(c, line, key) for c, line, key, _, method in picks if method == rule}
            auto = sum(status == "matched" for *_, status, method in picks if method == rule)
            measured = figures(true | bills, some, looks)
            shown = {
                "pairs": len(some),
                "matched": auto,
                "precision": measured["precision"],
                "wrong": measured["wrong"],
            }
            yield Result("By method, matched and proposed", name, rule, shown)
            if precision:
                print(f"{rule},{len(some)},{len(some) - int(measured['wrong'])}")


def built(clients: int, months: int, seed: int, folder: Path) -> tuple[Path, Path]:
    """A fresh world and its warehouse."""
    world, warehouse = folder / "world.db", folder / "bench.duckdb"
    command = [sys.executable, "-m", "sandbox", "generate", "--clients", str(clients), "--months", str(months)]
    command += ["--seed", str(seed), "--defects", "all", "--out", str(world)]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    as_of = load_world(world, warehouse, folder / "data")
    started = time.perf_counter()
    build(warehouse, as_of, folder / "target")
    print(f"seed {seed}: models built in {time.perf_counter() - started:.1f} s (whole project, tests left out)")
    return world, warehouse


def results(
    clients: int = 12, months: int = 12, seeds: tuple[int, ...] = SEEDS, *, precision: bool = False
) -> Iterator[Result]:
    """Each seed's world, all named defects planted."""
    rows = []
    for seed in seeds:
        with tempfile.TemporaryDirectory() as folder:
            name = f"sandbox {clients} × {months}, seed {seed}"
            rows += list(scored(*built(clients, months, seed, Path(folder)), name, precision=precision))
    topics = list(dict.fromkeys(row.topic for row in rows))
    yield from sorted(rows, key=lambda row: topics.index(row.topic))


def main() -> int:
    """Run the bench; 0 when it could be measured."""
    from tests.bench.result import tables

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=12)
    parser.add_argument("--months", type=int, default=12)
    parser.add_argument("--seeds", type=int, nargs="*", default=[7])
    parser.add_argument("--world", type=Path)
    parser.add_argument("--warehouse", type=Path)
    parser.add_argument("--precision", action="store_true")
    given = parser.parse_args()
    if given.world and given.warehouse:
        print(tables(scored(given.world, given.warehouse, given.world.name, precision=given.precision)))
    else:
        print(tables(results(given.clients, given.months, tuple(given.seeds), precision=given.precision)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

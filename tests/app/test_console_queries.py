"""The query layer: narrowed to the principal's clients, read-only, locked down, one snapshot per scope."""

from __future__ import annotations

import re
import threading
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from app.queries import (
    bills,
    cash,
    hygiene,
    metrics,
    portfolio,
    rails,
    reconciliation,
    snapshot,
    variances,
    verification,
)
from tests.app import firm

ONLY_FIRST = frozenset({"c01"})
PER_CLIENT = [
    lambda s, c: portfolio.portfolio_client(s, c),
    lambda s, c: cash.cash_weeks(s, c),
    lambda s, c: cash.lowest_week(s, c),
    lambda s, c: cash.horizon(s, c, 2, 4),
    lambda s, c: cash.cash_lines(s, c, 1),
    lambda s, c: cash.accounts(s, c),
    lambda s, c: bills.open_bills(s, c),
    lambda s, c: bills.open_invoices(s, c),
    lambda s, c: bills.collections(s, c, 5),
    lambda s, c: bills.aging(s, c, "payable"),
    lambda s, c: bills.payout_proofs(s, c),
    lambda s, c: hygiene.hygiene_items(s, c),
    lambda s, c: hygiene.quality_scores(s, c),
    lambda s, c: hygiene.quality_rails(s, c),
    lambda s, c: hygiene.quality_days(s, c),
    lambda s, c: hygiene.posting(s, c, "post10"),
    lambda s, c: hygiene.bill(s, c, "qbo:100"),
    lambda s, c: hygiene.reconciliation_counts(s, c),
    lambda s, c: reconciliation.lines(s, c),
    lambda s, c: reconciliation.certificates(s, c, "post11"),
    lambda s, c: rails.rail_health(s, c),
    lambda s, c: variances.variances(s, c),
    lambda s, c: verification.drift(s, c),
    lambda s, c: verification.drift_lines(s, c),
]
OF_THE_FIRM = [
    portfolio.portfolio,
    portfolio.clients,
    portfolio.lowest_by_week,
    rails.firm_rail_health,
    rails.failed_rails,
]


def scope(folder: Path, client_ids: frozenset[str] | None = None) -> snapshot.Scope:
    return snapshot.current(folder / "published", firm.ADVISOR).scope(client_ids)


@pytest.mark.parametrize("question", PER_CLIENT)
def test_a_client_outside_the_scope_does_not_exist(published_once: Path, question: object) -> None:
    assert not question(scope(published_once, ONLY_FIRST), "c02")


@pytest.mark.parametrize("question", OF_THE_FIRM)
def test_firm_lists_hold_only_the_scope(published_once: Path, question: object) -> None:
    seen = {r["client_id"] for r in question(scope(published_once, ONLY_FIRST))}
    assert seen <= ONLY_FIRST
    assert question(scope(published_once, frozenset())) == ()


def test_totals_of_a_narrow_scope_count_its_clients_only(published_once: Path) -> None:
    assert portfolio.portfolio_totals(scope(published_once, ONLY_FIRST))[0]["client_count"] == 1
    assert portfolio.portfolio_totals(scope(published_once))[0]["client_count"] == 12


def test_a_cached_answer_never_crosses_scopes(published_once: Path) -> None:
    assert len(portfolio.portfolio(scope(published_once))) == 12
    assert len(portfolio.portfolio(scope(published_once, ONLY_FIRST))) == 1


def test_clients_are_in_the_tables_named_as_firm_wide_never(published_once: Path) -> None:
    with pytest.raises(ValueError, match="holds clients"):
        snapshot.read_firm(scope(published_once), "pub_portfolio")
    assert metrics.snapshot_row(scope(published_once))["client_count"] == 12


def test_the_session_is_read_only_and_reaches_nothing_outside(published_once: Path, tmp_path: Path) -> None:
    cursor = snapshot._openings.cursor(scope(published_once).path)
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    for statement in (
        "create table snapshot_file.t (a int)",
        "delete from snapshot_file.pub_portfolio",
        f"select * from read_csv('{secret}')",
        f"attach '{tmp_path / 'x.duckdb'}' as x",
        f"copy pub_clients to '{tmp_path / 'out.csv'}'",
        "install httpfs",
        "set enable_external_access = true",
    ):
        with pytest.raises(duckdb.Error):
            cursor.execute(statement)


@pytest.mark.parametrize("advisor_id", ["nobody", "../harbor", "harbor/../harbor", ""])
def test_an_advisor_without_a_snapshot_or_with_a_path_for_a_name_reads_nothing(
    published_once: Path, advisor_id: str
) -> None:
    with pytest.raises(snapshot.NoSnapshot):
        snapshot.current(published_once / "published", advisor_id)


def test_two_hundred_reads_while_snapshots_switch_never_mix(tmp_path: Path) -> None:
    firm.publish(tmp_path, "s0", clients=2, shift=0)
    firm.publish(tmp_path, "s1", clients=2, shift=1_000)
    expected = {"s0": {4_207_700, 7_307_700}, "s1": {4_208_700, 7_308_700}}
    stop = threading.Event()

    def publish() -> None:
        turn = 0
        while not stop.is_set():
            firm.point(tmp_path, f"s{turn % 2}")
            turn += 1

    writer = threading.Thread(target=publish)
    writer.start()
    try:
        for _ in range(200):
            now = scope(tmp_path)
            snapshot._read.cache_clear()
            cash_seen = {r["cash_available_minor"] for r in portfolio.portfolio(now)}
            weeks = {r["client_id"] for r in portfolio.lowest_by_week(now)}
            assert cash_seen == expected[now.snapshot_id]
            assert weeks == {"c01", "c02"}
    finally:
        stop.set()
        writer.join()


def test_a_snapshot_that_is_being_written_elsewhere_locks_nobody_out(tmp_path: Path) -> None:
    firm.publish(tmp_path, "s0", clients=1)
    building = duckdb.connect(str(tmp_path / "published" / firm.ADVISOR / "s1.building.duckdb"))
    try:
        building.execute("create table half (a int)")
        assert len(portfolio.portfolio(scope(tmp_path))) == 1
    finally:
        building.close()


def test_another_reader_with_other_limits_opens_the_same_file(published_once: Path) -> None:
    here = scope(published_once)
    assert portfolio.portfolio(here)
    duckdb.connect(here.path, read_only=True, config={"threads": "1"}).close()


def test_a_refusal_counts_until_a_newer_snapshot_makes_it_good(tmp_path: Path) -> None:
    firm.publish(tmp_path, "s0", clients=1, docs=False)
    firm.refuse(tmp_path, firm.AS_OF + timedelta(hours=1), "dbt tests failed", ["assert_cash_adds_up"])
    found = snapshot.current(tmp_path / "published", firm.ADVISOR).refusal
    assert found and found.failures == ("assert_cash_adds_up",)
    firm.point(tmp_path, "s0", at=firm.AS_OF + timedelta(hours=2))
    assert snapshot.current(tmp_path / "published", firm.ADVISOR).refusal is None


def test_worst_client_comes_first(published_once: Path) -> None:
    order = [r["runway_status"] for r in portfolio.portfolio(scope(published_once))]
    rank = {"at_risk": 0, "watch": 1, "unknown": 2, "on_track": 3}
    assert [rank[s] for s in order] == sorted(rank[s] for s in order)


def test_every_figure_asked_about_is_in_the_metric_registry() -> None:
    root = Path(__file__).resolve().parents[2]
    known = {line.split(",", 1)[0] for line in (root / "dbt_project/seeds/metrics.csv").read_text().splitlines()[1:]}
    asked = set()
    for file in (root / "app/views").glob("*.py"):
        for ids in re.findall(r"how_computed\(\s*\[([^\]]+)\]", file.read_text()):
            asked |= set(re.findall(r'"([a-z0-9_]+)"', ids))
    assert asked and asked <= known


def test_the_schema_that_tests_use_is_the_one_that_is_published() -> None:
    root = Path(__file__).resolve().parents[2]
    written = (root / "tests/app/published_schema.sql").read_text()
    tables = dict(re.findall(r"create table (\w+) \((.+?)\);", written))
    models = {f.stem for f in (root / "dbt_project/models/published").glob("pub_*.sql")}
    assert models == set(tables)
    for name, columns in tables.items():
        contract = (root / f"dbt_project/models/published/{name}.yml").read_text()
        named = re.findall(r"- \{?\s*name: (\w+)", contract)
        for column in (c.split()[0] for c in columns.split(", ")):
            assert column in named, f"{name}.{column}"

"""The whole graph loads: raw, warehouse, published, with their checks, jobs, schedules and the sensor."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

import dagster as dg
import pytest

from ingestion import RAILS, ensure_raw_tables
from ingestion.inbox import Inbox, Subscriber

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def defs(tmp_path_factory: pytest.TempPathFactory) -> dg.Definitions:
    with pytest.MonkeyPatch.context() as patch:
        data = tmp_path_factory.mktemp("data")
        patch.setenv("ROWCOL_DATA", str(data))
        patch.setenv("ROWCOL_MODE", "demo")
        ensure_raw_tables(data / "warehouse" / "rowcol.duckdb")
        return import_module("orchestration.definitions").defs


def test_every_raw_table_and_every_model_is_an_asset_with_a_layer_first_key(defs: dg.Definitions) -> None:
    keys = {spec.key.to_user_string() for spec in defs.resolve_all_asset_specs()}
    for rail in RAILS:
        for table in import_module(f"ingestion.{rail}.columns").TABLES:
            assert f"raw/{rail}/{table}" in keys
    models = [*(ROOT / "dbt_project" / "models").rglob("*.sql"), *(ROOT / "dbt_project" / "models").rglob("*.py")]
    for model in models:
        layer = model.relative_to(ROOT / "dbt_project" / "models").parts[0]
        assert f"{layer}/{model.stem}" in keys
    assert "published/snapshots" in keys


def test_published_stands_on_raw_through_every_layer(defs: dg.Definitions) -> None:
    graph = defs.resolve_asset_graph()
    above = {
        key.path[0]
        for key in dg.AssetSelection.assets(dg.AssetKey(["published", "snapshots"])).upstream().resolve(graph)
    }
    assert {"raw", "staging", "intermediate", "published"} <= above


def test_checks_come_from_dbt_and_from_the_gate(defs: dg.Definitions) -> None:
    checks = defs.resolve_asset_graph().asset_check_keys
    gates = {check.asset_key.to_user_string() for check in checks if check.name == "gate"}
    assert {"raw/qbo/bills", "raw/plaid/transactions", "published/pub_portfolio"} <= gates
    assert sum(check.name != "gate" for check in checks) > 100


def test_schedules_and_jobs_resolve(defs: dg.Definitions) -> None:
    repository = defs.get_repository_def()
    assert {schedule.name for schedule in repository.schedule_defs} == {"nightly", "intraday"}
    for job in ("refresh", *(f"refresh_{rail}" for rail in RAILS)):
        assert repository.get_job(job).executor_def.name == "in_process"


def test_a_webhook_becomes_a_run_of_its_rail_and_client(
    defs: dg.Definitions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import hashlib
    import hmac
    import json

    monkeypatch.setenv("ROWCOL_INBOX_URL", f"sqlite:///{tmp_path / 'inbox.db'}")
    body = json.dumps(
        {
            "id": "e1",
            "type": "bills.paid",
            "created_at": "2026-11-24T12:00:00Z",
            "business_id": "b1",
            "object": {"id": "x"},
        }
    ).encode()
    signature = hmac.new(b"secret", body, hashlib.sha256).hexdigest()
    with Inbox.from_env() as inbox:
        whose = Subscriber("harbor", "harbor:ramp", secrets=("secret",))
        headers = {"X-Ramp-Signature": signature}
        verdict = inbox.receive("ramp", headers, body, whose, datetime(2026, 11, 24, 12, tzinfo=UTC))
        assert verdict.outcome == "accepted", verdict
    sensor = defs.get_sensor_def("webhook_inbox")
    with dg.DagsterInstance.ephemeral() as instance:
        context = dg.build_sensor_context(instance=instance, repository_def=defs.get_repository_def())
        first = sensor.evaluate_tick(context).run_requests
        again = sensor.evaluate_tick(context).run_requests
    assert [request.job_name for request in first or []] == ["refresh_ramp"]
    assert first[0].run_config == {"ops": {"raw_ramp": {"config": {"client_ids": ["harbor"]}}}}
    assert not again, "one webhook is one look"

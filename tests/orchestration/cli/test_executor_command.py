"""`rowcol executor`: a halted client is named with its lines, and goes on by a written reason alone."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner, Result

from execution.service import ControlPlane, NewClient, connect
from execution.store import tables as t
from orchestration.cli.main import app


@pytest.fixture(autouse=True)
def plane(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ControlPlane:
    """A firm with one client, for whom the executor holds still."""
    for name in ("ROWCOL_CONTROL_URL", "ROWCOL_CLOCK_URL", "ROWCOL_API_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ROWCOL_MODE", "live")
    monkeypatch.setenv("ROWCOL_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "300")
    made = connect()
    made.operator.add_firm("root", "harbor", "Harbor", "Farid", "farid@harbor.test")
    made.operator.add_client("root", NewClient("harbor", "acme", "Acme", "America/New_York"))
    return made


def ran(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def halt(plane: ControlPlane, scanned_at: datetime | None) -> None:
    now = datetime.now(UTC)
    whose = {"advisor_id": "harbor", "client_id": "acme"}
    with plane.store.begin() as cx:
        cx.execute(sa.insert(t.halt).values(
            **whose, halt_id="h", cause="it was restored", began_at=now - timedelta(hours=2),
            scanned_at=scanned_at))  # fmt: skip
        cx.execute(sa.insert(t.rail_drift).values(
            **whose, drift_id="d", kind="unknown", record_kind="bill", record_id="b1",
            sentence="Ramp holds bill b1 that this store does not know at all [red]", needs_person=True,
            found_at=now))  # fmt: skip


def test_nothing_halted_is_said_and_ends_with_0() -> None:
    done = ran("executor", "status")
    assert done.exit_code == 0 and "halted for nobody" in done.output
    assert json.loads(ran("status", "--json").output)["executor"] == {
        "halted": 0, "lines": 0, "overdue": 0, "owners": {},
    }  # fmt: skip


def test_a_halt_is_named_with_its_lines_and_a_monitor_hears_of_it(plane: ControlPlane) -> None:
    halt(plane, None)
    done = ran("executor", "status")
    assert done.exit_code == 1 and "acme is halted since" in done.output
    assert "Ramp not looked through yet, 1 lines wait" in done.output
    assert "does not know at all [red]" in done.output and "the_executor_is_halted.md" in done.output
    overall = ran("status")
    assert overall.exit_code == 1 and "the executor is halted for 1 clients, 1 lines" in overall.output


def test_it_goes_on_by_a_written_reason_once_ramp_was_looked_through(plane: ControlPlane) -> None:
    halt(plane, None)
    refused = ran("executor", "resume", "--client", "acme", "--reason", "trust me")
    assert refused.exit_code == 1 and "has not been looked through" in refused.output
    with plane.store.begin() as cx:
        cx.execute(sa.update(t.halt).values(scanned_at=datetime.now(UTC)))
    assert ran("executor", "resume", "--client", "acme", "--reason", " ").exit_code == 1
    done = ran("executor", "resume", "--client", "all", "--reason", "b1 is archived in Ramp now")
    assert done.exit_code == 0 and "acme: sending again, 1 lines closed" in done.output
    assert ran("executor", "status").exit_code == 0
    with plane.store.read() as cx:
        line = cx.execute(sa.select(t.rail_drift)).one()
        newest = cx.execute(sa.select(t.audit.c.body).order_by(t.audit.c.seq.desc()).limit(1)).scalar_one()
    event = json.loads(bytes(newest))
    assert line.reason == "b1 is archived in Ramp now" and line.closed_by == event["actor"]["person"]
    assert (event["action"], event["to"], event["inputs"]["lines"]) == ("executor.resumed", "running", 1)


def test_status_makes_no_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROWCOL_DATA", str(tmp_path / "fresh"))
    assert ran("status").exit_code == 0
    assert not (tmp_path / "fresh" / "control").exists()

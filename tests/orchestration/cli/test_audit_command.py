"""`rowcol audit`: any row altered, dropped or reordered in the database is named, and the exit code says so."""

from __future__ import annotations

import io
import sqlite3
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from execution.service import connect
from orchestration.cli.main import app

EVENTS = 12


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A firm with a dozen events in its chain."""
    monkeypatch.delenv("ROWCOL_CONTROL_URL", raising=False)
    monkeypatch.delenv("ROWCOL_CLOCK_URL", raising=False)
    monkeypatch.setenv("ROWCOL_MODE", "live")
    monkeypatch.setenv("ROWCOL_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "200")
    plane = connect()
    plane.operator.add_firm("root", "harbor", "Harbor", "Farid", "farid@harbor.test")
    for number in range(EVENTS - 1):
        plane.audit.record_refusal(None, "try", f"bill-{number}", "no [bold]", {"n": number}, advisor_id="harbor")
    plane.store.dispose()
    return tmp_path


def rowcol(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def attack(home: Path, *statements: str) -> None:
    """As somebody with the file in hand: the triggers first, then the rows."""
    connection = sqlite3.connect(home / "data" / "control" / "control.db")
    triggers = connection.execute("select name from sqlite_master where type = 'trigger'").fetchall()
    assert triggers
    for (name,) in triggers:
        connection.execute(f'drop trigger "{name}"')
    for statement in statements:
        assert connection.execute(statement).rowcount > 0
    connection.commit()
    connection.close()


def test_a_whole_chain_passes() -> None:
    done = rowcol("audit", "verify")
    assert done.exit_code == 0 and f"harbor: {EVENTS} events, chain whole" in done.output
    assert rowcol("audit", "verify", "--advisor", "harbor").exit_code == 0
    unknown = rowcol("audit", "verify", "--advisor", "nobody")
    assert unknown.exit_code == 1 and "no audit chain 'nobody'" in unknown.output
    unread = rowcol("audit", "verify", "--checkpoint", "/no/such/note")
    assert unread.exit_code == 1 and "cannot be read" in unread.output


def test_the_triggers_alone_refuse_a_change(home: Path) -> None:
    connection = sqlite3.connect(home / "data" / "control" / "control.db")
    for statement in ("update audit set client_id = 'x' where seq = 5", "delete from audit where seq = 5"):
        with pytest.raises(sqlite3.DatabaseError):
            connection.execute(statement)
    connection.close()


@pytest.mark.parametrize(
    ("statements", "first_bad"),
    [
        (["update audit set body = replace(body, 'bill-3', 'bill-9') where seq = 5"], 5),
        (["update audit set subject_id = 'bill-99' where seq = 7"], 7),
        (["update audit set hash = zeroblob(32) where seq = 5"], 5),
        (["delete from audit where seq = 5"], 5),
        (["delete from audit where seq = 1"], 1),
        ([f"delete from audit where seq = {EVENTS}"], EVENTS),
        (
            ["update audit set seq = 99 where seq = 6", "update audit set seq = 6 where seq = 7",
             "update audit set seq = 7 where seq = 99"],
            6,
        ),
    ],
    ids=["body", "subject", "hash", "dropped", "first dropped", "last dropped", "reordered"],
)  # fmt: skip
def test_a_touched_row_is_named(home: Path, statements: list[str], first_bad: int) -> None:
    attack(home, *statements)
    done = rowcol("audit", "verify")
    assert done.exit_code == 1
    assert f"harbor: event {first_bad}:" in done.output, done.output


def test_the_export_proves_itself_without_us(home: Path) -> None:
    out = home / "evidence.zip"
    done = rowcol("audit", "export", "--out", str(out))
    assert done.exit_code == 0, done.output
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    folder = home / "pack"
    zipfile.ZipFile(io.BytesIO(out.read_bytes())).extractall(folder)
    run = [sys.executable, "-I", str(folder / "verify.py"), str(folder)]
    good = subprocess.run(run, capture_output=True, text=True, check=False)
    assert good.returncode == 0, good.stderr
    lines = (folder / "events.jsonl").read_text().splitlines()
    assert len(lines) == EVENTS + 1, "the export itself is the last event"
    (folder / "events.jsonl").write_text("\n".join([*lines[:4], lines[5], lines[4], *lines[6:]]))
    assert subprocess.run(run, capture_output=True, text=True, check=False).returncode == 1
    kept = out.read_bytes()
    again = rowcol("audit", "export", "--out", str(out), "--advisor", "harbor")
    assert again.exit_code == 1 and "is there already" in again.output and out.read_bytes() == kept


def test_the_export_needs_a_firm_and_a_place(home: Path) -> None:
    unknown = rowcol("audit", "export", "--out", str(home / "a.zip"), "--advisor", "nobody")
    assert unknown.exit_code == 1 and "no firm 'nobody'" in unknown.output and not (home / "a.zip").exists()
    nowhere = rowcol("audit", "export", "--out", str(home / "no" / "such" / "a.zip"))
    assert nowhere.exit_code == 1 and "cannot be written" in nowhere.output
    plane = connect()
    plane.operator.add_firm("root", "pier", "Pier", "P", "p@pier.test")
    plane.store.dispose()
    which = rowcol("audit", "export", "--out", str(home / "a.zip"))
    assert which.exit_code == 1 and "harbor, pier" in which.output


def test_a_period_and_a_single_event_are_handed_out_with_their_proof(home: Path) -> None:
    done = rowcol("audit", "export", "--out", str(home / "day.zip"), "--from", "2020-01-01", "--to", "2099-12-31")
    assert done.exit_code == 0, done.output
    folder = home / "day"
    zipfile.ZipFile(home / "day.zip").extractall(folder)
    assert "proofs.jsonl" in {file.name for file in folder.iterdir()} and "CC6.3" in (folder / "index.md").read_text()
    done = rowcol("audit", "prove", "3", "--out", str(home / "proof.json"))
    assert done.exit_code == 0 and "event 3 of" in done.output, done.output
    for what in (folder, home / "proof.json"):
        run = [sys.executable, "-I", str(folder / "verify.py"), str(what)]
        checked = subprocess.run(run, capture_output=True, text=True, check=False)
        assert checked.returncode == 0, checked.stderr
    for words in (["--from", "2026-01-01"], ["--payout", "nothing"]):
        refused = rowcol("audit", "export", "--out", str(home / "no.zip"), *words)
        assert refused.exit_code == 1 and "Traceback" not in refused.output

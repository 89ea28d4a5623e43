"""The way in: demo on loopback only, one-time tickets, and exports that no spreadsheet runs."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
import streamlit as st

from app.components.exports import as_csv
from app.components.words import csv_cell
from app.evidence import audit_csv
from app.identity.tickets import Tickets
from app.settings import Settings, is_loopback


@pytest.mark.parametrize(
    ("address", "local"),
    [
        ("127.0.0.1", True), ("127.0.0.1:8501", True), ("localhost:8501", True), ("[::1]:8501", True), ("::1", True),
        ("0.0.0.0", False), ("rowcol.example", False), ("127.0.0.1.evil.example", False), ("", False), (None, False),
    ],
)  # fmt: skip
def test_only_loopback_is_loopback(address: str | None, local: bool) -> None:
    assert is_loopback(address) is local


@pytest.mark.parametrize("address", ["0.0.0.0", "10.0.0.5", None])
def test_demo_mode_refuses_to_start_where_others_can_reach_it(
    monkeypatch: pytest.MonkeyPatch, address: str | None
) -> None:
    from app import console

    monkeypatch.setenv("ROWCOL_MODE", "demo")
    monkeypatch.setattr(st, "get_option", lambda _: address)
    with pytest.raises(SystemExit, match="127.0.0.1 only"):
        console.refuse_demo_beyond_loopback()
    monkeypatch.setenv("ROWCOL_MODE", "live")
    console.refuse_demo_beyond_loopback()


def test_an_unknown_mode_is_refused() -> None:
    with pytest.raises(ValueError, match="live or demo"):
        Settings.from_env({"ROWCOL_MODE": "test"})


def test_a_ticket_is_traded_once() -> None:
    tickets = Tickets()
    ticket = tickets.issue("secret")
    assert tickets.waits(ticket)
    assert tickets.redeem(ticket) == "secret"
    assert tickets.redeem(ticket) is None
    assert not tickets.waits(ticket)
    assert tickets.redeem("made up") is None


def test_a_ticket_grows_old(monkeypatch: pytest.MonkeyPatch) -> None:
    tickets = Tickets()
    ticket = tickets.issue("secret")
    monkeypatch.setattr("app.identity.tickets.time.monotonic", lambda: float("inf"))
    assert tickets.redeem(ticket) is None


@pytest.mark.parametrize("value", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1"])
def test_no_export_cell_is_a_formula(value: str) -> None:
    assert csv_cell(value) == "'" + value


def test_a_number_of_ours_stays_a_number_also_below_zero() -> None:
    assert as_csv(("label", "amount_minor"), [("-5", -5), (None, 0)]) == "label,amount_minor\n'-5,-5\n,0\n"


def test_the_audit_export_escapes_every_column() -> None:
    event = SimpleNamespace(
        seq=1, at=datetime(2026, 11, 24, tzinfo=UTC), actor_name='=cmd|"x"', actor_role="controller", action="a,b",
        subject_kind="payout", subject_id="@p", from_state=None, to_state="approved", inputs={"note": "x\ny"}, hash="h",
    )  # fmt: skip
    line = audit_csv([event]).split("\n", 1)[1]
    assert '"\'=cmd|""x"""' in line and "'@p" in line and '"a,b"' in line


def test_the_server_is_set_up_to_give_nothing_away() -> None:
    import tomllib

    root = Path(__file__).resolve().parents[2]
    config = tomllib.loads((root / ".streamlit/config.toml").read_text())
    assert config["browser"]["gatherUsageStats"] is False
    assert config["client"]["showErrorDetails"] == "none" and config["client"]["disableDataExport"] is True
    assert config["server"]["enableXsrfProtection"] is True and config["server"]["enableAgentApi"] is False
    assert config["server"]["address"] == "127.0.0.1"
    for face in config["theme"]["fontFaces"]:
        assert (root / face["url"]).exists()
    assert "SIL Open Font License" in (root / "app/static/fonts/OFL.txt").read_text()

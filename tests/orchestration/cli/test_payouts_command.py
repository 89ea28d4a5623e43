"""`rowcol payouts`: a person with a token reads what waits for them; the operator of the machine does not."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from execution.service import ControlPlane
from execution.store import tables as t
from tests.orchestration.cli.test_people_command import add, home, plane, rowcol

__all__ = ["home", "plane"]


def payouts(*arguments: str, fails: str = "") -> str:
    done = rowcol("payouts", *arguments)
    told = " ".join(done.output.split())
    assert done.exit_code == (1 if fails else 0), done.output
    assert fails in told and "Traceback" not in told
    return told


def test_a_person_reads_what_waits_and_by_when(plane: ControlPlane, monkeypatch: pytest.MonkeyPatch) -> None:
    payouts("waiting", fails="put your API token into ROWCOL_API_TOKEN")
    add("Ada", "advisor")
    told = " ".join(rowcol("people", "token", "issue", "ada@harbor.test", "--name", "laptop").output.split())
    monkeypatch.setenv("ROWCOL_API_TOKEN", told.rsplit(" ", 1)[1])
    assert payouts("waiting") == "Nothing waits for you."
    _one_payout(plane)
    seen = payouts("waiting")
    assert "aaaaaaaa" in seen and "Nimbus [x]" in seen and "12,000.50 USD" in seen and "approve" in seen
    assert "2026-11-27 15:00 UTC" in seen
    listed = payouts("list", "--client", "c1", "--state", "proposed")
    assert "controller or advisor" in listed and payouts("list", "--state", "settled") == "There is no such payout."
    assert payouts("recurring", "c1") == "This client has no template."
    payouts("recurring", "nobody", fails="no client")


def _one_payout(plane: ControlPlane) -> None:
    from datetime import UTC, date, datetime

    now, day = datetime(2026, 11, 24, 15, tzinfo=UTC), date(2026, 12, 1)
    with plane.store.begin() as cx:
        advisor_id = cx.execute(sa.select(t.client.c.advisor_id).where(t.client.c.client_id == "c1")).scalar_one()
        cx.execute(sa.insert(t.payout).values(
            advisor_id=advisor_id, client_id="c1", payout_id="a" * 32, source_bill_id="qbo:1", vendor_id_ramp="v1",
            vendor_name="Nimbus [x]", amount_minor=1_200_050, currency_code="USD", bill_date=day, due_date=day,
            arrival_date=day, mode="draft", payload_sha256="0" * 64, preparer_id="bea", state="proposed",
            expires_at=datetime(2026, 11, 27, 15, tzinfo=UTC), created_at=now, updated_at=now,
        ))  # fmt: skip

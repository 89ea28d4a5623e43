"""From a proposal to the bank's posting against the generated sandbox: the worker is a process, the rails are HTTP."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.execution.sandbox.taken_on import ROOT, TakenOn
from tests.rails_server import running_sandbox


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[TakenOn]:
    world = tmp_path / "world.db"
    command = [sys.executable, "-m", "sandbox", "generate", "--clients", "3", "--months", "5", "--seed", "7"]
    subprocess.run([*command, "--end", "2026-11-24", "--out", str(world)], check=True, cwd=ROOT, timeout=120)
    with running_sandbox(world, paused=True) as urls:
        made = TakenOn(tmp_path / "data", world, urls)
        made.publish()
        yield made
        made.plane.store.dispose()


def of_mode(firm: TakenOn, mode: str) -> str:
    return next(key for key, profile in firm.profiles.items() if profile["payout_mode"] == mode)


def ordinary(firm: TakenOn, client: str) -> list[dict[str, Any]]:
    """Bills of $200 to $4,500 to vendors that were paid before and whose account nobody swapped."""
    swapped = {a["vendor_id"] for a in firm.now("ramp", "vendor_account", client).values() if not a["is_default"]}
    return [
        bill for bill in firm.payable(client)
        if 20_000 <= bill["open_minor"] <= 450_000 and not bill["is_vendor_new"]
        and bill["vendor_id_ramp"] not in swapped
    ]  # fmt: skip


def released(firm: TakenOn, client: str, bill: dict[str, Any]) -> str:
    payouts = firm.plane.payouts
    made = payouts.propose(firm.person("bea"), client, bill["source_bill_id"])
    assert made.state == "proposed", made.state_reason
    carl = firm.person("carl")
    signed = payouts.approve(carl, made.payout_id, payload_sha256=made.payload_sha256, reason="due this month")
    assert signed.state == "approved", signed.state_reason
    payouts.release(carl, made.payout_id)
    return made.payout_id


def state(firm: TakenOn, payout_id: str) -> str:
    return firm.plane.payouts.get(firm.person("ada"), payout_id).payout.state


def proof_from_bank(firm: TakenOn, client: str, payout_id: str) -> dict[str, Any]:
    """What the warehouse would say: the one posting of the payout's exact amount after it was sent."""
    payout = firm.plane.payouts.get(firm.person("ada"), payout_id).payout
    lines = [
        line for line in firm.now("plaid", "transaction", client).values()
        if not line["pending"] and round(line["amount"] * 100) == payout.amount_minor
        and line["date"] >= payout.created_at.date().isoformat()
        and line["account_id"] == firm.profiles[client]["plaid"]["operating_account_id"]
    ]  # fmt: skip
    assert len(lines) == 1, lines
    return {
        "client_id": client, "payout_id": payout_id, "candidate_count": 1, "decided_by": "only candidate",
        "amount_minor": payout.amount_minor,
        "posting_id_plaid": lines[0]["transaction_id"], "posted_date": lines[0]["date"],
        "posting_description": lines[0]["name"],
    }  # fmt: skip


@pytest.mark.parametrize("mode", ["direct", "draft"])
def test_a_bill_goes_from_proposal_to_the_verified_posting(firm: TakenOn, mode: str) -> None:
    client = of_mode(firm, mode)
    firm.work()  # Reads the payees of the open bills.
    payout_id = released(firm, client, ordinary(firm, client)[0])
    done = firm.process()
    assert done.returncode == 0, done.stderr
    sent = state(firm, payout_id)
    assert sent == ("at_rail" if mode == "direct" else "handed_off"), done.stdout + done.stderr
    assert len(firm.standing(client, payout_id)) == 1
    firm.advance(days=35)
    firm.work()
    (bill,) = firm.standing(client, payout_id)
    assert bill["status_summary"] == "PAYMENT_COMPLETED", bill
    assert state(firm, payout_id) == "rail_paid"
    firm.publish([proof_from_bank(firm, client, payout_id)])
    assert "settled" in firm.work()
    assert state(firm, payout_id) == "settled"
    assert firm.plane.payouts.reserves(firm.person("carl"), client) == []
    assert all(report.ok for report in firm.plane.audit.verify())


@pytest.mark.parametrize("failpoint", ["send-after", "send-before"])
def test_killed_between_sending_and_sent_leaves_exactly_one_bill(firm: TakenOn, failpoint: str) -> None:
    client = of_mode(firm, "direct")
    firm.work()
    above_automatic = next(bill for bill in ordinary(firm, client) if bill["open_minor"] > 100_000)
    payout_id = released(firm, client, above_automatic)
    assert firm.process(failpoint).returncode == -9
    assert state(firm, payout_id) == "sending"
    for minutes in (0, 1, 3, 15, 40):
        firm.advance(seconds=60 * minutes)
        firm.work()
    standing = firm.standing(client, payout_id)
    assert len(standing) == (1 if failpoint == "send-after" else 0)
    assert state(firm, payout_id) == ("at_rail" if standing else "unconfirmed")
    if failpoint == "send-before":
        # Nobody can know that it never left: above the automatic limit a person looks in Ramp too, then it goes once.
        firm.plane.payouts.agree_to_resend(firm.person("ada"), payout_id, "looked in Ramp, no such bill")
        firm.advance(seconds=1900)
        firm.publish()
        firm.work()
        firm.work()
        assert len(firm.standing(client, payout_id)) == 1
        assert state(firm, payout_id) == "at_rail"


def test_a_swapped_account_waits_for_a_call_back(firm: TakenOn) -> None:
    client, swapped = next(
        (key, account["vendor_id"])
        for key in firm.profiles
        for account in firm.now("ramp", "vendor_account", key).values()
        if not account["is_default"]
    )
    bill = next(bill for bill in firm.payable(client) if bill["vendor_id_ramp"] == swapped)
    firm.work()
    made = firm.plane.payouts.propose(firm.person("bea"), client, bill["source_bill_id"])
    assert made.state == "blocked"
    assert "changed" in made.state_reason and "Call the vendor" in made.state_reason
    firm.plane.payouts.record_call_back(
        firm.person("carl"), client, swapped, number_source="their contract", number_known_since=date(2024, 3, 1)
    )
    firm.advance(days=6)
    firm.publish()
    again = firm.plane.payouts.propose(firm.person("bea"), client, bill["source_bill_id"])
    assert again.state == "proposed", again.state_reason


def test_every_ordinary_bill_of_the_demo_passes_without_a_call_back(firm: TakenOn) -> None:
    firm.work()
    for client in firm.profiles:
        bills = [bill["source_bill_id"] for bill in ordinary(firm, client)]
        assert len(bills) >= 3
        verdicts = firm.plane.payouts.preview(firm.person("carl"), client, bills)
        refused = {v.source_bill_id: [g.reason for g in v.verdicts if not g.passed] for v in verdicts}
        assert not any(refused.values()), refused
        assert not any(g.guard_id == "payee" and g.effect != "pass" for v in verdicts for g in v.verdicts)

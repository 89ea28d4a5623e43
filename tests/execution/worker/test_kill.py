"""The worker is a real process, the rails are real HTTP; it is killed at each edge and started again."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from execution.worker import Worker
from tests.execution.worker.firm import BEA, CARL, Firm

ROOT = Path(__file__).resolve().parents[3]
EDGES = ("reserve.committed", "intent.committed", "send-before", "send-after", "record.before-commit",
         "record.committed", "search-after")  # fmt: skip


def work(firm: Firm, failpoint: str = "") -> subprocess.CompletedProcess[str]:
    env = {**firm.env, **({"ROWCOL_FAILPOINT": failpoint} if failpoint else {})}
    command = [sys.executable, "-m", "execution.worker", "--once"]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture(params=["draft", "direct"])
def firm(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Firm]:
    made = Firm(tmp_path, request.param)
    yield made
    made.close()


def test_sends_once_and_settles_by_the_bank(firm: Firm) -> None:
    payout_id = firm.released()
    done = work(firm)
    assert done.returncode == 0, done.stderr
    sent = firm.payouts.get(CARL, payout_id)
    assert sent.payout.state == ("handed_off" if firm.mode == "draft" else "at_rail"), done.stdout + done.stderr
    assert firm.books.posts == 1
    assert [r.amount_minor for r in firm.payouts.reserves(CARL, "acme")] == [90_000]
    if firm.mode == "draft":
        (draft,) = firm.books.drafts.values()
        firm.books.bills["b9"] = {**draft, "id": "b9", "draft_bill_id": draft["id"],
                                  "status_summary": "PAYMENT_SCHEDULED"}  # fmt: skip
    (bill,) = firm.books.bills.values()
    bill["status_summary"] = "PAYMENT_COMPLETED"
    work(firm)
    assert firm.payouts.get(CARL, payout_id).payout.state == "rail_paid"
    proof = {"payout_id": payout_id, "candidate_count": 1, "posting_id_plaid": "tx1", "amount_minor": 90_000}
    firm.publish([proof])
    work(firm)
    settled = firm.payouts.get(CARL, payout_id)
    assert settled.payout.state == "settled" and settled.payout.posting_id_plaid == "tx1"
    assert firm.payouts.reserves(CARL, "acme") == []
    closed = {link["link"]: link["evidence_id"] for link in settled.custody if link["closed_at"]}
    assert closed["bank_posting"] == settled.payout.posting_id_plaid and closed["ramp_bill"]
    assert [e["to_state"] for e in settled.timeline][-1] == "settled"


@pytest.mark.parametrize("edge", EDGES)
def test_killed_at_an_edge_exactly_one_bill(firm: Firm, edge: str) -> None:
    payout_id = firm.released()
    assert work(firm, edge).returncode == -9
    for _ in range(2):
        assert Worker(firm.settings, firm.store, firm.clock, 100).round()
    detail = firm.payouts.get(CARL, payout_id)
    standing = len(firm.books.bills) + len(firm.books.drafts)
    if edge in ("intent.committed", "send-before"):
        # Never on the wire, but nobody can know: it stays unconfirmed through the quiet window, cash held.
        assert (standing, detail.payout.state) == (0, "unconfirmed")
    else:
        assert (standing, detail.payout.state) == (1, "handed_off" if firm.mode == "draft" else "at_rail")
    assert firm.books.posts <= 1
    assert len(firm.payouts.reserves(CARL, "acme")) == 1


def test_silent_rail_is_found_not_resent(firm: Firm) -> None:
    firm.books.fault = "silent"
    payout_id = firm.released()
    work(firm)
    work(firm)
    assert firm.books.posts == 1
    assert firm.payouts.get(BEA, payout_id).payout.state in ("handed_off", "at_rail")


def test_refusal_ends_and_frees_the_cash(firm: Firm) -> None:
    firm.books.fault = "refused"
    payout_id = firm.released()
    work(firm)
    assert firm.payouts.get(BEA, payout_id).payout.state == "declined"
    assert firm.payouts.reserves(BEA, "acme") == []


def test_rehearsal_sends_nothing(firm: Firm) -> None:
    firm.env["ROWCOL_EXECUTION_SENDER"] = "dry_run"
    payout_id = firm.released()
    work(firm)
    shown = firm.payouts.get(CARL, payout_id).payout
    assert shown.state == "handed_off" and shown.is_rehearsal and firm.books.posts == 0
    assert firm.payouts.cancel(CARL, payout_id, "rehearsal over").state == "cancelled"

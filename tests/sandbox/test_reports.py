"""QuickBooks' reports add up among themselves, and the bank's running balances lead from line to line."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.rails_server import running_sandbox
from tests.sandbox.rails.talk import Talk

SPAN = {"start_date": "2026-09-01", "end_date": "2026-11-30", "accounting_method": "Accrual"}


@pytest.fixture(scope="module")
def talk(generated_world: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Talk]:
    world = Path(shutil.copy(generated_world, tmp_path_factory.mktemp("reports") / "world.db"))
    with running_sandbox(world, paused=True) as urls, httpx.Client(timeout=30, trust_env=False) as http:
        yield Talk(urls, http)


@pytest.fixture(scope="module")
def report(talk: Talk) -> Any:
    key = talk.client_keys()[0]
    token = str(talk.qbo_token(key).json()["access_token"])

    def drawn(name: str, **given: str) -> Any:
        answer = talk.qbo(token, key, f"/reports/{name}", **given)
        return answer.json() if answer.status_code == 200 else answer.status_code

    return drawn


def rows(block: dict[str, Any]) -> Iterator[list[dict[str, str]]]:
    """The data rows at any depth, with the heading's account before the cells."""
    for row in block.get("Row", []):
        if "ColData" in row:
            yield row["ColData"]
        if "Rows" in row:
            yield from rows(row["Rows"])


def cell(text: str) -> Decimal:
    return Decimal(text or "0")


def test_a_trial_balance_balances_and_the_general_ledger_leads_to_it(report: Any) -> None:
    trial = report("TrialBalance", **SPAN)
    lines = [row for row in rows(trial["Rows"]) if "id" in row[0]]
    assert len(lines) > 8 and sum(cell(row[1]["value"]) - cell(row[2]["value"]) for row in lines) == 0
    ledger = report("GeneralLedger", columns="tx_date,txn_type,debt_amt,credit_amt,rbal_nat_amount", **SPAN)
    assert [one["ColType"] for one in ledger["Columns"]["Column"]][0] == "tx_date"
    moved = [row for row in rows(ledger["Rows"]) if row[0]["value"] != "Beginning Balance"]
    assert sum(cell(row[2]["value"]) - cell(row[3]["value"]) for row in moved) == 0
    last = {}
    for section in ledger["Rows"]["Row"]:
        data = section["Rows"]["Row"]
        last[section["Header"]["ColData"][0]["id"]] = abs(cell(data[-1]["ColData"][-1]["value"]))
    for row in lines:
        assert last[row[0]["id"]] == abs(cell(row[1]["value"]) - cell(row[2]["value"])), row[0]["value"]


def test_assets_are_liabilities_and_equity_in_every_month(report: Any) -> None:
    sheet = report("BalanceSheet", summarize_column_by="Month", **SPAN)
    assert [one["ColTitle"] for one in sheet["Columns"]["Column"]] == ["", "Sep 2026", "Oct 2026", "Nov 2026"]
    sums = {row["group"]: [Decimal(0)] * 3 for row in sheet["Rows"]["Row"]}
    for row in sheet["Rows"]["Row"]:
        for line in rows(row["Rows"]):
            sums[row["group"]] = [a + cell(b["value"]) for a, b in zip(sums[row["group"]], line[1:], strict=True)]
    both = zip(sums["Liabilities"], sums["Equity"], strict=True)
    assert sums["TotalAssets"] == [liabilities + equity for liabilities, equity in both]


def test_months_of_a_profit_and_loss_add_up(report: Any) -> None:
    flows = report("ProfitAndLoss", summarize_column_by="Month", **SPAN)
    net = flows["Rows"]["Row"][-1]["Summary"]["ColData"]
    assert net[0]["value"] == "Net Income" and sum(cell(one["value"]) for one in net[1:-1]) == cell(net[-1]["value"])
    assert report("CashFlow", **SPAN) == 400 and report("TrialBalance", end_date="soon") == 400


def test_running_balances_lead_from_line_to_line_and_one_bank_tells_none(talk: Talk) -> None:
    for position, key in enumerate(talk.client_keys()):
        lines = [line for line in talk.plaid_all(key)[0]["added"] if not line["pending"]]
        told = [line for line in lines if line["running_balance"] is not None]
        assert bool(told) == (position != 2) and (not told or len(told) == len(lines))
        for account in talk.plaid(key, "/accounts/get").json()["accounts"]:
            mine = [line["running_balance"] for line in told if line["account_id"] == account["account_id"]]
            assert not mine or account["balances"]["current"] in mine

"""The story of the product, in a browser: from sign-in to a payout that the bank has proved.

One bill is proposed by the bookkeeper, approved and released by the controller, sent to Ramp by the executor, paid
by the sandbox's bank some days later, loaded again, and verified against the posting.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.browser import Person
from tests.end_to_end.conftest import ROOT, Installation

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

# The bill of the story: open, and let through by every guard for one controller, of a client that pays directly.
FIND_BILL = """
import json, sys
from execution.service import connect
plane = connect()
controller = plane.people.sign_in_demo("carl").principal
for client in plane.clients.list(controller):
    if client.payout_mode != "direct":
        continue
    import duckdb, pathlib, os
    home = pathlib.Path(os.environ["ROWCOL_DATA"]) / "published" / client.advisor_id
    pointer = json.loads((home / "current.json").read_text())
    path = str(home / pointer["snapshot_id"] / "snapshot.duckdb")
    rows = duckdb.connect(path, read_only=True).execute(
        "select source_bill_id, vendor_name, invoice_number, open_minor from pub_open_bills where client_id = ? "
        "and is_payable_here and not is_vendor_new and duplicate_of is null and open_minor < 500000 "
        "and invoice_number is not null order by due_date", [client.client_id]).fetchall()
    ids = [row[0] for row in rows]
    verdicts = {v.source_bill_id: v.outcome for v in plane.payouts.preview(controller, client.client_id, ids)}
    live = {p.source_bill_id for p in plane.payouts.list(controller, client.client_id)}
    for source_bill_id, vendor, number, open_minor in rows:
        if verdicts[source_bill_id] in ("pass", "warning") and source_bill_id not in live:
            print(json.dumps({"client_id": client.client_id, "client_name": client.client_name, "vendor": vendor,
                "number": number, "open_minor": open_minor, "source_bill_id": source_bill_id,
                "advisor_id": client.advisor_id}))
            sys.exit()
"""

# Every client's forecasts of before and after: leaves against cells, and the bridge of each week that both project.
COMPARE_FORECASTS = """
import json, os, pathlib
from execution.facts.snapshot import kept_ids, open_snapshot
from execution.outlook.bridging import bridge, common_weeks
from execution.outlook.reading import forecast_of
from execution.errors import StaleData
data, firms = pathlib.Path(os.environ["ROWCOL_DATA"]), {}
told = {"cells": 0, "wrong_cells": [], "bridges": 0, "residuals": []}
for home in sorted((data / "published").iterdir()):
    kept = kept_ids(data, home.name)
    forecasts = {}
    for snapshot_id in (kept[0], kept[-1]):
        with open_snapshot(data, home.name, snapshot_id) as snapshot:
            for client_id in snapshot.client_ids():
                try:
                    found = forecasts[snapshot_id, client_id] = forecast_of(snapshot, client_id)
                except StaleData:
                    continue
                ahead = [week for week in snapshot.cash_weeks(client_id) if week["is_forecast"]]
                for cell, week in zip(found.weeks, ahead, strict=True):
                    told["cells"] += 1
                    if cell.closing_minor != week["closing_balance_minor"]:
                        told["wrong_cells"].append([client_id, cell.week_number])
    for (snapshot_id, client_id), later in forecasts.items():
        earlier = forecasts.get((kept[-1], client_id))
        if snapshot_id == kept[0] and earlier is not None:
            for start in common_weeks(earlier, later):
                told["bridges"] += 1
                told["residuals"] += [bridge(earlier, later, start).residual_minor]
print(json.dumps(told))
"""


def ask_product(installation: Installation, script: str) -> Any:
    """Run a few lines in the product's own environment, as an operator on the machine could."""
    environment = dict(installation.environment)
    for line in (installation.data / "demo.env").read_text().splitlines():
        name, _, value = line.partition("=")
        environment.setdefault(name, value)
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip(), "no bill in the demo passes every guard for one controller"
    return json.loads(done.stdout)


def wait_until(what: str, ready: Callable[[], bool], seconds: float = 60) -> None:
    """Poll until something is true; the failure names what was waited for."""
    deadline = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < deadline, f"waited {seconds:.0f} s for {what}"
        time.sleep(0.3)


def test_a_bill_is_paid_and_proved(installation: Installation, browser: Any) -> None:
    bill = ask_product(installation, FIND_BILL)
    name = f"{bill['vendor']} {bill['number']}"
    decisions = f"/decisions?client={bill['client_id']}"

    farid = Person(browser, installation.console)
    farid.sign_in("firm admin")
    farid.page.get_by_role("heading", name="Portfolio").wait_for()
    for path, heading in (("digest", "Digest"), ("outlook", "Outlook")):
        farid.go(f"/{path}?client={bill['client_id']}")
        farid.page.get_by_role("heading", name=f"{heading}: {bill['client_name']}").wait_for()

    bea = Person(browser, installation.console)
    bea.sign_in("bookkeeper", decisions)
    bea.choose_bill(name)
    bea.press("Propose")
    bea.page.get_by_text("1 payout proposed").wait_for()

    carl = Person(browser, installation.console)
    carl.sign_in("controller", decisions)
    carl.choose_bill(name)
    carl.press("Approve…")
    dialog = carl.page.get_by_role("dialog")
    dialog.get_by_text("Payload SHA-256").wait_for()
    carl.press("Approve and log")
    carl.page.get_by_text("1 payout approved and logged.").wait_for()
    carl.press("Release to Ramp")

    def at_ramp() -> bool:
        carl.go(decisions)
        return carl.page.locator(".rw .chip", has_text="At Ramp").count() > 0

    wait_until("the executor to hand the payout to Ramp", at_ramp, 90)

    installation.rowcol("sandbox", "advance", "--days", "21")
    installation.rowcol("run")

    def verified() -> bool:
        carl.go(decisions)
        return carl.page.locator(".rw .chip", has_text="Verified against the bank").count() > 0

    wait_until("the posting to verify the payout", verified, 120)
    assert "chain whole" in installation.rowcol("audit", "verify")
    compared = ask_product(installation, COMPARE_FORECASTS)
    assert compared["cells"] >= 13 and compared["wrong_cells"] == []
    assert compared["bridges"] >= 1 and set(compared["residuals"]) == {0}
    assert farid.elsewhere == bea.elsewhere == carl.elsewhere == []


def test_the_api_answers_beside_the_console(installation: Installation) -> None:
    assert httpx.get(f"{installation.api}/health").json() == {"status": "ok"}
    refused = httpx.get(f"{installation.api}/advisor/anyone/hygiene")
    assert refused.status_code == 401 and refused.headers["content-type"] == "application/problem+json"

"""The console in a real browser: sign in, decide, reload; no axe violation and no request to anywhere else."""

from __future__ import annotations

import contextlib
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser import Person

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]
# Streamlit's own, not ours to change: see the design notes, testing recipe 4.
KNOWN_UPSTREAM = {"scrollable-region-focusable"}


def _free_port() -> int:
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def served(folder: Path, *options: str) -> Iterator[str]:
    """A console of its own, until the block ends."""
    port, log = _free_port(), folder / "log"
    command = [sys.executable, "-m", "tests.app.serve", str(port), str(folder / "data"), *options]
    with log.open("w") as out:
        server = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT)
    try:
        base, until = f"http://127.0.0.1:{port}", time.monotonic() + 60
        while time.monotonic() < until:
            try:
                urllib.request.urlopen(base, timeout=2).close()
                break
            except (urllib.error.URLError, OSError):
                if server.poll() is not None:
                    pytest.fail(f"the console ended at once:\n{log.read_text()}")
                time.sleep(0.3)
        yield base
    finally:
        server.terminate()
        server.wait(timeout=20)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A console over a made-up firm and the small plane."""
    with served(tmp_path_factory.mktemp("console")) as base:
        yield base


def violations(person: Person) -> list[tuple[str, str, list[str]]]:
    """What axe has against the page as it stands: rule, help and the first places."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    options = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]}}
    found = [v for v in axe.run(person.page, options=options).response["violations"] if v["id"] not in KNOWN_UPSTREAM]
    return [(v["id"], v["help"], [n["html"][:160] for n in v["nodes"][:3]]) for v in found]


def test_twelve_thousand_dollars_take_two_signatures_and_a_third_person(browser: Any, tmp_path: Path) -> None:
    with served(tmp_path, "--real") as base:
        carl = Person(browser, base)
        carl.sign_in("controller", "/decisions?client=c01")
        carl.press("Look and approve 1 payout…")
        dialog = carl.page.get_by_role("dialog")
        dialog.get_by_text("A second approver follows").wait_for()
        carl.press("Approve and log")
        # From $5,000 on a reason is needed: refused with its remedy, nothing signed, and the list says so.
        carl.page.get_by_text("0 of 1 line went through").wait_for()
        carl.press("Look and approve 1 payout…")
        carl.page.get_by_role("textbox", name="Note for the record").fill(
            "Quarter's supplies, checked against the order"
        )
        carl.press("Approve and log")
        carl.page.get_by_text("1 payout approved and logged.").wait_for()
        assert carl.page.get_by_role("heading", name="Waits for you").count() == 0

        ada = Person(browser, base, width=390, height=844)
        ada.sign_in("advisor", "/decisions?client=c01")
        ada.page.get_by_text("A second person approves. Prepared by Bookkeeper, 1 of 2 approvals").wait_for()
        assert violations(ada) == []
        assert ada.page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
        ada.press("Look and approve 1 payout…")
        ada.page.get_by_role("textbox", name="Note for the record").fill("Agreed")
        ada.press("Approve and log")
        ada.page.get_by_text("1 payout approved and logged.").wait_for()
        assert ada.page.get_by_role("heading", name="Waits for you").count() == 0

        farid = Person(browser, base)
        farid.sign_in("firm admin", "/decisions?client=c01")
        farid.page.get_by_text("Somebody other than its approvers releases it").first.wait_for()
        farid.press("Release 1 payout")
        farid.page.get_by_text("1 payout released; the executor reserves the cash and sends it to Ramp.").wait_for()
        assert carl.elsewhere == ada.elsewhere == farid.elsewhere == []


def test_two_people_pay_a_bill(browser: Any, address: str) -> None:
    bea = Person(browser, address)
    bea.sign_in("bookkeeper", "/decisions?client=c03")
    bea.choose_bill("Home Depot Pro B-100340")
    bea.press("Propose")
    bea.page.get_by_text("1 payout proposed; another person approves.").wait_for()

    carl = Person(browser, address)
    carl.sign_in("controller", "/decisions?client=c03")
    carl.choose_bill("Home Depot Pro B-100340")
    carl.press("Approve…")
    dialog = carl.page.get_by_role("dialog")
    dialog.get_by_text("Payload SHA-256").wait_for()
    carl.press("Approve and log")
    carl.page.get_by_text("1 payout approved and logged.").wait_for()
    carl.press("Release to Ramp")
    carl.page.locator(".rw .chip", has_text="Cash reserved").first.wait_for()
    assert bea.elsewhere == carl.elsewhere == []


def test_a_bookkeeper_settles_a_proposed_match_and_takes_it_back(browser: Any, address: str) -> None:
    bea = Person(browser, address)
    bea.sign_in("bookkeeper", "/reconciliation?client=c03&line_status=Proposed")
    bea.page.get_by_role("paragraph").filter(has_text="Two records of this amount").wait_for()
    with bea.page.expect_download() as export:
        bea.page.get_by_role("button", name="Export").click()
    assert export.value.suggested_filename == "reconciliation-c03.csv"
    assert Path(export.value.path()).read_text().count("\n") == 2
    bea.press("It is this one")
    bea.page.get_by_text("Confirmed: they are one. The next build follows; undo stays possible.").wait_for()
    bea.wait_for_chip("Confirmed by Bea Moreno")
    bea.press("Undo the ruling")
    bea.page.get_by_role("button", name="It is this one").wait_for()
    assert bea.elsewhere == []


def test_a_bookkeeper_works_the_tray_by_keyboard_alone(browser: Any, address: str, tmp_path: Path) -> None:
    bea = Person(browser, address)
    bea.sign_in("bookkeeper", "/hygiene?client=c03")
    keys, page = bea.page.keyboard, bea.page
    page.get_by_text(re.compile(r"^1 of \d+$")).wait_for()
    # Letters typed into a field are letters, not acts.
    page.get_by_role("textbox", name="Reason").press_sequentially("Judy said so")
    page.get_by_role("textbox", name="Reason").press("Tab")
    page.get_by_text(re.compile(r"^1 of \d+$")).wait_for()
    assert page.get_by_text("The item is").count() == 0
    page.get_by_role("textbox", name="Reason").fill("")
    page.get_by_role("textbox", name="Reason").press("Tab")
    keys.press("j")
    page.get_by_text(re.compile(r"^2 of \d+$")).wait_for()
    keys.press("k")
    page.get_by_text(re.compile(r"^1 of \d+$")).wait_for()
    keys.press("d")
    page.get_by_role("button", name="Already entered elsewhere").wait_for()
    keys.press("2")
    page.get_by_text("The item is dismissed.").wait_for()
    # The notice stands above the item and comes before it: a key is for what is on screen once the item is.
    page.get_by_role("button", name="Undo the last").wait_for()
    bea.settle()
    page.get_by_role("button", name="Confirm").scroll_into_view_if_needed()
    page.screenshot(path=tmp_path / "tray_1440.png", full_page=True)
    keys.press("u")
    page.get_by_text("The decision is undone.").wait_for()
    page.get_by_role("button", name="Undo the last").wait_for(state="detached")
    assert bea.elsewhere == [] and violations(bea) == []
    page.set_viewport_size({"width": 390, "height": 844})
    bea.settle()
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
    page.get_by_role("button", name="Confirm").scroll_into_view_if_needed()
    page.screenshot(path=tmp_path / "tray_390.png", full_page=True)


def test_the_session_survives_a_reload_and_ends_with_sign_out(browser: Any, address: str) -> None:
    carl = Person(browser, address)
    carl.sign_in("controller")
    cookie = next(c for c in carl.context.cookies() if c["name"] == "rowcol_session")
    assert cookie["httpOnly"] and cookie["sameSite"] == "Strict"
    carl.go("/portfolio")
    carl.page.get_by_text("Harbor Advisory, 12 clients").wait_for()
    carl.press("Sign out")
    carl.go("/portfolio")
    carl.page.get_by_role("heading", name="Sign in").wait_for()


def test_evidence_asks_for_the_session(browser: Any, address: str) -> None:
    ana = Person(browser, address)
    for path in ("/evidence/lineage", "/evidence/audit.csv"):
        assert ana.context.request.get(address + path).status == 401
    assert ana.context.request.post(address + "/session/keep", data="nothing").status == 403
    ana.sign_in("analyst")
    docs = ana.context.request.get(address + "/evidence/lineage")
    assert docs.status == 200 and "connect-src" in docs.headers["content-security-policy"]
    export = ana.context.request.get(address + "/evidence/audit.csv")
    assert export.status == 200 and export.text().startswith("seq,at,actor_name")


PAGES = ["portfolio", "digest", "outlook", "hygiene", "reconciliation", "decisions", "verification", "audit", "lineage",
         "rails"]  # fmt: skip


@pytest.mark.parametrize(("theme", "width", "height"), [("light", 1440, 900), ("dark", 390, 844)])
def test_no_page_has_an_accessibility_violation(
    browser: Any, address: str, theme: str, width: int, height: int
) -> None:
    person = Person(browser, address, theme=theme, width=width, height=height)
    person.sign_in("firm admin")
    found = []
    for path in PAGES:
        person.go(f"/{path}")
        found += [(path, *one) for one in violations(person)]
    assert found == []
    assert person.elsewhere == []

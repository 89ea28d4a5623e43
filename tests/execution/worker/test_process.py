"""The worker as a long-running process: quick to notice, quiet, patient with rails, clean at the end, no secrets."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from execution.worker import Worker
from tests.execution.worker.firm import CARL, Firm

ROOT = Path(__file__).resolve().parents[3]


class Running:
    """A worker process with its output in files."""

    def __init__(self, firm: Firm, folder: Path) -> None:
        self.said, self.warned = folder / "said", folder / "warned"
        with self.said.open("w") as out, self.warned.open("w") as err:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "execution.worker"], cwd=ROOT, env=firm.env, stdout=out, stderr=err
            )

    def until(self, holds: Callable[[], bool], seconds: float) -> float:
        """Waits for something to become true; answers how long it took."""
        began = time.monotonic()
        while not holds():
            assert self.process.poll() is None, self.warned.read_text()
            assert time.monotonic() - began < seconds, self.said.read_text() + self.warned.read_text()
            time.sleep(0.05)
        return time.monotonic() - began


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Firm]:
    made = Firm(tmp_path / "data", "direct")
    yield made
    made.close()


@pytest.fixture
def worker(firm: Firm, tmp_path: Path) -> Iterator[Running]:
    made = Running(firm, tmp_path)
    made.until(lambda: "new figures" in made.said.read_text(), 30)
    yield made
    made.process.kill()
    made.process.wait(10)


def state(firm: Firm, payout_id: str) -> str:
    return firm.payouts.get(CARL, payout_id).payout.state


def test_it_notices_says_verifies_and_ends_cleanly(firm: Firm, worker: Running) -> None:
    payout_id = firm.released()
    took = worker.until(lambda: state(firm, payout_id) == "at_rail", 15)
    assert took < 6, f"{took:.1f} s on a shared machine; the pause between rounds is one second"
    worker.until(lambda: "scheduled in Ramp" in worker.said.read_text(), 15)
    before = len(worker.said.read_text().splitlines())
    time.sleep(0.5)
    assert len(worker.said.read_text().splitlines()) == before, "nothing to do is nothing to say"
    proof = {"payout_id": payout_id, "candidate_count": 1, "posting_id_plaid": "tx1", "amount_minor": 90_000}
    firm.publish([proof])
    worker.until(lambda: state(firm, payout_id) == "settled", 15)
    worker.process.send_signal(signal.SIGTERM)
    assert worker.process.wait(10) == 0
    lines = worker.said.read_text().splitlines()
    told = [line.split(" ", 1)[1] for line in lines]
    states = [line.split()[2].rstrip(":") for line in told if line.startswith("payout")]
    assert list(dict.fromkeys(states)) == ["reserved", "at_rail", "settled"], told
    assert "new figures" in told[0] and told[-1] == "executor stopped"
    for secret in ("tok", "Bearer", "s3cret"):
        assert secret not in worker.said.read_text() + worker.warned.read_text()


def test_it_outlives_rails_that_are_down(firm: Firm, worker: Running) -> None:
    payout_id = firm.released()
    worker.until(lambda: state(firm, payout_id) == "at_rail", 15)
    firm.server.shutdown()
    firm.server.server_close()
    firm.bills.append(firm.bill("qbo:2", 50_000))
    firm.publish()
    worker.until(lambda: worker.said.read_text().count("new figures") == 2, 15)
    assert worker.process.poll() is None
    worker.process.send_signal(signal.SIGINT)
    assert worker.process.wait(15) == 0
    assert "Traceback" not in worker.warned.read_text()


def test_without_a_clock_nothing_is_done_and_one_line_said(firm: Firm, tmp_path: Path) -> None:
    payout_id = firm.released()
    firm.env["ROWCOL_CLOCK_URL"] = "http://127.0.0.1:9/clock"
    command = [sys.executable, "-m", "execution.worker", "--once"]
    done = subprocess.run(command, cwd=ROOT, env=firm.env, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1 and "gives no time" in done.stderr
    assert state(firm, payout_id) == "approved" and firm.books.posts == 0


def test_a_store_that_went_away_is_waited_for(firm: Firm) -> None:
    payout_id = firm.released()
    worker = Worker(firm.settings, firm.store, firm.clock, 100)
    control, aside = firm.settings.control_dir / "control.db", firm.settings.control_dir / "aside.db"
    firm.store.dispose()
    control.rename(aside)
    assert not worker.round()
    firm.store.dispose()
    aside.replace(control)
    assert worker.round()
    assert state(firm, payout_id) == "at_rail"
    worker.close()

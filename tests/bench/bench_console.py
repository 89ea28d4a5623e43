"""How fast the console's pages are for 200 and 1,000 clients: one visitor, twenty at once, and a browser.

A run is what a click costs on the server, from asking to the script's end, through the real websocket, service and
control store (SQLite). Queries are timed on a snapshot that nobody has asked before, each page's as it asks them.

python -m tests.bench console
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.bench.console_server import widen
from tests.bench.console_visitor import Visitor, one_by_one, together
from tests.bench.result import Result

ROOT = Path(__file__).resolve().parents[2]
CLIENTS = (200, 1000)
TIMES, SESSIONS, SECONDS = 40, 20, 60.0
MAIN = ("portfolio", "digest", "decisions")
OTHERS = ("rails", "hygiene", "reconciliation", "verification", "outlook", "audit", "lineage")
RUNS = "Console: server time of a warm run"
CROWD = "Console: twenty sessions that think two to six seconds"
QUERIES = "Console: the slowest query of each page, first asked"
BROWSER = "Console: from address to a page that answers, in Chromium"


def results(clients: tuple[int, ...] = CLIENTS) -> Iterator[Result]:
    """Runs, twenty sessions, queries and the browser, for each number of clients."""
    for many in clients:
        with tempfile.TemporaryDirectory() as made, served(Path(made), many) as (address, token):
            data = f"{many:,} clients"
            visitor = Visitor(address, token)
            asyncio.run(one_by_one(visitor, [(page, "client=c01") for page in MAIN + OTHERS], TIMES))
            for page, seconds in visitor.seconds.items():
                yield Result(RUNS, data, page, spread(seconds) | {"KB": visitor.received[page] // 1024})
            visitors = [Visitor(address, token) for _ in range(SESSIONS)]
            asyncio.run(together(visitors, [(page, "client=c01") for page in MAIN], SECONDS, seed=5))
            for page in MAIN:
                yield Result(CROWD, data, page, spread([s for v in visitors for s in v.seconds.get(page, [])]))
            yield from _browser(address, data)
            yield from _queries(Path(made), token, data)


def spread(seconds: list[float]) -> dict[str, float | int | str]:
    """Runs, median and 95th percentile in milliseconds."""
    ordered = sorted(seconds)
    last = ordered[int(0.95 * (len(ordered) - 1))]
    return {"runs": len(ordered), "median ms": round(statistics.median(ordered) * 1000), "p95 ms": round(last * 1000)}


@contextlib.contextmanager
def served(folder: Path, clients: int) -> Iterator[tuple[str, str]]:
    """A console of its own: its address, and a firm admin's session."""
    from tests.app.api.firms import World

    world = World.open(folder)
    widen(folder, clients)
    token = world.plane.people.sign_in_demo("firm_admin").token
    world.close()
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    address, log = f"http://127.0.0.1:{port}", folder / "log"
    command = [sys.executable, "-m", "tests.bench.console_server", str(port), str(folder)]
    with log.open("w") as out:
        server = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT)
    try:
        until = time.monotonic() + 90
        while True:
            try:
                urllib.request.urlopen(address + "/_stcore/health", timeout=2).close()
                break
            except OSError:
                if server.poll() is not None or time.monotonic() > until:
                    raise SystemExit(f"the console did not come up:\n{log.read_text()}") from None
                time.sleep(0.3)
        yield address, token
    finally:
        server.terminate()
        server.wait(timeout=20)


def _browser(address: str, data: str) -> Iterator[Result]:
    """A person with an empty cache, and the same person again."""
    from tests.browser import Person, chromium

    with chromium() as browser:
        person = Person(browser, address)
        person.sign_in("firm admin", "/portfolio")
        state = person.context.storage_state()
        fresh = Person(browser, address)
        fresh.context.add_cookies(state["cookies"])
        for visit in ("empty cache", "again"):
            began = time.perf_counter()
            fresh.page.goto(address + "/portfolio")
            fresh.page.get_by_role("heading", name="Portfolio", level=1).wait_for()
            fresh.page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
            took = time.perf_counter() - began
            figures: dict[str, float | int | str] = {"s": round(took, 2), "requests to elsewhere": len(fresh.elsewhere)}
            yield Result(BROWSER, data, f"portfolio, {visit}", figures)


def _queries(folder: Path, token: str, data: str) -> Iterator[Result]:
    """The pages run here, in this process, with every statement at the snapshot timed."""
    import os

    from streamlit.logger import set_log_level
    from streamlit.testing.v1 import AppTest
    from streamlit.util import calc_hash

    os.environ |= {"ROWCOL_DATA": str(folder), "ROWCOL_MODE": "demo"}
    import execution.service
    from app.identity import plane as door
    from app.queries import snapshot
    from tests.app.api.firms import World

    world = World.open(folder)
    execution.service.connect = lambda: world.plane  # type: ignore[assignment]
    door.plane.cache_clear()
    set_log_level("error")  # It misses the browser at each run.
    took: list[tuple[float, str]] = []
    asked = snapshot._openings.cursor

    class Timed:
        def __init__(self, cursor: Any) -> None:
            self._cursor = cursor

        def __getattr__(self, name: str) -> Any:
            return getattr(self._cursor, name)

        def execute(self, statement: str, *values: Any) -> Any:
            began = time.perf_counter()
            try:
                return self._cursor.execute(statement, *values)
            finally:
                took.append((time.perf_counter() - began, statement.split("snapshot_file.")[-1].split()[0]))

    snapshot._openings.cursor = lambda path: Timed(asked(path))  # type: ignore[method-assign, assignment]
    try:
        for page in MAIN + OTHERS:
            snapshot._read.cache_clear()
            took.clear()
            at = AppTest.from_file(str(ROOT / "app" / "session_script.py"), default_timeout=60)
            at.session_state["rowcol_token"], at.query_params["client"] = token, "c01"
            at._page_hash = calc_hash(page)
            at.run()
            assert not at.exception, at.exception
            if not took:
                continue
            slowest, table = max(took)
            figures: dict[str, float | int | str] = {"queries": len(took), "slowest ms": round(slowest * 1000, 1)}
            yield Result(QUERIES, data, page, figures | {"of": table})
    finally:
        snapshot._openings.cursor = asked  # type: ignore[method-assign]
        world.close()

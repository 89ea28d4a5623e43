"""The sandbox as one process: four rails and a control port, one loop, one world file."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import uvicorn

from sandbox.clock import Clock
from sandbox.control import Control
from sandbox.faults import FaultBoard
from sandbox.rails.asgi import CallLog, RailApp
from sandbox.rails.clients import Directory
from sandbox.rails.plaid.balances import is_pending
from sandbox.rails.plaid.rail import PlaidRail
from sandbox.rails.qbo.books import read_mark
from sandbox.rails.qbo.query import ENTITIES
from sandbox.rails.qbo.rail import QboRail
from sandbox.rails.ramp.rail import RampRail
from sandbox.rails.store import WorldStore
from sandbox.rails.stripe.lists import payout_line_mark
from sandbox.rails.stripe.rail import StripeRail
from sandbox.rails.tokens import TokenMint
from sandbox.rails.webhooks import Webhooks

PORTS = ("control", "qbo", "ramp", "plaid", "stripe")
_TICK_SECONDS = 1.0

EXTRACTORS = {
    **{("qbo", entity): read_mark for entity in ENTITIES},
    ("plaid", "transaction"): is_pending,
    ("stripe", "payout_line"): payout_line_mark,
}


class _Server(uvicorn.Server):
    """A uvicorn server that leaves signals to the sandbox."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take none."""
        yield


class Sandbox:
    """Everything behind the ports."""

    def __init__(self, world: Path) -> None:
        self.store = WorldStore(world, EXTRACTORS)
        offset = self.store.meta("clock_offset")
        if not offset:
            began = float(self.store.meta("now") or time.time())
            offset = str(began - time.time())
            self.store.set_meta("clock_offset", offset)
        self.clock = Clock(float(offset), lambda value: self.store.set_meta("clock_offset", str(value)))
        self.faults = FaultBoard()
        self.log = CallLog()
        self.directory = Directory(self.store)
        self.webhooks = Webhooks(self.store, self.directory, self.clock, self.faults)
        mint = TokenMint(self.directory.seed)
        self.control = Control(self.store, self.directory, self.clock, self.faults, self.log, self.webhooks, self.tick)
        self.rails = {
            "control": self.control,
            "qbo": QboRail(self.store, self.directory, mint),
            "ramp": RampRail(self.store, self.directory, self.faults, mint, self.webhooks),
            "plaid": PlaidRail(self.store, self.directory, self.faults, self.webhooks),
            "stripe": StripeRail(self.store, self.directory),
        }
        self.apps = {
            name: RailApp(rail, self.clock, FaultBoard() if name == "control" else self.faults, self.log)
            for name, rail in self.rails.items()
        }
        self._told_until = int(self.store.meta("told_until") or self.clock.now() - 1)

    def tick(self) -> int:
        """Tell what came up since the last tick; answers how many webhooks that caused."""
        # The present second is left to the next tick: more may still be written in it.
        now = self.clock.now() - 1
        if now <= self._told_until:
            return 0
        # Without a listener nothing is built: a long jump over a large world stays quick.
        listening = self.webhooks.targets or self.store.secrets("ramp", "webhook:")
        sent = self.webhooks.announce(list(self.store.changes(self._told_until, now))) if listening else 0
        self._told_until = now
        return sent

    async def serve(self, sockets: dict[str, socket.socket], ready: threading.Event, stop: asyncio.Event) -> None:
        """Answer on the sockets until `stop` is set."""
        self.control.urls = {name: f"http://127.0.0.1:{sock.getsockname()[1]}" for name, sock in sockets.items()}
        servers = []
        for name, app in self.apps.items():
            config = uvicorn.Config(
                app,
                log_level="warning",
                access_log=False,
                lifespan="off",
                date_header=False,
                server_header=False,
                proxy_headers=False,
                timeout_keep_alive=30,
                timeout_graceful_shutdown=1,
                backlog=512,
            )
            servers.append((_Server(config), sockets[name]))
        tasks = [asyncio.create_task(server.serve(sockets=[sock])) for server, sock in servers]
        tasks += [asyncio.create_task(self.webhooks.run()), asyncio.create_task(self._tick_on())]
        while not all(server.started for server, _ in servers):
            await asyncio.sleep(0.01)
        ready.set()
        await stop.wait()
        for server, _ in servers:
            server.should_exit = True
        await asyncio.gather(*tasks[: len(servers)])
        for task in tasks[len(servers) :]:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self.store.set_meta("told_until", str(self._told_until))
        self.store.close()

    async def _tick_on(self) -> None:
        while True:
            await asyncio.sleep(_TICK_SECONDS)
            self.tick()


def listen(host: str, base_port: int) -> dict[str, socket.socket]:
    """One listening socket per port name; base port 0 takes free ports. Raises OSError naming a port in use."""
    sockets = {}
    for position, name in enumerate(PORTS):
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        port = base_port + position if base_port else 0
        try:
            sock.bind((host, port))
        except OSError as error:
            for other in sockets.values():
                other.close()
            sock.close()
            raise OSError(error.errno, f"port {port} ({name}) on {host} is in use; choose another base port") from error
        sock.listen(512)
        sock.setblocking(False)
        sockets[name] = sock
    return sockets


def serve(world: Path, *, host: str = "127.0.0.1", base_port: int = 8800) -> None:
    """Serve a world until SIGINT or SIGTERM. Ports: control, then qbo, ramp, plaid, stripe."""
    sockets = listen(host, base_port)
    sandbox = Sandbox(Path(world))

    async def main() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        await sandbox.serve(sockets, threading.Event(), stop)

    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(main())


@contextlib.contextmanager
def running(world: Path, *, paused: bool = False) -> Iterator[dict[str, str]]:
    """A sandbox in a thread on free ports, for as long as the block lasts; gives the URL of each port."""
    sockets = listen("127.0.0.1", 0)
    sandbox = Sandbox(Path(world))
    if paused:
        sandbox.clock.pause()
    ready = threading.Event()
    holder: dict[str, object] = {}

    async def main() -> None:
        stop = asyncio.Event()
        holder.update(stop=stop, loop=asyncio.get_running_loop())
        await sandbox.serve(sockets, ready, stop)

    def run() -> None:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(main())

    thread = threading.Thread(target=run, name="sandbox", daemon=True)
    thread.start()
    if not ready.wait(20):
        raise RuntimeError("the sandbox did not start within 20 seconds")
    try:
        yield dict(sandbox.control.urls)
    finally:
        loop, stop = holder["loop"], holder["stop"]
        assert isinstance(loop, asyncio.AbstractEventLoop) and isinstance(stop, asyncio.Event)
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)


def _loop_factory() -> type[asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.Loop

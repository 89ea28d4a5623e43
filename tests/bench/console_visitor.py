"""A visitor of the console that speaks its websocket protocol: asks for a page, waits until its script has finished."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass, field

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

PATIENCE = 60.0


@dataclass
class Visitor:
    """One signed-in person's connection. `seconds`: page → how long each of its runs took, from asking to finished."""

    address: str
    token: str
    seconds: dict[str, list[float]] = field(default_factory=dict)
    received: dict[str, int] = field(default_factory=dict)

    async def open(self) -> ClientConnection:
        """The connection, with the session's cookie as a browser sends it."""
        return await connect(
            self.address.replace("http", "ws") + "/_stcore/stream",
            subprotocols=["streamlit"],  # type: ignore[list-item]
            additional_headers={"Cookie": f"rowcol_session={self.token}", "Origin": self.address},
            max_size=None,
        )

    async def run(self, connection: ClientConnection, page: str, query: str) -> None:
        """One run of a page. Raises AssertionError when it shows an error or never finishes."""
        asked = BackMsg()
        asked.rerun_script.page_name, asked.rerun_script.query_string = page, query
        began, size = time.perf_counter(), 0
        await connection.send(asked.SerializeToString())
        while True:
            told = await asyncio.wait_for(connection.recv(decode=False), PATIENCE)
            size += len(told)
            message = ForwardMsg.FromString(told)
            kind = message.WhichOneof("type")
            if kind == "delta" and message.delta.new_element.WhichOneof("type") == "exception":
                raise AssertionError(f"{page}: {message.delta.new_element.exception.message}")
            # A page that leads on to another ends the first run early.
            if kind == "script_finished" and message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
                break
        self.seconds.setdefault(page, []).append(time.perf_counter() - began)
        self.received[page] = size


async def one_by_one(visitor: Visitor, pages: list[tuple[str, str]], times: int) -> None:
    """Each page so many times in turn, on one connection; the first run of each is not counted."""
    connection = await visitor.open()
    for page, query in pages:
        await visitor.run(connection, page, query)
    visitor.seconds.clear()
    for _ in range(times):
        for page, query in pages:
            await visitor.run(connection, page, query)
    await connection.close()


async def together(visitors: list[Visitor], pages: list[tuple[str, str]], seconds: float, seed: int) -> None:
    """All visitors at once, each thinking two to six seconds between pages; the first page of each is not counted."""

    async def visit(visitor: Visitor, chance: random.Random) -> None:
        connection = await visitor.open()
        await asyncio.sleep(chance.uniform(0, 4))  # People do not come on the same second.
        await visitor.run(connection, *pages[0])
        visitor.seconds.clear()
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            await asyncio.sleep(chance.uniform(2, 6))
            await visitor.run(connection, *chance.choice(pages))
        await connection.close()

    await asyncio.gather(*(visit(one, random.Random(seed + n)) for n, one in enumerate(visitors)))

"""A real HTTP server on a free port that answers as a test tells it to: for answers no sandbox gives on demand."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass
class Call:
    """One request as it arrived."""

    method: str
    path: str
    query: dict[str, str]
    body: str
    headers: dict[str, str]


Answer = tuple[int, Any] | tuple[int, Any, dict[str, str]]


@dataclass
class Scripted:
    """The server's address and every call it got."""

    url: str
    calls: list[Call] = field(default_factory=list)


@contextmanager
def scripted(answer: Callable[[Call], Answer]) -> Iterator[Scripted]:
    """Serve `answer` until the block ends. A body that is not a string is sent as JSON."""
    state = Scripted("")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            length = int(self.headers.get("content-length") or 0)
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(length).decode()
            call = Call(self.command, parts.path, dict(parse_qsl(parts.query)), body, headers)
            state.calls.append(call)
            status, content, *more = answer(call)
            sent = (content if isinstance(content, str) else json.dumps(content)).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(sent)))
            for name, value in (more[0] if more else {}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(sent)

        do_POST = do_GET

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

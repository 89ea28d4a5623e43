"""Each way a wire can end, from a raw socket, and the one verdict that it must get."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator

import pytest

from execution.domain.rail import Request, Wire
from execution.senders.base import RailUnreachable
from execution.senders.ramp import RampSender
from execution.senders.ramp_session import RampSession

REQUEST = Request("POST", "/bills", b'{"remote_id":"r"}')
ERROR = {"error_v2": {"error_code": "DEVELOPER_7001", "message": "no"}}


def response(status: int, body: object, *, cut: int = 0, more: str = "") -> bytes:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    head = f"HTTP/1.1 {status} X\r\ncontent-length: {len(data)}\r\n{more}connection: close\r\n\r\n".encode()
    return (head + data)[: len(head + data) - cut]


class Wall:
    """Answers the token request, then does to the one POST what the test says."""

    def __init__(self) -> None:
        self.sock = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.sock.getsockname()[1]}"
        self.answer: bytes | None = b""
        self.posts = 0
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                peer, _ = self.sock.accept()
            except OSError:
                return
            with peer:
                asked = self._request(peer)
                if b"/token " in asked:
                    peer.sendall(response(200, {"access_token": "t", "expires_in": 600}))
                    continue
                self.posts += 1
                if self.answer is None:
                    self._held = peer.dup()  # Silence: the caller's own timeout ends it.
                    continue
                peer.sendall(self.answer)

    @staticmethod
    def _request(peer: socket.socket) -> bytes:
        data = b""
        while b"\r\n\r\n" not in data:
            data += peer.recv(65536)
        head, _, rest = data.partition(b"\r\n\r\n")
        length = next(
            (int(h.split(b":")[1]) for h in head.split(b"\r\n") if h.lower().startswith(b"content-length")), 0
        )
        while len(rest) < length:
            rest += peer.recv(65536)
        return head


@pytest.fixture
def wall() -> Iterator[Wall]:
    made = Wall()
    yield made
    made.sock.close()


TABLE = {
    "created": (response(201, {"id": "b1", "status_summary": "PAYMENT_READY"}), Wire.DONE),
    "created without an id": (response(201, {"status": "OPEN"}), Wire.UNCONFIRMED),
    "created with a number for an id": (response(201, {"id": 7}), Wire.UNCONFIRMED),
    "200 is not created": (response(200, {"id": "b1"}), Wire.UNCONFIRMED),
    **{f"refused {code}": (response(code, ERROR), Wire.REFUSED) for code in (400, 401, 403, 404, 422)},
    **{f"a proxy's {code}": (response(code, b"<html>"), Wire.UNCONFIRMED) for code in (400, 403, 404, 422, 429)},
    "throttled": (response(429, ERROR), Wire.THROTTLED),
    **{f"server error {code}": (response(code, ERROR), Wire.UNCONFIRMED) for code in (500, 502, 503, 504)},
    "conflict": (response(409, ERROR), Wire.UNCONFIRMED),
    "redirect": (response(307, {}, more="location: http://127.0.0.1:9/x\r\n"), Wire.UNCONFIRMED),
    "cut body": (response(201, {"id": "b1"}, cut=3), Wire.UNCONFIRMED),
    "cut head": (b"HTTP/1.1 20", Wire.UNCONFIRMED),
    "closed without a word": (b"", Wire.UNCONFIRMED),
    "silence": (None, Wire.UNCONFIRMED),
    "not HTTP": (b"hello\r\n\r\n", Wire.UNCONFIRMED),
    "not JSON": (response(201, b"\xff\xfe{"), Wire.UNCONFIRMED),
}


@pytest.mark.parametrize("name", TABLE)
def test_a_request_that_arrived_is_never_called_unsent(wall: Wall, name: str) -> None:
    wall.answer, expected = TABLE[name]
    reply = RampSender(RampSession(wall.url, "id", "secret", timeout=0.4)).post(REQUEST)
    assert reply.wire is expected, reply
    assert wall.posts == 1, "one attempt is one request"
    assert (reply.record_id is not None) == (expected is Wire.DONE)
    assert reply.reason and "secret" not in repr(reply)


def test_nobody_listens_is_never_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        url = f"http://127.0.0.1:{gone.getsockname()[1]}"
    session = RampSession(url, "id", "secret", timeout=0.4)
    assert RampSender(session).post(REQUEST).wire is Wire.NEVER_SENT
    session._token, session._token_until = "t", float("inf")  # The token is there, the road is not.
    assert RampSender(session).post(REQUEST).wire is Wire.NEVER_SENT
    with pytest.raises(RailUnreachable):
        session.get("/bills")


def test_half_a_listing_is_none(wall: Wall) -> None:
    session = RampSession(wall.url, "id", "secret", timeout=0.4)
    for answer in (response(200, {"data": "x"}), response(200, {"data": [{}], "page": {"next": "http://x/?a=1"}}),
                   response(500, ERROR), response(200, b"[")):  # fmt: skip
        wall.answer = answer
        with pytest.raises(RailUnreachable):
            list(session.all_rows("/bills"))

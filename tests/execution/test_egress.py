"""The executor's way out: no host, address, redirect or name server takes a token elsewhere."""

from __future__ import annotations

import ast
import datetime as dt
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from execution import egress
from execution.domain.rail import Wire
from execution.egress import EgressRefused
from execution.errors import Invalid
from execution.senders.replies import judge_failure

ROOT = Path(__file__).resolve().parents[2]
# Stand for public addresses in these tests; everything else is judged as it is.
OUTSIDE, OUTSIDE_TOO = "127.0.0.2", "127.0.0.4"
RESOLVE = socket.getaddrinfo


class Rail:
    """A server that keeps what came, with or without TLS; `/away` sends elsewhere."""

    def __init__(self, address: str, tls: ssl.SSLContext | None = None) -> None:
        self.got: list[tuple[str, str]] = []
        rail = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                rail.got.append((self.path, self.headers["host"]))
                self.send_response(302 if self.path == "/away" else 200)
                if self.path == "/away":
                    self.send_header("location", "http://169.254.169.254/latest/meta-data")
                self.send_header("content-length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer((address, 0), Handler)
        if tls is not None:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def rail() -> Iterator[Rail]:
    made = Rail("127.0.0.1")
    yield made
    made.close()


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[list[str]]]:
    """Name → what the name server answers, one list of addresses a question; the last answer stays."""
    answers: dict[str, list[list[str]]] = {}

    def resolve(host: str, port: Any, *args: Any, **kwargs: Any) -> Any:
        if host not in answers:
            return RESOLVE(host, port, *args, **kwargs)
        now = answers[host].pop(0) if len(answers[host]) > 1 else answers[host][0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in now]

    judged = egress._may_reach
    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    public = (OUTSIDE, OUTSIDE_TOO)
    monkeypatch.setattr(egress, "_may_reach", lambda address, host: str(address) in public or judged(address, host))
    return answers


def test_an_address_that_is_configured_is_reached_and_nothing_beside_it(rail: Rail) -> None:
    other = Rail("127.0.0.1")
    with egress.client(f"http://127.0.0.1:{rail.port}", timeout=5) as http:
        assert http.get("/v1/bills").json() == {}
        for elsewhere in (f"http://127.0.0.1:{other.port}/", f"http://127.0.0.3:{rail.port}/", "https://ramp.example/"):
            with pytest.raises(EgressRefused, match="not a host of this connection"):
                http.get(elsewhere)
    assert rail.got == [("/v1/bills", f"127.0.0.1:{rail.port}")] and other.got == []
    other.close()


def test_a_redirect_is_an_answer_and_is_not_followed(rail: Rail) -> None:
    with egress.client(f"http://127.0.0.1:{rail.port}", timeout=5) as http:
        assert http.get("/away").status_code == 302
        with pytest.raises(EgressRefused):
            http.get("/away", follow_redirects=True)
    assert [path for path, _ in rail.got] == ["/away", "/away"]


SPELLINGS = [
    "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "127.0.0.1.", "[::ffff:127.0.0.1]", "[::1]", "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]", "169.254.169.254", "[fe80::1]", "0.0.0.0", "[::]", "224.0.0.1", "240.0.0.1",
]  # fmt: skip


@pytest.mark.parametrize("host", SPELLINGS)
def test_no_spelling_of_an_inner_address_passes(rail: Rail, host: str) -> None:
    refused = False
    try:
        with egress.client(f"https://{host}:{rail.port}", timeout=2) as http:
            http.get("/")
    except (EgressRefused, Invalid):
        refused = True
    except httpx.ConnectError as error:
        # No TLS server there, or the resolver knows no such spelling: either way nothing was read.
        refused = host == "[::1]" or "has no address" in str(error)
    assert refused and rail.got == []


@pytest.mark.parametrize(
    "url", ["http://api.ramp.com", "http://8.8.8.8", "http://169.254.169.254", "file:///etc/passwd", "ftp://x", "//x"]
)
def test_a_configuration_that_would_leak_is_refused_at_the_start(url: str) -> None:
    with pytest.raises(Invalid, match="in the clear|no web address"):
        egress.client(url, timeout=1)


@pytest.mark.parametrize(
    "inner", ["127.0.0.1", "10.0.0.7", "192.168.1.1", "172.16.9.9", "100.64.0.1", "169.254.169.254"]
)
def test_a_name_that_points_inside_is_refused(names: dict[str, list[list[str]]], inner: str) -> None:
    names["ramp.example"] = [[OUTSIDE, inner]]
    with egress.client("https://ramp.example", timeout=2) as http, pytest.raises(EgressRefused, match=inner):
        http.get("/")


def _certified(folder: Path, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """(server's, client's) contexts of a certificate for one name."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    pem, secret = folder / "cert.pem", folder / "key.pem"
    pem.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))  # fmt: skip
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(pem, secret)
    return server, ssl.create_default_context(cafile=str(pem))


def test_what_was_judged_is_what_is_connected_to(tmp_path: Path, names: dict[str, list[list[str]]]) -> None:
    served, trusted = _certified(tmp_path, "ramp.example")
    rail, inner = Rail(OUTSIDE, served), Rail("127.0.0.1", served)
    # The name server changes its mind at once: whoever asked twice would connect inside.
    names["ramp.example"] = [[OUTSIDE], ["127.0.0.1"]]
    with egress.client(f"https://ramp.example:{rail.port}", timeout=5, verify=trusted) as http:
        assert http.get("/first").status_code == 200
        with pytest.raises(EgressRefused, match="points at 127.0.0.1"):
            http.get("/second")
    assert rail.got == [("/first", f"ramp.example:{rail.port}")] and inner.got == []
    rail.close()
    inner.close()


def test_the_certificate_is_the_names_and_not_the_addresses(tmp_path: Path, names: dict[str, list[list[str]]]) -> None:
    served, trusted = _certified(tmp_path, "somebody-else.example")
    rail = Rail(OUTSIDE, served)
    names["ramp.example"] = [[OUTSIDE]]
    http = egress.client(f"https://ramp.example:{rail.port}", timeout=5, verify=trusted)
    with http, pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        http.get("/")
    assert rail.got == []
    rail.close()


def test_an_address_that_is_down_gives_way_to_the_next(tmp_path: Path, names: dict[str, list[list[str]]]) -> None:
    served, trusted = _certified(tmp_path, "ramp.example")
    rail = Rail(OUTSIDE, served)
    names["ramp.example"] = [[OUTSIDE_TOO, OUTSIDE]]
    with egress.client(f"https://ramp.example:{rail.port}", timeout=5, verify=trusted) as http:
        assert [http.get("/").status_code for _ in range(2)] == [200, 200]
    rail.close()
    http = egress.client(f"https://ramp.example:{rail.port}", timeout=5, verify=trusted)
    with http, pytest.raises(httpx.ConnectError):
        http.get("/")


def test_what_is_refused_here_was_never_sent() -> None:
    assert judge_failure(EgressRefused("no")).wire is Wire.NEVER_SENT


RAMP = "api.ramp.com"


@pytest.mark.parametrize(
    ("address", "host", "may"),
    [
        ("8.8.8.8", RAMP, True), ("2606:4700::1111", RAMP, True), ("::ffff:8.8.8.8", RAMP, True),
        ("10.1.2.3", "10.1.2.3", True), ("10.1.2.4", "10.1.2.3", False), ("127.0.0.1", "localhost", True),
        ("10.1.2.3", "localhost", False), ("fd00::1", "fd00::1", True), ("fd00::1", RAMP, False),
        ("2001:0:7f00:1::80ff:fffe", RAMP, False), ("ff0e::1", RAMP, False),
    ],
)  # fmt: skip
def test_which_addresses_count_as_outside(address: str, host: str, may: bool) -> None:
    assert egress._may_reach(ipaddress.ip_address(address), host) is may


def test_the_executor_has_no_other_way_out() -> None:
    """Whatever opens a connection of its own stands here by name."""
    doors = {"execution/egress.py", "execution/clock.py"}  # The clock asks the sandbox, and carries nothing.
    found = set()
    for file in sorted((ROOT / "execution").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                called = ast.unparse(node.func)
                opens = ("httpx.Client", "httpx.AsyncClient", "httpx.HTTPTransport", "httpx.request", "httpx.stream")
                verbs = tuple(f"httpx.{verb}" for verb in ("get", "post", "put", "patch", "delete", "head"))
                if called in opens + verbs or called.startswith(("urllib.request.", "http.client.", "socket.create_c")):
                    found.add(str(file.relative_to(ROOT)))
    assert found == doors

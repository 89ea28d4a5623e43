"""Ramp, bank and QBO over real HTTP in a process of their own, with books that outlive every kill.

Ramp has no idempotency here either: two POSTs with one reference are two bills. What happens to the next request that
could move money is `fault`, one of FAULTS. Bills pay by the clock that the bed moves; the bank shows them then.
"""

from __future__ import annotations

import json
import os
import socket
import struct
import threading
import time
import uuid
from datetime import date, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

ERROR = {"error_v2": {"error_code": "DEVELOPER_7001", "message": "no", "notes": "", "additional_info": {}}}
STATUS_WITH_ERROR = {f"{code}": code for code in (400, 401, 403, 404, 422, 429)}
# Name → (is the bill made, the answer). What the answer is not, is silence.
FAULTS: tuple[str, ...] = (
    "none", "no-id", "cut", "foreign", *STATUS_WITH_ERROR, "422-foreign", "429-foreign", "200-foreign", "500-before",
    "500-after", "502-after", "503-before", "504-after", "302", "timeout-before", "timeout-after", "reset-before",
    "reset-after", "connect", "late", "late-past-window", "lag", "drip",
)  # fmt: skip
# The second lands after the quiet window and after it was sent again: nobody can rule that out, so it must be found.
LATE = {"late": timedelta(minutes=20), "late-past-window": timedelta(seconds=4050)}
LAG = timedelta(minutes=2)
HANG_SECONDS = 0.6  # The bed waits 0.25 s for an answer.


class Books:
    """What Ramp and the bank hold. All instants are the bed's."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.reset({"now": "2026-11-24T15:00:00+00:00"})

    def reset(self, case: dict[str, Any]) -> None:
        """A new case: empty books, one fault to come."""
        self.now = datetime.fromisoformat(case["now"])
        self.fault: str = case.get("fault", "none")
        self.rows: list[dict[str, Any]] = []
        self.posts: list[dict[str, Any]] = []
        self.archives = 0
        self.to_land: list[tuple[datetime, bool, dict[str, Any]]] = []

    def move(self, now: datetime) -> None:
        """Time passes: late effects land, drafts are approved, payments leave and arrive."""
        self.now = max(self.now, now)
        for at, is_draft, given in [one for one in self.to_land if one[0] <= self.now]:
            self.to_land.remove((at, is_draft, given))
            self.make(given, is_draft, at)
        for row in list(self.rows):
            if row["kind"] == "draft" and not row["spent"] and self.now >= row["made_at"] + timedelta(hours=20):
                row["spent"] = True
                bill = self.make(row["given"], False, self.now)
                bill["draft_bill_id"] = row["id"]

    def make(self, given: dict[str, Any], is_draft: bool, at: datetime) -> dict[str, Any]:
        """A bill or draft comes to be."""
        details = given.get("payment_details") or {}
        arrival = date.fromisoformat(details.get("payment_arrival_date") or str(at.date() + timedelta(days=4)))
        row = {"id": str(uuid.uuid4()), "kind": "draft" if is_draft else "bill", "given": given, "made_at": at,
               "arrival": arrival, "archived_at": None, "spent": False, "draft_bill_id": None,
               "shown_from": at}  # fmt: skip
        self.rows.append(row)
        return row

    def status(self, row: dict[str, Any]) -> str:
        """How far a bill's payment is."""
        if row["archived_at"] is not None:
            return "ARCHIVED"
        if self.now.date() >= row["arrival"]:
            return "PAYMENT_COMPLETED"
        return "PAYMENT_PROCESSING" if self.now.date() >= row["arrival"] - timedelta(days=1) else "PAYMENT_SCHEDULED"

    def paid(self) -> list[dict[str, Any]]:
        """Bills whose money left."""
        return [r for r in self.rows if r["kind"] == "bill" and self.status(r) == "PAYMENT_COMPLETED"]

    def shown(self, row: dict[str, Any]) -> dict[str, Any]:
        """A row as Ramp's API gives it."""
        given = row["given"]
        minor = round(float(given["line_items"][0]["amount"]) * 100)
        body = {"id": row["id"], "remote_id": given.get("remote_id"), "vendor": {"id": given["vendor_id"]},
                "invoice_number": given["invoice_number"], "amount": {"amount": minor, "currency_code": "USD"},
                "archived_at": row["archived_at"], "draft_bill_id": row["draft_bill_id"],
                "created_at": row["made_at"].isoformat(), "memo": given.get("memo")}  # fmt: skip
        if row["kind"] == "draft":
            return {**body, "status": "DRAFT"}
        day = row["arrival"] - timedelta(days=1)
        details = {"source_bank_account_id": "b1", "vendor_account_id": "account-v1"}
        return {**body, "status_summary": self.status(row),
                "payment": {"payment_date": day.isoformat(), "trace_id": None, "details": details}}  # fmt: skip

    def answer(self) -> dict[str, Any]:
        """Everything that a judge wants to know."""
        return {"now": self.now.isoformat(), "posts": len(self.posts), "archives": self.archives,
                "paid": len(self.paid()),
                "standing": [[r["kind"], r["id"], r["given"]["remote_id"], self.status(r)] for r in self.rows
                             if not (r["kind"] == "draft" and r["spent"])],
                "bank": [{"posting_id": f"post-{r['id'][:8]}", "remote_id": r["given"]["remote_id"],
                          "day": r["arrival"].isoformat()} for r in self.paid()]}  # fmt: skip


class Handler(BaseHTTPRequestHandler):
    """One connection; kept alive between requests, as Ramp does."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # Head and body leave together: apart, each answer waits 40 ms for the other side's ACK.
    disable_nagle_algorithm = True
    books: Books
    ramp: Ramp

    def log_message(self, *args: Any) -> None:
        """Nothing: a run makes a hundred thousand requests."""

    def _say(self, status: int, body: Any, *, length: int | None = None, keep: bool = True) -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response_only(status)
        self.send_header("date", format_datetime(self.books.now, usegmt=True))
        self.send_header("content-length", str(len(data) if length is None else length))
        if status == 302:
            self.send_header("location", "https://elsewhere.example/")
        if not keep:
            self.send_header("connection", "close")
            self.close_connection = True
        self.end_headers()
        self.wfile.write(data)

    def _cut(self, reset: bool = False) -> None:
        self.close_connection = True
        if reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        # Shut down before close: other references to the socket would keep it open.
        self.wfile.flush()
        self.connection.close()

    def do_GET(self) -> None:
        url, b = urlsplit(self.path), self.books
        query = {k: v[0] for k, v in parse_qs(url.query).items()}
        path = url.path.removeprefix("/developer/v1")
        with b.lock:
            if path.startswith("/v3/company"):
                bill = {"Id": path.rsplit("/", 1)[-1], "SyncToken": "0", "Balance": 900.00,
                        "CurrencyRef": {"value": "USD"}}  # fmt: skip
                return self._say(200, {"Bill": bill})
            if path.startswith("/vendors/"):
                vendor = path.split("/")[2]
                if path.endswith("/accounts"):
                    account = {"id": f"account-{vendor}", "payment_method": "ACH", "is_default": True}
                    return self._say(200, {"data": [account], "page": {"next": None}})
                if path.endswith("/contacts"):
                    self._say(200, {"data": [{"id": "c1"}], "page": {"next": None}}, keep=b.fault != "connect")
                    if b.fault == "connect":
                        b.fault = "none"
                        self.ramp.goes_away()
                    return None
                return self._say(200, {"id": vendor, "is_active": True})
            return self._bills(path, query)

    def _bills(self, path: str, query: dict[str, str]) -> None:
        b, kind = self.books, "draft" if path.startswith("/bills/drafts") else "bill"
        rows = [r for r in b.rows if r["kind"] == kind and not (kind == "draft" and r["spent"])]
        tail = path.rsplit("/", 1)[-1]
        if tail not in ("bills", "drafts"):
            found = [r for r in rows if r["id"] == tail]
            return self._say(200, b.shown(found[0])) if found else self._say(404, ERROR)
        wanted = query.get("is_archived") == "true"
        shown = [b.shown(r) for r in rows if r["shown_from"] <= b.now and (r["archived_at"] is not None) == wanted]
        for name in ("remote_id", "draft_bill_id", "invoice_number"):
            shown = [r for r in shown if name not in query or r.get(name) == query[name]]
        self._say(200, {"data": shown, "page": {"next": None}})

    def do_DELETE(self) -> None:
        b = self.books
        with b.lock:
            found = [r for r in b.rows if r["kind"] == "bill" and self.path.endswith(r["id"])]
            if not found or b.status(found[0]) == "PAYMENT_COMPLETED":
                return self._say(422 if found else 404, ERROR)
            found[0]["archived_at"] = b.now.isoformat()
            b.archives += 1
            return self._say(200, b.shown(found[0]))

    def do_POST(self) -> None:
        b, path = self.books, urlsplit(self.path).path
        if path.endswith(("/bills", "/drafts")) and b.fault == "reset-before":
            b.fault = "none"
            return self._cut(reset=True)
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        if path.startswith("/_"):
            return self._told(path, json.loads(body))
        if path.endswith(("/token", "/bearer")):
            return self._say(200, {"access_token": "tok", "expires_in": 86400, "refresh_token": "r2"})
        if path.endswith("/accounts/balance/get"):
            balances = {"available": 50_000.00, "current": 50_000.00, "iso_currency_code": "USD"}
            return self._say(200, {"accounts": [{"account_id": "acc", "balances": balances}]})
        if path.endswith("/submit"):
            return self._say(200, {})
        with b.lock:
            fault, b.fault = b.fault, "none"
            given, is_draft = json.loads(body), path.endswith("/drafts")
            b.posts.append(given)
        return self._faulty(fault, given, is_draft)

    def _told(self, path: str, body: dict[str, Any]) -> None:
        with self.books.lock:
            if path == "/_case":
                self.books.reset(body)
            self.books.move(datetime.fromisoformat(body["now"]))
            self.ramp.is_back()
            self._say(200, self.books.answer())

    def _faulty(self, fault: str, given: dict[str, Any], is_draft: bool) -> None:
        b = self.books
        if fault in STATUS_WITH_ERROR:
            return self._say(STATUS_WITH_ERROR[fault], ERROR)
        if fault in ("422-foreign", "429-foreign", "200-foreign"):
            return self._say(int(fault[:3]), b"<html>a proxy speaks</html>")
        if fault == "302":
            return self._say(302, b"")
        if fault in ("500-before", "503-before"):
            return self._say(int(fault[:3]), b"down")
        if fault in LATE:
            with b.lock:
                b.to_land.append((b.now + LATE[fault], is_draft, given))
            time.sleep(HANG_SECONDS)
            return self._cut()
        if fault == "timeout-before":
            time.sleep(HANG_SECONDS)
            return self._cut()
        with b.lock:
            row = b.make(given, is_draft, b.now)
            shown = b.shown(row)
            if fault == "lag":
                row["shown_from"] = b.now + LAG
        if fault in ("timeout-after", "lag"):
            time.sleep(HANG_SECONDS)
            return self._cut()
        if fault == "reset-after":
            return self._cut(reset=True)
        if fault in ("500-after", "502-after", "504-after"):
            return self._say(int(fault[:3]), b"upstream")
        if fault == "no-id":
            return self._say(201, {"status": "ok"})
        if fault == "foreign":
            return self._say(201, b"<html>created</html>")
        if fault == "cut":
            data = json.dumps(shown).encode()
            self._say(201, data[: len(data) // 2], length=len(data))
            return self._cut()
        if fault == "drip":
            self.send_response_only(201)
            self.send_header("content-length", "100")
            self.end_headers()
            self.wfile.write(b"{")
            self.wfile.flush()
            time.sleep(HANG_SECONDS)
            return self._cut()
        return self._say(201, shown)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A killed worker leaves broken connections behind; that is the point."""


class Ramp:
    """The listening side of Ramp, which may go away so that a connection is refused."""

    def __init__(self, books: Books) -> None:
        self.handler = type("H", (Handler,), {"books": books, "ramp": self})
        self.server: _Server | None = _Server(("127.0.0.1", 0), self.handler)
        self.port = self.server.server_port
        self._serve()

    def _serve(self) -> None:
        assert self.server is not None
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def goes_away(self) -> None:
        """Nobody listens any more; called from a request, so the port is closed beside it."""
        if self.server is not None:
            self.server.socket.close()
            threading.Thread(target=self.server.shutdown, daemon=True).start()
            self.server = None

    def is_back(self) -> None:
        """Listens again on the same port."""
        if self.server is None:
            self.server = _Server(("127.0.0.1", self.port), self.handler)
            self._serve()


class Rails:
    """The rails' process. `desk_url` is bank, QBO and the bed's own door; `ramp_url` is Ramp."""

    def __init__(self) -> None:
        inbox, outbox = os.pipe()
        alive, self._lifeline = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(inbox)
            os.close(self._lifeline)
            books = Books()
            ramp, desk = Ramp(books), Ramp(books)
            desk.handler.ramp = ramp  # type: ignore[attr-defined]
            os.write(outbox, f"{ramp.port} {desk.port}".encode())
            os.close(outbox)
            os.read(alive, 1)  # Until whoever started it is gone, however it went.
            os._exit(0)
        os.close(outbox)
        os.close(alive)
        ports = os.read(inbox, 100).decode().split()
        os.close(inbox)
        self.desk_port = int(ports[1])
        self.ramp_url, self.desk_url = (f"http://127.0.0.1:{port}" for port in ports)

    def stop(self) -> None:
        """End the process."""
        os.close(self._lifeline)
        os.waitpid(self.pid, 0)

"""The two documents served beside the pages: the dbt docs of the snapshot and the audit log as CSV.

These routes do not pass through a page run, so each asks for the session itself.
"""

from __future__ import annotations

import json
import os
from datetime import date
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.components.exports import as_csv
from app.identity.plane import plane
from app.identity.tickets import COOKIE, TICKETS
from app.queries.snapshot import NoSnapshot, current
from app.settings import Settings

# The dbt docs page is one file with its scripts inside; it may run them and reach nothing else.
DOCS_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; "
    "img-src data:; font-src data:; connect-src data:; frame-ancestors 'self'; base-uri 'none'; form-action 'none'"
)
AUDIT_COLUMNS = (
    "seq",
    "at",
    "actor_name",
    "actor_role",
    "action",
    "subject_kind",
    "subject_id",
    "from_state",
    "to_state",
    "inputs",
    "hash",
)
EXPORT_ROWS = 10_000


class SecurityHeaders:
    """Adds the headers that every answer of the console carries."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on and adds headers to the start of its answer."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = message.setdefault("headers", [])
                present = {name.lower() for name, _ in headers}
                for name, value in (
                    (b"x-content-type-options", b"nosniff"),
                    (b"referrer-policy", b"same-origin"),
                    (b"x-frame-options", b"SAMEORIGIN"),
                    (b"content-security-policy", b"frame-ancestors 'self'; object-src 'none'; base-uri 'self'"),
                ):
                    if name not in present:
                        headers.append((name, value))
            await send(message)

        await self._app(scope, receive, with_headers if scope["type"] == "http" else send)


def audit_csv(events: list[Any]) -> str:
    """Audit events as CSV text, one line per event, the newest first as given."""

    def line(event: Any) -> list[Any]:
        told = {"at": event.at.isoformat(), "inputs": json.dumps(event.inputs, sort_keys=True, default=str)}
        return [told[c] if c in told else getattr(event, c) for c in AUDIT_COLUMNS]

    return as_csv(AUDIT_COLUMNS, map(line, events))


def _principal(request: Request) -> Any | None:
    from execution.errors import Unauthenticated

    token = request.cookies.get(COOKIE)
    if not token:
        return None
    try:
        return plane().people.principal_for(token)
    except Unauthenticated:
        return None


def _sign_in_first() -> Response:
    return PlainTextResponse("Sign in to the console first, then reload this page.", status_code=401)


async def keep_session(request: Request) -> Response:
    """POST /session/keep: trades a one-time ticket for the session cookie."""
    origin = request.headers.get("origin")
    if origin and origin.split("://", 1)[-1] != request.headers.get("host"):
        return PlainTextResponse("A ticket is traded by the console's own page only.", status_code=403)
    ticket = (await request.body())[:200].decode("ascii", "replace")
    token = TICKETS.redeem(ticket)
    if token is None:
        return PlainTextResponse("This ticket was used or is too old; sign in again.", status_code=403)
    answer = Response(status_code=204)
    answer.set_cookie(COOKIE, token, httponly=True, samesite="strict", secure=request.url.scheme == "https", path="/")
    return answer


async def lineage_docs(request: Request) -> Response:
    """GET /evidence/lineage: the dbt docs of the principal's current snapshot."""
    principal = await run_in_threadpool(_principal, request)
    if principal is None:
        return _sign_in_first()
    if principal.role == "client_owner":
        return PlainTextResponse("The data's lineage is for the firm's people.", status_code=403)
    try:
        page = current(Settings.from_env(os.environ).published, principal.advisor_id).folder / "dbt_docs.html"
        body = await run_in_threadpool(page.read_bytes)
    except (NoSnapshot, FileNotFoundError):
        return PlainTextResponse("This snapshot came without dbt docs; publish again.", status_code=404)
    headers = {"content-security-policy": DOCS_POLICY, "cache-control": "private, max-age=300"}
    return Response(body, media_type="text/html", headers=headers)


async def audit_export(request: Request) -> Response:
    """GET /evidence/audit.csv: the audit events that the principal may read."""
    from execution.errors import Forbidden

    principal = await run_in_threadpool(_principal, request)
    if principal is None:
        return _sign_in_first()
    client_id = request.query_params.get("client") or None

    def events() -> list[Any]:
        return list(plane().audit.events(principal, client_id=client_id, limit=EXPORT_ROWS))

    try:
        body = audit_csv(await run_in_threadpool(events))
    except Forbidden as refused:
        return PlainTextResponse(str(refused), status_code=403)
    headers = {"content-disposition": 'attachment; filename="audit.csv"', "cache-control": "no-store"}
    return Response(body, media_type="text/csv", headers=headers)


async def audit_pack(request: Request) -> Response:
    """GET /evidence/audit.zip?payout=…|from=…&to=…: an evidence pack of everything, of one payout, or of a period."""
    from execution.errors import Conflict, Forbidden, Invalid, NotFound

    principal = await run_in_threadpool(_principal, request)
    if principal is None:
        return _sign_in_first()
    asked = request.query_params
    payout_id = asked.get("payout") or None

    def made() -> bytes:
        since, until = _day(asked.get("from")), _day(asked.get("to"))
        return plane().audit.export(principal, payout_id=payout_id, since=since, until=until)

    status = {Forbidden: 403, NotFound: 404, Invalid: 422, Conflict: 409}
    try:
        body = await run_in_threadpool(made)
    except tuple(status) as refused:
        code = next(code for kind, code in status.items() if isinstance(refused, kind))
        return PlainTextResponse(str(refused), status_code=code)
    name = f"evidence-{payout_id[:8]}.zip" if payout_id else "evidence.zip"
    headers = {"content-disposition": f'attachment; filename="{_plain_name(name)}"', "cache-control": "no-store"}
    return Response(body, media_type="application/zip", headers=headers)


def _day(text: str | None) -> date | None:
    from execution.errors import Invalid

    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise Invalid(f"{(text or '')[:40]!r} is no day; write it as 2026-11-24") from error


def _plain_name(name: str) -> str:
    """A file name that cannot leave its header."""
    return "".join(letter for letter in name if letter.isascii() and (letter.isalnum() or letter in "-."))


ROUTES = [
    Route("/session/keep", keep_session, methods=["POST"]),
    Route("/evidence/lineage", lineage_docs, methods=["GET"]),
    Route("/evidence/audit.csv", audit_export, methods=["GET"]),
    Route("/evidence/audit.zip", audit_pack, methods=["GET"]),
]

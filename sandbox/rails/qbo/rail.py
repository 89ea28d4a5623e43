"""QBO over HTTP: routes, errors in QBO's Fault shape, limits per realm."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

from sandbox.rails.asgi import error_reply, new_id
from sandbox.rails.clients import Directory
from sandbox.rails.http import Refusal, Reply, Request, Route, Routes, dump
from sandbox.rails.limits import RollingLimit
from sandbox.rails.qbo import reports
from sandbox.rails.qbo.books import Books, seconds
from sandbox.rails.qbo.journal import Journals
from sandbox.rails.qbo.oauth import QboOAuth
from sandbox.rails.qbo.query import ENTITIES, BadQuery, parse
from sandbox.rails.store import WorldStore
from sandbox.rails.tokens import TokenMint

_PACIFIC = ZoneInfo("America/Los_Angeles")
_BY_PATH = {entity.lower(): entity for entity in ENTITIES}
_CDC_SECONDS_MAX = 30 * 86_400
_CDC_OBJECTS_MAX = 1000


class QboRail:
    """The QBO rail; see `sandbox.rails.asgi.Rail` for what each method is for."""

    name = "qbo"

    def __init__(self, store: WorldStore, directory: Directory, mint: TokenMint) -> None:
        self._store = store
        self._directory = directory
        self._oauth = QboOAuth(store, directory, mint)
        self._books = Books(store)
        self._journals = Journals(store)
        self._per_second = RollingLimit(10, 1.0)
        self._per_minute = RollingLimit(500, 60.0)
        base = "/v3/company/{realm}"
        self.routes = Routes(
            [
                Route("POST", "/oauth2/v1/tokens/bearer", self._oauth.token, "none"),
                Route("GET", f"{base}/query", self.query),
                Route("POST", f"{base}/query", self.query),
                Route("GET", f"{base}/cdc", self.cdc),
                Route("GET", f"{base}/reports/{{name}}", self.report),
                Route("GET", f"{base}/companyinfo/{{id}}", self.company),
                Route("GET", f"{base}/{{entity}}/{{id}}", self.read_one),
            ]
        )

    def identify(self, request: Request) -> None:
        """By realm in the path; the token endpoint by the refresh token."""
        realm = request.path_values.get("realm")
        if realm is not None:
            request.client_key = self._directory.by_realm.get(realm)
        elif request.method == "POST" and request.path.startswith("/oauth2/"):
            request.client_key = self._oauth.holder(request.form().get("refresh_token", ""))

    def held_back(self, request: Request) -> Reply | None:
        """10 requests a second and 500 a minute per realm."""
        realm = request.path_values.get("realm")
        if realm is None or (self._per_second.admits(realm) and self._per_minute.admits(realm)):
            return None
        return self.failure("throttled", request)

    def authorize(self, request: Request, scope: str | None) -> None:
        """A live bearer token of this very realm."""
        if scope == "none":
            return
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        holder = self._oauth.client_of(token, request.now)
        if holder is None:
            raise Refusal(self.failure("token_revoked", request))
        if request.client_key is None or holder != request.client_key:
            raise Refusal(
                fault(request, 403, "AuthorizationFault", "120", "Authorization Failure", "realm does not match token")
            )

    def failure(self, kind: str, request: Request) -> Reply:
        """401 (or invalid_grant at the token endpoint), 429, 500."""
        if kind == "token_revoked":
            if request.path.startswith("/oauth2/"):
                return error_reply(400, {"error": "invalid_grant", "error_description": "Token invalid"})
            return fault(
                request, 401, "AuthenticationFault", "3200", "message=AuthenticationFailed", "Token expired or revoked"
            )
        if kind == "throttled":
            return fault(
                request, 429, "ThrottlingFault", "3001", "ThrottleExceeded", "The request limit was reached for the app"
            )
        return fault(request, 500, "SystemFault", "10000", "An application error has occurred", "Try again later")

    def unknown_route(self, request: Request, known_path: bool) -> Reply:
        """QBO answers writes and unknown operations alike: not supported here."""
        status = 400 if request.path.startswith("/v3/") else 404
        return fault(request, status, "ValidationFault", "500", "Unsupported Operation", "Operation is not supported.")

    def standing_headers(self, reply: Reply) -> dict[str, str]:
        """The trace id that Intuit's support asks for."""
        return {"intuit_tid": f"1-{new_id()}"}

    def query(self, request: Request) -> Reply:
        """select over one entity, up to 1000 rows a page."""
        text = self._query_text(request)
        try:
            query = parse(text)
            rows = self._books.select(str(request.client_key), query, request.now)
        except BadQuery as error:
            raise Refusal(fault(request, 400, "ValidationFault", "4000", "Error parsing query", str(error))) from error
        time = _time(request.now)
        if query.is_count:
            return Reply(200, dump({"QueryResponse": {"totalCount": len(rows)}, "time": time}))
        page = rows[query.start - 1 : query.start - 1 + query.size]
        if not page:
            return Reply(200, dump({"QueryResponse": {}, "time": time}))
        bodies = self._store.bodies(
            "qbo", str(request.client_key), query.entity, [(key, row.version) for key, row in page]
        )
        head = f'{{"QueryResponse":{{"{query.entity}":['.encode()
        tail = f'],"startPosition":{query.start},"maxResults":{len(page)}}},"time":"{time}"}}'.encode()
        return Reply(200, b"".join((head, b",".join(bodies), tail)))

    @staticmethod
    def _query_text(request: Request) -> str:
        text = request.one("query")
        if text is None and request.method == "POST":
            body = request.body.decode("utf-8", "replace")
            form = request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
            text = parse_qs(body).get("query", [""])[-1] if form else body
        return text or ""

    def cdc(self, request: Request) -> Reply:
        """Objects changed since an instant, deletions included; at most 1000 and 30 days back."""
        names = [name.strip() for name in (request.one("entities") or "").split(",") if name.strip()]
        try:
            since = seconds(request.one("changedSince") or "")
        except BadQuery as error:
            raise Refusal(_invalid(request, "changedSince", str(error))) from error
        unknown = [name for name in names if name not in ENTITIES]
        if unknown or not names:
            raise Refusal(_invalid(request, "entities", f"unsupported entities {unknown or '(none)'}"))
        if since < request.now - _CDC_SECONDS_MAX:
            raise Refusal(_invalid(request, "changedSince", "changedSince must be within the last 30 days"))
        client_key = str(request.client_key)
        found: list[tuple[int, int, str, Any]] = []
        for position, name in enumerate(names):
            index = self._store.index("qbo", client_key, name, request.now)
            for key, past in index.history.items():
                last = past[-1]
                touched = last.visible_at if last.is_deleted else last.mark.updated_at
                if touched >= since:
                    found.append((touched, position, key, last))
        found.sort(key=lambda row: row[:3])
        groups: list[list[bytes]] = [[] for _ in names]
        for touched, position, key, last in found[:_CDC_OBJECTS_MAX]:
            name = names[position]
            if last.is_deleted:
                stub = {"Id": key, "status": "Deleted", "domain": "QBO"}
                groups[position].append(dump({**stub, "MetaData": {"LastUpdatedTime": _pacific(touched)}}))
            else:
                groups[position].append(self._store.body("qbo", client_key, name, key, last.version))
        parts = [
            b'{"%s":[%s],"startPosition":1,"maxResults":%d}' % (name.encode(), b",".join(bodies), len(bodies))
            if bodies
            else b"{}"
            for name, bodies in zip(names, groups, strict=True)
        ]
        time = _time(request.now).encode()
        return Reply(200, b'{"CDCResponse":[{"QueryResponse":[%s]}],"time":"%s"}' % (b",".join(parts), time))

    def report(self, request: Request) -> Reply:
        """A report drawn from all entries that the books hold at this second."""
        key = str(request.client_key)
        names = ("start_date", "end_date", "columns", "accounting_method", "summarize_column_by")
        given = {name: text for name in names if (text := request.one(name))}
        zone = ZoneInfo(str(self._directory.clients[key].profile.get("time_zone", "America/Los_Angeles")))
        today = datetime.fromtimestamp(request.now, UTC).astimezone(zone).date()
        books = reports.Books(self._journals.accounts(key, request.now), self._journals.lines(key, request.now))
        try:
            body = reports.draw(request.path_values["name"], books, given, today)
        except reports.BadReport as error:
            raise Refusal(_invalid(request, "report", str(error))) from error
        body["Header"] = {"Time": _seconds_time(request.now), **body["Header"]}
        return Reply(200, dump(body))

    def company(self, request: Request) -> Reply:
        """The company behind the realm, whatever its own Id is."""
        index = self._store.index("qbo", str(request.client_key), "CompanyInfo", request.now)
        for key, row in index.current():
            body = self._store.body("qbo", str(request.client_key), "CompanyInfo", key, row.version)
            return _single("CompanyInfo", body, request.now)
        raise Refusal(_not_found(request, "CompanyInfo", request.path_values["id"]))

    def read_one(self, request: Request) -> Reply:
        """One object by id; inactive and deleted ones answer 610."""
        entity = _BY_PATH.get(request.path_values["entity"])
        if entity is None:
            raise Refusal(self.unknown_route(request, True))
        object_id = request.path_values["id"]
        body = self._store.shown("qbo", str(request.client_key), entity, object_id, request.now)
        if body is None:
            raise Refusal(_not_found(request, entity, object_id))
        return _single(entity, body, request.now)


def _single(entity: str, body: bytes, now: int) -> Reply:
    return Reply(200, b'{"%s":%s,"time":"%s"}' % (entity.encode(), body, _time(now).encode()))


def _pacific(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).astimezone(_PACIFIC).isoformat()


def _seconds_time(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).astimezone(_PACIFIC).isoformat(timespec="seconds")


def _time(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).astimezone(_PACIFIC).isoformat(timespec="milliseconds")


def fault(request: Request, status: int, kind: str, code: str, message: str, detail: str) -> Reply:
    """A QBO error answer."""
    error = {"Message": message, "Detail": detail, "code": code}
    return error_reply(status, {"Fault": {"Error": [error], "type": kind}, "time": _time(request.now)})


def _invalid(request: Request, element: str, detail: str) -> Reply:
    error = {"Message": "Invalid parameter", "Detail": detail, "code": "2050", "element": element}
    return error_reply(400, {"Fault": {"Error": [error], "type": "ValidationFault"}, "time": _time(request.now)})


def _not_found(request: Request, entity: str, object_id: str) -> Reply:
    detail = f"Object Not Found : {entity} {object_id}: something you're trying to use has been made inactive."
    return fault(request, 400, "ValidationFault", "610", "Object Not Found", detail)

"""A QBO client that can read and nothing else.

QBO has no read-only scope: the token that reads bills could also write them. So this class offers
`query` (POST /query, a read), `changes` (GET /cdc), `ledger` (GET of one report) and no way to name another path or
method.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from time import monotonic
from typing import Any

import httpx

from ingestion.connections import Connection, TokenStore
from ingestion.errors import Forbidden, Malformed, RailDown, Rejected, Throttled, TokenRevoked
from ingestion.qbo.settings import QboSettings
from ingestion.transport import TIMEOUT, Line, parse_object, rows_of

Row = dict[str, Any]
# The cells that a tie-out needs; a report's size is counted in cells.
_LEDGER_COLUMNS = "tx_date,txn_type,debt_amt,credit_amt,rbal_nat_amount"


@dataclass
class _Access:
    """An access token in memory, and until when (monotonic seconds) it is surely good."""

    token: str
    good_until: float


_access: dict[tuple[str, str], _Access] = {}
_access_locks: dict[tuple[str, str], threading.Lock] = {}
_guard = threading.Lock()


class QboConnection:
    """One realm, read only."""

    def __init__(self, connection: Connection, tokens: TokenStore, line: Line, settings: QboSettings) -> None:
        self._connection, self._tokens, self._line, self._settings = connection, tokens, line, settings
        self._http = httpx.Client(timeout=TIMEOUT, headers={"accept": "application/json"})
        self._key = (settings.token_url, connection.external_account_id)
        with _guard:
            self._lock = _access_locks.setdefault(self._key, threading.Lock())

    def close(self) -> None:
        """Give the sockets back."""
        self._http.close()

    def query(self, entity: str, where: str = "") -> Iterator[tuple[list[Row], str]]:
        """Pages of an entity's records in order of Id, each with the answer's own time."""
        start = 1
        while True:
            text = (
                f"select * from {entity}{' where ' + where if where else ''} orderby Id "
                f"startposition {start} maxresults {self._settings.page_rows}"
            )
            answer = self._ask("POST", "query", content=text)
            block = answer.get("QueryResponse")
            if not isinstance(block, dict):
                raise Malformed(f"query {entity}: the answer has no QueryResponse, only {sorted(answer)}")
            rows = rows_of(block.get(entity, []), f"query {entity}")
            yield rows, _time_of(answer)
            if len(rows) < self._settings.page_rows:
                return
            start += len(rows)

    def changes(self, entities: Sequence[str], since: datetime) -> tuple[dict[str, list[Row]], str]:
        """What changed since an instant, deletions included, and the answer's own time."""
        asked = {"entities": ",".join(entities), "changedSince": since.isoformat(timespec="seconds")}
        answer = self._ask("GET", "cdc", params=asked)
        found: dict[str, list[Row]] = {}
        for response in rows_of(answer.get("CDCResponse"), "cdc"):
            for block in rows_of(response.get("QueryResponse"), "cdc"):
                for entity in entities:
                    if entity in block:
                        found.setdefault(entity, []).extend(rows_of(block[entity], f"cdc {entity}"))
        return found, _time_of(answer)

    def ledger(self, first: date, last: date) -> Row:
        """The general ledger of a span, every entry on its account, as QBO itself adds it up."""
        asked = {"start_date": first.isoformat(), "end_date": last.isoformat(), "accounting_method": "Accrual"}
        return self._ask("GET", "reports/GeneralLedger", params={**asked, "columns": _LEDGER_COLUMNS})

    def _ask(self, method: str, path: str, *, params: Row | None = None, content: str | None = None) -> Row:
        """One read; a dead access token is renewed once."""
        url = f"{self._settings.api_url}/v3/company/{self._connection.external_account_id}/{path}"
        params = {**(params or {}), "minorversion": self._settings.minor_version}
        for is_second_try in (False, True):
            headers = {"authorization": f"Bearer {self._access_token(renew=is_second_try)}"}
            if content is not None:
                headers["content-type"] = "application/text"
            request = self._http.build_request(method, url, params=params, content=content, headers=headers)
            try:
                response = self._line.send(self._http, request, f"{method} {path}")
            except TokenRevoked:
                if is_second_try:
                    raise
                continue
            answer = parse_object(response.content, f"{method} {path}")
            _raise_fault(answer, path)
            return answer
        raise AssertionError("the second try returns or raises")

    def _access_token(self, *, renew: bool) -> str:
        """The realm's access token; a new one when it is old or the rail refused it."""
        with self._lock:
            held = _access.get(self._key)
            if held and not renew and held.good_until > monotonic():
                return held.token
            _access.pop(self._key, None)
            fresh = self._refresh()
            _access[self._key] = fresh
            return fresh.token

    def _trade(self, request: httpx.Request) -> httpx.Response:
        """Send the refresh; a refusal of our own app is not the client's doing and is said apart."""
        try:
            return self._line.send(self._http, request, "token refresh")
        except TokenRevoked as refused:
            if "invalid_client" not in refused.cause:
                raise
            raise Forbidden(
                f"QBO refused our own app's key ({refused.cause})",
                remedy="Check ROWCOL_QBO_CLIENT_ID and ROWCOL_QBO_CLIENT_SECRET, then run the load again.",
            ) from refused

    def _refresh(self) -> _Access:
        """Trade the refresh token; the one that comes back is written before anything is done with it."""
        with self._tokens.lease(self._connection) as secrets:
            request = self._http.build_request(
                "POST",
                self._settings.token_url,
                data={"grant_type": "refresh_token", "refresh_token": secrets["refresh_token"]},
            )
            basic = httpx.BasicAuth(self._settings.client_id, self._settings.client_secret)
            request = next(basic.auth_flow(request))
            response = self._trade(request)
            answer = parse_object(response.content, "token refresh")
            if not isinstance(answer.get("access_token"), str):
                raise Malformed(f"token refresh answered without an access_token: {sorted(answer)}")
            rotated = answer.get("refresh_token")
            if rotated and rotated != secrets["refresh_token"]:
                self._tokens.store(self._connection, {**secrets, "refresh_token": rotated})
        # A minute early, so that a token never dies between our check and QBO's.
        return _Access(answer["access_token"], monotonic() + float(answer.get("expires_in", 3600)) - 60)


def _raise_fault(answer: Row, path: str) -> None:
    """A Fault may hide in a 200; QBO's spelling of the key and of the types varies."""
    fault = answer.get("Fault") or answer.get("fault")
    if not isinstance(fault, dict):
        return
    errors = fault.get("Error") or fault.get("error") or [{}]
    first = errors[0] if isinstance(errors, list) and errors else {}
    code = str(first.get("code", "")).lstrip("0")
    message, detail = (first.get(name) or first.get(name.lower()) for name in ("Message", "Detail"))
    said = f"{path}: {message} ({detail}, code {code})"
    kind = str(fault.get("type", "")).lower()
    if "authentication" in kind or code == "3200":
        raise TokenRevoked(said)
    if "authoriz" in kind or code in ("120", "6190"):
        raise Forbidden(said)
    if code == "3001":
        raise Throttled(said)
    if "system" in kind:
        raise RailDown(said)
    raise Rejected(said)


def _time_of(answer: Row) -> str:
    """The answer's own time: the only clock that QBO's changes are measured by."""
    time = answer.get("time")
    if not isinstance(time, str):
        raise Malformed(f"the answer carries no time, only {sorted(answer)}")
    return time


def watermark(time: str, overlap: timedelta) -> datetime:
    """Where the next read of changes starts: the answer's time less an overlap."""
    return datetime.fromisoformat(time) - overlap

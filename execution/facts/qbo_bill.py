"""One bill read again in QBO. This client can only GET; the books are never written by us."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import AbstractContextManager
from decimal import Decimal
from typing import Any, Protocol
from urllib.parse import quote

import httpx

from execution import egress
from execution.domain.facts import BillFacts
from execution.domain.money import NotMoney, minor_from_decimal
from execution.failpoints import reach
from execution.senders.base import RailUnreachable


class TokenStore(Protocol):
    """Who holds a connection's secrets; a lease keeps two processes from refreshing at once."""

    def lease(self, connection: Any) -> AbstractContextManager[Mapping[str, str]]:
        """The connection's secrets, nobody else refreshing meanwhile."""

    def store(self, connection: Any, secrets: Mapping[str, str]) -> None:
        """Write rotated secrets before they are used."""


class QboReader:
    """Reads bills of one realm. The access token is fetched once and kept in memory."""

    def __init__(
        self, *, base_url: str, token_url: str, client_id: str, client_secret: str, tokens: TokenStore, connection: Any
    ) -> None:
        self._token_url = token_url
        self._credentials = (client_id, client_secret)
        self._tokens, self._connection = tokens, connection
        self._access_token: str | None = None
        self._http = egress.client(base_url, token_url, timeout=30.0)

    def bill(self, bill_id: str) -> BillFacts | None:
        """The bill now, None when QBO no longer has it. Raises RailUnreachable when it could not be asked."""
        response = self._get(bill_id)
        if response.status_code == 401:
            self._access_token = None
            response = self._get(bill_id)
        if response.status_code == 404:
            return None
        try:
            body = json.loads(response.content, parse_float=Decimal)
        except ValueError as error:
            raise RailUnreachable("qbo", f"bill {bill_id}: a cut body") from error
        faults = ((body.get("Fault") or {}).get("Error") or []) if isinstance(body, dict) else []
        if any(str(fault.get("code")) == "610" for fault in faults):
            return None  # "Object not found": deleted or made inactive.
        if response.status_code != 200 or "Bill" not in body:
            raise RailUnreachable("qbo", f"bill {bill_id}: status {response.status_code}")
        return _facts(body["Bill"])

    def _get(self, bill_id: str) -> httpx.Response:
        realm = self._connection.external_account_id
        try:
            return self._http.get(
                f"/v3/company/{quote(realm, safe='')}/bill/{quote(bill_id, safe='')}",
                headers={"authorization": f"Bearer {self._token()}", "accept": "application/json"},
                params={"minorversion": "75"},
            )
        except httpx.HTTPError as error:
            raise RailUnreachable("qbo", f"bill {bill_id}: no answer ({type(error).__name__})") from error

    def _token(self) -> str:
        if self._access_token is not None:
            return self._access_token
        with self._tokens.lease(self._connection) as secrets:
            try:
                response = self._http.post(
                    self._token_url,
                    auth=self._credentials,
                    data={"grant_type": "refresh_token", "refresh_token": secrets["refresh_token"]},
                    headers={"accept": "application/json"},
                )
                body = response.json()
            except (httpx.HTTPError, ValueError) as error:
                raise RailUnreachable("qbo", f"no token ({type(error).__name__})") from error
            if response.status_code != 200 or not body.get("access_token"):
                raise RailUnreachable("qbo", f"no token (status {response.status_code}); reconnect QBO")
            reach("token-granted")
            if body.get("refresh_token"):
                # The rotated token is kept before it is used: a crash after this line loses nothing.
                self._tokens.store(self._connection, {**secrets, "refresh_token": body["refresh_token"]})
        self._access_token = str(body["access_token"])
        return self._access_token


def _facts(bill: dict[str, Any]) -> BillFacts:
    try:
        open_minor = minor_from_decimal(bill.get("Balance", 0))
    except NotMoney as error:
        raise RailUnreachable("qbo", f"bill {bill.get('Id')}: {error}") from error
    return BillFacts(
        source_bill_id=f"qbo:{bill['Id']}",
        open_minor=open_minor,
        currency_code=(bill.get("CurrencyRef") or {}).get("value", "USD"),
        version=str(bill.get("SyncToken")),
        vendor_id=(bill.get("VendorRef") or {}).get("value"),
    )

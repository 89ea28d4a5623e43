"""A Plaid client over the official SDK, with the bytes of each answer taken as they came.

The SDK's typed mode turns amounts into floats, guesses dates and drops a whole page for one new null,
so every call asks for the raw answer. Its errors are typed all the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import plaid
import urllib3
from plaid.api import plaid_api
from plaid.model.accounts_balance_get_request import AccountsBalanceGetRequest
from plaid.model.accounts_get_request import AccountsGetRequest
from plaid.model.transactions_sync_request import TransactionsSyncRequest
from plaid.model.transactions_sync_request_options import TransactionsSyncRequestOptions

from ingestion.connections import Connection
from ingestion.errors import ConnectionFailed, Forbidden, RailDown, Rejected, TokenRevoked
from ingestion.plaid.settings import PlaidSettings
from ingestion.transport import Line, Slow, Unwell, parse_object, retry_after

Row = dict[str, Any]

# Codes that mean: the client has to sign in at the bank again.
RECONNECT = frozenset(
    {
        "ITEM_LOGIN_REQUIRED", "INVALID_ACCESS_TOKEN", "ITEM_NOT_FOUND", "ACCESS_NOT_GRANTED",
        "USER_PERMISSION_REVOKED", "USER_ACCOUNT_REVOKED", "ITEM_LOCKED", "INVALID_CREDENTIALS",
    }
)  # fmt: skip
MUTATED = "TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION"


class Mutated(ConnectionFailed):
    """The bank's data changed between two pages of one sync; the loop starts over."""

    reason_code = "rail_down"


class PlaidConnection:
    """One item: one login of one client at one bank."""

    def __init__(self, connection: Connection, line: Line, settings: PlaidSettings) -> None:
        self._token, self._line, self._settings = connection.secrets["access_token"], line, settings
        configuration = plaid.Configuration(
            host=settings.url, api_key={"clientId": settings.client_id, "secret": settings.secret}
        )
        # Our line keeps the patience, the same for all rails; a second layer below it would multiply.
        configuration.retries = urllib3.Retry(total=0, raise_on_status=False)
        self._client = plaid.ApiClient(configuration)
        self._api = plaid_api.PlaidApi(self._client)

    def close(self) -> None:
        """Give the sockets back."""
        self._client.rest_client.pool_manager.clear()
        self._client.close()

    def accounts(self) -> Row:
        """The item's accounts, with balances that Plaid may have cached."""
        request = AccountsGetRequest(access_token=self._token)
        return self._call(self._api.accounts_get, request, "/accounts/get")

    def balances(self) -> Row:
        """The item's accounts with balances asked of the bank now."""
        request = AccountsBalanceGetRequest(access_token=self._token)
        return self._call(self._api.accounts_balance_get, request, "/accounts/balance/get")

    def sync(self, cursor: str | None) -> Row:
        """One page of changes after `cursor`; the whole history from the start when it is None."""
        options = TransactionsSyncRequestOptions(include_original_description=True)
        given = {"cursor": cursor} if cursor else {}
        request = TransactionsSyncRequest(
            access_token=self._token, count=self._settings.page_rows, options=options, **given
        )
        return self._call(self._api.transactions_sync, request, "/transactions/sync")

    def _call(self, method: Callable[..., Any], request: Any, what: str) -> Row:
        def ask() -> bytes:
            try:
                answer = method(request, _preload_content=False, _request_timeout=self._settings.timeout_seconds)
                return bytes(answer.data)
            except plaid.ApiException as error:
                raise _named(error, what) from error
            except urllib3.exceptions.HTTPError as error:
                raise Unwell(f"{type(error).__name__} {error}") from error

        return parse_object(self._line.attempt(ask, what), what)


def _named(error: Any, what: str) -> Exception:
    """The failure that a Plaid error means: by its code, never by its HTTP status alone."""
    try:
        body = orjson.loads(error.body or b"{}")
    except orjson.JSONDecodeError:
        body = {}
    code = str(body.get("error_code") or "") if isinstance(body, dict) else ""
    kind = str(body.get("error_type") or "") if isinstance(body, dict) else ""
    said = f"{what}: {code or 'HTTP ' + str(error.status)} {body.get('error_message', '') if code else ''}".strip()
    if error.status == 429:
        headers = error.headers or {}
        return Slow(retry_after(headers.get("Retry-After")))
    if code == MUTATED:
        return Mutated(said)
    if code in RECONNECT:
        return TokenRevoked(f"the bank login needs the client again ({said})")
    if kind == "INSTITUTION_ERROR":
        return RailDown(f"the bank itself does not answer ({said})")
    if error.status >= 500 or kind == "API_ERROR":
        return Unwell(said)
    if code == "INVALID_API_KEYS":
        return Forbidden(
            f"Plaid refused our own key ({said})",
            remedy="Check ROWCOL_PLAID_CLIENT_ID and ROWCOL_PLAID_SECRET, then run the load again.",
        )
    if error.status == 401:
        return TokenRevoked(f"Plaid no longer accepts the item's token ({said})")
    if error.status == 403:
        return Forbidden(said)
    return Rejected(said)

"""The live balance of one bank account: Plaid's `/accounts/balance/get`, the only call that is not cached."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal

import httpx

from execution import egress
from execution.domain.facts import BalanceFacts
from execution.domain.money import NotMoney, minor_from_decimal
from execution.senders.base import RailUnreachable


def live_balance(
    *,
    base_url: str,
    app_client_id: str,
    app_secret: str,
    access_token: str,
    account_id: str,
    asked_at: datetime,
    timeout: float = 40.0,
) -> BalanceFacts:
    """The account's available balance; its age counts from `asked_at`, the instant before the request.

    Raises RailUnreachable when Plaid does not answer with this account.
    """
    try:
        with egress.client(base_url, timeout=timeout) as http:
            response = http.post(
                "/accounts/balance/get",
                headers={
                    "PLAID-CLIENT-ID": app_client_id,
                    "PLAID-SECRET": app_secret,
                    "Plaid-Version": "2020-09-14",
                },  # fmt: skip
                json={"access_token": access_token, "options": {"account_ids": [account_id]}},
            )
        body = json.loads(response.content, parse_float=Decimal)
    except (httpx.HTTPError, ValueError) as error:
        raise RailUnreachable("plaid", f"no balance ({type(error).__name__})") from error
    if response.status_code != 200 or not isinstance(body, dict):
        code = body.get("error_code", "") if isinstance(body, dict) else ""
        raise RailUnreachable("plaid", f"no balance: {response.status_code} {code}".strip())
    for account in body.get("accounts", []):
        if account.get("account_id") == account_id:
            balances = account.get("balances") or {}
            available = balances.get("available")
            try:
                minor = None if available is None else minor_from_decimal(available)
            except NotMoney as error:
                raise RailUnreachable("plaid", f"balance of {account_id}: {error}") from error
            return BalanceFacts(account_id, minor, balances.get("iso_currency_code"), asked_at, is_live=True)
    raise RailUnreachable("plaid", f"account {account_id} is not in the answer; reconnect the bank")

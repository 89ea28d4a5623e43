"""Plaid's webhook keys, asked once by id and kept until Plaid says that they have expired."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

import orjson
import plaid
import urllib3
from plaid.api import plaid_api
from plaid.model.webhook_verification_key_get_request import WebhookVerificationKeyGetRequest

from ingestion.inbox.errors import ProofUnavailable
from ingestion.plaid.settings import PlaidSettings


class PlaidKeys:
    """`keys(kid)` gives the public key (JWK) of a key id, or None when there is no valid one."""

    def __init__(self, settings: PlaidSettings) -> None:
        self._settings = settings
        self._known: dict[str, Mapping[str, Any]] = {}
        self._lock = threading.Lock()

    def __call__(self, key_id: str) -> Mapping[str, Any] | None:
        """The key, from memory or from Plaid. Raises ProofUnavailable when Plaid is away: the delivery comes again."""
        with self._lock:
            if key_id not in self._known and (key := self._ask(key_id)) is not None:
                self._known[key_id] = key
            return self._known.get(key_id)

    def _ask(self, key_id: str) -> Mapping[str, Any] | None:
        settings = self._settings
        configuration = plaid.Configuration(
            host=settings.url, api_key={"clientId": settings.client_id, "secret": settings.secret}
        )
        with plaid.ApiClient(configuration) as client:
            try:
                answer = plaid_api.PlaidApi(client).webhook_verification_key_get(
                    WebhookVerificationKeyGetRequest(key_id=key_id),
                    _preload_content=False,
                    _request_timeout=(3.05, 8.0),
                )
            except plaid.ApiException as error:
                if error.status is not None and 400 <= error.status < 500:
                    return None
                raise ProofUnavailable(f"Plaid answered {error.status} when asked for its webhook key") from error
            except urllib3.exceptions.HTTPError as error:
                raise ProofUnavailable("Plaid could not be asked for its webhook key") from error
        key = orjson.loads(answer.data).get("key") or {}
        return key if key and not key.get("expired_at") else None

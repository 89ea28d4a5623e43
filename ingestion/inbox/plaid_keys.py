"""Plaid's webhook keys, asked by id, kept for an hour, and asked for sparingly: anybody may name a key id."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from ingestion.inbox.errors import ProofUnavailable
from ingestion.plaid.settings import PlaidSettings

KEPT_SECONDS = 3600.0  # Then Plaid is asked anew, so that a key which it ended is not believed for ever.
MISSED_SECONDS = 300.0  # An id that Plaid does not know is asked again after this.
KEPT_MOST = 100  # Plaid has a few keys at a time; what forgers make up must not fill memory.
ASKED_MOST = 10  # Questions to Plaid in a minute; a flood of made-up ids must not become a flood at Plaid.

Jwk = Mapping[str, Any]


class PlaidKeys:
    """`keys(kid)` gives the public key (JWK) of a key id, or None when there is no valid one."""

    def __init__(
        self,
        settings: PlaidSettings,
        *,
        ask: Callable[[str], Jwk | None] | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings, self._ask, self._now = settings, ask or self._ask_plaid, now
        self._known: OrderedDict[str, tuple[float, Jwk | None]] = OrderedDict()
        self._asked_at: list[float] = []
        self._lock = threading.Lock()

    def __call__(self, key_id: str) -> Jwk | None:
        """The key, from memory or from Plaid.

        Raises ProofUnavailable when Plaid is away or was asked too often: the delivery comes again.
        """
        with self._lock:
            at, key = self._known.get(key_id, (float("-inf"), None))
            if self._now() - at < (KEPT_SECONDS if key else MISSED_SECONDS):
                return key
            self._asked_at = [when for when in self._asked_at if self._now() - when < 60]
            if len(self._asked_at) >= ASKED_MOST:
                raise ProofUnavailable("Plaid was asked for too many keys within a minute; deliver again later")
            self._asked_at.append(self._now())
        # Outside the lock: deliveries under known keys do not wait for Plaid's answer about this one.
        key = self._ask(key_id)
        with self._lock:
            self._known[key_id] = (self._now(), key)
            self._known.move_to_end(key_id)
            while len(self._known) > KEPT_MOST:
                made_up = next((name for name, (_, found) in self._known.items() if found is None), None)
                self._known.pop(made_up or next(iter(self._known)))
        return key

    def _ask_plaid(self, key_id: str) -> Jwk | None:
        # Loaded when first needed: the client takes a second, and three rails do without it.
        import plaid
        import urllib3
        from plaid.api import plaid_api
        from plaid.model.webhook_verification_key_get_request import WebhookVerificationKeyGetRequest

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
                if error.status is not None and 400 <= error.status < 500 and error.status != 429:
                    return None
                raise ProofUnavailable(f"Plaid answered {error.status} when asked for its webhook key") from error
            except urllib3.exceptions.HTTPError as error:
                raise ProofUnavailable("Plaid could not be asked for its webhook key") from error
        key = orjson.loads(answer.data).get("key") or {}
        return key if key and not key.get("expired_at") else None

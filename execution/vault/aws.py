"""Keys in AWS Secrets Manager: one secret holds the whole ring, `{"newest": "<hex>", "older": ["<hex>", …]}`.

Needs boto3 (`uv sync --extra aws`), which reads region, account and endpoint from its own environment.
"""

from __future__ import annotations

import json
import time
from typing import Any

from execution.errors import Invalid
from execution.vault.keys import strong

# How long a running process may go on under a key that another machine has replaced.
ASK_EVERY_SECONDS = 60.0


class AwsKeys:
    """The ring of one secret. Nothing of it is written to this machine."""

    def __init__(self, secret_id: str, client: Any = None) -> None:
        self._secret_id = secret_id
        self._client = client or _client()
        self._asked_at, self._version = 0.0, ""

    def all(self) -> list[bytes]:
        """The newest, then the older ones. Raises Invalid, naming the secret and never its value."""
        found = self._get()
        try:
            told = json.loads(found["SecretString"])
            keys = [bytes.fromhex(one) for one in (told["newest"], *told.get("older", ()))]
        except (ValueError, KeyError, TypeError):
            raise Invalid(
                f"the secret {self._secret_id} holds no ring of keys; write newest and older as hex, see how_to/go_live"
            ) from None
        self._seen(found)
        return [strong(key, f"the secret {self._secret_id}") for key in keys]

    def add(self, key: bytes) -> None:
        """Writes a new version of the secret with the key in front; Secrets Manager keeps the version before."""
        ring = [key, *self.all()]
        body = json.dumps({"newest": ring[0].hex(), "older": [one.hex() for one in ring[1:]]})
        self._call("put_secret_value", SecretId=self._secret_id, SecretString=body)
        self._asked_at = 0.0

    def version(self) -> str:
        """The secret's version, asked for once a minute."""
        if time.monotonic() - self._asked_at >= ASK_EVERY_SECONDS or not self._version:
            self._seen(self._get())
        return self._version

    def _seen(self, found: dict[str, Any]) -> None:
        self._asked_at, self._version = time.monotonic(), str(found["VersionId"])

    def _get(self) -> dict[str, Any]:
        return self._call("get_secret_value", SecretId=self._secret_id)

    def _call(self, name: str, **asked: str) -> dict[str, Any]:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            answer: dict[str, Any] = getattr(self._client, name)(**asked)
        except (BotoCoreError, ClientError) as error:
            code = error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__
            raise Invalid(
                f"AWS Secrets Manager does not give the secret {self._secret_id} ({code}); check its name, the region "
                "and the role of this machine"
            ) from None
        return answer


def _client() -> Any:
    try:
        import boto3
    except ImportError:
        raise Invalid("ROWCOL_KEK_AWS_SECRET needs boto3; run `uv sync --extra aws`") from None
    return boto3.client("secretsmanager")

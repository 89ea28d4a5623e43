"""Plaid's error bodies."""

from __future__ import annotations

from sandbox.rails.asgi import error_reply, new_id
from sandbox.rails.http import Refusal, Reply

_DOCS = "https://plaid.com/docs/errors/"


def body_of(kind: str, code: str, message: str, display: str | None = None) -> dict[str, object]:
    """The body without request_id, as it also stands inside webhooks."""
    return {
        "error_type": kind,
        "error_code": code,
        "error_code_reason": None,
        "error_message": message,
        "display_message": display,
        "documentation_url": f"{_DOCS}?ref=error#{kind.lower()}-{code.lower()}",
        "suggested_action": None,
    }


def refusal(kind: str, code: str, message: str, *, status: int = 400, display: str | None = None) -> Reply:
    """An error answer."""
    return error_reply(status, {**body_of(kind, code, message, display), "request_id": new_id()[:15]})


def invalid_field(message: str) -> Refusal:
    """A field of the request is missing or wrong."""
    return Refusal(refusal("INVALID_REQUEST", "INVALID_FIELD", message))


LOGIN_REQUIRED = (
    "ITEM_ERROR",
    "ITEM_LOGIN_REQUIRED",
    "the login details of this item have changed (credentials, MFA, or required user action) and a user login is "
    "required to update this information. use Link's update mode to restore the item to a good state",
)

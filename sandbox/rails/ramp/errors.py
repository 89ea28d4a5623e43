"""Ramp's error bodies."""

from __future__ import annotations

from typing import Any

from sandbox.rails.asgi import error_reply
from sandbox.rails.http import Refusal, Reply


def refusal(status: int, code: str, message: str, info: dict[str, list[str]] | None = None) -> Reply:
    """An error answer; `info` names the fields."""
    second: dict[str, Any] = {
        "error_code": code,
        "message": message,
        "notes": "",
        "additional_info": info or {},
    }
    return error_reply(status, {"error_v2": second, "error": info or {"message": message}})


def invalid(info: dict[str, list[str]]) -> Refusal:
    """422: fields that do not validate."""
    return Refusal(refusal(422, "DEVELOPER_7001", "Your request has invalid parameters", info))


def not_found(what: str, object_id: str) -> Refusal:
    """404 for an id."""
    return Refusal(refusal(404, "DEVELOPER_7002", f"{what} {object_id} does not exist"))


def conflict(message: str) -> Refusal:
    """400: the object's state does not allow it."""
    return Refusal(refusal(400, "BILL_PAY_7100", message))

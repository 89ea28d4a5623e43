"""Judging the one reply to a request that may have moved money: known, refused, never sent, or unconfirmed."""

from __future__ import annotations

import json
from typing import Any

import httpx

from execution.domain.rail import Reply, Wire

# httpx raises these before a byte of the request could have left.
_BEFORE_THE_WIRE = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
_REFUSALS = frozenset({400, 401, 403, 404, 422})


def judge_failure(error: httpx.HTTPError) -> Reply:
    """Of an exception: only what certainly never left counts as never sent."""
    name = type(error).__name__
    if isinstance(error, _BEFORE_THE_WIRE):
        return Reply(Wire.NEVER_SENT, f"no connection to Ramp ({name})")
    return Reply(Wire.UNCONFIRMED, f"Ramp went silent ({name})")


def judge_response(status: int, body: bytes, trace_id: str | None) -> Reply:
    """Of a complete response. A refusal counts only with Ramp's own error body: a proxy may answer too."""
    parsed = _json(body)
    if status == 201 and isinstance(parsed, dict) and isinstance(parsed.get("id"), str) and parsed["id"]:
        summary = parsed.get("status_summary")
        return Reply(Wire.DONE, "received by Ramp", status, parsed["id"], trace_id, body, summary if summary else None)
    message = _ramp_message(parsed)
    if message is not None and status == 429:
        return Reply(Wire.THROTTLED, f"Ramp asks to wait: {message}", status, None, trace_id, body)
    if message is not None and status in _REFUSALS:
        return Reply(Wire.REFUSED, f"Ramp refused: {message}", status, None, trace_id, body)
    return Reply(Wire.UNCONFIRMED, f"Ramp answered {status} without saying what it did", status, None, trace_id, body)


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, UnicodeDecodeError):
        return None


def _ramp_message(parsed: Any) -> str | None:
    """Code, message and details of Ramp's error body; None when the body is not Ramp's."""
    error = parsed.get("error_v2") if isinstance(parsed, dict) else None
    if not isinstance(error, dict) or not error.get("error_code"):
        return None
    details = error.get("additional_info")
    extra = f" {json.dumps(details, ensure_ascii=False)[:300]}" if details else ""
    return f"{error['error_code']} {error.get('message', '')}{extra}".strip()

"""The document in which every error is told (RFC 9457)."""

from __future__ import annotations

from typing import Any

from fastapi.encoders import jsonable_encoder
from starlette.responses import JSONResponse


def problem(
    status: int, code: str, title: str, detail: str, *, headers: dict[str, str] | None = None, **more: Any
) -> JSONResponse:
    """One problem document; `detail` names the record and the remedy."""
    body = {"type": f"urn:rowcol:problem:{code}", "title": title, "status": status, "code": code, "detail": detail}
    told = jsonable_encoder(body | more)
    return JSONResponse(told, status_code=status, headers=headers, media_type="application/problem+json")

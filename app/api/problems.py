"""Errors as problem details (RFC 9457), in the field's words, and each refusal in the audit log."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from execution.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    Refused,
    RowcolError,
    StaleData,
    Unauthenticated,
)

STATUS: dict[type[RowcolError], int] = {
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    Refused: 409,
    StaleData: 409,
    Invalid: 422,
}


def problem(status: int, code: str, title: str, detail: str, **more: Any) -> JSONResponse:
    """One problem document; `detail` names the record and the remedy."""
    body = {"type": f"urn:rowcol:problem:{code}", "title": title, "status": status, "detail": detail, **more}
    return JSONResponse(jsonable_encoder(body), status_code=status, media_type="application/problem+json")


def install_problem_handlers(api: FastAPI) -> None:
    """Answer every expected error as a problem document and leave an audit row behind."""

    @api.exception_handler(RowcolError)
    def expected(request: Request, error: RowcolError) -> JSONResponse:
        status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 400)
        _leave_audit_row(request, error.code, str(error))
        more = {"verdicts": error.verdicts} if isinstance(error, Refused) else {}
        return problem(status, error.code, error.title, str(error), **more)

    @api.exception_handler(RequestValidationError)
    def malformed(request: Request, error: RequestValidationError) -> JSONResponse:
        faults = [
            {"field": ".".join(str(part) for part in fault["loc"]), "message": fault["msg"]} for fault in error.errors()
        ]
        named = "; ".join(f"{fault['field']}: {fault['message']}" for fault in faults)
        _leave_audit_row(request, "malformed_request", named)
        return problem(422, "malformed_request", "The request is not complete or not well formed", named, errors=faults)


def _leave_audit_row(request: Request, code: str, text: str) -> None:
    """Whoever tried what, with which outcome: a refused call is evidence too."""
    principal = getattr(request.state, "principal", None)
    inputs = {"method": request.method, "path": request.url.path, "code": code}
    request.app.state.plane.audit.record_refusal(principal, f"api.{code}", request.url.path, text, inputs)

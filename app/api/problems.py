"""Errors as problem details (RFC 9457), in the field's words, and each refusal in the audit log."""

from __future__ import annotations

import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from app.api.envelope import CORRELATION
from app.api.faults import Fault, faults_of
from app.api.problem import problem
from app.queries.snapshot import NoSnapshot
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
# What the framework itself refuses: (code, title, what to do).
PLAIN: dict[int, tuple[str, str, str]] = {
    400: ("malformed_request", "The request is not well formed", "The body could not be read; send JSON"),
    404: ("no_such_route", "No such address", "The API has no such address; /docs lists them all"),
    405: ("method_not_allowed", "Not with this method", "This address takes another method; /docs names it"),
    413: ("too_large", "The request is too large", "Send less at a time"),
}
log = logging.getLogger("rowcol.api")


def install_problem_handlers(api: FastAPI) -> None:
    """Answer every error as a problem document and leave an audit row for what was refused."""
    api.add_exception_handler(RowcolError, _refused)
    api.add_exception_handler(RequestValidationError, _malformed)
    api.add_exception_handler(HTTPException, _plain)
    api.add_exception_handler(NoSnapshot, _replaced)
    api.add_exception_handler(ClientDisconnect, _gone)
    api.add_exception_handler(OperationalError, _busy)
    api.add_exception_handler(Exception, _unexpected)


def leave_row(request: Request, code: str, text: str, **more: Any) -> None:
    """Whoever tried what, with which outcome: a refused call is evidence too."""
    told = {"method": request.method, "path": request.url.path, "code": code, **more}
    state, plane = request.state, request.app.state.plane
    try:
        plane.audit.record_refusal(
            getattr(state, "principal", None),
            f"api.{code}",
            request.url.path,
            text,
            told,
            client_id=getattr(state, "client_id", None),
        )
    except (RowcolError, SQLAlchemyError):
        # Nothing was done, so the caller's answer stays true; that the log could not be written is an alarm.
        log.exception("refusal %s could not be written to the audit log", state.correlation_id)


def _refused(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RowcolError)
    status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 400)
    if not error.is_recorded:
        leave_row(request, error.code, str(error))
    more = {"verdicts": error.verdicts} if isinstance(error, Refused) else {}
    headers = {"WWW-Authenticate": 'Bearer realm="rowcol"'} if status == 401 else None
    return problem(status, error.code, error.title, str(error), headers=headers, **more)


def _malformed(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    faults: list[Fault] = faults_of(error)
    named = "; ".join(f"{fault['field']} {fault['message']}" for fault in faults[:5])
    leave_row(request, "malformed_request", named)
    title = "The request is not complete or not well formed"
    return problem(422, "malformed_request", title, named, errors=faults[:50])


def _plain(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    code, title, remedy = PLAIN.get(error.status_code, ("refused", "This could not be done", "See /docs"))
    if error.status_code not in (404, 405):
        leave_row(request, code, remedy)
    detail = str(error.detail) if error.status_code == 413 else f"{remedy} ({request.method} {request.url.path[:200]})"
    return problem(error.status_code, code, title, detail, headers=dict(error.headers or {}))


def _replaced(request: Request, error: Exception) -> JSONResponse:
    leave_row(request, "stale_data", str(error))
    return problem(409, "stale_data", StaleData.title, f"{error}; ask again")


def _gone(request: Request, error: Exception) -> JSONResponse:
    return problem(400, "malformed_request", "The request ended early", "The body broke off; send it again")


def _busy(request: Request, error: Exception) -> JSONResponse:
    log.error("store unavailable in exchange %s", request.state.correlation_id, exc_info=error)
    detail = f"The control store did not answer; nothing was changed. Try again (exchange {_id(request)})"
    return problem(503, "unavailable", "Not just now", detail, headers={"Retry-After": "5"})


def _unexpected(request: Request, error: Exception) -> JSONResponse:
    """Outside of the envelope, so it stamps its own correlation id; what broke stays in the log."""
    log.error("exchange %s broke", _id(request), exc_info=error)
    detail = f"Something broke here and was written down. Name exchange {_id(request)} to your administrator"
    headers = {CORRELATION: _id(request), "Cache-Control": "no-store"}
    return problem(500, "unexpected", "Unexpected error", detail, headers=headers, correlation_id=_id(request))


def _id(request: Request) -> str:
    return str(getattr(request.state, "correlation_id", "unknown"))

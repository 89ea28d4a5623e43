"""Put the API together: routes, problem details, the control plane they share."""

from __future__ import annotations

from fastapi import FastAPI

from app.api import advisors, health, payouts, webhooks
from app.api.problems import install_problem_handlers
from execution.service import ControlPlane, connect
from ingestion.inbox import Inbox

ABOUT = """
Read a firm's published figures and record decisions on them. Every call acts for one person: send
`Authorization: Bearer <token>`; the token's assignments decide which clients it reaches. Decisions are recorded
here and carried out by the executor, which asks every guard again before any money moves.
"""


def assemble(plane: ControlPlane | None = None, inbox: Inbox | None = None) -> FastAPI:
    """The application; tests pass a control plane and an inbox of their own."""
    api = FastAPI(title="RowCol Financial Control Plane", version="0.1.0", description=ABOUT)
    api.state.plane = plane or connect()
    api.state.inbox = inbox or Inbox.from_env()
    install_problem_handlers(api)
    api.include_router(health.router)
    api.include_router(advisors.router)
    api.include_router(payouts.router)
    api.include_router(webhooks.router)
    return api

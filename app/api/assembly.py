"""Put the API together: routes, problem details, the control plane they share."""

from __future__ import annotations

from fastapi import FastAPI

from app.api import (
    advisors,
    bill_schedules,
    health,
    outlook,
    payout_acts,
    payout_lists,
    payouts,
    people,
    permits,
    policies,
    rulings,
    sign_ins,
    tiers,
    verification,
    webhooks,
)
from app.api.documents import documented
from app.api.envelope import Envelope
from app.api.problems import install_problem_handlers
from app.api.reference import add_reference
from app.receiver.taking import Receiver
from execution.service import ControlPlane, connect
from ingestion.inbox import Inbox

ABOUT = """
Read a firm's published figures and record decisions on them.

* **Who.** Every call acts for one person: send `Authorization: Bearer <token>`. The token's role and assignments
  decide what it may do and which clients it reaches; another firm's records read as if they did not exist.
* **Money** is a whole number of minor units (cents) beside its `currency_code`.
* **Decisions** are recorded here and carried out by the executor, which asks every guard again before money moves.
* **Errors** are `application/problem+json`: `code` for programs, `detail` for people, naming record and remedy. Each
  refused call leaves a row in the audit log. `X-Correlation-Id` names the exchange.
"""
TAGS = [
    {"name": "advisor", "description": "What the firm reads: the hygiene queue and each client's digest."},
    {"name": "outlook", "description": "Thirteen weeks ahead, what-if scenarios, and what changed since."},
    {"name": "payouts", "description": "What people decide, one at a time and as lists. Nothing here sends money."},
    {"name": "permits", "description": "Break-glass: two people let one payout past one guard for a day at most."},
    {"name": "policies", "description": "A client's rules: drafted by one person, agreed to by another."},
    {"name": "rulings", "description": "What people rule about identity. The next build follows, until it is revoked."},
    {"name": "verification", "description": "Whether payments are proven, and whether cash moved as planned."},
    {"name": "people", "description": "Who works for the firm. A new firm admin takes two people."},
    {"name": "sign-ins", "description": "Open sessions and API tokens: your own, and the firm's for a firm admin."},
    {"name": "firm", "description": "The feature tier, and how closely each client is led."},
    {"name": "webhooks", "description": "Where the four rails tell that something changed. Called by the rails only."},
    {"name": "health", "description": "Whether the API is up."},
]


def assemble(plane: ControlPlane | None = None, inbox: Inbox | None = None) -> FastAPI:
    """The application; tests pass a control plane and an inbox of their own."""
    api = FastAPI(
        title="RowCol Financial Control Plane",
        version="0.1.0",
        description=ABOUT,
        openapi_tags=TAGS,
        redirect_slashes=False,
        # The framework's own pages load their scripts from elsewhere.
        docs_url=None,
        redoc_url=None,
    )
    api.state.plane = plane = plane or connect()
    api.state.receiver = Receiver(plane.receiving, inbox or Inbox.from_env())
    api.add_middleware(Envelope)
    install_problem_handlers(api)
    decided = (payouts, payout_acts, payout_lists, bill_schedules, permits, policies, rulings)
    firm = (people, sign_ins, tiers)
    for part in (health, advisors, outlook, *decided, verification, *firm, webhooks):
        api.include_router(part.router)
    api.openapi = documented(api)  # type: ignore[method-assign]
    add_reference(api)
    return api

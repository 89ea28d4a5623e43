"""Decisions as rows: an undo is one more row that names the decision it takes back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from execution.errors import Invalid
from execution.store.tables import hygiene_decision

# Screens ask with the verb, the warehouse reads the participle; both are understood.
ACTIONS = {"dismiss": "dismissed", "confirm": "confirmed", "assign": "assigned", "snooze": "snoozed"}
REASON_MAX = 500


@dataclass(frozen=True, slots=True)
class HygieneDecision:
    """One live decision about one hygiene item."""

    decision_id: str
    client_id: str
    hygiene_item_id: str
    action: str
    reason: str
    until_date: date | None
    assignee: str | None
    decided_by: str
    decided_by_name: str
    decided_at: datetime


def action_of(asked: str) -> str:
    """The stored form of an action. Raises Invalid."""
    found = ACTIONS.get(asked, asked)
    if found not in ACTIONS.values():
        raise Invalid(f"action: {asked[:40]!r} is not one of {', '.join(ACTIONS)}")
    return found


def checked(action: str, reason: str, until_date: date | None, assignee: str | None) -> None:
    """Raises Invalid when a decision lacks what its action needs."""
    if not reason.strip() and action in ("dismissed", "snoozed"):
        raise Invalid("reason: say in a few words why; it is kept with the item")
    if len(reason) > REASON_MAX:
        raise Invalid(f"reason: {REASON_MAX} characters at most")
    if action == "snoozed" and until_date is None:
        raise Invalid("until_date: say until which day the item may rest")
    if action == "assigned" and not (assignee or "").strip():
        raise Invalid("assignee: name the person who takes this item")


def live_only(query: sa.Select[Any]) -> sa.Select[Any]:
    """Narrows a query on hygiene_decision to decisions that were not taken back, newest first."""
    made, undo = hygiene_decision, hygiene_decision.alias("undo")
    taken_back = sa.exists().where(
        undo.c.advisor_id == made.c.advisor_id,
        undo.c.client_id == made.c.client_id,
        undo.c.undoes_decision_id == made.c.decision_id,
    )
    return query.where(made.c.action != "undone", ~taken_back).order_by(made.c.position.desc())


def as_decision(row: sa.Row[Any]) -> HygieneDecision:
    """From a stored row."""
    return HygieneDecision(
        row.decision_id,
        row.client_id,
        row.hygiene_item_id,
        row.action,
        row.reason,
        row.until_date,
        row.assignee,
        row.decided_by,
        row.decided_by_name,
        row.decided_at,
    )

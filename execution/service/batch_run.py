"""A batch as a record: begun once per idempotency key, its lines kept one by one, closed when all are done."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from execution.audit import Actor, append
from execution.errors import Conflict
from execution.payouts import views
from execution.payouts.rows import Row
from execution.people.permissions import Verb
from execution.people.principal import Principal
from execution.store import Store, insert_if_absent
from execution.store import tables as t


@dataclass(frozen=True, slots=True)
class Asked:
    """One line as its author asks for it: a bill to propose, for a day if one was chosen, or a payout as shown."""

    subject_id: str
    payload_sha256: str | None = None
    arrival_date: date | None = None

    @property
    def told(self) -> list[str | None]:
        """What of the line makes a request the same request."""
        chosen = [self.arrival_date.isoformat()] if self.arrival_date else []
        return [self.subject_id, self.payload_sha256, *chosen]


OnLine = Callable[[int, int, views.BatchLine], None]


@dataclass(frozen=True, slots=True)
class Run:
    """One act over a list, by one person, under one key."""

    store: Store
    principal: Principal
    client_id: str
    verb: Verb
    asked: tuple[Asked, ...]
    idempotency_key: str
    reason: str
    list_sha256: str
    rolls_back: str | None

    @property
    def batch_id(self) -> str:
        """Follows from whose key it is: two calls that race mean the same batch."""
        p = self.principal
        whose = f"{p.advisor_id}\0{self.client_id}\0{p.person_id}\0{self.idempotency_key}"
        return hashlib.sha256(whose.encode()).hexdigest()[:32]

    @property
    def key(self) -> dict[str, str]:
        """The batch's key in the store."""
        return {"advisor_id": self.principal.advisor_id, "client_id": self.client_id, "batch_id": self.batch_id}

    @property
    def actor(self) -> Actor:
        """Who acts."""
        return Actor.of(self.principal, self.principal.via)

    def begin(self, now: datetime) -> None:
        """Write the batch down, or find it begun already. Raises Conflict when its key meant something else."""
        lines = [one.told for one in self.asked]
        told = [self.client_id, str(self.verb), lines, self.reason, self.rolls_back]
        request = hashlib.sha256(json.dumps(told).encode()).hexdigest()
        with self.store.begin() as cx:
            is_new = insert_if_absent(
                cx, t.batch,
                **self.key, created_at=now, note=self.reason, idempotency_key=self.idempotency_key,
                person_id=self.principal.person_id, request_sha256=request, verb=str(self.verb),
                line_count=len(self.asked), list_sha256=self.list_sha256, rolls_back=self.rolls_back,
            )  # fmt: skip
            known: str = cx.execute(sa.select(t.batch.c.request_sha256).where(*self._is(t.batch))).scalar_one()
            if known != request:
                raise Conflict("This Idempotency-Key was used for another list, verb or reason; use a new key")
            if is_new:
                self._note(cx, now, "batch.begun", None, {"lines": lines})

    def kept(self, cx: sa.Connection, subject_id: str) -> views.BatchLine | None:
        """A line that is done already."""
        line = t.batch_line
        mine = (*self._is(line), line.c.subject_id == subject_id)
        found = cx.execute(sa.select(line).where(*mine)).mappings().first()
        return line_of(dict(found)) if found else None

    def keep(self, cx: sa.Connection, position: int, subject_id: str, values: dict[str, Any]) -> views.BatchLine:
        """Write down what became of a line, in the act's own transaction."""
        row = {**self.key, "position": position, "subject_id": subject_id, **values}
        cx.execute(sa.insert(t.batch_line).values(**row))
        return line_of(row)

    def finish(self, now: datetime) -> views.BatchResult:
        """Close the batch and answer it whole."""
        with self.store.begin() as cx:
            b = t.batch.c
            done = cx.execute(
                sa.update(t.batch).where(*self._is(t.batch), b.finished_at.is_(None)).values(finished_at=now)
            )  # fmt: skip
            row = dict(cx.execute(sa.select(t.batch).where(*self._is(t.batch))).mappings().one())
            lines = lines_of(cx, row)
            if done.rowcount == 1:
                outcomes = [line.outcome for line in lines]
                self._note(
                    cx, now, "batch.finished", "begun", {one: outcomes.count(one) for one in sorted({*outcomes})}
                )
            return result_of(row, lines)

    def _is(self, table: sa.Table) -> list[sa.ColumnElement[bool]]:
        return [table.c[name] == value for name, value in self.key.items()]

    def _note(self, cx: sa.Connection, now: datetime, action: str, before: str | None, inputs: dict[str, Any]) -> None:
        append(
            cx, advisor_id=self.principal.advisor_id, client_id=self.client_id, at=now, actor=self.actor,
            action=action, subject_kind="batch", subject_id=self.batch_id, from_state=before,
            to_state=action.removeprefix("batch."),
            inputs={"verb": str(self.verb), "list_sha256": self.list_sha256, "reason": self.reason,
                    "rolls_back": self.rolls_back, **inputs},
        )  # fmt: skip


def lines_of(cx: sa.Connection, batch: Row) -> list[views.BatchLine]:
    """The lines that are done, in the order in which they were asked for."""
    line = t.batch_line
    mine = [line.c[name] == batch[name] for name in ("advisor_id", "client_id", "batch_id")]
    return [line_of(dict(row)) for row in cx.execute(sa.select(line).where(*mine).order_by(line.c.position)).mappings()]


def line_of(row: Row) -> views.BatchLine:
    """A stored line as a view."""
    return views.BatchLine(
        row["source_bill_id"] or "", row["payout_id"], row["outcome"], row["reason"], row["payload_sha256"],
        views.verdicts_from(row["verdicts"]), row["subject_id"],
    )  # fmt: skip


def result_of(row: Row, lines: list[views.BatchLine]) -> views.BatchResult:
    """A stored batch as a view."""
    names = ("verb", "line_count", "list_sha256", "person_id", "note", "rolls_back", "created_at", "finished_at")
    return views.BatchResult(row["batch_id"], lines, **{name: row[name] for name in names})

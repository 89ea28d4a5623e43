"""One act of approval over several bills; each keeps its own transaction and outcome."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from execution.audit import Actor
from execution.domain.payload import hash_of_list
from execution.domain.states import State
from execution.domain.verdict import Verdict
from execution.errors import Conflict, Invalid, Refused, RowcolError
from execution.payouts import views
from execution.payouts.journal import note as journal_note
from execution.payouts.rows import Row, live_payout_of, lock_payout
from execution.payouts.surroundings import Surroundings
from execution.people.permissions import Verb
from execution.people.principal import Principal
from execution.service import refusals
from execution.service.declared import asks
from execution.service.desk import Desk, open_bill
from execution.store import tables as t

ASK_COLLEAGUE = "Ask a bookkeeper to propose it"


class Batches(Desk):
    """Approving a list of bills."""

    @asks(Verb.APPROVE, "payout")
    def approve_bills(
        self,
        principal: Principal,
        client_id: str,
        source_bill_ids: Sequence[str],
        *,
        idempotency_key: str,
        note: str = "",
    ) -> views.BatchResult:
        """Approve what colleagues proposed, bill by bill; one refused bill never stops another.

        The same key answers the first act again; the same key with other bills is a Conflict.
        """
        if not source_bill_ids:
            raise Invalid("Choose at least one bill")
        now = self._clock.now()
        asked = list(dict.fromkeys(source_bill_ids))
        request = hashlib.sha256(json.dumps([client_id, asked, note]).encode()).hexdigest()
        whose = f"{principal.advisor_id}\0{client_id}\0{principal.person_id}\0{idempotency_key}"
        batch_id = hashlib.sha256(whose.encode()).hexdigest()[:32]
        with self._store.begin() as cx:
            self._client(cx, principal, client_id, Verb.APPROVE, now)
            b = t.batch.c
            mine = sa.and_(b.advisor_id == principal.advisor_id, b.client_id == client_id, b.batch_id == batch_id)
            known = cx.execute(sa.select(b.request_sha256).where(mine)).scalar()
            if known is not None and known != request:
                raise Conflict("This Idempotency-Key was used for other bills; use a new key")
            if known is None:
                cx.execute(sa.insert(t.batch).values(
                    advisor_id=principal.advisor_id, client_id=client_id, batch_id=batch_id, created_at=now, note=note,
                    idempotency_key=idempotency_key, person_id=principal.person_id, request_sha256=request,
                ))  # fmt: skip
        lines = [self._batch_line(principal, client_id, batch_id, n, bill_id, note) for n, bill_id in enumerate(asked)]
        with self._store.begin() as cx:
            hashes = [line.payload_sha256 for line in lines if line.payload_sha256]
            cx.execute(sa.update(t.batch).where(mine).values(list_sha256=hash_of_list(hashes)))
        return views.BatchResult(batch_id, lines)

    def _batch_line(
        self, principal: Principal, client_id: str, batch_id: str, position: int, bill_id: str, note: str
    ) -> views.BatchLine:
        now = self._clock.now()
        line_key = {"advisor_id": principal.advisor_id, "client_id": client_id, "batch_id": batch_id,
                    "source_bill_id": bill_id}  # fmt: skip
        b = t.batch_line.c
        with self._store.read() as cx:
            kept = (
                cx.execute(sa.select(t.batch_line).where(*[b[n] == v for n, v in line_key.items()])).mappings().first()
            )
        if kept is not None:
            return _line(dict(kept))
        values: dict[str, Any] = {"payout_id": None, "payload_sha256": None, "verdicts": []}
        try:
            with self._store.begin() as cx, self._snapshot(principal.advisor_id) as snapshot:
                found = live_payout_of(cx, principal.advisor_id, client_id, bill_id)
                if found is None:
                    client = self._client(cx, principal, client_id, Verb.APPROVE, now)
                    open_bill(Surroundings(cx, snapshot, client, now), bill_id)
                    values |= {"outcome": "blocked", "reason": ASK_COLLEAGUE}
                else:
                    row, person = self._payout(cx, principal, found["payout_id"], Verb.APPROVE, now)
                    values |= {"payout_id": row["payout_id"], "payload_sha256": row["payload_sha256"]}
                    after = self._sign(cx, snapshot, row, person, row["payload_sha256"], note, now)
                    needs_more = after["state"] == State.PROPOSED
                    values |= {
                        "outcome": "needs_second" if needs_more else "approved",
                        "reason": "A second approver must sign" if needs_more else "Approved; waits for release",
                        "verdicts": after["verdicts"],
                    }
                cx.execute(sa.insert(t.batch_line).values(**line_key, position=position, **values))
        except (Refused, RowcolError) as error:
            said = error.verdicts if isinstance(error, Refused) else ()
            kept_verdicts = [v.as_inputs() for v in said if isinstance(v, Verdict)]
            values |= {"outcome": "blocked", "reason": str(error), "verdicts": kept_verdicts}
            self._keep_refusal(principal, line_key, position, values, now)
        if values["payout_id"] is None:
            refusals.record(self._store, self._clock, principal, "bill.approval_refused", bill_id, values["reason"],
                            {"batch_id": batch_id}, client_id=client_id)  # fmt: skip
        return _line({**line_key, **values})

    def _keep_refusal(
        self, principal: Principal, line_key: dict[str, str], position: int, values: dict[str, Any], now: datetime
    ) -> None:
        with self._store.begin() as cx:
            cx.execute(sa.insert(t.batch_line).values(**line_key, position=position, **values))
            if values["payout_id"]:
                row = lock_payout(cx, principal.advisor_id, values["payout_id"])
                journal_note(cx, row, actor=Actor.of(principal, principal.via), now=now,
                             action="payout.approval_refused", from_state=row["state"], to_state=row["state"],
                             inputs={"reason": values["reason"], "verdicts": values["verdicts"]})  # fmt: skip


def _line(row: Row) -> views.BatchLine:
    return views.BatchLine(
        row["source_bill_id"], row["payout_id"], row["outcome"], row["reason"], row["payload_sha256"],
        views.verdicts_from(row["verdicts"]),
    )  # fmt: skip

"""Acts over a list: propose, approve, hold, reject, release or cancel; each line has its own transaction and outcome.

Approvals and releases sign the hash of the list that was shown. The same idempotency key answers the first act again,
and finishes one that was cut off; one refused line never stops another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from execution.domain.payload import hash_of_list
from execution.errors import Conflict, Invalid, NotFound
from execution.payouts import views
from execution.payouts.rows import lock_payout
from execution.people.permissions import Verb
from execution.people.principal import Principal
from execution.service.batch_lines import DONE, BillApprovals, Lines
from execution.service.batch_run import Asked, OnLine, Run, lines_of, result_of
from execution.service.declared import asks
from execution.service.desk import Desk
from execution.store import tables as t
from execution.tenancy.tiers import Feature, Gate, several

LINES_MAX = 1000


class Batches(Desk):
    """Lists of bills and payouts. `on_line(done, of, line)`, where given, is told after each line."""

    @asks(Verb.SEE, "payout")
    def sheet(self, principal: Principal, client_id: str, payout_ids: Sequence[str]) -> views.Sheet:
        """The list as it stands now, with the hash that an approval or a release of it signs. Raises NotFound."""
        now = self._clock.now()
        with self._store.read() as cx:
            client = self._client(cx, principal, client_id, Verb.SEE, now)
            rows = [lock_payout(cx, client["advisor_id"], one, client_id) for one in dict.fromkeys(payout_ids)]
            return views.Sheet(
                payouts=self._shown(cx, rows), list_sha256=hash_of_list([row["payload_sha256"] for row in rows]),
                total_minor=sum(row["amount_minor"] for row in rows), currency_code=client["currency_code"],
            )  # fmt: skip

    @asks(Verb.PROPOSE, "payout", Gate(Feature.BULK, several("source_bill_ids")))
    def propose_all(
        self, principal: Principal, client_id: str, source_bill_ids: Sequence[str], *, idempotency_key: str,
        reason: str = "", on_line: OnLine | None = None,
    ) -> views.BatchResult:  # fmt: skip
        """Ask for each bill to be paid; one that a guard stops reads `blocked`."""
        run = self._run(principal, client_id, Verb.PROPOSE, _asked(source_bill_ids), idempotency_key, reason)
        return self._go(Lines(self, run), on_line)

    @asks(Verb.APPROVE, "payout", Gate(Feature.BULK, several("payloads")))
    def approve_all(
        self, principal: Principal, client_id: str, payloads: Mapping[str, str], *, list_sha256: str,
        idempotency_key: str, reason: str = "", on_line: OnLine | None = None,
    ) -> views.BatchResult:  # fmt: skip
        """Sign each payout as it was shown: payload hashes by payout id, and the hash of the list.

        Raises Conflict when the list is not the one whose hash was signed, or the key was used for something else.
        """
        asked = _signed(payloads, list_sha256)
        run = self._run(principal, client_id, Verb.APPROVE, asked, idempotency_key, reason, list_sha256)
        return self._go(Lines(self, run), on_line)

    @asks(Verb.RELEASE, "payout", Gate(Feature.BULK, several("payloads")))
    def release_all(
        self, principal: Principal, client_id: str, payloads: Mapping[str, str], *, list_sha256: str,
        idempotency_key: str, reason: str = "", on_line: OnLine | None = None,
    ) -> views.BatchResult:  # fmt: skip
        """Hand each payout, as it was shown, to the executor. The list is signed as in `approve_all`."""
        asked = _signed(payloads, list_sha256)
        run = self._run(principal, client_id, Verb.RELEASE, asked, idempotency_key, reason, list_sha256)
        return self._go(Lines(self, run), on_line)

    @asks(Verb.HOLD, "payout")
    def hold_all(
        self, principal: Principal, client_id: str, payout_ids: Sequence[str], *, idempotency_key: str,
        reason: str = "", on_line: OnLine | None = None,
    ) -> views.BatchResult:  # fmt: skip
        """Stop each payout that was not sent yet."""
        run = self._run(principal, client_id, Verb.HOLD, _asked(payout_ids), idempotency_key, reason)
        return self._go(Lines(self, run), on_line)

    @asks(Verb.REJECT, "payout")
    def reject_all(
        self, principal: Principal, client_id: str, payout_ids: Sequence[str], *, idempotency_key: str,
        reason: str = "", on_line: OnLine | None = None,
    ) -> views.BatchResult:  # fmt: skip
        """Say no to each proposal."""
        run = self._run(principal, client_id, Verb.REJECT, _asked(payout_ids), idempotency_key, reason)
        return self._go(Lines(self, run), on_line)

    @asks(Verb.CANCEL, "payout")
    def cancel_all(
        self, principal: Principal, client_id: str, payout_ids: Sequence[str], *, idempotency_key: str,
        reason: str = "", on_line: OnLine | None = None,
    ) -> views.BatchResult:  # fmt: skip
        """Withdraw each payout that was not sent yet; its hold is freed."""
        run = self._run(principal, client_id, Verb.CANCEL, _asked(payout_ids), idempotency_key, reason)
        return self._go(Lines(self, run), on_line)

    @asks(Verb.CANCEL, "payout")
    def roll_back(
        self, principal: Principal, client_id: str, batch_id: str, *, idempotency_key: str, reason: str = "",
        on_line: OnLine | None = None,
    ) -> views.BatchResult:  # fmt: skip
        """Cancel what a batch set going and was not sent yet; its holds are freed, the rest is reported by line."""
        before = self._batch(principal, client_id, batch_id, Verb.CANCEL)
        touched = [line.payout_id for line in before.lines if line.payout_id and line.outcome in DONE]
        if before.verb in (Verb.CANCEL, Verb.REJECT) or not touched:
            raise Conflict(f"Batch {batch_id[:8]} set nothing going; there is nothing to roll back")
        run = self._run(
            principal, client_id, Verb.CANCEL, _asked(touched), idempotency_key, reason, rolls_back=batch_id
        )  # fmt: skip
        return self._go(Lines(self, run), on_line)

    @asks(Verb.APPROVE, "payout", Gate(Feature.BULK, several("source_bill_ids")))
    def approve_bills(
        self, principal: Principal, client_id: str, source_bill_ids: Sequence[str], *, idempotency_key: str,
        note: str = "",
    ) -> views.BatchResult:  # fmt: skip
        """Approve what colleagues proposed for these bills, as it stands now; a refused line reads `blocked`.

        The same key answers the first act again; the same key with other bills is a Conflict.
        """
        run = self._run(principal, client_id, Verb.APPROVE, _asked(source_bill_ids), idempotency_key, note)
        return self._go(BillApprovals(self, run), None)

    @asks(Verb.SEE, "payout")
    def get_batch(self, principal: Principal, client_id: str, batch_id: str) -> views.BatchResult:
        """A batch with the lines that are done so far. Raises NotFound."""
        return self._batch(principal, client_id, batch_id, Verb.SEE)

    @asks(Verb.SEE, "payout")
    def batches(self, principal: Principal, client_id: str, limit: int = 50) -> Sequence[views.BatchResult]:
        """The client's latest batches, newest first, each with its lines."""
        with self._store.read() as cx:
            client = self._client(cx, principal, client_id, Verb.SEE, self._clock.now())
            b = t.batch.c
            query = sa.select(t.batch).where(b.advisor_id == client["advisor_id"], b.client_id == client_id)
            rows = cx.execute(query.order_by(b.created_at.desc(), b.batch_id).limit(limit)).mappings().all()
            return [result_of(dict(row), lines_of(cx, dict(row))) for row in rows]

    def _batch(self, principal: Principal, client_id: str, batch_id: str, verb: Verb) -> views.BatchResult:
        with self._store.read() as cx:
            client = self._client(cx, principal, client_id, verb, self._clock.now())
            b = t.batch.c
            mine = (b.advisor_id == client["advisor_id"], b.client_id == client_id, b.batch_id == batch_id)
            found = cx.execute(sa.select(t.batch).where(*mine)).mappings().first()
            if found is None:
                raise NotFound(f"There is no batch {batch_id[:8]} of client {client_id}; see the list of batches")
            return result_of(dict(found), lines_of(cx, dict(found)))

    def _run(
        self, principal: Principal, client_id: str, verb: Verb, asked: tuple[Asked, ...], key: str, reason: str,
        list_sha256: str = "", rolls_back: str | None = None,
    ) -> Run:  # fmt: skip
        now = self._clock.now()
        with self._store.read() as cx:
            self._client(cx, principal, client_id, verb, now)
        run = Run(self._store, principal, client_id, verb, asked, key, reason, list_sha256, rolls_back)
        run.begin(now)
        return run

    def _go(self, lines: Lines, on_line: OnLine | None) -> views.BatchResult:
        run = lines.run
        for position, one in enumerate(run.asked):
            line = lines.take(position, one, self._clock.now())
            if on_line is not None:
                on_line(position + 1, len(run.asked), line)
        return run.finish(self._clock.now())


def _asked(subject_ids: Sequence[str]) -> tuple[Asked, ...]:
    """Each line once, in the order given. Raises Invalid for none or too many."""
    lines = tuple(Asked(one) for one in dict.fromkeys(subject_ids))
    if not lines:
        raise Invalid("Choose at least one bill or payout")
    if len(lines) > LINES_MAX:
        raise Invalid(f"A batch has at most {LINES_MAX} lines, this one has {len(lines)}; make two of it")
    return lines


def _signed(payloads: Mapping[str, str], list_sha256: str) -> tuple[Asked, ...]:
    """The lines with the hashes that were shown. Raises Conflict unless the list's hash is theirs."""
    asked = _asked(list(payloads))
    if list_sha256 != (now := hash_of_list(list(payloads.values()))):
        raise Conflict(
            f"The list is not the one that was shown: its hash is {now[:12]}…, signed was {list_sha256[:12]}…. "
            "Read the list again, then decide"
        )
    return tuple(Asked(one.subject_id, payloads[one.subject_id]) for one in asked)

"""Days for open bills: what a schedule would change and why, the proposing of it, and the terms it keeps to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from execution.audit import Actor, append
from execution.domain.money import shown
from execution.errors import Conflict, Invalid, NotFound
from execution.payouts import views
from execution.payouts.bill_days import last_day, schedule_of, terms_of
from execution.payouts.rows import Row
from execution.payouts.surroundings import Surroundings
from execution.people.permissions import Verb
from execution.people.principal import Principal
from execution.scheduling.bills import Schedule
from execution.service.batch_lines import Lines
from execution.service.batch_run import Asked, OnLine
from execution.service.declared import asks
from execution.service.desk import open_bill
from execution.service.payout_batches import Batches
from execution.store import tables as t
from execution.tenancy.tiers import Feature, Gate

LATE_DAYS_MAX = 90
SAID = ("days_late", "discount_bp", "discount_days", "late_fee_bp", "priority")


@dataclass(frozen=True, slots=True)
class PayTerms:
    """What a person said of a vendor's bills, or (`source_bill_id`) of one. Per cents in hundredths; days; 1 to 3."""

    client_id: str
    vendor_id_qbo: str
    vendor_name: str
    source_bill_id: str
    days_late: int
    discount_bp: int
    discount_days: int
    late_fee_bp: int
    priority: int
    reason: str
    set_by: str
    set_by_name: str
    set_at: datetime


class BillSchedules(Batches):
    """Choosing days and proposing them; approving stays with whoever approves any other proposal."""

    @asks(Verb.SEE, "payout", Gate(Feature.BILL_SCHEDULE))
    def schedule_proposals(self, principal: Principal, client_id: str) -> Schedule:
        """The days on which the open bills serve cash best, beside paying on the due date. Raises StaleData."""
        now = self._clock.now()
        with self._store.read() as cx, self._snapshot(principal.advisor_id) as snapshot:
            client = self._client(cx, principal, client_id, Verb.SEE, now)
            return schedule_of(Surroundings(cx, snapshot, client, now))

    @asks(Verb.PROPOSE, "payout", Gate(Feature.BILL_SCHEDULE))
    def propose_schedule(
        self, principal: Principal, client_id: str, dates: Mapping[str, str], *, idempotency_key: str,
        reason: str = "", on_line: OnLine | None = None,
    ) -> views.BatchResult:  # fmt: skip
        """Propose each bill for its day (`source_bill_id` → ISO day), as in `propose_all`; colleagues approve.

        A day after the due date that nobody allowed refuses its line. Raises Invalid for what is no day.
        """
        with self._store.read() as cx:
            self._client(cx, principal, client_id, Verb.PROPOSE, self._clock.now())
        asked = tuple(Asked(bill_id, None, _day(bill_id, told)) for bill_id, told in dates.items())
        if not asked:
            raise Invalid("dates: choose at least one bill")
        run = self._run(principal, client_id, Verb.PROPOSE, asked, idempotency_key, reason)
        return self._go(_InTime(self, run), on_line)

    @asks(Verb.SEE, "pay_terms")
    def pay_terms(self, principal: Principal, client_id: str) -> Sequence[PayTerms]:
        """What people said of the client's vendors and bills, by vendor."""
        now = self._clock.now()
        with self._store.read() as cx:
            client = self._client(cx, principal, client_id, Verb.SEE, now)
            return [_view(row) for row in terms_of(Surroundings(cx, None, client, now)).values()]

    @asks(Verb.SCHEDULE, "pay_terms")
    def set_pay_terms(
        self, principal: Principal, client_id: str, vendor_id_qbo: str, *, source_bill_id: str = "", days_late: int = 0,
        discount_bp: int = 0, discount_days: int = 0, late_fee_bp: int = 0, priority: int = 2, reason: str = "",
    ) -> PayTerms:  # fmt: skip
        """Say on what terms a vendor's bills, or one bill, are paid; lateness takes a reason.

        Raises Invalid, naming the field; NotFound for a vendor or bill that is not open.
        """
        now = self._clock.now()
        said = {"days_late": days_late, "discount_bp": discount_bp, "discount_days": discount_days,
                "late_fee_bp": late_fee_bp, "priority": priority}  # fmt: skip
        with self._store.begin() as cx, self._snapshot(principal.advisor_id) as snapshot:
            client = self._client(cx, principal, client_id, Verb.SCHEDULE, now)
            around = Surroundings(cx, snapshot, client, now)
            vendor_name = _vendor_name(around, vendor_id_qbo, source_bill_id)
            _require_sense(said, reason)
            key = {"advisor_id": client["advisor_id"], "client_id": client_id, "vendor_id_qbo": vendor_id_qbo,
                   "source_bill_id": source_bill_id}  # fmt: skip
            before = terms_of(around).get((vendor_id_qbo, source_bill_id))
            row = {**key, **said, "vendor_name": vendor_name, "reason": reason.strip(), "set_by": principal.person_id,
                   "set_by_name": principal.name, "set_at": now}  # fmt: skip
            if before is None:
                cx.execute(sa.insert(t.pay_terms).values(**row))
            else:
                mine = [t.pay_terms.c[name] == value for name, value in key.items()]
                cx.execute(sa.update(t.pay_terms).where(*mine).values(**row))
            append(cx, advisor_id=client["advisor_id"], client_id=client_id, at=now,
                   actor=Actor.of(principal, principal.via), action="pay_terms.set", subject_kind="pay_terms",
                   subject_id=source_bill_id or vendor_id_qbo,
                   inputs={**said, "reason": reason.strip(), "vendor_id_qbo": vendor_id_qbo,
                           "before": {name: before[name] for name in SAID} if before else {}})  # fmt: skip
            return _view(row)


class _InTime(Lines):
    """Proposals for chosen days; none after the last day that the bill's terms allow."""

    def _propose(self, cx: sa.Connection, asked: Asked, values: dict[str, Any], now: datetime) -> str:
        run, desk = self.run, self._desk
        client = desk._client(cx, run.principal, run.client_id, Verb.PROPOSE, now)
        with desk._snapshot(run.principal.advisor_id) as snapshot:
            around = Surroundings(cx, snapshot, client, now, few=True)
            bill = open_bill(around, asked.subject_id)
            last = last_day(around, bill)
            if asked.arrival_date is not None and asked.arrival_date > last:
                raise Conflict(
                    f"{bill['vendor_name']}'s bill of {shown(bill['open_minor'] or 0, bill['currency_code'])} may "
                    f"arrive by {last} at the latest; allow days after the due date in its terms first"
                )
        return super()._propose(cx, asked, values, now)


def _day(bill_id: str, told: str) -> date:
    try:
        return date.fromisoformat(told)
    except ValueError:
        raise Invalid(f"dates: {told[:40]!r} of bill {bill_id[:40]} is no day; give one like 2026-11-30") from None


def _vendor_name(around: Surroundings, vendor_id_qbo: str, source_bill_id: str) -> str:
    found = [bill for bill in around.bills.values() if bill["vendor_id_qbo"] == vendor_id_qbo]
    if source_bill_id:
        found = [bill for bill in found if bill["source_bill_id"] == source_bill_id]
    if not found:
        what = f"bill {source_bill_id[:40]} of vendor" if source_bill_id else "bill of vendor"
        raise NotFound(f"No open {what} {vendor_id_qbo[:40]} is known; set terms while one is open")
    return str(found[0]["vendor_name"])


def _require_sense(said: Mapping[str, int], reason: str) -> None:
    bounds = {"days_late": LATE_DAYS_MAX, "discount_bp": 10_000, "discount_days": 365, "late_fee_bp": 10_000}
    for name, most in bounds.items():
        if not 0 <= said[name] <= most:
            raise Invalid(f"{name}: {said[name]} is not between 0 and {most}")
    if said["priority"] not in (1, 2, 3):
        raise Invalid(f"priority: {said['priority']} is none of 1 (keeps its day first), 2 and 3 (moves first)")
    if bool(said["discount_bp"]) != bool(said["discount_days"]):
        raise Invalid("discount_days: a discount needs both its per cent and the days within which it holds")
    if said["days_late"] and not reason.strip():
        raise Invalid("reason: say why a payment may arrive after its due date; it is kept")


def _view(row: Row) -> PayTerms:
    return PayTerms(**{name: row[name] for name in PayTerms.__slots__})

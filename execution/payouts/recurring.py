"""Templates that propose: for each day on which money should arrive, the vendor's bill is put up for approval.

A template never approves, reserves or sends; what it proposed goes the way of every other proposal. A day for which
nothing could be proposed keeps a row that says why, and is tried again while it can still be reached.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from execution.audit import Actor, append
from execution.domain.money import shown
from execution.domain.recurrence import DayRule, Every, Roll, first_reachable, propose_from
from execution.domain.states import State
from execution.errors import Conflict, RowcolError
from execution.payouts import proposing
from execution.payouts.rows import Row, today_of
from execution.payouts.surroundings import Surroundings
from execution.people.assignments import principal_of
from execution.people.permissions import Verb, may
from execution.store import tables as t

SCHEDULER = Actor.process("scheduler")
# How far back a run that never happened is still named.
LOOK_BACK = timedelta(days=100)
# Looked at again while the day can be reached: a bill may still be entered, a cap raised, a pause ended.
TRIED_AGAIN = frozenset({"no_bill", "over_cap", "blocked", "paused"})


def rule_of(template: Row) -> DayRule:
    """The template's day rule."""
    return DayRule(Every(template["every"]), template["day"], Roll(template["roll"]))


def next_arrival(template: Row, today: date) -> date | None:
    """The next day on which a bill of this template should arrive; None when it has ended."""
    if template["state"] == "ended":
        return None
    last = template["end_date"] or today + timedelta(days=40)
    found = rule_of(template).arrivals(max(today, template["start_date"]), max(last, today))
    return found[0] if found else None


def run_template(around: Surroundings, template: Row) -> list[Row]:
    """Propose what the template's days ask for now; answers the payouts that were made. One transaction's part."""
    made: list[Row] = []
    template = _owned(around, template)
    for arrival, before in _days(around, template):
        outcome, reason, bill, payout = _one(around, template, arrival)
        if before is not None and (before["outcome"], before["reason"]) == (outcome, reason):
            continue
        _keep(around, template, arrival, before, outcome=outcome, reason=reason,
              source_bill_id=bill["source_bill_id"] if bill else None,
              payout_id=payout["payout_id"] if payout else None)  # fmt: skip
        made += [payout] if payout is not None and outcome == "proposed" else []
    if template["end_date"] is not None and around.today > template["end_date"] and template["state"] != "ended":
        change(around.cx, template, SCHEDULER, around.now, "recurring.ended", state="ended",
               state_reason=f"Its last day was {template['end_date']}")  # fmt: skip
    return made


def _owned(around: Surroundings, template: Row) -> Row:
    """The template, paused when whoever owns it may no longer propose for the client: nobody stands behind it."""
    owner = principal_of(around.cx, template["owner_id"], template["advisor_id"], around.now)
    if owner is not None and may(owner.role, Verb.PROPOSE) and owner.serves(template["client_id"]):
        return template
    if template["state"] != "active":
        return template
    reason = f"{template['owner_name']} may no longer propose for this client; whoever resumes it takes it over"
    return change(around.cx, template, SCHEDULER, around.now, "recurring.paused", state="paused", state_reason=reason)


def _days(around: Surroundings, template: Row) -> Iterator[tuple[date, Row | None]]:
    """Days of arrival whose time to be proposed has come and that are not settled, with the row they have already."""
    lead = around.policy.rules.lead_business_days
    # A day that could not be reached any more when the template was made was never promised.
    promised = first_reachable(today_of(around.client, template["created_at"]), lead)
    first = max(template["start_date"], around.today - LOOK_BACK, promised)
    last = around.today + timedelta(days=30)
    if template["end_date"] is not None:
        last = min(last, template["end_date"])
    if template["state"] == "ended" or last < first:
        return
    r = t.recurring_run
    key = ("advisor_id", "client_id", "recurring_id")
    mine = sa.select(r).where(*[r.c[name] == template[name] for name in key], r.c.arrival_date >= first)
    known = {row["arrival_date"]: dict(row) for row in around.cx.execute(mine).mappings()}
    for arrival in rule_of(template).arrivals(first, last):
        before = known.get(arrival)
        is_time = propose_from(arrival, lead) <= around.today
        is_settled = before is not None and before["outcome"] not in TRIED_AGAIN
        is_lost = before is not None and arrival < first_reachable(around.today, lead)
        if is_time and not is_settled and not is_lost:
            yield arrival, before


def _one(around: Surroundings, template: Row, arrival: date) -> tuple[str, str, dict[str, Any] | None, Row | None]:
    """(outcome, reason, bill, payout) of one day."""
    vendor, currency = template["vendor_name"], template["currency_code"]
    if arrival < first_reachable(around.today, around.policy.rules.lead_business_days):
        since = propose_from(arrival, around.policy.rules.lead_business_days)
        reason = f"Nothing was proposed between {since} and {around.today}, and {arrival} can no longer be reached"
        return "missed", f"{reason}; propose the bill of {vendor} by hand", None, None
    if template["state"] != "active":
        return "paused", f"The template was paused; resume it to propose for {arrival}", None, None
    bill = _bill(around, template)
    if bill is None:
        return "no_bill", f"No open bill of {vendor} matches; enter it in QuickBooks and load again", None, None
    if bill["open_minor"] > template["cap_minor"]:
        amount, cap = shown(bill["open_minor"], currency), shown(template["cap_minor"], currency)
        reason = (
            f"Bill {bill['source_bill_id']} is {amount}, above the cap of {cap}; propose it by hand or raise the cap"
        )
        return "over_cap", reason, bill, None
    actor = Actor(template["owner_id"], f"{template['owner_name']} (recurring)", "scheduler", "", "schedule")
    try:
        with around.cx.begin_nested():
            payout = proposing.propose(
                around, bill, actor=actor, preparer_id=template["owner_id"], arrival_date=arrival,
                note_text=f"recurring: {template['name']}",
            )  # fmt: skip
    except RowcolError as error:
        return "blocked", str(error), bill, None
    if payout["state"] == State.BLOCKED:
        return "blocked", payout["state_reason"], bill, payout
    return "proposed", f"Payout {payout['payout_id'][:8]} waits for approval", bill, payout


def _bill(around: Surroundings, template: Row) -> dict[str, Any] | None:
    """The vendor's open bill that is due first and that no payout stands for, but for one that is blocked."""
    found = []
    for bill in around.bills.values():
        number = bill["invoice_number"] or ""
        fits = bill["vendor_id_qbo"] == template["vendor_id_qbo"] and bill["is_payable_here"]
        if not fits or not number.startswith(template["invoice_prefix"]) or not bill["open_minor"]:
            continue
        live = proposing.live_payout(around, bill["source_bill_id"])
        if bill["currency_code"] == template["currency_code"] and (live is None or live["state"] == State.BLOCKED):
            found.append(bill)
    return min(found, key=lambda one: (one["due_date"] or date.max, one["source_bill_id"]), default=None)


def _keep(around: Surroundings, template: Row, arrival: date, before: Row | None, **values: Any) -> None:
    cx, now, r = around.cx, around.now, t.recurring_run
    key = {name: template[name] for name in ("advisor_id", "client_id", "recurring_id")} | {"arrival_date": arrival}
    if before is None:
        cx.execute(sa.insert(r).values(**key, **values, ran_at=now))
    else:
        mine = [r.c[name] == value for name, value in key.items()]
        cx.execute(sa.update(r).where(*mine).values(**values, ran_at=now))
    append(cx, advisor_id=template["advisor_id"], client_id=template["client_id"], at=now, actor=SCHEDULER,
           action=f"recurring.{values['outcome']}", subject_kind="recurring", subject_id=template["recurring_id"],
           inputs={"arrival_date": arrival.isoformat(), "reason": values["reason"],
                   "source_bill_id": values["source_bill_id"], "payout_id": values["payout_id"]})  # fmt: skip


def change(cx: sa.Connection, template: Row, actor: Actor, now: Any, action: str, **values: Any) -> Row:
    """Change a template, with its event. Raises Conflict when somebody changed it meanwhile."""
    c = t.recurring.c
    mine = [c[name] == template[name] for name in ("advisor_id", "client_id", "recurring_id", "version")]
    values |= {"version": template["version"] + 1, "updated_at": now}
    if cx.execute(sa.update(t.recurring).where(*mine).values(**values)).rowcount != 1:
        raise Conflict(f"The template {template['name']} was changed by a colleague this moment; look at it again")
    after = {**template, **values}
    append(cx, advisor_id=template["advisor_id"], client_id=template["client_id"], at=now, actor=actor, action=action,
           subject_kind="recurring", subject_id=template["recurring_id"], from_state=template["state"],
           to_state=after["state"], inputs={"name": template["name"], "reason": after["state_reason"],
                                            "owner_id": after["owner_id"]})  # fmt: skip
    return after
